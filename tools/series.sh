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

# sources PATCH: what has to be compiled for it: the files that it changes, and those
# that include a header of their directory that it changes.
sources() {
	local file

	sed -n 's,^+++ b/,,p' "$1" | while read -r file; do
		case $file in
		scripts/* | tools/*) ;;
		*.c) echo "$file" ;;
		include/*) ;;
		*.h) (cd "$copy" && grep -l "\"\(.*/\)\?$(basename "$file")\"" "$(dirname "$file")"/*.c) || true ;;
		esac
	done | sort -u
}

# objects FILES...: compile them in the first kernel with all modules that has them.
objects() {
	local arch dir file left=("$@") none status=0

	: >"$log.build"
	for arch in x86_64 arm64 arm; do
		((${#left[@]})) || break
		dir=$build/series-$arch
		objects_make "$arch" -k "${left[@]/%.c/.o}" >"$log.objects" 2>&1 || true
		none=()
		for file in "${left[@]}"; do
			if grep -q "^make.*No rule to make target '${file%.c}.o'" "$log.objects" ||
					[[ ! -e $dir/${file%.c}.o ]] && ! grep -q "${file}:[0-9]*:.*error:" "$log.objects"; then
				none+=("$file")
			elif grep "${file}:[0-9]*:.*\(error\|warning\):" "$log.objects" >>"$log.build"; then
				status=1
			fi
		done
		left=("${none[@]}")
	done
	not_compiled+=("${left[@]}")
	return "$status"
}

objects_make() {
	local arch=$1 compiler=LLVM=-19

	shift
	[[ $arch != x86_64 ]] || compiler="CC=$(kernel_cc gcc)"
	if [[ ! -f $build/series-$arch/.config ]]; then
		mkdir -p "$build/series-$arch"
		make -s -C "$copy" O="$build/series-$arch" ARCH="$arch" "$compiler" allmodconfig
		"$copy/scripts/config" --file "$build/series-$arch/.config" -d GCC_PLUGINS -d DEBUG_INFO_BTF -d WERROR \
			-d MODVERSIONS -d KASAN -d KCSAN -d UBSAN -d GCOV_KERNEL
	fi
	make -s -C "$copy" O="$build/series-$arch" ARCH="$arch" "$compiler" olddefconfig
	make -C "$copy" O="$build/series-$arch" ARCH="$arch" "$compiler" -j"$jobs" "$@"
}

failed=0 passed=0 not_compiled=()
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
fresh_copy() {
	rm -rf "$copy"
	cp -al "$src" "$copy"
}

apply_one() {
	GIT_CEILING_DIRECTORIES=$build git -C "$copy" apply --whitespace=nowarn "$1" || die "$name does not apply"
}

patches=("$out"/0*.patch)
patches=("${patches[@]:1}")	# without the cover letter
fresh_copy
for patch in "${patches[@]}"; do
	name=$(basename "$patch" .patch)
	apply_one "$patch"
	# Error codes and names that a driver has had before are its own.
	check "$name: checkpatch" eval '(cd "$copy" && scripts/checkpatch.pl --strict --no-tree -q --show-types --ignore FILE_PATH_CHANGES,ENOSYS,CAMELCASE "$patch") >"$log.checkpatch" 2>&1'
	mapfile -t files < <(sources "$patch")
	! ((${#files[@]})) || check "$name: ${#files[@]} files" objects "${files[@]}"
done

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
for file in "${not_compiled[@]}"; do
	echo "ok - $file # SKIP it is in no kernel for x86-64, arm64 or arm"
done
echo "$passed passed, $failed failed, ${#not_compiled[@]} skipped"
((!failed))
