/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How KUnit tests of range lists let allocations fail.
 */
#ifndef __RANGE_LIST_FAIL_KUNIT_H
#define __RANGE_LIST_FAIL_KUNIT_H

#include <linux/sched.h>

#ifdef CONFIG_FAILSLAB
#define CAN_FAIL_SLAB	true
/* Allocation number @nth of this task, from now on, fails; 0 ends that. */
static inline void fail_slab(unsigned int nth)
{
	WRITE_ONCE(current->fail_nth, nth);
}

static inline bool fail_slab_pending(void)
{
	return READ_ONCE(current->fail_nth);
}
#else
#define CAN_FAIL_SLAB	false
static inline void fail_slab(unsigned int nth)
{
}

static inline bool fail_slab_pending(void)
{
	return true;
}
#endif

#endif /* __RANGE_LIST_FAIL_KUNIT_H */
