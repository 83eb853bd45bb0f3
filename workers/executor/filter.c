/*
 * filter.c: the system calls that a program may not make, by seccomp.
 *
 * Refused calls fail with EPERM.  Sockets are UNIX sockets or nothing: UDP, raw, netlink, packet,
 * vsock, SCTP, MPTCP and TCP itself end at socket().  clone3 hides its flags behind a pointer that a
 * filter cannot follow, so it does not exist (ENOSYS) and C libraries fall back on clone.  Calls of
 * another architecture's table kill the program.
 *
 * libseccomp allocates memory, so the filter is compiled before anything forks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILTER_MODE 1			/* SECCOMP_SET_MODE_FILTER */
#define FILTER_MAX 65536

static const int filter_refused[] = {
	/* other processes and their memory */
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(process_madvise), SCMP_SYS(userfaultfd),
	SCMP_SYS(perf_event_open), SCMP_SYS(bpf),
	/* file systems and namespaces */
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(mount_setattr), SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(unshare), SCMP_SYS(setns),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd),
	/* input and output that filters do not see */
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	/* keys */
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	/* the machine */
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(reboot), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex), SCMP_SYS(acct),
	SCMP_SYS(syslog), SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(personality),
	SCMP_SYS(vhangup)
};

/* Refuses a call when one argument, masked, is a value. */
static int
filter_refuse_flag(scmp_filter_ctx ctx, int call, unsigned int argument, unsigned long flag)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), call, 1,
							SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, flag, flag));
}

static int
filter_refuse_calls(scmp_filter_ctx ctx)
{
	int			status = 0;

	for (size_t i = 0; status == 0 && i < sizeof(filter_refused) / sizeof(int); i++)
		status = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), filter_refused[i], 0);
	if (status == 0)
		status = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return status;
}

/* The flag of the argument that has MSG_FASTOPEN, though no socket is left that would know it. */
static int
filter_refuse_sockets(scmp_filter_ctx ctx)
{
	int			status = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
										  SCMP_A0_32(SCMP_CMP_NE, AF_UNIX));

	if (status == 0)
		status = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socketpair), 1,
								  SCMP_A0_32(SCMP_CMP_NE, AF_UNIX));
	if (status == 0)
		status = filter_refuse_flag(ctx, SCMP_SYS(sendto), 3, MSG_FASTOPEN);
	if (status == 0)
		status = filter_refuse_flag(ctx, SCMP_SYS(sendmsg), 2, MSG_FASTOPEN);
	if (status == 0)
		status = filter_refuse_flag(ctx, SCMP_SYS(sendmmsg), 3, MSG_FASTOPEN);
	return status;
}

static int
filter_refuse_arguments(scmp_filter_ctx ctx)
{
	static const unsigned long flags[] = {
		CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS,
		CLONE_NEWCGROUP
	};
	int			status = 0;

	for (size_t i = 0; status == 0 && i < sizeof(flags) / sizeof(flags[0]); i++)
		status = filter_refuse_flag(ctx, SCMP_SYS(clone), 0, flags[i]);
	/* typing into somebody's terminal; only the low half of the argument counts in the kernel */
	if (status == 0)
		status = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
								  SCMP_A1_32(SCMP_CMP_EQ, TIOCSTI));
	return status;
}

/* Takes the compiled filter out of libseccomp, through a file in memory. */
static int
filter_export(scmp_filter_ctx ctx, Filter *filter)
{
	struct stat file;
	int			fd = memfd_create("filter", MFD_CLOEXEC);
	int			status = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);

	if (status == 0 && fstat(fd, &file) != 0)
		status = -errno;
	if (status == 0 && (file.st_size <= 0 || file.st_size > FILTER_MAX))
		status = -E2BIG;
	if (status == 0)
	{
		filter->program.filter = malloc((size_t) file.st_size);
		filter->program.len = (unsigned short) ((size_t) file.st_size / sizeof(struct sock_filter));
		if (filter->program.filter == NULL)
			status = -ENOMEM;
		else if (pread(fd, filter->program.filter, (size_t) file.st_size, 0) != file.st_size)
			status = -EIO;
	}
	if (fd >= 0)
		(void) close(fd);
	return status;
}

bool
filter_compile(Filter *filter, Failure *failure)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int			status = ctx == NULL ? -ENOMEM : 0;

	memset(filter, 0, sizeof(*filter));
	if (status == 0)
		status = filter_refuse_calls(ctx);
	if (status == 0)
		status = filter_refuse_sockets(ctx);
	if (status == 0)
		status = filter_refuse_arguments(ctx);
	if (status == 0)
		status = filter_export(ctx, filter);
	seccomp_release(ctx);
	if (status == 0)
		return true;
	failure_set(failure, "could not compile the filter of system calls: %s", strerror(-status));
	filter_free(filter);
	return false;
}

void
filter_free(Filter *filter)
{
	free(filter->program.filter);
	memset(filter, 0, sizeof(*filter));
}

const char *
filter_close(const Filter *filter)
{
	if (syscall(SYS_seccomp, FILTER_MODE, 0, &filter->program) != 0)
		return "filter its system calls";
	return NULL;
}
