#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot user-mode Linux with the sample driver and show its report. The exit status
# says whether it ends in OK.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

out=$build/um-run
root=$build/run-root	# the machine's root directory, through hostfs
log=$build/log/run

lock run
mkdir -p "$(dirname "$log")" "$root"/{dev,proc,sys}
build_um "$out" samples/range_list/demo.config
gcc -static -O2 -Wall -o "$root/init" "$top/tests/demo/init.c"

# The console carries the kernel's log at level 0 to 3 only: the report is readable.
status=0
timeout 120 "$out/linux" mem=256M root=/dev/root rootfstype=hostfs rootflags="$root" rw \
	init=/init quiet loglevel=3 panic=-1 con=null con0=null,fd:1 </dev/null >"$log" 2>"$log.err" || status=$?
tr -d '\r' <"$log"
if ! tr -d '\r' <"$log" | grep -qx OK; then
	tail -n 20 "$log.err" >&2
	die "the report does not end in OK (exit status $status of the machine); the log is $log"
fi
