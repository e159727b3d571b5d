#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Unite the line coverage in gcov's JSON files, and check it for the engine."""

import collections
import json
import sys

ENGINE = "lib/range_list/range_list.c"
WANTED = 95.0
SKIP = ("_kunit.c", "_bench.c", "mock_iommu.c")


def main():
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            # gcov prints one document for each object, one after the other.
            documents = file.read().splitlines()
        for text in documents:
            for source in json.loads(text)["files"]:
                at = source["file"].find("lib/range_list/")
                if at < 0 or source["file"].endswith(SKIP):
                    continue
                of = lines[source["file"][at:]]
                for line in source["lines"]:
                    of[line["line_number"]] += line["count"]

    engine = 0.0
    for path in sorted(lines):
        of = lines[path]
        missed = sorted(n for n in of if not of[n])
        share = 100.0 * (len(of) - len(missed)) / len(of)
        print(f"{share:6.2f} %  {path}  ({len(of)} lines)")
        if missed:
            print("          not reached:", *missed)
        if path == ENGINE:
            engine = share
    if engine < WANTED:
        sys.exit(f"coverage: {engine:.2f} % of {ENGINE}, wanted {WANTED} %")


if __name__ == "__main__":
    main()
