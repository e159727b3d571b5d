#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build an unmodified kernel in build/plain/kernel, for what tools/module.sh makes: with
# the configuration of tests/qemu, as far as it has that:
#
#	plain.sh [--source]
#
# --source prepares build/plain/tree, of which it is built, and no more.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

src=$build/plain/tree
log=$build/log/plain.build
# What differs from build/tree by no line has been compiled for tools/qemu.sh already:
# in its place, relative to this directory.
export CCACHE_BASEDIR=$build/plain

# The source is not built in, so links to all that is in its directory will do, unless
# somebody else has built in it or made it have range lists.
link_source() {
	local from

	from=$(kernel_source)
	if [[ -e $from/.config || -d $from/include/config || -d $from/.range-list ]]; then
		[[ ! -L $src/Makefile ]] || rm -rf "$src"
		mkdir -p "$src"
		rsync -a --delete --exclude=/.git "$from/" "$src/"
		"$top/tools/apply.sh" unapply "$src"
		make -s -C "$src" mrproper
		return
	fi
	[[ $(readlink "$src/Makefile") != "$from/Makefile" ]] || return 0
	rm -rf "$src"
	mkdir -p "$src"
	find "$from" -mindepth 1 -maxdepth 1 ! -name .git -exec ln -s -t "$src" {} +
}

kernel() { nice make -s -C "$src" O="$plain" ARCH=x86_64 -j"$jobs" CC="$(kernel_cc gcc)" "$@"; }

build_kernel() {
	grep '^CONFIG_' "$top/tests/qemu/x86_64.config" | grep -vE '^CONFIG_(DMABUF_)?RANGE' >"$plain/fragment"
	kernel KCONFIG_ALLCONFIG="$plain/fragment" allnoconfig || return
	grep -vxFf "$plain/.config" "$plain/fragment" | sed 's/$/ cannot be had/' | grep . && return 1
	kernel vmlinux modules
}

lock plain
mkdir -p "$plain" "$build/log"
link_source
[[ ${1-} != --source ]] || exit 0
say "building an unmodified kernel in ${plain#"$top"/}"
build_kernel >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "building failed; the log is $log"; }
