/*
 * sink_config.h: what an operator tells a sink's library, NAME=VALUE a line.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_CONFIG_H
#define RELAY_SINK_CONFIG_H

#include <stdbool.h>

#include "common/failure.h"

typedef bool (*SinkConfigSet) (void *to, const char *name, const char *value, Failure *failure);

/*
 * Gives each line to set; empty ones and those that begin with # are left out.  setting: where the lines
 * come from, for the message about one that is none.  Values may be passwords: no message repeats one.
 */
extern bool sink_config_read(const char *config, const char *setting, SinkConfigSet set, void *to,
							 Failure *failure) MUST_CHECK;

#endif							/* RELAY_SINK_CONFIG_H */
