# SPDX-License-Identifier: GPL-2.0
"""Compile single files of a kernel as they are in a copy of it, or in parts of one.

Each is compiled with the command by which it belongs to a kernel with all modules
and COMPILE_TEST: for x86-64, or if that does not have it for arm64 or arm.
"""

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
                sys.exit('%s failed:\n%s' % (' '.join(command), done.stderr[-2000:]))

    def build(self, names):
        self.configure()
        run(*self.make, '-C', str(self.objects), '-k', 'W=1', *[name[:-2] + '.o' for name in names])

    def command(self, name):
        path = self.objects / os.path.dirname(name) / ('.%s.o.cmd' % os.path.basename(name)[:-2])
        found = path.exists() and re.search(r'^savedcmd_\S+ := (.*)$', path.read_text(), re.M)
        # What follows the compiler's command is objtool's.
        return found and shlex.split(found.group(1).split(' ; ')[0])

    def compile(self, name, top, tree=TREE):
        """Compile a file as it is in @top, with the headers beside it, in place of the one in
        @tree: return (status, what is said of it, all of that)."""
        command = [word.replace(str(TREE), str(tree)) for word in self.command(name)]
        at = command.index('-o')
        flags = [word for word in command[1:at] if not word.startswith('-Wp,') and word not in COMPILERS | {'-c'}]
        here = [word for beside in (top, tree) for word in ('-iquote', str(beside / os.path.dirname(name)))]
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


def sort_out(names):
    """Build them once, and yield (kernel, those that it has), and at last (None, the others)."""
    for kernel in KERNELS:
        if not names:
            return
        kernel.build({includer(name) for name in names})
        have = {name for name in names if kernel.command(includer(name))}
        yield kernel, have
        names = names - have
    yield None, names
