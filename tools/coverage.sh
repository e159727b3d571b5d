#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Line coverage of lib/range_list by the host harness and KUnit together. The
# engine must reach 95 %.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

um=$build/um-cov
json=$build/coverage
log=$build/log/coverage

lock coverage
mkdir -p "$um" "$json" "$(dirname "$log")"
rm -f "$json"/*.json
say "host harness"
make -C "$top/tests/host" coverage >"$log.host" 2>&1 || { tail -n 20 "$log.host" >&2; die "the host harness failed; see $log.host"; }

say "KUnit on user-mode Linux with gcov"
find "$um" -name '*.gcda' -delete
(cd "$tree" && tools/testing/kunit/kunit.py run --arch=um --build_dir="$um" --jobs="$jobs" \
	--kunitconfig=lib/range_list --kconfig_add CONFIG_DEBUG_KERNEL=y --kconfig_add CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y \
	--kconfig_add CONFIG_GCOV=y --make_options CC="$(kernel_cc)") >"$log.kunit" 2>&1 ||
	{ tail -n 20 "$log.kunit" >&2; die "KUnit failed; see $log.kunit"; }

n=0
while read -r data; do
	n=$((n + 1))
	(cd "$(dirname "$data")" && gcov --json-format --stdout "$(basename "$data")") >"$json/$n.json" 2>>"$log.gcov"
done < <(find "$build/host-cov" "$um/lib/range_list" -name '*.gcda' 2>/dev/null)
((n)) || die "neither run left coverage data"
python3 "$top/tools/coverage.py" "$json"/*.json
