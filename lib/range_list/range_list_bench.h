/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a bench consists of, and what measures it.
 */
#ifndef __RANGE_LIST_BENCH_H
#define __RANGE_LIST_BENCH_H

#include <linux/bits.h>
#include <linux/bvec.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/phys_range.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "range_list_bench_peers.h"

struct device;

#define BENCH_MAX_ROUNDS	1000
#define BENCH_MAX_VARIANTS	8
#define BENCH_NR_SEEKS		16384
/* Seeks between two looks at the clock. */
#define BENCH_SEEK_BATCH	64

extern u64 bench_sink;
extern u64 bench_clock_ns;
extern struct device *bench_dev;
extern struct device *bench_direct_dev;

static inline u64 bench_elapsed(u64 start)
{
	u64 ns = ktime_get_ns() - start;

	return ns - min(ns, bench_clock_ns);
}

/* A fixed permutation of the numbers of @bits bits. */
static inline u64 bench_permute(u64 i, unsigned int bits)
{
	const u64 mask = BIT_ULL(bits) - 1;
	int round;

	for (round = 0; round < 3; round++) {
		i = (i * 0x9e3779b97f4a7c15 + round) & mask;
		i ^= i >> (bits / 2);
	}
	return i;
}

/**
 * enum bench_shape - what ranges look like
 * @BENCH_SCATTERED: distinct single pages of 64 GiB, in random order
 * @BENCH_RUNS: folios of 2^0 to 2^9 pages, naturally aligned, each in another 2
 *	MiB of 64 GiB or, from 65536 on, of as much memory as that takes
 * @BENCH_ALTERNATING: as scattered, every second one with a flag. The peers but
 *	autosize_entry, scatterlists included, have no room for flags and ignore
 *	them
 * @BENCH_CONTIGUOUS: one page after the other. A container that merges holds one
 *	range, or few; all figures are per page. There is nothing to iterate over,
 *	so only making and mapping it is measured
 * @BENCH_OFFSETS: any part of a page, of distinct pages in random order
 * @BENCH_MIXED: one of four ranges, at random, as in offsets, all others as in
 *	scattered: what a size for each entry is good for, and bad at
 */
enum bench_shape {
	BENCH_SCATTERED,
	BENCH_RUNS,
	BENCH_ALTERNATING,
	BENCH_CONTIGUOUS,
	BENCH_OFFSETS,
	BENCH_MIXED,
	/* private: */
	BENCH_NR_SHAPES,
};

struct bench_input {
	enum bench_shape shape;
	size_t n;
	struct phys_vec *vec;
	struct page **pages;		/* if contiguous, or asked for */
	u64 *seeks;			/* byte positions */
	bool cuts_pages;
	u64 bytes;
	u64 granules;			/* pages that the ranges touch */
	u64 sum;			/* of all addresses and lengths */
};

struct bench_container {
	const struct bench_input *in;
	union {
		struct phys_range_list list;
		struct sg_table sgt;
		struct phys_vec *vec;
		struct bio_vec *bvec;
		struct peer_list peer;
	};
};

/* What memory from kvmalloc() takes, page tables left out. */
static inline size_t bench_kvsize(const void *p, size_t bytes)
{
	return is_vmalloc_addr(p) ? PAGE_ALIGN(bytes) :
				    kmalloc_size_roundup(bytes);
}

/**
 * struct bench_kind - how a container is used
 * @name: of the variant
 * @build: make it of the input
 * @destroy: free all of it, also if it could not be made
 * @bytes: of memory, with all that allocators round up
 * @iterate: sum of all addresses and lengths, one by one
 * @bulk: the same, by the fastest loop that there is
 * @seek: sum of the address at a position and of the bytes left in its range
 */
struct bench_kind {
	const char *name;
	int (*build)(struct bench_container *c);
	void (*destroy)(struct bench_container *c);
	size_t (*bytes)(const struct bench_container *c);
	u64 (*iterate)(const struct bench_container *c);
	u64 (*bulk)(const struct bench_container *c);
	u64 (*seek)(const struct bench_container *c, u64 pos);
};

struct bench_variant {
	const struct bench_kind *kind;
	const struct bench_input *in;
	struct bench_container *c;	/* @copies of them */
	unsigned int copies;
	/* Some benches need more. */
	const struct bench_input *other;
	void *dst;			/* or nothing but this */
	unsigned int cursor;
	/* The measurement. */
	int err;
	unsigned int reps;
	u64 ns[BENCH_MAX_ROUNDS];
};

/**
 * struct bench - something to measure
 * @name: of the bench
 * @part: what of it, where a bench measures several things
 * @unit: what the result is per; a page if the shape is contiguous
 * @kinds: the variants
 * @applies: does it make sense for this input and variant? Always, if there is none
 * @setup: prepare a variant, with everything but @in and @kind zero
 * @teardown: the opposite, called after a failure as well
 * @sample: nanoseconds that v->reps repetitions took, U64_MAX for an error
 * @units: in one repetition
 * @max_reps: not to be exceeded, for benches that prepare every repetition
 * @value: instead of @sample: nothing to measure, the result in millionths
 */
struct bench {
	const char *name;
	const char *part;
	const char *unit;
	const struct bench_kind *kinds[BENCH_MAX_VARIANTS + 1];
	bool (*applies)(const struct bench_input *in,
			const struct bench_kind *kind);
	int (*setup)(struct bench_variant *v);
	void (*teardown)(struct bench_variant *v);
	u64 (*sample)(struct bench_variant *v);
	u64 (*units)(const struct bench_variant *v);
	unsigned int (*max_reps)(const struct bench_variant *v);
	u64 (*value)(const struct bench_variant *v);
};

/**
 * struct bench_set - benches that have their input in common
 * @benches: what is measured
 * @sizes: numbers of ranges, up to a 0
 * @nr: of @benches
 * @shapes: bit mask of &enum bench_shape
 * @pages: the input is needed as an array of pages, too
 */
struct bench_set {
	const struct bench *benches;
	const size_t *sizes;
	unsigned int nr;
	unsigned int shapes;
	bool pages;
};

extern const struct bench_set bench_odp;
extern const struct bench_set bench_migration;
extern const struct bench_set bench_storage;
extern const struct bench_set bench_dmabuf;

size_t bench_sg_bytes(const struct bench_container *c);

static inline u64 units_pages(const struct bench_variant *v)
{
	return v->in->granules * v->copies;
}

#endif /* __RANGE_LIST_BENCH_H */
