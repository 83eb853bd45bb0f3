/*
 * credential.c: the secrets of the systems that the executor talks to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/secret.h"

#define CREDENTIAL_FOR ".for"
#define CREDENTIAL_NAME_MAX 200

/* A name must stay inside its directory, and not be a list of origins. */
static bool
credential_is_name(const char *name)
{
	size_t		len = strlen(name);

	return len > 0 && len <= CREDENTIAL_NAME_MAX && name[0] != '.' && strchr(name, '/') == NULL &&
		(len < strlen(CREDENTIAL_FOR) ||
		 strcmp(name + len - strlen(CREDENTIAL_FOR), CREDENTIAL_FOR) != 0);
}

/* Whether a URL's scheme, host and port are one of the lines. */
static bool
credential_is_for(const char *origins, const char *url)
{
	while (*origins != '\0')
	{
		size_t		len = strcspn(origins, "\r\n");

		if (len > 0 && strncasecmp(origins, url, len) == 0 && strchr("/?", url[len]) != NULL)
			return true;
		origins += len + strspn(origins + len, "\r\n");
	}
	return false;
}

/* Whether the list beside a credential has the destination; one without a list goes anywhere. */
static bool
credential_may_go(int directory_fd, const char *name, const char *url, Failure *failure)
{
	char		list[CREDENTIAL_NAME_MAX + sizeof(CREDENTIAL_FOR)];
	char	   *origins;
	bool		good;

	(void) snprintf(list, sizeof(list), "%s" CREDENTIAL_FOR, name);
	if (faccessat(directory_fd, list, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return true;
	origins = secret_read(directory_fd, list, CREDENTIAL_MAX, failure);
	if (origins == NULL)
		return false;
	good = credential_is_for(origins, url);
	if (!good)
		failure_set(failure, "credential \"%s\" is not for this destination", name);
	secret_free(origins);
	return good;
}

static char *
credential_in(int directory_fd, const char *name, const char *url, Failure *failure)
{
	if (!credential_may_go(directory_fd, name, url, failure))
		return NULL;
	return secret_read(directory_fd, name, CREDENTIAL_MAX, failure);
}

/* Opens the tenant's own directory; -1 with ENOENT when it has none. */
static int
credential_tenant_directory(const CredentialPlace *place)
{
	return openat(place->directory_fd, place->tenant_id,
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

char *
credential_read(const CredentialPlace *place, const char *name, Failure *failure)
{
	char	   *secret;
	int			fd;

	if (place->directory_fd < 0)
	{
		failure_set(failure, "this executor has no credential directory");
		return NULL;
	}
	if (!credential_is_name(name) || !credential_is_name(place->tenant_id))
	{
		failure_set(failure, "\"%s\" is not a credential's name", name);
		return NULL;
	}
	fd = credential_tenant_directory(place);
	if (fd < 0 && errno == ENOENT)
		return credential_in(place->directory_fd, name, place->url, failure);
	if (fd < 0)
	{
		failure_set(failure, "could not open the tenant's credential directory: %s",
					strerror(errno));
		return NULL;
	}
	secret = credential_in(fd, name, place->url, failure);
	(void) close(fd);
	return secret;
}
