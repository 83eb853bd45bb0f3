/*
 * protobuf.h: fields of protocol buffers, appended to a buffer.
 *
 * A message is its fields one behind the other, so messages that only add to a list may be joined by
 * joining their bytes.  All of the appends are false when the buffer is full; what is there by then
 * is the caller's to cut off.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef COMMON_PROTOBUF_H
#define COMMON_PROTOBUF_H

#include <stdint.h>

#include "common/buf.h"

extern bool protobuf_varint(Buf *out, int field, uint64_t value) MUST_CHECK;
extern bool protobuf_fixed64(Buf *out, int field, uint64_t value) MUST_CHECK;
extern bool protobuf_double(Buf *out, int field, double value) MUST_CHECK;
extern bool protobuf_text(Buf *out, int field, const char *text) MUST_CHECK;

/* Bytes that are given as hexadecimal digits, 32 at most; left out when there are none. */
extern bool protobuf_hex(Buf *out, int field, const char *digits) MUST_CHECK;

/* Eight bytes without a head, for lists that are packed. */
extern bool protobuf_packed64(Buf *out, uint64_t value) MUST_CHECK;
extern bool protobuf_packed_double(Buf *out, double value) MUST_CHECK;

/* Makes what was appended since out->len was begin the content of a field. */
extern bool protobuf_end(Buf *out, int field, size_t begin) MUST_CHECK;

#endif							/* COMMON_PROTOBUF_H */
