#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build range_list.ko and tests/drivers/ for Debian's own kernels, the newest 7.x of each
# x that its backports have, and run tests with these; let DKMS build it for the last one:
#
#	debian.sh [RELEASE...]
#
# or have its Coccinelle, which is another version, do the golden tests:
#
#	debian.sh --coccinelle
#
# Both want a newer libc than this machine may have: they are run in build/debian/root,
# which debootstrap makes of Debian 13. Needs root.
#
# shellcheck disable=SC2317 # try() calls the functions

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

root=$build/debian/root
log=$build/log/debian

what="Debian's kernels"
[[ ${1-} != --coccinelle ]] || what="Debian's Coccinelle"
skip() { echo "ok - $what # SKIP $*"; exit 0; }

# Run something in the root, which sees this directory at its place.
inside() {
	# shellcheck disable=SC2016 # for the inner shell
	nice unshare -m sh -c 'root=$1 top=$2
		shift 2
		mkdir -p "$root$top" && mount -t proc proc "$root/proc" &&
		mount --bind "$top" "$root$top" && exec chroot "$root" "$@"' sh "$root" "$top" \
		env DEBIAN_FRONTEND=noninteractive DEBIAN_KERNEL_USE_CCACHE=1 "$@"
}

make_root() {
	local uri

	[[ ! -f $root/.ready ]] || return 0
	uri=$(mirror)
	[[ $uri ]] || return
	rm -rf "$root"
	debootstrap --variant=minbase --include=binutils,make trixie "$root" "$uri" || return
	echo "deb $uri trixie-backports main" >"$root/etc/apt/sources.list.d/backports.list"
	apt-config dump | grep -E '^Acquire::https?::Proxy ' >"$root/etc/apt/apt.conf.d/proxy" || :
	inside apt-get update || return
	inside apt-get install -y --no-install-recommends ccache dkms || return
	touch "$root/.ready"
}

releases() {
	inside apt-cache search --names-only '^linux-headers-7\.[0-9.]+\+deb13-amd64$' |
		sed 's/^linux-headers-\([^ ]*\).*/\1/' | sort -V | awk -F. '$2 != last && r { print r }
			{ last = $2; r = $0 } END { if (r) print r }'
}

# What was installed or downloaded once is not looked for again.
get_kernel() {
	local deb

	[[ -f $root/lib/modules/$1/build/Module.symvers ]] ||
		inside apt-get install -y --no-install-recommends "linux-headers-$1" || return
	[[ ! -s $build/module-$1/vmlinuz ]] || return 0
	mkdir -p "$build/module-$1"
	inside sh -c "cd /root && rm -f *.deb && apt-get download 'linux-binary-$1'" || return
	deb=$(printf '%s\n' "$root"/root/*.deb)
	dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/vmlinuz' >"$build/module-$1/vmlinuz"
}

build_modules() {
	local out=$build/module-$1 kdir=/lib/modules/$1/build

	inside env KDIR="$kdir" MODULE_OUT="$out" "$top/tools/module.sh" || return
	inside make -s -C "$kdir" M="$top/tests/drivers" MO="$out/drivers" -j"$jobs" \
		KBUILD_EXTRA_SYMBOLS="$out/Module.symvers" KCFLAGS="-I$out/src/include" modules
}

# What of a list is mapped in which way has been seen with an unmodified kernel of the
# same version.
setups() { [[ $1 = "$(basename "$(kernel_source)" | sed 's/.*-//')".* ]] && echo intel-lazy || echo none intel-lazy; }

build_dkms() {
	# shellcheck disable=SC2016 # for the inner shell
	inside sh -c '
		dkms remove range_list/"$3" --all >/dev/null 2>&1
		rm -rf /usr/src/range_list-"$3"
		dkms add "$1" && dkms install range_list/"$3" -k "$2" &&
			find "/lib/modules/$2" -name "range_list.ko*" | grep . &&
			dkms remove range_list/"$3" --all' \
		sh "$build/module-$1/src" "$1" "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/module/dkms.conf")"
}

# A test of its own.
try() {
	local name=$1

	shift
	if "$@" >>"$log" 2>&1; then
		echo "ok - $name"
		return
	fi
	echo "not ok - $name: see $log"
	tail -n 5 "$log" | sed 's/^/# /'
	failed=1
	return 1
}

lock debian
mkdir -p "$build/log" "$build/debian"
[[ $(id -u) = 0 ]] || skip "only root can make and enter a root directory"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
unshare -m true 2>/dev/null || skip "no mount namespace can be made"
: >"$log"
make_root >>"$log" 2>&1 || skip "debootstrap failed, see $log"
if [[ ${1-} = --coccinelle ]]; then
	inside apt-get install -y --no-install-recommends coccinelle libpython3-dev >>"$log" 2>&1 ||
		skip "it cannot be installed, see $log"
	version=$(inside spatch --version | sed -n '1s/spatch version \([^ ]*\).*/\1/p')
	inside "$top/tests/coccinelle/run.py" | sed "s/^\(not \)\?ok - .*/& by Coccinelle $version/"
	exit
fi
(($#)) || mapfile -t releases < <(releases)
(($#)) || set -- "${releases[@]}"
(($#)) || skip "trixie-backports has no Linux 7"
failed=0
for release; do
	say "building for Linux $release"
	get_kernel "$release" >>"$log" 2>&1 || skip "Linux $release cannot be downloaded, see $log"
	try "$release, build" build_modules "$release" || continue
	mapfile -t names < <(setups "$release" | xargs -n 1)
	"$top/tools/qemu.sh" --debian "$release" "${names[@]}" || failed=1
done
try "$release, dkms" build_dkms "$release" || :
exit $failed
