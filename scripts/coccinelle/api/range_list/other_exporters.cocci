// SPDX-License-Identifier: GPL-2.0
///
/// Tell why the exporter of a dma-buf is not converted.
///
//# Nothing is changed by this.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Family: other exporters
// Keywords: map_dma_buf

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
facts = {}
defined = set()

reasons = (
	('resource', 'it maps physical addresses by itself; if they are those of a BAR, a p2pdma provider has to be made first'),
	('by_hand', 'it returns addresses that it has not mapped for the device of the attachment'),
	('importer', 'it asks for coherent memory with the device of the attachment, for which it was not allocated'),
	('coherent', 'it does more with coherent memory than to map it'),
	('until', 'it keeps what it has mapped until the device is detached'),
	('cached', 'it keeps a table with each attachment, and does more with it than to map and sync it'),
	('skip', 'it maps with attributes of its own'),
	('own', 'the table that it maps is kept with the buffer, and others may use it'),
	('here', 'how it makes its table, or what it does with it, fits no rule'),
)

def reason(file, map):
	if map not in defined:
		return 'its operation is in another file, with other users'
	found = facts.get(map, ())
	# No more is done with that than to map it, in another way.
	if {'coherent', 'skip'} <= set(found):
		found = found - {'coherent'}
	for what, text in reasons:
		if what in found:
			return text
	return 'its table is made by a function of the driver'

@init@
identifier o, map;
position p;
@@
(
 struct dma_buf_ops o = {
	.map_dma_buf@p = map,
 };
|
 struct virtio_dma_buf_ops o = {
	.ops = {
		.map_dma_buf@p = map,
	},
 };
)

@here@
identifier init.map;
position q;
@@
 map@q(...) { ... }

@script:python@
map << init.map; q << here.q;
@@
defined.add(str(map))

@by_hand@
identifier init.map;
expression sg, e;
position q;
@@
 map@q(...) { <+... sg_dma_address(sg) = e ...+> }

@script:python@
map << init.map; q << by_hand.q;
@@
facts.setdefault(str(map), set()).add('by_hand')

@resource@
identifier init.map;
position q;
@@
 map@q(...) { <+... \(dma_map_resource(...)\|dma_map_phys(...)\) ...+> }

@script:python@
map << init.map; q << resource.q;
@@
facts.setdefault(str(map), set()).add('resource')

@coherent@
identifier init.map;
position q;
@@
 map@q(...) { <+... \(dma_get_sgtable(...)\|dma_get_sgtable_attrs(...)\) ...+> }

@script:python@
map << init.map; q << coherent.q;
@@
facts.setdefault(str(map), set()).add('coherent')

@importer@
identifier init.map, attach, dir;
position q;
@@
 map@q(struct dma_buf_attachment *attach, enum dma_data_direction dir) { <+... \(dma_get_sgtable(attach->dev, ...)\|dma_get_sgtable_attrs(attach->dev, ...)\) ...+> }

@script:python@
map << init.map; q << importer.q;
@@
facts.setdefault(str(map), set()).add('importer')

// Or before it is mapped.
@attached@
identifier init.o, at;
@@
 struct dma_buf_ops o = {
	.attach = at,
 };

@importer_attached@
identifier attached.at, dmabuf, attach;
@@
 at(struct dma_buf *dmabuf, struct dma_buf_attachment *attach) { <+... \(dma_get_sgtable(attach->dev, ...)\|dma_get_sgtable_attrs(attach->dev, ...)\) ...+> }

@script:python depends on importer_attached@
map << init.map;
@@
facts.setdefault(str(map), set()).add('importer')

@cached@
identifier init.map, attach, dir;
position q;
@@
 map@q(struct dma_buf_attachment *attach, enum dma_data_direction dir) { <+... attach->priv ...+> }

@script:python@
map << init.map; q << cached.q;
@@
facts.setdefault(str(map), set()).add('cached')

// Nothing is unmapped when it is to be.
@until@
identifier init.o, unmap;
@@
 struct dma_buf_ops o = {
	.unmap_dma_buf = unmap,
 };

@empty depends on cached@
identifier until.unmap;
@@
 void unmap(...) { }

@script:python depends on empty@
map << init.map;
@@
facts.setdefault(str(map), set()).add('until')

@skip@
identifier init.map;
position q;
@@
 map@q(...) { <+... \(DMA_ATTR_SKIP_CPU_SYNC\|DMA_ATTR_MMIO\) ...+> }

@script:python@
map << init.map; q << skip.q;
@@
facts.setdefault(str(map), set()).add('skip')

// A table that is there already.
@own@
identifier init.map, attach, dir, f;
expression E;
position q;
@@
 map@q(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 ... when != E->f = ...
     when any
 \(dma_map_sgtable(attach->dev, \(E->f\|&E->f\), dir, ...)\|dma_map_sg(attach->dev, \(E->f.sgl\|E->f->sgl\), ...)\)
 ... when any
 }

@script:python@
map << init.map; q << own.q;
@@
facts.setdefault(str(map), set()).add('own')

@own_private@
identifier init.map, attach, dir, st;
position q;
@@
 map@q(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 ...
 struct sg_table *st = attach->dmabuf->priv;
 ...
 dma_map_sgtable(attach->dev, st, dir, ...)
 ... when any
 }

@script:python@
map << init.map; q << own_private.q;
@@
facts.setdefault(str(map), set()).add('own')

@made@
identifier init.map;
position q;
@@
 map@q(...) { <+... \(sg_alloc_table(...)\|sg_alloc_table_from_pages(...)\|sg_alloc_table_from_pages_segment(...)\) ...+> }

@script:python@
map << init.map; q << made.q;
@@
facts.setdefault(str(map), set()).add('here')

@script:python depends on report@
map << init.map; p << init.p;
@@
coccilib.report.print_report(p[0], 'not converted: ' + reason(p[0].file, str(map)))

@script:python depends on org@
map << init.map; p << init.p;
@@
coccilib.org.print_todo(p[0], reason(p[0].file, str(map)))

@depends on context@
identifier init.o, init.map;
@@
 struct dma_buf_ops o = {
*	.map_dma_buf = map,
 };
