/*
 * cosign.c: witnesses' signatures on checkpoints.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "evidence/cosign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"

#define COSIGN_HEAD "cosignature/v1\ntime %" PRIu64 "\n"
#define COSIGN_ID_SIZE 4
#define COSIGN_TIME_SIZE 8
#define COSIGN_SIZE (COSIGN_ID_SIZE + COSIGN_TIME_SIZE + NOTE_SIGNATURE_SIZE)
#define COSIGN_BASE64_LEN (BASE64_TEXT_SIZE(COSIGN_SIZE) - 1)

size_t
cosign_text(const char *note, uint64_t time, char *text, size_t size)
{
	const size_t note_len = note_text_len(note);
	const int	len = snprintf(text, size, COSIGN_HEAD "%.*s", time, (int) note_len, note);

	return note_len > 0 && len > 0 && (size_t) len < size ? (size_t) len : 0;
}

bool
cosign_line(const NoteKey *witness, uint64_t time,
			const unsigned char signature[NOTE_SIGNATURE_SIZE], char line[COSIGN_LINE_MAX])
{
	unsigned char bytes[COSIGN_SIZE];
	char		base64[BASE64_TEXT_SIZE(COSIGN_SIZE)];
	int			len;

	memcpy(bytes, witness->id, COSIGN_ID_SIZE);
	for (int i = 0; i < COSIGN_TIME_SIZE; i++)
		bytes[COSIGN_ID_SIZE + i] = (unsigned char) (time >> (56 - 8 * i));
	memcpy(bytes + COSIGN_ID_SIZE + COSIGN_TIME_SIZE, signature, NOTE_SIGNATURE_SIZE);
	base64_encode(BASE64_STANDARD, bytes, sizeof(bytes), base64);
	len = snprintf(line, COSIGN_LINE_MAX, NOTE_DASH "%s %s\n", witness->name, base64);
	return len > 0 && len < COSIGN_LINE_MAX;
}

/* Reads a line by this witness, whether or not what it says is good. */
static bool
cosign_read(const char *line, const NoteKey *witness, uint64_t *time,
			unsigned char signature[NOTE_SIGNATURE_SIZE])
{
	const size_t dash_len = strlen(NOTE_DASH);
	const size_t name_len = strlen(witness->name);
	const char *base64 = line + dash_len + name_len + 1;
	unsigned char bytes[BASE64_BYTES_SIZE(COSIGN_BASE64_LEN)];
	size_t		len;

	if (strcspn(line, "\n") != dash_len + name_len + 1 + COSIGN_BASE64_LEN ||
		memcmp(line, NOTE_DASH, dash_len) != 0 ||
		memcmp(line + dash_len, witness->name, name_len) != 0 || base64[-1] != ' ' ||
		!base64_decode(BASE64_STANDARD, base64, COSIGN_BASE64_LEN, bytes, &len) ||
		len != COSIGN_SIZE || memcmp(bytes, witness->id, COSIGN_ID_SIZE) != 0)
		return false;
	*time = 0;
	for (int i = 0; i < COSIGN_TIME_SIZE; i++)
		*time = *time << 8 | bytes[COSIGN_ID_SIZE + i];
	memcpy(signature, bytes + COSIGN_ID_SIZE + COSIGN_TIME_SIZE, NOTE_SIGNATURE_SIZE);
	return true;
}

NoteVerdict
cosign_verify(const char *note, const NoteKey *witness, uint64_t *time)
{
	const size_t note_len = note_text_len(note);
	NoteVerdict verdict = NOTE_UNSIGNED;
	unsigned char signature[NOTE_SIGNATURE_SIZE];
	char		text[NOTE_MAX];

	for (const char *line = note + note_len + 1; note_len > 0 && *line != '\0';)
	{
		uint64_t	seen;
		size_t		len;

		if (cosign_read(line, witness, &seen, signature))
		{
			len = cosign_text(note, seen, text, sizeof(text));
			if (len == 0 || !note_signature_good(text, len, witness, signature))
				return NOTE_FORGED;
			verdict = NOTE_SIGNED;
			*time = seen;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return verdict;
}
