/*
 * test_text.c: base64, hex, digests and the clock's text, against published vectors.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "common/backoff.h"
#include "common/base64.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/hex.h"

/* RFC 4648 section 10 */
static const struct
{
	const char *bytes;
	const char *standard;
	const char *url;
}			vectors[] = {
	{"", "", ""},
	{"f", "Zg==", "Zg"},
	{"fo", "Zm8=", "Zm8"},
	{"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg==", "Zm9vYg"},
	{"fooba", "Zm9vYmE=", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	{"\xfb\xff\xfe", "+//+", "-__-"},
};

static void
test_base64_vector(size_t i, Base64Kind kind, const char *expected)
{
	char		text[64];
	unsigned char bytes[64];
	size_t		len = strlen(vectors[i].bytes);
	size_t		got;

	CHECK("length of the text", base64_encode(kind, vectors[i].bytes, len, text) ==
		  strlen(expected));
	CHECK("text", strcmp(text, expected) == 0);
	CHECK("bytes again", base64_decode(kind, expected, strlen(expected), bytes, &got) &&
		  got == len && memcmp(bytes, vectors[i].bytes, len) == 0);
}

static void
test_base64_refused(Base64Kind kind, const char *text)
{
	unsigned char bytes[64];
	size_t		len;

	CHECK(text, !base64_decode(kind, text, strlen(text), bytes, &len));
}

static void
test_base64(void)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		test_base64_vector(i, BASE64_STANDARD, vectors[i].standard);
		test_base64_vector(i, BASE64_URL, vectors[i].url);
	}
	test_base64_refused(BASE64_STANDARD, "Zg");
	test_base64_refused(BASE64_STANDARD, "Zg=");
	test_base64_refused(BASE64_STANDARD, "Z===");
	test_base64_refused(BASE64_STANDARD, "====");
	test_base64_refused(BASE64_STANDARD, "Zh==");
	test_base64_refused(BASE64_STANDARD, "Zm9 v");
	test_base64_refused(BASE64_STANDARD, "-__-");
	test_base64_refused(BASE64_URL, "Zg==");
	test_base64_refused(BASE64_URL, "Z");
	test_base64_refused(BASE64_URL, "Zh");
	test_base64_refused(BASE64_URL, "+//+");
}

static void
test_digests(void)
{
	unsigned char digest[DIGEST_SIZE];
	unsigned char parts[DIGEST_SIZE];
	const DigestPart halves[] = {{"a", 1}, {"", 0}, {"bc", 2}};
	char		text[2 * DIGEST_SIZE + 1];

	CHECK("sha256", digest_sha256("abc", 3, digest));
	hex_encode(digest, DIGEST_SIZE, text);
	CHECK("FIPS 180 vector", strcmp(text, "ba7816bf8f01cfea414140de5dae2223"
									"b00361a396177a9cb410ff61f20015ad") == 0);
	CHECK("in parts", digest_sha256_parts(halves, 3, parts) && digest_equal(digest, parts));
	parts[31] ^= 1;
	CHECK("one bit makes a difference", !digest_equal(digest, parts));

	CHECK("hmac", digest_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest));
	hex_encode(digest, DIGEST_SIZE, text);
	CHECK("RFC 4231 vector", strcmp(text, "5bdcc146bf60754e6a042426089575c7"
									"5a003f089d2739839dec58b964ec3843") == 0);
}

static void
test_hex(void)
{
	unsigned char bytes[3];

	CHECK("decode", hex_decode("00ff1a", bytes, 3) && bytes[1] == 0xff && bytes[2] == 0x1a);
	CHECK("upper case is refused", !hex_decode("00FF1A", bytes, 3));
	CHECK("too short", !hex_decode("00ff1", bytes, 3));
	CHECK("too long", !hex_decode("00ff1a00", bytes, 3));
	CHECK("not a digit", !hex_decode("00fg1a", bytes, 3));
}

static void
test_clock(void)
{
	char		text[CLOCK_TEXT_SIZE];
	int64_t		before = clock_ms();

	clock_text(INT64_C(951782400000042), text);
	CHECK("RFC 3339", strcmp(text, "2000-02-29T00:00:00.000042Z") == 0);
	CHECK("the monotonic clock does not go back", clock_ms() >= before);
}

static void
test_backoff(void)
{
	Backoff		backoff;
	bool		in_range = true;
	int			last = 0;

	backoff_init(&backoff, 100, 1000);
	for (int step = 100; step < 1000; step *= 2)
	{
		last = backoff_next(&backoff);
		in_range = in_range && last >= step / 2 && last <= step;
	}
	CHECK("each delay lies between half and the whole of its step", in_range);
	for (int i = 0; i < 40; i++)
		last = backoff_next(&backoff);
	CHECK("never above the last", last >= 500 && last <= 1000);
	backoff_reset(&backoff);
	CHECK("after a success it begins anew", backoff_next(&backoff) <= 100);
}

int
main(void)
{
	test_base64();
	test_digests();
	test_hex();
	test_clock();
	test_backoff();
	return check_close();
}
