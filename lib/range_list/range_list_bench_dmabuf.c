// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of dma-buf: a buffer of scattered pages is exported, attached to,
 * mapped, looked at as an importer does that programs a device, and unmapped.
 *
 * "scatterlist" is an exporter that makes a table of its pages and maps it, and
 * an importer that walks the table. "phys_range_list" is an exporter that
 * describes its pages, and an importer of DMA ranges. "phys_range_list_sgt" is
 * that exporter with the importer of the table. Exporters that keep a table or a
 * list instead of an array of pages, as heaps do, make a copy of it for each
 * mapping: "scatterlist_kept" and "phys_range_list_kept".
 */
#include <linux/dma-buf.h>
#include <linux/dma-buf-ranges.h>
#include <linux/dma_range.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "range_list_bench.h"

MODULE_IMPORT_NS("DMA_BUF");

/* Pages in all mappings at a time, to see how much memory one takes. */
#define DMABUF_BENCH_PAGES	SZ_16M

static const struct bench_kind kept_ranges_kind = {
	.name = "phys_range_list_kept",
};

static const struct bench_kind kept_table_kind = { .name = "scatterlist_kept" };
static const struct bench_kind ranges_kind = { .name = "phys_range_list" };
static const struct bench_kind mixed_kind = { .name = "phys_range_list_sgt" };
static const struct bench_kind table_kind = { .name = "scatterlist" };

static bool dmabuf_is_kept(const struct bench_variant *v)
{
	return v->kind == &kept_ranges_kind || v->kind == &kept_table_kind;
}

static bool dmabuf_is_table(const struct bench_variant *v)
{
	return v->kind == &table_kind || v->kind == &kept_table_kind;
}

static int bench_append(const struct bench_input *in,
			struct phys_range_list *ranges)
{
	return phys_range_list_append_pages(ranges, in->pages, in->n, 0,
					    in->bytes, GFP_KERNEL);
}

static int bench_make_table(const struct bench_input *in, struct sg_table *sgt)
{
	return sg_alloc_table_from_pages(sgt, in->pages, in->n, 0, in->bytes,
					 GFP_KERNEL);
}

static int bench_copy_table(const struct sg_table *from, struct sg_table *to)
{
	struct scatterlist *sg, *new;
	int err, i;

	err = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
	if (err)
		return err;
	new = to->sgl;
	for_each_sgtable_sg(from, sg, i) {
		sg_set_page(new, sg_page(sg), sg->length, sg->offset);
		new = sg_next(new);
	}
	return 0;
}

static int bench_map_ranges(struct dma_buf_attachment *attach,
			    struct phys_range_list *ranges,
			    enum dma_data_direction dir)
{
	const struct bench_variant *v = attach->dmabuf->priv;

	if (dmabuf_is_kept(v))
		return phys_range_list_copy(ranges, &v->c->list, 0,
					    v->in->bytes, GFP_KERNEL);
	return bench_append(v->in, ranges);
}

static struct sg_table *bench_map_table(struct dma_buf_attachment *attach,
					enum dma_data_direction dir)
{
	const struct bench_variant *v = attach->dmabuf->priv;
	struct sg_table *sgt;
	int err;

	sgt = kzalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	err = dmabuf_is_kept(v) ? bench_copy_table(&v->c->sgt, sgt) :
				  bench_make_table(v->in, sgt);
	if (err)
		goto free;
	err = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (!err)
		return sgt;
	sg_free_table(sgt);
free:
	kfree(sgt);
	return ERR_PTR(err);
}

static void bench_unmap_table(struct dma_buf_attachment *attach,
			      struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

/* Everything belongs to the benchmark. */
static void bench_release(struct dma_buf *dmabuf)
{
}

static const struct dma_buf_ops bench_ranges_ops = {
	.map_ranges = bench_map_ranges,
	.release = bench_release,
};

static const struct dma_buf_ops bench_table_ops = {
	.map_dma_buf = bench_map_table,
	.unmap_dma_buf = bench_unmap_table,
	.release = bench_release,
};

static struct dma_buf *dmabuf_bench_export(const struct bench_variant *v)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.ops = dmabuf_is_table(v) ? &bench_table_ops : &bench_ranges_ops;
	info.size = v->in->bytes;
	info.priv = (void *)v;
	return dma_buf_export(&info);
}

static u64 dmabuf_walk_table(struct sg_table *sgt)
{
	struct scatterlist *sg;
	u64 sum = 0;
	int i;

	for_each_sgtable_dma_sg(sgt, sg, i)
		sum += sg_dma_address(sg) + sg_dma_len(sg);
	return sum;
}

static u64 dmabuf_walk_ranges(struct device *dev,
			      const struct dma_range_list *list)
{
	const struct dma_range_limits limits = dma_range_device_limits(dev);
	struct dma_range seg;
	u64 sum = 0;

	dma_range_for_each_segment(list, &limits, seg)
		sum += seg.addr + seg.len;
	return sum;
}

/* One life of a buffer. */
static int dmabuf_cycle(struct bench_variant *v, struct device *dev)
{
	DEFINE_DMA_RANGE_LIST(list);
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;
	struct sg_table *sgt;
	u64 sum = 0;
	int err;

	dmabuf = dmabuf_bench_export(v);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	attach = dma_buf_attach(dmabuf, dev);
	err = PTR_ERR_OR_ZERO(attach);
	if (err)
		goto put;
	if (!dmabuf_is_table(v) && v->kind != &mixed_kind) {
		err = dma_buf_map_ranges_unlocked(attach, &list,
						  DMA_BIDIRECTIONAL);
		if (!err) {
			sum = dmabuf_walk_ranges(dev, &list);
			dma_buf_unmap_ranges_unlocked(attach, &list,
						      DMA_BIDIRECTIONAL);
		}
	} else {
		sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
		err = PTR_ERR_OR_ZERO(sgt);
		if (!err) {
			sum = dmabuf_walk_table(sgt);
			dma_buf_unmap_attachment_unlocked(attach, sgt,
							  DMA_BIDIRECTIONAL);
		}
	}
	WRITE_ONCE(bench_sink, sum);
	dma_buf_detach(dmabuf, attach);
put:
	dma_buf_put(dmabuf);
	return err;
}

/* Whether the device gets at all of the pages, in their order. */
static int dmabuf_check(const struct bench_input *in,
			const struct dma_range_list *list)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(bench_dev);
	struct dma_range seg;
	size_t i = 0;

	dma_range_for_each_block(list, PAGE_SIZE, seg) {
		if (i == in->n || iommu_iova_to_phys(domain, seg.addr) !=
				  in->vec[i].paddr)
			return -EILSEQ;
		i++;
	}
	return i == in->n ? 0 : -EILSEQ;
}

static int dmabuf_setup(struct bench_variant *v)
{
	DEFINE_DMA_RANGE_LIST(list);
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;
	int err;

	v->copies = 1;
	if (dmabuf_is_kept(v)) {
		v->c = kzalloc_obj(*v->c);
		if (!v->c)
			return -ENOMEM;
		if (dmabuf_is_table(v))
			return bench_make_table(v->in, &v->c->sgt);
		phys_range_list_init(&v->c->list);
		err = bench_append(v->in, &v->c->list);
		if (err)
			return err;
	}
	if (dmabuf_is_table(v) || v->kind == &mixed_kind)
		return 0;
	dmabuf = dmabuf_bench_export(v);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	attach = dma_buf_attach(dmabuf, bench_dev);
	err = PTR_ERR_OR_ZERO(attach);
	if (!err) {
		err = dma_buf_map_ranges_unlocked(attach, &list,
						  DMA_BIDIRECTIONAL);
		if (!err) {
			err = dmabuf_check(v->in, &list);
			dma_buf_unmap_ranges_unlocked(attach, &list,
						      DMA_BIDIRECTIONAL);
		}
		dma_buf_detach(dmabuf, attach);
	}
	dma_buf_put(dmabuf);
	return err;
}

/* Files are freed later; that is not part of it. */
static void dmabuf_teardown(struct bench_variant *v)
{
	flush_delayed_fput();
	if (!v->c)
		return;
	if (dmabuf_is_table(v))
		sg_free_table(&v->c->sgt);
	else
		phys_range_list_destroy(&v->c->list);
	kfree(v->c);
}

static u64 dmabuf_sample(struct bench_variant *v, struct device *dev)
{
	u64 ns = 0, start;
	unsigned int rep;

	for (rep = 0; rep < v->reps && !v->err; rep++) {
		start = ktime_get_ns();
		v->err = dmabuf_cycle(v, dev);
		ns += bench_elapsed(start);
		flush_delayed_fput();
	}
	return v->err ? U64_MAX : ns;
}

static u64 dmabuf_iommu_sample(struct bench_variant *v)
{
	return dmabuf_sample(v, bench_dev);
}

static u64 dmabuf_direct_sample(struct bench_variant *v)
{
	return dmabuf_sample(v, bench_direct_dev);
}

/*
 * Millionths of a byte for each page, without the page tables of an IOMMU. The
 * chunks of a table are pages, and do not come from the slab.
 */
static u64 dmabuf_table_bytes(const struct bench_variant *v)
{
	struct bench_container c = { .in = v->in };
	u64 bytes;

	if (bench_make_table(v->in, &c.sgt))
		return 0;
	bytes = bench_sg_bytes(&c);
	sg_free_table(&c.sgt);
	return div64_u64(bytes * 1000000, v->in->n);
}

static u64 dmabuf_memory_value(const struct bench_variant *v)
{
	const size_t copies = DMABUF_BENCH_PAGES / v->in->n;
	struct dma_buf_attachment *attach;
	struct dma_range_list *lists;
	struct dma_buf *dmabuf;
	u64 before, slab = 0;
	size_t i, nr;

	if (v->kind == &table_kind)
		return dmabuf_table_bytes(v);
	lists = kvcalloc(copies, sizeof(*lists), GFP_KERNEL);
	if (!lists)
		return 0;
	dmabuf = dmabuf_bench_export(v);
	if (IS_ERR(dmabuf))
		goto free;
	attach = dma_buf_attach(dmabuf, bench_direct_dev);
	if (IS_ERR(attach))
		goto put;
	before = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
	for (nr = 0; nr < copies; nr++) {
		dma_range_list_init(&lists[nr]);
		if (dma_buf_map_ranges_unlocked(attach, &lists[nr],
						DMA_BIDIRECTIONAL))
			break;
	}
	if (nr == copies)
		slab = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) -
		       before;
	for (i = 0; i < nr; i++)
		dma_buf_unmap_ranges_unlocked(attach, &lists[i],
					      DMA_BIDIRECTIONAL);
	dma_buf_detach(dmabuf, attach);
put:
	dma_buf_put(dmabuf);
free:
	kvfree(lists);
	return div64_u64((slab * PAGE_SIZE + copies * sizeof(*lists)) * 1000000,
			 copies * v->in->n);
}

#define DMABUF_BENCH(part_)						\
	.name = "dmabuf",						\
	.part = (part_),						\
	.unit = "ns/page",						\
	.kinds = { &ranges_kind, &kept_ranges_kind, &mixed_kind,	\
		   &table_kind, &kept_table_kind },			\
	.setup = dmabuf_setup,						\
	.teardown = dmabuf_teardown,					\
	.units = units_pages

static const struct bench dmabuf_benches[] = {
	{
		DMABUF_BENCH("iommu"),
		.sample = dmabuf_iommu_sample,
	}, {
		DMABUF_BENCH("direct"),
		.sample = dmabuf_direct_sample,
	}, {
		.name = "dmabuf",
		.part = "memory",
		.unit = "bytes/page",
		.kinds = { &ranges_kind, &table_kind },
		.setup = dmabuf_setup,
		.teardown = dmabuf_teardown,
		.value = dmabuf_memory_value,
	},
};

/* 16 MiB and 1 GiB */
static const size_t dmabuf_sizes[] = { SZ_4K, SZ_256K, 0 };

const struct bench_set bench_dmabuf = {
	.benches = dmabuf_benches,
	.nr = ARRAY_SIZE(dmabuf_benches),
	.sizes = dmabuf_sizes,
	.shapes = BIT(BENCH_SCATTERED),
	.pages = true,
};
