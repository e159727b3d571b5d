// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of the machines that tools/qemu.sh starts: runs all tests and
 * writes a line "NAME ok duration", "NAME FAILED why" or "NAME skipped why" for each to the
 * second serial port, then "end". The kernel's command line gives it
 * MODULE, what to tell the module, NO_BRIDGES if devices behind bridges are not to
 * be tested, and NO_DISKS if there is no driver for disks. With
 * NO_SCSI there is none of SCSI. Range lists can be a module.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

#include "../drivers/range_test_uapi.h"

/* User memory begins and ends within pages, and guards are around it. */
#define USER_BYTES	(3 * 4096 + 1000)
#define USER_OFFSET	1077
#define USER_MAPPED	(6 * 4096)
#define GUARD		0x5a

static const struct place {
	const char *name;	/* also the serial number of the disk there */
	unsigned int depth;
} places[] = {
	{ "root", 0 },
	{ "ports", 1 },
	{ "switch", 3 },
};

static const char *const plain_tests[] = {
	"edu-pages", "edu-unaligned", "edu-small", "edu-28-bit", "edu-user",
	"edu-both-ways", "edu-limits", "edu-large", "edu-threads", "nvme-pages",
	"nvme-pieces", "scsi-pages", "scsi-pieces",
};

static const char *const p2p_tests[] = { "edu-p2p", "p2p-map", "nvme-p2p" };

static int results = STDOUT_FILENO;

/* One write for a line, so that those of several processes do not mix. */
static void result(const char *fmt, ...)
{
	char line[256];
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

static int read_word(const char *path, char *word, int size)
{
	FILE *file = fopen(path, "r");
	char fmt[16];
	int n;

	if (!file)
		return -1;
	snprintf(fmt, sizeof(fmt), "%%%ds", size - 1);
	n = fscanf(file, fmt, word);
	fclose(file);
	return n == 1 ? 0 : -1;
}

static void find_disk(const char *serial, char *path, size_t size)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;

	*path = '\0';
	while (dir && (entry = readdir(dir))) {
		char file[300], word[32];

		snprintf(file, sizeof(file), "/sys/block/%s/device/serial",
			 entry->d_name);
		if (!read_word(file, word, sizeof(word)) && !strcmp(word, serial))
			snprintf(path, size, "/dev/%.20s", entry->d_name);
	}
	if (dir)
		closedir(dir);
}

static unsigned char *user_memory(void)
{
	unsigned char *mem = mmap(NULL, USER_MAPPED, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return NULL;
	memset(mem, GUARD, USER_MAPPED);
	return mem;
}

/* Whether the device has copied all of it and nothing else. */
static const char *user_compare(const unsigned char *src, const unsigned char *dst)
{
	unsigned int i;

	for (i = 0; i < USER_MAPPED; i++)
		if (i - USER_OFFSET >= USER_BYTES && dst[i] != GUARD)
			return "bytes outside of the buffer were written";
	if (memcmp(src + USER_OFFSET, dst + USER_OFFSET, USER_BYTES))
		return "the bytes differ";
	return NULL;
}

static void run_test(int fd, const char *test, const struct place *place, int named)
{
	struct range_test t = { .depth = place->depth };
	unsigned char *src = user_memory(), *dst = user_memory();
	struct timespec start, end;
	char name[64];
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &start);
	snprintf(t.name, sizeof(t.name), "%s", test);
	snprintf(name, sizeof(name), named ? "%s-%s" : "%s", test, place->name);
	if (getenv("NO_DISKS") && (strstr(test, "nvme") || strstr(test, "p2p") ||
				   strstr(test, "scsi-"))) {
		result("%s skipped %s\n", name, "there is no driver for the disks");
		return;
	}
	if (place->depth && getenv("NO_BRIDGES")) {
		result("%s skipped %s\n", name,
		       "QEMU's IOMMU does not know devices behind bridges");
		return;
	}
	if (getenv("NO_SCSI") && strstr(test, "scsi-")) {
		result("%s skipped %s\n", name,
		       "QEMU's adapter reads its own memory through the IOMMU");
		return;
	}
	/* Of SCSI there is one. */
	if (strstr(test, "scsi-"))
		snprintf(t.disk, sizeof(t.disk), "/dev/sda");
	else
		find_disk(place->name, t.disk, sizeof(t.disk));
	if (!src || !dst) {
		result("%s FAILED no memory\n", name);
		return;
	}
	for (i = 0; i < USER_BYTES; i++)
		src[USER_OFFSET + i] = i * 167 + (i >> 8);
	t.src = (unsigned long)src + USER_OFFSET;
	t.dst = (unsigned long)dst + USER_OFFSET;
	t.len = USER_BYTES;
	if (ioctl(fd, RANGE_TEST_RUN, &t)) {
		if (!t.why[0])
			snprintf(t.why, sizeof(t.why), "%s", strerror(errno));
		result("%s %s %s\n", name,
		       errno == EOPNOTSUPP ? "skipped" : "FAILED", t.why);
	} else if (!strcmp(test, "edu-user") && user_compare(src, dst)) {
		result("%s FAILED %s\n", name, user_compare(src, dst));
	} else {
		clock_gettime(CLOCK_MONOTONIC, &end);
		result("%s ok %ld s\n", name, (long)(end.tv_sec - start.tv_sec));
	}
}

static void start_test(int fd, const char *test, const struct place *place, int named)
{
	pid_t pid = fork();

	if (pid > 0)
		return;
	run_test(fd, test, place, named);
	if (!pid)
		_exit(0);
}

static int load_module(const char *name, const char *params)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/%s.ko", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || syscall(SYS_finit_module, fd, params ?: "", 0))
		return -1;
	return close(fd);
}

/*
 * What a driver leaves mapped is found when it goes.  Not that of the SCSI disk,
 * which frees coherent memory with interrupts disabled.  Restarting would stop a
 * virtio-iommu while the disks still work.
 */
static int unbind_disks(void)
{
	DIR *dir = opendir("/sys/bus/pci/drivers/nvme");
	struct dirent *entry;
	int fd, err = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		if (!strchr(entry->d_name, ':'))
			continue;
		fd = openat(dirfd(dir), "unbind", O_WRONLY);
		if (write(fd, entry->d_name, strlen(entry->d_name)) < 0)
			err = -1;
		close(fd);
	}
	closedir(dir);
	return err;
}

static int run_all(void)
{
	const bool module = !access("/range_list.ko", F_OK);
	unsigned int i, k;
	int fd;

	if (module && load_module("range_list", NULL))
		return -1;
	if (load_module("range_test", getenv("MODULE")))
		return -1;
	fd = open("/dev/range_test", O_RDWR);
	if (fd < 0)
		return -1;
	/* A DMA of the edu device takes 0.1 s; all devices work at once. */
	for (i = 0; i < sizeof(plain_tests) / sizeof(*plain_tests); i++)
		start_test(fd, plain_tests[i], &places[0], 0);
	for (i = 0; i < sizeof(p2p_tests) / sizeof(*p2p_tests); i++)
		for (k = 0; k < sizeof(places) / sizeof(*places); k++)
			start_test(fd, p2p_tests[i], &places[k], 1);
	while (wait(NULL) > 0)
		;
	close(fd);
	if (syscall(SYS_delete_module, "range_test", 0) ||
	    (module && syscall(SYS_delete_module, "range_list", 0)))
		return -1;
	return getenv("NO_DISKS") ? 0 : unbind_disks();
}

int main(void)
{
	struct termios raw;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	results = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
	if (!tcgetattr(results, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(results, TCSANOW, &raw);
	}
	if (run_all())
		result("init FAILED %s\n", strerror(errno));
	else
		result("end\n");
	tcdrain(results);
	reboot(RB_AUTOBOOT);
	return 1;
}
