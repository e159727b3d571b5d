// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of the machines of "tools/qemu.sh --dma-buf": runs scenarios of
 * dma-bufs from userspace, and writes a line "NAME ok", "NAME FAILED why" or "NAME
 * skipped why" for each to the second serial port, then "end". The kernel's command
 * line gives it NO_IOMMU if nothing can be done with VFIO, and PLAIN if the kernel
 * has no ranges: what needs them must fail then.
 *
 * On the root bus, slot 3 is an edu device for the kernel's driver, slot 4 one for
 * VFIO, and slot 5 an ivshmem device with a BAR of memory. Another one is behind a
 * root port, and can be reset.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-heap.h>
#include <linux/iommufd.h>
#include <linux/pci_regs.h>
#include <linux/udmabuf.h>
#include <linux/vfio.h>

#include "test.h"

#define MEMORY_BAR	2	/* of ivshmem */
#define EDU_SLOT	4	/* of the edu device that VFIO has */
#define IOVA		0x10000000UL
#define USER_IOVA	0x20000000UL

static int results = STDOUT_FILENO;
static int test_fd;		/* /dev/dmabuf_test */
static bool plain, no_iommu;
static char why[256];

/* One write for a line. */
static void result(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	while (write(results, line, n) < 0 && errno == EINTR)
		;
}

/* Say what is wrong; the first is what is reported. */
int fail(const char *fmt, ...)
{
	va_list args;

	if (why[0])
		return -1;
	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return -1;
}

#define SKIP	1

static int skip(const char *reason)
{
	snprintf(why, sizeof(why), "%s", reason);
	return SKIP;
}

void fill(void *mem, size_t len, __u32 seed)
{
	__u32 *word = mem;
	size_t i;

	for (i = 0; i < len / 4; i++) {
		seed = seed * 1664525 + 1013904223;
		word[i] = seed;
	}
}

int compare(const char *what, const unsigned char *got,
	    const unsigned char *want, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (got[i] != want[i])
			return fail("%s: byte %zu is %#x, not %#x", what, i,
				    got[i], want[i]);
	return 0;
}

/*
 * Buffers of memory
 */

void cpu_access(int fd, __u64 flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static int make_memfd(unsigned int flags, size_t len, int seals)
{
	int fd = memfd_create("test", MFD_ALLOW_SEALING | flags);

	if (fd >= 0 && (ftruncate(fd, len) || fcntl(fd, F_ADD_SEALS, seals))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The pages of a file, of which every two have changed places. */
int make_udmabuf(void)
{
	enum { PIECES = 16 };
	struct {
		struct udmabuf_create_list head;
		struct udmabuf_create_item items[PIECES];
	} list = { .head.count = PIECES, .head.flags = UDMABUF_FLAGS_CLOEXEC };
	int dev = open("/dev/udmabuf", O_RDWR);
	int memfd = make_memfd(0, BUFFER_BYTES, F_SEAL_SHRINK);
	unsigned int i;
	int fd;

	for (i = 0; i < PIECES; i++) {
		list.items[i].memfd = memfd;
		list.items[i].size = BUFFER_BYTES / PIECES;
		list.items[i].offset = (i ^ 1) * BUFFER_BYTES / PIECES;
	}
	fd = ioctl(dev, UDMABUF_CREATE_LIST, &list);
	close(memfd);
	close(dev);
	return fd;
}

int make_heap(const char *heap)
{
	struct dma_heap_allocation_data data = {
		.len = BUFFER_BYTES,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int dev = open(heap, O_RDWR);
	int err = ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &data);

	close(dev);
	return err ? -1 : (int)data.fd;
}

int make_legacy(void)
{
	return ioctl(test_fd, DMABUF_TEST_EXPORT, BUFFER_PAGES);
}

static int import(int fd, unsigned int how, struct dmabuf_test_import *imp)
{
	*imp = (struct dmabuf_test_import){ .fd = fd, .how = how };
	return ioctl(test_fd, DMABUF_TEST_IMPORT, imp);
}

static int move(__u64 offset, __u64 len, void *data)
{
	struct dmabuf_test_move m = {
		.offset = offset, .len = len, .data = (unsigned long)data,
	};

	return ioctl(test_fd, DMABUF_TEST_MOVE, &m);
}

/* Where to look at a buffer: at its ends, and across pages. */
static __u64 place(unsigned int i, size_t len)
{
	return i == 0 ? 0 : i == 1 ? 5 * PAGE - 1000 : len - DMABUF_TEST_BYTES;
}

#define NR_PLACES	3

/* That the device sees what is at @mem, which is all of the buffer but its padding. */
int device_reads(int fd, unsigned char *mem, size_t len, unsigned int how)
{
	unsigned char data[DMABUF_TEST_BYTES];
	struct dmabuf_test_import imp;
	unsigned int i;

	if (import(fd, how, &imp))
		return fail("import: %m");
	if (imp.bytes < len || imp.bytes % PAGE)
		return fail("%llu bytes were mapped", imp.bytes);
	if (!no_iommu && how & DMABUF_TEST_RANGES && imp.nr != 1)
		return fail("it became %llu ranges", imp.nr);
	for (i = 0; i < NR_PLACES; i++) {
		const __u64 pos = place(i, len);

		memset(data, 0, sizeof(data));
		if (move(pos, sizeof(data), data))
			return fail("the device reads at %llu: %m", pos);
		if (compare("what the device read", data, mem + pos, sizeof(data)))
			return -1;
	}
	return ioctl(test_fd, DMABUF_TEST_RELEASE) ? fail("release: %m") : 0;
}

/* And that what it writes is there afterwards. */
int device_writes(int fd, unsigned char *mem, size_t len, unsigned int how)
{
	static unsigned char want[BUFFER_BYTES];
	struct dmabuf_test_import imp;
	unsigned int i;
	int err;

	memcpy(want, mem, len);
	if (import(fd, how | DMABUF_TEST_WRITE, &imp))
		return fail("import to write: %m");
	for (i = 0; i < NR_PLACES; i++) {
		const __u64 pos = place(i, len);

		fill(want + pos, DMABUF_TEST_BYTES, 77 + i);
		if (move(pos, DMABUF_TEST_BYTES, want + pos))
			return fail("the device writes at %llu: %m", pos);
	}
	if (ioctl(test_fd, DMABUF_TEST_RELEASE))
		return fail("release: %m");
	cpu_access(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	err = compare("what the device wrote", mem, want, len);
	cpu_access(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	return err;
}

static void refill(int fd, unsigned char *mem, __u32 seed)
{
	cpu_access(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	fill(mem, BUFFER_BYTES, seed);
	cpu_access(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
}

/* All of that with a buffer of BUFFER_BYTES, which is then closed. */
int memory(int fd, unsigned int how)
{
	unsigned char *mem;
	int err;

	if (fd < 0)
		return fail("no buffer: %m");
	mem = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return fail("mmap: %m");
	refill(fd, mem, 1);
	err = device_reads(fd, mem, BUFFER_BYTES, how) ?:
	      device_writes(fd, mem, BUFFER_BYTES, how);
	if (!err) {
		refill(fd, mem, 2);
		err = device_reads(fd, mem, BUFFER_BYTES, how | DMABUF_TEST_STATIC);
	}
	munmap(mem, BUFFER_BYTES);
	close(fd);
	return err;
}

static int udmabuf_ranges(void) { return memory(make_udmabuf(), DMABUF_TEST_RANGES); }
static int udmabuf_sgt(void) { return memory(make_udmabuf(), 0); }
static int heap_ranges(void) { return memory(make_heap(SYSTEM_HEAP), DMABUF_TEST_RANGES); }
static int heap_sgt(void) { return memory(make_heap(SYSTEM_HEAP), 0); }
static int cma_ranges(void) { return memory(make_heap(CMA_HEAP), DMABUF_TEST_RANGES); }
static int cma_sgt(void) { return memory(make_heap(CMA_HEAP), 0); }
static int vgem_ranges(void) { return memory(make_vgem(), DMABUF_TEST_RANGES); }
static int vgem_sgt(void) { return memory(make_vgem(), 0); }
static int legacy_ranges(void) { return memory(make_legacy(), DMABUF_TEST_RANGES); }
static int legacy_sgt(void) { return memory(make_legacy(), 0); }

static int vmalloc_ranges(void) { return vivid_buffers(VIVID_VMALLOC, DMABUF_TEST_RANGES); }
static int vmalloc_sgt(void) { return vivid_buffers(VIVID_VMALLOC, 0); }
static int contig_ranges(void) { return vivid_buffers(VIVID_CONTIG, DMABUF_TEST_RANGES); }
static int contig_sgt(void) { return vivid_buffers(VIVID_CONTIG, 0); }
static int sg_ranges(void) { return vivid_buffers(VIVID_SG, DMABUF_TEST_RANGES); }
static int sg_sgt(void) { return vivid_buffers(VIVID_SG, 0); }
static int sg_no_table(void) { return vivid_buffers(VIVID_SG_RANGES, DMABUF_TEST_RANGES); }

/*
 * VFIO devices
 */

struct vfio {
	const char *name;
	int fd;
	__u32 id;
	__u64 config;
	__u64 phys;		/* of the BAR */
	unsigned char *bar;
	size_t size;
};

static struct vfio edu = { .name = "0000:00:04.0", .fd = -1 };
static struct vfio shm = { .name = "0000:00:05.0", .fd = -1 };
static struct vfio far = { .name = "0000:01:00.0", .fd = -1 };
static int iommufd;

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err;

	err = fd < 0 || write(fd, text, strlen(text)) < 0;
	close(fd);
	return err;
}

static int vfio_bind(struct vfio *v)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", v->name);
	return write_file(path, "vfio-pci") ||
	       write_file("/sys/bus/pci/drivers_probe", v->name);
}

static int vfio_command(struct vfio *v, __u16 command)
{
	return pwrite(v->fd, &command, 2, v->config + PCI_COMMAND) != 2;
}

static __u64 vfio_phys(struct vfio *v, int bar)
{
	unsigned long long start = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource", v->name);
	file = fopen(path, "r");
	do {
		if (!file || fscanf(file, "%llx %*x %*x", &start) != 1)
			return 0;
	} while (bar--);
	fclose(file);
	return start;
}

static int vfio_open(struct vfio *v, int bar)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind), .iommufd = iommufd,
	};
	struct vfio_region_info info = { .argsz = sizeof(info) };
	struct dirent *entry;
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", v->name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "/dev/vfio/devices/%.60s",
				 entry->d_name);
	if (dir)
		closedir(dir);
	v->fd = open(path, O_RDWR | O_CLOEXEC);
	if (v->fd < 0)
		return fail("%s: %s: %m", v->name, path);
	if (ioctl(v->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return fail("%s: binding: %m", v->name);
	v->id = bind.out_devid;
	info.index = VFIO_PCI_CONFIG_REGION_INDEX;
	if (ioctl(v->fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		return fail("%s: configuration space: %m", v->name);
	v->config = info.offset;
	info.index = bar;
	if (ioctl(v->fd, VFIO_DEVICE_GET_REGION_INFO, &info) || !info.size)
		return fail("%s: BAR: %m", v->name);
	v->size = info.size;
	if (vfio_command(v, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER))
		return fail("%s: command: %m", v->name);
	v->bar = mmap(NULL, v->size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd,
		      info.offset);
	if (v->bar == MAP_FAILED)
		return fail("%s: mmap: %m", v->name);
	v->phys = vfio_phys(v, bar);
	return v->phys ? 0 : fail("%s: where is its BAR?", v->name);
}

static void vfio_close(struct vfio *v)
{
	if (v->fd < 0)
		return;
	munmap(v->bar, v->size);
	close(v->fd);
	v->fd = -1;
}

static int vfio_attach(struct vfio *v, __u32 pt)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach), .pt_id = pt,
	};

	return ioctl(v->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int vfio_detach(struct vfio *v)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = sizeof(detach) };

	return ioctl(v->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
}

#define MAX_PIECES	8

static int vfio_export(struct vfio *v, __u32 region, __u32 flags,
		       const struct vfio_region_dma_range *pieces, __u32 nr)
{
	struct {
		struct vfio_device_feature feature;
		struct vfio_device_feature_dma_buf get;
		struct vfio_region_dma_range pieces[MAX_PIECES];
	} arg = {
		.feature.argsz = sizeof(arg),
		.feature.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_BUF,
		.get.region_index = region,
		.get.open_flags = O_CLOEXEC,
		.get.flags = flags,
		.get.nr_ranges = nr,
	};

	if (nr <= MAX_PIECES)
		memcpy(arg.pieces, pieces, nr * sizeof(*pieces));
	return ioctl(v->fd, VFIO_DEVICE_FEATURE, &arg.feature);
}

static const struct vfio_region_dma_range one[] = { { 0x3000, 0x8000 } };
static const struct vfio_region_dma_range many[] = {
	{ 0x3000, 0x2000 }, { 0, 0x1000 }, { 0x100000, 0x4000 }, { 0x8000, 0x1000 },
};

#define PIECES_BYTES	0x8000UL	/* of both */
#define NR_MANY		4

static int export_pieces(struct vfio *v, bool several)
{
	return vfio_export(v, MEMORY_BAR, 0, several ? many : one,
			   several ? NR_MANY : 1);
}

/* Where in the BAR a byte of the buffer is. */
static __u64 in_bar(bool several, __u64 pos)
{
	const struct vfio_region_dma_range *piece = several ? many : one;

	for (; pos >= piece->length; piece++)
		pos -= piece->length;
	return piece->offset + pos;
}

static void read_pieces(struct vfio *v, bool several, unsigned char *to)
{
	__u64 pos;

	for (pos = 0; pos < PIECES_BYTES; pos++)
		to[pos] = v->bar[in_bar(several, pos)];
}

static void fill_bar(struct vfio *v, __u32 seed)
{
	fill(v->bar, 0x110000, seed);
}

/* The kernel's edu device imports them. */
static int vfio_pieces(bool several, unsigned int how)
{
	static unsigned char want[PIECES_BYTES], got[PIECES_BYTES];
	/* The last of them is in two pieces. */
	static const __u64 where[] = { 0, 0x2000, 0x6abc, 0x3000 - 1000 };
	struct dmabuf_test_import imp;
	unsigned int i;
	int fd;

	fd = export_pieces(&shm, several);
	if (fd < 0)
		return fail("export: %m");
	fill_bar(&shm, 5);
	read_pieces(&shm, several, want);
	if (import(fd, how, &imp)) {
		close(fd);
		return fail("import: %m");
	}
	if (imp.bytes != PIECES_BYTES)
		return fail("%llu bytes were mapped", imp.bytes);
	for (i = 0; i < 4; i++) {
		if (move(where[i], 2000, got))
			return fail("the device reads at %#lx: %m", where[i]);
		if (compare("what the device read", got, want + where[i], 2000))
			return -1;
	}
	ioctl(test_fd, DMABUF_TEST_RELEASE);
	if (import(fd, how | DMABUF_TEST_WRITE, &imp))
		return fail("import to write: %m");
	for (i = 0; i < 4; i++) {
		fill(want + where[i], 2000, 99 + i);
		if (move(where[i], 2000, want + where[i]))
			return fail("the device writes at %#lx: %m", where[i]);
	}
	ioctl(test_fd, DMABUF_TEST_RELEASE);
	close(fd);
	read_pieces(&shm, several, got);
	return compare("what the device wrote", got, want, PIECES_BYTES);
}

static int vfio_one_sgt(void) { return vfio_pieces(false, 0); }
static int vfio_one_ranges(void) { return vfio_pieces(false, DMABUF_TEST_RANGES); }
static int vfio_many_sgt(void) { return vfio_pieces(true, 0); }
static int vfio_many_ranges(void) { return vfio_pieces(true, DMABUF_TEST_RANGES); }

/*
 * iommufd
 */

static __u32 new_ioas(void)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	return ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc) ? 0 : alloc.out_ioas_id;
}

static int destroy(__u32 id)
{
	struct iommu_destroy d = { .size = sizeof(d), .id = id };

	return ioctl(iommufd, IOMMU_DESTROY, &d);
}

#define MAP_BOTH	(IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)

static int map_file(__u32 ioas, int fd, __u64 iova, __u64 start,
		    __u64 len, __u32 flags)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | flags,
		.ioas_id = ioas,
		.fd = fd,
		.start = start,
		.length = len,
		.iova = iova,
	};

	return ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map);
}

static int map_user(__u32 ioas, void *mem, __u64 iova, __u64 len)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | MAP_BOTH,
		.ioas_id = ioas,
		.user_va = (unsigned long)mem,
		.length = len,
		.iova = iova,
	};

	return ioctl(iommufd, IOMMU_IOAS_MAP, &map);
}

static int copy_iova(__u32 ioas, __u64 iova, __u64 from, __u64 len)
{
	struct iommu_ioas_copy copy = {
		.size = sizeof(copy),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | MAP_BOTH,
		.dst_ioas_id = ioas,
		.src_ioas_id = ioas,
		.length = len,
		.dst_iova = iova,
		.src_iova = from,
	};

	return ioctl(iommufd, IOMMU_IOAS_COPY, &copy);
}

static int unmap_iova(__u32 ioas, __u64 iova, __u64 len)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap), .ioas_id = ioas, .iova = iova, .length = len,
	};

	return ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap);
}

static __u64 translation(__u64 iova)
{
	struct dmabuf_test_translate t = { .slot = EDU_SLOT, .iova = iova };

	return ioctl(test_fd, DMABUF_TEST_TRANSLATE, &t) ? 0 : t.phys;
}

/* Whether the IOMMU leads from there to a part of the buffer, and no further. */
static int check_translation(struct vfio *v, bool several, __u64 iova,
			     __u64 start, __u64 len)
{
	__u64 pos, want, got;

	for (pos = 0; pos <= len; pos += PAGE) {
		got = translation(iova + pos);
		want = pos < len ? v->phys + in_bar(several, start + pos) : 0;
		if (got != want)
			return fail("%#lx is translated to %#lx, not %#lx",
				    iova + pos, got, want);
	}
	return 0;
}

static int check_gone(__u64 iova, __u64 len)
{
	__u64 pos;

	for (pos = 0; pos < len; pos += PAGE)
		if (translation(iova + pos))
			return fail("%#lx is still translated to %#lx",
				    iova + pos, translation(iova + pos));
	return 0;
}

static void edu_write(unsigned int reg, __u64 value)
{
	__atomic_store_n((__u64 *)(edu.bar + reg), value, __ATOMIC_SEQ_CST);
}

static __u64 edu_read(unsigned int reg)
{
	return __atomic_load_n((__u64 *)(edu.bar + reg), __ATOMIC_SEQ_CST);
}

/* A DMA of the edu device that is driven from here. */
static int edu_dma(__u64 iova, __u64 len, bool to_memory)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	unsigned int i;

	edu_write(0x80, to_memory ? 0x40000 : iova);
	edu_write(0x88, to_memory ? iova : 0x40000);
	edu_write(0x90, len);
	edu_write(0x98, to_memory ? 3 : 1);
	for (i = 0; i < 5000 && edu_read(0x98) & 1; i++)
		nanosleep(&pause, NULL);
	return i < 5000 ? 0 : fail("the DMA does not end");
}

/* The device copies from the buffer to user memory, and back. */
static int check_dma(__u32 ioas, bool several)
{
	static unsigned char want[PIECES_BYTES], got[PIECES_BYTES];
	const __u64 from = 0x2000 - 500, to = 0x6000;	/* two pieces; one */
	unsigned char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	fill_bar(&shm, 8);
	if (map_user(ioas, mem, USER_IOVA, PAGE))
		return fail("mapping user memory: %m");
	read_pieces(&shm, several, want);
	if (edu_dma(IOVA + from, 1000, false) || edu_dma(USER_IOVA, 1000, true) ||
	    compare("what the device read", mem, want + from, 1000))
		return -1;
	fill(mem, 1000, 3);
	memcpy(want + to, mem, 1000);
	if (edu_dma(USER_IOVA, 1000, false) || edu_dma(IOVA + to, 1000, true))
		return -1;
	read_pieces(&shm, several, got);
	if (unmap_iova(ioas, USER_IOVA, PAGE))
		return fail("unmapping user memory: %m");
	munmap(mem, PAGE);
	return compare("what the device wrote", got, want, PIECES_BYTES);
}

static int iommufd_pieces(bool several)
{
	__u32 ioas = new_ioas();
	int fd;

	if (vfio_attach(&edu, ioas))
		return fail("attach: %m");
	fd = export_pieces(&shm, several);
	if (fd < 0)
		return fail("export: %m");
	if (map_file(ioas, fd, IOVA, 0, PIECES_BYTES, MAP_BOTH)) {
		fail("map: %m");
		close(fd);
		goto out;
	}
	/* It is not the file descriptor that keeps it. */
	close(fd);
	if (check_translation(&shm, several, IOVA, 0, PIECES_BYTES) ||
	    check_dma(ioas, several))
		goto out;
	if (unmap_iova(ioas, IOVA, PIECES_BYTES))
		fail("unmap: %m");
	else
		check_gone(IOVA, PIECES_BYTES);
out:
	if (vfio_detach(&edu) || destroy(ioas))
		fail("tearing down: %m");
	return why[0] ? -1 : 0;
}

static int iommufd_one(void) { return iommufd_pieces(false); }
static int iommufd_many(void) { return iommufd_pieces(true); }

/* Parts of a buffer, domains that come and go, and what is mapped when they do. */
static int iommufd_domains(bool several)
{
	struct iommu_hwpt_alloc hwpt = { .size = sizeof(hwpt) };
	__u32 ioas = new_ioas();
	int fd, i;

	fd = export_pieces(&shm, several);
	if (fd < 0)
		return fail("export: %m");
	/* Before there is a domain. */
	if (map_file(ioas, fd, IOVA, 0x1000, 0x6000, MAP_BOTH)) {
		fail("map: %m");
		close(fd);
		goto out;
	}
	close(fd);
	for (i = 0; i < 2; i++) {
		if (vfio_attach(&edu, ioas))
			return fail("attach: %m");
		if (check_translation(&shm, several, IOVA, 0x1000, 0x6000))
			return -1;
		if (i)
			break;
		if (vfio_detach(&edu))
			return fail("detach: %m");
	}
	/* A part of it once more. */
	if (copy_iova(ioas, IOVA + 0x100000, IOVA + 0x1000, 0x3000))
		return fail("copy: %m");
	if (check_translation(&shm, several, IOVA + 0x100000, 0x2000, 0x3000))
		return -1;
	/* Another domain, which is not the one that the first keeps. */
	hwpt.dev_id = shm.id;
	hwpt.pt_id = ioas;
	if (ioctl(iommufd, IOMMU_HWPT_ALLOC, &hwpt))
		return fail("another domain: %m");
	if (vfio_attach(&edu, hwpt.out_hwpt_id))
		return fail("attach to it: %m");
	if (check_translation(&shm, several, IOVA, 0x1000, 0x6000) ||
	    check_translation(&shm, several, IOVA + 0x100000, 0x2000, 0x3000))
		return -1;
	if (unmap_iova(ioas, IOVA, 0x6000))
		return fail("unmap: %m");
	if (check_gone(IOVA, 0x6000) ||
	    check_translation(&shm, several, IOVA + 0x100000, 0x2000, 0x3000))
		return -1;
	if (vfio_attach(&edu, ioas) || destroy(hwpt.out_hwpt_id))
		return fail("back to the first: %m");
	if (check_translation(&shm, several, IOVA + 0x100000, 0x2000, 0x3000))
		return -1;
	if (vfio_detach(&edu))
		return fail("detach: %m");
out:
	if (destroy(ioas))
		fail("destroy: %m");
	return why[0] ? -1 : 0;
}

static int iommufd_domains_one(void) { return iommufd_domains(false); }
static int iommufd_domains_many(void) { return iommufd_domains(true); }

/*
 * Revoking
 */

/* Take away what @v exported, while an IOMMU and a driver have it mapped. */
static int take_away(struct vfio *v, bool several, unsigned int how,
		     int (*take)(struct vfio *v), int (*give)(struct vfio *v))
{
	__u32 ioas = new_ioas();
	struct dmabuf_test_import imp;
	int fd, err;

	if (vfio_attach(&edu, ioas))
		return fail("attach: %m");
	fd = export_pieces(v, several);
	if (fd < 0)
		return fail("export: %m");
	if (map_file(ioas, fd, IOVA, 0, PIECES_BYTES, MAP_BOTH) ||
	    map_file(ioas, fd, IOVA + 0x100000, 0x2000, 0x3000, MAP_BOTH))
		return fail("map: %m");
	if (import(fd, how, &imp))
		return fail("import: %m");
	if (check_translation(v, several, IOVA, 0, PIECES_BYTES))
		return -1;
	err = take(v);
	if (err)
		return err;
	if (check_gone(IOVA, PIECES_BYTES) || check_gone(IOVA + 0x100000, 0x3000))
		return -1;
	if (ioctl(test_fd, DMABUF_TEST_MAPPED))
		return fail("the driver still has it");
	if (!give) {
		if (!map_file(ioas, fd, IOVA + 0x200000, 0, PIECES_BYTES, MAP_BOTH) ||
		    errno != ENODEV)
			return fail("mapping after that: %m");
	} else if (give(v)) {
		return fail("giving it back: %m");
	}
	/* What was taken from iommufd stays so, even with a new domain. */
	if (vfio_detach(&edu) || vfio_attach(&edu, ioas))
		return fail("another domain: %m");
	if (check_gone(IOVA, PIECES_BYTES))
		return -1;
	ioctl(test_fd, DMABUF_TEST_RELEASE);
	if (give) {
		if (import(fd, how, &imp))
			return fail("importing again: %m");
		if (map_file(ioas, fd, IOVA + 0x200000, 0, PIECES_BYTES, MAP_BOTH))
			return fail("mapping again: %m");
		if (check_translation(v, several, IOVA + 0x200000, 0, PIECES_BYTES))
			return -1;
		ioctl(test_fd, DMABUF_TEST_RELEASE);
		if (unmap_iova(ioas, IOVA + 0x200000, PIECES_BYTES))
			return fail("unmap: %m");
	}
	close(fd);
	if (unmap_iova(ioas, IOVA, PIECES_BYTES))
		return fail("unmapping what is gone: %m");
	/* The other one is left for who destroys it. */
	if (vfio_detach(&edu) || destroy(ioas))
		return fail("tearing down: %m");
	return 0;
}

static int memory_off(struct vfio *v)
{
	return vfio_command(v, PCI_COMMAND_MASTER) ? fail("command: %m") : 0;
}

static int memory_on(struct vfio *v)
{
	return vfio_command(v, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static int reset_device(struct vfio *v)
{
	return ioctl(v->fd, VFIO_DEVICE_RESET) ? fail("reset: %m") : 0;
}

static int nothing(struct vfio *v)
{
	return 0;
}

static int close_device(struct vfio *v)
{
	vfio_close(v);
	return 0;
}

static int revoke_memory(void)
{
	return take_away(&shm, !plain, 0, memory_off, memory_on) ?:
	       plain ? 0 : take_away(&shm, true, DMABUF_TEST_RANGES, memory_off, memory_on);
}

static int revoke_reset(void)
{
	return take_away(&far, !plain, plain ? 0 : DMABUF_TEST_RANGES, reset_device,
			 nothing);
}

static int revoke_close(void)
{
	return take_away(&far, !plain, plain ? 0 : DMABUF_TEST_RANGES, close_device, NULL) ?:
	       vfio_open(&far, MEMORY_BAR);
}

/*
 * Bad input: the errno is the same with every kernel.
 */

int expect(const char *what, int ret, int error)
{
	const int got = ret < 0 ? errno : 0;

	return got == error ? 0 : fail("%s: %s, not %s", what,
				       got ? strerror(got) : "success",
				       error ? strerror(error) : "success");
}

static int bad_udmabuf(void)
{
	int dev = open("/dev/udmabuf", O_RDWR);
	int good = make_memfd(0, BUFFER_BYTES, F_SEAL_SHRINK);
	int unsealed = make_memfd(0, BUFFER_BYTES, 0);
	int frozen = make_memfd(0, BUFFER_BYTES, F_SEAL_SHRINK | F_SEAL_WRITE);
	const struct {
		const char *what;
		struct udmabuf_create create;
		int error;
	} tries[] = {
		{ "no file", { -1, 0, 0, PAGE }, EBADFD },
		{ "not a memfd", { dev, 0, 0, PAGE }, EBADFD },
		{ "not sealed", { unsealed, 0, 0, PAGE }, EINVAL },
		{ "not to be written", { frozen, 0, 0, PAGE }, EINVAL },
		{ "part of a page", { good, 0, 0, PAGE - 1 }, EINVAL },
		{ "within a page", { good, 0, 512, PAGE }, EINVAL },
		{ "nothing", { good, 0, 0, 0 }, EINVAL },
		{ "beyond the end", { good, 0, BUFFER_BYTES, PAGE }, EINVAL },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < sizeof(tries) / sizeof(*tries) && !err; i++) {
		struct udmabuf_create create = tries[i].create;

		err = expect(tries[i].what, ioctl(dev, UDMABUF_CREATE, &create),
			     tries[i].error);
	}
	close(frozen);
	close(unsealed);
	close(good);
	close(dev);
	return err;
}

static int bad_heap(void)
{
	struct dma_heap_allocation_data tries[] = {
		{ .len = 0, .fd_flags = O_RDWR },
		{ .len = PAGE, .fd = 1, .fd_flags = O_RDWR },
		{ .len = PAGE, .fd_flags = 0x8000000 },
		{ .len = PAGE, .fd_flags = O_RDWR, .heap_flags = 1 },
	};
	static const int errors[] = { EINVAL, EINVAL, EINVAL, EINVAL };
	int dev = open("/dev/dma_heap/system", O_RDWR);
	char what[16];
	unsigned int i;
	int err = 0;

	for (i = 0; i < 4 && !err; i++) {
		snprintf(what, sizeof(what), "heap %u", i);
		err = expect(what, ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &tries[i]),
			     errors[i]);
	}
	close(dev);
	return err;
}

static int bad_import(void)
{
	struct dmabuf_test_import imp;
	int null = open("/dev/null", O_RDWR), fd = make_heap(SYSTEM_HEAP), err;

	err = expect("importing no file", import(-1, 0, &imp), EBADF) ?:
	      expect("importing a device", import(null, 0, &imp), EINVAL) ?:
	      expect("importing", import(fd, 0, &imp), 0) ?:
	      expect("importing two", import(fd, 0, &imp), EBUSY);
	close(fd);	/* while it is mapped */
	ioctl(test_fd, DMABUF_TEST_RELEASE);
	close(null);
	return err;
}

static int bad_export(void)
{
	const struct {
		const char *what;
		__u32 region, flags, nr;
		struct vfio_region_dma_range pieces[2];
		int error;
	} tries[] = {
		{ "no pieces", MEMORY_BAR, 0, 0, { }, EINVAL },
		{ "flags", MEMORY_BAR, 1, 1, { { 0, PAGE } }, EINVAL },
		{ "no such region", 100, 0, 1, { { 0, PAGE } }, ENODEV },
		{ "configuration space", VFIO_PCI_CONFIG_REGION_INDEX, 0, 1,
		  { { 0, PAGE } }, ENODEV },
		{ "no such BAR", 4, 0, 1, { { 0, PAGE } }, ENODEV },
		{ "an empty piece", MEMORY_BAR, 0, 2, { { 0, PAGE }, { 0, 0 } }, EINVAL },
		{ "part of a page", MEMORY_BAR, 0, 1, { { 0, PAGE + 8 } }, EINVAL },
		{ "within a page", MEMORY_BAR, 0, 1, { { 8, PAGE } }, EINVAL },
		{ "beyond the BAR", MEMORY_BAR, 0, 2,
		  { { 0, PAGE }, { shm.size, PAGE } }, EINVAL },
		{ "beyond all addresses", MEMORY_BAR, 0, 1,
		  { { -PAGE, PAGE } }, EOVERFLOW },
		{ "too long in all", MEMORY_BAR, 0, 2,
		  { { 0, -PAGE }, { 0, -PAGE } }, EINVAL },
		{ "too many", MEMORY_BAR, 0, -1U, { }, ENOMEM },
	};
	unsigned int i;

	for (i = 0; i < sizeof(tries) / sizeof(*tries); i++)
		if (expect(tries[i].what,
			   vfio_export(&shm, tries[i].region, tries[i].flags,
				       tries[i].pieces, tries[i].nr),
			   tries[i].error))
			return -1;
	return 0;
}

static int bad_map(void)
{
	__u32 ioas = new_ioas();
	int fd = export_pieces(&shm, false), foreign = make_legacy();
	int null = open("/dev/null", O_RDWR), err;
	const struct {
		const char *what;
		__u64 iova, start, len;
		__u32 flags;
		int fd, error;
	} tries[] = {
		{ "no file", IOVA, 0, PAGE, MAP_BOTH, -1, EBADF },
		{ "a device", IOVA, 0, PAGE, MAP_BOTH, null, EINVAL },
		{ "a buffer of a driver without ranges", IOVA, 0, PAGE, MAP_BOTH,
		  foreign, EOPNOTSUPP },
		{ "nothing", IOVA, 0, 0, MAP_BOTH, fd, EINVAL },
		{ "beyond the end", IOVA, PIECES_BYTES, PAGE, MAP_BOTH, fd, EINVAL },
		{ "over the end", IOVA, PAGE, PIECES_BYTES, MAP_BOTH, fd, EINVAL },
		{ "beyond all numbers", IOVA, -PAGE, 2 * PAGE, MAP_BOTH, fd, EOVERFLOW },
		{ "part of a page", IOVA, 0, PAGE + 8, MAP_BOTH, fd, EINVAL },
		{ "from within a page", IOVA, 8, PAGE, MAP_BOTH, fd, EINVAL },
		{ "to within a page", IOVA + 8, 0, PAGE, MAP_BOTH, fd, EINVAL },
		{ "beyond all addresses", -PAGE, 0, 2 * PAGE, MAP_BOTH, fd, EOVERFLOW },
		{ "unknown flags", IOVA, 0, PAGE, MAP_BOTH | 64, fd, EOPNOTSUPP },
		{ "for nobody", IOVA, 0, PAGE, 0, fd, EINVAL },
		{ "well", IOVA, 0, PIECES_BYTES, MAP_BOTH, fd, 0 },
		{ "where it is already", IOVA, 0, PIECES_BYTES, MAP_BOTH, fd, EEXIST },
		{ "elsewhere, too", IOVA + 0x100000, 0, PIECES_BYTES,
		  IOMMU_IOAS_MAP_READABLE, fd, 0 },
	};
	unsigned int i;

	if (vfio_attach(&edu, ioas))
		return fail("attach: %m");
	for (i = 0; i < sizeof(tries) / sizeof(*tries); i++)
		if (expect(tries[i].what,
			   map_file(ioas, tries[i].fd, tries[i].iova,
				    tries[i].start, tries[i].len, tries[i].flags),
			   tries[i].error))
			return -1;
	err = expect("unmapping a part", unmap_iova(ioas, IOVA, PAGE), ENOENT) ?:
	      check_translation(&shm, false, IOVA, 0, PIECES_BYTES) ?:
	      expect("unmapping nothing", unmap_iova(ioas, IOVA + 0x800000, PAGE),
		     ENOENT);
	close(null);
	close(foreign);
	close(fd);
	/* One of the two is still mapped when the domain goes. */
	if (!err && (unmap_iova(ioas, IOVA, PIECES_BYTES) || vfio_detach(&edu) ||
		     destroy(ioas)))
		err = fail("tearing down: %m");
	return err;
}

static int bad_input(void)
{
	return bad_udmabuf() ?: bad_heap() ?: bad_import() ?:
	       no_iommu ? 0 : bad_export() ?: bad_map();
}

/*
 * A child imports and maps what its parent has opened, and ends without a word.
 */
static int fork_and_exit(void)
{
	int fd = no_iommu ? make_heap(SYSTEM_HEAP) : export_pieces(&shm, false);
	int status = 0;
	struct dmabuf_test_import imp;
	__u32 ioas = 0;
	pid_t pid;

	if (fd < 0)
		return fail("no buffer: %m");
	if (!no_iommu) {
		ioas = new_ioas();
		if (vfio_attach(&edu, ioas))
			return fail("attach: %m");
	}
	pid = fork();
	if (!pid) {
		int own = open("/dev/dmabuf_test", O_RDWR);

		imp = (struct dmabuf_test_import){ .fd = fd };
		if (ioctl(own, DMABUF_TEST_IMPORT, &imp))
			_exit(errno);
		if (!no_iommu && map_file(ioas, fd, IOVA, 0, PIECES_BYTES, MAP_BOTH))
			_exit(errno);
		_exit(0);
	}
	close(fd);
	waitpid(pid, &status, 0);
	if (status)
		return fail("the child: %s", strerror(WEXITSTATUS(status)));
	if (no_iommu)
		return 0;
	/* What it mapped belongs to the address space. */
	if (check_translation(&shm, false, IOVA, 0, PIECES_BYTES))
		return -1;
	if (vfio_detach(&edu) || destroy(ioas))
		return fail("tearing down: %m");
	return 0;
}

/*
 * Leaks: what is not given back is missing as often as it is tried.
 */

#define ROUNDS		64
#define TRIES		4
#define MAX_CACHES	400

static struct count {
	char name[40];
	long before;
} counts[MAX_CACHES];

static const char *const counters[] = { "nr_iommu_pages ", "nr_shmem ", "nr_unevictable " };

/* Objects that are free but kept for a CPU would count as used. */
static void shrink_caches(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *entry;
	char path[320];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink",
			 entry->d_name);
		if (entry->d_name[0] != '.')
			write_file(path, "1");
	}
	if (dir)
		closedir(dir);
}

/* Calls @fn for the number of objects in each slab cache, and others. */
static int each_count(int (*fn)(const char *name, long nr))
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512], name[40];
	unsigned int i;
	long nr;
	int err = 0;

	if (!file)
		return fail("slabinfo: %m");
	shrink_caches();
	while (!err && fgets(line, sizeof(line), file))
		if (sscanf(line, "%39s %ld", name, &nr) == 2 && name[0] != '#')
			err = fn(name, nr);
	fclose(file);
	file = fopen("/proc/vmstat", "r");
	while (!err && file && fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(counters) / sizeof(*counters); i++)
			if (!strncmp(line, counters[i], strlen(counters[i])) &&
			    sscanf(line, "%39s %ld", name, &nr) == 2)
				err = fn(name, nr);
	if (file)
		fclose(file);
	return err;
}

static int remember(const char *name, long nr)
{
	struct count *c;

	for (c = counts; c->name[0]; c++)
		if (c == counts + MAX_CACHES - 2)
			return fail("too many caches");
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->before = nr;
	return 0;
}

static int has_grown(const char *name, long nr)
{
	struct count *c;

	for (c = counts; c->name[0]; c++)
		if (!strcmp(c->name, name) && nr - c->before >= ROUNDS / 2)
			return fail("%s: %ld before, %ld afterwards", name,
				    c->before, nr);
	return 0;
}

static int buffers_left(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "r");
	char line[256];
	int nr = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Total %d objects", &nr) == 1)
			break;
	if (file)
		fclose(file);
	return nr;
}

static int leak_round(void)
{
	const int fds[] = {
		make_udmabuf(), make_legacy(), make_vgem(),
		make_heap(SYSTEM_HEAP), make_heap(CMA_HEAP),
	};
	struct dmabuf_test_import imp;
	unsigned int i;

	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		int fd = fds[i], err;

		err = import(fd, plain ? 0 : DMABUF_TEST_RANGES, &imp);
		close(fd);
		if (err)
			return fail("import: %m");
		ioctl(test_fd, DMABUF_TEST_RELEASE);
	}
	/* What vmalloc() had is given back later, and not object by object. */
	if (vivid_round(VIVID_CONTIG) || vivid_round(VIVID_SG) ||
	    (!plain && vivid_round(VIVID_SG_RANGES)) || vgem_round() ||
	    bad_input() || fork_and_exit())
		return -1;
	return no_iommu ? 0 : take_away(&shm, !plain, 0, memory_off, memory_on);
}

static int leak_rounds(void)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		if (leak_round())
			return -1;
	/* Something is freed later than asked for. */
	sleep(1);
	return 0;
}

static int leaks(void)
{
	unsigned int i;
	cpu_set_t first;

	/* Counting needs objects itself, and each CPU has a reserve of them. */
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		return fail("affinity: %m");
	/* Caches fill up first. */
	if (leak_rounds())
		return -1;
	/* What waits for RCU to be freed is kept, too, but does not grow each time. */
	for (i = 0; i < TRIES; i++) {
		memset(counts, 0, sizeof(counts));
		if (each_count(remember) || leak_rounds())
			return -1;
		if (!each_count(has_grown))
			break;
	}
	if (i == TRIES)
		return -1;
	i = buffers_left();
	return i ? fail("%d buffers are left", i) : 0;
}

/*
 * All of them
 */

static const struct test {
	const char *name;
	int (*run)(void);
	bool vfio;		/* and so an IOMMU */
	bool ranges;		/* a kernel without them cannot do that */
} tests[] = {
	{ "udmabuf-ranges", udmabuf_ranges, false, true },
	{ "udmabuf-sgt", udmabuf_sgt },
	{ "heap-ranges", heap_ranges, false, true },
	{ "heap-sgt", heap_sgt },
	{ "cma-ranges", cma_ranges, false, true },
	{ "cma-sgt", cma_sgt },
	{ "vgem-ranges", vgem_ranges, false, true },
	{ "vgem-sgt", vgem_sgt },
	{ "vgem-import", vgem_import },
	{ "legacy-ranges", legacy_ranges, false, true },
	{ "legacy-sgt", legacy_sgt },
	{ "vivid-vmalloc", vmalloc_ranges, false, true },
	{ "vivid-vmalloc-sgt", vmalloc_sgt },
	{ "vivid-contig", contig_ranges, false, true },
	{ "vivid-contig-sgt", contig_sgt },
	{ "vivid-sg", sg_ranges, false, true },
	{ "vivid-sg-sgt", sg_sgt },
	{ "vivid-sg-no-table", sg_no_table, false, true },
	{ "vfio-one-sgt", vfio_one_sgt, true },
	{ "vfio-one-ranges", vfio_one_ranges, true, true },
	{ "vfio-many-sgt", vfio_many_sgt, true, true },
	{ "vfio-many-ranges", vfio_many_ranges, true, true },
	{ "iommufd-one", iommufd_one, true },
	{ "iommufd-many", iommufd_many, true, true },
	{ "iommufd-domains", iommufd_domains_one, true },
	{ "iommufd-domains-many", iommufd_domains_many, true, true },
	{ "revoke-memory", revoke_memory, true },
	{ "revoke-reset", revoke_reset, true },
	{ "revoke-close", revoke_close, true },
	{ "bad-input", bad_input },
	{ "fork", fork_and_exit },
	/* dma_buf_free_sgt() of 7.3 does not free the scatterlist. */
	{ "leaks", leaks, false, true },
};

static void run_test(const struct test *test)
{
	int err;

	why[0] = '\0';
	err = test->vfio && no_iommu ? skip("VFIO needs an IOMMU") : test->run();
	ioctl(test_fd, DMABUF_TEST_RELEASE);
	if (err != SKIP && plain && test->ranges)
		err ? result("%s ok without ranges: %s\n", test->name, why) :
		      result("%s FAILED it works without ranges\n", test->name);
	else if (err == SKIP)
		result("%s skipped %s\n", test->name, why);
	else if (err)
		result("%s FAILED %s\n", test->name, why);
	else
		result("%s ok\n", test->name);
}

static int load_module(void)
{
	int fd = open("/dmabuf_test.ko", O_RDONLY);

	return fd < 0 || syscall(SYS_finit_module, fd, "", 0) || close(fd) ? -1 : 0;
}

static int run_all(void)
{
	unsigned int i;

	if (!no_iommu && (vfio_bind(&edu) || vfio_bind(&shm) || vfio_bind(&far)))
		return fail("binding to vfio-pci: %m");
	if (load_module())
		return fail("module: %m");
	test_fd = open("/dev/dmabuf_test", O_RDWR);
	if (test_fd < 0)
		return fail("device: %m");
	if (!no_iommu) {
		iommufd = open("/dev/iommu", O_RDWR);
		if (vfio_open(&edu, 0) || vfio_open(&shm, MEMORY_BAR) ||
		    vfio_open(&far, MEMORY_BAR))
			return -1;
	}
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		run_test(&tests[i]);
	why[0] = '\0';
	vfio_close(&far);
	vfio_close(&shm);
	vfio_close(&edu);
	close(iommufd);
	close(test_fd);
	return syscall(SYS_delete_module, "dmabuf_test", 0) ? fail("unloading: %m") : 0;
}

int main(void)
{
	struct termios raw;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL);
	plain = getenv("PLAIN");
	no_iommu = getenv("NO_IOMMU");
	results = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
	if (!tcgetattr(results, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(results, TCSANOW, &raw);
	}
	if (run_all())
		result("init FAILED %s\n", why);
	else
		result("end\n");
	tcdrain(results);
	reboot(RB_AUTOBOOT);
	return 1;
}
