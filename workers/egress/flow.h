/*
 * flow.h: bytes that go to and fro.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EGRESS_FLOW_H
#define EGRESS_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Flow
{
	int			client_fd;		/* both non-blocking */
	int			upstream_fd;
	int			idle_ms;
	int64_t		up_left;		/* bytes that the client may still send; -1: as many as it likes */
	int64_t		down_left;		/* the same for the other side */
	int64_t		up;				/* bytes that went */
	int64_t		down;
} Flow;

/* Sends everything; false when the other side is gone or takes nothing for too long. */
extern bool flow_send(int fd, const char *bytes, size_t len, int idle_ms);

/* Reads what is there, waiting for the first byte; 0 at the end, -1 when it fails or takes too long. */
extern long flow_receive(int fd, char *bytes, size_t max, int idle_ms);

/* Until both sides have ended, or one of them breaks a limit: then the reason, else NULL. */
extern const char *flow_run(Flow *flow);

#endif							/* EGRESS_FLOW_H */
