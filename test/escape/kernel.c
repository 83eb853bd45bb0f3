/*
 * kernel.c: ways out over files, processes and the kernel.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"

#define KERNEL_MB 1048576
#define KERNEL_MANY_PROCESSES 2000
#define KERNEL_MUCH_MEMORY_MB 1500
#define KERNEL_MUCH_DISK_MB 400
#define KERNEL_URING_PARAMS 120

extern char **environ;

static bool
kernel_opens(const char *path, int flags)
{
	char		byte;
	int			fd = open(path, flags);

	if (fd < 0)
		return false;
	return (flags & O_ACCMODE) == O_WRONLY || read(fd, &byte, 1) >= 0;
}

static bool
kernel_opens_of(pid_t process, const char *name, int flags)
{
	char		path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/%s", process, name);
	return kernel_opens(path, flags);
}

static bool
escape_secret(const Outside *outside)
{
	char		path[256];

	(void) snprintf(path, sizeof(path), "%s/secret", outside->directory);
	return kernel_opens(path, O_RDONLY);
}

static bool
escape_write(const Outside *outside)
{
	char		path[256];

	(void) snprintf(path, sizeof(path), "%s/written", outside->directory);
	return open(path, O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool
escape_shared_tmp(const Outside *outside)
{
	char		path[64];
	int			fd;

	(void) outside;
	(void) snprintf(path, sizeof(path), "/var/tmp/escape-%d", getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	(void) unlink(path);
	return fd >= 0;
}

static bool
escape_environment(const Outside *outside)
{
	(void) outside;
	for (char **variable = environ; *variable != NULL; variable++)
	{
		if (strncmp(*variable, "PATH=", 5) != 0)
			return true;
	}
	return false;
}

static bool
escape_others_command(const Outside *outside)
{
	return kernel_opens_of(outside->process, "cmdline", O_RDONLY);
}

static bool
escape_others_environment(const Outside *outside)
{
	return kernel_opens_of(outside->process, "environ", O_RDONLY);
}

/* Opening is what the kernel judges; there is nothing at address 0 to be read. */
static bool
kernel_opens_memory(pid_t process)
{
	char		path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/mem", process);
	return open(path, O_RDONLY) >= 0;
}

static bool
escape_others_memory(const Outside *outside)
{
	return kernel_opens_memory(outside->process);
}

/* The attempt runs in a child, so the one to look into is two above: the keeper's or executor's. */
static bool
escape_parent_memory(const Outside *outside)
{
	char		path[64];
	char		line[256];
	int			parent = 0;
	FILE	   *status;

	(void) outside;
	(void) snprintf(path, sizeof(path), "/proc/%d/status", getppid());
	status = fopen(path, "r");
	while (status != NULL && parent == 0 && fgets(line, sizeof(line), status) != NULL)
		(void) sscanf(line, "PPid: %d", &parent);
	return parent > 0 && kernel_opens_memory(parent);
}

static bool
escape_signal(const Outside *outside)
{
	return kill(outside->process, 0) == 0;
}

static bool
escape_ptrace(const Outside *outside)
{
	return ptrace(PTRACE_SEIZE, outside->process, NULL, NULL) == 0;
}

static bool
escape_mount(const Outside *outside)
{
	(void) outside;
	return mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0;
}

static bool
escape_unshare(const Outside *outside)
{
	(void) outside;
	return unshare(CLONE_NEWUSER) == 0;
}

static bool
escape_clone(const Outside *outside)
{
	pid_t		child = (pid_t) syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	(void) outside;
	if (child == 0)
		_exit(0);
	return child > 0;
}

static bool
escape_io_uring(const Outside *outside)
{
	char		params[KERNEL_URING_PARAMS] = {0};

	(void) outside;
	return syscall(SYS_io_uring_setup, 1, params) >= 0;
}

static bool
escape_keyctl(const Outside *outside)
{
	(void) outside;
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 1) >= 0;
}

static bool
escape_privileges(const Outside *outside)
{
	(void) outside;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool
escape_clock(const Outside *outside)
{
	struct timespec now;

	(void) outside;
	return clock_gettime(CLOCK_REALTIME, &now) == 0 && clock_settime(CLOCK_REALTIME, &now) == 0;
}

static bool
escape_personality(const Outside *outside)
{
	(void) outside;
	return syscall(SYS_personality, 0x0040000UL) >= 0;	/* no address randomisation */
}

static bool
escape_fork_bomb(const Outside *outside)
{
	int			n = 0;

	(void) outside;
	for (; n < KERNEL_MANY_PROCESSES; n++)
	{
		pid_t		child = fork();

		if (child == 0)
			_exit(pause());
		if (child < 0)
			break;
	}
	(void) signal(SIGTERM, SIG_IGN);
	(void) kill(0, SIGTERM);
	while (wait(NULL) > 0)
		continue;
	return n == KERNEL_MANY_PROCESSES;
}

static bool
escape_memory_bomb(const Outside *outside)
{
	(void) outside;
	for (int i = 0; i < KERNEL_MUCH_MEMORY_MB; i++)
	{
		char	   *memory = malloc(KERNEL_MB);

		if (memory == NULL)
			return false;
		memory[0] = memory[KERNEL_MB - 1] = 'x';
	}
	return true;
}

/* Many files, as the limit of one is easily kept. */
static bool
escape_disk_fill(const Outside *outside)
{
	static char block[KERNEL_MB];
	char		name[64];
	int			written = 0;

	(void) outside;
	for (; written < KERNEL_MUCH_DISK_MB; written++)
	{
		int			fd;

		(void) snprintf(name, sizeof(name), "/tmp/escape-%d-%d", getpid(), written);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || write(fd, block, sizeof(block)) != (ssize_t) sizeof(block))
			break;
		(void) close(fd);
	}
	for (int i = 0; i <= written; i++)
	{
		(void) snprintf(name, sizeof(name), "/tmp/escape-%d-%d", getpid(), i);
		(void) unlink(name);
	}
	return written == KERNEL_MUCH_DISK_MB;
}

const Attempt attempts_kernel[] = {
	{"read the user's files", escape_secret}, {"write the user's files", escape_write},
	{"write to /var/tmp", escape_shared_tmp}, {"environment", escape_environment},
	{"another's command line", escape_others_command},
	{"another's environment", escape_others_environment},
	{"another's memory", escape_others_memory},
	{"the parent's memory", escape_parent_memory}, {"signal another", escape_signal},
	{"ptrace", escape_ptrace}, {"mount", escape_mount}, {"unshare", escape_unshare},
	{"clone with namespaces", escape_clone}, {"io_uring", escape_io_uring},
	{"keyctl", escape_keyctl}, {"setuid programs", escape_privileges}, {"set the clock",
																		escape_clock},
	{"personality", escape_personality}, {"fork bomb", escape_fork_bomb},
	{"memory bomb", escape_memory_bomb}, {"fill the disk", escape_disk_fill}
};

const size_t attempts_kernel_n = sizeof(attempts_kernel) / sizeof(attempts_kernel[0]);
