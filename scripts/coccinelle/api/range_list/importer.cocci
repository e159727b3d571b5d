// SPDX-License-Identifier: GPL-2.0
///
/// The importer needs what its device is to be told, and that is all it gets: no
/// table with pages that are not its own.
///
//# A table that is mapped, used and unmapped in one function.
//#
//# Before:
//#	sgt = dma_buf_map_attachment(attach, dir);
//#	if (IS_ERR(sgt))
//#		return PTR_ERR(sgt);
//#	for_each_sgtable_dma_sg(sgt, sg, i)
//#		x_write(x, sg_dma_address(sg), sg_dma_len(sg));
//#	dma_buf_unmap_attachment(attach, sgt, dir);
//#
//# After:
//#	err = dma_buf_map_ranges(attach, &ranges, dir);
//#	if (err)
//#		return err;
//#	limits = dma_range_device_limits(attach->dev);
//#	dma_range_for_each_segment(&ranges, &limits, seg)
//#		x_write(x, seg.addr, (u32)seg.len);
//#	dma_buf_unmap_ranges(attach, &ranges, dir);
//#
//# If it is used as one range, after a look at how many entries there are:
//#
//# Before:
//#	if (sgt->nents > 1)
//#		goto unmap;
//#	addr = sg_dma_address(sgt->sgl);
//#
//# After:
//#	if (dma_range_list_nr(&ranges) != 1)
//#		goto unmap;
//#	dma_range_for_each_unlimited(&ranges, range)
//#		break;
//#	addr = range.addr;
//#
//# A list has to stay where it is until it is unmapped, so a table that is still
//# mapped at the end of the function is not changed.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python. Segments keep to the limits that the
// Comments: driver has set for its device; if it has set none, to 64 KiB.
// Subject: take DMA ranges of an imported dma-buf
// Family: importer with a table of its own
// Selects: RANGE_LIST
// Keywords: dma_buf_map_attachment dma_buf_map_attachment_unlocked

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re

known = {}		# (function, name): where it is used in a way that is understood
wrong = set()		# functions that do what cannot be done with a list
walks = {}		# function: what it walks with
errors = {}		# function: what takes the error
stale = set()		# functions that use that again
undoes = set()		# functions that can fail where they map
texts = {}

def where(p):
	return p[0].current_element

def seen(ps, name):
	known.setdefault((where(ps), str(name)), set()).update((p.line, p.column) for p in ps)

def strip(text):
	"""Without comments and strings."""
	return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', ' ', text, flags=re.S)

def function(p):
	"""The text of the function at a place."""
	key = p[0].file, where(p)
	if key not in texts:
		with open(p[0].file, errors='replace') as file:
			lines = file.read().split('\n')
		first = last = int(p[0].line) - 1
		while first and not lines[first].startswith('{'):
			first -= 1
		while last < len(lines) - 1 and not lines[last].startswith('}'):
			last += 1
		while first and lines[first - 1].strip() and lines[first - 1][0] not in '}#;':
			first -= 1
		texts[key] = strip('\n'.join(lines[first:last + 1]))
	return texts[key]

def times(p, name):
	return len(re.findall(r'(?<![>.])\b%s\b' % re.escape(str(name)), function(p)))

def uses(p, name):
	return len(known.get((where(p), str(name)), ()))

def name(p, *names):
	"""One that is not used in the function yet."""
	return next((name for name in names if not re.search(r'\b%s\b' % name, function(p))), '')

def verdict(p, st, a, d):
	"""What to write, or nothing if something else is done with the table."""
	f, st = where(p), str(st)
	count = len(re.findall(r'\bdma_buf_map_attachment(?:_unlocked)?\b', function(p)))
	if f in wrong or count != 1 or times(p, st) != uses(p, st):
		return {}
	if re.search(r'\bstatic\s+struct\s+sg_table\b|=\s*&\s*sg_dma_(?:address|len)\b', function(p)):
		return {}
	walk = walks.get(f, set())
	if len(walk) > 1 or any(times(p, sg) != uses(p, sg) for sg, i in walk):
		return {}
	if len(re.findall(r'\bIS_ERR(?:_OR_NULL)?\(%s\)' % st, function(p))) != 1:
		return {}
	first, number = uses(p, st + '->sgl'), uses(p, st + '->nents')
	if number and (not first or walk or uses(p, st + '->early')):
		return {}
	if number and not refuses(function(p), st):
		return {}
	if first and not number and (f not in undoes or not plain_failure(function(p), st)):
		return {}
	index = [i for sg, i in walk if times(p, i) != uses(p, i) + 1]
	if any(steps(function(p), i) for i in index):
		return {}
	if walk and not stands_alone(function(p)) or index and 'continue' in function(p):
		return {}
	# What is written twice must not do anything.
	if (walk or first and not number) and re.search(r'\(|\+\+|--|[^=!<>]=[^=]', '%s, %s' % (a, d)):
		return {}
	e, none = errors.get(f, ''), '__none'
	converted = re.findall(r'\b(?:PTR_ERR|ERR_CAST)\(%s\)' % st, function(p))
	integer = r'\b(?:int|long|ssize_t)\s+(?:\w+(?:\s*=[^,;]*)?,\s*)*%s\b' % e
	if f in stale or len(converted) != 1 or not re.search(integer, function(p)):
		e = ''
	ranges = name(p, 'ranges', 'dma_ranges')
	return {
		'ranges': ranges, 'limits': name(p, 'limits', 'segment_limits'),
		'seg': name(p, 'seg', 'segment'), 'one': name(p, 'range', 'only'),
		'e': e or none, 'err': name(p, 'err', 'error'),
		# The same names again, for rules that are about some of the functions.
		'given': none if e else st, 'whole': st if first else none,
		'alone': ranges if first and not number else none,
		'sure': st if number else none, 'tabled': st if walk else none,
		'stepped': ranges if walk else none, 'counted': st if index else none,
		'idle': next((i for sg, i in walk), none) if not index else none,
	}

def block(text, start):
	"""The statement at a place."""
	depth = 0
	for at in range(start, len(text)):
		depth += {'{': 1, '}': -1}.get(text[at], 0)
		if not depth and text[at] in ';}':
			return text[start:at + 1]
	return text[start:]

def refuses(text, st):
	"""Whether nothing looks at the first entry where there are more."""
	for match in re.finditer(r'\bif \(%s->nents\s*(?:>|!=)\s*1\)\s*' % st, text):
		many = block(text, match.end())
		after = [re.search(r'(?m)^\s*%s:(?!:)' % label, text) for label in re.findall(r'\bgoto (\w+)', many)]
		if '%s->sgl' % st in many or any(not at or '%s->sgl' % st in text[at.end():] for at in after):
			return False
	return True

def plain_failure(text, st):
	"""Whether nothing is undone where mapping fails, but at a label."""
	failed = re.search(r'\bif \((?:IS_ERR|IS_ERR_OR_NULL)\(%s\)\)\s*' % st, text)
	return failed and re.fullmatch(r'\{?\s*(?:\w+ = PTR_ERR\(%s\);\s*|(?:dev|pr|drm)_\w+\([^;{}]*\);\s*)*(?:return|goto)\b[^;{}]*;\s*\}?' % st,
				       block(text, failed.end()))

def steps(text, i):
	"""Whether a loop over entries changes their number by itself."""
	return any(re.search(r'\b%s\s*(?:\+\+|--|[-+*/|&]?=[^=])|(?:\+\+|--|&)\s*%s\b' % (i, i), block(text, match.end()))
		   for match in re.finditer(r'\bfor_each_sg(?:table_dma_sg)?\s*\([^;{}]*?\b%s\)' % i, text))

def stands_alone(text):
	"""Whether something can be put before each loop without braces."""
	return not re.search(r'[^;{}\s]\s*\bfor_each_sg(?:table_dma_sg)?\b', text)

// The table.

@map@
identifier st;
expression a, d;
position p, k;
statement S;
@@
(
 st@k = dma_buf_map_attachment@p(a, d);
|
 st@k = dma_buf_map_attachment_unlocked@p(a, d);
)
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) S

@script:python@
st << map.st; k << map.k;
@@
seen(k, st)

@unmap@
identifier map.st;
expression x, y;
position k;
@@
(
 dma_buf_unmap_attachment(x, st@k, y);
|
 dma_buf_unmap_attachment_unlocked(x, st@k, y);
)

@script:python@
st << map.st; k << unmap.k;
@@
seen(k, st)

@failed@
identifier map.st;
expression e, x, y;
position k;
@@
(
 IS_ERR(st@k)
|
 IS_ERR_OR_NULL(st@k)
|
 e = PTR_ERR(st@k)
|
 e = ERR_CAST(st@k)
|
 dev_err_probe(x, PTR_ERR(st@k), y, ...)
)

@script:python@
st << map.st; k << failed.k;
@@
seen(k, st)

@gone@
identifier map.st;
position k;
@@
(
 return PTR_ERR(st@k);
|
 return ERR_CAST(st@k);
)

@script:python@
st << map.st; k << gone.k;
@@
seen(k, st)

@declared@
identifier map.st;
position k;
@@
 struct sg_table *st@k;

@script:python@
st << map.st; k << declared.k;
@@
seen(k, st)

// What is walked: with sg, and i for the number.

@walk@
identifier map.st, sg, i;
iterator name for_each_sgtable_dma_sg, for_each_sg;
position k, s, n;
statement S;
@@
(
 for_each_sgtable_dma_sg(st@k, sg@s, i@n) S
|
 for_each_sg(st@k->sgl, sg@s, st->nents, i@n) S
)

@script:python@
st << map.st; k << walk.k; sg << walk.sg; s << walk.s; i << walk.i; n << walk.n;
@@
seen(k, st)
seen(s, sg)
seen(n, i)
walks.setdefault(where(k), set()).add((str(sg), str(i)))

@walked@
identifier map.st, walk.sg, walk.i;
iterator name for_each_sg;
position k;
statement S;
@@
 for_each_sg(st->sgl, sg, st@k->nents, i) S

@script:python@
st << map.st; k << walked.k;
@@
seen(k, st)

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
seen(s, sg)

@cursor@
identifier walk.sg;
position s;
@@
 struct scatterlist *sg@s;

@script:python@
sg << walk.sg; s << cursor.s;
@@
seen(s, sg)

@edited@
identifier walk.sg;
assignment operator op;
expression E;
position s;
@@
(
 sg_dma_address@s(sg) op E
|
 sg_dma_len@s(sg) op E
|
 sg_dma_address@s(sg)++
|
 sg_dma_len@s(sg)--
)

@script:python@
s << edited.s;
@@
wrong.add(where(s))

// What is taken as one.

@number@
identifier map.st, l;
position k;
@@
(
 if (\(st@k->nents > 1\|st@k->nents != 1\)) goto l;
|
 if (\(st@k->nents > 1\|st@k->nents != 1\)) return ...;
|
 if (\(st@k->nents > 1\|st@k->nents != 1\)) { ... goto l; }
|
 if (\(st@k->nents > 1\|st@k->nents != 1\)) { ... return ...; }
)

@script:python@
st << map.st; k << number.k;
@@
seen(k, st)
seen(k, str(st) + '->nents')

@first@
identifier map.st;
expression E;
position k;
@@
(
 sg_dma_address(st@k->sgl)
|
 sg_dma_len(st@k->sgl) < E
|
 sg_dma_len(st@k->sgl) != E
|
 E > sg_dma_len(st@k->sgl)
|
 E != sg_dma_len(st@k->sgl)
)

@script:python@
st << map.st; k << first.k;
@@
seen(k, st)
seen(k, str(st) + '->sgl')

// Nothing is known of the number before it was looked at.
@early exists@
identifier map.st;
position map.p, k;
@@
 st = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 ... when != st->nents
 st@k->sgl

@script:python@
k << early.k; st << map.st;
@@
seen(k, str(st) + '->early')

// What is still mapped at the end, or when it is mapped again.
@left exists@
identifier map.st;
position map.p, q;
statement S;
@@
 st = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if@q (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) S
 ... when != dma_buf_unmap_attachment(..., st, ...)
     when != dma_buf_unmap_attachment_unlocked(..., st, ...)
(
 return ...;
|
 st = \(dma_buf_map_attachment\|dma_buf_map_attachment_unlocked\)(...);
)

@script:python@
q << left.q;
@@
wrong.add(where(q))

@fallen exists@
identifier map.st, f;
position map.p, q;
statement S;
@@
 f(...)
 {
 ... when any
 st = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if@q (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) S
 ... when != dma_buf_unmap_attachment(..., st, ...)
     when != dma_buf_unmap_attachment_unlocked(..., st, ...)
     when != return ...;
 }

@script:python@
q << fallen.q;
@@
wrong.add(where(q))

// What takes the error, and whether it had a value that is still wanted.

@code@
identifier map.st, e;
position k;
@@
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) { ... e@k = PTR_ERR(st); ... }

@script:python@
e << code.e; k << code.k;
@@
errors[where(k)] = str(e)

@again exists@
identifier map.st, code.e;
expression E;
position map.p, q;
statement S;
@@
 st = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) S
 ... when != e = E
(
 e = E
|
 e@q
)

@script:python@
q << again.q;
@@
stale.add(where(q))

@undo@
identifier map.st, e, l;
position k;
@@
(
 if@k (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) return PTR_ERR(st);
|
 if@k (\(IS_ERR\|IS_ERR_OR_NULL\)(st)) { ... e = PTR_ERR(st); ... goto l; }
)

@script:python@
k << undo.k;
@@
undoes.add(where(k))


@script:python good@
p << map.p; st << map.st; a << map.a; d << map.d;
f; ranges; seg; one; limits; e; err; given; alone; sure; whole; tabled; stepped; counted; idle;
@@
found = verdict(p, st, a, d)
if not found or not all(found.values()):
	cocci.include_match(False)
else:
	coccinelle.f = where(p)
	for key, value in found.items():
		setattr(coccinelle, key, value)

@script:python depends on report@
p << map.p; f << good.f;
@@
coccilib.report.print_report(p[0], 'take DMA ranges')

@script:python depends on org@
p << map.p; f << good.f;
@@
coccilib.org.print_todo(p[0], 'take DMA ranges')

@depends on context@
identifier good.f, map.st;
@@
 f(...)
 {
 <...
(
*st = dma_buf_map_attachment(...);
|
*st = dma_buf_map_attachment_unlocked(...);
)
 ...>
 }


// It is never NULL.

@depends on patch@
identifier good.f, map.st;
@@
 f(...)
 {
 <...
-IS_ERR_OR_NULL(st)
+IS_ERR(st)
 ...>
 }

// A variable that takes the error anyway takes it from the call.

@depends on patch@
identifier good.f, good.ranges, good.e, map.st, l;
expression map.a, map.d;
@@
 f(...)
 {
 <...
(
-st = dma_buf_map_attachment(a, d);
-if (IS_ERR(st)) {
-e = PTR_ERR(st);
+e = dma_buf_map_ranges(a, &ranges, d);
+if (e)
 goto l;
-}
|
-st = dma_buf_map_attachment(a, d);
-if (IS_ERR(st)) {
-e = PTR_ERR(st);
+e = dma_buf_map_ranges(a, &ranges, d);
+if (e)
 return ...;
-}
|
-st = dma_buf_map_attachment(a, d);
-if (IS_ERR(st))
+e = dma_buf_map_ranges(a, &ranges, d);
+if (e)
 {
 ...
-e = PTR_ERR(st);
 ...
 }
|
-st = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(st)) {
-e = PTR_ERR(st);
+e = dma_buf_map_ranges_unlocked(a, &ranges, d);
+if (e)
 goto l;
-}
|
-st = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(st)) {
-e = PTR_ERR(st);
+e = dma_buf_map_ranges_unlocked(a, &ranges, d);
+if (e)
 return ...;
-}
|
-st = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(st))
+e = dma_buf_map_ranges_unlocked(a, &ranges, d);
+if (e)
 {
 ...
-e = PTR_ERR(st);
 ...
 }
)
 ...>
 }

// Or there is one for it.

@fresh depends on patch@
identifier good.f, good.ranges, good.err, map.st;
expression map.a, map.d;
statement S;
@@
 f(...)
 {
 <+...
(
-st = dma_buf_map_attachment(a, d);
-if (IS_ERR(st))
+err = dma_buf_map_ranges(a, &ranges, d);
+if (err)
 S
|
-st = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(st))
+err = dma_buf_map_ranges_unlocked(a, &ranges, d);
+if (err)
 S
)
 ...+>
 }

@depends on fresh@
identifier good.f, good.err, map.st;
@@
 f(...)
 {
 <...
(
-PTR_ERR(st)
+err
|
-ERR_CAST(st)
+ERR_PTR(err)
)
 ...>
 }

// What can only be one range has to be one.

@depends on patch@
iterator name dma_range_for_each_unlimited;
identifier good.f, good.alone, good.one, e, l, r;
expression map.a, map.d;
@@
 f(...)
 {
 <...
 e = dma_buf_map_ranges(a, &alone, d);
(
 if (e) return e;
+if (dma_range_list_nr(&alone) != 1) {
+	dma_buf_unmap_ranges(a, &alone, d);
+	return -EINVAL;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
|
 if (e) { ... r = e; ... goto l; }
+if (dma_range_list_nr(&alone) != 1) {
+	dma_buf_unmap_ranges(a, &alone, d);
+	r = -EINVAL;
+	goto l;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
|
 if (e) \(goto l;\|{ ... goto l; }\)
+if (dma_range_list_nr(&alone) != 1) {
+	dma_buf_unmap_ranges(a, &alone, d);
+	e = -EINVAL;
+	goto l;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
)
 ...>
 }

@depends on patch@
iterator name dma_range_for_each_unlimited;
identifier good.f, good.alone, good.one, e, l, r;
expression map.a, map.d;
@@
 f(...)
 {
 <...
 e = dma_buf_map_ranges_unlocked(a, &alone, d);
(
 if (e) return e;
+if (dma_range_list_nr(&alone) != 1) {
+	dma_buf_unmap_ranges_unlocked(a, &alone, d);
+	return -EINVAL;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
|
 if (e) { ... r = e; ... goto l; }
+if (dma_range_list_nr(&alone) != 1) {
+	dma_buf_unmap_ranges_unlocked(a, &alone, d);
+	r = -EINVAL;
+	goto l;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
|
 if (e) \(goto l;\|{ ... goto l; }\)
+if (dma_range_list_nr(&alone) != 1) {
+	dma_buf_unmap_ranges_unlocked(a, &alone, d);
+	e = -EINVAL;
+	goto l;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
)
 ...>
 }

@depends on patch@
iterator name dma_range_for_each_unlimited;
identifier good.f, good.ranges, good.one, good.sure;
statement S;
@@
 f(...)
 {
 <...
-if (\(sure->nents > 1\|sure->nents != 1\))
+if (dma_range_list_nr(&ranges) != 1)
 S
+dma_range_for_each_unlimited(&ranges, one)
+	break;
 ...>
 }

@single depends on patch@
identifier good.f, good.one, map.st;
@@
 f(...)
 {
 <+...
(
-sg_dma_address(st->sgl)
+one.addr
|
-sg_dma_len(st->sgl)
+one.len
)
 ...+>
 }

// Limits are those of the device, which is known as soon as something is mapped.

@depends on patch@
identifier good.f, good.stepped, good.limits, e;
expression map.a, map.d;
statement S;
@@
 f(...)
 {
 <...
 e = \(dma_buf_map_ranges\|dma_buf_map_ranges_unlocked\)(a, &stepped, d);
 if (e) S
+limits = dma_range_device_limits(a->dev);
 ...>
 }

@depends on patch@
identifier good.f, good.ranges, good.seg, good.limits, good.counted, walk.sg, walk.i;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
statement S;
@@
 f(...)
 {
 <...
(
-for_each_sgtable_dma_sg(counted, sg, i)
+i = 0;
+dma_range_for_each_segment(&ranges, &limits, seg)
 {
 ...
+i++;
 }
|
-for_each_sgtable_dma_sg(counted, sg, i)
+i = 0;
+dma_range_for_each_segment(&ranges, &limits, seg) {
 S
+i++;
+}
|
-for_each_sg(counted->sgl, sg, counted->nents, i)
+i = 0;
+dma_range_for_each_segment(&ranges, &limits, seg)
 {
 ...
+i++;
 }
|
-for_each_sg(counted->sgl, sg, counted->nents, i)
+i = 0;
+dma_range_for_each_segment(&ranges, &limits, seg) {
 S
+i++;
+}
)
 ...>
 }

@depends on patch@
identifier good.f, good.ranges, good.seg, good.limits, map.st, walk.sg, walk.i;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
statement S;
@@
 f(...)
 {
 <...
(
-for_each_sgtable_dma_sg(st, sg, i)
+dma_range_for_each_segment(&ranges, &limits, seg)
 S
|
-for_each_sg(st->sgl, sg, st->nents, i)
+dma_range_for_each_segment(&ranges, &limits, seg)
 S
)
 ...>
 }

@depends on patch@
identifier good.f, good.seg, walk.sg, x;
type T;
@@
 f(...)
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
identifier good.f, good.seg, walk.sg;
expression E;
@@
 f(...)
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
identifier good.f, good.ranges, map.st;
expression x, y;
@@
 f(...)
 {
 <...
(
-dma_buf_unmap_attachment(x, st, y)
+dma_buf_unmap_ranges(x, &ranges, y)
|
-dma_buf_unmap_attachment_unlocked(x, st, y)
+dma_buf_unmap_ranges_unlocked(x, &ranges, y)
)
 ...>
 }

// Declarations.

@depends on patch@
identifier good.f, good.given, good.err;
@@
 f(...)
 {
 <...
 struct sg_table *given;
+int err;
 ...>
 }

@depends on patch@
identifier good.f, good.whole, good.one;
@@
 f(...)
 {
 <...
 struct sg_table *whole;
+struct dma_range one;
 ...>
 }

@depends on patch@
identifier good.f, good.tabled, good.limits;
@@
 f(...)
 {
 <...
 struct sg_table *tabled;
+struct dma_range_limits limits;
 ...>
 }

@depends on patch@
identifier good.f, good.seg, walk.sg;
@@
 f(...)
 {
 <...
-struct scatterlist *sg;
+struct dma_range seg;
 ...>
 }

@depends on patch@
identifier good.f, good.idle;
expression E;
type T;
@@
 f(...)
 {
 <...
(
-T idle;
|
-T idle = E;
)
 ...>
 }

@done depends on patch@
declarer name DEFINE_DMA_RANGE_LIST;
identifier good.f, good.ranges, map.st;
@@
 f(...)
 {
 <...
-struct sg_table *st;
+DEFINE_DMA_RANGE_LIST(ranges);
 ...>
 }

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
