/*
 * test_sigv4.c: signatures that others have published: the AWS Signature Version 4 test suite and
 * the examples of the S3 API reference.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "store/sigv4.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define WORDS "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const SigKey suite_key = {
	"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service"
};
static const SigKey s3_key = {
	"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3"
};

/* Does a request get this signature? */
static bool
signed_as(const SigKey *key, const char *time, const SigRequest *request, const char *signature)
{
	Failure		failure;
	Buf			value;
	bool		same;

	buf_init(&value, SIGV4_TEXT_MAX);
	same = sigv4_sign(key, request, time, &value, &failure) && value.len > 64 &&
		strcmp(value.data + value.len - 64, signature) == 0;
	buf_free(&value);
	return same;
}

/* A GET of the test suite: one query parameter or none, more headers beside the two or none. */
static bool
suite_get(const char *path, const SigField *query, size_t n_query, const SigField *more,
		  size_t n_more, const char *signature)
{
	SigField	headers[8] = {
		{"x-amz-date", "20150830T123600Z"}, {"host", "example.amazonaws.com"}
	};
	SigRequest	request = {"GET", path, "", headers, 2 + n_more, EMPTY};
	Buf			text;
	bool		same;

	memcpy(&headers[2], more != NULL ? more : headers, n_more * sizeof(*headers));
	buf_init(&text, SIGV4_TEXT_MAX);
	same = sigv4_query(&text, query, n_query);
	request.query = text.data;
	same = same && signed_as(&suite_key, "20150830T123600Z", &request, signature);
	buf_free(&text);
	return same;
}

static void
test_suite(void)
{
	const SigField three[] = {
		{"Param-3", "Value3"}, {"Param", "Value2"}, {"\xe1\x88\xb4", "Value1"}
	};
	const SigField utf8[] = {{"\xe1\x88\xb4", "bar"}};
	const SigField words[] = {{WORDS, WORDS}};
	const SigField blanks[] = {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\" "}};
	const SigField token[] = {
		{"x-amz-security-token", "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"}
	};

	CHECK("get-vanilla", suite_get("/", NULL, 0, NULL, 0,
		  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
	CHECK("get-unreserved", suite_get("/" WORDS, NULL, 0, NULL, 0,
		  "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"));
	CHECK("get-slash-dot-slash-unnormalized", suite_get("/./", NULL, 0, NULL, 0,
		  "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"));
	CHECK("get-vanilla-query-order-encoded", suite_get("/", three, 3, NULL, 0,
		  "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"));
	CHECK("get-vanilla-query-unreserved", suite_get("/", words, 1, NULL, 0,
		  "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"));
	CHECK("get-vanilla-utf8-query", suite_get("/", utf8, 1, NULL, 0,
		  "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"));
	CHECK("get-header-value-trim", suite_get("/", NULL, 0, blanks, 2,
		  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"));
	CHECK("get-vanilla-with-session-token", suite_get("/", NULL, 0, token, 1,
		  "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"));
	CHECK("another key does not", !suite_get("/.", NULL, 0, NULL, 0,
		  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
}

/* The reference's GET of an object with a range, and its list of objects. */
static void
test_s3(void)
{
	const SigField get[] = {
		{"host", "examplebucket.s3.amazonaws.com"}, {"range", "bytes=0-9"},
		{"x-amz-content-sha256", EMPTY}, {"x-amz-date", "20130524T000000Z"}
	};
	const SigField list[] = {
		{"host", "examplebucket.s3.amazonaws.com"},
		{"x-amz-content-sha256", EMPTY}, {"x-amz-date", "20130524T000000Z"}
	};
	const SigRequest get_request = {"GET", "/test.txt", "", get, 4, EMPTY};
	const SigRequest list_request = {"GET", "/", "max-keys=2&prefix=J", list, 3, EMPTY};
	const SigRequest lifecycle_request = {"GET", "/", "lifecycle=", list, 3, EMPTY};

	CHECK("GET object", signed_as(&s3_key, "20130524T000000Z", &get_request,
		  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
	CHECK("GET bucket", signed_as(&s3_key, "20130524T000000Z", &list_request,
		  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
	CHECK("GET bucket lifecycle", signed_as(&s3_key, "20130524T000000Z", &lifecycle_request,
		  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

/* Names are compared before values: "a-b" comes behind "a", though '-' comes before '='. */
static void
test_order(void)
{
	const SigField fields[] = {{"a-b", "1"}, {"a", "2 /+"}, {"a", "1"}};
	Buf			text;

	buf_init(&text, SIGV4_TEXT_MAX);
	CHECK("a query", sigv4_query(&text, fields, 3));
	CHECK("in order", strcmp(text.data, "a=1&a=2%20%2F%2B&a-b=1") == 0);
	buf_reset(&text);
	CHECK("a path keeps its slashes", sigv4_encode(&text, "/a b/\xc3\xa9", true) &&
		  strcmp(text.data, "/a%20b/%C3%A9") == 0);
	CHECK("too many fields", !sigv4_query(&text, fields, SIGV4_FIELDS_MAX + 1));
	buf_free(&text);
}

int
main(void)
{
	test_suite();
	test_s3();
	test_order();
	return check_close();
}
