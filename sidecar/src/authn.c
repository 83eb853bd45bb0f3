/*
 * authn.c: who is asking: bearer token → cached identity → context token.
 *
 * A context token lives five minutes at most and never longer than the bearer token it stands
 * for.  It is minted again a minute before it ends, so that a queued call does not find it expired.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "authn.h"

#include <stdio.h>

#include "common/clock.h"
#include "sidecar_metrics.h"

#define CONTEXT_LIFE_S 300
#define CONTEXT_MARGIN_S 60

static int64_t
now_s(void)
{
	return clock_wall_us() / 1000000;
}

/* The token after "Bearer "; at == NULL when the header is missing or another scheme. */
static Span
bearer_token(const HttpParser *parser)
{
	static const char scheme[] = "Bearer ";
	Span		header = http_header(parser, "authorization");
	size_t		len = sizeof(scheme) - 1;

	if (header.at == NULL || header.len <= len || strncasecmp(header.at, scheme, len) != 0)
		return (Span) {NULL, 0};
	while (len < header.len && header.at[len] == ' ')
		len++;
	return (Span) {header.at + len, header.len - len};
}

static Identity *
verify(Service *service, Span token, const unsigned char *digest, Failure *failure)
{
	JwtRules	rules = {service->settings.jwt_keys, service->settings.jwt_audience,
	service->settings.jwt_issuer};
	JwtClaims	claims;
	Identity   *identity;

	if (!jwt_verify(token, &rules, now_s(), &claims, failure))
	{
		sidecar_metrics_count(SIDECAR_TOKEN_REFUSED);
		return NULL;
	}
	sidecar_metrics_count(SIDECAR_TOKEN_VERIFIED);
	identity = identities_add(&service->identities, digest, &claims);
	if (identity == NULL)
	{
		jwt_claims_free(&claims);
		failure_set_sqlstate(failure, "53200", "out of memory");
	}
	return identity;
}

Identity *
authn_identify(Service *service, const HttpParser *parser, Failure *failure)
{
	Span		token = bearer_token(parser);
	unsigned char digest[DIGEST_SIZE];
	Identity   *identity;

	if (token.at == NULL || http_header_count(parser, "authorization") != 1)
	{
		failure_set_sqlstate(failure, "UP201", "a bearer token is needed");
		return NULL;
	}
	if (!digest_sha256(token.at, token.len, digest))
	{
		failure_set_sqlstate(failure, "53200", "out of memory");
		return NULL;
	}
	identity = identities_find(&service->identities, digest);
	if (identity == NULL)
		return verify(service, token, digest, failure);
	if (identity->claims.exp <= now_s())
	{
		identities_drop(&service->identities, identity);
		identity_release(identity);
		failure_set_sqlstate(failure, "UP203", "bearer token is refused: it has expired");
		return NULL;
	}
	sidecar_metrics_count(SIDECAR_TOKEN_CACHED);
	return identity;
}

bool
authn_is_worker(const Identity *identity)
{
	Span		roles = {identity->claims.roles.data, identity->claims.roles.len};

	while (roles.len > 0)
		if (span_is(span_cut(&roles, ','), "worker"))
			return true;
	return false;
}

bool
authn_has_context(const Identity *identity)
{
	return identity->token.len > 0 && now_s() < identity->renew_at;
}

bool
authn_mint(Service *service, Identity *identity, const Route *route)
{
	const PGconn *session = service_session(service);
	const JwtClaims *from = &identity->claims;
	int64_t		exp = now_s() + CONTEXT_LIFE_S;
	bool		short_lived = from->exp <= exp;
	ContextClaims claims = {
		.tenant = from->tenant,
		.actor = from->actor,
		.roles = from->roles.data,
		.scope = from->scope.data,
		.exp = short_lived ? from->exp : exp,
		.db = route->database,
		.epoch = route->epoch,
	};

	if (session == NULL)
		return false;
	claims.login = PQuser(session);
	identity->renew_at = short_lived ? claims.exp : claims.exp - CONTEXT_MARGIN_S;
	snprintf(identity->database, sizeof(identity->database), "%s",
			 route->away ? route->database : "");
	buf_reset(&identity->token);
	return context_mint(&service->settings.context_key, &claims, &identity->token);
}
