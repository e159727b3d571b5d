#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Static checks of every file of the project, each printing "ok - name" or
# "not ok - name" with what was found. Needs build/tree (make check sees to it).
#
# shellcheck disable=SC2317 # check() calls the functions

set -uo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/check
log=$build/log/check
failed=0
mkdir -p "$out" "$log"

# check NAME COMMAND...: passes if the command succeeds and finds nothing to say.
check() {
	local name=$1 status=0

	shift
	"$@" >"$log/$name" 2>&1 || status=$?
	if [[ $status = 0 && ! -s $log/$name ]]; then
		echo "ok - $name"
		return
	fi
	echo "not ok - $name"
	head -n 60 "$log/$name" | sed 's/^/# /'
	[[ -s $log/$name ]] || echo "# exit status $status"
	failed=1
}

overlay() { (cd "$top" && find include lib drivers scripts samples -type f "$@" 2>/dev/null | sort); }
mapfile -t sources < <(overlay -name '*.[ch]')
mapfile -t build_files < <(overlay \( -name 'Kconfig*' -o -name Makefile \))
mapfile -t host_sources < <(find "$top/tests" \( -path "$top/tests/drivers" -o -path "$top/tests/coccinelle" \) -prune -o -name '*.[ch]' -print | sort)
mapfile -t module_sources < <(find "$top/module" -name '*.[ch]' | sort)
mapfile -t driver_sources < <(find "$top/tests/drivers" -name '*.[ch]' | sort)

# targets ARCH: where the compiler meets our files. Directories with a Makefile of
# ours as a whole, elsewhere single objects; tests only where they are configured.
targets() {
	local f dir

	for f in "${sources[@]}"; do
		[[ $f = *.c ]] || continue
		[[ $f != *-kunit.c || $1 = um ]] || continue
		dir=$(dirname "$f")
		if [[ -f $top/$dir/Makefile ]]; then echo "$dir/"; else echo "${f%.c}.o"; fi
	done | sort -u
}

# kernel_build ARCH COMPILER MAKE-ARGUMENTS...: make in the output directory of both.
kernel_build() {
	local arch=$1 compiler=$2

	shift 2
	# um has no I/O ports: the kernel's own asm-generic/io.h adds to a null pointer.
	[[ $compiler != clang-19 ]] || set -- LLVM=-19 KCFLAGS=-Wno-null-pointer-arithmetic "$@"
	make -s -C "$tree" O="$out/$arch-$compiler" ARCH="$arch" -j"$jobs" CC="$(kernel_cc "$compiler")" "$@"
}

# um has everything; i386 has 32-bit addresses, no IOMMU and nothing but the library itself,
# of which DMA_API_DEBUG lets it keep what syncs;
# x86_64 is for the modules of tests/drivers/.
config() {
	case $1 in
	um)
		cat "$top/lib/range_list/.kunitconfig" "$tree/tools/testing/kunit/configs/arch_uml.config"
		printf 'CONFIG_%s=y\n' RANGE_LIST RANGE_LIST_DEBUG RANGE_LIST_KUNIT_TEST RANGE_LIST_MOCK_IOMMU \
			RANGE_LIST_BENCH SAMPLES SAMPLE_RANGE_LIST
		;;
	i386)
		printf 'CONFIG_%s=y\n' X86_32 EXPERT PCI RANGE_LIST DMA_API_DEBUG
		echo '# CONFIG_IOMMU_SUPPORT is not set'
		;;
	x86_64) cat "$top/tests/qemu/x86_64.config" ;;
	esac | grep -E '^CONFIG_| is not set$' | sort -u
}

# An unchanged configuration keeps its time, and what was built stays valid.
prepare() {
	local dir=$out/$1-$2

	mkdir -p "$dir"
	config "$1" >"$dir/fragment"
	kernel_build "$1" "$2" KCONFIG_ALLCONFIG=fragment alldefconfig || return
	grep -vxFf "$dir/.config" "$dir/fragment" | sed "s/.*/& cannot be had for $1/" | grep . && return 1
	kernel_build "$1" "$2" prepare >"$log/prepare-$1-$2" 2>&1 || { tail -n 20 "$log/prepare-$1-$2"; return 1; }
}

# Objects are made anew, as one that is up to date gives no warnings.
warnings() {
	local t

	prepare "$1" "$2" || return
	mapfile -t t < <(targets "$1")
	((${#t[@]})) || { echo "there is nothing to compile"; return 1; }
	(cd "$out/$1-$2" && rm -rf "${t[@]}")
	kernel_build "$1" "$2" W=1 "${t[@]}"
}

run_sparse() {
	local t

	prepare um gcc || return
	mapfile -t t < <(targets um)
	kernel_build um gcc C=2 CHECK="$build/sparse/bin/sparse" "${t[@]}" || return
	drivers gcc C=2 CHECK="$build/sparse/bin/sparse" || return
	module C=2 CHECK="$build/sparse/bin/sparse"
}

# drivers COMPILER MAKE-ARGUMENTS...: the objects of tests/drivers/, but no module,
# as that would take a kernel.
drivers() {
	local compiler=$1 t

	shift
	prepare x86_64 "$compiler" || return
	mapfile -t t < <(cd "$top/tests/drivers" && printf '%s\n' ./*.c | sed 's,^\./\(.*\)c$,\1o,')
	rm -rf "$out/drivers-$compiler"
	kernel_build x86_64 "$compiler" M="$top/tests/drivers" MO="$out/drivers-$compiler" "$@" "${t[@]}"
}

# module MAKE-ARGUMENTS...: the objects of range_list.ko, for an unmodified kernel.
module() {
	local dir=$out/plain t

	"$top/tools/plain.sh" --source >/dev/null && MODULE_OUT=$out/module "$top/tools/module.sh" --sources || return
	mkdir -p "$dir"
	config x86_64 | grep -v '^CONFIG_RANGE_LIST' >"$dir/fragment"
	plain_build KCONFIG_ALLCONFIG=fragment alldefconfig || return
	plain_build prepare >"$log/prepare-plain" 2>&1 || { tail -n 20 "$log/prepare-plain"; return 1; }
	mapfile -t t < <(cd "$out/module/src" && find . -name '*.c' | sed 's,^\./\(.*\)c$,\1o,')
	(cd "$out/module" && rm -f "${t[@]}")
	plain_build M="$out/module/src" MO="$out/module" "$@" "${t[@]}"
}

plain_build() { make -s -C "$build/plain/tree" O="$out/plain" ARCH=x86_64 -j"$jobs" CC="$(kernel_cc gcc)" "$@"; }

# A 32-bit kernel does not have the functions that the compiler turns "/" into, and one
# without an IOMMU does not have those of dma-iommu.
no_missing_symbols() {
	local t

	mapfile -t t < <(targets i386)
	(cd "$out/i386-gcc" && ! find "${t[@]}" -name '*.o' -exec nm -Au {} + | grep -E ' (__u?(div|mod)(mod)?di|iommu_dma_)')
}

# What no object was made of has not been checked.
all_compiled() {
	local f

	find "$out/um-gcc" -name '.*.o.cmd' -exec cat {} + >"$log/deps"
	for f in "${sources[@]}"; do
		# Part of a suite that is not ours, and that sparse complains of.
		[[ $f != drivers/iommu/generic_pt/kunit_* ]] || continue
		# User-mode Linux has no DRM here; the kernels of tools/qemu.sh have it.
		[[ $f != include/drm/* ]] || continue
		grep -qF "/$f" "$log/deps" || echo "$f was compiled in none of the builds"
	done
}

# Not asked: MACRO_ARG_REUSE, as an iterator has to name its arguments repeatedly.
run_checkpatch() {
	local host_ignore=CAMELCASE,COMPLEX_MACRO,MACRO_ARG_UNUSED,NEW_TYPEDEFS
	host_ignore+=,PREFER_DEFINED_ATTRIBUTE_MACRO,UNNECESSARY_CASTS,MACRO_ARG_REUSE
	local f checkpatch="scripts/checkpatch.pl --quiet --no-summary --terse --strict --show-types
		--ignore MACRO_ARG_REUSE"

	# In the tree, so that it knows the tree's symbols and typedefs.
	cd "$tree" || return
	for f in "${sources[@]}" "${build_files[@]}"; do
		$checkpatch --file "$f"
	done
	for f in "${driver_sources[@]}"; do
		$checkpatch --file "$f"
	done
	# Who is built for more than one version has to ask for it.
	for f in "${module_sources[@]}"; do
		$checkpatch --ignore LINUX_VERSION_CODE --file "$f"
	done
	for f in "$top"/patches/*.patch "$top"/patches/*/*.patch; do
		# Trace events are written like tables. Names of a driver are its own.
		if grep -q '^+++ b/include/trace/' "$f"; then
			$checkpatch --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,SPACING "$f"
		else
			$checkpatch --ignore CAMELCASE "$f"
		fi
	done
	# A program cannot have what the kernel wants here, or has it from the shim.
	for f in "${host_sources[@]}"; do
		$checkpatch --ignore "$host_ignore" --file "$f"
	done
}

run_kernel_doc() {
	(cd "$tree" && scripts/kernel-doc -none -Wall "${sources[@]}")
}

python_syntax() {
	local f

	for f in $(overlay -name '*.py'); do
		python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$top/$f"
	done
}

((${#sources[@]})) || die "there are no sources to check"
check gcc warnings um gcc
check sparse run_sparse
check clang warnings um clang-19
check gcc-32bit warnings i386 gcc
check drivers-gcc drivers gcc W=1
check drivers-clang drivers clang-19 W=1
check module module W=1
check missing-symbols no_missing_symbols
check all-compiled all_compiled
check checkpatch run_checkpatch
check kernel-doc run_kernel_doc
check python python_syntax
exit $failed
