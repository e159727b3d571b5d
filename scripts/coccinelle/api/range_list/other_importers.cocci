// SPDX-License-Identifier: GPL-2.0
///
/// Tell why the importer of a dma-buf is not converted.
///
//# Nothing is changed by this.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Family: other importers
// Keywords: dma_buf_map_attachment dma_buf_map_attachment_unlocked

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re
pages = set()
domains = set()

def reason(p, table):
	if p.file in domains:
		return 'an imported table is mapped into an IOMMU domain in this file, by its pages: dma_buf_map_iommu() is for that'
	if p.file in pages:
		return 'pages of a table are looked at in this file, and those of an imported one belong to the exporter'
	if re.search(r'->|\.', str(table)):
		return 'the table is kept in %s, which has to become a struct dma_range_list everywhere' % re.sub(r'\s', '', str(table))
	return 'the table goes on to other functions'

@domain@
position p;
@@
(
 iommu_map_sgtable@p(...)
|
 iommu_map_sg@p(...)
)

@script:python@
p << domain.p;
@@
domains.add(p[0].file)

@page@
position p;
@@
(
 sg_page@p(...)
|
 sg_phys@p(...)
|
 sg_virt@p(...)
|
 drm_prime_sg_to_page_array@p(...)
|
 sg_page_iter_page@p(...)
)

@script:python@
p << page.p;
@@
pages.add(p[0].file)

@call@
expression table;
position p;
@@
(
 table = dma_buf_map_attachment@p(...)
|
 table = dma_buf_map_attachment_unlocked@p(...)
)

@script:python depends on report@
table << call.table; p << call.p;
@@
coccilib.report.print_report(p[0], 'not converted: ' + reason(p[0], table))

@script:python depends on org@
table << call.table; p << call.p;
@@
coccilib.org.print_todo(p[0], reason(p[0], table))

@depends on context@
@@
(
* dma_buf_map_attachment(...)
|
* dma_buf_map_attachment_unlocked(...)
)
