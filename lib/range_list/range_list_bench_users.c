// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of range lists in the data path of those who would use them: page
 * faults of a device, migration of its state, and requests of storage. The peers
 * are what the kernel has for each of them, called as its users call it.
 *
 * All of it runs for the coherent device behind the mock IOMMU that the mapping
 * benches use, with made-up addresses. What was mapped is looked up in the page
 * table once, before it is measured.
 */
#include <linux/bio.h>
#include <linux/blk-mq-dma.h>
#include <linux/blk-mq.h>
#include <linux/dma-mapping.h>
#include <linux/dma_range.h>
#include <linux/hmm-dma.h>
#include <linux/hmm.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/pci-p2pdma.h>
#include <linux/sizes.h>

#include "mock_iommu.h"
#include "range_list_bench.h"

/* Pages that are mapped before the first of them is unmapped. */
#define ODP_BATCH		64

static const struct bench_kind phys_list_kind = { .name = "phys_range_list" };

/* Does the device see what is at @phys at this address? */
static bool bench_maps(dma_addr_t addr, phys_addr_t phys)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(bench_dev);

	return domain && iommu_iova_to_phys(domain, addr) == phys;
}

/*
 * odp: on-demand paging, one page at a time in a window of n pages
 *
 * "hmm_dma_map" is hmm_dma_map_pfn() and hmm_dma_unmap_pfn(), on an array that
 * hmm_range_fault() would have filled. "dma_map_page" needs no window, but an
 * array of addresses.
 */

static const struct bench_kind hmm_kind = { .name = "hmm_dma_map" };
static const struct bench_kind map_page_kind = { .name = "dma_map_page" };

struct odp {
	union {
		struct dma_range_list list;
		struct hmm_dma_map hmm;
		dma_addr_t *addrs;
	};
	u32 *order;
};

static dma_addr_t odp_map(struct bench_variant *v, size_t i)
{
	const struct bench_input *in = v->in;
	struct pci_p2pdma_map_state p2p = {};
	struct odp *odp = v->dst;
	dma_addr_t addr;
	int err;

	if (v->kind == &hmm_kind)
		return hmm_dma_map_pfn(bench_dev, &odp->hmm, i, &p2p);
	if (v->kind == &map_page_kind) {
		addr = dma_map_page(bench_dev, in->pages[i], 0, PAGE_SIZE,
				    DMA_BIDIRECTIONAL);
		odp->addrs[i] = addr;
		return addr;
	}
	err = dma_range_list_link_phys(bench_dev, &odp->list, i * PAGE_SIZE,
				       in->vec[i].paddr, PAGE_SIZE,
				       DMA_BIDIRECTIONAL,
				       DMA_ATTR_REQUIRE_COHERENT);
	if (!err)
		err = dma_range_list_sync(bench_dev, &odp->list, i * PAGE_SIZE,
					  PAGE_SIZE);
	return err ? DMA_MAPPING_ERROR : i * PAGE_SIZE;
}

static void odp_unmap(struct bench_variant *v, size_t i)
{
	struct odp *odp = v->dst;

	if (v->kind == &hmm_kind)
		hmm_dma_unmap_pfn(bench_dev, &odp->hmm, i);
	else if (v->kind == &map_page_kind)
		dma_unmap_page(bench_dev, odp->addrs[i], PAGE_SIZE,
			       DMA_BIDIRECTIONAL);
	else
		dma_range_list_unlink(bench_dev, &odp->list, i * PAGE_SIZE,
				      PAGE_SIZE, DMA_BIDIRECTIONAL,
				      DMA_ATTR_REQUIRE_COHERENT);
}

static int odp_check(struct bench_variant *v)
{
	struct odp *odp = v->dst;
	struct dma_range window;
	dma_addr_t addr;
	size_t i;
	bool ok;

	for (i = 0; i < v->in->n; i++) {
		addr = odp_map(v, i);
		if (addr == DMA_MAPPING_ERROR)
			return -EIO;
		if (v->kind == &phys_list_kind) {
			DMA_RANGE_STATE(state, &odp->list);

			if (!dma_range_next(&state, &window))
				return -EILSEQ;
			addr += window.addr;
		}
		ok = bench_maps(addr, v->in->vec[i].paddr);
		odp_unmap(v, i);
		if (!ok)
			return -EILSEQ;
	}
	return 0;
}

static int odp_setup(struct bench_variant *v)
{
	const size_t n = v->in->n;
	struct odp *odp;
	size_t i;
	int err = 0;

	odp = kzalloc_obj(*odp);
	if (!odp)
		return -ENOMEM;
	odp->order = kvmalloc_objs(*odp->order, n);
	if (!odp->order)
		err = -ENOMEM;
	for (i = 0; !err && i < n; i++)
		odp->order[i] = bench_permute(i, ilog2(n));
	if (err) {
		;
	} else if (v->kind == &hmm_kind) {
		err = hmm_dma_map_alloc(bench_dev, &odp->hmm, n, PAGE_SIZE);
		for (i = 0; !err && i < n; i++)
			odp->hmm.pfn_list[i] = PHYS_PFN(v->in->vec[i].paddr) |
					       HMM_PFN_VALID | HMM_PFN_WRITE;
	} else if (v->kind == &map_page_kind) {
		odp->addrs = kvmalloc_objs(*odp->addrs, n);
		err = odp->addrs ? 0 : -ENOMEM;
	} else {
		dma_range_list_init(&odp->list);
		err = dma_range_list_reserve(bench_dev, &odp->list,
					     n * PAGE_SIZE, GFP_KERNEL);
	}
	if (err) {
		kvfree(odp->order);
		kfree(odp);
		return err;
	}
	v->dst = odp;
	return odp_check(v);
}

static void odp_teardown(struct bench_variant *v)
{
	struct odp *odp = v->dst;

	if (!odp)
		return;
	if (v->kind == &hmm_kind)
		hmm_dma_map_free(bench_dev, &odp->hmm);
	else if (v->kind == &map_page_kind)
		kvfree(odp->addrs);
	else
		dma_range_list_unreserve(bench_dev, &odp->list);
	kvfree(odp->order);
	kfree(odp);
}

static u64 odp_sample(struct bench_variant *v, bool unmap)
{
	const struct odp *odp = v->dst;
	const u32 *order;
	u64 ns[2] = {}, start;
	unsigned int rep, i;

	for (rep = 0; rep < v->reps && !v->err; rep++) {
		order = odp->order + v->cursor;
		v->cursor = (v->cursor + ODP_BATCH) % v->in->n;
		start = ktime_get_ns();
		for (i = 0; i < ODP_BATCH; i++)
			if (odp_map(v, order[i]) == DMA_MAPPING_ERROR)
				break;
		ns[0] += bench_elapsed(start);
		if (i < ODP_BATCH)
			v->err = -EIO;
		start = ktime_get_ns();
		while (i)
			odp_unmap(v, order[--i]);
		ns[1] += bench_elapsed(start);
	}
	return v->err ? U64_MAX : ns[unmap];
}

static u64 odp_map_sample(struct bench_variant *v)
{
	return odp_sample(v, false);
}

static u64 odp_unmap_sample(struct bench_variant *v)
{
	return odp_sample(v, true);
}

static u64 odp_units(const struct bench_variant *v)
{
	return ODP_BATCH;
}

static const struct bench odp_benches[] = {
	{
		.name = "odp",
		.part = "map",
		.unit = "ns/op",
		.kinds = { &phys_list_kind, &hmm_kind, &map_page_kind },
		.setup = odp_setup,
		.teardown = odp_teardown,
		.sample = odp_map_sample,
		.units = odp_units,
	}, {
		.name = "odp",
		.part = "unmap",
		.unit = "ns/op",
		.kinds = { &phys_list_kind, &hmm_kind, &map_page_kind },
		.setup = odp_setup,
		.teardown = odp_teardown,
		.sample = odp_unmap_sample,
		.units = odp_units,
	},
};

/* Not less than ODP_BATCH, and powers of two. */
static const size_t odp_sizes[] = { 64, 4096, SZ_64K, 0 };

const struct bench_set bench_odp = {
	.benches = odp_benches,
	.nr = ARRAY_SIZE(odp_benches),
	.sizes = odp_sizes,
	.shapes = BIT(BENCH_SCATTERED),
	.pages = true,
};

/*
 * migration: the state of a device in n pages, as VFIO drivers keep it
 *
 * "page_array" is an array of struct page pointers, which is linked page by page:
 * what mlx5 has. "sg_append_table" is what virtio has, and mlx5 had. Both get
 * their pages from alloc_pages_bulk(), an array of 512 at a time.
 */

#define MIGRATION_BULK		(PAGE_SIZE / sizeof(struct page *))

static const struct bench_kind append_table_kind = { .name = "sg_append_table" };
static const struct bench_kind page_array_kind = { .name = "page_array" };

struct migration {
	union {
		struct {
			struct phys_range_list list;
			struct dma_range_list mapped;
			struct phys_range_state state;
			struct phys_range last;
			u64 last_start;
		};
		struct {
			struct sg_append_table table;
			struct scatterlist *last_sg;
			unsigned int last_nr;
			u64 last_pos;
		};
		struct {
			struct page **pages;
			struct dma_iova_state iova;
		};
	};
};

/* What was destroyed may be destroyed again. */
static void migration_destroy(struct bench_variant *v)
{
	struct migration *m = v->dst;

	if (v->kind == &append_table_kind) {
		sg_free_append_table(&m->table);
	} else if (v->kind == &page_array_kind) {
		kvfree(m->pages);
		m->pages = NULL;
	} else {
		phys_range_list_destroy(&m->list);
	}
}

static int migration_append(struct bench_variant *v, size_t done, size_t nr)
{
	struct page **pages = v->in->pages + done;
	const size_t left = v->in->n - done - nr;
	struct migration *m = v->dst;

	if (v->kind == &append_table_kind)
		return sg_alloc_append_table_from_pages(&m->table, pages, nr, 0,
							nr << PAGE_SHIFT,
							UINT_MAX, left,
							GFP_KERNEL);
	if (v->kind == &phys_list_kind)
		return phys_range_list_append_pages(&m->list, pages, nr, 0,
						    nr << PAGE_SHIFT,
						    GFP_KERNEL);
	memcpy(m->pages + done, pages, nr * sizeof(*pages));
	return 0;
}

static int migration_build(struct bench_variant *v)
{
	struct migration *m = v->dst;
	const size_t n = v->in->n;
	size_t done, nr;
	int err = 0;

	memset(m, 0, sizeof(*m));
	if (v->kind == &phys_list_kind) {
		phys_range_list_init(&m->list);
		dma_range_list_init(&m->mapped);
	} else if (v->kind == &page_array_kind) {
		m->pages = kvzalloc_objs(*m->pages, n);
		if (!m->pages)
			return -ENOMEM;
	}
	for (done = 0; done < n && !err; done += nr) {
		nr = min(n - done, MIGRATION_BULK);
		err = migration_append(v, done, nr);
	}
	if (err)
		migration_destroy(v);
	return err;
}

static size_t migration_bytes(const struct bench_variant *v)
{
	struct migration *m = v->dst;
	size_t bytes;

	if (v->kind == &append_table_kind) {
		/* Each full table gives an entry for the link to the next. */
		size_t left = m->table.total_nents;

		bytes = sizeof(m->table) + sizeof(m->last_sg) +
			sizeof(m->last_nr) + sizeof(m->last_pos);
		while (left > SG_MAX_SINGLE_ALLOC) {
			bytes += PAGE_SIZE;
			left -= SG_MAX_SINGLE_ALLOC - 1;
		}
		return bytes + kmalloc_size_roundup(left *
						    sizeof(struct scatterlist));
	}
	if (v->kind == &page_array_kind)
		return sizeof(m->pages) + sizeof(m->iova) +
		       bench_kvsize(m->pages, v->in->n * sizeof(*m->pages));
	return phys_range_list_usage(&m->list).bytes + sizeof(m->mapped) +
	       sizeof(m->state) + sizeof(m->last) + sizeof(m->last_start);
}

static phys_addr_t append_table_seek(struct migration *m, u64 pos)
{
	struct scatterlist *sg;
	unsigned int i;
	u64 start;

	/* virtiovf_get_migration_page() */
	if (pos < m->last_pos || !m->last_sg) {
		m->last_pos = 0;
		m->last_sg = m->table.sgt.sgl;
		m->last_nr = 0;
	}
	start = m->last_pos;
	for_each_sg(m->last_sg, sg, m->table.sgt.orig_nents - m->last_nr, i) {
		if (pos < start + sg->length) {
			m->last_sg = sg;
			m->last_nr += i;
			m->last_pos = start;
			return sg_phys(sg) + (pos - start);
		}
		start += sg->length;
	}
	return PHYS_ADDR_MAX;
}

/* The same with a cursor that is kept: only what does not follow is sought. */
static phys_addr_t phys_list_seek(struct migration *m, u64 pos)
{
	if (pos - m->last_start >= m->last.len) {
		if (!m->last.len || pos != m->last_start + m->last.len) {
			m->last.len = 0;
			m->state = phys_range_state_first(&m->list);
			if (phys_range_seek(&m->state, pos))
				return PHYS_ADDR_MAX;
		}
		if (!phys_range_next(&m->state, &m->last))
			return PHYS_ADDR_MAX;
		m->last_start = pos;
	}
	return m->last.addr + (pos - m->last_start);
}

static phys_addr_t migration_seek(struct bench_variant *v, u64 pos)
{
	struct migration *m = v->dst;

	if (v->kind == &append_table_kind)
		return append_table_seek(m, pos);
	if (v->kind == &phys_list_kind)
		return phys_list_seek(m, pos);
	return page_to_phys(m->pages[pos >> PAGE_SHIFT]) + offset_in_page(pos);
}

/* All of it is one window, for each of them: where does that begin? */
static int migration_map(struct bench_variant *v, dma_addr_t *addr)
{
	struct migration *m = v->dst;
	struct dma_range range = {};
	size_t i;
	int err;

	if (v->kind == &append_table_kind) {
		err = dma_map_sgtable(bench_dev, &m->table.sgt, DMA_TO_DEVICE, 0);
		*addr = sg_dma_address(m->table.sgt.sgl);
		return err;
	}
	if (v->kind == &phys_list_kind) {
		err = dma_map_phys_ranges(bench_dev, &m->mapped, &m->list,
					  DMA_TO_DEVICE, 0, GFP_KERNEL);
		if (!err)
			dma_range_for_each_unlimited(&m->mapped, range)
				break;
		*addr = range.addr;
		return err;
	}
	/* register_dma_pages() of mlx5 */
	if (!dma_iova_try_alloc(bench_dev, &m->iova, 0, v->in->bytes))
		return -ENOMEM;
	*addr = m->iova.addr;
	for (i = 0, err = 0; i < v->in->n && !err; i++)
		err = dma_iova_link(bench_dev, &m->iova,
				    page_to_phys(m->pages[i]), i * PAGE_SIZE,
				    PAGE_SIZE, DMA_TO_DEVICE, 0);
	if (!err)
		err = dma_iova_sync(bench_dev, &m->iova, 0, v->in->bytes);
	return err;
}

static void migration_unmap(struct bench_variant *v)
{
	struct migration *m = v->dst;

	if (v->kind == &append_table_kind)
		dma_unmap_sgtable(bench_dev, &m->table.sgt, DMA_TO_DEVICE, 0);
	else if (v->kind == &phys_list_kind)
		dma_unmap_ranges(bench_dev, &m->mapped, DMA_TO_DEVICE, 0);
	else
		dma_iova_destroy(bench_dev, &m->iova, v->in->bytes,
				 DMA_TO_DEVICE, 0);
}

static int migration_check(struct bench_variant *v)
{
	const struct bench_input *in = v->in;
	dma_addr_t addr;
	bool ok = true;
	size_t i;
	int err;

	err = migration_map(v, &addr);
	if (err)
		return err;
	for (i = 0; i < in->n && ok; i++)
		ok = bench_maps(addr + i * PAGE_SIZE, in->vec[i].paddr);
	migration_unmap(v);
	for (i = 0; i < 16 && ok; i++) {
		const u64 pos = in->seeks[i];

		ok = migration_seek(v, pos) == in->vec[pos >> PAGE_SHIFT].paddr +
					       offset_in_page(pos);
	}
	return ok ? 0 : -EILSEQ;
}

static int migration_setup(struct bench_variant *v)
{
	int err;

	v->dst = kzalloc_obj(struct migration);
	if (!v->dst)
		return -ENOMEM;
	v->copies = 1;
	err = migration_build(v);
	if (err) {
		kfree(v->dst);
		v->dst = NULL;
		return err;
	}
	return migration_check(v);
}

static void migration_teardown(struct bench_variant *v)
{
	if (v->dst)
		migration_destroy(v);
	kfree(v->dst);
}

static u64 migration_memory_value(const struct bench_variant *v)
{
	return div64_u64(migration_bytes(v) * 1000000ULL, v->in->n);
}

/* The container that is there is destroyed, and made again. */
static u64 migration_build_sample(struct bench_variant *v)
{
	u64 ns = 0, start;
	unsigned int i;

	for (i = 0; i < v->reps && !v->err; i++) {
		migration_destroy(v);
		start = ktime_get_ns();
		v->err = migration_build(v);
		ns += bench_elapsed(start);
	}
	return v->err ? U64_MAX : ns;
}

static u64 migration_map_unmap(struct bench_variant *v, bool unmap)
{
	u64 ns[2] = {}, start;
	unsigned int i;
	dma_addr_t addr;

	for (i = 0; i < v->reps && !v->err; i++) {
		start = ktime_get_ns();
		v->err = migration_map(v, &addr);
		ns[0] += bench_elapsed(start);
		if (v->err)
			break;
		start = ktime_get_ns();
		migration_unmap(v);
		ns[1] += bench_elapsed(start);
	}
	return v->err ? U64_MAX : ns[unmap];
}

static u64 migration_map_sample(struct bench_variant *v)
{
	return migration_map_unmap(v, false);
}

static u64 migration_unmap_sample(struct bench_variant *v)
{
	return migration_map_unmap(v, true);
}

static u64 migration_look(struct bench_variant *v, bool random)
{
	u64 start = ktime_get_ns(), last = 0, never = 0, pos;
	unsigned int i;

	OPTIMIZER_HIDE_VAR(never);
	for (i = 0; i < v->reps * BENCH_SEEK_BATCH; i++) {
		if (random)
			pos = v->in->seeks[v->cursor++ % BENCH_NR_SEEKS];
		else
			pos = v->cursor++ % v->in->n * PAGE_SIZE;
		last = migration_seek(v, pos + (last & never));
	}
	start = bench_elapsed(start);
	WRITE_ONCE(bench_sink, last);
	return start;
}

static u64 migration_seek_sample(struct bench_variant *v)
{
	return migration_look(v, true);
}

/* Page after page, as state is read. */
static u64 migration_read_sample(struct bench_variant *v)
{
	return migration_look(v, false);
}

static u64 migration_seek_units(const struct bench_variant *v)
{
	return BENCH_SEEK_BATCH;
}

#define MIGRATION_BENCH(part_, unit_)					\
	.name = "migration",						\
	.part = (part_),						\
	.unit = (unit_),						\
	.kinds = { &phys_list_kind, &append_table_kind, &page_array_kind }, \
	.setup = migration_setup,					\
	.teardown = migration_teardown

static const struct bench migration_benches[] = {
	{
		MIGRATION_BENCH("memory", "bytes/page"),
		.value = migration_memory_value,
	}, {
		MIGRATION_BENCH("build", "ns/page"),
		.sample = migration_build_sample,
		.units = units_pages,
	}, {
		MIGRATION_BENCH("map", "ns/page"),
		.sample = migration_map_sample,
		.units = units_pages,
	}, {
		MIGRATION_BENCH("unmap", "ns/page"),
		.sample = migration_unmap_sample,
		.units = units_pages,
	}, {
		MIGRATION_BENCH("seek", "ns/op"),
		.sample = migration_seek_sample,
		.units = migration_seek_units,
	}, {
		MIGRATION_BENCH("read", "ns/op"),
		.sample = migration_read_sample,
		.units = migration_seek_units,
	},
};

/* 64 MiB, 512 MiB and 4 GiB */
static const size_t migration_sizes[] = { SZ_16K, SZ_128K, SZ_1M, 0 };

const struct bench_set bench_migration = {
	.benches = migration_benches,
	.nr = ARRAY_SIZE(migration_benches),
	.sizes = migration_sizes,
	.shapes = BIT(BENCH_SCATTERED),
	.pages = true,
};

/*
 * storage: from a request to what its descriptors are told, and back
 *
 * The request comes from a blk-mq queue with the limits of NVMe, whose
 * blk_rq_append_bio() has linked up to four bios to it. Everything that depends
 * on the request, tables and lists included, is made and freed every time, as
 * queue_rq() and the completion do.
 *
 * "scatterlist" is what SCSI does: sg_alloc_table_chained(), blk_rq_map_sg(),
 * dma_map_sgtable(). "blk_rq_dma_map_iter" is what NVMe does.
 */

#define STORAGE_BIOS		4

static const struct bench_kind sg_kind = { .name = "scatterlist" };
static const struct bench_kind blk_iter_kind = { .name = "blk_rq_dma_map_iter" };

struct storage {
	struct device *dev;
	struct blk_mq_tag_set tags;
	struct gendisk *disk;
	struct request *rq;
	struct bio bio[STORAGE_BIOS];
	struct bio_vec *bvec;
	/* between mapping and unmapping */
	union {
		struct {
			struct phys_range_list list;
			struct dma_range_list mapped;
		};
		struct sg_table sgt;
		struct {
			struct dma_iova_state iova;
			size_t linked;
			enum pci_p2pdma_map_type p2p;
		};
	};
	/* what the device is told */
	unsigned int nr;
	struct storage_desc {
		dma_addr_t addr;
		u64 len;
	} *desc;
};

static void storage_tell(struct storage *s, dma_addr_t addr, u64 len)
{
	s->desc[s->nr++] = (struct storage_desc){ addr, len };
}

static int storage_map_ranges(struct storage *s)
{
	const struct dma_range_limits limits = dma_range_device_limits(s->dev);
	struct dma_range seg;
	int err;

	phys_range_list_init(&s->list);
	dma_range_list_init(&s->mapped);
	err = phys_range_list_append_bios(&s->list, s->rq->bio, GFP_ATOMIC);
	if (!err)
		err = dma_map_phys_ranges(s->dev, &s->mapped, &s->list,
					  rq_dma_dir(s->rq), 0, GFP_ATOMIC);
	if (err) {
		phys_range_list_destroy(&s->list);
		return err;
	}
	dma_range_for_each_segment(&s->mapped, &limits, seg)
		storage_tell(s, seg.addr, seg.len);
	return 0;
}

static int storage_map_sg(struct storage *s)
{
	struct scatterlist *sg;
	int err, i;

	s->sgt.sgl = NULL;
	err = sg_alloc_table_chained(&s->sgt, blk_rq_nr_phys_segments(s->rq),
				     NULL, 0);
	if (err)
		return err;
	s->sgt.orig_nents = blk_rq_map_sg(s->rq, s->sgt.sgl);
	err = dma_map_sgtable(s->dev, &s->sgt, rq_dma_dir(s->rq), 0);
	if (err) {
		sg_free_table_chained(&s->sgt, 0);
		return err;
	}
	for_each_sgtable_dma_sg(&s->sgt, sg, i)
		storage_tell(s, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static int storage_map_iter(struct storage *s)
{
	struct blk_dma_iter iter;

	s->linked = 0;
	if (!blk_rq_dma_map_iter_start(s->rq, s->dev, &s->iova, &iter))
		return blk_status_to_errno(iter.status);
	do {
		storage_tell(s, iter.addr, iter.len);
		s->linked += iter.len;
	} while (!blk_rq_dma_map_coalesce(&s->iova) &&
		 blk_rq_dma_map_iter_next(s->rq, s->dev, &iter));
	s->p2p = iter.p2pdma.map;
	return blk_status_to_errno(iter.status);
}

static int storage_map(struct bench_variant *v)
{
	struct storage *s = v->dst;

	s->nr = 0;
	if (v->kind == &phys_list_kind)
		return storage_map_ranges(s);
	return v->kind == &sg_kind ? storage_map_sg(s) : storage_map_iter(s);
}

static void storage_unmap(struct bench_variant *v)
{
	struct storage *s = v->dst;
	unsigned int i;

	if (v->kind == &phys_list_kind) {
		dma_unmap_ranges(s->dev, &s->mapped, rq_dma_dir(s->rq), 0);
		phys_range_list_destroy(&s->list);
	} else if (v->kind == &sg_kind) {
		dma_unmap_sgtable(s->dev, &s->sgt, rq_dma_dir(s->rq), 0);
		sg_free_table_chained(&s->sgt, 0);
	} else if (!blk_rq_dma_unmap(s->rq, s->dev, &s->iova, s->linked,
				     s->p2p)) {
		for (i = 0; i < s->nr; i++)
			dma_unmap_phys(s->dev, s->desc[i].addr, s->desc[i].len,
				       rq_dma_dir(s->rq), 0);
	}
}

/* Do the descriptors lead to every page, and to nothing else? */
static int storage_check(struct bench_variant *v)
{
	const struct phys_vec *vec = v->in->vec;
	struct storage *s = v->dst;
	unsigned int i;
	size_t n = 0;
	bool ok = true;
	int err;
	u64 off;

	err = storage_map(v);
	if (err)
		return err;
	for (i = 0; i < s->nr && ok; i++) {
		for (off = 0; off < s->desc[i].len && ok; off += PAGE_SIZE, n++) {
			dma_addr_t addr = s->desc[i].addr + off;

			ok = n < v->in->n &&
			     (s->dev == bench_dev ?
			      bench_maps(addr, vec[n].paddr) :
			      addr == vec[n].paddr);
		}
	}
	storage_unmap(v);
	return ok && n == v->in->n ? 0 : -EILSEQ;
}

/* Nothing is ever queued. */
static blk_status_t storage_queue_rq(struct blk_mq_hw_ctx *hctx,
				     const struct blk_mq_queue_data *bd)
{
	return BLK_STS_IOERR;
}

static const struct blk_mq_ops storage_mq_ops = {
	.queue_rq = storage_queue_rq,
};

static int storage_make_request(struct storage *s, const struct bench_input *in)
{
	struct queue_limits lim = {
		.max_hw_sectors = SZ_4M >> SECTOR_SHIFT,
		.max_segments = USHRT_MAX,
		.max_segment_size = UINT_MAX,
		.virt_boundary_mask = PAGE_SIZE - 1,
	};
	const size_t per_bio = DIV_ROUND_UP(in->n, STORAGE_BIOS);
	size_t i;
	int err;

	err = blk_mq_alloc_sq_tag_set(&s->tags, &storage_mq_ops, 1, 0);
	if (err)
		return err;
	s->disk = blk_mq_alloc_disk(&s->tags, &lim, NULL);
	if (IS_ERR(s->disk))
		return PTR_ERR(s->disk);
	s->rq = blk_mq_alloc_request(s->disk->queue, REQ_OP_DRV_OUT, 0);
	if (IS_ERR(s->rq))
		return PTR_ERR(s->rq);
	for (i = 0; i < in->n; i++) {
		struct bio *bio = &s->bio[i / per_bio];

		if (i % per_bio == 0)
			bio_init(bio, NULL, s->bvec + i, per_bio,
				 REQ_OP_DRV_OUT);
		__bio_add_page(bio, in->pages[i], PAGE_SIZE, 0);
		if ((i + 1) % per_bio && i + 1 < in->n)
			continue;
		err = blk_rq_append_bio(s->rq, bio);
		if (err)
			return err;
	}
	return 0;
}

static void storage_teardown(struct bench_variant *v)
{
	struct storage *s = v->dst;

	if (!s)
		return;
	if (!IS_ERR_OR_NULL(s->rq))
		blk_mq_free_request(s->rq);
	if (!IS_ERR_OR_NULL(s->disk))
		put_disk(s->disk);
	if (s->tags.tags)
		blk_mq_free_tag_set(&s->tags);
	if (s->dev != bench_dev)
		range_list_mock_device_destroy(s->dev);
	kfree(s->bvec);
	kfree(s->desc);
	kfree(s);
}

static int storage_setup_for(struct bench_variant *v, struct device *dev)
{
	struct storage *s;
	int err;

	v->copies = 1;
	s = kzalloc_obj(*s);
	v->dst = s;
	if (!s) {
		if (dev != bench_dev)
			range_list_mock_device_destroy(dev);
		return -ENOMEM;
	}
	s->dev = dev;
	s->bvec = kzalloc_objs(*s->bvec, v->in->n);
	s->desc = kzalloc_objs(*s->desc, v->in->n);
	if (!s->bvec || !s->desc)
		return -ENOMEM;
	err = storage_make_request(s, v->in);
	return err ?: storage_check(v);
}

static int storage_setup(struct bench_variant *v)
{
	return storage_setup_for(v, bench_dev);
}

/* A device without an IOMMU. */
static int storage_direct_setup(struct bench_variant *v)
{
	static const struct range_list_mock_params params = {
		.flags = RANGE_LIST_MOCK_DIRECT,
		.max_seg_size = UINT_MAX,
	};
	struct device *dev = range_list_mock_device_create(&params);

	return IS_ERR(dev) ? PTR_ERR(dev) : storage_setup_for(v, dev);
}

static u64 storage_sample(struct bench_variant *v)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < v->reps && !v->err; i++) {
		v->err = storage_map(v);
		if (!v->err)
			storage_unmap(v);
	}
	start = bench_elapsed(start);
	return v->err ? U64_MAX : start;
}

static u64 storage_units_requests(const struct bench_variant *v)
{
	return 1;
}

#define STORAGE_BENCH(part_, unit_, setup_, units_)			\
	{								\
		.name = "storage",					\
		.part = (part_),					\
		.unit = (unit_),					\
		.kinds = { &phys_list_kind, &sg_kind, &blk_iter_kind },	\
		.setup = (setup_),					\
		.teardown = storage_teardown,				\
		.sample = storage_sample,				\
		.units = (units_),					\
	}

static const struct bench storage_benches[] = {
	STORAGE_BENCH("iommu", "ns/request", storage_setup,
		      storage_units_requests),
	STORAGE_BENCH("iommu, page", "ns/page", storage_setup, units_pages),
	STORAGE_BENCH("direct", "ns/request", storage_direct_setup,
		      storage_units_requests),
	STORAGE_BENCH("direct, page", "ns/page", storage_direct_setup,
		      units_pages),
};

/* 4 KiB, 256 KiB and 1 MiB */
static const size_t storage_sizes[] = { 1, 64, 256, 0 };

const struct bench_set bench_storage = {
	.benches = storage_benches,
	.nr = ARRAY_SIZE(storage_benches),
	.sizes = storage_sizes,
	.shapes = BIT(BENCH_SCATTERED) | BIT(BENCH_CONTIGUOUS),
	.pages = true,
};
