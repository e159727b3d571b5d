// SPDX-License-Identifier: GPL-2.0
/*
 * DMA range lists, and the mapping of physical ranges into them.
 */
#include <linux/dma-mapping.h>
#include <linux/dma_range.h>
#include <linux/export.h>
#include <linux/iommu-dma.h>
#include <linux/phys_range.h>

static const char *const dma_range_flag_names[] = {
	"NO_MERGE", "-", "BUS_ADDRESS", "IOVA", "DIRECT", NULL,
};

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
	const u32 known = DMA_RANGE_NO_MERGE | DMA_RANGE_BUS_ADDRESS |
			  DMA_RANGE_IOVA | DMA_RANGE_DIRECT;
	struct range_item r = {
		.addr = range->addr,
		.len = range->len,
		.flags = range->flags,
	};

	if (range_list_bad(&list->rl) || range->flags & ~known)
		return -EINVAL;
	if (list->mapped)
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
	if (range_list_bad(&list->rl) || WARN_ON_ONCE(list->mapped))
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
	range_list_dump(&list->rl, dma_range_flag_names);
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
	range_list_seq_show(m, &list->rl, dma_range_flag_names);
}
EXPORT_SYMBOL_GPL(dma_range_list_seq_show);

/* What the flags of a range mean for its mapping. */
static unsigned long phys_range_dma_attrs(u32 flags)
{
	unsigned long attrs = 0;

	if (flags & PHYS_RANGE_NO_CPU_ACCESS)
		attrs |= DMA_ATTR_SKIP_CPU_SYNC;
	if (flags & PHYS_RANGE_CC_SHARED)
		attrs |= DMA_ATTR_CC_SHARED;
	if (flags & PHYS_RANGE_REQUIRE_COHERENT)
		attrs |= DMA_ATTR_REQUIRE_COHERENT;
	return attrs;
}

/* A list as a source for dma_iova_link_ranges(), decoded some dozens at a time. */
struct dma_map_source {
	struct dma_phys_source src;
	struct phys_range_state state;
	struct phys_vec *vec;
};

#define DMA_MAP_BATCH	64

static int dma_map_source_refill(struct dma_phys_source *src)
{
	struct dma_map_source *s = container_of(src, struct dma_map_source, src);
	struct phys_range attrs;

	src->vec = s->vec;
	src->nr = phys_range_next_vecs(&s->state, s->vec, DMA_MAP_BATCH, &attrs);
	return src->nr ? 0 : phys_range_state_error(&s->state);
}

/*
 * One IOVA window for a page list.  Returns -EOPNOTSUPP if the device has no
 * IOVA space to give, and nothing has happened then.
 */
static int dma_map_ranges_iova(struct device *dev, struct dma_range_list *dst,
			       const struct phys_range_list *src,
			       enum dma_data_direction dir, unsigned long attrs,
			       gfp_t gfp)
{
	struct range_item whole = {
		.len = phys_range_list_bytes(src),
		.flags = DMA_RANGE_IOVA,
	};
	struct phys_vec vec[DMA_MAP_BATCH] __uninitialized;
	struct dma_map_source source = {
		.src.refill = dma_map_source_refill,
		.state = phys_range_state_first(src),
		.vec = vec,
	};
	size_t linked;
	int err;

	err = dma_map_source_refill(&source.src);
	if (err)
		return err;
	if (!dma_iova_try_alloc(dev, &dst->iova, vec[0].paddr, whole.len))
		return -EOPNOTSUPP;
	whole.addr = dst->iova.addr;
	err = dma_iova_link_ranges(dev, &dst->iova, 0, whole.len, &source.src,
				   dir, attrs, gfp, &linked);
	if (err) {
		linked = 0;
		goto undo;
	}
	err = dma_iova_sync(dev, &dst->iova, 0, linked);
	if (err)
		goto undo;
	err = range_list_append(&dst->rl, &whole, gfp);
	if (!err)
		return 0;
undo:
	dma_iova_destroy(dev, &dst->iova, linked, dir, attrs);
	dst->iova = (struct dma_iova_state){};
	return err;
}

static void dma_unmap_ranges_single(struct device *dev,
				    struct dma_range_list *dst,
				    enum dma_data_direction dir,
				    unsigned long attrs)
{
	struct dma_range range;

	dma_range_for_each_unlimited(dst, range)
		dma_unmap_phys(dev, range.addr, range.len, dir, attrs);
}

/* Range by range.  Every one is undone on its own, so none may merge. */
static int dma_map_ranges_single(struct device *dev, struct dma_range_list *dst,
				 const struct phys_range_list *src,
				 enum dma_data_direction dir,
				 unsigned long attrs, gfp_t gfp)
{
	struct phys_range range;
	struct range_item r = {
		.flags = DMA_RANGE_NO_MERGE |
			 (use_dma_iommu(dev) ? DMA_RANGE_IOVA :
					       DMA_RANGE_DIRECT),
	};
	int err;

	phys_range_list_for_each(src, range) {
		r.addr = dma_map_phys(dev, range.addr, range.len, dir, attrs);
		r.len = range.len;
		if (dma_mapping_error(dev, r.addr)) {
			err = -EIO;
			goto undo;
		}
		err = range_list_append(&dst->rl, &r, gfp);
		if (err) {
			dma_unmap_phys(dev, r.addr, r.len, dir, attrs);
			goto undo;
		}
	}
	return 0;
undo:
	dma_unmap_ranges_single(dev, dst, dir, attrs);
	range_list_destroy(&dst->rl);
	return err;
}

/**
 * dma_map_phys_ranges - map a list of physical ranges for a device
 * @dev: the device
 * @dst: an empty list; gets the ranges that the device is to be given
 * @src: what to map; must not change until it is unmapped
 * @dir: direction of the transfer
 * @attrs: DMA_ATTR_*, for all ranges; what the flags of @src ask for is added
 * @gfp: for @dst
 *
 * Behind an IOMMU, a list whose interior boundaries fall on the IOMMU's granule
 * becomes one range.  Anything else is mapped range by range with
 * dma_map_phys().
 *
 * Context: As @gfp says; IOVA space is allocated with GFP_ATOMIC.
 * Return: 0; -EINVAL if @src is empty or @dir makes no sense; -EBUSY if @dst is
 * not empty; -E2BIG if the length of the buffer does not fit size_t;
 * -EOPNOTSUPP if @src has MMIO or peer-to-peer ranges, or ranges with different
 * attributes; -EIO if a range cannot be mapped; -ENOMEM.  Nothing is mapped, and
 * @dst is empty, if it is not 0.
 */
int dma_map_phys_ranges(struct device *dev, struct dma_range_list *dst,
			const struct phys_range_list *src,
			enum dma_data_direction dir, unsigned long attrs,
			gfp_t gfp)
{
	unsigned long boundary;
	int err = -EOPNOTSUPP;

	if (range_list_bad(&dst->rl) || range_list_bad(&src->rl))
		return -EINVAL;
	if (phys_range_list_empty(src) || !valid_dma_direction(dir))
		return -EINVAL;
	if (!dma_range_list_empty(dst))
		return -EBUSY;
	if (phys_range_list_bytes(src) > SIZE_MAX)
		return -E2BIG;
	if (phys_range_list_any_flags(src) & (PHYS_RANGE_MMIO | PHYS_RANGE_P2P) ||
	    phys_range_dma_attrs(src->rl.any_flags) !=
	    phys_range_dma_attrs(src->rl.all_flags))
		return -EOPNOTSUPP;
	attrs |= phys_range_dma_attrs(src->rl.any_flags);

	boundary = dma_get_merge_boundary(dev);
	if (boundary && phys_range_list_is_aligned(src, (u64)boundary + 1))
		err = dma_map_ranges_iova(dev, dst, src, dir, attrs, gfp);
	/*
	 * dma_iova_link() does not take all that dma_map_phys() does: a buffer
	 * that begins within a granule cannot be linked for a device that is
	 * not trusted and has no dma_set_min_align_mask().
	 */
	if (err && err != -ENOMEM)
		err = dma_map_ranges_single(dev, dst, src, dir, attrs, gfp);
	if (err)
		return err;
	dst->attrs = attrs;
	dst->dir = dir;
	dst->mapped = true;
	return 0;
}
EXPORT_SYMBOL_GPL(dma_map_phys_ranges);

/**
 * dma_unmap_ranges - undo dma_map_phys_ranges()
 * @dev: the device
 * @dst: the list; it is empty afterwards
 * @dir: direction of the transfer, as for the mapping
 * @attrs: DMA_ATTR_* for the unmapping, such as DMA_ATTR_SKIP_CPU_SYNC; those of
 *	the mapping are remembered
 *
 * Does nothing with a list that is not mapped.
 *
 * Context: Any.
 */
void dma_unmap_ranges(struct device *dev, struct dma_range_list *dst,
		      enum dma_data_direction dir, unsigned long attrs)
{
	if (range_list_bad(&dst->rl) || !dst->mapped)
		return;
	WARN_ON_ONCE(dir != dst->dir);
	attrs |= dst->attrs;
	if (dma_use_iova(&dst->iova))
		dma_iova_destroy(dev, &dst->iova, dst->rl.bytes, dst->dir,
				 attrs);
	else
		dma_unmap_ranges_single(dev, dst, dst->dir, attrs);
	range_list_destroy(&dst->rl);
	dma_range_list_init(dst);
}
EXPORT_SYMBOL_GPL(dma_unmap_ranges);
