// SPDX-License-Identifier: GPL-2.0
/*
 * Writing the containers that range lists are compared with.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "range_list_bench_peers.h"

/* Room for one more entry of @size bytes. */
static __always_inline u64 *peer_list_room(struct peer_list *list, size_t size,
					   gfp_t gfp)
{
	struct peer_chunk *c = list->last;
	size_t bytes = PEER_CHUNK_MIN;
	u64 *p;

	if (unlikely(!c || c->used + size > c->room)) {
		if (c)
			bytes = min(2 * (sizeof(*c) + c->room), PEER_CHUNK_MAX);
		c = kmalloc(bytes, gfp);
		if (!c)
			return NULL;
		c->next = NULL;
		c->used = 0;
		c->room = bytes - sizeof(*c);
		if (list->last)
			list->last->next = c;
		else
			list->first = c;
		list->last = c;
	}
	p = c->data + c->used / sizeof(u64);
	c->used += size;
	return p;
}

int fixed_list_extend(struct peer_list *list, const struct phys_vec *vec,
		      size_t n, gfp_t gfp)
{
	for (; n--; vec++) {
		u64 *p = peer_list_room(list, 2 * sizeof(u64), gfp);

		if (!p)
			return -ENOMEM;
		p[0] = vec->paddr;
		p[1] = vec->len;
	}
	return 0;
}

static __always_inline int autosize_list_append(struct peer_list *list,
						u64 addr, u64 len, u32 flags,
						gfp_t gfp)
{
	const u64 count = (len >> PAGE_SHIFT) - 1;
	u64 *p;

	if (likely(!flags && !((addr | len) & ~PAGE_MASK) &&
		   count <= U64_MAX >> AUTOSIZE_COUNT_SHIFT)) {
		p = peer_list_room(list, sizeof(u64), gfp);
		if (!p)
			return -ENOMEM;
		p[0] = count << AUTOSIZE_COUNT_SHIFT | addr >> (PAGE_SHIFT - 2);
		return 0;
	}
	if (!flags) {
		p = peer_list_room(list, 2 * sizeof(u64), gfp);
		if (!p)
			return -ENOMEM;
		p[0] = addr << 2 | AUTOSIZE_BYTES;
		p[1] = len;
		return 0;
	}
	p = peer_list_room(list, 3 * sizeof(u64), gfp);
	if (!p)
		return -ENOMEM;
	p[0] = addr << AUTOSIZE_ADDR_SHIFT | (u64)flags << 2 | AUTOSIZE_FULL;
	p[1] = len;
	p[2] = 0;
	return 0;
}

int autosize_list_extend(struct peer_list *list, const struct phys_vec *vec,
			 size_t n, u32 flags, gfp_t gfp)
{
	for (; n--; vec++) {
		int err = autosize_list_append(list, vec->paddr, vec->len,
					       flags, gfp);

		if (err)
			return err;
	}
	return 0;
}

void peer_list_destroy(struct peer_list *list)
{
	struct peer_chunk *c, *next;

	for (c = list->first; c; c = next) {
		next = c->next;
		kfree(c);
	}
	*list = (struct peer_list){};
}

size_t peer_list_bytes(const struct peer_list *list)
{
	size_t bytes = sizeof(*list);
	const struct peer_chunk *c;

	for (c = list->first; c; c = c->next)
		bytes += sizeof(*c) + c->room;
	return bytes;
}
