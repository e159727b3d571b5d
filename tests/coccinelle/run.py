#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Golden tests of the semantic patches.

NAME.c is converted. The result has to be that in NAME.expected: a line for each
place that has to be accounted for, and then the changes as a diff, if any.

	run.py [--update] [NAME...]

--update writes what came out into NAME.expected, to be looked at.
"""

import concurrent.futures
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / 'tools'))
import convert  # noqa: E402

RULES = [convert.Rule(path) for path in sorted(convert.RULES.glob('*.cocci'))]


def result(path):
    old = path.read_text()
    found = convert.convert(path, path.name, RULES, [])
    lines = ['%d: %s: %s: %s%s\n' % (site['line'], site['kind'], site['function'], site['outcome'],
                                     ': ' + site['reason'] if site['reason'] else '')
             for site in found['sites']]
    lines += ["%d: %s: not parsed, at '%s'\n" % (item['line'], item['function'], item['at'])
              for item in found['unparsed']]
    changes = convert.diff(path.name, old, found['new']) if found['new'] else ''
    for name, new in found['headers'].items():
        changes += convert.diff(name, (HERE / name).read_text(), new)
    return ''.join(lines) + changes


# Every mode says something, of a file that a rule was made for.
SAMPLES = {
    'dma_map_one': 'one-assigned', 'dma_map_resource': 'resource', 'exporter_none': 'exporter-none',
    'exporter_attachment': 'attachment-pages', 'exporter_drm': 'exporter-drm',
    'exporter_gem': 'gem-pages', 'exporter_coherent': 'coherent', 'exporter_page_loop': 'page-loop',
    'exporter_pages': 'pages', 'exporter_table': 'table', 'exporter_phys_vec': 'phys-vec', 'importer': 'importer-walk',
    'importer_field': 'importer-kept', 'built_list': 'built', 'given_list': 'given-mmc', 'other_exporters': 'exporter-helper',
    'other_importers': 'importer-local', 'other_users': 'list-kept',
}


def modes(rule):
    said = {}
    sample = HERE / (SAMPLES[rule.name] + '.c')
    for mode in ('patch', 'context', 'org', 'report'):
        done = subprocess.run(['spatch', '--very-quiet', '--sp-file', str(rule.path), '-D', mode,
                               *rule.options, str(sample)], capture_output=True, text=True, check=False)
        said[mode] = bool(done.stdout) and not done.returncode
    # What only tells reasons has no patch.
    return [mode for mode, text in said.items() if text != (mode != 'patch' or bool(rule.subject))]


def main():
    names = sys.argv[1:]
    update = '--update' in names
    names = [name for name in names if name != '--update']
    paths = [HERE / (name + '.c') for name in names] or sorted(HERE.glob('*.c'))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, got in zip(paths, pool.map(result, paths)):
            golden = path.with_suffix('.expected')
            if update:
                golden.write_text(got)
            if golden.exists() and golden.read_text() == got:
                print('ok - %s' % path.stem)
            else:
                failed += 1
                print('not ok - %s' % path.stem)
                print(''.join('# ' + line for line in got.splitlines(True)))
        for rule, bad in zip(RULES, pool.map(modes, RULES if not names else [])):
            failed += bool(bad)
            print('%s - modes of %s.cocci%s' % ('not ok' if bad else 'ok', rule.name, ': ' + ' '.join(bad) if bad else ''))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
