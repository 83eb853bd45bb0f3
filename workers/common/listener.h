/*
 * listener.h: a listening socket.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include "common/failure.h"

/* A socket that listens on ADDRESS:PORT (no name), not blocking and closed on exec; -1 with the reason in failure. */
extern int	listener_open(const char *listen_on, Failure *failure);

#endif							/* COMMON_LISTENER_H */
