/*
 * stamp.c: judging time stamps of a time-stamping authority (RFC 3161).
 *
 * Order: the answer is one granted token and nothing else; it is of the bytes' SHA-256; its time; its
 * signature, when somebody is trusted.  A certificate ends some day and its stamps are kept for longer,
 * so it must have been good when it signed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/stamp.h"

#include <string.h>
#include <time.h>

#include <openssl/x509_vfy.h>

#include "common/digest.h"

bool
stamp_trust(TS_VERIFY_CTX *context, const char *ca_file, int64_t at)
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL || X509_STORE_load_file(store, ca_file) != 1 ||
		TS_VERIFY_CTX_set_store(context, store) == NULL)
	{
		X509_STORE_free(store);
		return false;
	}
	if (at != 0)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t) at);
	return true;
}

/* The answer, which must be nothing but that and hold a token; the caller frees it. */
static TS_RESP *
stamp_read(const void *answer, size_t len)
{
	const unsigned char *at = answer;
	TS_RESP    *response = len <= STAMP_MAX ? d2i_TS_RESP(NULL, &at, (long) len) : NULL;
	const ASN1_INTEGER *status = response != NULL ?
		TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response)) : NULL;

	if (status != NULL && at == (const unsigned char *) answer + len &&
		(ASN1_INTEGER_get(status) == TS_STATUS_GRANTED ||
		 ASN1_INTEGER_get(status) == TS_STATUS_GRANTED_WITH_MODS) &&
		TS_RESP_get_tst_info(response) != NULL)
		return response;
	TS_RESP_free(response);
	return NULL;
}

static bool
stamp_is_of(TS_TST_INFO *info, const void *bytes, size_t len)
{
	unsigned char digest[DIGEST_SIZE];
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OBJECT *algorithm;
	const ASN1_OCTET_STRING *message = TS_MSG_IMPRINT_get_msg(imprint);

	X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	return OBJ_obj2nid(algorithm) == NID_sha256 && digest_sha256(bytes, len, digest) &&
		ASN1_STRING_length(message) == DIGEST_SIZE &&
		memcmp(ASN1_STRING_get0_data(message), digest, DIGEST_SIZE) == 0;
}

static bool
stamp_time(TS_TST_INFO *info, int64_t *at)
{
	struct tm	time;

	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &time) != 1)
		return false;
	*at = (int64_t) timegm(&time);
	return true;
}

static bool
stamp_signed(TS_RESP *response, const char *ca_file, int64_t at)
{
	TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
	bool		ok = context != NULL;

	if (ok)
	{
		(void) TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE);
		ok = stamp_trust(context, ca_file, at) && TS_RESP_verify_response(context, response) == 1;
	}
	TS_VERIFY_CTX_free(context);
	return ok;
}

bool
stamp_judge(const void *answer, size_t answer_len, const void *bytes, size_t len,
			const char *ca_file, int64_t *at, Failure *failure)
{
	TS_RESP    *response = stamp_read(answer, answer_len);
	TS_TST_INFO *info = response != NULL ? TS_RESP_get_tst_info(response) : NULL;
	bool		ok = false;

	if (info == NULL)
		failure_set(failure, "time stamp is not one");
	else if (!stamp_is_of(info, bytes, len))
		failure_set(failure, "time stamp is of something else");
	else if (!stamp_time(info, at))
		failure_set(failure, "time stamp has no time");
	else if (ca_file != NULL && !stamp_signed(response, ca_file, *at))
		failure_set(failure, "time stamp is not signed by whom \"%s\" vouches for", ca_file);
	else
		ok = true;
	TS_RESP_free(response);
	return ok;
}
