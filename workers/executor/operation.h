/*
 * operation.h: what a job's specification asks for.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_OPERATION_H
#define EXECUTOR_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "executor/jsontext.h"

#define OPERATION_RESPONSE_BYTES 1048576	/* when the specification names no maximum */
#define OPERATION_RESPONSE_BYTES_MAX 16777216

typedef enum OperationKind
{
	OPERATION_HTTP,
	OPERATION_EXEC
} OperationKind;

typedef enum OperationBody
{
	OPERATION_BODY_NONE,
	OPERATION_BODY_INPUT,
	OPERATION_BODY_TEMPLATE
} OperationBody;

/* Strings and arrays belong to spec, the template to the specification's text. */
typedef struct Operation
{
	json_t	   *spec;
	OperationKind kind;
	bool		idempotent;
	size_t		max_response_bytes;
	int64_t		heartbeat_ms;	/* 0: the lease is as long as any */

	const char *method;
	const char *base_url;
	const char *path;
	const char *idempotency_header; /* NULL: none */
	json_t	   *headers;		/* object of strings, or NULL */
	json_t	   *errors;			/* array, or NULL */
	OperationBody body;
	Slice		body_template;

	const char *program;
	json_t	   *args;			/* array of strings, or NULL */
} Operation;

/* Reads a specification; text must stay valid as long as the operation. */
extern bool operation_parse(Operation *operation, Slice text, Failure *failure) MUST_CHECK;
extern void operation_free(Operation *operation);

/*
 * The error's name for an HTTP status outside 2xx: the first entry of errors whose status is the
 * number, its class ("5xx") or "*"; NULL when none fits.
 */
extern const char *operation_error(const Operation *operation, int status);

#endif							/* EXECUTOR_OPERATION_H */
