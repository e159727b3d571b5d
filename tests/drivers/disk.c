// SPDX-License-Identifier: GPL-2.0
/*
 * NVMe and SCSI: real reads and writes from and to the memory of lists.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/iommu-dma.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#include "range_test.h"

/* All tests write to the same place of a disk. */
static DEFINE_MUTEX(disk_lock);

/* A list of the memory of @bio must have the same ranges as @list. */
static int disk_check_bio(const struct phys_range_list *list, struct bio *bio)
{
	DEFINE_PHYS_RANGE_LIST(built);
	struct phys_range want, got;
	int err;

	err = phys_range_list_append_bio(&built, bio, GFP_KERNEL);
	if (!err) {
		PHYS_RANGE_STATE(state, &built);

		phys_range_list_for_each(list, want)
			if (!phys_range_next(&state, &got) ||
			    got.addr != want.addr || got.len != want.len ||
			    got.flags != want.flags ||
			    got.provider != want.provider)
				err = -EUCLEAN;
		if (phys_range_list_nr(&built) != phys_range_list_nr(list))
			err = -EUCLEAN;
	}
	phys_range_list_destroy(&built);
	return err;
}

/* One transfer; the block layer makes of it what the device can take. */
static int disk_transfer(struct block_device *bdev, blk_opf_t opf,
			 const struct phys_range_list *list)
{
	size_t len = phys_range_list_bytes(list);
	struct bio *bio;
	ssize_t nr;
	int err;

	nr = phys_range_list_nr(list);
	if (nr > BIO_MAX_VECS)
		return -E2BIG;
	bio = bio_alloc(bdev, nr, opf, GFP_KERNEL);
	nr = phys_range_list_to_bvecs(list, bio->bi_io_vec, nr);
	if (nr < 0) {
		bio_put(bio);
		return nr;
	}
	bio->bi_vcnt = nr;
	bio->bi_iter.bi_size = len;
	/* As bio_add_page() does. */
	if (phys_range_list_has_p2p(list))
		bio->bi_opf |= REQ_NOMERGE;
	err = disk_check_bio(list, bio) ?: submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

static int disk_test_lists(struct range_test *test, struct block_device *bdev,
			   enum memory_shape from, enum memory_shape to,
			   unsigned int pages)
{
	struct memory src, dst;
	u64 len;
	int err;

	err = memory_init(&src, from, pages);
	if (err)
		return err;
	err = memory_init(&dst, to, pages);
	if (err)
		goto free_src;
	len = min(phys_range_list_bytes(&src.list),
		  phys_range_list_bytes(&dst.list));
	err = phys_range_list_truncate(&src.list, len, GFP_KERNEL) ?:
	      phys_range_list_truncate(&dst.list, len, GFP_KERNEL) ?:
	      memory_write_pattern(&src, len + from);
	if (err)
		goto free_dst;
	err = disk_transfer(bdev, REQ_OP_WRITE | REQ_SYNC, &src.list);
	if (err) {
		range_test_fail(test, err, "writing failed: %d", err);
		goto free_dst;
	}
	err = disk_transfer(bdev, REQ_OP_READ, &dst.list);
	if (err) {
		range_test_fail(test, err, "reading failed: %d", err);
		goto free_dst;
	}
	err = memory_check_pattern(test, &dst, len + from) ?:
	      memory_check_poison(test, &src) ?:
	      memory_check_poison(test, &dst);
free_dst:
	memory_destroy(&dst);
free_src:
	memory_destroy(&src);
	return err;
}

/* All disks here are behind PCI. */
static struct pci_dev *disk_pdev(struct block_device *bdev)
{
	struct device *dev = disk_to_dev(bdev->bd_disk);

	while (!dev_is_pci(dev))
		dev = dev->parent;
	return to_pci_dev(dev);
}

/* Another device's memory is written to the disk, and read from it. */
static int disk_test_p2p(struct range_test *test, struct block_device *bdev)
{
	struct pci_dev *pdev = disk_pdev(bdev);
	DEFINE_PHYS_RANGE_LIST(list);
	struct p2p_memory p2p;
	struct memory ram;
	int err, want;

	want = p2p_on_bus(pdev) ? 0 : host_bridge_error;
	/* The block layer has one error for all that a device cannot reach. */
	if (want == -EREMOTEIO)
		want = -EINVAL;
	if (p2p_on_bus(pdev) && use_dma_iommu(&pdev->dev))
		return range_test_skip(test,
				       "QEMU takes bus addresses to the IOMMU");
	/* The block layer takes that for a shortage and tries for ever. */
	if (want == -EIO)
		return range_test_skip(test, "a bio with memory that cannot be mapped hangs");
	err = p2p_memory_init(test, &p2p, pdev, 4 * PAGE_SIZE);
	if (err)
		return err;
	err = memory_init(&ram, MEMORY_PAGES, 4);
	if (err)
		goto free_p2p;
	err = p2p_memory_append(&p2p, &list);
	if (err)
		goto free_ram;

	p2p_memory_write_pattern(&p2p, 6);
	err = disk_transfer(bdev, REQ_OP_WRITE | REQ_SYNC, &list);
	if (err != want) {
		err = range_test_fail(test, -EIO, "writing gave %d, not %d", err,
				      want);
		goto free_ram;
	}
	err = disk_transfer(bdev, REQ_OP_READ, want ? &list : &ram.list);
	if (err != want) {
		err = range_test_fail(test, -EIO, "reading gave %d, not %d", err,
				      want);
		goto free_ram;
	}
	if (want) {
		/* Refused, and nothing has come of it. */
		err = p2p_memory_check_pattern(test, &p2p, 6);
		goto free_ram;
	}
	err = memory_check_pattern(test, &ram, 6) ?:
	      memory_write_pattern(&ram, 7) ?:
	      disk_transfer(bdev, REQ_OP_WRITE | REQ_SYNC, &ram.list) ?:
	      disk_transfer(bdev, REQ_OP_READ, &list) ?:
	      p2p_memory_check_pattern(test, &p2p, 7);
free_ram:
	phys_range_list_destroy(&list);
	memory_destroy(&ram);
free_p2p:
	p2p_memory_destroy(&p2p);
	return err;
}

int disk_run(struct range_test *test)
{
	struct block_device *bdev;
	struct file *file;
	int err;

	test->disk[sizeof(test->disk) - 1] = '\0';
	file = bdev_file_open_by_path(test->disk, BLK_OPEN_READ | BLK_OPEN_WRITE,
				      NULL, NULL);
	if (IS_ERR(file))
		return range_test_fail(test, PTR_ERR(file), "no disk '%s'",
				       test->disk);
	bdev = file_bdev(file);
	mutex_lock(&disk_lock);
	err = range_test_check_device(test, &disk_pdev(bdev)->dev);
	if (err)
		goto unlock;
	if (!strcmp(test->name, "nvme-pages") ||
	    !strcmp(test->name, "scsi-pages"))
		err = disk_test_lists(test, bdev, MEMORY_PAGES, MEMORY_PAGES, 200);
	else if (!strcmp(test->name, "nvme-pieces") ||
		 !strcmp(test->name, "scsi-pieces"))
		err = disk_test_lists(test, bdev, MEMORY_BLOCKS, MEMORY_BLOCKS, 60) ?:
		      disk_test_lists(test, bdev, MEMORY_BLOCKS, MEMORY_PAGES, 25);
	else if (!strcmp(test->name, "nvme-p2p"))
		err = disk_test_p2p(test, bdev);
	else
		err = range_test_fail(test, -EINVAL, "no such test");
unlock:
	mutex_unlock(&disk_lock);
	fput(file);
	return err;
}
