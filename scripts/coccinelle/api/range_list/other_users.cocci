// SPDX-License-Identifier: GPL-2.0
///
/// Tell why a scatterlist that is mapped here is not converted.
///
//# Nothing is changed by this. What is left when the other rules have been
//# applied is a list that comes from another subsystem or goes to one, or that
//# lives in several files. The reason names the one that has to change first.
//
// Confidence: Moderate
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: needs Coccinelle with Python
// Family: other scatterlist users
// Keywords: dma_map_sg dma_map_sg_attrs dma_map_sgtable

virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
import re

aliases = {}
unmapped = set()
handed = set()
filled = {}
exporters = set()
by_hand = set()
parameters = set()

sources = (
	(r'scsi_(prot_)?sglist\(', 'the list is that of a SCSI command'),
	(r'(->|\.)(src|dst)(_sg)?$|(->|\.)(in|out)_sg$', 'the list is that of a crypto request'),
	(r'data->sg$|mrq->.*sg$', 'the list is that of an MMC request'),
	(r'task->scatter$|smp_(req|resp)$', 'the list is that of a libsas task'),
	(r'payload\.sg_list$|payload->sg_list$', 'the list is that of a bsg job'),
)
directories = (
	('drivers/crypto/', 'the list is that of a crypto request, or chained to it'),
	('drivers/mmc/', 'the list is that of an MMC request'),
	('drivers/gpu/drm/', 'the table is that of a DRM buffer object, which other files use'),
)
fillers = {
	'sg_alloc_table_from_pages': 'the table is made of pages here: built_list.cocci tells why it is not converted',
	'sg_alloc_table_from_pages_segment': 'the table is made of pages here: built_list.cocci tells why it is not converted',
	'blk_rq_map_sg': 'the list is made of a block request: blk_rq_dma_map_iter_start() maps one without a list',
	'skb_to_sgvec': 'the list is made of a network packet: phys_range_list_append_skb() makes ranges of one',
	'dma_get_sgtable': 'the table is made of coherent memory, whose physical ranges the DMA API does not tell',
	'dma_get_sgtable_attrs': 'the table is made of coherent memory, whose physical ranges the DMA API does not tell',
	'sgl_alloc': 'sgl_alloc() makes the list and the memory in it',
	'sgl_alloc_order': 'sgl_alloc_order() makes the list and the memory in it',
}

def plain(expr):
	return re.sub(r'\s+', '', str(expr))

def key(p, sg):
	for _ in range(4):
		exprs = aliases.get((p.file, p.current_element, sg), ())
		if len(exprs) != 1:
			break
		# Who has allocated it has it in this variable.
		if re.match(r'\w*[kv][mzc]?alloc\w*\(', next(iter(exprs))):
			break
		sg = next(iter(exprs))
	sg = re.sub(r'(->|\.)sgl$', '', sg).lstrip('&')
	if re.fullmatch(r'\w+', sg):
		return p.current_element + '::' + sg
	return sg

def reason(p, sg, name):
	entry = key(p, plain(sg))
	bare = entry.split('::')[-1]
	if (p.file, p.current_element) in exporters:
		return 'this is the operation of a dma-buf exporter'
	if (p.file, entry) in handed:
		return 'the list goes on to dmaengine, whose drivers take scatterlists'
	if (p.file, entry) in by_hand:
		return 'addresses are put into the list by hand: not all of it is mapped'
	if (p.file, entry) in filled:
		return filled[p.file, entry]
	for pattern, text in sources:
		if re.search(pattern, bare):
			return text
	for directory, text in directories:
		if directory in name:
			return text
	if (p.file, p.current_element, bare) in parameters:
		return 'the list is given to this function by others'
	if not any(file == p.file for file, _ in unmapped):
		return 'the list is unmapped in another file'
	if '::' in entry:
		return 'how the list is built and walked fits no rule'
	return 'the list is kept in a structure; how it is built and walked fits no rule'

@used@
identifier v;
@@
(
 dma_map_sg(..., v, ...)
|
 dma_map_sg_attrs(..., v, ...)
|
 dma_map_sgtable(..., v, ...)
|
 dmaengine_prep_slave_sg(..., v, ...)
)

@alias@
identifier used.v;
expression e;
position p;
@@
(
 v@p = e
|
 v@p = sg_next(...)
)

@declared@
identifier used.v;
type T;
expression e;
position p;
@@
 T v@p = e;

@script:python@
v << used.v; e << alias.e; p << alias.p;
@@
aliases.setdefault((p[0].file, p[0].current_element, str(v)), set()).add(plain(e))

@script:python@
v << used.v; e << declared.e; p << declared.p;
@@
aliases.setdefault((p[0].file, p[0].current_element, str(v)), set()).add(plain(e))

@param@
identifier f, v;
position p;
@@
 f(..., struct scatterlist *v@p, ...) { ... }

@table_param@
identifier f, v;
position p;
@@
 f(..., struct sg_table *v@p, ...) { ... }

@script:python@
f << param.f; v << param.v; p << param.p;
@@
parameters.add((p[0].file, str(f), str(v)))

@script:python@
f << table_param.f; v << table_param.v; p << table_param.p;
@@
parameters.add((p[0].file, str(f), str(v)))

@unmap@
expression sg;
position p;
@@
(
 dma_unmap_sg@p(..., sg, ...)
|
 dma_unmap_sg_attrs@p(..., sg, ...)
|
 dma_unmap_sgtable@p(..., sg, ...)
)

@script:python@
sg << unmap.sg; p << unmap.p;
@@
unmapped.add((p[0].file, plain(sg)))

@hand@
expression chan, sg;
position p;
@@
(
 dmaengine_prep_slave_sg@p(chan, sg, ...)
|
 chan->device->device_prep_slave_sg@p(chan, sg, ...)
)

@script:python@
sg << hand.sg; p << hand.p;
@@
handed.add((p[0].file, key(p[0], plain(sg))))

@set@
expression sg, e;
position p;
@@
 sg_dma_address@p(sg) = e

@script:python@
sg << set.sg; p << set.p;
@@
by_hand.add((p[0].file, key(p[0], plain(sg))))

@fill@
identifier f = {blk_rq_map_sg,skb_to_sgvec,dma_get_sgtable,dma_get_sgtable_attrs,sg_alloc_table_from_pages,sg_alloc_table_from_pages_segment};
expression a, sg;
position p;
@@
(
 f@p(a, sg, ...)
|
 f@p(sg, ...)
)

@script:python@
f << fill.f; sg << fill.sg; p << fill.p;
@@
filled[p[0].file, key(p[0], plain(sg))] = fillers[str(f)]

@own@
identifier f = {sgl_alloc,sgl_alloc_order};
expression sg;
position p;
@@
 sg = f@p(...)

@script:python@
f << own.f; sg << own.sg; p << own.p;
@@
filled[p[0].file, key(p[0], plain(sg))] = fillers[str(f)]

@ops@
identifier o, map;
position p;
@@
 struct dma_buf_ops o = {
	.map_dma_buf@p = map,
 };

@script:python@
map << ops.map; p << ops.p;
@@
exporters.add((p[0].file, str(map)))

@call@
expression dev, sg;
position p;
@@
(
 dma_map_sg@p(dev, sg, ...)
|
 dma_map_sg_attrs@p(dev, sg, ...)
|
 dma_map_sgtable@p(dev, sg, ...)
)

@script:python depends on report@
sg << call.sg; p << call.p;
@@
coccilib.report.print_report(p[0], 'not converted: ' + reason(p[0], sg, p[0].file))

@script:python depends on org@
sg << call.sg; p << call.p;
@@
coccilib.org.print_todo(p[0], reason(p[0], sg, p[0].file))

@depends on context@
expression dev, sg;
@@
(
* dma_map_sg(dev, sg, ...)
|
* dma_map_sg_attrs(dev, sg, ...)
|
* dma_map_sgtable(dev, sg, ...)
)
