#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make bench.json, a table and bench.svg of what the benchmark printed."""

import argparse
import json
import pathlib
import subprocess
import sys

MARK = "RANGE_LIST_BENCH: {"
# What the others are compared with: the first of these that is there.
BASES = ("scatterlist", "sg_append_table", "hmm_dma_map")
COLORS = {
    "phys_range_list": "#d62728",
    "phys_range_list_single": "#ff9896",
    "phys_range_list_sgt": "#ff9896",
    "phys_range_list_kept": "#e377c2",
    "scatterlist": "#1f77b4",
    "scatterlist_chain": "#9ecae1",
    "scatterlist_kept": "#9ecae1",
    "phys_vec": "#7f7f7f",
    "bio_vec": "#bcbd22",
    "fixed_entry": "#2ca02c",
    "autosize_entry": "#9467bd",
    "dma_iova_link": "#ff7f0e",
    "sg_append_table": "#1f77b4",
    "page_array": "#7f7f7f",
    "hmm_dma_map": "#ff7f0e",
    "dma_map_page": "#8c564b",
    "blk_rq_dma_map_iter": "#ff7f0e",
}


def number(value):
    """As much of it as means something."""
    if value < 1:
        return f"{value:.2g}"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def unique(values):
    return list(dict.fromkeys(values))


def name(record):
    """What was measured."""
    return " ".join(record[key] for key in ("bench", "part") if key in record)


def table(records):
    """Print min/median and how many times less than what they are compared with."""
    for bench, shape in unique((name(r), r["shape"]) for r in records):
        group = [r for r in records if (name(r), r["shape"]) == (bench, shape)]
        variants = unique(r["variant"] for r in group)
        base_variant = next((v for v in BASES if v in variants), variants[0])
        unit = next((r["unit"] for r in group if "unit" in r), "")
        print(f"\n{bench}, {shape}: {unit}, min/median (less than {base_variant}: min, median)")
        rows = [["n", *variants]]
        for n in unique(r["n"] for r in group):
            row = {r["variant"]: r for r in group if r["n"] == n}
            base = row.get(base_variant, {"error": 0})
            rows.append([str(n), *(cell(row.get(v), base) for v in variants)])
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            print("  ".join(text.rjust(width) for text, width in zip(row, widths)))


def cell(record, base):
    if record is None:
        return "-"
    if "error" in record:
        return f"error {record['error']}"
    text = number(record["min"])
    if record["rounds"] > 1:
        text += "/" + number(record["median"])
    if "error" not in base and record is not base and record["min"] and record["median"]:
        text += f" ({base['min'] / record['min']:.1f}x"
        if record["rounds"] > 1:
            text += f" {base['median'] / record['median']:.1f}x"
        text += ")"
    return text


def charted(record):
    """Is it one for the charts?"""
    return record["shape"] == "scattered" and "error" not in record


def chart(records, path):
    """Small multiples: one per bench, of single pages in random order."""
    records = [r for r in records if charted(r)]
    benches = unique(name(r) for r in records)
    variants = unique(r["variant"] for r in records)
    columns = min(3, len(benches) + 1)
    rows = -(-(len(benches) + 1) // columns)
    out = [
        f"set terminal svg size {columns * 400},{rows * 300} font 'sans,12' background 'white'",
        f"set output '{path}'",
        f"set multiplot layout {rows},{columns}",
        "set logscale xy",
        "set grid ytics lc rgb '#dddddd'",
        "set border 3",
        "set tics nomirror",
        "set format x '%.0s%c'",
        "set format y '%g'",
        "set xtics 1,100,1e8",
        "set xlabel 'ranges' offset 0,0.5",
        "unset key",
    ]
    for bench in benches:
        plots = []
        group = [r for r in records if name(r) == bench]
        for i, variant in enumerate(v for v in variants if any(r["variant"] == v for r in group)):
            points = [f"{r['n']} {r['median']}" for r in group if r["variant"] == variant]
            out += [f"$d{i} << EOD", *points, "EOD"]
            plots.append(f"$d{i} using 1:2 with linespoints pt 7 ps 0.4 lw 2 lc rgb '{COLORS[variant]}'")
        out += [f"set title '{bench}' noenhanced", f"set ylabel '{group[0]['unit']}' noenhanced", "plot " + ", ".join(plots)]
    legend = [f"NaN with lines lw 4 lc rgb '{COLORS[v]}' title '{v}' noenhanced" for v in variants]
    out += [
        "set title 'single pages in random order, median' noenhanced",
        "unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset logscale",
        "set key center center",
        "plot [0:1] [0:1] " + ", ".join(legend),
        "unset multiplot",
    ]
    subprocess.run(["gnuplot"], input="\n".join(out) + "\n", text=True, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--arch", required=True)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("dir", type=pathlib.Path)
    args = parser.parse_args()

    lines = args.log.read_text(errors="replace").splitlines()
    records = [json.loads(line[line.index(MARK) + len(MARK) - 1:]) for line in lines if MARK in line]
    if not records:
        sys.exit("no such bench: there are no results")
    result = {"schema": 1, "kernel": args.kernel, "arch": args.arch, "records": records}
    (args.dir / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    written = [args.dir / "bench.json"]
    if any(charted(r) for r in records):
        written.append(args.dir / "bench.svg")
        chart(records, written[-1])
    table(records)
    print("\n" + ", ".join(map(str, written)))


main()
