#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Put the figures of a bench.json into the tables of a document.

A comment before a table says what it shows:

    .. bench: NAME [PART] [SHAPE] [total]

The rows and columns are those that the table has; with "total", figures are for all
ranges of a row instead of for one. Prints how many times less than each peer
the first column is, minimum and median, for the text around the table.
"""

import argparse
import json
import pathlib
import re
import sys

COLUMNS = {
    "range list": "phys_range_list",
    "one by one": "phys_range_list_single",
    "dma_iova_link, once": "dma_iova_link_once",
    "ranges, table": "phys_range_list_sgt",
    "list kept": "phys_range_list_kept",
    "table kept": "scatterlist_kept",
}
TABLE = re.compile(
    r"(?P<head>^\.\. bench: (?P<what>.+)\n\n)(?P<line>=+(?:  =+)+)\n(?P<title>.*)\n(?P=line)\n(?P<rows>(?:.*\n)*?)(?P=line)$", re.M)
SHAPES = ("scattered", "runs", "alternating", "contiguous", "offsets", "mixed")


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def split(line, widths):
    """The cells of a row; the last one may be longer than its column."""
    cells, start = [], 0
    for width in widths:
        cells.append(line[start:start + width].strip())
        start += width + 2
    return cells


def fill(match, records):
    what = match["what"].split()
    total = what[-1] == "total"
    name, part, shape = what[0], None, "scattered"
    for word in what[1:len(what) - total]:
        if word in SHAPES:
            shape = word
        else:
            part = word
    widths = [len(w) for w in match["line"].split("  ")]
    title = split(match["title"], widths)
    first = title.index("range list")
    rows, ratios = [title], []
    label = ""
    for line in match["rows"].splitlines():
        cells = split(line, widths)
        key = {"shape": shape, "part": part}
        for i, column in enumerate(title):
            if column == "shape":
                key["shape"] = cells[i]
            elif column in ("n", "pages"):
                key["n"] = int(cells[i])
            elif column in ("what", "device"):
                label = label if cells[i] == "\\" else cells[i]
                key["part"] = label.split(",")[0]
            else:
                at = (name, key["part"], key["shape"], key["n"], COLUMNS.get(column, column))
                record = records.pop(at, None)
                if record is None and cells[i]:
                    sys.exit(f"{match['what']}: there is no record of {at}")
                factor = key["n"] if total else 1
                if not record or "error" in record:
                    cells[i] = ""
                elif "memory" in (name, key["part"]):
                    cells[i] = number(record["min"])
                else:
                    cells[i] = "{} / {}".format(*(number(record[k] * factor) for k in ("min", "median")))
                if record and i == first:
                    own = record
                elif record and "error" not in record:
                    ratios.append(f"  {key['part'] or ''} {key['shape']} {key['n']} {column}: "
                                  f"{record['min'] / own['min']:.2f} {record['median'] / own['median']:.2f}")
        rows.append(cells)
    print(match["what"], *ratios, sep="\n")
    widths = [max(map(len, column)) for column in zip(*rows)]
    line = "  ".join("=" * w for w in widths)
    text = ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows]
    return match["head"] + "\n".join([line, text[0], line, *text[1:], line])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("json", type=pathlib.Path)
    parser.add_argument("document", type=pathlib.Path)
    args = parser.parse_args()
    records = {(r["bench"], r.get("part"), r["shape"], r["n"], r["variant"]): r
               for r in json.loads(args.json.read_text())["records"]}
    text = args.document.read_text()
    if not TABLE.search(text):
        sys.exit(f"{args.document}: no table follows a comment '.. bench:'")
    # The same figure may be in two tables.
    args.document.write_text(TABLE.sub(lambda m: fill(m, dict(records)), text))


if __name__ == "__main__":
    main()
