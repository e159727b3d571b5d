/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test that map_ranges() puts the same into the table as map_range() does for
 * each of the ranges, and that it can fail anywhere.
 */
#include <kunit/static_stub.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>

enum {
	MAX_RANGES = 40,
	MAX_LEAVES = 32768,
	RW = IOMMU_READ | IOMMU_WRITE,
};

/* A list of ranges that is handed out in batches */
struct ranges {
	struct iommu_phys_source src;
	struct phys_vec vec[MAX_RANGES];
	unsigned int nr;
	/* The batch that starts here has this many ranges and that prot */
	unsigned int batch[MAX_RANGES];
	int prot[MAX_RANGES];
	/* What the refill has handed out */
	unsigned int pos;
	/* Error of the refill at the end */
	int ret;
};

static int ranges_refill(struct iommu_phys_source *src)
{
	struct ranges *r = container_of(src, struct ranges, src);

	if (r->pos == r->nr)
		return r->ret;
	src->vec = r->vec + r->pos;
	src->nr = r->batch[r->pos];
	src->prot = r->prot[r->pos];
	r->pos += src->nr;
	return 0;
}

static struct iommu_phys_source *ranges_source(struct ranges *r)
{
	r->pos = 0;
	r->src = (struct iommu_phys_source){ .refill = ranges_refill };
	return &r->src;
}

static struct ranges *alloc_ranges(struct kunit *test)
{
	struct ranges *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	return r;
}

/* One batch of pages that are not adjacent */
static size_t fill_pages(struct kunit *test, struct ranges *r, unsigned int nr)
{
	struct kunit_iommu_priv *priv = test->priv;
	unsigned int i;

	for (i = 0; i != nr; i++)
		r->vec[i] = (struct phys_vec){
			.paddr = (nr - i) * 3 * priv->smallest_pgsz,
			.len = priv->smallest_pgsz,
		};
	r->nr = nr;
	r->batch[0] = nr;
	r->prot[0] = RW;
	return nr * priv->smallest_pgsz;
}

static void check_pages(struct kunit *test, struct ranges *r, pt_vaddr_t va)
{
	unsigned int i;

	for (i = 0; i != r->nr; i++) {
		check_iova(test, va, r->vec[i].paddr, r->vec[i].len);
		va += r->vec[i].len;
	}
}

static int do_map_ranges(struct kunit *test, pt_vaddr_t va, size_t len,
			 struct ranges *r, size_t *mapped)
{
	struct kunit_iommu_priv *priv = test->priv;

	*mapped = 0;
	return priv->iommu->ops->map_ranges(priv->iommu, va, len,
					    ranges_source(r), GFP_KERNEL,
					    mapped);
}

/* Everything about the leaves, in order */
struct leaf {
	pt_vaddr_t va;
	pt_oaddr_t oa;
	u64 descriptor_bits;
	unsigned int lg2sz;
};

struct leaves {
	unsigned int nr;
	struct leaf leaf[MAX_LEAVES];
};

static int __collect_leaves(struct pt_range *range, void *arg,
			    unsigned int level, struct pt_table_p *table)
{
	struct pt_state pts = pt_init(range, level, table);
	struct leaves *leaves = arg;
	int ret;

	for_each_pt_level_entry(&pts) {
		struct pt_write_attrs attrs = {};

		if (pts.type == PT_ENTRY_TABLE) {
			ret = pt_descend(&pts, arg, __collect_leaves);
			if (ret)
				return ret;
		}
		if (pts.type != PT_ENTRY_OA)
			continue;
		if (leaves->nr == MAX_LEAVES)
			return -E2BIG;
		pt_attr_from_entry(&pts, &attrs);
		leaves->leaf[leaves->nr++] = (struct leaf){
			.va = range->va,
			.oa = pt_entry_oa(&pts),
			.descriptor_bits = attrs.descriptor_bits,
			.lg2sz = pt_entry_oa_lg2sz(&pts),
		};
	}
	return 0;
}

static void collect_leaves(struct kunit *test, pt_vaddr_t va, size_t len,
			   struct leaves *leaves)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct pt_range range = pt_make_range(priv->common, va, va + len - 1);

	leaves->nr = 0;
	KUNIT_ASSERT_NO_ERRNO(test, pt_walk_range(&range, __collect_leaves,
						  leaves));
}

static void free_leaves(void *leaves)
{
	kvfree(leaves);
}

static struct leaves *alloc_leaves(struct kunit *test)
{
	struct leaves *leaves = kvzalloc(sizeof(*leaves), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, leaves);
	ret = kunit_add_action_or_reset(test, free_leaves, leaves);
	KUNIT_ASSERT_NO_ERRNO(test, ret);
	return leaves;
}

static unsigned int rnd(unsigned int max)
{
	return get_random_u32_inclusive(0, max);
}

/* Returns the sum of all lengths, va is where it will be mapped */
static size_t random_ranges(struct kunit *test, struct ranges *r, pt_vaddr_t va)
{
	static const int prots[] = { RW | IOMMU_CACHE, RW | IOMMU_MMIO, RW,
				     IOMMU_READ | IOMMU_CACHE, IOMMU_READ };
	struct kunit_iommu_priv *priv = test->priv;
	unsigned int max_lg2 = min(priv->common->max_oasz_lg2,
				   sizeof(phys_addr_t) * 8) - 1;
	unsigned int pages_only = rnd(3);
	unsigned int i, left = 0;
	size_t total = 0;

	r->nr = 1 + rnd(MAX_RANGES - 1);
	for (i = 0; i != r->nr; i++) {
		unsigned int kind = pages_only ? rnd(4) : rnd(9);
		unsigned int same_lg2 = rnd(24);
		pt_oaddr_t oa = log2_mod_t(u64, get_random_u64(), max_lg2);
		size_t pages = 1;

		if (kind == 5)
			pages = 1 + rnd(15);
		else if (kind == 6)
			pages = 1 + rnd(700);
		else if (kind == 7)
			pages = 512 * (1 + rnd(3));
		else if (kind == 8)
			pages = 16 << rnd(5);
		/* Large pages need addresses that agree in their low bits */
		oa = oalog2_set_mod(oa, oalog2_mod(va + total, same_lg2),
				    same_lg2);
		oa = oalog2_set_mod(oa, 0, priv->smallest_pgsz_lg2);
		if (i && !rnd(3))
			oa = r->vec[i - 1].paddr + r->vec[i - 1].len;
		r->vec[i].paddr = oa;
		r->vec[i].len = pages * priv->smallest_pgsz;
		total += r->vec[i].len;
		if (!left) {
			left = 1 + rnd(r->nr - i - 1);
			r->batch[i] = left;
			r->prot[i] = prots[rnd(ARRAY_SIZE(prots) - 1)];
		}
		left--;
	}
	return total;
}

/* Do it range by range */
static void map_each(struct kunit *test, struct ranges *r, pt_vaddr_t va)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct phys_vec range;
	unsigned int i, end;
	size_t mapped;
	int ret;

	for (i = 0; i != r->nr;) {
		int prot = r->prot[i];

		for (end = i + r->batch[i]; i != end;) {
			range = r->vec[i++];
			for (; i != end && r->vec[i].paddr ==
						   range.paddr + range.len; i++)
				range.len += r->vec[i].len;
			mapped = 0;
			ret = priv->iommu->ops->map_range(priv->iommu, va,
							  range.paddr,
							  range.len, prot,
							  GFP_KERNEL, &mapped);
			KUNIT_ASSERT_NO_ERRNO(test, ret);
			KUNIT_ASSERT_EQ(test, mapped, range.len);
			va += mapped;
		}
	}
}

/* Pages that were mapped once leave their tables behind */
static void leave_tables(struct kunit *test, pt_vaddr_t va, size_t len)
{
	struct kunit_iommu_priv *priv = test->priv;
	unsigned int i;

	for (i = rnd(8); i; i--) {
		pt_vaddr_t page = va + get_random_u32_below(len);

		page = log2_set_mod(page, 0, priv->smallest_pgsz_lg2);
		do_map(test, page, 0, priv->smallest_pgsz);
		do_unmap(test, page, priv->smallest_pgsz);
	}
}

static void test_map_ranges_random(struct kunit *test)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct leaves *expect = alloc_leaves(test);
	struct leaves *got = alloc_leaves(test);
	struct ranges *r = alloc_ranges(test);
	unsigned int iter, i;
	int ret;

	for (iter = 0; iter != 300; iter++) {
		struct pt_range range = pt_top_range(priv->common);
		size_t len, mapped;
		pt_vaddr_t va;

		va = range.va + priv->smallest_pgsz * (256 + rnd(2048));
		if (pt_feature(priv->common, PT_FEAT_SIGN_EXTEND) &&
		    !IS_32BIT && rnd(1)) {
			range = pt_upper_range(priv->common);
			va = range.last_va + 1 - SZ_1G;
		}
		len = random_ranges(test, r, va);
		/* Up to the last byte */
		if (va > SZ_1G && rnd(1))
			va = range.last_va + 1 - len;

		leave_tables(test, va, len);
		ret = do_map_ranges(test, va, len, r, &mapped);
		KUNIT_ASSERT_EQ_MSG(test, ret, 0, "%llx + %zx, %zx done",
				    (u64)va, len, mapped);
		KUNIT_ASSERT_EQ(test, mapped, len);
		collect_leaves(test, va, len, got);
		do_unmap(test, va, len);
		KUNIT_ASSERT_EQ(test, count_valids(test), 0);

		map_each(test, r, va);
		collect_leaves(test, va, len, expect);
		do_unmap(test, va, len);

		KUNIT_ASSERT_EQ(test, got->nr, expect->nr);
		for (i = 0; i != expect->nr; i++) {
			struct leaf *a = &expect->leaf[i];
			struct leaf *b = &got->leaf[i];

			if (a->va != b->va || a->oa != b->oa ||
			    a->lg2sz != b->lg2sz ||
			    a->descriptor_bits != b->descriptor_bits) {
				KUNIT_FAIL(test,
					   "%u, leaf %u: %llx to %llx/%u %llx instead of %llx/%u %llx",
					   iter, i, (u64)a->va, (u64)b->oa,
					   b->lg2sz, b->descriptor_bits,
					   (u64)a->oa, a->lg2sz,
					   a->descriptor_bits);
				return;
			}
		}
		cond_resched();
	}
}

/* The walk leaves what the top reached when it started */
static void test_map_ranges_top(struct kunit *test)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct pt_range top_range = pt_top_range(priv->common);
	struct ranges *r = alloc_ranges(test);
	size_t len, mapped;
	pt_vaddr_t va;
	int ret;

	if (IS_32BIT)
		kunit_skip(test, "Unable to test on 32bit");
	if (pt_feature(priv->common, PT_FEAT_SIGN_EXTEND))
		kunit_skip(test, "There is no end below the hole");

	len = fill_pages(test, r, 20);
	va = top_range.last_va + 1 - 7 * priv->smallest_pgsz;
	ret = do_map_ranges(test, va, len, r, &mapped);
	if (!pt_feature(priv->common, PT_FEAT_DYNAMIC_TOP) ||
	    priv->common->max_vasz_lg2 <= top_range.max_vasz_lg2) {
		KUNIT_ASSERT_TRUE(test, ret == -ERANGE || ret == -EOVERFLOW);
		KUNIT_ASSERT_EQ(test, mapped, 0);
		return;
	}
	KUNIT_ASSERT_NO_ERRNO(test, ret);
	KUNIT_ASSERT_EQ(test, mapped, len);
	KUNIT_ASSERT_EQ(test, pt_top_range(priv->common).top_level,
			top_range.top_level + 1);
	check_pages(test, r, va);
	do_unmap(test, va, len);
	KUNIT_ASSERT_EQ(test, count_valids(test), 0);
}

/* Something is mapped already where the walk comes to */
static void test_map_ranges_in_use(struct kunit *test)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct pt_range top_range = pt_top_range(priv->common);
	pt_vaddr_t pgsz = priv->smallest_pgsz;
	pt_vaddr_t va = top_range.va + pgsz * (512 + 500);
	struct ranges *r = alloc_ranges(test);
	size_t len = fill_pages(test, r, MAX_RANGES);
	size_t mapped;
	unsigned int i;

	for (i = 0; i != MAX_RANGES; i++) {
		do_map(test, va + i * pgsz, 0, pgsz);
		KUNIT_ASSERT_EQ(test, do_map_ranges(test, va, len, r, &mapped),
				-EADDRINUSE);
		KUNIT_ASSERT_EQ(test, mapped, i * pgsz);
		if (mapped)
			do_unmap(test, va, mapped);
		KUNIT_ASSERT_EQ(test, count_valids(test), 1);
		check_iova(test, va + i * pgsz, 0, pgsz);
		do_unmap(test, va + i * pgsz, pgsz);
	}
	KUNIT_ASSERT_NO_ERRNO(test, do_map_ranges(test, va, len, r, &mapped));
	check_pages(test, r, va);
	do_unmap(test, va, len);
}

static void test_map_ranges_errors(struct kunit *test)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct pt_range top_range = pt_top_range(priv->common);
	pt_vaddr_t pgsz = priv->smallest_pgsz;
	pt_vaddr_t va = top_range.va + pgsz * 256;
	struct ranges *r = alloc_ranges(test);
	size_t mapped;
	struct {
		struct phys_vec vec;
		int ret;
	} bad[] = {
		{ { 0, 0 }, -EINVAL },
		{ { pgsz / 2, pgsz }, -ENXIO },
		{ { 0, pgsz / 2 }, -ENXIO },
		{ { 0, pgsz + pgsz / 2 }, -ENXIO },
		{ { 0, pgsz * 3 }, -ERANGE },
		{ { -pgsz, pgsz * 2 }, -ERANGE },
		{ { log2_to_int_t(u64, priv->common->max_oasz_lg2), pgsz },
		  -ERANGE },
	};
	unsigned int i;

	for (i = 0; i != ARRAY_SIZE(bad); i++) {
		/* PAE and the like cannot express it */
		if (i == ARRAY_SIZE(bad) - 1 &&
		    priv->common->max_oasz_lg2 >= sizeof(phys_addr_t) * 8)
			continue;
		fill_pages(test, r, 7);
		r->vec[5] = bad[i].vec;
		KUNIT_ASSERT_EQ_MSG(test,
				    do_map_ranges(test, va, 7 * pgsz, r,
						  &mapped),
				    bad[i].ret, "%u", i);
		KUNIT_ASSERT_EQ(test, mapped, 5 * pgsz);
		do_unmap(test, va, mapped);
		KUNIT_ASSERT_EQ(test, count_valids(test), 0);
	}

	/* The source ends early, and ends with an error */
	fill_pages(test, r, 7);
	KUNIT_ASSERT_NO_ERRNO(test, do_map_ranges(test, va, 9 * pgsz, r,
						  &mapped));
	KUNIT_ASSERT_EQ(test, mapped, 7 * pgsz);
	check_pages(test, r, va);
	do_unmap(test, va, mapped);
	r->ret = -EREMOTEIO;
	KUNIT_ASSERT_EQ(test, do_map_ranges(test, va, 9 * pgsz, r, &mapped),
			-EREMOTEIO);
	KUNIT_ASSERT_EQ(test, mapped, 7 * pgsz);
	do_unmap(test, va, mapped);

	/* It has more than is wanted, which remains in it */
	r->vec[5].paddr = r->vec[4].paddr + pgsz;
	KUNIT_ASSERT_NO_ERRNO(test, do_map_ranges(test, va, 5 * pgsz, r,
						  &mapped));
	KUNIT_ASSERT_EQ(test, mapped, 5 * pgsz);
	KUNIT_ASSERT_EQ(test, r->src.nr, 2);
	KUNIT_ASSERT_PTR_EQ(test, r->src.vec, &r->vec[5]);
	do_unmap(test, va, mapped);

	/* It has nothing */
	r->nr = 0;
	r->ret = 0;
	KUNIT_ASSERT_NO_ERRNO(test, do_map_ranges(test, va, pgsz, r, &mapped));
	KUNIT_ASSERT_EQ(test, mapped, 0);
	KUNIT_ASSERT_EQ(test, count_valids(test), 0);
}

static unsigned int fail_alloc;

static void *failing_alloc_pages_node_sz(int nid, gfp_t gfp, size_t size)
{
	struct kunit *test = current->kunit_test;
	void *mem;

	if (fail_alloc && !--fail_alloc)
		return NULL;
	/* Not once more to here */
	current->kunit_test = NULL;
	mem = iommu_alloc_pages_node_sz(nid, gfp, size);
	current->kunit_test = test;
	return mem;
}

/* Every allocation fails once */
static void test_map_ranges_nomem(struct kunit *test)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct pt_range top_range = pt_top_range(priv->common);
	pt_vaddr_t pgsz = priv->smallest_pgsz;
	pt_vaddr_t va = top_range.last_va + 1 - 7 * pgsz;
	struct ranges *r = alloc_ranges(test);
	size_t len = fill_pages(test, r, MAX_RANGES);
	unsigned int nth;
	size_t mapped;
	int ret;

	/* Several tables; and beyond the top, where there can be more */
	r->vec[17].len = 1200 * pgsz;
	r->vec[18].len = 700 * pgsz;
	len += 1898 * pgsz;
	if (!pt_feature(priv->common, PT_FEAT_DYNAMIC_TOP) || IS_32BIT ||
	    priv->common->max_vasz_lg2 <= top_range.max_vasz_lg2)
		va = top_range.va + 256 * pgsz;
	do_map(test, top_range.va, 0, pgsz);

	kunit_activate_static_stub(test, iommu_alloc_pages_node_sz,
				   failing_alloc_pages_node_sz);
	for (nth = 1;; nth++) {
		KUNIT_ASSERT_LT(test, nth, 100);
		fail_alloc = nth;
		ret = do_map_ranges(test, va, len, r, &mapped);
		if (!ret)
			break;
		KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
		KUNIT_ASSERT_LT(test, mapped, len);
		if (mapped)
			do_unmap(test, va, mapped);
		KUNIT_ASSERT_EQ(test, count_valids(test), 1);
		check_iova(test, top_range.va, 0, pgsz);
	}
	kunit_deactivate_static_stub(test, iommu_alloc_pages_node_sz);
	KUNIT_ASSERT_GE(test, nth, 4);
	KUNIT_ASSERT_EQ(test, mapped, len);
	check_pages(test, r, va);
	do_unmap(test, va, len);
	do_unmap(test, top_range.va, pgsz);
}

/* Threads that map neighbouring parts of the same tables */
struct map_thread {
	struct kunit *test;
	struct ranges *r;
	pt_vaddr_t va;
	size_t stride;
	int ret;
	struct completion done;
};

static int map_thread_fn(void *arg)
{
	struct map_thread *t = arg;
	struct kunit_iommu_priv *priv = t->test->priv;
	unsigned int round, i;
	size_t mapped;

	for (round = 0; round != 50 && !t->ret; round++) {
		for (i = 0; i != 60 && !t->ret; i++) {
			pt_vaddr_t va = t->va + i * t->stride;

			t->ret = do_map_ranges(t->test, va, t->stride / 2,
					       t->r, &mapped);
			if (!t->ret && mapped != t->stride / 2)
				t->ret = -EIO;
			if (iommu_iova_to_phys(&priv->domain, va) !=
			    t->r->vec[0].paddr)
				t->ret = -EFAULT;
			cond_resched();
		}
		/* The last time it remains */
		while (i-- && !t->ret && round != 49)
			if (iommu_unmap(&priv->domain, t->va + i * t->stride,
					t->stride / 2) != t->stride / 2)
				t->ret = -ENXIO;
	}
	complete(&t->done);
	return 0;
}

static void test_map_ranges_threads(struct kunit *test)
{
	struct kunit_iommu_priv *priv = test->priv;
	struct pt_range top_range = pt_top_range(priv->common);
	pt_vaddr_t va = top_range.va + 100 * priv->smallest_pgsz;
	struct map_thread t[2];
	unsigned int i, j;
	size_t len;

	for (i = 0; i != ARRAY_SIZE(t); i++) {
		t[i] = (struct map_thread){ .test = test,
					    .r = alloc_ranges(test) };
		len = fill_pages(test, t[i].r, 25);
		t[i].va = va + i * len;
		t[i].stride = len * 2;
		init_completion(&t[i].done);
	}
	for (i = 0; i != ARRAY_SIZE(t); i++)
		if (IS_ERR(kthread_run(map_thread_fn, &t[i], "map_ranges"))) {
			t[i].ret = -ECHILD;
			complete(&t[i].done);
		}
	for (i = 0; i != ARRAY_SIZE(t); i++)
		wait_for_completion(&t[i].done);
	for (i = 0; i != ARRAY_SIZE(t); i++) {
		KUNIT_ASSERT_NO_ERRNO(test, t[i].ret);
		for (j = 0; j != 60; j++)
			check_pages(test, t[i].r, t[i].va + j * t[i].stride);
	}
	KUNIT_ASSERT_EQ(test, count_valids(test), 2 * 60 * 25);
	do_unmap(test, va, 2 * 60 * len);
}
