#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Build what make convert has converted, before and after, and compare.

Every converted file that an x86-64 kernel with all modules and COMPILE_TEST has
is compiled with W=1 as it is, and again, with the same command, as it is after
its patch. It must compile, and no warning may be new. The patches are shown to
checkpatch, too. Files that this kernel does not have are listed.
"""

import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TREE = Path(os.environ.get('KDIR') or TOP / 'build/tree').resolve()
KERNEL = TOP / 'build/cc'
OUT = TOP / 'build/convert'
OFF = ('GCC_PLUGINS', 'DEBUG_INFO_BTF', 'WERROR', 'MODVERSIONS', 'KASAN', 'KCSAN', 'UBSAN', 'GCOV_KERNEL',
       'DRM_WERROR', 'DRM_AMDGPU_WERROR', 'DRM_XE_WERROR', 'DRM_I915_WERROR')
MAKE = ['make', '-C', str(KERNEL), '-j%s' % os.cpu_count(),
        'CC=ccache gcc' if shutil.which('ccache') else 'CC=gcc']


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, errors='replace', check=False, **more)


def configure():
    if (KERNEL / 'scripts/module.lds').exists():
        return
    KERNEL.mkdir(parents=True, exist_ok=True)
    for command in ([*MAKE[:1], '-C', str(TREE), 'O=%s' % KERNEL, 'allmodconfig'],
                    [str(TREE / 'scripts/config'), '--file', str(KERNEL / '.config'),
                     *[word for name in OFF for word in ('--disable', name)]],
                    [*MAKE, 'olddefconfig'], [*MAKE, 'prepare', 'modules_prepare']):
        done = run(*command)
        if done.returncode:
            sys.exit('convert-test: %s failed:\n%s' % (' '.join(command), done.stderr[-2000:]))


def warnings(text, name):
    """What a compiler says, without the places."""
    text = text.replace(str(TREE) + '/', '')
    return sorted(set(re.sub(r'^(?:\S*/)?([^/\s:]+):\d+(?::\d+)?: ', r'\1: ', line) for line in text.splitlines()
                      if re.search(r': (warning|error|fatal error): ', line) and os.path.basename(name) in line))


def command_of(name):
    path = KERNEL / os.path.dirname(name) / ('.%s.o.cmd' % os.path.basename(name)[:-2])
    if not path.exists():
        return None
    found = re.search(r'^savedcmd_\S+ := (.*)$', path.read_text(), re.M)
    # What follows the compiler's command is objtool's.
    return found and found.group(1).split(' ; ')[0]


def compile_as(name, text, headers=TREE):
    """Compile @text in place of a file, with those headers; return (status, warnings)."""
    command = command_of(name)
    with tempfile.TemporaryDirectory(prefix='convert-') as tmp:
        source = Path(tmp) / os.path.basename(name)
        source.write_text(text, errors='surrogateescape')
        words = shlex.split(command)
        words = [str(source) if word.endswith('/' + name) or word == name else word for word in words]
        words[words.index('-o') + 1] = str(Path(tmp) / 'new.o')
        words = [re.sub(r'^-Wp,-MMD,.*', '-Wp,-MMD,%s/new.d' % tmp, word) for word in words]
        for top in (headers, TREE):
            words += ['-iquote', str(top / os.path.dirname(name))]
        done = run(*words, cwd=KERNEL)
        return done.returncode, warnings(done.stderr, name), done.stderr


def main():
    if not (OUT / 'report.json').exists():
        sys.exit('convert-test: run make convert first')
    configure()
    sites = json.loads((OUT / 'report.json').read_text())['sites']
    patches = sorted((OUT / 'patches').glob('*.patch'))
    changed = set(re.findall(r'^--- a/(.*)$', '\n'.join(patch.read_text() for patch in patches), re.M))
    names = sorted({site['file'] for site in sites if site['outcome'] == 'converted'} |
                   {name for name in changed if name.endswith('.c')})
    patched = Path(tempfile.mkdtemp(prefix='convert-'))
    for name in sorted(changed):
        (patched / name).parent.mkdir(parents=True, exist_ok=True)
        # A header that was changed may be included by one that was not.
        for header in (TREE / name).parent.glob('*.h'):
            shutil.copy2(header, (patched / name).parent)
        shutil.copy2(TREE / name, patched / name)
    failed = 0
    for patch in patches:
        done = run('git', 'apply', str(patch), cwd=patched)
        if done.returncode:
            failed += 1
            print('not ok - %s applies\n# %s' % (patch.name, done.stderr))
    run(*MAKE, '-k', 'W=1', *[name[:-2] + '.o' for name in names])
    have = [name for name in names if command_of(name)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        after = pool.map(lambda name: compile_as(
            name, (patched / name).read_text(errors='surrogateescape'), patched), have)
        for name, new in zip(have, after):
            status, said, _ = new
            if said and not status:
                old = compile_as(name, (TREE / name).read_text(errors='surrogateescape'))[1]
                said = [line for line in said if line not in old]
            fresh, bad = said, status or said
            failed += bool(bad)
            print('%s - %s builds' % ('not ok' if bad else 'ok', name))
            if bad:
                print(''.join('# %s\n' % line for line in fresh or new[2].splitlines()[-10:]), end='')
    for name in names:
        if name not in have:
            print('ok - %s builds # SKIP it is not in an x86-64 kernel' % name)
    for patch in patches:
        done = run('perl', str(TREE / 'scripts/checkpatch.pl'), '--strict', '--no-tree', '--terse', '--no-summary',
                   '--ignore', 'MISSING_SIGN_OFF,NO_AUTHOR_SIGN_OFF,EMAIL_SUBJECT', str(patch), cwd=TREE)
        said = [line for line in done.stdout.splitlines() if line]
        failed += bool(said)
        print('%s - %s and checkpatch' % ('not ok' if said else 'ok', patch.name))
        print(''.join('# %s\n' % line.split(': ', 1)[-1] for line in said), end='')
    shutil.rmtree(patched)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
