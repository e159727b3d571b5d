#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Count the samples of "perf script -F ip,sym" by what the benchmark measured."""

import collections
import re
import sys

# What bench_run_set() and its kind measure.
BENCH = re.compile(r"^(phys_list|sg|vec|bvec|fixed|autosize|map|unmap)_\w+$")
LEAST = 50  # samples, of which a percentage means something
SHOWN = 1.5  # per cent


def stacks(lines):
    """Yield the functions of each sample, innermost first."""
    stack = []
    for line in lines:
        if line.strip():
            stack.append(line.split(None, 1)[1].strip() if " " in line.strip() else "?")
        elif stack:
            yield stack
            stack = []
    if stack:
        yield stack


def main(wanted):
    total = collections.Counter()
    own = collections.defaultdict(collections.Counter)
    below = collections.defaultdict(collections.Counter)
    for stack in stacks(sys.stdin):
        stack = [name.split(".")[0] for name in stack]
        for i, name in enumerate(stack):
            if name in wanted if wanted else BENCH.match(name):
                total[name] += 1
                own[name][stack[0]] += 1
                below[name].update(set(stack[: i + 1]))
                break
    for name, samples in total.most_common():
        if samples < LEAST:
            continue
        print(f"\n{name}: {samples} samples; % in it, % in it and what it calls")
        for callee, n in below[name].most_common():
            if 100 * n / samples >= SHOWN:
                print(f"{100 * own[name][callee] / samples:6.1f} {100 * n / samples:6.1f}  {callee}")
    if not any(n >= LEAST for n in total.values()):
        sys.exit("profile: hardly a sample is of " + (" ".join(wanted) or "the benchmark's functions"))


main(sys.argv[1:])
