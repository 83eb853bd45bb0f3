/*
 * relay.h: the relay's loop.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "relay/relay_settings.h"

/*
 * Runs until a signal, or with settings->once until nothing is left to deliver.  False when it
 * could not start, or with once when something was left.
 */
extern bool relay_run(const RelaySettings *settings, Failure *failure) MUST_CHECK;

#endif							/* RELAY_RELAY_H */
