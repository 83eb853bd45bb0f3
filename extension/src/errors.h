/*
 * errors.h
 *		The SQLSTATEs that C raises; the table of all of them is sql/05_errors.sql.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_ERRORS_H
#define PORTARIUM_ERRORS_H

#include "utils/elog.h"

#define ERRCODE_MALFORMED_JSON MAKE_SQLSTATE('U', 'P', '0', '0', '1')
#define ERRCODE_DUPLICATE_MEMBER MAKE_SQLSTATE('U', 'P', '0', '0', '3')
#define ERRCODE_NUMBER_OUTSIDE_PROFILE MAKE_SQLSTATE('U', 'P', '0', '0', '4')
#define ERRCODE_TOO_LARGE_OR_DEEP MAKE_SQLSTATE('U', 'P', '0', '0', '5')
#define ERRCODE_INVALID_ARGUMENT MAKE_SQLSTATE('U', 'P', '0', '0', '7')
#define ERRCODE_CONTEXT_TOKEN_INVALID MAKE_SQLSTATE('U', 'P', '2', '0', '2')
#define ERRCODE_CONTEXT_TOKEN_EXPIRED MAKE_SQLSTATE('U', 'P', '2', '0', '3')
#define ERRCODE_CONTEXT_TOKEN_MISDIRECTED MAKE_SQLSTATE('U', 'P', '2', '0', '4')
#define ERRCODE_INTEGRITY_BROKEN MAKE_SQLSTATE('U', 'P', '9', '0', '1')

#endif							/* PORTARIUM_ERRORS_H */
