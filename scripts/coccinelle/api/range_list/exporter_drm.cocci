// SPDX-License-Identifier: GPL-2.0
///
/// Describe the memory of GEM objects, and leave it to the core to map it.
/// It knows what is mapped for whom when the CPU wants access, so that no
/// table is kept with each attachment.
///
//# An exporter with dma_buf_ops of its own that has the helpers of DRM map GEM
//# objects, by themselves, or to keep the table with the attachment for begin and end
//# of CPU access.
//#
//# Before:
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		struct sg_table *sgt = drm_gem_map_dma_buf(attach, dir);
//#
//#		if (!IS_ERR(sgt))
//#			attach->priv = sgt;
//#		return sgt;
//#	}
//#
//#	static int x_begin_cpu_access(dmabuf, dir)
//#	{
//#		dma_resv_lock(obj->resv, NULL);
//#		...
//#		list_for_each_entry(attach, &dmabuf->attachments, node) {
//#			struct sg_table *sgt = attach->priv;
//#
//#			if (sgt)
//#				dma_sync_sgtable_for_cpu(attach->dev, sgt, dir);
//#		}
//#		dma_resv_unlock(obj->resv);
//#		return 0;
//#	}
//#
//#	static const struct dma_buf_ops x_ops = {
//#		.map_dma_buf = x_map,
//#		.unmap_dma_buf = x_unmap,
//#		.begin_cpu_access = x_begin_cpu_access,
//#
//# After:
//#	static int x_begin_cpu_access(dmabuf, dir)
//#	{
//#		dma_resv_lock(obj->resv, NULL);
//#		...
//#		dma_resv_unlock(obj->resv);
//#		return dma_buf_sync_mappings_for_cpu(dmabuf, dir);
//#	}
//#
//#	static const struct dma_buf_ops x_ops = {
//#		.map_ranges = drm_gem_map_ranges,
//#		.sync_on_cpu_access = true,
//#		.begin_cpu_access = x_begin_cpu_access,
//#
//# The order of what is synced does not matter; nothing else may follow. Each
//# mapping is synced in its own direction, which is what it was mapped with.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Subject: describe the memory of GEM objects as ranges
// Family: exporter of GEM objects
// Leaves-here-no: (?:\.|->)(un)?map_dma_buf\b|\bdrm_gem_(un)?map_dma_buf\b
// Keywords: drm_gem_map_dma_buf dma_buf_attachment

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re

# What else is synced may be synced first.
SYNC = r'(?:if\s*\([\w\s>.&|!()-]*\)\s*\{?|\}|(?:flush_kernel_vmap_range|invalidate_kernel_vmap_range|dma_sync_\w+)\s*\([^;{}]*\);|\s+)*'

def last(p, name):
	"""Whether a function does no more than to sync after the loop over attachments."""
	with open(p.file, errors='replace') as file:
		text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', ' ', file.read(), flags=re.S)
	body = re.search(r'\b%s\s*\([^;{}]*\)\s*\n\{.*?\n\}' % name, text, re.S)
	loop = body and re.search(r'\n\tlist_for_each_entry.*?\n\t\}(.*?)\bdma_resv_unlock\b', body.group(0), re.S)
	return bool(loop and re.fullmatch(SYNC, loop.group(1)))

// Nothing but the helpers.

@plain@
identifier o;
position p;
@@
 struct dma_buf_ops o = {
	.map_dma_buf@p = drm_gem_map_dma_buf,
	.unmap_dma_buf = drm_gem_unmap_dma_buf,
 };

// The table is kept, too.

@ops@
identifier o, map, unmap, b, e;
position p;
@@
 struct dma_buf_ops o = {
	.map_dma_buf@p = map,
	.unmap_dma_buf = unmap,
	.begin_cpu_access = b,
	.end_cpu_access = e,
 };

@keeps@
identifier ops.map, attach, dir, st;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 struct sg_table *st = drm_gem_map_dma_buf(attach, dir);
 if (!IS_ERR(st))
	attach->priv = st;
 return st;
 }

@forgets@
identifier ops.unmap, attach, dir, st;
@@
 unmap(struct dma_buf_attachment *attach, struct sg_table *st, enum dma_data_direction dir)
 {
 attach->priv = NULL;
 drm_gem_unmap_dma_buf(attach, st, dir);
 }

// What is synced under the lock of the object, which is that of the buffer, is
// synced after it.

@begin forall@
identifier ops.b, dmabuf, dir, attach, st, obj;
iterator name list_for_each_entry, scoped_guard;
@@
 b(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ... when != attach
     when strict
 struct dma_buf_attachment *attach;
 ... when != attach
     when strict
 dma_resv_lock(obj->resv, NULL);
 ... when != attach
     when strict
 list_for_each_entry(attach, &dmabuf->attachments, node) {
	struct sg_table *st = attach->priv;
	if (st)
		dma_sync_sgtable_for_cpu(attach->dev, st, dir);
 }
 ... when != attach
     when strict
 dma_resv_unlock(obj->resv);
 return 0;
 }

@end forall@
identifier ops.e, dmabuf, dir, attach, st, obj;
iterator name list_for_each_entry;
@@
 e(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ... when != attach
     when strict
 struct dma_buf_attachment *attach;
 ... when != attach
     when strict
 dma_resv_lock(obj->resv, NULL);
 ... when != attach
     when strict
 list_for_each_entry(attach, &dmabuf->attachments, node) {
	struct sg_table *st = attach->priv;
	if (st)
		dma_sync_sgtable_for_device(attach->dev, st, dir);
 }
 ... when != attach
     when strict
 dma_resv_unlock(obj->resv);
 return 0;
 }

// Who calls something of dma-buf has imported its symbols.

@imports@
declarer name MODULE_IMPORT_NS;
@@
 MODULE_IMPORT_NS("DMA_BUF");

@calls@
identifier f = {
	dma_buf_export, dma_buf_get, dma_buf_put, dma_buf_fd,
	dma_buf_attach, dma_buf_dynamic_attach, dma_buf_detach, dma_buf_pin, dma_buf_unpin,
	dma_buf_map_attachment, dma_buf_map_attachment_unlocked,
	dma_buf_unmap_attachment, dma_buf_unmap_attachment_unlocked,
	dma_buf_vmap, dma_buf_vmap_unlocked, dma_buf_vunmap, dma_buf_vunmap_unlocked,
	dma_buf_mmap, dma_buf_begin_cpu_access, dma_buf_end_cpu_access
};
@@
 f(...)

@module@
@@
 #include <linux/module.h>

// Nobody else looks at what is kept.

@other@
identifier f != { ops.map, ops.unmap, ops.b, ops.e };
struct dma_buf_attachment *attach;
@@
 f(...)
 {
 <+... attach->priv ...+>
 }

@script:python ends depends on keeps && forgets && begin && end && !other@
p << ops.p; b << ops.b; e << ops.e;
yes;
@@
if last(p[0], b) and last(p[0], e):
	coccinelle.yes = 'yes'
else:
	cocci.include_match(False)

@found depends on ends@
identifier ops.o, ops.map;
@@
 struct dma_buf_ops o = {
	.map_dma_buf = map,
 };

@script:python depends on report@
p << plain.p;
@@
coccilib.report.print_report(p[0], 'have the objects described')

@script:python depends on report && found@
p << ops.p;
@@
coccilib.report.print_report(p[0], 'have the objects described')

@script:python depends on org@
p << plain.p;
@@
coccilib.org.print_todo(p[0], 'have the objects described')

@script:python depends on org && found@
p << ops.p;
@@
coccilib.org.print_todo(p[0], 'have the objects described')

@depends on context@
identifier plain.o;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = drm_gem_map_dma_buf,
*	.unmap_dma_buf = drm_gem_unmap_dma_buf,
 };

@depends on context && found@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

@depends on patch@
identifier plain.o;
@@
 struct dma_buf_ops o = {
-	.map_dma_buf = drm_gem_map_dma_buf,
-	.unmap_dma_buf = drm_gem_unmap_dma_buf,
+	.map_ranges = drm_gem_map_ranges,
 };

@kept depends on patch && found@
identifier ops.o, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = drm_gem_map_ranges,
+	.sync_on_cpu_access = true,
 };

@depends on kept@
identifier ops.map;
@@
-map(...) { ... }

@depends on kept@
identifier ops.unmap;
@@
-unmap(...) { ... }

@depends on kept@
identifier ops.b, begin.dmabuf, begin.dir, begin.attach;
iterator name list_for_each_entry;
statement S;
@@
 b(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ...
-struct dma_buf_attachment *attach;
 ...
-list_for_each_entry(attach, &dmabuf->attachments, node) S
 ...
-return 0;
+
+return dma_buf_sync_mappings_for_cpu(dmabuf, dir);
 }

@depends on kept@
identifier ops.e, end.dmabuf, end.dir, end.attach;
iterator name list_for_each_entry;
statement S;
@@
 e(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ...
-struct dma_buf_attachment *attach;
 ...
-list_for_each_entry(attach, &dmabuf->attachments, node) S
 ...
-return 0;
+
+return dma_buf_sync_mappings_for_device(dmabuf, dir);
 }

@depends on kept && !imports && !calls@
declarer name MODULE_IMPORT_NS;
identifier ops.o;
@@
 struct dma_buf_ops o = {
	.map_ranges = drm_gem_map_ranges,
 };
+
+MODULE_IMPORT_NS("DMA_BUF");

@header depends on kept@
@@
 #include <linux/dma-buf.h>
+#include <linux/dma-buf-ranges.h>

@depends on header && !imports && !calls && !module@
@@
 #include <linux/dma-buf-ranges.h>
+#include <linux/module.h>

@depends on kept && !header@
@@
 #include <linux/...>
+#include <linux/dma-buf-ranges.h>
+#include <linux/module.h>
