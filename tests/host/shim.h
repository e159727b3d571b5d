/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the engine needs of the kernel, for a program.  Only the allocator is
 * more than a name: it counts, and it fails when it is told to.
 *
 * No types of <stdint.h>: formats are the kernel's.
 */
#ifndef _SHIM_H
#define _SHIM_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned int gfp_t;

#define GFP_KERNEL	1u
#define GFP_NOWAIT	2u
#define __GFP_NOWARN	4u

#define U16_MAX		((u16)~0U)
#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)
#define PAGE_SHIFT		12
#define PAGE_SIZE		4096ul

#define BIT(n)		(1ul << (n))
#define BIT_ULL(n)	(1ull << (n))
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#define static_assert(x)	_Static_assert(x, #x)
#define __uninitialized
#define __aligned(n)	__attribute__((aligned(n)))
#define likely(x)	__builtin_expect(!!(x), 1)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define prefetch(p)		__builtin_prefetch(p)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define EXPORT_SYMBOL_GPL(sym)
#define KERN_DEFAULT	""
#define KERN_CONT	""
#define __printf(a, b)	__attribute__((format(printf, a, b)))

#define min(a, b)	({ __auto_type _a = (a); __auto_type _b = (b); _a < _b ? _a : _b; })
#define max(a, b)	({ __auto_type _a = (a); __auto_type _b = (b); _a > _b ? _a : _b; })
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define swap(a, b)	do { __typeof__(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define round_down(x, y) ((x) & ~((__typeof__(x))(y) - 1))
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#define WARN_ON_ONCE(x)	({ bool _w = (x); if (_w) abort(); _w; })

static inline unsigned int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline u64 ror64(u64 x, unsigned int n)
{
	return x >> (n & 63) | x << (-n & 63);
}

#define __ffs64(x)	((unsigned int)__builtin_ctzll(x))
#define ilog2(x)	((unsigned int)(63 - __builtin_clzll(x)))

/* The size classes of the kernel's slab. */
static inline size_t kmalloc_size_roundup(size_t size)
{
	size_t up = 8;

	while (up < size)
		up <<= 1;
	if (size <= up / 4 * 3 && (up == 128 || up == 256))
		up = up / 4 * 3;
	return up;
}

void *kmalloc(size_t size, gfp_t gfp);
void kfree(const void *p);
#define kmalloc_obj(obj, gfp) ((__typeof__(obj) *)kmalloc(sizeof(obj), gfp))

/* An allocation without __GFP_NOWARN must succeed, or the operation fails. */
#define GFP_OPTIONAL	__GFP_NOWARN

extern struct shim {
	long alive;		/* allocations, and what the slab gives them */
	long bytes;
	long made;		/* so far */
	long fail_in;		/* the n-th one from now fails; 0: none */
	bool fail_optional;	/* those that nothing depends on fail */
	bool atomic;		/* all fail, and none may sleep */
	bool failed;		/* fail_in came */
	FILE *log;		/* of the kernel; NULL: stderr */
} shim;

struct seq_file {
	FILE *file;
};

#define shim_log()		(shim.log ?: stderr)
#define seq_vprintf(m, fmt, args) vfprintf((m)->file, fmt, args)
#define vprintk(fmt, args)	vfprintf(shim_log(), fmt, args)
#define pr_err(...)		fprintf(shim_log(), __VA_ARGS__)
#define printk_skip_level(fmt)	(fmt)

#endif
