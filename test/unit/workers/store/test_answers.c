/*
 * test_answers.c: what is read from a store's answers: elements, and times of locks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "store/lock.h"
#include "store/xml.h"

static const char listing[] =
	"<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"http://s3\"><KeyMarker></KeyMarker>"
	"<Version><Key>a&amp;b</Key><VersionId>1</VersionId></Version>"
	"<VersionIdMarker/><Version><Key>c</Key><VersionId>2</VersionId></Version>"
	"<DeleteMarker><Key>d</Key></DeleteMarker></ListVersionsResult>";

static void
test_xml(void)
{
	const char *end = listing + strlen(listing);
	const char *from = listing;
	const char *content;
	const char *content_end;
	char		value[16];

	from = xml_next(from, end, "Version", &content, &content_end);
	CHECK("the first element", from != NULL &&
		  xml_value(content, content_end, "Key", value, sizeof(value)) &&
		  strcmp(value, "a&b") == 0);
	from = xml_next(from, end, "Version", &content, &content_end);
	CHECK("the second", from != NULL &&
		  xml_value(content, content_end, "VersionId", value, sizeof(value)) &&
		  strcmp(value, "2") == 0);
	CHECK("no third, and no longer name",
		  xml_next(from, end, "Version", &content, &content_end) == NULL);
	CHECK("an empty one", xml_value(listing, end, "KeyMarker", value, sizeof(value)) &&
		  value[0] == '\0');
	CHECK("with attributes", xml_next(listing, end, "ListVersionsResult", &content,
									  &content_end) == end);
	CHECK("none", !xml_value(listing, end, "Code", value, sizeof(value)));
	CHECK("a value that does not fit", !xml_value(listing, end, "Version", value, sizeof(value)));
	CHECK("cut", xml_next(listing, content + 10, "ListVersionsResult", &content,
						  &content_end) == NULL);
}

static void
test_lock(void)
{
	char		text[LOCK_TIME_SIZE];

	lock_until(&(Lock) {"COMPLIANCE", 60}, text);
	CHECK("a time", strlen(text) == LOCK_TIME_SIZE - 1);
	CHECK("reaches itself", lock_reaches(text, text));
	CHECK("a fraction", lock_reaches("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00Z"));
	CHECK("a second too early", !lock_reaches("2026-01-31T11:59:59Z", "2026-01-31T12:00:00Z"));
	CHECK("later", lock_reaches("2027-01-01T00:00:00Z", "2026-01-31T12:00:00Z"));
	CHECK("another zone", !lock_reaches("2027-01-01T00:00:00+01:00", "2026-01-31T12:00:00Z"));
	CHECK("nothing", !lock_reaches("", "2026-01-31T12:00:00Z"));
	CHECK("modes", lock_mode_known("COMPLIANCE") && lock_mode_known("GOVERNANCE") &&
		  !lock_mode_known("compliance"));
}

int
main(void)
{
	test_xml();
	test_lock();
	return check_close();
}
