#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own tests of dma-bufs, iommufd and VFIO, of the same source, on an
# unmodified kernel and on one that has range lists: what passes there has to pass here.
#
# Prints a line for each test and a table behind "|". What the programs say is in
# build/log/selftests-intel-lazy and build/log/selftests-plain-intel-lazy.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

here=$build/log/selftests-intel-lazy.results
there=$build/log/selftests-plain-intel-lazy.results

"$top/tools/qemu.sh" --selftests --plain
"$top/tools/qemu.sh" --selftests

# First what the plain kernel says, then what this one does.
awk '
	{ name = $1; word = $2; sub(/^[^ ]+ [^ ]+ ?/, ""); why = $0 }
	name == "end" { next }
	!(name in seen) { seen[name] = 1; order[n++] = name }
	FILENAME == ARGV[1] { plain[name] = word; next }
	{ ours[name] = word; reason[name] = why }
	END {
		for (i = 0; i < n; i++) {
			name = order[i]
			p = plain[name] ? plain[name] : "none"
			o = ours[name] ? ours[name] : "none"
			if (split(name, part, "/") > 1) {
				if (!(part[1] in programs)) { programs[part[1]] = 1; list[m++] = part[1] }
				count[part[1], "plain", p]++
				count[part[1], "ours", o]++
			}
			if (o == "ok")
				print "ok - " name
			else if (o == "skipped" && p == "skipped")
				print "ok - " name " # SKIP on both kernels" (reason[name] ? ": " reason[name] : "")
			else if (o == p && p != "none")
				print "ok - " name " # SKIP it fails without range lists, too"
			else {
				print "not ok - " name ": " o " " reason[name] ", without range lists " p
				bad = 1
			}
		}
		printf "| %-30s %28s %28s\n", "", "without range lists", "with range lists"
		for (i = 0; i < m; i++)
			printf "| %-30s %6d ok %3d skipped %2d failed %6d ok %3d skipped %2d failed\n", list[i],
				count[list[i], "plain", "ok"], count[list[i], "plain", "skipped"],
				count[list[i], "plain", "FAILED"], count[list[i], "ours", "ok"],
				count[list[i], "ours", "skipped"], count[list[i], "ours", "FAILED"]
		exit bad || !m
	}' "$there" "$here"
