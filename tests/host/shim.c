// SPDX-License-Identifier: GPL-2.0
/*
 * The allocator.  Its sizes are exact, so that the sanitizer sees every access
 * beyond them, and it remembers them in front of the memory.
 */
#include "shim.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(p, size)	((void)(p))
#define ASAN_UNPOISON_MEMORY_REGION(p, size)	((void)(p))
#endif

struct block {
	size_t size;
	size_t align;
	char mem[];
};

struct shim shim;

void *kmalloc(size_t size, gfp_t gfp)
{
	bool optional = gfp & GFP_OPTIONAL;
	struct block *b;

	/* Without gfp: the caller says that it allocates nothing. */
	if (!gfp || (shim.atomic && (gfp & GFP_KERNEL))) {
		fprintf(stderr, "# an allocation where there may be none\n");
		abort();
	}
	if (shim.atomic || (optional && shim.fail_optional))
		return NULL;
	if (shim.fail_in && !--shim.fail_in) {
		shim.failed = true;
		return NULL;
	}
	b = malloc(sizeof(*b) + size);
	if (!b)
		abort();
	shim.alive++;
	shim.made++;
	shim.bytes += kmalloc_size_roundup(size);
	b->size = size;
	memset(b->mem, 0x6b, size);
	ASAN_POISON_MEMORY_REGION(b, sizeof(*b));
	return b->mem;
}

void kfree(const void *p)
{
	struct block *b;

	if (!p)
		return;
	b = (struct block *)((char *)p - offsetof(struct block, mem));
	ASAN_UNPOISON_MEMORY_REGION(b, sizeof(*b));
	shim.alive--;
	shim.bytes -= kmalloc_size_roundup(b->size);
	free(b);
}
