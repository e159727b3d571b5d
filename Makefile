# SPDX-License-Identifier: GPL-2.0
#
# KDIR=/path/to/linux makes every target use that kernel source instead of the
# one that setup downloads. Only apply, unapply and convert with APPLY=1 change it.

export KDIR FILES INCLUDE JOBS APPLY

help:		## list the targets (the default)
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup:		## install packages, fetch the kernel source, build sparse
	@tools/setup.sh

tree: setup	## update build/tree: the kernel source with this project applied
	@tools/tree.sh

run: tree	## boot user-mode Linux and show range lists at work
	@tools/run.sh

test: setup	## run every test; the last line counts them
	@tools/test.sh

check: tree	## sparse, checkpatch, gcc and clang warnings, kernel-doc
	@tools/check.sh

convert:	## patches that move drivers to ranges: KDIR= FILES= INCLUDE= JOBS= APPLY=1
	@tools/convert.py

convert-test:	## build what convert has converted, before and after, and compare
	@tools/convert_test.py

bench: tree	## measure storage, iteration and mapping against scatterlist
	@tools/bench.sh

profile: tree	## where a benchmark's time goes (BENCH=append BENCH_SHAPES=scattered BENCH_N=64)
	@tools/profile.sh $(FUNCTIONS)

qemu: tree	## drivers on QEMU's devices, without and behind each IOMMU
	@tools/qemu.sh

module:		## build the module range_list.ko for KDIR=, or for an unmodified kernel
	@tools/module.sh

coverage: tree	## run the tests and report which lines and branches they reach
	@tools/coverage.sh

fuzz: setup	## fuzz the engine against its model (FUZZ_SECONDS=60)
	@$(MAKE) --no-print-directory -C tests/host fuzz

docs: tree	## build the documentation as HTML
	@tools/docs.sh

series: setup	## write everything as patches for git am into build/series
	@tools/series.sh

series-test: setup ## apply them one by one, and build after each
	@tools/series.sh test

apply:		## put the project into the kernel tree KDIR=
	@tools/apply.sh apply "$(KDIR)"

unapply:	## take it out of KDIR= again, leaving the tree as it was
	@tools/apply.sh unapply "$(KDIR)"

clean:		## remove what was built; keep what was downloaded
	find build -mindepth 1 -maxdepth 1 \
		! -name src ! -name download ! -name apt ! -name debian \
		! -name sparse -exec rm -rf {} +

distclean:	## remove all of build/
	rm -rf build

.PHONY: help setup tree run test check convert convert-test bench profile qemu module coverage \
	fuzz docs series series-test apply unapply clean distclean
