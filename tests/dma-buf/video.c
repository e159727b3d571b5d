// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of drivers of video devices that do not exist: vgem, and vivid, which has
 * an instance for each allocator of videobuf2.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <linux/videodev2.h>

#include "test.h"

/*
 * vgem
 */

static int drm_fd(int drm, __u32 handle)
{
	struct drm_prime_handle prime = {
		.handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR,
	};

	return ioctl(drm, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) ? -1 : prime.fd;
}

int make_vgem(void)
{
	struct drm_mode_create_dumb dumb = {
		.width = PAGE / 4, .height = BUFFER_PAGES, .bpp = 32,
	};
	int drm = open("/dev/dri/card0", O_RDWR), fd = -1;

	if (!ioctl(drm, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		fd = drm_fd(drm, dumb.handle);
	/* The buffer outlives its handle. */
	close(drm);
	return fd;
}

/* Whether a device is attached to any buffer. */
static bool attached(const char *device)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "r");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = line[0] == '\t' && !strncmp(line + 1, device, strlen(device));
	if (file)
		fclose(file);
	return found;
}

/* It attaches to the buffer of another driver, and gives it to others. */
int vgem_import(void)
{
	int drm = open("/dev/dri/card0", O_RDWR), given = make_udmabuf(), fd;
	struct drm_prime_handle prime = { .fd = given };
	struct drm_gem_close gem = {};
	int err;

	if (ioctl(drm, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime))
		return fail("vgem imports: %m");
	close(given);
	if (!attached("vgem"))
		return fail("vgem is not attached");
	fd = drm_fd(drm, prime.handle);
	if (fd < 0)
		return fail("vgem gives it on: %m");
	err = memory(fd, 0);
	gem.handle = prime.handle;
	if (!err && ioctl(drm, DRM_IOCTL_GEM_CLOSE, &gem))
		err = fail("closing: %m");
	close(drm);
	return err ?: attached("vgem") ? fail("vgem is still attached") : 0;
}

/* For who counts what is left. */
int vgem_round(void)
{
	int drm = open("/dev/dri/card0", O_RDWR);
	struct drm_prime_handle prime = { .fd = make_udmabuf() };
	int err = ioctl(drm, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	close(prime.fd);
	close(drm);
	return err ? fail("vgem imports: %m") : 0;
}

/*
 * vivid
 */

/* Small enough for BUFFER_BYTES. */
#define WIDTH		320
#define HEIGHT		180
#define FRAME_BYTES	(WIDTH * HEIGHT)
#define OSD_TEXT_MODE	(0x00f0f000 + 1)	/* a control of vivid */
#define OSD_NONE	2

struct queue {
	int node;
	__u32 type;
};

/* There may be 99 of them. */
static int open_node(unsigned int instance, const char *kind)
{
	char want[40], path[64], name[40];
	unsigned int i;
	FILE *file;

	snprintf(want, sizeof(want), "vivid-%03u-vid-%s\n", instance, kind);
	for (i = 0; i < 99; i++) {
		snprintf(path, sizeof(path), "/sys/class/video4linux/video%u/name", i);
		file = fopen(path, "r");
		if (!file)
			break;
		if (!fgets(name, sizeof(name), file))
			name[0] = '\0';
		fclose(file);
		if (strcmp(name, want))
			continue;
		snprintf(path, sizeof(path), "/dev/video%u", i);
		return open(path, O_RDWR);
	}
	errno = ENODEV;
	return -1;
}

/* Every frame is the same then. */
static int open_queue(struct queue *q, unsigned int instance, __u32 type)
{
	const bool cap = type == V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_control text = { .id = OSD_TEXT_MODE, .value = OSD_NONE };
	struct v4l2_format format = {
		.type = type,
		.fmt.pix = {
			.width = WIDTH, .height = HEIGHT,
			.pixelformat = V4L2_PIX_FMT_GREY,
			.field = V4L2_FIELD_NONE,
		},
	};

	q->type = type;
	q->node = open_node(instance, cap ? "cap" : "out");
	if (q->node < 0)
		return fail("vivid %u: %m", instance);
	if (ioctl(q->node, VIDIOC_S_FMT, &format) || (cap && ioctl(q->node, VIDIOC_S_CTRL, &text)))
		return fail("vivid's format: %m");
	if (format.fmt.pix.sizeimage != FRAME_BYTES)
		return fail("a frame of vivid's has %u bytes", format.fmt.pix.sizeimage);
	return 0;
}

static int request(struct queue *q, __u32 memory, __u32 count)
{
	struct v4l2_requestbuffers req = {
		.type = q->type, .memory = memory, .count = count,
	};

	return ioctl(q->node, VIDIOC_REQBUFS, &req);
}

static int export(struct queue *q)
{
	struct v4l2_exportbuffer exp = {
		.type = q->type, .flags = O_CLOEXEC | O_RDWR,
	};

	return ioctl(q->node, VIDIOC_EXPBUF, &exp) ? -1 : exp.fd;
}

/* One frame, into or out of a buffer of the queue or, if there is one, a dma-buf. */
static int stream(struct queue *q, int fd)
{
	struct v4l2_buffer buf = {
		.type = q->type,
		.memory = fd < 0 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF,
		.bytesused = FRAME_BYTES,
		.length = FRAME_BYTES,
	};
	unsigned int i, ready = 0;

	/* An output needs a second one to go on to. */
	for (i = 0; i < 2; i++) {
		buf.index = i;
		buf.m.fd = fd;
		if (ioctl(q->node, VIDIOC_QBUF, &buf))
			return -1;
	}
	if (ioctl(q->node, VIDIOC_STREAMON, &q->type))
		return -1;
	while (!ioctl(q->node, VIDIOC_DQBUF, &buf)) {
		if (buf.flags & V4L2_BUF_FLAG_ERROR) {
			errno = EIO;
			break;
		}
		if (buf.index == 0) {
			ready = 1;
			break;
		}
	}
	if (!ready) {
		ioctl(q->node, VIDIOC_STREAMOFF, &q->type);
		return -1;
	}
	return ioctl(q->node, VIDIOC_STREAMOFF, &q->type);
}

static unsigned char *map(int fd, size_t len)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

#define VIVID_BYTES	((FRAME_BYTES + PAGE - 1) / PAGE * PAGE)

/* A frame in a dma-buf of somebody else's is that in a buffer of its own. */
static int capture_into(struct queue *cap, const char *what, int fd, size_t len,
			const unsigned char *frame)
{
	unsigned char *mem = fd < 0 ? NULL : map(fd, len);
	int err;

	if (!mem)
		return fail("%s: %m", what);
	memset(mem, 0x5a, len);
	if (request(cap, V4L2_MEMORY_DMABUF, 2) || stream(cap, fd))
		return fail("capture into %s: %m", what);
	cpu_access(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	err = compare(what, mem, frame, FRAME_BYTES);
	cpu_access(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap(mem, len);
	if (request(cap, V4L2_MEMORY_DMABUF, 0))
		return fail("giving back %s: %m", what);
	return err;
}

/*
 * What the allocator can import. dma-contig wants one piece, which others are only by
 * chance, as when their pages are bounced one behind the other.
 */
static int capture_into_all(struct queue *cap, unsigned int instance,
			    const unsigned char *frame)
{
	const struct {
		const char *what;
		int fd;
		bool one_piece;
	} given[] = {
		{ "a buffer of the CMA heap", make_heap(CMA_HEAP), true },
		{ "a buffer of the system heap", make_heap(SYSTEM_HEAP) },
		{ "a udmabuf", make_udmabuf() },
		{ "a buffer of vgem", make_vgem() },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < sizeof(given) / sizeof(*given) && !err; i++) {
		if (given[i].fd < 0)
			return fail("no %s: %m", given[i].what);
		if (instance != VIVID_CONTIG || given[i].one_piece)
			err = capture_into(cap, given[i].what, given[i].fd,
					   BUFFER_BYTES, frame);
	}
	for (i = 0; i < sizeof(given) / sizeof(*given); i++)
		close(given[i].fd);
	return err;
}

/* A buffer of the one queue, for a device and for the other queue. */
static int exchange(struct queue *cap, struct queue *out, unsigned int how,
		    unsigned char *frame)
{
	unsigned char *mem;
	int fd, err;

	if (request(cap, V4L2_MEMORY_MMAP, 2))
		return fail("buffers: %m");
	fd = export(cap);
	mem = fd < 0 ? NULL : map(fd, VIVID_BYTES);
	if (!mem)
		return fail("export: %m");
	if (stream(cap, -1))
		return fail("capture: %m");
	memcpy(frame, mem, FRAME_BYTES);
	err = device_reads(fd, mem, VIVID_BYTES, how);
	if (!err && (request(out, V4L2_MEMORY_DMABUF, 2) || stream(out, fd) ||
		     request(out, V4L2_MEMORY_DMABUF, 0)))
		err = fail("output: %m");
	err = err ?: device_writes(fd, mem, VIVID_BYTES, how) ?:
	      device_reads(fd, mem, VIVID_BYTES, how | DMABUF_TEST_STATIC);
	munmap(mem, VIVID_BYTES);
	close(fd);
	if (request(cap, V4L2_MEMORY_MMAP, 0))
		return fail("giving back: %m");
	if (err)
		return err;

	if (request(out, V4L2_MEMORY_MMAP, 2))
		return fail("buffers for output: %m");
	fd = export(out);
	err = capture_into(cap, "a buffer of the output", fd, VIVID_BYTES, frame) ?:
	      request(out, V4L2_MEMORY_MMAP, 0) ? fail("with an exported buffer: %m") : 0;
	close(fd);
	return err;
}

int vivid_buffers(unsigned int instance, unsigned int how)
{
	static unsigned char frame[FRAME_BYTES];
	struct queue cap, out;
	int err;

	err = open_queue(&cap, instance, V4L2_BUF_TYPE_VIDEO_CAPTURE) ?:
	      open_queue(&out, instance, V4L2_BUF_TYPE_VIDEO_OUTPUT) ?:
	      exchange(&cap, &out, how, frame) ?:
	      capture_into_all(&cap, instance, frame);
	close(out.node);
	close(cap.node);
	return err;
}

/* As vgem_round(): ends without giving anything back. */
int vivid_round(unsigned int instance)
{
	struct queue cap, out;
	struct v4l2_buffer buf = {
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT, .memory = V4L2_MEMORY_DMABUF,
		.bytesused = FRAME_BYTES, .length = FRAME_BYTES,
	};

	if (open_queue(&cap, instance, V4L2_BUF_TYPE_VIDEO_CAPTURE) ||
	    open_queue(&out, instance, V4L2_BUF_TYPE_VIDEO_OUTPUT))
		return -1;
	if (request(&cap, V4L2_MEMORY_MMAP, 2) || request(&out, V4L2_MEMORY_DMABUF, 2))
		return fail("buffers: %m");
	buf.m.fd = export(&cap);
	if (buf.m.fd < 0 || ioctl(out.node, VIDIOC_QBUF, &buf))
		return fail("queueing: %m");
	close(cap.node);
	close(buf.m.fd);
	close(out.node);
	return 0;
}
