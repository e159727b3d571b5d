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
//# dma_map_sg() of the table is as good. A table that is allocated in the function
//# needs no memory of its own any more.
//#
//# Or it is a member of a structure that is defined in the file, or one points to
//# it: then the lists are members, and made before they are filled. Each use of
//# the table has to be known, in all functions; in one function, no way may lead
//# out of it with the table mapped. The number of segments is asked for while it
//# is mapped only.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python. Segments keep to the limits that the
// Comments: driver has set for its device; if it has set none, to 64 KiB. A table
// Comments: could be asked for with more bytes than the pages hold, or with none;
// Comments: a list can not, that is -EINVAL.
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

class File:
	"""The functions of a file, and the tables that are built in it."""

	def __init__(self, name):
		self.name = name
		with open(name, errors='replace') as file:
			self.whole = file.read()
		self.text, self.T = strip(self.whole), ''
		self.functions = {}		# name: (first line, text)
		lines = self.text.split('\n')
		start = None
		for number, line in enumerate(lines):
			if line.startswith('{'):
				start = number
				while start and lines[start - 1].strip() and lines[start - 1][0] not in '}#;':
					start -= 1
			elif line.startswith('}') and start is not None:
				text = '\n'.join(lines[start:number + 1])
				head = re.search(r'(\w+)\s*\(', text[:text.index('\n{') + 1])
				if head:
					self.functions[head.group(1)] = start + 1, text
				start = None
		self.tables, self.reasons = {}, {}	# of functions
		# There are other rules for exporters.
		self.exporters = set(re.findall(r'\.(?:(?:un)?map_dma_buf|attach|detach|begin_cpu_access|end_cpu_access|release)\s*=\s*(\w+)',
						self.text)) if re.search(r'\.map_dma_buf\s*=', self.text) else set()
		self.members()
		self.locals()

	def members(self):
		"""A table in a structure of this file."""
		for F in dict.fromkeys(F for name in self.functions for F in self.built(name) if F.isidentifier()):
			uses = [(name, table) for name in self.functions for table in [Member(self, name, F)] if table.used]
			if self.exporters & {name for name, table in uses}:
				self.exporters |= {name for name, table in uses}
				continue
			reason = self.kept(F, uses)
			for name, table in uses:
				# There can be but one in a function.
				if name in self.tables:
					reason = reason or 'there is more than one table in %s()' % name
				self.tables[name] = table
			uses.sort(key=lambda use: 'map' not in use[1].parts())
			for name, table in uses:
				reason = reason or table.reason()
				if table is uses[0][1]:
					# What is walked elsewhere has to be what is mapped here.
					for other, user in uses[1:]:
						user.n = re.sub(r'^\w+->', user.E + '->', table.n) if '->' in table.n else table.n and '-'
			if not reason and not any(table.has & {'walk', 'nents', 'number', 'first'} for name, table in uses):
				reason = 'nothing here looks at what is mapped: it must be reached in another way'
			for name, table in uses:
				reason = reason or table.apart(uses) or differs(uses[0][1].mapped, table.unmaps)
			for name, table in uses:
				self.reasons[name] = reason

	def built(self, name):
		"""The fields that a function fills."""
		line, text = self.functions[name]
		found = []
		for call in calls(text, FILL):
			arg = call.args[0][1]
			alias = re.search(r'\bstruct\s+sg_table\s*\*\s*(?:const\s+)?%s\s*=\s*&\s*(\w+\s*->\s*\w+)\s*;' % re.escape(arg), text)
			field = re.fullmatch(r'&?(?:\w+(?:->|\.))+(\w+)', squeeze(alias.group(1)) if alias else arg)
			stored = arg.isidentifier() and re.search(r'(?<![\w>.])\w+\s*->\s*(\w+)\s*=\s*%s\s*;' % arg, text)
			if field or stored:
				found.append((field or stored).group(1))
		return found

	def kept(self, F, uses):
		"""Why a field cannot be changed."""
		text = self.text
		structures = [(T, star) for T, body in re.findall(r'^struct\s+(\w+)\s*\{(.*?)^\}', text, re.M | re.S)
			      for star in re.findall(r'\bstruct\s+sg_table\s*(\*?)\s*%s\s*;' % F, body)]
		if not structures:
			return 'the table is in a structure that is defined elsewhere'
		if len(structures) != 1:
			return 'there are several tables of this name'
		self.T, star = structures[0]
		T, self.kind = self.T, '*' + F if star else F
		self.names = [next((name for name in names if not re.search(r'\b%s\b' % name, text)), '')
			      for names in (('phys', F + '_phys'), ('ranges', F + '_ranges'))]
		if not all(self.names):
			return 'names that it would get are taken'
		# A pointer to the structure may be taken for one to the table.
		if re.search(r'^struct\s+%s\s*\{\s*struct\s+sg_table\s+%s\s*;' % (T, F), text, re.M):
			return 'the table is the first of its structure, and may be used as such'
		if re.search(r'@%s\b' % F, self.whole):
			return 'the table is described in a comment, which would be wrong then'
		if self.copied(T):
			return 'what has the table may be copied, and a list has to stay where it is'
		known = sum(table.used for name, table in uses)
		if known != len(re.findall(r'(?:->|\.)\s*%s\b' % F, text)) or re.search(r'\bstruct\s+%s\s*,\s*%s\b' % (T, F), text):
			return 'the table is used where it is not known whose it is'
		for name, table in uses:
			if name not in parsed:
				return 'Coccinelle cannot parse %s(), which has to be converted together with this' % name
			if not table.E:
				return 'the table is reached in a way that no rule knows in %s()' % name
		whole = [part for name, table in uses for part in table.parts()]
		for part, reason in (('map', 'the table is mapped by another name, or in another file'), ('unmap', 'the table is unmapped by another name, or in another file')):
			if part not in whole:
				return reason
		if whole.count('map') != 1 or whole.count('fill') != 1:
			return 'the table is built or mapped in more than one place'
		return ''

	def copied(self, T):
		text = self.text
		copies = calls(text, r'memcpy|memmove|krealloc\w*|kvrealloc\w*|kmemdup\w*|swap')
		# Something that has one of them may be what is copied.
		within = '|'.join(name for names in re.findall(r'^\t+struct\s+%s\s+(\w[^;*(=]*);' % T, text, re.M)
				  for name in re.findall(r'\w+', re.sub(r'\[[^]]*\]', '', names)))
		if within and (copies or re.search(r'(?:->|\.)\s*(?:%s)\s*(?:\[[^]]*\]\s*)?=[^=]' % within, text)):
			return True
		names = set(re.findall(r'\bstruct\s+%s\s*\**\s*(?:const\s+)?(\w+)' % T, text))
		for call in copies:
			for at, arg in call.args:
				if re.sub(r'.*(?:->|\.)|^[&*]+', '', arg) in names or re.search(r'sizeof\((?:struct%s|\*(?:\w+->)*(?:%s))\)' % (T, '|'.join(names)), arg):
					return True
		# Elements of an array of them.
		arrays = '|'.join(re.findall(r'\bstruct\s+%s\s*\*\s*(?:const\s+)?(\w+)\s*[;=,)]' % T, text)) or '__none'
		if re.search(r'(?<![\w*])(?:%s)\s*\[[^]]*\]\s*=[^=]|=\s*(?:\w+(?:->|\.))*(?:%s)\s*\[[^]]*\]\s*;' % (arrays, arrays), text):
			return True
		return re.search(r'[;{}]\s*(?:\*\s*)?(?:%s)\s*=\s*\*' % '|'.join(names), text)

	def locals(self):
		for name, (line, text) in self.functions.items():
			for t in dict.fromkeys(call.args[0][1].lstrip('&') for call in calls(text, FILL)):
				if name in self.exporters or name in self.tables or not t.isidentifier() or not re.search(r'\bstruct\s+sg_table\s*\*?\s*(?:\w+\s*,\s*)?%s\b' % t, text):
					continue
				self.tables[name] = Table(self, name, t)
				self.reasons[name] = self.tables[name].reason()

files = {}
parsed = set()

def file(p):
	if p.file not in files:
		files[p.file] = File(p.file)
	return files[p.file]

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
	take = re.match(r'(\w+(?:(?:->|\.)\w+)*)=$', before)
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
	e = re.escape(e)
	found = re.match(r'\s*;\s*if\s*\(\s*(?:unlikely\s*\()?\s*(?:%s)\s*\)?\s*\)(?!\s*\))' % (good % (e, e)), after)
	e = take.group(1)
	return (e, statement(after[found.end():], 0)) if found else None

def blank(text, match):
	"""The text without a part of it."""
	return text[:match.start()] + re.sub(r'[^\n]', ' ', match.group(0)) + text[match.end():]

def name(text, *names):
	"""One that is not used in the function yet."""
	return next((name for name in names if not re.search(r'\b%s\b' % name, text)), '')

def how(call):
	"""(direction, attributes) of a call."""
	place = 2 if call.name.endswith('sgtable') else 3
	return call.args[place][1], call.args[place + 1][1] if len(call.args) > place + 1 else '0'

def differs(mapped, unmaps):
	"""Attributes of the mapping hold when it is undone, too."""
	for unmap in unmaps:
		if mapped[1] != '0' and unmap[1] != mapped[1]:
			return 'the table is unmapped with other attributes'
		if re.match('DMA_', mapped[0]) and re.match('DMA_', unmap[0]) and unmap[0] != mapped[0]:
			return 'the table is unmapped in another direction'
	return ''

class Table:
	"""A table of a function: how it is used."""

	whole = True		# all that is done with it is done here

	def __init__(self, file, name, t):
		self.file, self.name, self.t = file, name, t
		self.line, self.text = file.functions[name]
		self.pointer = bool(re.search(r'\bstruct\s+sg_table\s*\*\s*%s\s*[;=]' % t, self.text))
		self.known = set()
		self.has = set()		# walk, first, nents, counted, ...
		self.out = {}
		self.n, self.device = '', '__none'
		self.unmaps = []	# in which direction, with which attributes

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
		head, body = text.split('\n{\n', 1)
		if re.search(r'\bstruct\s+sg_table\s*\*\s*%s\s*[,)]' % t, head):
			return 'the table comes from elsewhere'
		if re.search(r'\bstatic\s+struct\s+sg_table\b', body):
			return 'the table is static'
		declared = re.findall(r'\bstruct\s+sg_table\s*(\*?)\s*(\w+)\s*(;|=\s*(?:NULL|\{\s*0?\s*\})\s*;)?', body)
		if len([1 for _, other, _ in declared if other != t]):
			return 'there is more than one table in this function'
		if len(declared) != 1 or not declared[0][2]:
			return 'the table is declared in a way that no rule knows'
		self.known |= {match.end() - len(t) for match in re.finditer(r'\bstruct\s+sg_table\s*\*?\s*%s\b' % t, text)}
		for part in ('fill', 'map', 'others', 'walk', 'memory', 'rest', 'ways'):
			reason = getattr(self, part)()
			if reason:
				return reason
		return differs(self.mapped, self.unmaps)

	def fill(self):
		fills = [call for call in calls(self.text, FILL) if self.arg(call, 0)]
		for call in fills:
			if not checked(self.text, call, False):
				return 'whether there was memory for the table is not looked at in the next statement %s' % self.at(call.start)
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
		self.device = call.args[0][1]
		start = len(text[:call.start]) - len(re.split(r'[;{}]', text[:call.start])[-1].lstrip())
		self.mapping = [self.line + text.count('\n', 0, at) for at in (start, call.start)]
		if re.search(r'\(|\+\+|--|=', re.sub(r'\b[A-Za-z_]\w*_dev\(|\bdev_\w+\(|\bto_\w+\(', '', self.device).rstrip(')')):
			return 'the device is given by an expression with a call or an assignment'
		table = call.name == 'dma_map_sgtable'
		found = checked(text, call, not table)
		if not found:
			return 'whether mapping has failed is not looked at in the next statement %s' % self.at(call.start)
		if table:
			if not self.arg(call, 1):
				return 'what is mapped is not the table'
		else:
			if not self.arg(call, 1, 'sgl') or not self.count(call, 2):
				return 'what is mapped is not the table'
			# Nothing that may be walked with, if no one has taken it.
			self.n = found[0] or '-'
		if self.n in (self.t + '.nents', self.t + '->nents'):
			# As dma_map_sgtable() does.
			self.out['bound'], self.n = self.n, ''
			self.known |= {at for at in self.places(self.t) if text.rindex(';', 0, call.start) < at < call.end + 80 and
				       re.match(r'%s(?:->|\.)nents\b' % self.t, text[at:])}
		self.out['undo'] = table and re.search(r'\bgoto\s+\w+\s*;|^\s*return\s+%s\s*;' % (found[0] or '-'), found[1]) and found[0]
		if re.search(r'\b%s\s*(?:\.|->)\s*(?:nents|sgl)\b' % self.t, found[1]):
			return 'the table is looked at when mapping has failed %s' % self.at(call.end)
		self.mapped = how(call)
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
			if 'unmap' in call.name:
				self.unmaps.append(how(call))
		if 'unmap' not in self.has and self.whole:
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
				good = self.arg(call, 0, 'sgl') and (call.args[2][1] == self.n if self.n else self.arg(call, 2, 'nents'))
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
			# Counting segments takes as long as going over them.
			if text[call.end:].lstrip()[0] == '{' and re.search(r'(?<![\w>.])%s\s*(?:->|\.)\s*nents\b' % self.t, text[call.end:end]):
				self.has.add('hoisted')
			# The number is asked for in the loop, or behind it.
			if times(rest, i) or times(text[:call.start], i) > 1:
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
		undo = statement(text, re.search(r'if\s*\(\s*!\s*%s\s*\)' % t, text).end())
		label = re.search(r'\bgoto\s+(\w+)\s*;\s*\}?$', undo)
		if label and len(re.findall(r'\bgoto\s+%s\b' % label.group(1), text)) == 1:
			self.out['label'] = label.group(1)
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
		if 'nents' in self.has and self.n:
			return 'the number of entries is used that were built, not of those that were mapped'
		if self.n.isidentifier():
			bounds = sum(len(call.args) > 3 and call.args[2][1] == self.n for call in calls(text, '|'.join((WALK, UNMAP, SYNC))))
			if times(text, self.n) != 3 + bounds:
				self.has.add('number')
		elif self.n not in ('', '-') and calls(text, MAP):
			self.has.add('number')
		changes = re.findall(r'(?<![\w>.])%s\s*(?:[-+|&*]?=(?!=)|\+\+|--)|(?:&|\+\+|--)\s*%s\b' % (2 * (re.escape(self.n),)), text)
		# There are none when nothing is mapped any more.
		nothing = re.findall(r'(?<![\w>.])%s\s*=\s*0\s*;' % re.escape(self.n), text) if 'unmap' in self.has else []
		if self.n and len(changes) != len(calls(text, MAP)) + len(nothing):
			return 'the number of entries is changed'
		return ''

	def first(self):
		"""What is used as one has to be one."""
		text, ask = self.text, r'\bif\s*\(\s*%s\s*(?:->|\.)\s*nents\s*(?:!=|>)\s*1\s*\)' % self.t
		place = re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*(?:->|\.)' % self.t, text).start()
		if 'walk' in self.has or self.n or not calls(text, MAP):
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
		found = marks.get((self.file.name, self.name, self.t), {})
		for what, text in (
				('left', 'the table may still be mapped at the end of the function'),
				('again', 'the table is mapped again while it is mapped'),
				('freed', 'the table is freed while it is mapped'),
				('late', 'the table is used after it was unmapped'),
				('early', 'the table is used before it was mapped'),
				('refill', 'the table is built again before it was freed')):
			for line in found.get(what, ()):
				# Where the number of entries is put into the table, that is mapped.
				if what != 'early' or line not in self.mapping:
					return '%s (line %d)' % (text, line)
		return ''

	def found(self):
		"""What to write."""
		none, text, has, out, f = '__none', self.text, self.has, self.out, self.name
		maps, needs, number = bool(calls(text, MAP)), has & {'walk', 'nents', 'number'}, 'number' in has
		declares = re.match(r'\s*(?:\w+[\s*]+)+\w+(?:\s*=|;|,|\[)', text.split('\n{\n', 1)[-1])
		phys, ranges = name(text, 'phys', 'memory'), name(text, 'ranges', 'dma_ranges')
		names = {
			'T': none if self.pointer else self.t, 'Q': self.t if self.pointer else none, 'A': none, 'P': phys, 'R': ranges, 'D': none,
			'number': self.n if number else none,
			'bound': out.get('bound', self.n if self.n.isidentifier() and not number else none),
			'dropped': self.n if self.n.isidentifier() and not number else none,
			'gfp': out.get('gfp', none), 'sg': out.get('sg', none), 'counted': out.get('counted', none), 'idle': out.get('idle', none),
			'nr': name(text, 'nr_segments', 'all_segments'), 'made': out.get('made', none), 'label': out.get('label', none), 'limits': name(text, 'limits', 'segment_limits'),
			'seg': name(text, 'seg', 'segment'), 'one': name(text, 'range', 'only'),
			'table': self.t, 'phys': phys, 'ranges': ranges, 'alias': none, 'tag': none, 'kept': none,
		}
		# In which functions to do what.
		where = {
			'fills': False, 'maps': False, 'limited': maps and needs and not number,
			'hoisted': 'hoisted' in has,
			'alone': 'first' in has and 'sure' not in has, 'sure': 'sure' in has, 'sized': 'length' in has,
			'there': needs and not maps, 'one_': 'first' in has, 'limits_': needs and maps and 'walk' not in has,
			'there_': needs and not maps and 'walk' not in has,
		}
		for key, value in where.items():
			if key.endswith('_'):
				names[key + 'declares'] = f if value and declares else none
				names[key + 'begins'] = f if value and not declares else none
			else:
				names[key] = f if value else none
		return names

class Member(Table):
	"""What a function does with a table that is in a structure."""

	whole = False

	def __init__(self, file, name, F):
		super().__init__(file, name, '__table')
		text, self.F, self.alias, self.E = self.text, F, '', ''
		self.used = len(re.findall(r'(?:->|\.)\s*%s\b' % F, text))
		owners = set(re.findall(r'(?<![\w>.])(\w+)\s*->\s*%s\b' % F, text))
		if len(owners) != 1 or len(re.findall(r'(?<![\w>.])\w+\s*->\s*%s\b' % F, text)) != self.used:
			return
		E = owners.pop()
		types = set(re.findall(r'\bstruct\s+(\w+)\s*\*\s*(?:const\s+)?%s\b' % E, text))
		if len(types) != 1:
			return
		self.T, place = types.pop(), r'&?\s*%s\s*->\s*%s' % (E, F)
		alias = re.search(r'\bstruct\s+sg_table\s*\*\s*(\w+)\s*=\s*%s\s*;' % place, text)
		stored = re.search(r'(?<![\w>.])%s\s*->\s*%s\s*=\s*(?!NULL\b)(\w+)\s*;' % (E, F), text)
		if stored:
			# It is allocated here, and put there.
			alias = re.search(r'\bstruct\s+sg_table\s*\*\s*(%s)\s*(?:=\s*NULL\s*)?;' % stored.group(1), text)
			if not alias:
				return
			text = blank(text, stored)
		if alias:
			a = self.alias = alias.group(1)
			text = blank(text, alias)
			if len(re.findall(r'(?<![\w>.])%s\s*=(?!=)' % a, text)) != bool(stored):
				return
			used = text.index(a, alias.start()) if stored else alias.start()
			if re.search(r'(?<![\w>.])%s\s*=(?!=)|&\s*%s\s*[,)]' % (E, E), text[used:]):
				return
		self.pointer = not re.search(r'&\s*%s\s*->\s*%s\b|\b%s\s*->\s*%s\s*\.' % (E, F, E, F), self.text)
		text = self.allocated(text)
		if alias:
			text = re.sub(r'(?<![\w>.])%s\s*->' % a, '__table.', text)
			text = re.sub(r'(?<![\w>.])(?<!struct )%s\b' % a, '&__table', text)
		if self.pointer:
			text = re.sub(r'(?<![\w>.])%s\s*->\s*%s\s*->' % (E, F), '__table.', text)
			text = re.sub(r'(?<![\w>.])%s\s*->\s*%s\b' % (E, F), '&__table', text)
		self.E, self.text = E, re.sub(r'\b%s\s*->\s*%s\b' % (E, F), '__table', text)
		self.pointer, self.star = False, self.pointer

	def allocated(self, text):
		"""Without the allocation of the table, if it has one."""
		self.made = self.freed = self.label = ''
		if not self.pointer:
			return text
		pointer = r'(%s)' % '|'.join([r'\w+\s*->\s*%s' % self.F] + ([self.alias] if self.alias else []))
		handle = r'(?<![\w>.])' + pointer
		size = r'(?:sizeof\s*\(\s*(?:\*\s*\1|struct\s+sg_table)\s*\)|sizeof\s+\*\1)'
		found = re.search(handle + r'\s*=\s*k[mz]alloc(?:_obj\s*\(\s*\*\s*\1\s*(?:,\s*\w+\s*)?|\s*\(\s*%s\s*,\s*\w+\s*)\)\s*;\s*if\s*\(\s*!\s*\1\s*\)' % size, text)
		if found:
			self.made = squeeze(found.group(1))
			undo = statement(text, found.end())
			label = re.search(r'\bgoto\s+(\w+)\s*;\s*\}?$', undo)
			if label and len(re.findall(r'\bgoto\s+%s\b' % label.group(1), text)) == 1:
				self.label = label.group(1)
			text = text[:found.start()] + re.sub(r'[^\n]', ' ', found.group(0) + undo) + text[found.end() + len(undo):]
		for free in reversed(list(re.finditer(r'(?<![\w>.])kfree\s*\(\s*%s\s*\)\s*;' % pointer, text))):
			self.freed = True
			text = blank(text, free)
		for none in reversed(list(re.finditer(handle + r'\s*=\s*NULL\s*;', text))):
			text = blank(text, none)
		return text

	def parts(self):
		found = []
		for part, names in (('fill', FILL), ('map', MAP), ('unmap', UNMAP), ('free', 'sg_free_table')):
			found += [part for call in calls(self.text, names) if any(re.match(r'&?__table\b', arg) for at, arg in call.args)]
		return found

	def reason(self):
		if self.E and self.T != self.file.T:
			return 'the table is used where it is not known whose it is'
		if re.search(r'\bstruct\s+sg_table\b', self.text):
			return 'there is more than one table in %s()' % self.name
		if self.star and 'fill' in self.parts() and not self.made:
			return 'the table comes from elsewhere'
		parts = self.parts()
		for part in ('fill', 'map', 'others', 'walk', 'rest'):
			if part == 'map' and 'map' not in parts:
				if calls(self.text, MAP):
					return 'there is more than one list in %s()' % self.name
				continue
			reason = getattr(self, part)()
			if reason:
				return reason
		return ''

	def device_of(self, table):
		"""The device, by a name that it has in another function, too."""
		device = table.device
		root = re.match(r'&?(\w+)', device)
		if not root:
			return ''
		if root.group(1) == table.E:
			return re.sub(r'^(&?)\w+', r'\1' + self.E, device)
		kind = r'\bstruct\s+(\w+)\s*\*\s*(?:const\s+)?%s\s*[,)=;]' % root.group(1)
		mine, theirs = re.findall(kind, self.text), re.findall(kind, table.text)
		return device if mine and mine == theirs else ''

	def early(self, pointer):
		"""Is a pointer known where the limits are?"""
		start, rest = self.text.split('\n{\n', 1)
		if re.search(r'\*\s*(?:const\s+)?%s\s*[,)]' % pointer, start):
			return True
		mine = re.search(r'\*\s*(?:const\s+)?%s\s*=' % pointer, rest)
		theirs = re.search(r'\bstruct\s+scatterlist\s*\*', rest)
		return mine and theirs and mine.start() < theirs.start()

	def apart(self, uses):
		"""What is done in one function and looked at in another."""
		parts, looks = self.parts(), self.has & {'walk', 'nents', 'number', 'first'}
		mapper = next(table for name, table in uses if 'map' in table.parts())
		if looks and self is not mapper:
			if 'first' in looks:
				return 'the first entry is taken for all in %s()' % self.name
			if 'fill' in parts or 'nents' in looks and 'fill' not in mapper.parts():
				return 'the number of entries is used before the table is mapped, in %s()' % self.name
			self.device = self.device_of(mapper)
			if not self.device or not self.early(re.match(r'&?(\w+)', self.device).group(1)):
				return 'the device is not known in %s()' % self.name
		# Between building and mapping, and behind unmapping, no one may look.
		places = [match.start() for match in re.finditer(r'\b__table\s*\.\s*(?:nents|sgl)\b|\b%s\s*\(' % WALK, self.text)]
		maps, unmaps = calls(self.text, MAP), calls(self.text, UNMAP)
		lookers = [name for name, table in uses if table.has & {'walk', 'nents', 'number', 'first'} and table is not self]
		first = min([call.start for call in calls(self.text, FILL)] or [0])
		if maps and [at for at in places if at < maps[0].start]:
			return 'the table is used before it was mapped, in %s()' % self.name
		before = self.text[first:maps[0].start] if maps else ''
		after = self.text[unmaps[-1].end:] if unmaps else ''
		if unmaps and [at for at in places if at > unmaps[-1].end]:
			return 'the table is used after it was unmapped, in %s()' % self.name
		for looker in lookers:
			if re.search(r'\b%s\s*\(' % looker, before) or 'free' not in parts and re.search(r'\b%s\s*\(' % looker, after):
				return '%s() looks at the table while it may not be mapped' % looker
		return ''

	def found(self):
		names, none, parts, E = super().found(), '__none', self.parts(), self.E
		table, (phys, ranges) = '%s->%s' % (E, self.F), self.file.names
		names.update({
			'T': none if self.star else table, 'Q': table if self.star else none, 'A': self.alias or none,
			'P': '%s->%s' % (E, phys), 'R': '%s->%s' % (E, ranges), 'phys': phys, 'ranges': ranges,
			'D': self.device, 'table': none, 'alias': self.alias or none, 'tag': self.T, 'kept': self.F,
			'made': self.made or none, 'label': self.label or none,
			'bound': names['bound'].replace('__table', table + '->' if self.star else table).replace('->.', '->'),
			'fills': self.name if 'fill' in parts else none,
			'maps': self.name if 'map' in parts and 'fill' not in parts else none,
		})
		return names

def times(text, name):
	return len(re.findall(r'(?<![>.\w])\b%s\b' % name, text))

def mark(ps, t, what):
	marks.setdefault((ps[0].file, ps[0].current_element, str(t)), {}).setdefault(what, []).append(int(ps[0].line))

def judge(p):
	"""Why not, or '', or None if nothing is known of what is mapped."""
	reasons = file(p).reasons
	if p.current_element not in reasons:
		return None
	table = file(p).tables[p.current_element]
	return reasons[p.current_element] or ('' if all(table.found().values()) else 'names that it would get are taken')

// What is mapped.

@call@
expression dev, x;
position p;
@@
(
 dma_map_sgtable@p(dev, x, ...)
|
 dma_map_sg@p(dev, x, ...)
|
 dma_map_sg_attrs@p(dev, x, ...)
)

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

// The functions that there are.

@uses@
identifier g;
position p;
@@
 g@p(...) { ... }

@script:python@
g << uses.g;
@@
parsed.add(str(g))

@script:python depends on report@
p << call.p;
@@
reason = judge(p[0])
if reason is not None:
	coccilib.report.print_report(p[0], 'not converted: ' + reason if reason else 'a table of its own: map ranges')

@script:python depends on org@
p << call.p;
@@
reason = judge(p[0])
if reason is not None:
	coccilib.org.print_todo(p[0], reason or 'a table of its own: map ranges')

@depends on context@
expression dev, x;
position call.p;
@@
(
* dma_map_sgtable@p(dev, x, ...)
|
* dma_map_sg@p(dev, x, ...)
|
* dma_map_sg_attrs@p(dev, x, ...)
)

// What a table becomes in a function.

@script:python good@
g << uses.g; p << uses.p;
f; T; Q; A; P; R; D; made; number; bound; gfp; limits; seg; one; sg; counted; idle; dropped; table; phys; ranges; label; alias; tag; kept;
nr; fills; maps; limited; hoisted; alone; sure; sized; there; one_declares; one_begins; limits_declares; limits_begins; there_declares; there_begins;
@@
known = file(p[0]).tables.get(str(g))
if not known or file(p[0]).reasons[str(g)] or not all(known.found().values()):
	cocci.include_match(False)
else:
	coccinelle.f = str(g)
	for key, value in known.found().items():
		setattr(coccinelle, key, cocci.make_expr(value) if key in ('T', 'Q', 'A', 'P', 'R', 'D', 'made', 'number', 'bound') else value)

// A table that is allocated is no more.

@depends on patch@
identifier good.f;
expression good.made;
expression E;
statement S;
@@
 f(...)
 {
 <...
-made = E;
-if (!made) S
 ...>
 }

@depends on patch@
identifier good.f;
expression good.Q, good.A;
@@
 f(...)
 {
 <...
(
-kfree(Q);
|
-kfree(A);
|
-Q = NULL;
|
-Q = A;
)
 ...>
 }

@depends on patch@
identifier good.f, good.label;
statement S;
@@
 f(...)
 {
 <...
-label:
 S
 ...>
 }

// Lists in a structure are made before something is put into them.

@depends on patch@
identifier good.fills, x;
expression good.T, good.Q, good.A, good.P, good.R;
statement S;
@@
 fills(...)
 {
 <...
(
+phys_range_list_init(&P);
+dma_range_list_init(&R);
 x = \(sg_alloc_table_from_pages\|sg_alloc_table_from_pages_segment\)(\(&T\|Q\|A\), ...);
|
+phys_range_list_init(&P);
+dma_range_list_init(&R);
 if (<+... \(sg_alloc_table_from_pages\|sg_alloc_table_from_pages_segment\)(\(&T\|Q\|A\), ...) ...+>) S
)
 ...>
 }

@depends on patch@
identifier good.maps;
expression good.T, good.Q, good.A, good.R;
expression d, x;
statement S;
@@
 maps(...)
 {
 <...
(
+dma_range_list_init(&R);
 x = \(dma_map_sgtable\|dma_map_sg\|dma_map_sg_attrs\)(d, \(&T\|Q\|A\|T.sgl\|Q->sgl\|A->sgl\), ...);
|
+dma_range_list_init(&R);
 if (<+... \(dma_map_sgtable\|dma_map_sg\|dma_map_sg_attrs\)(d, \(&T\|Q\|A\|T.sgl\|Q->sgl\|A->sgl\), ...) ...+>) S
)
 ...>
 }

// What is built and mapped.

@depends on patch@
identifier good.f;
expression good.T, good.Q, good.A, good.P;
expression a, b, c, d, e, g;
@@
 f(...)
 {
 <...
(
-sg_alloc_table_from_pages(\(&T\|Q\|A\), a, b, c, d, g)
+phys_range_list_append_pages(&P, a, b, c, d, g)
|
-sg_alloc_table_from_pages_segment(\(&T\|Q\|A\), a, b, c, d, e, g)
+phys_range_list_append_pages(&P, a, b, c, d, g)
)
 ...>
 }

@depends on patch@
identifier good.f, good.gfp;
expression good.T, good.Q, good.A, good.P, good.R;
expression d, dir, attrs;
@@
 f(...)
 {
 <...
-dma_map_sgtable(d, \(&T\|Q\|A\), dir, attrs)
+dma_map_phys_ranges(d, &R, &P, dir, attrs, gfp)
 ...>
 }

@depends on patch@
identifier good.f, good.gfp;
expression good.T, good.Q, good.A, good.P, good.R, good.bound;
expression d, dir, attrs, e;
statement S;
@@
 f(...)
 {
 <...
(
-bound = dma_map_sg(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir);
-if (\(!bound\|bound == 0\|bound <= 0\|bound < 1\))
+if (dma_map_phys_ranges(d, &R, &P, dir, 0, gfp))
 S
|
-bound = dma_map_sg_attrs(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir, attrs);
-if (\(!bound\|bound == 0\|bound <= 0\|bound < 1\))
+if (dma_map_phys_ranges(d, &R, &P, dir, attrs, gfp))
 S
)
 ...>
 }

@depends on patch@
identifier good.f, good.gfp, good.limits;
expression good.T, good.Q, good.A, good.P, good.R, good.number;
expression d, dir, attrs, e;
@@
 f(...)
 {
 <...
(
-number = dma_map_sg(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir);
+limits = dma_range_device_limits(d);
+if (dma_map_phys_ranges(d, &R, &P, dir, 0, gfp))
+	number = 0;
+else
+	number = dma_range_nr_segments(&R, &limits);
|
-number = dma_map_sg_attrs(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir, attrs);
+limits = dma_range_device_limits(d);
+if (dma_map_phys_ranges(d, &R, &P, dir, attrs, gfp))
+	number = 0;
+else
+	number = dma_range_nr_segments(&R, &limits);
)
 ...>
 }

@depends on patch@
identifier good.f, good.gfp;
expression good.T, good.Q, good.A, good.P, good.R;
expression d, dir, attrs, e;
statement S;
@@
 f(...)
 {
 <...
(
-if (\(!dma_map_sg(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir)\|dma_map_sg(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir) == 0\))
+if (dma_map_phys_ranges(d, &R, &P, dir, 0, gfp))
 S
|
-if (\(!dma_map_sg_attrs(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir, attrs)\|dma_map_sg_attrs(d, \(T.sgl\|Q->sgl\|A->sgl\), e, dir, attrs) == 0\))
+if (dma_map_phys_ranges(d, &R, &P, dir, attrs, gfp))
 S
)
 ...>
 }

// Limits are those of the device.

@depends on patch@
identifier good.limited, good.limits;
expression good.R;
expression d, x;
statement S;
@@
 limited(...)
 {
 <...
(
 x = dma_map_phys_ranges(d, &R, ...);
 if (...) S
+limits = dma_range_device_limits(d);
|
 if (<+... dma_map_phys_ranges(d, &R, ...) ...+>) S
+limits = dma_range_device_limits(d);
)
 ...>
 }

// What can only be one range has to be one.

@depends on patch@
iterator name dma_range_for_each_unlimited;
identifier good.alone, good.one, good.gfp, e, l;
expression good.P, good.R;
expression d, dir, attrs;
@@
 alone(...)
 {
 <...
 e = dma_map_phys_ranges(d, &R, &P, dir, attrs, gfp);
(
 if (...) return e;
+if (dma_range_list_nr(&R) != 1) {
+	dma_unmap_ranges(d, &R, dir, attrs);
+	return -EINVAL;
+}
+dma_range_for_each_unlimited(&R, one)
+	break;
|
 if (...) \(goto l;\|{ ... goto l; }\)
+if (dma_range_list_nr(&R) != 1) {
+	dma_unmap_ranges(d, &R, dir, attrs);
+	e = -EINVAL;
+	goto l;
+}
+dma_range_for_each_unlimited(&R, one)
+	break;
)
 ...>
 }

@depends on patch@
iterator name dma_range_for_each_unlimited;
identifier good.sure, good.one;
expression good.T, good.Q, good.A, good.R;
statement S;
@@
 sure(...)
 {
 <...
-if (\(T.nents > 1\|T.nents != 1\|Q->nents > 1\|Q->nents != 1\|A->nents > 1\|A->nents != 1\))
+if (dma_range_list_nr(&R) != 1)
 S
+dma_range_for_each_unlimited(&R, one)
+	break;
 ...>
 }

@depends on patch@
typedef u32;
identifier good.f, good.one;
expression good.T, good.Q, good.A;
@@
 f(...)
 {
 <...
(
-sg_dma_address(T.sgl)
+one.addr
|
-sg_dma_address(Q->sgl)
+one.addr
|
-sg_dma_address(A->sgl)
+one.addr
|
-sg_dma_len(T.sgl)
+(u32)one.len
|
-sg_dma_len(Q->sgl)
+(u32)one.len
|
-sg_dma_len(A->sgl)
+(u32)one.len
)
 ...>
 }

@depends on patch@
identifier good.sized;
expression good.R;
@@
 sized(...)
 {
 <...
-dma_range_list_nr(&R) != 1
+dma_range_list_nr(&R) != 1 || dma_range_list_bytes(&R) > U32_MAX
 ...>
 }

// Segments are counted once.

@depends on patch@
iterator name for_each_sgtable_dma_sg, for_each_sg;
identifier good.hoisted, good.limits, good.nr, good.sg;
expression good.T, good.Q, good.A, good.R;
expression e, i;
@@
 hoisted(...)
 {
 <...
(
+nr = dma_range_nr_segments(&R, &limits);
 for_each_sgtable_dma_sg(\(&T\|Q\|A\), sg, i) {
 <...
(
-T.nents
+nr
|
-Q->nents
+nr
|
-A->nents
+nr
)
 ...>
 }
|
+nr = dma_range_nr_segments(&R, &limits);
 for_each_sg(\(T.sgl\|Q->sgl\|A->sgl\), sg, e, i) {
 <...
(
-T.nents
+nr
|
-Q->nents
+nr
|
-A->nents
+nr
)
 ...>
 }
)
 ...>
 }

// What is walked.

@depends on patch@
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
identifier good.f, good.seg, good.limits, good.counted, good.sg;
expression good.T, good.Q, good.A, good.R;
expression e;
statement S;
@@
 f(...)
 {
 <...
(
-for_each_sgtable_dma_sg(\(&T\|Q\|A\), sg, counted)
+counted = 0;
+dma_range_for_each_segment(&R, &limits, seg)
 {
 ...
+counted++;
 }
|
-for_each_sgtable_dma_sg(\(&T\|Q\|A\), sg, counted)
+counted = 0;
+dma_range_for_each_segment(&R, &limits, seg) {
 S
+counted++;
+}
|
-for_each_sg(\(T.sgl\|Q->sgl\|A->sgl\), sg, e, counted)
+counted = 0;
+dma_range_for_each_segment(&R, &limits, seg)
 {
 ...
+counted++;
 }
|
-for_each_sg(\(T.sgl\|Q->sgl\|A->sgl\), sg, e, counted)
+counted = 0;
+dma_range_for_each_segment(&R, &limits, seg) {
 S
+counted++;
+}
)
 ...>
 }

@depends on patch@
iterator name for_each_sgtable_dma_sg, for_each_sg, dma_range_for_each_segment;
identifier good.f, good.seg, good.limits, good.idle, good.sg;
expression good.T, good.Q, good.A, good.R;
expression e;
statement S;
@@
 f(...)
 {
 <...
(
-for_each_sgtable_dma_sg(\(&T\|Q\|A\), sg, idle)
+dma_range_for_each_segment(&R, &limits, seg)
 S
|
-for_each_sg(\(T.sgl\|Q->sgl\|A->sgl\), sg, e, idle)
+dma_range_for_each_segment(&R, &limits, seg)
 S
)
 ...>
 }

@depends on patch@
identifier good.f, good.seg, good.sg, x;
type t;
@@
 f(...)
 {
 <...
 t x =
-sg_dma_len(sg)
+seg.len
 ;
 ...>
 }

@depends on patch@
typedef u32;
identifier good.f, good.seg, good.sg;
expression E;
@@
 f(...)
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
identifier good.f, good.limits;
expression good.T, good.Q, good.A, good.R;
expression E;
@@
 f(...)
 {
 <...
(
 E =
-T.nents
+dma_range_nr_segments(&R, &limits)
|
 E =
-Q->nents
+dma_range_nr_segments(&R, &limits)
|
 E =
-A->nents
+dma_range_nr_segments(&R, &limits)
|
-T.nents
+dma_range_nr_segments(&R, &limits)
 > E
|
-Q->nents
+dma_range_nr_segments(&R, &limits)
 > E
|
-A->nents
+dma_range_nr_segments(&R, &limits)
 > E
|
-T.nents
+(u32)dma_range_nr_segments(&R, &limits)
|
-Q->nents
+(u32)dma_range_nr_segments(&R, &limits)
|
-A->nents
+(u32)dma_range_nr_segments(&R, &limits)
)
 ...>
 }

// What is synced, and undone.

@depends on patch@
identifier good.f;
expression good.T, good.Q, good.A, good.R;
expression d, dir;
@@
 f(...)
 {
 <...
(
-dma_sync_sgtable_for_cpu(d, \(&T\|Q\|A\), dir)
+dma_sync_ranges_for_cpu(d, &R, 0, dma_range_list_bytes(&R), dir)
|
-dma_sync_sgtable_for_device(d, \(&T\|Q\|A\), dir)
+dma_sync_ranges_for_device(d, &R, 0, dma_range_list_bytes(&R), dir)
|
-dma_sync_sg_for_cpu(d, \(T.sgl\|Q->sgl\|A->sgl\), ..., dir)
+dma_sync_ranges_for_cpu(d, &R, 0, dma_range_list_bytes(&R), dir)
|
-dma_sync_sg_for_device(d, \(T.sgl\|Q->sgl\|A->sgl\), ..., dir)
+dma_sync_ranges_for_device(d, &R, 0, dma_range_list_bytes(&R), dir)
)
 ...>
 }

@depends on patch@
identifier good.f;
expression good.T, good.Q, good.A, good.P, good.R;
expression d, dir, attrs, n;
@@
 f(...)
 {
 <...
(
-dma_unmap_sgtable(d, \(&T\|Q\|A\), dir, attrs)
+dma_unmap_ranges(d, &R, dir, attrs)
|
-dma_unmap_sg(d, \(T.sgl\|Q->sgl\|A->sgl\), n, dir)
+dma_unmap_ranges(d, &R, dir, 0)
|
-dma_unmap_sg_attrs(d, \(T.sgl\|Q->sgl\|A->sgl\), n, dir, attrs)
+dma_unmap_ranges(d, &R, dir, attrs)
|
-sg_free_table(\(&T\|Q\|A\))
+phys_range_list_destroy(&P)
)
 ...>
 }

// Declarations.

@depends on patch@
identifier good.hoisted, good.sg, good.nr;
@@
 hoisted(...)
 {
 <...
+unsigned int nr;
 struct scatterlist *sg;
 ...>
 }

@depends on patch@
identifier good.there, good.limits, good.seg, good.sg;
expression good.D;
@@
 there(...)
 {
 <...
-struct scatterlist *sg;
+struct dma_range_limits limits = dma_range_device_limits(D);
+struct dma_range seg;
 ...>
 }

@depends on patch@
identifier good.f, good.limits, good.seg, good.sg;
@@
 f(...)
 {
 <...
-struct scatterlist *sg;
+struct dma_range_limits limits;
+struct dma_range seg;
 ...>
 }

@depends on patch@
identifier good.one_declares, good.one;
@@
 one_declares(...)
 {
+struct dma_range one;
 ...
 }

@depends on patch@
identifier good.limits_declares, good.limits;
@@
 limits_declares(...)
 {
+struct dma_range_limits limits;
 ...
 }

@depends on patch@
identifier good.there_declares, good.limits;
expression good.D;
@@
 there_declares(...)
 {
+struct dma_range_limits limits = dma_range_device_limits(D);
 ...
 }

@depends on patch@
identifier good.one_begins, good.one;
@@
 one_begins(...)
 {
+struct dma_range one;
+
 ...
 }

@depends on patch@
identifier good.limits_begins, good.limits;
@@
 limits_begins(...)
 {
+struct dma_range_limits limits;
+
 ...
 }

@depends on patch@
identifier good.there_begins, good.limits;
expression good.D;
@@
 there_begins(...)
 {
+struct dma_range_limits limits = dma_range_device_limits(D);
+
 ...
 }

@depends on patch@
identifier good.f, good.idle;
expression E;
type t;
@@
 f(...)
 {
 <...
(
-t idle;
|
-t idle = E;
)
 ...>
 }

@depends on patch@
identifier good.f, good.dropped;
expression E;
type t;
@@
 f(...)
 {
 <...
(
-t dropped;
|
-t dropped = E;
)
 ...>
 }

@depends on patch@
identifier good.f, good.alias;
expression good.T, good.Q;
@@
 f(...)
 {
 <...
(
-struct sg_table *alias = &T;
|
-struct sg_table *alias = Q;
|
-struct sg_table *alias;
|
-struct sg_table *alias = NULL;
)
 ...>
 }

@depends on patch@
declarer name DEFINE_PHYS_RANGE_LIST, DEFINE_DMA_RANGE_LIST;
identifier good.f, good.phys, good.ranges, good.table;
initializer I;
@@
 f(...)
 {
 <...
(
-struct sg_table table;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
|
-struct sg_table table = I;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
|
-struct sg_table *table;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
|
-struct sg_table *table = I;
+DEFINE_PHYS_RANGE_LIST(phys);
+DEFINE_DMA_RANGE_LIST(ranges);
)
 ...>
 }

@depends on patch@
identifier good.tag, good.kept, good.phys, good.ranges;
@@
 struct tag {
 ...
-struct sg_table kept;
+struct phys_range_list phys;
+struct dma_range_list ranges;
 ...
 };

@depends on patch@
identifier good.tag, good.kept, good.phys, good.ranges;
@@
 struct tag {
 ...
-struct sg_table *kept;
+struct phys_range_list phys;
+struct dma_range_list ranges;
 ...
 };

@done depends on patch@
@@
(
 phys_range_list_append_pages(...)
|
 dma_map_phys_ranges(...)
)

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
