/*
 * sink.h: where events are delivered.
 *
 * A sink takes one event after the other.  An event counts as delivered once sink_deliver was true
 * for it and sink_flush after it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef RELAY_SINK_H
#define RELAY_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

typedef struct Sink Sink;

/* What a kind of sink does; a Sink begins with a pointer to it. */
typedef struct SinkKind
{
	bool		(*deliver) (Sink *sink, const char *event, size_t len, Failure *failure);
	bool		(*flush) (Sink *sink, Failure *failure);
	bool		(*reopen) (Sink *sink, Failure *failure);
	void		(*close) (Sink *sink);
} SinkKind;

struct Sink
{
	const SinkKind *kind;
};

static inline MUST_CHECK bool
sink_deliver(Sink *sink, const char *event, size_t len, Failure *failure)
{
	return sink->kind->deliver(sink, event, len, failure);
}

static inline MUST_CHECK bool
sink_flush(Sink *sink, Failure *failure)
{
	return sink->kind->flush(sink, failure);
}

/* After SIGHUP: a file that was renamed is made anew. */
static inline MUST_CHECK bool
sink_reopen(Sink *sink, Failure *failure)
{
	return sink->kind->reopen(sink, failure);
}

static inline void
sink_close(Sink *sink)
{
	if (sink != NULL)
		sink->kind->close(sink);
}

#endif							/* RELAY_SINK_H */
