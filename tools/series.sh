#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Write all of this project as a series for git am, in build/series:
#
#	series.sh		write it
#	series.sh test		write it, then apply it patch by patch to a copy of the
#				kernel; after each run checkpatch and compile what it
#				changes; then again, and build user-mode Linux and
#				x86-64 after those that are about more than a driver

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

# all_of ARCH DIRECTORY: everything that a fragment of what exists at this point configures,
# without a warning.
all_of() {
	mkdir -p "$2"
	{
		KCONFIG_ALLCONFIG=$2.fragment make -s -C "$copy" O="$2" ARCH="$1" CC="$(kernel_cc gcc)" alldefconfig &&
			make -s -C "$copy" O="$2" ARCH="$1" CC="$(kernel_cc gcc)" KCFLAGS=-Werror -j"$jobs"
	} >"$log.build" 2>&1
}

failed=0
check() {
	if "${@:2}"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		tail -n 20 "$log.build" | sed 's/^/    /'
		failed=1
	fi
}

# Hard links: git apply makes new files, and builds are elsewhere.
fresh_copy() {
	rm -rf "$copy"
	cp -al "$src" "$copy"
}

apply_one() {
	GIT_CEILING_DIRECTORIES=$build git -C "$copy" apply --whitespace=nowarn "$1" || die "$name does not apply"
}

patches=("$out"/0*.patch)
patches=("${patches[@]:1}")	# without the cover letter
"$top/tools/tree.sh"
fresh_copy
KDIR="" "$top/tools/series_test.py" "$copy" "${patches[@]}" || failed=1

# What is more than a driver can break others.
grep -h '^CONFIG_' "$top/lib/range_list/.kunitconfig" >"$build/series-um.fragment"
printf '%s\n' CONFIG_EXPERT=y CONFIG_VIRTIO_UML=y CONFIG_UML_PCI_OVER_VIRTIO=y \
	CONFIG_UML_PCI_OVER_VIRTIO_DEVICE_ID=1000 >>"$build/series-um.fragment"
grep -h '^CONFIG_' "$top/tests/qemu/x86_64.config" >"$build/series-x86.fragment"
x86=false
fresh_copy
for patch in "${patches[@]}"; do
	name=$(basename "$patch" .patch)
	apply_one "$patch"
	! grep -q '^+++ b/drivers/dma-buf/' "$patch" || x86=true
	[[ $patch = "${patches[-1]}" ]] || grep -qE '^\+\+\+ b/(include|lib|kernel|mm|arch|drivers/(base|dma-buf|iommu|pci))/' "$patch" || continue
	check "$name: user-mode Linux" all_of um "$build/series-um"
	! $x86 || check "$name: x86-64" all_of x86_64 "$build/series-x86"
done
rm -rf "$copy"
((!failed))
