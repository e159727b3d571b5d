// SPDX-License-Identifier: GPL-2.0
/*
 * The only process of the machine that `make run` boots: gives the sample driver
 * a buffer, prints its report, and switches the machine off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#define BUFFER_BYTES	(3u << 20)
#define BUFFER_OFFSET	1000u	/* neither start nor end is that of a page */

static int report(void)
{
	unsigned char *mem = malloc(BUFFER_BYTES + BUFFER_OFFSET);
	unsigned char *buf = mem + BUFFER_OFFSET;
	char text[4096];
	ssize_t n;
	unsigned long i;
	int fd;

	if (!mem)
		return -1;
	for (i = 0; i < BUFFER_BYTES; i++)
		buf[i] = i * 167 + (i >> 12);
	if (mount("dev", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY)
		return -1;
	fd = open("/dev/range_list", O_RDWR);
	if (fd < 0 || write(fd, buf, BUFFER_BYTES) != BUFFER_BYTES)
		return -1;
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stdout);
	return n;
}

int main(void)
{
	if (report())
		printf("FAILED: %s\n", strerror(errno));
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
