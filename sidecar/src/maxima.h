/*
 * maxima.h: every maximum of the sidecar that is not a setting, in one place.
 *
 * A request is refused before memory is taken for what passes one of these.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_MAXIMA_H
#define SIDECAR_MAXIMA_H

/* HTTP */
#define LIMIT_REQUEST_LINE		8192
#define LIMIT_HEADER_BLOCK		16384	/* all header lines, without the request line */
#define LIMIT_HEADERS			100
#define LIMIT_CHUNK_EXTENSION	256
#define LIMIT_TRAILER			16384
#define LIMIT_RESPONSE			16777216
#define LIMIT_READ				65536	/* one read(2); also what is kept of pipelined requests */
#define LIMIT_LINGER			262144	/* bytes discarded after a refusal */

/* JSON bodies; numbers because jsonb writes 1e131071 out in full */
#define LIMIT_JSON_DEPTH		64
#define LIMIT_JSON_TOKENS		100000
#define LIMIT_JSON_STRING		262144
#define LIMIT_NUMBER_DIGITS		64
#define LIMIT_NUMBER_EXPONENT	308

/* query strings */
#define LIMIT_PARAMETERS		100
#define LIMIT_FILTER_NODES		200
#define LIMIT_FILTER_DEPTH		8
#define LIMIT_IN_VALUES			1000
#define LIMIT_SELECT			200
#define LIMIT_ORDER				16
#define LIMIT_PATTERN			256
#define LIMIT_ROWS				1000	/* of one page; also the default */

/* tokens */
#define LIMIT_JWT				8192
#define LIMIT_JWT_KEYS			16
#define LIMIT_JWT_CACHE			10000
#define LIMIT_ACTOR				256
#define LIMIT_ROLES				64
#define LIMIT_ROLES_TEXT		1536	/* the database takes context tokens of up to 4096 bytes */
#define LIMIT_SCOPE_TEXT		512
#define LIMIT_CONTEXT_TOKEN		4096

/* event streams, and workers that wait, which are counted among them */
#define LIMIT_STREAMS			1000
#define LIMIT_STREAM_EVENTS		50		/* of one question */
#define LIMIT_WAIT_MS			30000	/* of a worker, for a job */

/* the database side */
#define LIMIT_CALL_ARGUMENTS	64
#define LIMIT_STATEMENT_TEXT	65536
#define LIMIT_STATEMENTS		512		/* prepared, per connection */
#define LIMIT_STATEMENT_PARAMS	448		/* filter nodes twice, limit and offset */
#define LIMIT_STATEMENT_VALUES	33554432
#define LIMIT_LANE_CONNECTIONS	64
#define LIMIT_LANE_DEPTH		16
#define LIMIT_DATABASES			1024
#define LIMIT_DATABASE_SIZE		64		/* a name of PostgreSQL's with its end */
#define LIMIT_LANE_QUEUE		1024

#endif							/* SIDECAR_MAXIMA_H */
