// SPDX-License-Identifier: GPL-2.0
/*
 * dma-buf without scatterlists.
 *
 * An exporter describes its memory, or hands out device addresses, or maps a
 * scatterlist as it always did. An importer wants DMA ranges, or a scatterlist,
 * or the buffer in an IOMMU domain of its own. This is what is between them:
 * nothing that an exporter says is used before it is checked, and nothing that
 * it says about physical memory gets to an importer.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/dma-buf.h>
#include <linux/dma-buf-ranges.h>
#include <linux/dma-resv.h>
#include <linux/export.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/pci-p2pdma.h>
#include <linux/ratelimit.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include <trace/events/dma_buf.h>

#include "dma-buf-ranges.h"

/* What an importer got. */
enum dma_buf_form {
	DMA_BUF_FORM_RANGES,
	DMA_BUF_FORM_SGT,
	DMA_BUF_FORM_IOMMU,
};

static const char *const dma_buf_form_names[] = { "ranges", "sgt", "iommu" };

/* One mapping of a buffer, under the reservation lock of the buffer. */
struct dma_buf_translation {
	struct list_head node;		/* in attach->translations */
	enum dma_buf_form form;
	enum dma_data_direction dir;
	bool moved;			/* the buffer was invalidated since */
	u64 digest;
	struct phys_range_list phys;	/* what the exporter described */
	struct sg_table *exported;	/* or what it mapped itself */
	struct dma_range_list *ranges;	/* what the importer is told */
	/* DMA_BUF_FORM_SGT */
	struct dma_range_list own;
	struct sg_table sgt;
	unsigned int nents;		/* of it, when it was made */
	/* DMA_BUF_FORM_IOMMU */
	struct iommu_domain *domain;
	unsigned long iova;
	u64 len;
};

/*
 * What an exporter says
 */

VISIBLE_IF_KUNIT int dma_buf_blame(const struct dma_buf *dmabuf,
				   const char *what)
{
	KUNIT_STATIC_STUB_REDIRECT(dma_buf_blame, dmabuf, what);
	pr_warn_ratelimited("dma-buf: exporter %s %s\n", dmabuf->exp_name, what);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(dma_buf_blame);

/* What the ranges of a buffer add up to. */
static u64 dma_buf_expected_bytes(const struct dma_buf *dmabuf)
{
	return PAGE_ALIGN((u64)dmabuf->size);
}

static int dma_buf_cmp_vec(const void *a, const void *b)
{
	const struct phys_vec *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

/* No memory is no reason to refuse a buffer. */
static bool dma_buf_ranges_overlap(const struct phys_range_list *phys)
{
	const u64 nr = phys_range_list_nr(phys);
	struct phys_vec *vec;
	bool overlap = false;
	u64 i;

	/* As many bytes do not fit between the lowest and the highest. */
	if (phys_range_list_bytes(phys) - 1 >
	    phys_range_list_highest(phys) - phys_range_list_lowest(phys))
		return true;
	if (!IS_ENABLED(CONFIG_DMABUF_DEBUG) || nr == 1)
		return false;
	vec = kvmalloc_objs(*vec, nr);
	if (!vec)
		return false;
	phys_range_list_to_phys_vecs(phys, vec, nr);
	sort(vec, nr, sizeof(*vec), dma_buf_cmp_vec, NULL);
	for (i = 1; i < nr && !overlap; i++)
		overlap = vec[i].paddr - vec[i - 1].paddr < vec[i - 1].len;
	kvfree(vec);
	return overlap;
}

/* Where a buffer is, in a number. */
static u64 dma_buf_digest(const struct phys_range_list *phys)
{
	u64 digest = phys_range_list_bytes(phys);
	struct phys_range range;

	if (!digest)
		return 0;
	digest = (digest ^ phys_range_list_lowest(phys)) * GOLDEN_RATIO_64;
	digest = (digest ^ phys_range_list_highest(phys)) * GOLDEN_RATIO_64;
	if (!IS_ENABLED(CONFIG_DMABUF_DEBUG))
		return digest;
	phys_range_list_for_each(phys, range)
		digest = ((digest ^ range.addr) + range.len) * GOLDEN_RATIO_64;
	return digest;
}

static int dma_buf_check_providers(struct dma_buf_attachment *attach,
				   const struct phys_range_list *phys)
{
	const u32 peer = PHYS_RANGE_MMIO | PHYS_RANGE_P2P;
	struct p2pdma_provider *last = NULL;
	struct phys_range range;

	if (!(phys_range_list_any_flags(phys) & peer))
		return 0;
	if (!attach->peer2peer)
		return -EOPNOTSUPP;
	phys_range_list_for_each(phys, range) {
		if (!(range.flags & peer) || (last && range.provider == last))
			continue;
		last = range.provider;
		if (!last)
			return dma_buf_blame(attach->dmabuf,
					     "has MMIO without a provider");
		if (!device_is_registered(last->owner)) {
			dma_buf_blame(attach->dmabuf,
				      "has memory of a device that is gone");
			return -ENODEV;
		}
	}
	return 0;
}

/* Whether all of it begins and ends on page boundaries. */
static bool dma_buf_phys_is_pages(const struct phys_range_list *phys)
{
	struct phys_range range;

	if (!phys_range_list_is_aligned(phys, PAGE_SIZE) ||
	    !PAGE_ALIGNED(phys_range_list_bytes(phys)))
		return false;
	phys_range_list_for_each(phys, range)
		break;
	return PAGE_ALIGNED(range.addr);
}

static bool dma_buf_dma_is_pages(const struct dma_range_list *list)
{
	struct dma_range range;

	if (!dma_range_list_is_aligned(list, PAGE_SIZE) ||
	    !PAGE_ALIGNED(dma_range_list_bytes(list)))
		return false;
	dma_range_for_each_unlimited(list, range)
		break;
	return PAGE_ALIGNED(range.addr);
}

/*
 * A range that is empty or wraps around, or a sum that does, has been refused by
 * phys_range_list_append() already. An exporter that does not care describes
 * too little.
 */
static int dma_buf_check_phys(struct dma_buf_attachment *attach,
			      const struct phys_range_list *phys)
{
	struct dma_buf *dmabuf = attach->dmabuf;
	const u64 bytes = phys_range_list_bytes(phys);

	if (!bytes)
		return dmabuf->ops->no_addresses ? 0 :
		       dma_buf_blame(dmabuf, "describes an empty buffer");
	if (dmabuf->ops->no_addresses)
		return dma_buf_blame(dmabuf, "has addresses after all");
	if (!dma_buf_phys_is_pages(phys))
		return dma_buf_blame(dmabuf, "describes parts of pages");
	if (bytes < dma_buf_expected_bytes(dmabuf))
		return dma_buf_blame(dmabuf, "describes less than its buffer");
	if (bytes > dma_buf_expected_bytes(dmabuf))
		return dma_buf_blame(dmabuf, "describes more than its buffer");
	if (!dmabuf->ops->repeats && dma_buf_ranges_overlap(phys))
		return dma_buf_blame(dmabuf, "describes memory twice");
	return dma_buf_check_providers(attach, phys);
}

/* A buffer is where it was, unless its exporter said that it moved. */
static int dma_buf_check_moved(struct dma_buf *dmabuf, u64 digest)
{
	struct dma_buf_attachment *attach;
	struct dma_buf_translation *t;

	list_for_each_entry(attach, &dmabuf->attachments, node)
		list_for_each_entry(t, &attach->translations, node)
			if (!t->moved && t->digest && t->digest != digest)
				return dma_buf_blame(dmabuf,
						     "moves a buffer that is mapped");
	return 0;
}

static void dma_buf_forget(struct dma_buf_attachment *attach,
			   struct dma_buf_translation *t)
{
	if (attach->dmabuf->ops->unmap_ranges)
		attach->dmabuf->ops->unmap_ranges(attach, &t->phys, t->dir);
	phys_range_list_destroy(&t->phys);
}

/* Have the exporter describe the buffer, and believe nothing of it. */
static int dma_buf_describe(struct dma_buf_attachment *attach,
			    struct dma_buf_translation *t)
{
	int err;

	err = attach->dmabuf->ops->map_ranges(attach, &t->phys, t->dir);
	if (err > 0)
		err = dma_buf_blame(attach->dmabuf, "returns what is no error");
	if (err) {
		phys_range_list_destroy(&t->phys);
		return err;
	}
	err = dma_buf_check_phys(attach, &t->phys);
	if (!err) {
		t->digest = dma_buf_digest(&t->phys);
		err = dma_buf_check_moved(attach->dmabuf, t->digest);
	}
	if (err)
		dma_buf_forget(attach, t);
	else
		phys_range_list_shrink(&t->phys);
	return err;
}

/* Device addresses, of which less can be known. */
static int dma_buf_check_dma(struct dma_buf *dmabuf,
			     const struct dma_range_list *list)
{
	const u64 bytes = dma_range_list_bytes(list);

	if (!bytes)
		return dmabuf->ops->no_addresses ? 0 :
		       dma_buf_blame(dmabuf, "maps an empty buffer");
	if (dmabuf->ops->no_addresses)
		return dma_buf_blame(dmabuf, "has addresses after all");
	if (!dma_buf_dma_is_pages(list))
		return dma_buf_blame(dmabuf, "maps parts of pages");
	if (bytes < dma_buf_expected_bytes(dmabuf))
		return dma_buf_blame(dmabuf, "maps less than its buffer");
	if (bytes > dma_buf_expected_bytes(dmabuf))
		return dma_buf_blame(dmabuf, "maps more than its buffer");
	return 0;
}

/* What an exporter mapped into a scatterlist, as ranges. */
static int dma_buf_ranges_from_sgt(struct dma_buf *dmabuf,
				   struct dma_range_list *list,
				   struct sg_table *sgt)
{
	struct scatterlist *sg;
	int err, i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		struct dma_range range = {
			.addr = sg_dma_address(sg),
			.len = sg_dma_len(sg),
			.flags = sg_dma_is_bus_address(sg) ?
				 DMA_RANGE_BUS_ADDRESS : 0,
		};

		if (!range.len)
			return dma_buf_blame(dmabuf, "maps an empty range");
		err = dma_range_list_append(list, &range, GFP_KERNEL);
		if (err == -EOVERFLOW)
			return dma_buf_blame(dmabuf, "maps beyond all addresses");
		if (err)
			return err;
	}
	return dma_buf_check_dma(dmabuf, list);
}

/*
 * From there to what the importer's device is told
 */

static void dma_buf_unmap_exporter(struct dma_buf_attachment *attach,
				   struct dma_buf_translation *t)
{
	const struct dma_buf_ops *ops = attach->dmabuf->ops;

	if (ops->map_ranges) {
		/* What is there now may be somebody else's. */
		dma_unmap_ranges(attach->dev, t->ranges, t->dir,
				 t->moved ? DMA_ATTR_SKIP_CPU_SYNC : 0);
		dma_buf_forget(attach, t);
		return;
	}
	if (ops->map_dma_ranges) {
		if (ops->unmap_dma_ranges)
			ops->unmap_dma_ranges(attach, t->ranges, t->dir);
	} else {
		ops->unmap_dma_buf(attach, t->exported, t->dir);
	}
	dma_range_list_destroy(t->ranges);
}

static int dma_buf_map_exporter(struct dma_buf_attachment *attach,
				struct dma_buf_translation *t)
{
	/* Others may have the buffer mapped as well, or a page of it twice. */
	unsigned long attrs = DMA_ATTR_DEBUGGING_IGNORE_CACHELINES;
	struct dma_buf *dmabuf = attach->dmabuf;
	const struct dma_buf_ops *ops = dmabuf->ops;
	int err;

	if (ops->map_ranges) {
		err = dma_buf_describe(attach, t);
		if (err || phys_range_list_empty(&t->phys))
			return err;
		/* Remembered when it is unmapped. */
		if (ops->sync_on_cpu_access)
			attrs |= DMA_ATTR_SKIP_CPU_SYNC;
		err = dma_map_phys_ranges(attach->dev, t->ranges, &t->phys,
					  t->dir, attrs, GFP_KERNEL);
		if (err)
			dma_buf_forget(attach, t);
		return err;
	}
	if (ops->map_dma_ranges) {
		err = ops->map_dma_ranges(attach, t->ranges, t->dir);
		if (err > 0)
			err = dma_buf_blame(dmabuf, "returns what is no error");
		if (err) {
			dma_range_list_destroy(t->ranges);
			return err;
		}
		err = dma_buf_check_dma(dmabuf, t->ranges);
	} else {
		struct sg_table *sgt = ops->map_dma_buf(attach, t->dir);

		if (IS_ERR_OR_NULL(sgt))
			return sgt ? PTR_ERR(sgt) : -ENOMEM;
		t->exported = sgt;
		err = dma_buf_ranges_from_sgt(dmabuf, t->ranges, sgt);
	}
	if (err)
		dma_buf_unmap_exporter(attach, t);
	return err;
}

/*
 * Pinning and fences are as for dma_buf_map_attachment(): an importer that
 * cannot be told of moves has the buffer pinned for it, and waits for it here.
 */
static int dma_buf_begin(struct dma_buf_attachment *attach)
{
	int err;

	if (!dma_buf_pin_on_map(attach))
		return 0;
	err = attach->dmabuf->ops->pin(attach);
	/* The attachment should have prevented that. */
	WARN_ON_ONCE(err == -EBUSY);
	return err;
}

static int dma_buf_wait(struct dma_buf_attachment *attach)
{
	long left;

	if (dma_buf_attachment_is_dynamic(attach))
		return 0;
	left = dma_resv_wait_timeout(attach->dmabuf->resv,
				     DMA_RESV_USAGE_KERNEL, true,
				     MAX_SCHEDULE_TIMEOUT);
	return left < 0 ? left : 0;
}

static void dma_buf_end(struct dma_buf_attachment *attach)
{
	if (dma_buf_pin_on_map(attach))
		attach->dmabuf->ops->unpin(attach);
}

static struct dma_buf_translation *
dma_buf_translation_alloc(enum dma_buf_form form, enum dma_data_direction dir)
{
	struct dma_buf_translation *t = kzalloc_obj(*t);

	if (!t)
		return NULL;
	t->form = form;
	t->dir = dir;
	phys_range_list_init(&t->phys);
	dma_range_list_init(&t->own);
	t->ranges = &t->own;
	return t;
}

static void dma_buf_translation_add(struct dma_buf_attachment *attach,
				    struct dma_buf_translation *t)
{
	list_add_tail(&t->node, &attach->translations);
	trace_dma_buf_map_ranges(attach->dmabuf, attach->dev,
				 dma_buf_form_names[t->form],
				 t->form == DMA_BUF_FORM_IOMMU ? t->len :
				 dma_range_list_bytes(t->ranges),
				 dma_range_list_nr(t->ranges), t->dir);
}

static void dma_buf_translation_del(struct dma_buf_attachment *attach,
				    struct dma_buf_translation *t)
{
	trace_dma_buf_unmap_ranges(attach->dmabuf, attach->dev,
				   dma_buf_form_names[t->form],
				   t->form == DMA_BUF_FORM_IOMMU ? t->len :
				   dma_range_list_bytes(t->ranges),
				   dma_range_list_nr(t->ranges), t->dir);
	list_del(&t->node);
}

static int dma_buf_map_translation(struct dma_buf_attachment *attach,
				   struct dma_buf_translation *t)
{
	int err;

	err = dma_buf_begin(attach);
	if (err)
		return err;
	err = dma_buf_map_exporter(attach, t);
	if (err)
		goto end;
	err = dma_buf_wait(attach);
	if (!err)
		return 0;
	dma_buf_unmap_exporter(attach, t);
end:
	dma_buf_end(attach);
	return err;
}

static void dma_buf_unmap_translation(struct dma_buf_attachment *attach,
				      struct dma_buf_translation *t)
{
	dma_buf_translation_del(attach, t);
	switch (t->form) {
	case DMA_BUF_FORM_IOMMU:
		iommu_unmap(t->domain, t->iova, t->len);
		dma_buf_forget(attach, t);
		break;
	case DMA_BUF_FORM_SGT:
		t->sgt.orig_nents = t->nents;
		sg_free_table(&t->sgt);
		fallthrough;
	case DMA_BUF_FORM_RANGES:
		dma_buf_unmap_exporter(attach, t);
	}
	dma_buf_end(attach);
	kfree(t);
}

/**
 * dma_buf_map_ranges - get the DMA ranges of a buffer
 * @attach: the attachment; its device is the one that may use them
 * @list: an empty list; it has to stay where it is until dma_buf_unmap_ranges()
 *	or dma_buf_detach()
 * @dir: direction of the transfers
 *
 * What dma_buf_map_attachment() does, without a scatterlist. Iterate over @list
 * with dma_range_for_each_segment(); it has as many ranges as the device needs to
 * be told, behind an IOMMU usually one. All begin and end on page boundaries, and
 * together they are as long as the buffer, rounded up to pages. It is empty if
 * the exporter has said that its buffers have no addresses.
 *
 * An importer that was attached with dma_buf_dynamic_attach() has to wait for
 * the fences of DMA_RESV_USAGE_KERNEL before its device uses the ranges. For
 * others the buffer is pinned, and this waits.
 *
 * Context: Sleeps. The reservation lock of the buffer is held.
 * Return: 0; -EINVAL if @list is not empty or @dir makes no sense, or if the
 * exporter describes something else than its buffer; -ENODEV if it has been
 * revoked or its device is gone; -EOPNOTSUPP if it is memory of a peer and the
 * importer does not allow that; -EREMOTEIO if the device cannot reach the peer;
 * -ERESTARTSYS; what pinning, the exporter or dma_map_phys_ranges() returned.
 * Nothing is mapped, and @list is empty, if it is not 0.
 */
int dma_buf_map_ranges(struct dma_buf_attachment *attach,
		       struct dma_range_list *list,
		       enum dma_data_direction dir)
{
	struct dma_buf_translation *t;
	int err;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return -EINVAL;
	dma_resv_assert_held(attach->dmabuf->resv);
	if (!valid_dma_direction(dir) || !dma_range_list_empty(list))
		return -EINVAL;

	t = dma_buf_translation_alloc(DMA_BUF_FORM_RANGES, dir);
	if (!t)
		return -ENOMEM;
	t->ranges = list;
	err = dma_buf_map_translation(attach, t);
	if (err) {
		kfree(t);
		return err;
	}
	dma_buf_translation_add(attach, t);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dma_buf_map_ranges, "DMA_BUF");

/**
 * dma_buf_map_ranges_unlocked - dma_buf_map_ranges() without the lock
 * @attach: the attachment
 * @list: an empty list
 * @dir: direction of the transfers
 *
 * Context: Sleeps, and takes the reservation lock of the buffer.
 * Return: As dma_buf_map_ranges().
 */
int dma_buf_map_ranges_unlocked(struct dma_buf_attachment *attach,
				struct dma_range_list *list,
				enum dma_data_direction dir)
{
	int err;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return -EINVAL;
	dma_resv_lock(attach->dmabuf->resv, NULL);
	err = dma_buf_map_ranges(attach, list, dir);
	dma_resv_unlock(attach->dmabuf->resv);
	return err;
}
EXPORT_SYMBOL_NS_GPL(dma_buf_map_ranges_unlocked, "DMA_BUF");

/**
 * dma_buf_unmap_ranges - undo dma_buf_map_ranges()
 * @attach: the attachment
 * @list: the list, which is empty afterwards
 * @dir: direction, as for the mapping
 *
 * Also after the buffer was revoked.
 *
 * Context: Sleeps. The reservation lock of the buffer is held.
 */
void dma_buf_unmap_ranges(struct dma_buf_attachment *attach,
			  struct dma_range_list *list,
			  enum dma_data_direction dir)
{
	struct dma_buf_translation *t;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return;
	dma_resv_assert_held(attach->dmabuf->resv);
	list_for_each_entry(t, &attach->translations, node) {
		if (t->form != DMA_BUF_FORM_RANGES || t->ranges != list)
			continue;
		WARN_ON_ONCE(t->dir != dir);
		dma_buf_unmap_translation(attach, t);
		return;
	}
	WARN(1, "dma-buf: %s unmaps ranges that are not mapped\n",
	     dev_name(attach->dev));
}
EXPORT_SYMBOL_NS_GPL(dma_buf_unmap_ranges, "DMA_BUF");

/**
 * dma_buf_unmap_ranges_unlocked - dma_buf_unmap_ranges() without the lock
 * @attach: the attachment
 * @list: the list
 * @dir: direction, as for the mapping
 *
 * Context: Sleeps, and takes the reservation lock of the buffer.
 */
void dma_buf_unmap_ranges_unlocked(struct dma_buf_attachment *attach,
				   struct dma_range_list *list,
				   enum dma_data_direction dir)
{
	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return;
	dma_resv_lock(attach->dmabuf->resv, NULL);
	dma_buf_unmap_ranges(attach, list, dir);
	dma_resv_unlock(attach->dmabuf->resv);
}
EXPORT_SYMBOL_NS_GPL(dma_buf_unmap_ranges_unlocked, "DMA_BUF");

/*
 * Importers of scatterlists
 */

/*
 * What was one range of memory was never divided for the device, only what
 * several were merged to kept to its limits; so much do importers rely on.
 */
static struct dma_range_limits
dma_buf_sgt_limits(struct dma_buf_attachment *attach,
		   const struct dma_buf_translation *t)
{
	const u32 peer = PHYS_RANGE_MMIO | PHYS_RANGE_P2P;
	struct dma_range_limits limits = { .boundary = U64_MAX };

	if (phys_range_list_nr(&t->phys) > dma_range_list_nr(t->ranges) &&
	    !(phys_range_list_any_flags(&t->phys) & peer))
		limits = dma_range_device_limits(attach->dev);
	else
		limits.max_len = U64_MAX;
	/* The length of an entry has 32 bits. */
	limits.max_len = min_t(u64, limits.max_len,
			       ALIGN_DOWN(UINT_MAX, PAGE_SIZE));
	return limits;
}

/*
 * There are no pages in it: importers have no business with these. That there
 * are no entries for the CPU either makes what looks for pages find none, and
 * dma_map_sgtable() fail, rather than take the first for page 0.
 */
static int dma_buf_fill_sgt(struct dma_buf_attachment *attach,
			    struct dma_buf_translation *t)
{
	const struct dma_range_limits limits = dma_buf_sgt_limits(attach, t);
	struct scatterlist *sg;
	struct dma_range seg;
	s64 nents;
	int err;

	nents = dma_range_nr_segments(t->ranges, &limits);
	if (nents <= 0)
		return nents;
	if (nents > INT_MAX)
		return -E2BIG;
	err = sg_alloc_table(&t->sgt, nents, GFP_KERNEL);
	if (err)
		return err;
	sg = t->sgt.sgl;
	dma_range_for_each_segment(t->ranges, &limits, seg) {
		sg_dma_address(sg) = seg.addr;
		sg_dma_len(sg) = seg.len;
		if (seg.flags & DMA_RANGE_BUS_ADDRESS)
			sg_dma_mark_bus_address(sg);
		sg = sg_next(sg);
	}
	t->nents = nents;
	t->sgt.orig_nents = 0;
	return 0;
}

/* dma_buf_map_attachment() if the exporter does not make scatterlists. */
struct sg_table *dma_buf_map_sgt(struct dma_buf_attachment *attach,
				 enum dma_data_direction dir)
{
	struct dma_buf_translation *t;
	int err;

	t = dma_buf_translation_alloc(DMA_BUF_FORM_SGT, dir);
	if (!t)
		return ERR_PTR(-ENOMEM);
	err = dma_buf_map_translation(attach, t);
	if (err)
		goto free;
	err = dma_buf_fill_sgt(attach, t);
	if (err)
		goto unmap;
	dma_buf_translation_add(attach, t);
	return &t->sgt;
unmap:
	dma_buf_unmap_exporter(attach, t);
	dma_buf_end(attach);
free:
	kfree(t);
	return ERR_PTR(err);
}

/* dma_buf_unmap_attachment() for that. */
void dma_buf_unmap_sgt(struct dma_buf_attachment *attach, struct sg_table *sgt,
		       enum dma_data_direction dir)
{
	struct dma_buf_translation *t;

	list_for_each_entry(t, &attach->translations, node) {
		if (t->form != DMA_BUF_FORM_SGT || &t->sgt != sgt)
			continue;
		WARN_ON_ONCE(t->dir != dir);
		dma_buf_unmap_translation(attach, t);
		return;
	}
	WARN(1, "dma-buf: %s unmaps a table that is not mapped\n",
	     dev_name(attach->dev));
}

#ifdef CONFIG_IOMMU_API
/*
 * Importers with an IOMMU domain of their own
 */

VISIBLE_IF_KUNIT int dma_buf_p2p_type(struct p2pdma_provider *provider,
				      struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(dma_buf_p2p_type, provider, dev);
	return pci_p2pdma_map_type(provider, dev);
}
EXPORT_SYMBOL_IF_KUNIT(dma_buf_p2p_type);

/* A slice of a buffer for the walk of a page table. */
struct dma_buf_iommu_source {
	struct iommu_phys_source source;
	struct phys_range_state state;
	struct dma_buf_attachment *attach;
	struct p2pdma_provider *provider;	/* that can be reached */
	int prot;
	struct phys_vec vec[64];
};

static int dma_buf_iommu_refill(struct iommu_phys_source *source)
{
	struct dma_buf_iommu_source *s =
		container_of(source, struct dma_buf_iommu_source, source);
	struct phys_range attrs;

	source->vec = s->vec;
	source->nr = phys_range_next_vecs(&s->state, s->vec,
					  ARRAY_SIZE(s->vec), &attrs);
	if (!source->nr)
		return 0;
	source->prot = s->prot;
	if (!(attrs.flags & (PHYS_RANGE_MMIO | PHYS_RANGE_P2P)))
		return 0;
	source->prot &= ~IOMMU_CACHE;
	source->prot |= IOMMU_MMIO;
	/*
	 * A transaction that does not pass the host bridge does not pass the
	 * domain either. An attachment without a device that does DMA is that of
	 * iommufd, which cannot know yet what devices there will be.
	 */
	if (s->attach->dev->dma_mask && s->provider != attrs.provider &&
	    dma_buf_p2p_type(attrs.provider, s->attach->dev) !=
		    PCI_P2PDMA_MAP_THRU_HOST_BRIDGE)
		return -EREMOTEIO;
	s->provider = attrs.provider;
	return 0;
}

static int dma_buf_install(struct dma_buf_attachment *attach,
			   const struct phys_range_list *phys,
			   struct iommu_domain *domain, unsigned long iova,
			   u64 offset, u64 len, int prot)
{
	struct dma_buf_iommu_source s = {
		.source.refill = dma_buf_iommu_refill,
		.state = phys_range_state_slice(phys, offset, len),
		.attach = attach,
		.prot = prot,
	};
	size_t mapped;
	int err;

	err = iommu_map_ranges_nosync(domain, iova, len, &s.source,
				      GFP_KERNEL_ACCOUNT, &mapped);
	if (err)
		return err;
	err = iommu_sync_map(domain, iova, len);
	if (err)
		iommu_unmap(domain, iova, len);
	return err;
}

/* Whether a part of a buffer can be mapped to an address by pages of a size. */
static int dma_buf_check_part(const struct dma_buf *dmabuf, unsigned long iova,
			      u64 offset, u64 len, unsigned long pgsize_bitmap,
			      int prot)
{
	unsigned long last;
	u64 end;

	if (!pgsize_bitmap || !(prot & (IOMMU_READ | IOMMU_WRITE)))
		return -EINVAL;
	if (!len || check_add_overflow(offset, len, &end) ||
	    end > dma_buf_expected_bytes(dmabuf) ||
	    !IS_ALIGNED(iova | offset | len, 1ULL << __ffs(pgsize_bitmap)))
		return -EINVAL;
	if (len > SIZE_MAX || check_add_overflow(iova, len - 1, &last))
		return -EOVERFLOW;
	return 0;
}

/**
 * dma_buf_map_iommu - map a part of a buffer into an IOMMU domain
 * @attach: the attachment
 * @domain: a paging domain that is the importer's own
 * @iova: where in it to map, in bytes
 * @offset: where in the buffer the part begins, in bytes
 * @len: its length in bytes
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE and others; IOMMU_MMIO is added
 *	where it is MMIO
 *
 * For importers that give devices addresses of their own making. All of the part
 * is mapped one behind the other, however scattered it is; no physical address
 * leaves the core.
 *
 * Pinning and fences are as for dma_buf_map_ranges(). After the exporter has
 * called dma_buf_invalidate_mappings(), the mapping stays until the importer
 * calls dma_buf_unmap_iommu(), which it may do from within
 * &dma_buf_attach_ops.invalidate_mappings.
 *
 * Context: Sleeps. The reservation lock of the buffer is held.
 * Return: 0; -EINVAL if the part is empty or not within the buffer, if @iova,
 * @offset or @len are not multiples of the domain's smallest page, or @prot
 * allows nothing; -EOVERFLOW if the end of the mapping cannot be expressed;
 * -EOPNOTSUPP if the exporter has no physical ranges; -EREMOTEIO if it is a
 * peer's memory that does not pass through the domain; -EADDRINUSE if something
 * is mapped there; what the exporter, the checks of what it said (see
 * dma_buf_map_ranges()), or the IOMMU driver returned. Nothing is mapped if it
 * is not 0.
 */
int dma_buf_map_iommu(struct dma_buf_attachment *attach,
		      struct iommu_domain *domain, unsigned long iova,
		      u64 offset, u64 len, int prot)
{
	struct dma_buf_translation *t;
	int err;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return -EINVAL;
	dma_resv_assert_held(attach->dmabuf->resv);
	err = dma_buf_check_part(attach->dmabuf, iova, offset, len,
				 domain->pgsize_bitmap, prot);
	if (err)
		return err;
	if (!attach->dmabuf->ops->map_ranges)
		return -EOPNOTSUPP;

	t = dma_buf_translation_alloc(DMA_BUF_FORM_IOMMU,
				      !(prot & IOMMU_WRITE) ? DMA_TO_DEVICE :
				      prot & IOMMU_READ ? DMA_BIDIRECTIONAL :
				      DMA_FROM_DEVICE);
	if (!t)
		return -ENOMEM;
	t->domain = domain;
	t->iova = iova;
	t->len = len;

	err = dma_buf_begin(attach);
	if (err)
		goto free;
	err = dma_buf_describe(attach, t);
	if (err)
		goto end;
	/* It has no addresses. */
	err = phys_range_list_empty(&t->phys) ? -EOPNOTSUPP :
	      dma_buf_install(attach, &t->phys, domain, iova, offset, len, prot);
	if (err)
		goto forget;
	err = dma_buf_wait(attach);
	if (!err) {
		dma_buf_translation_add(attach, t);
		return 0;
	}
	iommu_unmap(domain, iova, len);
forget:
	dma_buf_forget(attach, t);
end:
	dma_buf_end(attach);
free:
	kfree(t);
	return err;
}
EXPORT_SYMBOL_NS_GPL(dma_buf_map_iommu, "DMA_BUF");

/**
 * dma_buf_map_iommu_unlocked - dma_buf_map_iommu() without the lock
 * @attach: the attachment
 * @domain: a paging domain that is the importer's own
 * @iova: where in it to map, in bytes
 * @offset: where in the buffer the part begins, in bytes
 * @len: its length in bytes
 * @prot: IOMMU_READ and so on
 *
 * Context: Sleeps, and takes the reservation lock of the buffer.
 * Return: As dma_buf_map_iommu().
 */
int dma_buf_map_iommu_unlocked(struct dma_buf_attachment *attach,
			       struct iommu_domain *domain, unsigned long iova,
			       u64 offset, u64 len, int prot)
{
	int err;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return -EINVAL;
	dma_resv_lock(attach->dmabuf->resv, NULL);
	err = dma_buf_map_iommu(attach, domain, iova, offset, len, prot);
	dma_resv_unlock(attach->dmabuf->resv);
	return err;
}
EXPORT_SYMBOL_NS_GPL(dma_buf_map_iommu_unlocked, "DMA_BUF");

/**
 * dma_buf_unmap_iommu - undo dma_buf_map_iommu()
 * @attach: the attachment
 * @domain: the domain
 * @iova: where it was mapped
 * @len: its length; all of what was mapped by one call
 *
 * Also after the buffer was revoked.
 *
 * Context: Sleeps. The reservation lock of the buffer is held.
 */
void dma_buf_unmap_iommu(struct dma_buf_attachment *attach,
			 struct iommu_domain *domain, unsigned long iova,
			 u64 len)
{
	struct dma_buf_translation *t;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return;
	dma_resv_assert_held(attach->dmabuf->resv);
	list_for_each_entry(t, &attach->translations, node) {
		if (t->form != DMA_BUF_FORM_IOMMU || t->domain != domain ||
		    t->iova != iova || t->len != len)
			continue;
		dma_buf_unmap_translation(attach, t);
		return;
	}
	WARN(1, "dma-buf: %s unmaps %#llx bytes at %#lx that are not mapped\n",
	     dev_name(attach->dev), len, iova);
}
EXPORT_SYMBOL_NS_GPL(dma_buf_unmap_iommu, "DMA_BUF");

/**
 * dma_buf_unmap_iommu_unlocked - dma_buf_unmap_iommu() without the lock
 * @attach: the attachment
 * @domain: the domain
 * @iova: where it was mapped
 * @len: its length
 *
 * Context: Sleeps, and takes the reservation lock of the buffer.
 */
void dma_buf_unmap_iommu_unlocked(struct dma_buf_attachment *attach,
				  struct iommu_domain *domain,
				  unsigned long iova, u64 len)
{
	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return;
	dma_resv_lock(attach->dmabuf->resv, NULL);
	dma_buf_unmap_iommu(attach, domain, iova, len);
	dma_resv_unlock(attach->dmabuf->resv);
}
EXPORT_SYMBOL_NS_GPL(dma_buf_unmap_iommu_unlocked, "DMA_BUF");

/*
 * Importers with a domain or a page table of their own, that map and unmap where
 * no lock can be taken
 */

/* Every table of an exporter that makes none itself is of dma_buf_map_sgt(). */
static const struct phys_range_list *
dma_buf_table_phys(struct dma_buf_attachment *attach, struct sg_table *sgt)
{
	struct dma_buf_translation *t;

	if (!dma_buf_can_map_table(attach->dmabuf))
		return NULL;
	t = container_of(sgt, struct dma_buf_translation, sgt);
	return phys_range_list_empty(&t->phys) ? NULL : &t->phys;
}

/**
 * dma_buf_table_map_iommu - map a part of a table into an IOMMU domain
 * @attach: the attachment
 * @sgt: what dma_buf_map_attachment() returned for it
 * @domain: a paging domain that is the importer's own
 * @iova: where in it to map, in bytes
 * @offset: where in the buffer the part begins, in bytes
 * @len: its length in bytes
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE and others
 *
 * As dma_buf_map_iommu(), for importers that cannot take the reservation lock
 * where they map and unmap. It is theirs to call iommu_unmap() for it, before
 * dma_buf_unmap_attachment().
 *
 * Context: Sleeps. The table remains mapped meanwhile.
 * Return: As dma_buf_map_iommu(); -EOPNOTSUPP if it is false what
 * dma_buf_can_map_table() says of the buffer.
 */
int dma_buf_table_map_iommu(struct dma_buf_attachment *attach,
			    struct sg_table *sgt, struct iommu_domain *domain,
			    unsigned long iova, u64 offset, u64 len, int prot)
{
	const struct phys_range_list *phys = dma_buf_table_phys(attach, sgt);
	int err;

	might_sleep();
	err = dma_buf_check_part(attach->dmabuf, iova, offset, len,
				 domain->pgsize_bitmap, prot);
	if (err)
		return err;
	return phys ? dma_buf_install(attach, phys, domain, iova, offset, len,
				      prot) : -EOPNOTSUPP;
}
EXPORT_SYMBOL_NS_GPL(dma_buf_table_map_iommu, "DMA_BUF");

/*
 * The largest page that fits, and how many of it, up to where a larger one
 * would.
 */
static size_t dma_buf_pgsize(unsigned long pgsize_bitmap, unsigned long iova,
			     phys_addr_t phys, size_t len, size_t *count)
{
	unsigned long align = (unsigned long)phys | iova, larger;
	unsigned long sizes = pgsize_bitmap & GENMASK(__fls(len), 0);
	size_t size, next, until;

	if (align)
		sizes &= GENMASK(__ffs(align), 0);
	if (!sizes)
		return 0;
	size = BIT(__fls(sizes));
	larger = pgsize_bitmap & ~(size | (size - 1));
	if (larger) {
		next = BIT(__ffs(larger));
		until = next - (iova & (next - 1));
		if (!((iova ^ phys) & (next - 1)) && until < len &&
		    len - until >= next)
			len = until;
	}
	*count = len / size;
	return size;
}

/**
 * dma_buf_table_map_pgtable - map a part of a table into an I/O page table
 * @attach: the attachment
 * @sgt: what dma_buf_map_attachment() returned for it
 * @ops: what alloc_io_pgtable_ops() returned
 * @iova: where in the page table to map, in bytes
 * @offset: where in the buffer the part begins, in bytes
 * @len: its length in bytes
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE and others
 * @mapped: how much was mapped, also on failure
 *
 * As dma_buf_table_map_iommu(), for importers that manage page tables without a
 * domain. What was mapped is unmapped by the importer, after a failure too.
 *
 * Context: What map_pages() of the page table needs, with GFP_KERNEL. The table
 * remains mapped meanwhile.
 * Return: 0; -EINVAL if the part is empty or not within the buffer, is not
 * aligned to the smallest page of the page table, or @prot allows nothing;
 * -EOVERFLOW if the end of the mapping cannot be expressed; -EREMOTEIO if it is
 * a peer's memory; -EOPNOTSUPP if it is false what dma_buf_can_map_table() says
 * of the buffer; what map_pages() returned.
 */
int dma_buf_table_map_pgtable(struct dma_buf_attachment *attach,
			      struct sg_table *sgt, struct io_pgtable_ops *ops,
			      unsigned long iova, u64 offset, u64 len, int prot,
			      size_t *mapped)
{
	const unsigned long pgsizes =
		io_pgtable_ops_to_pgtable(ops)->cfg.pgsize_bitmap;
	const struct phys_range_list *phys = dma_buf_table_phys(attach, sgt);
	struct phys_range_state state;
	struct phys_range range;
	int err;

	*mapped = 0;
	err = dma_buf_check_part(attach->dmabuf, iova, offset, len, pgsizes,
				 prot);
	if (err)
		return err;
	if (!phys)
		return -EOPNOTSUPP;
	/* Who knows where what is translated here goes. */
	if (phys_range_list_any_flags(phys) & (PHYS_RANGE_MMIO | PHYS_RANGE_P2P))
		return -EREMOTEIO;

	state = phys_range_state_slice(phys, offset, len);
	while (phys_range_next(&state, &range)) {
		while (range.len) {
			size_t count, size, done = 0;

			size = dma_buf_pgsize(pgsizes, iova, range.addr,
					      range.len, &count);
			if (!size)
				return -EINVAL;
			err = ops->map_pages(ops, iova, range.addr, size, count,
					     prot, GFP_KERNEL, &done);
			*mapped += done;
			if (err)
				return err;
			iova += done;
			range.addr += done;
			range.len -= done;
		}
	}
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dma_buf_table_map_pgtable, "DMA_BUF");
#endif /* CONFIG_IOMMU_API */

/*
 * For exporters
 */

static int dma_buf_sync_mappings(struct dma_buf *dmabuf,
				 enum dma_data_direction dir, bool for_cpu)
{
	struct dma_buf_attachment *attach;
	enum dma_data_direction mapped;
	struct dma_buf_translation *t;
	int err = 0;
	u64 bytes;

	if (WARN_ON(!dmabuf) || !valid_dma_direction(dir))
		return -EINVAL;
	if (!dmabuf->ops->map_ranges)
		return -EOPNOTSUPP;
	/*
	 * Who does not read need not see anything, and must not throw away with
	 * what is in the caches what somebody else is writing.
	 */
	if (for_cpu && dir == DMA_TO_DEVICE)
		return 0;
	dma_resv_lock(dmabuf->resv, NULL);
	list_for_each_entry(attach, &dmabuf->attachments, node) {
		list_for_each_entry(t, &attach->translations, node) {
			if (t->form == DMA_BUF_FORM_IOMMU || t->moved || err ||
			    dma_range_list_empty(t->ranges))
				continue;
			/*
			 * In its own direction: a device that only reads has
			 * nothing for the CPU, and what it was given may be
			 * older than what another has written. But what the
			 * CPU has written must not be lost to a device that
			 * only writes.
			 */
			mapped = t->dir;
			if (mapped == DMA_FROM_DEVICE && !for_cpu &&
			    dir != DMA_FROM_DEVICE)
				mapped = DMA_BIDIRECTIONAL;
			bytes = dma_range_list_bytes(t->ranges);
			err = for_cpu ?
				dma_sync_ranges_for_cpu(attach->dev, t->ranges,
							0, bytes, mapped) :
				dma_sync_ranges_for_device(attach->dev, t->ranges,
							   0, bytes, mapped);
		}
	}
	dma_resv_unlock(dmabuf->resv);
	return err;
}

/**
 * dma_buf_sync_mappings_for_cpu - let the CPU see what devices have written
 * @dmabuf: a buffer of which the exporter describes memory
 * @dir: what the CPU is going to do, as &dma_buf_ops.begin_cpu_access is told
 *
 * All of &dma_buf_ops.begin_cpu_access for an exporter whose memory is ordinary:
 * it does not have to know who is attached, or what has been mapped for them.
 * Each mapping is synced in its own direction, but none if @dir is DMA_TO_DEVICE,
 * and none that is older than dma_buf_invalidate_mappings().
 *
 * Context: Sleeps, and takes the reservation lock of the buffer.
 * Return: 0; -EINVAL if @dir makes no sense; -EOPNOTSUPP if the exporter does
 * not describe memory.
 */
int dma_buf_sync_mappings_for_cpu(struct dma_buf *dmabuf,
				  enum dma_data_direction dir)
{
	return dma_buf_sync_mappings(dmabuf, dir, true);
}
EXPORT_SYMBOL_NS_GPL(dma_buf_sync_mappings_for_cpu, "DMA_BUF");

/**
 * dma_buf_sync_mappings_for_device - let devices see what the CPU has written
 * @dmabuf: a buffer of which the exporter describes memory
 * @dir: what the CPU has done, as &dma_buf_ops.end_cpu_access is told
 *
 * The counterpart of dma_buf_sync_mappings_for_cpu(). What the CPU has written is
 * kept for a device that only writes, too: memory that such a device leaves as it is
 * holds what the CPU wrote. CONFIG_DMA_API_DEBUG may complain of the direction
 * then, if that mapping has bounce buffers.
 *
 * Context: Sleeps, and takes the reservation lock of the buffer.
 * Return: 0; -EINVAL if @dir makes no sense; -EOPNOTSUPP if the exporter does
 * not describe memory.
 */
int dma_buf_sync_mappings_for_device(struct dma_buf *dmabuf,
				     enum dma_data_direction dir)
{
	return dma_buf_sync_mappings(dmabuf, dir, false);
}
EXPORT_SYMBOL_NS_GPL(dma_buf_sync_mappings_for_device, "DMA_BUF");

/*
 * For dma-buf.c
 */

/* Either of the three ways to map, and what belongs to it. */
bool dma_buf_ops_are_valid(const struct dma_buf_ops *ops)
{
	if (!ops->release || !ops->map_dma_buf != !ops->unmap_dma_buf)
		return false;
	if (ops->map_ranges && ops->map_dma_ranges)
		return false;
	if ((ops->unmap_ranges && !ops->map_ranges) ||
	    (ops->unmap_dma_ranges && !ops->map_dma_ranges) ||
	    ((ops->repeats || ops->sync_on_cpu_access) && !ops->map_ranges))
		return false;
	return ops->map_dma_buf || ops->map_ranges || ops->map_dma_ranges;
}

/*
 * The buffer moves, so it may be elsewhere the next time it is described. Who
 * unmaps while being told leaves in it what the device has written.
 */
void dma_buf_translations_moved(struct dma_buf *dmabuf)
{
	struct dma_buf_attachment *attach;
	struct dma_buf_translation *t;

	list_for_each_entry(attach, &dmabuf->attachments, node)
		list_for_each_entry(t, &attach->translations, node)
			t->moved = true;
}

/*
 * A device must not be left with access to memory that is going to be somebody
 * else's.
 */
void dma_buf_translations_drop(struct dma_buf_attachment *attach)
{
	struct dma_buf_translation *t;

	if (list_empty(&attach->translations))
		return;
	pr_warn("dma-buf: %s is detached from a buffer of %s that it has mapped\n",
		dev_name(attach->dev), attach->dmabuf->exp_name);
	/* If the exporter moves it meanwhile, the importer may unmap as well. */
	while ((t = list_first_entry_or_null(&attach->translations,
					     struct dma_buf_translation, node)))
		dma_buf_unmap_translation(attach, t);
}

void dma_buf_translations_show(struct dma_buf_attachment *attach,
			       struct seq_file *s)
{
	struct dma_buf_translation *t;

	list_for_each_entry(t, &attach->translations, node) {
		seq_printf(s, "\t\t%s", dma_buf_form_names[t->form]);
		if (t->form == DMA_BUF_FORM_IOMMU)
			seq_printf(s, ": %llu bytes at %#lx", t->len, t->iova);
		else
			seq_printf(s, ": %llu bytes in %llu ranges",
				   dma_range_list_bytes(t->ranges),
				   dma_range_list_nr(t->ranges));
		seq_printf(s, "%s\n", t->moved ? ", moved" : "");
	}
}
EXPORT_SYMBOL_IF_KUNIT(dma_buf_translations_show);
