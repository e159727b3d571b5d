/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __DRM_PRIME_RANGES_H__
#define __DRM_PRIME_RANGES_H__

#include <linux/dma_range.h>
#include <linux/phys_range.h>

struct device;
struct dma_buf_attachment;
struct page;

/**
 * struct drm_prime_ranges - memory that is mapped for a device
 * @phys: where the pages are, if they are one's own
 * @dma: what the device is told
 *
 * It stays where it is as long as it is mapped. All ranges of @dma begin and end
 * on page boundaries.
 */
struct drm_prime_ranges {
	struct phys_range_list phys;
	struct dma_range_list dma;
};

/* for drivers that select RANGE_LIST */
struct drm_prime_ranges *drm_prime_map_pages_dir(struct device *dma_dev,
						 struct page **pages,
						 size_t nr_pages,
						 enum dma_data_direction dir);
void drm_prime_unmap_pages_dir(struct device *dma_dev,
			       struct drm_prime_ranges *ranges,
			       enum dma_data_direction dir);
struct drm_prime_ranges *drm_prime_map_pages(struct device *dma_dev,
					     struct page **pages,
					     size_t nr_pages);
void drm_prime_unmap_pages(struct device *dma_dev,
			   struct drm_prime_ranges *ranges);
struct drm_prime_ranges *
drm_prime_map_attachment_locked(struct dma_buf_attachment *attach);
void drm_prime_unmap_attachment_locked(struct dma_buf_attachment *attach,
				       struct drm_prime_ranges *ranges);
struct drm_prime_ranges *
drm_prime_map_attachment(struct dma_buf_attachment *attach);
void drm_prime_unmap_attachment(struct dma_buf_attachment *attach,
				struct drm_prime_ranges *ranges);
int drm_prime_ranges_to_dma_addr_array(const struct drm_prime_ranges *ranges,
				       dma_addr_t *addrs, int max_entries);

#endif /* __DRM_PRIME_RANGES_H__ */
