/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the init program of the test machine asks of the module.
 */
#ifndef _RANGE_TEST_UAPI_H
#define _RANGE_TEST_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct range_test - one test
 * @name: what to test
 * @depth: number of PCI bridges above the devices to test it with: 0 on the
 *	root bus, 1 behind a root port each, 3 behind one switch
 * @pad: 0
 * @disk: block device, if the test needs one
 * @src: user memory to copy from, if the test is about user memory
 * @dst: user memory to copy to
 * @len: its length
 * @why: what was wrong, or why the test was skipped
 *
 * The request fails with EOPNOTSUPP if the test cannot be done here, and with
 * another error if it fails.
 */
struct range_test {
	char name[32];
	__u32 depth;
	__u32 pad;
	char disk[32];
	__u64 src;
	__u64 dst;
	__u64 len;
	char why[128];
};

#define RANGE_TEST_RUN	_IOWR('r', 1, struct range_test)

#endif /* _RANGE_TEST_UAPI_H */
