// SPDX-License-Identifier: GPL-2.0
/*
 * What patches/ add to dma-iommu.c, with what is exported of it: ranges are linked
 * one by one.
 */
#include <linux/cc_platform.h>
#include <linux/dma-direct.h>
#include <linux/iommu-dma.h>

#ifdef CONFIG_ARCH_HAS_FORCE_DMA_UNENCRYPTED
/*
 * Which devices need bounce buffers where memory is encrypted is not exported: no
 * device is given an alias there.  dma_map_phys() knows what each needs.
 */
bool force_dma_unencrypted(struct device *dev)
{
	return !IS_ENABLED(CONFIG_ARCH_HAS_CC_PLATFORM) ||
	       cc_platform_has(CC_ATTR_MEM_ENCRYPT);
}
#endif

/*
 * dma_iova_link() lets only the range at offset 0 begin within a granule.  To it,
 * every range is at offset 0 of a state that begins there.
 */
static int link_one(struct device *dev, struct dma_iova_state *state,
		    size_t offset, const struct phys_vec *vec,
		    enum dma_data_direction dir, unsigned long attrs)
{
	struct dma_iova_state at = {
		.addr = state->addr + offset,
		.__size = state->__size,
	};
	int err;

	err = dma_iova_link(dev, &at, vec->paddr, 0, vec->len, dir, attrs);
	/* Other CPUs may link other parts. */
	if (!err && at.__size != state->__size)
		state->__size |= at.__size & DMA_IOVA_USE_SWIOTLB;
	return err;
}

/* All starts but the first one and all ends but the last one are on the granule. */
static bool is_aligned(const struct phys_vec *vec, size_t pos, size_t size,
		       u64 granule_mask)
{
	return !((pos && vec->paddr & granule_mask) ||
		 (pos + vec->len < size &&
		  (vec->paddr + vec->len) & granule_mask));
}

int dma_iova_link_ranges(struct device *dev, struct dma_iova_state *state,
			 size_t offset, size_t size,
			 struct dma_phys_source *src,
			 enum dma_data_direction dir, unsigned long attrs,
			 gfp_t gfp, size_t *linked)
{
	const u64 granule_mask = dma_get_merge_boundary(dev);
	int err = 0;

	*linked = 0;
	while (*linked < size) {
		if (!src->nr && src->refill)
			err = src->refill(src);
		if (!err && !src->nr)
			err = -EINVAL;
		else if (!err && src->vec->len > size - *linked)
			err = -ERANGE;
		else if (!err && !is_aligned(src->vec, *linked, size, granule_mask))
			err = -ENXIO;
		if (!err)
			err = link_one(dev, state, offset + *linked, src->vec,
				       dir, attrs | src->attrs);
		if (err)
			break;
		*linked += src->vec->len;
		src->vec++;
		src->nr--;
	}
	/* No DMA has happened, there is nothing to sync. */
	if (err && *linked)
		dma_iova_unlink(dev, state, offset, *linked, dir,
				attrs | DMA_ATTR_SKIP_CPU_SYNC);
	return err;
}
