#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Write all of this project as a series for git am, in build/series:
#
#	series.sh		write it
#	series.sh test		write it, then apply it patch by patch to a copy of the
#				kernel; after each run checkpatch and build user-mode
#				Linux, and from dma-buf on also x86-64 with the drivers

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/series
log=$build/log/series
copy=$build/series-tree

[[ ! -d $(kernel_source)/.range-list ]] || die "the project is applied to $(kernel_source): make unapply it first"

lock series
mkdir -p "$build/log"
src=$(kernel_source)
"$top/tools/series.py" "$src" "$out"
[[ ${1-} = test ]] || exit 0

# configure ARCH DIRECTORY: what of the fragment exists at this point.
configure() {
	mkdir -p "$2"
	KCONFIG_ALLCONFIG=$2.fragment make -s -C "$copy" O="$2" ARCH="$1" CC="$(kernel_cc gcc)" alldefconfig
}

# build_one ARCH DIRECTORY: everything that is configured, without a warning.
build_one() {
	{ configure "$1" "$2" && make -s -C "$copy" O="$2" ARCH="$1" CC="$(kernel_cc gcc)" KCFLAGS=-Werror -j"$jobs"; } >"$log.build" 2>&1
}

failed=0 passed=0
check() {
	if "${@:2}"; then
		echo "ok - $1"
		passed=$((passed + 1))
	else
		echo "not ok - $1"
		tail -n 20 "$log.build" "$log.checkpatch" 2>/dev/null | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

# Hard links: git apply makes new files, and builds are elsewhere.
rm -rf "$copy"
cp -al "$src" "$copy"
grep -h '^CONFIG_' "$top/lib/range_list/.kunitconfig" >"$build/series-um.fragment"
printf '%s\n' CONFIG_EXPERT=y CONFIG_VIRTIO_UML=y CONFIG_UML_PCI_OVER_VIRTIO=y \
	CONFIG_UML_PCI_OVER_VIRTIO_DEVICE_ID=1000 >>"$build/series-um.fragment"
grep -h '^CONFIG_' "$top/tests/qemu/x86_64.config" >"$build/series-x86.fragment"
x86=false
for patch in "$out"/0*.patch; do
	name=$(basename "$patch" .patch)
	[[ $name != 0000-* ]] || continue
	GIT_CEILING_DIRECTORIES=$build git -C "$copy" apply --whitespace=nowarn "$patch" || die "$name does not apply"
	check "$name: checkpatch" eval '(cd "$copy" && scripts/checkpatch.pl --strict --no-tree -q --show-types --ignore FILE_PATH_CHANGES "$patch") >"$log.checkpatch" 2>&1'
	check "$name: user-mode Linux" build_one um "$build/series-um"
	! grep -q '^+++ b/drivers/dma-buf/' "$patch" || x86=true
	! $x86 || check "$name: x86-64" build_one x86_64 "$build/series-x86"
done
rm -rf "$copy"
echo "$passed passed, $failed failed, 0 skipped"
((!failed))
