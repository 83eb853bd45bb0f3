/*
 * cosigner.h: a witness: a second host that signs what extends what it has signed (C2SP tlog-witness).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef NOTARY_COSIGNER_H
#define NOTARY_COSIGNER_H

typedef struct CosignerOptions
{
	const char *key_path;
	const char *policy_path;	/* its logs are those that are known */
	const char *directory;		/* what was signed last */
	const char *listen_on;
} CosignerOptions;

/* Serves until a signal; returns the exit status, as serve (serve.h). */
extern int	cosigner_serve(const CosignerOptions *options);

#endif							/* NOTARY_COSIGNER_H */
