/*
 * sink_config.c: what an operator tells a sink's library, NAME=VALUE a line.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/sink_config.h"

#include <stdlib.h>
#include <string.h>

static bool
sink_config_line(char *line, const char *setting, SinkConfigSet set, void *to, Failure *failure)
{
	char	   *value = strchr(line, '=');

	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (value == NULL)
	{
		failure_set(failure, "a line of \"%s\" is not NAME=VALUE", setting);
		return false;
	}
	*value++ = '\0';
	return set(to, line, value, failure);
}

bool
sink_config_read(const char *config, const char *setting, SinkConfigSet set, void *to, Failure *failure)
{
	char	   *copy = strdup(config);
	char	   *rest = copy;
	bool		ok = copy != NULL;

	failure_set(failure, "out of memory");
	for (char *line; ok && (line = strsep(&rest, "\r\n")) != NULL;)
		ok = sink_config_line(line, setting, set, to, failure);
	if (copy != NULL)
		explicit_bzero(copy, strlen(config));
	free(copy);
	return ok;
}
