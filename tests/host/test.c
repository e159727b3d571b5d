// SPDX-License-Identifier: GPL-2.0
/*
 * The engine's promises, one case each, and random programs against the model.
 *
 *	test NAME SEED [FILE...]
 *
 * NAME tells the builds apart.  The files are programs that failed once, or
 * that a fuzzer found to reach much.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

#ifndef RANDOM_PROGRAMS
#define RANDOM_PROGRAMS	400
#endif

static u64 seed;
static char **files;

static u64 random_u64(void)
{
	u64 v = seed += 0x9e3779b97f4a7c15ULL;

	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ULL;
	v = (v ^ (v >> 27)) * 0x94d049bb133111ebULL;
	return v ^ (v >> 31);
}

/*
 * Sequences of ranges
 */

#define KB	1024ULL
#define GB	(KB * KB * KB)
#define OWNER	((void *)64)

static struct range_item attrs(struct range_item r, u32 flags, void *owner)
{
	r.flags = flags;
	r.owner = owner;
	return r;
}

static struct range_item pages(u64 addr, u64 n)
{
	return (struct range_item){ .addr = addr * PAGE_SIZE, .len = n * PAGE_SIZE };
}

static struct range_item bytes(u64 addr, u64 len)
{
	return (struct range_item){ .addr = addr, .len = len };
}

/* Single pages all over @span pages, no two of them adjacent. */
static struct range_item scattered(u64 i, u64 span)
{
	return pages(i * 7919 * 2 % span + 1, 1);
}

static struct range_item seq_pages(unsigned int i, unsigned int k)
{
	return scattered(i, 1 << 28);
}

static struct range_item seq_folios(unsigned int i, unsigned int k)
{
	return pages(1024 * (i * 37ULL % 8192), 1 << i % 6);
}

static struct range_item seq_bytes(unsigned int i, unsigned int k)
{
	return bytes(GB + i * 5003ULL, 1 + i * 31 % 4001);
}

static struct range_item seq_descending(unsigned int i, unsigned int k)
{
	return pages((1ULL << 40) - 3 * i, 1 + i % 2);
}

static struct range_item seq_medium(unsigned int i, unsigned int k)
{
	return bytes((i * 2654435761ULL % 65536) << 24 | 1, 1 + i % 60000);
}

static struct range_item seq_wide(unsigned int i, unsigned int k)
{
	return attrs(bytes(i * 0x9e3779b97f4aULL, (i + 1) * GB + i), 0, NULL);
}

static struct range_item seq_attrs(unsigned int i, unsigned int k)
{
	return attrs(seq_pages(i, 0), i % 2 ? 0x10 : 0, NULL);
}

static struct range_item seq_owners(unsigned int i, unsigned int k)
{
	return attrs(seq_pages(i, 0), 0, i / k % 2 ? OWNER : NULL);
}

/* @k pages, then one range that differs in every way. */
static struct range_item seq_odd(unsigned int i, unsigned int k)
{
	if (i % (k + 1) == k)
		return attrs(bytes(i * 0x9e3779b97f4bULL, 5 * GB + i), 0x10,
			     OWNER);
	return seq_pages(i, 0);
}

/* The same, but only the attribute differs. */
static struct range_item seq_odd_attr(unsigned int i, unsigned int k)
{
	return attrs(seq_pages(i, 0), i % (k + 1) == k ? 0x10 : 0, NULL);
}

/* The same, but only the unit differs: all fits medium entries. */
static struct range_item seq_odd_unit(unsigned int i, unsigned int k)
{
	struct range_item r = seq_pages(i, 0);

	if (i % (k + 1) == k)
		r.len = 1001;
	return r;
}

static struct range_item seq_windows(unsigned int i, unsigned int k)
{
	return bytes((1ULL << 62) * (i / k % 2) + i * 3 * PAGE_SIZE, PAGE_SIZE);
}

static struct range_item seq_units(unsigned int i, unsigned int k)
{
	return i / k % 2 ? seq_bytes(i, 0) : seq_pages(i, 0);
}

/* Each @k ranges the unit halves; then it starts again. */
static struct range_item seq_shrinking(unsigned int i, unsigned int k)
{
	unsigned int unit = 30 - i / k % 31;

	return bytes(((i * 7919ULL % (1 << 20)) * 2 + 1) << unit, 1ULL << unit);
}

/* Each @k ranges the address grows by some bits more. */
static struct range_item seq_spreading(unsigned int i, unsigned int k)
{
	return pages((i % 2ULL) << (i / k % 50), 1);
}

static struct range_item seq_random(unsigned int i, unsigned int k)
{
	static unsigned int kind, left;

	if (!i || !left--) {
		kind = random_u64() % 7;
		left = random_u64() % k;
	}
	switch (kind) {
	case 0:
		return attrs(seq_pages(i, 0), 0, OWNER);
	case 1:
		return seq_folios(i, 0);
	case 2:
		return seq_bytes(i, 0);
	case 3:
		return seq_medium(i, 0);
	case 4:
		return seq_wide(i, 0);
	case 5:
		return seq_attrs(i, 0);
	default:
		return seq_windows(i, 1);
	}
}

typedef struct range_item (*seq_fn)(unsigned int i, unsigned int k);

static const struct sequence {
	const char *name;
	seq_fn fn;
	unsigned int k, last_k;
} sequences[] = {
	{ "pages", seq_pages, 1, 1 },
	{ "folios", seq_folios, 1, 1 },
	{ "bytes", seq_bytes, 1, 1 },
	{ "descending", seq_descending, 1, 1 },
	{ "medium", seq_medium, 1, 1 },
	{ "wide", seq_wide, 1, 1 },
	{ "attributes alternate", seq_attrs, 1, 1 },
	{ "owners alternate", seq_owners, 1, 64 },
	{ "k pages, one odd", seq_odd, 1, 64 },
	{ "k pages, one odd attribute", seq_odd_attr, 1, 64 },
	{ "k pages, one odd unit", seq_odd_unit, 1, 64 },
	{ "windows alternate", seq_windows, 1, 64 },
	{ "pages and bytes alternate", seq_units, 1, 64 },
	{ "unit shrinks", seq_shrinking, 1, 64 },
	{ "addresses spread", seq_spreading, 1, 64 },
	{ "random mix", seq_random, 1, 64 },
};

#define for_each_sequence(s) \
	for ((s) = sequences; (s) < sequences + ARRAY_SIZE(sequences); (s)++)

/* Append @n ranges to list @to of @w, and compare now and then. */
static void fill(struct world *w, unsigned int to, seq_fn fn, unsigned int k,
		 unsigned int n)
{
	struct op op = { .type = OP_APPEND, .to = to, .from = to };
	unsigned int i;

	for (i = 0; i < n; i++) {
		op.r = fn(i, k);
		CHECK(op_run(w, &op, false) == 0);
	}
	model_check(&w->model[to], &w->list[to]);
}

/* The shortcuts of a case that needs only one list. */
static int append(struct world *w, struct range_item r)
{
	struct op op = { .type = OP_APPEND, .r = r };
	int err = op_run(w, &op, false);

	world_check(w);
	return err;
}

static int extend(struct world *w, const struct range_vec *vec, size_t n)
{
	struct op op = { .type = OP_EXTEND, .vec = vec, .n = n };

	return op_run(w, &op, false);
}

static int truncate_at(struct world *w, unsigned int to, u64 pos)
{
	struct op op = {
		.type = OP_TRUNCATE, .to = to, .from = to, .pos = pos
	};

	return op_run(w, &op, false);
}

static int splice(struct world *w, unsigned int to, unsigned int from)
{
	struct op op = { .type = OP_SPLICE, .to = to, .from = from };

	return op_run(w, &op, false);
}

static int copy(struct world *w, unsigned int to, unsigned int from, u64 pos,
		u64 len, u32 clear)
{
	struct op op = {
		.type = OP_COPY, .to = to, .from = from,
		.pos = pos, .len = len, .clear = clear
	};

	return op_run(w, &op, false);
}

/*
 * Cases
 */

static void zero_length(struct world *w)
{
	struct range_vec vec[] = { { 0, 1 }, { 4096, 0 }, { 8192, 1 } };

	CHECK(append(w, bytes(0, 0)) == -EINVAL);
	fill(w, 0, seq_pages, 1, 5);
	CHECK(append(w, bytes(4096, 0)) == -EINVAL);
	CHECK(extend(w, vec + 1, 2) == -EINVAL);
	CHECK(extend(w, vec, 0) == 0);
	CHECK(w->list[0].nr == 5);
	CHECK(extend(w, vec, 3) == -EINVAL);
	CHECK(w->list[0].nr == 6);
}

/* An end of 2^64 is one that does not fit. */
static void end_overflow(struct world *w)
{
	struct range_vec vec[] = {
		{ -9 * PAGE_SIZE, PAGE_SIZE }, { -PAGE_SIZE, PAGE_SIZE },
	};

	CHECK(append(w, bytes(U64_MAX, 1)) == -EOVERFLOW);
	CHECK(append(w, bytes(1, U64_MAX)) == -EOVERFLOW);
	CHECK(append(w, bytes(PAGE_SIZE, -PAGE_SIZE)) == -EOVERFLOW);
	CHECK(append(w, bytes(-5 * PAGE_SIZE, PAGE_SIZE)) == 0);
	/* The last page, where a page fits the open chunk. */
	CHECK(append(w, bytes(-PAGE_SIZE, PAGE_SIZE)) == -EOVERFLOW);
	CHECK(append(w, bytes(-PAGE_SIZE, 2 * PAGE_SIZE)) == -EOVERFLOW);
	CHECK(extend(w, vec, 2) == -EOVERFLOW);
	CHECK(append(w, bytes(-3 * PAGE_SIZE, PAGE_SIZE)) == 0);
	CHECK(append(w, bytes(U64_MAX - 1, 1)) == 0);
	CHECK(w->list[0].nr == 4);
}

static void total_overflow(struct world *w)
{
	const u64 unit = 1ULL << 61;
	struct range_vec vec[] = {
		{ 0, 3 * unit }, { 0, 4 * unit }, { 0, 4 * unit },
	};
	struct range_item r = attrs(bytes(0, 4 * unit), RANGE_NO_MERGE, NULL);

	CHECK(extend(w, vec, 3) == -EOVERFLOW);
	CHECK(w->list[0].nr == 2);
	CHECK(truncate_at(w, 0, 0) == 0);
	CHECK(append(w, r) == 0);
	CHECK(append(w, r) == -EOVERFLOW);
	r.len--;
	CHECK(append(w, r) == 0);
	CHECK(append(w, bytes(0, 1)) == -EOVERFLOW);
	CHECK(w->list[0].bytes == U64_MAX);
	CHECK(extend(w, vec, 1) == -EOVERFLOW);
	CHECK(copy(w, 1, 0, 0, U64_MAX, 0) == 0);
	CHECK(copy(w, 1, 0, 0, 1, 0) == -EOVERFLOW);
	CHECK(splice(w, 1, 0) == -EOVERFLOW);
}

static void same_list(struct world *w)
{
	CHECK(splice(w, 0, 0) == -EINVAL);
	CHECK(copy(w, 0, 0, 0, 0, 0) == -EINVAL);
	fill(w, 0, seq_pages, 1, 100);
	CHECK(splice(w, 0, 0) == -EINVAL);
	CHECK(copy(w, 0, 0, 0, PAGE_SIZE, 0) == -EINVAL);
}

static void behind_the_end(struct world *w)
{
	static const unsigned int n[] = { 0, 3, 200 };
	struct range_state s;
	struct range_item r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(n); i++) {
		u64 end = n[i] * PAGE_SIZE;

		fill(w, 1, seq_pages, 1, n[i]);
		CHECK(truncate_at(w, 1, end + 1) == -ERANGE);
		CHECK(truncate_at(w, 1, U64_MAX) == -ERANGE);
		CHECK(copy(w, 0, 1, end, 1, 0) == -ERANGE);
		CHECK(copy(w, 0, 1, 0, end + 1, 0) == -ERANGE);
		CHECK(copy(w, 0, 1, end + 1, 0, 0) == -ERANGE);
		CHECK(copy(w, 0, 1, U64_MAX, 2, 0) == -ERANGE);
		CHECK(range_state_seek(&s, &w->list[1], end, 1) == -ERANGE);
		CHECK(!range_next(&s, &r));
		CHECK(range_state_seek(&s, &w->list[1], 2, U64_MAX) == -ERANGE);
		CHECK(!range_next(&s, &r));
		CHECK(range_state_seek(&s, &w->list[1], end, 0) == 0);
		CHECK(!range_next(&s, &r));
		CHECK(copy(w, 0, 1, end, 0, 0) == 0);
		CHECK(truncate_at(w, 1, end) == 0);
		CHECK(truncate_at(w, 1, 0) == 0);
	}
}

static void destroy_any(struct world *w)
{
	struct range_list list = RANGE_LIST_INIT, other = RANGE_LIST_INIT;
	struct range_item r = pages(1, 1);
	struct model none = {};

	range_list_destroy(&list);
	range_list_destroy(&list);
	CHECK(range_list_append(&list, &r, GFP_KERNEL) == 0);
	range_list_destroy(&list);
	model_check(&none, &list);

	fill(w, 0, seq_odd, 5, 300);
	CHECK(splice(w, 1, 0) == 0);
	range_list_destroy(&w->list[0]);
	fill(w, 0, seq_odd, 5, 300);
	CHECK(splice(w, 1, 0) == 0);
	fill(w, 0, seq_odd, 5, 300);
	range_list_destroy(&w->list[0]);
	range_list_destroy(&w->list[0]);
	model_destroy(&w->model[0]);

	CHECK(range_list_preload(&list, 1000, GFP_KERNEL) == 0);
	range_list_destroy(&list);
	CHECK(range_list_preload(&list, 1000, GFP_KERNEL) == 0);
	CHECK(range_list_preload(&other, 1000, GFP_KERNEL) == 0);
	CHECK(range_list_append(&other, &r, GFP_KERNEL) == 0);
	CHECK(range_list_splice(&list, &other, GFP_KERNEL) == 0);
	range_list_destroy(&other);
	range_list_destroy(&list);
}

/* Nothing but memory changes, and only where it has not been promised. */
static void shrink(struct world *w)
{
	struct range_usage before, after;
	struct range_list *list = &w->list[0];
	bool less = false;
	unsigned int n;

	range_list_shrink(list);
	for (n = 1; n < 400; n += 7) {
		fill(w, 0, seq_pages, 0, n);
		range_list_usage(list, &before);
		CHECK(range_list_preload(list, 5, GFP_KERNEL) == 0);
		range_list_shrink(list);
		range_list_preload_end(list);
		range_list_usage(list, &after);
		CHECK(after.bytes == before.bytes);

		shim.fail_optional = true;
		range_list_shrink(list);
		shim.fail_optional = false;
		range_list_usage(list, &after);
		CHECK(after.bytes == before.bytes);

		range_list_shrink(list);
		range_list_usage(list, &after);
		CHECK(after.bytes <= before.bytes);
		less |= after.bytes < before.bytes;
		model_check(&w->model[0], list);
		fill(w, 0, seq_pages, n, 50);
		CHECK(truncate_at(w, 0, 0) == 0);
	}
	CHECK(less);
}

static const struct range_item kinds[] = {
	{ .addr = PAGE_SIZE, .len = PAGE_SIZE },
	{ .addr = 1, .len = 1 },
	{ .addr = 0, .len = 1ULL << 61 },
	{ .addr = -PAGE_SIZE, .len = PAGE_SIZE - 1 },
	{ .addr = U64_MAX - 1, .len = 1 },
	{ .addr = 0x123456789abcdefULL, .len = 0xfedcba987654321ULL },
	{ .addr = PAGE_SIZE, .len = PAGE_SIZE, .flags = RANGE_NO_MERGE },
	{ .addr = 1ULL << 40, .len = 2 * PAGE_SIZE, .owner = OWNER },
};

static void three_are_free(struct world *w)
{
	const size_t n = ARRAY_SIZE(kinds);
	size_t i, k;

	shim.atomic = true;
	for (i = 0; i < n * n * n; i++) {
		for (k = 1; k <= n * n; k *= n)
			CHECK(append(w, kinds[i / k % n]) == 0);
		CHECK(!w->list[0].tail);
		CHECK(truncate_at(w, 0, 0) == 0);
	}
	shim.atomic = false;
}

static void merge_rules(struct world *w)
{
	const u32 flags[] = { 0, 0x10, RANGE_NO_MERGE, RANGE_MERGE_PAGES };
	const u64 nr[] = { 1, 1, 6, 3 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		CHECK(append(w, attrs(bytes(100, 100), flags[i], NULL)) == 0);
		CHECK(append(w, attrs(bytes(200, 1848), flags[i], NULL)) == 0);
		CHECK(append(w, attrs(bytes(2048, 2048), flags[i], NULL)) == 0);
		CHECK(append(w, attrs(pages(1, 1), flags[i], NULL)) == 0);
		CHECK(append(w, attrs(pages(2, 1), flags[i], NULL)) == 0);
		CHECK(append(w, attrs(bytes(3 * PAGE_SIZE, 5 * GB), flags[i],
				      NULL)) == 0);
		CHECK(w->list[0].nr == nr[i]);
		CHECK(truncate_at(w, 0, 0) == 0);
	}
	/* Neighbours in address that differ, or are not neighbours in order. */
	CHECK(append(w, pages(1, 1)) == 0);
	CHECK(append(w, attrs(pages(2, 1), 0x10, NULL)) == 0);
	CHECK(append(w, attrs(pages(3, 1), 0x10, OWNER)) == 0);
	CHECK(append(w, attrs(pages(5, 1), 0x10, OWNER)) == 0);
	CHECK(append(w, attrs(pages(4, 1), 0x10, OWNER)) == 0);
	CHECK(append(w, attrs(pages(4, 1), 0x10, OWNER)) == 0);
	CHECK(w->list[0].nr == 6);
	CHECK(w->list[0].mixed);
	/* Across lists, and where a flag that forbade it is cleared. */
	fill(w, 1, seq_pages, 1, 100);
	CHECK(truncate_at(w, 1, 0) == 0);
	fill(w, 1, seq_attrs, 1, 99);
	fill(w, 2, seq_attrs, 1, 2);
	CHECK(splice(w, 0, 1) == 0);
	CHECK(splice(w, 0, 2) == 0);
	CHECK(append(w, attrs(pages(1, 1), RANGE_NO_MERGE, NULL)) == 0);
	for (i = 0; i < 500; i++)
		CHECK(!model_append(&w->model[1], &(struct range_item){
				.addr = i * PAGE_SIZE, .len = PAGE_SIZE,
				.flags = RANGE_NO_MERGE }) &&
		      !range_list_append(&w->list[1], &w->model[1].r[i],
					 GFP_KERNEL));
	CHECK(w->list[1].nr == 500);
	CHECK(copy(w, 2, 1, 1, 400 * PAGE_SIZE, RANGE_NO_MERGE) == 0);
	CHECK(copy(w, 2, 1, 400 * PAGE_SIZE + 1, 10 * PAGE_SIZE,
		   RANGE_NO_MERGE) == 0);
	CHECK(w->list[2].nr == 1);
}

/* What is adjacent merges over chunks: the last range is the open chunk's. */
static void merge_grows(struct world *w)
{
	struct op op = { .type = OP_APPEND };
	unsigned int i, bits;

	for (i = 0; i < 40; i++) {
		fill(w, 0, seq_pages, 1, i);
		for (bits = 0; bits < 60; bits++) {
			u64 end = w->list[0].nr ? w->list[0].end : 1;

			op.r = bytes(end, 1ULL << bits);
			CHECK(op_run(w, &op, true) == 0);
			world_check(w);
		}
		CHECK(truncate_at(w, 0, 0) == 0);
	}
}

static void seek_everywhere(struct world *w)
{
	const struct sequence *s;
	unsigned int k;

	for_each_sequence(s) {
		struct model *m = &w->model[0];
		u64 pos = 0;
		size_t i;

		fill(w, 0, s->fn, s->last_k / 4 + 1, 150);
		for (i = 0; i <= m->nr; i++) {
			u64 at[] = { pos - 1, pos, pos + 1,
				     i < m->nr ? pos + m->r[i].len / 2 : pos };

			for (k = 0; k < ARRAY_SIZE(at); k++) {
				u64 left = m->bytes - at[k];

				if (at[k] > m->bytes)
					continue;
				model_check_slice(m, &w->list[0], at[k], left,
						  k);
				model_check_slice(m, &w->list[0], at[k],
						  min(left, PAGE_SIZE * 3ULL),
						  3 - k);
				model_check_slice(m, &w->list[0], 0, at[k],
						  7 * k);
				model_check_slice(m, &w->list[0], at[k],
						  min(left, 1ULL), 0);
			}
			if (i < m->nr)
				pos += m->r[i].len;
		}
		CHECK(truncate_at(w, 0, 0) == 0);
	}
}

static void truncate_everywhere(struct world *w)
{
	const struct sequence *s;
	unsigned int n, k;

	for_each_sequence(s) {
		for (n = 0; n < 100; n += 1 + n / 16) {
			for (k = 0; k < 4; k++) {
				struct model *m = &w->model[0];
				u64 pos = 0;
				size_t i;

				fill(w, 0, s->fn, s->last_k / 4 + 1, 100);
				for (i = 0; i < n && i < m->nr; i++)
					pos += m->r[i].len;
				pos += k == 3 ? m->r[i].len / 2 : k - 1;
				CHECK(truncate_at(w, 0, min(pos, m->bytes)) == 0);
				/* The list takes ranges as any other. */
				fill(w, 0, s->fn, 3, 10);
				CHECK(truncate_at(w, 0, 0) == 0);
			}
		}
	}
}

/* All the ways in which the open chunk changes its format. */
static void reformat(struct world *w)
{
	const struct sequence *s, *t;
	unsigned int n;
	struct op op = { .type = OP_APPEND };
	unsigned int i;

	for_each_sequence(s) {
		for_each_sequence(t) {
			for (n = 1; n < 30; n += 3) {
				for (i = 0; i < n; i++) {
					op.r = s->fn(i, 1);
					CHECK(op_run(w, &op, false) == 0);
				}
				for (i = 0; i < 10; i++) {
					op.r = t->fn(i, 1);
					CHECK(op_run(w, &op, false) == 0);
				}
				model_check(&w->model[0], &w->list[0]);
				CHECK(truncate_at(w, 0, 0) == 0);
			}
		}
	}
}

static void preload_any(struct world *w)
{
	const struct sequence *s;
	unsigned int n, i;

	for_each_sequence(s) {
		for (n = 1; n < 300; n += 1 + n / 4) {
			for (i = 0; i < 60; i += 20) {
				/* a list that has something, or nothing */
				fill(w, 0, seq_pages, 1, i);
				CHECK(range_list_preload(&w->list[0], n,
							 GFP_KERNEL) == 0);
				shim.atomic = true;
				fill(w, 0, s->fn, n % 2 ? n : s->last_k, n);
				shim.atomic = false;
				range_list_preload_end(&w->list[0]);
				CHECK(truncate_at(w, 0, 0) == 0);
			}
		}
	}
}

/* More than half of them fit in little, then come those that do not. */
static void preload_late_change(struct world *w)
{
	unsigned int n, k;

	for (n = 2; n < 400; n += 1 + n / 8) {
		for (k = 1; k < n; k += 1 + k / 4) {
			struct range_list *list = &w->list[0];

			CHECK(range_list_preload(list, n, GFP_KERNEL) == 0);
			shim.atomic = true;
			fill(w, 0, seq_pages, 1, k);
			fill(w, 0, seq_wide, 1, min(n - k, 9U));
			if (n - k > 9)
				fill(w, 0, seq_odd, 1, n - k - 9);
			shim.atomic = false;
			range_list_destroy(list);
			model_destroy(&w->model[0]);
		}
	}
}

/* A failure takes nothing away that was preloaded. */
static void preload_survives(struct world *w)
{
	struct range_vec vec[] = { { 0, 0 }, { PAGE_SIZE, PAGE_SIZE } };

	CHECK(range_list_preload(&w->list[0], 100, GFP_KERNEL) == 0);
	CHECK(extend(w, vec, 2) == -EINVAL);
	CHECK(append(w, bytes(0, 0)) == -EINVAL);
	shim.atomic = true;
	fill(w, 0, seq_wide, 1, 100);
	shim.atomic = false;
}

/*
 * One operation on lists that are built anew each time, with each of its
 * allocations failing once, also those that it can do without.
 */
static void fail_each(struct world *w, const struct op *op, seq_fn to,
		      unsigned int n, seq_fn from, unsigned int m)
{
	long i, alive;
	int err;

	do {
		for (i = 1, shim.failed = true; shim.failed; i++) {
			fill(w, 0, to, 5, n);
			fill(w, 1, from, 5, m);
			alive = shim.alive;
			shim.failed = false;
			shim.fail_in = i;
			err = op_engine(w, op);
			shim.fail_in = 0;
			CHECK(err == 0 || shim.failed);
			if (err) {
				CHECK(err == -ENOMEM);
				world_check(w);
				range_list_preload_end(&w->list[0]);
				CHECK(shim.alive <= alive);
				/* It works as if it had not been tried. */
				CHECK(op_engine(w, op) == 0);
			}
			CHECK(op_model(w, op) == 0);
			world_check(w);
			world_destroy(w);
			world_init(w);
		}
		shim.fail_optional = !shim.fail_optional;
	} while (shim.fail_optional);
}

static void every_failure(struct world *w)
{
	static const unsigned int sizes[] = { 0, 2, 23, 60, 300 };
	struct op op = { .from = 1, .n = 200 };
	const struct sequence *s, *t;
	unsigned int i, k;

	for_each_sequence(s) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			unsigned int n = sizes[i];

			for (op.type = 0; op.type < OP_NR; op.type++) {
				op.r = seq_wide(i, 0);
				if (op.type == OP_TRUNCATE ||
				    op.type == OP_EXTEND)
					continue;
				if (op.type != OP_SPLICE && op.type != OP_COPY) {
					fail_each(w, &op, s->fn, n, s->fn, 0);
					continue;
				}
				t = &sequences[(s - sequences + 7) %
					       ARRAY_SIZE(sequences)];
				for (k = 0; k < ARRAY_SIZE(sizes); k++) {
					op.pos = 0;
					op.len = sizes[k] ? 1 : 0;
					fail_each(w, &op, s->fn, n, t->fn,
						  sizes[k]);
				}
			}
		}
	}
}

/* Appends that fail, at every fill level, and what is appended after them. */
static void every_append_fails(struct world *w)
{
	const struct sequence *s;
	struct range_vec vec[200];
	struct range_item r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vec); i++) {
		r = i % 20 ? seq_pages(i, 0) : seq_wide(i, 0);
		vec[i] = (struct range_vec){ r.addr, r.len };
	}
	for_each_sequence(s) {
		struct op op = { .type = OP_APPEND };

		for (i = 0; i < 400; i++) {
			op.r = s->fn(i, 7);
			shim.fail_optional = i & 64;
			CHECK(op_run(w, &op, true) == 0);
		}
		op.type = OP_EXTEND;
		op.vec = vec;
		op.n = ARRAY_SIZE(vec);
		CHECK(op_run(w, &op, true) == 0);
		shim.fail_optional = false;
		op.type = OP_TRUNCATE;
		while (w->list[0].bytes > 1) {
			op.pos = w->list[0].bytes - w->list[0].bytes / 7 - 1;
			CHECK(op_run(w, &op, true) == 0);
		}
		CHECK(truncate_at(w, 0, 0) == 0);
	}
}

/* A cut that needs a smaller unit than its full chunk has. */
static void truncate_needs_memory(struct world *w)
{
	struct op op = { .type = OP_TRUNCATE };
	unsigned int n;

	for (n = 1; n < 700; n += 1 + n / 32) {
		fill(w, 0, seq_pages, 1, n);
		op.pos = w->list[0].bytes - 1;
		CHECK(op_run(w, &op, true) == 0);
		CHECK(append(w, bytes(w->list[0].end, 1)) == 0);
		CHECK(truncate_at(w, 0, 0) == 0);
	}
}

static unsigned int log2_up(u64 n)
{
	return fls64(n - 1) + (n == 1);
}

/* No list is higher than twice what a tree with nodes half full has. */
static void check_height(const struct range_list *list)
{
	struct range_usage usage;

	range_list_usage(list, &usage);
	if (!usage.chunks)
		return;
	if (list->height > 2 * log2_up(usage.chunks) + 2)
		fprintf(stderr, "# %zu chunks, %zu nodes, height %u\n",
			usage.chunks, usage.nodes, list->height);
	CHECK(list->height <= 2 * log2_up(usage.chunks) + 2);
	CHECK(usage.nodes <= 3 * usage.chunks + 3);
}

/* One list becomes long by being put behind, or by others put in front. */
static void splice_chain(struct world *w)
{
	static const unsigned int sizes[] = { 1, 3, 30, 100 };
	unsigned int i, k, front;

	for (k = 0; k < ARRAY_SIZE(sizes); k++) {
		for (front = 0; front < 2; front++) {
			for (i = 0; i < 600; i++) {
				fill(w, 1, i % 2 ? seq_odd : seq_pages, 3,
				     sizes[k]);
				if (front) {
					struct model tmp = w->model[0];

					CHECK(!range_list_splice(&w->list[1],
								 &w->list[0],
								 GFP_KERNEL));
					swap(w->model[0], w->model[1]);
					swap(w->list[0], w->list[1]);
					CHECK(!model_splice(&w->model[0], &tmp));
					w->model[1] = (struct model){};
				} else {
					CHECK(!range_list_splice(&w->list[0],
								 &w->list[1],
								 GFP_KERNEL));
					CHECK(!model_splice(&w->model[0],
							    &w->model[1]));
				}
				check_height(&w->list[0]);
			}
			world_check(w);
			world_destroy(w);
			world_init(w);
		}
	}
}

/* Trees of all small shapes, one behind the other: enough nodes are reserved. */
static void splice_shapes(struct world *w)
{
	unsigned int to, from;

	for (to = 1; to <= 150; to++) {
		for (from = 1; from <= 150; from++) {
			struct range_list a = RANGE_LIST_INIT, b = RANGE_LIST_INIT;
			unsigned int i;

			for (i = 0; i < to + from; i++) {
				struct range_item r = {
					.addr = (u64)i << 33,
					.len = (i + 1) | 1ULL << 40,
				};

				CHECK(!range_list_append(i < to ? &a : &b, &r,
							 GFP_KERNEL));
			}
			CHECK(!range_list_splice(&a, &b, GFP_KERNEL));
			CHECK(a.nr == to + from && !range_list_validate(&a));
			range_list_destroy(&a);
		}
	}
}

/* Lists of one size become one of twice the size, as merge sort does it. */
static void splice_pairs(struct world *w)
{
	unsigned int n = 1 << 9, i;
	struct range_list *list = calloc(n, sizeof(*list));

	for (i = 0; i < n; i++) {
		range_list_init(&list[i]);
		fill(w, 0, seq_bytes, 1, 40 + i % 7);
		swap(list[i], w->list[0]);
		model_destroy(&w->model[0]);
	}
	for (; n > 1; n /= 2) {
		for (i = 0; i < n / 2; i++) {
			if (i)
				swap(list[i], list[2 * i]);
			CHECK(!range_list_splice(&list[i], &list[2 * i + 1],
						 GFP_KERNEL));
			CHECK(!range_list_validate(&list[i]));
			check_height(&list[i]);
		}
	}
	range_list_destroy(list);
	free(list);
}

/* Chunks are moved, and neither copied nor visited. */
static void splice_moves(struct world *w)
{
	unsigned int small, i;
	long made;

	for (small = 1; small <= 10000; small *= 100) {
		for (i = 0; i < 2; i++) {
			fill(w, i, seq_bytes, 1, 20000);
			fill(w, !i, seq_pages, 1, small);
			made = shim.made;
			CHECK(range_list_splice(&w->list[0], &w->list[1],
						GFP_KERNEL) == 0);
			CHECK(shim.made - made < 20);
			CHECK(!model_splice(&w->model[0], &w->model[1]));
			world_check(w);
			world_destroy(w);
			world_init(w);
		}
	}
}

static void pieces(struct world *w)
{
	static const u64 limits[] = { 1000, PAGE_SIZE, 65536, U64_MAX };
	static const u64 masks[] = { 4095, 65535, U32_MAX, U64_MAX };
	const seq_fn fns[] = { seq_pages, seq_folios, seq_bytes, seq_odd_attr };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		fill(w, 0, fns[i], 3, 60);
		for (k = 0; k < 16; k++)
			model_check_pieces(&w->model[0], &w->list[0],
					   limits[k / 4], masks[k % 4]);
		CHECK(truncate_at(w, 0, 0) == 0);
	}
	CHECK(append(w, bytes(0, U64_MAX - 1)) == 0);
	model_check_pieces(&w->model[0], &w->list[0], U64_MAX, U64_MAX);
	model_check_pieces(&w->model[0], &w->list[0], 1ULL << 60, U64_MAX);
	model_check_pieces(&w->model[0], &w->list[0], U64_MAX, U64_MAX >> 4);
}

static void usage_is_memory(struct world *w)
{
	const struct sequence *s;
	unsigned int n;

	for_each_sequence(s) {
		for (n = 1; n < 1000; n *= 3) {
			fill(w, 0, s->fn, 5, n);
			fill(w, 1, s->fn, 3, 100);
			CHECK(splice(w, 0, 1) == 0);
			CHECK(truncate_at(w, 0, w->list[0].bytes / 2) == 0);
			world_destroy(w);	/* compares them */
			world_init(w);
		}
	}
}

static char *show(const struct range_list *list, const char *const *names,
		  bool dump)
{
	struct seq_file m;
	size_t size;
	char *text;

	m.file = open_memstream(&text, &size);
	if (dump) {
		shim.log = m.file;
		range_list_dump(list, 0, names);
		shim.log = NULL;
	} else {
		range_list_seq_show(&m, list, 0, names);
	}
	fclose(m.file);
	return text;
}

static void shows_ranges(struct world *w)
{
	static const char *const names[] = { "no-merge", "merge-pages", NULL };
	char *text, *again;

	CHECK(append(w, pages(2, 3)) == 0);
	CHECK(append(w, attrs(bytes(1, 1), RANGE_NO_MERGE, NULL)) == 0);
	text = show(&w->list[0], names, false);
	CHECK(strstr(text, "2 ranges, 12289 bytes"));
	CHECK(strstr(text, "wide chunk: 2 ranges"));
	CHECK(strstr(text, "@0: 0x2000 +0x3000\n"));
	CHECK(strstr(text, "@0x3000: 0x1 +0x1 no-merge\n"));
	again = show(&w->list[0], names, true);
	CHECK(!strcmp(text, again));
	free(again);
	free(text);

	text = show(&w->list[0], NULL, true);
	CHECK(strstr(text, "@0x3000: 0x1 +0x1\n"));
	free(text);
	fill(w, 1, seq_pages, 1, 30);
	fill(w, 1, seq_medium, 1, 30);
	text = show(&w->list[1], NULL, true);
	CHECK(strstr(text, "compact chunk") && strstr(text, "medium chunk"));
	free(text);
}

/* What validate is for: no field can be wrong without being noticed. */
static void validate_notices(struct world *w)
{
	struct range_list *list = &w->list[0], good;
	unsigned int i;
	u64 *node;

	fill(w, 0, seq_odd, 7, 200);
	good = *list;
	for (i = 0; i < 14; i++) {
		struct range_chunk *c = list->head.next;

		switch (i) {
		case 0:
			list->bytes++;
			break;
		case 1:
			list->nr++;
			break;
		case 2:
			list->lowest++;
			break;
		case 3:
			list->highest++;
			break;
		case 4:
			list->edges ^= 1;
			break;
		case 5:
			list->end++;
			break;
		case 6:
			list->tail_pos++;
			break;
		case 7:
			list->tail = c;
			break;
		case 8:
			list->any_flags ^= 0x100;
			break;
		case 9:
			list->all_flags ^= 0x100;
			break;
		case 10:
			list->mixed ^= true;
			break;
		case 11:
			list->root = c;
			list->height = 0;
			break;
		case 12:
			list->head.bytes++;
			break;
		case 13:
			list->head.next = c->next;
			break;
		}
		CHECK(range_list_validate(list) == -EUCLEAN);
		*list = good;
		CHECK(range_list_validate(list) == 0);
	}
	list->root = NULL;
	CHECK(range_list_validate(list) == -EUCLEAN);
	*list = good;
	node = list->root;	/* the number of slots, the start of the first */
	for (i = 0; i < 2; i++) {
		u64 old = node[i];

		node[i] = !old;
		CHECK(range_list_validate(list) == -EUCLEAN);
		node[i] = old;
	}
	list->head.next->bytes++;
	CHECK(range_list_validate(list) == -EUCLEAN);
	list->head.next->bytes--;
	list->head.next->prev = list->tail;
	CHECK(range_list_validate(list) == -EUCLEAN);
	list->head.next->prev = NULL;
}

#ifdef CONFIG_RANGE_LIST_DEBUG
static void debug_checks_lists(struct world *w)
{
	struct range_item r = pages(1, 1);
	struct range_vec vec = { PAGE_SIZE, PAGE_SIZE };
	struct range_list dead, *list = &w->list[0], *bad;
	struct range_state s;
	size_t size, i;
	char *text;

	memset(&dead, 0x6b, sizeof(dead));
	fill(w, 0, seq_pages, 1, 3);
	for (i = 0; i < 2; i++) {
		bad = i ? &dead : NULL;
		shim.log = open_memstream(&text, &size);
		CHECK(range_list_extend(bad, &vec, 1, NULL, 0, GFP_KERNEL)
		      == -EINVAL);
		CHECK(range_list_append(bad, &r, GFP_KERNEL) == -EINVAL);
		CHECK(range_list_splice(bad, list, GFP_KERNEL) == -EINVAL);
		CHECK(range_list_splice(list, bad, GFP_KERNEL) == -EINVAL);
		CHECK(range_list_truncate(bad, 0, GFP_KERNEL) == -EINVAL);
		CHECK(range_list_copy(bad, list, 0, 1, 0, GFP_KERNEL) == -EINVAL);
		CHECK(range_list_copy(list, bad, 0, 1, 0, GFP_KERNEL) == -EINVAL);
		CHECK(range_list_preload(bad, 1, GFP_KERNEL) == -EINVAL);
		CHECK(range_state_seek(&s, bad, 0, 0) == -EINVAL);
		CHECK(!range_next(&s, &r));
		r = pages(1, 1);
		range_list_destroy(bad);
		fclose(shim.log);
		shim.log = NULL;
		CHECK(strstr(text, i ? "freed or uninitialised" : "NULL list"));
		free(text);
		world_check(w);
	}
}
#endif

/* A GiB of pages that are nowhere adjacent, and four times as many. */
static void density_of_pages(struct world *w)
{
	const u64 n = 1 << 20;
	struct range_usage usage;
	struct range_item r;
	u64 i;

	for (i = 0; i < n; i++) {
		r = pages(i * 0x9e3779b1ULL % (1 << 28), 1);
		CHECK(!range_list_append(&w->list[0], &r, GFP_KERNEL));
	}
	range_list_usage(&w->list[0], &usage);
	CHECK(w->list[0].nr == n);
	printf("# %.3f bytes a range\n", (double)usage.bytes / n);
	if (RANGE_CHUNK_MAX >= 2048)
		CHECK(usage.bytes * 100 <= n * 425);
	range_list_destroy(&w->list[0]);
}

static void density_of_any_order(struct world *w)
{
	const struct sequence *s;
	unsigned int k, worst_k = 0;
	double worst_of_all = 0;
	const unsigned int n = 3000;

	for_each_sequence(s) {
		double worst = 0;

		for (k = s->k; k <= s->last_k; k++) {
			struct range_usage usage;
			double factor;

			fill(w, 0, s->fn, k, n);
			range_list_usage(&w->list[0], &usage);
			factor = (double)usage.bytes /
				 density_ideal(&w->model[0]);
			if (factor > worst) {
				worst = factor;
				worst_k = k;
			}
			CHECK(truncate_at(w, 0, 0) == 0);
			/* Not in the sizes that the last one left. */
			world_destroy(w);
			world_init(w);
		}
		printf("# %.2f of the ideal: %s", worst, s->name);
		printf(s->last_k > 1 ? ", k = %u\n" : "\n", worst_k);
		worst_of_all = max(worst_of_all, worst);
	}
	fflush(stdout);
	if (RANGE_CHUNK_MAX >= 2048)
		CHECK(worst_of_all <= 2);
}

static void random_programs(struct world *w)
{
	static u8 program[3000];
	unsigned int i, k;

	for (i = 0; i < RANDOM_PROGRAMS; i++) {
		for (k = 0; k < sizeof(program); k++)
			program[k] = random_u64();
		world_run(program, sizeof(program));
	}
}

static void corpus(struct world *w)
{
	static u8 program[65536];
	size_t size;
	FILE *f;

	for (; *files; files++) {
		f = fopen(*files, "r");
		CHECK(f);
		size = fread(program, 1, sizeof(program), f);
		fclose(f);
		world_run(program, size);
	}
}

#define CASE(name)	{ #name, name }

static const struct test_case {
	const char *name;
	void (*fn)(struct world *w);
} cases[] = {
	CASE(zero_length),
	CASE(end_overflow),
	CASE(total_overflow),
	CASE(same_list),
	CASE(behind_the_end),
	CASE(destroy_any),
	CASE(shrink),
	CASE(three_are_free),
	CASE(merge_rules),
	CASE(merge_grows),
	CASE(seek_everywhere),
	CASE(truncate_everywhere),
	CASE(truncate_needs_memory),
	CASE(reformat),
	CASE(preload_any),
	CASE(preload_late_change),
	CASE(preload_survives),
	CASE(every_failure),
	CASE(every_append_fails),
	CASE(splice_chain),
	CASE(splice_pairs),
	CASE(splice_shapes),
	CASE(splice_moves),
	CASE(pieces),
	CASE(usage_is_memory),
	CASE(shows_ranges),
	CASE(validate_notices),
#ifdef CONFIG_RANGE_LIST_DEBUG
	CASE(debug_checks_lists),
#endif
	CASE(density_of_pages),
	CASE(density_of_any_order),
	CASE(random_programs),
	CASE(corpus),
};

/* Each case is a process, so that a crash is the failure of one case. */
static bool run(const struct test_case *c)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		struct world w;

		alarm(300);	/* a loop without end fails too */
		world_init(&w);
		c->fn(&w);
		world_check(&w);
		world_destroy(&w);
		exit(0);
	}
	waitpid(pid, &status, 0);
	return !status;
}

int main(int argc, char **argv)
{
	bool failed = false;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = strtoull(argv[2], NULL, 0);
	files = argv + 3;
	printf("# %s: seed %llu\n", argv[1], seed);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool ok = run(&cases[i]);

		printf("%sok - %s/%s\n", ok ? "" : "not ", argv[1],
		       cases[i].name);
		failed |= !ok;
	}
	return failed;
}
