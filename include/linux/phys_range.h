/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Physical range lists: what memory is, seen from the CPU.
 */
#ifndef _LINUX_PHYS_RANGE_H
#define _LINUX_PHYS_RANGE_H

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/range_list.h>

struct bio;
struct bio_vec;
struct bvec_iter;
struct iov_iter;
struct p2pdma_provider;
struct pci_dev;
struct scatterlist;
struct seq_file;
struct sg_table;
struct sk_buff;

/**
 * DOC: Physical range lists
 *
 * A *physical range* is a piece of memory that is contiguous for the CPU: a
 * physical address, a length in bytes, and what a DMA mapping has to know of
 * it.  A *physical range list* describes a buffer: its ranges in the order in
 * which the bytes of the buffer stand in them.  A *position* is an offset in
 * bytes into the buffer.
 *
 * Ranges need no struct page.  They have byte granularity, 64-bit lengths, and
 * no entry points at memory of the caller: a list owns its storage, and nothing
 * else unless it was built by pinning user memory.
 *
 * Neighbours that are physically adjacent and have equal flags and providers
 * become one range when they are appended.
 *
 * Locking: none.  Any number of readers may use a list that nobody changes;
 * who changes a list must be alone with it.
 */

/**
 * enum phys_range_flags - what a range is
 * @PHYS_RANGE_NO_MERGE: never one range with a neighbour, as Xen's
 *	pseudo-physical neighbours must not be
 * @PHYS_RANGE_PINNED: the list holds one pin (FOLL_PIN) on each page of the
 *	range and drops it when it is destroyed
 * @PHYS_RANGE_MMIO: not memory; mapped with DMA_ATTR_MMIO
 * @PHYS_RANGE_P2P: belongs to a PCI peer-to-peer provider; set exactly if a
 *	provider is
 * @PHYS_RANGE_NO_CPU_ACCESS: the CPU has no cached view of it; no cache
 *	maintenance (DMA_ATTR_SKIP_CPU_SYNC)
 * @PHYS_RANGE_CC_SHARED: shared with the host in a confidential guest
 *	(DMA_ATTR_CC_SHARED)
 * @PHYS_RANGE_REQUIRE_COHERENT: must not be bounced or need cache maintenance
 *	(DMA_ATTR_REQUIRE_COHERENT)
 */
enum phys_range_flags {
	PHYS_RANGE_NO_MERGE		= RANGE_NO_MERGE,
	PHYS_RANGE_PINNED		= RANGE_MERGE_PAGES,
	PHYS_RANGE_MMIO			= BIT(2),
	PHYS_RANGE_P2P			= BIT(3),
	PHYS_RANGE_NO_CPU_ACCESS	= BIT(4),
	PHYS_RANGE_CC_SHARED		= BIT(5),
	PHYS_RANGE_REQUIRE_COHERENT	= BIT(6),
};

#define PHYS_RANGE_FLAGS	GENMASK(6, 0)

/**
 * struct phys_range - one range, decoded
 * @addr: physical address of the first byte
 * @len: length in bytes
 * @flags: &enum phys_range_flags
 * @provider: peer-to-peer provider of MMIO, or NULL
 */
struct phys_range {
	phys_addr_t addr;
	u64 len;
	u32 flags;
	struct p2pdma_provider *provider;
};

/**
 * struct phys_range_list - a list of physical ranges
 *
 * Initialise it with PHYS_RANGE_LIST_INIT or phys_range_list_init(), free what
 * it holds with phys_range_list_destroy().  It has room for one to three
 * ranges of any kind, and for 24 pages in reach of each other, without an
 * allocation.  It may be moved with phys_range_list_move(), never by copying
 * the object.
 */
struct phys_range_list {
	/* private: */
	struct range_list rl;
};

#define PHYS_RANGE_LIST_INIT	{ .rl = RANGE_LIST_INIT }
/**
 * DEFINE_PHYS_RANGE_LIST - define an empty list
 * @name: of the variable
 */
#define DEFINE_PHYS_RANGE_LIST(name)					\
	struct phys_range_list name = PHYS_RANGE_LIST_INIT

/**
 * phys_range_list_init - make an empty list
 * @list: memory that is no list yet
 *
 * Context: Any.
 */
static inline void phys_range_list_init(struct phys_range_list *list)
{
	range_list_init(&list->rl);
}

void phys_range_list_destroy(struct phys_range_list *list);
void phys_range_list_unpin(struct phys_range_list *list, bool dirty);

int phys_range_list_append(struct phys_range_list *list,
			   const struct phys_range *range, gfp_t gfp);
int phys_range_list_append_phys_vecs(struct phys_range_list *list,
				     const struct phys_vec *vec, size_t nr,
				     u32 flags,
				     struct p2pdma_provider *provider,
				     gfp_t gfp);
int phys_range_list_append_pages(struct phys_range_list *list,
				 struct page *const *pages, size_t nr,
				 size_t offset, u64 len, gfp_t gfp);
int phys_range_list_append_folio(struct phys_range_list *list,
				 struct folio *folio, size_t offset, size_t len,
				 gfp_t gfp);
int phys_range_list_append_folios(struct phys_range_list *list,
				  struct folio *const *folios, size_t nr,
				  gfp_t gfp);
int phys_range_list_append_bvecs(struct phys_range_list *list,
				 const struct bio_vec *bvec, size_t nr,
				 gfp_t gfp);
int phys_range_list_append_bvec_iter(struct phys_range_list *list,
				     const struct bio_vec *bvec,
				     struct bvec_iter iter, gfp_t gfp);
int phys_range_list_append_bio(struct phys_range_list *list, struct bio *bio,
			       gfp_t gfp);
int phys_range_list_append_bios(struct phys_range_list *list, struct bio *bio,
				gfp_t gfp);
int phys_range_list_append_skb(struct phys_range_list *list,
			       const struct sk_buff *skb, unsigned int offset,
			       unsigned int len, gfp_t gfp);
int phys_range_list_append_sgtable(struct phys_range_list *list,
				   const struct sg_table *sgt, gfp_t gfp);
int phys_range_list_append_virt(struct phys_range_list *list, const void *addr,
				size_t len, gfp_t gfp);
ssize_t phys_range_list_append_iov_iter(struct phys_range_list *list,
					struct iov_iter *iter, size_t len,
					gfp_t gfp);
int phys_range_list_append_bar(struct phys_range_list *list,
			       struct pci_dev *pdev, int bar, u64 offset,
			       u64 len, gfp_t gfp);
int phys_range_list_pin_user(struct phys_range_list *list, unsigned long addr,
			     u64 len, unsigned int gup_flags, gfp_t gfp);

ssize_t phys_range_list_to_phys_vecs(const struct phys_range_list *list,
				     struct phys_vec *vec, size_t max);
ssize_t phys_range_list_to_bvecs(const struct phys_range_list *list,
				 struct bio_vec *bvec, size_t max);
int phys_range_list_to_sgtable(const struct phys_range_list *list,
			       struct sg_table *sgt, gfp_t gfp);
int phys_range_list_copy_from(const struct phys_range_list *list, u64 pos,
			      void *buf, size_t len);
int phys_range_list_copy_to(const struct phys_range_list *list, u64 pos,
			    const void *buf, size_t len);

int phys_range_list_splice(struct phys_range_list *list,
			   struct phys_range_list *src, gfp_t gfp);
int phys_range_list_truncate(struct phys_range_list *list, u64 pos, gfp_t gfp);
int phys_range_list_split(struct phys_range_list *list, u64 pos,
			  struct phys_range_list *tail, gfp_t gfp);
int phys_range_list_copy(struct phys_range_list *list,
			 const struct phys_range_list *src, u64 pos, u64 len,
			 gfp_t gfp);
void phys_range_list_move(struct phys_range_list *list,
			  struct phys_range_list *src);
int phys_range_list_preload(struct phys_range_list *list, size_t nr, gfp_t gfp);
void phys_range_list_preload_end(struct phys_range_list *list);
void phys_range_list_shrink(struct phys_range_list *list);

void phys_range_list_dump(const struct phys_range_list *list);
void phys_range_list_seq_show(struct seq_file *m,
			      const struct phys_range_list *list);

/**
 * phys_range_list_nr - number of ranges
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: the number of ranges.
 */
static inline u64 phys_range_list_nr(const struct phys_range_list *list)
{
	return list->rl.nr;
}

/**
 * phys_range_list_bytes - length of the buffer
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: the sum of all lengths, in bytes.
 */
static inline u64 phys_range_list_bytes(const struct phys_range_list *list)
{
	return list->rl.bytes;
}

/**
 * phys_range_list_empty - is there nothing in the list?
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: true if the list has no range.
 */
static inline bool phys_range_list_empty(const struct phys_range_list *list)
{
	return !list->rl.nr;
}

/**
 * phys_range_list_lowest - lowest address
 * @list: a list that is not empty
 *
 * Context: Any.  Constant time.
 * Return: the lowest physical address in the list.
 */
static inline phys_addr_t
phys_range_list_lowest(const struct phys_range_list *list)
{
	return list->rl.lowest;
}

/**
 * phys_range_list_highest - highest address
 * @list: a list that is not empty
 *
 * Context: Any.  Constant time.
 * Return: the physical address of the last byte of the highest range.
 */
static inline phys_addr_t
phys_range_list_highest(const struct phys_range_list *list)
{
	return list->rl.highest;
}

/**
 * phys_range_list_is_aligned - do all interior boundaries fall on blocks?
 * @list: the list
 * @size: of a block, a power of two
 *
 * An interior boundary is the start of any range but the first, and the end of
 * any but the last.  A list for which this holds with PAGE_SIZE is a *page
 * list*: an IOMMU with that granule can make one piece of it.
 *
 * Context: Any.  Constant time.
 * Return: true if the boundaries of all ranges within the list are multiples
 * of @size.
 */
static inline bool
phys_range_list_is_aligned(const struct phys_range_list *list, u64 size)
{
	return !(list->rl.edges & (size - 1));
}

/**
 * phys_range_list_any_flags - flags that some range has
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: the flags of all ranges, ORed.
 */
static inline u32 phys_range_list_any_flags(const struct phys_range_list *list)
{
	return list->rl.any_flags;
}

/**
 * phys_range_list_has_p2p - is any range peer-to-peer memory?
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: true if a range has a provider.
 */
static inline bool phys_range_list_has_p2p(const struct phys_range_list *list)
{
	return list->rl.any_flags & PHYS_RANGE_P2P;
}

/**
 * phys_range_list_is_uniform - do all ranges have the same attributes?
 * @list: the list
 *
 * Context: Any.  Constant time.
 * Return: true if flags and provider of all ranges are equal.
 */
static inline bool
phys_range_list_is_uniform(const struct phys_range_list *list)
{
	return !list->rl.mixed;
}

/**
 * phys_range_list_usage - memory that a list takes
 * @list: the list
 *
 * Context: Any.  Looks at every chunk.
 * Return: number of chunks and of index nodes, and the bytes that all of them
 * and the list object take from the allocator.
 */
static inline struct range_usage
phys_range_list_usage(const struct phys_range_list *list)
{
	struct range_usage usage;

	range_list_usage(&list->rl, &usage);
	return usage;
}

/**
 * phys_range_list_for_each - iterate over the ranges of a list
 * @list: the list; not to be changed meanwhile
 * @range: a struct phys_range that takes one after the other
 *
 * Context: Any.  O(n) in all, with no call for most ranges.
 */
#define phys_range_list_for_each(list, range)				\
	for (struct phys_range_state __s = phys_range_state_first(list); \
	     phys_range_next(&__s, &(range));)

/**
 * phys_range_list_for_each_slice - iterate over a part of a list
 * @list: the list; not to be changed meanwhile
 * @pos: position of the first byte
 * @len: length of the part, in bytes
 * @range: a struct phys_range that takes one after the other; the first and
 *	the last are cut to fit
 *
 * A part that ends behind the end of the list has no ranges; use
 * phys_range_seek() where that can happen.
 *
 * Context: Any.  O(log n) to start.
 */
#define phys_range_list_for_each_slice(list, pos, len, range)		\
	for (struct phys_range_state __s =				\
		     phys_range_state_slice(list, pos, len);		\
	     phys_range_next(&__s, &(range));)

/**
 * phys_range_list_for_each_reverse - iterate from the last range to the first
 * @list: the list; not to be changed meanwhile
 * @range: a struct phys_range that takes one after the other
 *
 * Context: Any.
 */
#define phys_range_list_for_each_reverse(list, range)			\
	for (struct phys_range_state __s = phys_range_state_last(list);	\
	     phys_range_prev(&__s, &(range));)

/**
 * phys_range_list_for_each_page - iterate over the pages of a list
 * @list: a list of memory that has struct pages
 * @page: a struct page pointer that takes one after the other; a page that
 *	several ranges touch comes once for each
 *
 * Context: Any.
 */
#define phys_range_list_for_each_page(list, page)			\
	for (struct phys_range_pieces __s =				\
		     phys_range_pieces_first(list, PAGE_SIZE,		\
					     PAGE_SIZE - 1);		\
	     phys_range_pieces_page(&__s, &(page));)

/**
 * struct phys_range_folio - a part of a folio
 * @folio: the folio
 * @offset: where the part begins, in bytes
 * @len: length of the part, in bytes
 */
struct phys_range_folio {
	struct folio *folio;
	size_t offset;
	size_t len;
};

/**
 * phys_range_list_for_each_folio - iterate over the folios of a list
 * @list: a list of memory that has struct pages
 * @part: a struct phys_range_folio that takes one after the other
 *
 * Context: Any.
 */
#define phys_range_list_for_each_folio(list, part)			\
	for (struct phys_range_pieces __s =				\
		     phys_range_pieces_first(list, U64_MAX, U64_MAX);	\
	     phys_range_pieces_folio(&__s, &(part));)

/**
 * phys_range_list_for_each_block - iterate over aligned blocks
 * @list: a list for which phys_range_list_is_aligned() holds with @size
 * @size: of a block in bytes, a power of two
 * @block: a struct phys_range that takes one after the other; only the first
 *	can begin, and only the last can end, within its block
 *
 * The address of the block itself is ``block.addr & ~(size - 1)``.
 *
 * Context: Any.
 */
#define phys_range_list_for_each_block(list, size, block)		\
	for (struct phys_range_pieces __s =				\
		     phys_range_pieces_first(list, size,		\
					     (u64)(size) - 1);		\
	     phys_range_pieces_next(&__s, &(block));)

/**
 * phys_range_list_for_each_segment - iterate over pieces within limits
 * @list: the list
 * @max_len: most bytes of a segment, not 0
 * @boundary: mask that no segment may cross, such as dma_get_seg_boundary()
 *	returns; U64_MAX for none
 * @seg: a struct phys_range that takes one after the other
 *
 * Context: Any.
 */
#define phys_range_list_for_each_segment(list, max_len, boundary, seg)	\
	for (struct phys_range_pieces __s =				\
		     phys_range_pieces_first(list, max_len, boundary);	\
	     phys_range_pieces_next(&__s, &(seg));)

/**
 * phys_range_list_nr_blocks - number of aligned blocks
 * @list: the list
 * @size: of a block in bytes
 *
 * Context: Any.
 * Return: how many times phys_range_list_for_each_block() runs; -EINVAL if @size
 * is no power of two or an interior boundary is no multiple of it.
 */
static inline s64
phys_range_list_nr_blocks(const struct phys_range_list *list, u64 size)
{
	if (!is_power_of_2(size) || !phys_range_list_is_aligned(list, size))
		return -EINVAL;
	return range_pieces_count(range_pieces_first(&list->rl, size, size - 1));
}

/**
 * phys_range_list_nr_segments - number of pieces within limits
 * @list: the list
 * @max_len: most bytes of a segment
 * @boundary: mask that no segment may cross
 *
 * Context: Any.
 * Return: how many times phys_range_list_for_each_segment() runs; -EINVAL if
 * @max_len is 0 or @boundary is no mask of low bits.
 */
static inline s64
phys_range_list_nr_segments(const struct phys_range_list *list, u64 max_len,
			    u64 boundary)
{
	if (!max_len || boundary & (boundary + 1))
		return -EINVAL;
	return range_pieces_count(range_pieces_first(&list->rl, max_len, boundary));
}

/*
 * Everything below here is the advanced API: an explicit cursor, for callers
 * that stop, resume, seek, or append one by one.
 */

/**
 * struct phys_range_state - a cursor
 *
 * It stays valid as long as the list is not changed by others.
 */
struct phys_range_state {
	/* private: */
	struct range_state rs;
	struct phys_range_list *list;
	int err;
};

/**
 * PHYS_RANGE_STATE - define a cursor at the start of a list
 * @name: of the cursor
 * @list: the list
 */
#define PHYS_RANGE_STATE(name, list)					\
	struct phys_range_state name = phys_range_state_first(list)

/**
 * phys_range_state_first - a cursor at the start of a list
 * @list: the list
 *
 * Context: Any.
 * Return: the cursor.
 */
static __always_inline struct phys_range_state
phys_range_state_first(const struct phys_range_list *list)
{
	return (struct phys_range_state){
		.rs = range_state_first(&list->rl),
		.list = (struct phys_range_list *)list,
	};
}

static __always_inline struct phys_range
phys_range_from_range(const struct range_item *r)
{
	return (struct phys_range){
		.addr = r->addr,
		.len = r->len,
		.flags = r->flags,
		.provider = r->owner,
	};
}

/**
 * phys_range_next - take the range at a cursor and step forward
 * @state: the cursor
 * @range: where to put the range
 *
 * Context: Any.
 * Return: false at the end; @range is unchanged then.
 */
static __always_inline bool phys_range_next(struct phys_range_state *state,
					    struct phys_range *range)
{
	struct range_item r __uninitialized;

	if (!range_next(&state->rs, &r))
		return false;
	*range = phys_range_from_range(&r);
	return true;
}

/**
 * phys_range_seek - place a cursor
 * @state: the cursor
 * @pos: byte position; the range that holds it is cut to begin there
 *
 * Context: Any.  O(log n).
 * Return: 0, or -ERANGE if @pos is behind the end; the cursor is at the end
 * then.
 */
static inline int phys_range_seek(struct phys_range_state *state, u64 pos)
{
	u64 bytes = phys_range_list_bytes(state->list);

	return range_state_seek(&state->rs, &state->list->rl, pos,
				pos > bytes ? 0 : bytes - pos);
}

/**
 * phys_range_seek_slice - place a cursor, and an end for it
 * @state: the cursor
 * @pos: byte position where the slice begins
 * @len: length of the slice in bytes
 *
 * Context: Any.  O(log n).
 * Return: 0, or -ERANGE if the slice ends behind the end of the list; the
 * cursor is at the end then.
 */
static inline int phys_range_seek_slice(struct phys_range_state *state, u64 pos,
					u64 len)
{
	return range_state_seek(&state->rs, &state->list->rl, pos, len);
}

/**
 * phys_range_state_slice - a cursor over a part of a list
 * @list: the list
 * @pos: byte position of the first byte
 * @len: bytes from there to the end of what is read
 *
 * Context: Any.  O(log n).
 * Return: the cursor; it is at its end if the part is not within the list.
 */
static inline struct phys_range_state
phys_range_state_slice(const struct phys_range_list *list, u64 pos, u64 len)
{
	struct phys_range_state state = {
		.list = (struct phys_range_list *)list,
	};

	phys_range_seek_slice(&state, pos, len);
	return state;
}

/**
 * phys_range_left - bytes between a cursor and its end
 * @state: the cursor
 *
 * Context: Any.
 * Return: bytes that phys_range_next() will still return.
 */
static inline u64 phys_range_left(const struct phys_range_state *state)
{
	return range_state_left(&state->rs);
}

/**
 * phys_range_state_last - a cursor behind the last range
 * @list: the list
 *
 * Context: Any.
 * Return: the cursor, for phys_range_prev() only.
 */
static inline struct phys_range_state
phys_range_state_last(const struct phys_range_list *list)
{
	struct phys_range_state state = {
		.list = (struct phys_range_list *)list,
	};

	range_state_last(&state.rs, &list->rl);
	return state;
}

/**
 * phys_range_prev - step back and take the range there
 * @state: a cursor of phys_range_state_last()
 * @range: where to put the range
 *
 * Context: Any.
 * Return: false at the start of the list; @range is unchanged then.
 */
static inline bool phys_range_prev(struct phys_range_state *state,
				   struct phys_range *range)
{
	struct range_item r;

	if (!range_prev(&state->rs, &r))
		return false;
	*range = phys_range_from_range(&r);
	return true;
}

unsigned int phys_range_next_vecs(struct phys_range_state *state,
				  struct phys_vec *vec, unsigned int max,
				  struct phys_range *attrs);

/**
 * phys_range_state_end - place a cursor at the end, to append there
 * @state: the cursor
 *
 * Context: Any.
 */
static inline void phys_range_state_end(struct phys_range_state *state)
{
	state->rs = (struct range_state){};
}

int phys_range_append(struct phys_range_state *state,
		      const struct phys_range *range, gfp_t gfp);

/**
 * phys_range_state_error - what went wrong with phys_range_append()
 * @state: the cursor
 *
 * Context: Any.
 * Return: 0 or the first error.
 */
static inline int phys_range_state_error(const struct phys_range_state *state)
{
	return state->err;
}

/* The iterators that divide ranges. */
struct phys_range_pieces {
	/* private: */
	struct range_pieces rp;
};

static __always_inline struct phys_range_pieces
phys_range_pieces_first(const struct phys_range_list *list, u64 max_len,
			u64 boundary)
{
	return (struct phys_range_pieces){
		.rp = range_pieces_first(&list->rl, max_len, boundary),
	};
}

static __always_inline bool
phys_range_pieces_next(struct phys_range_pieces *s, struct phys_range *piece)
{
	if (!range_pieces_next(&s->rp))
		return false;
	piece->addr = s->rp.addr;
	piece->len = s->rp.len;
	piece->flags = s->rp.flags;
	piece->provider = s->rp.owner;
	return true;
}

static __always_inline bool
phys_range_pieces_page(struct phys_range_pieces *s, struct page **page)
{
	if (!range_pieces_next(&s->rp))
		return false;
	*page = pfn_to_page(PHYS_PFN(s->rp.addr));
	return true;
}

bool phys_range_pieces_folio(struct phys_range_pieces *s,
			     struct phys_range_folio *part);

#endif /* _LINUX_PHYS_RANGE_H */
