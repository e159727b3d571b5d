// SPDX-License-Identifier: GPL-2.0
///
/// A scatterlist of one entry is a roundabout way to map one piece of memory.
/// Map its physical range with dma_map_phys(); it is then neither merged nor
/// split, and there is no number of entries to get wrong.
///
//# Before:
//#	n = dma_map_sg(dev, sg, 1, dir);
//#	if (!n)
//#		goto fail;
//#	...
//#	dma_unmap_sg(dev, sg, 1, dir);
//#
//# After:
//#	sg_dma_address(sg) = dma_map_phys(dev, sg_phys(sg), sg->length, dir, 0);
//#	sg_dma_len(sg) = sg->length;
//#	n = dma_mapping_error(dev, sg_dma_address(sg)) ? 0 : 1;
//#	if (!n)
//#		goto fail;
//#	...
//#	dma_unmap_phys(dev, sg_dma_address(sg), sg_dma_len(sg), dir, 0);
//#
//# The entry keeps the address, because in most drivers it was given to them or
//# goes on to dmaengine. All that is mapped as one entry has to be unmapped as
//# one: what dma_map_phys() has mapped is nothing for dma_unmap_sg(). So a file
//# is changed only if every call with a count of 1 can be told from those with
//# another count, by the expression of the entry; a local variable that is
//# assigned once stands for what it is assigned. With -D whole that is left to who
//# looks at all files of the driver, for those that only unmap.
//#
//# Where nobody looks whether mapping fails, that is an error from now on, if the
//# function begins with it and its callers look at what it returns.
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Subject: map one range with dma_map_phys()
// Family: single entry
// Leaves-no: \bdma_(un)?map_sg(_attrs)?\s*\((?:[^();]|\((?:[^();]|\([^();]*\))*\))*,\s*1\s*,
// Keywords: dma_map_sg dma_map_sg_attrs dma_unmap_sg dma_unmap_sg_attrs

virtual patch
virtual context
virtual org
virtual report
// Other files of the driver map what this one unmaps, and are converted with it.
virtual whole

// key() is what an entry is called outside of its function, verdict() why the
// calls with a count of 1 cannot be converted, or None.
@initialize:python@
@@
import re

def plain(expr):
	return re.sub(r'\s+', '', str(expr))

def place(p):
	return p.file, p.line, p.column

# Parentheses, and what is in them.
NESTED = r'\([^()]*\)'
for _ in range(5):
	NESTED = r'\((?:[^()]|%s)*\)' % NESTED

class Calls:
	def __init__(self):
		self.aliases = {}
		self.sites = []
		self.devices = {}
		self.forms = set()
		self.unchecked = set()
		self.prepared = set()
		self.verdicts = {}
		self.whole = False

	def alias(self, p, var, expr):
		key = (p[0].file, p[0].current_element, str(var))
		self.aliases.setdefault(key, set()).add(plain(expr))

	def add(self, what, count, p, sg, dev):
		self.sites.append((what, plain(count) == '1', p[0], plain(sg)))
		if what == 'map':
			self.devices[place(p[0])] = plain(dev)

	def returns(self, p, f):
		"""Can a function that maps before anything else return an error?"""
		with open(p.file, errors='replace') as file:
			text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', '', file.read(), flags=re.S)
		found = re.search(r'^static int %s\([^;{}]*\)\n\{\n(.*?)^\}' % f, text, re.M | re.S)
		if not found:
			return False
		before, maps, rest = found.group(1).partition('dma_map_sg(')
		declared = re.fullmatch(r'(?:\s*(?:(?:struct|unsigned|const)\s+)?\w+[\s*]+\w+(?:\s*=\s*[\w>.-]+)?;)*\s*', before)
		asked = re.findall(r'\b(\w+)\s*=\s*%s\s*\(' % f, text)
		return declared and re.findall(r'\breturn\b([^;]*);', rest) == [' 0'] and asked and \
			len(asked) == len(re.findall(r'\b%s\s*\(' % f, text)) - 1 and \
			not [name for name in asked if not re.search(r'\bif \(%s\)' % name, text.split(name + ' = ' + f, 1)[1])]

	def key(self, p, sg):
		for _ in range(4):
			var = sg
			exprs = self.aliases.get((p.file, p.current_element, var), ())
			if len(exprs) != 1:
				break
			sg = next(iter(exprs))
		if re.fullmatch(r'\w+', sg):
			return p.current_element + '::' + sg
		return sg.lstrip('&')

	def undone(self, p, sg):
		"""The label behind which an entry is unmapped that could not be mapped."""
		with open(p.file, errors='replace') as file:
			lines = file.read().split('\n')
		first = int(p.line)
		# The first condition that is at the call or behind it, and what follows.
		rest = '\n'.join(lines[first - 1:first + 20])
		branch = re.search(r'\bif\s*%s\s*(\{[^{}]*\}|[^;{}]*;)' % NESTED, rest)
		label = branch and re.search(r'\bgoto (\w+);', branch.group(1))
		at = label and next((number for number, line in enumerate(lines[first:], first + 1)
				     if re.match(r'\s*%s:' % label.group(1), line)), None)
		unmaps = [other for what, one, q, other in self.sites
			  if at and what == 'unmap' and q.file == p.file and q.current_element == p.current_element and
			  int(q.line) >= at and self.key(q, other) == self.key(p, sg)]
		# A loop that counts down begins with the one before.
		back = at and re.match(r'\s*while\s*\(\s*(?:--\s*(\w+)\s*>=\s*0|(\w+)--(?:\s*>\s*0)?)\s*\)', '\n'.join(lines[at:at + 3]))
		if back and len(unmaps) == 1 and '[%s]' % (back.group(1) or back.group(2)) in self.key(p, sg):
			return None
		if unmaps:
			return label.group(1)
		return None

	def tables(self, file):
		"""The lists of the tables that are mapped or unmapped as such."""
		with open(file, errors='replace') as source:
			text = re.sub(r'/\*.*?\*/|//[^\n]*', '', source.read(), flags=re.S)
		return bool(re.search(r'\bdma_(?:un)?map_sgtable\s*\(', text))

	def given(self, file, keys):
		"""Is something put here into what is unmapped, or given to who unmaps it?"""
		with open(file, errors='replace') as source:
			text = source.read()
		return any('::' in key or re.search(r'(?:->|\.)\s*%s\s*=[^=]' % re.escape(re.split(r'->|\.', key)[-1]), text) for key in keys)

	def verdict(self, file):
		if file not in self.verdicts:
			self.verdicts[file] = self.judge(file)
		return self.verdicts[file]

	def judge(self, file):
		keys = {}
		for what, one, p, sg in self.sites:
			if p.file == file:
				if one and re.search(r'[=(]|\+\+|--', sg):
					return 'the entry is given by an expression with a call or an assignment'
				if one and what == 'map' and re.search(r'\b(?:get|next)_\w+\(|[^=!<>]=[^=]|\+\+|--', self.devices[place(p)]):
					return 'the device is given by an expression with a call or an assignment'
				if one and what == 'map' and place(p) in self.unchecked - self.prepared:
					return 'whether mapping has failed is not looked at (line %s); decide what to do then' % p.line
				if one and what == 'map' and place(p) not in self.forms:
					return 'an entry is mapped within an expression that no rule knows (line %s)' % p.line
				if one and what == 'map' and self.undone(p, sg):
					return 'what could not be mapped (line %s) is unmapped at %s' % (p.line, self.undone(p, sg))
				keys.setdefault((what, one), set()).add(self.key(p, sg))
		m1, u1, s1 = (keys.get((w, True), set()) for w in ('map', 'unmap', 'sync'))
		mn, un, sn = (keys.get((w, False), set()) for w in ('map', 'unmap', 'sync'))
		if self.whole:
			pass
		elif not u1:
			return 'an entry that is mapped here on its own is unmapped elsewhere, or together with others'
		elif not m1:
			return 'an entry that is unmapped here on its own is mapped elsewhere, or together with others'
		if (m1 | u1 | s1) & (mn | un | sn):
			return 'the same entry is mapped or unmapped here as part of a longer list, too'
		if any(re.search(r'(?:->|\.)sgl$', key) for key in m1 | u1) and self.tables(file):
			return 'the same entry is mapped or unmapped here as part of a longer list, too'
		# An array whose entries are mapped one by one, or a pointer to one of them.
		members = [{re.split(r'->|\.', re.sub(r'\[.*?\]', '', key))[-1] for key in keys if '::' not in key} for keys in (m1, un - mn)]
		if members[0] & members[1] or not mn and self.given(file, un) or un != mn and m1 != u1:
			return 'lists of many entries are mapped or unmapped here, too, and may have the entry that is mapped on its own'
		return None

calls = Calls()

@one@
expression dev, sg, dir;
position p;
@@
(
 dma_map_sg@p(dev, sg, 1, dir)
|
 dma_map_sg_attrs@p(dev, sg, 1, dir, ...)
)

@undone depends on whole@
expression dev, sg, dir;
position p;
@@
(
 dma_unmap_sg@p(dev, sg, 1, dir)
|
 dma_unmap_sg_attrs@p(dev, sg, 1, dir, ...)
)

@script:python depends on whole@
@@
calls.whole = True

@used depends on one || undone@
identifier v;
@@
(
 dma_map_sg(..., v, ...)
|
 dma_map_sg_attrs(..., v, ...)
|
 dma_unmap_sg(..., v, ...)
|
 dma_unmap_sg_attrs(..., v, ...)
|
 dma_sync_sg_for_cpu(..., v, ...)
|
 dma_sync_sg_for_device(..., v, ...)
)

@alias@
identifier used.v;
expression e;
position p;
@@
 v@p = e

@declared@
identifier used.v;
type T;
expression e;
position p;
@@
 T v@p = e;

@script:python@
v << used.v; e << alias.e; p << alias.p;
@@
calls.alias(p, v, e)

@script:python@
v << used.v; e << declared.e; p << declared.p;
@@
calls.alias(p, v, e)

@map depends on one || undone@
expression dev, sg, n, dir;
position p;
@@
(
 dma_map_sg@p(dev, sg, n, dir)
|
 dma_map_sg_attrs@p(dev, sg, n, dir, ...)
)

@unmap depends on one || undone@
expression dev, sg, n, dir;
position p;
@@
(
 dma_unmap_sg@p(dev, sg, n, dir)
|
 dma_unmap_sg_attrs@p(dev, sg, n, dir, ...)
)

@sync depends on one || undone@
expression dev, sg, n, dir;
position p;
@@
(
 dma_sync_sg_for_cpu@p(dev, sg, n, dir)
|
 dma_sync_sg_for_device@p(dev, sg, n, dir)
)

@script:python@
dev << map.dev; sg << map.sg; n << map.n; p << map.p;
@@
calls.add('map', n, p, sg, dev)

@script:python@
dev << unmap.dev; sg << unmap.sg; n << unmap.n; p << unmap.p;
@@
calls.add('unmap', n, p, sg, dev)

@script:python@
dev << sync.dev; sg << sync.sg; n << sync.n; p << sync.p;
@@
calls.add('sync', n, p, sg, dev)

@form depends on one@
expression dev, sg, dir, e;
statement S;
position p;
@@
(
 e = dma_map_sg@p(dev, sg, 1, dir);
|
 e = dma_map_sg_attrs@p(dev, sg, 1, dir, ...);
|
 if (!dma_map_sg@p(dev, sg, 1, dir)) S
|
 if (dma_map_sg@p(dev, sg, 1, dir) == 0) S
|
 if (0 == dma_map_sg@p(dev, sg, 1, dir)) S
|
 if (dma_map_sg@p(dev, sg, 1, dir) <= 0) S
|
 if (dma_map_sg@p(dev, sg, 1, dir) < 1) S
|
 if (dma_map_sg@p(dev, sg, 1, dir) != 1) S
|
 if (unlikely(!dma_map_sg@p(dev, sg, 1, dir))) S
|
 if (unlikely(dma_map_sg@p(dev, sg, 1, dir) == 0)) S
|
 if (unlikely(0 == dma_map_sg@p(dev, sg, 1, dir))) S
|
 if (unlikely(dma_map_sg@p(dev, sg, 1, dir) <= 0)) S
|
 if (unlikely(dma_map_sg@p(dev, sg, 1, dir) < 1)) S
|
 if (unlikely(dma_map_sg@p(dev, sg, 1, dir) != 1)) S
)

// What is to be done about a failure must be decided by somebody.
@unchecked depends on one@
expression dev, sg, dir;
position p;
@@
(
 dma_map_sg@p(dev, sg, 1, dir);
|
 dma_map_sg_attrs@p(dev, sg, 1, dir, ...);
)

// Where the next thing is to prepare a descriptor, a failure of that can stand
// for one of mapping: nothing has been done in between.
@prepared depends on one@
expression dev, sg, dir, desc, e;
position p;
@@
 dma_map_sg@p(dev, sg, 1, dir);
 desc = dmaengine_prep_slave_sg(..., sg, 1, ...);
(
 if (!desc) {
	dev_err(...);
	return e;
 }
|
 if (!desc)
	return e;
)

// A function that begins with two, and whose callers look at what it returns,
// returns an error: there is nothing to undo but the first.
@paired depends on one@
identifier f;
expression dev, a, b, dir1, dir2;
position p, q;
@@
 f(...)
 {
 ... when any
 dma_map_sg@p(dev, a, 1, dir1);
 dma_map_sg@q(dev, b, 1, dir2);
 ... when any
 }

@script:python begun@
p << paired.p; q << paired.q; f << paired.f;
g;
@@
coccinelle.g = '__none'
if calls.returns(p[0], str(f)):
	coccinelle.g = str(f)
	for place_of in (p[0], q[0]):
		calls.forms.add(place(place_of))
		calls.prepared.add(place(place_of))

@script:python@
p << prepared.p; desc << prepared.desc; e << prepared.e;
@@
# What is returned then must not be the descriptor that there is not.
if plain(desc) not in plain(e):
	calls.forms.add(place(p[0]))
	calls.prepared.add(place(p[0]))

@script:python@
p << form.p;
@@
calls.forms.add(place(p[0]))

@script:python@
p << unchecked.p;
@@
calls.unchecked.add(place(p[0]))

@script:python depends on report@
p << one.p;
@@
reason = calls.verdict(p[0].file)
if reason:
	coccilib.report.print_report(p[0], 'not converted: ' + reason)
else:
	coccilib.report.print_report(p[0], 'one entry: use dma_map_phys()')

@script:python depends on org@
p << one.p;
@@
coccilib.org.print_todo(p[0], calls.verdict(p[0].file) or 'one entry: use dma_map_phys()')

// Nothing below here applies to what is not to be converted.
@script:python ok@
p << one.p;
@@
if calls.verdict(p[0].file):
	cocci.include_match(False)

@script:python ok2@
p << undone.p;
@@
if calls.verdict(p[0].file):
	cocci.include_match(False)

@depends on context && (ok || ok2)@
expression dev, sg, dir;
@@
(
* dma_map_sg(dev, sg, 1, dir)
|
* dma_map_sg_attrs(dev, sg, 1, dir, ...)
|
* dma_unmap_sg(dev, sg, 1, dir)
|
* dma_unmap_sg_attrs(dev, sg, 1, dir, ...)
|
* dma_sync_sg_for_cpu(dev, sg, 1, dir)
|
* dma_sync_sg_for_device(dev, sg, 1, dir)
)

@depends on patch && (ok || ok2)@
expression dev, sg, dir, desc, e;
@@
- dma_map_sg(dev, sg, 1, dir);
+ sg_dma_address(sg) = dma_map_phys(dev, sg_phys(sg), sg->length, dir, 0);
+ sg_dma_len(sg) = sg->length;
+ if (dma_mapping_error(dev, sg_dma_address(sg)))
+	return e;
 desc = dmaengine_prep_slave_sg(..., sg, 1, ...);
(
 if (!desc) {
	dev_err(...);
	return e;
 }
|
 if (!desc)
	return e;
)

@depends on patch && (ok || ok2)@
identifier begun.g;
expression dev, a, b, dir1, dir2;
@@
 g(...)
 {
 ... when any
- dma_map_sg(dev, a, 1, dir1);
+ sg_dma_address(a) = dma_map_phys(dev, sg_phys(a), a->length, dir1, 0);
+ sg_dma_len(a) = a->length;
+ if (dma_mapping_error(dev, sg_dma_address(a)))
+	return -ENOMEM;
- dma_map_sg(dev, b, 1, dir2);
+ sg_dma_address(b) = dma_map_phys(dev, sg_phys(b), b->length, dir2, 0);
+ sg_dma_len(b) = b->length;
+ if (dma_mapping_error(dev, sg_dma_address(b))) {
+	dma_unmap_phys(dev, sg_dma_address(a), sg_dma_len(a), dir1, 0);
+	return -ENOMEM;
+ }
 ... when any
 }

// dma_map_sg() never returned less than 0, so that a failure went unseen. What is
// not local may be looked at elsewhere.
@depends on patch && (ok || ok2)@
local idexpression e;
expression dev, sg, dir, e2;
constant c;
statement S;
@@
- e = dma_map_sg(dev, sg, 1, dir);
+ sg_dma_address(sg) = dma_map_phys(dev, sg_phys(sg), sg->length, dir, 0);
+ sg_dma_len(sg) = sg->length;
+ e = dma_mapping_error(dev, sg_dma_address(sg));
 if (
(
- e < 0
+ e
|
- unlikely(e < 0)
+ unlikely(e)
)
 ) S
 ... when != e
(
 e = e2;
|
 return c;
)

@depends on patch && (ok || ok2)@
expression dev, sg, dir, e;
@@
- e = dma_map_sg(dev, sg, 1, dir);
+ sg_dma_address(sg) = dma_map_phys(dev, sg_phys(sg), sg->length, dir, 0);
+ sg_dma_len(sg) = sg->length;
+ e = dma_mapping_error(dev, sg_dma_address(sg)) ? 0 : 1;

@depends on patch && (ok || ok2)@
expression dev, sg, dir, e, attrs;
@@
- e = dma_map_sg_attrs(dev, sg, 1, dir, attrs);
+ sg_dma_address(sg) = dma_map_phys(dev, sg_phys(sg), sg->length, dir, attrs);
+ sg_dma_len(sg) = sg->length;
+ e = dma_mapping_error(dev, sg_dma_address(sg)) ? 0 : 1;

// What is a condition is put in front of it; an else stays as it is.
@in_if depends on patch && (ok || ok2)@
expression dev, sg, dir;
statement S;
@@
+ sg_dma_address(sg) = dma_map_phys(dev, sg_phys(sg), sg->length, dir, 0);
+ sg_dma_len(sg) = sg->length;
 if (
(
- !dma_map_sg(dev, sg, 1, dir)
|
- dma_map_sg(dev, sg, 1, dir) == 0
|
- 0 == dma_map_sg(dev, sg, 1, dir)
|
- dma_map_sg(dev, sg, 1, dir) <= 0
|
- dma_map_sg(dev, sg, 1, dir) < 1
|
- dma_map_sg(dev, sg, 1, dir) != 1
|
- unlikely(!dma_map_sg(dev, sg, 1, dir))
|
- unlikely(dma_map_sg(dev, sg, 1, dir) == 0)
|
- unlikely(0 == dma_map_sg(dev, sg, 1, dir))
|
- unlikely(dma_map_sg(dev, sg, 1, dir) <= 0)
|
- unlikely(dma_map_sg(dev, sg, 1, dir) < 1)
|
- unlikely(dma_map_sg(dev, sg, 1, dir) != 1)
)
+ dma_mapping_error(dev, sg_dma_address(sg))
 ) S

@depends on patch && (ok || ok2)@
expression dev, sg, dir, attrs;
@@
(
- dma_unmap_sg(dev, sg, 1, dir)
+ dma_unmap_phys(dev, sg_dma_address(sg), sg_dma_len(sg), dir, 0)
|
- dma_unmap_sg_attrs(dev, sg, 1, dir, attrs)
+ dma_unmap_phys(dev, sg_dma_address(sg), sg_dma_len(sg), dir, attrs)
|
- dma_sync_sg_for_cpu(dev, sg, 1, dir)
+ dma_sync_single_for_cpu(dev, sg_dma_address(sg), sg_dma_len(sg), dir)
|
- dma_sync_sg_for_device(dev, sg, 1, dir)
+ dma_sync_single_for_device(dev, sg_dma_address(sg), sg_dma_len(sg), dir)
)

@depends on patch && (ok || ok2)@
expression x;
@@
- (&x)->length
+ x.length
