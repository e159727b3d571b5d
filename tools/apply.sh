#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Put the overlay and patches/ into a kernel tree, or take them out again:
#
#	apply.sh apply|unapply /path/to/linux
#
# The tree remembers in .range-list/ what was put into it, so that taking it out
# gives back the tree as it was, whatever has become of this repository since:
#
#	files		checksums of the overlay's files
#	hooks.diff	what the patches changed
#	dirs		directories that did not exist before
#
# Everything is first worked out in a copy, outside the tree. Only when nothing
# can refuse any more is the tree touched, and then by renames that are undone,
# by this run or by the next one, if they do not all happen.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

action=${1-}
[[ $action = apply || $action = unapply ]] || die "usage: $(basename "$0") apply|unapply /path/to/linux"
[[ ${2-} ]] || die "which tree? use: make $action KDIR=/path/to/linux"
[[ -d $2 ]] || die "KDIR=$2: no such directory"
kdir=$(cd "$2" && pwd)

state=.range-list
pending=$kdir/$state.tmp	# on the tree's own file system, so that renames are possible
work=$(mktemp -d)
# One apply or unapply at a time in a tree. A lock on the directory itself leaves no file.
exec 9<"$kdir"
flock 9
trap 'rollback; rm -rf "$work"' EXIT

# Those that others build on first, then the series for subsystems.
mapfile -t patches < <(find "$top/patches" -name '*.patch' 2>/dev/null | sort)

fail() { die "$kdir: $*; nothing was changed"; }

has() { grep -qs -- "$2" "$kdir/$1"; }

check_kernel() {
	local version lack

	{ [[ -f $kdir/Kbuild && -f $kdir/MAINTAINERS ]] && has Makefile '^PATCHLEVEL ='; } ||
		fail "not a kernel source tree"
	version=$(sed -n 's/^\(VERSION\|PATCHLEVEL\) = *//p' "$kdir/Makefile" | paste -sd.)
	lack=$(kernel_lacks "$kdir")
	# A module does without that.
	has include/linux/dma-direct.h phys_to_dma_encrypted ||
		lack=${lack:-phys_to_dma_encrypted, which came with Linux 7.3}
	[[ -z $lack ]] || fail "Linux $version is too old: it has no $lack"
}

overlay_files() {
	local dirs=() d

	for d in include lib drivers scripts samples Documentation; do
		[[ ! -d $top/$d ]] || dirs+=("$d")
	done
	((${#dirs[@]})) || return 0
	(cd "$top" && find "${dirs[@]}" -name __pycache__ -prune -o -type f \
		! -name '*.o' ! -name '.*.cmd' ! -name '*~' ! -name '.*.sw?' -print | sort)
}

# The files that patches or a diff change.
touched_by() { sed -n 's,^+++ b/\([^[:cntrl:]]*\).*,\1,p' "$@" | sort -u; }

# The files and patches of the last apply, if there was one.
recorded_files() { [[ ! -f $kdir/$state/files ]] || sed 's/^[0-9a-f]*  //' "$kdir/$state/files"; }
recorded_hooks() { [[ ! -f $kdir/$state/hooks.diff ]] || touched_by "$kdir/$state/hooks.diff"; }

# git knows of changes that we did not make, in the files that we would change.
check_git() {
	local files changed

	[[ -e $kdir/.git ]] || return 0
	mapfile -t files < <(comm -23 "$work/touched" <(recorded_hooks))
	((${#files[@]})) || return 0
	changed=$(GIT_OPTIONAL_LOCKS=0 git -C "$kdir" status --porcelain -- "${files[@]}" 2>&1) || fail "git: ${changed%%$'\n'*}"
	changed=${changed%%$'\n'*}
	[[ -z $changed ]] || fail "${changed:3} has uncommitted changes"
}

# work/a: the files to be patched, as the tree would have them without us.
make_base() {
	local f

	mkdir -p "$work/a"
	while read -r f; do
		[[ -f $kdir/$f ]] || fail "it has no $f, which is to be patched"
		(cd "$kdir" && cp -p --parents "$f" "$work/a")
	done <"$work/touched"
	[[ -s $kdir/$state/hooks.diff ]] || return 0
	patch -d "$work/a" -p1 -R -f -s -F0 -i "$kdir/$state/hooks.diff" >"$work/log" 2>&1 ||
		fail "what was patched has been changed since: $(sed -n 's/.*saving rejects to file \(.*\)\.rej/\1/p' "$work/log" | paste -sd' ')"
}

# No overlay file may replace one that we did not put there, or lose an edit.
check_overlay() {
	local f

	while read -r f; do
		[[ ! -e $kdir/$f && ! -L $kdir/$f ]] || fail "$f is there already and is not ours"
	done < <(comm -23 "$work/overlay" <(recorded_files))
	if [[ -f $kdir/$state/files ]]; then
		f=$(cd "$kdir" && sha256sum --quiet -c "$state/files" 2>/dev/null | sed -n '1s/: FAILED.*//p') || :
		[[ -z $f ]] || fail "$f was changed there since it was applied; save the change and put the file back"
	fi
}

# work/b: everything that we want to see in the tree: patched files, overlay, record.
make_wanted() {
	local p

	cp -a "$work/a" "$work/b"
	[[ $action = apply ]] || return 0
	for p in "${patches[@]}"; do
		patch -d "$work/b" -p1 -N -f -s -F1 --no-backup-if-mismatch -i "$p" >"$work/log" 2>&1 ||
			fail "${p#"$top"/} does not apply"
	done
	mkdir -p "$work/b/$state"
	# Not the patches themselves: the tree's lines may differ a little from theirs.
	{ (cd "$work" && diff -ru -x "$state" a b) || :; } |
		sed -e '/^diff -ru /d' -e 's,^\(---\|+++\) \([ab]/[^\t]*\)\t.*,\1 \2,' >"$work/b/$state/hooks.diff"
	(cd "$top" && xargs -r -d '\n' sha256sum) <"$work/overlay" >"$work/b/$state/files"
	(cd "$top" && xargs -r -d '\n' cp --parents -t "$work/b") <"$work/overlay"
	echo '*' >"$work/b/$state/.gitignore"
}

# What differs: work/put lists files to write, work/drop files to remove.
make_plan() {
	local f d

	(cd "$work/b" && find . -type f -printf '%P\n' | sort) >"$work/want"
	while read -r f; do
		cmp -s "$work/b/$f" "$kdir/$f" || echo "$f"
	done <"$work/want" >"$work/put"
	{
		recorded_files
		[[ ! -d $kdir/$state ]] || (cd "$kdir" && find "$state" -type f ! -name dirs)
	} | sort | comm -23 - "$work/want" >"$work/drop"

	# The directories that are ours, from before and from now.
	{
		[[ ! -f $kdir/$state/dirs ]] || cat "$kdir/$state/dirs"
		while read -r f; do
			d=$(dirname "$f")
			until [[ -d $kdir/$d ]]; do
				echo "$d"
				d=$(dirname "$d")
			done
		done <"$work/put"
	} | sort -u >"$work/dirs"
	[[ $action = apply ]] || { echo "$state/dirs" >>"$work/drop"; return 0; }
	mkdir -p "$work/b/$state"
	cp "$work/dirs" "$work/b/$state/dirs"
	cmp -s "$work/dirs" "$kdir/$state/dirs" || echo "$state/dirs" >>"$work/put"
}

# Undo what an interrupted or failed commit did: "armed" exists while the tree may
# be half changed. This may be interrupted as well, and then starts again.
rollback() {
	local f

	[[ -d $pending ]] || return 0
	if [[ -f $pending/armed ]]; then
		while read -r f; do
			rm -f "$kdir/$f"
		done <"$pending/newfiles"
		(cd "$pending/old" && find . -type f -printf '%P\n') | while read -r f; do
			mkdir -p "$(dirname "$kdir/$f")"
			mv -fT "$pending/old/$f" "$kdir/$f"
		done
		remove_dirs <"$pending/newdirs"
	fi
	finish
}

# Innermost first, and only what is empty.
remove_dirs() {
	local d

	sort -r | while read -r d; do
		[[ ! -d $kdir/$d ]] || rmdir "$kdir/$d" 2>/dev/null || :
	done
}

finish() { rm -f "$pending/armed" && rm -rf "$pending"; }

commit() {
	local f

	# Everything that needs space first ...
	mkdir "$pending" "$pending/new" "$pending/old" || return
	(cd "$work/b" && xargs -r -d '\n' cp --parents --preserve=mode,ownership -t "$pending/new" <"$work/put") || return
	while read -r f; do
		[[ ! -f $kdir/$f ]] || (cd "$kdir" && cp -p --parents "$f" "$pending/old") || return
	done < <(cat "$work/put" "$work/drop")
	while read -r f; do
		[[ -f $kdir/$f ]] || echo "$f" || return
	done <"$work/put" >"$pending/newfiles"
	while read -r f; do
		[[ -d $kdir/$f ]] || echo "$f" || return
	done <"$work/dirs" >"$pending/newdirs"
	: >"$pending/armed" || return
	# ... then only renames.
	while read -r f; do
		mkdir -p "$kdir/$(dirname "$f")" && mv -fT "$pending/new/$f" "$kdir/$f" || return
	done <"$work/put"
	while read -r f; do
		rm -f "$kdir/$f" || return
	done <"$work/drop"
	remove_dirs <"$work/dirs"
	finish
}

[[ $action = unapply ]] || check_kernel
rollback
if [[ $action = unapply && ! -d $kdir/$state ]]; then
	say "not applied to $kdir, nothing to do"
	exit
fi
: >"$work/overlay"
if [[ $action = apply ]]; then
	overlay_files >"$work/overlay"
	[[ -s $work/overlay ]] || fail "there are no files to apply in $top"
fi
{
	recorded_hooks
	if [[ $action = apply ]] && ((${#patches[@]})); then
		touched_by "${patches[@]}"
	fi
} | sort -u >"$work/touched"

check_git
check_overlay
make_base
make_wanted
make_plan
if [[ ! -s $work/put && ! -s $work/drop ]]; then
	say "already applied to $kdir, nothing to do"
	exit
fi
if ! commit 2>"$work/log"; then
	reason=$(tail -n 1 "$work/log")
	rollback
	fail "cannot write there: ${reason##*: }"
fi
if [[ $action = unapply ]]; then
	say "taken out of $kdir"
else
	say "$(wc -l <"$work/overlay") files and ${#patches[@]} patches applied to $kdir, $(grep -vc "^$state/" "$work/put") files written"
fi
