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
//# A table that is mapped into a local variable, and stored in the structure later, is
//# a list of the structure from the beginning: it has to be there before, and nothing in
//# between may look at it or free it. ranges_mapped is set where the table is stored.
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
walked = {}		# function: the tables
numbers = {}		# function: the tables it takes the number of entries of
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

# What cannot free or change the structure between a table is mapped and it is stored.
HARMLESS = re.compile(r'if|return|while|for|sizeof|IS_ERR(_OR_NULL)?|PTR_ERR|ERR_PTR|unlikely|likely|WARN_ON(_ONCE)?|'
		      r'for_each_(sgtable_dma_)?sg|sg_dma_(address|len)|sg_next|dev_\w+|pr_\w+|(lower|upper)_32_bits|kv?[mzc]alloc(_array|_objs?)?|'
		      r'cpu_to_\w+|write[bwlq](_relaxed)?|(mutex|spin)_(un)?lock\w*|dma_buf_\w+|min|max')

def local(p, tab, F):
	"""The structure whose field F a local table becomes, or nothing if that is not sure."""
	inside, tab, F = function(p), str(tab), str(F)
	head, _, body = inside.partition('\n{\n')
	maps = [m for m in re.finditer(r'\n\t%s\s*=\s*dma_buf_map_attachment\w*\([^;]*;' % tab, body)]
	stores = [m for m in re.finditer(r'\n\t(\w+)->%s\s*=\s*%s;' % (F, tab), body)]
	if len(maps) != 1 or len(stores) != 1 or stores[0].start() < maps[0].end() or \
	   len(re.findall(r'->\s*%s\s*=\s*%s\b' % (F, tab), code(p))) != 1:
		return ''
	if not re.search(r'\n\tstruct sg_table (?:\*\w+, )*\*%s(?:, \*\w+)*;' % tab, body) or \
	   len(re.findall(r'(?<![>.\w])%s\s*=[^=]' % tab, body)) != 1:
		return ''
	x = stores[0].group(1)
	# Nothing is mapped where mapping has failed.
	failed = re.compile(r'\s*if \(IS_ERR(?:_OR_NULL)?\(%s\)\)\s*(?:\{[^{}]*\n\t\t(?:return|goto)\b[^;{}]*;\s*\}|'
			    r'(?:return|goto)\b[^;{}]*;)' % tab).match(body, maps[0].end())
	if not failed:
		return ''
	before, between = body[:maps[0].start()], body[failed.end():stores[0].start()]
	last = [m.start() for m in re.finditer(r'(?<![>.\w])%s\b' % tab, body)][-1]
	bare = r'(?<![>.\w])%s\b(?!->)' % x
	# It is there before, and is still the same.
	if not re.search(r'\b%s\b' % x, head) and not re.search(r'(?<![>.\w])%s\s*=[^=]' % x, before):
		return ''
	if re.search(r'(?<![>.\w])%s\s*(?:=[^=]|\+\+|--|[-+]=)|(?:\+\+|--|&)%s\b(?!->)' % (x, x), body[maps[0].start():]):
		return ''
	if re.search(r'^\w+:', before, re.M) or re.search(bare, between) or \
	   re.search(r'(?:->|\.)\s*%s\b' % F, between):
		return ''
	if [name for name in re.findall(r'\b(\w+)\s*\(', between) if not HARMLESS.fullmatch(name)]:
		return ''
	# Nothing that could free it, as long as the table is used.
	rest = body[stores[0].end():last]
	if re.search(bare, rest) or re.search(r'&%s->' % x, rest):
		return ''
	# Nor by another name: what it was taken from, or what has a pointer to it.
	others = ' '.join(re.findall(r'(?<![>.\w])%s\s*=([^=;][^;]*);' % x, body) + re.findall(r'([\w>.-]+)\s*=\s*%s;' % x, body))
	others = '|'.join(set(re.findall(r'(?<![>.\w])[a-z_]\w*\b(?!\s*\()', others)) - {tab})
	if others and re.search(r'\b(?!(?:%s)\s*\()\w+\s*\([^;{}]*(?<![>.\w])(?:%s)\b' % (HARMLESS.pattern, others), rest):
		return ''
	# Nor have it mapped again by others.
	if re.search(r'->\s*%s\s*=\s*NULL' % F, rest) and re.search(r'unlock(?!ed)', rest):
		return ''
	return x

def owner(p, tab, F):
	"""The structure, and the local variable that has the table first, if any."""
	direct = re.fullmatch(r'(\w+)\s*->\s*%s' % F, str(tab))
	if direct:
		return direct.group(1), '__none'
	if re.fullmatch(r'\w+', str(tab)):
		return local(p, tab, F), str(tab)
	return '', ''

def attachment(p, x, st, a):
	"""The field that has what is attached."""
	field = re.match(r'%s->(\w+)$' % x, a)
	if field:
		return field.group(1)
	if st == '__none' or not re.match(r'\w+$', a):
		return ''
	# Stored before it is wanted, and no other.
	inside = function(p)
	stores = [m for m in re.finditer(r'\n\t%s->(\w+) = %s;' % (x, a), inside)]
	loop = re.search(r'\bfor_each_sg', inside)
	if len(stores) != 1 or len(re.findall(r'(?<![>.\w])%s\s*=[^=]' % a, inside)) > 1 or \
	   loop and loop.start() < stores[0].start():
		return ''
	field = stores[0].group(1)
	text = code(p)
	return field if len(re.findall(r'->%s\s*=[^=]' % field, text)) == \
		1 + len(re.findall(r'->%s\s*=\s*NULL;' % field, text)) else ''

def copied(text, T):
	"""Whether a structure may be copied, in another, too."""
	if re.search(r'\w*(?:memcpy|memmove|realloc|memdup)\w*\s*\(|\bswap\s*\(', text):
		return True
	types, found = '', T
	while types != found:
		types = found
		found = '|'.join([T] + [name for name, body in re.findall(r'\bstruct\s+(\w+)\s*\{(.*?)\n\}', text, re.S)
				       if name != T and re.search(r'\bstruct\s+(?:%s)\s+\w' % types, body)])
	# It is given or returned as it is.
	if re.search(r'[(,]\s*(?:const\s+)?struct\s+(?:%s)\s+\w+\s*[,)]|\bstruct\s+(?:%s)\s+\w+\s*\(' % (types, types), text):
		return True
	lists = re.findall(r'\bstruct\s+(?:%s)\s+(\w[^;(=]*)' % types, text)
	whole = '|'.join({name for names in lists for name in re.findall(r'(?<![*\w])\w+', re.sub(r'\[[^]]*\]|\*\s*\w+', '', names))})
	lists = re.findall(r'\bstruct\s+(?:%s)\s*(\*[^;(={]*)' % types, text)
	pointers = '|'.join({name for names in lists for name in re.findall(r'\*\s*(?:const\s+)?(\w+)', names)})
	new = r'(?![=\s]|\s*(?:\{|\(\s*struct\b))'
	return whole and re.search(r'\b(?:%s)\s*(?:\[[^]]*\]\s*)*=\s*%s|=\s*(?!&)[\w\s>.*()\[\]-]*\b(?:%s)\s*(?:\[[^]]*\]\s*)*;' % (whole, new, whole), text) or \
		pointers and re.search(r'\*\s*(?:%s)\s*=\s*%s[^;]*;|\b(?:%s)\s*\[[^]]*\]\s*=\s*%s' % (pointers, new, pointers, new),
				       re.sub(r'\n\t+struct\s+\w+\s*\*[^;{}]*;', ';', text))

def leaves(inside, tab):
	"""Whether the function goes on only if it is mapped."""
	failed = re.search(r'\bif \((?:IS_ERR|IS_ERR_OR_NULL)\(%s\)\)\s*' % tab, inside)
	if not failed:
		return False
	rest = inside[failed.end():]
	if rest[0] != '{':
		return bool(re.match(r'(?:return|goto)\b', rest))
	depth = 0
	for at, c in enumerate(rest):
		depth += {'{': 1, '}': -1}.get(c, 0)
		if not depth:
			break
	return bool(re.search(r'[;{}]\s*(?:return|goto)\b[^;{}]*;\s*$', rest[:at])) and not re.match(r'\s*else\b', rest[at + 1:])

def verdict(p, x, st, T, F, tab, a):
	"""What to write, or nothing if something else is done with the table."""
	text, x, st, F, tab = code(p), str(x), str(st), str(F), re.escape(re.sub(r'\s', '', str(tab)))
	with open(p[0].file, errors='replace') as file:
		whole = file.read()
	# What describes it would be wrong then.
	if re.search(r'@%s\b|\bsg_table\s*\*\s*%s\s*;[ \t]*/[/*].*\b(?:NULL|tables?|sgt?|scatter\w*)\b' % (F, F), whole):
		return {}
	squeezed, none = re.sub(r'\s', '', str(a)), '__none'
	lines = text.split('\n')
	uses = [where for where in known if re.match(r'%s\b' % F, lines[int(where[0]) - 1][int(where[1]):])]
	if p[0].file in wrong or len(re.findall(r'(?:->|\.)\s*%s\b' % F, text)) != len(uses):
		return {}
	fields = len(re.findall(r'\bsg_table\s*\*\s*%s\s*;' % F, text))
	if fields != (2 if st == F else 1) or re.search(r'\b(?:ranges|ranges_mapped)\b', text):
		return {}
	if re.search(r'\bstruct\s+%s\s*,\s*%s\b' % (T, F), text):
		return {}
	# It is initialised before it is mapped, and that once.
	if len(re.findall(r'\bdma_buf_map_attachment(?:_unlocked)?\b', text)) != 1:
		return {}
	if p[0].file not in tested and re.search(r'(?:\)|:|\belse)\s*\w+->%s\s*=\s*NULL' % F, text):
		return {}
	if re.search(r'=\s*&\s*sg_dma_(?:address|len)\b', text):
		return {}
	# An object must stay where it is.
	if copied(text, str(T)):
		return {}
	inside = function(p)
	if p[0].file in tested and st == none and not leaves(inside, tab):
		return {}
	if st != none and times(inside, st) != len(entries.get((where(p), st), ())):
		return {}
	attach = attachment(p, x, st, squeezed)
	for f, (sg, i, place) in walks.items():
		if not attach or not walk_of(f):
			return {}
	if set(numbers) - set(walks):
		return {}
	if len(re.findall(r'\bIS_ERR(?:_OR_NULL)?\(%s\)' % tab, inside)) != 1 or \
	   st == none and len(re.findall(r'\b(?:IS_ERR(?:_OR_NULL)?|PTR_ERR|ERR_CAST)\(%s\)' % tab, text)) != \
	   len(re.findall(r'\b(?:IS_ERR(?:_OR_NULL)?|PTR_ERR|ERR_CAST)\(%s\)' % tab, inside)):
		return {}
	e = errors.get(where(p), '')
	integer = r'\b(?:int|long|ssize_t)\s+(?:\w+(?:\s*=[^,;]*)?,\s*)*%s\b' % e
	if where(p) in stale or not re.search(integer, inside) or len(re.findall(r'(?:PTR_ERR|ERR_CAST)\(%s\)' % tab, inside)) != 1:
		e = ''
	err = next((name for name in ('err', 'error') if not re.search(r'\b%s\b' % name, inside)), '')
	# Declarations end with an empty line.
	declares = re.match(r'\s*(?:\w+[\s*]+)+\w+(?:\s*=|;|,)', inside.split('\n{\n', 1)[-1])
	return {
		'f': where(p), 'e': e or none, 'err': err, 'attach': attach or none,
		'flag': F if p[0].file in tested else none,
		'plain': none if p[0].file in tested else F,
		'declares': where(p) if declares else none, 'begins': none if declares else where(p),
		'asked': 'ranges' if p[0].file in tested and st == none else none,
	}

def walk_of(f):
	"""(whether entries are numbered, whether limits are known), or nothing if a loop cannot be changed."""
	sg, i, place = walks[f]
	inside = function(place)
	if times(inside, sg) != len(entries.get((f, sg), ())):
		return ()
	if re.search(r'\b(?:seg|limits)\b|[^;{}\s]\s*\bfor_each_sg(?:table_dma_sg)?\b', inside):
		return ()
	counted = times(inside, i) != len(entries.get((f, i), ())) + 1
	if counted and (re.search(r'\bcontinue\b', inside) or
			any(re.search(r'\b%s\s*(?:\+\+|--|[-+*/|&]?=[^=])|(?:\+\+|--|&)\s*%s\b' % (i, i), re.split(r'\n\t\}', loop)[0])
			    for loop in re.split(r'\bfor_each_sg(?:table_dma_sg)?\b', inside)[1:])):
		return ()
	if f in numbers:
		# The number is taken first, on every way to the loop.
		at = re.search(r'\n\t[^\n;]*=\s*\w+(?:->\w+)?->nents;', inside)
		loop = re.search(r'\bfor_each_sg', inside)
		if len(numbers[f]) != 1 or set(numbers[f]) != walked[f] or not at or at.end() > loop.start() or \
		   re.search(r'^\w+:', inside[:loop.start()], re.M):
			return ()
	return counted, f in numbers

// The field.

@kept@
iterator name dma_range_for_each_unlimited;
identifier T, F;
@@
 struct T {
 ...
 struct sg_table *F;
 ...
 };

@map@
expression tab, a, d;
position p;
statement S;
@@
(
 tab = dma_buf_map_attachment@p(a, d);
|
 tab = dma_buf_map_attachment_unlocked@p(a, d);
)
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(tab)) S

@script:python bound@
p << map.p; tab << map.tab; T << kept.T; F << kept.F;
x; st;
@@
coccinelle.x, coccinelle.st = owner(p, tab, F)
if not coccinelle.x:
	cocci.include_match(False)

@filled@
identifier bound.x, kept.F;
position map.p, k;
@@
(
 x->F@k = dma_buf_map_attachment@p(...);
|
 x->F@k = dma_buf_map_attachment_unlocked@p(...);
)

@script:python@
k << filled.k; x << bound.x; T << kept.T;
@@
seen(k, x, T)

@failed@
identifier bound.x, kept.F;
expression e;
position k;
@@
(
 IS_ERR(x->F@k)
|
 IS_ERR_OR_NULL(x->F@k)
|
 e = PTR_ERR(x->F@k)
)

@script:python@
k << failed.k; x << bound.x; T << kept.T;
@@
seen(k, x, T)

@gone@
identifier bound.x, kept.F;
position k;
@@
(
 return PTR_ERR(x->F@k);
|
 return ERR_CAST(x->F@k);
)

@script:python@
k << gone.k; x << bound.x; T << kept.T;
@@
seen(k, x, T)

// It is never NULL.
@either@
identifier bound.x, kept.F;
constant c;
position k, q;
@@
 x->F@k ? PTR_ERR(x->F@q) : \(c\|-c\)

@script:python@
k << either.k; q << either.q; x << bound.x; T << kept.T;
@@
seen(k, x, T)
seen(q, x, T)

@stored@
identifier bound.x, bound.st, kept.F;
position k, q;
@@
 x->F@k = st@q;

@script:python@
k << stored.k; q << stored.q; x << bound.x; st << bound.st; T << kept.T;
@@
seen(k, x, T)
entry(q, st)

@mine@
identifier bound.st;
expression e, x, y;
position k;
@@
(
 st@k = \(dma_buf_map_attachment\|dma_buf_map_attachment_unlocked\)(...)
|
 IS_ERR(st@k)
|
 IS_ERR_OR_NULL(st@k)
|
 e = PTR_ERR(st@k)
|
 dma_buf_unmap_attachment(x, st@k, y)
|
 dma_buf_unmap_attachment_unlocked(x, st@k, y)
)

@script:python@
k << mine.k; st << bound.st;
@@
entry(k, st)

@returned@
identifier bound.st;
position k;
@@
(
 return PTR_ERR(st@k);
|
 return ERR_CAST(st@k);
)

@script:python@
k << returned.k; st << bound.st;
@@
entry(k, st)

@declared@
identifier bound.st;
position k;
@@
 struct sg_table *st@k;

@script:python@
k << declared.k; st << bound.st;
@@
entry(k, st)

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
expression w;
identifier sg, i;
iterator name for_each_sgtable_dma_sg, for_each_sg;
position k, s, n;
statement S;
@@
(
 for_each_sgtable_dma_sg@k(w, sg@s, i@n) S
|
 for_each_sg@k(w->sgl, sg@s, w->nents, i@n) S
)

@script:python goes@
k << walk.k; w << walk.w; sg << walk.sg; s << walk.s; i << walk.i; n << walk.n;
p << map.p; x << bound.x; st << bound.st; F << kept.F;
y;
@@
field = re.fullmatch(r'(\w+)\s*->\s*%s' % F, str(w))
if field:
	coccinelle.y = field.group(1)
elif str(w) == str(st) and where(k) == where(p):
	coccinelle.y = str(x)
else:
	cocci.include_match(False)
if field or str(w) == str(st) and where(k) == where(p):
	entry(s, sg)
	entry(n, i)
	walked.setdefault(where(k), set()).add(re.sub(r'\s', '', str(w)))
	if walks.setdefault(where(k), (str(sg), str(i), k))[:2] != (str(sg), str(i)):
		wrong.add(k[0].file)

@walked@
identifier kept.F, sg, i;
expression E;
iterator name for_each_sgtable_dma_sg, for_each_sg;
position k;
statement S;
@@
(
 for_each_sgtable_dma_sg(E->F@k, sg, i) S
|
 for_each_sg(E->F@k->sgl, sg, E->F->nents, i) S
)

@script:python@
k << walked.k; E << walked.E; T << kept.T;
@@
seen(k, E, T)

@walked_to@
identifier kept.F, sg, i;
expression E;
iterator name for_each_sg;
position k;
statement S;
@@
 for_each_sg(E->F->sgl, sg, E->F@k->nents, i) S

@script:python@
k << walked_to.k; E << walked_to.E; T << kept.T;
@@
seen(k, E, T)

@walked_local@
identifier bound.st, sg, i;
iterator name for_each_sgtable_dma_sg, for_each_sg;
position k;
statement S;
@@
(
 for_each_sgtable_dma_sg(st@k, sg, i) S
|
 for_each_sg(st@k->sgl, sg, st->nents, i) S
)

@script:python@
k << walked_local.k; st << bound.st;
@@
entry(k, st)

@walked_local_to@
identifier bound.st, sg, i;
iterator name for_each_sg;
position k;
statement S;
@@
 for_each_sg(st->sgl, sg, st@k->nents, i) S

@script:python@
k << walked_local_to.k; st << bound.st;
@@
entry(k, st)

// How many there are.

@number@
identifier kept.F;
expression E, e;
position k;
@@
 e = E->F@k->nents;

@script:python@
k << number.k; E << number.E; T << kept.T; F << kept.F;
@@
seen(k, E, T)
numbers.setdefault(where(k), []).append('%s->%s' % (E, F))

@number_local@
identifier bound.st;
expression e;
position k;
@@
 e = st@k->nents;

@script:python@
k << number_local.k; p << map.p; st << bound.st;
@@
if where(k) == where(p):
	entry(k, st)
	numbers.setdefault(where(k), []).append(str(st))

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
wrong.add(s[0].file)

// What takes the error, and whether it had a value that is still wanted.

@code@
identifier e;
expression map.tab;
position k;
@@
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(tab)) { ... e@k = PTR_ERR(tab); ... }

@script:python@
e << code.e; k << code.k;
@@
errors[where(k)] = str(e)

@again exists@
identifier code.e;
expression map.tab, y;
position map.p, q;
statement S;
@@
 tab = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(tab)) S
 ... when != e = y
(
 e = y
|
 e@q
)

@script:python@
q << again.q;
@@
stale.add(where(q))

@script:python good@
p << map.p; tab << map.tab; a << map.a; x << bound.x; st << bound.st; F << kept.F; T << kept.T;
f; e; err; attach; flag; plain; asked; declares; begins;
@@
found = verdict(p, x, st, T, F, tab, a)
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
identifier good.f;
expression map.tab;
@@
 f(...)
 {
 <...
(
*tab = dma_buf_map_attachment(...);
|
*tab = dma_buf_map_attachment_unlocked(...);
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

// What is stored later is known later.

@depends on patch@
identifier good.f, bound.x, bound.st, good.plain;
@@
 f(...)
 {
 <...
-x->plain = st;
 ...>
 }

@depends on patch@
identifier good.f, bound.x, bound.st, good.flag;
@@
 f(...)
 {
 <...
-x->flag = st;
+x->ranges_mapped = true;
 ...>
 }

// It is never NULL.

@depends on patch@
identifier good.f;
expression map.tab;
@@
 f(...)
 {
 <...
-IS_ERR_OR_NULL(tab)
+IS_ERR(tab)
 ...>
 }

// A variable that takes the error anyway takes it from the call.

@depends on patch@
identifier good.f, good.e, bound.x, l;
expression map.tab, map.a, map.d;
@@
 f(...)
 {
 <...
(
-tab = dma_buf_map_attachment(a, d);
-if (IS_ERR(tab)) {
-e = PTR_ERR(tab);
+dma_range_list_init(&x->ranges);
+e = dma_buf_map_ranges(a, &x->ranges, d);
+if (e)
 goto l;
-}
|
-tab = dma_buf_map_attachment(a, d);
-if (IS_ERR(tab)) {
-e = PTR_ERR(tab);
+dma_range_list_init(&x->ranges);
+e = dma_buf_map_ranges(a, &x->ranges, d);
+if (e)
 return ...;
-}
|
-tab = dma_buf_map_attachment(a, d);
-if (IS_ERR(tab))
+dma_range_list_init(&x->ranges);
+e = dma_buf_map_ranges(a, &x->ranges, d);
+if (e)
 {
 ...
-e = PTR_ERR(tab);
 ...
 }
|
-tab = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(tab)) {
-e = PTR_ERR(tab);
+dma_range_list_init(&x->ranges);
+e = dma_buf_map_ranges_unlocked(a, &x->ranges, d);
+if (e)
 goto l;
-}
|
-tab = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(tab)) {
-e = PTR_ERR(tab);
+dma_range_list_init(&x->ranges);
+e = dma_buf_map_ranges_unlocked(a, &x->ranges, d);
+if (e)
 return ...;
-}
|
-tab = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(tab))
+dma_range_list_init(&x->ranges);
+e = dma_buf_map_ranges_unlocked(a, &x->ranges, d);
+if (e)
 {
 ...
-e = PTR_ERR(tab);
 ...
 }
)
 ...>
 }

// Or there is one for it.

@fresh depends on patch@
identifier good.f, good.err, bound.x;
expression map.tab, map.a, map.d;
statement S;
@@
 f(...)
 {
 <+...
(
-tab = dma_buf_map_attachment(a, d);
-if (IS_ERR(tab))
+dma_range_list_init(&x->ranges);
+err = dma_buf_map_ranges(a, &x->ranges, d);
+if (err)
 S
|
-tab = dma_buf_map_attachment_unlocked(a, d);
-if (IS_ERR(tab))
+dma_range_list_init(&x->ranges);
+err = dma_buf_map_ranges_unlocked(a, &x->ranges, d);
+if (err)
 S
)
 ...+>
 }

@depends on fresh@
identifier good.f, good.err;
expression map.tab;
constant c;
@@
 f(...)
 {
 <...
(
-tab ? PTR_ERR(tab) : c
+err
|
-tab ? PTR_ERR(tab) : -c
+err
|
-PTR_ERR(tab)
+err
|
-ERR_CAST(tab)
+ERR_PTR(err)
)
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
identifier good.f, good.asked, bound.x, e;
statement S;
@@
 f(...)
 {
 <...
 e = \(dma_buf_map_ranges\|dma_buf_map_ranges_unlocked\)(..., &x->asked, ...);
 if (e) S
+x->ranges_mapped = true;
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

@script:python inside@
k << walk.k; f << good.f; i << walk.i; y << goes.y;
g; counted; idle; limited; numbered;
@@
number, known_before = walk_of(where(k))
none = '__none'
coccinelle.g = where(k)
coccinelle.counted = i if number else none
coccinelle.idle = none if number else i
coccinelle.limited = none if known_before else 'limits'
coccinelle.numbered = where(k) if known_before else none

@depends on patch@
identifier inside.g, inside.counted, goes.y, walk.sg;
expression walk.w;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
statement S;
@@
 g(...)
 {
 <...
(
-for_each_sgtable_dma_sg(w, sg, counted)
+counted = 0;
+dma_range_for_each_segment(&y->ranges, &limits, seg)
 {
 ...
+counted++;
 }
|
-for_each_sgtable_dma_sg(w, sg, counted)
+counted = 0;
+dma_range_for_each_segment(&y->ranges, &limits, seg) {
 S
+counted++;
+}
|
-for_each_sg(w->sgl, sg, w->nents, counted)
+counted = 0;
+dma_range_for_each_segment(&y->ranges, &limits, seg)
 {
 ...
+counted++;
 }
|
-for_each_sg(w->sgl, sg, w->nents, counted)
+counted = 0;
+dma_range_for_each_segment(&y->ranges, &limits, seg) {
 S
+counted++;
+}
)
 ...>
 }

@depends on patch@
identifier inside.g, inside.idle, goes.y, walk.sg;
expression walk.w;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
statement S;
@@
 g(...)
 {
 <...
(
-for_each_sgtable_dma_sg(w, sg, idle)
+dma_range_for_each_segment(&y->ranges, &limits, seg)
 S
|
-for_each_sg(w->sgl, sg, w->nents, idle)
+dma_range_for_each_segment(&y->ranges, &limits, seg)
 S
)
 ...>
 }

@depends on patch@
symbol seg;
identifier inside.g, inside.limited, goes.y, good.attach;
iterator name dma_range_for_each_segment;
statement S;
@@
 g(...)
 {
 <...
+limits = dma_range_device_limits(y->attach->dev);
 dma_range_for_each_segment(&y->ranges, &limited, seg)
 S
 ...>
 }

@depends on patch@
identifier inside.numbered, goes.y, good.attach;
expression walk.w, e;
@@
 numbered(...)
 {
 <...
-e = w->nents;
+limits = dma_range_device_limits(y->attach->dev);
+e = dma_range_nr_segments(&y->ranges, &limits);
 ...>
 }

@depends on patch@
identifier inside.g, walk.sg, v;
type T;
@@
 g(...)
 {
 <...
 T v =
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
identifier inside.g, inside.idle;
expression E;
type T;
@@
 g(...)
 {
 <...
(
-T idle;
|
-T idle = E;
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
identifier good.f, bound.x, bound.st;
expression b, d;
@@
 f(...)
 {
 <...
(
-dma_buf_unmap_attachment(b, st, d)
+dma_buf_unmap_ranges(b, &x->ranges, d)
|
-dma_buf_unmap_attachment_unlocked(b, st, d)
+dma_buf_unmap_ranges_unlocked(b, &x->ranges, d)
)
 ...>
 }

@depends on patch@
identifier good.f, bound.st;
@@
 f(...)
 {
 <...
-struct sg_table *st;
 ...>
 }

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
