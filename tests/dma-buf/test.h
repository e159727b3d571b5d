/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the program of "tools/qemu.sh --dma-buf" share.
 */
#ifndef _DMA_BUF_TEST_H
#define _DMA_BUF_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/dma-buf.h>
#include <linux/types.h>

#include "../drivers/dmabuf_test_uapi.h"

#define PAGE		4096UL
#define BUFFER_PAGES	16UL
#define BUFFER_BYTES	(BUFFER_PAGES * PAGE)

/* Of init.c; all return -1 after they have said with fail() what is wrong. */
int fail(const char *fmt, ...);
int expect(const char *what, int ret, int error);
void fill(void *mem, size_t len, __u32 seed);
int compare(const char *what, const unsigned char *got,
	    const unsigned char *want, size_t len);
void cpu_access(int fd, __u64 flags);
int device_reads(int fd, unsigned char *mem, size_t len, unsigned int how);
int device_writes(int fd, unsigned char *mem, size_t len, unsigned int how);
int memory(int fd, unsigned int how);

/* File descriptors of buffers of BUFFER_BYTES, or -1. */
int make_udmabuf(void);
int make_heap(const char *heap);
int make_legacy(void);
int make_vgem(void);

#define SYSTEM_HEAP	"/dev/dma_heap/system"
#define CMA_HEAP	"/dev/dma_heap/default_cma_region"

/* Of video.c */
int vgem_import(void);
int vgem_round(void);
int vivid_buffers(unsigned int instance, unsigned int how);
int vivid_round(unsigned int instance);

/* The instances of vivid, by where their buffers are from. */
enum { VIVID_VMALLOC, VIVID_CONTIG, VIVID_SG, VIVID_SG_RANGES };

#endif /* _DMA_BUF_TEST_H */
