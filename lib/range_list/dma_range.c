// SPDX-License-Identifier: GPL-2.0
/*
 * DMA range lists.  How they are mapped is in dma_map_ranges.c.
 */
#include <linux/dma_range.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/overflow.h>

static const char *const dma_range_flag_names[] = {
	"NO_MERGE", "-", "BUS_ADDRESS", "IOVA", "DIRECT", NULL,
};

/* The flags of an alias are those of the physical list, which differ. */
static const char *const *dma_range_list_names(const struct dma_range_list *list)
{
	return list->how == DMA_RANGES_ALIAS ? NULL : dma_range_flag_names;
}

/**
 * dma_range_list_append - put a range at the end of a list
 * @list: the list
 * @range: the range
 * @gfp: for a new chunk, if one is needed
 *
 * For who fills a list without dma_map_phys_ranges().
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if the range is empty or has unknown flags; -EBUSY if the
 * list is the result of a mapping; -EOVERFLOW if its end or the sum of all
 * lengths cannot be expressed; -ENOMEM.  The list is unchanged if it is not 0.
 */
int dma_range_list_append(struct dma_range_list *list,
			  const struct dma_range *range, gfp_t gfp)
{
	struct range_item r = {
		.addr = range->addr,
		.len = range->len,
		.flags = range->flags,
	};

	if (range_list_bad(&list->rl) || range->flags & ~DMA_RANGE_FLAGS)
		return -EINVAL;
	if (list->how != DMA_RANGES_NOT_MAPPED)
		return -EBUSY;
	if (range->len && range->len - 1 > (dma_addr_t)~0ULL - range->addr)
		return -EOVERFLOW;
	return range_list_append(&list->rl, &r, gfp);
}
EXPORT_SYMBOL_GPL(dma_range_list_append);

/**
 * dma_range_list_destroy - free what a list holds
 * @list: a list that is not mapped; it is empty afterwards
 *
 * Context: Any.
 */
void dma_range_list_destroy(struct dma_range_list *list)
{
	if (range_list_bad(&list->rl) ||
	    WARN_ON_ONCE(list->how != DMA_RANGES_NOT_MAPPED))
		return;
	range_list_destroy(&list->rl);
}
EXPORT_SYMBOL_GPL(dma_range_list_destroy);

/**
 * dma_range_next_bulk - take many ranges at once
 * @state: the cursor
 * @ranges: where to put them
 * @max: room in @ranges
 *
 * Context: Any.
 * Return: how many were stored; fewer than @max at the end only.
 */
unsigned int dma_range_next_bulk(struct dma_range_state *state,
				 struct dma_range *ranges, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && dma_range_next(state, &ranges[n]))
		n++;
	return n;
}
EXPORT_SYMBOL_GPL(dma_range_next_bulk);

/**
 * dma_range_list_dump - print a list to the kernel log
 * @list: the list
 *
 * Context: Any.
 */
void dma_range_list_dump(const struct dma_range_list *list)
{
	range_list_dump(dma_range_list_ranges(list), list->delta,
			dma_range_list_names(list));
}
EXPORT_SYMBOL_GPL(dma_range_list_dump);

/**
 * dma_range_list_seq_show - print a list to a seq_file
 * @m: the file
 * @list: the list
 *
 * Context: Any.
 */
void dma_range_list_seq_show(struct seq_file *m,
			     const struct dma_range_list *list)
{
	range_list_seq_show(m, dma_range_list_ranges(list), list->delta,
			    dma_range_list_names(list));
}
EXPORT_SYMBOL_GPL(dma_range_list_seq_show);

/**
 * dma_range_best_block_size_slice - the largest block for a part of a list
 * @list: the list
 * @pos: position of the first byte
 * @len: length of the part, in bytes
 * @sizes: sizes of blocks that the device knows, ORed; each a power of two
 * @virt: address by which the device's user knows the first byte, such as the
 *	IOVA of a memory region; of no effect on the blocks but their alignment
 *
 * The address of a byte within its block must be the same as in @virt.  The
 * result is what ib_umem_find_best_pgsz() says of the same memory.
 *
 * Context: Any.  Looks at every range of the part.
 * Return: the size in bytes; 0 if no size in @sizes will do, the part is empty or
 * not within the list, or it does not fit behind @virt.
 */
u64 dma_range_best_block_size_slice(const struct dma_range_list *list, u64 pos,
				    u64 len, u64 sizes, u64 virt)
{
	DMA_RANGE_STATE(state, list);
	u64 mask = 0, va = virt, end = 0, last;
	struct dma_range range;
	unsigned int bits;

	if (!len || check_add_overflow(virt, len - 1, &last) ||
	    dma_range_seek_slice(&state, pos, len))
		return 0;
	/* A larger block than the one that holds all of it is of no use. */
	bits = fls64((virt ^ last) | 1);
	if (bits < 64)
		mask = sizes & GENMASK_ULL(63, bits);

	while (dma_range_next(&state, &range)) {
		if (va == virt || range.addr != end) {
			mask |= range.addr ^ va;
			/* Where there is a gap a block must begin. */
			if (va != virt)
				mask |= va;
		}
		va += range.len;
		end = range.addr + range.len;
	}

	if (mask)
		sizes &= GENMASK_ULL(__ffs64(mask), 0);
	return sizes ? BIT_ULL(fls64(sizes) - 1) : 0;
}
EXPORT_SYMBOL_GPL(dma_range_best_block_size_slice);
