/*
 * conf.c: a daemon's settings.
 *
 * conf_load takes the defaults, then the file line by line, then the environment; a later source
 * replaces an earlier value.  For a secret these sources carry the path of its file; the secrets
 * are read last.  Conf owns every value.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define CONF_NAME_MAX 64
#define CONF_LINE_MAX 4096

struct Conf
{
	const ConfItem *items;
	size_t		n_items;
	char	  **values;			/* one per item; for a secret first its path, then itself */
};

/* The name under which an item is given. */
static void
conf_given_name(const ConfItem *item, char name[CONF_NAME_MAX])
{
	(void) snprintf(name, CONF_NAME_MAX, "%s%s", item->name, item->secret ? "_FILE" : "");
}

static bool
conf_set(Conf *conf, size_t i, const char *value, Failure *failure)
{
	char	   *copy = strdup(value);

	if (copy == NULL)
	{
		failure_set(failure, "out of memory");
		return false;
	}
	free(conf->values[i]);
	conf->values[i] = copy;
	return true;
}

static bool
conf_set_by_name(Conf *conf, const char *name, const char *value, Failure *failure)
{
	char		given[CONF_NAME_MAX];

	for (size_t i = 0; i < conf->n_items; i++)
	{
		conf_given_name(&conf->items[i], given);
		if (strcmp(given, name) == 0)
			return conf_set(conf, i, value, failure);
		if (conf->items[i].secret && strcmp(conf->items[i].name, name) == 0)
		{
			failure_set(failure, "secret \"%s\" must be given as a file, by \"%s\"", name, given);
			return false;
		}
	}
	failure_set(failure, "setting \"%s\" does not exist", name);
	return false;
}

/* One line of the file: empty, a # comment, or KEY=value. */
static bool
conf_take_line(Conf *conf, char *line, Failure *failure)
{
	size_t		len = strlen(line);
	char	   *equals;

	if (len == CONF_LINE_MAX - 1 && line[len - 1] != '\n')
	{
		failure_set(failure, "a line has more than %d bytes", CONF_LINE_MAX - 2);
		return false;
	}
	line[strcspn(line, "\r\n")] = '\0';
	line += strspn(line, " \t");
	if (line[0] == '\0' || line[0] == '#')
		return true;

	equals = strchr(line, '=');
	if (equals == NULL)
	{
		failure_set(failure, "\"%s\" is not KEY=value", line);
		return false;
	}
	*equals = '\0';
	return conf_set_by_name(conf, line, equals + 1, failure);
}

static bool
conf_take_file(Conf *conf, const char *path, Failure *failure)
{
	char		line[CONF_LINE_MAX];
	FILE	   *file = fopen(path, "re");
	Failure		inner;
	bool		ok = true;

	if (file == NULL)
	{
		failure_set(failure, "could not open file \"%s\": %s", path, strerror(errno));
		return false;
	}
	for (int number = 1; ok && fgets(line, sizeof(line), file) != NULL; number++)
	{
		ok = conf_take_line(conf, line, &inner);
		if (!ok)
			failure_set(failure, "file \"%s\", line %d: %s", path, number, inner.message);
	}
	if (ok && ferror(file))
	{
		failure_set(failure, "could not read file \"%s\": %s", path, strerror(errno));
		ok = false;
	}
	(void) fclose(file);
	return ok;
}

static bool
conf_take_environment(Conf *conf, Failure *failure)
{
	char		given[CONF_NAME_MAX];
	bool		ok = true;

	for (size_t i = 0; ok && i < conf->n_items; i++)
	{
		const char *value;

		conf_given_name(&conf->items[i], given);
		value = getenv(given);
		if (value != NULL)
			ok = conf_set(conf, i, value, failure);
	}
	return ok;
}

static bool
conf_read_secrets(Conf *conf, Failure *failure)
{
	for (size_t i = 0; i < conf->n_items; i++)
	{
		char	   *secret;

		if (!conf->items[i].secret || conf->values[i] == NULL)
			continue;
		secret = secret_read(AT_FDCWD, conf->values[i], CONF_SECRET_MAX, failure);
		free(conf->values[i]);
		conf->values[i] = secret;
		if (secret == NULL)
			return false;
	}
	return true;
}

static bool
conf_take_defaults(Conf *conf, Failure *failure)
{
	for (size_t i = 0; i < conf->n_items; i++)
	{
		if (conf->items[i].fallback != NULL &&
			!conf_set(conf, i, conf->items[i].fallback, failure))
			return false;
	}
	return true;
}

static size_t
conf_index(const Conf *conf, const char *name)
{
	size_t		i = 0;

	while (i < conf->n_items && strcmp(conf->items[i].name, name) != 0)
		i++;
	if (i == conf->n_items)
		abort();
	return i;
}

const char *
conf_value(const Conf *conf, const char *name)
{
	return conf->values[conf_index(conf, name)];
}

bool
conf_int(const Conf *conf, const char *name, int min, int max, int *value, Failure *failure)
{
	const char *text = conf_value(conf, name);
	char	   *end;
	long		number;

	if (text == NULL)
	{
		failure_set(failure, "setting \"%s\" has no value", name);
		return false;
	}
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || number < min || number > max)
	{
		failure_set(failure, "setting \"%s\" must be an integer from %d to %d, not \"%s\"",
					name, min, max, text);
		return false;
	}
	*value = (int) number;
	return true;
}

bool
conf_switch(const Conf *conf, const char *name, bool *value, Failure *failure)
{
	static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};
	const char *text = conf_value(conf, name);

	for (size_t i = 0; text != NULL && i < sizeof(words) / sizeof(words[0]); i++)
	{
		if (strcmp(text, words[i]) == 0)
		{
			*value = i % 2 == 1;
			return true;
		}
	}
	failure_set(failure, "setting \"%s\" must be on or off", name);
	return false;
}

/* A connection string can carry a password: "password=…", or "…://user:password@…". */
static bool
conf_holds_password(const char *value)
{
	const char *authority = strstr(value, "://");
	const char *at = authority != NULL ? strchr(authority + 3, '@') : NULL;

	return strstr(value, "password=") != NULL ||
		(at != NULL && memchr(authority + 3, ':', (size_t) (at - authority - 3)) != NULL);
}

void
conf_print(const Conf *conf, FILE *out)
{
	for (size_t i = 0; i < conf->n_items; i++)
	{
		const char *value = conf->values[i];

		if (conf->items[i].secret)
			value = value != NULL ? "(set)" : "(not set)";
		else if (value != NULL && conf_holds_password(value))
			value = "(set, with a password)";
		(void) fprintf(out, "%s=%s\n", conf->items[i].name, value != NULL ? value : "");
	}
}

void
conf_help(const ConfItem *items, size_t n_items, FILE *out)
{
	char		given[CONF_NAME_MAX];

	for (size_t i = 0; i < n_items; i++)
	{
		conf_given_name(&items[i], given);
		(void) fprintf(out, "  %-28s %s", given, items[i].meaning);
		if (items[i].fallback != NULL)
			(void) fprintf(out, " Default: %s.", items[i].fallback);
		(void) fputc('\n', out);
	}
}

void
conf_free(Conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; conf->values != NULL && i < conf->n_items; i++)
	{
		if (conf->items[i].secret)
			secret_free(conf->values[i]);
		else
			free(conf->values[i]);
	}
	free(conf->values);
	free(conf);
}

Conf *
conf_load(const ConfItem *items, size_t n_items, const char *path, Failure *failure)
{
	Conf	   *conf = calloc(1, sizeof(*conf));

	if (conf == NULL || (conf->values = calloc(n_items, sizeof(char *))) == NULL)
	{
		failure_set(failure, "out of memory");
		free(conf);
		return NULL;
	}
	conf->items = items;
	conf->n_items = n_items;

	if (!conf_take_defaults(conf, failure) ||
		(path != NULL && !conf_take_file(conf, path, failure)) ||
		!conf_take_environment(conf, failure) ||
		!conf_read_secrets(conf, failure))
	{
		conf_free(conf);
		return NULL;
	}
	return conf;
}
