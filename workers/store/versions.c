/*
 * versions.c: what a bucket really holds: every version, also those that a newer one hides.
 *
 * A listing comes in pages; each answer says where the next one starts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/versions.h"

#include <string.h>

#include "store/xml.h"

typedef struct Listing
{
	const char *prefix;
	char		key_marker[S3_VALUE_SIZE];
	char		id_marker[S3_VALUE_SIZE];
	bool		more;
} Listing;

/* The elements of one name in an answer. */
static bool
versions_see(const S3Reply *reply, const char *name, VersionSee see, void *context)
{
	const char *end = reply->body.data + reply->body.len;
	const char *from = reply->body.data;
	const char *content;
	const char *content_end;
	Version		version = {.marker = strcmp(name, "DeleteMarker") == 0};

	while ((from = xml_next(from, end, name, &content, &content_end)) != NULL)
	{
		if (xml_value(content, content_end, "Key", version.key, sizeof(version.key)) &&
			xml_value(content, content_end, "VersionId", version.id, sizeof(version.id)) &&
			!see(&version, context))
			return false;
	}
	return true;
}

/* Where the next page starts. */
static bool
versions_turn(const S3Reply *reply, Listing *listing)
{
	const char *from = reply->body.data;
	const char *end = from + reply->body.len;
	char		truncated[8];

	listing->more = xml_value(from, end, "IsTruncated", truncated, sizeof(truncated)) &&
		strcmp(truncated, "true") == 0;
	return !listing->more ||
		(xml_value(from, end, "NextKeyMarker", listing->key_marker, S3_VALUE_SIZE) &&
		 xml_value(from, end, "NextVersionIdMarker", listing->id_marker, S3_VALUE_SIZE));
}

static bool
versions_page(S3 *s3, Listing *listing, S3Reply *reply, Failure *failure)
{
	const SigField query[] = {
		{"versions", ""}, {"prefix", listing->prefix},
		{"key-marker", listing->key_marker}, {"version-id-marker", listing->id_marker},
	};
	const S3Request request = {
		.method = "GET", .query = query, .n_query = listing->more ? 4 : 2
	};

	if (!s3_call(s3, &request, reply, failure))
		return false;
	if (reply->status != 200)
		return s3_unexpected(&request, reply, failure);
	if (versions_turn(reply, listing))
		return true;
	failure_set(failure, "object store gave a listing that is not in its form");
	return false;
}

bool
versions_list(S3 *s3, const char *prefix, VersionSee see, void *context, Failure *failure)
{
	Listing		listing = {.prefix = prefix};
	bool		on = true;

	while (on)
	{
		S3Reply		reply;
		const bool	ok = versions_page(s3, &listing, &reply, failure);

		on = ok && versions_see(&reply, "Version", see, context) &&
			versions_see(&reply, "DeleteMarker", see, context) && listing.more;
		s3_reply_free(&reply);
		if (!ok)
			return false;
	}
	return true;
}
