// SPDX-License-Identifier: GPL-2.0
///
/// Describe the memory of the dma-buf, and leave it to the core to map it:
/// the table of the buffer only says where the memory is, and no mapping is
/// put into it, or into a copy of it.
///
//# An exporter that has a table of its pages, and maps it, or a copy that it makes
//# to map.
//#
//# Before:
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		struct sg_table *sgt = attach->dmabuf->priv;
//#
//#		ret = dma_map_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
//#		if (ret)
//#			return ERR_PTR(ret);
//#		return sgt;
//#	}
//#
//#	static void x_unmap(attach, sgt, dir)
//#	{
//#		dma_unmap_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
//#	}
//#
//# After:
//#	static int x_map(attach, ranges, dir)
//#	{
//#		struct sg_table *sgt = attach->dmabuf->priv;
//#
//#		for_each_sgtable_sg(sgt, sg, i) {
//#			struct phys_range range = {
//#				.addr = sg_phys(sg),
//#				.len = sg->length,
//#				.flags = PHYS_RANGE_NO_CPU_ACCESS,
//#			};
//#
//#			ret = phys_range_list_append(ranges, &range, GFP_KERNEL);
//#			if (ret)
//#				return ret;
//#		}
//#		return 0;
//#	}
//#
//# Without an attribute it is phys_range_list_append_sgtable(). Two importers of a
//# buffer do not overwrite the addresses of each other any more.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: what is said of the copy in a comment before it is left there
// Subject: describe the memory of a dma-buf as ranges
// Family: exporter of a table
// Leaves-here-no: (?:\.|->)(un)?map_dma_buf\b
// Selects: RANGE_LIST
// Keywords: map_dma_buf

virtual patch
virtual context
virtual org
virtual report

@ops@
identifier o, map, unmap;
position p;
@@
 struct dma_buf_ops o = {
	.map_dma_buf@p = map,
	.unmap_dma_buf = unmap,
 };

// The table of the buffer itself. That of an attachment is not meant.
@skip@
identifier ops.map, attach, dir, st, ret;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 struct sg_table *st = attach->dmabuf->priv;
 int ret;
 ret = dma_map_sgtable(attach->dev, st, dir, DMA_ATTR_SKIP_CPU_SYNC);
 if (ret)
	return ERR_PTR(ret);
 return st;
 }

@plain@
identifier ops.map, attach, dir, st, ret;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 struct sg_table *st = attach->dmabuf->priv;
 int ret;
 ret = dma_map_sgtable(attach->dev, st, dir, 0);
 if (ret)
	return ERR_PTR(ret);
 return st;
 }

// It is synced when it is unmapped if it was when it was mapped.
@only_skip@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 dma_unmap_sgtable(attach->dev, st, dir, DMA_ATTR_SKIP_CPU_SYNC);
 }

@only_plain@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 dma_unmap_sgtable(attach->dev, st, dir, 0);
 }

@only depends on (skip && only_skip) || (plain && only_plain)@
identifier ops.unmap;
@@
 void unmap(...) { ... }

// Nobody counts on what is mapped in the table of the buffer.
@others@
identifier ops.map, ops.unmap, f != { map, unmap };
@@
 f(...)
 {
 <+...
 \(sg_dma_address(...)\|sg_dma_len(...)\|dma_sync_sgtable_for_cpu(...)\|dma_sync_sgtable_for_device(...)\|dma_sync_sg_for_cpu(...)\|dma_sync_sg_for_device(...)\)
 ...+>
 }

// A copy of a table, whose entries begin where pages begin.
@copy@
identifier ops.map, attach, dir, st, src, dst, i, ret;
expression table;
statement S1, S2, S3;
type T;
iterator name for_each_sg, for_each_sgtable_sg;
@@
 T map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 ... when != st
 struct sg_table *st;
 ... when != st
(
 st = kzalloc_obj(*st);
|
 st = kmalloc_obj(*st);
)
 if (!st) S1
 ret = sg_alloc_table(st, table->orig_nents, GFP_KERNEL);
 if (ret) S2
 dst = st->sgl;
(
 for_each_sg(table->sgl, src, table->orig_nents, i) {
	sg_set_page(dst, sg_page(src), src->length, 0);
	dst = sg_next(dst);
 }
|
 for_each_sgtable_sg(table, src, i) {
	sg_set_page(dst, sg_page(src), src->length, 0);
	dst = sg_next(dst);
 }
)
 ret = dma_map_sgtable(attach->dev, st, dir, DMA_ATTR_SKIP_CPU_SYNC);
 if (ret) S3
 return st;
 ...
 }

// Nothing else is returned.
@known@
identifier ops.map, copy.st;
expression e;
position q;
@@
 map(...)
 {
 <...
(
 return@q ERR_PTR(e);
|
 return@q st;
)
 ...>
 }

@odd@
identifier ops.map;
expression e;
position q != known.q;
@@
 map(...)
 {
 <+...
 return@q e;
 ...+>
 }

// Coccinelle 1.3 forgets that it has found a place which is not taken over.
@script:python@
q << odd.q;
@@

// The copy is freed by the helper of DRM, or here.
@drm@
identifier ops.o;
symbol drm_gem_unmap_dma_buf;
@@
 struct dma_buf_ops o = {
	.unmap_dma_buf = drm_gem_unmap_dma_buf,
 };

@freed@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 dma_unmap_sgtable(attach->dev, st, dir, DMA_ATTR_SKIP_CPU_SYNC);
 sg_free_table(st);
 kfree(st);
 }

@found depends on (only && !others) || (copy && !odd && drm) || (copy && !odd && freed)@
identifier ops.o, ops.map;
@@
 struct dma_buf_ops o = {
	.map_dma_buf = map,
 };

@script:python depends on report && found@
p << ops.p;
@@
coccilib.report.print_report(p[0], 'describe the table in .map_ranges')

@script:python depends on org && found@
p << ops.p;
@@
coccilib.org.print_todo(p[0], 'describe the table in .map_ranges')

@depends on context && found@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

@depends on patch && found@
identifier ops.map, skip.attach, skip.dir, skip.st, skip.ret;
iterator name for_each_sgtable_sg;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
 struct sg_table *st = attach->dmabuf->priv;
+struct scatterlist *sg;
+int i;
 int ret;
-ret = dma_map_sgtable(attach->dev, st, dir, DMA_ATTR_SKIP_CPU_SYNC);
-if (ret)
-	return ERR_PTR(ret);
-return st;
+for_each_sgtable_sg(st, sg, i) {
+	struct phys_range range = {
+		.addr = sg_phys(sg),
+		.len = sg->length,
+		.flags = PHYS_RANGE_NO_CPU_ACCESS,
+	};
+
+	ret = phys_range_list_append(ranges, &range, GFP_KERNEL);
+	if (ret)
+		return ret;
+}
+
+return 0;
 }

@depends on patch && found@
identifier ops.map, plain.attach, plain.dir, plain.st, plain.ret;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
 struct sg_table *st = attach->dmabuf->priv;
-int ret;
-ret = dma_map_sgtable(attach->dev, st, dir, 0);
-if (ret)
-	return ERR_PTR(ret);
-return st;
+
+return phys_range_list_append_sgtable(ranges, st, GFP_KERNEL);
 }

// Labels and what follows them belong to the copy, too. They are matched while
// there are still jumps to them.
@copied depends on patch && found@
identifier ops.map, copy.attach, copy.dir, copy.st, copy.src, copy.dst, copy.i, copy.ret, l;
expression copy.table, e;
statement S;
iterator name for_each_sg, for_each_sgtable_sg;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
 <...
(
-struct sg_table *st;
|
-struct scatterlist *dst;
|
-st = \(kzalloc_obj(*st)\|kmalloc_obj(*st)\);
-if (!st) S
|
-ret = sg_alloc_table(st, table->orig_nents, GFP_KERNEL);
-if (ret) S
|
-dst = st->sgl;
|
-for_each_sg(table->sgl, src, table->orig_nents, i) {
-	sg_set_page(dst, sg_page(src), src->length, 0);
-	dst = sg_next(dst);
-}
+for_each_sgtable_sg(table, src, i) {
+	struct phys_range range = {
+		.addr = page_to_phys(sg_page(src)),
+		.len = src->length,
+		.flags = PHYS_RANGE_NO_CPU_ACCESS,
+	};
+
+	ret = phys_range_list_append(ranges, &range, GFP_KERNEL);
+	if (ret)
+		return ret;
+}
|
 for_each_sgtable_sg(table, src, i) {
-	sg_set_page(dst, sg_page(src), src->length, 0);
-	dst = sg_next(dst);
+	struct phys_range range = {
+		.addr = page_to_phys(sg_page(src)),
+		.len = src->length,
+		.flags = PHYS_RANGE_NO_CPU_ACCESS,
+	};
+
+	ret = phys_range_list_append(ranges, &range, GFP_KERNEL);
+	if (ret)
+		return ret;
 }
|
-ret = dma_map_sgtable(attach->dev, st, dir, DMA_ATTR_SKIP_CPU_SYNC);
-if (ret) S
|
-return st;
+return 0;
|
-l:
-sg_free_table(st);
|
-l:
-kfree(st);
-return ERR_PTR(e);
|
-l:
-kfree(st);
|
-l:
-return ERR_PTR(e);
)
 ...>
 }

@depends on copied@
identifier ops.map;
expression e;
@@
 map(...)
 {
 <...
 return
-ERR_PTR(e)
+e
 ;
 ...>
 }

@depends on patch && found@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
 };

@depends on patch && found && only@
identifier ops.unmap, attach, dir, st;
@@
-static void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
-{
-dma_unmap_sgtable(attach->dev, st, dir, ...);
-}

@depends on patch && found && freed@
identifier ops.unmap, attach, dir, st;
@@
-static void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
-{
-dma_unmap_sgtable(attach->dev, st, dir, ...);
-sg_free_table(st);
-kfree(st);
-}

// Whoever maps a page twice may do so in a buffer of them.
@users@
@@
\(pin_user_pages\|pin_user_pages_fast\|pin_user_pages_remote\|pin_user_pages_unlocked\|get_user_pages\|get_user_pages_fast\|get_user_pages_remote\|get_user_pages_unlocked\)(...)

@depends on patch && found && users@
identifier ops.o, ops.map;
@@
(
 struct dma_buf_ops o = {
 	.map_ranges = map,
+	.repeats = true,
 };
|
 const struct dma_buf_ops o = {
 	.map_ranges = map,
+	.repeats = true,
 };
)

@depends on patch && found@
@@
 #include <linux/dma-buf.h>
+#include <linux/phys_range.h>
