# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# What all scripts here share. Source it; it runs nothing.

# The locale decides how tools sort and what they say: fix it.
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
tree=$build/tree
plain=$build/plain/kernel	# an unmodified kernel
jobs=$(nproc)

# One build can use what another has compiled, of other clones as well.
export CCACHE_BASEDIR=$build CCACHE_NOHASHDIR=1

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*"; }
die() { say "$*" >&2; exit 1; }

# The one directory that setup unpacked, or the user's own tree.
kernel_source() {
	local src

	if [[ ${KDIR-} ]]; then
		[[ -d $KDIR ]] || die "KDIR=$KDIR: no such directory"
		(cd "$KDIR" && pwd)
		return
	fi
	src=$(printf '%s\n' "$build"/src/linux-source-* | sort -V | tail -n 1)
	[[ -f $src/Makefile ]] || die "there is no kernel source yet: run 'make setup' or give KDIR="
	echo "$src"
}

# Only one process at a time past this line, until the script ends.
lock() {
	mkdir -p "$build"
	exec 9>"$build/.$1.lock"
	flock -n 9 || { say "waiting for another '$1' to end"; flock 9; }
}

# The mirror of Debian that the machine uses.
mirror() {
	# shellcheck disable=SC2016 # the format is apt's
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && !found { print $2; found = 1 }'
}

# kernel_lacks TREE: what we need and a kernel source or its headers do not have.
kernel_lacks() {
	local file what since

	while read -r file since what; do
		grep -qs -- "$what" "$1/include/linux/$file" && continue
		what=${what#^}
		what=${what#define }
		what=${what%(}
		echo "${what% \{}, which came with Linux ${since//_/ }"
		return
	done <<-END
		dma-mapping.h 6.16 dma_iova_try_alloc
		dma-mapping.h 6.18 dma_map_phys
		pci-p2pdma.h 6.19 ^struct p2pdma_provider {
		types.h 6.19 ^struct phys_vec {
		slab.h 7.0 define kmalloc_obj(
		dma-mapping.h 7.1_or_7.2 DMA_ATTR_CC_SHARED
	END
}

# build_um DIR CONFIG: user-mode Linux with that fragment, named as in the tree.
# kunit.py knows what else user-mode Linux needs.
build_um() {
	local log

	log=$build/log/$(basename "$1").build
	mkdir -p "$build/log"
	say "building user-mode Linux in ${1#"$top"/}"
	(cd "$tree" && tools/testing/kunit/kunit.py build --arch=um --build_dir="$1" \
		--kunitconfig="$2" --jobs="$jobs" --make_options CC="$(kernel_cc gcc)") >"$log" 2>&1 ||
		{ tail -n 20 "$log" >&2; die "building $1 failed; the log is $log"; }
}

# kernel_cc [COMPILER]: what to give a kernel build as CC=.
kernel_cc() { if command -v ccache >/dev/null; then echo "ccache ${1-gcc}"; else echo "${1-gcc}"; fi; }
