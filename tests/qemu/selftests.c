// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of the machines of "tools/qemu.sh --selftests": runs all programs
 * in /selftests, which report in the Test Anything Protocol, and writes a line
 * "PROGRAM/NUMBER-NAME ok", "... FAILED", "... skipped why" for each test and the
 * same without a number for each program to the second serial port, then "end".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define KSFT_SKIP	4
#define DEVICE		"0000:01:00.0"

static FILE *results;

/* A line of a program's, if it is about a test. */
static void report(const char *program, char *line)
{
	const char *skipped = strcasestr(line, "# skip"), *why = "";
	bool failed = !strncmp(line, "not ok ", 7);
	char *name = line + (failed ? 7 : 3), *end;

	if (!failed && strncmp(line, "ok ", 3))
		return;
	line[strcspn(line, "\n")] = '\0';
	if (skipped) {
		why = skipped + strlen("# skip");
		why += strspn(why, " ");
	}
	end = strstr(name, " #");
	if (end)
		*end = '\0';
	for (end = name; *end; end++)
		if (*end == ' ')
			*end = '-';
	fprintf(results, "%s/%s %s %s\n", program, name,
		failed ? "FAILED" : skipped ? "skipped" : "ok", why);
}

static int run(const char *program)
{
	int fds[2], status;
	char line[1024], why[1024] = "";
	FILE *output;
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(program, program, NULL);
		_exit(127);
	}
	close(fds[1]);
	output = fdopen(fds[0], "r");
	while (fgets(line, sizeof(line), output)) {
		/* The console has all of it. */
		fputs(line, stdout);
		if (line[0] != '\n')
			snprintf(why, sizeof(why), "%s", line);
		report(program, line);
	}
	fclose(output);
	if (waitpid(pid, &status, 0) < 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP)
		fprintf(results, "%s skipped %.*s\n", program, (int)strcspn(why, "\n"), why);
	else if (status)
		fprintf(results, "%s FAILED status %#x\n", program, status);
	else
		fprintf(results, "%s ok\n", program);
	return 0;
}

/* For those of VFIO, which else do nothing. */
static int give_device(void)
{
	static const char *const to[][2] = {
		{ "/sys/bus/pci/devices/" DEVICE "/driver_override", "vfio-pci" },
		{ "/sys/bus/pci/drivers_probe", DEVICE },
	};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		FILE *file = fopen(to[i][0], "w");

		if (!file || fputs(to[i][1], file) < 0 || fclose(file))
			return -1;
	}
	return setenv("VFIO_SELFTESTS_BDF", DEVICE, 1);
}

static int run_all(void)
{
	struct dirent **entries;
	int i, n;

	if (give_device())
		return -1;
	n = scandir(".", &entries, NULL, alphasort);
	for (i = 0; i < n; i++)
		if (entries[i]->d_name[0] != '.' && run(entries[i]->d_name))
			return -1;
	return n < 0 ? -1 : 0;
}

int main(void)
{
	struct termios raw;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL);
	results = fopen("/dev/ttyS1", "w");
	if (!results || chdir("/selftests"))
		return 1;
	setlinebuf(results);
	if (!tcgetattr(fileno(results), &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fileno(results), TCSANOW, &raw);
	}
	if (run_all())
		fprintf(results, "init FAILED %s\n", strerror(errno));
	else
		fprintf(results, "end\n");
	fflush(results);
	tcdrain(fileno(results));
	reboot(RB_AUTOBOOT);
	return 1;
}
