#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Build what make convert has converted, before and after, and compare.

Every converted file is compiled with W=1 as it is, and again, with the same
command, as it is after its patch, in a kernel with all modules and COMPILE_TEST:
for x86-64, or if that does not have it for arm64 or arm. It must compile, and no
warning of the compiler or of sparse may be new. The patches are shown to
checkpatch, too. Files that none of these kernels has are listed.
"""

import concurrent.futures
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from objects import TOP, TREE, includer, run, sort_out

OUT = TOP / 'build/convert'


def copy_patched(patches, top):
    """Copy the files that patches change, and the headers beside them, and change them."""
    changed = set(re.findall(r'^--- a/(.*)$', '\n'.join(patch.read_text() for patch in patches), re.M))
    for name in changed:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        # A header that was changed may be included by one that was not.
        for header in (TREE / name).parent.glob('*.h'):
            shutil.copy2(header, (top / name).parent)
        for file in {name, includer(name)}:
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TREE / file, top / file)
    failed = 0
    for patch in patches:
        done = run('git', 'apply', str(patch), cwd=top)
        if done.returncode:
            failed += 1
            print('not ok - %s applies\n# %s' % (patch.name, done.stderr))
    return {name for name in changed if name.endswith('.c')}, failed


def compare(kernel, name, top):
    file = includer(name)
    status, said, everything = kernel.compile(file, top)
    if said and not status:
        said -= kernel.compile(file, TREE)[1]
    return sorted(said) or (everything.splitlines()[-10:] if status else [])


def main():
    if not (OUT / 'report.json').exists():
        sys.exit('convert-test: run make convert first')
    if not (TOP / 'build/sparse/bin/sparse').exists():
        sys.exit('convert-test: sparse is missing, run make setup first')
    patches = sorted((OUT / 'patches').glob('*.patch'))
    with tempfile.TemporaryDirectory(prefix='convert-') as tmp:
        top = Path(tmp)
        names, failed = copy_patched(patches, top)
        for kernel, have in sort_out(names):
            if not kernel:
                for name in sorted(have):
                    print('ok - %s builds # SKIP it is not in a kernel for x86-64, arm64 or arm' % name)
                break
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                for name, bad in zip(sorted(have), pool.map(lambda name: compare(kernel, name, top), sorted(have))):
                    failed += bool(bad)
                    print('%s - %s builds' % ('not ok' if bad else 'ok', name))
                    print(''.join('# %s\n' % line for line in bad), end='', flush=True)
    # An error code that a driver has had before is its own.
    for patch in patches:
        done = run('perl', str(TREE / 'scripts/checkpatch.pl'), '--strict', '--no-tree', '--terse', '--no-summary',
                   '--ignore', 'MISSING_SIGN_OFF,NO_AUTHOR_SIGN_OFF,EMAIL_SUBJECT,ENOSYS', str(patch), cwd=TREE)
        said = [line for line in done.stdout.splitlines() if line]
        failed += bool(said)
        print('%s - %s and checkpatch' % ('not ok' if said else 'ok', patch.name))
        print(''.join('# %s\n' % line.split(': ', 1)[-1] for line in said), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
