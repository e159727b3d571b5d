#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the test stages, all of them or those named, and count their tests:
#
#	test.sh [STAGE...]
#
# A stage is a function below. It says what it tests in lines "ok - name",
# "not ok - name" and "ok - name # SKIP why", or in the summary of kunit.py, and
# succeeds if all is well. What it prints goes to build/log/STAGE.log; lines that
# begin with "|" are shown as well.
#
# Three lists of stages run beside each other, because few keep two processors busy.
#
# shellcheck disable=SC2317 # stages are called by name

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

programs=(apply host gdb fuzz coccinelle docs)
um=(kunit kunit-kasan kunit-drm run check)
machines=(qemu smp dma-buf selftests module)
stages=("${programs[@]}" "${um[@]}" "${machines[@]}")
stage_minutes=40	# a stage that hangs fails
# The same programs each time: what was right must not fail by chance.
export FUZZ_SECONDS=${FUZZ_SECONDS-60} FUZZ_SEED=${FUZZ_SEED-1}

# one COMMAND...: a stage that is one test.
one() {
	if "$@"; then echo "ok - $stage"; else echo "not ok - $stage"; return 1; fi
}

with_tree() { "$top/tools/tree.sh" && "$@"; }

apply() { "$top/tests/apply.sh"; }
host() { make -C "$top/tests/host" test; }
gdb() { one "$top/tests/gdb.sh"; }

# in_debian_13 WHAT ARGUMENT...: packages to download, and minutes, for who asks for it.
in_debian_13() {
	if [[ ${DEBIAN_13-} ]]; then
		"$top/tools/debian.sh" "${@:2}"
	else
		echo "ok - $1 # SKIP it takes a Debian 13 of its own: make test DEBIAN_13=1"
	fi
}

coccinelle() {
	local status=0

	"$top/tests/coccinelle/run.py" || status=1
	"$top/tests/convert.sh" || status=1
	in_debian_13 "Debian's Coccinelle" --coccinelle || status=1
	return $status
}

fuzz() { one make -C "$top/tests/host" fuzz; }
qemu() { with_tree "$top/tools/qemu.sh"; }

# KUnit tests of several threads, on two processors.
smp() { with_tree "$top/tools/qemu.sh" --kunit; }

# Also on an unmodified kernel, where what needs ranges must fail.
dma-buf() {
	local status=0

	with_tree "$top/tools/qemu.sh" --dma-buf || status=1
	"$top/tools/qemu.sh" --dma-buf --plain || status=1
	return $status
}

selftests() { with_tree "$top/tools/selftests.sh"; }

# On an unmodified kernel, and on Debian's where that is possible.
module() {
	local status=0

	"$top/tests/module.sh" || status=1
	"$top/tools/qemu.sh" --module || status=1
	in_debian_13 "Debian's kernels" || status=1
	return $status
}

run() { with_tree one "$top/tools/run.sh"; }
check() { with_tree "$top/tools/check.sh"; }
docs() { with_tree one "$top/tools/docs.sh"; }
kunit() { with_tree run_kunit um lib/range_list; }

# Memory errors, lock order, sleeping in atomic context, misuse of the DMA API:
# nothing that a test would see by itself.
kunit-kasan() { with_tree run_kunit um-kasan lib/range_list/kasan.kunitconfig; }

# Objects of DRM, by the kernel's own tests, to which patches/dma-buf add some. Those
# of TTM make it complain.
kunit-drm() { with_tree run_drm; }
run_drm() {
	local suite status=0

	for suite in drm_gem_shmem 'ttm*'; do
		kunit_py um-drm --kunitconfig=drivers/gpu/drm/tests \
			--kunitconfig=drivers/gpu/drm/ttm/tests "$suite" || status=$?
	done
	return $status
}

# kunit_py BUILD-DIRECTORY ARGUMENT...
kunit_py() {
	(cd "$tree" && python3 tools/testing/kunit/kunit.py run --arch=um --build_dir="$build/$1" \
		--jobs="$jobs" --timeout=1200 --make_options CC="$(kernel_cc gcc)" "${@:2}")
}

# run_kunit BUILD-DIRECTORY KUNITCONFIG
run_kunit() {
	local dir=$build/$1 status=0

	mkdir -p "$dir"
	rm -f "$dir/test.log"
	kunit_py "$1" --kunitconfig="$2" || status=$?
	[[ -s $dir/test.log ]] || return 1
	# What the DMA API says of itself, when it starts and when a test lets its own
	# allocation fail, is no complaint.
	if grep -nE 'BUG:|WARNING:|KASAN:|UBSAN:|Oops|INFO: possible|DMA-API: ' "$dir/test.log" |
		grep -vE 'DMA-API: (preallocated|debugging enabled|dma_debug_entry pool grown|cacheline tracking ENOMEM)'; then
		echo "not ok - the kernel log has no complaints (see $dir/test.log)"
		return 1
	fi
	echo "ok - the kernel log has no complaints"
	return $status
}

# Print "passed failed skipped" of a log.
count() {
	awk '
		/^ok .*# *SKIP/ { skipped++; next }
		/^ok / { passed++ }
		/^not ok / { failed++ }
		sub(/.*Testing complete\. Ran [0-9]+ tests: /, "") {
			n = split($0, part, ", ")
			for (i = 1; i <= n; i++) {
				split(part[i], of, ": ")
				if (of[1] == "passed") passed += of[2]
				else if (of[1] == "skipped") skipped += of[2]
				else failed += of[2]
			}
		}
		END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# report STAGE EXIT-STATUS SECONDS: what to show of a stage that has ended.
report() {
	local log=$build/log/$1.log passed failed skipped

	read -r passed failed skipped < <(count "$log")
	# Neither a failure without a failed test nor a stage without tests may pass.
	if ((failed == 0 && ($2 != 0 || passed + skipped == 0))); then
		failed=1
	fi
	echo "$passed $failed $skipped" >"$build/log/$1.count"
	printf '%-12s %4d passed, %d failed, %d skipped  %4d s\n' "$1" "$passed" "$failed" "$skipped" "$3"
	grep -E '^ok .*# *SKIP|\[SKIPPED\]|^\|' "$log" | sed 's/^/    /' || :
	if ((failed)); then
		{ grep -A 20 '^not ok ' "$log" | head -n 60 || :; echo ...; tail -n 25 "$log"; } | sed 's/^/    /'
		echo "    all of it: $log"
	fi
}

# Run stages, each in a process of its own, which can be ended when it hangs.
run_stages() {
	local name log start status text

	for name; do
		log=$build/log/$name.log start=$SECONDS status=0
		timeout -k 30 "${stage_minutes}m" "$0" --stage "$name" >"$log" 2>&1 </dev/null || status=$?
		[[ $status != 124 ]] || echo "# ended after $stage_minutes minutes" >>"$log"
		text=$(report "$name" "$status" $((SECONDS - start)))
		echo "$text"
	done
}

if [[ ${1-} = --stage ]]; then
	stage=$2
	"$stage"
	exit
fi
(($#)) || set -- "${stages[@]}"
mkdir -p "$build/log"
for name; do
	[[ " ${stages[*]} " = *" $name "* ]] || die "there is no stage '$name', only: ${stages[*]}"
	rm -f "$build/log/$name.count"
done
# wanted LIST NAME...: those of a list that are among the names.
wanted() {
	local -n list=$1
	local name

	for name in "${list[@]}"; do
		[[ " ${*:2} " != *" $name "* ]] || echo "$name"
	done
}
lanes=()
for lane in programs um machines; do
	mapfile -t todo < <(wanted "$lane" "$@")
	run_stages "${todo[@]}" &
	lanes+=($!)
done
trap 'pkill -P "$(IFS=,; echo "${lanes[*]}")"; kill "${lanes[@]}"' INT TERM
wait
for name; do
	cat "$build/log/$name.count" 2>/dev/null || echo 0 1 0
done | awk '
	{ passed += $1; failed += $2; skipped += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }'
