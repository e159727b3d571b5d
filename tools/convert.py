#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Convert users of scatterlists to ranges with the semantic patches.

	KDIR=linux [FILES='a.c dir ...'] [INCLUDE='dir ...'] [JOBS=n] [APPLY=1] tools/convert.py

Without FILES= the whole tree is searched. Patches, one a driver, go to
build/convert/patches, and what became of each place to build/convert/report.txt,
report.json and report.html. The tree is changed only with APPLY=1, and then all
of it or nothing.
"""

import concurrent.futures
import contextlib
import difflib
import functools
import hashlib
import html
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
RULES = TOP / 'scripts/coccinelle/api/range_list'
OUT = TOP / 'build/convert'
ROOTS = ('drivers', 'net', 'sound', 'io_uring', 'samples')
# Where the calls are defined, not used.
CORE = re.compile(r'drivers/dma-buf/dma-buf[^/]*\.c$|drivers/iommu/dma-iommu\.c$')
SECONDS = 300		# for one rule and one file

SITES = {
    'sguser': re.compile(r'(?<!->)(?<!\.)\b(dma_map_sg|dma_map_sg_attrs|dma_map_sgtable|dma_map_resource)\s*\('),
    'importer': re.compile(r'\b(dma_buf_map_attachment(?:_unlocked)?)\s*\('),
    'exporter': re.compile(r'\.map_dma_buf\s*=\s*(\w+)'),
}
BESIDE = r'\b(sg_dma_(address|len)|dma_(un)?map_sg\w*|dma_sync_sg\w*)\b'
CALLS = r'\b(dma_map_sg(?:_attrs|table)?|dma_map_resource|dma_buf_map_attachment(?:_unlocked)?|map_dma_buf)\b'


RUNNING = set()		# what has to be ended if this is interrupted


def say(text):
    print('convert: ' + text, file=sys.stderr)


def die(text):
    say(text)
    sys.exit(1)


class Rule:
    """A semantic patch, and what its head says of it."""

    def __init__(self, path):
        self.path = path
        self.name = path.stem
        text = path.read_text()
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        self.options = self.head(text, 'Options').split()
        self.headers = '--local-includes' in self.options
        self.subject = self.head(text, 'Subject')
        self.family = self.head(text, 'Family') or self.name
        self.selects = self.head(text, 'Selects')
        self.words = re.compile(r'\b(%s)\b' % '|'.join(self.head(text, 'Keywords').split()))
        # If a file is changed, this may be nowhere in it any more, or in no file of the driver.
        here, self.whole = self.head(text, 'Leaves-here-no'), self.head(text, 'Leaves-no')
        self.leaves_no = re.compile(here or self.whole) if here or self.whole else None
        lines = [line[3:].strip() for line in text.splitlines() if line.startswith('///')]
        self.text = '\n'.join(lines).strip()

    @staticmethod
    def head(text, key):
        found = re.search(r'^// %s:\s*(.*)$' % key, text, re.M)
        return found.group(1).strip() if found else ''


def strip(text):
    """The code without comments and strings, everything at the same place."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def functions(code):
    """[(first line, last line, name)] of the functions in stripped code."""
    found = []
    lines = code.split('\n')
    head, start, name = 0, None, None
    for number, line in enumerate(lines, 1):
        if start is None:
            if re.match(r'[}#]|\s*$', line) or line.rstrip().endswith(';'):
                head = number
            elif line.startswith('{') or re.match(r'\w.*\)\s*\{\s*$', line):
                text = ' '.join(lines[head:number])
                # Attributes begin so, too.
                names = re.findall(r'(\w+)\s*\(', text)
                names = [n for n in names if not n.startswith('__')] or names
                start, name = head + 1, names[0] if names else '?'
        if start is not None and line.startswith('}'):
            found.append((start, number, name))
            start, head = None, number
    return found


def function_at(spans, line):
    for first, last, name in spans:
        if first <= line <= last:
            return name
    return ''


def macros(code):
    """[(first line, last line, name)] of the macros in stripped code."""
    return [(code.count('\n', 0, found.start()) + 1, code.count('\n', 0, found.end()) + 1, found.group(1))
            for found in re.finditer(r'^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\\\n|.)*', code, re.M)]


def in_macro(code, line):
    return any(first <= line <= last for first, last, _ in macros(code))


def find_sites(code):
    """What is to be accounted for: [(kind, line, function, what)]."""
    sites = []
    spans = functions(code) + macros(code)
    for kind, pattern in SITES.items():
        for match in pattern.finditer(code):
            line = code.count('\n', 0, match.start()) + 1
            start = code.rfind('\n', 0, match.start()) + 1
            before = code[start:match.start()]
            # A declaration or definition, or a macro of that name.
            if kind != 'exporter' and (re.match(r'\w|\s*#\s*define\s*$', before) or not before):
                continue
            name = match.group(1) if kind == 'exporter' else function_at(spans, line)
            sites.append((kind, line, name, match.group(1)))
    return sorted(sites, key=lambda site: site[1])


def own_headers(path, text):
    """The headers of the driver that a file includes, and the files beside it that map, too: {name: text}."""
    found = {}
    for other in path.parent.glob('*.c'):
        if other != path and re.search(BESIDE, beside := other.read_text(errors='surrogateescape')):
            found[other.name] = beside
    for name in re.findall(r'^\s*#\s*include\s*"([\w.-]+)"', text, re.M):
        header = path.parent / name
        if header.exists():
            found[name] = header.read_text(errors='surrogateescape')
    # Those beside it may include the same in a header of their own.
    for beside in [text for name, text in found.items() if name.endswith('.c')]:
        for name in re.findall(r'^\s*#\s*include\s*"([\w.-]+)"', beside, re.M):
            header = path.parent / name
            if name not in found and header.exists():
                found[name] = header.read_text(errors='surrogateescape')
    return found


def spatch(rule, text, source, headers, include, whole=False):
    """Run a rule; return (report lines, unparsed lines, new text or None, new headers) or raise OSError."""
    source.write_text(text, errors='surrogateescape')
    for name, header in headers.items():
        (source.parent / name).write_text(header, errors='surrogateescape')
    command = ['spatch', '--sp-file', str(rule.path), '-D', 'patch', '-D', 'report', '--verbose-parsing',
               *rule.options, '--in-place', str(source)]
    if whole:
        command += ['-D', 'whole']
    for directory in include:
        command += ['-I', directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace') as process:
        RUNNING.add(process)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise OSError('%s takes more than %d seconds' % (rule.name, SECONDS)) from None
        finally:
            RUNNING.discard(process)
    unchanged = 'there are no modified files' in err
    if process.returncode and not unchanged:
        last = (err.strip().splitlines() or ['?'])[-1]
        raise OSError('%s failed: %s' % (rule.name, last))
    said = re.findall(r'^%s:(\d+):\d+-\d+: (.*)$' % re.escape(str(source)), out, re.M)
    bad = re.findall(r'^parse error\s*\n = File "%s", line (\d+), .*\n\s*around = \'(.*)\',' % re.escape(str(source)),
                     out + err, re.M)
    new = source.read_text(errors='surrogateescape')
    changed = {name: (source.parent / name).read_text(errors='surrogateescape') for name in headers}
    changed = {name: header for name, header in changed.items() if header != headers[name]}
    return ([(int(line), said) for line, said in said], [(int(line), around) for line, around in bad],
            new if new != text else None, changed)


def described(text):
    """A comment that describes each member of a structure describes its ranges, too."""
    for found in reversed(list(re.finditer(r'^\tstruct sg_ranges (\w+);\n', text, re.M))):
        start = text.rfind('\nstruct ', 0, found.start())
        begin = text.rfind('\n/**\n', 0, start + 1)
        comment = text[begin:start]
        if begin < 0 or start < 0 or not comment.endswith('*/') or comment.count('*/') != 1 or '\n * struct ' not in comment:
            continue
        rest = strip(text[found.end():]).split('\n}', 1)[0]
        places = [comment.find('\n * @%s:' % name) for name in re.findall(r'(\w+)\s*(?:\[[^]]*\])?\s*[;,:]', rest)]
        at = next((place for place in places if place >= 0), -1)
        if at >= 0 and '\n * @%s:' % found.group(1) not in comment:
            text = '%s\n * @%s: what the device is told of the list%s' % (text[:begin + at], found.group(1), text[begin + at:])
    return text


def with_include(header):
    """Whoever includes a header need not know what it wants."""
    line = '#include <linux/sg_ranges.h>'
    if 'struct sg_ranges' not in header or line in header:
        return header
    last = None
    for last in re.finditer(r'^#include <linux/.*\n', header, re.M):
        pass
    guard = last or re.search(r'^#define \w+\n', header, re.M)
    end = guard.end() if guard else 0
    return header[:end] + ('' if last else '\n') + line + '\n' + header[end:]


@functools.cache
def version():
    return subprocess.run(['spatch', '--version'], capture_output=True, text=True, check=False).stdout


def cached(rule, text, name, headers, include, run):
    """What @run says of a rule and a file, unless the same was asked before."""
    key = hashlib.sha256()
    for part in [rule.digest, name, version(), *include, text, 'headers', *map(str, headers.items())]:
        key.update(hashlib.sha256(part.encode(errors='surrogateescape')).digest())
    cache = OUT / 'cache' / key.hexdigest()
    if cache.exists():
        return json.loads(cache.read_text())
    found = run()
    cache.parent.mkdir(parents=True, exist_ok=True)
    new = cache.with_suffix('.%d.%d' % (os.getpid(), threading.get_ident()))
    new.write_text(json.dumps(found))
    new.rename(cache)
    return found


def new_sites(name, code):
    return [{'kind': kind, 'file': name, 'line': line, 'function': function, 'family': '',
             'outcome': 'no-match', 'reason': '', 'what': what}
            for kind, line, function, what in find_sites(code)]


def convert(path, name, rules, include, whole=None):
    """Run the rules over a file, one as for a whole driver; return what is known of it, for JSON."""
    old = path.read_text(errors='surrogateescape')
    code = strip(old)
    sites = new_sites(name, code)
    spans = functions(code)
    by_line = {}
    for site in sites:
        by_line.setdefault(site['line'], []).append(site)
    text, origin = old, list(range(1, old.count('\n') + 2))
    used, unparsed, changed_headers = [], {}, {}
    with tempfile.TemporaryDirectory() as tmp:
        # Rules may ask where in the tree a file is. Coccinelle finds nothing in a file whose name has a space.
        source = Path(tmp) / re.sub(r'\s', '_', name.lstrip('/'))
        source.parent.mkdir(parents=True, exist_ok=True)
        for rule in rules:
            if not rule.words.search(strip(text)):
                continue
            # Those that change nothing have no subject.
            if not rule.subject and not any(site['outcome'] == 'no-match' for site in sites):
                continue
            headers = {**own_headers(path, text), **changed_headers} if rule.headers else {}
            try:
                said, bad, new, edited = cached(
                    rule, text, name, headers, include + ['whole'] * (rule is whole),
                    lambda rule=rule, text=text, headers=headers: spatch(rule, text, source, headers, include, rule is whole))
            except OSError as error:
                for site in sites:
                    if site['outcome'] == 'no-match':
                        site.update(outcome='reported', family=rule.family, reason=str(error))
                continue
            for line, around in bad:
                first = origin[min(line, len(origin)) - 1]
                unparsed.setdefault(function_at(spans, first or line), (first or line, around))
            refused = ''
            changed = new is not None and new != text
            new = described(tidy(text, new)) if changed else text
            if new != text:
                refused = why_not(rule, strip(text), strip(new), [line for line, _ in bad])
            if refused:
                for line in follow(text, new, origin)[0]:
                    for site in by_line.get(line, ()):
                        site.update(outcome='reported', family=rule.family, reason=refused)
                new = text
            was = origin
            removed, text, origin = follow(text, new, origin)
            for line in removed:
                for site in by_line.get(line, ()):
                    if site['outcome'] != 'converted':
                        site.update(outcome='converted', family=rule.family, reason='')
            if changed and not refused:
                used.append(rule)
                changed_headers.update({header: described(with_include(made)) for header, made in edited.items()})
            for line, reason in said:
                for site in by_line.get(was[line - 1], ()):
                    if site['outcome'] == 'no-match' and 'not converted: ' in reason:
                        site.update(outcome='reported', family=rule.family,
                                    reason=reason.split('not converted: ', 1)[1])
    for site in sites:
        if site['outcome'] != 'converted' and in_macro(code, site['line']):
            site.update(outcome='reported', family='macros', reason='it is in a macro, which no rule knows')
        elif site['outcome'] != 'converted' and site['function'] in unparsed:
            line, around = unparsed[site['function']]
            site.update(outcome='reported', reason="Coccinelle cannot parse this function: line %d, at '%s'" % (line, around))
    return {'sites': sites, 'new': text if text != old else None,
            'rules': [rule.name for rule in used], 'headers': changed_headers,
            'unparsed': [{'file': name, 'function': function, 'line': line, 'at': around}
                         for function, (line, around) in unparsed.items()]}


def width(line):
    return len(line.expandtabs(8))


def indent(columns):
    return '\t' * (columns // 8) + ' ' * (columns % 8)


def arguments(text):
    """Split at the commas that are not within parentheses."""
    parts, depth = [''], 0
    for char in text:
        depth += (char in '([{') - (char in ')]}')
        if char == ',' and not depth:
            parts.append('')
        else:
            parts[-1] += char
    return [' '.join(part.split()) for part in parts]


def tidy(old, new):
    """Lay out what was added as checkpatch wants it, where Coccinelle has not."""
    old_lines, lines = old.split('\n'), new.split('\n')
    result = []
    for tag, a, b, c, d in difflib.SequenceMatcher(lambda line: not line.strip(), old_lines, lines, autojunk=False).get_opcodes():
        if tag == 'equal':
            if result and not result[-1] and not old_lines[a].strip():
                result.pop()
            result += old_lines[a:b]
            continue
        added = lines[c:d]
        # Coccinelle 1.3 takes the empty line in front of what goes, or behind declarations, with it.
        empty = a
        while empty < b and re.match(r'\s+(?!return\b|goto\b)\w[\w\s]*[\s*]\w[\w\s,*]*(?: = [^;]*)?;$', old_lines[empty]):
            empty += 1
        if empty < b and not old_lines[empty].strip() and result and result[-1].strip() not in ('', '{') and \
                all(line.strip() for line in lines[c:d]) and \
                re.match(r'\s*[^\s}#]', '\n'.join(lines[c:c + 1] or lines[d:d + 1])):
            result.append('')
        while added:
            line = added.pop(0)
            start = re.match(r'(\s*)(.* =) (\w+)\((.*)$', line)
            if start:
                rest = [start.group(4)]
                while added and not rest[-1].rstrip().endswith(';'):
                    rest.append(added.pop(0))
                end = re.search(r'\)( \? 0 : 1)?;$', rest[-1])
                if max(map(width, [line, *rest[1:]])) > 100 and end:
                    inside = ' '.join(rest)[:-len(end.group(0))]
                    result += broken(*start.groups()[:3], arguments(inside), end.group(0))
                    continue
                added[:0] = rest[1:]
            call = re.match(r'\s*(?:if \((?:.*&& )?\w+|dma_map_sg_ranges)\(', line)
            if call and width(line) > 80:
                result += wrapped(call.group(0), line[len(call.group(0)):])
                continue
            if not line.strip() and result and result[-1] in ('', '{'):
                continue
            # Or leaves no line after what is done in case of an error.
            joined = re.match(r'\t(\t*)(return [^;]*;)(\w.*)', line)
            if joined:
                statement = joined.expand(r'\1\3')
                while added and not statement.endswith(';'):
                    statement += ' ' + added.pop(0).strip()
                left = re.match(r'[^(]*\([^()]*\) = \w+\(|', statement).group(0)
                result.append(joined.expand(r'\t\1\2'))
                result += wrapped(left, statement[len(left):]) if left else [statement]
                continue
            blank = re.match(r'\s*', line).group(0)
            line = re.sub(r'\b(\w*for_each\w*) \(', r'\1(', line[len(blank):])
            line = re.sub(r'\b(range\.(?:addr|len))([-+])(?=\w)', r'\1 \2 ', line)
            line = re.sub(r'(\((?:[us]\d+|dma_addr_t|size_t|(?:unsigned )?(?:int|long(?: long)?))\)) (?=(?:seg|range)\.)', r'\1', line)
            result.append(indent(width(blank)) + line if line.strip() else '')
    return '\n'.join(result)


def wrapped(left, rest):
    """A call within a condition, with arguments below each other."""
    depth, end = 1, 0
    while depth and end < len(rest):
        depth += (rest[end] in '([{') - (rest[end] in ')]}')
        end += 1
    lines, column = [left], width(left)
    for number, arg in enumerate(args := arguments(rest[:end - 1])):
        arg += rest[end - 1:] if number == len(args) - 1 else ','
        gap = ' ' if number else ''
        if number and width(lines[-1] + gap + arg) > 80:
            lines.append(indent(column) + arg)
        else:
            lines[-1] += gap + arg
    return lines


def broken(blank, left, function, args, end):
    """An assignment that goes on in a line of its own after the equals sign."""
    lines = [blank + left, blank + '\t' + function + '(']
    column = width(lines[1])
    for number, arg in enumerate(args):
        arg += end if number == len(args) - 1 else ','
        gap = '' if lines[-1].endswith('(') else ' '
        if gap and width(lines[-1] + gap + arg) > 80:
            lines.append(indent(column) + arg)
        else:
            lines[-1] += gap + arg
    return lines


def bodies(code):
    """The functions of a file by name, heads included; of those with one name, all."""
    lines, found = code.split('\n'), {}
    for first, last, name in functions(code):
        found[name] = found.get(name, '') + '\n'.join(lines[first - 1:last]) + '\n'
    return found


# What is done to make a table, and to have none if that fails.
TABLE = re.compile(r'(?:sg_\w+|for_each_\w+|dma_(?:un)?map_\w+|dma_get_sgtable|k[zm]?alloc(?:_obj)?|kfree|(?:dev|pr|drm)_\w+|'
                   r'ERR_PTR|PTR_ERR|IS_ERR|if|for|while|return|sizeof|unlikely|likely|page_to_phys|page_address)')
MADE = re.compile(r'\b(?:sg_alloc_table_from_pages|sg_alloc_table|sg_set_page|dma_get_sgtable)\s*(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))')


def undoes_more(body):
    """Does a function do something to anything but the table that it makes, from there to its end?"""
    made = re.search(r'\b(\w+)\s*=\s*k[zm]alloc(?:_obj)?\s*\(', body)
    if not made or not re.search(r'\bstruct sg_table\b[^;]*\*%s\b' % made.group(1), body):
        return False
    rest = MADE.sub('sg_', body[made.end(1):])
    return any(not TABLE.fullmatch(name) for name in re.findall(r'\b(\w+)\s*\(', rest)) or \
        any(what != made.group(1) + '->nents' for what in
            re.findall(r'([\w>.-]*(?:->|\.)\s*\w+)\s*(?:\[[^]]*\]\s*)?(?:[-+|&^]?=[^=]|\+\+|--)', rest)) or \
        bool(re.search(r'(?:\+\+|--)\s*\w+(?:->|\.)', rest))


def half_exported(code, new):
    """What still counts on the operations of a dma-buf as they were, or ''."""
    was, now = bodies(code), bodies(new)
    for name in set(re.findall(r'\.(?:un)?map_dma_buf\s*=\s*(\w+)', code)) & set(was):
        known = r'(?<=map_ranges = )%s\b|\b%s\s*\(\s*struct dma_buf_attachment \*\w+,\s*struct phys_range_list\b' % (name, name)
        if was[name] != now.get(name) and len(re.findall(r'\b%s\b' % name, new)) != len(re.findall(known, new)):
            return 'what maps or unmaps is called here, too'
    for name in set(re.findall(r'\.(?:begin|end)_cpu_access\s*=\s*(\w+)', code)) & set(was):
        if was[name] != now.get(name) and len(re.findall(r'\b%s\s*\(' % name, new)) != len(re.findall(r'\b%s\s*\(\s*struct dma_buf \*' % name, new)):
            return 'what is done for the CPU is called here, too, perhaps with the reservation lock, which it takes now'
    for name in re.findall(r'\.map_ranges\s*=\s*(\w+)', new):
        body = now.get(name, '')
        if undoes_more(was.get(name, '')):
            return 'what is done when mapping fails is more than to free the table'
        given = ' '.join(re.findall(r'\bphys_range_list_append_pages\(([^;]*);', body))
        counters = re.findall(r'\b(\w+)\b(?!\s*=)', ' '.join(re.findall(r'\n\t(?:unsigned )?(?:int|long|size_t)\b([^;()]*);', body)))
        if any(re.search(r'(?<![>.])\b%s\b' % v, given) and not re.search(r'\b%s\s*=' % v, body) for v in counters):
            return 'the pages are not those of one array'
        tables = re.findall(r'\bstruct sg_table\b[^;(]*\*(\w+)\s*[;,=]', was.get(name, ''))
        if body != was.get(name, '') and (re.search(r'\bERR_PTR\(|\breturn NULL\b|\bstruct sg_table \*\w+\(', body) or
                                          any(re.search(r'(?<![>.])\b%s\b' % table, body) and
                                              not re.search(r'\b(?:int|struct sg_table)\b[^;()]*\b%s\b' % table, body) for table in tables) or
                                          set(re.findall(r'^(\w+):', body, re.M)) - set(re.findall(r'\bgoto (\w+)', body))):
            return 'what is done when mapping fails is more than to free the table'
        if len(re.findall(r'\bint\b[^;()]*\bret\b', body)) > len(re.findall(r'\bint\b[^;()]*\bret\b', was.get(name, ''))) > 0:
            return 'the name of a variable that a rule adds is taken'
    for name in re.findall(r'\bstruct (\w+) \{', code):
        if not re.search(r'\bstruct %s \{' % name, new) and re.search(r'\bstruct %s\b' % name, new):
            return 'what is kept with an attachment is used here, too'
    return ''


def why_not(rule, code, new, bad):
    """Why what a rule has made of a file cannot be used, or ''."""
    if rule.leaves_no and rule.leaves_no.search(new):
        return 'only some of the places that belong together can be converted'
    if rule.name.startswith('exporter_'):
        reason = half_exported(code, new)
        if reason:
            return reason
    lines = code.split('\n')
    for first, last, name in functions(code):
        if any(first <= line <= last for line in bad) and rule.words.search('\n'.join(lines[first - 1:last])):
            return 'Coccinelle cannot parse %s(), which has to be converted together with this' % name
    return ''


def follow(text, new, origin):
    """Which of the first lines are gone, and where those of @new come from."""
    if new == text:
        return set(), text, origin
    old_lines, new_lines = text.split('\n'), new.split('\n')
    removed, lines = set(), []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        if tag == 'equal':
            lines += origin[a:b]
            continue
        gone = '\n'.join(new_lines[c:d])
        for i in range(a, b):
            calls = re.findall(CALLS, old_lines[i])
            if calls and not any(re.search(r'\b%s\b' % call, gone) for call in calls):
                removed.add(origin[i])
        lines += [None] * (d - c)
    return removed - {None}, new, lines


def driver_of(kdir, name):
    """The driver that a file belongs to: the object it is linked into."""
    path = Path(name)
    text = ''
    for makefile in (kdir / path.parent / 'Kbuild', kdir / path.parent / 'Makefile'):
        if makefile.is_file():
            text += makefile.read_text(errors='replace').replace('\\\n', ' ') + '\n'
    for object_name, parts in re.findall(r'^([\w.-]+?)-(?:y|objs|\$\(\w+\))\s*[:+]?=\s*(.*)$', text, re.M):
        if object_name not in ('obj', 'lib') and path.stem + '.o' in parts.split():
            return str(path.parent / object_name)
    # Outside of the tree it may be linked with those beside it by a Makefile that is elsewhere.
    if path.is_absolute() and not re.search(r'^obj-.*(?<![\w-])%s\.o\b' % re.escape(path.stem), text, re.M):
        return str(path.parent)
    return str(path.parent / path.stem)


# A list of a name, in whatever way it is mapped or unmapped.
LISTS = r'\bdma_(?:un)?map_sg(?:_attrs|table)?\s*\([^,;]+,\s*&?[\w>.-]*?(?<![\w])%s(?:->sgl|\.sgl|\[[^]]*\])?\s*,'


def sources_of(kdir, path):
    """The C files that may be linked with one, and the headers that they include."""
    name = str(path.relative_to(kdir)) if path.is_relative_to(kdir) else str(path)
    driver = driver_of(kdir, name)
    found = [other for other in sorted(path.parent.glob('*.c'))
             if driver_of(kdir, str(Path(name).parent / other.name)) == driver]
    # A Makefile names objects in directories below, and one above may name this.
    top = path.parent
    while not any((top / makefile).is_file() for makefile in ('Kbuild', 'Makefile')) and top not in (kdir, top.parent):
        top = top.parent
    for makefile in (top / 'Kbuild', top / 'Makefile'):
        text = makefile.read_text(errors='replace').replace('\\\n', ' ') if makefile.is_file() else ''
        for parts in re.findall(r'^[\w.-]+?-(?:y|objs|\$\(\w+\))\s*[:+]?=\s*(.*)$', text, re.M):
            parts = [top / re.sub(r'\.o$', '.c', part) for part in parts.split() if part.endswith('.o')]
            if path in parts:
                found += [part for part in parts if part not in found and part.is_file()]
    for other in list(found):
        for header in re.findall(r'^\s*#\s*include\s*"([^"\n]+\.h)"', other.read_text(errors='replace'), re.M):
            header = Path(os.path.normpath(other.parent / header))
            if header.is_file() and header not in found:
                found.append(header)
    return found


def together(kdir, files, paths, results, rules, include):
    """Convert files that only undo what is mapped in others of their driver, if that is all that is missing."""
    for rule in rules:
        if not rule.whole:
            continue
        drivers = {}
        for name in results:
            if rule.name in results[name]['rules']:
                drivers.setdefault(driver_of(kdir, name), []).append(name)
        for driver, names in drivers.items():
            maps = '\n'.join(strip(files[name]) for name in names)
            done = {}
            for path in sorted(paths[names[0]].parent.glob('*.c')):
                name = str(Path(names[0]).parent / path.name)
                text = strip(path.read_text(errors='replace'))
                if name in names or driver_of(kdir, name) != driver or not rule.leaves_no.search(text):
                    continue
                entries = re.findall(r'\bdma_unmap_sg(?:_attrs)?\s*\([^,;]+,\s*&?[\w>.-]*?(\w+),\s*1\s*,', text)
                # What has the same name elsewhere in the driver may be the one that is meant.
                others = '\n'.join(strip(other.read_text(errors='replace')) for other in sources_of(kdir, paths[names[0]])
                                   if other.name not in (path.name, *(Path(name).name for name in names)))
                known = not any(re.search(LISTS % entry, others) for entry in entries) and all(
                    re.search(r'(?:=|dma_map_sg\s*\([^,;]+,)\s*&?[\w>.-]*\b%s\s*[;,]' % entry, maps) for entry in entries)
                found = convert(path, name, rules, include, rule) if name in results and entries and known else None
                if not found or rule.name not in found['rules']:
                    break
                done[name] = found
            else:
                results.update(done)


def whole_drivers(kdir, files, paths, results, rules, include):
    """Take back what was done to a file if a file of the same driver needs it undone."""
    for rule in rules:
        if not rule.whole:
            continue
        left = {}
        for name in [name for name in results if rule.name in results[name]['rules']]:
            driver = driver_of(kdir, name)
            single = re.findall(r'\bdma_map_sg(?:_attrs)?\s*\([^,;]+,\s*&?[\w.>-]*?(?:->|\.)(\w+)(?:\[[^]]*\])?,\s*1\s*,', strip(files[name]))
            for path in sources_of(kdir, paths[name]):
                other = str(path.relative_to(kdir)) if path.is_relative_to(kdir) else str(path)
                text = strip(path.read_text(errors='replace'))
                if rule.name not in results.get(other, {'rules': ()})['rules'] and \
                        (rule.leaves_no.search(text) or any(re.search(LISTS % entry, text) for entry in single)):
                    left.setdefault(driver, other)
        for name in list(results):
            other = left.get(driver_of(kdir, name))
            if other and rule.name in results[name]['rules']:
                before = results[name]['sites']
                results[name] = convert(paths[name], name, [r for r in rules if r is not rule], include)
                for was, site in zip(before, results[name]['sites']):
                    if was['outcome'] == 'converted' and was['family'] == rule.family:
                        site.update(outcome='reported', family=rule.family,
                                    reason='what is mapped here is unmapped in %s, too' % other)


# What a table that the core has made of ranges has not.
PAGES = re.compile(r'\b(iommu_map_sgtable|iommu_map_sg|drm_prime_sg_to_page_array|sg_phys|sg_virt)\s*\(')
PRIME = re.compile(r'\.gem_prime_import_sg_table\s*=|\bdrm_prime_sg_to_page_array\s*\(')
CPU_SIDE = re.compile(r'\b(sg_page|for_each_sgtable_page|for_each_sg_page)\s*\(|->orig_nents\b')


def own_imports(kdir, paths, results, rules, include):
    """Take back exporters whose driver looks at pages of what it imports, of itself as well."""
    exporters = [rule for rule in rules if rule.name.startswith('exporter_')]
    for name in results:
        if not any(site['kind'] == 'exporter' and site['outcome'] == 'converted' for site in results[name]['sites']):
            continue
        # Nobody can map those.
        if set(results[name]['rules']) & {rule.name for rule in exporters} == {'exporter_none'}:
            continue
        driver = driver_of(kdir, name)
        texts = [strip(path.read_text(errors='replace')) for path in sorted(paths[name].parent.glob('*.c'))
                 if driver_of(kdir, str(Path(name).parent / path.name)) == driver]
        importers = [text for text in texts if SITES['importer'].search(text) or PRIME.search(text)]
        whole = '\n'.join(texts)
        if not importers or 'dma_buf_map_iommu' in whole or \
                not (PAGES.search(whole) or any(CPU_SIDE.search(text) for text in importers)):
            continue
        # Most drivers know their own, and take the object.
        tables = re.findall(r'\bstruct\s+dma_buf_ops\s+(\w+)\s*=', strip(paths[name].read_text(errors='replace')))
        if all(re.search(r'->ops\s*[!=]=\s*&%s\b' % table, whole) for table in tables):
            continue
        before = results[name]['sites']
        results[name] = convert(paths[name], name, [rule for rule in rules if rule not in exporters], include)
        for was, site in zip(before, results[name]['sites']):
            if was['kind'] == 'exporter' and was['outcome'] == 'converted':
                site.update(outcome='reported', family=was['family'],
                            reason='the driver can import what it exports, and looks at pages of what it imports')


def in_headers(kdir, files, paths, results, include):
    """Account for what is mapped in headers of the drivers, too: no rule knows it."""
    directories = [Path(directory) for directory in include]
    headers = {Path(os.path.normpath(directory / header))
               for name, path in paths.items()
               for header in re.findall(r'^\s*#\s*include\s*"([^"\n]+\.h)"', files[name], re.M)
               for directory in [path.parent, *directories]}
    for path in sorted(headers):
        name = str(path.relative_to(kdir)) if path.is_relative_to(kdir) else str(path)
        if not path.is_file():
            continue
        text = path.read_text(errors='surrogateescape')
        sites = new_sites(name, strip(text))
        for site in sites:
            where = 'a macro' if in_macro(strip(text), site['line']) else 'a function'
            site.update(outcome='reported', family='headers', reason='it is in %s of a header, which no rule knows' % where)
        if sites:
            files.setdefault(name, text)
            results.setdefault(name, {'sites': [], 'unparsed': [], 'rules': [], 'new': None})['sites'] += sites


def diff(name, old, new):
    # A form feed ends no line.
    old, new = ([line + '\n' for line in text.split('\n')] for text in (old, new))
    for lines in (old, new):
        last = lines.pop().rstrip('\n')
        lines += [last] if last else []
    # Or what comes behind a name with a space is no part of it.
    tab = '\t' * (' ' in name)
    lines = difflib.unified_diff(old, new, 'a/' + name + tab, 'b/' + name + tab)
    return ''.join(line if line.endswith('\n') else line + '\n\\ No newline at end of file\n' for line in lines)


def shared_files(kdir, files, paths, results, rules):
    """What is done to headers and Kconfig is one change for a driver, whichever of its files need it."""
    needs = {rule.name: rule.selects for rule in rules if rule.selects}
    for name in sorted(name for name in results if results[name]['new'] is not None):
        driver = driver_of(kdir, name)
        changes = {str(Path(name).parent / header): new for header, new in results[name]['headers'].items()}
        selects = {needs[rule] for rule in results[name]['rules'] if rule in needs}
        kconfig = selects and with_select(kdir, name, driver, selects.pop())
        if kconfig:
            changes.update([kconfig])
        for full, new in changes.items():
            if full not in files:
                paths[full] = paths[name].parent / Path(full).name if Path(full).is_absolute() else kdir / full
                files[full] = paths[full].read_text(errors='surrogateescape')
                results[full] = {'sites': [], 'unparsed': [], 'rules': [], 'headers': {}, 'new': files[full], 'parts': {}}
            parts = results[full]['parts']
            parts[driver] = merge(parts.get(driver, files[full]), files[full], new)
            results[full]['new'] = merge(results[full]['new'], files[full], new)


def with_select(kdir, name, driver, symbol):
    """The Kconfig file that has a driver, and the same with what it needs, or None."""
    path = Path(driver)
    makefile = kdir / path.parent / 'Makefile'
    # All of DRM depends on what range lists do.
    if path.is_absolute() or not makefile.exists() or path.is_relative_to('drivers/gpu/drm'):
        return None
    text = makefile.read_text(errors='replace').replace('\\\n', ' ')
    line = r'^%s-\$\(CONFIG_(\w+)\)\s*[:+]?=[^\n]*(?<![\w-])%s\.o\b'
    stem = re.escape(Path(name).stem)
    # A file can be in several modules.
    modules = [path.name] + re.findall(r'^([\w-]+)-(?:objs|y)\s*[:+]?=[^\n]*(?<![\w-])%s\.o\b' % stem, text, re.M)
    configs = [config for module in dict.fromkeys(modules)
               for config in re.findall(line % ('obj', re.escape(module)), text, re.M)] or \
        re.findall(line % (r'[\w-]+', stem), text, re.M)[:1]
    for directory in path.parents if configs else ():
        kconfig = directory / 'Kconfig'
        old = (kdir / kconfig).read_text(errors='surrogateescape') if (kdir / kconfig).exists() else ''
        new = old
        for config in configs:
            entry = re.search(r'^(?:menu)?config %s\n(?:\t(?!help\b|depends\b|select\b).*\n|\tdepends\b.*\n)+' % config, new, re.M)
            # A patch in front may have done it for another file of the driver.
            if entry and not re.match(r'(?:\t.*\n)*?\tselect %s\n' % symbol, new[entry.end():]):
                added = '\tdepends on HAS_DMA && MMU\n\tselect %s\n' % symbol
                new = new[:entry.end()] + added + new[entry.end():]
        if new != old:
            return str(kconfig), new
    return None


def merge(mine, base, theirs):
    """Lines that are only added, each where it was put."""
    lines, mine = [], mine.split('\n')
    match = difflib.SequenceMatcher(None, base.split('\n'), mine, autojunk=False)
    added = {a: mine[c:d] for tag, a, _, c, d in match.get_opcodes() if tag == 'insert'}
    base = base.split('\n')
    match = difflib.SequenceMatcher(None, base, theirs.split('\n'), autojunk=False)
    for tag, a, _, c, d in match.get_opcodes():
        if tag == 'insert':
            more = theirs.split('\n')[c:d]
            added[a] = added.get(a, []) + [line for line in more if line not in added.get(a, [])]
    for number, line in enumerate([*base, None]):
        lines += added.get(number, []) + ([line] if line is not None else [])
    return '\n'.join(lines)


def subject_of(driver, used):
    """The subsystem, the driver, and as much of what is done as a line has room for."""
    parts = re.sub(r'^(drivers/(gpu/)?|samples/|/)', '', driver).split('/')
    prefix = ': '.join(dict.fromkeys((parts[0], parts[-1])))
    subjects = list(dict.fromkeys(rule.subject for rule in used))
    subject = '%s: %s' % (prefix, subjects[0])
    for more in subjects[1:]:
        if len(subject) + len(more) <= 73:
            subject += ', ' + more
    return subject


def write_patches(kdir, files, paths, results, rules):
    drivers = {}
    for name in sorted(files):
        if results[name]['new'] is not None:
            for driver, new in results[name].get('parts', {driver_of(kdir, name): results[name]['new']}).items():
                drivers.setdefault(driver, {})[name] = new
    directory = OUT / 'patches.new'
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for number, (driver, names) in enumerate(sorted(drivers.items()), 1):
        used = [rule for rule in rules if any(rule.name in results[name]['rules'] for name in names)]
        text = ['From: Range list conversion <noreply@localhost>', 'Subject: [PATCH] ' + subject_of(driver, used), '']
        text += ['\n\n'.join(textwrap.fill(paragraph, 75) for rule in used for paragraph in rule.text.split('\n\n')), '']
        text += textwrap.wrap('Made with %s in scripts/coccinelle/api/range_list.' % ' and '.join(
            rule.name + '.cocci' for rule in used), 75) + ['---']
        body = ''.join(diff(name.lstrip('/'), with_ends(paths[name], files[name]), with_ends(paths[name], new))
                       for name, new in names.items())
        file = '%04d-%s.patch' % (number, re.sub(r'[^\w]+', '-', driver).strip('-'))
        (directory / file).write_text('\n'.join(text) + '\n' + body, errors='surrogateescape')
    shutil.rmtree(OUT / 'patches', ignore_errors=True)
    directory.rename(OUT / 'patches')
    return len(drivers)


def write_reports(files, results):
    sites = [site for name in sorted(results) for site in results[name]['sites']]
    unparsed = [item for name in sorted(results) for item in results[name]['unparsed']]
    counts = {}
    for site in sites:
        what = 'by hand' if site['family'] == 'by hand' else site['outcome']
        counts.setdefault(site['kind'], {}).setdefault(what, 0)
        counts[site['kind']][what] += 1
    keys = ('kind', 'file', 'line', 'function', 'family', 'outcome', 'reason')
    data = {'sites': [{key: site[key] for key in keys} for site in sites],
            'unparsed': unparsed, 'counts': counts}
    (OUT / 'report.json').write_text(json.dumps(data, indent=1) + '\n')
    lines = ['%s:%d: %s: %s: %s%s' % (s['file'], s['line'], s['kind'], s['function'], s['outcome'],
                                      ': ' + s['reason'] if s['reason'] else '') for s in sites]
    lines += ["%s:%d: %s: Coccinelle cannot parse this%s, at '%s'" %
              (u['file'], u['line'], u['function'] or 'outside of functions', ' function' * bool(u['function']), u['at'])
              for u in unparsed]
    lines += ['', *summary(counts)]
    (OUT / 'report.txt').write_text('\n'.join(lines) + '\n')
    rows = []
    for name in sorted(results):
        new = results[name]['new']
        text = html.escape(diff(name.lstrip('/'), files[name], new)) if new is not None else ''
        for site in results[name]['sites']:
            change = '<details><summary>diff</summary><pre>%s</pre></details>' % text if text and not site['reason'] else ''
            rows.append('<tr>%s<td>%s</td></tr>' % (''.join('<td>%s</td>' % html.escape(str(site[key])) for key in keys), change))
    (OUT / 'report.html').write_text(PAGE % (''.join('<th>%s</th>' % key for key in keys), '\n'.join(rows)),
                                     errors='replace')
    return counts


PAGE = '''<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Conversion to ranges</title>
<style>body{font-family:sans-serif}td,th{text-align:left;vertical-align:top;padding:.2em .5em}
tr:nth-child(even){background:#eee}pre{margin:0}</style></head><body>
<h1>Conversion to ranges</h1>
<p><label>Show rows with <input id="filter" placeholder="text"></label> <span id="rows"></span></p>
<table><thead><tr>%s<th></th></tr></thead><tbody>
%s
</tbody></table>
<script>
const rows = [...document.querySelectorAll('tbody tr')];
const show = () => {
	const words = document.getElementById('filter').value.toLowerCase().split(/\\s+/);
	let shown = 0;
	for (const row of rows) {
		const cells = [...row.cells].slice(0, 7).map(cell => cell.textContent).join(' ').toLowerCase();
		row.hidden = !words.every(word => cells.includes(word));
		shown += !row.hidden;
	}
	document.getElementById('rows').textContent = shown + ' of ' + rows.length;
};
document.getElementById('filter').addEventListener('input', show);
show();
</script></body></html>
'''


def summary(counts):
    return ['%-9s %4d: %s' % (kind, sum(of.values()), ', '.join(
        '%d %s' % (of.get(what, 0), what) for what in ('converted', 'by hand', 'reported', 'no-match') if what in of))
            for kind, of in sorted(counts.items())]


def add_by_hand(kdir, files, results, wanted):
    """Count what patches of the project have converted in the tree already, and name them."""
    if not (kdir / '.range-list').exists():
        return
    patches = sorted((TOP / 'patches').glob('*/*.patch'), reverse=True)
    with tempfile.TemporaryDirectory(prefix='convert-') as tmp:
        for patch in patches:
            names = re.findall(r'^--- a/(.*\.c)$', patch.read_text(errors='surrogateescape'), re.M)
            for name in names:
                if not (Path(tmp) / name).exists() and (kdir / name).exists():
                    (Path(tmp) / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(kdir / name, Path(tmp) / name)
            now = {name: (Path(tmp) / name).read_text(errors='surrogateescape') for name in names}
            if names and subprocess.run(['git', 'apply', '-R', *['--include=' + name for name in names], str(patch)],
                                        cwd=tmp, capture_output=True, check=False).returncode:
                say('%s has other changes than those of %s' % (kdir, patch.name))
                return
            for name, text in now.items():
                if CORE.search(name) or wanted and not {name, *map(str, Path(name).parents)} & wanted:
                    continue
                before = find_sites(strip((Path(tmp) / name).read_text(errors='surrogateescape')))
                left = find_sites(strip(text))
                for kind, line, function, what in gone(before, left):
                    files.setdefault(name, text)
                    results.setdefault(name, {'sites': [], 'unparsed': [], 'new': None})['sites'].append(
                        {'kind': kind, 'file': name, 'line': line, 'function': function, 'family': 'by hand',
                         'outcome': 'converted', 'reason': str(patch.relative_to(TOP))})


def gone(before, after):
    """The sites that are no more; what is in another function now was only moved."""
    after = [site[2:] for site in after]
    less = []
    for site in before:
        if site[2:] in after:
            after.remove(site[2:])
        else:
            less.append(site)
    moved = [what for _, what in after]
    for site in list(less):
        if site[3] in moved:
            moved.remove(site[3])
            less.remove(site)
    return less


def with_ends(path, text):
    """The text with line ends as they are in a file."""
    return text.replace('\n', '\r\n') if b'\r\n' in path.read_bytes() else text


def git(kdir, *args):
    return subprocess.run(['git', '-C', str(kdir), *args], capture_output=True, text=True, check=False)


def check_clean(kdir):
    """A tree with changes of its own is not to be mixed with ours."""
    inside = git(kdir, 'rev-parse', '--show-toplevel')
    if inside.returncode or Path(inside.stdout.strip()).resolve() != kdir:
        return
    dirty = git(kdir, 'status', '--porcelain', '--untracked-files=no').stdout.splitlines()
    if dirty:
        die('%s has changes that are not committed: %s%s' %
            (kdir, dirty[0][3:], ' and %d more' % (len(dirty) - 1) if len(dirty) > 1 else ''))


def recover(journal):
    """Take back what an interrupted APPLY=1 has begun."""
    if not journal.exists():
        return
    for target, saved in json.loads(journal.read_text()):
        if Path(saved).exists():
            shutil.copy2(saved, target)
    journal.unlink()
    shutil.rmtree(OUT / 'saved', ignore_errors=True)
    die('an earlier run was interrupted while it changed files; they are as they were before it. Run this again')


def apply(files, paths, results, journal):
    changed = [name for name in sorted(files) if results[name]['new'] is not None]
    for name in changed:
        if paths[name].read_text(errors='surrogateescape') != files[name]:
            die('%s was changed meanwhile; nothing is applied' % name)
        if not os.access(paths[name].parent, os.W_OK) or not os.access(paths[name], os.W_OK):
            die('%s cannot be written; nothing is applied' % name)
        if os.path.isabs(name) and git(paths[name].parent, 'status', '--porcelain', '--untracked-files=no',
                                       paths[name].name).stdout:
            die('%s has changes that are not committed; nothing is applied' % name)
    saved = OUT / 'saved'
    shutil.rmtree(saved, ignore_errors=True)
    saved.mkdir()
    pairs = []
    for number, name in enumerate(changed):
        shutil.copy2(paths[name], saved / str(number))
        pairs.append((str(paths[name]), str(saved / str(number))))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    temporary = journal.with_suffix('.new')
    temporary.write_text(json.dumps(pairs))
    temporary.rename(journal)
    try:
        for name in changed:
            new = with_ends(paths[name], results[name]['new'])
            with open(paths[name], 'w', errors='surrogateescape', newline='') as file:
                file.write(new)
    except OSError as error:
        for target, copy in pairs:
            shutil.copy2(copy, target)
        journal.unlink()
        die('%s; nothing is applied' % error)
    journal.unlink()
    shutil.rmtree(saved)
    return len(changed)


def given(name, kdir):
    """Names of files, with quotes around those that have spaces, unless there is just one."""
    text = os.environ.get(name, '')
    if text and (Path(text).exists() or (kdir / text).exists()):
        return [text]
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def select(kdir, wanted, words):
    """The files to look at: {name: path}."""
    paths = {}
    if not wanted:
        command = ['grep', '-rlE', '--include=*.c', words.pattern, *[r for r in ROOTS if (kdir / r).is_dir()]]
        found = subprocess.run(command, cwd=kdir, capture_output=True, text=True, check=False).stdout.split('\n')
        return {name: kdir / name for name in sorted(found) if name and not CORE.search(name)}
    for item in wanted:
        path = Path(os.path.abspath(kdir / item if (kdir / item).exists() else item))
        if not path.exists():
            die('%s: no such file' % item)
        if path.is_dir():
            inside = sorted(path.rglob('*.c'))
            if not inside:
                die('%s: no C file in this directory' % item)
        elif path.suffix != '.c':
            die('%s is no C file' % item)
        else:
            inside = [path]
        for file in inside:
            data = file.read_bytes()
            if b'\0' in data:
                die('%s is no C file' % file)
            if data.count(b'\r') not in (0, data.count(b'\n')) or data.count(b'\r') != data.count(b'\r\n'):
                die('%s has lines that end with a carriage return, and others that do not' % file)
            name = str(file.relative_to(kdir)) if file.is_relative_to(kdir) else str(file)
            paths[name] = file
    return paths


def check_parses(paths):
    """Coccinelle must make something of what was given by name, if we see no function in it."""
    for name, path in paths.items():
        if functions(strip(path.read_text(errors='replace'))):
            continue
        done = subprocess.run(['spatch', '--parse-c', str(path)], capture_output=True, text=True, errors='replace', check=False)
        text = done.stdout + done.stderr
        place = re.search(r'File "[^"]*", line (\d+), column (\d+).*\n\s*around = \'(.*)\',', text)
        total = re.search(r'nb good = (\d+),\s*nb bad = (\d+)', text)
        if place and total and int(total.group(1)) == 0:
            die("%s: Coccinelle cannot parse it: line %s, column %s, at '%s'" % (name, *place.groups()))


def main():
    kdir = os.environ.get('KDIR') or str(TOP / 'build/tree')
    if not os.path.isdir(kdir):
        die('KDIR=%s: no such directory' % kdir)
    kdir = Path(kdir).resolve()
    if not (kdir / 'Kbuild').exists() or not (kdir / 'include/linux').is_dir():
        die('KDIR=%s is no kernel source' % kdir)
    if not (kdir / 'include/linux/phys_range.h').exists():
        die('%s has no range lists: put them there with make apply KDIR=%s' % (kdir, kdir))
    if not shutil.which('spatch'):
        die('there is no spatch: run make setup')
    include = []
    for directory in given('INCLUDE', kdir):
        if not os.path.isdir(directory):
            die('INCLUDE=%s: no such directory' % directory)
        include.append(os.path.abspath(directory))
    jobs = os.environ.get('JOBS') or str(os.cpu_count())
    if not jobs.isdigit() or not int(jobs):
        die('JOBS=%s is no number' % jobs)
    (OUT / 'cache').mkdir(parents=True, exist_ok=True)
    journal = OUT / 'journal'
    recover(journal)
    check_clean(kdir)

    rules = [Rule(path) for path in sorted(RULES.glob('*.cocci'))]
    words = re.compile('|'.join(sorted({word for rule in rules for word in rule.words.pattern[3:-3].split('|')} |
                                       {'dma_map_sg', 'dma_map_sgtable', 'dma_buf_map_attachment', 'map_dma_buf'})))
    wanted = given('FILES', kdir)
    paths = select(kdir, wanted, words)
    if wanted:
        check_parses({name: path for name, path in paths.items() if words.search(path.read_text(errors='replace'))
                      or path.name in map(os.path.basename, wanted)})
    files = {name: path.read_text(errors='surrogateescape') for name, path in paths.items()}

    results = {}
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        waiting = {pool.submit(convert, path, name, rules, include): name for name, path in paths.items()}
        for done in concurrent.futures.as_completed(waiting):
            results[waiting[done]] = done.result()
            if len(results) % 10 == 0 or len(results) == len(paths):
                converted = sum(site['outcome'] == 'converted' for r in results.values() for site in r['sites'])
                print('\rconvert: %d of %d files, %d places converted' % (len(results), len(paths), converted),
                      end='', file=sys.stderr, flush=True)
    print(file=sys.stderr)

    together(kdir, files, paths, results, rules, include)
    whole_drivers(kdir, files, paths, results, rules, include)
    own_imports(kdir, paths, results, rules, include)
    shared_files(kdir, files, paths, results, rules)
    in_headers(kdir, files, paths, results, include)
    number = write_patches(kdir, files, paths, results, rules)
    add_by_hand(kdir, files, results, {os.path.normpath(item) for item in wanted})
    counts = write_reports(files, results)
    for line in summary(counts):
        print(line)
    bad = sum(len(result['unparsed']) for result in results.values())
    if bad:
        print('%d functions that Coccinelle cannot parse are listed in the report' % bad)
    print('%d patches in %s' % (number, os.path.relpath(OUT / 'patches')))
    if os.environ.get('APPLY') == '1':
        changed = apply(files, paths, results, journal)
        print('%d files changed%s' % (changed, '' if any(map(os.path.isabs, results)) else ' in %s' % kdir))


def stop(number, _frame):
    """Nothing is written into the tree before all is known, so just end."""
    for process in list(RUNNING):
        process.terminate()
    # Other threads go on meanwhile, and shall find no place to write to.
    gone = tempfile.tempdir + '.gone'
    with contextlib.suppress(OSError):
        os.rename(tempfile.tempdir, gone)
    shutil.rmtree(gone, ignore_errors=True)
    os.write(2, b'\nconvert: interrupted; nothing is changed, and what is done need not be done again\n')
    os._exit(128 + number)


if __name__ == '__main__':
    with tempfile.TemporaryDirectory(prefix='convert-') as tempfile.tempdir:
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_number, stop)
        main()
