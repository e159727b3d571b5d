/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What range lists are compared with, besides what the kernel has: entries that
 * all have one size, and entries whose size each of them tells itself.
 *
 * Both are lists of chunks that grow to 2 KiB as ours do. They keep no sums and
 * no index, and merge nothing: what is measured is their encoding at its best.
 */
#ifndef __RANGE_LIST_BENCH_PEERS_H
#define __RANGE_LIST_BENCH_PEERS_H

#include <linux/bits.h>
#include <linux/phys_range.h>

#define PEER_CHUNK_MIN	256
#define PEER_CHUNK_MAX	2048

struct peer_chunk {
	struct peer_chunk *next;
	u32 used;			/* bytes of @data */
	u32 room;
	u64 data[];
};

struct peer_list {
	struct peer_chunk *first;
	struct peer_chunk *last;
};

struct peer_state {
	const u64 *p;
	const u64 *end;
	const struct peer_chunk *chunk;
};

int fixed_list_extend(struct peer_list *list, const struct phys_vec *vec,
		      size_t n, gfp_t gfp);
int autosize_list_extend(struct peer_list *list, const struct phys_vec *vec,
			 size_t n, u32 flags, gfp_t gfp);
void peer_list_destroy(struct peer_list *list);
size_t peer_list_bytes(const struct peer_list *list);

static __always_inline void peer_state_chunk(struct peer_state *s,
					     const struct peer_chunk *c)
{
	s->chunk = c;
	s->p = c->data;
	s->end = c->data + c->used / sizeof(u64);
}

/* The list is not empty. */
static __always_inline struct peer_state
peer_state_first(const struct peer_list *list)
{
	struct peer_state s;

	peer_state_chunk(&s, list->first);
	return s;
}

static __always_inline bool peer_state_more(struct peer_state *s)
{
	if (unlikely(s->p == s->end)) {
		if (!s->chunk->next)
			return false;
		peer_state_chunk(s, s->chunk->next);
	}
	return true;
}

/*
 * Fixed: an address and a length.
 */

static __always_inline bool fixed_next(struct peer_state *s,
				       struct phys_range *r)
{
	if (!peer_state_more(s))
		return false;
	*r = (struct phys_range){ .addr = s->p[0], .len = s->p[1] };
	s->p += 2;
	return true;
}

/*
 * Autosize: the two low bits of an entry tell its format.
 *
 *	pages	8 bytes: page number (40 bits), number of pages less 1 (22 bits)
 *	bytes	16 bytes: address (62 bits); length
 *	full	24 bytes: flags (8 bits), address (54 bits); length; provider
 */
#define AUTOSIZE_TAG		GENMASK_ULL(1, 0)
#define AUTOSIZE_PAGES		0
#define AUTOSIZE_BYTES		1
#define AUTOSIZE_FULL		2

#define AUTOSIZE_PFN		GENMASK_ULL(41, 2)
#define AUTOSIZE_COUNT_SHIFT	42
#define AUTOSIZE_FLAGS		GENMASK_ULL(9, 2)
#define AUTOSIZE_ADDR_SHIFT	10

static __always_inline const u64 *autosize_decode(const u64 *p,
						  struct phys_range *r)
{
	u64 e = *p;

	if (likely((e & AUTOSIZE_TAG) == AUTOSIZE_PAGES)) {
		*r = (struct phys_range){
			.addr = (e & AUTOSIZE_PFN) << (PAGE_SHIFT - 2),
			.len = ((e >> AUTOSIZE_COUNT_SHIFT) + 1) << PAGE_SHIFT,
		};
		return p + 1;
	}
	if ((e & AUTOSIZE_TAG) == AUTOSIZE_BYTES) {
		*r = (struct phys_range){ .addr = e >> 2, .len = p[1] };
		return p + 2;
	}
	*r = (struct phys_range){
		.addr = e >> AUTOSIZE_ADDR_SHIFT,
		.len = p[1],
		.flags = (e & AUTOSIZE_FLAGS) >> 2,
		.provider = (void *)(uintptr_t)p[2],
	};
	return p + 3;
}

static __always_inline bool autosize_next(struct peer_state *s,
					  struct phys_range *r)
{
	if (!peer_state_more(s))
		return false;
	s->p = autosize_decode(s->p, r);
	return true;
}

#endif /* __RANGE_LIST_BENCH_PEERS_H */
