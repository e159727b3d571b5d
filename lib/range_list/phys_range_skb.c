// SPDX-License-Identifier: GPL-2.0
/*
 * Physical range lists: network packets.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pci-p2pdma.h>
#include <linux/phys_range.h>
#include <linux/skbuff.h>

/* How deep frag lists may be nested: as skb_to_sgvec() has it. */
#define PHYS_RANGE_SKB_DEPTH	24

static int phys_range_add_frag(struct phys_range_list *built,
			       const skb_frag_t *frag, unsigned int offset,
			       unsigned int len, gfp_t gfp)
{
	struct page *page = skb_frag_page(frag);
	struct phys_range range = { .len = len };

	if (!page)
		return -EFAULT;
	if (is_pci_p2pdma_page(page)) {
		range.provider = pci_p2pdma_page_provider(page);
		range.flags = PHYS_RANGE_P2P | PHYS_RANGE_MMIO;
	}
	range.addr = page_to_phys(page) + skb_frag_off(frag) + offset;
	return phys_range_list_append(built, &range, gfp);
}

/* @offset is made relative to the next part whenever one is passed by. */
static int phys_range_add_skb(struct phys_range_list *built,
			      const struct sk_buff *skb, unsigned int offset,
			      unsigned int len, unsigned int depth, gfp_t gfp)
{
	unsigned int size = skb_headlen(skb), part, i;
	const struct sk_buff *frag_skb;
	int err;

	if (depth >= PHYS_RANGE_SKB_DEPTH)
		return -EMSGSIZE;

	if (offset < size) {
		part = min(len, size - offset);
		err = phys_range_list_append_virt(built, skb->data + offset,
						  part, gfp);
		if (err)
			return err;
		len -= part;
		offset = 0;
	} else {
		offset -= size;
	}

	for (i = 0; len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		size = skb_frag_size(frag);
		if (offset >= size) {
			offset -= size;
			continue;
		}
		part = min(len, size - offset);
		err = phys_range_add_frag(built, frag, offset, part, gfp);
		if (err)
			return err;
		len -= part;
		offset = 0;
	}

	skb_walk_frags(skb, frag_skb) {
		if (!len)
			break;
		if (offset >= frag_skb->len) {
			offset -= frag_skb->len;
			continue;
		}
		part = min(len, frag_skb->len - offset);
		err = phys_range_add_skb(built, frag_skb, offset, part,
					 depth + 1, gfp);
		if (err)
			return err;
		len -= part;
		offset = 0;
	}

	return len ? -ERANGE : 0;
}

/**
 * phys_range_list_append_skb - append the data of a network packet, or a part
 * @list: the list
 * @skb: the packet: linear data, fragments and those of its frag list
 * @offset: where the part begins in the packet, in bytes
 * @len: its length in bytes
 * @gfp: for new chunks
 *
 * This is what skb_to_sgvec() is for scatterlists, but parts that are adjacent
 * become one range, and nobody has to count them first.  Nothing is appended if
 * @len is 0.
 *
 * Context: As @gfp says.
 * Return: 0; -ERANGE if the part ends behind the end of the packet; -EMSGSIZE if
 * frag lists are nested too deep; -EFAULT if a fragment of the part is not
 * readable, as it has no pages; -ENOMEM.  The list is unchanged if it is not 0.
 */
int phys_range_list_append_skb(struct phys_range_list *list,
			       const struct sk_buff *skb, unsigned int offset,
			       unsigned int len, gfp_t gfp)
{
	struct phys_range_list tmp __uninitialized, *built = list;
	int err;

	if (range_list_bad(&list->rl))
		return -EINVAL;
	if (!len)
		return 0;
	/* What fails leaves no trace: see phys_range_begin(). */
	if (list->rl.nr || list->rl.preloaded) {
		phys_range_list_init(&tmp);
		built = &tmp;
	}
	err = phys_range_add_skb(built, skb, offset, len, 0, gfp);
	if (!err && built != list)
		err = phys_range_list_splice(list, built, gfp);
	if (err)
		phys_range_list_destroy(built);
	return err;
}
EXPORT_SYMBOL_GPL(phys_range_list_append_skb);
