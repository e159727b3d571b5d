// SPDX-License-Identifier: GPL-2.0
/*
 * Peer-to-peer memory: the controller memory buffer of an NVMe device.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/iommu-dma.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>

#include "range_test.h"

/* What mapping through the host bridge gives in this machine. */
int host_bridge_error;
/* Whether list and mapping are a module, which does not map such memory. */
bool p2p_refused;

unsigned int pci_depth(struct pci_dev *pdev)
{
	unsigned int depth = 0;

	while ((pdev = pci_upstream_bridge(pdev)))
		depth++;
	return depth;
}

/*
 * Two devices below one switch reach each other within it.  Devices on the root
 * bus or behind different root ports have nothing in common but the host bridge.
 */
bool p2p_on_bus(struct pci_dev *client)
{
	return pci_depth(client) == 3;
}

static struct pci_dev *next_nvme(struct pci_dev *from)
{
	return pci_get_class(PCI_CLASS_STORAGE_EXPRESS, from);
}

/* Memory of another device that is as far from the root as @client. */
int p2p_memory_init(struct range_test *test, struct p2p_memory *mem,
		    struct pci_dev *client, size_t size)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = next_nvme(pdev))) {
		if (pdev == client || pci_depth(pdev) != pci_depth(client))
			continue;
		mem->virt = pci_alloc_p2pmem(pdev, size);
		if (!mem->virt)
			continue;
		mem->owner = pdev;
		mem->size = size;
		return 0;
	}
	return range_test_fail(test, -ENODEV,
			       "there is no peer-to-peer memory at depth %u",
			       pci_depth(client));
}

void p2p_memory_destroy(struct p2p_memory *mem)
{
	pci_free_p2pmem(mem->owner, mem->virt, mem->size);
	pci_dev_put(mem->owner);
}

/* All of it, the last page first. */
int p2p_memory_append(struct p2p_memory *mem, struct phys_range_list *list)
{
	size_t pos;
	int err;

	for (pos = mem->size; pos; pos -= PAGE_SIZE) {
		struct page *page = virt_to_page(mem->virt + pos - PAGE_SIZE);

		err = phys_range_list_append_pages(list, &page, 1, 0, PAGE_SIZE,
						   GFP_KERNEL);
		if (err)
			return err;
	}
	return 0;
}

void p2p_memory_write_pattern(struct p2p_memory *mem, u32 seed)
{
	u8 *buf = kvmalloc(mem->size, GFP_KERNEL | __GFP_NOFAIL);
	size_t pos;

	pattern_fill(buf, mem->size, seed);
	for (pos = 0; pos < mem->size; pos += PAGE_SIZE)
		memcpy_toio((void __iomem *)mem->virt + mem->size - PAGE_SIZE - pos,
			    buf + pos, PAGE_SIZE);
	kvfree(buf);
}

int p2p_memory_check_pattern(struct range_test *test, struct p2p_memory *mem,
			     u32 seed)
{
	u8 *want = kvmalloc(2 * mem->size, GFP_KERNEL | __GFP_NOFAIL);
	u8 *got = want + mem->size;
	size_t pos, i;
	int err = 0;

	pattern_fill(want, mem->size, seed);
	for (pos = 0; pos < mem->size; pos += PAGE_SIZE)
		memcpy_fromio(got + pos,
			      (void __iomem *)mem->virt + mem->size - PAGE_SIZE - pos,
			      PAGE_SIZE);
	for (i = 0; i < mem->size && !err; i++)
		if (want[i] != got[i])
			err = range_test_fail(test, -EIO,
					      "peer byte %zu of %zu is %#x, not %#x",
					      i, mem->size, got[i], want[i]);
	kvfree(want);
	return err;
}

/* Compare every page's address with what the hardware needs. */
static int p2p_check_mapping(struct range_test *test, struct pci_dev *client,
			     const struct dma_range_list *mapped,
			     struct p2p_memory *mem,
			     const struct phys_range_list *list)
{
	const struct dma_range_limits pagewise = {
		.max_len = PAGE_SIZE,
		.boundary = PAGE_SIZE - 1,
	};
	struct dma_range seg;
	u64 pos = 0;

	dma_range_for_each_segment(mapped, &pagewise, seg) {
		struct phys_range_state at =
			phys_range_state_slice(list, pos, seg.len);
		struct phys_range memory;
		u64 got = seg.addr, want;
		bool bus;

		if (!phys_range_next(&at, &memory))
			return range_test_fail(test, -EIO, "too much was mapped");
		want = memory.addr;
		/* RAM among it can be in bounce buffers. */
		if (!memory.provider && is_swiotlb_force_bounce(&client->dev))
			want = got;
		bus = memory.provider && p2p_on_bus(client);
		if (bus)
			want = pci_p2pmem_virt_to_bus(mem->owner,
						      phys_to_virt(memory.addr));
		else if (use_dma_iommu(&client->dev))
			got = iommu_iova_to_phys(iommu_get_domain_for_dev(&client->dev),
						 seg.addr);
		if (bus != !!(seg.flags & DMA_RANGE_BUS_ADDRESS))
			return range_test_fail(test, -EIO,
					       "byte %llu has flags %#x, %s bus address",
					       pos, seg.flags,
					       bus ? "no" : "a");
		if (got != want)
			return range_test_fail(test, -EIO,
					       "byte %llu is mapped to %#llx, not %#llx",
					       pos, got, want);
		pos += seg.len;
	}
	if (pos != phys_range_list_bytes(list))
		return range_test_fail(test, -EIO, "%llu bytes were mapped", pos);
	return 0;
}

/*
 * Map @list, which has ranges of @mem, for @client, and see whether the result
 * is right.  It is also 0, with nothing in @mapped, if it must be refused and is.
 */
int p2p_map(struct range_test *test, struct pci_dev *client,
	    struct dma_range_list *mapped, struct p2p_memory *mem,
	    const struct phys_range_list *list, enum dma_data_direction dir)
{
	int want = p2p_on_bus(client) ? 0 : host_bridge_error;
	struct phys_range range;
	int err;

	phys_range_list_for_each(list, range)
		if (!range.provider && !p2p_refused &&
		    is_pci_p2pdma_page(phys_to_page(range.addr)))
			return range_test_fail(test, -EIO,
					       "a range does not know its provider");
	if (p2p_refused)
		want = -EREMOTEIO;
	err = dma_map_phys_ranges(&client->dev, mapped, list, dir, 0, GFP_KERNEL);
	if (err != want) {
		if (!err)
			dma_unmap_ranges(&client->dev, mapped, dir, 0);
		return range_test_fail(test, -EIO, "mapping gave %d, not %d", err,
				       want);
	}
	if (err)
		return dma_range_list_empty(mapped) ? 0 : -EIO;
	err = p2p_check_mapping(test, client, mapped, mem, list);
	if (err)
		dma_unmap_ranges(&client->dev, mapped, dir, 0);
	return err;
}

/* For the NVMe device that has no such memory itself; RAM is between. */
int p2p_map_run(struct range_test *test)
{
	const enum dma_data_direction dirs[] = { DMA_TO_DEVICE, DMA_FROM_DEVICE };
	DEFINE_PHYS_RANGE_LIST(list);
	DEFINE_DMA_RANGE_LIST(mapped);
	struct pci_dev *client = NULL;
	struct p2p_memory p2p;
	struct memory ram;
	unsigned int i;
	void *own;
	int err;

	while ((client = next_nvme(client))) {
		if (pci_depth(client) != test->depth)
			continue;
		own = pci_alloc_p2pmem(client, PAGE_SIZE);
		if (!own)
			break;
		pci_free_p2pmem(client, own, PAGE_SIZE);
	}
	if (!client)
		return range_test_fail(test, -ENODEV, "there is no such device");
	err = range_test_check_device(test, &client->dev) ?:
	      p2p_memory_init(test, &p2p, client, 4 * PAGE_SIZE);
	if (err)
		goto put;
	err = memory_init(&ram, MEMORY_PAGES, 3);
	if (err)
		goto free_p2p;
	err = p2p_memory_append(&p2p, &list) ?:
	      phys_range_list_append_pages(&list, ram.pages, ram.nr, 0,
					   ram.nr * PAGE_SIZE, GFP_KERNEL) ?:
	      p2p_memory_append(&p2p, &list);
	for (i = 0; i < ARRAY_SIZE(dirs) && !err; i++) {
		err = p2p_map(test, client, &mapped, &p2p, &list, dirs[i]);
		dma_unmap_ranges(&client->dev, &mapped, dirs[i], 0);
	}
	phys_range_list_destroy(&list);
	memory_destroy(&ram);
free_p2p:
	p2p_memory_destroy(&p2p);
put:
	pci_dev_put(client);
	return err;
}
