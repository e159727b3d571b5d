#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build range lists as a module, for a kernel without this project's patches:
#
#	module.sh [--sources]
#
# KDIR= names a kernel that was built, or what a distribution installs to build
# modules; CC= is what compiles it, if not gcc. Without KDIR=, an unmodified kernel is
# built in build/plain. What the module is made of is put together in MODULE_OUT/src, which
# DKMS can take as it is; MODULE_OUT is build/module if it is not given. --sources does
# just that.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=${MODULE_OUT-$build/module}
src=$out/src

# The directory of a kernel's sources or headers: its own, or that of which it was built.
sources_of() { sed -n 's,^include \(/.*\)/Makefile$,\1,p;$a'"$1" "$1/Makefile" | head -n 1; }

check_kernel() {
	local headers lack

	[[ -d $kdir ]] || die "KDIR=$kdir: no such directory"
	grep -qs . "$kdir/Makefile" || die "$kdir: not a kernel"
	headers=$(sources_of "$kdir")
	grep -qs 'KERNELRELEASE' "$headers/Makefile" || die "$kdir: not a kernel"
	lack=$(kernel_lacks "$headers")
	[[ -z $lack ]] || die "$kdir: this kernel is too old: it has no $lack"
	[[ -f $kdir/include/generated/autoconf.h && -f $kdir/include/config/kernel.release ]] ||
		die "$kdir: this kernel was not built: it has no configuration"
	[[ -f $kdir/Module.symvers ]] || die "$kdir: this kernel was not built with modules: it has no Module.symvers"
	[[ ! -e $headers/include/linux/range_list.h ]] ||
		die "$kdir: this kernel has range lists of its own: set CONFIG_RANGE_LIST there"
}

# Files that are as they should be keep their times.
put_together() {
	local f to

	rm -rf "$src.new"
	mkdir -p "$src.new/lib/range_list" "$src.new/include/linux" "$src"
	cp -p "$top"/module/* "$top/COPYING" "$src.new/"
	cp -p "$top"/lib/range_list/{range_list,phys_range,phys_range_skb,dma_range,dma_map_ranges}.c "$src.new/lib/range_list/"
	cp -p "$top"/include/linux/{range_list,phys_range,dma_range}.h "$src.new/include/linux/"
	(cd "$src" && find . -type f) | while read -r f; do
		[[ -f $src.new/$f ]] || rm "$src/$f"
	done
	(cd "$src.new" && find . -type f) | while read -r f; do
		to=$src/$f
		cmp -s "$src.new/$f" "$to" || { mkdir -p "$(dirname "$to")" && cp -p "$src.new/$f" "$to"; }
	done
	rm -rf "$src.new"
}

lock module
if [[ ${1-} = --sources ]]; then
	put_together
	exit
fi
if [[ ${KDIR-} ]]; then
	kdir=$KDIR
	[[ ! -d $kdir ]] || kdir=$(cd "$kdir" && pwd)
else
	"$top/tools/setup.sh"
	"$top/tools/plain.sh"
	kdir=$plain
	CC=$(kernel_cc gcc)
fi
check_kernel
log=$build/log/$(basename "$out").build
mkdir -p "$build/log"
put_together
release=$(<"$kdir/include/config/kernel.release")
say "building for Linux $release"
nice make -s -C "$kdir" M="$src" MO="$out" -j"$jobs" ${CC:+"CC=$CC"} modules >"$log" 2>&1 ||
	{ grep -E 'rror|undefined' "$log" | head -n 5 >&2; die "building failed; the log is $log"; }
cat <<END
$out/range_list.ko is for Linux $release:
    insmod $out/range_list.ko
A module that uses it is built with these lines in its Kbuild:
    KBUILD_EXTRA_SYMBOLS := $out/Module.symvers
    ccflags-y := -I$src/include
DKMS builds it for each kernel of the machine:
    dkms add $src && dkms install range_list/$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$src/dkms.conf")
END
