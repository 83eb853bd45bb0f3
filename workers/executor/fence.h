/*
 * fence.h: what a program may do with files, and whom it may reach, by Landlock.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_FENCE_H
#define EXECUTOR_FENCE_H

/*
 * Reading and executing everywhere, writing in /tmp only, no TCP, no signals and no abstract sockets
 * to the outside, each as far as the kernel knows it.  program_fd may always be read and executed.
 * For this process and all that it starts, for ever.  NULL, or what could not be done, with errno
 * set.  Async-signal-safe.
 */
extern const char *fence_close(int program_fd);

#endif							/* EXECUTOR_FENCE_H */
