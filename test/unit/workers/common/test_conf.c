/*
 * test_conf.c: where settings come from, which wins, and which files may hold secrets.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "common/conf.h"
#include "common/secret.h"

#define ITEMS (sizeof(items) / sizeof(items[0]))

static const ConfItem items[] = {
	{"TEST_URL", "host=default", false, "A connection string."},
	{"TEST_NUMBER", "5", false, "A number."},
	{"TEST_SWITCH", "off", false, "A switch."},
	{"TEST_NOTHING", NULL, false, "Nothing by default."},
	{"TEST_SECRET", NULL, true, "A secret."},
};

static char directory[] = "/tmp/test_conf.XXXXXX";
static char path_conf[64];
static char path_secret[64];

static void
write_file(const char *path, const char *content, size_t len, mode_t mode)
{
	int			fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK("a file for the test", fd >= 0 && write(fd, content, len) == (ssize_t) len &&
		  fchmod(fd, mode) == 0);
	(void) close(fd);
}

static Conf *
load(const char *content, Failure *failure)
{
	if (content == NULL)
		return conf_load(items, ITEMS, NULL, failure);
	write_file(path_conf, content, strlen(content), 0600);
	return conf_load(items, ITEMS, path_conf, failure);
}

static void
refused(const char *name, const char *content, const char *message)
{
	Failure		failure = {.message = ""};
	Conf	   *conf = load(content, &failure);

	CHECK(name, conf == NULL && strstr(failure.message, message) != NULL);
	conf_free(conf);
}

static void
test_sources(void)
{
	Failure		failure;
	Conf	   *conf = load(NULL, &failure);
	int			number;

	CHECK("defaults", conf != NULL && strcmp(conf_value(conf, "TEST_URL"), "host=default") == 0);
	CHECK("no default", conf_value(conf, "TEST_NOTHING") == NULL);
	conf_free(conf);

	conf = load("# a comment\n\n  TEST_NUMBER=7\nTEST_URL=host=file a=b\r\n", &failure);
	CHECK("the file wins over defaults", conf != NULL &&
		  conf_int(conf, "TEST_NUMBER", 0, 10, &number, &failure) && number == 7);
	CHECK("a value may hold =", strcmp(conf_value(conf, "TEST_URL"), "host=file a=b") == 0);
	conf_free(conf);

	(void) setenv("TEST_NUMBER", "9", 1);
	conf = load("TEST_NUMBER=7\n", &failure);
	CHECK("the environment wins over the file", conf != NULL &&
		  conf_int(conf, "TEST_NUMBER", 0, 10, &number, &failure) && number == 9);
	(void) unsetenv("TEST_NUMBER");
	conf_free(conf);
}

static void
test_refused(void)
{
	Failure		failure = {.message = ""};

	refused("a misspelt key", "TEST_NUMBRE=1\n", "line 1: setting \"TEST_NUMBRE\" does not exist");
	refused("not KEY=value", "\nTEST_NUMBER\n", "line 2");
	refused("a secret as a value", "TEST_SECRET=hunter2\n", "must be given as a file");
	CHECK("the message does not show it", conf_load(items, ITEMS, path_conf, &failure) == NULL &&
		  strstr(failure.message, "hunter2") == NULL);
	CHECK("a file that is not there", conf_load(items, ITEMS, "/nonexistent", &failure) == NULL);
}

static void
test_numbers(void)
{
	static const char *const wrong[] = {"", "x", "5x", "11", "-1", "99999999999999999999"};
	Failure		failure;
	Conf	   *conf;
	bool		on = false;
	int			number;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		(void) setenv("TEST_NUMBER", wrong[i], 1);
		conf = load(NULL, &failure);
		CHECK(wrong[i], conf != NULL && !conf_int(conf, "TEST_NUMBER", 0, 10, &number, &failure));
		conf_free(conf);
	}
	(void) unsetenv("TEST_NUMBER");

	conf = load("TEST_SWITCH=on\n", &failure);
	CHECK("on", conf != NULL && conf_switch(conf, "TEST_SWITCH", &on, &failure) && on);
	conf_free(conf);
	conf = load("TEST_SWITCH=maybe\n", &failure);
	CHECK("maybe", conf != NULL && !conf_switch(conf, "TEST_SWITCH", &on, &failure));
	conf_free(conf);
}

static void
secret_mode(mode_t mode, bool accepted)
{
	char		name[64];
	Failure		failure;
	char	   *secret;

	write_file(path_secret, "s3cret\n\n", 8, mode);
	secret = secret_read(AT_FDCWD, path_secret, 100, &failure);
	(void) snprintf(name, sizeof(name), "mode %04o", (unsigned) mode);
	CHECK(name, (secret != NULL) == accepted);
	if (secret != NULL)
		CHECK("without its line ends", strcmp(secret, "s3cret") == 0);
	secret_free(secret);
}

static void
test_secrets(void)
{
	Failure		failure;
	char	   *secret;
	Conf	   *conf;

	secret_mode(0600, true);
	secret_mode(0400, true);
	/* a group may read only what root owns */
	secret_mode(0640, geteuid() == 0);
	secret_mode(0660, false);
	secret_mode(0644, false);
	secret_mode(0604, false);
	secret_mode(0602, false);

	write_file(path_secret, "a\0b", 3, 0600);
	CHECK("a zero byte", secret_read(AT_FDCWD, path_secret, 100, &failure) == NULL);
	write_file(path_secret, "0123456789", 10, 0600);
	CHECK("too long", secret_read(AT_FDCWD, path_secret, 9, &failure) == NULL);
	secret = secret_read(AT_FDCWD, path_secret, 10, &failure);
	CHECK("just long enough", secret != NULL);
	secret_free(secret);
	CHECK("a directory", secret_read(AT_FDCWD, directory, 100, &failure) == NULL);

	(void) setenv("TEST_SECRET_FILE", path_secret, 1);
	conf = load(NULL, &failure);
	CHECK("a secret from its file", conf != NULL &&
		  strcmp(conf_value(conf, "TEST_SECRET"), "0123456789") == 0);
	(void) unsetenv("TEST_SECRET_FILE");
	conf_free(conf);
}

static void
test_links(void)
{
	char		link_path[64];
	Failure		failure;
	char	   *secret;
	int			fd = open(directory, O_RDONLY | O_DIRECTORY);

	(void) snprintf(link_path, sizeof(link_path), "%s/link", directory);
	CHECK("a link for the test", symlink("secret", link_path) == 0);
	CHECK("a link below a directory is not followed",
		  secret_read(fd, "link", 100, &failure) == NULL);
	secret = secret_read(fd, "secret", 100, &failure);
	CHECK("the file itself is read", secret != NULL);
	secret_free(secret);
	(void) unlink(link_path);
	(void) close(fd);
}

static void
test_print(void)
{
	Failure		failure;
	Conf	   *conf;
	char		shown[1024] = "";
	FILE	   *out = fmemopen(shown, sizeof(shown), "w");

	(void) setenv("TEST_SECRET_FILE", path_secret, 1);
	conf = load("TEST_URL=postgresql://me:hunter2@db/x\nTEST_NOTHING=password=hunter3\n", &failure);
	(void) unsetenv("TEST_SECRET_FILE");
	CHECK("settings to print", conf != NULL && out != NULL);
	conf_print(conf, out);
	(void) fclose(out);
	conf_free(conf);
	CHECK("secrets are not shown", strstr(shown, "TEST_SECRET=(set)\n") != NULL &&
		  strstr(shown, "0123456789") == NULL && strstr(shown, "hunter") == NULL);
	CHECK("the rest is", strstr(shown, "TEST_NUMBER=5\n") != NULL);
}

int
main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	(void) snprintf(path_conf, sizeof(path_conf), "%s/conf", directory);
	(void) snprintf(path_secret, sizeof(path_secret), "%s/secret", directory);
	test_sources();
	test_refused();
	test_numbers();
	test_secrets();
	test_links();
	test_print();
	(void) unlink(path_conf);
	(void) unlink(path_secret);
	(void) rmdir(directory);
	return check_close();
}
