// SPDX-License-Identifier: GPL-2.0
///
/// Tell why the importer of a dma-buf is not converted.
///
//# Nothing is changed by this.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Family: other importers
// Keywords: dma_buf_map_attachment dma_buf_map_attachment_unlocked

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re
pages = set()
domains = set()
left = set()		# in functions: still mapped at the end
kept = {}		# where else the table is put
passed = set()
numbers = set()
refused = {}		# in functions: where all but one entry are refused
firsts = {}		# in functions: where the first is looked at
lengths = set()		# in functions: more is done with its length than to compare it
checked = set()		# places where the next statement looks whether it has failed
printed = set()
calls = {}

PRINTS = re.compile(r'printk|(?:dev|pr|drm)_[a-z]+|DRM_[A-Z_]+')
HARMLESS = re.compile(r'IS_ERR(?:_OR_NULL)?|PTR_ERR(?:_OR_ZERO)?|ERR_CAST|dma_buf_unmap_attachment(?:_unlocked)?|for_each_\w+')

def strip(text):
	"""Without comments and strings, and as long as before."""
	def blank(match):
		return re.sub(r'[^\n]', ' ', match.group(0))
	return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)

# What importer_field.cocci knows.
PLAIN = (
	r'%s=dma_buf_map_attachment(_unlocked)?\(', r'if\(!?%s\)', r'WARN_ON\(!?%s\)', r'(&&|\|\|)!?%s(?=[)&|])',
	r'[(]!?%s(?=&&|\|\|)', r'(IS_ERR|IS_ERR_OR_NULL|PTR_ERR|returnERR_CAST)\(%s\)', r'dma_buf_unmap_attachment(_unlocked)?\([^;]*,%s,',
	r'for_each_sgtable_dma_sg\(%s,', r'for_each_sg\(%s->sgl,', r',%s->nents,', r'=%s->nents;', r'[\w>)]?%s=(NULL|\w+);',
	r'%s\?PTR_ERR', r'=%s;', r'sg_table\*(\w+,\*)*%s[,;]',
)

def obstacle(name, place, table, function):
	"""The first use of a table that is kept which no rule knows, as the rest of a sentence."""
	field = re.split(r'->|\.', place)[-1].split('[')[0]
	with open(name, errors='replace') as file:
		text = file.read()
	whole, text = text, strip(text)
	outside = re.sub(r'(?s)\n\{.*?\n\}', '', text)
	if re.search(r'\bsg_table\s*\*\s*%s\s*\[' % field, outside):
		return ': it is one of an array'
	if not re.search(r'\bsg_table\s*\*\s*%s\s*;' % field, outside):
		return ': its structure is not defined in this file'
	if len(re.findall(r'\bdma_buf_map_attachment(?:_unlocked)?\s*\(', text)) > 1:
		return ': more than one is mapped in this file'
	if re.search(r'@%s\b|\bsg_table\s*\*\s*%s\s*;[ \t]*/[/*].*\b(?:NULL|tables?|sgt?|scatter\w*)\b' % (field, field), whole):
		return ': it is described in a comment, which would be wrong then'
	uses = list(re.finditer(r'\b\w+(?:(?:->|\.)\w+|\[[^\]]*\])*(?:->|\.)%s\b' % field, text))
	body = re.search(r'\b%s\s*\([^;{}]*\)\s*\n\{.*?\n\}' % function, text, re.S)
	if body and re.match(r'\w+$', table):
		uses += re.compile(r'(?<![>.\w])%s\b' % table).finditer(text, body.start(), body.end())
	for match in uses:
		# The statement, or what is in front of a block.
		first = max(text.rfind(c, 0, match.start()) for c in ';{}') + 1
		last = min([at for at in (text.find(c, match.end()) for c in ';{}') if at >= 0] or [len(text)]) + 1
		statement = ' '.join(text[first:last].rstrip('{}').split())
		squeezed = re.sub(r'\s', '', text[first:last])
		own = re.escape(re.sub(r'\s', '', match.group(0)))
		if sum(len(re.findall(form % own, squeezed)) for form in PLAIN) >= len(re.findall(r'(?<!_)%s\b' % own, squeezed)) and \
		   not re.search(r'%s(\.|->(?!sgl\b|nents\b))' % own, squeezed):
			if not re.search(r'\b(IS_ERR|IS_ERR_OR_NULL|PTR_ERR)\(%s\)' % own, squeezed):
				continue
			# An error is only known where it is mapped.
			heads = re.findall(r'\b(\w+)\s*\([^;{}]*\)\s*\n\{', text[:match.start()])
			if not heads or heads[-1] == function:
				continue
		heads = re.findall(r'\b(\w+)\s*\([^;{}]*\)\s*\n\{', text[:match.start()])
		if heads:
			return ': %s() has "%s"' % (heads[-1], statement[:77] + '...' if len(statement) > 80 else statement)
	return ''

def reason(p, table):
	function = p.current_element
	if p.file in domains:
		return 'an imported table is mapped into an IOMMU domain in this file, by its pages: dma_buf_map_iommu() is for that'
	if p.file in pages:
		return 'pages of a table are looked at in this file, and those of an imported one belong to the exporter'
	place = str(table) if re.search(r'->|\.', str(table)) else kept.get(function)
	if place:
		place = re.sub(r'\s', '', place)
		return 'the table is kept in %s, which has to become a struct dma_range_list everywhere%s' % \
			(place, obstacle(p.file, place, str(table), function))
	if function in passed:
		return 'the table goes on to other functions'
	if function in left:
		return 'the table may still be mapped at the end of the function, and a list has to stay where it is'
	if function in numbers or function in refused and min(firsts.get(function, refused[function])) < min(refused[function]):
		return 'the number of entries is used for more than to refuse all but one'
	if function in printed:
		return 'the table, or PTR_ERR() of it, is printed: put the error into a variable, and print that'
	if calls[function] > 1:
		return 'more than one table is mapped in this function'
	if function in lengths:
		return 'the length of the first entry is used for more than to compare it, and that of a range has more bits'
	if function in firsts and function not in refused:
		return 'the first entry is taken for all, and there is no error for a buffer that is scattered'
	if (p.line, p.column) not in checked:
		return 'whether mapping has failed is not looked at in the next statement'
	return 'its entries are used in a way that no rule knows'

@domain@
iterator name dma_range_for_each_unlimited, dma_range_for_each_segment;
position p;
@@
(
 iommu_map_sgtable@p(...)
|
 iommu_map_sg@p(...)
)

@script:python@
p << domain.p;
@@
domains.add(p[0].file)

@page@
position p;
@@
(
 sg_page@p(...)
|
 sg_phys@p(...)
|
 sg_virt@p(...)
|
 drm_prime_sg_to_page_array@p(...)
|
 sg_page_iter_page@p(...)
)

@script:python@
p << page.p;
@@
pages.add(p[0].file)

@call@
expression table;
position p;
@@
(
 table = dma_buf_map_attachment@p(...)
|
 table = dma_buf_map_attachment_unlocked@p(...)
)

@script:python@
p << call.p;
@@
calls[p[0].current_element] = calls.get(p[0].current_element, 0) + 1

@check@
expression call.table;
position p;
statement S;
@@
(
 table = dma_buf_map_attachment@p(...);
|
 table = dma_buf_map_attachment_unlocked@p(...);
)
 if (\(IS_ERR\|IS_ERR_OR_NULL\)(table)) S

@script:python@
p << check.p;
@@
checked.add((p[0].line, p[0].column))

@first@
expression call.table;
position p;
@@
(
 sg_dma_address@p(table->sgl)
|
 sg_dma_len@p(table->sgl)
)

@script:python@
p << first.p;
@@
firsts.setdefault(p[0].current_element, set()).add(int(p[0].line))

@compared@
expression call.table, E;
position p;
@@
(
 sg_dma_len@p(table->sgl) < E
|
 sg_dma_len@p(table->sgl) != E
|
 E > sg_dma_len@p(table->sgl)
|
 E != sg_dma_len@p(table->sgl)
)

@length@
expression call.table;
position p != compared.p;
@@
 sg_dma_len@p(table->sgl)

@script:python@
p << length.p;
@@
lengths.add(p[0].current_element)

@keep@
expression call.table, E;
identifier f;
position p;
@@
 E->f =@p table

@script:python@
E << keep.E; f << keep.f; p << keep.p;
@@
kept[p[0].current_element] = '%s->%s' % (E, f)

@hold@
expression call.table, E;
identifier f;
position p;
@@
 E.f =@p table

@script:python@
E << hold.E; f << hold.f; p << hold.p;
@@
kept[p[0].current_element] = '%s.%s' % (E, f)

@pass@
expression call.table;
identifier f;
position p;
@@
 f@p(..., table, ...)

@script:python@
p << pass.p; f << pass.f;
@@
if PRINTS.fullmatch(f):
	printed.add(p[0].current_element)
elif not HARMLESS.fullmatch(f):
	passed.add(p[0].current_element)

@print@
expression call.table;
identifier f;
position p;
@@
 f@p(..., PTR_ERR(table), ...)

@script:python@
p << print.p; f << print.f;
@@
if PRINTS.fullmatch(f):
	printed.add(p[0].current_element)

@limit@
expression call.table;
iterator name for_each_sg;
statement S;
position p;
@@
 for_each_sg(table->sgl, ..., table->nents@p, ...) S

@refuse@
expression call.table;
identifier l;
position p;
@@
(
 if (\(table->nents@p > 1\|table->nents@p != 1\)) goto l;
|
 if (\(table->nents@p > 1\|table->nents@p != 1\)) return ...;
|
 if (\(table->nents@p > 1\|table->nents@p != 1\)) { ... goto l; }
|
 if (\(table->nents@p > 1\|table->nents@p != 1\)) { ... return ...; }
)

@script:python@
p << refuse.p;
@@
refused.setdefault(p[0].current_element, set()).add(int(p[0].line))

@number@
expression call.table;
position p != {limit.p, refuse.p};
@@
 table->nents@p

@script:python@
p << number.p;
@@
numbers.add(p[0].current_element)

@end exists@
expression call.table;
position call.p, q;
statement S;
@@
 table = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if@q (\(IS_ERR\|IS_ERR_OR_NULL\)(table)) S
 ... when != dma_buf_unmap_attachment(..., table, ...)
     when != dma_buf_unmap_attachment_unlocked(..., table, ...)
(
 return ...;
|
 table = \(dma_buf_map_attachment\|dma_buf_map_attachment_unlocked\)(...);
)

@script:python@
q << end.q;
@@
left.add(q[0].current_element)

@fall exists@
expression call.table;
identifier f;
position call.p, q;
statement S;
@@
 f(...)
 {
 ... when any
 table = \(dma_buf_map_attachment@p\|dma_buf_map_attachment_unlocked@p\)(...);
 if@q (\(IS_ERR\|IS_ERR_OR_NULL\)(table)) S
 ... when != dma_buf_unmap_attachment(..., table, ...)
     when != dma_buf_unmap_attachment_unlocked(..., table, ...)
     when != return ...;
 }

@script:python@
q << fall.q;
@@
left.add(q[0].current_element)

@script:python depends on report@
table << call.table; p << call.p;
@@
coccilib.report.print_report(p[0], 'not converted: ' + reason(p[0], table))

@script:python depends on org@
table << call.table; p << call.p;
@@
coccilib.org.print_todo(p[0], reason(p[0], table))

@depends on context@
@@
(
* dma_buf_map_attachment(...)
|
* dma_buf_map_attachment_unlocked(...)
)
