/*
 * ed25519.c
 *		Checking an Ed25519 signature (RFC 8032) with libcrypto.
 *
 * Nothing here signs: keys live outside the database.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "args.h"

#define PUBLIC_KEY_SIZE 32
#define SIGNATURE_SIZE 64

PG_FUNCTION_INFO_V1(portarium_ed25519_verify);

static bool
verify(const bytea *public_key, const bytea *message, const bytea *signature)
{
	const uint8 *key_bytes = (const uint8 *) VARDATA_ANY(public_key);
	const uint8 *signed_bytes = (const uint8 *) VARDATA_ANY(message);
	const uint8 *signature_bytes = (const uint8 *) VARDATA_ANY(signature);
	EVP_PKEY   *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
												  key_bytes, PUBLIC_KEY_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		good = false;

	if (key != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1)
		good = EVP_DigestVerify(context, signature_bytes, SIGNATURE_SIZE,
								signed_bytes, VARSIZE_ANY_EXHDR(message)) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	/* a refused signature leaves entries in the queue that others read */
	ERR_clear_error();
	return good;
}

/* A key or signature of another size verifies nothing. */
Datum
portarium_ed25519_verify(PG_FUNCTION_ARGS)
{
	bytea	   *public_key;
	bytea	   *signature;

	if (args_have_null(fcinfo))
		PG_RETURN_NULL();
	public_key = PG_GETARG_BYTEA_PP(0);
	signature = PG_GETARG_BYTEA_PP(2);
	PG_RETURN_BOOL(VARSIZE_ANY_EXHDR(public_key) == PUBLIC_KEY_SIZE
				   && VARSIZE_ANY_EXHDR(signature) == SIGNATURE_SIZE
				   && verify(public_key, PG_GETARG_BYTEA_PP(1), signature));
}
