// SPDX-License-Identifier: GPL-2.0
///
/// The importer needs what its device is to be told, and that is all it keeps: no
/// table with pages that are not its own.
///
//# A table that is kept in a structure of this file, and used nowhere else.
//#
//# Before:
//#	x->sgt = dma_buf_map_attachment(x->attach, dir);
//#	if (IS_ERR(x->sgt))
//#		return PTR_ERR(x->sgt);
//#	...
//#	for_each_sgtable_dma_sg(x->sgt, sg, i)
//#		x_write(x, sg_dma_address(sg), sg_dma_len(sg));
//#	...
//#	if (x->sgt)
//#		dma_buf_unmap_attachment(x->attach, x->sgt, dir);
//#
//# After:
//#	dma_range_list_init(&x->ranges);
//#	err = dma_buf_map_ranges(x->attach, &x->ranges, dir);
//#	if (err)
//#		return err;
//#	x->ranges_mapped = true;
//#	...
//#	limits = dma_range_device_limits(x->attach->dev);
//#	dma_range_for_each_segment(&x->ranges, &limits, seg)
//#		x_write(x, seg.addr, (u32)seg.len);
//#	...
//#	if (x->ranges_mapped)
//#		dma_buf_unmap_ranges(x->attach, &x->ranges, dir);
//#
//# An empty list may be mapped, so a list cannot tell what the pointer did. Where
//# no pointer is looked at, there is no ranges_mapped.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python. Segments keep to the limits that the
// Comments: driver has set for its device; if it has set none, to 64 KiB.
// Subject: keep DMA ranges of an imported dma-buf
// Family: importer that keeps its table
// Selects: RANGE_LIST
// Keywords: dma_buf_map_attachment dma_buf_map_attachment_unlocked

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re

known = set()		# where the field is used in a way that is understood
entries = {}		# (function, name): the same of the cursors of loops
walks = {}		# function: what it walks with
wrong = set()		# files that do what cannot be done with a list
tested = set()
errors = {}		# function: what takes the error
stale = set()		# functions that use that again

def where(p):
	return p[0].current_element

def strip(text):
	"""Without comments and strings."""
	def blank(match):
		return re.sub(r'[^\n]', ' ', match.group(0))
	return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)

def code(p):
	with open(p[0].file, errors='replace') as file:
		return strip(file.read())

def function(p):
	"""The text of the function at a place."""
	lines = code(p).split('\n')
	first = last = int(p[0].line) - 1
	while first and not lines[first].startswith('{'):
		first -= 1
	while last < len(lines) - 1 and not lines[last].startswith('}'):
		last += 1
	while first and lines[first - 1].strip() and lines[first - 1][0] not in '}#;':
		first -= 1
	return '\n'.join(lines[first:last + 1])

def seen(ps, E, T):
	"""Only if it is a pointer to the structure: others may have a field of that name."""
	if re.search(r'\bstruct\s+%s\s*\*\s*(?:const\s+)?%s\b' % (T, re.escape(str(E))), function(ps)):
		known.update((p.line, p.column) for p in ps)

def entry(ps, name):
	entries.setdefault((where(ps), str(name)), set()).update((p.line, p.column) for p in ps)

def times(text, name):
	return len(re.findall(r'(?<![>.])\b%s\b' % name, text))

def verdict(p, E, T, F, a, d):
	"""What to write, or nothing if something else is done with the table."""
	text, E, F, a = code(p), str(E), str(F), str(a)
	squeezed = re.sub(r'\s', '', a)
	if p[0].file in wrong or len(re.findall(r'(?:->|\.)\s*%s\b' % F, text)) != len(known):
		return {}
	if len(re.findall(r'\bsg_table\s*\*\s*%s\s*;' % F, text)) != 1 or re.search(r'\b(?:ranges|ranges_mapped)\b', text):
		return {}
	if re.search(r'\bstruct\s+%s\s*,\s*%s\b' % (T, F), text):
		return {}
	# It is initialised before it is mapped, and that once.
	if len(re.findall(r'\bdma_buf_map_attachment(?:_unlocked)?\b', text)) != 1 or not re.match(r'\w+$', E):
		return {}
	if p[0].file not in tested and re.search(r'(?:\)|\belse)\s*\w+->%s\s*=\s*NULL' % F, text):
		return {}
	# An object must stay where it is.
	if re.search(r'\b(?:memcpy|memmove|krealloc\w*|kvrealloc\w*|kmemdup\w*)\b|[;{}]\s*\*\s*\w+\s*=\s*\*', text):
		return {}
	attach = re.match(re.escape(E) + r'->(\w+)$', squeezed)
	for f, (sg, i, place) in walks.items():
		inside = function(place)
		if not attach or times(inside, sg) != len(entries.get((f, sg), ())):
			return {}
		if times(inside, i) != len(entries.get((f, i), ())) + 1:
			return {}
		if re.search(r'\b(?:seg|limits)\b|[^;{}\s]\s*\bfor_each_sg(?:table_dma_sg)?\b', inside):
			return {}
	inside, none = function(p), '__none'
	if len(re.findall(r'\bIS_ERR\(%s->%s\)' % (E, F), text)) != 1:
		return {}
	e = errors.get(where(p), '')
	integer = r'\b(?:int|long|ssize_t)\s+(?:\w+(?:\s*=[^,;]*)?,\s*)*%s\b' % e
	if where(p) in stale or not re.search(integer, inside) or len(re.findall(r'PTR_ERR\(%s->%s\)' % (E, F), inside)) != 1:
		e = ''
	err = next((name for name in ('err', 'error') if not re.search(r'\b%s\b' % name, inside)), '')
	# Declarations end with an empty line.
	declares = re.match(r'\s*(?:\w+[\s*]+)+\w+(?:\s*=|;|,)', inside.split('\n{\n', 1)[-1])
	return {
		'f': where(p), 'e': e or none, 'err': err, 'attach': attach.group(1) if attach else none,
		'flag': F if p[0].file in tested else none,
		'plain': none if p[0].file in tested else F,
		'declares': where(p) if declares else none, 'begins': none if declares else where(p),
		'asked': 'ranges' if p[0].file in tested else none,
	}

// The field.

@kept@
identifier T, F;
@@
 struct T {
 ...
 struct sg_table *F;
 ...
 };

@map@
identifier kept.F;
expression E, a, d;
position p, k;
statement S;
@@
(
 E->F@k = dma_buf_map_attachment@p(a, d);
|
 E->F@k = dma_buf_map_attachment_unlocked@p(a, d);
)
 if (IS_ERR(E->F)) S

@script:python@
k << map.k; E << map.E; T << kept.T;
@@
seen(k, E, T)

@failed@
expression map.E, e;
identifier kept.F;
position k;
@@
(
 IS_ERR(E->F@k)
|
 e = PTR_ERR(E->F@k)
)

@script:python@
k << failed.k; E << map.E; T << kept.T;
@@
seen(k, E, T)

@gone@
expression map.E;
identifier kept.F;
position k;
@@
 return PTR_ERR(E->F@k);

@script:python@
k << gone.k; E << map.E; T << kept.T;
@@
seen(k, E, T)

@unmap@
identifier kept.F;
expression E, x, y;
position k;
@@
(
 dma_buf_unmap_attachment(x, E->F@k, y);
|
 dma_buf_unmap_attachment_unlocked(x, E->F@k, y);
|
 E->F@k = NULL;
)

@script:python@
k << unmap.k; E << unmap.E; T << kept.T;
@@
seen(k, E, T)

@test@
identifier kept.F;
expression E, x;
statement S1, S2;
position k;
@@
(
 if (E->F@k) S1
|
 if (!E->F@k) S1
|
 if (E->F@k) S1 else S2
|
 if (!E->F@k) S1 else S2
|
 WARN_ON(E->F@k)
|
 WARN_ON(!E->F@k)
|
 E->F@k && x
|
 x && E->F@k
|
 !E->F@k || x
|
 x || !E->F@k
)

@script:python@
k << test.k; E << test.E; T << kept.T;
@@
seen(k, E, T)
tested.add(k[0].file)

// What is walked.

@walk@
identifier kept.F, sg, i;
expression E;
iterator name for_each_sgtable_dma_sg, for_each_sg;
position k, s, n;
statement S;
@@
(
 for_each_sgtable_dma_sg(E->F@k, sg@s, i@n) S
|
 for_each_sg(E->F@k->sgl, sg@s, E->F->nents, i@n) S
)

@script:python@
k << walk.k; E << walk.E; T << kept.T; sg << walk.sg; s << walk.s; i << walk.i; n << walk.n;
@@
seen(k, E, T)
entry(s, sg)
entry(n, i)
if walks.setdefault(where(k), (str(sg), str(i), k))[:2] != (str(sg), str(i)):
	wrong.add(k[0].file)

@walked@
identifier kept.F, walk.sg, walk.i;
expression E;
iterator name for_each_sg;
position k;
statement S;
@@
 for_each_sg(E->F->sgl, sg, E->F@k->nents, i) S

@script:python@
k << walked.k; E << walked.E; T << kept.T;
@@
seen(k, E, T)

@entry@
identifier walk.sg;
position s;
@@
(
 sg_dma_address(sg@s)
|
 sg_dma_len(sg@s)
)

@script:python@
sg << walk.sg; s << entry.s;
@@
entry(s, sg)

@cursor@
identifier walk.sg;
position s;
@@
 struct scatterlist *sg@s;

@script:python@
sg << walk.sg; s << cursor.s;
@@
entry(s, sg)

@edited@
identifier walk.sg;
expression E;
position s;
@@
(
 sg_dma_address@s(sg) = E
|
 sg_dma_len@s(sg) = E
|
 sg_dma_address@s(sg) += E
|
 sg_dma_len@s(sg) -= E
)

@script:python@
s << edited.s;
@@
wrong.add(s[0].file)

// What takes the error, and whether it had a value that is still wanted.

@code@
identifier kept.F, e;
expression map.E;
position k;
@@
 if (IS_ERR(E->F)) { ... e@k = PTR_ERR(E->F); ... }

@script:python@
e << code.e; k << code.k;
@@
errors[where(k)] = str(e)

@again exists@
identifier kept.F, code.e;
expression map.E, x;
position map.p, q;
statement S;
@@
 E->F = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if (IS_ERR(E->F)) S
 ... when != e = x
(
 e = x
|
 e@q
)

@script:python@
q << again.q;
@@
stale.add(where(q))

@script:python good@
p << map.p; E << map.E; a << map.a; d << map.d; F << kept.F; T << kept.T;
f; e; err; attach; flag; plain; asked; declares; begins;
@@
found = verdict(p, E, T, F, a, d)
if not found or not all(found.values()):
	cocci.include_match(False)
else:
	for key, value in found.items():
		setattr(coccinelle, key, value)

@script:python depends on report@
p << map.p; f << good.f;
@@
coccilib.report.print_report(p[0], 'keep DMA ranges')

@script:python depends on org@
p << map.p; f << good.f;
@@
coccilib.org.print_todo(p[0], 'keep DMA ranges')

@depends on context@
identifier good.f, kept.F;
expression map.E;
@@
 f(...)
 {
 <...
(
*E->F = dma_buf_map_attachment(...);
|
*E->F = dma_buf_map_attachment_unlocked(...);
)
 ...>
 }

// No pointer, no NULL.

@depends on patch@
identifier good.plain;
expression E;
@@
-E->plain = NULL;

@depends on patch@
identifier good.flag;
expression E;
@@
-E->flag = NULL;
+E->ranges_mapped = false;

// A variable that takes the error anyway takes it from the call.

@depends on patch@
identifier good.f, good.e, kept.F, l;
expression map.E, map.a, map.d;
@@
 f(...)
 {
 <...
(
-E->F = dma_buf_map_attachment(a, d);
-if (IS_ERR(E->F)) {
-e = PTR_ERR(E->F);
+dma_range_list_init(&E->ranges);
+e = dma_buf_map_ranges(a, &E->ranges, d);
+if (e)
 goto l;
-}
|
-E->F = dma_buf_map_attachment(a, d);
-if (IS_ERR(E->F)) {
-e = PTR_ERR(E->F);
+dma_range_list_init(&E->ranges);
+e = dma_buf_map_ranges(a, &E->ranges, d);
+if (e)
 return ...;
-}
|
-E->F = dma_buf_map_attachment(a, d);
-if (IS_ERR(E->F))
+dma_range_list_init(&E->ranges);
+e = dma_buf_map_ranges(a, &E->ranges, d);
+if (e)
 {
 ...
-e = PTR_ERR(E->F);
 ...
 }
|
-E->F = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(E->F)) {
-e = PTR_ERR(E->F);
+dma_range_list_init(&E->ranges);
+e = dma_buf_map_ranges_unlocked(a, &E->ranges, d);
+if (e)
 goto l;
-}
|
-E->F = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(E->F)) {
-e = PTR_ERR(E->F);
+dma_range_list_init(&E->ranges);
+e = dma_buf_map_ranges_unlocked(a, &E->ranges, d);
+if (e)
 return ...;
-}
|
-E->F = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(E->F))
+dma_range_list_init(&E->ranges);
+e = dma_buf_map_ranges_unlocked(a, &E->ranges, d);
+if (e)
 {
 ...
-e = PTR_ERR(E->F);
 ...
 }
)
 ...>
 }

// Or there is one for it.

@fresh depends on patch@
identifier good.f, good.err, kept.F;
expression map.E, map.a, map.d;
statement S;
@@
 f(...)
 {
 <+...
(
-E->F = dma_buf_map_attachment(a, d);
-if (IS_ERR(E->F))
+dma_range_list_init(&E->ranges);
+err = dma_buf_map_ranges(a, &E->ranges, d);
+if (err)
 S
|
-E->F = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(E->F))
+dma_range_list_init(&E->ranges);
+err = dma_buf_map_ranges_unlocked(a, &E->ranges, d);
+if (err)
 S
)
 ...+>
 }

@depends on fresh@
identifier good.f, good.err, kept.F;
expression map.E;
@@
 f(...)
 {
 <...
-PTR_ERR(E->F)
+err
 ...>
 }

@depends on fresh@
identifier good.declares, good.err;
@@
 declares(...)
 {
+int err;
 ...
 }

@depends on fresh@
identifier good.begins, good.err;
@@
 begins(...)
 {
+int err;
+
 ...
 }

// Whether there is something mapped, if anybody asks.

@depends on patch@
identifier good.f, good.asked, e;
expression map.E;
statement S;
@@
 f(...)
 {
 <...
 e = \(dma_buf_map_ranges\|dma_buf_map_ranges_unlocked\)(..., &E->asked, ...);
 if (e) S
+E->ranges_mapped = true;
 ...>
 }

@depends on patch@
identifier good.flag;
expression E, x;
statement S1, S2;
@@
(
 if (E->
-flag
+ranges_mapped
 ) S1 else S2
|
 if (!E->
-flag
+ranges_mapped
 ) S1 else S2
|
 if (E->
-flag
+ranges_mapped
 ) S1
|
 if (!E->
-flag
+ranges_mapped
 ) S1
|
 WARN_ON(E->
-flag
+ranges_mapped
 )
|
 WARN_ON(!E->
-flag
+ranges_mapped
 )
|
 E->
-flag
+ranges_mapped
 && x
|
 x && E->
-flag
+ranges_mapped
|
 !E->
-flag
+ranges_mapped
 || x
|
 x || !E->
-flag
+ranges_mapped
)

// Limits are those of the device of the attachment.

@depends on patch@
identifier good.attach, kept.F, walk.sg, walk.i;
expression E;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
statement S;
@@
(
-for_each_sgtable_dma_sg(E->F, sg, i)
+limits = dma_range_device_limits(E->attach->dev);
+dma_range_for_each_segment(&E->ranges, &limits, seg)
 S
|
-for_each_sg(E->F->sgl, sg, E->F->nents, i)
+limits = dma_range_device_limits(E->attach->dev);
+dma_range_for_each_segment(&E->ranges, &limits, seg)
 S
)

@script:python inside@
k << walk.k; f << good.f;
g;
@@
coccinelle.g = where(k)

@depends on patch@
identifier inside.g, walk.sg, x;
type T;
@@
 g(...)
 {
 <...
 T x =
-sg_dma_len(sg)
+seg.len
 ;
 ...>
 }

@depends on patch@
typedef u32;
identifier inside.g, walk.sg;
expression E;
@@
 g(...)
 {
 <...
(
-sg_dma_address(sg)
+seg.addr
|
 E =
-sg_dma_len(sg)
+seg.len
|
 E +=
-sg_dma_len(sg)
+seg.len
|
-sg_dma_len(sg)
+(u32)seg.len
)
 ...>
 }

@depends on patch@
identifier inside.g, walk.sg;
@@
 g(...)
 {
 <...
-struct scatterlist *sg;
+struct dma_range_limits limits;
+struct dma_range seg;
 ...>
 }

@depends on patch@
identifier inside.g, walk.i;
expression E;
type T;
@@
 g(...)
 {
 <...
(
-T i;
|
-T i = E;
)
 ...>
 }

@depends on patch && good@
identifier kept.F;
expression E, x, y;
@@
(
-dma_buf_unmap_attachment(x, E->F, y)
+dma_buf_unmap_ranges(x, &E->ranges, y)
|
-dma_buf_unmap_attachment_unlocked(x, E->F, y)
+dma_buf_unmap_ranges_unlocked(x, &E->ranges, y)
)

@depends on patch@
identifier good.flag, kept.T;
@@
 struct T {
 ...
 struct sg_table *flag;
+bool ranges_mapped;
 ...
 };

@done depends on patch && good@
identifier kept.T, kept.F;
@@
 struct T {
 ...
-struct sg_table *F;
+struct dma_range_list ranges;
 ...
 };

@named depends on done@
@@
 #include <linux/dma-buf.h>
+#include <linux/dma-buf-ranges.h>

@some depends on done && !named@
@@
 #include <linux/...>
+#include <linux/dma-buf-ranges.h>

@depends on done && !named && !some@
@@
+#include <linux/dma-buf-ranges.h>
 #include "..."
