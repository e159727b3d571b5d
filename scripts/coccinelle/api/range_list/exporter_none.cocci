// SPDX-License-Identifier: GPL-2.0
///
/// A dma-buf that nobody can map says so in the new operation, too. It can be
/// mapped by nobody, as before.
///
//# Before:
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		return ERR_PTR(-ENOSYS);
//#	}
//#
//#	static void x_unmap(attach, sgt, dir)
//#	{
//#	}
//#
//# After:
//#	static int x_map(attach, ranges, dir)
//#	{
//#		return -ENOSYS;
//#	}
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Subject: refuse to describe the memory of a dma-buf
// Family: exporter that cannot be mapped
// Leaves-here-no: (?:\.|->)(un)?map_dma_buf\b
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

@refusal@
identifier ops.map, attach, dir;
expression e;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 return ERR_PTR(e);
 }

@empty@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 }

@script:python depends on report && refusal && empty@
p << ops.p;
@@
coccilib.report.print_report(p[0], 'refuse in .map_ranges')

@script:python depends on org && refusal && empty@
p << ops.p;
@@
coccilib.org.print_todo(p[0], 'refuse in .map_ranges')

@depends on context && refusal && empty@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

@depends on patch && refusal && empty@
identifier ops.map, refusal.attach, refusal.dir;
expression refusal.e;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
 return
-ERR_PTR(e)
+e
 ;
 }

@depends on patch && refusal && empty@
identifier ops.unmap, empty.attach, empty.dir, empty.st;
@@
-static void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
-{
-}

@depends on patch && refusal && empty@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
 };
