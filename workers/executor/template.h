/*
 * template.h: filling an operation's templates from the input.
 *
 *     path      /effects/{order_id}               a member, percent-encoded
 *     body      {"order": "{order_id}"}           a string that is exactly {member} becomes it
 *     header    Bearer ${credential:ledger}       a file of the credential directory
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_TEMPLATE_H
#define EXECUTOR_TEMPLATE_H

#include <stdbool.h>

#include "common/buf.h"
#include "executor/credential.h"
#include "executor/jsontext.h"

#define TEMPLATE_NAME_MAX 128

/*
 * Appends the path.  It must start with a slash.  A member must be a string, a number or a boolean,
 * and must not be empty; no segment of the result may be "." or "..".
 */
extern bool template_path(const char *path, Slice input, Buf *url, Failure *failure) MUST_CHECK;

/* Appends the body; body is valid JSON text. */
extern bool template_body(Slice body, Slice input, Buf *out, Failure *failure) MUST_CHECK;

/* Appends a header's value. */
extern bool template_header(const char *value, const CredentialPlace *place, Buf *out,
							Failure *failure) MUST_CHECK;

#endif							/* EXECUTOR_TEMPLATE_H */
