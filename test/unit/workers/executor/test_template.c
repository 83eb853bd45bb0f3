/*
 * test_template.c: filling paths, bodies and headers; what is refused.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "executor/template.h"

#define INPUT "{\"id\":\"a b/c?d=e&f#g\",\"n\":12.10,\"big\":12345678901234567890,\"yes\":true," \
	"\"dot\":\".\",\"dots\":\"..\",\"empty\":\"\",\"null\":null,\"list\":[1, 2],\"object\":{\"x\":1}," \
	"\"text\":\"é\\n\",\"inject\":\"x\\r\\nEvil: 1\"}"

static Slice
slice(const char *text)
{
	return (Slice) {text, strlen(text)};
}

/* expected NULL: refused */
static void
path(const char *template, const char *expected)
{
	Failure		failure;
	Buf			out;
	bool		ok;

	buf_init(&out, 200);
	ok = template_path(template, slice(INPUT), &out, &failure);
	CHECK(template, expected != NULL ? ok && strcmp(out.data, expected) == 0 : !ok);
	buf_free(&out);
}

static void
test_paths(void)
{
	path("/x", "/x");
	path("/o/{id}", "/o/a%20b%2Fc%3Fd%3De%26f%23g");
	path("/o/{n}/{big}?q={yes}", "/o/12.10/12345678901234567890?q=true");
	path("/t/{text}", "/t/%C3%A9%0A");
	path("/h/{inject}", "/h/x%0D%0AEvil%3A%201");
	path("/o/{missing}", NULL);
	path("/o/{null}", NULL);
	path("/o/{list}", NULL);
	path("/o/{object}", NULL);
	path("/o/{empty}", NULL);
	path("/o/{id", NULL);
	path("/o/{}", NULL);
	path("o/{id}", NULL);
	path("", NULL);
	path("/o/{dot}", NULL);
	path("/o/{dots}/x", NULL);
	path("/o/{dot}{dot}", NULL);
	path("/o/x{dots}", "/o/x..");
}

static void
test_limit(void)
{
	Failure		failure;
	Buf			out;

	buf_init(&out, 10);
	CHECK("a path over the maximum", !template_path("/{id}", slice(INPUT), &out, &failure));
	buf_free(&out);
}

static void
body(const char *template, const char *expected)
{
	Failure		failure;
	Buf			out;
	bool		ok;

	buf_init(&out, 400);
	ok = template_body(slice(template), slice(INPUT), &out, &failure);
	CHECK(template, expected != NULL ? ok && strcmp(out.data, expected) == 0 : !ok);
	buf_free(&out);
}

static void
test_bodies(void)
{
	body("{\"a\":1}", "{\"a\":1}");
	body("{\"amount\": \"{n}\", \"k\": [\"{list}\", \"{null}\"]}",
		 "{\"amount\": 12.10, \"k\": [[1, 2], null]}");
	body("\"{object}\"", "{\"x\":1}");
	body("\"{id}\"", "\"a b/c?d=e&f#g\"");
	body("\"x{id}\"", "\"x{id}\"");
	body("\"{id}x\"", "\"{id}x\"");
	body("{\"{id}\" : \"{n}\"}", "{\"{id}\" : 12.10}");
	body("\"{}\"", "\"{}\"");
	body("\"\\\"{id}\"", "\"\\\"{id}\"");
	body("\"{missing}\"", NULL);
}

static char directory[] = "/tmp/test_template.XXXXXX";

/* Writes a file below the directory. */
static void
write_file(const char *name, const char *content, mode_t mode)
{
	char		file[128];
	int			fd;

	(void) snprintf(file, sizeof(file), "%s/%s", directory, name);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK("a file for the test", fd >= 0 && write(fd, content, strlen(content)) > 0 &&
		  fchmod(fd, mode) == 0);
	(void) close(fd);
}

static void
header(const CredentialPlace *place, const char *value, const char *expected)
{
	Failure		failure;
	Buf			out;
	bool		ok;

	buf_init(&out, 100);
	ok = template_header(value, place, &out, &failure);
	CHECK(value, expected != NULL ? ok && strcmp(out.data, expected) == 0 : !ok);
	buf_free(&out);
}

static void
test_headers(void)
{
	CredentialPlace place = {open(directory, O_RDONLY | O_DIRECTORY), "other", "https://api.example.org/a"};
	const CredentialPlace none = {-1, "other", "https://api.example.org/a"};
	char		own[128];

	(void) snprintf(own, sizeof(own), "%s/tenant", directory);
	CHECK("a tenant's own directory", mkdir(own, 0700) == 0);
	write_file("ledger", "t0p\n", 0600);
	write_file("open", "t0p\n", 0644);
	write_file("tenant/ledger", "mine\n", 0600);

	header(&place, "plain", "plain");
	header(&place, "Bearer ${credential:ledger}", "Bearer t0p");
	header(&place, "${credential:ledger}:${credential:ledger}", "t0p:t0p");
	header(&place, "$credential:ledger", "$credential:ledger");
	header(&place, "${credential:missing}", NULL);
	header(&place, "${credential:open}", NULL);
	header(&place, "${credential:tenant/ledger}", NULL);
	header(&place, "${credential:../ledger}", NULL);
	header(&place, "${credential:}", NULL);
	header(&place, "${credential:ledger", NULL);
	header(&none, "${credential:ledger}", NULL);

	place.tenant_id = "tenant";
	header(&place, "${credential:ledger}", "mine");
	write_file("shared", "t0p\n", 0600);
	header(&place, "${credential:shared}", NULL);
	(void) close(place.directory_fd);
}

/* Where a credential with a list of origins may be sent to. */
static void
test_destinations(void)
{
	static const struct
	{
		const char *url;
		bool		allowed;
	}			urls[] = {
		{"https://api.example.org/a", true}, {"https://API.example.org", true}, {"https://api.example.org?a", true},
		{"http://10.0.0.7:8080/", true}, {"http://api.example.org/a", false}, {"https://api.example.org:444/", false},
		{"https://api.example.org.evil.org/", false}, {"https://api.example.org@evil.org/", false},
		{"https://api.example.org:x@evil.org/", false}, {"https://evil.org/https://api.example.org/", false},
		{"https://api.example.org\\@evil.org/", false}, {"https://api.example.or", false}, {"", false}
	};
	CredentialPlace place = {open(directory, O_RDONLY | O_DIRECTORY), "other", ""};

	write_file("bound", "t0p\n", 0600);
	write_file("bound.for", "https://api.example.org\n\nhttp://10.0.0.7:8080\n", 0600);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
	{
		place.url = urls[i].url;
		header(&place, "${credential:bound}", urls[i].allowed ? "t0p" : NULL);
	}
	place.url = "https://api.example.org/";
	header(&place, "${credential:bound.for}", NULL);
	write_file("bound.for", "https://api.example.org\n", 0644);
	header(&place, "${credential:bound}", NULL);
	(void) close(place.directory_fd);
}

static void
clean_up(void)
{
	static const char *const names[] = {"ledger", "open", "shared", "bound", "bound.for", "tenant/ledger", "tenant", ""};
	char		file[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		(void) snprintf(file, sizeof(file), "%s/%s", directory, names[i]);
		(void) remove(file);
	}
}

int
main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	test_paths();
	test_limit();
	test_bodies();
	test_headers();
	test_destinations();
	clean_up();
	return check_close();
}
