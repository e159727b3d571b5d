#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the project's documents, and only these, with the kernel's own Sphinx
# configuration and kernel-doc extension. A warning is an error.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

src=$build/docs/Documentation
html=$build/docs/html
log=$build/docs/sphinx.log

mapfile -t docs < <(cd "$top" && find Documentation -name '*.rst' 2>/dev/null | sort)
((${#docs[@]})) || die "there are no documents"

# The rest of the kernel's documentation is not built, but must lead here.
for doc in "${docs[@]}"; do
	name=$(basename "$doc" .rst)
	grep -qx " *$name\(\.rst\)\?" "$tree/$(dirname "$doc")/index.rst" ||
		die "$(dirname "$doc")/index.rst does not list $name"
done

rm -rf "$build/docs"
mkdir -p "$src"
cp -r "$top/Documentation/." "$src"
# The kernel's extensions insist on the name of the directory and on this beside it.
ln -s "$tree/MAINTAINERS" "$build/docs/"
{
	printf '%s\n' 'Range lists for the DMA API' '===========================' '' '.. toctree::' ''
	printf '   %s\n' "${docs[@]#Documentation/}"
} >"$src/index.rst"

# Sphinx and its dependencies are Debian's, so the interpreter must be as well.
if ! srctree=$tree PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m sphinx -q -W --keep-going -j "$jobs" \
	-b html -c "$tree/Documentation" -d "$build/docs/doctrees" \
	-D kerneldoc_srctree="$tree" -D project="Range lists" "$src" "$html" >"$log" 2>&1; then
	cat "$log" >&2
	die "the documents have errors or warnings"
fi
say "${#docs[@]} documents in $html/index.html"
