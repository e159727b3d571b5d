#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Real drivers on real PCI devices, as far as QEMU has them: build an x86-64 kernel
# and tests/drivers/, and start them once for each kind of IOMMU:
#
#	qemu.sh [--module | --debian RELEASE | --dma-buf [--plain] | --selftests [--plain] | --kunit] [SET-UP...]
#
# With --module the kernel is an unmodified one, and range lists are a module of it. It
# is Debian's with --debian, which tools/debian.sh gives after it has made the modules.
# With --dma-buf it is tests/dma-buf/ that are run, with --plain on an unmodified kernel,
# where what needs ranges has to fail. With --selftests it is what tools/selftests.sh asks
# for, which looks at the results itself. With --kunit it is those KUnit tests that are about
# several threads, for user-mode Linux has one processor.
#
# Prints a line for each set-up and test, "ok - ...", "not ok - ..." or "ok - ... #
# SKIP why", and a table of them behind "|". The console of a set-up is in build/log/qemu-SET-UP
# or build/log/module-SET-UP, dma-buf-SET-UP and so on.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/qemu			# the kernel
image=$out/vmlinux
source=$tree
mods=$build/qemu-modules	# tests/drivers/, and the initramfs
log=$build/log
name_of_log=qemu
qemu="qemu-system-x86_64"
boot_seconds=240		# it takes 20 on an idle machine

# swiotlb means swiotlb=force; strict and lazy are the ways to invalidate.
setups=(none swiotlb intel-lazy intel-strict virtio amd)
tests=(edu-pages edu-unaligned edu-small edu-28-bit edu-user edu-both-ways edu-limits edu-large edu-threads nvme-pages nvme-pieces scsi-pages scsi-pieces)
for t in edu-p2p p2p-map nvme-p2p; do
	tests+=("$t-root" "$t-ports" "$t-switch")
done
tests+=(console)

module=		# its directory
dma_buf=
selftests=
kunit=
unmodified=
label=
init=("$top/tests/qemu/init.c")
driver=range_test
case ${1-} in
--module)
	shift
	module=$build/module out=$plain image=$plain/vmlinux source=$build/plain/tree
	mods=$build/module-qemu name_of_log=module
	setups=(none swiotlb intel-lazy)
	# Devices on the root bus will do; which peer-to-peer memory NVMe can use
	# is not a matter of range lists.
	tests=("${tests[@]:0:11}" edu-p2p-root p2p-map-root console)
	;;
--debian)
	module=$build/module-$2 image=$module/vmlinuz mods=$module name_of_log=$2 label="$2, "
	shift 2
	setups=(none intel-lazy)
	tests=("${tests[@]:0:9}" console)
	;;
--selftests)
	shift
	selftests=1 mods=$build/qemu-selftests name_of_log=selftests boot_seconds=900
	init=("$top/tests/qemu/selftests.c")
	setups=(intel-lazy)
	if [[ ${1-} = --plain ]]; then
		shift
		unmodified=1 out=$plain image=$plain/vmlinux source=$build/plain/tree
		mods+=-plain name_of_log+=-plain
	fi
	;;
--kunit)
	shift
	kunit=1 name_of_log=kunit boot_seconds=600
	setups=(none)
	;;
--dma-buf)
	shift
	dma_buf=1 mods=$build/qemu-dma-buf name_of_log=dma-buf boot_seconds=600
	init=("$top"/tests/dma-buf/{init,video}.c) driver=dmabuf_test
	setups=(none intel-lazy virtio)
	if [[ ${1-} = --plain ]]; then
		shift
		unmodified=1 out=$plain image=$plain/vmlinux source=$build/plain/tree
		mods+=-plain name_of_log+=-plain label="plain, "
		setups=(intel-lazy)
	fi
	# Their names are in the program, between quotation marks.
	mapfile -t tests < <(sed -n 's/^\t{ "\([a-z-]*\)", [a-z_]*.*},$/\1/p' "${init[0]}")
	tests+=(console)
	;;
esac

complaints='BUG:|WARNING:|KASAN:|UBSAN:|Oops|INFO: (possible|suspicious|task)|Kernel panic|DMA-API:|I/O error'
complaints+='|handling fault|AMD-Vi: Event|fault from EP'
harmless='DMA-API: (preallocated|debugging enabled)'

kernel() { nice make -s -C "$source" O="$out" ARCH=x86_64 -j"$jobs" CC="$(kernel_cc gcc)" "$@"; }

# An unchanged configuration keeps its time, and what was built stays valid.
build_kernel() {
	grep '^CONFIG_' "$top/tests/qemu/x86_64.config" >"$out/fragment"
	kernel KCONFIG_ALLCONFIG="$out/fragment" allnoconfig || return
	grep -vxFf "$out/.config" "$out/fragment" | sed 's/$/ cannot be had/' | grep . && return 1
	kernel vmlinux modules
}

build_all() {
	local symbols=()

	mkdir -p "$out" "$mods"
	if [[ $module && $label ]]; then
		make_initramfs
		return
	fi
	if [[ $unmodified ]]; then
		"$top/tools/plain.sh" || return
	elif [[ $module ]]; then
		"$top/tools/plain.sh" || return
		KDIR=$plain CC=$(kernel_cc gcc) "$top/tools/module.sh" || return
		symbols=(KBUILD_EXTRA_SYMBOLS="$module/Module.symvers"
			KCFLAGS="-I$module/src/include")
	else
		build_kernel || return
	fi
	[[ ! $kunit ]] || return 0
	# Programs need what the kernel says, not what that of the machine does.
	[[ ! $dma_buf$selftests ]] || kernel headers || return
	if [[ $selftests ]]; then
		make_initramfs
		return
	fi
	# In a directory of its own, which must have the Makefile's path.
	kernel M="$top/tests/drivers" MO="$mods/drivers" "${symbols[@]}" \
		${dma_buf:+DMA_BUF=1} modules || return
	make_initramfs
}

# Those of the kernel's own tests that have to do with dma-bufs and with VFIO, without
# a library at run time.
build_selftests() {
	local dir=$source/tools/testing/selftests program gcc objects=()

	rm -rf "$mods/selftests"
	mkdir -p "$mods/selftests"
	gcc=(gcc -static -O2 -w -D_GNU_SOURCE= -I"$dir" -isystem "$out/usr/include")
	for program in iommu/iommufd iommu/iommufd_fail_nth dmabuf-heaps/dmabuf-heap drivers/dma-buf/udmabuf; do
		"${gcc[@]}" -o "$mods/selftests/${program##*/}" "$dir/$program.c" -lcap || return
	done
	# They have a library of their own.
	gcc+=(-I"$dir/vfio/lib/include" -I"$source/tools/include")
	for program in "$dir"/vfio/lib/*.c "$dir"/vfio/lib/drivers/*/*.c; do
		objects+=("$mods/libvfio-$(basename "$program" .c).o")
		"${gcc[@]}" -c -o "${objects[-1]}" "$program" || return
	done
	for program in "$dir"/vfio/*.c; do
		"${gcc[@]}" -o "$mods/selftests/$(basename "$program" .c)" "$program" "${objects[@]}" -luuid || return
	done
	for program in "$mods"/selftests/*; do
		echo "file /selftests/${program##*/} $program 0755 0 0"
	done
}

make_initramfs() {
	local more

	if [[ $selftests ]]; then
		more=$(build_selftests) || return
		more="dir /selftests 0755 0 0"$'\n'$more
	else
		more="file /$driver.ko $mods/drivers/$driver.ko 0644 0 0"
	fi
	gcc -static -O2 -Wall ${dma_buf:+-I"$out/usr/include"} -o "$mods/init" "${init[@]}" || return
	gcc -O2 -o "$mods/gen_init_cpio" "$(kernel_source)/usr/gen_init_cpio.c" || return
	"$mods/gen_init_cpio" - >"$mods/initramfs.cpio" <<-END
		dir /dev 0755 0 0
		dir /sys 0755 0 0
		dir /proc 0755 0 0
		nod /dev/console 0600 0 0 c 5 1
		file /init $mods/init 0755 0 0
		$more
		${module:+file /range_list.ko $module/range_list.ko 0644 0 0}
	END
}

# machine SET-UP: sets args, append, and proof, which the console must show. If the
# processor is an AMD EPYC, peers may meet in the host bridge, otherwise they may not.
# An IOMMU has to come first. On a busy machine the timer can be too late for what
# checks it at boot.
machine() {
	local cpu=EPYC bridges=1 serial port n

	args=() append="console=ttyS0 no_timer_check printk.time=1 oops=panic panic=-1 reboot=t" proof=""
	local iommu=1 bounced=0 host_bridge_error=0
	case $1 in
	none) iommu=0 ;;
	swiotlb)
		iommu=0 bounced=1 append+=" swiotlb=force"
		host_bridge_error=-5	# what cannot be bounced cannot be mapped
		;;
	intel-lazy)
		append+=" iommu.strict=0" proof="policy: lazy mode"
		args+=(-device "intel-iommu,intremap=on")
		;;
	intel-strict)
		cpu=qemu64 host_bridge_error=-121
		append+=" iommu.strict=1" proof="policy: strict mode"
		args+=(-device "intel-iommu,intremap=on")
		;;
	virtio) args+=(-device "virtio-iommu-pci,addr=2") ;;
	amd)
		# With QEMU 7.2, no DMA of a device behind a bridge arrives.
		bridges=0
		append+=" NO_BRIDGES=1"
		args+=(-device amd-iommu)
		;;
	*) die "there is no set-up '$1', only: ${setups[*]}" ;;
	esac
	((!iommu)) || append+=" NO_SCSI=1"
	if [[ $module ]]; then
		bridges=0
		[[ $append = *NO_BRIDGES* ]] || append+=" NO_BRIDGES=1"
		[[ -z $label ]] || append+=" NO_DISKS=1 intel_iommu=on"
	fi
	append+=" MODULE=\"behind_iommu=$iommu bounced=$bounced host_bridge_error=$host_bridge_error${module:+ p2p_refused=1}\""
	args+=(-M "q35,kernel-irqchip=split,max-ram-below-4g=256M" -accel "tcg,thread=multi" -cpu "$cpu" -smp 2 -m 1G
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "$image")
	if [[ $kunit ]]; then
		# Not those of the page tables, whose count of pages in tables has to be exact.
		args+=(-append "$append printk.time=0 kunit.enable=1 kunit.autorun=1 kunit.filter_glob=[dp]*.*threads* kunit_shutdown=reboot")
		return
	fi
	args+=(-initrd "$mods/initramfs.cpio" -append "$append")
	if [[ $dma_buf ]]; then
		dma_buf_machine "$iommu"
		return
	fi
	if [[ $selftests ]]; then
		# The device of the tests of VFIO, which can be reset there.
		args[-1]+=" hugepages=64"
		args+=(-device "pcie-root-port,id=port0,chassis=1,slot=1,addr=6" -device "edu,bus=port0")
		return
	fi
	# On the root bus, at hexadecimal addresses. The driver knows that 18 has 28 bits.
	for n in 3 4 5 6 7 8 9 c; do
		args+=(-device "edu,addr=$n,dma_mask=0xffffffffffffffff")
	done
	args+=(-device "edu,addr=18")
	((iommu)) || args+=(-device "lsi53c895a,addr=d" -device "scsi-hd,drive=disk-scsi"
		-drive "if=none,id=disk-scsi,file=$mods/disk-scsi,format=raw,cache=unsafe")
	place root "" ",addr=a" ",addr=b"
	((bridges)) || return 0
	# Behind a root port each, and behind the ports of one switch.
	for port in 0 1 2 3; do
		args+=(-device "pcie-root-port,id=port$port,chassis=$((port + 1)),slot=$port,addr=1$port")
	done
	args+=(-device "x3130-upstream,id=switch,bus=port3")
	for port in 4 5 6; do
		args+=(-device "xio3130-downstream,id=port$port,bus=switch,chassis=$((port + 1)),slot=$port")
	done
	for serial in ports switch; do
		[[ $serial = ports ]] && n=0 || n=4
		place "$serial" "edu,bus=port$n,dma_mask=0xffffffffffffffff" ",bus=port$((n + 1))" ",bus=port$((n + 2))"
	done
}

# Who has what, and where, is in tests/dma-buf/init.c. Caches of the same size have to
# be told from each other, to see what leaks. A virtio-iommu does not remap interrupts.
dma_buf_machine() {
	local append

	append="slab_nomerge iommufd.allow_unsafe_interrupts=1${unmodified:+ PLAIN=1}"
	append+=" cma=16M@0-4G vivid.n_devs=4 vivid.allocators=0,1,2,3 vivid.node_types=0x101,0x101,0x101,0x101"
	(($1)) || append+=" NO_IOMMU=1"
	args[-1]+=" $append"
	args+=(-device "edu,addr=3,dma_mask=0xffffffffffffffff" -device "edu,addr=4,dma_mask=0xffffffffffffffff"
		-object "memory-backend-ram,id=memory0,size=4M" -device "ivshmem-plain,memdev=memory0,addr=5"
		-device "pcie-root-port,id=port0,chassis=1,slot=1,addr=6"
		-object "memory-backend-ram,id=memory1,size=4M" -device "ivshmem-plain,memdev=memory1,bus=port0")
}

# place NAME EDU AT AT: an NVMe device with memory and one with a disk, and an edu.
place() {
	[[ -z $2 ]] || args+=(-device "$2")
	args+=(-device "nvme,serial=memory-$1,cmb_size_mb=16$3"
		-drive "if=none,id=disk-$1,file=$mods/disk-$1,format=raw,cache=unsafe"
		-device "nvme,serial=$1,drive=disk-$1$4")
}

# boot SET-UP: leaves a line for each test in log/qemu-SET-UP.results.
boot() {
	local name=$1 console=$log/$name_of_log-$1 results=$log/$name_of_log-$1.results status=0 start=$SECONDS args append proof disk why

	machine "$name"
	for disk in root ports switch scsi; do
		rm -f "$mods/disk-$disk"
		truncate -s 16M "$mods/disk-$disk"
	done
	rm -f "$results"
	timeout -k 5 "$boot_seconds" "$qemu" "${args[@]}" -serial "file:$console" -serial "file:$results.raw" \
		</dev/null >"$console.qemu" 2>&1 || status=$?
	tr -d '\r' <"$results.raw" >"$results"
	rm -f "$results.raw"
	if [[ $status != 0 ]] || ! grep -qx end "$results"; then
		echo "console FAILED $(ended "$status" "$console")" >>"$results"
	elif why=$(complaint "$console"); then
		echo "console FAILED $why" >>"$results"
	elif ! grep -q "$proof" "$console"; then
		echo "console FAILED it does not say '$proof'" >>"$results"
	else
		echo "console ok" >>"$results"
	fi
	say "$name: $((SECONDS - start)) s"
}

# kunit.py tells what its tests have said, and counts them.
boot_kunit() {
	local console=$log/$name_of_log-$1 status=0 args append proof why

	machine "$1"
	timeout -k 5 "$boot_seconds" "$qemu" "${args[@]}" -serial "file:$console.raw" </dev/null >"$console.qemu" 2>&1 || status=$?
	tr -d '\r' <"$console.raw" >"$console"
	if [[ $status != 0 ]]; then
		echo "not ok - $(ended "$status" "$console")"
		failed=1
	elif why=$(complaint "$console"); then
		echo "not ok - the kernel log says $why"
		failed=1
	fi
	(cd "$tree" && python3 tools/testing/kunit/kunit.py parse "$console") || failed=1
}

# Not head, which ends the first of them early, so that many complaints would be none.
complaint() { grep -E "$complaints" "$1" | grep -vE "$harmless" | sed -n 1p | tr -d '\r' | grep .; }

# Why a machine has not come to its end.
ended() {
	case $1 in
	124 | 137) echo "it was still running after $boot_seconds s" ;;
	0) complaint "$2" || sed -n 's/^init FAILED/init: /p' "${2}.results" | grep . || echo "it ended early" ;;
	*) tail -n 1 "$2.qemu" ;;
	esac
}

declare -A cell
reasons=()	# why tests were skipped, the first is (1)

note() {
	local i

	for i in "${!reasons[@]}"; do
		[[ ${reasons[i]} != "$1" ]] || break
		i=
	done
	[[ ${i-} ]] || { i=${#reasons[@]}; reasons+=("$1"); }
	note="($((i + 1)))"
}

# What is said of a test in a set-up, as a line for whom it counts and as a cell.
evaluate() {
	local word why note=

	read -r word why < <(sed -n "s/^$2 //p" "$log/$name_of_log-$1.results" | tail -n 1) || word=
	case $word in
	ok) echo "ok - $label$1: $2" ;;
	skipped)
		echo "ok - $label$1: $2 # SKIP $why"
		note "$why"
		;;
	*)
		echo "not ok - $label$1: $2: ${why:-no result}"
		word=FAILED failed=1
		;;
	esac
	cell[$1/$2]=$word${note:+ $note}
}

table() {
	local name t

	[[ -z $label || $dma_buf ]] || echo "Linux ${label%, }"
	printf '%-20s' "${dma_buf:+${label%, }}"
	printf ' %-13s' "$@"
	echo
	for t in "${tests[@]}"; do
		printf '%-20s' "$t"
		for name; do
			printf ' %-13s' "${cell[$name/$t]}"
		done
		echo
	done
	for name in "${!reasons[@]}"; do
		echo "($((name + 1))) ${reasons[name]}"
	done
}

command -v "$qemu" >/dev/null || die "there is no $qemu: run 'make setup'"
lock qemu
mkdir -p "$log"
(($#)) || set -- "${setups[@]}"
for name; do
	machine "$name"
done
[[ $module && $label ]] || say "building the kernel in ${out#"$top"/}"
build_all >"$log/$name_of_log.build" 2>&1 ||
	{ tail -n 20 "$log/$name_of_log.build" >&2; die "building failed; the log is $log/$name_of_log.build"; }
failed=0
if [[ $kunit ]]; then
	for name; do
		boot_kunit "$name"
	done
	exit "$failed"
fi
for name; do
	boot "$name"
done
[[ ! $selftests ]] || exit 0
for name; do
	for t in "${tests[@]}"; do
		evaluate "$name" "$t"
	done
done
table "$@" | sed 's/^/| /; s/ *$//'
exit "$failed"
