#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Where the time of the benchmark goes: the same kernel, built with frame
# pointers, under perf. Everything that a function called while it was measured
# is counted for that function:
#
#	BENCH=append BENCH_SHAPES=scattered BENCH_N=64 profile.sh [FUNCTION...]
#
# Without FUNCTION it is all of the benchmark's own. BENCH_ROUNDS= is the number
# of samples of each variant. Needs build/tree (make profile sees to it).

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/um-profile
log=$build/log/profile
minutes=30

[[ ${BENCH-} ]] || die "which bench? use: make profile BENCH=append BENCH_SHAPES=scattered BENCH_N=64"
command -v perf >/dev/null || die "there is no perf; on Debian it is in the package linux-perf"

lock profile
mkdir -p "$out" "$build/log"
grep '^CONFIG_' "$top/lib/range_list/bench.config" >"$out/fragment"
say "building user-mode Linux with frame pointers in ${out#"$top"/}"
{
	make -s -C "$tree" O="$out" ARCH=um CC="$(kernel_cc gcc)" KCONFIG_ALLCONFIG=fragment alldefconfig &&
		make -s -C "$tree" O="$out" ARCH=um CC="$(kernel_cc gcc)" -j"$jobs" \
			KCFLAGS="-fno-omit-frame-pointer -fno-optimize-sibling-calls" linux
} >"$log.build" 2>&1 || { tail -n 20 "$log.build" >&2; die "building $out failed; the log is $log.build"; }

say "measuring"
timeout -k 10 "${minutes}m" perf record -q -g -e cpu-clock -F 8000 -o "$log.data" \
	"$out/linux" mem=2560M root=none panic=-1 con0=fd:0,fd:1 range_list_bench.only="$BENCH" \
	range_list_bench.shapes="${BENCH_SHAPES-}" range_list_bench.rounds="${BENCH_ROUNDS-200}" \
	${BENCH_N+range_list_bench.min_n="$BENCH_N" range_list_bench.max_n="$BENCH_N"} \
	</dev/null >"$log.console" 2>&1 || die "the benchmark did not end well; the log is $log.console"
perf script -i "$log.data" -F ip,sym 2>/dev/null | "$top/tools/profile.py" "$@"
