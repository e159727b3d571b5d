// SPDX-License-Identifier: GPL-2.0
///
/// Describe the memory of the dma-buf, and leave it to the core to map it and
/// to free what that takes: no scatterlist is built for each attachment, and
/// nothing has to be undone here.
///
//# An exporter that has an array of pages, and fills its table page by page.
//#
//# Before:
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		sgt = kzalloc(...);
//#		ret = sg_alloc_table(sgt, n, GFP_KERNEL);
//#		for_each_sgtable_sg(sgt, sg, i)
//#			sg_set_page(sg, pages[i], PAGE_SIZE, 0);
//#		ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
//#		return sgt;
//#	}
//#
//#	static void x_unmap(attach, sgt, dir)
//#	{
//#		dma_unmap_sgtable(attach->dev, sgt, dir, 0);
//#		sg_free_table(sgt);
//#		kfree(sgt);
//#	}
//#
//# After:
//#	static int x_map(attach, ranges, dir)
//#	{
//#		return phys_range_list_append_pages(ranges, pages, n, 0,
//#						    (u64)n << PAGE_SHIFT, GFP_KERNEL);
//#	}
//#
//# Neighbours that are one behind the other become one range. A function that does
//# more with the table is not changed.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: the core has no SKIP_CPU_SYNC of a mapping; such exporters are left
// Subject: describe the memory of a dma-buf as ranges
// Family: exporter of pages, one by one
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
(
 struct dma_buf_ops o = {
	.map_dma_buf@p = map,
	.unmap_dma_buf = unmap,
 };
|
 const struct dma_buf_ops o = {
	.map_dma_buf@p = map,
	.unmap_dma_buf = unmap,
 };
)

// The table is made of pages, mapped, and returned; nothing else is done to it.
@table@
identifier ops.map, attach, dir, st, sg, i, ret;
expression pages, n;
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
|
 st = kzalloc(\(sizeof(*st)\|sizeof(struct sg_table)\), GFP_KERNEL);
|
 st = kmalloc(\(sizeof(*st)\|sizeof(struct sg_table)\), GFP_KERNEL);
)
 if (!st) S1
(
 ret = sg_alloc_table(st, n, GFP_KERNEL);
 if (ret) S2
|
 if (sg_alloc_table(st, n, GFP_KERNEL)) S2
)
(
 sg = st->sgl;
 for (i = 0; i < n; i++) {
	sg_set_page(sg, pages[i], PAGE_SIZE, 0);
	sg = sg_next(sg);
 }
|
 for_each_sg(st->sgl, sg, n, i)
	sg_set_page(sg, pages[i], PAGE_SIZE, 0);
|
 for_each_sgtable_sg(st, sg, i)
	sg_set_page(sg, pages[i], PAGE_SIZE, 0);
)
(
 ret = dma_map_sgtable(attach->dev, st, dir, 0);
 if (ret) S3
|
 if (dma_map_sgtable(attach->dev, st, dir, 0)) S3
|
 if (!dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\|n\), dir)) S3
|
 ret = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\|n\), dir);
 if (\(!ret\|ret <= 0\)) S3
|
 st->nents = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\|n\), dir);
 if (!st->nents) S3
)
 return st;
 ...
 }

// Nothing else is returned.
@known@
identifier ops.map, table.st;
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

// What is not about the table in here remains, and is done when all is over.
@plain@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 ... when != st
 \(dma_unmap_sgtable(attach->dev, st, dir, 0)\|dma_unmap_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir)\);
 sg_free_table(st);
 kfree(st);
 }

@script:python depends on report && table && plain && !odd@
p << ops.p;
@@
coccilib.report.print_report(p[0], 'describe the pages in .map_ranges')

@script:python depends on org && table && plain && !odd@
p << ops.p;
@@
coccilib.org.print_todo(p[0], 'describe the pages in .map_ranges')

@depends on context && table && plain && !odd@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

// Labels and what follows them belong to the table, too. They are matched while
// there are still jumps to them.
@body depends on patch && table && plain && !odd@
identifier ops.map, table.attach, table.dir, table.st, table.sg, table.i, l, ret;
expression table.pages, table.n, e;
statement S;
typedef u64;
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
-st = \(kzalloc_obj(*st)\|kmalloc_obj(*st)\|kzalloc(\(sizeof(*st)\|sizeof(struct sg_table)\), GFP_KERNEL)\|kmalloc(\(sizeof(*st)\|sizeof(struct sg_table)\), GFP_KERNEL)\);
-if (!st) S
|
-ret = sg_alloc_table(st, n, GFP_KERNEL);
-if (ret) S
|
-if (sg_alloc_table(st, n, GFP_KERNEL)) S
|
-sg = st->sgl;
-for (i = 0; i < n; i++) {
-	sg_set_page(sg, pages[i], PAGE_SIZE, 0);
-	sg = sg_next(sg);
-}
|
-for_each_sg(st->sgl, sg, n, i)
-	sg_set_page(sg, pages[i], PAGE_SIZE, 0);
|
-for_each_sgtable_sg(st, sg, i)
-	sg_set_page(sg, pages[i], PAGE_SIZE, 0);
|
-ret = dma_map_sgtable(attach->dev, st, dir, 0);
-if (ret) S
|
-if (dma_map_sgtable(attach->dev, st, dir, 0)) S
|
-if (!dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\|n\), dir)) S
|
-ret = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\|n\), dir);
-if (\(!ret\|ret <= 0\)) S
|
-st->nents = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\|n\), dir);
-if (!st->nents) S
|
-return st;
+return phys_range_list_append_pages(ranges, pages, n, 0, (u64)n << PAGE_SHIFT, GFP_KERNEL);
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

@depends on body@
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

@depends on body@
identifier ops.map, table.sg;
@@
 map(...)
 {
 ...
-struct scatterlist *sg;
 ...
 }

@depends on body@
identifier ops.map, x;
type T;
@@
 map(...)
 {
 ...
-T x;
 ... when != x
 }

@depends on body@
identifier ops.map, x;
type T;
@@
 map(...)
 {
 ...
-T x;
 ... when != x
 }

// A function that is left without anything to do goes.
@nothing depends on body@
identifier ops.unmap, attach, dir, st;
@@
-static void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
-{
-\(dma_unmap_sgtable(attach->dev, st, dir, 0)\|dma_unmap_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir)\);
-sg_free_table(st);
-kfree(st);
-}

@depends on body && nothing@
identifier ops.o, ops.map, ops.unmap;
@@
(
 struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
 };
|
 const struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
 };
)

@something depends on body && !nothing@
identifier ops.unmap, attach, dir, st;
@@
-static void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
+static void unmap(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+		  enum dma_data_direction dir)
 {
 ...
-\(dma_unmap_sgtable(attach->dev, st, dir, 0)\|dma_unmap_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir)\);
-sg_free_table(st);
-kfree(st);
 }

@depends on body && something@
identifier ops.o, ops.map, ops.unmap;
@@
(
 struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
+	.unmap_ranges = unmap,
 };
|
 const struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
+	.unmap_ranges = unmap,
 };
)

@header@
@@
 #include <linux/dma-buf.h>

@depends on body && header@
@@
 #include <linux/dma-buf.h>
+#include <linux/phys_range.h>

@depends on body && !header@
@@
+#include <linux/phys_range.h>
 #include <...>
