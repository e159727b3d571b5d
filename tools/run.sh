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

# User-mode Linux wants pipes for its console. Only its own programs speak at this
# level of the log, so that the report is readable.
timeout 120 "$out/linux" mem=256M root=/dev/root rootfstype=hostfs rootflags="$root" rw \
	init=/init quiet loglevel=0 panic=-1 </dev/null 2>"$log.err" |
	tr -d '\r' >"$log" || true
cat "$log"
grep -qx OK "$log" || { tail -n 20 "$log.err" >&2; die "the report does not end in OK; the log is $log"; }
