/*
 * context.c
 *		Who is asking, for one transaction: tenant, actor and roles.
 *
 * Order: the GUC portarium.ctx gets a value, and its check hook takes the text apart, once; the
 * first call that needs the context in a transaction verifies it in the order of sql/15_context.sql
 * and remembers that it did; at the end of the transaction the value is wiped, however it was set.
 * So a token set with plain SET dies like one set with SET LOCAL, a pooled connection carries none
 * over, and a value that is there at all belongs to the transaction that runs.
 *
 * One gap is left: before this library is loaded, portarium.ctx is a name that anybody may set for
 * a whole session. A value that is found so at loading is refused unless the transaction that loads
 * the library has set it.
 *
 * Memory: a parsed token lives in the GUC's "extra", which the GUC machinery owns and frees;
 * "current" points to the one in force. The binding is kept in binding_memory until another
 * transaction asks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "compat.h"
#include "context.h"
#include "context_store.h"
#include "errors.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "sha256.h"
#include "token.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* From PostgreSQL's epoch to Unix's, in seconds. */
#define UNIX_EPOCH_OFFSET ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

typedef struct TokenState
{
	bool		well_formed;
	bool		left_over;		/* found at loading, from an earlier transaction */
	LocalTransactionId verified_in;
	Oid			verified_for;
	Token		token;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];	/* the text, then what is decoded from it */
} TokenState;

char	   *context_guc;

static TokenState *current;
static bool loading;

static MemoryContext binding_memory;
static LocalTransactionId binding_read_in;
static Oid	binding_login;
static LoginBinding binding;

PG_FUNCTION_INFO_V1(portarium_context_tenant_id);
PG_FUNCTION_INFO_V1(portarium_context_actor);
PG_FUNCTION_INFO_V1(portarium_context_roles);
PG_FUNCTION_INFO_V1(portarium_context_home_of);
PG_FUNCTION_INFO_V1(portarium_context_is_moving);

/*
 * Startup packets, ALTER ROLE and ALTER DATABASE cannot give a session a tenant; a form is judged
 * at first use.
 */
bool
context_check_guc(char **value, void **extra, GucSource source)
{
	size_t		size = strlen(*value) + 1;
	TokenState *state;

	if (size == 1)
		return true;
	if (source != PGC_S_SESSION)
	{
		GUC_check_errcode(ERRCODE_CONTEXT_TOKEN_INVALID);
		GUC_check_errmsg("portarium.ctx can only be set in a session");
		return false;
	}
	state = compat_guc_alloc(offsetof(TokenState, bytes) + 2 * size);
	if (state == NULL)
		return false;
	memset(state, 0, offsetof(TokenState, bytes));
	memcpy(state->bytes, *value, size);
	state->well_formed = token_parse(state->bytes, &state->token, state->bytes + size);
	state->left_over = loading;
	*extra = state;
	return true;
}

void
context_assign_guc(const char *value, void *extra)
{
	current = extra;
}

/*
 * A session may outlive the transaction that sets its context; the context does not. A parallel
 * worker receives its settings in a transaction before the one that it works in, and lives for one
 * query.
 */
static void
wipe_at_end(XactEvent event, void *arg)
{
	bool		at_end = event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE;

	if (at_end && current != NULL && !IsParallelWorker())
		SetConfigOption("portarium.ctx", "", PGC_USERSET, PGC_S_SESSION);
}

void
context_begin_loading(void)
{
	loading = true;
}

/* Values set before the library was loaded have been checked by now, the one in force last. */
void
context_end_loading(void)
{
	loading = false;
	if (current != NULL && compat_guc_is_transactional("portarium.ctx"))
		current->left_over = false;
	RegisterXactCallback(wipe_at_end, NULL);
}

static void
compute_mac(const ContextKey *key, TokenSlice message, uint8 mac[SHA256_SIZE])
{
	Sha256	   *hash = sha256_create();

	sha256_begin(hash);
	sha256_add(hash, key->inner_block, HMAC_BLOCK_SIZE);
	sha256_add(hash, message.data, message.len);
	sha256_end(hash, mac);
	sha256_begin(hash);
	sha256_add(hash, key->outer_block, HMAC_BLOCK_SIZE);
	sha256_add(hash, mac, SHA256_SIZE);
	sha256_end(hash, mac);
	sha256_free(hash);
}

/* Takes as long for a MAC that is nearly right as for any other. */
static bool
mac_is_good(const Token *token)
{
	ContextKey	key;
	uint8		mac[SHA256_SIZE];
	char		encoded[TOKEN_MAC_SIZE];
	int			difference = 0;

	if (!context_store_key(pnstrdup(token->kid.data, token->kid.len), &key))
		return false;
	compute_mac(&key, token->message, mac);
	token_encode_mac(mac, encoded);
	for (int i = 0; i < TOKEN_MAC_SIZE; i++)
		difference |= encoded[i] ^ token->mac.data[i];
	return difference == 0;
}

static void
require_mac(const TokenState *state)
{
	const Token *token = &state->token;

	if (state->left_over)
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_INVALID),
				 errmsg("context token was set before this transaction"),
				 errhint("Set portarium.ctx with SET LOCAL.")));
	if (!state->well_formed)
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_INVALID),
				 errmsg("context token is malformed")));
	if (!mac_is_good(token))
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_INVALID),
				 errmsg("context token was not made with a key of this database")));
	if (!pg_verifymbstr(token->actor.data, token->actor.len, true)
		|| !pg_verifymbstr(token->roles.data, token->roles.len, true))
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_INVALID),
				 errmsg("context token is malformed")));
}

static bool
slice_is(TokenSlice slice, const char *string)
{
	return slice.len == strlen(string) && memcmp(slice.data, string, slice.len) == 0;
}

static void
require_recipient(const Token *token)
{
	if (!slice_is(token->database, get_database_name(MyDatabaseId)))
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_MISDIRECTED),
				 errmsg("context token was made for another database")));
	if (!slice_is(token->login, GetUserNameFromId(GetSessionUserId(), false)))
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_MISDIRECTED),
				 errmsg("context token was made for another login")));
}

/* Asked at each call: time passes within a transaction. */
static void
require_time(const Token *token)
{
	int64		now = GetCurrentStatementStartTimestamp() / USECS_PER_SEC + UNIX_EPOCH_OFFSET;

	if (token->expires <= now)
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_EXPIRED),
				 errmsg("context token has expired")));
}

static void
require_route(const Token *token)
{
	int32		epoch;

	if (!context_store_epoch((const pg_uuid_t *) token->tenant, &epoch) || epoch != token->epoch)
		ereport(ERROR,
				(errcode(ERRCODE_CONTEXT_TOKEN_MISDIRECTED),
				 errmsg("context token was made for another route of its tenant")));
}

/* The verified token in force, or NULL when none is set. */
static const Token *
verified_token(void)
{
	TokenState *state = current;

	if (state == NULL)
		return NULL;
	if (state->verified_in == compat_lxid() && state->verified_for == GetSessionUserId())
	{
		require_time(&state->token);
		return &state->token;
	}
	require_mac(state);
	require_recipient(&state->token);
	require_time(&state->token);
	require_route(&state->token);
	state->verified_in = compat_lxid();
	state->verified_for = GetSessionUserId();
	return &state->token;
}

/*
 * The login's binding, or NULL. One that is found is kept for the transaction; one that is not is
 * looked for again.
 */
static const LoginBinding *
login_binding(void)
{
	MemoryContext caller;
	bool		found;

	if (binding_read_in == compat_lxid() && binding_login == GetSessionUserId())
		return &binding;
	if (binding_memory == NULL)
		binding_memory = AllocSetContextCreate(TopMemoryContext, "portarium login binding",
											   ALLOCSET_SMALL_SIZES);
	binding_read_in = InvalidLocalTransactionId;
	MemoryContextReset(binding_memory);
	caller = MemoryContextSwitchTo(binding_memory);
	found = context_store_binding(GetSessionUserId(), &binding);
	MemoryContextSwitchTo(caller);
	if (!found)
		return NULL;
	binding_read_in = compat_lxid();
	binding_login = GetSessionUserId();
	return &binding;
}

/* False when nobody is asking. */
bool
context_tenant(pg_uuid_t *tenant)
{
	const Token *token = verified_token();
	const LoginBinding *bound = token == NULL ? login_binding() : NULL;

	if (token == NULL && bound == NULL)
		return false;
	memcpy(tenant, token != NULL ? token->tenant : bound->tenant.data, UUID_LEN);
	return true;
}

/* The result is a copy: a query may set another context while it still holds it. */
Datum
portarium_context_tenant_id(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *tenant = palloc(sizeof(pg_uuid_t));

	if (!context_tenant(tenant))
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(tenant);
}

/*
 * The wall, for what writes rows without a query: the tenant of the context and no other, but for
 * the definer that spans tenants and for those whom no policy binds.
 */
void
context_require_tenant(const pg_uuid_t *tenant)
{
	pg_uuid_t	own;

	if (GetUserId() == get_role_oid("portarium_sys", true) || has_bypassrls_privilege(GetUserId()))
		return;
	if (!context_tenant(&own) || memcmp(own.data, tenant->data, UUID_LEN) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("new row is not of the tenant of this transaction")));
}

Datum
portarium_context_actor(PG_FUNCTION_ARGS)
{
	const Token *token = verified_token();
	const LoginBinding *bound;

	if (token != NULL)
		PG_RETURN_TEXT_P(cstring_to_text_with_len(token->actor.data, token->actor.len));
	bound = login_binding();
	if (bound == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(bound->actor));
}

static ArrayType *
split_roles(TokenSlice roles)
{
	const char *at = roles.data;
	const char *end = roles.data + roles.len;
	Datum	   *names = palloc(sizeof(Datum) * (roles.len + 1));
	int			count = 0;

	while (roles.len > 0 && at <= end)
	{
		const char *comma = memchr(at, ',', end - at);
		const char *stop = comma == NULL ? end : comma;

		names[count++] = PointerGetDatum(cstring_to_text_with_len(at, stop - at));
		at = stop + 1;
	}
	return construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT);
}

Datum
portarium_context_roles(PG_FUNCTION_ARGS)
{
	const Token *token = verified_token();
	const LoginBinding *bound;

	if (token != NULL)
		PG_RETURN_ARRAYTYPE_P(split_roles(token->roles));
	bound = login_binding();
	if (bound == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(datumCopy(PointerGetDatum(bound->roles), false, -1));
}

/* Where a tenant's own tables are; asked anew each time, because a tenant may move. */
Datum
portarium_context_home_of(PG_FUNCTION_ARGS)
{
	Name		home;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	home = palloc(sizeof(NameData));
	if (!context_store_home(PG_GETARG_UUID_P(0), home))
		PG_RETURN_NULL();
	PG_RETURN_NAME(home);
}

Datum
portarium_context_is_moving(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && context_store_moving(PG_GETARG_UUID_P(0)));
}
