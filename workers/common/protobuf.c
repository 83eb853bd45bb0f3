/*
 * protobuf.c: fields of protocol buffers, appended to a buffer.
 *
 * A field is its head (number and wire type) and its value; a length stands before what has one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/protobuf.h"

#include <string.h>

#include "common/hex.h"

#define PROTOBUF_HEX_MAX 32
#define PROTOBUF_VARINT_MAX 10

typedef enum ProtobufType
{
	PROTOBUF_VARINT = 0,
	PROTOBUF_FIXED64 = 1,
	PROTOBUF_LENGTH = 2
} ProtobufType;

/* Seven bits a byte, the lowest first; all but the last byte have the eighth bit. */
static size_t
protobuf_encode(uint64_t value, unsigned char bytes[PROTOBUF_VARINT_MAX])
{
	size_t		len = 0;

	for (; value > 0x7F; value >>= 7)
		bytes[len++] = (unsigned char) (value | 0x80);
	bytes[len++] = (unsigned char) value;
	return len;
}

static size_t
protobuf_head(int field, ProtobufType type, unsigned char bytes[PROTOBUF_VARINT_MAX])
{
	return protobuf_encode((uint64_t) field << 3 | type, bytes);
}

bool
protobuf_varint(Buf *out, int field, uint64_t value)
{
	unsigned char bytes[2 * PROTOBUF_VARINT_MAX];
	size_t		len = protobuf_head(field, PROTOBUF_VARINT, bytes);

	len += protobuf_encode(value, bytes + len);
	return buf_append(out, bytes, len);
}

bool
protobuf_packed64(Buf *out, uint64_t value)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char) (value >> 8 * i);
	return buf_append(out, bytes, sizeof(bytes));
}

bool
protobuf_packed_double(Buf *out, double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return protobuf_packed64(out, bits);
}

bool
protobuf_fixed64(Buf *out, int field, uint64_t value)
{
	unsigned char head[PROTOBUF_VARINT_MAX];

	return buf_append(out, head, protobuf_head(field, PROTOBUF_FIXED64, head)) &&
		protobuf_packed64(out, value);
}

bool
protobuf_double(Buf *out, int field, double value)
{
	unsigned char head[PROTOBUF_VARINT_MAX];

	return buf_append(out, head, protobuf_head(field, PROTOBUF_FIXED64, head)) &&
		protobuf_packed_double(out, value);
}

static bool
protobuf_bytes(Buf *out, int field, const void *content, size_t content_len)
{
	unsigned char head[2 * PROTOBUF_VARINT_MAX];
	size_t		len = protobuf_head(field, PROTOBUF_LENGTH, head);

	len += protobuf_encode(content_len, head + len);
	return buf_append(out, head, len) && buf_append(out, content, content_len);
}

bool
protobuf_text(Buf *out, int field, const char *text)
{
	return protobuf_bytes(out, field, text, strlen(text));
}

bool
protobuf_hex(Buf *out, int field, const char *digits)
{
	unsigned char bytes[PROTOBUF_HEX_MAX];
	const size_t len = strlen(digits) / 2;

	return len == 0 || (len <= sizeof(bytes) && hex_decode(digits, bytes, len) &&
						protobuf_bytes(out, field, bytes, len));
}

bool
protobuf_end(Buf *out, int field, size_t begin)
{
	unsigned char head[2 * PROTOBUF_VARINT_MAX];
	size_t		len = protobuf_head(field, PROTOBUF_LENGTH, head);

	len += protobuf_encode(out->len - begin, head + len);
	return buf_insert(out, begin, head, len);
}
