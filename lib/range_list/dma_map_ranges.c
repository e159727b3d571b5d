// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping of physical range lists into DMA range lists.
 *
 * There are three ways.  An IOMMU that dma-iommu.c drives gets one window of
 * IOVA space for the whole list.  Where the device sees memory at addresses that
 * differ by a constant, and nothing is bounced, the result is an alias of the
 * source.  Anything else is mapped range by range with dma_map_phys().
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/align.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma_range.h>
#include <linux/export.h>
#include <linux/iommu-dma.h>
#include <linux/iommu.h>
#include <linux/kmsan.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pci-p2pdma.h>
#include <linux/phys_range.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>

/*
 * The ranges of a list that was mapped one by one remember what was mapped: the
 * flags of the source, in bits that nobody else sees.
 */
#define DMA_RANGE_SRC_SHIFT	8

/* Ranges that are decoded at once for the walk of a page table. */
#define DMA_RANGE_BATCH		64

/* Fewer than that are linked one by one: the walk has to be prepared. */
#define DMA_RANGE_FEW		4

/* What the flags of a physical range mean for its mapping. */
static unsigned long phys_range_dma_attrs(u32 flags)
{
	unsigned long attrs = 0;

	if (flags & (PHYS_RANGE_MMIO | PHYS_RANGE_P2P))
		attrs |= DMA_ATTR_MMIO;
	if (flags & PHYS_RANGE_NO_CPU_ACCESS)
		attrs |= DMA_ATTR_SKIP_CPU_SYNC;
	if (flags & PHYS_RANGE_CC_SHARED)
		attrs |= DMA_ATTR_CC_SHARED;
	if (flags & PHYS_RANGE_REQUIRE_COHERENT)
		attrs |= DMA_ATTR_REQUIRE_COHERENT;
	return attrs;
}

/* Does the CPU's cache have to do with such a range? */
static bool phys_range_is_cached(u32 flags, unsigned long attrs)
{
	attrs |= phys_range_dma_attrs(flags);
	return !(attrs & (DMA_ATTR_MMIO | DMA_ATTR_SKIP_CPU_SYNC));
}

/*
 * Peer-to-peer ranges.  What there is between the two devices is looked up once
 * for each provider, not for each range.
 */
struct dma_p2p {
	struct device *dev;
	struct p2pdma_provider *provider;
	int type;			/* enum pci_p2pdma_map_type */
};

VISIBLE_IF_KUNIT int dma_p2p_type(struct p2pdma_provider *provider,
				  struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(dma_p2p_type, provider, dev);
	return pci_p2pdma_map_type(provider, dev);
}
EXPORT_SYMBOL_IF_KUNIT(dma_p2p_type);

/* Return: whether such a range has a bus address, or -EREMOTEIO. */
static int dma_p2p_resolve(struct dma_p2p *p2p,
			   struct p2pdma_provider *provider, u32 flags)
{
	if (!(flags & PHYS_RANGE_P2P))
		return false;
	if (p2p->provider != provider) {
		p2p->provider = provider;
		p2p->type = dma_p2p_type(provider, p2p->dev);
	}
	if (p2p->type == PCI_P2PDMA_MAP_BUS_ADDR)
		return true;
	return p2p->type == PCI_P2PDMA_MAP_THRU_HOST_BRIDGE ? false : -EREMOTEIO;
}

static struct range_item dma_p2p_bus_range(const struct range_item *r)
{
	return (struct range_item){
		.addr = pci_p2pdma_bus_addr_map(r->owner, r->addr),
		.len = r->len,
		.flags = DMA_RANGE_BUS_ADDRESS,
	};
}

/* The same part of the buffer in two lists, piece by piece. */
struct dma_pairs {
	struct range_state src_state;
	struct range_state dst_state;
	struct range_item src;		/* what is left of both */
	struct range_item dst;
	u64 len;			/* of the piece at the start of both */
};

static int dma_pairs_first(struct dma_pairs *p, const struct range_list *src,
			   const struct range_list *dst, u64 pos, u64 len)
{
	int err;

	p->src.len = 0;
	p->dst.len = 0;
	p->len = 0;
	err = range_state_seek(&p->src_state, src, pos, len);
	return err ?: range_state_seek(&p->dst_state, dst, pos, len);
}

static bool dma_pairs_next(struct dma_pairs *p)
{
	p->src.addr += p->len;
	p->src.len -= p->len;
	p->dst.addr += p->len;
	p->dst.len -= p->len;
	if (!p->src.len && !range_next(&p->src_state, &p->src))
		return false;
	if (!p->dst.len && !range_next(&p->dst_state, &p->dst))
		return false;
	p->len = min(p->src.len, p->dst.len);
	return true;
}

/*
 * Alias
 */

/* Memory of kmalloc() may share cache lines with others; whole pages do not. */
static bool dma_ranges_kmalloc_safe(struct device *dev,
				    const struct range_list *src,
				    enum dma_data_direction dir)
{
	struct range_state state = range_state_first(src);
	struct range_item r;

	return dma_kmalloc_safe(dev, dir) ||
	       (range_next(&state, &r) &&
		PAGE_ALIGNED(r.addr | src->edges | src->bytes));
}

/*
 * Is a DMA address of @dev the physical one and @delta, from @lowest to @span bytes
 * behind that?  If not, @delta is left alone: it would be added to addresses of
 * other ways.
 */
static bool dma_span_is_direct(struct device *dev, phys_addr_t lowest, u64 span,
			       unsigned long attrs, u64 *delta)
{
	const bool is_ram = !(attrs & DMA_ATTR_MMIO);
	const struct bus_dma_region *m = dev->dma_range_map;
	dma_addr_t addr, last;

	if (use_dma_iommu(dev) || get_dma_ops(dev) ||
	    is_swiotlb_force_bounce(dev))
		return false;
	/* All in one region, or the constant is another one in the next. */
	for (; m && m->size; m++)
		if (lowest - m->cpu_start < m->size)
			break;
	if (m && span >= m->size - (lowest - m->cpu_start))
		return false;

	if (attrs & DMA_ATTR_CC_SHARED) {
		addr = phys_to_dma_unencrypted(dev, lowest);
		last = phys_to_dma_unencrypted(dev, lowest + span);
	} else {
		addr = phys_to_dma_encrypted(dev, lowest);
		last = phys_to_dma_encrypted(dev, lowest + span);
	}
	if (span >= SIZE_MAX || last != addr + span ||
	    !dma_capable(dev, addr, span + 1, is_ram, attrs))
		return false;
	*delta = (u64)addr - lowest;
	return true;
}

/* The same for all of @src, and mapping it makes nothing else of it. */
static bool dma_ranges_alias(struct device *dev, const struct range_list *src,
			     enum dma_data_direction dir, unsigned long attrs,
			     u64 *delta)
{
	const u32 special = PHYS_RANGE_MMIO | PHYS_RANGE_P2P |
			    PHYS_RANGE_CC_SHARED;

	if (src->any_flags & special ||
	    attrs & (DMA_ATTR_MMIO | DMA_ATTR_CC_SHARED))
		return false;
	return dma_ranges_kmalloc_safe(dev, src, dir) &&
	       dma_span_is_direct(dev, src->lowest, src->highest - src->lowest,
				  attrs, delta);
}

/* What the DMA API does to memory without mapping it. */
static void dma_ranges_clean(struct device *dev, const struct range_list *src,
			     u64 pos, u64 len, enum dma_data_direction dir,
			     unsigned long attrs, bool for_cpu)
{
	const bool coherent = dev_is_dma_coherent(dev);
	struct range_state state;
	struct range_item r;

	if (coherent && !IS_ENABLED(CONFIG_KMSAN))
		return;
	range_state_seek(&state, src, pos, len);
	while (range_next(&state, &r)) {
		if (!for_cpu)
			kmsan_handle_dma(r.addr, r.len, dir);
		if (coherent || !phys_range_is_cached(r.flags, attrs))
			continue;
		if (for_cpu)
			arch_sync_dma_for_cpu(r.addr, r.len, dir);
		else
			arch_sync_dma_for_device(r.addr, r.len, dir);
	}
	if (!coherent) {
		arch_sync_dma_flush();
		if (for_cpu)
			arch_sync_dma_for_cpu_all();
	}
}

/*
 * Range by range
 */

static void dma_unmap_ranges_single(struct device *dev,
				    struct dma_range_list *dst,
				    enum dma_data_direction dir,
				    unsigned long attrs)
{
	struct range_state state = range_state_first(&dst->rl);
	struct range_item r;
	unsigned long all;

	while (range_next(&state, &r)) {
		if (r.flags & DMA_RANGE_BUS_ADDRESS)
			continue;
		all = attrs | phys_range_dma_attrs(r.flags >> DMA_RANGE_SRC_SHIFT);
		dma_unmap_phys(dev, r.addr, r.len, dir, all);
	}
}

/*
 * How much of a range to map at once.  What is too long to be bounced is several,
 * but only if it is bounced: who asked for one range may have room for just that.
 */
static u64 dma_range_at_once(struct device *dev, const struct range_item *r,
			     unsigned long attrs, u64 most)
{
	u64 delta;

	if (r->len <= most || dma_span_is_direct(dev, r->addr, r->len - 1, attrs,
						 &delta))
		return r->len;
	return most > PAGE_SIZE ? ALIGN_DOWN(most, PAGE_SIZE) : most;
}

/* Every range is undone on its own, so none may merge. */
static int dma_map_ranges_single(struct device *dev, struct dma_range_list *dst,
				 const struct range_list *src,
				 enum dma_data_direction dir,
				 unsigned long attrs, gfp_t gfp)
{
	const u32 flags = DMA_RANGE_NO_MERGE | (use_dma_iommu(dev) ?
			  DMA_RANGE_IOVA : DMA_RANGE_DIRECT);
	struct range_state state = range_state_first(src);
	struct dma_p2p p2p = { .dev = dev };
	struct range_item r, mapped;
	const u64 most = dma_max_mapping_size(dev);
	unsigned long all;
	u64 once;
	int err;

	while (range_next(&state, &r)) {
		err = dma_p2p_resolve(&p2p, r.owner, r.flags);
		if (err < 0)
			goto undo;
		if (err) {
			mapped = dma_p2p_bus_range(&r);
			err = range_list_append(&dst->rl, &mapped, gfp);
			if (err)
				goto undo;
			continue;
		}
		all = attrs | phys_range_dma_attrs(r.flags);
		once = dma_range_at_once(dev, &r, all, most);
		mapped.owner = NULL;
		mapped.flags = flags | r.flags << DMA_RANGE_SRC_SHIFT;
		for (; r.len; r.addr += mapped.len, r.len -= mapped.len) {
			mapped.len = min(r.len, once);
			mapped.addr = dma_map_phys(dev, r.addr, mapped.len, dir, all);
			err = -EIO;
			if (dma_mapping_error(dev, mapped.addr))
				goto undo;
			err = range_list_append(&dst->rl, &mapped, gfp);
			if (err) {
				dma_unmap_phys(dev, mapped.addr, mapped.len, dir, all);
				goto undo;
			}
		}
	}
	dst->how = DMA_RANGES_SINGLE;
	return 0;
undo:
	dst->failed = dst->rl.bytes;
	dma_unmap_ranges_single(dev, dst, dir, attrs);
	range_list_destroy(&dst->rl);
	return err;
}

/*
 * By way of a scatterlist
 */

/*
 * Architectures with dma_map_ops, such as 32-bit ARM with an IOMMU, put all of a
 * scatterlist into one piece of IOVA space, and have nothing else that does.
 * Xen, whose operations have a limit since they bounce what the machine has in
 * several places, maps each entry on its own, and refuses one above the limit.
 */
static bool dma_ranges_want_table(struct device *dev,
				  const struct range_list *src,
				  unsigned long attrs)
{
	const struct dma_map_ops *ops = get_dma_ops(dev);
	const u32 special = PHYS_RANGE_MMIO | PHYS_RANGE_P2P |
			    PHYS_RANGE_NO_MERGE;

	return ops && ops->map_sg && !ops->max_mapping_size &&
	       src->nr > 1 && !src->mixed &&
	       !(src->any_flags & special) && !(attrs & DMA_ATTR_MMIO);
}

static void dma_unmap_ranges_table(struct device *dev,
				   struct dma_range_list *dst, u32 src_flags,
				   enum dma_data_direction dir,
				   unsigned long attrs)
{
	dma_unmap_sgtable(dev, dst->table, dir,
			  attrs | phys_range_dma_attrs(src_flags));
	sg_free_table(dst->table);
	kfree(dst->table);
}

static int dma_map_ranges_table(struct device *dev, struct dma_range_list *dst,
				const struct phys_range_list *src,
				enum dma_data_direction dir,
				unsigned long attrs, gfp_t gfp)
{
	const u32 src_flags = src->rl.any_flags;
	struct sg_table *table;
	struct scatterlist *sg;
	int err, i;

	table = kmalloc_obj(*table, gfp);
	if (!table)
		return -ENOMEM;
	err = phys_range_list_to_sgtable(src, table, gfp);
	if (err)
		goto free;
	err = dma_map_sgtable(dev, table, dir,
			      attrs | phys_range_dma_attrs(src_flags));
	if (err)
		goto free_table;
	dst->table = table;
	for_each_sgtable_dma_sg(table, sg, i) {
		const struct range_item r = {
			.addr = sg_dma_address(sg),
			.len = sg_dma_len(sg),
			.flags = DMA_RANGE_DIRECT,
		};

		err = range_list_append(&dst->rl, &r, gfp);
		if (err)
			goto undo;
	}
	dst->how = DMA_RANGES_TABLE;
	return 0;
undo:
	dma_unmap_ranges_table(dev, dst, src_flags, dir, attrs);
	dst->table = NULL;
	range_list_destroy(&dst->rl);
	return err;
free_table:
	sg_free_table(table);
free:
	kfree(table);
	return err;
}

/*
 * One window
 */

/* A part of a list as a source of what is linked one behind the other. */
struct dma_list_source {
	struct dma_phys_source source;
	struct phys_range_state state;
	struct dma_p2p p2p;
	struct phys_vec vec[DMA_RANGE_BATCH];
};

static int dma_list_refill(struct dma_phys_source *source)
{
	struct dma_list_source *s =
		container_of(source, struct dma_list_source, source);
	struct phys_range attrs;
	int bus;

	source->vec = s->vec;
	source->nr = phys_range_next_vecs(&s->state, s->vec, DMA_RANGE_BATCH,
					  &attrs);
	if (!source->nr)
		return phys_range_state_error(&s->state);
	bus = dma_p2p_resolve(&s->p2p, attrs.provider, attrs.flags);
	source->attrs = phys_range_dma_attrs(attrs.flags);
	/* An address on the bus has no place in a window. */
	return bus > 0 ? -EOPNOTSUPP : bus;
}

static int dma_link_list(struct device *dev, struct dma_range_list *dst,
			 u64 pos, const struct phys_range_list *src,
			 u64 src_pos, u64 len, enum dma_data_direction dir,
			 unsigned long attrs, gfp_t gfp)
{
	struct dma_list_source s __uninitialized;
	size_t linked;
	int err;

	s.source.nr = 0;
	s.source.refill = dma_list_refill;
	s.p2p = (struct dma_p2p){ .dev = dev };
	s.state = phys_range_state_slice(src, src_pos, len);
	err = dma_iova_link_ranges(dev, &dst->iova, pos, len, &s.source, dir,
				   attrs, gfp, &linked);
	if (err)
		dst->failed = pos + linked;
	return err;
}

/*
 * Where ranges go in a window.  One that begins where the one before it ended,
 * both on the granule, continues it.  Any other begins in a granule of its own,
 * and behind the next boundary of the device if it would be across it together
 * with what continues it.  So there are no more segments than there must be, and
 * no more than dma_map_sg() makes.
 */
struct dma_layout {
	struct range_state state;
	struct range_item r;
	struct dma_p2p p2p;
	u64 granule_mask;
	u64 boundary;
	u64 bytes;			/* of the list */
	bool pad_all;			/* each range by itself */
	/* the result, for @r */
	u64 offset;
	int bus;
	/* and for all */
	u64 end;
	bool gaps;			/* granules that nothing is linked to */
};

/*
 * Segments of such a size do not end on the boundary.  Then no range may be
 * across it that need not, which is what dma_map_sg() does.
 */
static bool dma_layout_pads_all(struct device *dev)
{
	const unsigned int max_len = dma_get_max_seg_size(dev);

	return max_len <= dma_get_seg_boundary(dev) && !is_power_of_2(max_len);
}

static void dma_layout_first(struct dma_layout *l, struct device *dev,
			     const struct range_list *src)
{
	*l = (struct dma_layout){
		.state = range_state_first(src),
		.p2p.dev = dev,
		.granule_mask = dma_get_merge_boundary(dev),
		.boundary = dma_get_seg_boundary(dev),
		.bytes = src->bytes,
		.pad_all = dma_layout_pads_all(dev),
	};
}

/* Is there room for a range, and for what continues it? */
static bool dma_layout_fits(const struct dma_layout *l, u64 room)
{
	struct range_state state;
	struct range_item r;
	u64 end = (l->r.addr & l->granule_mask) + l->r.len;

	/* That much cannot follow, most often. */
	if (end + l->bytes <= room)
		return true;
	state = l->state;
	while (end <= room) {
		if (end & l->granule_mask || !range_next(&state, &r) ||
		    r.addr & l->granule_mask || r.flags & PHYS_RANGE_P2P)
			return true;
		end += r.len;
	}
	return false;
}

/* Return: 1, 0 at the end, or -EREMOTEIO. */
static int dma_layout_next(struct dma_layout *l)
{
	u64 start, size, room;
	bool fits;

	if (!range_next(&l->state, &l->r))
		return 0;
	l->bus = dma_p2p_resolve(&l->p2p, l->r.owner, l->r.flags);
	if (l->bus < 0)
		return l->bus;
	start = ALIGN(l->end, l->granule_mask + 1);
	if (l->bus) {
		l->end = start;
		return 1;
	}

	room = -start & l->boundary;
	size = ALIGN((l->r.addr & l->granule_mask) + l->r.len,
		     l->granule_mask + 1);
	if (!room)
		fits = true;
	else if (l->pad_all)
		fits = size <= room;
	else
		fits = !((l->end | l->r.addr) & l->granule_mask) ||
		       dma_layout_fits(l, room);
	if (!fits) {
		start += room;
		l->gaps = true;
	}
	l->offset = start + (l->r.addr & l->granule_mask);
	l->end = l->offset + l->r.len;
	return 1;
}

/* Where the range at which it is begins in @src. */
static u64 dma_layout_pos(const struct dma_layout *l,
			  const struct range_list *src)
{
	return src->bytes - l->r.len - range_state_left(&l->state);
}

/* Ranges that are linked at once. */
struct dma_run {
	struct dma_phys_source source;
	u64 offset;
	u64 pos;
	u64 len;
	unsigned int nr;
	struct phys_vec vec[DMA_RANGE_BATCH];
};

static int dma_run_link(struct device *dev, struct dma_range_list *dst,
			struct dma_run *run, enum dma_data_direction dir,
			unsigned long attrs, gfp_t gfp)
{
	size_t linked;
	int err;

	if (!run->nr)
		return 0;
	run->source.vec = run->vec;
	run->source.nr = run->nr;
	err = dma_iova_link_ranges(dev, &dst->iova, run->offset, run->len,
				   &run->source, dir, attrs, gfp, &linked);
	if (err)
		dst->failed = run->pos + linked;
	else
		run->pos += run->len;
	run->nr = 0;
	run->len = 0;
	return err;
}

/* Unlink what was linked range by range, of the first @len bytes. */
static void dma_window_unlink(struct device *dev, struct dma_range_list *dst,
			      const struct range_list *src, u64 len,
			      enum dma_data_direction dir, unsigned long attrs)
{
	u64 offset = 0, run = 0;
	unsigned long run_attrs = 0;
	struct dma_pairs p;

	if (dma_pairs_first(&p, src, &dst->rl, 0, len))
		return;
	while (dma_pairs_next(&p)) {
		const unsigned long all = attrs | phys_range_dma_attrs(p.src.flags);
		const u64 start = p.dst.addr - dst->iova.addr;

		if (run && (p.dst.flags & DMA_RANGE_BUS_ADDRESS ||
			    start != offset + run || all != run_attrs)) {
			dma_iova_unlink(dev, &dst->iova, offset, run, dir,
					run_attrs);
			run = 0;
		}
		if (p.dst.flags & DMA_RANGE_BUS_ADDRESS)
			continue;
		if (!run) {
			offset = start;
			run_attrs = all;
		}
		run += p.len;
	}
	if (run)
		dma_iova_unlink(dev, &dst->iova, offset, run, dir, run_attrs);
}

/* A window for a list of which anything may be said. */
static int dma_map_ranges_layout(struct device *dev, struct dma_range_list *dst,
				 const struct range_list *src,
				 enum dma_data_direction dir,
				 unsigned long attrs, gfp_t gfp)
{
	struct range_item r = { .flags = DMA_RANGE_IOVA };
	struct dma_run run __uninitialized;
	struct dma_layout l;
	int err, more;
	u64 end;

	dma_layout_first(&l, dev, src);
	while ((more = dma_layout_next(&l)) > 0)
		;
	if (more < 0) {
		dst->failed = dma_layout_pos(&l, src);
		return more;
	}
	end = l.end;
	/* All of it may be bus addresses. */
	if (end && !dma_iova_try_alloc(dev, &dst->iova, 0,
				       ALIGN(end, l.granule_mask + 1)))
		return -ENOSPC;

	run.source.refill = NULL;
	run.nr = 0;
	run.len = 0;
	run.pos = 0;
	dma_layout_first(&l, dev, src);
	while ((more = dma_layout_next(&l)) > 0) {
		const unsigned long all = phys_range_dma_attrs(l.r.flags);

		if (l.end > end)
			break;
		if (run.nr && (run.nr == DMA_RANGE_BATCH || l.bus ||
			       run.source.attrs != all ||
			       l.offset != run.offset + run.len ||
			       l.offset & l.granule_mask)) {
			err = dma_run_link(dev, dst, &run, dir, attrs, gfp);
			if (err)
				goto undo;
		}
		if (l.bus) {
			struct range_item bus = dma_p2p_bus_range(&l.r);

			err = range_list_append(&dst->rl, &bus, gfp);
			if (!err)
				run.pos += l.r.len;
		} else {
			r.addr = dst->iova.addr + l.offset;
			r.len = l.r.len;
			err = range_list_append(&dst->rl, &r, gfp);
			if (!run.nr)
				run.offset = l.offset;
			run.source.attrs = all;
			run.vec[run.nr++] = (struct phys_vec){ l.r.addr, l.r.len };
			run.len += l.r.len;
		}
		if (err) {
			dst->failed = run.pos;
			goto undo;
		}
	}
	/* A device that provided memory a moment ago is gone, or elsewhere. */
	if (more < 0 || l.end != end) {
		dst->failed = dma_layout_pos(&l, src);
		err = -EREMOTEIO;
		goto undo;
	}
	err = dma_run_link(dev, dst, &run, dir, attrs, gfp);
	if (!err && dma_use_iova(&dst->iova))
		err = dma_iova_sync(dev, &dst->iova, 0,
				    dma_iova_size(&dst->iova));
	if (!err) {
		dst->gaps = l.gaps;
		dst->how = DMA_RANGES_LAYOUT;
		return 0;
	}
undo:
	dma_window_unlink(dev, dst, src, run.pos, dir, attrs);
	if (dma_use_iova(&dst->iova))
		dma_iova_free(dev, &dst->iova);
	dst->iova = (struct dma_iova_state){};
	range_list_destroy(&dst->rl);
	return err;
}

/* Ranges for which it does not pay to be a source. */
static int dma_link_few(struct device *dev, struct dma_range_list *dst,
			const struct range_list *src,
			enum dma_data_direction dir, unsigned long attrs)
{
	struct range_state state = range_state_first(src);
	struct range_item r __uninitialized;
	u64 linked;
	int err;

	for (linked = 0; range_next(&state, &r); linked += r.len) {
		err = dma_iova_link(dev, &dst->iova, r.addr, linked, r.len, dir,
				    attrs | phys_range_dma_attrs(r.flags));
		if (err) {
			dst->failed = linked;
			dma_window_unlink(dev, dst, src, linked, dir,
					  attrs | DMA_ATTR_SKIP_CPU_SYNC);
			return err;
		}
	}
	return 0;
}

/* A window for a list whose boundaries are all on the granule. */
static int dma_map_ranges_pages(struct device *dev, struct dma_range_list *dst,
				const struct phys_range_list *src,
				enum dma_data_direction dir,
				unsigned long attrs, gfp_t gfp)
{
	struct range_state state = range_state_first(&src->rl);
	const u64 bytes = src->rl.bytes;
	struct range_item whole = { .len = bytes, .flags = DMA_RANGE_IOVA };
	struct range_item r __uninitialized;
	int err;

	if (!range_next(&state, &r))
		return -EINVAL;
	if (!dma_iova_try_alloc(dev, &dst->iova, r.addr, bytes))
		return -ENOSPC;
	/* One range: this takes no memory. */
	whole.addr = dst->iova.addr;
	err = range_list_append(&dst->rl, &whole, gfp);
	if (err)
		goto free;
	if (src->rl.nr <= DMA_RANGE_FEW)
		err = dma_link_few(dev, dst, &src->rl, dir, attrs);
	else
		err = dma_link_list(dev, dst, 0, src, 0, bytes, dir, attrs, gfp);
	if (err)
		goto free;
	err = dma_iova_sync(dev, &dst->iova, 0, bytes);
	if (!err) {
		dst->how = DMA_RANGES_PAGES;
		return 0;
	}
	dma_window_unlink(dev, dst, &src->rl, bytes, dir, attrs);
free:
	dma_iova_free(dev, &dst->iova);
	dst->iova = (struct dma_iova_state){};
	range_list_destroy(&dst->rl);
	return err;
}

/* Can all of a list be one range? */
static bool dma_ranges_are_pages(struct device *dev, const struct range_list *src)
{
	return !(src->edges & dma_get_merge_boundary(dev)) &&
	       !(src->any_flags & PHYS_RANGE_P2P) &&
	       (src->bytes <= dma_get_seg_boundary(dev) ||
		!dma_layout_pads_all(dev));
}

static void dma_unmap_ranges_window(struct device *dev,
				    struct dma_range_list *dst,
				    enum dma_data_direction dir,
				    unsigned long attrs)
{
	/* Nothing is done for a range when it is unlinked. */
	const bool simple = dev_is_dma_coherent(dev) &&
			    !(dst->iova.__size & DMA_IOVA_USE_SWIOTLB);
	bool whole = simple && !dst->gaps;

	/* What has attributes in common needs one call. */
	if (dst->how == DMA_RANGES_PAGES)
		whole = simple || !dst->src->mixed;
	if (whole) {
		if (dst->how == DMA_RANGES_PAGES)
			attrs |= phys_range_dma_attrs(dst->src->any_flags);
		dma_iova_destroy(dev, &dst->iova, dma_iova_size(&dst->iova),
				 dir, attrs);
		return;
	}
	dma_window_unlink(dev, dst, dst->src, dst->src->bytes, dir, attrs);
	dma_iova_free(dev, &dst->iova);
}

/*
 * What everybody calls
 */

static int dma_ranges_check(struct device *dev, const struct dma_range_list *dst,
			    u64 len)
{
	if (range_list_bad(&dst->rl) || !len || WARN_ON_ONCE(!dev->dma_mask))
		return -EINVAL;
	if (dst->how != DMA_RANGES_NOT_MAPPED || dst->rl.nr)
		return -EBUSY;
	/* The highest bit of a size means something to dma-iommu.c. */
	if (len > SIZE_MAX >> 1)
		return -E2BIG;
	return 0;
}

/**
 * dma_map_phys_ranges - map a list of physical ranges for a device
 * @dev: the device
 * @dst: an empty list; gets the ranges that the device is to be given
 * @src: what to map; must not change until it is unmapped
 * @dir: direction of the transfer
 * @attrs: DMA_ATTR_*, for all ranges; what the flags of a range ask for is added
 * @gfp: for @dst, page tables and a scatterlist
 *
 * Behind an IOMMU the result is one window of IOVA space: one range, if all
 * boundaries in @src fall on the IOMMU's granule, else as many as there are
 * stretches that do.  Where the device sees memory as it is, the result shows
 * the ranges of @src itself and takes no memory.  Otherwise every range is mapped
 * on its own with dma_map_phys(), and may be bounced; or, if @dev has dma_map_ops,
 * several by way of a scatterlist that @dst keeps.  Peer-to-peer ranges that
 * reach the device without passing the host bridge have an address on the bus
 * and are not mapped.
 *
 * Context: As @gfp says; IOVA space is allocated with GFP_ATOMIC.
 * Return: 0; -EINVAL if @src is empty or @dir makes no sense; -EBUSY if @dst is
 * not empty; -E2BIG if the length of the buffer does not fit ssize_t;
 * -EREMOTEIO if a peer-to-peer range cannot be reached, or its provider is gone;
 * -EOPNOTSUPP if a range must be coherent and @dev is not; -ENOSPC if there is
 * not enough IOVA space; -EIO if a range cannot be mapped, such as one that is
 * beyond the device's mask; -ENOMEM.  Nothing is mapped, and @dst is empty, if it
 * is not 0; dma_range_list_failed() then tells where it failed.
 */
int dma_map_phys_ranges(struct device *dev, struct dma_range_list *dst,
			const struct phys_range_list *src,
			enum dma_data_direction dir, unsigned long attrs,
			gfp_t gfp)
{
	const struct range_list *rl = &src->rl;
	int err;

	if (range_list_bad(rl) || !valid_dma_direction(dir))
		return -EINVAL;
	err = dma_ranges_check(dev, dst, rl->bytes);
	if (err)
		return err;
	dst->failed = 0;
	if (!dev_is_dma_coherent(dev) &&
	    (attrs | phys_range_dma_attrs(rl->any_flags)) & DMA_ATTR_REQUIRE_COHERENT)
		return -EOPNOTSUPP;

	if (use_dma_iommu(dev)) {
		if (dma_ranges_are_pages(dev, rl))
			err = dma_map_ranges_pages(dev, dst, src, dir, attrs,
						   gfp);
		else
			err = dma_map_ranges_layout(dev, dst, rl, dir, attrs,
						    gfp);
		/*
		 * dma_iova_link() does not take all that dma_map_phys() does: a
		 * buffer that begins within a granule cannot be linked for a
		 * device that is not trusted and has no
		 * dma_set_min_align_mask().
		 */
		if (err == -EPERM || err == -ENXIO)
			err = dma_map_ranges_single(dev, dst, rl, dir, attrs, gfp);
	} else if (dma_ranges_alias(dev, rl, dir, attrs, &dst->delta)) {
		dma_ranges_clean(dev, rl, 0, rl->bytes, dir, attrs, false);
		dst->how = DMA_RANGES_ALIAS;
	} else {
		err = -EOPNOTSUPP;
		if (dma_ranges_want_table(dev, rl, attrs))
			err = dma_map_ranges_table(dev, dst, src, dir, attrs,
						   gfp);
		/* Without pages there is no table. */
		if (err == -EOPNOTSUPP)
			err = dma_map_ranges_single(dev, dst, rl, dir, attrs,
						    gfp);
	}
	if (err)
		return err;
	dst->src = rl;
	dst->attrs = attrs;
	dst->dir = dir;
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
	if (range_list_bad(&dst->rl) || dst->how == DMA_RANGES_NOT_MAPPED ||
	    WARN_ON_ONCE(dst->how == DMA_RANGES_RESERVED))
		return;
	WARN_ON_ONCE(dir != dst->dir);
	dir = dst->dir;
	attrs |= dst->attrs;
	switch (dst->how) {
	case DMA_RANGES_ALIAS:
		dma_ranges_clean(dev, dst->src, 0, dst->src->bytes, dir, attrs,
				 true);
		break;
	case DMA_RANGES_SINGLE:
		dma_unmap_ranges_single(dev, dst, dir, attrs);
		break;
	case DMA_RANGES_TABLE:
		dma_unmap_ranges_table(dev, dst, dst->src->any_flags, dir,
				       attrs);
		break;
	default:
		/* No window if all of it are bus addresses. */
		if (dma_use_iova(&dst->iova))
			dma_unmap_ranges_window(dev, dst, dir, attrs);
	}
	range_list_destroy(&dst->rl);
	dma_range_list_init(dst);
}
EXPORT_SYMBOL_GPL(dma_unmap_ranges);

/* What was mapped without the CPU's caches is what the caller synchronises. */
static unsigned long dma_sync_attrs(const struct dma_range_list *dst)
{
	return dst->attrs & ~DMA_ATTR_SKIP_CPU_SYNC;
}

static void dma_sync_window(struct device *dev, const struct dma_range_list *dst,
			    u64 pos, u64 len, enum dma_data_direction dir,
			    bool for_cpu)
{
	const u64 granule_mask = dma_get_merge_boundary(dev);
	struct dma_pairs p;

	dma_pairs_first(&p, dst->src, &dst->rl, pos, len);
	while (dma_pairs_next(&p)) {
		if (p.dst.flags & DMA_RANGE_BUS_ADDRESS ||
		    !phys_range_is_cached(p.src.flags, dma_sync_attrs(dst)))
			continue;
		/* Any granule may be bounced, if one is. */
		if (dst->iova.__size & DMA_IOVA_USE_SWIOTLB)
			p.len = min(p.len, granule_mask + 1 -
					   (p.dst.addr & granule_mask));
		if (for_cpu)
			iommu_dma_sync_single_for_cpu(dev, p.dst.addr, p.len, dir);
		else
			iommu_dma_sync_single_for_device(dev, p.dst.addr, p.len,
							 dir);
	}
}

static void dma_sync_single_ranges(struct device *dev,
				   const struct dma_range_list *dst, u64 pos,
				   u64 len, enum dma_data_direction dir,
				   bool for_cpu)
{
	struct range_state state;
	struct range_item r;

	range_state_seek(&state, &dst->rl, pos, len);
	while (range_next(&state, &r)) {
		if (r.flags & DMA_RANGE_BUS_ADDRESS ||
		    !phys_range_is_cached(r.flags >> DMA_RANGE_SRC_SHIFT,
					  dma_sync_attrs(dst)))
			continue;
		if (for_cpu)
			dma_sync_single_for_cpu(dev, r.addr, r.len, dir);
		else
			dma_sync_single_for_device(dev, r.addr, r.len, dir);
	}
}

/* Each piece is contiguous for both; the device's may be so by translation. */
static void dma_sync_table(struct device *dev, const struct dma_range_list *dst,
			   u64 pos, u64 len, enum dma_data_direction dir,
			   bool for_cpu)
{
	struct dma_pairs p;

	if (!phys_range_is_cached(dst->src->any_flags, dma_sync_attrs(dst)))
		return;
	dma_pairs_first(&p, dst->src, &dst->rl, pos, len);
	while (dma_pairs_next(&p)) {
		if (for_cpu)
			dma_sync_single_for_cpu(dev, p.dst.addr, p.len, dir);
		else
			dma_sync_single_for_device(dev, p.dst.addr, p.len, dir);
	}
}

static int dma_sync_ranges(struct device *dev, const struct dma_range_list *dst,
			   u64 pos, u64 len, enum dma_data_direction dir,
			   bool for_cpu)
{
	u64 end;

	if (range_list_bad(&dst->rl) || !valid_dma_direction(dir) ||
	    dst->how == DMA_RANGES_NOT_MAPPED ||
	    dst->how == DMA_RANGES_RESERVED)
		return -EINVAL;
	if (check_add_overflow(pos, len, &end) ||
	    end > dma_range_list_bytes(dst))
		return -ERANGE;
	if (!dma_dev_need_sync(dev))
		return 0;
	switch (dst->how) {
	case DMA_RANGES_ALIAS:
		dma_ranges_clean(dev, dst->src, pos, len, dir,
				 dma_sync_attrs(dst), for_cpu);
		break;
	case DMA_RANGES_SINGLE:
		dma_sync_single_ranges(dev, dst, pos, len, dir, for_cpu);
		break;
	case DMA_RANGES_TABLE:
		dma_sync_table(dev, dst, pos, len, dir, for_cpu);
		break;
	default:
		/* Says so also to the compiler of a kernel that has no dma-iommu. */
		if (use_dma_iommu(dev))
			dma_sync_window(dev, dst, pos, len, dir, for_cpu);
	}
	return 0;
}

/**
 * dma_sync_ranges_for_cpu - let the CPU see what the device has written
 * @dev: the device
 * @dst: a list that dma_map_phys_ranges() has filled
 * @pos: position of the first byte
 * @len: length in bytes
 * @dir: direction of the transfer, as for the mapping
 *
 * The part may begin and end anywhere.  Ranges that the CPU has no cached view of
 * are left alone.  A list that was mapped with DMA_ATTR_SKIP_CPU_SYNC is as good
 * as any: with that attribute the caller says that it will do this itself.
 *
 * Context: Any.
 * Return: 0; -EINVAL if @dst is not mapped or @dir makes no sense; -ERANGE if the
 * part is not within the list.
 */
int dma_sync_ranges_for_cpu(struct device *dev,
			    const struct dma_range_list *dst, u64 pos, u64 len,
			    enum dma_data_direction dir)
{
	return dma_sync_ranges(dev, dst, pos, len, dir, true);
}
EXPORT_SYMBOL_GPL(dma_sync_ranges_for_cpu);

/**
 * dma_sync_ranges_for_device - let the device see what the CPU has written
 * @dev: the device
 * @dst: a list that dma_map_phys_ranges() has filled
 * @pos: position of the first byte
 * @len: length in bytes
 * @dir: direction of the transfer, as for the mapping
 *
 * Context: Any.
 * Return: As of dma_sync_ranges_for_cpu().
 */
int dma_sync_ranges_for_device(struct device *dev,
			       const struct dma_range_list *dst, u64 pos,
			       u64 len, enum dma_data_direction dir)
{
	return dma_sync_ranges(dev, dst, pos, len, dir, false);
}
EXPORT_SYMBOL_GPL(dma_sync_ranges_for_device);

/* Segments of a range at @addr, without going through all of them. */
static u64 dma_range_cuts(u64 addr, u64 len, const struct dma_range_limits *limits)
{
	const u64 room = limits->boundary - (addr & limits->boundary);
	u64 blocks;

	/* Written so that a mask of all ones has no limit but the list's. */
	if (len - 1 <= room)
		return DIV64_U64_ROUND_UP(len, limits->max_len);
	len -= room + 1;
	blocks = div64_u64(len, limits->boundary + 1);
	return DIV64_U64_ROUND_UP(room + 1, limits->max_len) +
	       DIV64_U64_ROUND_UP(limits->boundary + 1, limits->max_len) * blocks +
	       DIV64_U64_ROUND_UP(len & limits->boundary, limits->max_len);
}

/**
 * dma_map_ranges_nr_segments - number of segments that a mapping will have
 * @dev: the device
 * @src: what is to be mapped
 * @limits: of the device; see dma_range_device_limits()
 *
 * What dma_range_nr_segments() will say when @src is mapped for @dev, before it
 * is.  Where a range is bounced the address is not known, and it may be less.
 *
 * Context: Any.  Constant time behind an IOMMU, if all boundaries in @src fall on
 * its granule; looks at every range otherwise.
 * Return: the number of segments; -EINVAL if the limits make no sense;
 * -EREMOTEIO if a peer-to-peer range cannot be reached.
 */
s64 dma_map_ranges_nr_segments(struct device *dev,
			       const struct phys_range_list *src,
			       const struct dma_range_limits *limits)
{
	const struct range_list *rl = &src->rl;
	const bool iommu = use_dma_iommu(dev);
	u64 start = 0, len = 0, addr, n = 0;
	struct dma_layout l;
	int more;

	if (range_list_bad(rl) || !limits->max_len ||
	    limits->boundary & (limits->boundary + 1))
		return -EINVAL;
	dma_layout_first(&l, dev, rl);
	if (iommu && dma_ranges_are_pages(dev, rl)) {
		if (!range_next(&l.state, &l.r))
			return 0;
		return dma_range_cuts(l.r.addr & l.granule_mask, rl->bytes,
				      limits);
	}
	/* A window is aligned to its size: offsets tell where boundaries are. */
	while ((more = dma_layout_next(&l)) > 0) {
		if (l.bus)
			addr = pci_p2pdma_bus_addr_map(l.r.owner, l.r.addr);
		else
			addr = iommu ? l.offset :
				       phys_to_dma_encrypted(dev, l.r.addr);
		if (len && (!iommu || l.bus || addr != start + len)) {
			n += dma_range_cuts(start, len, limits);
			len = 0;
		}
		if (!len)
			start = addr;
		len += l.r.len;
		if (l.bus) {
			n += dma_range_cuts(start, len, limits);
			len = 0;
		}
	}
	if (len)
		n += dma_range_cuts(start, len, limits);
	return more ?: n;
}
EXPORT_SYMBOL_GPL(dma_map_ranges_nr_segments);

/*
 * Reserve first, link later
 */

/**
 * dma_range_list_reserve - reserve IOVA space that memory is linked into later
 * @dev: the device
 * @dst: an empty list; gets one range, which is where the device will find
 *	what is linked
 * @len: length in bytes; dma_range_list_link() needs no more than the length of
 *	what it links, rounded up to the granule of the IOMMU
 * @gfp: for @dst
 *
 * Context: As @gfp says; IOVA space is allocated with GFP_ATOMIC.
 * Return: 0; -EINVAL if @len is 0; -EBUSY if @dst is not empty; -E2BIG if @len
 * does not fit ssize_t; -EOPNOTSUPP if @dev is not behind an IOMMU that
 * dma-iommu.c drives: then memory is mapped with dma_map_phys_ranges() when it
 * is there; -ENOSPC if there is not enough IOVA space; -ENOMEM.
 */
int dma_range_list_reserve(struct device *dev, struct dma_range_list *dst,
			   u64 len, gfp_t gfp)
{
	struct range_item r = { .len = len, .flags = DMA_RANGE_IOVA };
	int err;

	err = dma_ranges_check(dev, dst, len);
	if (err)
		return err;
	if (!use_dma_iommu(dev))
		return -EOPNOTSUPP;
	if (!dma_iova_try_alloc(dev, &dst->iova, 0, len))
		return -ENOSPC;
	r.addr = dst->iova.addr;
	err = range_list_append(&dst->rl, &r, gfp);
	if (err) {
		dma_iova_free(dev, &dst->iova);
		dst->iova = (struct dma_iova_state){};
		return err;
	}
	dst->how = DMA_RANGES_RESERVED;
	return 0;
}
EXPORT_SYMBOL_GPL(dma_range_list_reserve);

/* Is this part of @dst one that can be linked, as far as its place goes? */
static int dma_reserved_check(const struct dma_range_list *dst, u64 pos, u64 len,
			      u64 granule_mask)
{
	u64 end;

	if (range_list_bad(&dst->rl) || dst->how != DMA_RANGES_RESERVED || !len)
		return -EINVAL;
	if (check_add_overflow(pos, len, &end) || end > dst->rl.bytes)
		return -ERANGE;
	if (pos & granule_mask || (end & granule_mask && end != dst->rl.bytes))
		return -EINVAL;
	return 0;
}

/**
 * dma_range_list_link - link a part of a physical list into reserved space
 * @dev: the device
 * @dst: a list of dma_range_list_reserve()
 * @pos: position in @dst to link to, a multiple of the IOMMU's granule
 * @src: the physical list
 * @src_pos: position in @src where the part begins
 * @len: its length in bytes, a multiple of the granule unless it ends where
 *	@dst does
 * @dir: direction of the transfer
 * @attrs: DMA_ATTR_*, for all ranges; what the flags of a range ask for is added
 * @gfp: for page tables
 *
 * Parts may be linked in any order, and by several CPUs at once as long as the
 * parts differ.  The device may use them after dma_range_list_sync().
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if @dst is not reserved, @len is 0, @dir makes no sense or
 * one of @pos, @len and the start of the part is not aligned; -ENXIO if a
 * boundary within the part is not aligned; -ERANGE if a part is not within its
 * list; -EADDRINUSE if something is linked there already; -EREMOTEIO if a
 * peer-to-peer range cannot be reached; -EOPNOTSUPP if it has an address on the
 * bus, or must be coherent; -ENOMEM.  Nothing is linked if it is not 0;
 * dma_range_list_failed() then tells at which position of @dst it failed.
 */
int dma_range_list_link(struct device *dev, struct dma_range_list *dst, u64 pos,
			const struct phys_range_list *src, u64 src_pos, u64 len,
			enum dma_data_direction dir, unsigned long attrs,
			gfp_t gfp)
{
	const u64 granule_mask = dma_get_merge_boundary(dev);
	struct range_state state;
	struct range_item first;
	int err;

	if (!valid_dma_direction(dir))
		return -EINVAL;
	err = dma_reserved_check(dst, pos, len, granule_mask);
	if (!err)
		err = range_state_seek(&state, &src->rl, src_pos, len);
	if (err)
		return err;
	range_next(&state, &first);
	if (first.addr & granule_mask)
		return -EINVAL;
	return dma_link_list(dev, dst, pos, src, src_pos, len, dir, attrs, gfp);
}
EXPORT_SYMBOL_GPL(dma_range_list_link);

/**
 * dma_range_list_link_phys - link one piece of memory into reserved space
 * @dev: the device
 * @dst: a list of dma_range_list_reserve()
 * @pos: position in @dst to link to, a multiple of the IOMMU's granule
 * @phys: physical address, a multiple of the granule
 * @len: length in bytes, a multiple of the granule unless it ends where @dst does
 * @dir: direction of the transfer
 * @attrs: DMA_ATTR_*, such as DMA_ATTR_MMIO
 *
 * For a page that was just faulted in.
 *
 * Context: Any; page tables are allocated with GFP_ATOMIC.
 * Return: As of dma_range_list_link().
 */
int dma_range_list_link_phys(struct device *dev, struct dma_range_list *dst,
			     u64 pos, phys_addr_t phys, u64 len,
			     enum dma_data_direction dir, unsigned long attrs)
{
	const u64 granule_mask = dma_get_merge_boundary(dev);
	int err;

	if (!valid_dma_direction(dir) || phys & granule_mask)
		return -EINVAL;
	err = dma_reserved_check(dst, pos, len, granule_mask);
	if (err)
		return err;
	err = dma_iova_link(dev, &dst->iova, phys, pos, len, dir, attrs);
	if (err)
		dst->failed = pos;
	return err;
}
EXPORT_SYMBOL_GPL(dma_range_list_link_phys);

/**
 * dma_range_list_sync - let the IOMMU see what was linked
 * @dev: the device
 * @dst: a list of dma_range_list_reserve()
 * @pos: position of the first byte, as it was linked
 * @len: length in bytes; may be of several parts that were linked
 *
 * Context: Any.
 * Return: 0; -EINVAL if @dst is not reserved or the part not aligned; -ERANGE if
 * it is not within @dst; an error of the IOMMU's driver.
 */
int dma_range_list_sync(struct device *dev, struct dma_range_list *dst, u64 pos,
			u64 len)
{
	int err = dma_reserved_check(dst, pos, len,
				     dma_get_merge_boundary(dev));

	return err ?: dma_iova_sync(dev, &dst->iova, pos, len);
}
EXPORT_SYMBOL_GPL(dma_range_list_sync);

/**
 * dma_range_list_unlink - take memory out of reserved space
 * @dev: the device
 * @dst: a list of dma_range_list_reserve()
 * @pos: position of the first byte
 * @len: length in bytes; all of it must be linked, with the same attributes.
 *	What was contiguous in memory, and linked at once, is unlinked at once
 * @dir: direction of the transfer, as it was linked
 * @attrs: DMA_ATTR_*, as it was linked, with what the flags of the ranges asked
 *	for
 *
 * Context: Any.
 * Return: 0; -EINVAL if @dst is not reserved or the part not aligned; -ERANGE if
 * it is not within @dst.
 */
int dma_range_list_unlink(struct device *dev, struct dma_range_list *dst,
			  u64 pos, u64 len, enum dma_data_direction dir,
			  unsigned long attrs)
{
	int err = dma_reserved_check(dst, pos, len,
				     dma_get_merge_boundary(dev));

	if (!err)
		dma_iova_unlink(dev, &dst->iova, pos, len, dir, attrs);
	return err;
}
EXPORT_SYMBOL_GPL(dma_range_list_unlink);

/**
 * dma_range_list_unreserve - give reserved space back
 * @dev: the device
 * @dst: a list of dma_range_list_reserve() into which nothing is linked any more;
 *	it is empty afterwards
 *
 * Context: Any.
 */
void dma_range_list_unreserve(struct device *dev, struct dma_range_list *dst)
{
	if (range_list_bad(&dst->rl) || dst->how != DMA_RANGES_RESERVED)
		return;
	dma_iova_free(dev, &dst->iova);
	range_list_destroy(&dst->rl);
	dma_range_list_init(dst);
}
EXPORT_SYMBOL_GPL(dma_range_list_unreserve);
