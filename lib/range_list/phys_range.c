// SPDX-License-Identifier: GPL-2.0
/*
 * Physical range lists: what goes beyond the engine.
 *
 * A builder that can fail after its first range works on a list of its own,
 * and chains it to the caller's at the end: what fails leaves no trace.
 */
#include <linux/bio.h>
#include <linux/bvec.h>
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pci-p2pdma.h>
#include <linux/phys_range.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

/* How many ranges a builder decodes at a time, on the stack. */
#define PHYS_RANGE_BATCH	32
/* The longest piece of what has 32-bit lengths, in whole pages. */
#define PHYS_RANGE_MAX_PIECE	((u64)(UINT_MAX & PAGE_MASK))

static const char *const phys_range_flag_names[] = {
	"NO_MERGE", "PINNED", "MMIO", "P2P", "NO_CPU_ACCESS", "CC_SHARED",
	"REQUIRE_COHERENT", NULL,
};

/*
 * Life and contents
 */

/* Drop the pins of @list; a list whose start was cut off does not own @skip. */
static void phys_range_drop_pins(const struct range_list *list, u64 skip,
				 bool dirty)
{
	struct range_state s = range_state_first(list);
	struct range_item r;

	if (!(list->any_flags & PHYS_RANGE_PINNED))
		return;
	while (range_next(&s, &r)) {
		u64 first = PHYS_PFN(r.addr);
		u64 last = PHYS_PFN(r.addr + r.len - 1);

		if (!(r.flags & PHYS_RANGE_PINNED)) {
			skip = 0;
			continue;
		}
		first += skip;
		skip = 0;
		if (first > last)
			continue;
		unpin_user_page_range_dirty_lock(pfn_to_page(first),
						 last - first + 1, dirty);
		if (dirty)
			cond_resched();
	}
}

/**
 * phys_range_list_unpin - drop the pins of a list, and destroy it
 * @list: the list; it is empty afterwards and can be used again
 * @dirty: mark the pages dirty; to be set if a device may have written to them
 *
 * Context: May sleep if @dirty is set and the list has pinned ranges.
 */
void phys_range_list_unpin(struct phys_range_list *list, bool dirty)
{
	if (range_list_bad(&list->rl))
		return;
	phys_range_drop_pins(&list->rl, 0, dirty);
	range_list_destroy(&list->rl);
}
EXPORT_SYMBOL_GPL(phys_range_list_unpin);

/**
 * phys_range_list_destroy - free what a list holds
 * @list: the list; it is empty afterwards and can be used again
 *
 * Pins are dropped; use phys_range_list_unpin() for memory that was written to.
 * Destroying a list that is empty, or was moved from, is safe.
 *
 * Context: Any.
 */
void phys_range_list_destroy(struct phys_range_list *list)
{
	phys_range_list_unpin(list, false);
}
EXPORT_SYMBOL_GPL(phys_range_list_destroy);

/**
 * phys_range_list_append - put a range at the end of a list
 * @list: the list
 * @range: the range; PHYS_RANGE_P2P must be set exactly if a provider is
 * @gfp: for a new chunk, if one is needed
 *
 * A range that continues the last one and has its flags and provider becomes a
 * part of it.  Pinned ranges do so at page boundaries only, as every one of them
 * holds a pin on each page it touches.  With PHYS_RANGE_PINNED the list takes
 * over pins that the caller has taken.
 *
 * Context: As @gfp says; any after phys_range_list_preload().
 * Return: 0; -EINVAL if the range is empty or its flags make no sense;
 * -EOVERFLOW if its end or the length of the buffer cannot be expressed;
 * -ENOMEM.  The list is unchanged if it is not 0.
 */
int phys_range_list_append(struct phys_range_list *list,
			   const struct phys_range *range, gfp_t gfp)
{
	struct range_item r = {
		.addr = range->addr,
		.len = range->len,
		.owner = range->provider,
		.flags = range->flags,
	};

	if (range->flags & ~PHYS_RANGE_FLAGS ||
	    !!(range->flags & PHYS_RANGE_P2P) != !!range->provider)
		return -EINVAL;
	if (range->len && range->len - 1 > PHYS_ADDR_MAX - range->addr)
		return -EOVERFLOW;
	return range_list_append(&list->rl, &r, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_append);

/**
 * phys_range_append - put a range at the end of a list, through a cursor
 * @state: a cursor that has nothing left to read, as phys_range_state_end()
 *	leaves it, and one at the start of an empty list
 * @range: the range
 * @gfp: for a new chunk, if one is needed
 *
 * The first error sticks to the cursor and makes later calls do nothing, so that
 * it is enough to check the last one, or phys_range_state_error().
 *
 * Context: As phys_range_list_append().
 * Return: 0; -EBUSY if the cursor stands within the list; an error of
 * phys_range_list_append().  The list is unchanged if it is not 0.
 */
int phys_range_append(struct phys_range_state *state,
		      const struct phys_range *range, gfp_t gfp)
{
	if (state->err)
		return state->err;
	if (state->rs.p != state->rs.end || state->rs.left)
		state->err = -EBUSY;
	else
		state->err = phys_range_list_append(state->list, range, gfp);
	if (!state->err)
		phys_range_state_end(state);
	return state->err;
}
EXPORT_SYMBOL_GPL(phys_range_append);

/**
 * phys_range_list_splice - move all ranges of a list to the end of another
 * @list: the list that takes them
 * @src: the list that gives them; it is empty afterwards
 * @gfp: for a little of the index; the ranges stay where they are
 *
 * Context: As @gfp says.  The time does not depend on the number of ranges.
 * Return: 0; -EINVAL if both are the same list; -EOVERFLOW if the length of the
 * buffer cannot be expressed; -ENOMEM.  Both lists are unchanged if it is not
 * 0.
 */
int phys_range_list_splice(struct phys_range_list *list,
			   struct phys_range_list *src, gfp_t gfp)
{
	return range_list_splice(&list->rl, &src->rl, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_splice);

/* Does @pos cut a page that the list has pinned once? */
static bool phys_range_cuts_pin(const struct range_list *list, u64 pos)
{
	struct range_item r;

	return list->any_flags & PHYS_RANGE_PINNED &&
	       range_list_cuts(list, pos, &r) && r.flags & PHYS_RANGE_PINNED &&
	       offset_in_page(r.addr);
}

/**
 * phys_range_list_truncate - remove everything from a position on
 * @list: the list
 * @pos: first byte to remove
 * @gfp: for a range that is cut where its chunk cannot express it, and to find
 *	the pages of a pinned list that are to be unpinned
 *
 * Pages that are no longer in the list are unpinned.
 *
 * Context: As @gfp says.
 * Return: 0; -ERANGE if @pos is behind the end; -ENOMEM.  The list is unchanged
 * if it is not 0.
 */
int phys_range_list_truncate(struct phys_range_list *list, u64 pos, gfp_t gfp)
{
	struct range_list tail = RANGE_LIST_INIT;
	bool cut;
	int err;

	if (range_list_bad(&list->rl))
		return -EINVAL;
	if (pos > list->rl.bytes)
		return -ERANGE;
	cut = phys_range_cuts_pin(&list->rl, pos);
	if (list->rl.any_flags & PHYS_RANGE_PINNED) {
		err = range_list_copy(&tail, &list->rl, pos,
				      list->rl.bytes - pos, 0, gfp);
		if (err)
			return err;
	}
	err = range_list_truncate(&list->rl, pos, gfp);
	if (!err)
		phys_range_drop_pins(&tail, cut, false);
	range_list_destroy(&tail);
	return err;
}
EXPORT_SYMBOL_GPL(phys_range_list_truncate);

/**
 * phys_range_list_split - divide a list in two
 * @list: the list; keeps what is before @pos
 * @pos: a position in it
 * @tail: an empty list; gets the rest
 * @gfp: for @tail
 *
 * Context: As @gfp says.  Takes time for the ranges behind @pos.
 * Return: 0; -ERANGE if @pos is behind the end; -EINVAL if @tail is not empty,
 * or if @pos is within a pinned page, which only one of them could own;
 * -ENOMEM.  Both lists are unchanged if it is not 0.
 */
int phys_range_list_split(struct phys_range_list *list, u64 pos,
			  struct phys_range_list *tail, gfp_t gfp)
{
	int err;

	if (range_list_bad(&list->rl) || range_list_bad(&tail->rl))
		return -EINVAL;
	if (pos > list->rl.bytes)
		return -ERANGE;
	if (!phys_range_list_empty(tail) || phys_range_cuts_pin(&list->rl, pos))
		return -EINVAL;
	err = range_list_copy(&tail->rl, &list->rl, pos, list->rl.bytes - pos,
			      0, gfp);
	if (err)
		return err;
	err = range_list_truncate(&list->rl, pos, gfp);
	if (err)
		range_list_destroy(&tail->rl);
	return err;
}
EXPORT_SYMBOL_GPL(phys_range_list_split);

/**
 * phys_range_list_copy - append a part of a list to another
 * @list: the list that takes the ranges
 * @src: the list that is copied from
 * @pos: position in @src where the part begins
 * @len: its length in bytes
 * @gfp: for @list
 *
 * The copy holds no pins; @src must keep its own as long as the copy is used.
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if both are the same list; -ERANGE if the part ends behind
 * the end of @src; -EOVERFLOW; -ENOMEM.  @list is unchanged if it is not 0.
 */
int phys_range_list_copy(struct phys_range_list *list,
			 const struct phys_range_list *src, u64 pos, u64 len,
			 gfp_t gfp)
{
	return range_list_copy(&list->rl, &src->rl, pos, len,
			       PHYS_RANGE_PINNED, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_copy);

/**
 * phys_range_list_move - move a list
 * @list: where to; destroyed first
 * @src: where from; empty afterwards, but keeps what was preloaded for it
 *
 * Context: Any.
 */
void phys_range_list_move(struct phys_range_list *list,
			  struct phys_range_list *src)
{
	if (list == src || range_list_bad(&list->rl) ||
	    range_list_bad(&src->rl))
		return;
	phys_range_list_destroy(list);
	/* Nothing is allocated for an empty list. */
	range_list_splice(&list->rl, &src->rl, GFP_NOWAIT);
}
EXPORT_SYMBOL_GPL(phys_range_list_move);

/**
 * phys_range_list_preload - allocate in advance
 * @list: the list
 * @nr: ranges that will be appended
 * @gfp: for all that they can need
 *
 * The next @nr calls of phys_range_list_append() cannot fail with -ENOMEM,
 * whatever they append.
 *
 * Context: As @gfp says.
 * Return: 0 or -ENOMEM.
 */
int phys_range_list_preload(struct phys_range_list *list, size_t nr, gfp_t gfp)
{
	return range_list_preload(&list->rl, nr, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_preload);

/**
 * phys_range_list_preload_end - free what was preloaded and not used
 * @list: the list
 *
 * Context: Any.
 */
void phys_range_list_preload_end(struct phys_range_list *list)
{
	range_list_preload_end(&list->rl);
}
EXPORT_SYMBOL_GPL(phys_range_list_preload_end);

/**
 * phys_range_list_shrink - free what only the next appends would use
 * @list: the list
 *
 * For a list that is complete and will live on: up to half of the last chunk is
 * free.  Appending is possible as before.  Nothing is done while the list is
 * preloaded, or if there is no memory for the smaller chunk at once.
 *
 * Context: Any. Nobody else may read the list meanwhile.
 */
void phys_range_list_shrink(struct phys_range_list *list)
{
	range_list_shrink(&list->rl);
}
EXPORT_SYMBOL_GPL(phys_range_list_shrink);

/*
 * Builders
 */

/* An empty list is built in place, others from a list to be chained to them. */
static struct range_list *phys_range_begin(struct phys_range_list *list,
					   struct range_list *tmp)
{
	if (!range_list_bad(&list->rl) && !list->rl.nr && !list->rl.preloaded)
		return &list->rl;
	range_list_init(tmp);
	return tmp;
}

/* Chain what was built to the list it is for, or throw it away. */
static int phys_range_commit(struct phys_range_list *list,
			     struct range_list *built, int err, gfp_t gfp)
{
	if (!err && built != &list->rl)
		err = range_list_splice(&list->rl, built, gfp);
	if (err) {
		phys_range_drop_pins(built, 0, false);
		range_list_destroy(built);
	}
	return err;
}

/* Memory with a struct page; @offset may be beyond the first page. */
static int phys_range_add_page(struct range_list *built, struct page *page,
			       size_t offset, u64 len, u32 flags, gfp_t gfp)
{
	struct range_item r = { .len = len, .flags = flags };

	if (!page)
		return -EINVAL;
	if (is_pci_p2pdma_page(page)) {
		r.owner = pci_p2pdma_page_provider(page);
		r.flags |= PHYS_RANGE_P2P | PHYS_RANGE_MMIO;
	}
	r.addr = page_to_phys(page) + offset;
	return range_list_append(built, &r, gfp);
}

/*
 * Pieces of pages on their way into a list, many at a time.
 *
 * They go to the list itself if they can be taken away again, which needs no
 * memory if nothing merges with what was there before. So lists that grow step
 * by step have full chunks. Otherwise they go to a list that is chained to it.
 */
struct phys_range_batch {
	struct range_list *list;
	struct range_list *built;	/* NULL until there is something */
	u64 start;			/* bytes that @built had */
	u32 flags;
	gfp_t gfp;
	unsigned int n;
	struct range_vec vec[PHYS_RANGE_BATCH];
	struct range_list tmp;
};

/* @built may be given by the caller, who then cares for it. */
static void phys_range_batch_init(struct phys_range_batch *b,
				  struct range_list *list,
				  struct range_list *built, u32 flags, gfp_t gfp)
{
	b->list = list;
	b->built = built;
	b->flags = flags;
	b->gfp = gfp;
	b->n = 0;
}

/* Decide where ranges go of which the first is at @addr. */
static struct range_list *phys_range_batch_start(struct phys_range_batch *b,
						 phys_addr_t addr)
{
	struct range_list *list = b->list;

	if (b->built)
		return b->built;
	if (range_list_bad(list) || list->preloaded ||
	    (list->nr && list->end == addr)) {
		list = &b->tmp;
		range_list_init(list);
	}
	b->start = list->bytes;
	b->built = list;
	return list;
}

static int phys_range_batch_flush(struct phys_range_batch *b)
{
	unsigned int n = b->n;

	if (!n)
		return 0;
	b->n = 0;
	return range_list_extend(phys_range_batch_start(b, b->vec[0].addr),
				 b->vec, n, NULL, b->flags, b->gfp);
}

/* The end: all that was added is in the list, or nothing. */
static int phys_range_batch_commit(struct phys_range_batch *b, int err)
{
	struct range_list *list = b->list;

	if (!err)
		err = phys_range_batch_flush(b);
	if (!b->built)
		return range_list_bad(list) ? -EINVAL : err;
	if (!err && b->built != list)
		err = range_list_splice(list, b->built, b->gfp);
	if (!err)
		return 0;
	if (!b->start)
		range_list_destroy(b->built);
	else
		WARN_ON_ONCE(range_list_truncate(b->built, b->start,
						 b->gfp));
	return err;
}

/**
 * phys_range_list_append_phys_vecs - append an array of ranges
 * @list: the list
 * @vec: the ranges
 * @nr: their number
 * @flags: of all of them, &enum phys_range_flags
 * @provider: of all of them, or NULL
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: 0 or an error of phys_range_list_append(); the list is unchanged then.
 */
int phys_range_list_append_phys_vecs(struct phys_range_list *list,
				     const struct phys_vec *vec, size_t nr,
				     u32 flags,
				     struct p2pdma_provider *provider,
				     gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	struct range_list *built;
	size_t i;
	int err = 0;

	if (range_list_bad(&list->rl) || flags & ~PHYS_RANGE_FLAGS ||
	    !!(flags & PHYS_RANGE_P2P) != !!provider)
		return -EINVAL;
	if (!nr)
		return 0;
	phys_range_batch_init(&batch, &list->rl, NULL, flags, gfp);
	built = phys_range_batch_start(&batch, vec->paddr);
	if (sizeof(*vec) == sizeof(struct range_vec)) {
		err = range_list_extend(built, (const struct range_vec *)vec,
					nr, provider, flags, gfp);
	} else {
		for (i = 0; i < nr && !err; i++) {
			struct range_vec v = { vec[i].paddr, vec[i].len };

			err = range_list_extend(built, &v, 1, provider, flags,
						gfp);
		}
	}
	if (!err && built->nr && built->highest > PHYS_ADDR_MAX)
		err = -EOVERFLOW;
	/* Pins of a caller whose ranges were refused remain the caller's. */
	return phys_range_batch_commit(&batch, err);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_phys_vecs);

/* As phys_range_add_page(), but later. */
static __always_inline int phys_range_batch_add(struct phys_range_batch *b,
						struct page *page,
						size_t offset, u64 len)
{
	int err;

	if (!page)
		return -EINVAL;
	if (is_pci_p2pdma_page(page)) {
		struct range_list *built;

		err = phys_range_batch_flush(b);
		if (err)
			return err;
		built = phys_range_batch_start(b, page_to_phys(page) + offset);
		return phys_range_add_page(built, page, offset, len, b->flags,
					   b->gfp);
	}
	b->vec[b->n].addr = page_to_phys(page) + offset;
	b->vec[b->n].len = len;
	return ++b->n < ARRAY_SIZE(b->vec) ? 0 : phys_range_batch_flush(b);
}

/* Whole pages of ordinary memory. Return: how many were taken. */
static size_t phys_range_batch_fill(struct phys_range_batch *b,
				    struct page *const *pages, size_t nr)
{
	struct range_vec *vec = b->vec + b->n;
	size_t i;

	nr = min(nr, ARRAY_SIZE(b->vec) - b->n);
	for (i = 0; i < nr; i++) {
		if (!pages[i] || is_pci_p2pdma_page(pages[i]))
			break;
		vec[i].addr = page_to_phys(pages[i]);
		vec[i].len = PAGE_SIZE;
	}
	b->n += i;
	return i;
}

static int phys_range_batch_pages(struct phys_range_batch *b,
				  struct page *const *pages, size_t nr,
				  size_t offset, u64 len)
{
	size_t i = 0;
	int err = 0;

	while (i < nr && len && !err) {
		u64 part = min_t(u64, len, PAGE_SIZE - offset);
		size_t filled = 0;

		if (!offset)
			filled = phys_range_batch_fill(b, pages + i,
						       min_t(u64, nr - i,
							     len >> PAGE_SHIFT));
		if (filled) {
			i += filled;
			len -= (u64)filled << PAGE_SHIFT;
			if (b->n == ARRAY_SIZE(b->vec))
				err = phys_range_batch_flush(b);
			continue;
		}
		err = phys_range_batch_add(b, pages[i++], offset, part);
		len -= part;
		offset = 0;
	}
	return err;
}

static int phys_range_add_pages(struct range_list *built,
				struct page *const *pages, size_t nr,
				size_t offset, u64 len, u32 flags, gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	int err;

	phys_range_batch_init(&batch, built, built, flags, gfp);
	err = phys_range_batch_pages(&batch, pages, nr, offset, len);
	return err ?: phys_range_batch_flush(&batch);
}

/**
 * phys_range_list_append_pages - append an array of pages
 * @list: the list
 * @pages: the pages; no reference is taken
 * @nr: their number
 * @offset: where the buffer begins in the first page, in bytes
 * @len: length of the buffer, in bytes
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if a page is NULL, or the buffer is empty or does not fit
 * the pages; -ENOMEM.  The list is unchanged if it is not 0.
 */
int phys_range_list_append_pages(struct phys_range_list *list,
				 struct page *const *pages, size_t nr,
				 size_t offset, u64 len, gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	int err;

	if (!len || offset >= PAGE_SIZE || !nr ||
	    len > ((u64)nr << PAGE_SHIFT) - offset)
		return -EINVAL;
	phys_range_batch_init(&batch, &list->rl, NULL, 0, gfp);
	err = phys_range_batch_pages(&batch, pages, nr, offset, len);
	return phys_range_batch_commit(&batch, err);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_pages);

/**
 * phys_range_list_append_folio - append a part of a folio
 * @list: the list
 * @folio: the folio; no reference is taken
 * @offset: where the part begins, in bytes
 * @len: its length, in bytes
 * @gfp: for a new chunk
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if @folio is NULL or the part is empty or not in it;
 * -ENOMEM.  The list is unchanged if it is not 0.
 */
int phys_range_list_append_folio(struct phys_range_list *list,
				 struct folio *folio, size_t offset, size_t len,
				 gfp_t gfp)
{
	if (!folio || !len || offset > folio_size(folio) ||
	    len > folio_size(folio) - offset)
		return -EINVAL;
	return phys_range_add_page(&list->rl, folio_page(folio, 0), offset, len,
				   0, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_folio);

/**
 * phys_range_list_append_folios - append whole folios
 * @list: the list
 * @folios: the folios; no reference is taken
 * @nr: their number
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if one is NULL; -ENOMEM.  The list is unchanged if it is
 * not 0.
 */
int phys_range_list_append_folios(struct phys_range_list *list,
				  struct folio *const *folios, size_t nr,
				  gfp_t gfp)
{
	struct range_list tmp __uninitialized, *built;
	int err = 0;
	size_t i;

	built = phys_range_begin(list, &tmp);
	for (i = 0; i < nr && !err; i++)
		err = folios[i] ?
		      phys_range_add_page(built, folio_page(folios[i], 0), 0,
					  folio_size(folios[i]), 0, gfp) :
		      -EINVAL;
	return phys_range_commit(list, built, err, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_folios);

/**
 * phys_range_list_append_bvecs - append an array of bio_vecs
 * @list: the list
 * @bvec: the array
 * @nr: its length
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if one is empty or has no page; -ENOMEM.  The list is
 * unchanged if it is not 0.
 */
int phys_range_list_append_bvecs(struct phys_range_list *list,
				 const struct bio_vec *bvec, size_t nr,
				 gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	int err = 0;
	size_t i;

	phys_range_batch_init(&batch, &list->rl, NULL, 0, gfp);
	for (i = 0; i < nr && !err; i++)
		err = phys_range_batch_add(&batch, bvec[i].bv_page,
					   bvec[i].bv_offset, bvec[i].bv_len);
	return phys_range_batch_commit(&batch, err);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_bvecs);

static int phys_range_batch_iter(struct phys_range_batch *b,
				 const struct bio_vec *bvec,
				 struct bvec_iter iter)
{
	int err = 0;

	while (iter.bi_size && !err) {
		struct bio_vec bv = mp_bvec_iter_bvec(bvec, iter);

		err = phys_range_batch_add(b, bv.bv_page, bv.bv_offset,
					   bv.bv_len);
		bvec_iter_advance_single(bvec, &iter, bv.bv_len);
	}
	return err;
}

/**
 * phys_range_list_append_bvec_iter - append what a bvec_iter has left
 * @list: the list
 * @bvec: the array that @iter is for
 * @iter: where to begin, and how many bytes
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: as phys_range_list_append_bvecs().
 */
int phys_range_list_append_bvec_iter(struct phys_range_list *list,
				     const struct bio_vec *bvec,
				     struct bvec_iter iter, gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	int err;

	phys_range_batch_init(&batch, &list->rl, NULL, 0, gfp);
	err = phys_range_batch_iter(&batch, bvec, iter);
	return phys_range_batch_commit(&batch, err);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_bvec_iter);

/**
 * phys_range_list_append_bio - append the data of a bio
 * @list: the list
 * @bio: the bio, from where its iterator stands
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: as phys_range_list_append_bvecs(); -EINVAL as well if @bio has no data,
 * as a discard.
 */
int phys_range_list_append_bio(struct phys_range_list *list, struct bio *bio,
			       gfp_t gfp)
{
	if (bio->bi_iter.bi_size && !bio_has_data(bio))
		return -EINVAL;
	return phys_range_list_append_bvec_iter(list, bio->bi_io_vec,
						bio->bi_iter, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_bio);

/**
 * phys_range_list_append_bios - append the data of a request
 * @list: the list
 * @bio: the first bio; the others are linked to it by @bi_next
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: as phys_range_list_append_bio().  The list is unchanged if it is not 0,
 * whichever bio it is.
 */
int phys_range_list_append_bios(struct phys_range_list *list, struct bio *bio,
				gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	int err = 0;

	phys_range_batch_init(&batch, &list->rl, NULL, 0, gfp);
	for (; bio && !err; bio = bio->bi_next) {
		if (bio->bi_iter.bi_size && !bio_has_data(bio))
			err = -EINVAL;
		else
			err = phys_range_batch_iter(&batch, bio->bi_io_vec,
						    bio->bi_iter);
	}
	return phys_range_batch_commit(&batch, err);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_bios);

/**
 * phys_range_list_append_sgtable - append the memory of an sg_table
 * @list: the list
 * @sgt: the table; its CPU side is used, mapped or not
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if an entry is empty or has no page; -ENOMEM.  The list is
 * unchanged if it is not 0.
 */
int phys_range_list_append_sgtable(struct phys_range_list *list,
				   const struct sg_table *sgt, gfp_t gfp)
{
	struct phys_range_batch batch __uninitialized;
	struct scatterlist *sg;
	unsigned int i;
	int err = 0;

	phys_range_batch_init(&batch, &list->rl, NULL, 0, gfp);
	for_each_sgtable_sg(sgt, sg, i) {
		err = phys_range_batch_add(&batch, sg_page(sg), sg->offset,
					   sg->length);
		if (err)
			break;
	}
	return phys_range_batch_commit(&batch, err);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_sgtable);

/**
 * phys_range_list_append_virt - append a kernel buffer
 * @list: the list
 * @addr: its address, in the linear mapping or in vmalloc space
 * @len: its length in bytes
 * @gfp: for new chunks
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if the buffer is empty; -EFAULT if @addr is neither, or
 * not all of the buffer is mapped to memory; -ENOMEM.  The list is unchanged if
 * it is not 0.
 */
int phys_range_list_append_virt(struct phys_range_list *list, const void *addr,
				size_t len, gfp_t gfp)
{
	struct range_list tmp __uninitialized, *built;
	int err = 0;

	if (!len)
		return -EINVAL;
	if (!is_vmalloc_addr(addr)) {
		if (!virt_addr_valid(addr) ||
		    !virt_addr_valid((const char *)addr + len - 1))
			return -EFAULT;
		return phys_range_add_page(&list->rl, virt_to_page(addr),
					   offset_in_page(addr), len, 0, gfp);
	}
	built = phys_range_begin(list, &tmp);
	while (len && !err) {
		size_t part = min(len, PAGE_SIZE - offset_in_page(addr));
		struct page *page = is_vmalloc_addr(addr) ?
				    vmalloc_to_page(addr) : NULL;

		err = page ? phys_range_add_page(built, page,
						 offset_in_page(addr), part, 0,
						 gfp) : -EFAULT;
		addr += part;
		len -= part;
	}
	return phys_range_commit(list, built, err, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_virt);

/**
 * phys_range_list_append_iov_iter - append what an iov_iter stands for
 * @list: the list
 * @iter: the iterator; advanced by what was appended
 * @len: most bytes to append
 * @gfp: for new chunks
 *
 * User memory is pinned, and unpinned when the list is destroyed; other memory
 * must be kept alive by the caller.
 *
 * Context: May sleep.
 * Return: bytes appended, fewer than @len only if the iterator has no more;
 * -EFAULT if user memory cannot be pinned; -ENOMEM.  List and iterator are
 * unchanged, and nothing is pinned, if it is negative.
 */
ssize_t phys_range_list_append_iov_iter(struct phys_range_list *list,
					struct iov_iter *iter, size_t len,
					gfp_t gfp)
{
	u32 flags = iov_iter_extract_will_pin(iter) ? PHYS_RANGE_PINNED : 0;
	const unsigned int max = PAGE_SIZE / sizeof(struct page *);
	struct range_list tmp __uninitialized, *built;
	size_t total = min(len, iov_iter_count(iter)), done = 0;
	struct page **pages;
	int err = 0;

	if (!total)
		return 0;
	pages = kmalloc_array(max, sizeof(*pages), gfp);
	if (!pages)
		return -ENOMEM;
	built = phys_range_begin(list, &tmp);
	while (done < total) {
		size_t offset, nr;
		ssize_t got = iov_iter_extract_pages(iter, &pages, total - done,
						     max, ITER_ALLOW_P2PDMA,
						     &offset);

		if (got <= 0) {
			err = got ?: -EFAULT;
			break;
		}
		done += got;
		nr = DIV_ROUND_UP(offset + got, PAGE_SIZE);
		err = range_list_preload(built, nr, gfp);
		if (err) {
			if (flags)
				unpin_user_pages(pages, nr);
			break;
		}
		/* Preloaded: no page can be lost half way. */
		err = phys_range_add_pages(built, pages, nr, offset, got,
					   flags, gfp);
		if (WARN_ON_ONCE(err))
			break;
	}
	kfree(pages);
	range_list_preload_end(built);
	err = phys_range_commit(list, built, err, gfp);
	if (err) {
		iov_iter_revert(iter, done);
		return err;
	}
	return done;
}
EXPORT_SYMBOL_GPL(phys_range_list_append_iov_iter);

/**
 * phys_range_list_pin_user - pin user memory and append it
 * @list: the list
 * @addr: user address in the current address space
 * @len: length in bytes
 * @gup_flags: FOLL_WRITE if a device will write to it, FOLL_LONGTERM, ...
 * @gfp: for new chunks
 *
 * The pins are dropped by phys_range_list_unpin() or phys_range_list_destroy().
 *
 * Context: Process context, may sleep and take mmap_lock.
 * Return: 0; -EINVAL if the buffer is empty; -EOVERFLOW if its end cannot be
 * expressed; -EFAULT or another error of pin_user_pages_fast(); -ENOMEM.  The
 * list is unchanged, and nothing is pinned, if it is not 0.
 */
int phys_range_list_pin_user(struct phys_range_list *list, unsigned long addr,
			     u64 len, unsigned int gup_flags, gfp_t gfp)
{
	const unsigned int max = PAGE_SIZE / sizeof(struct page *);
	struct range_list tmp __uninitialized, *built;
	struct page **pages;
	int err = 0;

	if (!len)
		return -EINVAL;
	if (len - 1 > ULONG_MAX - addr)
		return -EOVERFLOW;
	pages = kmalloc_array(max, sizeof(*pages), gfp);
	if (!pages)
		return -ENOMEM;
	built = phys_range_begin(list, &tmp);
	while (len) {
		unsigned int offset = offset_in_page(addr);
		u64 want = min_t(u64, max,
				 (len - 1 + offset) / PAGE_SIZE + 1), part;
		int nr;

		err = range_list_preload(built, want, gfp);
		if (err)
			break;
		nr = pin_user_pages_fast(addr - offset, want, gup_flags, pages);
		if (nr <= 0) {
			err = nr ?: -EFAULT;
			break;
		}
		part = min(len, (u64)nr * PAGE_SIZE - offset);
		/* Preloaded: no page can be lost half way. */
		err = phys_range_add_pages(built, pages, nr, offset, part,
					   PHYS_RANGE_PINNED, gfp);
		if (WARN_ON_ONCE(err))
			break;
		addr += part;
		len -= part;
		cond_resched();
	}
	kfree(pages);
	range_list_preload_end(built);
	return phys_range_commit(list, built, err, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_pin_user);

/**
 * phys_range_list_append_bar - append a part of a PCI BAR
 * @list: the list
 * @pdev: the device; pcim_p2pdma_init() was called for it
 * @bar: index of the BAR
 * @offset: where the part begins in the BAR, in bytes
 * @len: its length in bytes
 * @gfp: for a new chunk
 *
 * The provider lives as long as the driver is bound to @pdev.
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if @bar is no memory BAR or @len is 0; -ERANGE if the part
 * ends behind the end of the BAR; -EOPNOTSUPP if the BAR has no provider;
 * -ENOMEM.  The list is unchanged if it is not 0.
 */
int phys_range_list_append_bar(struct phys_range_list *list,
			       struct pci_dev *pdev, int bar, u64 offset,
			       u64 len, gfp_t gfp)
{
	struct phys_range range = {
		.len = len,
		.flags = PHYS_RANGE_MMIO | PHYS_RANGE_P2P,
	};

	if (bar < 0 || bar >= PCI_STD_NUM_BARS ||
	    !(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
		return -EINVAL;
	if (offset > pci_resource_len(pdev, bar) ||
	    len > pci_resource_len(pdev, bar) - offset)
		return -ERANGE;
	range.provider = pcim_p2pdma_provider(pdev, bar);
	if (!range.provider)
		return -EOPNOTSUPP;
	range.addr = pci_resource_start(pdev, bar) + offset;
	return phys_range_list_append(list, &range, gfp);
}
EXPORT_SYMBOL_GPL(phys_range_list_append_bar);

/*
 * Consumers
 */

/**
 * phys_range_next_vecs - take many ranges at once
 * @state: the cursor
 * @vec: where to put addresses and lengths
 * @max: room in @vec
 * @attrs: gets flags and provider, the same for all that were returned
 *
 * For who wants an array anyhow.  It beats phys_range_next() for lists of mixed
 * lengths only; for pages the loop around that is shorter than storing and
 * loading.
 *
 * Context: Any.
 * Return: how many were stored; fewer than @max where attributes change or a
 * chunk ends, and 0 at the end only.  On 32-bit kernels it is 0 as well, and
 * phys_range_state_error() is -E2BIG, at a range of 4 GiB or more.
 */
unsigned int phys_range_next_vecs(struct phys_range_state *state,
				  struct phys_vec *vec, unsigned int max,
				  struct phys_range *attrs)
{
	struct phys_range range;
	void *owner = NULL;
	unsigned int n;

	if (sizeof(*vec) == sizeof(struct range_vec)) {
		n = range_next_vec(&state->rs, (struct range_vec *)vec, max,
				   &owner, &attrs->flags);
		attrs->provider = owner;
		return n;
	}
	if (!max || !phys_range_next(state, &range))
		return 0;
	if (range.len > SIZE_MAX) {
		state->err = -E2BIG;
		return 0;
	}
	*vec = (struct phys_vec){ .paddr = range.addr, .len = range.len };
	attrs->flags = range.flags;
	attrs->provider = range.provider;
	return 1;
}
EXPORT_SYMBOL_GPL(phys_range_next_vecs);

bool phys_range_pieces_folio(struct phys_range_pieces *s,
			     struct phys_range_folio *part)
{
	struct range_pieces *p = &s->rp;
	phys_addr_t start;
	struct range_item r;

	if (!p->left) {
		if (!range_next(&p->state, &r))
			return false;
		p->next = r.addr;
		p->left = r.len;
	}
	part->folio = page_folio(pfn_to_page(PHYS_PFN(p->next)));
	start = page_to_phys(folio_page(part->folio, 0));
	part->offset = p->next - start;
	part->len = min_t(u64, p->left,
			  folio_size(part->folio) - part->offset);
	p->next += part->len;
	p->left -= part->len;
	return true;
}
EXPORT_SYMBOL_GPL(phys_range_pieces_folio);

/* Is all that @state has left to read memory with struct pages? */
static bool phys_range_has_pages(struct phys_range_state state)
{
	struct phys_range range;

	while (phys_range_next(&state, &range))
		if (!pfn_valid(PHYS_PFN(range.addr)) ||
		    !pfn_valid(PHYS_PFN(range.addr + range.len - 1)))
			return false;
	return true;
}

/**
 * phys_range_list_to_phys_vecs - write a list to an array
 * @list: the list
 * @vec: the array
 * @max: its length
 *
 * Context: Any.
 * Return: number of elements written; -ENOSPC if the array is too short, it is
 * unchanged then.
 */
ssize_t phys_range_list_to_phys_vecs(const struct phys_range_list *list,
				     struct phys_vec *vec, size_t max)
{
	const u64 most = min_t(u64, SIZE_MAX & PAGE_MASK, U64_MAX);
	struct phys_range range;
	size_t n = 0;

	if (phys_range_list_nr_segments(list, most, U64_MAX) > max)
		return -ENOSPC;
	phys_range_list_for_each_segment(list, most, U64_MAX, range)
		vec[n++] = (struct phys_vec){ range.addr, range.len };
	return n;
}
EXPORT_SYMBOL_GPL(phys_range_list_to_phys_vecs);

/**
 * phys_range_list_to_bvecs - write a list to an array of bio_vecs
 * @list: a list of memory that has struct pages
 * @bvec: the array
 * @max: its length
 *
 * Context: Any.
 * Return: number of elements written; -ENOSPC if the array is too short,
 * -EOPNOTSUPP if a range has no struct pages; it is unchanged then.
 */
ssize_t phys_range_list_to_bvecs(const struct phys_range_list *list,
				 struct bio_vec *bvec, size_t max)
{
	struct phys_range range;
	size_t n = 0;

	if (!phys_range_has_pages(phys_range_state_first(list)))
		return -EOPNOTSUPP;
	if (phys_range_list_nr_segments(list, PHYS_RANGE_MAX_PIECE, U64_MAX) >
	    max)
		return -ENOSPC;
	phys_range_list_for_each_segment(list, PHYS_RANGE_MAX_PIECE, U64_MAX,
					 range)
		bvec_set_page(&bvec[n++], pfn_to_page(PHYS_PFN(range.addr)),
			      range.len, offset_in_page(range.addr));
	return n;
}
EXPORT_SYMBOL_GPL(phys_range_list_to_bvecs);

/**
 * phys_range_list_to_sgtable - write a list to a new sg_table
 * @list: a list of memory that has struct pages, not empty
 * @sgt: the table; to be freed with sg_free_table()
 * @gfp: for the table
 *
 * For code that has not been converted yet.
 *
 * Context: As @gfp says.
 * Return: 0; -EINVAL if the list is empty; -EOPNOTSUPP if a range has no struct
 * pages; -E2BIG if it has more segments than a table can count; -ENOMEM.
 */
int phys_range_list_to_sgtable(const struct phys_range_list *list,
			       struct sg_table *sgt, gfp_t gfp)
{
	struct phys_range range;
	struct scatterlist *sg;
	s64 nr;
	int err;

	if (phys_range_list_empty(list))
		return -EINVAL;
	if (!phys_range_has_pages(phys_range_state_first(list)))
		return -EOPNOTSUPP;
	nr = phys_range_list_nr_segments(list, PHYS_RANGE_MAX_PIECE, U64_MAX);
	if (nr > UINT_MAX)
		return -E2BIG;
	err = sg_alloc_table(sgt, nr, gfp);
	if (err)
		return err;
	sg = sgt->sgl;
	phys_range_list_for_each_segment(list, PHYS_RANGE_MAX_PIECE, U64_MAX,
					 range) {
		sg_set_page(sg, pfn_to_page(PHYS_PFN(range.addr)), range.len,
			    offset_in_page(range.addr));
		sg = sg_next(sg);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(phys_range_list_to_sgtable);

/* Move bytes between @buf and the list; one of @from and @to is @buf. */
static int phys_range_list_access(const struct phys_range_list *list, u64 pos,
				  void *to, const void *from, size_t len)
{
	PHYS_RANGE_STATE(state, list);
	struct phys_range range;
	int err;

	err = phys_range_seek_slice(&state, pos, len);
	if (err)
		return err;
	if (list->rl.any_flags & (PHYS_RANGE_MMIO | PHYS_RANGE_NO_CPU_ACCESS) ||
	    !phys_range_has_pages(state))
		return -EOPNOTSUPP;
	while (phys_range_next(&state, &range)) {
		while (range.len) {
			struct page *page = pfn_to_page(PHYS_PFN(range.addr));
			unsigned int offset = offset_in_page(range.addr);
			size_t part = min_t(u64, range.len, PAGE_SIZE - offset);

			if (to) {
				memcpy_from_page(to, page, offset, part);
				to += part;
			} else {
				memcpy_to_page(page, offset, from, part);
				from += part;
			}
			range.addr += part;
			range.len -= part;
		}
	}
	return 0;
}

/**
 * phys_range_list_copy_from - copy bytes out of the memory of a list
 * @list: the list
 * @pos: position of the first byte
 * @buf: where to
 * @len: number of bytes
 *
 * Context: Any.
 * Return: 0; -ERANGE if the bytes end behind the end of the list; -EOPNOTSUPP
 * if the list has a range that the CPU cannot read.  Nothing is copied if it
 * is not 0.
 */
int phys_range_list_copy_from(const struct phys_range_list *list, u64 pos,
			      void *buf, size_t len)
{
	return phys_range_list_access(list, pos, buf, NULL, len);
}
EXPORT_SYMBOL_GPL(phys_range_list_copy_from);

/**
 * phys_range_list_copy_to - copy bytes into the memory of a list
 * @list: the list
 * @pos: position of the first byte
 * @buf: where from
 * @len: number of bytes
 *
 * Context: Any.
 * Return: as phys_range_list_copy_from().
 */
int phys_range_list_copy_to(const struct phys_range_list *list, u64 pos,
			    const void *buf, size_t len)
{
	return phys_range_list_access(list, pos, NULL, buf, len);
}
EXPORT_SYMBOL_GPL(phys_range_list_copy_to);

/**
 * phys_range_list_dump - print a list to the kernel log
 * @list: the list
 *
 * Context: Any.
 */
void phys_range_list_dump(const struct phys_range_list *list)
{
	range_list_dump(&list->rl, 0, phys_range_flag_names);
}
EXPORT_SYMBOL_GPL(phys_range_list_dump);

/**
 * phys_range_list_seq_show - print a list to a seq_file
 * @m: the file
 * @list: the list
 *
 * Context: Any.
 */
void phys_range_list_seq_show(struct seq_file *m,
			      const struct phys_range_list *list)
{
	range_list_seq_show(m, &list->rl, 0, phys_range_flag_names);
}
EXPORT_SYMBOL_GPL(phys_range_list_seq_show);
