// SPDX-License-Identifier: GPL-2.0
///
/// dma_map_resource() is dma_map_phys() of memory-mapped registers. Call that
/// instead: physical addresses then have one way to be mapped, and whether
/// there is memory behind an address is an attribute of the mapping.
///
//# Before:
//#	addr = dma_map_resource(dev, phys, size, dir, attrs);
//#	...
//#	dma_unmap_resource(dev, addr, size, dir, attrs);
//#
//# After:
//#	addr = dma_map_phys(dev, phys, size, dir, attrs | DMA_ATTR_MMIO);
//#	...
//#	dma_unmap_phys(dev, addr, size, dir, attrs | DMA_ATTR_MMIO);
//
// Confidence: High
// Copyright: (C) 2026 Seed 68a775ae maintainers
// Options: --no-includes --include-headers
// Comments: what is mapped can be unmapped by either of the two
// Subject: map registers with dma_map_phys()
// Family: dma_map_resource
// Keywords: dma_map_resource dma_unmap_resource

virtual patch
virtual context
virtual org
virtual report

@depends on patch@
expression dev, addr, size, dir, attrs;
@@
(
- dma_map_resource(dev, addr, size, dir, 0)
+ dma_map_phys(dev, addr, size, dir, DMA_ATTR_MMIO)
|
- dma_map_resource(dev, addr, size, dir, DMA_ATTR_SKIP_CPU_SYNC)
+ dma_map_phys(dev, addr, size, dir, DMA_ATTR_MMIO | DMA_ATTR_SKIP_CPU_SYNC)
|
- dma_map_resource(dev, addr, size, dir, attrs)
+ dma_map_phys(dev, addr, size, dir, attrs | DMA_ATTR_MMIO)
|
- dma_unmap_resource(dev, addr, size, dir, 0)
+ dma_unmap_phys(dev, addr, size, dir, DMA_ATTR_MMIO)
|
- dma_unmap_resource(dev, addr, size, dir, DMA_ATTR_SKIP_CPU_SYNC)
+ dma_unmap_phys(dev, addr, size, dir, DMA_ATTR_MMIO | DMA_ATTR_SKIP_CPU_SYNC)
|
- dma_unmap_resource(dev, addr, size, dir, attrs)
+ dma_unmap_phys(dev, addr, size, dir, attrs | DMA_ATTR_MMIO)
)

@depends on context@
expression dev, addr, size, dir, attrs;
@@
(
* dma_map_resource(dev, addr, size, dir, attrs)
|
* dma_unmap_resource(dev, addr, size, dir, attrs)
)

@call depends on org || report@
expression dev, addr, size, dir, attrs;
position p;
@@
(
 dma_map_resource@p(dev, addr, size, dir, attrs)
|
 dma_unmap_resource@p(dev, addr, size, dir, attrs)
)

@script:python depends on org@
p << call.p;
@@
coccilib.org.print_todo(p[0], 'registers: use dma_map_phys() with DMA_ATTR_MMIO')

@script:python depends on report@
p << call.p;
@@
coccilib.report.print_report(p[0], 'registers: use dma_map_phys() with DMA_ATTR_MMIO')
