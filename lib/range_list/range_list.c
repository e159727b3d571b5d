// SPDX-License-Identifier: GPL-2.0
/*
 * Range lists: chunks, their tree, and cursors over them.
 *
 * Names are fixed: @list is the list that is worked on, @c a chunk, @r a
 * decoded range, @e the bits of a compact or medium entry, @pos a byte position
 * in the list and @off one in a chunk.
 */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/prefetch.h>
#include <linux/printk.h>
#include <linux/range_list.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

/* The host harness makes these small, so that small cases cross chunks. */
#ifndef RANGE_CHUNK_MAX
#define RANGE_CHUNK_MAX		2048	/* bytes, with the header */
#endif
#ifndef RANGE_FANOUT
#define RANGE_FANOUT		15	/* a node is 256 bytes */
#endif

/*
 * A chunk of its own costs a header at least.  Entries are widened in place as
 * long as that costs no more.
 */
#define RANGE_WIDEN_MAX		sizeof(struct range_chunk)
/* So many narrow entries at the end of a wide chunk pay for a new chunk. */
#define RANGE_NARROW_RUN	5

struct range_node {
	u64 nr;
	struct {
		u64 start;		/* only the differences mean something */
		void *child;
	} slot[RANGE_FANOUT];
};

/* What the format of a chunk has to hold. */
struct range_fit {
	u64 lowest;			/* smallest and largest start */
	u64 highest;
	u64 longest;
	u64 all;			/* addresses and lengths, ORed */
	u64 first;			/* start of the first and the last one */
	u64 last;
	/* the result */
	u64 base;
	u8 width;
	u8 shift;
	u8 dist;
};

static_assert(sizeof(struct range_item) == 1 << RANGE_WIDE);
static_assert(RANGE_INLINE_BYTES >= 3 * sizeof(struct range_item));
static_assert(RANGE_CHUNK_MAX - sizeof(struct range_chunk) <= U16_MAX);

#ifdef CONFIG_RANGE_LIST_DEBUG
/* Is this no list?  Only debug builds know. */
bool range_list_bad(const struct range_list *list)
{
	if (list && list->magic == RANGE_LIST_MAGIC)
		return false;
	pr_err("range_list: %ps: %s list\n", __builtin_return_address(0),
	       list ? "freed or uninitialised" : "NULL");
	return true;
}
EXPORT_SYMBOL_GPL(range_list_bad);
#endif

/*
 * Chunks
 */

static void *range_data(const struct range_chunk *c)
{
	return (void *)(c + 1);
}

static void *range_entry(const struct range_chunk *c, unsigned int i)
{
	return range_data(c) + (i << c->width);
}

static size_t range_used(const struct range_chunk *c)
{
	return (size_t)c->nr << c->width;
}

static struct range_chunk *range_open_chunk(const struct range_list *list)
{
	return list->tail ?: (struct range_chunk *)&list->head;
}

static struct range_chunk *range_prev_chunk(const struct range_list *list,
					    const struct range_chunk *c)
{
	if (c == &list->head)
		return NULL;
	return c->prev ?: (struct range_chunk *)&list->head;
}

/* Decode the entry at @p, which has the format of @c. */
static struct range_item range_decode(const struct range_chunk *c, const void *p)
{
	struct range_item r = { .owner = c->owner, .flags = c->flags };
	u64 e;

	if (c->width == RANGE_WIDE)
		return *(const struct range_item *)p;
	e = c->width == RANGE_COMPACT ? *(const u32 *)p : *(const u64 *)p;
	r.addr = c->base + ((e & (BIT_ULL(c->dist) - 1)) << c->shift);
	r.len = ((e >> c->dist) + 1) << c->shift;
	return r;
}

static struct range_item range_get(const struct range_chunk *c, unsigned int i)
{
	return range_decode(c, range_entry(c, i));
}

static bool range_same_attrs(const struct range_chunk *c, const struct range_item *r)
{
	return c->flags == r->flags && c->owner == r->owner;
}

static unsigned int range_width_bits(unsigned int width)
{
	return 8U << width;
}

/* Can @c hold this range in a compact or medium entry?  That is then in @e. */
static __always_inline bool range_encode(const struct range_chunk *c, u64 addr,
					 u64 len, u64 *e)
{
	u64 distance = addr - c->base, units = (len >> c->shift) - 1;

	if ((addr | len) & (BIT_ULL(c->shift) - 1))
		return false;
	distance >>= c->shift;
	if (distance >> c->dist || units >> (range_width_bits(c->width) - c->dist))
		return false;
	*e = units << c->dist | distance;
	return true;
}

static void range_put(struct range_chunk *c, unsigned int i, u64 e)
{
	if (c->width == RANGE_COMPACT)
		*(u32 *)range_entry(c, i) = e;
	else
		*(u64 *)range_entry(c, i) = e;
}

static bool range_put_range(struct range_chunk *c, unsigned int i,
			    const struct range_item *r)
{
	u64 e;

	if (c->width == RANGE_WIDE) {
		*(struct range_item *)range_entry(c, i) = *r;
		return true;
	}
	if (!range_same_attrs(c, r) || !range_encode(c, r->addr, r->len, &e))
		return false;
	range_put(c, i, e);
	return true;
}

static void range_fit_add(struct range_fit *fit, const struct range_item *r)
{
	fit->last = r->addr;
	fit->lowest = min(fit->lowest, r->addr);
	fit->highest = max(fit->highest, r->addr);
	fit->longest = max(fit->longest, r->len);
	fit->all |= r->addr | r->len;
}

/* Bits that every entry needs.  More ranges never make them fewer. */
static unsigned int range_fit_bits(const struct range_fit *fit)
{
	const unsigned int shift = __ffs64(fit->all);

	return fls64((fit->highest - fit->lowest) >> shift) +
	       fls64((fit->longest >> shift) - 1);
}

/*
 * Find the narrowest format.  What an entry has to spare is for ranges to come,
 * that they need no other: unless all are one unit long, some of it goes to a
 * unit that pages are multiples of, and to the length.  The rest goes to the
 * distance: half to each side of what is there, or all to the side where ranges
 * come from, if they ascend or descend.
 */
static void range_fit_solve(struct range_fit *fit)
{
	u64 span = fit->highest - fit->lowest, slack;
	unsigned int units, bits, spare, finer;

	bits = range_fit_bits(fit);
	fit->shift = __ffs64(fit->all);
	units = fls64((fit->longest >> fit->shift) - 1);
	/* A distance of 64 bits would leave nothing to shift by. */
	if (bits >= 64) {
		fit->shift = 0;
		return;
	}
	fit->width = bits > 32 ? RANGE_MEDIUM : RANGE_COMPACT;
	if (units) {
		spare = range_width_bits(fit->width) - bits;
		finer = max(fit->shift, PAGE_SHIFT) - PAGE_SHIFT;
		if (2 * finer <= spare) {
			fit->shift -= finer;
			units += finer;
			spare -= 2 * finer;
		}
		units += spare / 2;
	}
	fit->dist = min(range_width_bits(fit->width) - units, 63U);
	slack = BIT_ULL(fit->dist) - 1 - (span >> fit->shift);
	if (!span)
		slack /= 2;
	else if (fit->first == fit->lowest && fit->last == fit->highest)
		slack = 0;
	else if (fit->first != fit->highest || fit->last != fit->lowest)
		slack /= 2;
	slack = min(slack, fit->lowest >> fit->shift);
	fit->base = fit->lowest - (slack << fit->shift);
}

/* The narrowest format for the entries of @c from @first on, and for @r. */
static void range_fit_chunk(struct range_fit *fit, const struct range_chunk *c,
			    unsigned int first, const struct range_item *r)
{
	struct range_item attrs = r ? *r : range_get(c, first);
	unsigned int i;

	fit->lowest = U64_MAX;
	fit->highest = 0;
	fit->longest = 0;
	fit->all = 0;
	fit->first = attrs.addr;
	fit->base = 0;
	fit->width = RANGE_WIDE;
	fit->shift = 0;
	fit->dist = 0;
	for (i = first; i < c->nr; i++) {
		struct range_item old = range_get(c, i);

		if (old.flags != attrs.flags || old.owner != attrs.owner)
			return;
		if (i == first)
			fit->first = old.addr;
		range_fit_add(fit, &old);
	}
	if (r)
		range_fit_add(fit, r);
	range_fit_solve(fit);
}

/* Are the entries of @c wider than they need to be?  Few tell mostly. */
static bool range_chunk_is_loose(const struct range_chunk *c)
{
	struct range_fit fit = { .lowest = U64_MAX };
	unsigned int i;

	if (c->width != RANGE_MEDIUM)
		return c->width == RANGE_WIDE;
	for (i = 0; i < c->nr; i++) {
		struct range_item r = range_get(c, i);

		range_fit_add(&fit, &r);
		if (range_fit_bits(&fit) > range_width_bits(RANGE_COMPACT))
			return false;
	}
	return true;
}

/* The same for a chunk that has nothing but @r. */
static void range_fit_one(struct range_fit *fit, const struct range_item *r)
{
	fit->lowest = r->addr;
	fit->highest = r->addr;
	fit->longest = r->len;
	fit->all = r->addr | r->len;
	fit->base = 0;
	fit->width = RANGE_WIDE;
	fit->dist = 0;
	range_fit_solve(fit);
}

static void range_set_format(struct range_chunk *c, const struct range_fit *fit,
			     const struct range_item *attrs)
{
	c->base = fit->base;
	c->width = fit->width;
	c->shift = fit->shift;
	c->dist = fit->dist;
	c->owner = attrs->owner;
	c->flags = attrs->flags;
}

/*
 * Give @c a new format in place.  Wider entries are moved from the last to the
 * first, others from the first to the last, so that none is overwritten unread.
 */
static void range_reformat(struct range_chunk *c, const struct range_fit *fit,
			   const struct range_item *attrs)
{
	const struct range_chunk old = *c;
	unsigned int n, i;

	range_set_format(c, fit, attrs);
	for (n = 0; n < c->nr; n++) {
		struct range_item r;

		i = c->width > old.width ? c->nr - 1 - n : n;
		r = range_decode(&old, range_data(c) + (i << old.width));
		range_put_range(c, i, &r);
	}
}

/* Any chunk has room for one wide entry: a range that grows stays in it. */
static size_t range_chunk_size(size_t room)
{
	return kmalloc_size_roundup(sizeof(struct range_chunk) +
				    max(room, sizeof(struct range_item)));
}

static struct range_chunk *range_chunk_alloc(size_t room, gfp_t gfp)
{
	size_t size = range_chunk_size(room);
	struct range_chunk *c = kmalloc(size, gfp);

	if (c)
		range_chunk_init(c, round_down(size - sizeof(*c), sizeof(u64)));
	return c;
}

/* A chunk of the size that is due, or one that was preloaded. */
static struct range_chunk *range_chunk_get(struct range_list *list, gfp_t gfp)
{
	struct range_chunk *c = list->spare;

	if (c) {
		list->spare = c->next;
		c->next = NULL;
		return c;
	}
	return range_chunk_alloc((1UL << list->order) - sizeof(*c), gfp);
}

/*
 * The tree of closed chunks.  It only grows at its right edge, and by whole
 * subtrees when lists are chained; the start of a child is relative to that of
 * the first one, so that a subtree never changes when it moves, and adding a
 * child in front changes nothing but the start of the first one in each level.
 */

static u64 range_node_start(const struct range_node *node, unsigned int i)
{
	return node->slot[i].start - node->slot[0].start;
}

static struct range_node *range_node_get(struct range_list *list)
{
	struct range_node *node = list->spare_nodes;

	list->spare_nodes = node->slot[0].child;
	return node;
}

static void range_nodes_free(struct range_list *list)
{
	while (list->spare_nodes)
		kfree(range_node_get(list));
}

/* Have @n spare nodes, those that were preloaded included. */
static int range_nodes_reserve(struct range_list *list, unsigned int n,
			       gfp_t gfp)
{
	struct range_node *node;
	unsigned int have = 0;

	for (node = list->spare_nodes; node; node = node->slot[0].child)
		have++;
	for (; have < n; have++) {
		node = kmalloc_obj(*node, gfp);
		if (!node)
			return -ENOMEM;
		node->slot[0].child = list->spare_nodes;
		list->spare_nodes = node;
	}
	return 0;
}

/* The first node of @level. */
static struct range_node *range_tree_first(const struct range_list *list,
					   unsigned int level)
{
	struct range_node *node = list->root;
	unsigned int h;

	for (h = list->height; h > level; h--)
		node = node->slot[0].child;
	return node;
}

/* The last node of @level, and in @start the position where it begins. */
static struct range_node *range_tree_last(const struct range_list *list,
					  unsigned int level, u64 *start)
{
	struct range_node *node = list->root;
	unsigned int h;

	*start = 0;
	for (h = list->height; h > level; h--) {
		*start += range_node_start(node, node->nr - 1);
		node = node->slot[node->nr - 1].child;
	}
	return node;
}

/* Nodes needed to add @n more children of height @level. */
static unsigned int range_tree_need(const struct range_list *list,
				    unsigned int level, unsigned int n)
{
	unsigned int need = 0, room;
	u64 start;

	for (; level < list->height; level++) {
		room = RANGE_FANOUT - range_tree_last(list, level + 1, &start)->nr;
		if (n <= room)
			return need;
		n = DIV_ROUND_UP(n - room, RANGE_FANOUT);
		need += n;
	}
	/* A new root, for them and the old one. */
	for (n += !!list->root; n > 1; need += n)
		n = DIV_ROUND_UP(n, RANGE_FANOUT);
	return need;
}

/* Nodes needed to add one in front. */
static unsigned int range_tree_need_first(const struct range_list *list,
					  unsigned int level)
{
	unsigned int need = 0;

	for (; level < list->height; level++, need++)
		if (range_tree_first(list, level + 1)->nr < RANGE_FANOUT)
			return need;
	return need + 1;
}

static void range_node_add(struct range_node *node, u64 start, void *child)
{
	if (node->nr)
		start += node->slot[0].start;
	node->slot[node->nr].start = start;
	node->slot[node->nr++].child = child;
}

/* Make a root of two subtrees of the same height. */
static void range_tree_grow(struct range_list *list, void *first, u64 bytes,
			    void *second)
{
	struct range_node *node = range_node_get(list);

	node->nr = 0;
	range_node_add(node, 0, first);
	range_node_add(node, bytes, second);
	list->root = node;
	list->height++;
}

/* Add a subtree of height @level that begins at @pos, with reserved nodes. */
static void range_tree_add(struct range_list *list, void *child,
			   unsigned int level, u64 pos)
{
	struct range_node *node;
	u64 start;

	if (!list->root) {
		list->root = child;
		list->height = level;
		return;
	}
	for (; level < list->height; level++) {
		node = range_tree_last(list, level + 1, &start);
		if (node->nr < RANGE_FANOUT) {
			range_node_add(node, pos - start, child);
			return;
		}
		node = range_node_get(list);
		node->nr = 0;
		range_node_add(node, 0, child);
		child = node;
	}
	range_tree_grow(list, list->root, pos, child);
}

/* Put a subtree of height @level and @bytes in front, with reserved nodes. */
static void range_tree_add_first(struct range_list *list, void *child,
				 unsigned int level, u64 bytes)
{
	struct range_node *node;

	for (; level < list->height; level++) {
		node = range_tree_first(list, level + 1);
		if (node->nr < RANGE_FANOUT) {
			memmove(&node->slot[1], &node->slot[0],
				node->nr++ * sizeof(node->slot[0]));
			node->slot[0].child = child;
			/* The first child of each level above begins earlier. */
			for (; level < list->height; level++) {
				node = range_tree_first(list, level + 1);
				node->slot[0].start -= bytes;
			}
			return;
		}
		node = range_node_get(list);
		node->nr = 0;
		range_node_add(node, 0, child);
		child = node;
	}
	range_tree_grow(list, child, bytes, list->root);
}

/* Take the last chunk out. */
static void range_tree_pop(struct range_list *list)
{
	unsigned int level;
	u64 start;

	for (level = 1; level <= list->height; level++) {
		struct range_node *node = range_tree_last(list, level, &start);

		if (--node->nr)
			return;
		kfree(node);
	}
	list->root = NULL;
	list->height = 0;
}

static void range_tree_free(void *p, unsigned int height)
{
	struct range_node *node = p;
	unsigned int i;

	if (!height)
		return;
	for (i = 0; i < node->nr; i++)
		range_tree_free(node->slot[i].child, height - 1);
	kfree(node);
}

/* The chunk that holds the byte at @pos; @off is where in it. */
static const struct range_chunk *range_tree_find(const struct range_list *list,
						 u64 pos, u64 *off)
{
	const void *p = list->root;
	unsigned int h;

	if (pos < list->head.bytes || !list->tail) {
		*off = pos;
		return &list->head;
	}
	if (pos >= list->tail_pos) {
		*off = pos - list->tail_pos;
		return list->tail;
	}
	pos -= list->head.bytes;
	for (h = list->height; h; h--) {
		const struct range_node *node = p;
		unsigned int last = 0, i;

		/* Without branches that depend on @pos: nobody can predict them. */
		for (i = 1; i < node->nr; i++)
			last += range_node_start(node, i) <= pos;
		pos -= range_node_start(node, last);
		p = node->slot[last].child;
		/* Where it will be if this is a chunk of pages, as most are. */
		if (h == 1)
			prefetch(range_data(p) + (pos >> PAGE_SHIFT) * sizeof(u32));
	}
	*off = pos;
	return p;
}

/* Sum of the lengths of @n entries from @i on, in units. */
static u64 range_sum(const struct range_chunk *c, unsigned int i, unsigned int n)
{
	const u32 *compact = range_entry(c, i);
	const u64 *medium = range_entry(c, i);
	u64 sum = n;

	if (c->width == RANGE_COMPACT)
		while (n--)
			sum += (u64)*compact++ >> c->dist;
	else
		while (n--)
			sum += *medium++ >> c->dist;
	return sum;
}

/* The entry that holds the byte at @off, and in @skip where in the entry. */
static unsigned int range_chunk_find(const struct range_chunk *c, u64 off,
				     u64 *skip)
{
	unsigned int i = 0;

	if (range_chunk_is_even(c)) {
		i = off >> c->shift;
		*skip = off - ((u64)i << c->shift);
		return i;
	}
	/* Whole blocks first: their sums do not depend on each other. */
	for (; c->width != RANGE_WIDE && i + 16 <= c->nr; i += 16) {
		u64 bytes = range_sum(c, i, 16) << c->shift;

		if (bytes > off)
			break;
		off -= bytes;
	}
	for (; i < c->nr; i++) {
		u64 len = range_get(c, i).len;

		if (off < len)
			break;
		off -= len;
	}
	*skip = off;
	return i;
}

/*
 * Writers
 */

/* Recompute what the summary says of all ranges. */
static void range_list_summarize(struct range_list *list)
{
	struct range_state s = range_state_first(list);
	struct range_item r, last = {};

	list->lowest = U64_MAX;
	list->highest = 0;
	list->edges = 0;
	list->end = U64_MAX;
	list->nr = 0;
	list->any_flags = 0;
	list->all_flags = U32_MAX;
	list->mixed = false;
	while (range_next(&s, &r)) {
		if (list->nr++) {
			list->edges |= list->end | r.addr;
			list->mixed |= r.flags != last.flags ||
				       r.owner != last.owner;
		}
		list->lowest = min(list->lowest, r.addr);
		list->highest = max(list->highest, r.addr + r.len - 1);
		list->end = r.addr + r.len;
		list->any_flags |= r.flags;
		list->all_flags &= r.flags;
		last = r;
	}
}

/*
 * Free what a chunk does not use, as when it is about to be closed.  Nothing is
 * lost if that fails.
 */
static struct range_chunk *range_chunk_trim(struct range_list *list,
					    struct range_chunk *c)
{
	struct range_chunk *small;
	struct range_item attrs;
	struct range_fit fit;
	u16 room;

	if (range_chunk_is_loose(c)) {
		range_fit_chunk(&fit, c, 0, NULL);
		attrs = range_get(c, 0);
		if (fit.width < c->width)
			range_reformat(c, &fit, &attrs);
	}
	if (c == &list->head ||
	    range_chunk_size(range_used(c)) >= sizeof(*c) + c->room)
		return c;
	small = range_chunk_alloc(range_used(c), GFP_NOWAIT | __GFP_NOWARN);
	if (!small)
		return c;
	/* The next chunk need not be as large either. */
	list->order = ilog2(sizeof(*c) + small->room) + 1;
	room = small->room;
	*small = *c;
	small->room = room;
	memcpy(range_data(small), range_data(c), range_used(c));
	(small->prev ?: &list->head)->next = small;
	kfree(c);
	return small;
}

/* Close the open chunk, with reserved nodes, and open @c behind it. */
static void range_list_open(struct range_list *list, struct range_chunk *c)
{
	struct range_chunk *last = range_open_chunk(list);

	last = range_chunk_trim(list, last);
	if (last != &list->head)
		range_tree_add(list, last, 0,
			       list->tail_pos - list->head.bytes);
	list->tail_pos += last->bytes;
	last->next = c;
	c->prev = last == &list->head ? NULL : last;
	list->tail = c;
	if (1UL << (list->order + 1) <= RANGE_CHUNK_MAX)
		list->order++;
}

static int range_list_reserve_close(struct range_list *list, gfp_t gfp)
{
	if (!list->tail)
		return 0;
	return range_nodes_reserve(list, range_tree_need(list, 0, 1), gfp);
}

/*
 * A wide chunk is left as soon as narrow entries are what comes: else a single
 * odd range would make hundreds that follow it eight times as large.
 */
static void range_list_narrow(struct range_list *list)
{
	struct range_chunk *c = range_open_chunk(list), *new;
	unsigned int first = c->nr - RANGE_NARROW_RUN, i;
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct range_fit fit, next;
	struct range_item attrs;

	range_fit_chunk(&fit, c, first, NULL);
	/* What was preloaded is kept for what it was preloaded for. */
	if (fit.width == RANGE_WIDE || list->preloaded)
		return;
	for (; first; first--, fit = next) {
		range_fit_chunk(&next, c, first - 1, NULL);
		if (next.width > fit.width)
			break;
	}
	attrs = range_get(c, first);
	if (!first) {
		range_reformat(c, &fit, &attrs);
		return;
	}
	if (range_list_reserve_close(list, gfp))
		return;
	new = range_chunk_get(list, gfp);
	if (!new)
		return;
	range_set_format(new, &fit, &attrs);
	for (i = first; i < c->nr; i++) {
		struct range_item r = range_get(c, i);

		range_put_range(new, new->nr++, &r);
		new->bytes += r.len;
	}
	c->nr = first;
	c->bytes -= new->bytes;
	range_list_open(list, new);
}

/* Put @r behind the last range, as an entry of its own. */
static int range_list_add(struct range_list *list, const struct range_item *r,
			  gfp_t gfp)
{
	struct range_chunk *c = range_open_chunk(list), *new;
	struct range_fit fit;
	size_t used;
	int err;
	u64 e;

	if (!c->nr) {
		range_fit_one(&fit, r);
		range_set_format(c, &fit, r);
		range_put_range(c, c->nr++, r);
		c->bytes = r->len;
		return 0;
	}
	if (range_used(c) + (1U << c->width) <= c->room) {
		if (range_put_range(c, c->nr, r)) {
			c->nr++;
			c->bytes += r->len;
			if (c->width == RANGE_WIDE &&
			    c->nr >= RANGE_NARROW_RUN)
				range_list_narrow(list);
			return 0;
		}
		range_fit_chunk(&fit, c, 0, r);
		used = (size_t)c->nr << fit.width;
		/* A preloaded list must not leave chunks half empty. */
		if (used + (1U << fit.width) <= c->room &&
		    (list->preloaded || c == &list->head ||
		     used <= range_used(c) + RANGE_WIDEN_MAX)) {
			range_reformat(c, &fit, r);
			range_put_range(c, c->nr++, r);
			c->bytes += r->len;
			return 0;
		}
	}

	err = range_list_reserve_close(list, gfp);
	if (err)
		return err;
	new = range_chunk_get(list, gfp);
	if (!new)
		return -ENOMEM;
	if (c->width != RANGE_WIDE && range_same_attrs(c, r) &&
	    range_encode(c, r->addr, r->len, &e)) {
		/* Ranges go on as they went. */
		fit = (struct range_fit){
			.base = c->base,
			.width = c->width,
			.shift = c->shift,
			.dist = c->dist,
		};
	} else {
		range_fit_one(&fit, r);
	}
	range_set_format(new, &fit, r);
	range_put_range(new, new->nr++, r);
	new->bytes = r->len;
	range_list_open(list, new);
	return 0;
}

/* Is @r to become part of the last range?  That is then in @last. */
static bool range_merges(const struct range_list *list, const struct range_item *r,
			 struct range_item *last)
{
	const struct range_chunk *c = range_open_chunk(list);

	if (r->addr != list->end || (r->flags & RANGE_NO_MERGE) ||
	    ((r->flags & RANGE_MERGE_PAGES) && r->addr & (PAGE_SIZE - 1)))
		return false;
	*last = range_get(c, c->nr - 1);
	return last->flags == r->flags && last->owner == r->owner;
}

static int range_list_merge(struct range_list *list, struct range_item *last,
			    u64 len, gfp_t gfp)
{
	struct range_chunk *c = range_open_chunk(list);
	u64 old = last->len;
	int err;

	last->len += len;
	if (range_put_range(c, c->nr - 1, last)) {
		c->bytes += len;
		return 0;
	}
	c->nr--;
	c->bytes -= old;
	err = range_list_add(list, last, gfp);
	if (err) {
		/* The entry is still there. */
		c->nr++;
		c->bytes += old;
	}
	return err;
}

static bool range_attrs_change(const struct range_list *list,
			       const struct range_item *r)
{
	const struct range_chunk *c = range_open_chunk(list);
	struct range_item last;

	if (!list->nr)
		return false;
	last = range_get(c, c->nr - 1);
	return last.flags != r->flags || last.owner != r->owner;
}

static int range_list_append_slow(struct range_list *list,
				  const struct range_item *r, gfp_t gfp)
{
	struct range_item last;
	u64 end, bytes;
	bool mixed;
	int err;

	if (!r->len)
		return -EINVAL;
	if (check_add_overflow(r->addr, r->len, &end) ||
	    check_add_overflow(list->bytes, r->len, &bytes))
		return -EOVERFLOW;

	if (range_merges(list, r, &last)) {
		err = range_list_merge(list, &last, r->len, gfp);
		if (err)
			return err;
	} else {
		mixed = range_attrs_change(list, r);
		err = range_list_add(list, r, gfp);
		if (err)
			return err;
		list->mixed |= mixed;
		if (list->nr++)
			list->edges |= list->end | r->addr;
		list->lowest = min(list->lowest, r->addr);
		list->any_flags |= r->flags;
		list->all_flags &= r->flags;
	}
	list->highest = max(list->highest, end - 1);
	list->bytes = bytes;
	list->end = end;
	return 0;
}

/* What the loops below know of the list; it learns of it once, at the end. */
struct range_fill {
	u64 lowest;
	u64 highest;			/* inclusive */
	u64 edges;
	u64 end;
	u64 bytes;
};

/*
 * Ranges that are all one unit long, as pages are.  @n is small enough for
 * @reach to make all sums fit.  Most ranges are between the lowest and the
 * highest so far: one comparison tells that, and that they are within reach.
 */
static __always_inline size_t range_fill_even(struct range_fill *fill,
					      const struct range_chunk *c,
					      u64 reach,
					      const struct range_vec *vec,
					      size_t n, const unsigned int shift)
{
	const u64 base = c->base, unit = BIT_ULL(shift);
	u64 low, high, span = 0, end = fill->end;
	u32 *p = range_entry(c, c->nr);
	size_t i;

	reach >>= shift;
	low = ror64(vec[0].addr - base, shift);
	if (low > reach)
		return 0;
	if (fill->lowest >= base && fill->highest - base <= reach << shift) {
		/* Whole units only. */
		u64 first = (fill->lowest - base + unit - 1) >> shift;

		high = (fill->highest - base + 1) >> shift;
		if (high > first) {
			low = first;
			span = high - 1 - first;
		}
	}
	for (i = 0; i < n; i++) {
		u64 addr = vec[i].addr;
		/* What is not aligned turns up at the top, out of reach. */
		u64 e = ror64(addr - base, shift);

		if (vec[i].len != unit || addr == end)
			break;
		if (unlikely(e - low > span)) {
			if (e > reach)
				break;
			high = max(e, low + span);
			low = min(e, low);
			span = high - low;
		}
		p[i] = e;
		end = addr + unit;
	}
	if (!i)
		return 0;
	low = base + (low << shift);
	fill->lowest = min(fill->lowest, low);
	fill->highest = max(fill->highest, low + (span << shift) + unit - 1);
	/* Of two boundaries that are a unit apart one has that bit. */
	fill->edges |= fill->end | vec[0].addr | (i > 1 ? unit : 0);
	fill->end = end;
	fill->bytes = i << shift;
	return i;
}

static __always_inline size_t range_fill_any(struct range_fill *fill,
					     const struct range_chunk *c,
					     u64 reach, u64 longest,
					     const struct range_vec *vec,
					     size_t n, const bool compact)
{
	const u64 base = c->base, unit = BIT_ULL(c->shift);
	u64 lowest = fill->lowest, highest = fill->highest;
	u64 edges = fill->edges, end = fill->end, bytes = 0;
	void *p = range_entry(c, c->nr);
	size_t i;

	for (i = 0; i < n; i++) {
		u64 addr = vec[i].addr, len = vec[i].len;
		u64 distance = addr - base;

		if (addr == end || (distance | len) & (unit - 1) ||
		    distance > reach || len - 1 >= longest)
			break;
		distance >>= c->shift;
		distance |= ((len >> c->shift) - 1) << c->dist;
		if (compact)
			((u32 *)p)[i] = distance;
		else
			((u64 *)p)[i] = distance;
		edges |= end | addr;
		end = addr + len;
		lowest = min(lowest, addr);
		highest = max(highest, end - 1);
		bytes += len;
	}
	fill->lowest = lowest;
	fill->highest = highest;
	fill->edges = edges;
	fill->end = end;
	fill->bytes = bytes;
	return i;
}

/*
 * Put as many of @vec into the open chunk as it can take as it is.  The list is
 * not empty, and the chunk has the attributes of @vec and is not wide.
 */
static size_t range_list_fill(struct range_list *list,
			      const struct range_vec *vec, size_t n)
{
	struct range_chunk *c = range_open_chunk(list);
	const unsigned int bits = range_width_bits(c->width) - c->dist;
	struct range_fill fill = {
		.lowest = list->lowest,
		.highest = list->highest,
		.edges = list->edges,
		.end = list->end,
	};
	const u64 top = U64_MAX - c->base;
	u64 reach, longest, most;

	/* Once for all: no sum in the loops may overflow. */
	if (bits + c->shift > 62)
		return 0;
	longest = BIT_ULL(bits) << c->shift;
	n = min_t(size_t, n, (c->room >> c->width) - c->nr);
	if (check_mul_overflow(longest, (u64)n, &most) ||
	    most > U64_MAX - list->bytes || longest > top)
		return 0;
	reach = min(BIT_ULL(c->dist) - 1, top >> c->shift) << c->shift;
	reach = min(reach, top - longest);

	if (c->width == RANGE_MEDIUM)
		n = range_fill_any(&fill, c, reach, longest, vec, n, false);
	else if (bits)
		n = range_fill_any(&fill, c, reach, longest, vec, n, true);
	else if (c->shift == PAGE_SHIFT)
		n = range_fill_even(&fill, c, reach, vec, n, PAGE_SHIFT);
	else
		n = range_fill_even(&fill, c, reach, vec, n, c->shift);
	c->nr += n;
	c->bytes += fill.bytes;
	list->nr += n;
	list->bytes += fill.bytes;
	list->lowest = fill.lowest;
	list->highest = fill.highest;
	list->edges = fill.edges;
	list->end = fill.end;
	return n;
}

/* What most appends are: one more entry of the open chunk as it is. */
static bool range_list_append_fast(struct range_list *list,
				   const struct range_item *r)
{
	struct range_chunk *c = range_open_chunk(list);
	u64 end, bytes, e;

	if (!list->nr || c->width == RANGE_WIDE || !range_same_attrs(c, r) ||
	    r->addr == list->end || !r->len ||
	    range_used(c) + (1U << c->width) > c->room ||
	    !range_encode(c, r->addr, r->len, &e) ||
	    check_add_overflow(r->addr, r->len, &end) ||
	    check_add_overflow(list->bytes, r->len, &bytes))
		return false;
	range_put(c, c->nr++, e);
	c->bytes += r->len;
	list->nr++;
	list->bytes = bytes;
	list->edges |= list->end | r->addr;
	list->lowest = min(list->lowest, r->addr);
	list->highest = max(list->highest, end - 1);
	list->end = end;
	return true;
}

/**
 * range_list_append - put a range at the end of a list
 * @list: the list
 * @r: the range
 * @gfp: for a new chunk, if one is needed
 *
 * Return: 0; -EINVAL if the range is empty; -EOVERFLOW if its end or the
 * number of bytes in the list does not fit 64 bits; -ENOMEM.  The list is
 * unchanged if it is not 0.
 */
int range_list_append(struct range_list *list, const struct range_item *r,
		      gfp_t gfp)
{
	if (range_list_bad(list))
		return -EINVAL;
	if (range_list_append_fast(list, r))
		return 0;
	return range_list_append_slow(list, r, gfp);
}
EXPORT_SYMBOL_GPL(range_list_append);

/**
 * range_list_extend - put an array of ranges at the end of a list, or some
 * @list: the list
 * @vec: the ranges
 * @n: their number
 * @owner: of all of them
 * @flags: of all of them
 * @gfp: for new chunks
 *
 * For lists under construction, that are thrown away when this fails.
 *
 * Return: 0, or an error as of range_list_append(); the list has then got some
 * of the ranges.
 */
int range_list_extend(struct range_list *list, const struct range_vec *vec,
		      size_t n, void *owner, u32 flags, gfp_t gfp)
{
	const struct range_item attrs = { .owner = owner, .flags = flags };
	const struct range_chunk *c;
	size_t i = 0;

	if (range_list_bad(list))
		return -EINVAL;
	c = range_open_chunk(list);
	/* Most often this goes on with what an earlier call began. */
	if (list->nr && c->width != RANGE_WIDE && range_same_attrs(c, &attrs))
		i = range_list_fill(list, vec, n);
	while (i < n) {
		struct range_item r = {
			.addr = vec[i].addr,
			.len = vec[i].len,
			.owner = owner,
			.flags = flags,
		};
		int err;

		/*
		 * What is contiguous is merged here, not in the list, unless
		 * that is where it fails.
		 */
		for (i++; i < n && r.len && !(flags & RANGE_NO_MERGE); i++) {
			u64 len, sum;

			if (vec[i].addr != r.addr + r.len || !vec[i].len ||
			    (flags & RANGE_MERGE_PAGES &&
			     vec[i].addr & (PAGE_SIZE - 1)) ||
			    check_add_overflow(r.len, vec[i].len, &len) ||
			    check_add_overflow(r.addr, len, &sum) ||
			    check_add_overflow(list->bytes, len, &sum))
				break;
			r.len = len;
		}
		err = range_list_append(list, &r, gfp);
		if (err)
			return err;
		if (i < n && range_open_chunk(list)->width != RANGE_WIDE)
			i += range_list_fill(list, vec + i, n - i);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(range_list_extend);

/* Have spare chunks for @n more ranges than now, and nodes for all of them. */
static int range_list_reserve(struct range_list *list, size_t n, gfp_t gfp)
{
	const size_t most = (RANGE_CHUNK_MAX - sizeof(struct range_chunk)) /
			    sizeof(struct range_item);
	size_t nodes = 1, chunks = 0, got, k;
	struct range_chunk *c;
	unsigned int level;

	for (; n; n -= got) {
		c = range_chunk_alloc(min(n, most) * sizeof(struct range_item),
				      gfp);
		if (!c)
			return -ENOMEM;
		c->next = list->spare;
		list->spare = c;
		got = min(n, c->room / sizeof(struct range_item));
	}
	for (c = list->spare; c; c = c->next)
		chunks++;
	/* On each level one node for every full one, and one that is begun. */
	for (level = 0, k = chunks; level < list->height || k > 1; level++) {
		k = k / RANGE_FANOUT + 1;
		nodes += k;
	}
	return range_nodes_reserve(list, nodes, gfp);
}

/*
 * Nodes needed to put the tree of @src behind that of @list, after the chunks
 * that range_list_chain() closes before.  These are three: they take a place in
 * each level, or three in the lowest one, and make the tree of @list higher by
 * one, or by two if nodes are as small as tests make them.
 */
static unsigned int range_tree_need_join(const struct range_list *list,
					 const struct range_list *src)
{
	unsigned int need = range_tree_need(list, 0, 3), first = 0, i;

	if (!src->root)
		return need;
	if (list->height >= src->height)
		return need + range_tree_need(list, src->height,
					      src->height ? 2 : 4);
	for (i = 0; i < 3; i++)
		first = max(first, range_tree_need_first(src, list->height + i));
	return need + first;
}

/* Put the tree of @src behind that of @list, with reserved nodes. */
static void range_tree_join(struct range_list *list, struct range_list *src,
			    u64 pos)
{
	void *root = list->root;
	unsigned int height = list->height;

	if (!src->root)
		return;
	if (!root || height >= src->height) {
		range_tree_add(list, src->root, src->height, pos);
		return;
	}
	list->root = src->root;
	list->height = src->height;
	range_tree_add_first(list, root, height, pos);
}

/* The ranges of a list without chunks are few: append them one by one. */
static int range_list_append_head(struct range_list *list,
				  const struct range_list *src, gfp_t gfp)
{
	const bool preloaded = list->preloaded;
	struct range_item r = range_get(&src->head, 0);
	unsigned int i;
	int err;

	if (src->nr == 1 && !preloaded)
		return range_list_append(list, &r, gfp);
	/* Takes nothing of what was preloaded for others. */
	err = range_list_reserve(list, src->head.nr, gfp);
	list->preloaded = true;
	for (i = 0; i < src->head.nr && !err; i++) {
		r = range_get(&src->head, i);
		/* Cannot fail any more. */
		err = range_list_append(list, &r, 0);
		WARN_ON_ONCE(err);
	}
	list->preloaded = preloaded;
	if (!preloaded)
		range_list_preload_end(list);
	return err;
}

/* Move the chunks of @src.  Its own one becomes a chunk like the others. */
static int range_list_chain(struct range_list *list, struct range_list *src,
			    gfp_t gfp)
{
	const struct range_chunk *head = &src->head;
	struct range_item first = range_get(head, 0);
	struct range_chunk *c = NULL, *last;
	struct range_node *node;
	unsigned int nodes = 0;
	u64 pos;
	u16 room;
	int err = -ENOMEM;

	/* Everything that can fail comes first. */
	if (head->nr > 1) {
		c = range_chunk_alloc(range_used(head), gfp);
		if (!c)
			return -ENOMEM;
	}
	for (node = list->spare_nodes; node; node = node->slot[0].child)
		nodes++;
	nodes += range_tree_need_join(list, src);
	/* The first range may continue the last one of @list. */
	if (!range_list_reserve(list, list->preloaded, gfp) &&
	    !range_nodes_reserve(list, nodes, gfp))
		err = range_list_append(list, &first, gfp);
	if (err) {
		kfree(c);
		if (!list->preloaded)
			range_nodes_free(list);
		return err;
	}

	pos = list->bytes + head->bytes - first.len;
	if (c) {
		room = c->room;
		*c = *head;
		c->room = room;
		c->nr--;
		c->bytes -= first.len;
		memcpy(range_data(c), range_entry(head, 1), range_used(c));
		range_list_open(list, c);
	}
	last = range_chunk_trim(list, range_open_chunk(list));
	if (last != &list->head)
		range_tree_add(list, last, 0,
			       list->tail_pos - list->head.bytes);
	last->next = head->next;
	last->next->prev = last == &list->head ? NULL : last;
	range_tree_join(list, src, pos - list->head.bytes);

	list->tail = src->tail;
	list->tail_pos = pos + src->tail_pos - head->bytes;
	list->order = max(list->order, src->order);
	list->bytes += src->bytes - first.len;
	list->nr += src->nr - 1;
	list->edges |= src->edges;
	list->lowest = min(list->lowest, src->lowest);
	list->highest = max(list->highest, src->highest);
	list->end = src->end;
	list->any_flags |= src->any_flags;
	list->all_flags &= src->all_flags;
	list->mixed |= src->mixed;
	if (!list->preloaded)
		range_nodes_free(list);
	return 0;
}

/**
 * range_list_splice - move all ranges of a list to the end of another
 * @list: the list that takes them
 * @src: the list that gives them; it is empty afterwards
 * @gfp: for the inline ranges of @src and for tree nodes
 *
 * Chunks move as they are: the time does not depend on the number of ranges.
 *
 * Return: 0; -EINVAL if both are the same list; -EOVERFLOW if the number of
 * bytes does not fit 64 bits; -ENOMEM.  Both lists are unchanged if it is not
 * 0.
 */
int range_list_splice(struct range_list *list, struct range_list *src,
		      gfp_t gfp)
{
	u64 bytes;
	int err;

	if (range_list_bad(list) || range_list_bad(src) || list == src)
		return -EINVAL;
	if (check_add_overflow(list->bytes, src->bytes, &bytes))
		return -EOVERFLOW;
	if (!src->nr)
		return 0;
	if (!list->nr) {
		swap(list->spare, src->spare);
		swap(list->spare_nodes, src->spare_nodes);
		swap(list->preloaded, src->preloaded);
		swap(*list, *src);
		return 0;
	}

	err = src->tail ? range_list_chain(list, src, gfp) :
			  range_list_append_head(list, src, gfp);
	if (!err) {
		range_list_preload_end(src);
		range_list_init(src);
	}
	return err;
}
EXPORT_SYMBOL_GPL(range_list_splice);

/**
 * range_list_truncate - remove everything from a position on
 * @list: the list
 * @pos: first byte to remove; the last range is cut if it is not a boundary
 * @gfp: for the rare case that a cut range fits its chunk no more
 *
 * Return: 0; -ERANGE if @pos is behind the end; -ENOMEM.  The list is unchanged
 * if it is not 0.
 */
int range_list_truncate(struct range_list *list, u64 pos, gfp_t gfp)
{
	struct range_chunk *c, *prev, *new = NULL;
	struct range_fit fit;
	unsigned int keep;
	struct range_item cut;
	u64 off, skip;
	bool fits = true;

	if (range_list_bad(list))
		return -EINVAL;
	if (pos > list->bytes)
		return -ERANGE;
	if (pos == list->bytes)
		return 0;

	c = (struct range_chunk *)range_tree_find(list, pos, &off);
	keep = range_chunk_find(c, off, &skip);
	if (skip) {
		u16 nr = c->nr;
		u64 e;

		cut = range_get(c, keep);
		cut.len = skip;
		fits = c->width == RANGE_WIDE ||
		       range_encode(c, cut.addr, cut.len, &e);
		if (!fits) {
			c->nr = keep;
			range_fit_chunk(&fit, c, 0, &cut);
			c->nr = nr;
			if ((keep + 1) << fit.width > c->room) {
				new = range_chunk_alloc(sizeof(cut), gfp);
				if (!new || range_nodes_reserve(list, list->height + 2, gfp)) {
					kfree(new);
					return -ENOMEM;
				}
			}
		}
	}

	/* From here on nothing fails. */
	while (range_open_chunk(list) != c) {
		prev = range_prev_chunk(list, list->tail);
		kfree(list->tail);
		prev->next = NULL;
		if (prev == &list->head) {
			list->tail = NULL;
			list->tail_pos = 0;
		} else {
			range_tree_pop(list);
			list->tail = prev;
			list->tail_pos -= prev->bytes;
		}
	}
	c->nr = keep;
	c->bytes = off - skip;
	if (new) {
		range_fit_one(&fit, &cut);
		range_set_format(new, &fit, &cut);
		range_list_open(list, new);
		c = new;
	} else if (!fits) {
		range_reformat(c, &fit, &cut);
	}
	if (skip) {
		range_put_range(c, c->nr++, &cut);
		c->bytes += skip;
	}
	list->bytes = pos;
	/* An empty chunk at the end would not be a place to merge with. */
	if (!c->nr && c != &list->head) {
		prev = range_prev_chunk(list, c);
		kfree(c);
		prev->next = NULL;
		list->tail = prev == &list->head ? NULL : prev;
		if (list->tail) {
			range_tree_pop(list);
			list->tail_pos -= prev->bytes;
		} else {
			list->tail_pos = 0;
		}
	}
	range_list_summarize(list);
	return 0;
}
EXPORT_SYMBOL_GPL(range_list_truncate);

/* Make an empty list equal to @src, chunk by chunk.  Failed, it has some of them. */
static int range_list_clone(struct range_list *list, const struct range_list *src,
			    gfp_t gfp)
{
	const struct range_chunk *c;
	struct range_chunk *new;
	u16 room;
	int err;

	list->head = src->head;
	list->head.next = NULL;
	memcpy(range_data(&list->head), range_data(&src->head),
	       range_used(&src->head));
	for (c = src->head.next; c; c = c->next) {
		err = range_list_reserve_close(list, gfp);
		if (err)
			return err;
		new = range_chunk_alloc(range_used(c), gfp);
		if (!new)
			return -ENOMEM;
		room = new->room;
		*new = *c;
		new->room = room;
		new->next = NULL;
		memcpy(range_data(new), range_data(c), range_used(c));
		range_list_open(list, new);
	}
	list->bytes = src->bytes;
	list->nr = src->nr;
	list->lowest = src->lowest;
	list->highest = src->highest;
	list->edges = src->edges;
	list->end = src->end;
	list->any_flags = src->any_flags;
	list->all_flags = src->all_flags;
	list->order = src->order;
	list->mixed = src->mixed;
	return 0;
}

/**
 * range_list_copy - append a part of a list to another
 * @list: the list that takes the ranges
 * @src: the list that is copied from, and stays as it is
 * @pos: position in @src where the part begins
 * @len: bytes to copy
 * @clear: flags that the copies do not get
 * @gfp: for new chunks
 *
 * All of a list is copied as it is stored, unless there are flags to clear.
 *
 * Return: 0; -EINVAL if both are the same list; -ERANGE if the part ends behind
 * the end of @src; an error of range_list_append(); @list is unchanged if it is
 * not 0.
 */
int range_list_copy(struct range_list *list, const struct range_list *src,
		    u64 pos, u64 len, u32 clear, gfp_t gfp)
{
	struct range_list tmp = RANGE_LIST_INIT;
	struct range_state s;
	struct range_item r;
	int err;

	if (range_list_bad(list) || list == src)
		return -EINVAL;
	err = range_state_seek(&s, src, pos, len);
	if (err)
		return err;
	if (len == src->bytes && !(src->any_flags & clear)) {
		err = range_list_clone(&tmp, src, gfp);
		if (err)
			goto out;
	} else {
		while (range_next(&s, &r)) {
			r.flags &= ~clear;
			err = range_list_append(&tmp, &r, gfp);
			if (err)
				goto out;
		}
	}
	err = range_list_splice(list, &tmp, gfp);
out:
	range_list_destroy(&tmp);
	return err;
}
EXPORT_SYMBOL_GPL(range_list_copy);

/**
 * range_list_preload - allocate in advance
 * @list: the list
 * @n: number of ranges that will be appended
 * @gfp: for all that they can need
 *
 * The next @n calls of range_list_append() cannot fail for want of memory,
 * whatever they append.  A list is preloaded until range_list_preload_end().
 *
 * Return: 0 or -ENOMEM; what is preloaded already stays in both cases.
 */
int range_list_preload(struct range_list *list, size_t n, gfp_t gfp)
{
	struct range_chunk *c;
	size_t have = 0;
	int err;

	if (range_list_bad(list))
		return -EINVAL;
	for (c = list->spare; c; c = c->next)
		have += c->room / sizeof(struct range_item);
	err = range_list_reserve(list, n - min(n, have), gfp);
	if (!err)
		list->preloaded = true;
	return err;
}
EXPORT_SYMBOL_GPL(range_list_preload);

/**
 * range_list_preload_end - free what was preloaded and not used
 * @list: the list
 */
void range_list_preload_end(struct range_list *list)
{
	if (range_list_bad(list))
		return;
	while (list->spare) {
		struct range_chunk *c = list->spare;

		list->spare = c->next;
		kfree(c);
	}
	range_nodes_free(list);
	list->preloaded = false;
}
EXPORT_SYMBOL_GPL(range_list_preload_end);

/**
 * range_list_shrink - free what only the next appends would use
 * @list: the list
 *
 * A list that is preloaded stays as it is: its appends have been promised that
 * memory.
 */
void range_list_shrink(struct range_list *list)
{
	if (!range_list_bad(list) && list->tail && !list->preloaded)
		list->tail = range_chunk_trim(list, list->tail);
}
EXPORT_SYMBOL_GPL(range_list_shrink);

/**
 * range_list_destroy - free all memory of a list
 * @list: the list; it is empty afterwards and can be used again
 */
void range_list_destroy(struct range_list *list)
{
	struct range_chunk *c, *next;

	if (range_list_bad(list))
		return;
	for (c = list->head.next; c; c = next) {
		next = c->next;
		kfree(c);
	}
	range_tree_free(list->root, list->height);
	range_list_preload_end(list);
	range_list_init(list);
}
EXPORT_SYMBOL_GPL(range_list_destroy);

/*
 * Readers
 */

static void range_state_format(struct range_state *s,
			       const struct range_chunk *c)
{
	s->chunk = c;
	s->base = c->base + s->delta;
	s->unit = BIT_ULL(c->shift);
	s->mask = BIT_ULL(c->dist) - 1;
	s->owner = c->owner;
	s->flags = c->flags;
	s->width = c->width;
	s->dist = c->dist;
}

/* The one entry that a cut range is presented by. */
static const u64 range_cut_entry;

/*
 * Find the next run of whole entries, or the one range that is cut by the start
 * or the end of a slice.  There is something left to find.
 */
static void range_refill(struct range_state *s)
{
	const struct range_chunk *c;
	struct range_item r;

	if (!s->chunk_left) {
		c = s->chunk->next;
		s->next = range_data(c);
		s->chunk_left = c->bytes;
	} else {
		c = s->chunk;
	}
	range_state_format(s, c);
	prefetch(c->next);
	s->p = s->next;
	s->end = range_entry(c, c->nr);

	if (!s->skip && s->chunk_left <= s->left) {
		s->left -= s->chunk_left;
		s->chunk_left = 0;
		s->even_end = range_chunk_is_even(c) ? s->end : NULL;
		return;
	}
	if (!s->skip) {
		for (s->end = s->p; ; s->end += 1U << c->width) {
			r = range_decode(c, s->end);
			if (r.len > s->left)
				break;
			s->left -= r.len;
			s->chunk_left -= r.len;
		}
		s->next = s->end;
		s->even_end = range_chunk_is_even(c) ? s->end : NULL;
		if (s->end != s->p)
			return;
	}

	r = range_decode(c, s->next);
	s->next += 1U << c->width;
	s->chunk_left -= r.len;
	s->p = &range_cut_entry;
	s->end = &range_cut_entry + 1;
	s->even_end = NULL;
	s->width = RANGE_MEDIUM;
	s->base = r.addr + s->delta + s->skip;
	s->unit = min(r.len - s->skip, s->left);
	s->owner = r.owner;
	s->flags = r.flags;
	s->left -= s->unit;
	s->skip = 0;
}

struct range_state __range_refill(struct range_state state)
{
	range_refill(&state);
	return state;
}
EXPORT_SYMBOL_GPL(__range_refill);

/**
 * range_state_seek - place a cursor
 * @state: the cursor
 * @list: the list to read
 * @pos: position of the first byte
 * @len: bytes from there to the end of what is read
 *
 * Takes O(log n).  The state need not be initialised.
 *
 * Return: 0, or -ERANGE if @pos or the end is behind the end of the list; the
 * cursor is at the end then.
 */
int range_state_seek(struct range_state *state, const struct range_list *list,
		     u64 pos, u64 len)
{
	const struct range_chunk *c;
	unsigned int i;
	u64 end, off;

	/* At the end; the rest is set when there is something to return. */
	state->p = NULL;
	state->end = NULL;
	state->even_end = NULL;
	state->delta = 0;
	state->owner = NULL;
	state->flags = 0;
	state->left = 0;
	if (range_list_bad(list))
		return -EINVAL;
	if (check_add_overflow(pos, len, &end) || end > list->bytes)
		return -ERANGE;
	state->left = len;
	if (!len)
		return 0;
	c = range_tree_find(list, pos, &off);
	i = range_chunk_find(c, off, &state->skip);
	state->chunk = c;
	state->next = range_entry(c, i);
	state->chunk_left = c->bytes - off + state->skip;
	range_refill(state);
	return 0;
}
EXPORT_SYMBOL_GPL(range_state_seek);

/**
 * range_list_cuts - is a position within a range?
 * @list: the list
 * @pos: the position
 * @r: gets the part of the range from there on
 *
 * Return: false if @pos is a boundary between ranges, or not in the list.
 */
bool range_list_cuts(const struct range_list *list, u64 pos,
		     struct range_item *r)
{
	const struct range_chunk *c;
	u64 off, skip;

	if (pos >= list->bytes)
		return false;
	c = range_tree_find(list, pos, &off);
	*r = range_get(c, range_chunk_find(c, off, &skip));
	r->addr += skip;
	r->len -= skip;
	return skip;
}
EXPORT_SYMBOL_GPL(range_list_cuts);

/**
 * range_state_left - bytes that a cursor has not returned yet
 * @s: the cursor
 *
 * Return: the number of bytes from the cursor to the end of what it reads.
 */
u64 range_state_left(const struct range_state *s)
{
	struct range_state rest = *s;
	u64 left = s->left;
	struct range_item r;

	for (rest.left = 0; range_next(&rest, &r); )
		left += r.len;
	return left;
}
EXPORT_SYMBOL_GPL(range_state_left);

/**
 * range_next_vec - decode many ranges at once
 * @s: the cursor
 * @vec: where to put them
 * @max: room in @vec
 * @owner: of all that were returned
 * @flags: of all that were returned
 *
 * Return: how many were stored; fewer than @max where the attributes change or
 * a chunk ends, 0 at the end only.
 */
unsigned int range_next_vec(struct range_state *s, struct range_vec *vec,
			    unsigned int max, void **owner, u32 *flags)
{
	u64 base, unit, mask;
	unsigned int n, i, dist;

	if (s->p == s->end) {
		if (!s->left)
			return 0;
		range_refill(s);
	}

	n = min_t(size_t, max, (s->end - s->p) >> s->width);
	base = s->base;
	unit = s->unit;
	mask = s->mask;
	dist = s->dist;
	*owner = s->owner;
	*flags = s->flags;
	if (s->p < s->even_end) {
		const u32 *p = s->p;

		for (i = 0; i < n; i++) {
			vec[i].addr = base + p[i] * unit;
			vec[i].len = unit;
		}
	} else if (s->width == RANGE_COMPACT) {
		const u32 *p = s->p;

		for (i = 0; i < n; i++) {
			vec[i].addr = base + (p[i] & mask) * unit;
			vec[i].len = ((u64)p[i] >> dist) * unit + unit;
		}
	} else if (s->width == RANGE_MEDIUM) {
		const u64 *p = s->p;

		for (i = 0; i < n; i++) {
			vec[i].addr = base + (p[i] & mask) * unit;
			vec[i].len = (p[i] >> dist) * unit + unit;
		}
	} else {
		const struct range_item *p = s->p;

		*owner = p->owner;
		*flags = p->flags;
		for (i = 0; i < n; i++) {
			if (p[i].flags != p->flags || p[i].owner != p->owner)
				break;
			vec[i].addr = p[i].addr + s->delta;
			vec[i].len = p[i].len;
		}
		n = i;
	}
	s->p += (size_t)n << s->width;
	return n;
}
EXPORT_SYMBOL_GPL(range_next_vec);

/**
 * range_state_last - place a cursor behind the last range, for range_prev()
 * @s: the cursor
 * @list: the list to read
 */
void range_state_last(struct range_state *s, const struct range_list *list)
{
	*s = (struct range_state){ .chunk = range_open_chunk(list) };
	s->next = range_entry(s->chunk, s->chunk->nr);
	s->end = &list->head;
}
EXPORT_SYMBOL_GPL(range_state_last);

/**
 * range_prev - step back
 * @s: a cursor placed by range_state_last()
 * @r: the range before it
 *
 * Return: false if there is none.
 */
bool range_prev(struct range_state *s, struct range_item *r)
{
	const struct range_chunk *head = s->end;

	if (s->next == range_data(s->chunk)) {
		if (s->chunk == head)
			return false;
		s->chunk = s->chunk->prev ?: head;
		s->next = range_entry(s->chunk, s->chunk->nr);
	}
	s->next -= 1U << s->chunk->width;
	*r = range_decode(s->chunk, s->next);
	r->addr += s->delta;
	return true;
}
EXPORT_SYMBOL_GPL(range_prev);

/**
 * range_pieces_count - number of pieces that are still to come
 * @pieces: what range_pieces_next() would return
 *
 * Return: their number.
 */
u64 range_pieces_count(struct range_pieces pieces)
{
	u64 n = 0;

	while (range_pieces_next(&pieces))
		n++;
	return n;
}
EXPORT_SYMBOL_GPL(range_pieces_count);

static size_t range_tree_nodes(const void *p, unsigned int height)
{
	const struct range_node *node = p;
	size_t n = 1;
	unsigned int i;

	if (!height)
		return 0;
	for (i = 0; i < node->nr; i++)
		n += range_tree_nodes(node->slot[i].child, height - 1);
	return n;
}

/**
 * range_list_usage - memory that a list takes
 * @list: the list
 * @usage: the result, with the object itself and all that the slab rounds up
 */
void range_list_usage(const struct range_list *list, struct range_usage *usage)
{
	const struct range_chunk *c;

	*usage = (struct range_usage){ .bytes = sizeof(*list) };
	for (c = list->head.next; c; c = c->next) {
		usage->chunks++;
		usage->bytes += sizeof(*c) + c->room;
	}
	usage->nodes = range_tree_nodes(list->root, list->height);
	usage->bytes += usage->nodes *
			kmalloc_size_roundup(sizeof(struct range_node));
}
EXPORT_SYMBOL_GPL(range_list_usage);

static __printf(2, 3) void range_list_print(struct seq_file *m,
					    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (m)
		seq_vprintf(m, printk_skip_level(fmt), args);
	else
		vprintk(fmt, args);
	va_end(args);
}

static const char *range_width_name(const struct range_chunk *c)
{
	switch (c->width) {
	case RANGE_COMPACT:
		return "compact";
	case RANGE_MEDIUM:
		return "medium";
	default:
		return "wide";
	}
}

static void range_list_show(struct seq_file *m, const struct range_list *list,
			    u64 delta, const char *const *names)
{
	const struct range_chunk *c;
	struct range_usage usage;
	u64 pos = 0;

	range_list_usage(list, &usage);
	range_list_print(m, KERN_DEFAULT
			 "%llu ranges, %llu bytes, %zu chunks, %zu nodes, %zu bytes of memory\n",
			 list->nr, list->bytes, usage.chunks, usage.nodes,
			 usage.bytes);
	for (c = &list->head; c; c = c->next) {
		unsigned int i, flag;

		range_list_print(m, KERN_DEFAULT
				 " %s chunk: %u ranges, unit 2^%u, %u distance bits, base %#llx\n",
				 range_width_name(c), c->nr, c->shift, c->dist,
				 c->base);
		for (i = 0; i < c->nr; i++) {
			struct range_item r = range_get(c, i);

			range_list_print(m, KERN_DEFAULT
					 "  @%#llx: %#llx +%#llx", pos,
					 r.addr + delta, r.len);
			for (flag = 0; names && names[flag]; flag++)
				if (r.flags & BIT(flag))
					range_list_print(m, KERN_CONT " %s",
							 names[flag]);
			range_list_print(m, KERN_CONT "\n");
			pos += r.len;
		}
	}
}

/**
 * range_list_seq_show - print a list to a seq_file
 * @m: the file
 * @list: the list
 * @delta: what to add to addresses
 * @names: of the flags, from bit 0 on, ended by NULL; may be NULL
 */
void range_list_seq_show(struct seq_file *m, const struct range_list *list,
			 u64 delta, const char *const *names)
{
	range_list_show(m, list, delta, names);
}
EXPORT_SYMBOL_GPL(range_list_seq_show);

/**
 * range_list_dump - print a list to the kernel log
 * @list: the list
 * @delta: what to add to addresses
 * @names: of the flags, from bit 0 on, ended by NULL; may be NULL
 */
void range_list_dump(const struct range_list *list, u64 delta,
		     const char *const *names)
{
	range_list_show(NULL, list, delta, names);
}
EXPORT_SYMBOL_GPL(range_list_dump);

/* The chunks below @p must be those from *@c on, and begin at @start. */
static bool range_tree_valid(const void *p, unsigned int height, u64 start,
			     const struct range_chunk **c, u64 *pos)
{
	const struct range_node *node = p;
	unsigned int i;

	if (!height) {
		if (p != *c || start != *pos)
			return false;
		*pos += (*c)->bytes;
		*c = (*c)->next;
		return true;
	}
	if (!node->nr || node->nr > RANGE_FANOUT)
		return false;
	for (i = 0; i < node->nr; i++)
		if (!range_tree_valid(node->slot[i].child, height - 1,
				      start + range_node_start(node, i), c, pos))
			return false;
	return true;
}

/**
 * range_list_validate - check that a list is consistent
 * @list: the list
 *
 * For tests and debugging; looks at every range.
 *
 * Return: 0, or -EUCLEAN.
 */
int range_list_validate(const struct range_list *list)
{
	const struct range_chunk *c, *prev = NULL;
	struct range_list sum = *list;
	u64 pos = 0, tail_pos = 0;
	unsigned int i;

	for (c = &list->head; c; prev = c, c = c->next) {
		u64 bytes = 0;

		for (i = 0; i < c->nr; i++)
			bytes += range_get(c, i).len;
		if (bytes != c->bytes || range_used(c) > c->room)
			return -EUCLEAN;
		if (prev && (!c->nr || range_prev_chunk(list, c) != prev))
			return -EUCLEAN;
		tail_pos = pos;
		pos += bytes;
	}
	if (pos != list->bytes || prev != range_open_chunk(list) ||
	    tail_pos != list->tail_pos)
		return -EUCLEAN;

	c = list->head.next;
	pos = 0;
	if (list->root &&
	    !range_tree_valid(list->root, list->height, 0, &c, &pos))
		return -EUCLEAN;
	if (c != list->tail)
		return -EUCLEAN;

	range_list_summarize(&sum);
	if (sum.nr != list->nr || sum.lowest != list->lowest ||
	    sum.highest != list->highest ||
	    (sum.edges ^ (sum.edges - 1)) != (list->edges ^ (list->edges - 1)) ||
	    sum.end != list->end || sum.any_flags != list->any_flags ||
	    sum.all_flags != list->all_flags || sum.mixed != list->mixed)
		return -EUCLEAN;
	return 0;
}
EXPORT_SYMBOL_GPL(range_list_validate);
