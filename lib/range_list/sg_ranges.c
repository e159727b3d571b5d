// SPDX-License-Identifier: GPL-2.0
/*
 * Scatterlists that others give, mapped as ranges.
 */
#include <linux/export.h>
#include <linux/memremap.h>
#include <linux/scatterlist.h>
#include <linux/sg_ranges.h>

/* Neighbours stay what they are: drivers count entries. */
static int sg_ranges_append(struct phys_range_list *list,
			    struct scatterlist *sg, int nents, gfp_t gfp)
{
	struct phys_range range = { .flags = PHYS_RANGE_NO_MERGE };
	struct scatterlist *entry;
	int i, err;

	if (nents < 0)
		return -EINVAL;
	for_each_sg(sg, entry, nents, i) {
		if (!entry)
			return -EINVAL;
		if (!entry->length)
			continue;
		/* It has a provider, and those who hand it out use ranges. */
		if (is_pci_p2pdma_page(sg_page(entry)))
			return -EREMOTEIO;
		range.addr = sg_phys(entry);
		range.len = entry->length;
		err = phys_range_list_append(list, &range, gfp);
		if (err)
			return err;
	}
	return 0;
}

/**
 * dma_map_sg_ranges - map a scatterlist as ranges
 * @dev: the device
 * @ranges: memory for the result; need not be initialised, and must not be what
 *	is mapped already
 * @sg: the first entry; its pages, offsets and lengths are used
 * @nents: number of entries, or an error of sg_nents_for_len()
 * @dir: direction of the transfer
 * @gfp: for @ranges and page tables; GFP_ATOMIC does wherever dma_map_sg() does
 *
 * There is one range for each entry, in the same order, and none for an entry
 * of no bytes.  Up to three entries take no memory.
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if @nents is negative, or the list is shorter; -EREMOTEIO if
 * an entry is peer-to-peer memory, whose users map it with dma_map_phys_ranges();
 * -EIO if an entry is longer than what can be bounced, and has to be; else as of
 * dma_map_phys_ranges().  Nothing is mapped if it is not 0, and
 * dma_unmap_sg_ranges() is allowed and does nothing.
 */
int dma_map_sg_ranges(struct device *dev, struct sg_ranges *ranges,
		      struct scatterlist *sg, int nents,
		      enum dma_data_direction dir, gfp_t gfp)
{
	int err;

	sg_ranges_init(ranges);
	err = sg_ranges_append(&ranges->phys, sg, nents, gfp);
	if (!err)
		err = dma_map_phys_ranges(dev, &ranges->dma, &ranges->phys, dir,
					  0, gfp);
	if (err)
		goto destroy;
	/* Ranges only ever become more if one was bounced in parts. */
	if (dma_range_list_nr(&ranges->dma) > phys_range_list_nr(&ranges->phys)) {
		dma_unmap_ranges(dev, &ranges->dma, dir, DMA_ATTR_SKIP_CPU_SYNC);
		err = -EIO;
		goto destroy;
	}
	return 0;
destroy:
	phys_range_list_destroy(&ranges->phys);
	return err;
}
EXPORT_SYMBOL_GPL(dma_map_sg_ranges);

/**
 * dma_unmap_sg_ranges - undo dma_map_sg_ranges()
 * @dev: the device
 * @ranges: what was mapped
 * @dir: direction of the transfer, as for the mapping
 *
 * Context: Any.
 */
void dma_unmap_sg_ranges(struct device *dev, struct sg_ranges *ranges,
			 enum dma_data_direction dir)
{
	dma_unmap_ranges(dev, &ranges->dma, dir, 0);
	phys_range_list_destroy(&ranges->phys);
}
EXPORT_SYMBOL_GPL(dma_unmap_sg_ranges);
