#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Apply patches one by one to a copy of a kernel, and compile what each changes.

usage: series_test.py COPY PATCH...

A file that a patch changes, and one that includes a header of its directory that
the patch changes, must compile with W=1 as it then is, with the headers that there
are then, and give no warning of the compiler or of sparse that it did not give
before the first patch. How it is compiled is taken from build/tree, which has all
of the project.
"""

import concurrent.futures
import os
import re
import sys
from pathlib import Path

from objects import TREE, includer, run, sort_out


def changed(patch):
    return re.findall(r'^\+\+\+ b/(.*)$', patch.read_text(errors='surrogateescape'), re.M)


def sources(copy, patch):
    """What has to be compiled for a patch."""
    found = set()
    for name in changed(patch):
        if name.startswith(('scripts/', 'tools/', 'samples/')):
            continue
        if name.endswith('.c'):
            found.add(name)
        elif name.endswith('.h') and not name.startswith('include/'):
            text = r'^#include "(.*/)?%s"' % re.escape(os.path.basename(name))
            found.update(run('grep', '-lE', text, '--', *map(str, sorted((copy / name).parent.glob('*.c')))).stdout.split())
    return {os.path.relpath(copy / name, copy) for name in found}


def report(name, said):
    print('%s - %s' % ('not ok' if said else 'ok', name))
    print(''.join('# %s\n' % line for line in said), end='', flush=True)
    return bool(said)


def main():
    copy, patches = Path(sys.argv[1]).resolve(), [Path(name).resolve() for name in sys.argv[2:]]
    have, nowhere, old = {}, set(), {}
    for kernel, names in sort_out({name for patch in patches for name in sources(TREE, patch)}):
        if kernel:
            have.update(dict.fromkeys(names, kernel))
        else:
            nowhere = names

    def compile_one(name):
        """What is new in what is said of a file."""
        status, said, everything = have[name].compile(includer(name), copy, copy)
        return everything.splitlines()[-10:] if status else sorted(said - old.get(name, set()))

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        before = [name for name in sorted(have) if (copy / name).exists()]
        for name, (_, said, _) in zip(before, pool.map(lambda name: have[name].compile(includer(name), copy, copy), before)):
            old[name] = said
        for patch in patches:
            done = run('git', 'apply', '--whitespace=nowarn', str(patch), cwd=copy,
                       env={**os.environ, 'GIT_CEILING_DIRECTORIES': str(copy.parent)})
            if done.returncode:
                sys.exit('not ok - %s applies\n# %s' % (patch.stem, done.stderr))
            # Error codes and names that a driver has had before are its own, an iterator has to
            # name its arguments repeatedly, and trace events are written like tables.
            ignore = 'FILE_PATH_CHANGES,ENOSYS,CAMELCASE,MACRO_ARG_REUSE'
            if any(name.startswith('include/trace/') for name in changed(patch)):
                ignore += ',OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,SPACING'
            done = run('perl', 'scripts/checkpatch.pl', '--strict', '--no-tree', '--terse', '--no-summary',
                       '--ignore', ignore, str(patch), cwd=copy)
            failed += report(patch.stem + ': checkpatch', [line.split(': ', 1)[-1] for line in done.stdout.splitlines() if line])
            names = sorted(name for name in sources(copy, patch) if name in have)
            for name, said in zip(names, pool.map(compile_one, names)):
                failed += report('%s: %s' % (patch.stem, name), said)
    for name in sorted(nowhere):
        print('ok - %s # SKIP it is in no kernel for x86-64, arm64 or arm' % name)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
