#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write a series for git am: patches/series, then patches/*/, then conversions.

usage: series.py KERNEL OUTPUT-DIRECTORY

Commits are made in a repository that has only the files they touch, so that it
takes seconds. The cover letter is from the README and the performance document.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

TOP = pathlib.Path(__file__).resolve().parent.parent
CONVERTED = TOP / "build/convert/patches"
# Say what of them there is at this point of the series.
GROWING = ("lib/range_list/Kconfig", "lib/range_list/Makefile")
OVERLAY = ("include", "lib", "drivers", "scripts", "samples", "Documentation")


def die(text):
    sys.exit(f"series: {text}")


def run(*args, cwd=None, text=None):
    done = subprocess.run(args, cwd=cwd, input=text, text=True, capture_output=True)
    if done.returncode:
        die(f"{' '.join(map(str, args))}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout


def one_patch(glob):
    found = sorted((TOP / "patches").glob(glob))
    if len(found) != 1:
        die(f"patches/series: {glob} is {len(found)} patches")
    return found[0]


def read_series():
    """Yield (patch or None, message, files and patches that are part of it)."""
    step = None
    for line in (TOP / "patches/series").read_text().splitlines() + ["end"]:
        if line.startswith("\t+ "):
            step[2].append(line[3:])
        elif line.startswith("\t") or (not line and step):
            step[1].append(line[1:])
        elif line and not line.startswith("#"):
            if step:
                text = "\n".join(step[1]).strip().split("\n\n")
                yield step[0], "\n\n".join(textwrap.fill(part, 75) for part in text) + "\n", step[2]
            if line.startswith("commit "):
                step = (None, [line[7:], ""], [])
            elif line != "end":
                step = (one_patch(line), [], [])


def overlay_files(part):
    path = TOP / part
    listed = run("git", "ls-files", "--", part, cwd=TOP).split("\n") if (TOP / ".git").exists() else None
    if listed is None:
        listed = [str(p.relative_to(TOP)) for p in (path.rglob("*") if path.is_dir() else [path])]
    files = [f for f in listed if f and (TOP / f).is_file()]
    if not files:
        die(f"patches/series: there is no {part}")
    return files


def kconfig_so_far(text, have):
    """Without the symbols for which nothing is built yet."""
    makefile = (TOP / "lib/range_list/Makefile").read_text().replace("\\\n", " ")
    objects = {}
    for symbol, names in re.findall(r"^obj-\$\(CONFIG_(\w+)\)\s*\+=(.*)$", makefile, re.M):
        objects[symbol] = {f"lib/range_list/{n[:-2]}.c" for n in names.split()}
    objects["RANGE_LIST_HAVE_MOCK_IOMMU"] = objects["RANGE_LIST_MOCK_IOMMU"]
    blocks = re.split(r"(?m)^(?=(?:# .*\n)*config )", text)
    kept = [b for b in blocks if not (m := re.search(r"^config (\w+)", b, re.M)) or
            objects.get(m[1], set()) <= have]
    return "".join(kept).rstrip() + "\n"


def makefile_so_far(text, have):
    lines = []
    for line in text.replace("\\\n", " ").splitlines():
        m = re.match(r"(obj-\S+ \+=)(.*)", line)
        if m:
            names = [n for n in m[2].split() if f"lib/range_list/{n[:-2]}.c" in have]
            if not names:
                continue
            line = m[1]
            for name in names:
                last = line.rsplit("\n", 1)[-1]
                line += f" {name}" if len(last.expandtabs()) + len(name) < 72 else f" \\\n\t{name}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def touched(patches):
    files = set()
    for patch in patches:
        files.update(re.findall(r"^(?:\+\+\+ b|--- a)/(\S+)", patch.read_text(errors="surrogateescape"), re.M))
    return files


def author():
    return [run("git", "log", "-1", f"--format={f}", cwd=TOP).strip() for f in ("%an", "%ae")]


def make(kernel, out):
    name, email = author()
    later = sorted((TOP / "patches").glob("*/*.patch")) + sorted(CONVERTED.glob("*.patch"))
    steps = list(read_series())
    brings = {patch: parts for patch, _, parts in steps if patch in later}
    steps = [step for step in steps if step[0] not in brings]
    used = [patch for patch, _, _ in steps if patch]
    used += [one_patch(p[8:]) for _, _, parts in steps for p in parts if p.startswith("patches/")]
    # That one is for the coverage of tests alone, and goes to other people.
    left = set((TOP / "patches").glob("*.patch")) - set(used) - {one_patch("0007-*")}
    if left:
        die(f"patches/series does not say where {min(left).name} belongs")

    with tempfile.TemporaryDirectory() as tmp:
        tree = pathlib.Path(tmp)
        for file in touched(used + later):
            if (kernel / file).is_file():
                (tree / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(kernel / file, tree / file)
        (tree / ".base").touch()

        def git(*args, text=None):
            return run("git", "-c", f"user.name={name}", "-c", f"user.email={email}", *args, cwd=tree, text=text)

        git("init", "-q", "-b", "series")
        git("add", "-A")
        git("commit", "-qm", "base")
        have = set()

        def add(parts):
            for part in parts:
                if part.startswith("patches/"):
                    git("apply", "--whitespace=nowarn", str(one_patch(part[8:])))
                    continue
                for file in overlay_files(part):
                    have.add(file)
                    (tree / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(TOP / file, tree / file)
            for file in GROWING:
                if (tree / file).exists():
                    text = (TOP / file).read_text()
                    so_far = kconfig_so_far if file.endswith("Kconfig") else makefile_so_far
                    (tree / file).write_text(so_far(text, have))
            git("add", "-A")

        def am(patch, parts):
            git("am", "-q", str(patch))
            if parts:
                add(parts)
                git("commit", "-q", "--amend", "--no-edit")

        for patch, message, parts in steps:
            if patch:
                am(patch, parts)
            else:
                add(parts)
                git("commit", "-qsm", message)
        for patch in later:
            am(patch, brings.get(patch))
            # Who makes the series is who answers for what a rule has made.
            if patch.parent == CONVERTED:
                git("commit", "-q", "-s", "--amend", "--reset-author", "--no-edit")
        # Whatever no commit names yet, so that nothing of the overlay is missing.
        rest = [f for d in OVERLAY if (TOP / d).is_dir() for f in overlay_files(d) if f not in have]
        if rest:
            die(f"patches/series does not say where {rest[0]} belongs")

        shutil.rmtree(out, ignore_errors=True)
        git("format-patch", "-q", "--cover-letter", "--zero-commit", "--no-signature", "-o", str(out), "HEAD~" +
            str(int(git("rev-list", "--count", "HEAD")) - 1))
    cover(out / "0000-cover-letter.patch")
    count = len(list(out.glob("*.patch"))) - 1
    print(f"series: {count} patches and a cover letter in {out}")


def cover(path):
    readme = (TOP / "README.md").read_text()
    what = re.search(r"## What it is\n\n(.*?)\n## ", readme, re.S)
    perf = (TOP / "Documentation/core-api/range-list-performance.rst").read_text()
    text = path.read_text()
    text = text.replace("*** SUBJECT HERE ***", "Range lists for the DMA API")
    tables = []
    for title, section in (("Memory, bytes a range", "Memory"), ("Walking, ns a range, minimum / median", "Walking"),
                           ("Mapping behind an IOMMU, ns a page, minimum / median", "Mapping")):
        table = re.search(rf"^{section}\n=+\n.*?^(=+  .*?\n=+  .*?\n.*?\n=+  [= ]+)$", perf, re.S | re.M)
        if table:
            tables.append(f"{title}:\n\n{table[1]}")
    blurb = [what[1].strip() if what else "", *tables,
             "How these were measured, and what is slower, is in Documentation/core-api/range-list-performance.rst."]
    path.write_text(text.replace("*** BLURB HERE ***", "\n\n".join(blurb)))


def main():
    if len(sys.argv) != 3:
        die("usage: series.py KERNEL OUTPUT-DIRECTORY")
    kernel = pathlib.Path(sys.argv[1])
    if not (kernel / "Kbuild").is_file():
        die(f"{kernel} is no kernel source")
    if (kernel / ".range-list").exists():
        die(f"{kernel} has the project applied already; use: make unapply KDIR={kernel}")
    make(kernel, pathlib.Path(sys.argv[2]).resolve())


main()
