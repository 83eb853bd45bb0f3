/*
 * credential.h: the secrets of the systems that the executor talks to.
 *
 *     <directory>/<name>              for every tenant that has no directory of its own
 *     <directory>/<tenant id>/<name>  for that tenant only, and then it gets no other
 *     …/<name>.for                    beside it: the origins that it may be sent to, one a line
 *
 * Each is a private file, read anew for every request, so a changed credential needs no restart.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_CREDENTIAL_H
#define EXECUTOR_CREDENTIAL_H

#include "common/failure.h"

#define CREDENTIAL_MAX 8192

/* Where a job's credentials are found. */
typedef struct CredentialPlace
{
	int			directory_fd;	/* -1: this executor has none */
	const char *tenant_id;
	const char *url;			/* where it is to be sent */
} CredentialPlace;

/* The credential, to be released with secret_free; NULL with the reason. */
extern char *credential_read(const CredentialPlace *place, const char *name,
							 Failure *failure) MUST_CHECK;

#endif							/* EXECUTOR_CREDENTIAL_H */
