// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of range lists against scatterlists and other containers.
 *
 * Runs at the end of booting, prints one line of JSON for each result, and
 * powers off. All variants of a bench stand in memory at the same time and take
 * turns, round after round, so that whatever else the machine does meets all of
 * them. Kernel parameters: range_list_bench.only=iterate,append runs some of
 * the benches, .shapes=scattered,runs with some of the inputs, .min_n= and
 * .max_n= limit the number of ranges, .rounds= is the number of samples of each
 * variant.
 *
 * Addresses are made up; nothing touches the memory there. That includes
 * scatterlists and bio_vecs: with FLATMEM, page and address are converted by
 * arithmetic only.
 */
#include <linux/bvec.h>
#include <linux/dma-mapping.h>
#include <linux/dma_range.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/phys_range.h>
#include <linux/reboot.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "mock_iommu.h"
#include "range_list_bench.h"

#define BENCH_MARK		"RANGE_LIST_BENCH: "
/* The shortest sample, where a bench can repeat what it measures. */
#define BENCH_SAMPLE_NS		(50 * NSEC_PER_USEC)
/* Simulated memory, where more is not needed: 64 GiB. */
#define BENCH_MEMORY_BITS	36
/* Ranges of the list that others are spliced to. */
#define BENCH_SPLICE_TO		64
/* A flag that needs an attribute for mapping, and nothing else. */
#define BENCH_OTHER_FLAGS	PHYS_RANGE_NO_CPU_ACCESS

static unsigned int rounds = 20;
module_param(rounds, uint, 0);
static unsigned long min_n;
module_param(min_n, ulong, 0);
static unsigned long max_n = SZ_16M;
module_param(max_n, ulong, 0);
static char *only = "";
module_param(only, charp, 0);
static char *shapes = "";
module_param(shapes, charp, 0);

/* Where sums go, so that they have to be made. */
u64 bench_sink;
/* What it takes to look at the clock twice. */
u64 bench_clock_ns;

static void __init bench_calibrate_clock(void)
{
	u64 least = U64_MAX, start;
	int i;

	for (i = 0; i < 1000; i++) {
		start = ktime_get_ns();
		least = min(least, ktime_get_ns() - start);
	}
	bench_clock_ns = least;
}

/*
 * Input: an array of ranges, the same for all variants.
 */

static const char *const bench_shape_names[] = {
	"scattered", "runs", "alternating", "contiguous", "offsets", "mixed",
};

static u64 bench_random(u64 *seed)
{
	u64 z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static struct phys_vec bench_range(const struct bench_input *in, size_t i,
				   u64 *seed)
{
	const u64 page = bench_permute(i, BENCH_MEMORY_BITS - PAGE_SHIFT);
	const u64 rnd = bench_random(seed);
	unsigned int bits, order, off;
	struct phys_vec vec;

	switch (in->shape) {
	case BENCH_RUNS:
		bits = max(BENCH_MEMORY_BITS - ilog2(SZ_2M),
			   order_base_2(in->n));
		order = PAGE_SHIFT + (rnd & 0xffff) % 10;
		vec.paddr = bench_permute(i, bits) * SZ_2M +
			    (rnd >> 32 & (SZ_2M - 1) >> order) * BIT(order);
		vec.len = BIT(order);
		break;
	case BENCH_CONTIGUOUS:
		vec.paddr = SZ_4G + i * PAGE_SIZE;
		vec.len = PAGE_SIZE;
		break;
	case BENCH_MIXED:
		if (rnd >> 30 & 3) {
			vec.paddr = page * PAGE_SIZE;
			vec.len = PAGE_SIZE;
			break;
		}
		fallthrough;
	case BENCH_OFFSETS:
		off = rnd & ~PAGE_MASK;
		vec.paddr = page * PAGE_SIZE + off;
		vec.len = 1 + (rnd >> 32) % (PAGE_SIZE - off);
		break;
	default:
		vec.paddr = page * PAGE_SIZE;
		vec.len = PAGE_SIZE;
		break;
	}
	return vec;
}

static void bench_input_free(struct bench_input *in)
{
	kvfree(in->vec);
	kvfree(in->pages);
	kvfree(in->seeks);
}

static int bench_input_make(struct bench_input *in, enum bench_shape shape,
			    size_t n, bool pages)
{
	u64 seed = n + shape;
	size_t i;

	*in = (struct bench_input){ .shape = shape, .n = n };
	in->vec = kvmalloc_objs(*in->vec, n);
	in->seeks = kvmalloc_objs(*in->seeks, BENCH_NR_SEEKS);
	if (pages)
		in->pages = kvmalloc_objs(*in->pages, n);
	if (!in->vec || !in->seeks || (pages && !in->pages)) {
		bench_input_free(in);
		*in = (struct bench_input){};
		return -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		struct phys_vec vec = bench_range(in, i, &seed);

		in->vec[i] = vec;
		in->sum += vec.paddr + vec.len;
		in->cuts_pages |= (vec.paddr | vec.len) & ~PAGE_MASK;
		in->bytes += vec.len;
		in->granules += PHYS_PFN(vec.paddr + vec.len - 1) -
				PHYS_PFN(vec.paddr) + 1;
		if (in->pages)
			in->pages[i] = pfn_to_page(PHYS_PFN(vec.paddr));
	}
	for (i = 0; i < BENCH_NR_SEEKS; i++)
		div64_u64_rem(bench_random(&seed), in->bytes, &in->seeks[i]);
	return 0;
}

static u32 bench_flags(const struct bench_input *in, size_t i)
{
	return in->shape == BENCH_ALTERNATING && i % 2 ? BENCH_OTHER_FLAGS : 0;
}

/*
 * Containers
 */

static int phys_list_build_single(struct bench_container *c)
{
	const struct bench_input *in = c->in;
	size_t i;

	phys_range_list_init(&c->list);
	for (i = 0; i < in->n; i++) {
		struct phys_range range = {
			.addr = in->vec[i].paddr,
			.len = in->vec[i].len,
			.flags = bench_flags(in, i),
		};
		int err = phys_range_list_append(&c->list, &range, GFP_KERNEL);

		if (err)
			return err;
	}
	return 0;
}

static int phys_list_build(struct bench_container *c)
{
	const struct bench_input *in = c->in;

	if (in->shape == BENCH_ALTERNATING)
		return phys_list_build_single(c);
	phys_range_list_init(&c->list);
	return phys_range_list_append_phys_vecs(&c->list, in->vec, in->n, 0,
						NULL, GFP_KERNEL);
}

static void phys_list_destroy(struct bench_container *c)
{
	phys_range_list_destroy(&c->list);
}

static size_t phys_list_bytes(const struct bench_container *c)
{
	struct range_usage usage;

	range_list_usage(&c->list.rl, &usage);
	return usage.bytes;
}

static u64 phys_list_iterate(const struct bench_container *c)
{
	struct phys_range range;
	u64 sum = 0;

	phys_range_list_for_each(&c->list, range)
		sum += range.addr + range.len;
	return sum;
}

static u64 phys_list_bulk(const struct bench_container *c)
{
	PHYS_RANGE_STATE(state, &c->list);
	struct phys_range attrs;
	struct phys_vec vec[64];
	unsigned int i, n;
	u64 sum = 0;

	while ((n = phys_range_next_vecs(&state, vec, ARRAY_SIZE(vec), &attrs)))
		for (i = 0; i < n; i++)
			sum += vec[i].paddr + vec[i].len;
	return sum;
}

static u64 phys_list_seek(const struct bench_container *c, u64 pos)
{
	PHYS_RANGE_STATE(state, &c->list);
	struct phys_range range;

	if (phys_range_seek(&state, pos) || !phys_range_next(&state, &range))
		return 0;
	return range.addr + range.len;
}

static int sg_build(struct bench_container *c)
{
	const struct bench_input *in = c->in;
	const struct phys_vec *vec = in->vec;
	struct scatterlist *sg;
	int err, i;

	if (in->pages)
		return sg_alloc_table_from_pages(&c->sgt, in->pages, in->n, 0,
						 in->bytes, GFP_KERNEL);
	err = sg_alloc_table(&c->sgt, in->n, GFP_KERNEL);
	if (err)
		return err;
	for_each_sgtable_sg(&c->sgt, sg, i) {
		sg_set_page(sg, pfn_to_page(PHYS_PFN(vec->paddr)), vec->len,
			    offset_in_page(vec->paddr));
		vec++;
	}
	return 0;
}

static void sg_destroy(struct bench_container *c)
{
	sg_free_table(&c->sgt);
}

/* As sg_alloc_table() allocates it. */
size_t bench_sg_bytes(const struct bench_container *c)
{
	size_t bytes = sizeof(c->sgt), left = c->sgt.orig_nents;

	while (left > SG_MAX_SINGLE_ALLOC) {
		bytes += PAGE_SIZE;
		left -= SG_MAX_SINGLE_ALLOC - 1;
	}
	return bytes + kmalloc_size_roundup(left * sizeof(struct scatterlist));
}

static u64 sg_iterate(const struct bench_container *c)
{
	struct scatterlist *sg;
	u64 sum = 0;
	int i;

	for_each_sgtable_sg(&c->sgt, sg, i)
		sum += sg_phys(sg) + sg->length;
	return sum;
}

static u64 sg_seek(const struct bench_container *c, u64 pos)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&c->sgt, sg, i) {
		if (pos < sg->length)
			return sg_phys(sg) + sg->length;
		pos -= sg->length;
	}
	return 0;
}

static int vec_build(struct bench_container *c)
{
	const struct bench_input *in = c->in;

	c->vec = kvmalloc_objs(*c->vec, in->n);
	if (!c->vec)
		return -ENOMEM;
	memcpy(c->vec, in->vec, in->n * sizeof(*c->vec));
	return 0;
}

static void vec_destroy(struct bench_container *c)
{
	kvfree(c->vec);
}

static size_t vec_bytes(const struct bench_container *c)
{
	return bench_kvsize(c->vec, c->in->n * sizeof(*c->vec));
}

static u64 vec_iterate(const struct bench_container *c)
{
	const struct phys_vec *vec = c->vec;
	const size_t n = c->in->n;
	u64 sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += vec[i].paddr + vec[i].len;
	return sum;
}

static u64 vec_seek(const struct bench_container *c, u64 pos)
{
	const struct phys_vec *vec = c->vec;
	const size_t n = c->in->n;
	size_t i;

	for (i = 0; i < n; i++) {
		if (pos < vec[i].len)
			return vec[i].paddr + vec[i].len;
		pos -= vec[i].len;
	}
	return 0;
}

static int bvec_build(struct bench_container *c)
{
	const struct bench_input *in = c->in;
	size_t i;

	c->bvec = kvmalloc_objs(*c->bvec, in->n);
	if (!c->bvec)
		return -ENOMEM;
	for (i = 0; i < in->n; i++) {
		const struct phys_vec *vec = &in->vec[i];

		bvec_set_page(&c->bvec[i], pfn_to_page(PHYS_PFN(vec->paddr)),
			      vec->len, offset_in_page(vec->paddr));
	}
	return 0;
}

static void bvec_destroy(struct bench_container *c)
{
	kvfree(c->bvec);
}

static size_t bvec_bytes(const struct bench_container *c)
{
	return bench_kvsize(c->bvec, c->in->n * sizeof(*c->bvec));
}

static u64 bvec_iterate(const struct bench_container *c)
{
	const struct bio_vec *bvec = c->bvec;
	const size_t n = c->in->n;
	u64 sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += bvec_phys(&bvec[i]) + bvec[i].bv_len;
	return sum;
}

static void peer_destroy(struct bench_container *c)
{
	peer_list_destroy(&c->peer);
}

static size_t peer_bytes(const struct bench_container *c)
{
	return peer_list_bytes(&c->peer);
}

static int fixed_build(struct bench_container *c)
{
	c->peer = (struct peer_list){};
	return fixed_list_extend(&c->peer, c->in->vec, c->in->n, GFP_KERNEL);
}

static u64 fixed_iterate(const struct bench_container *c)
{
	struct peer_state s = peer_state_first(&c->peer);
	struct phys_range range;
	u64 sum = 0;

	while (fixed_next(&s, &range))
		sum += range.addr + range.len;
	return sum;
}

static u64 fixed_bulk(const struct bench_container *c)
{
	const struct peer_chunk *chunk;
	u64 sum = 0;

	for (chunk = c->peer.first; chunk; chunk = chunk->next) {
		const u64 *end = chunk->data + chunk->used / sizeof(u64);
		const u64 *p;

		for (p = chunk->data; p != end; p += 2)
			sum += p[0] + p[1];
	}
	return sum;
}

static int autosize_build(struct bench_container *c)
{
	const struct bench_input *in = c->in;
	size_t i;
	int err;

	c->peer = (struct peer_list){};
	if (in->shape != BENCH_ALTERNATING)
		return autosize_list_extend(&c->peer, in->vec, in->n, 0,
					    GFP_KERNEL);
	for (i = 0; i < in->n; i++) {
		err = autosize_list_extend(&c->peer, &in->vec[i], 1,
					   bench_flags(in, i), GFP_KERNEL);
		if (err)
			return err;
	}
	return 0;
}

static u64 autosize_iterate(const struct bench_container *c)
{
	struct peer_state s = peer_state_first(&c->peer);
	struct phys_range range;
	u64 sum = 0;

	while (autosize_next(&s, &range))
		sum += range.addr + range.len;
	return sum;
}

static u64 autosize_bulk(const struct bench_container *c)
{
	const struct peer_chunk *chunk;
	struct phys_range range;
	u64 sum = 0;

	for (chunk = c->peer.first; chunk; chunk = chunk->next) {
		const u64 *end = chunk->data + chunk->used / sizeof(u64);
		const u64 *p = chunk->data;

		while (p != end) {
			p = autosize_decode(p, &range);
			sum += range.addr + range.len;
		}
	}
	return sum;
}

static u64 autosize_seek(const struct bench_container *c, u64 pos)
{
	struct peer_state s = peer_state_first(&c->peer);
	struct phys_range range;

	while (autosize_next(&s, &range)) {
		if (pos < range.len)
			return range.addr + range.len;
		pos -= range.len;
	}
	return 0;
}

static const struct bench_kind phys_list_kind = {
	.name = "phys_range_list",
	.build = phys_list_build,
	.destroy = phys_list_destroy,
	.bytes = phys_list_bytes,
	.iterate = phys_list_iterate,
	.bulk = phys_list_bulk,
	.seek = phys_list_seek,
};

/* Range by range; only for what all at once is the alternative to. */
static const struct bench_kind phys_list_single_kind = {
	.name = "phys_range_list_single",
	.build = phys_list_build_single,
	.destroy = phys_list_destroy,
};

static const struct bench_kind sg_kind = {
	.name = "scatterlist",
	.build = sg_build,
	.destroy = sg_destroy,
	.bytes = bench_sg_bytes,
	.iterate = sg_iterate,
	.bulk = sg_iterate,
	.seek = sg_seek,
};

static const struct bench_kind vec_kind = {
	.name = "phys_vec",
	.build = vec_build,
	.destroy = vec_destroy,
	.bytes = vec_bytes,
	.iterate = vec_iterate,
	.bulk = vec_iterate,
	.seek = vec_seek,
};

static const struct bench_kind fixed_kind = {
	.name = "fixed_entry",
	.build = fixed_build,
	.destroy = peer_destroy,
	.bytes = peer_bytes,
	.iterate = fixed_iterate,
	.bulk = fixed_bulk,
};

static const struct bench_kind autosize_kind = {
	.name = "autosize_entry",
	.build = autosize_build,
	.destroy = peer_destroy,
	.bytes = peer_bytes,
	.iterate = autosize_iterate,
	.bulk = autosize_bulk,
	.seek = autosize_seek,
};

static const struct bench_kind bvec_kind = {
	.name = "bio_vec",
	.build = bvec_build,
	.destroy = bvec_destroy,
	.bytes = bvec_bytes,
	.iterate = bvec_iterate,
	.bulk = bvec_iterate,
};

/* What has ways of its own, and no container. */
static const struct bench_kind sg_chain_kind = { .name = "scatterlist_chain" };
static const struct bench_kind iova_link_kind = { .name = "dma_iova_link" };

/* A call for all of it, if that is contiguous. */
static const struct bench_kind iova_link_once_kind = {
	.name = "dma_iova_link_once",
};

/*
 * Benches
 */

static u64 units_ranges(const struct bench_variant *v)
{
	return v->in->n * v->copies;
}

static u64 units_ops(const struct bench_variant *v)
{
	return v->copies;
}

/* About @total ranges in all copies, at most @most of them. */
static unsigned int bench_copies(u64 n, u64 total, unsigned int most)
{
	return clamp(div64_u64(total, n), 1, most);
}

static void bench_destroy_copies(struct bench_variant *v, unsigned int n)
{
	while (n--)
		v->kind->destroy(&v->c[n]);
}

static int bench_build_copies(struct bench_variant *v)
{
	unsigned int i;
	int err;

	for (i = 0; i < v->copies; i++) {
		err = v->kind->build(&v->c[i]);
		if (err) {
			bench_destroy_copies(v, i + 1);
			return err;
		}
	}
	return 0;
}

static int bench_alloc_copies(struct bench_variant *v, unsigned int copies)
{
	unsigned int i;

	v->c = kvzalloc_objs(*v->c, copies);
	if (!v->c)
		return -ENOMEM;
	v->copies = copies;
	for (i = 0; i < copies; i++)
		v->c[i].in = v->in;
	return 0;
}

/* One container that stays. */
static int setup_one(struct bench_variant *v)
{
	int err = bench_alloc_copies(v, 1);

	if (!err)
		err = bench_build_copies(v);
	if (err) {
		kvfree(v->c);
		v->c = NULL;
	}
	return err;
}

static void teardown_one(struct bench_variant *v)
{
	if (v->c)
		bench_destroy_copies(v, v->copies);
	kvfree(v->c);
}

/* memory */

static bool memory_applies(const struct bench_input *in,
			   const struct bench_kind *kind)
{
	return in->shape != BENCH_CONTIGUOUS || kind == &phys_list_kind ||
	       kind == &sg_kind;
}

static u64 memory_value(const struct bench_variant *v)
{
	return div64_u64(v->kind->bytes(v->c) * 1000000ULL, v->in->n);
}

/* append */

/*
 * kvmalloc() of more than KMALLOC_MAX_SIZE is slow on user-mode Linux, which
 * has to ask the host for every mapping. Mind that when looking at long arrays.
 */
static bool append_applies(const struct bench_input *in,
			   const struct bench_kind *kind)
{
	if (in->shape == BENCH_ALTERNATING && kind == &phys_list_single_kind)
		return false;	/* phys_range_list does the same */
	return memory_applies(in, kind) || kind == &phys_list_single_kind;
}

static int append_setup(struct bench_variant *v)
{
	return bench_alloc_copies(v, bench_copies(v->in->n, 4096, 64));
}

static void append_teardown(struct bench_variant *v)
{
	kvfree(v->c);
}

static u64 append_sample(struct bench_variant *v)
{
	u64 ns = 0, start;
	unsigned int i;
	int err;

	for (i = 0; i < v->reps; i++) {
		start = ktime_get_ns();
		err = bench_build_copies(v);
		ns += bench_elapsed(start);
		if (err) {
			v->err = err;
			return U64_MAX;
		}
		bench_destroy_copies(v, v->copies);
	}
	return ns;
}

/*
 * iterate, iterate_bulk
 *
 * Every round reads the same list, and a branch predictor knows the formats of
 * some thousand entries by heart. What it costs to mispredict them, as who reads
 * a list once does, shows in the longer ones of BENCH_MIXED.
 */

static bool iterate_applies(const struct bench_input *in,
			    const struct bench_kind *kind)
{
	return in->shape != BENCH_CONTIGUOUS;
}

static int iterate_setup(struct bench_variant *v)
{
	int err = setup_one(v);

	if (!err && (v->kind->iterate(v->c) != v->in->sum ||
		     v->kind->bulk(v->c) != v->in->sum))
		err = -EILSEQ;
	return err;
}

static u64 iterate_sample(struct bench_variant *v)
{
	u64 start = ktime_get_ns(), sum = 0;
	unsigned int i;

	for (i = 0; i < v->reps; i++)
		sum += v->kind->iterate(v->c);
	start = bench_elapsed(start);
	WRITE_ONCE(bench_sink, sum);
	return start;
}

static u64 bulk_sample(struct bench_variant *v)
{
	u64 start = ktime_get_ns(), sum = 0;
	unsigned int i;

	for (i = 0; i < v->reps; i++)
		sum += v->kind->bulk(v->c);
	start = bench_elapsed(start);
	WRITE_ONCE(bench_sink, sum);
	return start;
}

/* seek: all but range lists have to walk */

static bool seek_applies(const struct bench_input *in,
			 const struct bench_kind *kind)
{
	return in->shape != BENCH_CONTIGUOUS && in->n <= SZ_1M &&
	       (kind == &phys_list_kind || in->n <= SZ_64K);
}

/* What seek() is to return, found in the input. */
static u64 seek_expect(const struct bench_kind *kind,
		       const struct bench_input *in, u64 pos)
{
	const struct phys_vec *vec = in->vec;

	for (; pos >= vec->len; vec++)
		pos -= vec->len;
	return vec->paddr + vec->len;
}

static int seek_setup(struct bench_variant *v)
{
	int err = setup_one(v), i;

	for (i = 0; !err && i < 4; i++) {
		u64 pos = v->in->seeks[i];

		if (v->kind->seek(v->c, pos) != seek_expect(v->kind, v->in, pos))
			err = -EILSEQ;
	}
	return err;
}

/* Each seek waits for the result of the one before: latency is measured. */
static u64 seek_sample(struct bench_variant *v)
{
	u64 start = ktime_get_ns(), last = 0, never = 0;
	unsigned int i;

	OPTIMIZER_HIDE_VAR(never);
	for (i = 0; i < v->reps * BENCH_SEEK_BATCH; i++) {
		u64 pos = v->in->seeks[v->cursor++ % BENCH_NR_SEEKS];

		last = v->kind->seek(v->c, pos + (last & never));
	}
	start = bench_elapsed(start);
	WRITE_ONCE(bench_sink, last);
	return start;
}

static u64 seek_units(const struct bench_variant *v)
{
	return BENCH_SEEK_BATCH;
}

/*
 * splice: a list of n ranges to one of 64
 *
 * Scatterlists cannot do it, as the array of an sg_table has no entry to spare
 * for a link: "scatterlist" copies both into a new table. "scatterlist_chain" is
 * sg_chain() with an entry that was left free for it; the result is no sg_table
 * that could be freed. As this uses lists up they are made anew for each sample,
 * so samples of long ones are short, and their ends are looked at before: what
 * is measured is not the cache.
 */

static bool splice_applies(const struct bench_input *in,
			   const struct bench_kind *kind)
{
	return in->shape != BENCH_CONTIGUOUS &&
	       (kind == &phys_list_kind || in->n <= SZ_64K);
}

static int splice_setup(struct bench_variant *v)
{
	struct bench_input *to;
	int err;

	v->copies = v->kind == &sg_kind ? bench_copies(v->in->n, SZ_64K, 64) :
		    max(bench_copies(v->in->n, SZ_16M, 64), 16);
	to = kzalloc_obj(*to);
	if (!to)
		return -ENOMEM;
	v->other = to;
	err = bench_input_make(to, v->in->shape, BENCH_SPLICE_TO, false);
	if (err)
		return err;
	/* The first half is spliced to, the second half is what is spliced. */
	v->c = kvzalloc_objs(*v->c, 2 * v->copies);
	v->dst = kvzalloc_objs(struct scatterlist,
			       v->copies * (BENCH_SPLICE_TO + 1));
	return v->c && v->dst ? 0 : -ENOMEM;
}

static void splice_teardown(struct bench_variant *v)
{
	if (v->other)
		bench_input_free((struct bench_input *)v->other);
	kfree(v->other);
	kvfree(v->c);
	kvfree(v->dst);
}

static unsigned int splice_max_reps(const struct bench_variant *v)
{
	return div64_u64(SZ_4M, v->copies * (v->in->n + BENCH_SPLICE_TO)) ?: 1;
}

/* Bring the ends of a list, and the ways to them, into the cache. */
static void splice_look(const struct phys_range_list *list)
{
	PHYS_RANGE_STATE(state, list);
	struct phys_range range = {};
	u64 pos = 0;
	int i;

	for (i = 0; i < 32 && phys_range_next(&state, &range); i++)
		pos += range.len;
	if (!phys_range_seek(&state, min(pos, phys_range_list_bytes(list) - 1)) &&
	    phys_range_next(&state, &range))
		bench_sink += range.addr;
	if (!phys_range_seek(&state, phys_range_list_bytes(list) - 1) &&
	    phys_range_next(&state, &range))
		bench_sink += range.addr;
}

static u64 splice_phys(struct bench_variant *v)
{
	struct bench_container *to = v->c, *from = v->c + v->copies;
	int err = 0;
	unsigned int i;
	u64 ns;

	for (i = 0; i < v->copies; i++) {
		splice_look(&to[i].list);
		splice_look(&from[i].list);
	}
	ns = ktime_get_ns();
	for (i = 0; i < v->copies; i++)
		err |= phys_range_list_splice(&to[i].list, &from[i].list,
					      GFP_KERNEL);
	ns = bench_elapsed(ns);
	if (phys_range_list_nr(&to->list) != v->in->n + BENCH_SPLICE_TO)
		err = -EILSEQ;
	v->err = err;
	return ns;
}

static int splice_sg_copy_one(const struct sg_table *to,
			      const struct sg_table *from, struct sg_table *new)
{
	struct scatterlist *sg, *next;
	int err, i;

	err = sg_alloc_table(new, to->orig_nents + from->orig_nents, GFP_KERNEL);
	if (err)
		return err;
	next = new->sgl;
	for_each_sgtable_sg(to, sg, i) {
		sg_set_page(next, sg_page(sg), sg->length, sg->offset);
		next = sg_next(next);
	}
	for_each_sgtable_sg(from, sg, i) {
		sg_set_page(next, sg_page(sg), sg->length, sg->offset);
		next = sg_next(next);
	}
	return 0;
}

static u64 splice_sg_copy(struct bench_variant *v)
{
	u64 ns = 0, start;
	unsigned int i;

	for (i = 0; i < v->copies && !v->err; i++) {
		struct sg_table new;

		start = ktime_get_ns();
		v->err = splice_sg_copy_one(&v->c[i].sgt,
					    &v->c[v->copies + i].sgt, &new);
		ns += bench_elapsed(start);
		if (!v->err)
			sg_free_table(&new);
	}
	return ns;
}

static u64 splice_sg_chain(struct bench_variant *v)
{
	struct scatterlist *sg = v->dst;
	unsigned int i;
	u64 ns;

	for (i = 0; i < v->copies; i++) {
		sg_init_table(sg + i * (BENCH_SPLICE_TO + 1),
			      BENCH_SPLICE_TO + 1);
		bench_sink += sg_phys(v->c[v->copies + i].sgt.sgl);
	}
	ns = ktime_get_ns();
	for (i = 0; i < v->copies; i++) {
		sg_chain(sg, BENCH_SPLICE_TO + 1, v->c[v->copies + i].sgt.sgl);
		sg += BENCH_SPLICE_TO + 1;
	}
	return bench_elapsed(ns);
}

static u64 splice_sample(struct bench_variant *v)
{
	const struct bench_kind *kind = v->kind;
	unsigned int rep, i;
	u64 ns = 0;

	if (kind == &sg_chain_kind)
		kind = &sg_kind;
	for (rep = 0; rep < v->reps && !v->err; rep++) {
		for (i = 0; i < 2 * v->copies && !v->err; i++) {
			v->c[i].in = i < v->copies ? v->other : v->in;
			v->err = kind->build(&v->c[i]);
		}
		if (!v->err) {
			if (kind == &phys_list_kind)
				ns += splice_phys(v);
			else if (v->kind == &sg_chain_kind)
				ns += splice_sg_chain(v);
			else
				ns += splice_sg_copy(v);
		}
		while (i)
			kind->destroy(&v->c[--i]);
	}
	return v->err ? U64_MAX : ns;
}

/*
 * map, unmap: for a coherent device behind the mock IOMMU that sets no limits;
 * part direct: without an IOMMU; part calls: with an IOMMU whose driver has no
 * operation for a list, but maps a range at a time
 *
 * "dma_iova_link" maps what is in the array: what the kernel's own users of
 * this interface do, with a loop of their own.
 */

struct device *bench_dev;
/* Those of other benches: without an IOMMU, and with one that walks for each page. */
struct device *bench_direct_dev;
static struct device *bench_calls_dev;
/* That of the bench that runs. */
static struct device *map_dev;

static bool map_applies(const struct bench_input *in,
			const struct bench_kind *kind)
{
	if (in->granules > SZ_1M || (kind == &iova_link_kind && in->n > SZ_64K))
		return false;
	/* Interior boundaries of linked ranges have to be those of pages. */
	if (kind == &iova_link_once_kind)
		return in->shape == BENCH_CONTIGUOUS;
	return kind != &iova_link_kind || !in->cuts_pages;
}

static int map_setup_for(struct bench_variant *v, struct device *dev)
{
	const unsigned int copies = bench_copies(v->in->granules, 4096, 256);
	unsigned int i;
	int err;

	map_dev = dev;
	v->copies = copies;
	if (v->kind == &iova_link_kind || v->kind == &iova_link_once_kind) {
		v->dst = kvzalloc_objs(struct dma_iova_state, copies);
		return v->dst ? 0 : -ENOMEM;
	}
	/* Every mapping of a scatterlist needs a list of its own. */
	err = bench_alloc_copies(v, v->kind == &sg_kind ? copies : 1);
	if (!err)
		err = bench_build_copies(v);
	if (err) {
		kvfree(v->c);
		v->c = NULL;
		return err;
	}
	if (v->kind == &phys_list_kind) {
		struct dma_range_list *dst;

		dst = kvzalloc_objs(struct dma_range_list, copies);
		v->dst = dst;
		for (i = 0; dst && i < copies; i++)
			dma_range_list_init(&dst[i]);
		v->copies = copies;
		return dst ? 0 : -ENOMEM;
	}
	return 0;
}

static int map_setup(struct bench_variant *v)
{
	return map_setup_for(v, bench_dev);
}

static int map_direct_setup(struct bench_variant *v)
{
	return map_setup_for(v, bench_direct_dev);
}

static int map_calls_setup(struct bench_variant *v)
{
	return map_setup_for(v, bench_calls_dev);
}

static void map_teardown(struct bench_variant *v)
{
	if (v->c)
		bench_destroy_copies(v, v->kind == &sg_kind ? v->copies : 1);
	kvfree(v->c);
	kvfree(v->dst);
}

static int iova_link_map(const struct bench_input *in,
			 struct dma_iova_state *state, bool once)
{
	size_t i, linked = 0;
	int err = 0;

	if (!dma_iova_try_alloc(map_dev, state, in->vec->paddr, in->bytes))
		return -ENOMEM;
	for (i = 0; linked < in->bytes; i++) {
		const size_t len = once ? in->bytes : in->vec[i].len;

		err = dma_iova_link(map_dev, state, in->vec[i].paddr, linked, len,
				    DMA_TO_DEVICE, 0);
		if (err)
			break;
		linked += len;
	}
	if (!err)
		err = dma_iova_sync(map_dev, state, 0, linked);
	if (err)
		dma_iova_destroy(map_dev, state, linked, DMA_TO_DEVICE, 0);
	return err;
}

static int map_copy(struct bench_variant *v, unsigned int i)
{
	struct dma_range_list *ranges = v->dst;
	struct dma_iova_state *state = v->dst;

	if (v->kind == &phys_list_kind)
		return dma_map_phys_ranges(map_dev, &ranges[i], &v->c->list,
					   DMA_TO_DEVICE, 0, GFP_KERNEL);
	if (v->kind == &sg_kind)
		return dma_map_sgtable(map_dev, &v->c[i].sgt, DMA_TO_DEVICE,
				       0);
	return iova_link_map(v->in, &state[i], v->kind == &iova_link_once_kind);
}

static void unmap_copy(struct bench_variant *v, unsigned int i)
{
	struct dma_range_list *ranges = v->dst;
	struct dma_iova_state *state = v->dst;

	if (v->kind == &phys_list_kind)
		dma_unmap_ranges(map_dev, &ranges[i], DMA_TO_DEVICE, 0);
	else if (v->kind == &sg_kind)
		dma_unmap_sgtable(map_dev, &v->c[i].sgt, DMA_TO_DEVICE, 0);
	else
		dma_iova_destroy(map_dev, &state[i], v->in->bytes,
				 DMA_TO_DEVICE, 0);
}

static u64 map_unmap_sample(struct bench_variant *v, bool unmap)
{
	u64 ns[2] = {}, start;
	unsigned int rep, i;

	for (rep = 0; rep < v->reps && !v->err; rep++) {
		start = ktime_get_ns();
		for (i = 0; i < v->copies && !v->err; i++)
			v->err = map_copy(v, i);
		ns[0] += bench_elapsed(start);
		if (v->err)
			i--;
		start = ktime_get_ns();
		while (i)
			unmap_copy(v, --i);
		ns[1] += bench_elapsed(start);
	}
	return v->err ? U64_MAX : ns[unmap];
}

static u64 map_sample(struct bench_variant *v)
{
	return map_unmap_sample(v, false);
}

static u64 unmap_sample(struct bench_variant *v)
{
	return map_unmap_sample(v, true);
}

static const struct bench benches[] = {
	{
		.name = "memory",
		.unit = "bytes/range",
		.kinds = {
			&phys_list_kind, &sg_kind, &vec_kind, &fixed_kind,
			&autosize_kind, &bvec_kind,
		},
		.applies = memory_applies,
		.setup = setup_one,
		.teardown = teardown_one,
		.value = memory_value,
	}, {
		.name = "append",
		.unit = "ns/range",
		.kinds = {
			&phys_list_kind, &phys_list_single_kind, &sg_kind,
			&vec_kind, &fixed_kind, &autosize_kind, &bvec_kind,
		},
		.applies = append_applies,
		.setup = append_setup,
		.teardown = append_teardown,
		.sample = append_sample,
		.units = units_ranges,
	}, {
		.name = "iterate",
		.unit = "ns/range",
		.kinds = {
			&phys_list_kind, &sg_kind, &vec_kind, &fixed_kind,
			&autosize_kind, &bvec_kind,
		},
		.applies = iterate_applies,
		.setup = iterate_setup,
		.teardown = teardown_one,
		.sample = iterate_sample,
		.units = units_ranges,
	}, {
		.name = "iterate_bulk",
		.unit = "ns/range",
		.kinds = {
			&phys_list_kind, &sg_kind, &vec_kind, &fixed_kind,
			&autosize_kind, &bvec_kind,
		},
		.applies = iterate_applies,
		.setup = iterate_setup,
		.teardown = teardown_one,
		.sample = bulk_sample,
		.units = units_ranges,
	}, {
		.name = "seek",
		.unit = "ns/op",
		.kinds = { &phys_list_kind, &sg_kind, &vec_kind, &autosize_kind },
		.applies = seek_applies,
		.setup = seek_setup,
		.teardown = teardown_one,
		.sample = seek_sample,
		.units = seek_units,
	}, {
		.name = "splice",
		.unit = "ns/op",
		.kinds = { &phys_list_kind, &sg_kind, &sg_chain_kind },
		.applies = splice_applies,
		.setup = splice_setup,
		.teardown = splice_teardown,
		.sample = splice_sample,
		.units = units_ops,
		.max_reps = splice_max_reps,
	}, {
		.name = "map",
		.unit = "ns/page",
		.kinds = {
			&phys_list_kind, &sg_kind, &iova_link_kind,
			&iova_link_once_kind,
		},
		.applies = map_applies,
		.setup = map_setup,
		.teardown = map_teardown,
		.sample = map_sample,
		.units = units_pages,
	}, {
		.name = "map",
		.part = "direct",
		.unit = "ns/page",
		.kinds = { &phys_list_kind, &sg_kind },
		.applies = map_applies,
		.setup = map_direct_setup,
		.teardown = map_teardown,
		.sample = map_sample,
		.units = units_pages,
	}, {
		.name = "map",
		.part = "calls",
		.unit = "ns/page",
		.kinds = { &phys_list_kind, &sg_kind, &iova_link_kind },
		.applies = map_applies,
		.setup = map_calls_setup,
		.teardown = map_teardown,
		.sample = map_sample,
		.units = units_pages,
	}, {
		.name = "unmap",
		.unit = "ns/page",
		.kinds = { &phys_list_kind, &sg_kind, &iova_link_kind },
		.applies = map_applies,
		.setup = map_setup,
		.teardown = map_teardown,
		.sample = unmap_sample,
		.units = units_pages,
	},
};

/*
 * Measuring
 */

static int bench_compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Find how many repetitions make a sample. */
static void bench_calibrate(const struct bench *bench, struct bench_variant *v)
{
	unsigned int most = bench->max_reps ? bench->max_reps(v) : SZ_1M;
	u64 ns;

	for (v->reps = 1; v->reps < most; ) {
		ns = bench->sample(v);
		if (v->err || ns >= BENCH_SAMPLE_NS)
			return;
		v->reps = min_t(u64, most, v->reps *
				clamp(div64_u64(BENCH_SAMPLE_NS * 5 / 4,
						max(ns, 1)), 2, 16));
	}
}

/* @median and @least are in millionths. */
static void bench_print(const struct bench *bench, const struct bench_variant *v,
			u64 median, u64 least, unsigned int n)
{
	const struct bench_input *in = v->in;
	const bool page = in->shape == BENCH_CONTIGUOUS &&
			  strends(bench->unit, "/range");
	u32 frac, least_frac;
	char head[128];

	scnprintf(head, sizeof(head),
		  "{\"bench\":\"%s\",%s%s%s\"shape\":\"%s\",\"n\":%zu,\"variant\":\"%s\"",
		  bench->name, bench->part ? "\"part\":\"" : "",
		  bench->part ?: "", bench->part ? "\"," : "",
		  bench_shape_names[in->shape], in->n, v->kind->name);
	if (v->err) {
		pr_info(BENCH_MARK "%s,\"error\":%d}\n", head, v->err);
		return;
	}
	median = div_u64_rem(median, 1000000, &frac);
	least = div_u64_rem(least, 1000000, &least_frac);
	pr_info(BENCH_MARK "%s,\"unit\":\"%.*s%s\",\"median\":%llu.%06u,\"min\":%llu.%06u,\"rounds\":%u}\n",
		head,
		page ? (int)(strlen(bench->unit) - strlen("range")) : 99,
		bench->unit, page ? "page" : "", median, frac, least, least_frac,
		n);
}

static void bench_report(const struct bench *bench, struct bench_variant *v)
{
	u64 units;

	if (v->err) {
		bench_print(bench, v, 0, 0, 0);
		return;
	}
	if (bench->value) {
		units = bench->value(v);
		bench_print(bench, v, units, units, 1);
		return;
	}
	sort(v->ns, rounds, sizeof(v->ns[0]), bench_compare, NULL);
	units = v->reps * bench->units(v);
	bench_print(bench, v,
		    div64_u64((v->ns[(rounds - 1) / 2] + v->ns[rounds / 2]) *
			      500000, units),
		    div64_u64(v->ns[0] * 1000000, units), rounds);
}

static int bench_run(const struct bench *bench, const struct bench_input *in)
{
	struct bench_variant *vs, *v;
	unsigned int nr = 0, round, i;

	vs = kvzalloc_objs(*vs, BENCH_MAX_VARIANTS);
	if (!vs)
		return -ENOMEM;
	for (i = 0; bench->kinds[i]; i++) {
		if (bench->applies && !bench->applies(in, bench->kinds[i]))
			continue;
		v = &vs[nr++];
		v->kind = bench->kinds[i];
		v->in = in;
		v->err = bench->setup(v);
		if (!v->err && bench->sample)
			bench_calibrate(bench, v);
	}
	/* Nobody is always the first, or behind the same one. Round 0 warms up. */
	for (round = 0; bench->sample && round <= rounds; round++) {
		for (i = 0; i < nr; i++) {
			u64 ns;

			v = &vs[(i + round) % nr];
			if (v->err)
				continue;
			ns = bench->sample(v);
			if (round)
				v->ns[round - 1] = ns;
			cond_resched();
		}
	}
	for (i = 0; i < nr; i++) {
		bench_report(bench, &vs[i]);
		bench->teardown(&vs[i]);
	}
	kvfree(vs);
	return 0;
}

/* Is @name in a list of names, or is there none? */
static bool bench_wanted(const char *names, const char *name)
{
	const size_t len = strlen(name);
	const char *p;

	if (!*names)
		return true;
	for (p = names; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, name, len) && (!p[len] || p[len] == ','))
			return true;
	}
	return false;
}

/* More than a million ranges are only counted and iterated over. */
static bool bench_fits(const struct bench *bench, enum bench_shape shape,
		       size_t n)
{
	return n <= SZ_1M || (shape == BENCH_SCATTERED &&
			      (bench->value || bench->sample == iterate_sample));
}

/* Make an input, and all measurements of a set with it. */
static int bench_run_set(const struct bench_set *set, enum bench_shape shape,
			 size_t n)
{
	struct bench_input in = {};
	unsigned int i;
	int err = 0;

	for (i = 0; i < set->nr && !err; i++) {
		const struct bench *bench = &set->benches[i];

		if (!bench_wanted(only, bench->name) ||
		    !bench_fits(bench, shape, n))
			continue;
		if (!in.n)
			err = bench_input_make(&in, shape, n, set->pages ||
					       shape == BENCH_CONTIGUOUS);
		if (!err)
			err = bench_run(bench, &in);
	}
	if (in.n)
		bench_input_free(&in);
	return err;
}

static const size_t bench_sizes[] = {
	1, 4, 8, 64, 512, 4096, SZ_64K, SZ_1M, SZ_16M, 0,
};

static const struct bench_set bench_lists = {
	.benches = benches,
	.nr = ARRAY_SIZE(benches),
	.sizes = bench_sizes,
	.shapes = BIT(BENCH_NR_SHAPES) - 1,
};

static int bench_all(void)
{
	static const struct bench_set *const sets[] = {
		&bench_lists, &bench_odp, &bench_migration, &bench_storage,
		&bench_dmabuf,
	};
	unsigned int shape, i;
	const size_t *n;
	int err;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		for (shape = 0; shape < BENCH_NR_SHAPES; shape++) {
			if (!(sets[i]->shapes & BIT(shape)) ||
			    !bench_wanted(shapes, bench_shape_names[shape]))
				continue;
			for (n = sets[i]->sizes; *n && *n <= max_n; n++) {
				if (*n < min_n)
					continue;
				err = bench_run_set(sets[i], shape, *n);
				if (err)
					return err;
			}
		}
	}
	return 0;
}

static int __init range_list_bench(void)
{
	/* The same limits as the other ways to map have: none. */
	static const struct range_list_mock_params params __initconst = {
		.max_seg_size = UINT_MAX,
	};
	static const struct range_list_mock_params direct __initconst = {
		.flags = RANGE_LIST_MOCK_DIRECT,
		.max_seg_size = UINT_MAX,
	};
	static const struct range_list_mock_params calls __initconst = {
		.flags = RANGE_LIST_MOCK_MAP_PAGES,
		.max_seg_size = UINT_MAX,
	};
	int err;

	rounds = clamp(rounds, 1, BENCH_MAX_ROUNDS);
	bench_dev = range_list_mock_device_create(&params);
	bench_direct_dev = range_list_mock_device_create(&direct);
	bench_calls_dev = range_list_mock_device_create(&calls);
	err = PTR_ERR_OR_ZERO(bench_dev) ?: PTR_ERR_OR_ZERO(bench_direct_dev) ?:
	      PTR_ERR_OR_ZERO(bench_calls_dev);
	if (!err) {
		bench_calibrate_clock();
		err = bench_all();
	}
	pr_info(BENCH_MARK "done %d\n", err);
	kernel_power_off();
	return 0;
}
late_initcall(range_list_bench);
