/*
 * context.h
 *		Who is asking, for one transaction.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef PORTARIUM_CONTEXT_H
#define PORTARIUM_CONTEXT_H

#include "utils/guc.h"
#include "utils/uuid.h"

extern char *context_guc;

extern bool context_check_guc(char **value, void **extra, GucSource source);
extern void context_assign_guc(const char *value, void *extra);
extern void context_begin_loading(void);
extern void context_end_loading(void);
extern bool context_tenant(pg_uuid_t *tenant);
extern void context_require_tenant(const pg_uuid_t *tenant);

#endif							/* PORTARIUM_CONTEXT_H */
