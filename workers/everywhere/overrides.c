/*
 * overrides.c: a daemon's settings, with the database in the place of each %d.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "everywhere/overrides.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char place[] = "%d";

/* The index of a name, or the count. */
static int
find(const Overrides *overrides, const char *name)
{
	int			i = 0;

	while (i < overrides->count && strcmp(overrides->items[i].name, name) != 0)
		i++;
	return i;
}

/* The last of a name wins, as it does for the daemon. */
static bool
add(Overrides *overrides, const char *name, const char *value, Failure *failure)
{
	int			i = find(overrides, name);
	Override   *item = &overrides->items[i];

	if (i == OVERRIDES_MAX)
	{
		failure_set(failure, "there are more than %d settings", OVERRIDES_MAX);
		return false;
	}
	if (i == overrides->count)
		overrides->count++;
	free(item->name);
	free(item->value);
	*item = (Override) {strdup(name), strdup(value)};
	failure_set(failure, "out of memory");
	return item->name != NULL && item->value != NULL;
}

static bool
read_line(Overrides *overrides, char *line, Failure *failure)
{
	char	   *name = line + strspn(line, " \t");
	char	   *equals = strchr(name, '=');

	name[strcspn(name, "\r\n")] = '\0';
	if (name[0] == '#' || equals == NULL)
		return true;			/* the daemon judges its file, not we */
	*equals = '\0';
	return getenv(name) != NULL || add(overrides, name, equals + 1, failure);
}

static bool
read_file(Overrides *overrides, const char *path, Failure *failure)
{
	char		line[OVERRIDE_SIZE];
	FILE	   *file = fopen(path, "re");
	bool		ok = file != NULL;

	failure_set(failure, "could not open file \"%s\": %s", path, strerror(errno));
	while (ok && fgets(line, sizeof(line), file) != NULL)
		ok = read_line(overrides, line, failure);
	if (ok && ferror(file))
	{
		failure_set(failure, "could not read file \"%s\": %s", path, strerror(errno));
		ok = false;
	}
	if (file != NULL)
		(void) fclose(file);
	return ok;
}

static bool
read_environment(Overrides *overrides, Failure *failure)
{
	char		name[OVERRIDE_SIZE];

	for (char **entry = environ; *entry != NULL; entry++)
	{
		const char *equals = strchr(*entry, '=');
		size_t		len = equals != NULL ? (size_t) (equals - *entry) : sizeof(name);

		if (len >= sizeof(name) || strstr(equals, place) == NULL)
			continue;
		memcpy(name, *entry, len);
		name[len] = '\0';
		if (!add(overrides, name, equals + 1, failure))
			return false;
	}
	return true;
}

bool
overrides_read(Overrides *overrides, const char *path, Failure *failure)
{
	memset(overrides, 0, sizeof(*overrides));
	return (path == NULL || read_file(overrides, path, failure)) &&
		read_environment(overrides, failure);
}

bool
overrides_vary(const Overrides *overrides, const char *name)
{
	int			i = find(overrides, name);

	return i < overrides->count && strstr(overrides->items[i].value, place) != NULL;
}

void
overrides_free(Overrides *overrides)
{
	for (int i = 0; i < overrides->count; i++)
	{
		free(overrides->items[i].name);
		free(overrides->items[i].value);
	}
}

/* The value with the database for each %d. */
static bool
expand(const char *value, const char *database, char *out, size_t size)
{
	size_t		len = 0;

	while (*value != '\0')
	{
		bool		here = strncmp(value, place, sizeof(place) - 1) == 0;
		size_t		taken = here ? strlen(database) : 1;

		if (len + taken >= size)
			return false;
		memcpy(out + len, here ? database : value, taken);
		len += taken;
		value += here ? sizeof(place) - 1 : 1;
	}
	out[len] = '\0';
	return true;
}

/* Of a path that ends in %d; false when it cannot be made, such as where the one above is missing. */
static bool
make_directory(const Override *item, const char *path, Failure *failure)
{
	static const char last[] = "/%d";
	size_t		len = strlen(item->value);
	bool		ends_so = len >= sizeof(last) &&
		strcmp(item->value + len - (sizeof(last) - 1), last) == 0;

	if (item->value[0] != '/' || !ends_so || mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	failure_set(failure, "could not make directory \"%s\" of \"%s\": %s", path, item->name,
				strerror(errno));
	return false;
}

bool
overrides_apply(const Overrides *overrides, const char *database, Failure *failure)
{
	char		value[OVERRIDE_SIZE];

	for (int i = 0; i < overrides->count; i++)
	{
		const Override *item = &overrides->items[i];

		if (!expand(item->value, database, value, sizeof(value)))
		{
			failure_set(failure, "setting \"%s\" is too long", item->name);
			return false;
		}
		if (!make_directory(item, value, failure))
			return false;
		if (setenv(item->name, value, 1) != 0)
		{
			failure_set(failure, "could not set \"%s\": %s", item->name, strerror(errno));
			return false;
		}
	}
	return true;
}
