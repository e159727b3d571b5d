# SPDX-License-Identifier: GPL-2.0
# Lines of @file that any of the builds in the output of gcov -t has run.

$2 + 0 == 0 && $3 == "Source" { on = $4 ~ "(^|/)" file "$" }
!on || $2 + 0 == 0 || $1 ~ /-$/ { next }
{
	line = $2 + 0
	text[line] = $0
	sub(/^[^:]*:[^:]*:/, "", text[line])
	if ($1 !~ /#|=/)
		hit[line] = 1
	last = line > last ? line : last
}
END {
	for (line = 1; line <= last; line++) {
		if (!(line in text))
			continue
		total++
		if (line in hit)
			reached++
		else
			printf "not reached: %s:%d:%s\n", file, line, text[line]
	}
	printf "%s: %d of %d lines, %.1f %%\n", file, reached, total, 100 * reached / total
}
