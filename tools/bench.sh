#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a user-mode Linux that does nothing but measure, and show what it found:
#
#	BENCH=iterate,append bench.sh	only these benches
#	BENCH_SHAPES=scattered,runs	only these inputs
#	BENCH_ROUNDS=50			samples of each variant, 20 if not given
#	BENCH_MAX_N=4096		most ranges in a list
#
# The results are build/bench/bench.json and bench.svg. Needs build/tree (make
# bench sees to it).

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/um-bench
dir=$build/bench
log=$dir/console
minutes=30	# a benchmark that hangs has failed; one that works takes less than 8
memory_mb=4096	# of the machine, where all of it is needed
# That many ranges need most of it.
huge=16777216

um_make() {
	make -s -C "$tree" O="$out" ARCH=um CC="$(kernel_cc gcc)" -j"$jobs" "$@"
}

# Like build_um, but without what kunit.py adds.
build_kernel() {
	local build_log=$build/log/um-bench.build

	mkdir -p "$out" "$build/log"
	grep '^CONFIG_' "$top/lib/range_list/bench.config" >"$out/fragment"
	{ um_make KCONFIG_ALLCONFIG=fragment alldefconfig && um_make linux; } >"$build_log" 2>&1 ||
		{ tail -n 20 "$build_log" >&2; die "building $out failed; the log is $build_log"; }
	! grep '=y$' "$out/fragment" | grep -vxFf "$out/.config" || die "these options cannot be had"
}

lock bench
mkdir -p "$dir"
say "building user-mode Linux in ${out#"$top"/}"
build_kernel

args=()
[[ -z ${BENCH-} ]] || args+=("range_list_bench.only=$BENCH")
[[ -z ${BENCH_SHAPES-} ]] || args+=("range_list_bench.shapes=$BENCH_SHAPES")
[[ -z ${BENCH_ROUNDS-} ]] || args+=("range_list_bench.rounds=$BENCH_ROUNDS")
max=${BENCH_MAX_N-$huge}
avail=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
if ((max >= huge && avail < memory_mb + 512)); then
	say "$avail MB of memory are free: leaving out lists of $huge ranges"
	max=$((huge / 16))
fi
((max >= huge)) || memory_mb=2048
args+=("range_list_bench.max_n=$max")

say "measuring"
status=0
timeout -k 10 "${minutes}m" "$out/linux" mem="${memory_mb}M" root=none panic=-1 con0=fd:0,fd:1 "${args[@]}" \
	</dev/null >"$log" 2>"$log.err" || status=$?
if ! grep -q $'RANGE_LIST_BENCH: done 0\r*$' "$log"; then
	tail -n 20 "$log" "$log.err" >&2
	die "the benchmark did not end well (exit status $status of the machine); the log is $log"
fi
"$top/tools/bench-report.py" --kernel "$(<"$out/include/config/kernel.release")" --arch um "$log" "$dir"
