#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/apply.sh, on copies: of this repository, and of the few files of
# the kernel source that it looks at. Prints "ok - name" or "not ok - name".
#
# shellcheck disable=SC2015,SC2317 # "a && b || fail" means just that; t() calls the tests

set -uo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/../tools/lib.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp	# for what killed scripts leave
src=$(kernel_source) || exit
project=$tmp/project
linux=$tmp/linux
failed=0

# A project of one overlay file more than the real one, and a kernel to put it in. The
# patches of subsystems are many and like the others: only if $whole is set they are there.
fresh() {
	local f

	rm -rf "$project" "$linux"
	mkdir -p "$project" "$linux"
	for f in tools patches include lib drivers scripts samples Documentation; do
		[[ ! -d $top/$f ]] || cp -r "$top/$f" "$project/"
	done
	[[ ${whole-} ]] || rm -rf "$project"/patches/*/
	mkdir -p "$project/lib/apply_test/deep"
	echo "one" >"$project/lib/apply_test/deep/one.c"
	{
		printf '%s\n' Makefile Kbuild MAINTAINERS lib/Kconfig \
			include/linux/{dma-direct,dma-mapping,pci-p2pdma,slab,types}.h
		find "$project/patches" -name '*.patch' -exec sed -n 's,^+++ b/,,p' {} +
	} | sort -u | (cd "$src" && xargs cp -p --parents -t "$linux")
}

apply() { "$project/tools/apply.sh" apply "$linux" >"$tmp/out" 2>"$tmp/err"; }
unapply() { "$project/tools/apply.sh" unapply "$linux" >"$tmp/out" 2>"$tmp/err"; }

# Names, types, modes, sizes and contents of everything there is; with $2, times too.
snapshot() {
	(cd "$linux" && find . -printf "%p %y %m ${2-}\n" | sort && find . -type f -exec sha256sum {} + | sort) >"$tmp/$1"
}
same() { diff "$tmp/$1" "$tmp/$2" >&2; }

# It ends with 1, says $1 on the one line of stderr, and leaves no trace.
refuses() {
	local pattern=$1 status=0

	shift
	snapshot before %T@
	"$@" || status=$?
	snapshot after %T@
	[[ $status = 1 && $(wc -l <"$tmp/err") = 1 && ! -s $tmp/out ]] && grep -q -- "$pattern" "$tmp/err" &&
		same before after || { echo "status $status, said: $(cat "$tmp/out" "$tmp/err")" >&2; return 1; }
}

round_trip() {
	snapshot before
	apply && cmp "$project/lib/apply_test/deep/one.c" "$linux/lib/apply_test/deep/one.c" &&
		grep -q range_list/ "$linux/lib/Makefile" || return
	unapply && snapshot after && same before after
}

apply_twice() {
	apply && snapshot before %T@ && apply && snapshot after %T@ &&
		same before after && grep -q already "$tmp/out"
}

unapply_twice() {
	apply && unapply && snapshot before %T@ && unapply && snapshot after %T@ &&
		same before after && grep -q 'not applied' "$tmp/out"
}

# Times show that an update writes only what changed.
update_file() {
	local status=0

	snapshot pristine
	apply || return
	find "$linux" -exec touch -h -d 2001-01-01 {} +
	echo "two" >"$project/lib/apply_test/deep/one.c"
	apply || return
	find "$linux" -type f -newermt 2001-01-02 ! -path '*/.range-list/*' -printf '%P\n' >"$tmp/written"
	[[ $(cat "$tmp/written") = lib/apply_test/deep/one.c ]] || status=1
	unapply && snapshot after && same pristine after && return "$status"
}

remove_file() {
	snapshot pristine
	apply || return
	rm -r "$project/lib/apply_test"
	apply && [[ ! -e $linux/lib/apply_test ]] || return
	unapply && snapshot after && same pristine after
}

# A patch goes, another changes, a third edits what the first did.
update_patches() {
	local line p

	line=$(head -n 1 "$linux/lib/Makefile")
	snapshot pristine
	apply || return
	p=$(grep -l '^+++ b/lib/Makefile' "$project"/patches/*.patch | head -n 1)
	sed -i 's,^+obj-.*range_list/,+# changed by the test,' "$p"
	rm "$(grep -l '^+++ b/MAINTAINERS' "$project"/patches/*.patch | head -n 1)"
	printf '%s\n' '--- a/lib/Makefile' '+++ b/lib/Makefile' '@@ -1 +1,2 @@' '+# first' " $line" \
		>"$project/patches/9998-first.patch"
	printf '%s\n' '--- a/lib/Makefile' '+++ b/lib/Makefile' '@@ -1,2 +1,2 @@' '-# first' '+# second' " $line" \
		>"$project/patches/9999-second.patch"
	apply || return
	grep -q 'changed by the test' "$linux/lib/Makefile" && ! grep -q range_list/ "$linux/lib/Makefile" &&
		[[ $(head -n 1 "$linux/lib/Makefile") = '# second' ]] && cmp "$src/MAINTAINERS" "$linux/MAINTAINERS" || return
	unapply && snapshot after && same pristine after
}

# What was applied is taken out, whatever this repository holds by then.
unapply_without_repository() {
	snapshot pristine
	apply || return
	find "$project" -mindepth 1 -maxdepth 1 ! -name tools -exec rm -r {} +
	unapply && snapshot after && same pristine after
}

keep_other_edits() {
	apply || return
	echo "# mine" >>"$linux/lib/Kconfig"
	unapply && (cat "$src/lib/Kconfig" && echo "# mine") | cmp - "$linux/lib/Kconfig"
}

# Runs that are killed at their Nth call of mv or rm are undone by the next run.
killed() {
	local command n

	mkdir -p "$tmp/kill"
	for command in mv rm; do
		cat >"$tmp/kill/$command" <<-END
			#!/bin/sh
			echo >>"\$COUNT"
			[ \$(wc -l <"\$COUNT") -ne "\$N" ] || kill -9 \$PPID
			exec $(command -v "$command") "\$@"
		END
	done
	chmod +x "$tmp"/kill/*
	# One overlay file is enough, and some patches: every file is as many steps.
	find "$project" -type f ! -path '*/tools/*' ! -path '*/patches/000[1-5]-*' ! -path '*/apply_test/*' -delete
	snapshot pristine
	for ((n = 1; ; n++)); do
		! run_killed "$n" apply || break
		unapply && snapshot after && same pristine after || return
	done
	for ((n = 1; ; n++)); do
		apply || return
		! run_killed "$n" unapply || break
		apply && snapshot after && grep -q deep/one.c "$tmp/after" || return
		unapply && snapshot after && same pristine after || return
	done
	snapshot after && same pristine after
}

run_killed() {
	rm -f "$tmp/count"
	(COUNT=$tmp/count N=$1 PATH=$tmp/kill:$PATH "$2") 2>/dev/null
}

# mv fails at its fourth file, as it does on a full or failing disk.
failing_disk() {
	mkdir -p "$tmp/bin"
	cat >"$tmp/bin/mv" <<-END
		#!/bin/sh
		echo >>"\$MV_COUNT"
		[ \$(wc -l <"\$MV_COUNT") -ne 4 ] || { echo "mv: No space left on device" >&2; exit 1; }
		exec $(command -v mv) "\$@"
	END
	chmod +x "$tmp/bin/mv"
	: >"$tmp/mv_count"
	snapshot before
	MV_COUNT=$tmp/mv_count PATH=$tmp/bin:$PATH apply && return 1
	snapshot after
	[[ $(wc -l <"$tmp/err") = 1 ]] && grep -q 'No space left' "$tmp/err" && same before after
}

git_tree() {
	git -C "$linux" init -q && git -C "$linux" add -A &&
		git -C "$linux" -c user.name=t -c user.email=t@example.org commit -qm base
}

git_round_trip() {
	git_tree && apply && apply && unapply && [[ -z $(git -C "$linux" status --porcelain --ignored) ]]
}

no_kdir() {
	make -s -C "$top" apply KDIR= >"$tmp/out" 2>"$tmp/err" && return 1
	grep -v '^make' "$tmp/err" >"$tmp/line"
	[[ $(wc -l <"$tmp/line") = 1 ]] && grep -q 'KDIR=' "$tmp/line"
}

not_a_kernel() { rm "$linux/Kbuild" && refuses 'not a kernel' apply; }
no_directory() { rm -r "$linux" && mkdir "$linux" && linux=$linux/none refuses 'no such directory' apply 2>/dev/null; }
too_old() { sed -i "s/$1/gone/g" "$linux/$2" && refuses "too old.*$1" apply; }
in_the_way() { mkdir -p "$linux/lib/apply_test/deep" && touch "$linux/lib/apply_test/deep/one.c" && refuses 'not ours' apply; }
git_dirty() { git_tree && echo "# mine" >>"$linux/lib/Kconfig" && refuses 'lib/Kconfig has uncommitted' apply; }
patch_fails() { sed -i '/SG_POOL/d;/SG_SPLIT/d' "$linux/lib/Makefile" && refuses 'does not apply' apply; }
file_missing() { rm "$linux/lib/Kconfig" && refuses 'no lib/Kconfig' apply; }
edited() { apply && echo edit >>"$linux/lib/apply_test/deep/one.c" && refuses 'deep/one.c was changed' "$1"; }
hook_edited() { apply && sed -i '/range_list/d' "$linux/lib/Makefile" && refuses 'lib/Makefile' "$1"; }

t() {
	local name=$1

	shift
	fresh
	if "$@" 2>"$tmp/why"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/#   /' "$tmp/why" "$tmp/err" 2>/dev/null
		failed=1
	fi
}

whole=1 t "unapply gives back the same tree, with all patches" round_trip
t "apply again changes nothing" apply_twice
t "unapply again changes nothing" unapply_twice
t "an update writes only the changed file" update_file
t "a file that is gone here goes there" remove_file
t "changed, removed and stacked patches" update_patches
t "unapply needs nothing of the repository" unapply_without_repository
t "unapply keeps other edits of a patched file" keep_other_edits
t "runs killed at any step are undone" killed
t "a failing write leaves the tree as it was" failing_disk
t "a git tree is clean again" git_round_trip
t "refuses without KDIR" no_kdir
t "refuses a directory that is not there" no_directory
t "refuses what is not a kernel" not_a_kernel
t "refuses a kernel without dma_iova_try_alloc" too_old dma_iova_try_alloc include/linux/dma-mapping.h
t "refuses a kernel without dma_map_phys" too_old dma_map_phys include/linux/dma-mapping.h
t "refuses a kernel without p2pdma_provider" too_old 'struct p2pdma_provider' include/linux/pci-p2pdma.h
t "refuses a kernel without phys_vec" too_old 'struct phys_vec' include/linux/types.h
t "refuses a kernel without kmalloc_obj" too_old kmalloc_obj include/linux/slab.h
t "refuses a kernel without phys_to_dma_encrypted" too_old phys_to_dma_encrypted include/linux/dma-direct.h
t "refuses a kernel without DMA_ATTR_CC_SHARED" too_old DMA_ATTR_CC_SHARED include/linux/dma-mapping.h
t "refuses to overwrite a file" in_the_way
t "refuses uncommitted changes" git_dirty
t "refuses when a patch does not apply" patch_fails
t "refuses when a file to patch is missing" file_missing
t "apply refuses to lose an edit" edited apply
t "unapply refuses to lose an edit" edited unapply
t "apply refuses a changed hook" hook_edited apply
t "unapply refuses a changed hook" hook_edited unapply
exit $failed
