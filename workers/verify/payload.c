/*
 * payload.c: the payloads in a bundle, each behind the entry that commits to it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/payload.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"

void
payload_forget(PayloadEntry *entry)
{
	json_decref(entry->body);
	free(entry->text);
	entry->body = NULL;
	entry->text = NULL;
}

void
payload_keep(PayloadEntry *entry, const Fields *fields)
{
	const Field *field = fields->field;

	payload_forget(entry);
	entry->index = field[ENTRY_INDEX].number;
	entry->len = field[ENTRY_BODY].len;
	if (hex_decode(field[ENTRY_SALT].text, entry->salt, SALT_SIZE))
		entry->text = strndup(field[ENTRY_BODY].text, field[ENTRY_BODY].len);
}

/* The text in the body's member of this name; NULL when there is none. */
static const char *
payload_member(PayloadEntry *entry, const char *name)
{
	if (entry->body == NULL && entry->text != NULL)
		entry->body = json_loadb(entry->text, entry->len, 0, NULL);
	return json_string_value(json_object_get(entry->body, name));
}

bool
payload_check(PayloadEntry *entry, const Fields *payload, Failure *failure)
{
	const Field *field = payload->field;
	const DigestPart parts[] = {
		{entry->salt, SALT_SIZE}, {field[PAYLOAD_DATA].text, field[PAYLOAD_DATA].len}
	};
	const char *written = payload_member(entry, field[PAYLOAD_MEMBER].text);
	unsigned char digest[DIGEST_SIZE];
	char		commitment[BASE64_TEXT_SIZE(DIGEST_SIZE)];

	failure_set(failure, "payload does not stand behind an entry that commits to it");
	if (field[PAYLOAD_INDEX].number != entry->index || written == NULL)
		return false;
	failure_set(failure, "payload \"%.32s\" is not what the entry commits to",
				field[PAYLOAD_MEMBER].text);
	if (!digest_sha256_parts(parts, 2, digest))
		return false;
	(void) base64_encode(BASE64_URL, digest, DIGEST_SIZE, commitment);
	return strcmp(commitment, written) == 0;
}
