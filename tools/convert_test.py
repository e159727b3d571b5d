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
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TREE = Path(os.environ.get('KDIR') or TOP / 'build/tree').resolve()
OUT = TOP / 'build/convert'
OFF = ('GCC_PLUGINS', 'DEBUG_INFO_BTF', 'WERROR', 'MODVERSIONS', 'KASAN', 'KCSAN', 'UBSAN', 'GCOV_KERNEL',
       'DRM_WERROR', 'DRM_AMDGPU_WERROR', 'DRM_XE_WERROR', 'DRM_I915_WERROR')
CCACHE = 'ccache ' if shutil.which('ccache') else ''
COMPILERS = {'gcc', 'clang-19'}


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, errors='replace', check=False, **more)


def warnings(text, name):
    """What is said of a file, without the places."""
    text = text.replace(str(TREE) + '/', '')
    return {re.sub(r'^(?:\S*/)?([^/\s:]+):\d+(?::\d+)?: ', r'\1: ', line) for line in text.splitlines()
            if re.search(r': (warning|error|fatal error): ', line) and os.path.basename(name) in line}


class Kernel:
    """A configured kernel of which single objects are built."""

    def __init__(self, arch, toolchain, *check):
        self.objects = TOP / 'build/objects' / arch
        self.make = ['make', '-j%s' % os.cpu_count(), 'ARCH=%s' % arch, toolchain]
        self.check = [str(TOP / 'build/sparse/bin/sparse'), '-D__linux__', '-Dlinux', '-D__STDC__', '-Dunix', '-D__unix__',
                      '-Wbitwise', '-Wno-return-void', '-Wno-unknown-attribute', '-mlittle-endian', *check]

    def configure(self):
        if (self.objects / 'scripts/module.lds').exists():
            return
        self.objects.mkdir(parents=True, exist_ok=True)
        inside = [*self.make, '-C', str(self.objects)]
        for command in ([*self.make, '-C', str(TREE), 'O=%s' % self.objects, 'allmodconfig'],
                        [str(TREE / 'scripts/config'), '--file', str(self.objects / '.config'),
                         *[word for name in OFF for word in ('--disable', name)]],
                        [*inside, 'olddefconfig'], [*inside, 'prepare', 'modules_prepare']):
            done = run(*command)
            if done.returncode:
                sys.exit('convert-test: %s failed:\n%s' % (' '.join(command), done.stderr[-2000:]))

    def build(self, names):
        self.configure()
        run(*self.make, '-C', str(self.objects), '-k', 'W=1', *[name[:-2] + '.o' for name in names])

    def command(self, name):
        path = self.objects / os.path.dirname(name) / ('.%s.o.cmd' % os.path.basename(name)[:-2])
        found = path.exists() and re.search(r'^savedcmd_\S+ := (.*)$', path.read_text(), re.M)
        # What follows the compiler's command is objtool's.
        return found and shlex.split(found.group(1).split(' ; ')[0])

    def compile(self, name, top):
        """Compile a file as it is in @top, with its headers: return (status, what is said of it, all of that)."""
        command = self.command(name)
        at = command.index('-o')
        flags = [word for word in command[1:at] if not word.startswith('-Wp,') and word not in COMPILERS | {'-c'}]
        here = [word for tree in (top, TREE) for word in ('-iquote', str(tree / os.path.dirname(name)))]
        with tempfile.NamedTemporaryFile(suffix='.o') as new:
            words = [word for word in command[:at] if not word.startswith('-Wp,-MMD,')]
            built = run(*words, *here, '-o', new.name, str(top / name), cwd=self.objects)
        checked = run(*self.check, *flags, *[word.replace('-iquote', '-I') for word in here], str(top / name),
                      cwd=self.objects)
        return built.returncode, warnings(built.stderr, name) | warnings(checked.stderr, name), built.stderr


KERNELS = (Kernel('x86_64', 'CC=' + CCACHE + 'gcc', '--arch=x86', '-D__x86_64__', '-m64'),
           Kernel('arm64', 'LLVM=-19', '--arch=arm64', '-D__aarch64__', '-D__AARCH64EL__', '-m64'),
           Kernel('arm', 'LLVM=-19', '--arch=arm', '-D__arm__', '-D__ARMEL__', '-m32'))


def includer(name):
    """The file that has to be compiled for a file, which may be itself."""
    text = r'^#include "(.*/)?%s/%s"' % tuple(map(re.escape, name.split('/')[-2:]))
    found = run('grep', '-rlE', '--include=*.c', text, os.path.dirname(os.path.dirname(name)), cwd=TREE).stdout.split()
    return found[0] if found else name


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
        for kernel in KERNELS:
            if not names:
                break
            kernel.build({includer(name) for name in names})
            have = sorted(name for name in names if kernel.command(includer(name)))
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                for name, bad in zip(have, pool.map(lambda name: compare(kernel, name, top), have)):
                    failed += bool(bad)
                    print('%s - %s builds' % ('not ok' if bad else 'ok', name))
                    print(''.join('# %s\n' % line for line in bad), end='', flush=True)
            names -= set(have)
    for name in sorted(names):
        print('ok - %s builds # SKIP it is not in a kernel for x86-64, arm64 or arm' % name)
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
