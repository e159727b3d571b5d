// SPDX-License-Identifier: GPL-2.0
///
/// Describe the memory of the dma-buf, and leave it to the core to map it.
/// The core knows what is mapped for whom when the CPU wants access, so that
/// no table is kept with each attachment, nor a list of these.
///
//# An exporter that makes a table when a device is attached, maps it later, and
//# syncs those of all attachments for the CPU.
//#
//# Before:
//#	static int x_attach(dmabuf, attach)
//#	{
//#		a = kzalloc_obj(*a);
//#		ret = sg_alloc_table_from_pages(&a->table, buf->pages, ...);
//#		a->dev = attach->dev;
//#		attach->priv = a;
//#		list_add(&a->list, &buf->attachments);
//#		return 0;
//#	}
//#
//#	static struct sg_table *x_map(attach, dir)
//#	{
//#		ret = dma_map_sgtable(attach->dev, &a->table, dir, 0);
//#		a->mapped = true;
//#		return &a->table;
//#	}
//#
//#	static int x_begin_cpu_access(dmabuf, dir)
//#	{
//#		list_for_each_entry(a, &buf->attachments, list)
//#			if (a->mapped)
//#				dma_sync_sgtable_for_cpu(a->dev, &a->table, dir);
//#		return 0;
//#	}
//#
//# After:
//#	static int x_map(attach, ranges, dir)
//#	{
//#		return phys_range_list_append_pages(ranges, buf->pages, ...);
//#	}
//#
//#	static int x_begin_cpu_access(dmabuf, dir)
//#	{
//#		return dma_buf_sync_mappings_for_cpu(dmabuf, dir);
//#	}
//#
//# The table may be a copy of that of the buffer, made by a function that does
//# nothing else, made of pages, or of coherent memory. If the attachments are looked
//# at anywhere else, nothing is changed.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: a lock that was only for the list of attachments is left
// Subject: describe the memory of a dma-buf as ranges
// Family: exporter of tables of attachments
// Leaves-here-no: (?:\.|->)(un)?map_dma_buf\b
// Selects: RANGE_LIST
// Keywords: map_dma_buf

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re

pointers = set()	# files whose attachments have tables that are allocated
known = set()		# places where the list of attachments is used as we know it
used = set()		# and all
functions = set()	# those that we know, with their files
strange = set()		# files with other functions that look at what is kept

def where(p):
	return p.file, p.line, p.column

@ops@
identifier o, at, de, map, unmap;
position p;
@@
 struct dma_buf_ops o = {
	.attach = at,
	.detach = de,
	.map_dma_buf@p = map,
	.unmap_dma_buf = unmap,
 };

// What is kept with an attachment is all that there is to attach to. It may be in
// a list, with a mark whether it is mapped, and with a copy of a flag of the buffer.
@alone@
identifier ops.at, dmabuf, attach, b, a, A, B, ret;
expression made;
statement S1, S2;
@@
 at(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
 {
(
 struct B *b = dmabuf->priv;
 struct A *a;
 int ret;
|
 struct A *a;
 struct B *b = dmabuf->priv;
 int ret;
)
 a = \(kzalloc_obj(*a)\|kzalloc(sizeof(*a), GFP_KERNEL)\);
 if (!a) S1
 ret = made;
 if (\(ret\|ret < 0\)) S2
 a->dev = attach->dev;
 attach->priv = a;
 return 0;
 }

@listed@
identifier ops.at, dmabuf, attach, b, a, A, B, ret, t, table, list, all, lock, mapped, flag;
expression made;
statement S1, S2;
position p1;
symbol false;
@@
 at(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
 {
(
 struct B *b = dmabuf->priv;
 struct A *a;
 int ret;
|
 struct A *a;
 struct B *b = dmabuf->priv;
 int ret;
|
 struct B *b = dmabuf->priv;
 struct A *a;
 struct sg_table *t;
)
 a = \(kzalloc_obj(*a)\|kzalloc(sizeof(*a), GFP_KERNEL)\);
 if (!a) S1
(
 ret = made;
 if (\(ret\|ret < 0\)) S2
|
 t = made;
 if (IS_ERR(t)) S2
 a->table = t;
)
 a->dev = attach->dev;
 INIT_LIST_HEAD(&a->list);
(
 attach->priv = a;
|
 a->mapped = false;
 attach->priv = a;
|
 a->mapped = false;
 a->flag = b->flag;
 attach->priv = a;
)
 mutex_lock(&b->lock);
 list_add(&a->list, &b->all@p1);
 mutex_unlock(&b->lock);
 return 0;
 }

@script:python depends on listed@
p << listed.p1;
@@
known.add(where(p[0]))

@kept depends on alone || listed@
identifier ops.at, dmabuf, attach, b, a, A, B, ret, t, table;
expression made;
statement S;
@@
 at(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
 {
(
 struct B *b = dmabuf->priv;
 struct A *a;
|
 struct A *a;
 struct B *b = dmabuf->priv;
)
 ...
 a = \(kzalloc_obj(*a)\|kzalloc(sizeof(*a), GFP_KERNEL)\);
 ...
(
 t = made;
 if (IS_ERR(t)) S
 a->table = t;
|
 ret = made;
 if (\(ret\|ret < 0\)) S
)
 a->dev = attach->dev;
 ...
 }

// What the table is made of.
@of_pages@
identifier ops.at, kept.a, kept.ret, table;
expression pages, n, len;
@@
 at(...)
 {
 ...
 ret = sg_alloc_table_from_pages(&a->table, pages, n, 0, len, GFP_KERNEL);
 ...
 }

@coherent@
identifier ops.at, kept.a, kept.ret, table;
expression whose, virt, dma, size;
@@
 at(...)
 {
 ...
 ret = dma_get_sgtable(whose, &a->table, virt, dma, size);
 ...
 }

@copied@
identifier ops.at, kept.a, kept.ret, table, f;
expression from;
@@
 at(...)
 {
 ...
(
 ret = f(&a->table, &from);
|
 ret = f(&from, &a->table);
)
 ...
 }

// A function that copies, and does nothing else.
@first@
identifier ops.at, kept.a, kept.ret, copied.f, table;
expression copied.from;
@@
 at(...)
 {
 ...
 ret = f(&a->table, &from);
 ...
 }

@copy_first depends on first@
identifier copied.f, from, to, sg, new, ret, i;
iterator name for_each_sgtable_sg;
@@
 f(struct sg_table *to, struct sg_table *from)
 {
 ... when != from
     when != to
 ret = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
 if (ret)
	return ret;
 new = to->sgl;
 for_each_sgtable_sg(from, sg, i) {
	sg_set_page(new, sg_page(sg), sg->length, sg->offset);
	new = sg_next(new);
 }
 return 0;
 }

@last@
identifier ops.at, kept.a, kept.ret, copied.f, table;
expression copied.from;
@@
 at(...)
 {
 ...
 ret = f(&from, &a->table);
 ...
 }

@copy_last depends on last@
identifier copied.f, from, to, sg, new, ret, i;
iterator name for_each_sgtable_sg;
@@
 f(struct sg_table *from, struct sg_table *to)
 {
 ... when != from
     when != to
 ret = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
 if (ret)
	return ret;
 new = to->sgl;
 for_each_sgtable_sg(from, sg, i) {
	sg_set_page(new, sg_page(sg), sg->length, sg->offset);
	new = sg_next(new);
 }
 return 0;
 }

// One that makes the table of the copy, too.
@duplicated@
identifier ops.at, kept.a, kept.t, kept.table, f;
expression from;
position p;
@@
 at(...)
 {
 ...
 t = f@p(&from);
 ...
 a->table = t;
 ...
 }

@duplicate@
identifier duplicated.f, from, to, sg, new, ret, i;
statement S1, S2;
iterator name for_each_sgtable_sg;
@@
 f(struct sg_table *from)
 {
 ... when != from
 to = \(kzalloc_obj(*to)\|kzalloc(\(sizeof(*to)\|sizeof(struct sg_table)\), GFP_KERNEL)\);
 if (!to) S1
 ret = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
 if (ret) S2
 new = to->sgl;
 for_each_sgtable_sg(from, sg, i) {
	sg_set_page(new, sg_page(sg), sg->length, sg->offset);
	new = sg_next(new);
 }
 return to;
 }

@script:python@
p << duplicated.p;
@@
pointers.add(p[0].file)

@plain@
identifier ops.map, kept.A, attach, dir, a, t, table, ret, mapped;
expression e;
symbol true;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
(
 struct A *a = attach->priv;
 struct sg_table *t = \(&a->table\|a->table\);
 int ret;
 ret = dma_map_sgtable(attach->dev, t, dir, 0);
 if (ret)
	return ERR_PTR(e);
 a->mapped = true;
 return t;
|
 struct A *a = attach->priv;
 struct sg_table *t = \(&a->table\|a->table\);
 int ret;
 ret = dma_map_sgtable(attach->dev, t, dir, 0);
 if (ret)
	return ERR_PTR(e);
 return t;
|
 struct A *a = attach->priv;
 int ret;
 ret = dma_map_sgtable(attach->dev, &a->table, dir, 0);
 if (ret)
	return ERR_PTR(e);
 return &a->table;
|
 struct A *a = attach->priv;
 struct sg_table *t;
 int ret;
 t = &a->table;
 ret = dma_map_sgtable(attach->dev, t, dir, 0);
 if (ret)
	t = ERR_PTR(e);
 return t;
)
 }

@skip@
identifier ops.map, kept.A, attach, dir, a, t, table, ret, mapped;
expression e;
symbol true;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
(
 struct A *a = attach->priv;
 struct sg_table *t = &a->table;
 int ret;
 ret = dma_map_sgtable(attach->dev, t, dir, DMA_ATTR_SKIP_CPU_SYNC);
 if (ret)
	return ERR_PTR(e);
 a->mapped = true;
 return t;
|
 struct A *a = attach->priv;
 struct sg_table *t = &a->table;
 int ret;
 ret = dma_map_sgtable(attach->dev, t, dir, DMA_ATTR_SKIP_CPU_SYNC);
 if (ret)
	return ERR_PTR(e);
 return t;
|
 struct A *a = attach->priv;
 int ret;
 ret = dma_map_sgtable(attach->dev, &a->table, dir, DMA_ATTR_SKIP_CPU_SYNC);
 if (ret)
	return ERR_PTR(e);
 return &a->table;
|
 struct A *a = attach->priv;
 struct sg_table *t;
 int ret;
 t = &a->table;
 ret = dma_map_sgtable(attach->dev, t, dir, DMA_ATTR_SKIP_CPU_SYNC);
 if (ret)
	t = ERR_PTR(e);
 return t;
)
 }

@shared@
identifier ops.map, kept.A, attach, dir, a, t, table, ret, mapped, attrs, is;
expression e;
symbol true;
@@
 map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 struct A *a = attach->priv;
 struct sg_table *t = &a->table;
 unsigned long attrs;
 int ret;
 attrs = is(a) ? DMA_ATTR_CC_SHARED : 0;
 ret = dma_map_sgtable(attach->dev, t, dir, attrs);
 if (ret)
	return ERR_PTR(e);
 a->mapped = true;
 return t;
 }

// It is synced when it is unmapped if it was when it was mapped.
@synced@
identifier ops.unmap, kept.A, attach, dir, a, t, table, mapped;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *t, enum dma_data_direction dir)
 {
(
 dma_unmap_sgtable(attach->dev, t, dir, 0);
|
 struct A *a = attach->priv;
 a->mapped = false;
 dma_unmap_sgtable(attach->dev, t, dir, 0);
|
 struct A *a = attach->priv;
 WARN_ON(&a->table != t);
 dma_unmap_sgtable(attach->dev, t, dir, 0);
)
 }

@not_synced@
identifier ops.unmap, kept.A, attach, dir, a, t, table, mapped;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *t, enum dma_data_direction dir)
 {
(
 dma_unmap_sgtable(attach->dev, t, dir, DMA_ATTR_SKIP_CPU_SYNC);
|
 struct A *a = attach->priv;
 a->mapped = false;
 dma_unmap_sgtable(attach->dev, t, dir, DMA_ATTR_SKIP_CPU_SYNC);
|
 struct A *a = attach->priv;
 WARN_ON(&a->table != t);
 dma_unmap_sgtable(attach->dev, t, dir, DMA_ATTR_SKIP_CPU_SYNC);
)
 }

@unmapped depends on (plain && synced) || (skip && not_synced) || shared@
identifier ops.unmap, kept.A, attach, dir, a, t, table, mapped;
@@
 void unmap(struct dma_buf_attachment *attach, struct sg_table *t, enum dma_data_direction dir)
 {
(
 dma_unmap_sgtable(attach->dev, t, dir, ...);
|
 struct A *a = attach->priv;
 a->mapped = false;
 dma_unmap_sgtable(attach->dev, t, dir, ...);
|
 struct A *a = attach->priv;
 WARN_ON(&a->table != t);
 dma_unmap_sgtable(attach->dev, t, dir, ...);
)
 }

@detached@
identifier ops.de, kept.A, kept.B, dmabuf, attach, a, b, table, list, lock;
@@
 void de(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
 {
(
 struct A *a = attach->priv;
 sg_free_table(&a->table);
 kfree(a);
|
(
 struct B *b = dmabuf->priv;
 struct A *a = attach->priv;
|
 struct A *a = attach->priv;
 struct B *b = dmabuf->priv;
)
 mutex_lock(&b->lock);
 list_del(&a->list);
 mutex_unlock(&b->lock);
(
 sg_free_table(&a->table);
|
 sg_free_table(a->table);
 kfree(a->table);
)
 kfree(a);
)
 }

// CPU access.
@begin@
identifier ops.o, f;
@@
 struct dma_buf_ops o = {
	.begin_cpu_access = f,
 };

@end@
identifier ops.o, f;
@@
 struct dma_buf_ops o = {
	.end_cpu_access = f,
 };

@cpu@
identifier begin.f, dmabuf, dir, a, b, table, mapped;
identifier kept.A, listed.lock, listed.list, listed.all;
position p;
iterator name list_for_each_entry;
@@
 f(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ... when != a
 struct A *a;
 ... when != a
 mutex_lock(&b->lock);
 ... when != a
     when != mutex_unlock(&b->lock)
 list_for_each_entry(a, &b->all@p, list) {
	if (!a->mapped)
		continue;
	dma_sync_sgtable_for_cpu(a->dev, \(&a->table\|a->table\), dir);
 }
 mutex_unlock(&b->lock);
 return 0;
 }

@script:python@
p << cpu.p;
f << begin.f;
@@
known.add(where(p[0]))
functions.add((p[0].file, f))

@device@
identifier end.f, dmabuf, dir, a, b, table, mapped;
identifier kept.A, listed.lock, listed.list, listed.all;
position p;
iterator name list_for_each_entry;
@@
 f(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ... when != a
 struct A *a;
 ... when != a
 mutex_lock(&b->lock);
 ... when != a
     when != mutex_unlock(&b->lock)
 list_for_each_entry(a, &b->all@p, list) {
	if (!a->mapped)
		continue;
	dma_sync_sgtable_for_device(a->dev, \(&a->table\|a->table\), dir);
 }
 mutex_unlock(&b->lock);
 return 0;
 }

@script:python@
p << device.p;
f << end.f;
@@
known.add(where(p[0]))
functions.add((p[0].file, f))

// Is there anything else that knows of the attachments?
@inits@
identifier listed.all, b;
position p;
@@
 INIT_LIST_HEAD(&b->all@p)

@script:python@
p << inits.p;
@@
known.add(where(p[0]))

@uses@
identifier listed.all;
expression E;
position p;
@@
 E->all@p

@script:python@
p << uses.p;
@@
used.add(where(p[0]))

@asks@
identifier f != { ops.at, ops.de, ops.map, ops.unmap };
struct dma_buf_attachment *attach;
position p;
@@
 f@p(...)
 {
 <+... attach->priv ...+>
 }

@script:python@
p << asks.p;
@@
strange.add(p[0].file)

@looks@
identifier kept.A, x;
expression E;
position p;
@@
(
 struct A *x@p;
|
 struct A *x@p = E;
)

@given@
identifier kept.A, f, x;
position p;
@@
 f@p(..., struct A *x, ...) { ... }

@script:python@
p << given.p;
@@
strange.add(p[0].file)

@script:python@
p << looks.p;
at << ops.at;
de << ops.de;
map << ops.map;
unmap << ops.unmap;
@@
f = p[0].current_element
if f not in (at, de, map, unmap) and (p[0].file, f) not in functions:
	strange.add(p[0].file)

// If all is known, and all that the table is made of is at hand in .map_ranges, too.
@script:python whole@
p << ops.p;
at << ops.at;
dmabuf << kept.dmabuf;
attach << kept.attach;
a << kept.a;
made << kept.made;
yes;
@@
file = p[0].file
if file in strange or {w for w in used if w[0] == file} - known or \
		re.search(r'\b(%s|%s)\b' % (dmabuf, attach), made) or len(re.findall(r'\b%s\b' % a, made)) != (file not in pointers):
	cocci.include_match(False)
else:
	coccinelle.yes = cocci.make_ident('yes')

@found depends on whole && unmapped && detached && ((of_pages && plain) || (coherent && plain) || ((copy_first || copy_last) && (plain || skip || shared)) || (duplicate && plain))@
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
identifier ops.o, ops.at, ops.de, ops.map, ops.unmap;
@@
 struct dma_buf_ops o = {
*	.attach = at,
*	.detach = de,
*	.map_dma_buf = map,
*	.unmap_dma_buf = unmap,
 };

@depends on patch && found && of_pages && plain@
identifier ops.map, kept.B, kept.b, attach, dir;
expression of_pages.pages, of_pages.n, of_pages.len;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
+struct B *b = attach->dmabuf->priv;
-...
+
+return phys_range_list_append_pages(ranges, pages, n, 0, PAGE_ALIGN(len), GFP_KERNEL);
 }

@depends on patch && found && of_pages@
typedef u64;
expression E;
@@
- PAGE_ALIGN(E << PAGE_SHIFT)
+ (u64)E << PAGE_SHIFT

@depends on patch && found && coherent && plain@
identifier ops.map, kept.B, kept.b, attach, dir;
expression coherent.whose, coherent.virt, coherent.dma, coherent.size;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
+struct B *b = attach->dmabuf->priv;
-...
+
+return dma_get_phys_ranges(whose, ranges, virt, dma, size, 0);
 }

@depends on patch && found && copied && plain@
identifier ops.map, kept.B, kept.b, attach, dir;
expression copied.from;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
+struct B *b = attach->dmabuf->priv;
-...
+
+return phys_range_list_append_sgtable(ranges, &from, GFP_KERNEL);
 }

@depends on patch && found && duplicated && plain@
identifier ops.map, kept.B, kept.b, attach, dir;
expression duplicated.from;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
+struct B *b = attach->dmabuf->priv;
-...
+
+return phys_range_list_append_sgtable(ranges, &from, GFP_KERNEL);
 }

@depends on patch && found && copied && skip@
identifier ops.map, kept.B, kept.b, attach, dir;
expression copied.from;
iterator name for_each_sgtable_sg;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
+struct B *b = attach->dmabuf->priv;
-...
+struct scatterlist *sg;
+int i;
+int ret;
+
+for_each_sgtable_sg(&from, sg, i) {
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

@depends on patch && found && copied && shared@
identifier ops.map, kept.B, kept.b, shared.is, attach, dir;
expression copied.from;
typedef u32;
iterator name for_each_sgtable_sg;
@@
-static struct sg_table *map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
+static int map(struct dma_buf_attachment *attach, struct phys_range_list *ranges,
+	       enum dma_data_direction dir)
 {
+struct B *b = attach->dmabuf->priv;
-...
+u32 flags = is(b) ? PHYS_RANGE_CC_SHARED : 0;
+struct scatterlist *sg;
+int i;
+int ret;
+
+for_each_sgtable_sg(&from, sg, i) {
+	struct phys_range range = {
+		.addr = sg_phys(sg),
+		.len = sg->length,
+		.flags = flags,
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
identifier begin.f, cpu.dmabuf, cpu.dir, cpu.a, cpu.b, cpu.table, cpu.mapped;
identifier kept.A, listed.lock, listed.list, listed.all;
iterator name list_for_each_entry;
@@
 f(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ...
-struct A *a;
 ...
-list_for_each_entry(a, &b->all, list) {
-	if (!a->mapped)
-		continue;
-	dma_sync_sgtable_for_cpu(a->dev, \(&a->table\|a->table\), dir);
-}
 mutex_unlock(&b->lock);
-return 0;
+return dma_buf_sync_mappings_for_cpu(dmabuf, dir);
 }

@depends on patch && found@
identifier begin.f, cpu.b, listed.lock;
@@
 f(...)
 {
 ...
-mutex_lock(&b->lock);
-mutex_unlock(&b->lock);
 ...
 }

@depends on patch && found@
identifier begin.f, cpu.b, cpu.dmabuf, kept.B;
@@
 f(struct dma_buf *dmabuf, ...)
 {
-struct B *b = dmabuf->priv;
 ... when != b
 }

@depends on patch && found@
identifier end.f, device.dmabuf, device.dir, device.a, device.b, device.table, device.mapped;
identifier kept.A, listed.lock, listed.list, listed.all;
iterator name list_for_each_entry;
@@
 f(struct dma_buf *dmabuf, enum dma_data_direction dir)
 {
 ...
-struct A *a;
 ...
-list_for_each_entry(a, &b->all, list) {
-	if (!a->mapped)
-		continue;
-	dma_sync_sgtable_for_device(a->dev, \(&a->table\|a->table\), dir);
-}
 mutex_unlock(&b->lock);
-return 0;
+return dma_buf_sync_mappings_for_device(dmabuf, dir);
 }

@depends on patch && found@
identifier end.f, device.b, listed.lock;
@@
 f(...)
 {
 ...
-mutex_lock(&b->lock);
-mutex_unlock(&b->lock);
 ...
 }

@depends on patch && found@
identifier end.f, device.b, device.dmabuf, kept.B;
@@
 f(struct dma_buf *dmabuf, ...)
 {
-struct B *b = dmabuf->priv;
 ... when != b
 }

@depends on patch && found@
identifier ops.at;
@@
-int at(...) { ... }

@depends on patch && found@
identifier ops.de;
@@
-void de(...) { ... }

@depends on patch && found@
identifier ops.unmap;
@@
-void unmap(...) { ... }

@depends on patch && found@
identifier ops.o, ops.at, ops.de, ops.map, ops.unmap;
symbol attach, detach;
@@
 struct dma_buf_ops o = {
-	.attach = at,
-	.detach = de,
-	.map_dma_buf = map,
-	.unmap_dma_buf = unmap,
+	.map_ranges = map,
 };

@depends on patch && found@
identifier listed.all, b;
@@
-INIT_LIST_HEAD(&b->all);

@depends on patch && found@
identifier listed.all, kept.B;
@@
 struct B {
 ...
-struct list_head all;
 ...
 };

@depends on patch && found@
identifier kept.A;
@@
-struct A { ... };

// The function that copied, if nobody calls it now.
@called depends on patch && found@
identifier copied.f;
@@
 f(...)

@depends on patch && found && copied && !called@
identifier copied.f;
@@
-int f(...) { ... }

@called_too depends on patch && found@
identifier duplicated.f;
@@
 f(...)

@depends on patch && found && duplicated && !called_too@
identifier duplicated.f;
@@
-struct sg_table *f(...) { ... }

@depends on patch && found@
@@
 #include <linux/dma-buf.h>
+#include <linux/dma-buf-ranges.h>
