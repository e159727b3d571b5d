#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What "make module" says of a KDIR that it cannot use: one line, and nothing is built.
#
# shellcheck disable=SC2317 # t() calls the functions

set -uo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/../tools/lib.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
source=$(kernel_source)
unset KDIR

# What looks like a kernel that was built, by the headers of the real one.
fresh() {
	rm -rf "$tmp/kernel"
	mkdir -p "$tmp/kernel/include/"{linux,generated,config}
	cp "$source"/include/linux/{dma-mapping,pci-p2pdma,types,slab}.h "$tmp/kernel/include/linux/"
	cp "$source/Makefile" "$tmp/kernel/"
	touch "$tmp/kernel/include/generated/autoconf.h" "$tmp/kernel/include/config/kernel.release" "$tmp/kernel/Module.symvers"
}

# refuses PATTERN [DIRECTORY]
refuses() {
	! KDIR=${2-$tmp/kernel} MODULE_OUT=$tmp/out "$top/tools/module.sh" >"$tmp/said" 2>&1 &&
		[[ $(wc -l <"$tmp/said") = 1 ]] && grep -q -- "$1" "$tmp/said" && [[ ! -e $tmp/out ]]
}

t() {
	local name=$1

	shift
	fresh
	if "$@"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/# /' "$tmp/said"
		failed=1
	fi
}

without() { sed -i "s/$1/gone/" "$tmp/kernel/include/linux/$2" && refuses "too old: it has no .*$1, which came"; }
no_file() { rm "$tmp/kernel/$1" && refuses "$2"; }
its_own() { touch "$tmp/kernel/include/linux/range_list.h" && refuses 'CONFIG_RANGE_LIST'; }

t "a KDIR that is not there" refuses 'no such directory' "$tmp/none"
t "a KDIR that is not a kernel" refuses 'not a kernel' "$top/tests"
t "a KDIR without configuration" no_file include/generated/autoconf.h 'was not built'
t "a KDIR without modules" no_file Module.symvers 'Module.symvers'
t "a KDIR with range lists" its_own
t "a KDIR without dma_iova_link()" without dma_iova_try_alloc dma-mapping.h
t "a KDIR without dma_map_phys()" without dma_map_phys dma-mapping.h
t "a KDIR without p2pdma_provider" without p2pdma_provider pci-p2pdma.h
t "a KDIR without phys_vec" without phys_vec types.h
t "a KDIR without kmalloc_obj()" without kmalloc_obj slab.h
t "a KDIR without DMA_ATTR_CC_SHARED" without DMA_ATTR_CC_SHARED dma-mapping.h
exit $failed
