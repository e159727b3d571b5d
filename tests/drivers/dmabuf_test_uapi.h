/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs in tests/dma-buf/ ask of the module.
 */
#ifndef _DMABUF_TEST_UAPI_H
#define _DMABUF_TEST_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* How to import a buffer; DMABUF_TEST_RANGES fails if the kernel has none. */
#define DMABUF_TEST_RANGES	0x1	/* dma_buf_map_ranges(), no scatterlist */
#define DMABUF_TEST_STATIC	0x2	/* the importer is not told of moves */
#define DMABUF_TEST_WRITE	0x4	/* the device writes, otherwise it reads */

/**
 * struct dmabuf_test_import - have the device import a buffer
 * @fd: of the buffer
 * @how: DMABUF_TEST_RANGES and others
 * @nr: ranges, or entries of the scatterlist, that it was mapped to
 * @bytes: what they add up to
 *
 * An open file of the module has one buffer at most, until it is closed.
 */
struct dmabuf_test_import {
	__s32 fd;
	__u32 how;
	__u64 nr;
	__u64 bytes;
};

/**
 * struct dmabuf_test_move - have the device transfer some of what it imported
 * @offset: where in the buffer
 * @len: how much, at most DMABUF_TEST_BYTES
 * @data: user memory, to or from which the device's part is then copied
 */
struct dmabuf_test_move {
	__u64 offset;
	__u64 len;
	__u64 data;
};

/**
 * struct dmabuf_test_translate - what an IOMMU translates to
 * @slot: of the device on the root bus
 * @iova: the address that the device would use
 * @phys: what the IOMMU would make of it, 0 if it would refuse
 */
struct dmabuf_test_translate {
	__u32 slot;
	__u32 pad;
	__u64 iova;
	__u64 phys;
};

#define DMABUF_TEST_BYTES	2048

#define DMABUF_TEST_IMPORT	_IOWR('b', 1, struct dmabuf_test_import)
#define DMABUF_TEST_MOVE	_IOW('b', 2, struct dmabuf_test_move)
#define DMABUF_TEST_RELEASE	_IO('b', 3)
/* 1 if the imported buffer is mapped, 0 if it was taken away. */
#define DMABUF_TEST_MAPPED	_IO('b', 4)
/* A file descriptor of a buffer of so many pages, of an exporter of scatterlists. */
#define DMABUF_TEST_EXPORT	_IO('b', 5)
#define DMABUF_TEST_TRANSLATE	_IOWR('b', 6, struct dmabuf_test_translate)

#endif /* _DMABUF_TEST_UAPI_H */
