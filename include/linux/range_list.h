/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Range lists: the untyped engine below phys_range.h and dma_range.h.
 */
#ifndef _LINUX_RANGE_LIST_H
#define _LINUX_RANGE_LIST_H

#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/types.h>

/**
 * DOC: Engine
 *
 * A *range* is an address, a length in bytes and attributes (flags and an
 * owner).  A *range list* is an ordered sequence of ranges.  A *position* is a
 * byte offset into that sequence; it is the coordinate of seek, slices and
 * truncation.
 *
 * Ranges are stored in *chunks*.  A chunk has one format for all its entries:
 *
 *   compact  4-byte entries: distance from a base and length, both counted in
 *            the chunk's own *unit*, the largest power of two that divides
 *            all of its addresses and lengths
 *   medium   the same in 8 bytes
 *   wide     32-byte entries: full address, full length, own attributes
 *
 * How the bits of an entry are divided between distance and length belongs to
 * the chunk as well, and so do the attributes of compact and medium chunks.
 * The first chunk is part of the list object.  All chunks before the last one
 * are *closed* and stand in a tree that is ordered by position; the last one is
 * *open* and takes what is appended.
 *
 * Nothing here takes a lock.  A list that nobody changes may be read by any
 * number of readers; a writer needs the list for itself.
 *
 * This header is internal to the two typed lists.  Their users find what they
 * need in phys_range.h and dma_range.h.
 */

struct seq_file;

/* Flags that the engine itself understands; the typed lists name the others. */
#define RANGE_NO_MERGE		BIT(0)	/* never merged with a neighbour */
#define RANGE_MERGE_PAGES	BIT(1)	/* merged at page boundaries only */

/* Log2 of the size of an entry. */
enum range_width {
	RANGE_COMPACT = 2,
	RANGE_MEDIUM = 3,
	RANGE_WIDE = 5,
};

/* One range, decoded.  The typed lists give it a type of address. */
struct range_item {
	u64 addr;
	u64 len;
	union {
		void *owner;
		u64 __owner;		/* one size on 32-bit kernels too */
	};
	u32 flags;
} __aligned(8);

/* The array form of the engine; has the layout of phys_vec on 64-bit kernels. */
struct range_vec {
	u64 addr;
	u64 len;
};

struct range_chunk {
	struct range_chunk *next;
	struct range_chunk *prev;	/* NULL: the list's own chunk */
	u64 base;
	u64 bytes;			/* sum of all lengths */
	void *owner;
	u32 flags;
	u16 nr;
	u16 room;			/* bytes for entries, behind the chunk */
	u8 width;			/* enum range_width */
	u8 shift;			/* log2 of the unit */
	u8 dist;			/* low bits of an entry: the distance */
};

#define RANGE_INLINE_BYTES	96	/* three wide entries */

/**
 * struct range_list - a list of ranges, internal state
 *
 * All members are private to lib/range_list/.
 */
struct range_list {
	/* private: */
	u64 bytes;
	u64 nr;
	u64 lowest;
	u64 highest;			/* inclusive */
	u64 edges;			/* lowest bit set: as in any interior boundary */
	u64 end;			/* of the last range; U64_MAX if empty */
	u64 tail_pos;			/* position of the open chunk */
	struct range_chunk *tail;	/* open chunk; NULL: @head is */
	void *root;			/* closed chunks but @head */
	struct range_chunk *spare;	/* preloaded */
	struct range_node *spare_nodes;
	u32 any_flags;
	u32 all_flags;
	u8 height;
	u8 order;			/* log2 of the size of the next chunk */
	bool mixed;			/* attributes differ between ranges */
	bool preloaded;			/* appends have been promised memory */
#ifdef CONFIG_RANGE_LIST_DEBUG
	u32 magic;
#endif
	struct range_chunk head;
	u64 room[RANGE_INLINE_BYTES / sizeof(u64)];
};

/*
 * A cursor over a list or a slice of it.  A range that is cut by the start or
 * the end of a slice is presented as an entry of its own: distance 0 from a base
 * that is its address, one unit that is its length.
 */
struct range_state {
	const void *p;			/* the next entry to decode */
	const void *end;		/* behind the last one */
	const void *even_end;		/* that, if all are one unit long, or NULL */
	u64 base;			/* with @delta */
	u64 unit;
	u64 mask;			/* of the distance */
	u64 delta;			/* what to add to addresses */
	void *owner;
	u64 width;			/* a register each: not to be shifted out */
	u64 dist;
	u32 flags;
	u64 left;			/* bytes behind those of @p..@end */
	u64 chunk_left;			/* bytes of @chunk from @next on */
	u64 skip;			/* bytes to leave out at @next */
	const void *next;
	const struct range_chunk *chunk;
};

struct range_usage {
	size_t bytes;			/* of memory, with the list object */
	size_t chunks;			/* allocated ones */
	size_t nodes;
};

#define RANGE_LIST_MAGIC	0x72616e67

#ifdef CONFIG_RANGE_LIST_DEBUG
#define __RANGE_LIST_MAGIC_INIT	.magic = RANGE_LIST_MAGIC,
#else
#define __RANGE_LIST_MAGIC_INIT
#endif

/* An empty chunk has a unit that nothing is a multiple of. */
#define RANGE_LIST_INIT {						\
	.lowest = U64_MAX,						\
	.end = U64_MAX,							\
	.all_flags = U32_MAX,						\
	.order = 8,							\
	__RANGE_LIST_MAGIC_INIT						\
	.head = {							\
		.room = RANGE_INLINE_BYTES,				\
		.width = RANGE_COMPACT,					\
		.shift = 63,						\
		.dist = 32,						\
	},								\
}

/* Field by field: one assignment becomes a loop that takes longer than adding. */
static inline void range_chunk_init(struct range_chunk *c, u16 room)
{
	c->next = NULL;
	c->prev = NULL;
	c->base = 0;
	c->bytes = 0;
	c->owner = NULL;
	c->flags = 0;
	c->nr = 0;
	c->room = room;
	c->width = RANGE_COMPACT;
	c->shift = 63;
	c->dist = 32;
}

/* The same as RANGE_LIST_INIT, but for the room, which need not be. */
static inline void range_list_init(struct range_list *list)
{
	list->bytes = 0;
	list->nr = 0;
	list->lowest = U64_MAX;
	list->highest = 0;
	list->edges = 0;
	list->end = U64_MAX;
	list->tail_pos = 0;
	list->tail = NULL;
	list->root = NULL;
	list->spare = NULL;
	list->spare_nodes = NULL;
	list->any_flags = 0;
	list->all_flags = U32_MAX;
	list->height = 0;
	list->order = 8;
	list->mixed = false;
	list->preloaded = false;
#ifdef CONFIG_RANGE_LIST_DEBUG
	list->magic = RANGE_LIST_MAGIC;
#endif
	range_chunk_init(&list->head, RANGE_INLINE_BYTES);
}

#ifdef CONFIG_RANGE_LIST_DEBUG
bool range_list_bad(const struct range_list *list);
#else
static inline bool range_list_bad(const struct range_list *list)
{
	return false;
}
#endif

void range_list_destroy(struct range_list *list);
int range_list_append(struct range_list *list, const struct range_item *r,
		      gfp_t gfp);
int range_list_extend(struct range_list *list, const struct range_vec *vec,
		      size_t n, void *owner, u32 flags, gfp_t gfp);
int range_list_splice(struct range_list *list, struct range_list *src,
		      gfp_t gfp);
int range_list_truncate(struct range_list *list, u64 pos, gfp_t gfp);
int range_list_copy(struct range_list *list, const struct range_list *src,
		    u64 pos, u64 len, u32 clear, gfp_t gfp);
int range_list_preload(struct range_list *list, size_t n, gfp_t gfp);
void range_list_preload_end(struct range_list *list);
void range_list_shrink(struct range_list *list);
void range_list_usage(const struct range_list *list, struct range_usage *usage);
void range_list_seq_show(struct seq_file *m, const struct range_list *list,
			 u64 delta, const char *const *names);
void range_list_dump(const struct range_list *list, u64 delta,
		     const char *const *names);
int range_list_validate(const struct range_list *list);
bool range_list_cuts(const struct range_list *list, u64 pos,
		     struct range_item *r);

int range_state_seek(struct range_state *state, const struct range_list *list,
		     u64 pos, u64 len);
struct range_state __range_refill(struct range_state state);
unsigned int range_next_vec(struct range_state *state, struct range_vec *vec,
			    unsigned int max, void **owner, u32 *flags);
void range_state_last(struct range_state *state, const struct range_list *list);
bool range_prev(struct range_state *state, struct range_item *r);
u64 range_state_left(const struct range_state *state);

/* No bits for the length: all entries are one unit long, as pages are. */
static inline bool range_chunk_is_even(const struct range_chunk *c)
{
	return c->width == RANGE_COMPACT && c->dist == 32;
}

static __always_inline struct range_state
range_state_first(const struct range_list *list)
{
	const struct range_chunk *c = &list->head;
	const void *p = c + 1, *end = p + ((size_t)c->nr << c->width);

	return (struct range_state){
		.p = p,
		.end = end,
		.even_end = range_chunk_is_even(c) ? end : NULL,
		.base = c->base,
		.unit = BIT_ULL(c->shift),
		.mask = BIT_ULL(c->dist) - 1,
		.owner = c->owner,
		.flags = c->flags,
		.width = c->width,
		.dist = c->dist,
		.left = list->bytes - c->bytes,
		.chunk = c,
	};
}

/* Show the list at other addresses, which differ by @delta, from here on. */
static inline void range_state_shift(struct range_state *s, u64 delta)
{
	s->base += delta;
	s->delta += delta;
}

/*
 * The state goes to the slow path by value: its address never leaves the
 * caller, which can so keep it in registers.  One comparison tells that there is
 * another page, which is what most lists are made of.  Multiplying by the unit
 * is cheaper than shifting by a variable.  All of @r is written: callers that
 * want it in registers too declare it __uninitialized, or
 * CONFIG_INIT_STACK_ALL_ZERO makes four stores of every step.
 */
static __always_inline bool range_next(struct range_state *s, struct range_item *r)
{
	u64 e;

	for (;;) {
		r->owner = s->owner;
		r->flags = s->flags;
		if (likely(s->p < s->even_end)) {
			r->addr = s->base + *(const u32 *)s->p * s->unit;
			r->len = s->unit;
			s->p += sizeof(u32);
			return true;
		}
		if (likely(s->p != s->end))
			break;
		if (!s->left)
			return false;
		*s = __range_refill(*s);
	}

	if (likely(s->width == RANGE_MEDIUM)) {
		e = *(const u64 *)s->p;
		s->p += sizeof(u64);
	} else if (s->width == RANGE_COMPACT) {
		e = *(const u32 *)s->p;
		s->p += sizeof(u32);
	} else {
		*r = *(const struct range_item *)s->p;
		r->addr += s->delta;
		s->p += sizeof(struct range_item);
		return true;
	}
	r->addr = s->base + (e & s->mask) * s->unit;
	r->len = (e >> s->dist) * s->unit + s->unit;
	return true;
}

/*
 * Pieces of ranges: blocks of one size, or segments within a device's limits.
 * @addr and @len are the current piece, the rest is internal.
 */
struct range_pieces {
	u64 addr;
	u64 len;
	void *owner;
	u32 flags;
	/* private: */
	u64 next;
	u64 left;
	u64 max_len;
	u64 boundary;
	struct range_state state;
};

/* @max_len: most bytes of a piece; @boundary: mask no piece may cross. */
static __always_inline struct range_pieces
range_pieces_first(const struct range_list *list, u64 max_len, u64 boundary)
{
	return (struct range_pieces){
		.max_len = max_len,
		.boundary = boundary,
		.state = range_state_first(list),
	};
}

static __always_inline bool range_pieces_next(struct range_pieces *s)
{
	u64 room;

	if (!s->left) {
		struct range_item r __uninitialized;

		if (!range_next(&s->state, &r))
			return false;
		s->next = r.addr;
		s->left = r.len;
		s->owner = r.owner;
		s->flags = r.flags;
	}
	/* Written so that a mask of all ones has no limit but the list's. */
	room = s->boundary - (s->next & s->boundary);
	s->addr = s->next;
	s->len = s->left;
	if (s->len > s->max_len)
		s->len = s->max_len;
	if (s->len - 1 > room)
		s->len = room + 1;
	s->next += s->len;
	s->left -= s->len;
	return true;
}

u64 range_pieces_count(struct range_pieces pieces);

#endif /* _LINUX_RANGE_LIST_H */
