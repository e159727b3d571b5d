/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests of range lists with the devices that QEMU emulates.
 */
#ifndef _RANGE_TEST_H
#define _RANGE_TEST_H

#include <linux/dma_range.h>
#include <linux/phys_range.h>
#include <linux/types.h>

#include "range_test_uapi.h"

struct device;
struct pci_dev;

/* main.c: say what is wrong; returns @err, so that one can return it in turn. */
__printf(3, 4)
int range_test_fail(struct range_test *test, int err, const char *fmt, ...);
#define range_test_skip(test, fmt, ...)					\
	range_test_fail(test, -EOPNOTSUPP, fmt, ##__VA_ARGS__)

int range_test_check_device(struct range_test *test, struct device *dev);

/*
 * memory.c: kernel memory that a list describes.  All of its pages are poison
 * where the list does not reach.
 */
enum memory_shape {
	MEMORY_PAGES,		/* whole pages, none next to another */
	MEMORY_UNALIGNED,	/* as above, but for the first and the last byte */
	MEMORY_SMALL,		/* many small pieces at odd places */
	MEMORY_BLOCKS,		/* 512 bytes in all that are unevenly divided, often */
};

struct memory {
	struct phys_range_list list;
	struct page **pages;
	unsigned int nr;
};

int memory_init(struct memory *mem, enum memory_shape shape, unsigned int pages);
void memory_destroy(struct memory *mem);
void pattern_fill(u8 *buf, size_t len, u32 seed);
int memory_write_pattern(struct memory *mem, u32 seed);
int memory_check_pattern(struct range_test *test, const struct memory *mem,
			 u32 seed);
int memory_check_poison(struct range_test *test, const struct memory *mem);

/* edu.c */
extern struct pci_driver edu_driver;
int edu_run(struct range_test *test);

/* threads.c */
int threads_run(struct range_test *test, struct device *dev);

/* disk.c */
int disk_run(struct range_test *test);

/* p2p.c */
extern int host_bridge_error;
extern bool p2p_refused;

struct p2p_memory {
	struct pci_dev *owner;
	u8 *virt;
	size_t size;
};

unsigned int pci_depth(struct pci_dev *pdev);
bool p2p_on_bus(struct pci_dev *client);
int p2p_memory_init(struct range_test *test, struct p2p_memory *mem,
		    struct pci_dev *client, size_t size);
void p2p_memory_destroy(struct p2p_memory *mem);
int p2p_memory_append(struct p2p_memory *mem, struct phys_range_list *list);
void p2p_memory_write_pattern(struct p2p_memory *mem, u32 seed);
int p2p_memory_check_pattern(struct range_test *test, struct p2p_memory *mem,
			     u32 seed);
int p2p_map(struct range_test *test, struct pci_dev *client,
	    struct dma_range_list *mapped, struct p2p_memory *mem,
	    const struct phys_range_list *list, enum dma_data_direction dir);
int p2p_map_run(struct range_test *test);

#endif /* _RANGE_TEST_H */
