/*
 * test_seal.c: sealed bytes: a published vector, the way back, and no way back for any change.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "common/hex.h"
#include "keeper/seal.h"

#define ABOUT "payload/t/p"

/* The GCM specification's test case 14: key, nonce and text of zeros. */
static void
test_vector(void)
{
	static const unsigned char key[SEAL_KEY_SIZE];
	static const unsigned char text[16];
	char		digits[2 * (SEAL_ADDED + sizeof(text)) + 1];
	Buf			sealed;

	buf_init(&sealed, 1024);
	CHECK("sealed", seal_close(key, "", text, sizeof(text), &sealed));
	hex_encode(sealed.data, sealed.len, digits);
	CHECK("as published", strcmp(digits, "50504f31" "cea7403d4d606b6e074ec5d3baf39d18"
								 "d0d1c8a799996bf0265b98b5d48ab919") == 0);
	buf_free(&sealed);
}

static void
test_changes(const unsigned char key[SEAL_KEY_SIZE])
{
	const char	text[] = "what nobody else reads";
	unsigned char other[SEAL_KEY_SIZE];
	Buf			sealed;
	Buf			again;
	Buf			back;

	buf_init(&sealed, 1024);
	buf_init(&again, 1024);
	buf_init(&back, 1024);
	CHECK("sealed", seal_close(key, ABOUT, text, sizeof(text), &sealed) &&
		  seal_close(key, ABOUT, text, sizeof(text), &again));
	CHECK("the same again", again.len == sealed.len &&
		  memcmp(again.data, sealed.data, sealed.len) == 0);
	CHECK("opened", seal_open(key, ABOUT, sealed.data, sealed.len, &back) &&
		  back.len == sizeof(text) && memcmp(back.data, text, sizeof(text)) == 0);
	for (size_t i = 0; i < sealed.len; i++)
	{
		sealed.data[i] ^= 1;
		buf_reset(&back);
		CHECK("a byte changed", !seal_open(key, ABOUT, sealed.data, sealed.len, &back) &&
			  back.len == 0);
		sealed.data[i] ^= 1;
		CHECK("cut", !seal_open(key, ABOUT, sealed.data, i, &back) && back.len == 0);
	}
	memcpy(other, key, sizeof(other));
	other[31] ^= 1;
	CHECK("another key", !seal_open(other, ABOUT, sealed.data, sealed.len, &back));
	CHECK("another name", !seal_open(key, "payload/t/q", sealed.data, sealed.len, &back));
	buf_free(&sealed);
	buf_free(&again);
	buf_free(&back);
}

int
main(void)
{
	static const unsigned char key[SEAL_KEY_SIZE] = {1, 2, 3};
	Buf			sealed;

	test_vector();
	test_changes(key);
	buf_init(&sealed, 1024);
	CHECK("nothing is sealed, too", seal_close(key, ABOUT, "", 0, &sealed) &&
		  sealed.len == SEAL_ADDED && seal_open(key, ABOUT, sealed.data, sealed.len, &sealed));
	buf_free(&sealed);
	buf_init(&sealed, SEAL_ADDED);
	CHECK("no room", !seal_close(key, ABOUT, "x", 1, &sealed));
	buf_free(&sealed);
	return check_close();
}
