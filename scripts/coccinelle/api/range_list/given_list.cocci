// SPDX-License-Identifier: GPL-2.0
///
/// A subsystem hands its drivers a scatterlist.  Map it as ranges, which the
/// driver keeps in what it has for each request: the list is the subsystem's,
/// and is not written to.
///
//# Before:
//#	n = dma_map_sg(dev, data->sg, data->sg_len, dir);
//#	if (!n)
//#		return -ENOMEM;
//#	for_each_sg(data->sg, sg, n, i)
//#		x_write(host, sg_dma_address(sg), sg_dma_len(sg));
//#	...
//#	dma_unmap_sg(dev, data->sg, data->sg_len, dir);
//#
//# After:
//#	if (dma_map_sg_ranges(dev, &host->ranges, data->sg, data->sg_len, dir,
//#			      GFP_ATOMIC))
//#		return -ENOMEM;
//#	sg_ranges_for_each(&host->ranges, range)
//#		x_write(host, range.addr, (u32)range.len);
//#	...
//#	dma_unmap_sg_ranges(dev, &host->ranges, dir);
//#
//# There is one range for each entry, so what the driver counts on stays true.
//#
//# Where the ranges are kept is what subsystems promise. An MMC host without
//# .pre_req has one request at a time, and mmc_priv() is its own. A crypto request
//# has a context, which the API has allocated with it, and one mapping of its
//# source and destination at a time. A SCSI command has what the driver asked for
//# with .cmd_size, if a function returns scsi_cmd_priv(). And a list that is a
//# member of a structure of the driver, or to which one points, is mapped once
//# for each of these, or could not be found to be unmapped; the ranges are beside
//# it. The structure must be defined in the file or in a header of the driver.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --local-includes --include-headers
// Comments: needs Coccinelle with Python
// Subject: map what the subsystem gives as ranges
// Family: list given by a subsystem
// Selects: RANGE_LIST
// Leaves-here-no: \b(dma_(un)?map_sg(_attrs|table)?|dma_sync_sg\w*|dmaengine_prep\w*)\s*\(|(->|\.)dma_(address|length)\b|(?s:\A(?!.*\bscsi_dma_map\s*\().*\bsg_dma_(address|len)\s*\()
// Keywords: dma_map_sg

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import os
import re

# Nothing of which this knows: other rules may.
OTHERS = 'others'

# What may be done with a list that is mapped: the CPU's side of it.
cpu = r'(?:sg_(?:p?copy_(?:from|to)_buffer|nents(?:_for_len)?|virt|page|phys|miter_start|zero_buffer)|memcpy_(?:from|to)_sglist|' \
      r'scatterwalk_\w+|(?:skcipher|ahash|aead)_request_set_\w+|dma_(?:un)?map_sg|for_each_sg|sg_dma_(?:address|len)|sizeof|if|while|for|return|min|max|WARN_ON|BUG_ON|(?:dev|pr)_\w+|blk_rq_map_sg|sgl?_(?:free|alloc)\w*|sg_init_(?:table|one)|sg_(?:chain|set_buf|set_page|next|last)|scsi_for_each_sg)'

def strip(text):
	"""Without comments and strings."""
	def blank(match):
		return re.sub(r'[^\n]', ' ', match.group(0))
	return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)

def squeeze(text):
	return re.sub(r'\s', '', str(text))

texts = {}

def code(p):
	if p.file not in texts:
		with open(p.file, errors='replace') as file:
			texts[p.file] = strip(file.read())
	return texts[p.file]

def headers(p):
	"""The headers of the driver."""
	found = ''
	for name in re.findall(r'^\s*#\s*include\s*"([\w./-]+)"', open(p.file, errors='replace').read(), re.M):
		path = os.path.join(os.path.dirname(p.file), name)
		if '/' not in name and os.path.exists(path):
			found += strip(open(path, errors='replace').read())
	return found

def function(p):
	"""The text of the function at a place."""
	lines = code(p).split('\n')
	first = last = int(p.line) - 1
	while first and not lines[first].startswith('{'):
		first -= 1
	while last < len(lines) - 1 and not lines[last].startswith('}'):
		last += 1
	while first and lines[first - 1].strip() and lines[first - 1][0] not in '}#;':
		first -= 1
	return '\n'.join(lines[first:last + 1])

def body(p):
	"""A loop, from its head on."""
	return loop_text('\n'.join(code(p).split('\n')[int(p.line) - 1:]))

def inside(p):
	"""A loop without its head."""
	return re.sub(r'^[^(]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*', '', body(p))

def numbered(p, index):
	"""Is the number of an entry asked for, in the loop or behind it?"""
	text, here = function(p), body(p)
	if re.search(r'\b%s\b' % index, inside(p)):
		return True
	# In a loop, what is in front is behind, too.
	blocks, _ = heads(text[:text.index(here)])
	around = [block for block in blocks if re.search(r'\b(?:do|while|for|\w*for_each\w*)\b', block)]
	if around and times(re.sub(r'\b%s\s*=[^=]' % index, '', text[text.index(around[0]):text.index(here)]), index):
		return True
	rest = text[text.index(here) + len(here):]
	while True:
		other = re.search(r'\bfor\s*\(\s*%s\s*=|\bfor_each_sg\s*\([^;{}]*,\s*%s\s*\)' % (index, index), rest)
		if not other:
			return times(rest, index)
		rest = rest[:other.start()] + rest[other.start() + len(loop_text(rest[other.start():])):]

def loop_text(text):
	head = re.match(r'[^(]*\((?:[^()]|\([^()]*\))*\)', text).end()
	end, last = text.find('{', head), text.find(';', head)
	if 0 <= last < end or end < 0:
		return text[:last + 1]
	depth = 0
	for end in range(end, len(text)):
		depth += (text[end] == '{') - (text[end] == '}')
		if not depth:
			break
	return text[:end + 1]

def times(text, name):
	return len(re.findall(r'(?<![>.])\b%s\b' % name, text))

def defined(p, T):
	"""The members of a structure, if it is defined in the driver."""
	text = code(p) + headers(p)
	start = re.search(r'\bstruct\s+%s\s*\{' % T, text)
	return start and loop_text('(' + ')' + text[start.end() - 1:])

def begins(p, T):
	"""The structure that a structure begins with, and may be cast to: '' if that is none, None if it has no name."""
	inside = defined(p, T).split('{', 1)[1]
	if not re.match(r'\s*(?:struct|union)\b[^;*[]*[;{]', inside):
		return ''
	found = re.match(r'\s*(?:struct|union)\s+\w+\s+(\w+)\s*;', inside)
	return found and found.group(1)

def heads(text):
	"""What the end of a text is within: what each block begins with, and the statement so far."""
	found, start = [], 0
	for at, char in enumerate(text):
		if char == '{':
			found.append(text[start:at])
		elif char == '}' and found:
			found.pop()
		if char in '{};':
			start = at + 1
	return found[1:], text[start:]

def asked(text):
	"""Does the end of a text depend on a condition?"""
	blocks, begun = heads(text)
	# Within the condition itself it does not.
	if begun.count('(') > begun.count(')'):
		begun = ''
	return any(re.search(r'\b(?:if|else|switch)\b', part) for part in blocks + [begun])

def before(p, name):
	"""The texts of functions up to where they call one, but for that itself."""
	for found in re.finditer(r'(?<![\w>.])%s\s*\(' % name, code(p)):
		text = code(p)[:found.start()]
		start = max(text.rfind('\n{'), text.rfind(')\n{'))
		if start > text.rfind('\n}'):
			yield text[start:]

def pointer_to(p, name):
	"""What structure a variable of a function points to."""
	found = set(re.findall(r'\bstruct\s+(\w+)\s*\*\s*(?:const\s+)?%s\s*[;=,)]' % name, function(p)))
	return found.pop() if len(found) == 1 else None

class Calls:
	def __init__(self):
		self.places = {}	# (file, line, list): where its ranges are
		self.sites = []		# (what, place, list, count, index, walker)
		self.results = []	# (place, list, what takes the number of entries)
		self.early = []		# (place, list that may not be mapped there)
		self.verdicts = {}
		self.behind = set()	# (structure, member) that there is already

	def key(self, text, sg):
		"""Which list of a request it is: the name of the field."""
		if re.search(r'\bmmc_priv\(', text):
			return 'ranges' if re.fullmatch(r'(?:\w+->)*data->sg', sg) else None
		found = re.fullmatch(r'(?:\w+->)?(src|dst)', sg)
		return found and found.group(1) + '_ranges'

	def owner_type(self, p):
		"""The structure that belongs to a request, if it is defined here."""
		text = code(p)
		if re.search(r'\bmmc_priv\(', text):
			calls = r'mmc_priv'
		else:
			calls = r'(?:skcipher|ahash|aead|akcipher|kpp|acomp)_request_ctx(?:_dma)?'
		found = set(re.findall(r'\bstruct\s+(\w+)\s*\*\s*\w+\s*=\s*%s\s*\(' % calls, text))
		for name in re.findall(r'\b(\w+)\s*=\s*%s\s*\(' % calls, text):
			found |= set(re.findall(r'\bstruct\s+(\w+)\s*\*\s*%s\s*[;,]' % name, text))
		text += headers(p)
		found = [name for name in found if re.search(r'\bstruct\s+%s\s*\{' % name, text)]
		for site in self.sites:
			if len(found) > 1 and site[1].file == p.file:
				found = [name for name in found if self.owner(site[1], name)]
		return found[0] if len(found) == 1 else None

	def command(self, p, sg):
		"""A list of a SCSI command, whose driver has memory with each of them."""
		found = re.fullmatch(r'scsi_(prot_)?sglist\((\w+(?:->\w+)*)\)', sg)
		getters = re.findall(r'\bstruct\s+(\w+)\s*\*\s*(\w+)\s*\(\s*struct\s+scsi_cmnd\s*\*\s*(\w+)\s*\)\s*'
				     r'\{\s*return\s+scsi_cmd_priv\s*\(\s*\3\s*\)\s*;\s*\}', code(p) + headers(p))
		if not found or len(getters) != 1 or not defined(p, getters[0][0]):
			return None
		return getters[0][0], '%s(%s)' % (getters[0][1], found.group(2)), 'prot_ranges' if found.group(1) else 'ranges'

	def member(self, p, sg):
		"""A list of a structure of the driver's own, which has the ranges, too."""
		found = re.fullmatch(r'(\w+)->(\w+)', sg)
		T = found and pointer_to(p, found.group(1))
		text = T and defined(p, T)
		if text and re.search(r'\bstruct\s+scatterlist\s*(?:\*\s*%s\s*;|%s\s*\[)' % (found.group(2), found.group(2)), text):
			return T, found.group(1), re.sub(r'_?sg$', '', found.group(2)) + '_ranges' if found.group(2) != 'sg' else 'ranges'
		return None

	def where(self, p, sg):
		"""(structure, pointer to it, its member) for the ranges of a list."""
		if (p.file, str(p.line), sg) not in self.places:
			self.places[p.file, str(p.line), sg] = self.find(p, sg)
		return self.places[p.file, str(p.line), sg]

	def find(self, p, sg):
		key = self.key(code(p), sg)
		if key and self.requests(p):
			T = self.owner_type(p)
			return T and (T, self.owner(p, T) or 'host', key)
		return self.command(p, sg) or self.member(p, sg)

	def requests(self, p):
		return re.search(r'\b(?:mmc_priv|\w+_request_ctx(?:_dma)?)\(', code(p))

	def only_walks(self, p, walker):
		"""Is a variable used for nothing but the loops that go?"""
		rest = function(p)
		for what, place, *_ in self.sites:
			if what in ('walk', 'cursor') and place.file == p.file and place.current_element == p.current_element:
				rest = rest.replace(body(place), '')
				# That by hand begins a line above.
				if what == 'cursor':
					rest = re.sub(r'\b%s = [\w>.-]+;' % walker, '', rest)
		return times(rest, walker) == 1

	def in_place(self, p, key):
		"""The destination may be the source, and is not mapped then."""
		return key == 'dst_ranges' and re.search(r'->(?:src\s*==\s*\w+->dst|dst\s*==\s*\w+->src)\b', code(p))

	def owner(self, p, T):
		"""What is a pointer to that structure in a function."""
		found = re.search(r'\bstruct\s+%s\s*\*\s*(?:const\s+)?(\w+)\s*[;=,)]' % T, function(p))
		return found and found.group(1)

	def host(self, p):
		"""If there is none: what to make one of."""
		text = function(p)
		if re.search(r'\bstruct\s+mmc_host\s*\*\s*mmc\s*[,)]', text) and not times(text, 'host'):
			return 'host'
		return None

	def verdict(self, p):
		if p.file not in self.verdicts:
			self.verdicts[p.file] = self.judge(p)
		return self.verdicts[p.file]

	def judge(self, p):
		text = code(p)
		mmc = re.search(r'\bmmc_priv\(', text)
		sites = [site for site in self.sites if site[1].file == p.file]
		theirs = [site for site in sites if self.mapped_by_scsi(site, sites)]
		sites = [site for site in sites if site not in theirs]
		owners = [self.where(place, sg) for what, place, sg, *_ in sites]
		if not all(owners):
			if self.requests(p) and not self.owner_type(p):
				return 'what belongs to a request is not known, or defined elsewhere'
			return OTHERS
		if re.search(r'\bdmaengine_prep_|\bdevice_prep_', text):
			return 'the list goes on to dmaengine, whose drivers take scatterlists'
		if mmc and re.search(r'\.\s*(?:pre_req|cqe_ops)\s*=|->cqe_ops\b', text):
			return 'the host is given one request while it has another'
		if re.search(r'\b(?:range|%s)\b' % '|'.join({F for T, E, F in owners}), text):
			return 'a name that it would get is taken'
		for what, place, sg, *_ in sites:
			T = self.where(place, sg)[0]
			if not (self.requests(p) and self.key(text, sg)) and not re.search(r'\bstruct\s+%s\s*\{' % T, text) and self.elsewhere(p, sg, T):
				return 'the list is used in %s, too' % self.elsewhere(p, sg, T)
		for T in {T for T, E, F in owners}:
			if self.copied(p, T):
				return 'what belongs to a request is copied, and a list has to stay where it is'
			if self.overlaid(next(place for what, place, sg, *_ in sites if self.where(place, sg)[0] == T), T):
				return self.overlaid(next(place for what, place, sg, *_ in sites if self.where(place, sg)[0] == T), T)
		for what, place, sg, *_ in sites:
			if '(' not in sg and not (self.requests(p) and self.key(text, sg)) and self.moved(place, sg):
				return 'the list may be another when it is walked or unmapped'
		whats, known, walkers = {}, [body(site[1]) for site in theirs], {}
		for what, place, sg, n, index, walker in sites:
			key = self.where(place, sg)
			key = key[0], key[2]
			if self.requests(p) and self.key(text, sg) and not self.owner(place, key[0]) and not (mmc and self.host(place)):
				return 'what belongs to a request is not known in %s()' % place.current_element
			whats.setdefault(key, set()).add(what)
			if what in ('walk', 'cursor'):
				known.append(body(place))
				if walkers.setdefault(place.current_element, walker) != walker:
					return 'a function goes over lists with more than one variable'
				reason = self.walk(place, sg, n, index, walker, key, text)
				if reason:
					return reason
			if begins(place, key[0]) is None:
				return 'what the structure begins with that would have the ranges has no name'
			if what == 'map' and not self.checked(place):
				return 'whether mapping has failed is not looked at (line %s); decide what to do then' % place.line
			if what == 'map' and re.search(r'\bblk_rq_map_sg\s*\(', function(place)):
				return 'a request of the block layer must not fail for want of memory (line %s)' % place.line
			if what == 'map' and self.conditional(place) and re.search(r'for_each_sg\s*\(', text):
				return 'the list is mapped on a condition (line %s), and nothing says so when it is walked' % place.line
		for key, what in whats.items():
			if 'unmap' not in what or 'map' not in what:
				return 'the list is unmapped in another file'
		for what, place, *_ in sites:
			if what == 'unmap' and re.search(r'\bmmc_request_done\s*\((?:(?!\breturn\b)[^}])*\bdma_unmap_sg\b', function(place)):
				return 'the request is given back before it is unmapped (line %s)' % place.line
		for what, place, sg, *_ in sites:
			T = self.where(place, sg)[0]
			if what == 'unmap' and not mmc and '(' not in sg and not self.zeroed(place, T) and \
			   any(self.skipped(other) and (self.always(place) or self.unrelated(place, other)) for what, other, of, *_ in sites if what == 'map' and self.where(other, of) == self.where(place, sg)):
				return 'the list may be unmapped where it was not mapped (line %s)' % place.line
		for place, sg in self.early:
			maps = [of for what, other, of, *_ in sites if what == 'map' and other.current_element == place.current_element]
			if place.file == p.file and sg in maps and not self.guarded(place):
				return 'the list may be unmapped before it is mapped (line %s)' % place.line
		others = text
		for loop in known:
			others = others.replace(loop, '')
		if mmc:
			others = re.sub(r'\bsg_dma_(?:address|len)\s*\(\s*\w+(?:->\w+)*->sg\s*\)', '', others)
		if re.search(r'\b(?:sg_dma_(?:address|len)|dma_sync_sg\w*|dma_(?:un)?map_sg(?:_attrs|table))\s*\(|(?:->|\.)dma_(?:address|length)\b', others):
			return 'its entries are used in a way that no rule knows'
		lists = {r'\bdata->sg', r'\b\w+->(?:src|dst)'} | {r'\b\w+->%s' % sg.split('->')[-1] for what, place, sg, *_ in sites if '->' in sg and '(' not in sg}
		plain = re.sub(r'\bsg_dma_(?:address|len)\s*\([^()]*\)', '0', text)
		for name, rest in re.findall(r'\b(\w+)\s*\(([^;{}]*)', plain):
			if re.search(r'(?:%s)\s*[,)]' % '|'.join(lists), rest.split(')')[0] + ')') and \
			   not re.fullmatch(cpu, name) and not re.search(r'^(?:static\s[^;=]*)?\b%s\s*\(' % name, text, re.M):
				return 'the list is given to %s()' % name
		fields = '|'.join({sg.split('->')[-1] for what, place, sg, *_ in sites if '->' in sg and '(' not in sg}) or '__none'
		for first, last, name, alias in self.aliases(plain, fields):
			for call, rest in re.findall(r'(?<![\w>.])(\w+)\s*\(([^;{}]*)', plain[first:last]):
				if re.search(r'(?:^|,)\s*%s\s*[,)]' % alias, rest) and not re.fullmatch(cpu, call) and \
				   not re.search(r'^(?:static\s[^;=]*)?\b%s\s*\(' % call, text, re.M) and not re.search(r'^\w[^;{}()]*\b%s\s*\([^;{}]*\)\s*\{' % call, text, re.M):
					return 'the list is given to %s()' % call
		return None

	def aliases(self, text, fields):
		"""Variables that have a list, and the function they are in."""
		for found in re.finditer(r'^\{\n.*?^\}', text, re.M | re.S):
			for alias in re.findall(r'(?<![\w>.])(\w+)\s*=\s*\w+->(?:%s)\s*[;,]' % fields, found.group(0)):
				yield found.start(), found.end(), '', alias

	def upto(self, p):
		"""The text of a function up to a line."""
		lines = code(p).split('\n')
		first = last = int(p.line) - 1
		while first and not lines[first].startswith('{'):
			first -= 1
		return '\n'.join(lines[first:last]) + '\n' + lines[last].split('dma_')[0]

	def always(self, p):
		"""Is a list unmapped whatever was done before? Where it was mapped, others look."""
		text, leaves = self.upto(p), r'\bif\b[^;{}]*\)\s*(?:\{[^{}]*)?\b(?:return|goto|continue|break)\b'
		if re.search(r'\bdma_map_sg\s*\(', function(p)):
			return False
		callers = list(before(p, p.current_element)) or ['']
		return not asked(text) and not re.search(leaves, text) and \
			any(not asked(text) and not re.search(leaves, text) for text in callers)

	def unrelated(self, p, mapped):
		"""Is it unmapped on a condition that has nothing to do with that of mapping?"""
		if re.search(r'\bdma_map_sg\s*\(', function(p)):
			return False
		for text in (self.upto(p), self.upto(mapped)):
			blocks, begun = heads(text)
			if any(re.search(r'\b(?:else|switch|case)\b', part) for part in blocks + [begun]):
				return False
		mine, theirs = self.conditions(p, False), self.conditions(mapped, True)
		results = {x.split('->')[-1] for place, of, x in self.results if place.file == p.file}
		words = {word for ask in theirs for word in re.findall(r'\w+', ask)} | results
		return mine and theirs and not any(set(re.findall(r'\w+', ask)) & (words - set(re.findall(r'(\w+)->', ' '.join(mine)))) for ask in mine)

	def skipped(self, p):
		"""Is there a way around mapping that is no error?"""
		return any(asked(text) or re.search(r'\breturn(?:\s+0)?\s*;', text) for text in [self.upto(p), *before(p, p.current_element)])

	def zeroed(self, p, T):
		"""Has it no ranges when it is made?"""
		text = code(p) + headers(p)
		names = '|'.join(set(re.findall(r'\bstruct\s+%s\s*\*\s*(?:const\s+)?(\w+)\s*[;=,)]' % T, text)) | {'__none'})
		made = re.findall(r'\b(\w*alloc\w*)\s*\((?=[^;]*(?:\bstruct\s+%s\b|[*]\s*(?:%s)\b))[^;]*;' % (T, names), text)
		return made and all(re.search(r'zalloc|calloc', name) for name in made)

	def conditional(self, p):
		"""Is it part of an expression that can end before?"""
		lines = code(p).split('\n')
		start = re.split(r'[;{}]', '\n'.join(lines[:int(p.line) - 1]) + '\n')[-1]
		return re.search(r'&&\s*!?$', start + lines[int(p.line) - 1].split('dma_map_sg')[0])

	def guarded(self, p):
		"""Is it a part of something, such as a condition whether there is what to unmap?"""
		lines = code(p).split('\n')[:int(p.line)]
		return not re.match(r'\t\w', lines[-1]) or re.search(r'(?:\)|\belse)\s*$', '\n'.join(lines[:-1]).rstrip())

	def mapped_by_scsi(self, site, sites):
		"""Is this a loop over a command that scsi_dma_map() has mapped?"""
		return site[0] == 'walk' and site[2].startswith('scsi_') and re.search(r'\bscsi_dma_map\s*\(', code(site[1])) and \
			not [other for other in sites if other[0] != 'walk' and other[2].startswith('scsi_')]

	def checked(self, p):
		"""Is the next thing that is done a look at the result?"""
		lines = code(p).split('\n')
		rest = '\n'.join(lines[int(p.line) - 1:])
		start = re.split(r'[;{}]', '\n'.join(lines[:int(p.line) - 1]) + '\n')[-1]
		found = re.match(r'(.*?)\bdma_map_sg\s*\([^;]*;\s*(?:\w+\s*=\s*\w+;\s*)?(.*)', rest, re.S)
		before = squeeze(start + found.group(1))
		if re.match(r'if\(', before):
			return True
		if not before.endswith('='):
			return False
		result = before[:-1]
		check = re.match(r'(?:if|BUG_ON)\s*\(((?:[^()]|\([^()]*\))*)\)', found.group(2))
		return check and re.search(r'!%s(?!\w|->|\.|\[)|(?<![\w>.*])%s(?:==[01]\b|<=0|<1|!=1)|WARN_ON' % (re.escape(result), re.escape(result)), squeeze(check.group(1)))

	def same(self, p, sg, key):
		"""Is this the list whose ranges are there?"""
		found = self.where(p, sg)
		return found and (found[0], found[2]) == key

	def result(self, p, key):
		"""What has the number of entries that were mapped; local variables have it in their function."""
		return {x for place, of, x in self.results if place.file == p.file and self.same(place, of, key) and
			(place.current_element == p.current_element or '->' in x)}

	def handed(self, p, n, key):
		"""Is a number of entries that which all callers of a function have from mapping?"""
		head = re.match(r'[^{]*?\b%s\s*\(([^{]*)\)\s*\{' % p.current_element, function(p))
		names = [re.sub(r'.*?(\w+)\s*$', r'\1', name, flags=re.S) for name in head.group(1).split(',')] if head else []
		if n not in names or re.search(r'\b%s\s*(?:[-+*/|&]?=[^=]|\+\+|--)|(?:\+\+|--)\s*%s\b|&\s*%s\b' % (n, n, n), function(p)):
			return False
		given = []
		for place, of, x in self.results:
			if place.file == p.file and self.same(place, of, key):
				for args in re.findall(r'\b%s\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)' % p.current_element, function(place)):
					args = squeeze(args).split(',')
					given.append(len(args) == len(names) and args[names.index(n)] == x)
		# The definition is none, and a declaration is no call that was found.
		return given and all(given) and len(given) == len(re.findall(r'\b%s\b' % p.current_element, code(p))) - 1

	def elsewhere(self, p, sg, T):
		"""Another file of the driver that looks at the DMA side of such a list."""
		top = os.path.dirname(p.file) or '.'
		own = [path for path in re.findall(r'#\s*include\s*"([\w.-]+)"', open(p.file, errors='replace').read())
		       if os.path.exists(os.path.join(top, path)) and
		       re.search(r'\bstruct\s+%s\s*\{' % T, open(os.path.join(top, path), errors='replace').read())]
		# Others may include it by way of a header of their own.
		for _ in range(4):
			own += [path for path in sorted(os.listdir(top)) if path.endswith('.h') and path not in own and own and
				re.search(r'#\s*include\s*"(?:%s)"' % '|'.join(map(re.escape, own)), open(os.path.join(top, path), errors='replace').read())]
		name = r'\bscsi_(?:prot_)?sglist\(|\bscsi_for_each_' if '(' in sg else r'->%s\b' % sg.split('->')[-1]
		for path in sorted(os.listdir(top)):
			path = os.path.join(top, path)
			if path.endswith('.c') and os.path.basename(path) != os.path.basename(p.file):
				text = open(path, errors='replace').read()
				if not re.search(r'#\s*include\s*"(?:%s)"' % '|'.join(map(re.escape, own)), text):
					continue
				text = strip(text)
				if re.search(name, text) and re.search(r'\bsg_dma_(?:address|len)\b|\bdma_(?:un)?map_sg|\bdma_sync_sg', text):
					return os.path.basename(path)
		return None

	def copied(self, p, T):
		"""Is a structure copied, or what it is exported to as long as that?"""
		text = code(p)
		names = set(re.findall(r'\bstruct\s+%s\s*\*\s*(?:const\s+)?(\w+)\s*[;=,)]' % T, text)) | {'__none'}
		names = '|'.join(names)
		# Something that has one of them may be what is copied, or this in it.
		within = '|'.join(name for names in re.findall(r'^\t+struct\s+%s\s+(\w[^;*(=]*);' % T, text + headers(p), re.M)
				  for name in re.findall(r'\w+', re.sub(r'\[[^]]*\]', '', names)))
		if within and re.search(r'(?:->|\.)\s*(?:%s)\s*(?:\[[^]]*\]\s*)?=[^=]' % within, text):
			return True
		size = r'sizeof\s*\(\s*(?:struct\s+%s\b|\*\s*(?:\w+(?:->|\.))*(?:%s)\s*\)|(?:\w+(?:->|\.))*(?:%s)\s*\[)' % (T, names, names)
		if re.search(r'\b(?:\w*kmemdup|\w*krealloc|kvrealloc|memcpy|memmove|swap|kfifo_(?:in|put))\w*\s*\([^;]*%s' % size, text) or \
		   re.search(r'\b(?:\w*krealloc|kvrealloc)\w*\s*\(\s*(?:[^,;]*,\s*)?(?:\w+(?:->|\.))*(?:%s)\s*,' % names, text) or \
		   re.search(r'\bswap\s*\(\s*(?:\*\s*)?(?:\w+(?:->|\.))*(?:%s)\b' % names, text) or \
		   re.search(r'(?<![\w*])(?:%s)\s*\[[^]]*\]\s*=[^=]|=\s*(?:\w+(?:->|\.))*(?:%s)\s*\[[^]]*\]\s*;' % (names, names), text):
			return True
		return re.search(r'\bmemcpy\s*\([^;]*sizeof\s*\(\s*(?:struct\s+%s|\*\s*(?:%s))\s*\)|[;{}]\s*\*\s*(?:%s)\s*=[^=]|'
				 r'=\s*\*\s*(?:%s)\s*;|statesize\s*=\s*sizeof\s*\(\s*struct\s+%s' % (T, names, names, names, T), text)

	def overlaid(self, p, T):
		"""Is a structure in memory of a given size, or its begin used without its name?"""
		text = code(p) + headers(p)
		names = '|'.join(set(re.findall(r'\bstruct\s+%s\s*\*\s*(?:const\s+)?(\w+)\s*[;=,)]' % T, text)) | {'__none'})
		if re.search(r'\(\s*(?:const\s+)?struct\s+%s\s*\*\s*\)\s*&?\s*\(?[\w>.()-]*(?:->|\.)(?:cb|\w*driver_data)\b' % T, text):
			return 'the structure that would have the ranges is in memory of others, which may have no room'
		if begins(p, T) != '':
			return None
		raw = r'(?:dma_map_single\w*|virt_to_\w+|sg_init_one|sg_set_buf|memcpy\w*|memmove|copy_(?:from|to)_user|(?:io)?(?:read|write)\w*(?:_rep|sl|sw|sb)|__io(?:read|write)32_copy)'
		scalar = r'(?:void|char|bool|int|long|short|unsigned|size_t|dma_addr_t|u?int\d+_t|__(?:le|be)\d+|(?:__)?[us](?:8|16|32|64))'
		if re.search(r'\b%s\s*\((?:[^;]*,)?\s*(?:%s)\s*,' % (raw, names), text) or \
		   re.search(r'\(\s*(?:const\s+)?%s(?:\s+\w+)*\s*\*+\s*\)\s*(?:%s)\b(?!\s*(?:->|\.|\[|\())' % (scalar, names), text):
			return 'the begin of the structure that would have the ranges may be read as such'
		return None

	def conditions(self, p, callers):
		"""What is asked around a place, and by callers of its function."""
		found = []
		for text in [self.upto(p), *(before(p, p.current_element) if callers else ())]:
			blocks, begun = heads(text)
			found += [squeeze(ask) for part in blocks + [begun] for ask in re.findall(r'\bif\s*\((.*)\)', part, re.S)]
			found += map(squeeze, re.findall(r'\bif\s*\(([^;{}]*)\)\s*(?:\{\s*)?return(?:\s+0)?\s*;', text))
		return set(found)

	def moved(self, p, sg):
		"""Is there another list in the field, or the rest of it, when it is unmapped?"""
		text, name = code(p), sg.split('->')[-1]
		if re.search(r'->%s\s*(?:\+\+|[-+]=|=\s*(?:sg_next|sg_last|scatterwalk_ffwd)\b|=\s*&?\w+->%s\s*[-+[])|(?:\+\+|--)\s*\w+->%s\b' % (name, name, name), text):
			return True
		for what, place, of, *_ in self.sites:
			if what == 'unmap' and place.file == p.file and '(' not in of and of.split('->')[-1] == name and \
			   not re.search(r'\bdma_map_sg\s*\(', function(place)):
				stored = re.split(r'->%s\s*=\s*(?!NULL\b)(?=[^=])' % name, self.upto(place))
				if len(stored) > 1 and not re.search(r'\b(?:%s)\s*\(' % '|'.join(self.mappers(p, name)), stored[-1]):
					return True
		return False

	def mappers(self, p, name):
		"""The functions that map the list of a field, and those that call them."""
		found = {other.current_element for what, other, of, *_ in self.sites
			 if what == 'map' and other.file == p.file and of.split('->')[-1] == name}
		for _ in range(3):
			found |= {caller for caller, text in re.findall(r'^\w[^;{}()]*?\b(\w+)\s*\([^;{}]*\)\s*\n\{\n(.*?)^\}', code(p), re.M | re.S)
				  if re.search(r'\b(?:%s)\s*\(' % '|'.join(found), text)}
		return found or {'__none'}

	def changed(self, p, n):
		"""Is a number of entries another when a loop begins?"""
		text = function(p)
		before = text[:text.index(body(p))]
		mapped = list(re.finditer(r'(?<![\w>.])%s\s*=\s*dma_map_sg\s*\(|\bdma_map_sg\s*\([^;]*,\s*%s\s*,' % (re.escape(n), re.escape(n)), before))
		behind = before[mapped[-1].end():] if mapped else before if '->' in n else ''
		change = r'(?<![\w>.])%s\s*(?:[-+*/|&%%]=|=(?!=)|\+\+|--|<<=|>>=)|(?:\+\+|--|[(,]\s*&)\s*%s\b' % (re.escape(n), re.escape(n))
		if re.search(change, behind):
			return True
		field = n.split('->')[-1]
		return '->' in n and re.search(r'->%s\s*(?:[-+*/|&%%]=|\+\+|--)|(?:\+\+|--)\s*\w+(?:->\w+)*->%s\b' % (field, field), code(p))

	def last(self, p, walker):
		"""Is the entry used at which a loop has ended?"""
		text, here = function(p), body(p)
		rest = text[text.index(here) + len(here):]
		found = re.search(r'(?<![\w>.])%s\b' % walker, rest)
		return found and not re.match(r'%s\s*=[^=]' % walker, rest[found.start():]) and \
			not re.search(r'for_each_\w*sg\w*\s*\([^;{}]*$|\bfor_each_sg\s*\([^;{}]*$', rest[:found.start()])

	def walk(self, p, sg, n, index, walker, key, text):
		"""A loop has to go over all that is mapped."""
		counts = set()
		mmc = re.search(r'\bmmc_priv\(', text)
		for what, place, of, count, *_ in self.sites:
			if place.file == p.file and what == 'map' and self.same(place, of, key):
				counts.add(count)
		counts |= self.result(p, key)
		if self.in_place(p, key[1]):
			# What was mapped is the source, and as many entries.
			counts = self.result(p, key)
			source = self.result(p, (key[0], 'src_ranges'))
			if not re.search(r'\b%s\s*=\s*(?:%s)\s*;' % (re.escape(n), '|'.join(map(re.escape, source)) or '__none'), function(p)):
				counts = ()
		if n not in counts and not self.handed(p, n, key):
			return 'a loop goes over something else than what was mapped'
		if self.changed(p, n):
			return 'a loop goes over something else than what was mapped'
		if re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*\)\s*(?:[-+*/|&^]=|=(?!=)|<<=|>>=|\+\+|--)|(?:\+\+|--|\()\s*&?\s*sg_dma_(?:address|len)\s*\(\s*%s\s*\)\s*(?:\+\+|--)' % (walker, walker), function(p)):
			return 'addresses or lengths in the list are changed'
		if self.last(p, walker):
			return 'a loop does more with entries than to take address and length'
		rest = re.sub(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*\)' % walker, '', body(p).split(')', 1)[-1])
		rest = re.sub(r'\bdev_dbg\s*\([^;]*;', lambda m: m.group(0).replace(walker + '->offset', ''), rest)
		rest = re.sub(r'\b%s = sg_next\(%s\);|^[^{]*&&\s*%s\s*&&' % (walker, walker, walker), '', rest)
		if times(rest, walker):
			return 'a loop does more with entries than to take address and length'
		given = {count for what, place, of, count, *_ in self.sites if place.file == p.file and what == 'map' and self.same(place, of, key)}
		if not mmc and n in given - self.result(p, key) and squeeze(n) in squeeze(inside(p)):
			return 'a loop compares with the number of entries that was given, and there may be empty ones'
		if index and numbered(p, index) and (re.search(r'\bcontinue\b', body(p)) or not inside(p).startswith('{')):
			return 'a loop numbers entries, and does not end in one place'
		return None

calls = Calls()

def place(to, p, L):
	T, E, F = calls.where(p[0], squeeze(L))
	to.g = p[0].current_element
	to.E = cocci.make_expr(E)
	to.F = F
	return T

def site(what, p, sg, n, index='', walker=''):
	calls.sites.append((what, p[0], squeeze(sg), squeeze(n), str(index), str(walker)))

// What there is.

@one@
expression dev, L, n, dir;
position p;
@@
 dma_map_sg@p(dev, L, n, dir)

@script:python@
p << one.p; L << one.L; n << one.n;
@@
site('map', p, L, n)

@unmap depends on one@
expression dev, L, n, dir;
position p;
@@
 dma_unmap_sg@p(dev, L, n, dir)

@script:python@
p << unmap.p; L << unmap.L; n << unmap.n;
@@
site('unmap', p, L, n)

@result depends on one@
expression dev, L, n, dir, x;
position p;
@@
 x = dma_map_sg@p(dev, L, n, dir)

@script:python@
p << result.p; L << result.L; x << result.x;
@@
calls.results.append((p[0], squeeze(L), squeeze(x)))

@walk depends on one@
expression L, n;
identifier s, i;
iterator name for_each_sg;
statement S;
position p;
@@
 for_each_sg@p(L, s, n, i) S

// Those that look at the CPU's side may stay.
@script:python@
p << walk.p; L << walk.L; n << walk.n; s << walk.s; i << walk.i;
@@
text = function(p[0])
if re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*\)' % s, text):
	site('walk', p, L, n, i, s)

@scsi depends on one@
expression C, n;
identifier s, i;
iterator name scsi_for_each_sg;
statement S;
position p;
@@
 scsi_for_each_sg@p(C, s, n, i) S

@script:python@
p << scsi.p; C << scsi.C; n << scsi.n; s << scsi.s; i << scsi.i;
@@
text = function(p[0])
if re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*\)' % s, text):
	site('walk', p, 'scsi_sglist(%s)' % squeeze(C), n, i, s)

// The same by hand. There is no range for an entry of no bytes.
@cursor depends on one@
expression L, n, left;
identifier s, i, skip;
position p;
@@
 i = 0;
 s = L;
 while (i@p < n && s && left) {
	if (sg_dma_len(s) == 0)
		goto skip;
	...
	i++;
skip:
	s = sg_next(s);
 }

@script:python@
p << cursor.p; L << cursor.L; n << cursor.n; s << cursor.s;
@@
site('cursor', p, L, n, '', s)

// What has not been mapped on some way here, and was never initialised then.
@early depends on one exists@
identifier f;
expression L;
position p;
@@
 f(...)
 {
 ... when != dma_map_sg(..., L, ...)
 dma_unmap_sg@p(..., L, ...)
 ... when any
 }

@script:python@
p << early.p; L << early.L;
@@
calls.early.append((p[0], squeeze(L)))

@first depends on one@
expression D;
position p;
@@
(
 sg_dma_address@p(D->sg)
|
 sg_dma_len@p(D->sg)
)

@script:python@
p << first.p; D << first.D;
@@
site('first', p, str(D) + '->sg', '')

@script:python depends on report@
p << one.p;
@@
reason = calls.verdict(p[0])
if reason and reason != OTHERS:
	coccilib.report.print_report(p[0], 'not converted: ' + reason)
elif not reason:
	coccilib.report.print_report(p[0], 'a list that was given: use dma_map_sg_ranges()')

@script:python depends on org@
p << one.p;
@@
reason = calls.verdict(p[0]) or 'a list that was given: use dma_map_sg_ranges()'
if reason != OTHERS:
	coccilib.org.print_todo(p[0], reason)

@depends on context@
expression dev, L, n, dir;
@@
*dma_map_sg(dev, L, n, dir)

// Where the ranges are. A function that has only the host's number gets the rest.

@script:python good@
p << one.p; L << one.L;
g; T; E; F; front; behind; head;
@@
if calls.verdict(p[0]):
	cocci.include_match(False)
else:
	coccinelle.T = place(coccinelle, p, L)
	head = begins(p[0], str(coccinelle.T))
	coccinelle.front = '__none' if head else coccinelle.T
	new = (str(coccinelle.T), str(coccinelle.F)) not in calls.behind
	coccinelle.behind = coccinelle.T if head and new else '__none'
	calls.behind.add((str(coccinelle.T), str(coccinelle.F)))
	coccinelle.head = head or '__none'

@script:python undone@
p << unmap.p; L << unmap.L; n << unmap.n;
g; E; F; count;
@@
if calls.verdict(p[0]):
	cocci.include_match(False)
else:
	place(coccinelle, p, L)
	text = function(p[0])
	named = re.fullmatch(r'\w+', str(n)) and re.search(r'^\s+(?:\w+ )+%s = [\w>.-]+;' % n, text, re.M)
	unmaps = len(re.findall(r'\bdma_unmap_sg\s*\([^,;]+,[^,;]+,\s*%s\s*,' % re.escape(str(n)), text))
	coccinelle.count = str(n) if named and times(text, str(n)) == unmaps + 1 else '__none'

@script:python taken@
p << first.p; D << first.D;
g; E; F;
@@
if calls.verdict(p[0]):
	cocci.include_match(False)
else:
	place(coccinelle, p, str(D) + '->sg')

@script:python loop@
p << walk.p; L << walk.L; i << walk.i; s << walk.s;
g; E; F; counted; plain; both; twice; gone; stays;
@@
text = function(p[0])
if calls.verdict(p[0]):
	cocci.include_match(False)
else:
	place(coccinelle, p, L)
	if not re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*\)' % s, text):
		coccinelle.g = '__none'
	used = numbered(p[0], i)
	coccinelle.counted = str(i) if used else '__none'
	coccinelle.plain = '__none' if used else str(i)
	coccinelle.both = coccinelle.E
	coccinelle.twice = coccinelle.g if calls.in_place(p[0], str(coccinelle.F)) else '__none'
	alone = calls.only_walks(p[0], str(s))
	coccinelle.gone = str(s) if alone else '__none'
	coccinelle.stays = '__none' if alone else str(s)

@script:python command@
p << scsi.p; C << scsi.C; i << scsi.i; s << scsi.s;
g; E; F; counted; plain; gone; stays;
@@
text = function(p[0])
if calls.verdict(p[0]):
	cocci.include_match(False)
elif not calls.where(p[0], 'scsi_sglist(%s)' % squeeze(C)):
	# Rejecting all of them would be the end of what else was found.
	coccinelle.g = coccinelle.F = coccinelle.counted = coccinelle.plain = coccinelle.gone = coccinelle.stays = '__none'
	coccinelle.E = cocci.make_expr('__none')
else:
	place(coccinelle, p, 'scsi_sglist(%s)' % squeeze(C))
	if not re.search(r'\bsg_dma_(?:address|len)\s*\(\s*%s\s*\)' % s, text):
		coccinelle.g = '__none'
	used = numbered(p[0], i)
	coccinelle.counted = str(i) if used else '__none'
	coccinelle.plain = '__none' if used else str(i)
	alone = calls.only_walks(p[0], str(s))
	coccinelle.gone = str(s) if alone else '__none'
	coccinelle.stays = '__none' if alone else str(s)

@script:python hand@
p << cursor.p; L << cursor.L; s << cursor.s;
g; E; F; twice; both; gone; stays;
@@
if calls.verdict(p[0]):
	cocci.include_match(False)
else:
	place(coccinelle, p, L)
	coccinelle.both = coccinelle.E
	coccinelle.twice = coccinelle.g if calls.in_place(p[0], str(coccinelle.F)) else '__none'
	alone = calls.only_walks(p[0], str(s))
	coccinelle.gone = str(s) if alone else '__none'
	coccinelle.stays = '__none' if alone else str(s)

@script:python needs_host@
p << one.p; T << good.T;
f;
@@
known = calls.owner(p[0], str(T)) or not re.search(r'\bmmc_priv\(', code(p[0]))
coccinelle.f = '__none' if known else p[0].current_element

// A result that is only asked whether it is none is not needed.
@script:python only@
p << result.p; x << result.x; T << good.T;
f; lone;
@@
alone = re.fullmatch(r'\w+', str(x)) and times(function(p[0]), str(x)) == 3
coccinelle.f = p[0].current_element
coccinelle.lone = str(x) if alone else '__none'

@asked depends on patch@
expression dev, n, dir, one.L;
expression good.E;
identifier only.f, only.lone, good.F;
statement S;
@@
 f(...)
 {
 ... when any
-lone = dma_map_sg(dev, L, n, dir);
 if (
(
-!lone
+dma_map_sg_ranges(dev, &E->F, L, n, dir, GFP_ATOMIC)
|
-lone == 0
+dma_map_sg_ranges(dev, &E->F, L, n, dir, GFP_ATOMIC)
|
-lone <= 0
+dma_map_sg_ranges(dev, &E->F, L, n, dir, GFP_ATOMIC)
)
 ) S
 ... when any
 }

@depends on asked@
identifier only.f, only.lone;
type R;
@@
 f(...)
 {
 ... when any
-R lone;
 ... when != lone
 }

@depends on patch@
expression dev, n, dir, x, one.L;
expression good.E;
identifier good.g, good.F;
@@
 g(...)
 {
 <...
-x = dma_map_sg(dev, L, n, dir);
+dma_map_sg_ranges(dev, &E->F, L, n, dir, GFP_ATOMIC);
+x = sg_ranges_nr(&E->F);
 ...>
 }

@depends on patch@
expression dev, n, dir, one.L;
expression good.E;
identifier good.g, good.F;
@@
 g(...)
 {
 <...
-!dma_map_sg(dev, L, n, dir)
+dma_map_sg_ranges(dev, &E->F, L, n, dir, GFP_ATOMIC)
 ...>
 }

@depends on patch@
expression dev, n, dir, unmap.L;
expression undone.E;
identifier undone.g, undone.F;
@@
 g(...)
 {
 <...
-dma_unmap_sg(dev, L, n, dir)
+dma_unmap_sg_ranges(dev, &E->F, dir)
 ...>
 }

@depends on patch@
identifier undone.g, undone.count;
expression X;
type R;
@@
 g(...)
 {
 <...
-R count = X;
 ...>
 }

@depends on patch@
typedef u32;
expression first.D;
expression taken.E;
identifier taken.g, taken.F;
@@
 g(...)
 {
 <...
(
-sg_dma_address(D->sg)
+sg_ranges_first(&E->F).addr
|
-sg_dma_len(D->sg)
+(u32)sg_ranges_first(&E->F).len
)
 ...>
 }

// What was mapped as the source is the destination, too.

@depends on patch@
expression X, n;
expression loop.both;
identifier loop.twice, walk.s, loop.plain;
iterator name for_each_sg, sg_ranges_for_each;
statement S;
@@
 twice(...)
 {
 <...
-for_each_sg(X->dst, s, n, plain)
+sg_ranges_for_each(X->src == X->dst ? &both->src_ranges : &both->dst_ranges, range)
 S
 ...>
 }

@depends on patch@
expression X, n;
expression loop.both;
identifier loop.twice, walk.s, loop.counted;
iterator name for_each_sg, sg_ranges_for_each;
@@
 twice(...)
 {
 <...
-for_each_sg(X->dst, s, n, counted)
+counted = 0;
+sg_ranges_for_each(X->src == X->dst ? &both->src_ranges : &both->dst_ranges, range)
 {
 ...
+counted++;
 }
 ...>
 }

@depends on patch@
expression X, n, left;
expression hand.both;
identifier hand.twice, cursor.s, cursor.i, cursor.skip;
iterator name sg_ranges_for_each;
@@
 twice(...)
 {
 <...
 i = 0;
-s = X->dst;
-while (i < n && s && left) {
-	if (sg_dma_len(s) == 0)
-		goto skip;
+sg_ranges_for_each(X->src == X->dst ? &both->src_ranges : &both->dst_ranges, range) {
+	if (!left)
+		break;
	...
	i++;
-skip:
-	s = sg_next(s);
 }
 ...>
 }

@depends on patch@
expression cursor.L, n, left;
expression hand.E;
identifier hand.g, cursor.s, cursor.i, cursor.skip, hand.F;
iterator name sg_ranges_for_each;
@@
 g(...)
 {
 <...
 i = 0;
-s = L;
-while (i < n && s && left) {
-	if (sg_dma_len(s) == 0)
-		goto skip;
+sg_ranges_for_each(&E->F, range) {
+	if (!left)
+		break;
	...
	i++;
-skip:
-	s = sg_next(s);
 }
 ...>
 }

@loop1 depends on patch@
expression walk.L, n;
expression loop.E;
identifier loop.g, walk.s, loop.plain, loop.F;
iterator name for_each_sg, sg_ranges_for_each;
statement S;
@@
 g(...)
 {
 <...
-for_each_sg(L, s, n, plain)
+sg_ranges_for_each(&E->F, range)
 S
 ...>
 }

@loop2 depends on patch@
expression walk.L, n;
expression loop.E;
identifier loop.g, walk.s, loop.counted, loop.F;
iterator name for_each_sg, sg_ranges_for_each;
@@
 g(...)
 {
 <...
-for_each_sg(L, s, n, counted)
+counted = 0;
+sg_ranges_for_each(&E->F, range)
 {
 ...
+counted++;
 }
 ...>
 }

@depends on patch@
identifier loop.g, walk.s, x;
type R;
@@
 g(...)
 {
 <...
 R x =
-sg_dma_len(s)
+range.len
 ;
 ...>
 }

// What is printed to find errors in the driver is nothing that anybody relies on.
@depends on patch@
identifier loop.g, walk.s;
@@
 g(...)
 {
 <...
 dev_dbg(...,
-s->offset
+(int)offset_in_page(range.addr)
 ,...);
 ...>
 }

@depends on patch@
typedef u64;
identifier loop.g, walk.s;
expression X;
{unsigned int, u32} W;
@@
 g(...)
 {
 <...
(
-(u64)sg_dma_address(s)
+(u64)range.addr
|
-(u32)sg_dma_len(s)
+(u32)range.len
|
-sg_dma_address(s)
+range.addr
|
 X =
-sg_dma_len(s)
+range.len
|
-min(W, sg_dma_len(s))
+min_t(u32, W, range.len)
|
-sg_dma_len(s)
+(u32)range.len
)
 ...>
 }

@depends on patch@
identifier loop.g, loop.gone;
@@
 g(...)
 {
 <...
-struct scatterlist *gone;
+struct dma_range range;
 ...>
 }

@depends on patch@
identifier loop.g, loop.stays;
@@
 g(...)
 {
 <...
 struct scatterlist *stays;
+struct dma_range range;
 ...>
 }

// The same, where the loop was one by hand.

@depends on patch@
identifier hand.g, cursor.s, x;
type R;
@@
 g(...)
 {
 <...
 R x =
-sg_dma_len(s)
+range.len
 ;
 ...>
 }

@depends on patch@
identifier hand.g, cursor.s;
@@
 g(...)
 {
 <...
 dev_dbg(...,
-s->offset
+(int)offset_in_page(range.addr)
 ,...);
 ...>
 }

@depends on patch@
typedef u64;
identifier hand.g, cursor.s;
expression X;
{unsigned int, u32} W;
@@
 g(...)
 {
 <...
(
-(u64)sg_dma_address(s)
+(u64)range.addr
|
-(u32)sg_dma_len(s)
+(u32)range.len
|
-sg_dma_address(s)
+range.addr
|
 X =
-sg_dma_len(s)
+range.len
|
-min(W, sg_dma_len(s))
+min_t(u32, W, range.len)
|
-sg_dma_len(s)
+(u32)range.len
)
 ...>
 }

@depends on patch@
identifier hand.g, hand.gone;
@@
 g(...)
 {
 <...
-struct scatterlist *gone;
+struct dma_range range;
 ...>
 }

@depends on patch@
identifier hand.g, hand.stays;
@@
 g(...)
 {
 <...
 struct scatterlist *stays;
+struct dma_range range;
 ...>
 }

@depends on patch@
identifier loop.g, loop.plain;
type R;
@@
 g(...)
 {
 ... when any
-R plain;
 ... when != plain
 }

// The same, of a SCSI command.

@depends on patch@
expression scsi.C, n;
expression command.E;
identifier command.g, scsi.s, command.plain, command.F;
iterator name scsi_for_each_sg, sg_ranges_for_each;
statement S;
@@
 g(...)
 {
 <...
-scsi_for_each_sg(C, s, n, plain)
+sg_ranges_for_each(&E->F, range)
 S
 ...>
 }

@depends on patch@
expression scsi.C, n;
expression command.E;
identifier command.g, scsi.s, command.counted, command.F;
iterator name scsi_for_each_sg, sg_ranges_for_each;
@@
 g(...)
 {
 <...
-scsi_for_each_sg(C, s, n, counted)
+counted = 0;
+sg_ranges_for_each(&E->F, range)
 {
 ...
+counted++;
 }
 ...>
 }

@depends on patch@
identifier command.g, scsi.s, x;
type R;
@@
 g(...)
 {
 <...
 R x =
-sg_dma_len(s)
+range.len
 ;
 ...>
 }

// What is printed to find errors in the driver is nothing that anybody relies on.
@depends on patch@
identifier command.g, scsi.s;
@@
 g(...)
 {
 <...
 dev_dbg(...,
-s->offset
+(int)offset_in_page(range.addr)
 ,...);
 ...>
 }

@depends on patch@
typedef u64;
identifier command.g, scsi.s;
expression X;
{unsigned int, u32} W;
@@
 g(...)
 {
 <...
(
-(u64)sg_dma_address(s)
+(u64)range.addr
|
-(u32)sg_dma_len(s)
+(u32)range.len
|
-sg_dma_address(s)
+range.addr
|
 X =
-sg_dma_len(s)
+range.len
|
-min(W, sg_dma_len(s))
+min_t(u32, W, range.len)
|
-sg_dma_len(s)
+(u32)range.len
)
 ...>
 }

@depends on patch@
identifier command.g, command.gone;
@@
 g(...)
 {
 <...
-struct scatterlist *gone;
+struct dma_range range;
 ...>
 }

@depends on patch@
identifier command.g, command.stays;
@@
 g(...)
 {
 <...
 struct scatterlist *stays;
+struct dma_range range;
 ...>
 }

@depends on patch@
identifier command.g, command.plain;
type R;
@@
 g(...)
 {
 ... when any
-R plain;
 ... when != plain
 }

@depends on patch@
identifier needs_host.f, good.T;
@@
 f(...)
 {
+struct T *host = mmc_priv(mmc);
 ...
 }

@depends on patch@
identifier good.front, good.F;
@@
 struct front {
++struct sg_ranges F;
 ...
 };

// A pointer to the structure may be made of one to what it begins with.
@depends on patch@
identifier good.behind, good.F, good.head;
type R;
@@
 struct behind {
 R head;
++struct sg_ranges F;
 ...
 };

@named depends on patch && good@
@@
 #include <linux/scatterlist.h>
+#include <linux/sg_ranges.h>

@some depends on patch && good && !named@
@@
 #include <linux/...>
+#include <linux/sg_ranges.h>

// What a driver includes first may have to come first.
@depends on patch && good && !named && !some@
@@
 #include "..."
+#include <linux/sg_ranges.h>
