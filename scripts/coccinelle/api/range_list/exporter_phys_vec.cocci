// SPDX-License-Identifier: GPL-2.0
///
/// Describe the memory of the dma-buf, and leave it to the core to map it: it
/// knows how to reach memory of a peer, and needs no scatterlist for it.
///
//# An exporter of peer-to-peer memory, which it has as an array of ranges.
//#
//# Before:
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		sgt = dma_buf_phys_vec_to_sgt(attach, provider, vec, n, size, dir);
//#		if (IS_ERR(sgt))
//#			return sgt;
//#		kref_get(...);
//#		return sgt;
//#	}
//#
//#	static void x_unmap(attach, sgt, dir)
//#	{
//#		dma_buf_free_sgt(attach, sgt, dir);
//#		kref_put(...);
//#	}
//#
//# After:
//#	static int x_map(attach, ranges, dir)
//#	{
//#		ret = phys_range_list_append_phys_vecs(ranges, vec, n,
//#				PHYS_RANGE_MMIO | PHYS_RANGE_P2P, provider, GFP_KERNEL);
//#		if (ret)
//#			return ret;
//#		kref_get(...);
//#		return 0;
//#	}
//#
//#	static void x_unmap(attach, ranges, dir)
//#	{
//#		kref_put(...);
//#	}
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Subject: describe the memory of a dma-buf as ranges
// Family: exporter of peer-to-peer memory
// Leaves-here-no: (?:\.|->)(un)?map_dma_buf\b|\bdma_buf_phys_vec_to_sgt\b
// Selects: RANGE_LIST
// Keywords: dma_buf_phys_vec_to_sgt

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
identifier ops.map, attach, dir, st;
expression provider, vec, n, size;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 ... when != st
 struct sg_table *st;
 ... when != st
 st = dma_buf_phys_vec_to_sgt(attach, provider, vec, n, size, dir);
 if (IS_ERR(st))
	return st;
 ... when != st
 return st;
 }

@plain@
identifier ops.unmap, attach, dir, st;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 ... when != st
 dma_buf_free_sgt(attach, st, dir);
 ... when != st
 }

@script:python depends on report && table && plain@
p << ops.p;
@@
coccilib.report.print_report(p[0], 'describe the ranges in .map_ranges')

@script:python depends on org && table && plain@
p << ops.p;
@@
coccilib.org.print_todo(p[0], 'describe the ranges in .map_ranges')

@depends on context && table && plain@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

@last depends on patch && table && plain@
identifier ops.map, table.attach, table.dir, table.st;
expression table.provider, table.vec, table.n, table.size;
@@
 map(...)
 {
 ...
 st = dma_buf_phys_vec_to_sgt(attach, provider, vec, n, size, dir);
 if (IS_ERR(st))
	return st;
 ... when != st
-return st;
+return 0;
 }

@body depends on last@
identifier ops.map, table.attach, table.dir, table.st;
expression table.provider, table.vec, table.n, table.size, e;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
 <...
(
-struct sg_table *st;
+int ret;
|
-st = dma_buf_phys_vec_to_sgt(attach, provider, vec, n, size, dir);
-if (IS_ERR(st))
-	return st;
+ret = phys_range_list_append_phys_vecs(ranges, vec, n,
+				       PHYS_RANGE_MMIO | PHYS_RANGE_P2P,
+				       provider, GFP_KERNEL);
+if (ret)
+	return ret;
|
 return
-ERR_PTR(e)
+e
 ;
)
 ...>
 }

@depends on body@
identifier ops.unmap, attach, dir, st;
@@
-static void unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
+static void unmap(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+		  enum dma_data_direction dir)
 {
 <...
-dma_buf_free_sgt(attach, st, dir);
 ...>
 }

@depends on body@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
+	.unmap_ranges = unmap,
 };

@header@
@@
 #include <linux/dma-buf.h>

@depends on body && header@
@@
 #include <linux/dma-buf.h>
+#include <linux/phys_range.h>

@depends on body && !header@
@@
 #include <linux/dma-buf-mapping.h>
+#include <linux/phys_range.h>
