// SPDX-License-Identifier: GPL-2.0
///
/// Describe the memory of GEM objects to PRIME, in place of a table of it.
///
//# GEM objects that are exported by the helpers of PRIME, with their pages in an
//# array, or in that of the shmem helper.
//#
//# Before:
//#	static struct sg_table *x_get_sg_table(obj)
//#	{
//#		return drm_prime_pages_to_sg(obj->dev, x->pages, x->nr_pages);
//#	}
//#
//#	static const struct drm_gem_object_funcs x_funcs = {
//#		.get_sg_table = x_get_sg_table,
//#
//# After:
//#	static int x_get_phys_ranges(obj, ranges)
//#	{
//#		return drm_prime_pages_to_phys_ranges(ranges, x->pages, x->nr_pages);
//#	}
//#
//#	static const struct drm_gem_object_funcs x_funcs = {
//#		.get_phys_ranges = x_get_phys_ranges,
//#
//# Not if the driver maps these tables by itself, or syncs what is mapped when the
//# CPU wants access: what is described so is none of the CPU's.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Subject: describe the memory of GEM objects to PRIME
// Family: GEM objects
// Leaves-no: \.begin_cpu_access\b|\bdrm_gem_map_dma_buf\b|->get_sg_table\b
// Keywords: get_sg_table

virtual patch
virtual context
virtual org
virtual report

@shmem@
identifier o;
position p;
@@
 struct drm_gem_object_funcs o = {
	.get_sg_table@p = drm_gem_shmem_object_get_sg_table,
 };

@both@
identifier shmem.o;
expression e;
@@
 struct drm_gem_object_funcs o = {
	.get_phys_ranges = e,
 };

@funcs@
identifier o, f;
position p;
@@
 struct drm_gem_object_funcs o = {
	.get_sg_table@p = f,
 };

// The table is made of pages, or not at all.

@made@
identifier funcs.f, obj;
expression dev, pages, nr;
position q;
@@
 static struct sg_table *f(struct drm_gem_object *obj)
 {
 ...
 return@q drm_prime_pages_to_sg(dev, pages, nr);
 }

@fails@
identifier funcs.f;
expression e;
position q;
@@
 f(...)
 {
 <+...
 return@q ERR_PTR(e);
 ...+>
 }

@odd@
identifier funcs.f;
expression e;
position q != { made.q, fails.q };
@@
 f(...)
 {
 <+...
 return@q e;
 ...+>
 }

// Coccinelle 1.3 forgets that it has found a place which is not taken over.
@script:python@
q << odd.q;
@@

// Nobody but PRIME asks for it.

@other@
identifier funcs.f;
expression list es;
@@
 f(es)

@script:python named depends on made && !odd && !other@
f << funcs.f;
g;
@@
if 'get_sg_table' in f:
	coccinelle.g = f.replace('get_sg_table', 'get_phys_ranges')
else:
	cocci.include_match(False)

@script:python depends on report && !both@
p << shmem.p;
@@
coccilib.report.print_report(p[0], 'describe the memory in .get_phys_ranges')

@script:python depends on report@
p << funcs.p; g << named.g;
@@
coccilib.report.print_report(p[0], 'describe the memory in .get_phys_ranges')

@script:python depends on org && !both@
p << shmem.p;
@@
coccilib.org.print_todo(p[0], 'describe the memory in .get_phys_ranges')

@script:python depends on org@
p << funcs.p; g << named.g;
@@
coccilib.org.print_todo(p[0], 'describe the memory in .get_phys_ranges')

@depends on context && !both@
identifier shmem.o;
@@
 struct drm_gem_object_funcs o = {
*	.get_sg_table = drm_gem_shmem_object_get_sg_table,
 };

@depends on context && named@
identifier funcs.o, funcs.f;
@@
 struct drm_gem_object_funcs o = {
*	.get_sg_table = f,
 };

@depends on patch && !both@
identifier shmem.o;
@@
 struct drm_gem_object_funcs o = {
-	.get_sg_table = drm_gem_shmem_object_get_sg_table,
+	.get_phys_ranges = drm_gem_shmem_object_get_phys_ranges,
 };

@depends on patch@
identifier funcs.o, funcs.f, named.g;
@@
 struct drm_gem_object_funcs o = {
-	.get_sg_table = f,
+	.get_phys_ranges = g,
 };

@depends on patch@
identifier funcs.f, named.g, made.obj;
expression dev, pages, nr;
@@
-static struct sg_table *f(struct drm_gem_object *obj)
+static int g(struct drm_gem_object *obj, struct phys_range_list *ranges)
 {
 ...
-return drm_prime_pages_to_sg(dev, pages, nr);
+return drm_prime_pages_to_phys_ranges(ranges, pages, nr);
 }

@depends on patch@
identifier named.g;
expression e;
@@
 g(...)
 {
 <...
 return
-ERR_PTR(e)
+e
 ;
 ...>
 }
