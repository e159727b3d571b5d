// SPDX-License-Identifier: GPL-2.0
/*
 * Devices for tests, behind an IOMMU that exists only in software.
 *
 * The mock IOMMU registers with the IOMMU core as any other does, with a
 * software node as its firmware node. Its devices sit on the platform bus (or
 * on the PCI bus of user-mode Linux) and are told apart from all others by
 * their fwspec, so it can live beside a real IOMMU. Nothing here needs more of
 * the core than a driver does.
 */

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/iommu-dma.h>
#include <linux/ioport.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <linux/vmstat.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "mock_iommu.h"

static unsigned long long seed = 1;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of tests with random numbers; 0 for another one each time");

u64 range_list_mock_seed(void)
{
	return seed ?: get_random_u64();
}
EXPORT_SYMBOL_GPL(range_list_mock_seed);

/* User-mode Linux has no cache maintenance, so it can be ours */
#if defined(CONFIG_UML) && defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) && \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU)
#define MOCK_ARCH_SYNC 1
#else
#define MOCK_ARCH_SYNC 0
#endif

/* PCI devices without hardware are easy on user-mode Linux, and only there */
#ifdef CONFIG_UML_PCI
#include "../../arch/um/drivers/virt-pci.h"
#define MOCK_PCI 1
#else
#define MOCK_PCI 0
#endif

#define MOCK_NAME "range_list_mock"

/* Neither is assigned to anybody */
#define MOCK_PCI_VENDOR		0xfffe
#define MOCK_PCI_DEVICE		0x5247
#define MOCK_PCI_CFG_SIZE	256

/* As much as the page allocator gives in one piece on every architecture */
#define MOCK_SWIOTLB_SIZE	SZ_4M

#define MOCK_ALL_FLAGS                                                        \
	(RANGE_LIST_MOCK_DIRECT | RANGE_LIST_MOCK_IDENTITY |                  \
	 RANGE_LIST_MOCK_LAZY | RANGE_LIST_MOCK_NONCOHERENT |                 \
	 RANGE_LIST_MOCK_BOUNCE | RANGE_LIST_MOCK_UNTRUSTED |                 \
	 RANGE_LIST_MOCK_COUNT | RANGE_LIST_MOCK_MAP_PAGES)

/**
 * struct mock_device - A mock device, found at &device.platform_data
 * @params: As given by the creator
 * @dev: The device in the driver core, which owns this memory for platform
 *	devices
 * @tlb: The default swiotlb with bouncing forced
 * @pci: PCI device in the emulation of user-mode Linux
 * @cfg: Its configuration space
 */
struct mock_device {
	struct range_list_mock_params params;
	struct device *dev;
#ifdef CONFIG_SWIOTLB
	struct io_tlb_mem tlb;
#endif
#if MOCK_PCI
	struct um_pci_device pci;
	u8 cfg[MOCK_PCI_CFG_SIZE];
#endif
};

/**
 * struct mock_domain - A paging domain of the mock IOMMU
 * @domain: What the IOMMU core sees
 * @iommu: The same, as generic_pt sees it
 * @amdv1: The same with the page table
 * @top_lock: For changes of the top of the page table
 * @pt_ops: Counting operations, if the device asked for it
 * @real_ops: The operations that do the work, then
 * @fail_map: Countdown to the range that fails, 0 is off
 * @sync_map: See &struct range_list_mock_stats, like all the following
 * @iotlb_sync: See there
 * @flush_all: See there
 * @change_top: See there
 * @maps: See there
 * @walks: See there
 * @prot: See there
 * @unmaps: See there
 * @mapped_bytes: See there
 */
struct mock_domain {
	union {
		struct iommu_domain domain;
		struct pt_iommu iommu;
		struct pt_iommu_amdv1 amdv1;
	};
	spinlock_t top_lock; /* for changes of the top table */
	struct pt_iommu_ops pt_ops;
	const struct pt_iommu_ops *real_ops;
	atomic_long_t fail_map;
	atomic64_t sync_map;
	atomic64_t iotlb_sync;
	atomic64_t flush_all;
	atomic64_t change_top;
	atomic64_t maps;
	atomic64_t walks;
	atomic_t prot;
	atomic64_t unmaps;
	atomic64_t mapped_bytes;
};

PT_IOMMU_CHECK_DOMAIN(struct mock_domain, iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct mock_domain, amdv1.iommu, domain);

/* Protects the three below, and is held while a device is added */
static DEFINE_MUTEX(mock_lock);
static bool mock_registered;
static struct mock_device *mock_adding;
static struct task_struct *mock_adder;

static struct iommu_device mock_iommu;

static atomic64_t mock_sync_for_device;
static atomic64_t mock_sync_for_cpu;

static const struct iommu_domain_ops mock_domain_ops;

static struct mock_domain *to_mock_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct mock_domain, domain);
}

static struct mock_device *to_mock_device(struct device *dev)
{
	return dev_get_platdata(dev);
}

static struct mock_domain *mock_domain_of_dev(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (!domain || domain->ops != &mock_domain_ops)
		return NULL;
	return to_mock_domain(domain);
}

/* Cache maintenance */

#if MOCK_ARCH_SYNC
static range_list_mock_sync_fn_t *mock_sync_fn;
static void *mock_sync_ctx;

static void mock_sync(phys_addr_t phys, size_t size,
		      enum dma_data_direction dir, bool for_cpu)
{
	range_list_mock_sync_fn_t *fn = READ_ONCE(mock_sync_fn);

	atomic64_add(size, for_cpu ? &mock_sync_for_cpu : &mock_sync_for_device);
	if (fn)
		fn(READ_ONCE(mock_sync_ctx), phys, size, dir, for_cpu);
}

void arch_sync_dma_for_device(phys_addr_t paddr, size_t size,
			      enum dma_data_direction dir)
{
	mock_sync(paddr, size, dir, false);
}

void arch_sync_dma_for_cpu(phys_addr_t paddr, size_t size,
			   enum dma_data_direction dir)
{
	mock_sync(paddr, size, dir, true);
}

int range_list_mock_observe_sync(range_list_mock_sync_fn_t *fn, void *ctx)
{
	WRITE_ONCE(mock_sync_fn, NULL);
	WRITE_ONCE(mock_sync_ctx, ctx);
	WRITE_ONCE(mock_sync_fn, fn);
	return 0;
}
#else
int range_list_mock_observe_sync(range_list_mock_sync_fn_t *fn, void *ctx)
{
	return -EOPNOTSUPP;
}
#endif /* MOCK_ARCH_SYNC */
EXPORT_SYMBOL_GPL(range_list_mock_observe_sync);

/* The page table */

static spinlock_t *mock_get_top_lock(struct pt_iommu *iommu_table)
{
	struct mock_domain *mock =
		container_of(iommu_table, struct mock_domain, iommu);

	return &mock->top_lock;
}

static void mock_change_top(struct pt_iommu *iommu_table,
			    phys_addr_t top_paddr, unsigned int top_level)
{
	struct mock_domain *mock =
		container_of(iommu_table, struct mock_domain, iommu);

	lockdep_assert_held(&mock->top_lock);
	atomic64_inc(&mock->change_top);
}

static const struct pt_iommu_driver_ops mock_pt_driver_ops = {
	.get_top_lock = mock_get_top_lock,
	.change_top = mock_change_top,
};

static int mock_map_range(struct pt_iommu *iommu_table, dma_addr_t iova,
			  phys_addr_t paddr, dma_addr_t len, unsigned int prot,
			  gfp_t gfp, size_t *mapped)
{
	struct mock_domain *mock =
		container_of(iommu_table, struct mock_domain, iommu);
	size_t done = 0;
	int ret;

	atomic64_inc(&mock->maps);
	atomic_or(prot, &mock->prot);
	if (atomic_long_read(&mock->fail_map) &&
	    atomic_long_dec_if_positive(&mock->fail_map) == 0)
		return -ENOMEM;

	ret = mock->real_ops->map_range(iommu_table, iova, paddr, len, prot,
					gfp, &done);
	/* What is done is done, also on failure */
	atomic64_add(done, &mock->mapped_bytes);
	*mapped += done;
	return ret;
}

/* The source of the caller, up to the range that is to fail */
struct mock_source {
	struct iommu_phys_source src;
	struct iommu_phys_source *real;
	struct mock_domain *mock;
};

static int mock_source_refill(struct iommu_phys_source *src)
{
	struct mock_source *s = container_of(src, struct mock_source, src);
	struct iommu_phys_source *real = s->real;
	long fail = atomic_long_read(&s->mock->fail_map);
	int ret;

	if (!real->nr && real->refill) {
		ret = real->refill(real);
		if (ret)
			return ret;
	}
	src->vec = real->vec;
	src->nr = real->nr;
	src->prot = real->prot;
	if (fail && src->nr) {
		src->nr = min_t(long, src->nr, fail - 1);
		atomic_long_sub(max(src->nr, 1), &s->mock->fail_map);
		if (!src->nr)
			return -ENOMEM;
	}
	if (src->nr)
		atomic_or(src->prot, &s->mock->prot);
	real->vec += src->nr;
	real->nr -= src->nr;
	return 0;
}

static int mock_map_ranges(struct pt_iommu *iommu_table, dma_addr_t iova,
			   dma_addr_t len, struct iommu_phys_source *src,
			   gfp_t gfp, size_t *mapped)
{
	struct mock_domain *mock =
		container_of(iommu_table, struct mock_domain, iommu);
	struct mock_source source = {
		.src.refill = mock_source_refill,
		.real = src,
		.mock = mock,
	};
	size_t done = 0;
	int ret;

	atomic64_inc(&mock->walks);
	ret = mock->real_ops->map_ranges(iommu_table, iova, len, &source.src,
					 gfp, &done);
	/* What was not taken is still the caller's */
	src->vec -= source.src.nr;
	src->nr += source.src.nr;
	atomic64_add(done, &mock->mapped_bytes);
	*mapped += done;
	return ret;
}

static size_t mock_unmap_range(struct pt_iommu *iommu_table, dma_addr_t iova,
			       dma_addr_t len,
			       struct iommu_iotlb_gather *iotlb_gather)
{
	struct mock_domain *mock =
		container_of(iommu_table, struct mock_domain, iommu);
	size_t done;

	atomic64_inc(&mock->unmaps);
	done = mock->real_ops->unmap_range(iommu_table, iova, len,
					   iotlb_gather);
	atomic64_sub(done, &mock->mapped_bytes);
	return done;
}

/* Paging domains */

static int mock_attach_dev(struct iommu_domain *domain, struct device *dev,
			   struct iommu_domain *old)
{
	iommu_group_mutex_assert(dev);
	return 0;
}

static void mock_flush_iotlb_all(struct iommu_domain *domain)
{
	atomic64_inc(&to_mock_domain(domain)->flush_all);
}

static int mock_iotlb_sync_map(struct iommu_domain *domain, unsigned long iova,
			       size_t size)
{
	atomic64_inc(&to_mock_domain(domain)->sync_map);
	return 0;
}

static void mock_iotlb_sync(struct iommu_domain *domain,
			    struct iommu_iotlb_gather *gather)
{
	atomic64_inc(&to_mock_domain(domain)->iotlb_sync);
	iommu_put_pages_list(&gather->freelist);
}

static void mock_domain_free(struct iommu_domain *domain)
{
	struct mock_domain *mock = to_mock_domain(domain);
	s64 mapped = atomic64_read(&mock->mapped_bytes);

	if (mapped)
		pr_err(MOCK_NAME ": domain freed with %lld bytes mapped\n",
		       mapped);
	pt_iommu_deinit(&mock->iommu);
	kfree(mock);
}

/*
 * A driver that has page table code of its own: the core divides everything by
 * page size, and knows of no other operation. The page table is the same.
 */
static int mock_map_pages(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped)
{
	struct pt_iommu *iommu_table = &to_mock_domain(domain)->iommu;

	return iommu_table->ops->map_range(iommu_table, iova, paddr,
					   pgsize * pgcount, prot, gfp, mapped);
}

static size_t mock_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	struct pt_iommu *iommu_table = &to_mock_domain(domain)->iommu;

	return iommu_table->ops->unmap_range(iommu_table, iova,
					     pgsize * pgcount, gather);
}

static const struct iommu_domain_ops mock_domain_ops = {
	IOMMU_PT_DOMAIN_OPS(amdv1),
	.attach_dev = mock_attach_dev,
	.map_pages = mock_map_pages,
	.unmap_pages = mock_unmap_pages,
	.flush_iotlb_all = mock_flush_iotlb_all,
	.iotlb_sync_map = mock_iotlb_sync_map,
	.iotlb_sync = mock_iotlb_sync,
	.free = mock_domain_free,
};

static struct iommu_domain *mock_domain_alloc_paging(struct device *dev)
{
	const struct range_list_mock_params *params =
		&to_mock_device(dev)->params;
	struct pt_iommu_amdv1_cfg cfg = {};
	struct mock_domain *mock;
	int ret;

	mock = kzalloc_obj(*mock);
	if (!mock)
		return ERR_PTR(-ENOMEM);

	spin_lock_init(&mock->top_lock);
	mock->domain.ops = &mock_domain_ops;
	mock->iommu.driver_ops = &mock_pt_driver_ops;
	mock->iommu.nid = dev_to_node(dev);

	/*
	 * The features are those of AMD's driver, which are also the ones that
	 * generic_pt insists on. The widest table has five levels: it starts
	 * with three and grows when IOVAs above 39 bits are used.
	 */
	cfg.common.features = BIT(PT_FEAT_DYNAMIC_TOP) |
			      BIT(PT_FEAT_AMDV1_ENCRYPT_TABLES) |
			      BIT(PT_FEAT_AMDV1_FORCE_COHERENCE) |
			      BIT(PT_FEAT_FLUSH_RANGE);
	cfg.common.hw_max_vasz_lg2 = 57;
	cfg.common.hw_max_oasz_lg2 = 52;
	cfg.starting_level = 2;

	ret = pt_iommu_amdv1_init(&mock->amdv1, &cfg, GFP_KERNEL);
	if (ret) {
		kfree(mock);
		return ERR_PTR(ret);
	}

	if (params->pgsize_bitmap)
		mock->domain.pgsize_bitmap &= params->pgsize_bitmap;

	if (params->flags & RANGE_LIST_MOCK_MAP_PAGES)
		mock->domain.is_iommupt = false;

	if (params->flags & RANGE_LIST_MOCK_COUNT) {
		/* Operations that are not known here go through uncounted */
		mock->real_ops = mock->iommu.ops;
		mock->pt_ops = *mock->real_ops;
		mock->pt_ops.map_range = mock_map_range;
		mock->pt_ops.map_ranges = mock_map_ranges;
		mock->pt_ops.unmap_range = mock_unmap_range;
		mock->iommu.ops = &mock->pt_ops;
	}
	return &mock->domain;
}

/* The IOMMU */

static const struct iommu_domain_ops mock_static_domain_ops = {
	.attach_dev = mock_attach_dev,
};

static struct iommu_domain mock_identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &mock_static_domain_ops,
};

static struct iommu_domain mock_blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &mock_static_domain_ops,
};

static bool mock_capable(struct device *dev, enum iommu_cap cap)
{
	switch (cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
		return dev_is_dma_coherent(dev);
	case IOMMU_CAP_DEFERRED_FLUSH:
		return true;
	default:
		return false;
	}
}

static struct iommu_device *mock_probe_device(struct device *dev)
{
	return &mock_iommu;
}

static int mock_def_domain_type(struct device *dev)
{
	unsigned int flags = to_mock_device(dev)->params.flags;

	if (flags & RANGE_LIST_MOCK_IDENTITY)
		return IOMMU_DOMAIN_IDENTITY;
	if (flags & RANGE_LIST_MOCK_LAZY)
		return IOMMU_DOMAIN_DMA_FQ;
	return IOMMU_DOMAIN_DMA;
}

static const struct iommu_ops mock_iommu_ops = {
	.owner = THIS_MODULE,
	.capable = mock_capable,
	.identity_domain = &mock_identity_domain,
	.blocked_domain = &mock_blocked_domain,
	.release_domain = &mock_blocked_domain,
	.domain_alloc_paging = mock_domain_alloc_paging,
	.probe_device = mock_probe_device,
	.device_group = generic_device_group,
	.def_domain_type = mock_def_domain_type,
};

/*
 * Devices are added synchronously. Other tasks may add devices of their own
 * meanwhile, but for the task that creates a mock device mock_adding is stable.
 */
static struct mock_device *mock_claim(struct device *dev)
{
	if (READ_ONCE(mock_adder) != current)
		return NULL;
#if MOCK_PCI
	if (dev_is_pci(dev) && to_pci_dev(dev)->vendor == MOCK_PCI_VENDOR &&
	    to_pci_dev(dev)->device == MOCK_PCI_DEVICE) {
		mock_adding->dev = get_device(dev);
		dev->platform_data = mock_adding;
		to_pci_dev(dev)->untrusted = true;
		return mock_adding;
	}
#endif
	return dev == mock_adding->dev ? mock_adding : NULL;
}

static void mock_start_adding(struct mock_device *mock)
{
	lockdep_assert_held(&mock_lock);
	mock_adding = mock;
	WRITE_ONCE(mock_adder, current);
}

static void mock_stop_adding(void)
{
	WRITE_ONCE(mock_adder, NULL);
	mock_adding = NULL;
}

/*
 * Called before the notifier of the IOMMU core: a device that has a fwspec then
 * belongs to the IOMMU that the fwspec names. Firmware would do this on a real
 * system.
 */
static int mock_bus_notifier(struct notifier_block *nb, unsigned long action,
			     void *data)
{
	struct device *dev = data;
	struct mock_device *mock;

	if (action != BUS_NOTIFY_ADD_DEVICE)
		return NOTIFY_DONE;
	mock = mock_claim(dev);
	if (!mock)
		return NOTIFY_DONE;

	if (mock->params.flags & RANGE_LIST_MOCK_NONCOHERENT)
		dev_clear_dma_coherent(dev);
	if (mock->params.flags & RANGE_LIST_MOCK_DIRECT)
		return NOTIFY_DONE;

	/* The creator sees whether the device got its IOMMU */
	mutex_lock(&iommu_probe_device_lock);
	iommu_fwspec_init(dev, mock_iommu.fwnode);
	mutex_unlock(&iommu_probe_device_lock);
	return NOTIFY_OK;
}

static struct notifier_block mock_platform_nb = {
	.notifier_call = mock_bus_notifier,
	.priority = 1,
};

#if MOCK_PCI
static struct notifier_block mock_pci_nb = {
	.notifier_call = mock_bus_notifier,
	.priority = 1,
};
#endif

/*
 * dma_addressing_limited() asks the resource tree for RAM if a device has a
 * translation between physical and DMA addresses. User-mode Linux has RAM, but
 * never told.
 */
static void mock_register_ram(void)
{
	static struct resource ram = {
		.name = "System RAM",
		.flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
	};

	if (!IS_ENABLED(CONFIG_UML))
		return;

	ram.end = PFN_PHYS((phys_addr_t)max_pfn) - 1;
	if (region_intersects(0, ram.end + 1, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) == REGION_DISJOINT)
		insert_resource(&iomem_resource, &ram);
}

static int mock_register(void)
{
	int ret;

	lockdep_assert_held(&mock_lock);
	if (mock_registered)
		return 0;

	mock_iommu.fwnode = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(mock_iommu.fwnode))
		return PTR_ERR(mock_iommu.fwnode);

	ret = iommu_device_sysfs_add(&mock_iommu, NULL, NULL, MOCK_NAME);
	if (ret)
		goto err_fwnode;

	ret = bus_register_notifier(&platform_bus_type, &mock_platform_nb);
	if (ret)
		goto err_sysfs;
#if MOCK_PCI
	ret = bus_register_notifier(&pci_bus_type, &mock_pci_nb);
	if (ret)
		goto err_platform;
#endif
	ret = iommu_device_register(&mock_iommu, &mock_iommu_ops, NULL);
	if (ret)
		goto err_pci;

	mock_register_ram();
	mock_registered = true;
	return 0;

err_pci:
#if MOCK_PCI
	bus_unregister_notifier(&pci_bus_type, &mock_pci_nb);
err_platform:
#endif
	bus_unregister_notifier(&platform_bus_type, &mock_platform_nb);
err_sysfs:
	iommu_device_sysfs_remove(&mock_iommu);
err_fwnode:
	fwnode_remove_software_node(mock_iommu.fwnode);
	return ret;
}

/* Devices */

static int mock_check_params(const struct range_list_mock_params *params)
{
	const unsigned int flags = params->flags;
	const unsigned int how = flags & (RANGE_LIST_MOCK_DIRECT |
					  RANGE_LIST_MOCK_IDENTITY |
					  RANGE_LIST_MOCK_LAZY |
					  RANGE_LIST_MOCK_UNTRUSTED);

	if (flags & ~MOCK_ALL_FLAGS)
		return -EINVAL;
	if (how & (how - 1))
		return -EINVAL;
	if ((flags & RANGE_LIST_MOCK_BOUNCE) &&
	    !(flags & (RANGE_LIST_MOCK_DIRECT | RANGE_LIST_MOCK_IDENTITY)))
		return -EINVAL;
	if ((params->dma_offset || params->direct_limit) &&
	    !(flags & RANGE_LIST_MOCK_DIRECT))
		return -EINVAL;
	if (!PAGE_ALIGNED(params->dma_offset) ||
	    !PAGE_ALIGNED(params->direct_limit))
		return -EINVAL;

	/* The IOVA allocator has no larger granule, and AMDv1 no smaller one */
	if (params->pgsize_bitmap && !(params->pgsize_bitmap & PAGE_SIZE))
		return -EINVAL;

	if ((flags & RANGE_LIST_MOCK_NONCOHERENT) &&
	    !IS_ENABLED(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE))
		return -EOPNOTSUPP;
	if ((flags & RANGE_LIST_MOCK_UNTRUSTED) && !MOCK_PCI)
		return -EOPNOTSUPP;
	return 0;
}

static bool mock_needs_swiotlb(const struct range_list_mock_params *params)
{
	return params->direct_limit ||
	       (params->flags &
		(RANGE_LIST_MOCK_BOUNCE | RANGE_LIST_MOCK_UNTRUSTED));
}

static int mock_init_swiotlb(void)
{
#ifdef CONFIG_SWIOTLB
	int ret;

	/* Does nothing if the system has one already */
	ret = swiotlb_init_late(MOCK_SWIOTLB_SIZE, GFP_KERNEL, NULL);
	if (ret)
		return ret;
	return is_swiotlb_allocated() ? 0 : -EOPNOTSUPP;
#else
	return -EOPNOTSUPP;
#endif
}

/*
 * Bouncing is forced for a whole pool, not for a device. So the device gets a
 * pool of its own that shares memory, slots and locks with the default one.
 */
static int mock_force_bounce(struct mock_device *mock, struct device *dev)
{
#if defined(CONFIG_SWIOTLB) && !defined(CONFIG_SWIOTLB_DYNAMIC)
	mock->tlb = *dev->dma_io_tlb_mem;
	mock->tlb.force_bounce = true;
	dev->dma_io_tlb_mem = &mock->tlb;
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

/* The translation that "dma-ranges" of the firmware would give */
static int mock_init_dma_ranges(const struct range_list_mock_params *params,
				struct device *dev)
{
	phys_addr_t end = PFN_PHYS((phys_addr_t)max_pfn);
	struct bus_dma_region *map;
	phys_addr_t start, limit;

	if (!params->dma_offset && !params->direct_limit)
		return 0;

	map = kzalloc_objs(*map, 3);
	if (!map)
		return -ENOMEM;
	/* Freed with the device */
	dev->dma_range_map = map;

	if (params->direct_limit)
		end = min(end, params->direct_limit);
	map->dma_start = params->dma_offset;
	map->size = end;

	if (params->direct_limit) {
		start = max(default_swiotlb_base(), end);
		limit = default_swiotlb_limit();
		if (start < limit) {
			map++;
			map->cpu_start = start;
			map->dma_start = start + params->dma_offset;
			map->size = limit - start + 1;
		}
	}
	return 0;
}

static int mock_add_platform(struct mock_device *mock)
{
	struct platform_device *pdev;
	int ret;

	pdev = platform_device_alloc(MOCK_NAME, PLATFORM_DEVID_AUTO);
	if (!pdev) {
		kfree(mock);
		return -ENOMEM;
	}

	/* From here on mock is freed with the device */
	pdev->dev.platform_data = mock;
	mock->dev = &pdev->dev;

	ret = mock_init_dma_ranges(&mock->params, &pdev->dev);
	if (ret)
		goto err_put;

	mock_start_adding(mock);
	ret = platform_device_add(pdev);
	mock_stop_adding();
	if (ret)
		goto err_put;
	return 0;

err_put:
	platform_device_put(pdev);
	return ret;
}

#if MOCK_PCI
static unsigned long mock_pci_cfg_read(struct um_pci_device *pci,
				       unsigned int offset, int size)
{
	struct mock_device *mock = container_of(pci, struct mock_device, pci);
	unsigned long val = 0;

	if (offset + size > MOCK_PCI_CFG_SIZE)
		return ULONG_MAX;
	/* Both are little endian: user-mode Linux is x86 */
	memcpy(&val, mock->cfg + offset, size);
	return val;
}

static void mock_pci_cfg_write(struct um_pci_device *pci, unsigned int offset,
			       int size, unsigned long val)
{
	struct mock_device *mock = container_of(pci, struct mock_device, pci);

	/* Nothing else can be written: there are no BARs and no capabilities */
	if (offset == PCI_COMMAND && size == 2)
		memcpy(mock->cfg + offset, &val, size);
}

static const struct um_pci_ops mock_pci_ops = {
	.cfgspace_read = mock_pci_cfg_read,
	.cfgspace_write = mock_pci_cfg_write,
};

static int mock_add_pci(struct mock_device *mock)
{
	u16 *cfg = (u16 *)mock->cfg;
	int ret;

	cfg[PCI_VENDOR_ID / 2] = MOCK_PCI_VENDOR;
	cfg[PCI_DEVICE_ID / 2] = MOCK_PCI_DEVICE;
	cfg[PCI_CLASS_DEVICE / 2] = PCI_CLASS_OTHERS << 8;
	mock->pci.ops = &mock_pci_ops;

	mock_start_adding(mock);
	ret = um_pci_device_register(&mock->pci);
	mock_stop_adding();
	if (!ret && !mock->dev) {
		um_pci_device_unregister(&mock->pci);
		ret = -ENODEV;
	}
	if (ret)
		kfree(mock);
	return ret;
}

static void mock_remove_pci(struct mock_device *mock)
{
	struct device *dev = mock->dev;

	/*
	 * Remove the device before um_pci_device_unregister() can find it: it
	 * would keep the reference with which it looked.
	 */
	pci_stop_and_remove_bus_device_locked(to_pci_dev(dev));
	um_pci_device_unregister(&mock->pci);
	dev->platform_data = NULL;
	put_device(dev);
	kfree(mock);
}
#else
static int mock_add_pci(struct mock_device *mock)
{
	kfree(mock);
	return -EOPNOTSUPP;
}

static void mock_remove_pci(struct mock_device *mock)
{
}
#endif /* MOCK_PCI */

static int mock_setup_device(struct mock_device *mock)
{
	const struct range_list_mock_params *params = &mock->params;
	struct device *dev = mock->dev;
	int ret;

	if (!(params->flags & RANGE_LIST_MOCK_DIRECT)) {
		if (!device_iommu_mapped(dev) ||
		    dev->iommu->iommu_dev != &mock_iommu)
			return -ENODEV;
		if (!(params->flags & RANGE_LIST_MOCK_IDENTITY) &&
		    !use_dma_iommu(dev))
			return -ENODEV;
	}

	if (params->flags & RANGE_LIST_MOCK_BOUNCE) {
		ret = mock_force_bounce(mock, dev);
		if (ret)
			return ret;
	}
	if (params->max_seg_size)
		dma_set_max_seg_size(dev, params->max_seg_size);
	if (params->seg_boundary_mask)
		dma_set_seg_boundary(dev, params->seg_boundary_mask);
	if (params->min_align_mask)
		dma_set_min_align_mask(dev, params->min_align_mask);

	return dma_set_mask_and_coherent(dev, params->dma_mask ?:
						      DMA_BIT_MASK(64));
}

static bool mock_is_pci(struct mock_device *mock)
{
	return mock->params.flags & RANGE_LIST_MOCK_UNTRUSTED;
}

static void mock_remove(struct mock_device *mock)
{
	if (mock_is_pci(mock))
		mock_remove_pci(mock);
	else
		platform_device_unregister(to_platform_device(mock->dev));
}

struct device *
range_list_mock_device_create(const struct range_list_mock_params *params)
{
	struct mock_device *mock;
	int ret;

	mock = kzalloc_obj(*mock);
	if (!mock)
		return ERR_PTR(-ENOMEM);
	if (params)
		mock->params = *params;

	ret = mock_check_params(&mock->params);
	if (ret)
		goto err_free;

	mutex_lock(&mock_lock);
	ret = mock_register();
	if (!ret && mock_needs_swiotlb(&mock->params))
		ret = mock_init_swiotlb();
	if (ret) {
		mutex_unlock(&mock_lock);
		goto err_free;
	}

	/* This takes care of mock if it fails */
	if (mock_is_pci(mock))
		ret = mock_add_pci(mock);
	else
		ret = mock_add_platform(mock);
	mutex_unlock(&mock_lock);
	if (ret)
		return ERR_PTR(ret);

	ret = mock_setup_device(mock);
	if (ret) {
		mock_remove(mock);
		return ERR_PTR(ret);
	}
	return mock->dev;

err_free:
	kfree(mock);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(range_list_mock_device_create);

void range_list_mock_device_destroy(struct device *dev)
{
	if (!IS_ERR_OR_NULL(dev))
		mock_remove(to_mock_device(dev));
}
EXPORT_SYMBOL_GPL(range_list_mock_device_destroy);

/* What happened */

/* Exact also while the counters of CPUs are not folded yet */
static long mock_table_pages(void)
{
	long pages = atomic_long_read(&vm_node_stat[NR_IOMMU_PAGES]);

#ifdef CONFIG_SMP
	struct pglist_data *pgdat;
	int cpu;

	for_each_online_pgdat(pgdat) {
		for_each_online_cpu(cpu)
			pages += per_cpu_ptr(pgdat->per_cpu_nodestats, cpu)
					 ->vm_node_stat_diff[NR_IOMMU_PAGES];
	}
#endif
	return pages;
}

void range_list_mock_get_stats(struct device *dev,
			       struct range_list_mock_stats *stats)
{
	struct mock_domain *mock = mock_domain_of_dev(dev);

	*stats = (struct range_list_mock_stats){
		.sync_for_device = atomic64_read(&mock_sync_for_device),
		.sync_for_cpu = atomic64_read(&mock_sync_for_cpu),
		.table_pages = mock_table_pages(),
	};
	if (!mock)
		return;

	stats->sync_map = atomic64_read(&mock->sync_map);
	stats->iotlb_sync = atomic64_read(&mock->iotlb_sync);
	stats->flush_all = atomic64_read(&mock->flush_all);
	stats->change_top = atomic64_read(&mock->change_top);
	stats->maps = atomic64_read(&mock->maps);
	stats->walks = atomic64_read(&mock->walks);
	stats->prot = atomic_read(&mock->prot);
	stats->unmaps = atomic64_read(&mock->unmaps);
	stats->mapped_bytes = atomic64_read(&mock->mapped_bytes);
}
EXPORT_SYMBOL_GPL(range_list_mock_get_stats);

int range_list_mock_fail_map(struct device *dev, unsigned long nth)
{
	struct mock_domain *mock = mock_domain_of_dev(dev);

	if (!mock || !mock->real_ops)
		return -EOPNOTSUPP;
	atomic_long_set(&mock->fail_map, nth);
	return 0;
}
EXPORT_SYMBOL_GPL(range_list_mock_fail_map);
