// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is between exporters and importers of ranges: every pair
 * of them, exporters that lie, buffers that move or are revoked, and failures at
 * every step. The devices are those of the mock IOMMU.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/console.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/dma-buf-ranges.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/file.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci-p2pdma.h>
#include <linux/scatterlist.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "../../lib/range_list/dma_kunit.h"
#include "../iommu/iommu-pages.h"
#include "dma-buf-ranges.h"

MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");

#define NAME_OF_EXPORTER "an_exporter"
#define NO_RAM		0x400000000000ULL
#define IOVA		(SZ_8G - 3 * PAGE_SIZE)
#define DIR		DMA_BIDIRECTIONAL

enum kind {
	FORM_RANGES,
	FORM_SGT,
	FORM_DMA,	/* of exporters */
	FORM_IOMMU,	/* of importers */
};

static const char *const form_names[] = { "ranges", "sgt", "dma", "iommu" };

static const enum kind exporter_forms[] = { FORM_RANGES, FORM_DMA, FORM_SGT };
static const enum kind importer_forms[] = {
	FORM_RANGES, FORM_SGT, FORM_IOMMU,
};

/*
 * Warnings
 */

/* There is one test at a time. */
static unsigned int blames;

static int count_blame(const struct dma_buf *dmabuf, const char *what)
{
	blames++;
	return -EINVAL;
}

/*
 * Exporters
 */

/* Device addresses that an exporter tells. */
struct dma_lie {
	const char *name;
	struct dma_range told[3];	/* page numbers from some address */
	unsigned int nr;
	int ret;
	/* What comes of it. */
	int err;
	unsigned int blames;
	bool forgotten;
	/* The same if they are in a scatterlist. */
	int sgt_err;
	unsigned int sgt_blames;
};

struct exporter {
	struct dma_buf *dmabuf;
	struct dma_buf_ops ops;
	enum kind form;
	const struct phys_range_list *memory;
	struct list_head mapped;
	bool revoked;
	int (*tell)(struct exporter *e, struct phys_range_list *out);
	void (*during)(struct exporter *e);
	const void *lie;
	int pins;
	int maps;		/* not yet unmapped */
	unsigned int nr_pins;
	unsigned int nr_unmaps;
	unsigned int nr_releases;
};

/* What an exporter has mapped by itself. */
struct exported {
	struct list_head node;
	struct dma_range_list mapped;
	const struct dma_range_list *out;
	struct sg_table sgt;
	bool pages;
};

static int exporter_begin(struct exporter *e)
{
	void (*during)(struct exporter *e) = e->during;

	dma_resv_assert_held(e->dmabuf->resv);
	/* Once. */
	e->during = NULL;
	if (during)
		during(e);
	return e->revoked ? -ENODEV : 0;
}

static int exporter_map_ranges(struct dma_buf_attachment *attach,
			       struct phys_range_list *out,
			       enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;
	int err = exporter_begin(e);

	if (err)
		return err;
	if (e->tell)
		err = e->tell(e, out);
	else
		err = phys_range_list_copy(out, e->memory, 0,
					   phys_range_list_bytes(e->memory),
					   GFP_KERNEL);
	if (!err)
		e->maps++;
	return err;
}

static void exporter_unmap_ranges(struct dma_buf_attachment *attach,
				  struct phys_range_list *ranges,
				  enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;

	dma_resv_assert_held(e->dmabuf->resv);
	e->maps--;
	e->nr_unmaps++;
}

static struct exported *exporter_map(struct dma_buf_attachment *attach,
				     enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;
	struct exported *x;
	int err;

	err = exporter_begin(e);
	if (err)
		return ERR_PTR(err);
	x = kzalloc_obj(*x);
	if (!x)
		return ERR_PTR(-ENOMEM);
	dma_range_list_init(&x->mapped);
	if (!e->lie)
		err = dma_map_phys_ranges(attach->dev, &x->mapped, e->memory,
					  dir, 0, GFP_KERNEL);
	if (err) {
		kfree(x);
		return ERR_PTR(err);
	}
	list_add(&x->node, &e->mapped);
	e->maps++;
	return x;
}

static void exporter_unmap(struct dma_buf_attachment *attach,
			   struct exported *x, enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;

	dma_resv_assert_held(e->dmabuf->resv);
	e->maps--;
	list_del(&x->node);
	if (x->pages)
		dma_unmap_sgtable(attach->dev, &x->sgt, dir, 0);
	sg_free_table(&x->sgt);
	dma_unmap_ranges(attach->dev, &x->mapped, dir, 0);
	kfree(x);
}

static int exporter_lie_dma(const struct dma_lie *lie,
			    struct dma_range_list *out)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < lie->nr && !err; i++)
		err = dma_range_list_append(out, &lie->told[i], GFP_KERNEL);
	return err ?: lie->ret;
}

static int exporter_map_dma_ranges(struct dma_buf_attachment *attach,
				   struct dma_range_list *out,
				   enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;
	struct exported *x = exporter_map(attach, dir);
	struct dma_range range;
	int err = 0;

	if (IS_ERR(x))
		return PTR_ERR(x);
	x->out = out;
	if (e->lie)
		err = exporter_lie_dma(e->lie, out);
	else
		dma_range_for_each_unlimited(&x->mapped, range)
			err = err ?: dma_range_list_append(out, &range,
							   GFP_KERNEL);
	if (err)
		exporter_unmap(attach, x, dir);
	return err;
}

static void exporter_unmap_dma_ranges(struct dma_buf_attachment *attach,
				      struct dma_range_list *ranges,
				      enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;
	struct exported *x;

	e->nr_unmaps++;
	list_for_each_entry(x, &e->mapped, node) {
		if (x->out != ranges)
			continue;
		exporter_unmap(attach, x, dir);
		return;
	}
	e->maps = INT_MIN;
}

/* As exporters have always done it, if there are pages. */
static int exporter_map_pages(struct dma_buf_attachment *attach,
			      struct exported *x, enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;
	int err;

	dma_unmap_ranges(attach->dev, &x->mapped, dir, 0);
	err = phys_range_list_to_sgtable(e->memory, &x->sgt, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(attach->dev, &x->sgt, dir, 0);
	x->pages = !err;
	return err;
}

static int exporter_fill_sgt(struct exported *x)
{
	const struct dma_range_limits limits = {
		ALIGN_DOWN(UINT_MAX, PAGE_SIZE), U64_MAX
	};
	struct scatterlist *sg;
	struct dma_range seg;
	int err;

	err = sg_alloc_table(&x->sgt, dma_range_nr_segments(&x->mapped, &limits),
			     GFP_KERNEL);
	if (err)
		return err;
	sg = x->sgt.sgl;
	dma_range_for_each_segment(&x->mapped, &limits, seg) {
		sg_dma_address(sg) = seg.addr;
		sg_dma_len(sg) = seg.len;
		if (seg.flags & DMA_RANGE_BUS_ADDRESS)
			sg_dma_mark_bus_address(sg);
		sg = sg_next(sg);
	}
	return 0;
}

static int exporter_lie_sgt(const struct dma_lie *lie, struct sg_table *sgt)
{
	struct scatterlist *sg;
	int err, i;

	if (!lie->nr)
		return 0;
	err = sg_alloc_table(sgt, lie->nr, GFP_KERNEL);
	if (err)
		return err;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		sg_dma_address(sg) = lie->told[i].addr;
		sg_dma_len(sg) = lie->told[i].len;
	}
	return 0;
}

static struct sg_table *exporter_map_dma_buf(struct dma_buf_attachment *attach,
					     enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;
	struct exported *x = exporter_map(attach, dir);
	int err;

	if (IS_ERR(x))
		return ERR_CAST(x);
	if (e->lie)
		err = exporter_lie_sgt(e->lie, &x->sgt);
	else if (phys_range_list_any_flags(e->memory))
		err = exporter_fill_sgt(x);
	else
		err = exporter_map_pages(attach, x, dir);
	if (!err)
		return &x->sgt;
	exporter_unmap(attach, x, dir);
	return ERR_PTR(err);
}

static void exporter_unmap_dma_buf(struct dma_buf_attachment *attach,
				   struct sg_table *sgt,
				   enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;

	e->nr_unmaps++;
	exporter_unmap(attach, container_of(sgt, struct exported, sgt), dir);
}

static int exporter_pin(struct dma_buf_attachment *attach)
{
	struct exporter *e = attach->dmabuf->priv;

	dma_resv_assert_held(e->dmabuf->resv);
	e->pins++;
	e->nr_pins++;
	return 0;
}

static void exporter_unpin(struct dma_buf_attachment *attach)
{
	struct exporter *e = attach->dmabuf->priv;

	dma_resv_assert_held(e->dmabuf->resv);
	e->pins--;
}

static void exporter_release(struct dma_buf *dmabuf)
{
	struct exporter *e = dmabuf->priv;

	e->nr_releases++;
}

static struct dma_buf *export(struct exporter *e, u64 size)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.exp_name = NAME_OF_EXPORTER;
	info.ops = &e->ops;
	info.size = size;
	info.flags = O_RDWR;
	info.priv = e;
	return dma_buf_export(&info);
}

static void put_action(void *dmabuf)
{
	dma_buf_put(dmabuf);
	flush_delayed_fput();
}

static struct exporter *test_exporter_new(struct kunit *test, enum kind form,
					  const struct phys_range_list *memory)
{
	struct exporter *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, e);
	e->form = form;
	e->memory = memory;
	INIT_LIST_HEAD(&e->mapped);
	e->ops.pin = exporter_pin;
	e->ops.unpin = exporter_unpin;
	e->ops.release = exporter_release;
	switch (form) {
	case FORM_RANGES:
		e->ops.map_ranges = exporter_map_ranges;
		e->ops.unmap_ranges = exporter_unmap_ranges;
		break;
	case FORM_DMA:
		e->ops.map_dma_ranges = exporter_map_dma_ranges;
		e->ops.unmap_dma_ranges = exporter_unmap_dma_ranges;
		break;
	default:
		e->ops.map_dma_buf = exporter_map_dma_buf;
		e->ops.unmap_dma_buf = exporter_unmap_dma_buf;
	}
	return e;
}

static void test_export(struct kunit *test, struct exporter *e, u64 size)
{
	e->dmabuf = export(e, size);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e->dmabuf);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_action, e->dmabuf));
}

/* Its size is not one of whole pages. */
static struct exporter *test_exporter(struct kunit *test, enum kind form,
				      const struct phys_range_list *memory)
{
	struct exporter *e = test_exporter_new(test, form, memory);

	test_export(test, e, phys_range_list_bytes(memory) - 100);
	return e;
}

static void exporter_idle(struct kunit *test, int line, struct exporter *e)
{
	KUNIT_EXPECT_EQ_MSG(test, e->maps, 0, "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, e->pins, 0, "line %d", line);
	KUNIT_EXPECT_TRUE_MSG(test, list_empty(&e->mapped), "line %d", line);
}

static void exporter_done(struct kunit *test, struct exporter *e)
{
	exporter_idle(test, __LINE__, e);
	kunit_release_action(test, put_action, e->dmabuf);
	KUNIT_EXPECT_EQ(test, e->nr_releases, 1);
}

/* The buffer is elsewhere, or nowhere. */
static void exporter_move_locked(struct exporter *e,
				 const struct phys_range_list *memory)
{
	if (memory)
		e->memory = memory;
	e->revoked = !memory;
	dma_buf_invalidate_mappings(e->dmabuf);
}

static void exporter_move(struct exporter *e,
			  const struct phys_range_list *memory)
{
	dma_resv_lock(e->dmabuf->resv, NULL);
	exporter_move_locked(e, memory);
	dma_resv_unlock(e->dmabuf->resv);
}

/*
 * Importers
 */

struct importer {
	struct exporter *e;
	struct dma_buf_attachment *attach;
	enum kind form;
	struct mock *m;
	struct mock walk;		/* where its addresses lead */
	struct dma_range_list list;
	struct sg_table *sgt;
	struct iommu_domain *domain;
	const struct phys_range_list *memory;	/* when it was mapped */
	bool mapped;
	bool unmaps_when_told;
	unsigned int told;
};

static int import_locked(struct importer *i)
{
	int err;

	switch (i->form) {
	case FORM_RANGES:
		err = dma_buf_map_ranges(i->attach, &i->list, DIR);
		break;
	case FORM_SGT:
		i->sgt = dma_buf_map_attachment(i->attach, DIR);
		err = PTR_ERR_OR_ZERO(i->sgt);
		break;
	default:
		err = dma_buf_map_iommu(i->attach, i->domain, IOVA, 0,
					PAGE_ALIGN(i->attach->dmabuf->size),
					IOMMU_READ | IOMMU_WRITE);
	}
	if (err > 0)
		return -EBADE;
	i->mapped = !err;
	i->memory = i->e->memory;
	i->told = 0;
	return err;
}

static void unimport_locked(struct importer *i)
{
	if (!i->mapped)
		return;
	i->mapped = false;
	switch (i->form) {
	case FORM_RANGES:
		dma_buf_unmap_ranges(i->attach, &i->list, DIR);
		break;
	case FORM_SGT:
		dma_buf_unmap_attachment(i->attach, i->sgt, DIR);
		break;
	default:
		dma_buf_unmap_iommu(i->attach, i->domain, IOVA,
				    PAGE_ALIGN(i->attach->dmabuf->size));
	}
}

static int import(struct importer *i)
{
	int err;

	dma_resv_lock(i->attach->dmabuf->resv, NULL);
	err = import_locked(i);
	dma_resv_unlock(i->attach->dmabuf->resv);
	return err;
}

static void unimport(struct importer *i)
{
	dma_resv_lock(i->attach->dmabuf->resv, NULL);
	unimport_locked(i);
	dma_resv_unlock(i->attach->dmabuf->resv);
}

static void importer_told(struct dma_buf_attachment *attach)
{
	struct importer *i = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	i->told++;
	if (i->unmaps_when_told)
		unimport_locked(i);
}

static const struct dma_buf_attach_ops dynamic_peer = {
	.allow_peer2peer = true,
	.invalidate_mappings = importer_told,
};

static const struct dma_buf_attach_ops dynamic = {
	.invalidate_mappings = importer_told,
};

static void domain_action(void *domain)
{
	iommu_domain_free(domain);
}

static void detach_action(void *data)
{
	struct importer *i = data;

	unimport(i);
	dma_buf_detach(i->e->dmabuf, i->attach);
}

static struct importer *test_importer(struct kunit *test, struct exporter *e,
				      struct mock *m, enum kind form,
				      const struct dma_buf_attach_ops *ops)
{
	struct importer *i = kunit_kzalloc(test, sizeof(*i), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, i);
	i->e = e;
	i->m = m;
	i->form = form;
	i->walk = *m;
	dma_range_list_init(&i->list);
	if (form == FORM_IOMMU) {
		i->domain = iommu_paging_domain_alloc(m->dev);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, i->domain);
		KUNIT_ASSERT_EQ(test, 0,
				kunit_add_action_or_reset(test, domain_action,
							  i->domain));
		i->walk.domain = i->domain;
	}
	i->attach = dma_buf_dynamic_attach(e->dmabuf, m->dev, ops, i);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, i->attach);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, detach_action, i));
	return i;
}

static void importer_done(struct kunit *test, struct importer *i)
{
	kunit_release_action(test, detach_action, i);
	if (i->domain)
		kunit_release_action(test, domain_action, i->domain);
}

/* What the importer was told, as a list. */
static int importer_seen(struct importer *i, struct dma_range_list *seen)
{
	struct dma_range range;
	struct scatterlist *sg;
	int err = 0, n;

	switch (i->form) {
	case FORM_RANGES:
		dma_range_for_each_unlimited(&i->list, range)
			err = err ?: dma_range_list_append(seen, &range,
							   GFP_KERNEL);
		break;
	case FORM_SGT:
		for_each_sgtable_dma_sg(i->sgt, sg, n)
			err = err ?: add_dma(seen, sg_dma_address(sg),
					     sg_dma_len(sg),
					     sg_dma_is_bus_address(sg) ?
					     DMA_RANGE_BUS_ADDRESS : 0);
		break;
	default:
		err = add_dma(seen, IOVA,
			      PAGE_ALIGN(i->attach->dmabuf->size), 0);
	}
	return err;
}

/* Whether each of its addresses leads to where the buffer was then. */
static int importer_check(struct importer *i)
{
	DEFINE_DMA_RANGE_LIST(seen);
	u64 bytes;
	int err;

	if (!i->mapped)
		return -ENOENT;
	bytes = phys_range_list_bytes(i->memory);
	err = importer_seen(i, &seen);
	if (!err && (dma_range_list_bytes(&seen) != bytes ||
		     mapped_until(&i->walk, i->memory, &seen) != bytes))
		err = -EBADMSG;
	dma_range_list_destroy(&seen);
	return err;
}

/* There are no pages in what the core makes, and no entry is cut short. */
static void check_table(struct kunit *test, int line, struct importer *i)
{
	struct scatterlist *sg;
	unsigned int nents = 0;
	int n;

	for_each_sgtable_dma_sg(i->sgt, sg, n) {
		nents++;
		KUNIT_ASSERT_NE_MSG(test, sg_dma_len(sg), 0, "line %d", line);
		KUNIT_ASSERT_TRUE_MSG(test,
				      PAGE_ALIGNED(sg_dma_address(sg) |
						   sg_dma_len(sg)),
				      "line %d", line);
	}
	KUNIT_EXPECT_EQ_MSG(test, nents, i->sgt->nents, "line %d", line);
	if (i->e->form == FORM_SGT)
		return;
	/* Neither whoever looks for pages, nor who maps it again, finds any. */
	KUNIT_EXPECT_EQ_MSG(test, i->sgt->orig_nents, 0, "line %d", line);
	for_each_sgtable_dma_sg(i->sgt, sg, n) {
		KUNIT_ASSERT_NULL_MSG(test, sg_page(sg), "line %d", line);
		KUNIT_ASSERT_EQ_MSG(test, sg->length, 0, "line %d", line);
		KUNIT_ASSERT_EQ_MSG(test, sg->offset, 0, "line %d", line);
	}
}

static void check_import(struct kunit *test, int line, struct importer *i)
{
	KUNIT_EXPECT_EQ_MSG(test, importer_check(i), 0, "line %d", line);
	if (i->form == FORM_RANGES)
		KUNIT_EXPECT_EQ_MSG(test, range_list_validate(&i->list.rl), 0,
				    "line %d", line);
	if (i->form == FORM_SGT)
		check_table(test, line, i);
}

/* Nothing is mapped for it. */
static void check_unmapped(struct kunit *test, int line, struct importer *i)
{
	check_empty(test, line, &i->list);
	KUNIT_EXPECT_TRUE_MSG(test, list_empty(&i->attach->translations),
			      "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, mapped_bytes(i->m), 0, "line %d", line);
	if (i->domain)
		KUNIT_EXPECT_EQ_MSG(test, iommu_iova_to_phys(i->domain, IOVA),
				    0, "line %d", line);
}

/*
 * Every pair, with every kind of memory
 */

enum memory {
	MEMORY_SCATTERED,
	MEMORY_CONTIGUOUS,
	MEMORY_LARGE,
	MEMORY_BUS,
	MEMORY_BRIDGE,
	MEMORY_MIXED,
	MEMORIES,
};

static const char *const memory_names[] = {
	"scattered", "contiguous", "more than 4 GiB", "bus address",
	"host bridge", "mixed",
};

enum { PEER_BUS, PEER_BRIDGE, PEER_BUS_2, PEER_FAR };

static const struct range_list_mock_params iommu_params = {
	.flags = COUNT, .max_seg_size = SZ_256K,
};

static const struct range_list_mock_params direct_params = {
	.flags = DIRECT, .max_seg_size = SZ_256K,
};

static struct p2p_world *test_peers(struct kunit *test)
{
	struct p2p_world *w = test_p2p(test);

	w->types[PEER_BUS] = PCI_P2PDMA_MAP_BUS_ADDR;
	w->types[PEER_BRIDGE] = PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
	w->types[PEER_BUS_2] = PCI_P2PDMA_MAP_BUS_ADDR;
	w->types[PEER_FAR] = PCI_P2PDMA_MAP_NOT_SUPPORTED;
	kunit_activate_static_stub(test, dma_buf_p2p_type, fake_p2p_type);
	return w;
}

static void add_bar(struct kunit *test, struct phys_range_list *list,
		    struct p2pdma_provider *provider, u64 addr, u64 len)
{
	struct phys_range range = {
		.addr = addr,
		.len = len,
		.flags = PHYS_RANGE_MMIO | PHYS_RANGE_P2P,
		.provider = provider,
	};

	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_append(list, &range, GFP_KERNEL));
}

static struct phys_range_list *test_buffer(struct kunit *test,
					   enum memory memory,
					   struct p2p_world *w)
{
	struct phys_range_list *list = test_list(test);
	phys_addr_t block = test_memory(test, 9);
	unsigned int n;

	switch (memory) {
	case MEMORY_CONTIGUOUS:
		/* What drivers map as one entry is not longer than that. */
		KUNIT_ASSERT_EQ(test, 0, add(list, block, SZ_256K, 0));
		break;
	case MEMORY_LARGE:
		/* Nobody goes there. */
		KUNIT_ASSERT_EQ(test, 0,
				add(list, NO_RAM, SZ_4G + SZ_64K + PAGE_SIZE,
				    PHYS_RANGE_NO_CPU_ACCESS));
		break;
	case MEMORY_BUS:
		add_peer(test, list, w, PEER_BUS, SZ_64K, SZ_32K);
		add_peer(test, list, w, PEER_BUS_2, SZ_1G, SZ_1M);
		add_peer(test, list, w, PEER_BUS, 0, SZ_4K);
		break;
	case MEMORY_BRIDGE:
		add_peer(test, list, w, PEER_BRIDGE, SZ_2M, SZ_64K);
		add_bar(test, list, &w->peers[PEER_BRIDGE], NO_RAM, SZ_128K);
		add_peer(test, list, w, PEER_BRIDGE, 0, SZ_8K);
		break;
	case MEMORY_MIXED:
		for (n = 0; n < 5; n++) {
			KUNIT_ASSERT_EQ(test, 0,
					add(list, block + n * SZ_128K, SZ_16K,
					    0));
			add_peer(test, list, w, n & 1 ? PEER_BRIDGE : PEER_BUS,
				 n * SZ_1M, SZ_32K);
		}
		break;
	default:
		add_scattered(test, list, block, 200);
	}
	return list;
}

struct pair {
	enum kind exporter;
	enum kind importer;
	enum memory memory;
	bool direct;
};

static const void *pair_gen_params(struct kunit *test, const void *prev,
				   char *desc)
{
	static struct pair pair;
	static unsigned int nr;
	unsigned int n;

	do {
		nr = prev ? nr + 1 : 0;
		n = nr;
		prev = &pair;
		pair.importer = importer_forms[n % ARRAY_SIZE(importer_forms)];
		n /= ARRAY_SIZE(importer_forms);
		pair.memory = n % MEMORIES;
		n /= MEMORIES;
		pair.direct = n & 1;
		n /= 2;
		if (n == ARRAY_SIZE(exporter_forms))
			return NULL;
		pair.exporter = exporter_forms[n];
		/* Without an IOMMU there is no domain. */
	} while (pair.direct && pair.importer == FORM_IOMMU);
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s to %s, %s, %s",
		 form_names[pair.exporter], form_names[pair.importer],
		 memory_names[pair.memory], pair.direct ? "direct" : "iommu");
	return &pair;
}

/* What the pair can do, as an error. */
static int pair_err(const struct pair *pair)
{
	if (pair->importer != FORM_IOMMU)
		return 0;
	if (pair->exporter != FORM_RANGES)
		return -EOPNOTSUPP;
	return pair->memory == MEMORY_BUS || pair->memory == MEMORY_MIXED ?
	       -EREMOTEIO : 0;
}

/* How many ranges or entries it takes. */
static void check_nr(struct kunit *test, const struct pair *pair,
		     struct importer *i, const struct phys_range_list *memory)
{
	const u32 peer = PHYS_RANGE_MMIO | PHYS_RANGE_P2P;
	const u64 max = dma_get_max_seg_size(i->m->dev);
	struct scatterlist *sg;
	int n;

	if (pair->importer == FORM_RANGES && pair->exporter != FORM_SGT) {
		if (pair->direct)
			KUNIT_EXPECT_EQ(test, dma_range_list_nr(&i->list),
					phys_range_list_nr(memory));
		else if (!(phys_range_list_any_flags(memory) & peer))
			KUNIT_EXPECT_EQ(test, dma_range_list_nr(&i->list), 1);
	}
	if (pair->importer != FORM_SGT || pair->exporter != FORM_RANGES)
		return;
	if (pair->memory == MEMORY_SCATTERED) {
		for_each_sgtable_dma_sg(i->sgt, sg, n)
			KUNIT_EXPECT_LE(test, sg_dma_len(sg), max);
		if (!pair->direct)
			KUNIT_EXPECT_EQ(test, i->sgt->nents,
					DIV_ROUND_UP(phys_range_list_bytes(memory),
						     max));
	}
	if (pair->memory == MEMORY_CONTIGUOUS)
		KUNIT_EXPECT_EQ(test, i->sgt->nents, 1);
	if (pair->memory == MEMORY_LARGE)
		KUNIT_EXPECT_EQ(test, i->sgt->nents, 2);
}

static void pair_test(struct kunit *test)
{
	const struct pair *pair = test->param_value;
	struct mock *m = test_mock(test, pair->direct ? &direct_params :
							&iommu_params);
	struct p2p_world *w = test_peers(test);
	struct phys_range_list *memory = test_buffer(test, pair->memory, w);
	struct exporter *e = test_exporter(test, pair->exporter, memory);
	struct importer *i, *other;

	/* The copy that is for debugging does not say it. */
	if (pair->exporter == FORM_SGT && pair->importer == FORM_SGT &&
	    (pair->memory == MEMORY_BUS || pair->memory == MEMORY_MIXED) &&
	    IS_ENABLED(CONFIG_DMABUF_DEBUG))
		kunit_skip(test, "what is a bus address gets lost with CONFIG_DMABUF_DEBUG");
	i = test_importer(test, e, m, pair->importer, &dynamic_peer);
	other = test_importer(test, e, m, pair->importer, &dynamic_peer);
	KUNIT_ASSERT_EQ(test, import(i), pair_err(pair));
	if (!i->mapped)
		goto done;
	check_import(test, __LINE__, i);
	check_nr(test, pair, i, memory);
	/* Once more, at the same time. */
	KUNIT_ASSERT_EQ(test, import(other), 0);
	check_import(test, __LINE__, other);
	unimport(i);
	check_import(test, __LINE__, other);
	unimport(other);
done:
	check_unmapped(test, __LINE__, i);
	check_unmapped(test, __LINE__, other);
	exporter_idle(test, __LINE__, e);
	importer_done(test, other);
	importer_done(test, i);
	exporter_done(test, e);
	test_mock_done(test, m);
}

/*
 * Exporters that lie
 */

#define PAGES(n)	((n) * PAGE_SIZE)
#define GONE		PEERS

struct lie {
	const char *name;
	struct phys_range said[3];	/* from the start of a block, or NO_RAM */
	unsigned int nr;
	int ret;
	u32 peers;			/* peer + 1 of each range, by nibble */
	bool careless;			/* goes on when a range was refused */
	bool empties;			/* destroys the list in the end */
	bool no_addresses;
	bool debug;			/* found by complete checks only */
	/* What comes of it. */
	int err;
	unsigned int blames;
	bool forgotten;
};

#define LIE_PEER	(PHYS_RANGE_MMIO | PHYS_RANGE_P2P)

/* The buffer has four pages. */
static const struct lie lies[] = {
	{ "empty", .err = -EINVAL, .blames = 1, .forgotten = true },
	{ "zero length", { { 0, 0 } }, 1, .err = -EINVAL },
	{ "zero length ignored", { { 0, 0 } }, 1, .careless = true,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "zero length in between",
		{ { 0, PAGES(2) }, { PAGES(4), 0 }, { PAGES(8), PAGES(2) } }, 3,
		.err = -EINVAL },
	{ "overflow", { { -PAGES(2), PAGES(4) } }, 1, .err = -EOVERFLOW },
	{ "overflow ignored", { { -PAGES(2), PAGES(4) } }, 1, .careless = true,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "overflow of the sum",
		{ { NO_RAM, BIT_ULL(63) }, { NO_RAM, BIT_ULL(63) } }, 2,
		.err = -EOVERFLOW },
	{ "unaligned start", { { 64, PAGES(4) } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "unaligned length", { { 0, PAGES(4) - 64 } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "unaligned length but one", { { 0, 1 } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "unaligned in between",
		{ { 0, PAGES(1) + 64 }, { PAGES(4) + 64, PAGES(3) - 64 } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "short sum", { { 0, PAGES(2) }, { PAGES(4), PAGES(1) } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "long sum", { { 0, PAGES(2) }, { PAGES(4), PAGES(3) } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "much too long", { { NO_RAM, BIT_ULL(60) } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "MMIO without provider",
		{ { NO_RAM, PAGES(4), PHYS_RANGE_MMIO } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "MMIO without provider behind memory",
		{ { 0, PAGES(3) }, { NO_RAM, PAGES(1), PHYS_RANGE_MMIO } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "MMIO without provider behind one that has",
		{ { NO_RAM, PAGES(3), LIE_PEER },
		  { NO_RAM + SZ_1M, PAGES(1), PHYS_RANGE_MMIO } }, 2,
		.peers = 1 + PEER_BRIDGE,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "peer without provider",
		{ { NO_RAM, PAGES(4), LIE_PEER } }, 1, .err = -EINVAL },
	{ "provider of a device that is gone",
		{ { NO_RAM, PAGES(4), LIE_PEER } }, 1, .peers = 1 + GONE,
		.err = -ENODEV, .blames = 1, .forgotten = true },
	{ "one of the devices is gone",
		{ { NO_RAM, PAGES(2), LIE_PEER }, { 0, PAGES(1) },
		  { NO_RAM + SZ_1M, PAGES(1), LIE_PEER } }, 3,
		.peers = (1 + PEER_BRIDGE) | (1 + GONE) << 8,
		.err = -ENODEV, .blames = 1, .forgotten = true },
	{ "peer out of reach",
		{ { NO_RAM, PAGES(4), LIE_PEER } }, 1, .peers = 1 + PEER_FAR,
		.err = -EREMOTEIO, .forgotten = true },
	{ "the same twice", { { 0, PAGES(2) }, { 0, PAGES(2) } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "overlapping", { { PAGES(1), PAGES(2) }, { 0, PAGES(2) } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "overlapping with a gap",
		{ { 0, PAGES(2) }, { PAGES(8), PAGES(1) },
		  { PAGES(1), PAGES(1) } }, 3, .debug = true,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "error after a part", { { 0, PAGES(2) } }, 1, .ret = -EIO,
		.err = -EIO },
	{ "error after all of it", { { 0, PAGES(4) } }, 1, .ret = -EXDEV,
		.err = -EXDEV },
	{ "positive", { { 0, PAGES(4) } }, 1, .ret = 1,
		.err = -EINVAL, .blames = 1 },
	{ "positive after a part", { { 0, PAGES(1) } }, 1, .ret = PAGE_SIZE,
		.err = -EINVAL, .blames = 1 },
	{ "unknown flags", { { 0, PAGES(4), BIT(20) } }, 1, .err = -EINVAL },
	{ "destroyed", { { 0, PAGES(4) } }, 1, .empties = true,
		.err = -EINVAL, .blames = 1, .forgotten = true },
	{ "addresses of what has none", { { 0, PAGES(4) } }, 1,
		.no_addresses = true,
		.err = -EINVAL, .blames = 1, .forgotten = true },
};

KUNIT_ARRAY_PARAM_DESC(lies, lies, name);

/* Those of the test that runs. */
static struct p2pdma_provider *lie_peers[PEERS + 1];
static phys_addr_t lie_block;

static int tell_lie(struct exporter *e, struct phys_range_list *out)
{
	const struct lie *lie = e->lie;
	unsigned int i;
	int err;

	for (i = 0; i < lie->nr; i++) {
		struct phys_range range = lie->said[i];
		unsigned int peer = lie->peers >> (i * 4) & 0xf;

		if (range.addr < NO_RAM)
			range.addr += lie_block;
		if (peer)
			range.provider = lie_peers[peer - 1];
		err = phys_range_list_append(out, &range, GFP_KERNEL);
		if (err && !lie->careless)
			return err;
	}
	if (lie->empties)
		phys_range_list_destroy(out);
	return lie->ret;
}

static void gone_action(void *dev)
{
	put_device(dev);
}

/* A device that was there. */
static struct device *test_gone(struct kunit *test)
{
	struct device *dev = root_device_register("dma_buf_ranges_gone");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	get_device(dev);
	root_device_unregister(dev);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, gone_action, dev));
	return dev;
}

static void lie_once(struct kunit *test, const struct lie *lie,
		     struct mock *m, enum kind form, bool is_dynamic)
{
	struct phys_range_list *memory = test_list(test);
	struct exporter *e;
	struct importer *i;

	KUNIT_ASSERT_EQ(test, 0, add(memory, lie_block, PAGES(4), 0));
	e = test_exporter_new(test, FORM_RANGES, memory);
	e->ops.no_addresses = lie->no_addresses;
	test_export(test, e, PAGES(4));
	i = test_importer(test, e, m, form, is_dynamic ? &dynamic_peer : NULL);
	/* Exporters set it as they like. */
	i->attach->peer2peer = true;
	e->tell = tell_lie;
	e->lie = lie;
	blames = 0;
	KUNIT_EXPECT_EQ_MSG(test, import(i), lie->err, "to %s", form_names[form]);
	unimport(i);
	KUNIT_EXPECT_EQ_MSG(test, blames, lie->blames, "to %s", form_names[form]);
	KUNIT_EXPECT_EQ_MSG(test, e->nr_unmaps, lie->forgotten, "to %s",
			    form_names[form]);
	KUNIT_EXPECT_EQ(test, e->nr_pins, !is_dynamic);
	/* It was told only if it succeeded. */
	if (!lie->forgotten)
		KUNIT_EXPECT_LE(test, e->maps, lie->ret > 0);
	e->maps = 0;
	exporter_idle(test, __LINE__, e);
	check_unmapped(test, __LINE__, i);
	/* The truth does not suffer from it. */
	e->tell = NULL;
	if (!lie->no_addresses) {
		KUNIT_EXPECT_EQ(test, import(i), 0);
		KUNIT_EXPECT_EQ(test, importer_check(i), 0);
		unimport(i);
	}
	importer_done(test, i);
	exporter_done(test, e);
}

static void lie_test(struct kunit *test)
{
	const struct lie *lie = test->param_value;
	struct mock *m = test_mock(test, &iommu_params);
	struct p2p_world *w = test_peers(test);
	struct p2pdma_provider gone = { .owner = test_gone(test) };
	unsigned int n;

	if (lie->debug && !IS_ENABLED(CONFIG_DMABUF_DEBUG))
		kunit_skip(test, "needs CONFIG_DMABUF_DEBUG");
	for (n = 0; n < PEERS; n++)
		lie_peers[n] = &w->peers[n];
	lie_peers[GONE] = &gone;
	lie_block = test_memory(test, 4);
	kunit_activate_static_stub(test, dma_buf_blame, count_blame);
	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		lie_once(test, lie, m, importer_forms[n], false);
		lie_once(test, lie, m, importer_forms[n], true);
	}
	test_mock_done(test, m);
}

static const struct dma_lie dma_lies[] = {
	{ "empty", .err = -EINVAL, .blames = 1, .forgotten = true,
		.sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "zero length", { { NO_RAM, PAGES(4) }, { SZ_1M, 0 } }, 2,
		.err = -EINVAL, .sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "overflow", { { -PAGES(2), PAGES(4) } }, 1,
		.err = -EOVERFLOW, .sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "unaligned start", { { 64, PAGES(4) } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true,
		.sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "unaligned length", { { 0, PAGES(4) - 64 } }, 1,
		.err = -EINVAL, .blames = 1, .forgotten = true,
		.sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "unaligned in between",
		{ { 0, PAGES(1) + 64 }, { PAGES(8) + 64, PAGES(3) - 64 } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true,
		.sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "short sum", { { 0, PAGES(1) }, { PAGES(8), PAGES(2) } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true,
		.sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "long sum", { { 0, PAGES(3) }, { PAGES(8), PAGES(2) } }, 2,
		.err = -EINVAL, .blames = 1, .forgotten = true,
		.sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "error after a part", { { 0, PAGES(3) } }, 1, .ret = -EIO,
		.err = -EIO, .sgt_err = -EINVAL, .sgt_blames = 1 },
	{ "positive", { { 0, PAGES(4) } }, 1, .ret = 1,
		.err = -EINVAL, .blames = 1, .sgt_err = 0 },
};

KUNIT_ARRAY_PARAM_DESC(dma_lies, dma_lies, name);

/* The same of exporters that map by themselves. */
static void dma_lie_test(struct kunit *test)
{
	const struct dma_lie *lie = test->param_value;
	struct phys_range_list *memory = test_list(test);
	struct mock *m = test_mock(test, &iommu_params);
	struct exporter *e;
	struct importer *i;
	unsigned int n, k;

	KUNIT_ASSERT_EQ(test, 0, add(memory, test_memory(test, 2), PAGES(4), 0));
	kunit_activate_static_stub(test, dma_buf_blame, count_blame);
	for (n = 0; n < 6; n++) {
		enum kind form = n & 1 ? FORM_SGT : FORM_RANGES;

		k = n / 2;
		/* Tables that go to who wants tables are not looked at. */
		if (k == 2 && form == FORM_SGT)
			continue;
		e = test_exporter(test, k == 2 ? FORM_SGT : FORM_DMA, memory);
		i = test_importer(test, e, m, form, k ? &dynamic : NULL);
		e->lie = lie;
		blames = 0;
		if (k == 2) {
			KUNIT_EXPECT_EQ(test, import(i), lie->sgt_err);
			KUNIT_EXPECT_EQ(test, blames, lie->sgt_blames);
			unimport(i);
			KUNIT_EXPECT_EQ(test, e->nr_unmaps, 1);
		} else {
			KUNIT_EXPECT_EQ(test, import(i), lie->err);
			KUNIT_EXPECT_EQ(test, blames, lie->blames);
			KUNIT_EXPECT_EQ(test, e->nr_unmaps, lie->forgotten);
		}
		check_unmapped(test, __LINE__, i);
		exporter_idle(test, __LINE__, e);
		importer_done(test, i);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/* A buffer stays where it is until the exporter says something else. */
static void lie_move_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	phys_addr_t block = test_memory(test, 6);
	struct phys_range_list *was = test_list(test), *is = test_list(test);
	struct phys_range_list *order = test_list(test);
	struct importer *first, *i;
	struct exporter *e;
	unsigned int n;

	for (n = 0; n < 6; n++) {
		KUNIT_ASSERT_EQ(test, 0,
				add(was, block + PAGES(2 * n), PAGE_SIZE, 0));
		KUNIT_ASSERT_EQ(test, 0,
				add(is, block + PAGES(20 + 2 * n), PAGE_SIZE, 0));
	}
	/* Nothing else can be seen from the ends. */
	for (n = 6; n--; )
		KUNIT_ASSERT_EQ(test, 0,
				add(order, block + PAGES(2 * n), PAGE_SIZE, 0));
	kunit_activate_static_stub(test, dma_buf_blame, count_blame);
	e = test_exporter(test, FORM_RANGES, was);
	first = test_importer(test, e, m, FORM_RANGES, &dynamic);
	KUNIT_ASSERT_EQ(test, import(first), 0);
	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		i = test_importer(test, e, m, importer_forms[n], &dynamic);
		blames = 0;
		e->nr_unmaps = 0;
		e->memory = is;
		KUNIT_EXPECT_EQ(test, import(i), -EINVAL);
		KUNIT_EXPECT_EQ(test, blames, 1);
		KUNIT_EXPECT_EQ(test, e->nr_unmaps, 1);
		check_empty(test, __LINE__, &i->list);
		KUNIT_EXPECT_TRUE(test, list_empty(&i->attach->translations));
		if (IS_ENABLED(CONFIG_DMABUF_DEBUG)) {
			e->memory = order;
			KUNIT_EXPECT_EQ(test, import(i), -EINVAL);
			KUNIT_EXPECT_EQ(test, blames, 2);
		}
		/* What was mapped before is as it was. */
		e->memory = was;
		KUNIT_EXPECT_EQ(test, importer_check(first), 0);
		KUNIT_EXPECT_EQ(test, import(i), 0);
		KUNIT_EXPECT_EQ(test, importer_check(i), 0);
		unimport(i);
		importer_done(test, i);
	}
	/* Now it has. */
	exporter_move(e, is);
	KUNIT_EXPECT_EQ(test, first->told, 1);
	i = test_importer(test, e, m, FORM_SGT, &dynamic);
	KUNIT_EXPECT_EQ(test, import(i), 0);
	KUNIT_EXPECT_EQ(test, importer_check(i), 0);
	KUNIT_EXPECT_EQ(test, importer_check(first), 0);
	/* And back, with only the first one left. */
	unimport(i);
	e->memory = was;
	KUNIT_EXPECT_EQ(test, import(i), 0);
	unimport(i);
	unimport(first);
	/* What nobody has mapped can be anywhere. */
	e->memory = is;
	KUNIT_EXPECT_EQ(test, import(i), 0);
	unimport(i);
	importer_done(test, i);
	importer_done(test, first);
	exporter_done(test, e);
	test_mock_done(test, m);
}

/* What userspace has composed may have a page more than once. */
static void repeats_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	phys_addr_t block = test_memory(test, 3);
	struct phys_range_list *memory = test_list(test);
	struct exporter *e;
	struct importer *i;
	unsigned int n;

	for (n = 0; n < 8; n++)
		KUNIT_ASSERT_EQ(test, 0,
				add(memory, block + PAGES(n & 2), PAGE_SIZE, 0));
	e = test_exporter_new(test, FORM_RANGES, memory);
	e->ops.repeats = true;
	test_export(test, e, PAGES(8));
	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		i = test_importer(test, e, m, importer_forms[n], &dynamic);
		KUNIT_ASSERT_EQ(test, import(i), 0);
		check_import(test, __LINE__, i);
		unimport(i);
		check_unmapped(test, __LINE__, i);
		importer_done(test, i);
	}
	exporter_done(test, e);
	test_mock_done(test, m);
}

static char console_text[SZ_4K];
static size_t console_used;

static void console_write(struct console *con, const char *s, unsigned int n)
{
	n = min(n, sizeof(console_text) - 1 - console_used);
	memcpy(console_text + console_used, s, n);
	console_used += n;
	console_text[console_used] = 0;
}

static struct console test_console = {
	.name = "dma_buf_kunit",
	.write = console_write,
	.flags = CON_ENABLED,
	.index = -1,
};

static void console_action(void *unused)
{
	unregister_console(&test_console);
}

/* The warning says who it is, once. */
static void blame_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_list(test);
	struct exporter *e;
	struct importer *i;
	static const char warning[] = "dma-buf: exporter " NAME_OF_EXPORTER
		" describes less than its buffer\n";
	const char *found;

	KUNIT_ASSERT_EQ(test, 0, add(memory, test_memory(test, 0), PAGE_SIZE, 0));
	e = test_exporter_new(test, FORM_RANGES, memory);
	test_export(test, e, PAGES(2));
	i = test_importer(test, e, m, FORM_RANGES, &dynamic);
	console_used = 0;
	register_console(&test_console);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, console_action, NULL));
	KUNIT_EXPECT_EQ(test, import(i), -EINVAL);
	console_lock();
	console_unlock();
	kunit_release_action(test, console_action, NULL);
	found = strstr(console_text, warning);
	KUNIT_ASSERT_NOT_NULL(test, found);
	KUNIT_EXPECT_NULL(test, strstr(found + strlen(warning), NAME_OF_EXPORTER));
	importer_done(test, i);
	exporter_done(test, e);
	test_mock_done(test, m);
}

/*
 * Peers and what has no addresses
 */

static void no_peers_test(struct kunit *test)
{
	static const enum memory kinds[] = {
		MEMORY_BUS, MEMORY_BRIDGE, MEMORY_MIXED,
	};
	struct mock *m = test_mock(test, &iommu_params);
	struct p2p_world *w = test_peers(test);
	struct exporter *e;
	struct importer *i;
	unsigned int n, k;

	kunit_activate_static_stub(test, dma_buf_blame, count_blame);
	blames = 0;
	for (n = 0; n < ARRAY_SIZE(kinds) * ARRAY_SIZE(importer_forms); n++) {
		for (k = 0; k < 2; k++) {
			e = test_exporter(test, FORM_RANGES,
					  test_buffer(test, kinds[n / 3], w));
			i = test_importer(test, e, m, importer_forms[n % 3],
					  k ? &dynamic : NULL);
			KUNIT_EXPECT_EQ(test, import(i), -EOPNOTSUPP);
			KUNIT_EXPECT_EQ(test, e->nr_unmaps, 1);
			check_unmapped(test, __LINE__, i);
			importer_done(test, i);
			exporter_done(test, e);
		}
	}
	/* Nobody has done anything wrong. */
	KUNIT_EXPECT_EQ(test, blames, 0);
	test_mock_done(test, m);
}

static void no_addresses_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	static const enum kind forms[] = { FORM_RANGES, FORM_DMA };
	struct phys_range_list *none = test_list(test);
	struct exporter *e;
	struct importer *i;
	unsigned int n, k;

	for (n = 0; n < ARRAY_SIZE(forms); n++) {
		for (k = 0; k < ARRAY_SIZE(importer_forms); k++) {
			e = test_exporter_new(test, forms[n], none);
			e->ops.no_addresses = true;
			e->lie = forms[n] == FORM_DMA ? &dma_lies[0] : NULL;
			test_export(test, e, SZ_64K);
			i = test_importer(test, e, m, importer_forms[k], NULL);
			if (i->form == FORM_IOMMU) {
				KUNIT_EXPECT_EQ(test, import(i), -EOPNOTSUPP);
			} else {
				KUNIT_ASSERT_EQ(test, import(i), 0);
				check_empty(test, __LINE__, &i->list);
				if (i->form == FORM_SGT)
					KUNIT_EXPECT_EQ(test, i->sgt->nents, 0);
				unimport(i);
			}
			check_unmapped(test, __LINE__, i);
			importer_done(test, i);
			exporter_done(test, e);
		}
	}
	test_mock_done(test, m);
}

/*
 * Rules
 */

enum ops {
	OPS_SGT		= BIT(0),
	OPS_RANGES	= BIT(1),
	OPS_DMA		= BIT(2),
	OPS_UNSGT	= BIT(3),
	OPS_UNRANGES	= BIT(4),
	OPS_UNDMA	= BIT(5),
	OPS_PIN		= BIT(6),
	OPS_UNPIN	= BIT(7),
	OPS_RELEASE	= BIT(8),
	OPS_REPEATS	= BIT(9),
	OPS_SYNC	= BIT(10),
	OPS_ALL		= BIT(11),
};

static bool ops_make_sense(unsigned int ops)
{
	const unsigned int how = ops & (OPS_RANGES | OPS_DMA);

	return ops & OPS_RELEASE && ops & (OPS_SGT | OPS_RANGES | OPS_DMA) &&
	       !(ops & OPS_SGT) == !(ops & OPS_UNSGT) &&
	       !(ops & OPS_PIN) == !(ops & OPS_UNPIN) &&
	       how != (OPS_RANGES | OPS_DMA) &&
	       (ops & OPS_RANGES ||
		!(ops & (OPS_UNRANGES | OPS_REPEATS | OPS_SYNC))) &&
	       (ops & OPS_DMA || !(ops & OPS_UNDMA));
}

/* All combinations of operations. */
static void ops_test(struct kunit *test)
{
	struct exporter *e = test_exporter_new(test, FORM_RANGES, NULL);
	unsigned int ops, good = 0, made = 0;
	struct dma_buf *dmabuf;
	bool makes_sense;

	for (ops = 0; ops < OPS_ALL; ops++) {
		e->ops = (struct dma_buf_ops){
			.map_dma_buf = ops & OPS_SGT ?
				exporter_map_dma_buf : NULL,
			.unmap_dma_buf = ops & OPS_UNSGT ?
				exporter_unmap_dma_buf : NULL,
			.map_ranges = ops & OPS_RANGES ?
				exporter_map_ranges : NULL,
			.unmap_ranges = ops & OPS_UNRANGES ?
				exporter_unmap_ranges : NULL,
			.map_dma_ranges = ops & OPS_DMA ?
				exporter_map_dma_ranges : NULL,
			.unmap_dma_ranges = ops & OPS_UNDMA ?
				exporter_unmap_dma_ranges : NULL,
			.pin = ops & OPS_PIN ? exporter_pin : NULL,
			.unpin = ops & OPS_UNPIN ? exporter_unpin : NULL,
			.release = ops & OPS_RELEASE ? exporter_release : NULL,
			.repeats = ops & OPS_REPEATS,
			.sync_on_cpu_access = ops & OPS_SYNC,
		};
		makes_sense = ops_make_sense(ops);
		kunit_warning_suppress(test) {
			dmabuf = export(e, PAGE_SIZE);
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test,
							      !makes_sense);
		}
		good += makes_sense;
		if (makes_sense)
			KUNIT_EXPECT_NOT_ERR_OR_NULL(test, dmabuf);
		else
			KUNIT_EXPECT_EQ(test, PTR_ERR(dmabuf), -EINVAL);
		if (!IS_ERR_OR_NULL(dmabuf)) {
			made++;
			put_action(dmabuf);
		}
	}
	KUNIT_EXPECT_EQ(test, made, good);
	KUNIT_EXPECT_EQ(test, e->nr_releases, good);
}

/* What has both kinds of operations gives everyone what it wants. */
static void both_ops_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e = test_exporter_new(test, FORM_SGT, memory);
	struct importer *i[3];
	unsigned int n;

	e->ops.map_ranges = exporter_map_ranges;
	e->ops.unmap_ranges = exporter_unmap_ranges;
	test_export(test, e, phys_range_list_bytes(memory));
	for (n = 0; n < 3; n++) {
		i[n] = test_importer(test, e, m, importer_forms[n], NULL);
		KUNIT_ASSERT_EQ(test, import(i[n]), 0);
		check_import(test, __LINE__, i[n]);
		/* Only what is for the old kind of importer is in a table. */
		KUNIT_EXPECT_EQ(test, list_count_nodes(&e->mapped), n > 0);
		KUNIT_EXPECT_EQ(test, list_empty(&i[n]->attach->translations),
				i[n]->form == FORM_SGT);
	}
	for (n = 0; n < 3; n++) {
		unimport(i[n]);
		KUNIT_EXPECT_EQ(test, e->maps, 2 - n);
	}
	for (n = 0; n < 3; n++) {
		check_unmapped(test, __LINE__, i[n]);
		importer_done(test, i[n]);
	}
	exporter_done(test, e);
	test_mock_done(test, m);
}

/* Not every exporter wants to know when a mapping ends. */
static void no_unmap_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e = test_exporter_new(test, FORM_RANGES, memory);
	struct importer *i;
	unsigned int n;

	e->ops.unmap_ranges = NULL;
	test_export(test, e, phys_range_list_bytes(memory));
	for (n = 0; n < 3; n++) {
		i = test_importer(test, e, m, importer_forms[n], NULL);
		KUNIT_ASSERT_EQ(test, import(i), 0);
		check_import(test, __LINE__, i);
		unimport(i);
		check_unmapped(test, __LINE__, i);
		importer_done(test, i);
	}
	KUNIT_EXPECT_EQ(test, e->maps, 3);
	e->maps = 0;
	exporter_done(test, e);
	test_mock_done(test, m);
}

/* An importer that does not do as it should. */
static void misuse_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e = test_exporter(test, FORM_RANGES, memory);
	struct importer *i = test_importer(test, e, m, FORM_RANGES, NULL);
	struct dma_range_list *list = test_dma_list(test, NULL);
	struct sg_table sgt = {};

	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_buf_map_ranges_unlocked(i->attach, list, DMA_NONE));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_buf_map_ranges_unlocked(i->attach, list, 17));
	KUNIT_ASSERT_EQ(test, 0, add_dma(list, 0, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_buf_map_ranges_unlocked(i->attach, list, DIR));
	dma_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, e->nr_pins, 0);
	KUNIT_ASSERT_EQ(test, import(i), 0);
	/* Into a list that is mapped. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_buf_map_ranges_unlocked(i->attach, &i->list, DIR));
	kunit_warning_suppress(test) {
		dma_buf_unmap_ranges_unlocked(i->attach, list, DIR);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	kunit_warning_suppress(test) {
		dma_buf_unmap_attachment_unlocked(i->attach, &sgt, DIR);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	kunit_warning_suppress(test) {
		dma_buf_unmap_iommu_unlocked(i->attach, m->domain, IOVA,
					     PAGE_SIZE);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_buf_map_ranges_unlocked(NULL, list, DIR));
		dma_buf_unmap_ranges_unlocked(NULL, list, DIR);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 2);
	}
	check_import(test, __LINE__, i);
	dma_buf_unmap_ranges_unlocked(i->attach, &i->list, DIR);
	i->mapped = false;
	check_unmapped(test, __LINE__, i);
	importer_done(test, i);
	exporter_done(test, e);
	test_mock_done(test, m);
}

/* Static importers have the buffer pinned for them, others do it themselves. */
static void pin_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct importer *i, *other;
	struct exporter *e;
	unsigned int n, k;

	for (n = 0; n < ARRAY_SIZE(exporter_forms); n++) {
		for (k = 0; k < ARRAY_SIZE(importer_forms); k++) {
			e = test_exporter(test, exporter_forms[n], memory);
			i = test_importer(test, e, m, importer_forms[k], NULL);
			other = test_importer(test, e, m, importer_forms[k],
					      &dynamic);
			if (import(i)) {
				KUNIT_EXPECT_EQ(test, i->form, FORM_IOMMU);
				KUNIT_EXPECT_NE(test, e->form, FORM_RANGES);
				goto next;
			}
			KUNIT_EXPECT_EQ(test, e->pins, 1);
			KUNIT_EXPECT_EQ(test, import(other), 0);
			KUNIT_EXPECT_EQ(test, e->pins, 1);
			unimport(i);
			KUNIT_EXPECT_EQ(test, e->pins, 0);
			dma_resv_lock(e->dmabuf->resv, NULL);
			KUNIT_EXPECT_EQ(test, dma_buf_pin(other->attach), 0);
			unimport_locked(other);
			KUNIT_EXPECT_EQ(test, e->pins, 1);
			dma_buf_unpin(other->attach);
			dma_resv_unlock(e->dmabuf->resv);
next:
			exporter_idle(test, __LINE__, e);
			importer_done(test, other);
			importer_done(test, i);
			exporter_done(test, e);
		}
	}
	test_mock_done(test, m);
}

static int refuse_pin(struct dma_buf_attachment *attach)
{
	return -ENOSPC;
}

static void pin_fail_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e;
	struct importer *i;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		e = test_exporter_new(test, FORM_RANGES, memory);
		e->ops.pin = refuse_pin;
		test_export(test, e, phys_range_list_bytes(memory));
		i = test_importer(test, e, m, importer_forms[n], NULL);
		KUNIT_EXPECT_EQ(test, import(i), -ENOSPC);
		check_unmapped(test, __LINE__, i);
		KUNIT_EXPECT_EQ(test, e->nr_unmaps, 0);
		importer_done(test, i);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/*
 * Fences
 */

static const char *fence_name(struct dma_fence *fence)
{
	return NAME_OF_EXPORTER;
}

static const struct dma_fence_ops fence_ops = {
	.get_driver_name = fence_name,
	.get_timeline_name = fence_name,
};

static void fence_action(void *fence)
{
	if (!dma_fence_is_signaled(fence))
		dma_fence_signal(fence);
	dma_fence_put(fence);
}

static struct dma_fence *test_fence(struct kunit *test, struct exporter *e,
				    enum dma_resv_usage usage)
{
	struct dma_fence *fence = kzalloc_obj(*fence);

	KUNIT_ASSERT_NOT_NULL(test, fence);
	dma_fence_init(fence, &fence_ops, NULL, dma_fence_context_alloc(1), 1);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, fence_action, fence));
	dma_resv_lock(e->dmabuf->resv, NULL);
	KUNIT_ASSERT_EQ(test, 0, dma_resv_reserve_fences(e->dmabuf->resv, 1));
	dma_resv_add_fence(e->dmabuf->resv, fence, usage);
	dma_resv_unlock(e->dmabuf->resv);
	return fence;
}

static int signal_fn(void *fence)
{
	msleep(20);
	dma_fence_signal(fence);
	dma_fence_put(fence);
	return 0;
}

/* Who cannot be told waits until the exporter is ready with the buffer. */
static void fence_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct importer *i, *other;
	struct task_struct *task;
	struct dma_fence *fence;
	struct exporter *e;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		e = test_exporter(test, FORM_RANGES, memory);
		i = test_importer(test, e, m, importer_forms[n], NULL);
		other = test_importer(test, e, m, importer_forms[n], &dynamic);
		fence = test_fence(test, e, DMA_RESV_USAGE_KERNEL);
		KUNIT_ASSERT_EQ(test, import(other), 0);
		KUNIT_EXPECT_FALSE(test, dma_fence_is_signaled(fence));
		/* It gives up when it has to. */
		allow_signal(SIGUSR1);
		send_sig(SIGUSR1, current, 1);
		KUNIT_EXPECT_EQ(test, import(i), -ERESTARTSYS);
		flush_signals(current);
		disallow_signal(SIGUSR1);
		KUNIT_EXPECT_EQ(test, e->pins, 0);
		KUNIT_EXPECT_EQ(test, e->maps, 1);
		KUNIT_EXPECT_TRUE(test, list_empty(&i->attach->translations));
		check_empty(test, __LINE__, &i->list);

		task = kthread_run(signal_fn, dma_fence_get(fence),
				   "dma_buf_signal");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
		KUNIT_EXPECT_EQ(test, import(i), 0);
		KUNIT_EXPECT_TRUE(test, dma_fence_is_signaled(fence));
		unimport(i);
		/* Other fences are the importer's business. */
		fence = test_fence(test, e, DMA_RESV_USAGE_WRITE);
		KUNIT_EXPECT_EQ(test, import(i), 0);
		KUNIT_EXPECT_FALSE(test, dma_fence_is_signaled(fence));
		dma_fence_signal(fence);
		unimport(i);
		unimport(other);
		importer_done(test, other);
		importer_done(test, i);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/*
 * Buffers that move, and that are revoked
 */

static void move_away(struct exporter *e)
{
	exporter_move_locked(e, NULL);
}

static void revoke_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct phys_range_list *elsewhere = test_buffer(test, MEMORY_SCATTERED,
							NULL);
	struct importer *i, *other;
	struct exporter *e;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		e = test_exporter(test, FORM_RANGES, memory);
		i = test_importer(test, e, m, importer_forms[n], &dynamic);
		other = test_importer(test, e, m, importer_forms[n], &dynamic);

		/* Before. */
		exporter_move(e, NULL);
		KUNIT_EXPECT_EQ(test, import(i), -ENODEV);
		check_unmapped(test, __LINE__, i);
		exporter_move(e, memory);

		/* Between; one undoes it when it is told, the other later. */
		i->unmaps_when_told = true;
		KUNIT_ASSERT_EQ(test, import(i), 0);
		KUNIT_ASSERT_EQ(test, import(other), 0);
		exporter_move(e, NULL);
		KUNIT_EXPECT_EQ(test, i->told, 1);
		KUNIT_EXPECT_EQ(test, other->told, 1);
		KUNIT_EXPECT_FALSE(test, i->mapped);
		KUNIT_EXPECT_TRUE(test, list_empty(&i->attach->translations));
		KUNIT_EXPECT_EQ(test, importer_check(other), 0);
		KUNIT_EXPECT_EQ(test, import(i), -ENODEV);
		unimport(other);
		check_unmapped(test, __LINE__, other);

		/* It is somewhere else now, and both can be mapped. */
		exporter_move(e, memory);
		KUNIT_ASSERT_EQ(test, import(other), 0);
		exporter_move(e, elsewhere);
		KUNIT_ASSERT_EQ(test, import(i), 0);
		check_import(test, __LINE__, i);
		check_import(test, __LINE__, other);

		/* During an unmap, and during a map. */
		KUNIT_EXPECT_EQ(test, i->told, 0);
		unimport(other);
		e->during = move_away;
		KUNIT_EXPECT_EQ(test, import(other), -ENODEV);
		KUNIT_EXPECT_EQ(test, i->told, 1);
		KUNIT_EXPECT_FALSE(test, i->mapped);
		check_unmapped(test, __LINE__, other);
		exporter_idle(test, __LINE__, e);
		importer_done(test, other);
		importer_done(test, i);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/* An exporter that moves the buffer to where its newest importer wants it. */
static struct phys_range_list *wanted;

static void move_closer(struct exporter *e)
{
	exporter_move_locked(e, wanted);
}

static void unmap_and_move(struct dma_buf_attachment *attach,
			   struct phys_range_list *ranges,
			   enum dma_data_direction dir)
{
	struct exporter *e = attach->dmabuf->priv;

	exporter_unmap_ranges(attach, ranges, dir);
	dma_buf_invalidate_mappings(attach->dmabuf);
	KUNIT_EXPECT_GE(kunit_get_current_test(), e->maps, 0);
}

static void move_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct importer *i[3];
	struct exporter *e;
	unsigned int n, k;

	wanted = test_buffer(test, MEMORY_SCATTERED, NULL);
	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		e = test_exporter_new(test, FORM_RANGES, memory);
		e->ops.unmap_ranges = unmap_and_move;
		test_export(test, e, phys_range_list_bytes(memory));
		for (k = 0; k < 3; k++) {
			i[k] = test_importer(test, e, m, importer_forms[k],
					     &dynamic);
			i[k]->unmaps_when_told = k;
		}
		KUNIT_ASSERT_EQ(test, import(i[(n + 1) % 3]), 0);
		KUNIT_ASSERT_EQ(test, import(i[(n + 2) % 3]), 0);
		e->during = move_closer;
		KUNIT_ASSERT_EQ(test, import(i[n]), 0);
		KUNIT_EXPECT_EQ(test, i[n]->told, 0);
		KUNIT_EXPECT_EQ(test, importer_check(i[n]), 0);
		for (k = 0; k < 3; k++) {
			if (k == n)
				continue;
			KUNIT_EXPECT_GT(test, i[k]->told, 0);
			KUNIT_EXPECT_EQ(test, i[k]->mapped, !k);
		}
		/* When that one goes it tells all others. */
		unimport(i[n]);
		for (k = 0; k < 3; k++)
			unimport(i[k]);
		for (k = 0; k < 3; k++) {
			check_unmapped(test, __LINE__, i[k]);
			importer_done(test, i[k]);
		}
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

#define JOB_ROUNDS	300

struct job {
	struct importer *i;
	struct exporter *e;
	struct phys_range_list *places[2];
	struct completion done;
	struct rnd_state rnd;
	unsigned int mapped;
	int err;
};

/* Map, look, wait, look, unmap; also if it was revoked meanwhile. */
static int importer_fn(void *data)
{
	struct job *job = data;
	struct importer *i = job->i;
	struct dma_resv *resv = i->attach->dmabuf->resv;
	unsigned int round;
	int err;

	for (round = 0; round < JOB_ROUNDS && !job->err; round++) {
		dma_resv_lock(resv, NULL);
		i->unmaps_when_told = prandom_u32_state(&job->rnd) & 1;
		err = import_locked(i);
		if (!err) {
			job->mapped++;
			job->err = importer_check(i);
		} else if (err != -ENODEV) {
			job->err = err;
		}
		dma_resv_unlock(resv);
		if (prandom_u32_state(&job->rnd) & 1)
			schedule();
		dma_resv_lock(resv, NULL);
		if (i->mapped)
			job->err = job->err ?: importer_check(i);
		unimport_locked(i);
		dma_resv_unlock(resv);
	}
	complete(&job->done);
	return 0;
}

/* Attach, map, unmap, detach. */
static int attacher_fn(void *data)
{
	struct job *job = data;
	struct importer *i = job->i;
	unsigned int round;
	int err;

	for (round = 0; round < JOB_ROUNDS && !job->err; round++) {
		i->attach = dma_buf_dynamic_attach(job->e->dmabuf, i->m->dev,
						   &dynamic, i);
		if (IS_ERR(i->attach)) {
			job->err = PTR_ERR(i->attach);
			break;
		}
		i->unmaps_when_told = true;
		err = import(i);
		if (err && err != -ENODEV)
			job->err = err;
		job->mapped += !err;
		schedule();
		unimport(i);
		dma_buf_detach(job->e->dmabuf, i->attach);
	}
	complete(&job->done);
	return 0;
}

static void wait_a_little(struct exporter *e)
{
	schedule_timeout_uninterruptible(1);
}

static int mover_fn(void *data)
{
	struct job *job = data;
	unsigned int round;

	for (round = 0; round < JOB_ROUNDS; round++) {
		u32 where = prandom_u32_state(&job->rnd) % 3;

		exporter_move(job->e, where < 2 ? job->places[where] : NULL);
		if (!(round % 4))
			dma_buf_sync_mappings_for_device(job->e->dmabuf, DIR);
		/* Others get to the lock while somebody maps. */
		if (!(round % 8))
			job->e->during = wait_a_little;
		schedule();
	}
	complete(&job->done);
	return 0;
}

/* All at once. */
static void threads_test(struct kunit *test)
{
	struct phys_range_list *a = test_buffer(test, MEMORY_SCATTERED, NULL);
	struct phys_range_list *b = test_buffer(test, MEMORY_SCATTERED, NULL);
	struct exporter *e = test_exporter(test, FORM_RANGES, a);
	int (*fns[])(void *) = {
		importer_fn, importer_fn, importer_fn, attacher_fn, mover_fn,
	};
	struct task_struct *task;
	struct job *jobs;
	unsigned int n;

	jobs = kunit_kcalloc(test, ARRAY_SIZE(fns), sizeof(*jobs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, jobs);
	for (n = 0; n < ARRAY_SIZE(fns); n++) {
		struct mock *m = test_mock(test, &iommu_params);

		jobs[n].e = e;
		jobs[n].places[0] = a;
		jobs[n].places[1] = b;
		init_completion(&jobs[n].done);
		prandom_seed_state(&jobs[n].rnd, range_list_mock_seed() + n);
		if (fns[n] == mover_fn)
			continue;
		jobs[n].i = test_importer(test, e, m, importer_forms[n % 3],
					  &dynamic);
		/* It comes and goes. */
		if (fns[n] == attacher_fn)
			kunit_release_action(test, detach_action, jobs[n].i);
	}
	for (n = 0; n < ARRAY_SIZE(fns); n++) {
		task = kthread_run(fns[n], &jobs[n], "dma_buf_job/%u", n);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	}
	for (n = 0; n < ARRAY_SIZE(fns); n++) {
		wait_for_completion(&jobs[n].done);
		KUNIT_EXPECT_EQ_MSG(test, jobs[n].err, 0, "job %u", n);
		if (!jobs[n].i)
			continue;
		KUNIT_EXPECT_GT_MSG(test, jobs[n].mapped, 0, "job %u", n);
		KUNIT_EXPECT_EQ_MSG(test, mapped_bytes(jobs[n].i->m), 0,
				    "job %u", n);
		if (fns[n] == importer_fn)
			importer_done(test, jobs[n].i);
	}
	exporter_done(test, e);
}

/* Devices lose what they had mapped when they go. */
static void detach_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e;
	struct importer *i;
	unsigned int n, k;
	dma_addr_t addr;

	for (n = 0; n < 2 * ARRAY_SIZE(importer_forms); n++) {
		DEFINE_DMA_RANGE_LIST(list);
		struct dma_range range = {};
		struct sg_table *sgt = NULL;

		e = test_exporter(test, n & 1 ? FORM_DMA : FORM_RANGES, memory);
		i = test_importer(test, e, m, importer_forms[n / 2], NULL);
		/* More than one mapping of more than one form. */
		for (k = 0; k < 2; k++) {
			sgt = dma_buf_map_attachment_unlocked(i->attach, DIR);
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sgt);
		}
		KUNIT_ASSERT_EQ(test, 0,
				dma_buf_map_ranges_unlocked(i->attach, &list,
							    DIR));
		dma_range_for_each_unlimited(&list, range)
			break;
		addr = range.addr;
		KUNIT_EXPECT_EQ(test, import(i),
				i->form == FORM_IOMMU && n & 1 ? -EOPNOTSUPP : 0);
		KUNIT_EXPECT_EQ(test, e->maps, e->pins);
		KUNIT_EXPECT_GE(test, e->maps, 3);
		i->mapped = false;
		/* Of who is going to be detached nobody wants to hear. */
		kunit_release_action(test, detach_action, i);
		KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(m->domain, addr), 0);
		check_empty(test, __LINE__, &list);
		if (i->domain) {
			KUNIT_EXPECT_EQ(test, 0,
					iommu_iova_to_phys(i->domain, IOVA));
			kunit_release_action(test, domain_action, i->domain);
		}
		KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
		exporter_idle(test, __LINE__, e);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/*
 * Failures
 */

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
/* What spares all allocations that can wait. */
static bool *fail_spares(void)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	struct dentry *file = NULL;
	bool *spares = NULL;

	if (dir)
		file = debugfs_lookup("ignore-gfp-wait", dir);
	if (file)
		spares = d_inode(file)->i_private;
	dput(file);
	dput(dir);
	return spares;
}
#else
static bool *fail_spares(void)
{
	return NULL;
}
#endif

static void spare_action(void *spares)
{
	WRITE_ONCE(*(bool *)spares, true);
}

static unsigned int fail_table;

static void *failing_table(int nid, gfp_t gfp, size_t size)
{
	struct kunit *test = current->kunit_test;
	void *mem;

	if (fail_table && !--fail_table)
		return NULL;
	/* Not once more to here. */
	current->kunit_test = NULL;
	mem = iommu_alloc_pages_node_sz(nid, gfp, size);
	current->kunit_test = test;
	return mem;
}

static void fail_until_ok(struct kunit *test, struct exporter *e,
			  struct importer *i, bool tables)
{
	unsigned int nth, failures = 0;
	bool failed;
	int err;

	for (nth = 1; ; nth++) {
		KUNIT_ASSERT_LT(test, nth, 1000);
		if (tables)
			fail_table = nth;
		else
			fail_slab(nth);
		err = import(i);
		failed = tables ? !fail_table : !fail_slab_pending();
		fail_slab(0);
		fail_table = 0;
		if (err) {
			KUNIT_ASSERT_TRUE_MSG(test, failed, "error %d", err);
			KUNIT_ASSERT_TRUE_MSG(test, err == -ENOMEM ||
					      err == -ENOSPC, "error %d", err);
			failures++;
		} else {
			KUNIT_ASSERT_EQ(test, importer_check(i), 0);
			unimport(i);
		}
		check_unmapped(test, __LINE__, i);
		exporter_idle(test, __LINE__, e);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, failures, 0);
}

static void fail_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e;
	bool *spares = fail_spares();
	struct importer *i;
	unsigned int n, k;

	if (!CAN_FAIL_SLAB || !spares)
		kunit_skip(test, "needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS");
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, spare_action, spares));
	WRITE_ONCE(*spares, false);
	for (n = 0; n < ARRAY_SIZE(exporter_forms); n++) {
		for (k = 0; k < ARRAY_SIZE(importer_forms); k++) {
			if (exporter_forms[n] != FORM_RANGES &&
			    importer_forms[k] == FORM_IOMMU)
				continue;
			e = test_exporter(test, exporter_forms[n], memory);
			i = test_importer(test, e, m, importer_forms[k], NULL);
			fail_until_ok(test, e, i, false);
			importer_done(test, i);
			exporter_done(test, e);
		}
	}
	test_mock_done(test, m);
}

/* Without memory for the page table of the IOMMU, or for one page of the buffer. */
static void fail_iommu_test(struct kunit *test)
{
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e;
	struct importer *i;
	struct mock *m;
	unsigned int n, nth;
	int err;

	kunit_activate_static_stub(test, iommu_alloc_pages_node_sz,
				   failing_table);
	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		m = test_mock(test, &iommu_params);
		e = test_exporter(test, FORM_RANGES, memory);
		i = test_importer(test, e, m, importer_forms[n], NULL);
		fail_until_ok(test, e, i, true);
		for (nth = 1; i->form != FORM_IOMMU; nth++) {
			KUNIT_ASSERT_EQ(test, 0,
					range_list_mock_fail_map(m->dev, nth));
			err = import(i);
			if (!err)
				break;
			KUNIT_ASSERT_EQ(test, err, -ENOMEM);
			check_unmapped(test, __LINE__, i);
			exporter_idle(test, __LINE__, e);
		}
		if (i->mapped) {
			KUNIT_EXPECT_EQ(test, nth, 201);
			KUNIT_EXPECT_EQ(test, importer_check(i), 0);
			unimport(i);
			KUNIT_ASSERT_EQ(test, 0,
					range_list_mock_fail_map(m->dev, 0));
		}
		importer_done(test, i);
		exporter_done(test, e);
		test_mock_done(test, m);
	}
	kunit_deactivate_static_stub(test, iommu_alloc_pages_node_sz);
}

static int tell_and_fail(struct exporter *e, struct phys_range_list *out)
{
	return phys_range_list_copy(out, e->memory, 0,
				    phys_range_list_bytes(e->memory),
				    GFP_KERNEL) ?: -EIO;
}

/* What goes wrong a thousand times leaves nothing behind, nor what goes right. */
static void leak_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e = test_exporter(test, FORM_RANGES, memory);
	unsigned long before = 0, after;
	unsigned int n, round;
	struct importer *i;

	/* It keeps what was freed, for a while. */
	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "does not work with CONFIG_KASAN");
	for (n = 0; n < ARRAY_SIZE(importer_forms); n++) {
		i = test_importer(test, e, m, importer_forms[n], NULL);
		for (round = 0; round < 6000; round++) {
			if (round == 1000)
				before = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
			e->tell = round & 1 ? tell_and_fail : NULL;
			KUNIT_ASSERT_EQ(test, import(i), round & 1 ? -EIO : 0);
			unimport(i);
		}
		after = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
		KUNIT_EXPECT_LE_MSG(test, after, before + 30, "to %s",
				    form_names[i->form]);
		importer_done(test, i);
	}
	exporter_done(test, e);
	test_mock_done(test, m);
}

/*
 * Importers with a domain of their own
 */

/* All of the slice is there, and nothing around it. */
static void check_slice(struct kunit *test, struct iommu_domain *domain,
			unsigned long iova,
			const struct phys_range_list *memory, u64 offset,
			u64 len)
{
	struct phys_range range;
	unsigned long at = iova;
	u64 n;

	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(domain, iova - 1));
	phys_range_list_for_each_slice(memory, offset, len, range)
		for (n = 0; n < range.len; n += PAGE_SIZE, at += PAGE_SIZE)
			KUNIT_ASSERT_EQ(test, iommu_iova_to_phys(domain, at),
					range.addr + n);
	KUNIT_EXPECT_EQ(test, at, iova + len);
	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(domain, at));
}

static void domain_test(struct kunit *test)
{
	const int prot = IOMMU_READ | IOMMU_WRITE;
	const struct range_list_mock_params identity = { .flags = IDENTITY };
	struct mock *pass = test_mock(test, &identity);
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	const u64 bytes = phys_range_list_bytes(memory);
	struct exporter *e = test_exporter(test, FORM_RANGES, memory);
	struct importer *i = test_importer(test, e, m, FORM_IOMMU, NULL);
	struct dma_buf_attachment *attach = i->attach;
	struct iommu_domain *domain = i->domain;
	struct rnd_state rnd;
	unsigned int n;

	prandom_seed_state(&rnd, range_list_mock_seed());
	for (n = 0; n < 200; n++) {
		u64 offset = PAGES(prandom_u32_state(&rnd) % 200);
		u64 len = PAGES(1 + prandom_u32_state(&rnd) %
				((bytes - offset) / PAGE_SIZE));
		unsigned long iova = PAGES(1 + prandom_u32_state(&rnd));

		KUNIT_ASSERT_EQ(test, 0,
				dma_buf_map_iommu_unlocked(attach, domain, iova,
							   offset, len, prot));
		check_slice(test, domain, iova, memory, offset, len);
		KUNIT_ASSERT_EQ(test, e->pins, 1);
		dma_buf_unmap_iommu_unlocked(attach, domain, iova, len);
		KUNIT_ASSERT_EQ(test, 0, iommu_iova_to_phys(domain, iova));
		KUNIT_ASSERT_EQ(test, 0,
				iommu_iova_to_phys(domain, iova + len - 1));
		exporter_idle(test, __LINE__, e);
	}

	/* The same part twice, in two places, and what is there already. */
	KUNIT_ASSERT_EQ(test, import(i), 0);
	KUNIT_EXPECT_EQ(test, 0,
			dma_buf_map_iommu_unlocked(attach, domain, SZ_1G, 0,
						   PAGES(3), prot));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			dma_buf_map_iommu_unlocked(attach, domain, IOVA, 0,
						   bytes, prot));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			dma_buf_map_iommu_unlocked(attach, domain,
						   SZ_1G - PAGES(2), 0, PAGES(3),
						   prot));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_iova_to_phys(domain, SZ_1G - PAGES(2)));
	check_slice(test, domain, SZ_1G, memory, 0, PAGES(3));
	KUNIT_EXPECT_EQ(test, e->maps, 2);
	KUNIT_EXPECT_EQ(test, e->pins, 2);
	dma_buf_unmap_iommu_unlocked(attach, domain, SZ_1G, PAGES(3));
	check_slice(test, domain, IOVA, memory, 0, bytes);
	unimport(i);

#define MAP(iova, offset, len, prot)					\
	dma_buf_map_iommu_unlocked(attach, domain, iova, offset, len, prot)
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 0, 0, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA + 64, 0, PAGE_SIZE, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 64, PAGE_SIZE, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 0, PAGE_SIZE - 64, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 0, bytes + PAGE_SIZE, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, bytes, PAGE_SIZE, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, -PAGE_SIZE, PAGES(2), prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, PAGE_SIZE, -PAGE_SIZE, prot));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 0, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 0, PAGE_SIZE, IOMMU_CACHE));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, MAP(-PAGE_SIZE, 0, PAGES(2), prot));
	/* No IOMMU has so many bits. */
	KUNIT_EXPECT_EQ(test, -ERANGE, MAP(-PAGES(2), 0, PAGES(2), prot));
	/* A domain without a page table. */
	domain = pass->domain;
	KUNIT_EXPECT_EQ(test, -EINVAL, MAP(IOVA, 0, PAGE_SIZE, prot));
#undef MAP
	exporter_idle(test, __LINE__, e);
	check_unmapped(test, __LINE__, i);
	importer_done(test, i);
	exporter_done(test, e);
	test_mock_done(test, m);
	test_mock_done(test, pass);
}

/* A page table of nothing but an array, which refuses pages beyond some. */
struct mock_pgtable {
	struct io_pgtable pgtable;
	unsigned long base;
	phys_addr_t pages[256];
	unsigned int limit;
	size_t largest;
};

static int mock_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			  phys_addr_t phys, size_t size, size_t count, int prot,
			  gfp_t gfp, size_t *mapped)
{
	struct mock_pgtable *p = container_of(ops, struct mock_pgtable,
					      pgtable.ops);

	if (!count || !(size & p->pgtable.cfg.pgsize_bitmap) ||
	    !IS_ALIGNED(iova | phys, size))
		return -EBADSLT;
	for (; *mapped < size * count; *mapped += PAGE_SIZE) {
		unsigned long n = (iova - p->base + *mapped) / PAGE_SIZE;

		if (n >= p->limit)
			return -ENOSPC;
		p->pages[n] = phys + *mapped;
	}
	p->largest = max(p->largest, size);
	return 0;
}

static const enum memory table_memory[] = {
	MEMORY_SCATTERED, MEMORY_CONTIGUOUS,
};

KUNIT_ARRAY_PARAM(table_memory, table_memory, NULL);

/* An importer that can take no lock where it maps what it has a table of. */
static void table_test(struct kunit *test)
{
	const enum memory *kind = test->param_value;
	const int prot = IOMMU_READ | IOMMU_WRITE;
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, *kind, NULL);
	const u64 bytes = phys_range_list_bytes(memory);
	struct exporter *e = test_exporter(test, FORM_RANGES, memory);
	struct importer *i = test_importer(test, e, m, FORM_SGT, NULL);
	struct importer *d = test_importer(test, e, m, FORM_IOMMU, NULL);
	struct mock_pgtable *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct rnd_state rnd;
	struct phys_range range;
	unsigned int n;
	size_t mapped;
	u64 at, pos;

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_LE(test, bytes / PAGE_SIZE, ARRAY_SIZE(p->pages));
	p->pgtable.ops.map_pages = mock_map_pages;
	p->pgtable.cfg.pgsize_bitmap = PAGE_SIZE | PAGES(4) | PAGES(16);
	KUNIT_ASSERT_EQ(test, import(i), 0);
	KUNIT_ASSERT_TRUE(test, dma_buf_can_map_table(e->dmabuf));

#define DOMAIN(offset, len)						\
	dma_buf_table_map_iommu(i->attach, i->sgt, d->domain, IOVA, offset, len, prot)
#define PGTABLE(iova, offset, len)					\
	dma_buf_table_map_pgtable(i->attach, i->sgt, &p->pgtable.ops, iova,	\
				  offset, len, prot, &mapped)
	prandom_seed_state(&rnd, range_list_mock_seed());
	for (n = 0; n < 200; n++) {
		u64 offset = PAGES(prandom_u32_state(&rnd) %
				   (bytes / PAGE_SIZE));
		u64 len = PAGES(1 + prandom_u32_state(&rnd) %
				((bytes - offset) / PAGE_SIZE));

		KUNIT_ASSERT_EQ(test, 0, DOMAIN(offset, len));
		check_slice(test, d->domain, IOVA, memory, offset, len);
		KUNIT_ASSERT_EQ(test, len, iommu_unmap(d->domain, IOVA, len));

		p->limit = n & 1 ? len / PAGE_SIZE :
				   prandom_u32_state(&rnd) % (len / PAGE_SIZE);
		memset(p->pages, 0xff, sizeof(p->pages));
		/* Where larger pages are possible. */
		p->base = IOVA + ((phys_range_list_lowest(memory) + offset -
				   IOVA) & (PAGES(16) - 1));
		KUNIT_ASSERT_EQ(test, n & 1 ? 0 : -ENOSPC,
				PGTABLE(p->base, offset, len));
		KUNIT_ASSERT_EQ(test, mapped, PAGES(p->limit));
		at = 0;
		phys_range_list_for_each_slice(memory, offset, mapped ?: len, range)
			for (pos = 0; mapped && pos < range.len; pos += PAGE_SIZE)
				KUNIT_ASSERT_EQ(test, p->pages[at++],
						range.addr + pos);
		KUNIT_ASSERT_EQ(test, PAGES(at), mapped);
	}
	KUNIT_EXPECT_EQ(test, p->largest,
			*kind == MEMORY_CONTIGUOUS ? PAGES(16) : PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, -EINVAL, DOMAIN(0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, DOMAIN(bytes, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EINVAL, PGTABLE(IOVA, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, PGTABLE(IOVA + 64, 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EINVAL, PGTABLE(IOVA, 0, bytes + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, mapped, 0);
	/* What maps the table once more is told that there is nothing. */
	KUNIT_EXPECT_EQ(test, 0, i->sgt->orig_nents);
	importer_done(test, i);
	importer_done(test, d);
	exporter_done(test, e);

	/* Whose table has pages. */
	e = test_exporter(test, FORM_SGT, memory);
	i = test_importer(test, e, m, FORM_SGT, NULL);
	d = test_importer(test, e, m, FORM_IOMMU, NULL);
	KUNIT_ASSERT_EQ(test, import(i), 0);
	KUNIT_EXPECT_FALSE(test, dma_buf_can_map_table(e->dmabuf));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, DOMAIN(0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, PGTABLE(IOVA, 0, PAGE_SIZE));
	importer_done(test, i);
	importer_done(test, d);
	exporter_done(test, e);

	/* What does not pass through the page table. */
	memory = test_buffer(test, MEMORY_BUS, test_peers(test));
	e = test_exporter(test, FORM_RANGES, memory);
	i = test_importer(test, e, m, FORM_SGT, &dynamic_peer);
	d = test_importer(test, e, m, FORM_IOMMU, &dynamic_peer);
	KUNIT_ASSERT_EQ(test, import(i), 0);
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, DOMAIN(0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, PGTABLE(IOVA, 0, PAGE_SIZE));
#undef DOMAIN
#undef PGTABLE
	importer_done(test, i);
	importer_done(test, d);
	exporter_done(test, e);
	test_mock_done(test, m);
}

static void leave_action(void *data)
{
	struct importer *i = data;

	iommu_detach_device(i->domain, i->m->dev);
}

/* With what rights it is mapped. */
static void domain_prot_test(struct kunit *test)
{
	static const struct {
		enum memory memory;
		int prot, want;
	} cases[] = {
		{ MEMORY_CONTIGUOUS, IOMMU_READ, IOMMU_READ },
		{ MEMORY_CONTIGUOUS, IOMMU_WRITE, IOMMU_WRITE },
		{ MEMORY_CONTIGUOUS, IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
			IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE },
		{ MEMORY_BRIDGE, IOMMU_READ | IOMMU_CACHE,
			IOMMU_READ | IOMMU_MMIO },
	};
	struct p2p_world *w = test_peers(test);
	struct range_list_mock_stats stats;
	struct exporter *e;
	struct importer *i;
	struct mock *m;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		m = test_mock(test, &iommu_params);
		e = test_exporter(test, FORM_RANGES,
				  test_buffer(test, cases[n].memory, w));
		i = test_importer(test, e, m, FORM_IOMMU, &dynamic_peer);
		KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(i->domain, m->dev));
		KUNIT_ASSERT_EQ(test, 0,
				kunit_add_action_or_reset(test, leave_action, i));
		KUNIT_ASSERT_EQ(test, 0,
				dma_buf_map_iommu_unlocked(i->attach, i->domain,
							   IOVA, 0, SZ_64K,
							   cases[n].prot));
		range_list_mock_get_stats(m->dev, &stats);
		KUNIT_EXPECT_EQ(test, stats.prot, cases[n].want);
		KUNIT_EXPECT_EQ(test, stats.mapped_bytes, SZ_64K);
		KUNIT_EXPECT_EQ(test, stats.sync_map, 1);
		dma_buf_unmap_iommu_unlocked(i->attach, i->domain, IOVA, SZ_64K);
		KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
		kunit_release_action(test, leave_action, i);
		importer_done(test, i);
		exporter_done(test, e);
		test_mock_done(test, m);
	}
}

/* iommufd attaches before there is a device that does DMA. */
static void domain_no_device_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct p2p_world *w = test_peers(test);
	struct phys_range_list *memory = test_buffer(test, MEMORY_BUS, w);
	struct exporter *e = test_exporter(test, FORM_RANGES, memory);
	struct importer *i = test_importer(test, e, m, FORM_IOMMU,
					   &dynamic_peer);
	struct dma_buf_attachment *attach;
	struct device *dev;

	KUNIT_EXPECT_EQ(test, import(i), -EREMOTEIO);
	dev = root_device_register("dma_buf_ranges_none");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	attach = dma_buf_dynamic_attach(e->dmabuf, dev, &dynamic_peer, i);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, attach);
	if (!IS_ERR_OR_NULL(attach)) {
		KUNIT_EXPECT_EQ(test, 0,
				dma_buf_map_iommu_unlocked(attach, i->domain,
							   IOVA, 0, SZ_64K,
							   IOMMU_READ));
		check_slice(test, i->domain, IOVA, memory, 0, SZ_64K);
		dma_buf_unmap_iommu_unlocked(attach, i->domain, IOVA, SZ_64K);
		dma_buf_detach(e->dmabuf, attach);
	}
	root_device_unregister(dev);
	importer_done(test, i);
	exporter_done(test, e);
	test_mock_done(test, m);
}

/*
 * For the CPU
 */

static const struct mode bounce_modes[] = {
	{ "direct", { .flags = DIRECT | BOUNCE } },
	{ "offset", { .flags = DIRECT | BOUNCE, .dma_offset = SZ_8G } },
};

KUNIT_ARRAY_PARAM_DESC(bounce_modes, bounce_modes, name);

/* The device does not see memory, but a copy of it. */
static void sync_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *memory = test_list(test);
	phys_addr_t block = test_memory(test, 4);
	DEFINE_DMA_RANGE_LIST(seen);
	const size_t bytes = PAGES(6);
	struct dma_range_list *reads = test_dma_list(test, NULL);
	u8 *cpu, *device;
	struct exporter *e;
	struct importer *i;
	unsigned int n;

	add_scattered(test, memory, block, bytes / PAGE_SIZE);
	cpu = kunit_kmalloc(test, bytes, GFP_KERNEL);
	device = kunit_kmalloc(test, bytes, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_ASSERT_NOT_NULL(test, device);
	for (n = 0; n < 2; n++) {
		e = test_exporter(test, FORM_RANGES, memory);
		i = test_importer(test, e, m, importer_forms[n], NULL);
		KUNIT_ASSERT_EQ(test, import(i), 0);
		KUNIT_ASSERT_EQ(test, importer_seen(i, &seen), 0);
		/* Somebody whose device only reads has an old copy. */
		KUNIT_ASSERT_EQ(test, 0,
				dma_buf_map_ranges_unlocked(i->attach, reads,
							    DMA_TO_DEVICE));

		memset(device, 0x11 + n, bytes);
		device_copy(test, m, &seen, device, true);
		KUNIT_EXPECT_EQ(test, 0,
				dma_buf_sync_mappings_for_cpu(e->dmabuf,
							      DMA_FROM_DEVICE));
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_from(memory, 0, cpu, bytes));
		KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);

		memset(cpu, 0x33 + n, bytes);
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_to(memory, 0, cpu, bytes));
		KUNIT_EXPECT_EQ(test, 0,
				dma_buf_sync_mappings_for_device(e->dmabuf,
								 DMA_TO_DEVICE));
		device_copy(test, m, &seen, device, false);
		KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);
		memset(device, 0, bytes);
		device_copy(test, m, reads, device, false);
		KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);

		dma_buf_unmap_ranges_unlocked(i->attach, reads, DMA_TO_DEVICE);
		dma_range_list_destroy(&seen);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_buf_sync_mappings_for_cpu(e->dmabuf,
							      DMA_NONE));
		unimport(i);
		/* Nobody has it. */
		KUNIT_EXPECT_EQ(test, 0,
				dma_buf_sync_mappings_for_cpu(e->dmabuf, DIR));
		importer_done(test, i);
		exporter_done(test, e);
	}
	e = test_exporter(test, FORM_DMA, memory);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dma_buf_sync_mappings_for_device(e->dmabuf, DIR));
	exporter_done(test, e);
	test_mock_done(test, m);
}

/* What is mapped is the CPU's and the device's when the exporter says so. */
struct sync_dirs {
	u64 bytes[DMA_NONE];
	u64 for_cpu;
};

static void count_dirs(void *ctx, phys_addr_t phys, size_t size,
		       enum dma_data_direction dir, bool for_cpu)
{
	struct sync_dirs *seen = ctx;

	if (for_cpu)
		seen->for_cpu += size;
	else
		seen->bytes[dir] += size;
}

/* What the CPU has written must not be thrown away with what is in the caches. */
static void sync_dirs_test(struct kunit *test)
{
	const struct range_list_mock_params params = {
		.flags = DIRECT | NONCOHERENT,
	};
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *memory = test_list(test);
	const size_t bytes = PAGES(6);
	enum dma_data_direction dir, access;
	struct sync_dirs seen, want;
	DEFINE_DMA_RANGE_LIST(list);
	struct exporter *e;
	struct importer *i;

	add_scattered(test, memory, test_memory(test, 4), 6);
	e = test_exporter(test, FORM_RANGES, memory);
	i = test_importer(test, e, m, FORM_RANGES, NULL);
	for (dir = DMA_BIDIRECTIONAL; dir < DMA_NONE; dir++) {
		KUNIT_ASSERT_EQ(test, 0,
				dma_buf_map_ranges_unlocked(i->attach, &list,
							    dir));
		for (access = DMA_BIDIRECTIONAL; access < DMA_NONE; access++) {
			seen = (struct sync_dirs){};
			want = (struct sync_dirs){};
			if (dir == DMA_FROM_DEVICE && access != DMA_FROM_DEVICE)
				want.bytes[DMA_BIDIRECTIONAL] = bytes;
			else
				want.bytes[dir] = bytes;
			range_list_mock_observe_sync(count_dirs, &seen);
			KUNIT_EXPECT_EQ(test, 0,
					dma_buf_sync_mappings_for_device(e->dmabuf,
									 access));
			KUNIT_EXPECT_MEMEQ(test, &seen, &want, sizeof(want));

			/* What somebody else writes is kept as well. */
			seen = (struct sync_dirs){};
			want = (struct sync_dirs){};
			if (access != DMA_TO_DEVICE)
				want.for_cpu = bytes;
			KUNIT_EXPECT_EQ(test, 0,
					dma_buf_sync_mappings_for_cpu(e->dmabuf,
								      access));
			range_list_mock_observe_sync(NULL, NULL);
			KUNIT_EXPECT_MEMEQ(test, &seen, &want, sizeof(want));
		}
		dma_buf_unmap_ranges_unlocked(i->attach, &list, dir);
	}
	importer_done(test, i);
	exporter_done(test, e);
	test_mock_done(test, m);
}

static void sync_on_cpu_access_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *memory = test_list(test);
	DEFINE_DMA_RANGE_LIST(seen);
	const size_t bytes = PAGES(6);
	struct exporter *e;
	struct importer *i;
	u8 *cpu, *device;
	unsigned int n;

	add_scattered(test, memory, test_memory(test, 4), 6);
	cpu = kunit_kmalloc(test, bytes, GFP_KERNEL);
	device = kunit_kmalloc(test, bytes, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_ASSERT_NOT_NULL(test, device);
	for (n = 0; n < 2; n++) {
		e = test_exporter_new(test, FORM_RANGES, memory);
		e->ops.sync_on_cpu_access = true;
		test_export(test, e, bytes);
		i = test_importer(test, e, m, importer_forms[n], NULL);
		KUNIT_ASSERT_EQ(test, import(i), 0);
		KUNIT_ASSERT_EQ(test, importer_seen(i, &seen), 0);

		memset(cpu, 0x11 + n, bytes);
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_to(memory, 0, cpu, bytes));
		KUNIT_EXPECT_EQ(test, 0,
				dma_buf_sync_mappings_for_device(e->dmabuf, DIR));
		device_copy(test, m, &seen, device, false);
		KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);

		/* Nobody wants to see this. */
		memset(device, 0x33 + n, bytes);
		device_copy(test, m, &seen, device, true);
		unimport(i);
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_from(memory, 0, device, bytes));
		KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);
		dma_range_list_destroy(&seen);
		importer_done(test, i);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/* A copy is not written to where the buffer has been. */
static void sync_moved_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *was = test_list(test), *is = test_list(test);
	DEFINE_DMA_RANGE_LIST(seen);
	const size_t bytes = PAGES(6);
	struct exporter *e;
	struct importer *i;
	u8 *cpu, *device;
	unsigned int n;
	bool at_once;

	add_scattered(test, was, test_memory(test, 4), 6);
	add_scattered(test, is, test_memory(test, 4), 6);
	cpu = kunit_kmalloc(test, bytes, GFP_KERNEL);
	device = kunit_kmalloc(test, bytes, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_ASSERT_NOT_NULL(test, device);
	for (n = 0; n < 4; n++) {
		at_once = n / 2;
		e = test_exporter(test, FORM_RANGES, was);
		i = test_importer(test, e, m, importer_forms[n % 2], &dynamic);
		i->unmaps_when_told = at_once;
		KUNIT_ASSERT_EQ(test, import(i), 0);
		KUNIT_ASSERT_EQ(test, importer_seen(i, &seen), 0);
		memset(device, 0x11 + n, bytes);
		device_copy(test, m, &seen, device, true);
		exporter_move(e, is);
		KUNIT_EXPECT_EQ(test, i->mapped, !at_once);
		if (at_once) {
			/* It was still the buffer. */
			KUNIT_ASSERT_EQ(test, 0,
					phys_range_list_copy_from(was, 0, cpu,
								  bytes));
			KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);
		}
		memset(device, 0x55, bytes);
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_to(was, 0, device, bytes));
		KUNIT_EXPECT_EQ(test, 0,
				dma_buf_sync_mappings_for_cpu(e->dmabuf, DIR));
		unimport(i);
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_from(was, 0, cpu, bytes));
		KUNIT_EXPECT_MEMEQ(test, cpu, device, bytes);
		dma_range_list_destroy(&seen);
		importer_done(test, i);
		exporter_done(test, e);
	}
	test_mock_done(test, m);
}

/*
 * Who has what
 */

static void show_test(struct kunit *test)
{
	struct mock *m = test_mock(test, &iommu_params);
	struct phys_range_list *memory = test_buffer(test, MEMORY_SCATTERED,
						     NULL);
	struct exporter *e = test_exporter(test, FORM_RANGES, memory);
	struct seq_file f = { .size = SZ_4K };
	struct importer *i[3];
	unsigned int n;

	f.buf = kunit_kzalloc(test, f.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f.buf);
	for (n = 0; n < 3; n++) {
		i[n] = test_importer(test, e, m, importer_forms[n], &dynamic);
		KUNIT_ASSERT_EQ(test, import(i[n]), 0);
	}
	exporter_move(e, memory);
	unimport(i[0]);
	KUNIT_ASSERT_EQ(test, import(i[0]), 0);
	dma_resv_lock(e->dmabuf->resv, NULL);
	for (n = 0; n < 3; n++)
		dma_buf_translations_show(i[n]->attach, &f);
	dma_resv_unlock(e->dmabuf->resv);
	f.buf[f.count] = 0;
	KUNIT_EXPECT_STREQ(test, f.buf,
			   "\t\tranges: 819200 bytes in 1 ranges\n"
			   "\t\tsgt: 819200 bytes in 1 ranges, moved\n"
			   "\t\tiommu: 819200 bytes at 0x1ffffd000, moved\n");
	for (n = 0; n < 3; n++) {
		unimport(i[n]);
		importer_done(test, i[n]);
	}
	exporter_done(test, e);
	test_mock_done(test, m);
}

static struct kunit_case dma_buf_ranges_cases[] = {
	KUNIT_CASE_PARAM(pair_test, pair_gen_params),
	KUNIT_CASE_PARAM(lie_test, lies_gen_params),
	KUNIT_CASE_PARAM(dma_lie_test, dma_lies_gen_params),
	KUNIT_CASE(lie_move_test),
	KUNIT_CASE(repeats_test),
	KUNIT_CASE(blame_test),
	KUNIT_CASE(no_peers_test),
	KUNIT_CASE(no_addresses_test),
	KUNIT_CASE(ops_test),
	KUNIT_CASE(both_ops_test),
	KUNIT_CASE(no_unmap_test),
	KUNIT_CASE(misuse_test),
	KUNIT_CASE(pin_test),
	KUNIT_CASE(pin_fail_test),
	KUNIT_CASE(fence_test),
	KUNIT_CASE(revoke_test),
	KUNIT_CASE(move_test),
	KUNIT_CASE(threads_test),
	KUNIT_CASE(detach_test),
	KUNIT_CASE(fail_test),
	KUNIT_CASE(fail_iommu_test),
	KUNIT_CASE(leak_test),
	KUNIT_CASE(domain_test),
	KUNIT_CASE_PARAM(table_test, table_memory_gen_params),
	KUNIT_CASE(domain_prot_test),
	KUNIT_CASE(domain_no_device_test),
	KUNIT_CASE_PARAM(sync_test, bounce_modes_gen_params),
	KUNIT_CASE(sync_dirs_test),
	KUNIT_CASE_PARAM(sync_on_cpu_access_test, bounce_modes_gen_params),
	KUNIT_CASE_PARAM(sync_moved_test, bounce_modes_gen_params),
	KUNIT_CASE(show_test),
	{}
};

static struct kunit_suite dma_buf_ranges_suite = {
	.name = "dma_buf_ranges",
	.suite_init = watch_init,
	.suite_exit = watch_exit,
	.test_cases = dma_buf_ranges_cases,
};

kunit_test_suites(&dma_buf_ranges_suite);

MODULE_DESCRIPTION("KUnit tests of dma-buf with ranges");
MODULE_LICENSE("GPL");
