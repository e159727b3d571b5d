// SPDX-License-Identifier: GPL-2.0
///
/// Describe the coherent memory of the dma-buf, and leave it to the core to
/// map it. No pages are made up for it, which it may not have.
///
//# An exporter of what dma_alloc_coherent() or a helper of ALSA has returned.
//#
//# Before:
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		sgt = kzalloc(...);
//#		ret = dma_get_sgtable(dev, sgt, virt, dma, size);
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
//#		return dma_get_phys_ranges(dev, ranges, virt, dma, size, 0);
//#	}
//#
//# The device must be that for which the memory was allocated. Where it is that of
//# the importer, which knows nothing of the memory, only a struct snd_dma_buffer
//# tells which is meant; others are not changed. A table that is never freed is none
//# any more.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Subject: describe the memory of a dma-buf as ranges
// Family: exporter of coherent memory
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

@table@
identifier ops.map, attach, dir, st, ret;
expression whose, virt, dma, size;
statement S1, S2, S3;
type T;
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
 ret = dma_get_sgtable(whose, st, virt, dma, size);
 if (\(ret\|ret < 0\)) S2
|
 if (dma_get_sgtable(whose, st, virt, dma, size)) S2
|
 if (dma_get_sgtable(whose, st, virt, dma, size) < 0) S2
)
(
 ret = dma_map_sgtable(attach->dev, st, dir, 0);
 if (ret) S3
|
 if (dma_map_sgtable(attach->dev, st, dir, 0)) S3
|
 if (!dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir)) S3
|
 ret = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir);
 if (\(!ret\|ret <= 0\)) S3
|
 st->nents = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir);
 if (!st->nents) S3
)
 return st;
 ...
 }

// The device of the importer is the wrong one,
@importer@
identifier ops.map, table.attach, table.st;
expression table.virt, table.dma, table.size;
@@
 map(...)
 {
 <+... dma_get_sgtable(attach->dev, st, virt, dma, size) ...+>
 }

// but ALSA keeps the right one.
@alsa@
identifier ops.map, table.attach, table.st, b;
@@
 map(...)
 {
 ...
 struct snd_dma_buffer *b = attach->dmabuf->priv;
 <+... dma_get_sgtable(attach->dev, st, b->area, b->addr, b->bytes) ...+>
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
 return@q NULL;
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

@only@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
(
 dma_unmap_sgtable(attach->dev, st, dir, 0);
|
 \(dma_unmap_sgtable(attach->dev, st, dir, 0)\|dma_unmap_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir)\);
 sg_free_table(st);
 kfree(st);
)
 }

@found depends on table && only && !odd && (!importer || alsa)@
identifier ops.o, ops.map;
@@
 struct dma_buf_ops o = {
	.map_dma_buf = map,
 };

@script:python depends on report && found@
p << ops.p;
@@
coccilib.report.print_report(p[0], 'describe the memory in .map_ranges')

@script:python depends on org && found@
p << ops.p;
@@
coccilib.org.print_todo(p[0], 'describe the memory in .map_ranges')

@depends on context && found@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

// Labels and what follows them belong to the table, too. They are matched while
// there are still jumps to them.
@body depends on patch && found@
identifier ops.map, table.attach, table.dir, table.st, l, ret;
expression table.whose, table.virt, table.dma, table.size, e;
statement S;
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
-ret = dma_get_sgtable(whose, st, virt, dma, size);
-if (\(ret\|ret < 0\)) S
|
-if (dma_get_sgtable(whose, st, virt, dma, size)) S
|
-if (dma_get_sgtable(whose, st, virt, dma, size) < 0) S
|
-ret = dma_map_sgtable(attach->dev, st, dir, 0);
-if (ret) S
|
-if (dma_map_sgtable(attach->dev, st, dir, 0)) S
|
-if (!dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir)) S
|
-ret = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir);
-if (\(!ret\|ret <= 0\)) S
|
-st->nents = dma_map_sg(attach->dev, st->sgl, \(st->nents\|st->orig_nents\), dir);
-if (!st->nents) S
|
-return st;
+
+return dma_get_phys_ranges(whose, ranges, virt, dma, size, 0);
|
-l:
-sg_free_table(st);
|
-l:
-kfree(st);
-return \(ERR_PTR(e)\|NULL\);
|
-l:
-kfree(st);
|
-kfree(st);
-return \(ERR_PTR(e)\|NULL\);
|
-l:
-return \(ERR_PTR(e)\|NULL\);
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
(
 return
-ERR_PTR(e)
+e
 ;
|
-return NULL;
+return -ENOMEM;
)
 ...>
 }

@depends on body && alsa@
identifier ops.map, table.attach, alsa.b;
@@
 map(...)
 {
 <...
 dma_get_phys_ranges(
-	attach->dev,
+	b->dev.dev,
	...)
 ...>
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

@depends on body@
identifier ops.unmap;
@@
-void unmap(...) { ... }

@depends on body@
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

@header@
@@
 #include <linux/dma-buf.h>

@depends on body && header@
@@
 #include <linux/dma-buf.h>
+#include <linux/dma_range.h>

@depends on body && !header@
@@
+#include <linux/dma_range.h>
 #include <...>
