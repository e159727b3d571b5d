#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Get what the other targets need: Debian packages, a kernel source, sparse.
# What is there already is left alone, so that it can be run before everything.
# KDIR=/path/to/linux uses that source instead of downloading one.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

packages=(
	build-essential flex bison bc libelf-dev libssl-dev	# the kernel
	cpio xz-utils rsync git perl python3 ccache
	clang-19 lld-19 llvm-19 libclang-rt-19-dev	# 7.3 wants LLVM 17 or newer; libFuzzer, ASan
	python3-sphinx python3-yaml graphviz gnuplot-nox	# documentation and its graphs
	gdb						# the gdb script
	debootstrap					# builds for Debian's own kernels
	qemu-system-x86					# devices and IOMMUs
	libcap-dev uuid-dev				# the kernel's own tests
	linux-perf					# profiles of the benchmark
	coccinelle					# the semantic patches
	dpkg-dev					# unpacks the source of sparse
)
wanted=linux-source-7.3		# the kernel this project is developed on
need_mb=8192			# source, work tree and builds

log=$build/log/setup.log
download=$build/download

[[ -z ${KDIR-} ]] || kernel_source >/dev/null
lock setup
mkdir -p "$build/log" "$download/partial" "$build/apt/lists/partial" "$build/apt/cache/archives/partial"

# Run a command quietly; if it fails, say what was being done and what it said last.
try() {
	local what=$1 reason

	shift
	"$@" >"$log" 2>&1 && return
	reason=$(grep -m 1 -E 'Could not|Cannot|Unable to|Failed to|No space|[Ee]rror|^E:' "$log") ||
		reason=$(tail -n 1 "$log")
	die "$what failed: ${reason#"${reason%%[![:space:]]*}"} (see $log; run this again to go on)"
}

install_packages() {
	local missing

	command -v apt-get >/dev/null || die "this is no Debian system: install these by hand: ${packages[*]}"
	# shellcheck disable=SC2016 # the format is dpkg's
	mapfile -t missing < <(comm -23 <(printf '%s\n' "${packages[@]}" | sort) \
		<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
			sed -n 's/^installed //p' | sort -u))
	((${#missing[@]})) || return 0
	[[ $(id -u) = 0 ]] ||
		die "packages are missing; run: sudo apt-get install --no-install-recommends ${missing[*]}"
	say "installing ${missing[*]}"
	try "apt-get update" apt-get update
	try "installing packages" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "${missing[@]}"
}

# An apt of our own under build/apt: newer suites than the machine's, from the
# machine's mirror, and nothing of it seen by the machine.
private_apt() {
	local cmd=$1

	shift
	"$cmd" -o Dir::Etc::sourcelist="$build/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$build/apt/lists" -o Dir::Cache="$build/apt/cache" \
		-o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0 -o Acquire::Retries=3 "$@"
}

private_apt_ready=
private_apt_setup() {
	local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	[[ -z $private_apt_ready ]] || return 0
	uri=$(mirror)
	if [[ -z $uri && $(id -u) = 0 ]]; then
		try "apt-get update" apt-get update
		uri=$(mirror)
	fi
	[[ $uri ]] || die "apt knows no Debian mirror: run 'apt-get update', or give KDIR= to use a kernel source of your own"
	cat >"$build/apt/sources.list" <<-END
		deb [signed-by=$keyring] $uri trixie-backports main
		deb-src [signed-by=$keyring] $uri sid main
	END
	say "fetching package lists"
	try "fetching package lists" private_apt apt-get update --error-on=any
	private_apt_ready=1
}

# Download in partial/, so that what is in download/ is always complete.
fetch() {
	(cd "$download/partial" && try "downloading ${*: -1}" private_apt apt-get "$@")
	find "$download/partial" -type f -exec mv -t "$download" {} +
}

get_kernel() {
	local deb free name

	if compgen -G "$build/src/linux-source-*/Makefile" >/dev/null; then
		return
	fi
	free=$(df -Pm "$build" | awk 'NR == 2 { print $4 }')
	((free >= need_mb)) || die "$build has $free MB free, this needs about $need_mb"
	deb=$(printf '%s\n' "$download"/linux-source-*.deb | sort -V | tail -n 1)
	if [[ ! -f $deb ]]; then
		private_apt_setup
		name=$(private_apt apt-cache search --names-only '^linux-source-7\.[0-9]+$' | awk '{ print $1 }' |
			sort -V | awk -v w="$wanted" '{ n = $0 } n == w { exit } END { print n }')
		[[ $name ]] || die "the mirror has no $wanted or other Linux 7: give KDIR= to use a source of your own"
		[[ $name = "$wanted" ]] || say "the mirror no longer has $wanted: taking $name"
		say "downloading $name (160 MB)"
		fetch download "$name"
		deb=$(printf '%s\n' "$download/$name"_*.deb | sort -V | tail -n 1)
	fi
	name=$(basename "${deb%%_*}")
	say "unpacking $(basename "$deb")"
	# Under another name until it is whole.
	rm -rf "$build/src.tmp"
	mkdir -p "$build/src.tmp" "$build/src"
	try "unpacking $(basename "$deb")" unpack_kernel "$deb" "$name"
	mv "$build/src.tmp/$name" "$build/src/"
	rm -rf "$build/src.tmp"
}

unpack_kernel() {
	dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | xz -d -T0 | tar -x -C "$build/src.tmp"
}

# 7.3 needs a sparse that knows __typeof_unqual__, newer than any stable Debian's.
get_sparse() {
	local dsc

	[[ ! -x $build/sparse/bin/sparse ]] || return 0
	dsc=$(printf '%s\n' "$download"/sparse_*.dsc | sort -V | tail -n 1)
	if [[ ! -f $dsc ]]; then
		private_apt_setup
		say "downloading sparse"
		fetch source --download-only sparse
		dsc=$(printf '%s\n' "$download"/sparse_*.dsc | sort -V | tail -n 1)
	fi
	say "building sparse"
	rm -rf "$build/sparse"
	mkdir -p "$build/sparse"
	# apt has checked the signature of the archive and the hashes of these files.
	try "unpacking sparse" dpkg-source --no-check -x "$dsc" "$build/sparse/src"
	try "building sparse" make -C "$build/sparse/src" -j"$jobs" CC=gcc sparse
	mkdir "$build/sparse/bin"
	mv "$build/sparse/src/sparse" "$build/sparse/bin/sparse.tmp"
	rm -rf "$build/sparse/src"
	mv "$build/sparse/bin/sparse.tmp" "$build/sparse/bin/sparse"
}

install_packages
[[ ${KDIR-} ]] || get_kernel
get_sparse
say "everything is there"
