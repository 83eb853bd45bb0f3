/*
 * sink_file.h: a file of JSON lines.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_FILE_H
#define RELAY_SINK_FILE_H

#include "relay/sink.h"

/*
 * Opens or makes the file and locks it against a second relay.  A line that an earlier relay did
 * not finish is taken away: its event was never committed and comes again.  path must stay valid.
 */
extern Sink *sink_file_open(const char *path, Failure *failure) MUST_CHECK;

#endif							/* RELAY_SINK_FILE_H */
