// SPDX-License-Identifier: GPL-2.0
///
/// A table of pages that is built to be mapped, and is for nothing else: the
/// memory goes into a list of physical ranges, and what the device is to be told
/// comes in a list of DMA ranges.
///
//# A table that is built, mapped, walked, unmapped and freed in one function.
//#
//# Before:
//#	err = sg_alloc_table_from_pages(&sgt, pages, n, offset, size, GFP_KERNEL);
//#	if (err)
//#		return err;
//#	err = dma_map_sgtable(dev, &sgt, dir, 0);
//#	if (err)
//#		goto free;
//#	for_each_sgtable_dma_sg(&sgt, sg, i)
//#		x_write(x, i, sg_dma_address(sg), sg_dma_len(sg));
//#	x_go(x, sgt.nents);
//#	dma_unmap_sgtable(dev, &sgt, dir, 0);
//# free:
//#	sg_free_table(&sgt);
//#
//# After:
//#	err = phys_range_list_append_pages(&phys, pages, n, offset, size, GFP_KERNEL);
//#	if (err)
//#		return err;
//#	err = dma_map_phys_ranges(dev, &ranges, &phys, dir, 0, GFP_KERNEL);
//#	if (err)
//#		goto free;
//#	limits = dma_range_device_limits(dev);
//#	i = 0;
//#	dma_range_for_each_segment(&ranges, &limits, seg) {
//#		x_write(x, i, seg.addr, (u32)seg.len);
//#		i++;
//#	}
//#	x_go(x, (u32)dma_range_nr_segments(&ranges, &limits));
//#	dma_unmap_ranges(dev, &ranges, dir, 0);
//# free:
//#	phys_range_list_destroy(&phys);
//#
//# dma_map_sg() on the table is as good, and so is a table that is allocated
//# here, and freed: then the lists are on the stack, and nothing is allocated.
//# Each use of the table has to be known, and no way may lead out of the function
//# with it mapped.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python. Segments keep to the limits that the
// Comments: driver has set for its device; if it has set none, to 64 KiB.
// Subject: map ranges in place of a table of its own
// Family: list of its own
// Selects: RANGE_LIST
// Keywords: sg_alloc_table_from_pages sg_alloc_table_from_pages_segment

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re

marks = {}		# (file, function): what some way through it does
FILL = r'sg_alloc_table_from_pages(?:_segment)?'
MAP = r'dma_map_sg(?:_attrs|table)?'
UNMAP = r'dma_unmap_sg(?:_attrs|table)?'
SYNC = r'dma_sync_sg(?:table)?_for_(?:cpu|device)'
WALK = r'for_each_sg(?:table_dma_sg)?'

def strip(text):
	"""Without comments and strings, everything at the same place."""
	def blank(match):
		return re.sub(r'[^\n]', ' ', match.group(0))
	return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)

def squeeze(text):
	return re.sub(r'\s', '', text)

texts = {}

def function(p):
	"""(first line, text) of the function at a place."""
	key = p.file, p.current_element
	if key not in texts:
		with open(p.file, errors='replace') as file:
			lines = strip(file.read()).split('\n')
		first = last = int(p.line) - 1
		while first and not lines[first].startswith('{'):
			first -= 1
		while last < len(lines) - 1 and not lines[last].startswith('}'):
			last += 1
		while first and lines[first - 1].strip() and lines[first - 1][0] not in '}#;':
			first -= 1
		texts[key] = first + 1, '\n'.join(lines[first:last + 1])
	return texts[key]

def closing(text, start):
	"""Where the parenthesis or brace at a place is closed."""
	depth = 0
	for end in range(start, len(text)):
		depth += (text[end] in '([{') - (text[end] in ')]}')
		if not depth:
			return end
	return len(text) - 1

class Call:
	def __init__(self, text, match):
		self.name, self.start = match.group(1), match.start()
		self.end = closing(text, match.end() - 1) + 1
		self.args, at = [], match.end()
		depth = 0
		for place in range(match.end(), self.end):
			depth += (text[place] in '([{') - (text[place] in ')]}')
			if text[place] == ',' and not depth or place == self.end - 1:
				self.args.append((at, squeeze(text[at:place])))
				at = place + 1

def calls(text, names):
	return [Call(text, match) for match in re.finditer(r'(?<![\w>.])(%s)\s*\(' % names, text)]

def statement(text, start):
	"""From a place on, to the end of the statement or block."""
	brace, end = text.find('{', start), text.find(';', start)
	return text[start:closing(text, brace) + 1] if 0 <= brace < end else text[start:end + 1]

def checked(text, call, count):
	"""(what takes the result, what is done if it has failed), or None."""
	before = squeeze(re.split(r'[;{}]', text[:call.start])[-1].split(':')[-1])
	after = text[call.end:]
	take = re.match(r'(\w+)=$', before)
	ask = re.match(r'if\((?:unlikely\()?(!?)$', before)
	if ask:
		found = re.match(r'\s*(<\s*0|!=\s*0|==\s*0|<=\s*0)?\s*\)', after)
		sign = found and (ask.group(1), squeeze(found.group(1) or ''))
		good = [('!', ''), ('', '==0')] if count else [('', ''), ('', '<0'), ('', '!=0')]
		if sign not in good:
			return None
		rest = after[found.end():]
		return '', statement(rest[1:] if 'unlikely' in before else rest, 0)
	if not take:
		return None
	e = take.group(1)
	good = r'!%s|%s\s*(?:==\s*0|<=\s*0|<\s*1)' if count else r'%s|%s\s*(?:<|!=)\s*0'
	found = re.match(r'\s*;\s*if\s*\(\s*(?:unlikely\s*\()?\s*(?:%s)\s*\)?\s*\)(?!\s*\))' % (good % (e, e)), after)
	return (e, statement(after[found.end():], 0)) if found else None

def name(text, *names):
	"""One that is not used in the function yet."""
	return next((name for name in names if not re.search(r'\b%s\b' % name, text)), '')

class Table:
	"""A table of a function: how it is used."""

	def __init__(self, p, t):
		self.p, self.t = p, t
		self.line, self.text = function(p)
		self.pointer = bool(re.search(r'\bstruct\s+sg_table\s*\*\s*%s\s*[;=]' % t, self.text))
		self.known = set()
		self.has = set()		# walk, first, nents, counted, ...
		self.out = {}

	def at(self, place):
		return '(line %d)' % (self.line + self.text.count('\n', 0, place))

	def places(self, names):
		return {match.start() for match in re.finditer(r'(?<![\w>.])(?<!struct )(?:%s)\b' % names, self.text)}

	def arg(self, call, number, member=''):
		"""Whether an argument is the table, or something of it."""
		if number >= len(call.args):
			return False
		place, text = call.args[number]
		t = self.t
		good = [t + '->' + member if self.pointer else t + '.' + member] if member else [t if self.pointer else '&' + t]
		if text not in good:
			return False
		self.known.add(min(at for at in self.places(t) if at >= place))
		return True

	def count(self, call, number, *names):
		"""A number of entries."""
		text = call.args[number][1]
		return any(self.arg(call, number, member) for member in ('orig_nents', 'nents')) or text in names

	def reason(self):
		text, t = self.text, self.t
		if re.search(r'\bstatic\s+struct\s+sg_table\b', text):
			return 'the table is static'
		declared = re.findall(r'\bstruct\s+sg_table\s*(\*?)\s*(\w+)\s*(;|=\s*(?:NULL|\{\s*0?\s*\})\s*;)?', text)
		if len([1 for _, other, _ in declared if other != t]):
			return 'there is more than one table in this function'
		if len(declared) != 1 or not declared[0][2]:
			return 'the table is declared in a way that no rule knows'
		self.known |= {match.end() - len(t) for match in re.finditer(r'\bstruct\s+sg_table\s*\*?\s*%s\b' % t, text)}
		for part in ('fill', 'map', 'others', 'walk', 'memory', 'rest', 'ways'):
			reason = getattr(self, part)()
			if reason:
				return reason
		return ''

	def fill(self):
		fills = [call for call in calls(self.text, FILL) if self.arg(call, 0)]
		for call in fills:
			if not checked(self.text, call, False):
				return 'whether there was memory for the table is not looked at %s' % self.at(call.start)
			self.gfp = call.args[-1][1]
			if call.name.endswith('_segment'):
				self.segment = call.args[5][1]
		return ''

	def map(self):
		text = self.text
		maps = calls(text, MAP)
		if len(maps) != 1:
			return 'the table is mapped in more than one place' if maps else 'it is not mapped'
		call = maps[0]
		self.device, self.n = call.args[0][1], ''
		if re.search(r'\(|\+\+|--|=', re.sub(r'\b[A-Za-z_]\w*_dev\(|\bdev_\w+\(|\bto_\w+\(', '', self.device).rstrip(')')):
			return 'the device is given by an expression with a call or an assignment'
		table = call.name == 'dma_map_sgtable'
		found = checked(text, call, not table)
		if not found:
			return 'whether mapping has failed is not looked at %s' % self.at(call.start)
		if table:
			if not self.arg(call, 1):
				return 'what is mapped is not the table'
			self.out['table'] = self.t
		else:
			if not self.arg(call, 1, 'sgl') or not self.count(call, 2):
				return 'what is mapped is not the table'
			self.n = found[0]
		self.out['undo'] = table and re.search(r'\bgoto\s+\w+\s*;|^\s*return\s+%s\s*;' % (found[0] or '-'), found[1]) and found[0]
		if re.search(r'\b%s\s*(?:\.|->)\s*(?:nents|sgl)\b' % self.t, found[1]):
			return 'the table is looked at when mapping has failed %s' % self.at(call.end)
		segment = getattr(self, 'segment', '')
		if segment not in ('', 'UINT_MAX', 'SCATTERLIST_MAX_SEGMENT', 'dma_get_max_seg_size(%s)' % self.device):
			return 'entries are to be shorter than the device would take'
		# What can sleep when it is built can when it is mapped.
		between = re.search(r'\b(?:\w*(?:spin_|read_|write_)\w*lock\w*|local_\w+|rcu_read_lock\w*|preempt_disable|guard|scoped_guard)\s*\(', text)
		gfp = getattr(self, 'gfp', '')
		self.out['gfp'] = gfp if re.fullmatch(r'\w+', gfp) and not between else 'GFP_ATOMIC'
		return ''

	def others(self):
		for call in calls(self.text, UNMAP + '|' + SYNC):
			if call.name.endswith('sgtable') or 'sgtable_for' in call.name:
				good = self.arg(call, 1)
			else:
				good = self.arg(call, 1, 'sgl') and self.count(call, 2, self.n)
			if not good:
				return 'another list is unmapped or synced here, or this with another length %s' % self.at(call.start)
			self.has.add('unmap' if 'unmap' in call.name else 'sync')
		if 'unmap' not in self.has:
			return 'the table is still mapped at the end of the function'
		for call in calls(self.text, 'sg_free_table'):
			self.arg(call, 0)
			self.has.add('free')
		return ''

	def walk(self):
		text = self.text
		walks = calls(text, WALK)
		if len({(call.args[-3][1], call.args[1][1]) for call in walks if len(call.args) > 2}) > 1 and \
		   len({call.args[1][1] for call in walks}) > 1:
			return 'a function goes over entries with more than one variable'
		index = ''
		for call in walks:
			if call.name == 'for_each_sgtable_dma_sg':
				good, (_, sg), (_, i) = self.arg(call, 0), *call.args[1:3]
			else:
				good = self.arg(call, 0, 'sgl') and (self.arg(call, 2, 'nents') if not self.n else call.args[2][1] == self.n)
				(_, sg), (_, i) = call.args[1], call.args[3]
			if not good:
				return 'a loop goes over something else than what was mapped %s' % self.at(call.start)
			if re.search(r'[^;{}:\s]\s*$', text[:call.start]):
				return 'a loop is not a statement of its own %s' % self.at(call.start)
			if not re.fullmatch(r'\w+', sg) or not re.fullmatch(r'\w+', i):
				return 'a loop uses what is no variable %s' % self.at(call.start)
			if self.out.setdefault('i', i) != i:
				return 'loops number entries with more than one variable'
			self.sg = sg
			end = call.end + len(statement(text, call.end))
			rest = text[call.end:end] + text[end:]
			# The number is asked for in the loop, or behind it.
			if times(rest, i):
				index = i
				if 'continue' in text[call.end:end]:
					return 'a loop numbers entries, and does not end in one place %s' % self.at(call.start)
		if not walks:
			return ''
		self.has.add('walk')
		sg = self.sg
		good = len(re.findall(r'\bstruct\s+scatterlist\s*\*\s*%s\s*;' % sg, text)) + len(walks)
		for call in calls(text, 'sg_dma_address|sg_dma_len'):
			if call.args[0][1] == sg:
				good += 1
				if re.match(r'\s*[-+|&]?=[^=]', text[call.end:]):
					return 'addresses or lengths in the table are changed %s' % self.at(call.start)
		good += len(re.findall(r'\b%s\s*->\s*dma_address\b' % sg, text))
		if good != times(text, sg):
			others = [call for call in calls(text, r'sg_page|sg_virt|sg_phys') if sg == call.args[0][1]]
			if others:
				return 'pages of the table are looked at %s' % self.at(others[0].start)
			return 'its entries are used in a way that no rule knows'
		if not re.search(r'\bstruct\s+scatterlist\s*\*\s*%s\s*;' % sg, text):
			return 'its entries are used in a way that no rule knows'
		self.out['sg'] = sg
		self.out['counted' if index else 'idle'] = self.out.pop('i')
		return ''

	def memory(self):
		"""A table of its own is allocated here, and freed."""
		text, t = self.text, self.t
		if not self.pointer:
			return ''
		size = r'sizeof\((?:\*%s|structsg_table)\)' % t
		good = r'%s=k[mz]alloc(?:_obj\(\*%s(?:,\w+)?|\(%s,\w+)\);if\(!%s\)' % (t, t, size, t)
		squeezed = squeeze(text)
		made = re.findall(good, squeezed)
		freed = len(re.findall(r'(?<![\w>.])kfree\(%s\);' % t, squeezed))
		if len(made) != 1:
			return 'the table comes from elsewhere'
		if not freed:
			return 'the table is not freed here'
		match = re.search(r'(?<![\w>.])%s\s*=[^;=]*;\s*if\s*\(\s*!\s*%s\s*\)' % (t, t), text)
		self.known |= {at for at in self.places(t) if match.start() <= at < match.end()}
		for match in re.finditer(r'(?<![\w>.])kfree\s*\(\s*%s\s*\)' % t, text):
			self.known.add(match.end() - 1 - len(re.search(r'%s\s*\)$' % t, match.group(0)).group(0)) + 1)
		left = re.match(r'\s*\{?[^{};]*;?[^{};]*\bgoto\s+(\w+)\s*;', text[re.search(r'if\s*\(\s*!\s*%s\s*\)' % t, text).end():])
		if left and len(re.findall(r'\bgoto\s+%s\b' % left.group(1), text)) == 1:
			return 'a label is for nothing but the allocation of the table'
		self.out['made'] = t
		return ''

	def rest(self):
		text, t, dot = self.text, self.t, r'\s*(?:->|\.)\s*'
		for match in re.finditer(r'\bsg_dma_(address|len)\s*\(\s*(%s%ssgl)\s*\)' % (t, dot), text):
			self.known.add(match.start(2))
			self.has |= {'first'} if match.group(1) == 'address' else {'first', 'length'}
		for match in re.finditer(r'(?<![\w>.])%s%snents\b' % (t, dot), text):
			if match.start() not in self.known:
				self.known.add(match.start())
				self.has.add('nents')
				if re.match(r'\s*([-+|&*]?=[^=]|\+\+|--)', text[match.end():]) or re.search(r'(?:\+\+|--|&)\s*$', text[:match.start()]):
					return 'the number of entries is changed %s' % self.at(match.start())
		left = self.places(t) - self.known
		if left:
			place = min(left)
			for call in calls(text, r'\w+'):
				if call.name not in ('if', 'while', 'for', 'switch', 'return', 'sizeof') and \
				   any(args in (t, '&' + t, t + '.sgl', t + '->sgl') and self.places(t) & set(range(at, at + 80)) and place == min(self.places(t) & set(range(at, call.end))) for at, args in call.args):
					return 'the table is given to %s() %s' % (call.name, self.at(place))
			return 'the table is used in a way that no rule knows %s' % self.at(place)
		if 'first' in self.has:
			return self.first()
		if self.n:
			bounds = sum(len(call.args) > 3 and call.args[2][1] == self.n for call in calls(text, '|'.join((WALK, UNMAP, SYNC))))
			if times(text, self.n) != 3 + bounds:
				self.has.add('number')
			changes = re.findall(r'(?<![\w>.])%s\s*(?:[-+|&*]?=(?!=)|\+\+|--)|(?:&|\+\+|--)\s*%s\b' % (self.n, self.n), text)
			if bounds and len(changes) != 1:
				return 'the number of entries is changed'
		return ''

	def first(self):
		"""What is used as one has to be one."""
		text, ask = self.text, r'\bif\s*\(\s*%s\s*(?:->|\.)\s*nents\s*(?:!=|>)\s*1\s*\)' % self.t
		place = re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*(?:->|\.)' % self.t, text).start()
		if 'walk' in self.has or self.n:
			return 'the first entry is taken for all %s' % self.at(place)
		found = re.search(ask, text)
		if 'nents' in self.has:
			nents = len(re.findall(r'(?<![\w>.])%s\s*(?:->|\.)\s*nents\b' % self.t, text))
			if not found or nents != 1 or found.start() > place or not re.search(r'\b(?:goto|return)\b', statement(text, found.end())):
				return 'the number of entries is used for more than to refuse all but one'
			self.has.remove('nents')
			self.has.add('sure')
		elif not self.out['undo']:
			return 'the first entry is taken for all, and there is no error for a buffer that is scattered %s' % self.at(place)
		return ''

	def ways(self):
		"""Where the ways through the function lead."""
		found = marks.get((self.p.file, self.p.current_element, self.t), {})
		for what, text in (
				('left', 'the table may still be mapped at the end of the function'),
				('again', 'the table is mapped again while it is mapped'),
				('freed', 'the table is freed while it is mapped'),
				('late', 'the table is used after it was unmapped'),
				('early', 'the table is used before it was mapped'),
				('refill', 'the table is built again before it was freed')):
			if what in found:
				return '%s (line %s)' % (text, found[what])
		return ''

	def found(self):
		"""What to write."""
		none, text, has, out = '__none', self.text, self.has, self.out
		names = {'phys': name(text, 'phys', 'memory'), 'ranges': name(text, 'ranges', 'dma_ranges'),
			 'limits': name(text, 'limits', 'segment_limits'), 'seg': name(text, 'seg', 'segment'),
			 'one': name(text, 'range', 'only')}
		limits = has & {'walk', 'nents', 'number'}
		number = 'number' in has
		names.update({
			'gfp': out['gfp'], 'made': out.get('made', none), 'limited': self.t if limits else none,
			'stepped': names['ranges'] if limits and not number else none,
			'sg': out.get('sg', none), 'counted': out.get('counted', none), 'idle': out.get('idle', none),
			'number': self.n if number else none, 'bound': self.n if self.n and not number else none,
			'whole': self.t if 'first' in has else none, 'sure': self.t if 'sure' in has else none,
			'sized': names['ranges'] if 'length' in has else none,
			'alone': names['ranges'] if 'first' in has and 'sure' not in has else none,
		})
		return names

def times(text, name):
	return len(re.findall(r'(?<![>.\w])\b%s\b' % name, text))

def mark(ps, t, what):
	p = ps[0]
	marks.setdefault((p.file, p.current_element, str(t)), {}).setdefault(what, p.line)

tables = {}

def judge(p, t):
	"""(table, reason), once."""
	key = p.file, p.current_element, t
	if key not in tables:
		table = Table(p, t)
		reason = table.reason()
		if not reason and not all(table.found().values()):
			reason = 'names that it would get are taken'
		tables[key] = table, reason
	return tables[key]

// The table: only those that are built here are looked at.

@fill@
identifier t;
@@
(
 sg_alloc_table_from_pages(\(&t\|t\), ...)
|
 sg_alloc_table_from_pages_segment(\(&t\|t\), ...)
)

@map@
identifier fill.t;
expression dev;
position p;
@@
(
 dma_map_sgtable@p(dev, \(&t\|t\), ...)
|
 dma_map_sg@p(dev, \(t.sgl\|t->sgl\), ...)
|
 dma_map_sg_attrs@p(dev, \(t.sgl\|t->sgl\), ...)
)

// Where it leads, mapped or not.

@left exists@
identifier fill.t;
position map.p, q;
statement S;
expression x;
@@
 x = \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...);
 if@q (\(x\|x < 0\|x != 0\|!x\|x == 0\|x <= 0\|x < 1\|unlikely(x)\|unlikely(x < 0)\|unlikely(!x)\)) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
 return ...;

@script:python@
t << fill.t; q << left.q;
@@
mark(q, t, 'left')

@left_if exists@
identifier fill.t;
position map.p, q;
statement S;
@@
 if@q (<+... \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...) ...+>) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
 return ...;

@script:python@
t << fill.t; q << left_if.q;
@@
mark(q, t, 'left')

@fallen exists@
identifier fill.t, g;
position map.p, q;
statement S;
expression x;
@@
 g(...)
 {
 ... when any
 x = \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...);
 if@q (\(x\|x < 0\|x != 0\|!x\|x == 0\|x <= 0\|x < 1\|unlikely(x)\|unlikely(x < 0)\|unlikely(!x)\)) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
     when != return ...;
 }

@script:python@
t << fill.t; q << fallen.q;
@@
mark(q, t, 'left')

@fallen_if exists@
identifier fill.t, g;
position map.p, q;
statement S;
@@
 g(...)
 {
 ... when any
 if@q (<+... \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...) ...+>) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
     when != return ...;
 }

@script:python@
t << fill.t; q << fallen_if.q;
@@
mark(q, t, 'left')

@again exists@
identifier fill.t;
position map.p, q;
statement S;
expression x;
@@
 x = \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...);
 if@q (\(x\|x < 0\|x != 0\|!x\|x == 0\|x <= 0\|x < 1\|unlikely(x)\|unlikely(x < 0)\|unlikely(!x)\)) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
 \(dma_map_sgtable\|dma_map_sg\|dma_map_sg_attrs\)(...)

@script:python@
t << fill.t; q << again.q;
@@
mark(q, t, 'again')

@again_if exists@
identifier fill.t;
position map.p, q;
statement S;
@@
 if@q (<+... \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...) ...+>) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
 \(dma_map_sgtable\|dma_map_sg\|dma_map_sg_attrs\)(...)

@script:python@
t << fill.t; q << again_if.q;
@@
mark(q, t, 'again')

@freed exists@
identifier fill.t;
position map.p, q;
statement S;
expression x;
@@
 x = \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...);
 if (\(x\|x < 0\|x != 0\|!x\|x == 0\|x <= 0\|x < 1\|unlikely(x)\|unlikely(x < 0)\|unlikely(!x)\)) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
 sg_free_table@q(\(&t\|t\))

@script:python@
t << fill.t; q << freed.q;
@@
mark(q, t, 'freed')

@freed_if exists@
identifier fill.t;
position map.p, q;
statement S;
@@
 if (<+... \(dma_map_sgtable@p\|dma_map_sg@p\|dma_map_sg_attrs@p\)(...) ...+>) S
 ... when != dma_unmap_sgtable(..., \(&t\|t\), ...)
     when != dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
 sg_free_table@q(\(&t\|t\))

@script:python@
t << fill.t; q << freed_if.q;
@@
mark(q, t, 'freed')

@late exists@
identifier fill.t;
position q;
@@
(
 dma_unmap_sgtable(..., \(&t\|t\), ...)
|
 dma_unmap_sg(..., \(t.sgl\|t->sgl\), ...)
|
 dma_unmap_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
)
 ... when != dma_map_sgtable(..., \(&t\|t\), ...)
     when != dma_map_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_map_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
(
 sg_free_table(\(&t\|t\))
|
 sg_alloc_table_from_pages(\(&t\|t\), ...)
|
 sg_alloc_table_from_pages_segment(\(&t\|t\), ...)
|
 kfree(t)
|
 t@q
)

@script:python@
t << fill.t; q << late.q;
@@
mark(q, t, 'late')

@early exists@
identifier fill.t;
position q;
@@
 \(sg_alloc_table_from_pages\|sg_alloc_table_from_pages_segment\)(\(&t\|t\), ...)
 ... when != dma_map_sgtable(..., \(&t\|t\), ...)
     when != dma_map_sg(..., \(t.sgl\|t->sgl\), ...)
     when != dma_map_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
(
 dma_map_sgtable(..., \(&t\|t\), ...)
|
 dma_map_sg(..., \(t.sgl\|t->sgl\), ...)
|
 dma_map_sg_attrs(..., \(t.sgl\|t->sgl\), ...)
|
 sg_free_table(\(&t\|t\))
|
 kfree(t)
|
 t@q
)

@script:python@
t << fill.t; q << early.q;
@@
mark(q, t, 'early')

@refill exists@
identifier fill.t;
position q;
statement S;
expression x;
@@
 x = \(sg_alloc_table_from_pages\|sg_alloc_table_from_pages_segment\)(\(&t\|t\), ...);
 if (\(x\|x < 0\|x != 0\|!x\|x == 0\|x <= 0\|x < 1\|unlikely(x)\|unlikely(x < 0)\|unlikely(!x)\)) S
 ... when != sg_free_table(\(&t\|t\))
     when any
 \(sg_alloc_table_from_pages@q\|sg_alloc_table_from_pages_segment@q\)(\(&t\|t\), ...)

@script:python@
t << fill.t; q << refill.q;
@@
mark(q, t, 'refill')

@refill_if exists@
identifier fill.t;
position q;
statement S;
@@
 if (<+... \(sg_alloc_table_from_pages\|sg_alloc_table_from_pages_segment\)(\(&t\|t\), ...) ...+>) S
 ... when != sg_free_table(\(&t\|t\))
     when any
 \(sg_alloc_table_from_pages@q\|sg_alloc_table_from_pages_segment@q\)(\(&t\|t\), ...)

@script:python@
t << fill.t; q << refill_if.q;
@@
mark(q, t, 'refill')

@script:python depends on report@
p << map.p; t << fill.t;
@@
reason = judge(p[0], str(t))[1]
coccilib.report.print_report(p[0], 'not converted: ' + reason if reason else 'a table of its own: map ranges')

@script:python depends on org@
p << map.p; t << fill.t;
@@
coccilib.org.print_todo(p[0], judge(p[0], str(t))[1] or 'a table of its own: map ranges')

@script:python good@
p << map.p; t << fill.t;
g; phys; ranges; limits; seg; one; gfp; made; limited; stepped; sg; counted; idle; number; bound; whole; sure; alone; sized;
@@
table, reason = judge(p[0], str(t))
if reason:
	cocci.include_match(False)
else:
	coccinelle.g = p[0].current_element
	for key, value in table.found().items():
		setattr(coccinelle, key, value)

@depends on context && good@
expression dev, x;
position map.p;
@@
(
* dma_map_sgtable@p(dev, x, ...)
|
* dma_map_sg@p(dev, x, ...)
|
* dma_map_sg_attrs@p(dev, x, ...)
)

// A table that is allocated is no more.

@depends on patch@
identifier good.g, good.made;
expression E;
statement S;
@@
 g(...)
 {
 <...
-made = E;
-if (!made) S
 ...>
 }

@depends on patch@
identifier good.g, good.made;
@@
 g(...)
 {
 <...
-kfree(made);
 ...>
 }

// What is built and mapped.

@depends on patch@
identifier good.g, good.phys, fill.t;
expression a, b, c, d, e, gfp;
@@
 g(...)
 {
 <...
(
-sg_alloc_table_from_pages(\(&t\|t\), a, b, c, d, gfp)
+phys_range_list_append_pages(&phys, a, b, c, d, gfp)
|
-sg_alloc_table_from_pages_segment(\(&t\|t\), a, b, c, d, e, gfp)
+phys_range_list_append_pages(&phys, a, b, c, d, gfp)
)
 ...>
 }

@depends on patch@
identifier good.g, good.phys, good.ranges, good.gfp, fill.t;
expression d, dir, attrs;
@@
 g(...)
 {
 <...
-dma_map_sgtable(d, \(&t\|t\), dir, attrs)
+dma_map_phys_ranges(d, &ranges, &phys, dir, attrs, gfp)
 ...>
 }

@depends on patch@
identifier good.g, good.phys, good.ranges, good.gfp, good.bound, fill.t;
expression d, dir, attrs, e;
statement S;
@@
 g(...)
 {
 <...
(
-bound = dma_map_sg(d, \(t.sgl\|t->sgl\), e, dir);
-if (\(!bound\|bound == 0\|bound <= 0\|bound < 1\))
+if (dma_map_phys_ranges(d, &ranges, &phys, dir, 0, gfp))
 S
|
-bound = dma_map_sg_attrs(d, \(t.sgl\|t->sgl\), e, dir, attrs);
-if (\(!bound\|bound == 0\|bound <= 0\|bound < 1\))
+if (dma_map_phys_ranges(d, &ranges, &phys, dir, attrs, gfp))
 S
)
 ...>
 }

@depends on patch@
identifier good.g, good.phys, good.ranges, good.limits, good.gfp, good.number, fill.t;
expression d, dir, attrs, e;
@@
 g(...)
 {
 <...
(
-number = dma_map_sg(d, \(t.sgl\|t->sgl\), e, dir);
+limits = dma_range_device_limits(d);
+if (dma_map_phys_ranges(d, &ranges, &phys, dir, 0, gfp))
+	number = 0;
+else
+	number = dma_range_nr_segments(&ranges, &limits);
|
-number = dma_map_sg_attrs(d, \(t.sgl\|t->sgl\), e, dir, attrs);
+limits = dma_range_device_limits(d);
+if (dma_map_phys_ranges(d, &ranges, &phys, dir, attrs, gfp))
+	number = 0;
+else
+	number = dma_range_nr_segments(&ranges, &limits);
)
 ...>
 }

@depends on patch@
identifier good.g, good.phys, good.ranges, good.gfp, fill.t;
expression d, dir, attrs, e;
statement S;
@@
 g(...)
 {
 <...
(
-if (\(!dma_map_sg(d, \(t.sgl\|t->sgl\), e, dir)\|dma_map_sg(d, \(t.sgl\|t->sgl\), e, dir) == 0\))
+if (dma_map_phys_ranges(d, &ranges, &phys, dir, 0, gfp))
 S
|
-if (\(!dma_map_sg_attrs(d, \(t.sgl\|t->sgl\), e, dir, attrs)\|dma_map_sg_attrs(d, \(t.sgl\|t->sgl\), e, dir, attrs) == 0\))
+if (dma_map_phys_ranges(d, &ranges, &phys, dir, attrs, gfp))
 S
)
 ...>
 }

// Limits are those of the device.

@depends on patch@
identifier good.g, good.limits, good.stepped, x;
expression d;
statement S;
@@
 g(...)
 {
 <...
(
 x = dma_map_phys_ranges(d, &stepped, ...);
 if (...) S
+limits = dma_range_device_limits(d);
|
 if (<+... dma_map_phys_ranges(d, &stepped, ...) ...+>) S
+limits = dma_range_device_limits(d);
)
 ...>
 }

// What can only be one range has to be one.

@depends on patch@
iterator name dma_range_for_each_unlimited;
identifier good.g, good.alone, good.one, good.phys, good.gfp, e, l;
expression d, dir, attrs;
@@
 g(...)
 {
 <...
 e = dma_map_phys_ranges(d, &alone, &phys, dir, attrs, gfp);
(
 if (...) return e;
+if (dma_range_list_nr(&alone) != 1) {
+	dma_unmap_ranges(d, &alone, dir, attrs);
+	return -EINVAL;
+}
+dma_range_for_each_unlimited(&alone, one)
+	break;
|
 if (...) \(goto l;\|{ ... goto l; }\)
+if (dma_range_list_nr(&alone) != 1) {
+	dma_unmap_ranges(d, &alone, dir, attrs);
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
identifier good.g, good.ranges, good.one, good.sure;
statement S;
@@
 g(...)
 {
 <...
-if (\(sure.nents > 1\|sure.nents != 1\|sure->nents > 1\|sure->nents != 1\))
+if (dma_range_list_nr(&ranges) != 1)
 S
+dma_range_for_each_unlimited(&ranges, one)
+	break;
 ...>
 }

@depends on patch@
typedef u32;
identifier good.g, good.one, good.whole;
@@
 g(...)
 {
 <...
(
-sg_dma_address(whole.sgl)
+one.addr
|
-sg_dma_address(whole->sgl)
+one.addr
|
-sg_dma_len(whole.sgl)
+(u32)one.len
|
-sg_dma_len(whole->sgl)
+(u32)one.len
)
 ...>
 }

@depends on patch@
identifier good.g, good.sized;
@@
 g(...)
 {
 <...
-dma_range_list_nr(&sized) != 1
+dma_range_list_nr(&sized) != 1 || dma_range_list_bytes(&sized) > U32_MAX
 ...>
 }

// What is walked.

@depends on patch@
identifier good.g, good.ranges, good.seg, good.limits, good.counted, good.sg, fill.t;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
expression n;
statement S;
@@
 g(...)
 {
 <...
(
-for_each_sgtable_dma_sg(\(&t\|t\), sg, counted)
+counted = 0;
+dma_range_for_each_segment(&ranges, &limits, seg)
 {
 ...
+counted++;
 }
|
-for_each_sgtable_dma_sg(\(&t\|t\), sg, counted)
+counted = 0;
+dma_range_for_each_segment(&ranges, &limits, seg) {
 S
+counted++;
+}
|
-for_each_sg(\(t.sgl\|t->sgl\), sg, n, counted)
+counted = 0;
+dma_range_for_each_segment(&ranges, &limits, seg)
 {
 ...
+counted++;
 }
|
-for_each_sg(\(t.sgl\|t->sgl\), sg, n, counted)
+counted = 0;
+dma_range_for_each_segment(&ranges, &limits, seg) {
 S
+counted++;
+}
)
 ...>
 }

@depends on patch@
identifier good.g, good.ranges, good.seg, good.limits, good.idle, good.sg, fill.t;
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
expression n;
statement S;
@@
 g(...)
 {
 <...
(
-for_each_sgtable_dma_sg(\(&t\|t\), sg, idle)
+dma_range_for_each_segment(&ranges, &limits, seg)
 S
|
-for_each_sg(\(t.sgl\|t->sgl\), sg, n, idle)
+dma_range_for_each_segment(&ranges, &limits, seg)
 S
)
 ...>
 }

@depends on patch@
identifier good.g, good.seg, good.sg, x;
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
identifier good.g, good.seg, good.sg;
expression E;
@@
 g(...)
 {
 <...
(
-sg_dma_address(sg)
+seg.addr
|
-sg->dma_address
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
typedef u32;
identifier good.g, good.ranges, good.limits, fill.t;
expression E;
@@
 g(...)
 {
 <...
(
 E =
-t.nents
+dma_range_nr_segments(&ranges, &limits)
|
-t.nents
+dma_range_nr_segments(&ranges, &limits)
 > E
|
 E =
-t->nents
+dma_range_nr_segments(&ranges, &limits)
|
-t->nents
+dma_range_nr_segments(&ranges, &limits)
 > E
|
-t.nents
+(u32)dma_range_nr_segments(&ranges, &limits)
|
-t->nents
+(u32)dma_range_nr_segments(&ranges, &limits)
)
 ...>
 }

// What is synced, and undone.

@depends on patch@
identifier good.g, good.ranges, fill.t;
expression d, dir;
@@
 g(...)
 {
 <...
(
-dma_sync_sgtable_for_cpu(d, \(&t\|t\), dir)
+dma_sync_ranges_for_cpu(d, &ranges, 0, dma_range_list_bytes(&ranges), dir)
|
-dma_sync_sgtable_for_device(d, \(&t\|t\), dir)
+dma_sync_ranges_for_device(d, &ranges, 0, dma_range_list_bytes(&ranges), dir)
|
-dma_sync_sg_for_cpu(d, \(t.sgl\|t->sgl\), ..., dir)
+dma_sync_ranges_for_cpu(d, &ranges, 0, dma_range_list_bytes(&ranges), dir)
|
-dma_sync_sg_for_device(d, \(t.sgl\|t->sgl\), ..., dir)
+dma_sync_ranges_for_device(d, &ranges, 0, dma_range_list_bytes(&ranges), dir)
)
 ...>
 }

@depends on patch@
identifier good.g, good.phys, good.ranges, fill.t;
expression d, dir, attrs, n;
@@
 g(...)
 {
 <...
(
-dma_unmap_sgtable(d, \(&t\|t\), dir, attrs)
+dma_unmap_ranges(d, &ranges, dir, attrs)
|
-dma_unmap_sg(d, \(t.sgl\|t->sgl\), n, dir)
+dma_unmap_ranges(d, &ranges, dir, 0)
|
-dma_unmap_sg_attrs(d, \(t.sgl\|t->sgl\), n, dir, attrs)
+dma_unmap_ranges(d, &ranges, dir, attrs)
|
-sg_free_table(\(&t\|t\))
+phys_range_list_destroy(&phys)
)
 ...>
 }

// Declarations.

@depends on patch@
identifier good.g, good.limited, good.limits;
initializer I;
@@
 g(...)
 {
 <...
(
 struct sg_table limited;
+struct dma_range_limits limits;
|
 struct sg_table limited = I;
+struct dma_range_limits limits;
|
 struct sg_table *limited;
+struct dma_range_limits limits;
|
 struct sg_table *limited = I;
+struct dma_range_limits limits;
)
 ...>
 }

@depends on patch@
identifier good.g, good.whole, good.one;
initializer I;
@@
 g(...)
 {
 <...
(
 struct sg_table whole;
+struct dma_range one;
|
 struct sg_table whole = I;
+struct dma_range one;
|
 struct sg_table *whole;
+struct dma_range one;
|
 struct sg_table *whole = I;
+struct dma_range one;
)
 ...>
 }

@depends on patch@
identifier good.g, good.seg, good.sg;
@@
 g(...)
 {
 <...
-struct scatterlist *sg;
+struct dma_range seg;
 ...>
 }

@depends on patch@
identifier good.g, good.idle;
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

@depends on patch@
identifier good.g, good.bound;
expression E;
type T;
@@
 g(...)
 {
 <...
(
-T bound;
|
-T bound = E;
)
 ...>
 }

@done depends on patch@
declarer name DEFINE_PHYS_RANGE_LIST, DEFINE_DMA_RANGE_LIST;
identifier good.g, good.phys, good.ranges, fill.t;
initializer I;
@@
 g(...)
 {
 <+...
(
-struct sg_table t;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
|
-struct sg_table t = I;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
|
-struct sg_table *t;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
|
-struct sg_table *t = I;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
)
 ...+>
 }

@named depends on done@
@@
 #include <linux/dma-mapping.h>
+#include <linux/dma_range.h>
+#include <linux/phys_range.h>

@some depends on done && !named@
@@
 #include <linux/...>
+#include <linux/dma_range.h>
+#include <linux/phys_range.h>

@depends on done && !named && !some@
@@
+#include <linux/dma_range.h>
+#include <linux/phys_range.h>
+
 #include "..."
