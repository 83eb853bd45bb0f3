/*
 * nats_options.c: how the relay connects to NATS.
 *
 * The library keeps copies of all that it is given.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/nats_options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "relay/sink_config.h"

#define NATS_OPTIONS_SERVERS 16
#define NATS_OPTIONS_SECRET_MAX 4096

/* What RELAY_NATS_FILE may say; what is empty is not said. */
typedef struct NatsAccount
{
	char		user[NATS_OPTIONS_SECRET_MAX];
	char		password[NATS_OPTIONS_SECRET_MAX];
	char		token[NATS_OPTIONS_SECRET_MAX];
	char		credentials[NATS_OPTIONS_SECRET_MAX];
} NatsAccount;

/* to: NatsAccount */
static bool
nats_options_account(void *to, const char *name, const char *value, Failure *failure)
{
	NatsAccount *account = to;
	char	   *field = strcmp(name, "user") == 0 ? account->user :
		strcmp(name, "password") == 0 ? account->password :
		strcmp(name, "token") == 0 ? account->token :
		strcmp(name, "credentials") == 0 ? account->credentials : NULL;

	failure_set(failure, "\"RELAY_NATS_FILE\" has no use for \"%s\", or for so long a value", name);
	return field != NULL && snprintf(field, NATS_OPTIONS_SECRET_MAX, "%s", value) < NATS_OPTIONS_SECRET_MAX;
}

static natsStatus
nats_options_log_in(natsOptions *options, const NatsAccount *account)
{
	natsStatus	status = NATS_OK;

	if (account->user[0] != '\0')
		status = natsOptions_SetUserInfo(options, account->user, account->password);
	if (status == NATS_OK && account->token[0] != '\0')
		status = natsOptions_SetToken(options, account->token);
	if (status == NATS_OK && account->credentials[0] != '\0')
		status = natsOptions_SetUserCredentialsFromFiles(options, account->credentials, NULL);
	return status;
}

static bool
nats_options_auth(natsOptions *options, const NatsTarget *target, Failure *failure)
{
	NatsAccount account = {.user = ""};
	bool		ok = target->config == NULL ||
		sink_config_read(target->config, "RELAY_NATS_FILE", nats_options_account, &account, failure);

	if (ok && account.credentials[0] != '\0' && access(account.credentials, R_OK) != 0)
	{
		failure_set(failure, "could not read the file that \"credentials\" names in \"RELAY_NATS_FILE\"");
		ok = false;
	}
	if (ok && nats_options_log_in(options, &account) != NATS_OK)
	{
		failure_set(failure, "the NATS library does not take what \"RELAY_NATS_FILE\" says");
		ok = false;
	}
	explicit_bzero(&account, sizeof(account));
	return ok;
}

static bool
nats_options_tls(natsOptions *options, const NatsTarget *target, Failure *failure)
{
	natsStatus	status = target->tls ? natsOptions_SetSecure(options, true) : NATS_OK;

	if (status == NATS_OK && target->tls && target->ca_file != NULL)
		status = natsOptions_LoadCATrustedCertificates(options, target->ca_file);
	if (status == NATS_OK && target->tls && target->client_cert != NULL)
		status = natsOptions_LoadCertificatesChain(options, target->client_cert, target->client_key);
	failure_set(failure, "could not load the certificates for NATS: %s", natsStatus_GetText(status));
	return status == NATS_OK;
}

/* Each server as a URL. */
static bool
nats_options_servers(natsOptions *options, const NatsTarget *target, Failure *failure)
{
	const char *const scheme = target->tls ? "tls" : "nats";
	char		text[NATS_OPTIONS_SERVERS_MAX + NATS_OPTIONS_SERVERS * sizeof("nats://")];
	char		servers[NATS_OPTIONS_SERVERS_MAX];
	const char *urls[NATS_OPTIONS_SERVERS];
	char	   *rest = servers;
	size_t		used = 0;
	int			n = 0;

	(void) snprintf(servers, sizeof(servers), "%.*s",
					(int) (strrchr(target->servers, '/') - target->servers), target->servers);
	for (char *server; n < NATS_OPTIONS_SERVERS && (server = strsep(&rest, ",")) != NULL; n++)
	{
		urls[n] = text + used;
		used += (size_t) snprintf(text + used, sizeof(text) - used, "%s://%s", scheme, server) + 1;
	}
	failure_set(failure, "setting \"RELAY_SINK\" names more than %d servers, or what is none",
				NATS_OPTIONS_SERVERS);
	return rest == NULL && natsOptions_SetServers(options, urls, n) == NATS_OK;
}

static bool
nats_options_fill(natsOptions *options, const NatsTarget *target, Failure *failure)
{
	if (!nats_options_servers(options, target, failure) ||
		!nats_options_auth(options, target, failure) || !nats_options_tls(options, target, failure))
		return false;
	failure_set(failure, "the NATS library does not take its settings");
	return natsOptions_SetTimeout(options, target->timeout_ms) == NATS_OK &&
		natsOptions_SetName(options, "portarium-relay") == NATS_OK &&
		natsOptions_SetAllowReconnect(options, false) == NATS_OK;
}

natsOptions *
nats_options_make(const NatsTarget *target, Failure *failure)
{
	natsOptions *options = NULL;

	failure_set(failure, "could not start the NATS library");
	if (natsOptions_Create(&options) != NATS_OK)
		return NULL;
	if (nats_options_fill(options, target, failure))
		return options;
	natsOptions_Destroy(options);
	return NULL;
}
