/*
 * tsa.c: time stamps of a time-stamping authority (RFC 3161).
 *
 * Order: a request with the bytes' SHA-256 and a nonce; the exchange over HTTP; the answer is
 * checked against the request and its signature up to the CA file.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/tsa.h"

#include <openssl/rand.h>

#include "common/digest.h"
#include "evidence/stamp.h"
#include "notary/post.h"

#define TSA_NONCE_SIZE 8

static bool
tsa_imprint(TS_REQ *request, const unsigned char digest[DIGEST_SIZE])
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	bool		ok = imprint != NULL && algorithm != NULL &&
		X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
		TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
		TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *) digest, DIGEST_SIZE) == 1 &&
		TS_REQ_set_msg_imprint(request, imprint) == 1;

	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algorithm);
	return ok;
}

static bool
tsa_nonce(TS_REQ *request)
{
	unsigned char bytes[TSA_NONCE_SIZE];
	BIGNUM	   *number = NULL;
	ASN1_INTEGER *nonce = NULL;
	bool		ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	nonce = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	ok = nonce != NULL && TS_REQ_set_nonce(request, nonce) == 1;
	ASN1_INTEGER_free(nonce);
	BN_free(number);
	return ok;
}

static TS_REQ *
tsa_request(const void *bytes, size_t len)
{
	TS_REQ	   *request = TS_REQ_new();
	unsigned char digest[DIGEST_SIZE];

	if (request != NULL && digest_sha256(bytes, len, digest) &&
		TS_REQ_set_version(request, 1) == 1 && tsa_imprint(request, digest) &&
		tsa_nonce(request) && TS_REQ_set_cert_req(request, 1) == 1)
		return request;
	TS_REQ_free(request);
	return NULL;
}

static bool
tsa_exchange(const TsaSettings *settings, TS_REQ *request, Buf *answer)
{
	unsigned char *body = NULL;
	const int	len = i2d_TS_REQ(request, &body);
	const PostRequest question = {
		settings->url, "Content-Type: application/timestamp-query", body, len > 0 ? (size_t) len : 0
	};
	long		status = 0;
	const bool	ok = len > 0 && post(&question, answer, &status) && status == 200;

	OPENSSL_free(body);
	return ok;
}

static bool
tsa_verify(const TsaSettings *settings, TS_REQ *request, const Buf *answer)
{
	const unsigned char *at = (const unsigned char *) answer->data;
	TS_RESP    *response = d2i_TS_RESP(NULL, &at, (long) answer->len);
	TS_VERIFY_CTX *context = TS_REQ_to_TS_VERIFY_CTX(request, NULL);
	bool		ok = response != NULL && context != NULL &&
		at == (const unsigned char *) answer->data + answer->len;

	if (ok)
	{
		(void) TS_VERIFY_CTX_add_flags(context, TS_VFY_SIGNATURE);
		ok = stamp_trust(context, settings->ca_file, 0) &&
			TS_RESP_verify_response(context, response) == 1;
	}
	TS_VERIFY_CTX_free(context);
	TS_RESP_free(response);
	return ok;
}

bool
tsa_stamp(const TsaSettings *settings, const void *bytes, size_t len, Buf *answer,
		  Failure *failure)
{
	TS_REQ	   *request = tsa_request(bytes, len);
	bool		ok = false;

	if (request == NULL)
		failure_set(failure, "could not make a request for a time stamp");
	else if (!tsa_exchange(settings, request, answer))
		failure_set(failure, "authority \"%s\" gave no time stamp", settings->url);
	else if (!tsa_verify(settings, request, answer))
		failure_set(failure, "authority \"%s\" gave a time stamp that is not good", settings->url);
	else
		ok = true;
	TS_REQ_free(request);
	return ok;
}
