/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scatterlists that others give, mapped as ranges.
 */
#ifndef _LINUX_SG_RANGES_H
#define _LINUX_SG_RANGES_H

#include <linux/dma_range.h>
#include <linux/phys_range.h>

struct scatterlist;

/**
 * DOC: Scatterlists of others
 *
 * A driver whose subsystem hands it a scatterlist maps that as ranges with
 * dma_map_sg_ranges().  The scatterlist is read and not written: what the device
 * is told is in a &struct sg_ranges of the driver's own, which has one DMA range
 * for each entry, no longer than it.  So the number and the lengths that the
 * subsystem keeps to hold for what the device gets.  An IOMMU can place an entry
 * across a segment boundary that is smaller than the list, which is not for
 * devices that have one.
 */

/**
 * struct sg_ranges - a scatterlist, mapped
 *
 * It has to stay where it is from dma_map_sg_ranges() to dma_unmap_sg_ranges().
 * It is too large for the stack if there is more than one.
 */
struct sg_ranges {
	/* private: */
	struct phys_range_list phys;	/* a range for each entry */
	struct dma_range_list dma;	/* the same bytes */
};

int dma_map_sg_ranges(struct device *dev, struct sg_ranges *ranges,
		      struct scatterlist *sg, int nents,
		      enum dma_data_direction dir, gfp_t gfp);
void dma_unmap_sg_ranges(struct device *dev, struct sg_ranges *ranges,
			 enum dma_data_direction dir);

/**
 * sg_ranges_init - say that nothing is mapped
 * @ranges: memory that nothing is mapped in
 *
 * For who goes on to ask what is in it without dma_map_sg_ranges(), which does
 * the same.
 *
 * Context: Any.
 */
static inline void sg_ranges_init(struct sg_ranges *ranges)
{
	phys_range_list_init(&ranges->phys);
	dma_range_list_init(&ranges->dma);
}

/**
 * sg_ranges_nr - number of ranges
 * @ranges: what dma_map_sg_ranges() has filled, or tried to
 *
 * Context: Any.  Constant time.
 * Return: how many times sg_ranges_for_each() runs, which is the number of
 * entries that were not empty; 0 if mapping has failed.
 */
static inline unsigned int sg_ranges_nr(const struct sg_ranges *ranges)
{
	return phys_range_list_nr(&ranges->phys);
}

/**
 * sg_ranges_dma - the DMA ranges, whatever entries they come from
 * @ranges: what dma_map_sg_ranges() has filled
 *
 * For devices whose descriptors are few, and take ranges of any length: behind
 * an IOMMU, entries become one range where they meet at a page boundary.
 *
 * Context: Any.  Constant time.
 * Return: the list, of no more ranges than sg_ranges_nr().
 */
static inline const struct dma_range_list *
sg_ranges_dma(const struct sg_ranges *ranges)
{
	return &ranges->dma;
}

/**
 * struct sg_ranges_state - a place between two entries
 *
 * For who takes entries one by one, where sg_ranges_for_each() cannot be: a loop
 * over two lists at once, or an interrupt that hands on the next one.  What is
 * left of an entry is in the range that sg_ranges_next() has filled, which may be
 * changed.  A copy is a place of its own.  It is valid as long as the list is
 * mapped.
 */
struct sg_ranges_state {
	/* private: */
	struct phys_range_state phys;
	struct dma_range_state dma;
	struct dma_range left;
};

/**
 * sg_ranges_state_first - the place in front of the first entry
 * @ranges: what dma_map_sg_ranges() has filled
 *
 * Context: Any.  Constant time.
 * Return: the place.
 */
static inline struct sg_ranges_state
sg_ranges_state_first(const struct sg_ranges *ranges)
{
	return (struct sg_ranges_state){
		.phys = phys_range_state_first(&ranges->phys),
		.dma = dma_range_state_first(&ranges->dma),
	};
}

/**
 * sg_ranges_next - take an entry
 * @state: a place, which is behind that entry then
 * @range: takes its address and length
 *
 * Context: Any.  Constant time.
 * Return: true, or false at the end, where @range is left alone and which is so
 * for ever.
 */
static inline bool sg_ranges_next(struct sg_ranges_state *state,
				  struct dma_range *range)
{
	struct phys_range entry;

	if (!phys_range_next(&state->phys, &entry))
		return false;
	if (!state->left.len)
		dma_range_next(&state->dma, &state->left);
	*range = state->left;
	range->len = entry.len;
	state->left.addr += entry.len;
	state->left.len -= entry.len;
	return true;
}

/**
 * sg_ranges_for_each - iterate over what goes into descriptors
 * @ranges: what dma_map_sg_ranges() has filled
 * @range: a struct dma_range that takes one after the other, one for each entry
 *
 * Context: Any.
 */
#define sg_ranges_for_each(ranges, range)				\
	for (struct sg_ranges_state __s = sg_ranges_state_first(ranges);\
	     sg_ranges_next(&__s, &(range));)

/**
 * sg_ranges_first - the first range
 * @ranges: what dma_map_sg_ranges() has filled
 *
 * For devices that take one.
 *
 * Context: Any.  Constant time.
 * Return: the range; it has no length if nothing is mapped.
 */
static inline struct dma_range sg_ranges_first(const struct sg_ranges *ranges)
{
	struct sg_ranges_state state = sg_ranges_state_first(ranges);
	struct dma_range range = {};

	sg_ranges_next(&state, &range);
	return range;
}

#endif /* _LINUX_SG_RANGES_H */
