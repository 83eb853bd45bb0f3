/*
 * fence.c: what a program may do with files, and whom it may reach, by Landlock.
 *
 * The kernel's header of Debian 12 is older than its network and scope rules, so their few numbers,
 * which are part of the kernel's interface for ever, stand here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FENCE_VERSION 1U
#define FENCE_PATH_BENEATH 1

#define FENCE_FS_EXECUTE (1ULL << 0)
#define FENCE_FS_WRITE_FILE (1ULL << 1)
#define FENCE_FS_READ_FILE (1ULL << 2)
#define FENCE_FS_READ_DIR (1ULL << 3)
#define FENCE_FS_TRUNCATE (1ULL << 14)
#define FENCE_FS_IOCTL_DEV (1ULL << 15)

#define FENCE_FS_READ (FENCE_FS_EXECUTE | FENCE_FS_READ_FILE | FENCE_FS_READ_DIR)
#define FENCE_FS_FILE (FENCE_FS_EXECUTE | FENCE_FS_WRITE_FILE | FENCE_FS_READ_FILE | FENCE_FS_TRUNCATE)

#define FENCE_NET_TCP 3ULL		/* bind and connect */
#define FENCE_SCOPE 3ULL		/* abstract sockets and signals */

typedef struct FenceRules
{
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scope;
} FenceRules;

typedef struct __attribute__((packed)) FenceBeneath
{
	uint64_t	allowed;
	int32_t		parent_fd;
} FenceBeneath;

/* All rights over files that a version of the interface knows; 13 of them from the beginning. */
static uint64_t
fence_fs(long version)
{
	uint64_t	rights = (1ULL << 13) - 1;

	if (version >= 2)
		rights |= 1ULL << 13;	/* linking and renaming between directories */
	if (version >= 3)
		rights |= FENCE_FS_TRUNCATE;
	if (version >= 5)
		rights |= FENCE_FS_IOCTL_DEV;
	return rights;
}

static int
fence_create(FenceRules *rules)
{
	long		version = syscall(SYS_landlock_create_ruleset, NULL, 0, FENCE_VERSION);
	size_t		size = offsetof(FenceRules, net);

	if (version < 1)
		return -1;
	*rules = (FenceRules) {fence_fs(version), FENCE_NET_TCP, FENCE_SCOPE};
	if (version >= 4)
		size = offsetof(FenceRules, scope);
	if (version >= 6)
		size = sizeof(*rules);
	return (int) syscall(SYS_landlock_create_ruleset, rules, size, 0);
}

static bool
fence_allow_fd(int ruleset, int fd, uint64_t allowed)
{
	const FenceBeneath beneath = {allowed, fd};

	return syscall(SYS_landlock_add_rule, ruleset, FENCE_PATH_BENEATH, &beneath, 0) == 0;
}

static bool
fence_allow(int ruleset, const char *path, uint64_t allowed)
{
	int			fd = open(path, O_PATH | O_CLOEXEC);
	bool		added = fd >= 0 && fence_allow_fd(ruleset, fd, allowed);

	if (fd >= 0)
		(void) close(fd);
	return added;
}

const char *
fence_close(int program_fd)
{
	FenceRules	rules;
	int			ruleset = fence_create(&rules);
	bool		closed;

	if (ruleset < 0)
		return "use Landlock";
	closed = fence_allow(ruleset, "/", FENCE_FS_READ) &&
		fence_allow(ruleset, "/tmp", rules.fs) &&
		fence_allow(ruleset, "/dev/null", FENCE_FS_FILE & rules.fs) &&
		fence_allow(ruleset, "/dev/zero", FENCE_FS_FILE & rules.fs) &&
		fence_allow(ruleset, "/dev/full", FENCE_FS_FILE & rules.fs) &&
		fence_allow_fd(ruleset, program_fd, FENCE_FS_EXECUTE | FENCE_FS_READ_FILE) &&
		syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	(void) close(ruleset);
	return closed ? NULL : "restrict it by Landlock";
}
