# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# What all scripts here share. Source it; it runs nothing.

# The locale decides how tools sort and what they say: fix it.
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
tree=$build/tree
jobs=$(nproc)

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
