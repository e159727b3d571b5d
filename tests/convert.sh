#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# make convert on a small tree: what it writes, what it changes, and what it does
# with bad input.

set -uo pipefail
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tree=$tmp/linux
status=0

result() {
	if (($1)); then
		echo "not ok - $2"
		sed 's/^/# /' "$tmp/out"
		status=1
	else
		echo "ok - $2"
	fi
}

# A copy of the tool, which writes below where it is.
mkdir -p "$tmp/project/scripts/coccinelle/api" "$tmp/project/tools"
cp "$top/tools/convert.py" "$tmp/project/tools/"
cp -r "$top/scripts/coccinelle/api/range_list" "$tmp/project/scripts/coccinelle/api/"
out=$tmp/project/build/convert

convert() { env KDIR="$tree" "$@" "$tmp/project/tools/convert.py" >"$tmp/out" 2>&1; }

new_tree() {
	rm -rf "$tree"
	mkdir -p "$tree/include/linux" "$tree/drivers/x"
	touch "$tree/Kbuild" "$tree/include/linux/phys_range.h"
	cp "$top/tests/coccinelle/one-assigned.c" "$tree/drivers/x/a.c"
	cp "$top/tests/coccinelle/resource.c" "$tree/drivers/x/b.c"
	cp "$top/tests/coccinelle/list-scsi.c" "$tree/drivers/x/c.c"
	echo 'obj-m += y.o
y-y := a.o b.o' >"$tree/drivers/x/Makefile"
}

sum() { find "$tree" -type f ! -path '*/.git/*' -exec sha256sum {} + | sort | sha256sum; }

# refuses TEXT NAME VARIABLE=VALUE...: fails, says so in one line, changes nothing
refuses() {
	local text=$1 name=$2 before bad=0

	shift 2
	before=$(sum)
	if convert "$@"; then bad=1; fi
	grep -q -- "$text" "$tmp/out" || bad=1
	[[ $(grep -vc '^$' "$tmp/out") = 1 ]] || bad=1
	[[ $(sum) = "$before" ]] || bad=1
	result $bad "$name"
}

new_tree
before=$(sum)
convert && [[ $(sum) = "$before" ]] && [[ $(find "$out/patches" -name '*.patch' | wc -l) = 1 ]]
result $? "one patch for a driver of two files, and the tree as it was"

cp -r "$tree" "$tmp/patched"
cat "$out"/patches/*.patch | (cd "$tmp/patched" && git apply) >>"$tmp/out" 2>&1
result $? "the patch applies"

python3 - "$out/report.json" <<-'END' >>"$tmp/out" 2>&1
	import json, sys
	sites = json.load(open(sys.argv[1]))['sites']
	keys = {'kind', 'file', 'line', 'function', 'family', 'outcome', 'reason'}
	assert [set(site) for site in sites] == [keys] * 3, sites
	assert [site['outcome'] for site in sites] == ['converted', 'converted', 'reported'], sites
	assert [site['file'] for site in sites] == ['drivers/x/%s.c' % x for x in 'abc'], sites
	assert sites[2]['reason'], sites
END
result $? "the report has every place"

grep -q '<details>' "$out/report.html" && grep -q 'SCSI' "$out/report.html" && grep -q 'SCSI' "$out/report.txt"
result $? "reports for people"

convert APPLY=1 && diff -r "$tree" "$tmp/patched" >>"$tmp/out"
result $? "APPLY=1 does what the patches do"

convert APPLY=1 && grep -q '^0 files changed' "$tmp/out"
result $? "there is nothing to do a second time"

new_tree
convert FILES=drivers/x/b.c && [[ $(grep -c . "$out/report.txt") = 2 ]]
result $? "FILES= a file"

mkdir "$tmp/outside"
cp "$top/tests/coccinelle/resource.c" "$tmp/outside/driver.c"
convert FILES="$tmp/outside" INCLUDE="$tmp/outside" APPLY=1 && grep -q dma_map_phys "$tmp/outside/driver.c"
result $? "a driver outside of the tree"

# Headers of drivers are not converted, but looked at.
mkdir "$tmp/outside/header"
cat >"$tmp/outside/header/x.h" <<'END'
/* dma_map_sg() is for lists */
#define x_map(x) dma_map_sg((x)->dev, (x)->sgl, (x)->n, DMA_TO_DEVICE)
static inline int x_map_table(struct x *x)
{
	return dma_map_sgtable(x->dev, x->table, DMA_TO_DEVICE, 0);
}
END
(printf '#include "header/x.h"\n'; cat "$top/tests/coccinelle/resource.c") >"$tmp/outside/driver.c"
convert FILES="$tmp/outside/driver.c" && grep -q 'x.h:2: sguser: x_map: reported: it is in a macro of a header' "$out/report.txt" &&
	grep -q 'x.h:5: sguser: x_map_table: reported: it is in a function of a header' "$out/report.txt" &&
	[[ $(grep -c 'x.h:' "$out/report.txt") = 2 ]]
result $? "a driver that maps in its header"

# One whose files are linked by a Makefile that is elsewhere.
mkdir "$tmp/outside/two files"
cp "$top/tests/coccinelle/one-assigned.c" "$tmp/outside/two files/a.c"
cat >"$tmp/outside/two files/b.c" <<-'END'
	static void x_free(struct x *x)
	{
		dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	}
END
convert FILES="$tmp/outside/two files/a.c" && grep -q 'a.c:6: .*reported: what is mapped here is unmapped in .*/b.c' "$out/report.txt"
result $? "a file of a driver outside of the tree"
convert FILES="drivers/x/b.c '$tmp/outside/two files'" && grep -q 'a.c:6: .*converted' "$out/report.txt"
result $? "names with spaces"
(cd "$tmp/outside" && git init -q . && sed "s#^\(+++\|---\) [ab]/.*/outside/#\1 a/#" "$out"/patches/*outside*.patch | git apply --check) >>"$tmp/out" 2>&1
result $? "a patch of a name with spaces applies"

sed 's/$/\r/' "$top/tests/coccinelle/resource.c" >"$tmp/outside/driver.c"
convert FILES="$tmp/outside/driver.c" APPLY=1 && grep -q 'dma_map_phys.*'$'\r' "$tmp/outside/driver.c" &&
	! grep -qv $'\r$' "$tmp/outside/driver.c"
result $? "ends of lines stay as they are"

# Two files of one driver: the other one unmaps what is mapped here.
new_tree
cat >"$tree/drivers/x/b.c" <<-'END'
	static void x_free(struct x *x)
	{
		dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	}
END
convert FILES=drivers/x/a.c && grep -q 'a.c:6: .*reported: what is mapped here is unmapped in drivers/x/b.c' "$out/report.txt" &&
	! compgen -G "$out/patches/*.patch" >/dev/null
result $? "a driver of which only one file can be converted"

convert FILES=drivers/x && grep -q 'a.c:6: .*converted' "$out/report.txt" &&
	grep -q '^+++ b/drivers/x/b.c' "$out"/patches/*.patch
result $? "a driver whose files are converted together"

# What was mapped elsewhere is not that.
sed -i 's/x->sg/x->other/' "$tree/drivers/x/b.c"
convert FILES=drivers/x && grep -q 'a.c:6: .*reported: what is mapped here is unmapped in drivers/x/b.c' "$out/report.txt"
result $? "a driver whose files do not belong together"

# Another file maps more than one in a list of the same name.
sed -i 's/x->other/x->sg/' "$tree/drivers/x/b.c"
cat >"$tree/drivers/x/c.c" <<-'END'
	static int x_map_all(struct x *x)
	{
		return dma_map_sg(x->dev, x->rx->sg, x->rx->n, DMA_TO_DEVICE);
	}
END
echo 'y-y += c.o' >>"$tree/drivers/x/Makefile"
convert FILES=drivers/x && ! grep -q ' converted' "$out/report.txt"
result $? "a driver with two lists of a name"

# What is mapped here is unmapped in a header, in a directory below, or in a direction of another form.
for other in x.h below/b.c b.c; do
	new_tree
	rm -f "$tree/drivers/x/b.c"
	mkdir -p "$tree/drivers/x/below"
	echo "y-y := a.o below/b.o b.o" >>"$tree/drivers/x/Makefile"
	cat >"$tree/drivers/x/$other" <<-'END'
		static inline void x_free(struct x *x)
		{
			dma_unmap_sg(x->dev, &x->sg, 1, x->rx ? DMA_FROM_DEVICE : DMA_TO_DEVICE);
		}
	END
	[[ $other != x.h ]] || sed -i '2i #include "x.h"' "$tree/drivers/x/a.c"
	convert FILES=drivers/x/a.c && grep -q "a.c:.* reported: what is mapped here is unmapped in drivers/x/$other" "$out/report.txt"
	result $? "an entry that is unmapped in $other"
done

# A structure in a header, and what the driver selects.
new_tree
cp "$top"/tests/coccinelle/given-request.[ch] "$tree/drivers/x/"
echo 'obj-$(CONFIG_X) += given-request.o' >"$tree/drivers/x/Makefile"
printf 'config X\n\ttristate "x"\n\thelp\n\t  x\n' >"$tree/drivers/x/Kconfig"
convert FILES=drivers/x/given-request.c APPLY=1 && grep -q 'struct sg_ranges src_ranges;' "$tree/drivers/x/given-request.h" &&
	grep -q 'select RANGE_LIST' "$tree/drivers/x/Kconfig" && grep -q dma_map_sg_ranges "$tree/drivers/x/given-request.c"
result $? "a header and Kconfig are changed with the driver"

# One file exports dma-bufs, the other one imports some, and wants to see pages.
exporter_and() {
	new_tree
	cp "$top/tests/coccinelle/pages.c" "$tree/drivers/x/a.c"
	cat >"$tree/drivers/x/b.c" <<-END
		static int x_import(struct x *x, struct dma_buf *dmabuf)
		{
			$1
			x->sgt = dma_buf_map_attachment_unlocked(x->attach, DMA_BIDIRECTIONAL);
			if (IS_ERR(x->sgt))
				return PTR_ERR(x->sgt);
			return $2(x->domain, x->iova, x->sgt, IOMMU_READ);
		}
	END
	convert FILES=drivers/x/a.c
}
exporter_and '' iommu_map_sgtable &&
	grep -q 'a.c:41: .*reported: the driver can import what it exports' "$out/report.txt" &&
	! compgen -G "$out/patches/*.patch" >/dev/null
result $? "an exporter whose driver looks at pages of what it imports"
cat >"$tree/drivers/x/b.c" <<-END
	static struct drm_gem_object *x_import(struct drm_device *dev, struct dma_buf_attachment *attach, struct sg_table *sgt)
	{
		return drm_prime_sg_to_page_array(sgt, x->pages, x->nr) ? ERR_PTR(-ENOMEM) : &x->base;
	}
END
convert FILES=drivers/x/a.c && grep -q 'a.c:41: .*reported: the driver can import what it exports' "$out/report.txt"
result $? "an exporter whose driver has PRIME import, and looks at pages"
exporter_and '' x_map_addresses && grep -q 'a.c:41: .*converted' "$out/report.txt"
result $? "an exporter whose driver does not look at pages"
exporter_and 'if (dmabuf->ops == &x_ops) return x_take(x, dmabuf);' iommu_map_sgtable &&
	grep -q 'a.c:41: .*converted' "$out/report.txt"
result $? "an exporter whose driver knows its own dma-bufs"

new_tree
refuses 'no such directory' "no tree" KDIR="$tmp/nowhere"
refuses 'no kernel source' "a directory that is no kernel" KDIR="$tmp/outside"
refuses 'no such file' "no file" FILES=drivers/x/nothing.c
refuses 'is no C file' "a file that is no C" FILES=drivers/x/Makefile
refuses 'no C file in this directory' "a directory without C" FILES=include
refuses 'JOBS=some is no number' "no number of jobs" JOBS=some
refuses 'INCLUDE=' "no directory to include" INCLUDE="$tmp/nowhere"

printf 'int dma_map_sg\0' >"$tree/drivers/x/d.c"
refuses 'is no C file' "binary data" FILES=drivers/x/d.c
echo 'this is ( no { C: dma_map_sg' >"$tree/drivers/x/d.c"
refuses 'cannot parse it: line 1' "text that is no C" FILES=drivers/x/d.c
rm "$tree/drivers/x/d.c"

printf 'int a;\r\nint b;\n' >"$tree/drivers/x/d.c"
refuses 'with a carriage return, and others' "ends of lines of both kinds" FILES=drivers/x/d.c
rm "$tree/drivers/x/d.c"
(cd "$tmp/outside" && cp "$top/tests/coccinelle/resource.c" driver.c && git add driver.c && echo >>driver.c)
if convert FILES="$tmp/outside/driver.c" APPLY=1; then false; else grep -q 'not committed; nothing is applied' "$tmp/out"; fi
result $? "a driver outside of the tree with changes"

rm "$tree/include/linux/phys_range.h"
refuses 'has no range lists' "a tree without the project"
new_tree

(cd "$tree" && git init -q && git add -A && git -c user.name=x -c user.email=x@y commit -qm x) >>"$tmp/out" 2>&1
echo >>"$tree/drivers/x/c.c"
refuses 'not committed: drivers/x/c.c' "a tree with changes" APPLY=1
(cd "$tree" && git checkout -q drivers/x/c.c)
convert APPLY=1 && grep -q '^2 files changed' "$tmp/out"
result $? "a tree without changes"

# Stopped in the midst of its work: nothing is changed.
new_tree
rm -rf "$out/cache"
before=$(sum)
mkdir -p "$tmp/tmp"
env TMPDIR="$tmp/tmp" KDIR="$tree" APPLY=1 JOBS=1 "$tmp/project/tools/convert.py" >"$tmp/out" 2>&1 &
for ((i = 0; i < 100; i++)); do
	pgrep -P $! spatch >/dev/null && break
	sleep 0.1
done
kill -TERM $!
wait $!
code=$?
[[ $code != 0 && $(sum) = "$before" ]] && grep -q 'interrupted; nothing is changed' "$tmp/out" &&
	! compgen -G "$tmp/tmp/convert-*" >/dev/null
result $? "an interrupted run"

# Killed while it wrote: the next run takes that back.
mkdir -p "$out/saved"
cp "$tree/drivers/x/a.c" "$out/saved/0"
echo 'int half' >"$tree/drivers/x/a.c"
echo "[[\"$tree/drivers/x/a.c\", \"$out/saved/0\"]]" >"$out/journal"
if convert; then false; else [[ $(sum) = "$before" ]] && grep -q 'was interrupted while it changed' "$tmp/out"; fi
result $? "what a killed run has begun is taken back"
convert
result $? "and the next one works"

exit $status
