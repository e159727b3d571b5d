# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# What all scripts here share. Source it; it runs nothing.

# What was compiled in one clone of this repository is good for another.
export CCACHE_BASEDIR CCACHE_NOHASHDIR=1

# The locale decides how tools sort and what they say: fix it.
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
tree=$build/tree
CCACHE_BASEDIR=$top
jobs=$(nproc)

# One build can use what another has compiled, of other clones as well.
export CCACHE_BASEDIR=$build CCACHE_NOHASHDIR=1

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*"; }
die() { say "$*" >&2; exit 1; }

# The one directory that setup unpacked, or the user's own tree.
kernel_source() {
	local src

	if [[ ${KDIR-} ]]; then
		[[ -d $KDIR ]] || die "KDIR=$KDIR: no such directory"
		(cd "$KDIR" && pwd)
		return
	fi
	src=$(printf '%s\n' "$build"/src/linux-source-* | sort -V | tail -n 1)
	[[ -f $src/Makefile ]] || die "there is no kernel source yet: run 'make setup' or give KDIR="
	echo "$src"
}

# Only one process at a time past this line, until the script ends.
lock() {
	mkdir -p "$build"
	exec 9>"$build/.$1.lock"
	flock -n 9 || { say "waiting for another '$1' to end"; flock 9; }
}

# build_um DIR CONFIG: user-mode Linux with that fragment, named as in the tree.
# kunit.py knows what else user-mode Linux needs.
build_um() {
	local log

	log=$build/log/$(basename "$1").build
	mkdir -p "$build/log"
	say "building user-mode Linux in ${1#"$top"/}"
	(cd "$tree" && tools/testing/kunit/kunit.py build --arch=um --build_dir="$1" \
		--kunitconfig="$2" --jobs="$jobs" --make_options CC="$(kernel_cc gcc)") >"$log" 2>&1 ||
		{ tail -n 20 "$log" >&2; die "building $1 failed; the log is $log"; }
}

# kernel_cc [COMPILER]: what to give a kernel build as CC=.
kernel_cc() { if command -v ccache >/dev/null; then echo "ccache ${1-gcc}"; else echo "${1-gcc}"; fi; }
