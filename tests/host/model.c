// SPDX-License-Identifier: GPL-2.0
#include "model.h"

void check_failed(const char *what, const char *file, int line)
{
	fflush(stdout);
	fprintf(stderr, "# %s:%d: not true: %s\n", file, line, what);
	abort();
}

static bool same_attrs(const struct range_item *a, const struct range_item *b)
{
	return a->flags == b->flags && a->owner == b->owner;
}

static bool same_range(const struct range_item *a, const struct range_item *b)
{
	return a->addr == b->addr && a->len == b->len && same_attrs(a, b);
}

static bool merges(const struct range_item *last, const struct range_item *r)
{
	if (last->addr + last->len != r->addr || !same_attrs(last, r))
		return false;
	if (r->flags & RANGE_NO_MERGE)
		return false;
	return !(r->flags & RANGE_MERGE_PAGES) || r->addr % PAGE_SIZE == 0;
}

int model_append(struct model *m, const struct range_item *r)
{
	u64 sum;

	if (!r->len)
		return -EINVAL;
	if (__builtin_add_overflow(r->addr, r->len, &sum) ||
	    __builtin_add_overflow(m->bytes, r->len, &sum))
		return -EOVERFLOW;

	m->bytes += r->len;
	if (m->nr && merges(&m->r[m->nr - 1], r)) {
		m->r[m->nr - 1].len += r->len;
		return 0;
	}
	if (m->nr == m->max) {
		m->max = 2 * m->max + 16;
		m->r = realloc(m->r, m->max * sizeof(*m->r));
	}
	m->r[m->nr++] = *r;
	return 0;
}

int model_splice(struct model *m, struct model *src)
{
	size_t i;
	u64 sum;

	if (m == src)
		return -EINVAL;
	if (__builtin_add_overflow(m->bytes, src->bytes, &sum))
		return -EOVERFLOW;
	for (i = 0; i < src->nr; i++)
		model_append(m, &src->r[i]);
	model_destroy(src);
	return 0;
}

int model_extend(struct model *m, const struct range_vec *vec, size_t n,
		 void *owner, u32 flags)
{
	int err = 0;

	for (; n && !err; n--, vec++) {
		struct range_item r = {
			.addr = vec->addr,
			.len = vec->len,
			.owner = owner,
			.flags = flags,
		};

		err = model_append(m, &r);
	}
	return err;
}

int model_truncate(struct model *m, u64 pos)
{
	struct model head;

	if (pos > m->bytes)
		return -ERANGE;
	head = model_slice(m, 0, pos);
	model_destroy(m);
	*m = head;
	return 0;
}

struct model model_slice(const struct model *m, u64 pos, u64 len)
{
	struct model slice = {};
	u64 start = 0;		/* of m->r[i] */
	size_t i;

	CHECK(pos <= m->bytes && len <= m->bytes - pos);
	slice.r = calloc(m->nr + 1, sizeof(*slice.r));
	slice.max = m->nr + 1;
	for (i = 0; i < m->nr && slice.bytes < len; start += m->r[i++].len) {
		struct range_item r = m->r[i];

		if (start + r.len <= pos)
			continue;
		if (start < pos) {
			r.addr += pos - start;
			r.len -= pos - start;
		}
		if (r.len > len - slice.bytes)
			r.len = len - slice.bytes;
		slice.r[slice.nr++] = r;
		slice.bytes += r.len;
	}
	return slice;
}

int model_copy(struct model *m, const struct model *src, u64 pos, u64 len,
	       u32 clear)
{
	struct model slice;
	size_t i;
	u64 sum;
	int err;

	if (m == src)
		return -EINVAL;
	if (pos > src->bytes || len > src->bytes - pos)
		return -ERANGE;
	if (__builtin_add_overflow(m->bytes, len, &sum))
		return -EOVERFLOW;
	slice = model_slice(src, pos, len);
	for (i = 0; i < slice.nr; i++) {
		slice.r[i].flags &= ~clear;
		err = model_append(m, &slice.r[i]);
		CHECK(!err);
	}
	model_destroy(&slice);
	return 0;
}

void model_destroy(struct model *m)
{
	free(m->r);
	*m = (struct model){};
}

static void check_summary(const struct model *m, const struct range_list *list)
{
	u64 lowest = U64_MAX, highest = 0, edges = 0, end = U64_MAX;
	u32 any = 0, all = U32_MAX;
	bool mixed = false;
	size_t i;

	for (i = 0; i < m->nr; i++) {
		const struct range_item *r = &m->r[i];

		lowest = min(lowest, r->addr);
		highest = max(highest, r->addr + r->len - 1);
		any |= r->flags;
		all &= r->flags;
		if (i) {
			edges |= end | r->addr;
			mixed |= !same_attrs(r - 1, r);
		}
		end = r->addr + r->len;
	}
	CHECK(list->nr == m->nr);
	CHECK(list->bytes == m->bytes);
	CHECK(list->lowest == lowest);
	CHECK(list->highest == highest);
	/* What it is asked for is whether it is a multiple of a power of two. */
	CHECK((list->edges & -list->edges) == (edges & -edges));
	CHECK(list->end == end);
	CHECK(list->any_flags == any);
	CHECK(list->all_flags == all);
	CHECK(list->mixed == mixed);
}

void model_check_last(const struct model *m, const struct range_list *list)
{
	struct range_state s;
	struct range_item r;

	CHECK(list->nr == m->nr);
	CHECK(list->bytes == m->bytes);
	range_state_last(&s, list);
	if (!range_prev(&s, &r))
		CHECK(!m->nr);
	else
		CHECK(same_range(&r, &m->r[m->nr - 1]));
}

void model_check(const struct model *m, const struct range_list *list)
{
	struct range_state s = range_state_first(list);
	struct range_item r;
	size_t i;

	CHECK(range_list_validate(list) == 0);
	check_summary(m, list);
	for (i = 0; range_next(&s, &r); i++) {
		CHECK(i < m->nr);
		CHECK(same_range(&r, &m->r[i]));
	}
	CHECK(i == m->nr);
	CHECK(!range_next(&s, &r));

	for (range_state_last(&s, list); range_prev(&s, &r); ) {
		CHECK(i);
		CHECK(same_range(&r, &m->r[--i]));
	}
	CHECK(!i);
	CHECK(!range_prev(&s, &r));
}

void model_check_slice(const struct model *m, const struct range_list *list,
		       u64 pos, u64 len, unsigned int max)
{
	struct model slice = model_slice(m, pos, len);
	struct range_vec *vec = calloc(max + 1, sizeof(*vec));
	struct range_state s;
	struct range_item r;
	size_t i = 0;

	memset(&s, 0x6b, sizeof(s));
	CHECK(range_state_seek(&s, list, pos, len) == 0);
	for (;;) {
		unsigned int n = 0, k;

		CHECK(range_state_left(&s) == len);
		if (max) {
			n = range_next_vec(&s, vec, max, &r.owner, &r.flags);
			CHECK(n <= max);
		} else if (range_next(&s, &r)) {
			vec[n++] = (struct range_vec){ r.addr, r.len };
		}
		if (!n)
			break;
		for (k = 0; k < n; k++) {
			r.addr = vec[k].addr;
			r.len = vec[k].len;
			CHECK(i < slice.nr);
			CHECK(same_range(&r, &slice.r[i++]));
			len -= r.len;
		}
	}
	CHECK(i == slice.nr);
	CHECK(!len);
	free(vec);
	model_destroy(&slice);
}

void model_check_pieces(const struct model *m, const struct range_list *list,
			u64 max_len, u64 boundary)
{
	struct range_pieces s = range_pieces_first(list, max_len, boundary);
	u64 n = 0;
	size_t i;

	for (i = 0; i < m->nr; i++) {
		u64 addr = m->r[i].addr, left = m->r[i].len, len;

		for (; left; addr += len, left -= len, n++) {
			len = min(left, max_len);
			/* The most that stays in one window. */
			if (len - 1 > (addr | boundary) - addr)
				len = (addr | boundary) - addr + 1;
			CHECK(range_pieces_next(&s));
			CHECK(s.addr == addr);
			CHECK(s.len == len);
			CHECK(s.flags == m->r[i].flags);
		}
	}
	CHECK(!range_pieces_next(&s));
	CHECK(range_pieces_count(range_pieces_first(list, max_len, boundary)) == n);
}
