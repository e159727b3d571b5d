#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Bring build/tree up to date: a copy of the kernel source, which is never built
# in or changed itself, with the overlay and patches applied. Files that are
# already as they should be keep their times, so that builds stay incremental.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

stamp=$build/tree.stamp		# when the source was last copied, and from where

# Change times, unlike modification times, tell of everything that was done.
source_unchanged() {
	[[ -d $tree && -f $stamp && $(<"$stamp") = "$src" ]] &&
		[[ -z $(find "$src" -name .git -prune -o -cnewer "$stamp" -print -quit) ]]
}

copy_source() {
	local avail

	avail=$(df -Pm "$build" | awk 'NR == 2 { print $4 }')
	[[ -d $tree ]] || ((avail > 2500)) || die "$build has $avail MB free, a copy of the kernel needs 2500"
	say "copying $src"
	rm -f "$stamp"
	echo "$src" >"$stamp.new"
	rsync -a --delete --exclude=/.git "$src/" "$tree/" || die "copying $src failed"
	# A tree that was built in cannot be the source of builds elsewhere.
	[[ ! -e $tree/.config && ! -d $tree/include/config ]] || make -s -C "$tree" mrproper
	mv "$stamp.new" "$stamp"
}

lock tree
src=$(kernel_source)
[[ $src != "$tree" ]] || die "KDIR is build/tree itself, which this makes from another tree"
source_unchanged || copy_source
# An edit made there by hand is not thrown away, so this may refuse.
"$top/tools/apply.sh" apply "$tree" || die "remove $tree to have it made anew"
