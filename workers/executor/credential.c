/*
 * credential.c: the secrets of the systems that the executor talks to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"

/* A name must stay inside its directory. */
static bool
credential_is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
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
		return secret_read(place->directory_fd, name, CREDENTIAL_MAX, failure);
	if (fd < 0)
	{
		failure_set(failure, "could not open the tenant's credential directory: %s",
					strerror(errno));
		return NULL;
	}
	secret = secret_read(fd, name, CREDENTIAL_MAX, failure);
	(void) close(fd);
	return secret;
}
