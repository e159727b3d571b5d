// SPDX-License-Identifier: GPL-2.0
/*
 * All CPUs at once map and link memory for one device.  Its IOVA space is one, and
 * so is its page table: what they do meets in the same tables.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/iommu-dma.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "range_test.h"

/* As often as there is time for; requests of a virtio-iommu are slow. */
#define SECONDS		2
#define LISTS		4	/* that a thread has mapped at once */
#define LIST_PAGES	24
#define WINDOW_PAGES	600	/* more than one table of the last level */

struct thread {
	struct device *dev;
	const struct memory *mem;
	struct dma_range_list *window;
	unsigned int first, step;
	unsigned long until;
	struct completion *start;
	struct completion done;
	int err;
};

/* Does the device see the memory from @src_pos on at @pos of the mapping? */
static int check_translation(struct device *dev,
			     const struct dma_range_list *mapped, u64 pos,
			     const struct phys_range_list *list, u64 src_pos,
			     u64 len)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	u64 end = pos + len;
	struct dma_range dma;
	struct phys_range phys;

	if (!use_dma_iommu(dev))
		return 0;
	for (; pos < end; pos += PAGE_SIZE, src_pos += PAGE_SIZE) {
		struct dma_range_state at =
			dma_range_state_slice(mapped, pos, PAGE_SIZE);
		struct phys_range_state src =
			phys_range_state_slice(list, src_pos, PAGE_SIZE);

		if (!dma_range_next(&at, &dma) || !phys_range_next(&src, &phys))
			return -ENODATA;
		if (iommu_iova_to_phys(domain, dma.addr) != phys.addr)
			return -EFAULT;
	}
	return 0;
}

/* Several lists, so that one is mapped between those of another CPU. */
static int map_fn(void *data)
{
	struct thread *t = data;
	struct dma_range_list lists[LISTS];
	const u64 len = phys_range_list_bytes(&t->mem->list);
	unsigned int i, mapped;

	wait_for_completion(t->start);
	do {
		for (mapped = 0; mapped < LISTS && !t->err; mapped++) {
			dma_range_list_init(&lists[mapped]);
			t->err = dma_map_phys_ranges(t->dev, &lists[mapped],
						     &t->mem->list,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL);
		}
		for (i = 0; i < mapped && !t->err; i++)
			t->err = check_translation(t->dev, &lists[i], 0,
						   &t->mem->list, 0, len);
		while (mapped--)
			dma_unmap_ranges(t->dev, &lists[mapped], DMA_TO_DEVICE,
					 0);
		cond_resched();
	} while (!t->err && time_before(jiffies, t->until));
	complete(&t->done);
	return 0;
}

static int link_page(struct thread *t, unsigned int page)
{
	const u64 pos = page * PAGE_SIZE;

	return dma_range_list_link(t->dev, t->window, pos, &t->mem->list,
				   page % LIST_PAGES * PAGE_SIZE, PAGE_SIZE,
				   DMA_TO_DEVICE, 0, GFP_KERNEL) ?:
	       dma_range_list_sync(t->dev, t->window, pos, PAGE_SIZE);
}

static int unlink_page(struct thread *t, unsigned int page)
{
	return dma_range_list_unlink(t->dev, t->window, page * PAGE_SIZE,
				     PAGE_SIZE, DMA_TO_DEVICE, 0);
}

static int check_page(struct thread *t, unsigned int page)
{
	return check_translation(t->dev, t->window, page * PAGE_SIZE,
				 &t->mem->list, page % LIST_PAGES * PAGE_SIZE,
				 PAGE_SIZE);
}

/* Every nth page of one window, for n threads. */
static int link_fn(void *data)
{
	static int (*const steps[])(struct thread *t, unsigned int page) = {
		link_page, check_page, unlink_page, link_page, check_page,
	};
	struct thread *t = data;
	unsigned int i, page;

	wait_for_completion(t->start);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		for (page = t->first; page < WINDOW_PAGES && !t->err;
		     page += t->step)
			t->err = steps[i](t, page);
	complete(&t->done);
	return 0;
}

/* One thread on each CPU, all at once. */
static int run_threads(struct range_test *test, struct device *dev,
		       const struct memory *mem, struct dma_range_list *window,
		       int (*fn)(void *data))
{
	const unsigned long until = jiffies + SECONDS * HZ;
	const unsigned int nr = num_online_cpus();
	DECLARE_COMPLETION_ONSTACK(start);
	unsigned int i = 0, started;
	struct thread *threads;
	int cpu, err = 0;

	threads = kcalloc(nr, sizeof(*threads), GFP_KERNEL);
	if (!threads)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		struct thread *t = &threads[i];
		struct task_struct *task;

		*t = (struct thread){
			.dev = dev, .mem = &mem[i], .window = window,
			.first = i, .step = nr, .until = until, .start = &start,
		};
		init_completion(&t->done);
		task = kthread_run_on_cpu(fn, t, cpu, "range_test/%u");
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			break;
		}
		if (++i == nr)
			break;
	}
	started = i;
	complete_all(&start);
	for (i = 0; i < started; i++) {
		wait_for_completion(&threads[i].done);
		if (threads[i].err && !err)
			err = range_test_fail(test, threads[i].err,
					      "thread %u of %u: error %d", i,
					      nr, threads[i].err);
	}
	kfree(threads);
	return err;
}

int threads_run(struct range_test *test, struct device *dev)
{
	const unsigned int nr = num_online_cpus();
	DEFINE_DMA_RANGE_LIST(window);
	unsigned int i, filled;
	unsigned long until;
	struct memory *mem;
	int err = 0;

	if (nr < 2)
		return range_test_skip(test, "the machine has one CPU");
	mem = kcalloc(nr, sizeof(*mem), GFP_KERNEL);
	if (!mem)
		return -ENOMEM;
	for (filled = 0; filled < nr && !err; filled++)
		err = memory_init(&mem[filled], MEMORY_PAGES, LIST_PAGES);
	if (!err)
		err = run_threads(test, dev, mem, NULL, map_fn);
	until = jiffies + SECONDS * HZ;
	while (!err && use_dma_iommu(dev) && time_before(jiffies, until)) {
		err = dma_range_list_reserve(dev, &window,
					     WINDOW_PAGES * PAGE_SIZE,
					     GFP_KERNEL);
		if (err)
			break;
		/* Tables go with all that they map: the next round needs new ones. */
		err = run_threads(test, dev, mem, &window, link_fn) ?:
		      dma_range_list_unlink(dev, &window, 0,
					    WINDOW_PAGES * PAGE_SIZE,
					    DMA_TO_DEVICE, 0);
		if (err)
			break;
		dma_range_list_unreserve(dev, &window);
	}
	for (i = 0; i < filled; i++)
		memory_destroy(&mem[i]);
	kfree(mem);
	return err;
}
