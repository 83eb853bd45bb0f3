/*
 * cell.c: the namespaces in which a program runs, and the file tree that it sees there.
 *
 * The tree is a small read-only file system of its own with the system's programs and libraries
 * bound into it, an empty /tmp, the harmless devices, a /proc of the cell's processes only, and the
 * egress proxy's socket.  Nothing else of the machine has a name in it: no configuration, no home,
 * no socket of another service.  The network namespace has no device, not even a loopback that is
 * up; abstract sockets of others are out of reach with it.
 *
 * snprintf is used for numbers and short texts only, where it takes no lock and no memory.
 *
 * Order: who we are; a bare root on /tmp; what is bound into it; the change of root; read-only.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CELL_USER 65534
#define CELL_PATH_MAX 4096

#define CELL_READ_ONLY (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Directories of the system: bound, or the same symbolic link. */
static const char *const cell_system[] = {
	"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc/alternatives", "etc/ssl/certs"
};

static const char *const cell_files[] = {
	"etc/ld.so.cache", "etc/localtime"
};

static const char *const cell_devices[] = {
	"dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom"
};

static const char *const cell_links[][2] = {
	{"/proc/self/fd", "dev/fd"}, {"fd/0", "dev/stdin"}, {"fd/1", "dev/stdout"},
	{"fd/2", "dev/stderr"}, {"../tmp", "dev/shm"}
};

static const char *const cell_directories[] = {
	"etc", "etc/ssl", "dev", "proc", "run", "tmp"
};

#define CELL_COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
cell_write(const char *path, const char *text)
{
	int			fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t		len = (ssize_t) strlen(text);
	bool		written = fd >= 0 && write(fd, text, (size_t) len) == len;

	if (fd >= 0)
		(void) close(fd);
	return written;
}

/* The maps belong to whoever may look at us, so that must be ourselves for a moment. */
static bool
cell_become(const CellPlan *plan)
{
	char		users[64];
	char		groups[64];

	(void) snprintf(users, sizeof(users), "%d %u 1", CELL_USER, plan->user);
	(void) snprintf(groups, sizeof(groups), "%d %u 1", CELL_USER, plan->group);
	return prctl(PR_SET_DUMPABLE, 1) == 0 &&
		cell_write("/proc/self/setgroups", "deny") &&
		cell_write("/proc/self/uid_map", users) &&
		cell_write("/proc/self/gid_map", groups) &&
		prctl(PR_SET_DUMPABLE, 0) == 0;
}

static bool
cell_set(const char *path, unsigned int flags, unsigned long attributes)
{
	struct mount_attr attr = {.attr_set = attributes};

	return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof(attr)) == 0;
}

/* Binds what is there already onto a target that exists. */
static bool
cell_bind(const char *source, const char *target, unsigned long attributes)
{
	return mount(source, target, NULL, MS_BIND | MS_REC, NULL) == 0 &&
		cell_set(target, AT_RECURSIVE, attributes);
}

static bool
cell_bind_file(const char *source, const char *target, unsigned long attributes)
{
	int			fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	(void) close(fd);
	return cell_bind(source, target, attributes);
}

/* Takes over one of the system's names; one that is not there is left out. */
static bool
cell_take(const char *name, bool directory)
{
	char		source[CELL_PATH_MAX];
	char		link[CELL_PATH_MAX];
	struct stat status;
	ssize_t		len;

	(void) snprintf(source, sizeof(source), "/%s", name);
	if (lstat(source, &status) != 0)
		return errno == ENOENT;
	if (S_ISLNK(status.st_mode))
	{
		len = readlink(source, link, sizeof(link) - 1);
		if (len < 0)
			return false;
		link[len] = '\0';
		return symlink(link, name) == 0;
	}
	if (!directory)
		return cell_bind_file(source, name, CELL_READ_ONLY);
	return mkdir(name, 0755) == 0 && cell_bind(source, name, CELL_READ_ONLY);
}

static bool
cell_take_system(void)
{
	for (size_t i = 0; i < CELL_COUNT(cell_directories); i++)
	{
		if (mkdir(cell_directories[i], 0755) != 0)
			return false;
	}
	for (size_t i = 0; i < CELL_COUNT(cell_system); i++)
	{
		if (!cell_take(cell_system[i], true))
			return false;
	}
	for (size_t i = 0; i < CELL_COUNT(cell_files); i++)
	{
		if (!cell_take(cell_files[i], false))
			return false;
	}
	return true;
}

static bool
cell_take_devices(void)
{
	char		source[64];

	for (size_t i = 0; i < CELL_COUNT(cell_devices); i++)
	{
		(void) snprintf(source, sizeof(source), "/%s", cell_devices[i]);
		if (!cell_bind_file(source, cell_devices[i], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC))
			return false;
	}
	for (size_t i = 0; i < CELL_COUNT(cell_links); i++)
	{
		if (symlink(cell_links[i][0], cell_links[i][1]) != 0)
			return false;
	}
	return true;
}

static bool
cell_make_tmp(int megabytes)
{
	char		options[96];

	(void) snprintf(options, sizeof(options), "mode=1777,size=%dm,nr_inodes=%d", megabytes,
					1024 + megabytes * 64);
	return mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) == 0;
}

/* socket_fd names the socket, as its path may be hidden by our root by now. */
static bool
cell_take_socket(int socket_fd)
{
	char		source[64];

	(void) snprintf(source, sizeof(source), "/proc/self/fd/%d", socket_fd);
	return cell_bind_file(source, CELL_EGRESS + 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static bool
cell_bare_root(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") == 0 &&
		chdir("/tmp") == 0;
}

/* Puts the new root over the old one and takes the old one away from beneath. */
static bool
cell_change_root(void)
{
	return syscall(SYS_pivot_root, ".", ".") == 0 &&
		umount2(".", MNT_DETACH) == 0 &&
		chdir("/") == 0 &&
		cell_set("/", 0, CELL_READ_ONLY);
}

const char *
cell_furnish(const CellPlan *plan)
{
	int			socket_fd = -1;

	if (!cell_become(plan))
		return "map the program's user";
	if (plan->egress_socket != NULL &&
		(socket_fd = open(plan->egress_socket, O_PATH | O_CLOEXEC)) < 0)
		return "open the socket of the egress proxy";
	if (!cell_bare_root())
		return "make a root of its own";
	if (!cell_take_system() || !cell_take_devices())
		return "bind the system's directories";
	if (!cell_make_tmp(plan->tmp_mb))
		return "make a private /tmp";
	if (socket_fd >= 0 && !cell_take_socket(socket_fd))
		return "bind the socket of the egress proxy";
	if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid") != 0)
		return "mount /proc";
	if (socket_fd >= 0)
		(void) close(socket_fd);
	if (!cell_change_root() || sethostname("cell", 4) != 0)
		return "change the root";
	return NULL;
}
