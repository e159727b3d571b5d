#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The gdb commands of scripts/gdb, on a program with the engine in it: a list with
# a chunk of each format must be shown as it was built.

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/list.c" <<'END'
#include "lib/range_list/range_list.c"
#include "shim.c"

void built(struct range_list *list)
{
	asm volatile("" : : "r" (list) : "memory");
}

int main(void)
{
	struct range_list list = RANGE_LIST_INIT;
	struct range_item r = { .len = 4096 };
	unsigned int i;

	for (i = 0; i < 24; i++, r.addr += 0x2000)
		range_list_append(&list, &r, GFP_KERNEL);
	for (i = 0; i < 20; i++, r.addr += (1ULL << 40) + 1)
		range_list_append(&list, &r, GFP_KERNEL);
	for (i = 0; i < 4; i++, r.flags ^= 4, r.addr += 1ULL << 62)
		range_list_append(&list, &r, GFP_KERNEL);
	built(&list);
	return 0;
}
END
gcc -g -O0 -I "$top" -I "$top/tests/host" -I "$top/include" -o "$tmp/list" "$tmp/list.c"
gdb -nx -batch -ex "source $top/scripts/gdb/linux/range_list.py" -ex 'break built' -ex run \
	-ex 'print *list' -ex 'lx-range-list list' "$tmp/list" >"$tmp/out" 2>&1

wants() { grep -q -- "$1" "$tmp/out" || { cat "$tmp/out"; echo "gdb did not show: $1"; exit 1; }; }
wants '48 ranges, 196608 bytes = {@0x0 = 0x0 +0x1000, @0x1000 = 0x2000 +0x1000,'
wants '@0x18000 = 0x30000 +0x1000, @0x19000 = 0x10000030001 +0x1000'
wants 'compact chunk .*: 24 ranges, unit 2^12, 96 of 96 bytes used'
wants ' medium chunk '
wants ' wide chunk '
wants ' bit2'
