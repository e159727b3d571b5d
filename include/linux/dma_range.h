/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DMA range lists: what a device is told.
 */
#ifndef _LINUX_DMA_RANGE_H
#define _LINUX_DMA_RANGE_H

#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/range_list.h>

struct p2pdma_provider;
struct phys_range_list;
struct seq_file;
struct sg_table;

/**
 * DOC: DMA range lists
 *
 * A *DMA range* is a piece of a buffer that is contiguous for one device: a DMA
 * address and a length in bytes.  A *DMA range list* is the result of mapping a
 * physical range list for that device.  The two have different types, so that
 * an address of one kind cannot be taken for the other.
 *
 * A position in the DMA range list is the same byte of the buffer as that
 * position in the physical list, but the ranges need not correspond: behind an
 * IOMMU one DMA range usually stands for all of the buffer.
 *
 * There are two ways to map.  dma_map_phys_ranges() maps a list as a whole, for
 * any device.  Behind an IOMMU, address space can also be reserved first, with
 * dma_range_list_reserve(), and memory be linked into it later, at any position
 * and in any order, with dma_range_list_link().
 */

/**
 * enum dma_range_flags - where the address of a range comes from
 * @DMA_RANGE_NO_MERGE: a mapping of its own, undone as a whole
 * @DMA_RANGE_BUS_ADDRESS: address on a PCI bus, of another device
 * @DMA_RANGE_IOVA: translated by an IOMMU
 * @DMA_RANGE_DIRECT: address of memory, or of a bounce buffer
 */
enum dma_range_flags {
	DMA_RANGE_NO_MERGE	= RANGE_NO_MERGE,
	DMA_RANGE_BUS_ADDRESS	= BIT(2),
	DMA_RANGE_IOVA		= BIT(3),
	DMA_RANGE_DIRECT	= BIT(4),
};

#define DMA_RANGE_FLAGS		(DMA_RANGE_NO_MERGE | GENMASK(4, 2))

/**
 * struct dma_range - one range, decoded
 * @addr: address for the device of the first byte
 * @len: length in bytes
 * @flags: &enum dma_range_flags
 */
struct dma_range {
	dma_addr_t addr;
	u64 len;
	u32 flags;
};

/* How a list came by its ranges, and so how they are undone. */
enum dma_range_how {
	DMA_RANGES_NOT_MAPPED,
	DMA_RANGES_PAGES,		/* a window of IOVA space, contiguous */
	DMA_RANGES_LAYOUT,		/* a window that dma_layout_next() divided */
	DMA_RANGES_SINGLE,		/* each mapped by dma_map_phys() */
	DMA_RANGES_TABLE,		/* all mapped by dma_map_sgtable() */
	DMA_RANGES_ALIAS,		/* those of the source, shifted */
	DMA_RANGES_RESERVED,		/* a window without a source */
};

/**
 * struct dma_range_list - a list of DMA ranges, and how they were mapped
 *
 * Initialise it with DMA_RANGE_LIST_INIT or dma_range_list_init(), have it
 * filled by dma_map_phys_ranges() and emptied by dma_unmap_ranges().
 */
struct dma_range_list {
	/* private: */
	struct range_list rl;
	const struct range_list *src;	/* that of the physical list */
	u64 delta;			/* what it is shifted by, if an alias */
	struct sg_table *table;		/* if it was mapped by way of one */
	u64 failed;
	struct dma_iova_state iova;
	unsigned long attrs;
	enum dma_data_direction dir;
	enum dma_range_how how;
	bool gaps;			/* granules of @iova are not used */
};

#define DMA_RANGE_LIST_INIT	{ .rl = RANGE_LIST_INIT }
/**
 * DEFINE_DMA_RANGE_LIST - define an empty list
 * @name: of the variable
 */
#define DEFINE_DMA_RANGE_LIST(name)					\
	struct dma_range_list name = DMA_RANGE_LIST_INIT

/**
 * dma_range_list_init - make an empty list
 * @list: memory that is no list yet
 *
 * Context: Any.
 */
static inline void dma_range_list_init(struct dma_range_list *list)
{
	range_list_init(&list->rl);
	list->src = NULL;
	list->delta = 0;
	list->table = NULL;
	list->failed = 0;
	list->iova = (struct dma_iova_state){};
	list->attrs = 0;
	list->dir = DMA_NONE;
	list->how = DMA_RANGES_NOT_MAPPED;
	list->gaps = false;
}

int dma_map_phys_ranges(struct device *dev, struct dma_range_list *dst,
			const struct phys_range_list *src,
			enum dma_data_direction dir, unsigned long attrs,
			gfp_t gfp);
void dma_unmap_ranges(struct device *dev, struct dma_range_list *dst,
		      enum dma_data_direction dir, unsigned long attrs);

int dma_sync_ranges_for_cpu(struct device *dev,
			    const struct dma_range_list *dst, u64 pos, u64 len,
			    enum dma_data_direction dir);
int dma_sync_ranges_for_device(struct device *dev,
			       const struct dma_range_list *dst, u64 pos,
			       u64 len, enum dma_data_direction dir);

int dma_range_list_reserve(struct device *dev, struct dma_range_list *dst,
			   u64 len, gfp_t gfp);
int dma_range_list_link(struct device *dev, struct dma_range_list *dst, u64 pos,
			const struct phys_range_list *src, u64 src_pos, u64 len,
			enum dma_data_direction dir, unsigned long attrs,
			gfp_t gfp);
int dma_range_list_link_phys(struct device *dev, struct dma_range_list *dst,
			     u64 pos, phys_addr_t phys, u64 len,
			     enum dma_data_direction dir, unsigned long attrs);
int dma_range_list_sync(struct device *dev, struct dma_range_list *dst, u64 pos,
			u64 len);
int dma_range_list_unlink(struct device *dev, struct dma_range_list *dst,
			  u64 pos, u64 len, enum dma_data_direction dir,
			  unsigned long attrs);
void dma_range_list_unreserve(struct device *dev, struct dma_range_list *dst);

int dma_get_phys_ranges(struct device *dev, struct phys_range_list *list,
			void *cpu_addr, dma_addr_t dma_addr, size_t size,
			unsigned long attrs);

int dma_range_list_append(struct dma_range_list *list,
			  const struct dma_range *range, gfp_t gfp);
void dma_range_list_destroy(struct dma_range_list *list);
void dma_range_list_dump(const struct dma_range_list *list);
void dma_range_list_seq_show(struct seq_file *m,
			     const struct dma_range_list *list);

/* Where the ranges are. */
static __always_inline const struct range_list *
dma_range_list_ranges(const struct dma_range_list *list)
{
	return list->how == DMA_RANGES_ALIAS ? list->src : &list->rl;
}

/**
 * dma_range_list_nr - number of ranges
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: the number of ranges.
 */
static inline u64 dma_range_list_nr(const struct dma_range_list *list)
{
	return dma_range_list_ranges(list)->nr;
}

/**
 * dma_range_list_bytes - length of the buffer
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: the sum of all lengths, in bytes.
 */
static inline u64 dma_range_list_bytes(const struct dma_range_list *list)
{
	return dma_range_list_ranges(list)->bytes;
}

/**
 * dma_range_list_empty - is there nothing in the list?
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: true if the list has no range.
 */
static inline bool dma_range_list_empty(const struct dma_range_list *list)
{
	return !dma_range_list_ranges(list)->nr;
}

/**
 * dma_range_list_is_aligned - do all interior boundaries fall on blocks?
 * @list: the list
 * @size: of a block, a power of two
 *
 * Context: Any.  Constant time.
 * Return: true if the boundaries of all ranges within the list are multiples
 * of @size.
 */
static inline bool dma_range_list_is_aligned(const struct dma_range_list *list,
					     u64 size)
{
	const u64 edges = dma_range_list_ranges(list)->edges;

	/* No boundaries are aligned to anything, wherever they are. */
	return !edges || !((edges | list->delta) & (size - 1));
}

/**
 * dma_range_list_failed - where a mapping failed
 * @list: the list that dma_map_phys_ranges() or dma_range_list_link() has failed
 *	to fill
 *
 * Context: Any.
 * Return: the position in bytes of the range that could not be mapped, or of a
 * range before it that was mapped together with it.
 */
static inline u64 dma_range_list_failed(const struct dma_range_list *list)
{
	return list->failed;
}

/**
 * struct dma_range_state - a cursor
 *
 * It stays valid as long as the list is not changed.
 */
struct dma_range_state {
	/* private: */
	struct range_state rs;
	const struct dma_range_list *list;
};

/**
 * DMA_RANGE_STATE - define a cursor at the start of a list
 * @name: of the cursor
 * @list: the list
 */
#define DMA_RANGE_STATE(name, list)					\
	struct dma_range_state name = dma_range_state_first(list)

/**
 * dma_range_state_first - a cursor at the start of a list
 * @list: the list
 *
 * Context: Any.
 * Return: the cursor.
 */
static __always_inline struct dma_range_state
dma_range_state_first(const struct dma_range_list *list)
{
	struct dma_range_state state = {
		.rs = range_state_first(dma_range_list_ranges(list)),
		.list = list,
	};

	range_state_shift(&state.rs, list->delta);
	return state;
}

static __always_inline struct dma_range
dma_range_from_range(const struct dma_range_list *list,
		     const struct range_item *r)
{
	return (struct dma_range){
		.addr = r->addr,
		.len = r->len,
		.flags = list->how == DMA_RANGES_ALIAS ?
				 DMA_RANGE_DIRECT : r->flags & DMA_RANGE_FLAGS,
	};
}

/**
 * dma_range_next - take the range at a cursor and step forward
 * @state: the cursor
 * @range: where to put the range
 *
 * Context: Any.
 * Return: false at the end; @range is unchanged then.
 */
static __always_inline bool dma_range_next(struct dma_range_state *state,
					   struct dma_range *range)
{
	struct range_item r __uninitialized;

	if (!range_next(&state->rs, &r))
		return false;
	*range = dma_range_from_range(state->list, &r);
	return true;
}

/**
 * dma_range_seek_slice - place a cursor, and an end for it
 * @state: the cursor
 * @pos: byte position where the slice begins
 * @len: length of the slice in bytes
 *
 * Context: Any.  O(log n).
 * Return: 0, or -ERANGE if the slice ends behind the end of the list; the
 * cursor is at the end then.
 */
static inline int dma_range_seek_slice(struct dma_range_state *state, u64 pos,
				       u64 len)
{
	int err = range_state_seek(&state->rs,
				   dma_range_list_ranges(state->list), pos, len);

	range_state_shift(&state->rs, state->list->delta);
	return err;
}

/**
 * dma_range_seek - place a cursor
 * @state: the cursor
 * @pos: byte position; the range that holds it is cut to begin there
 *
 * Context: Any.  O(log n).
 * Return: 0, or -ERANGE if @pos is behind the end; the cursor is at the end
 * then.
 */
static inline int dma_range_seek(struct dma_range_state *state, u64 pos)
{
	u64 bytes = dma_range_list_bytes(state->list);

	return dma_range_seek_slice(state, pos, pos > bytes ? 0 : bytes - pos);
}

/**
 * dma_range_state_slice - a cursor over a part of a list
 * @list: the list
 * @pos: byte position of the first byte
 * @len: bytes from there to the end of what is read
 *
 * Context: Any.  O(log n).
 * Return: the cursor; it is at its end if the part is not within the list.
 */
static inline struct dma_range_state
dma_range_state_slice(const struct dma_range_list *list, u64 pos, u64 len)
{
	struct dma_range_state state = { .list = list };

	dma_range_seek_slice(&state, pos, len);
	return state;
}

/**
 * dma_range_state_last - a cursor behind the last range
 * @list: the list
 *
 * Context: Any.
 * Return: the cursor, for dma_range_prev() only.
 */
static inline struct dma_range_state
dma_range_state_last(const struct dma_range_list *list)
{
	struct dma_range_state state = { .list = list };

	range_state_last(&state.rs, dma_range_list_ranges(list));
	range_state_shift(&state.rs, list->delta);
	return state;
}

/**
 * dma_range_prev - step back and take the range there
 * @state: a cursor of dma_range_state_last()
 * @range: where to put the range
 *
 * Context: Any.
 * Return: false at the start of the list; @range is unchanged then.
 */
static inline bool dma_range_prev(struct dma_range_state *state,
				  struct dma_range *range)
{
	struct range_item r;

	if (!range_prev(&state->rs, &r))
		return false;
	*range = dma_range_from_range(state->list, &r);
	return true;
}

unsigned int dma_range_next_bulk(struct dma_range_state *state,
				 struct dma_range *ranges, unsigned int max);

/**
 * dma_range_for_each_unlimited - iterate over the ranges as they are
 * @list: the list; not to be changed meanwhile
 * @range: a struct dma_range that takes one after the other; its length can be
 *	anything up to that of the buffer
 *
 * For devices without limits.  Drivers want dma_range_for_each_segment().
 *
 * Context: Any.
 */
#define dma_range_for_each_unlimited(list, range)			\
	for (struct dma_range_state __s = dma_range_state_first(list);	\
	     dma_range_next(&__s, &(range));)

/**
 * dma_range_for_each_slice - iterate over a part of a list
 * @list: the list; not to be changed meanwhile
 * @pos: position of the first byte
 * @len: length of the part, in bytes
 * @range: a struct dma_range that takes one after the other; the first and the
 *	last are cut to fit
 *
 * Context: Any.  O(log n) to start.
 */
#define dma_range_for_each_slice(list, pos, len, range)			\
	for (struct dma_range_state __s =				\
		     dma_range_state_slice(list, pos, len);		\
	     dma_range_next(&__s, &(range));)

/**
 * dma_range_for_each_reverse - iterate from the last range to the first
 * @list: the list; not to be changed meanwhile
 * @range: a struct dma_range that takes one after the other
 *
 * Context: Any.
 */
#define dma_range_for_each_reverse(list, range)				\
	for (struct dma_range_state __s = dma_range_state_last(list);	\
	     dma_range_prev(&__s, &(range));)

/**
 * struct dma_range_limits - what one descriptor of a device can take
 * @max_len: most bytes of a segment, not 0
 * @boundary: mask that no segment may cross; U64_MAX for none
 */
struct dma_range_limits {
	u64 max_len;
	u64 boundary;
};

/**
 * dma_range_device_limits - the limits that a driver has set for its device
 * @dev: the device
 *
 * Context: Any.
 * Return: the limits of dma_set_max_seg_size() and dma_set_seg_boundary(), which
 * dma_map_sgtable() keeps to as well.
 */
static inline struct dma_range_limits
dma_range_device_limits(struct device *dev)
{
	unsigned long boundary = dma_get_seg_boundary(dev);

	return (struct dma_range_limits){
		.max_len = dma_get_max_seg_size(dev),
		/* dma_get_seg_boundary() says ULONG_MAX for none. */
		.boundary = boundary == ULONG_MAX ? U64_MAX : boundary,
	};
}

/* The iterators that divide ranges. */
struct dma_range_pieces {
	/* private: */
	struct range_pieces rp;
	const struct dma_range_list *list;
};

static __always_inline struct dma_range_pieces
dma_range_pieces_first(const struct dma_range_list *list, u64 max_len,
		       u64 boundary)
{
	struct dma_range_pieces pieces = {
		.rp = range_pieces_first(dma_range_list_ranges(list), max_len,
					 boundary),
		.list = list,
	};

	range_state_shift(&pieces.rp.state, list->delta);
	return pieces;
}

static __always_inline bool dma_range_pieces_next(struct dma_range_pieces *s,
						  struct dma_range *piece)
{
	struct range_item r __uninitialized;

	if (!range_pieces_next(&s->rp))
		return false;
	r.addr = s->rp.addr;
	r.len = s->rp.len;
	r.flags = s->rp.flags;
	*piece = dma_range_from_range(s->list, &r);
	return true;
}

/**
 * dma_range_for_each_segment - iterate over what goes into descriptors
 * @list: the list; not to be changed meanwhile
 * @limits: pointer to the struct dma_range_limits of the device
 * @seg: a struct dma_range that takes one segment after the other
 *
 * Context: Any.
 */
#define dma_range_for_each_segment(list, limits, seg)			\
	for (struct dma_range_pieces __s =				\
		     dma_range_pieces_first(list, (limits)->max_len,	\
					    (limits)->boundary);	\
	     dma_range_pieces_next(&__s, &(seg));)

/**
 * dma_range_nr_segments - number of segments
 * @list: the list
 * @limits: of the device
 *
 * Context: Any.
 * Return: how many times dma_range_for_each_segment() runs; -EINVAL if the
 * limits make no sense.
 */
static inline s64 dma_range_nr_segments(const struct dma_range_list *list,
					const struct dma_range_limits *limits)
{
	if (!limits->max_len || limits->boundary & (limits->boundary + 1))
		return -EINVAL;
	return range_pieces_count(dma_range_pieces_first(list, limits->max_len,
							 limits->boundary).rp);
}

/**
 * dma_range_for_each_block - iterate over aligned blocks
 * @list: a list for which dma_range_list_is_aligned() holds with @size
 * @size: of a block in bytes, a power of two
 * @block: a struct dma_range that takes one after the other; only the first can
 *	begin, and only the last can end, within its block
 *
 * The address of the block itself is ``block.addr & ~(size - 1)``.
 *
 * Context: Any.
 */
#define dma_range_for_each_block(list, size, block)			\
	for (struct dma_range_pieces __s =				\
		     dma_range_pieces_first(list, size,			\
					    (u64)(size) - 1);		\
	     dma_range_pieces_next(&__s, &(block));)

/**
 * dma_range_nr_blocks - number of aligned blocks
 * @list: the list
 * @size: of a block in bytes
 *
 * Context: Any.
 * Return: how many times dma_range_for_each_block() runs; -EINVAL if @size is no
 * power of two or an interior boundary is no multiple of it.
 */
static inline s64 dma_range_nr_blocks(const struct dma_range_list *list,
				      u64 size)
{
	if (!is_power_of_2(size) || !dma_range_list_is_aligned(list, size))
		return -EINVAL;
	return range_pieces_count(dma_range_pieces_first(list, size, size - 1).rp);
}

u64 dma_range_best_block_size_slice(const struct dma_range_list *list, u64 pos,
				    u64 len, u64 sizes, u64 virt);

/**
 * dma_range_best_block_size - the largest block that a list can be divided into
 * @list: the list
 * @sizes: sizes of blocks that the device knows, ORed; each a power of two
 * @virt: address by which the device's user knows the first byte
 *
 * See dma_range_best_block_size_slice().
 *
 * Context: Any.  Looks at every range.
 * Return: the size in bytes, for dma_range_for_each_block(); 0 if no size in
 * @sizes will do, the list is empty, or it does not fit behind @virt.
 */
static inline u64 dma_range_best_block_size(const struct dma_range_list *list,
					    u64 sizes, u64 virt)
{
	return dma_range_best_block_size_slice(list, 0,
					       dma_range_list_bytes(list),
					       sizes, virt);
}

s64 dma_map_ranges_nr_segments(struct device *dev,
			       const struct phys_range_list *src,
			       const struct dma_range_limits *limits);

#if IS_ENABLED(CONFIG_KUNIT)
/* How a device reaches a provider; tests replace it. */
int dma_p2p_type(struct p2pdma_provider *provider, struct device *dev);
#endif

#endif /* _LINUX_DMA_RANGE_H */
