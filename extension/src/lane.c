/*
 * lane.c
 *		The lanes that a claim may serve, in the order in which it does: portarium_int.lane_order() of
 *		sql/53_claim.sql.
 *
 * Order: read the quotas, of which there mostly are none; read the lanes of the queues; work out the
 * time of each tenant from its lanes, side by side; put the lanes into their order.
 *
 * Memory: everything is allocated in the current context.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "postgres.h"

#include <math.h>

#include "lane.h"
#include "row.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"

#define JOB_PRICE_US 1000		/* of virtual time */
#define MAX_IDLE_LEAD_US 100000 /* of a tenant that visits found nothing of */
#define MAX_LAG_US 60000000		/* that a tenant may be behind the last */

/* Whose lanes are under a quota: a tenant's, or, with a name, all tenants' of one queue. */
typedef struct Quota
{
	pg_uuid_t	tenant;
	text	   *queue;
} Quota;

typedef struct Quotas
{
	Quota	   *all;
	int			count;
} Quotas;

/* A queue's name in its parts: [tenant/]adapter[+capability…]. */
typedef struct QueueName
{
	const char *whole;
	size_t		served;			/* its length without what is required */
	const char *adapter;
	size_t		adapter_size;
	const char *end;
} QueueName;

static QueueName
split_queue(const text *queue)
{
	QueueName	name = {.whole = VARDATA_ANY(queue)};
	const char *plus;
	const char *slash;

	name.end = name.whole + VARSIZE_ANY_EXHDR(queue);
	plus = memchr(name.whole, '+', VARSIZE_ANY_EXHDR(queue));
	name.served = (size_t) ((plus == NULL ? name.end : plus) - name.whole);
	slash = memchr(name.whole, '/', name.served);
	name.adapter = slash == NULL ? name.whole : slash + 1;
	name.adapter_size = name.served - (size_t) (name.adapter - name.whole);
	return name;
}

static bool
text_is(const text *given, const char *wanted, size_t size)
{
	return VARSIZE_ANY_EXHDR(given) == size && memcmp(VARDATA_ANY(given), wanted, size) == 0;
}

static bool
names_include(Datum *names, int count, const char *wanted, size_t size)
{
	for (int i = 0; i < count; i++)
	{
		if (text_is(DatumGetTextPP(names[i]), wanted, size))
			return true;
	}
	return false;
}

/* portarium_int.serves(). */
static bool
serves(Datum *names, int count, const QueueName *queue)
{
	bool		is_own = queue->adapter != queue->whole;
	const char *required = queue->whole + queue->served;

	if (!names_include(names, count, queue->whole, queue->served)
		&& (is_own || !names_include(names, count, "*", 1)))
		return false;
	while (required < queue->end)
	{
		const char *next = memchr(required + 1, '+', (size_t) (queue->end - required - 1));

		if (next == NULL)
			next = queue->end;
		if (!names_include(names, count, required, (size_t) (next - required)))
			return false;
		required = next;
	}
	return true;
}

/* Mostly there are none, and the table is empty. */
static void
read_quotas(Quotas *quotas)
{
	RowReader	reader;
	bool		is_null;
	text	   *scope;

	row_begin_read(&reader, "quota");
	if (RelationGetNumberOfBlocks(reader.table) > 0)
	{
		for (bool more = row_find(&reader, NULL, NULL, 0); more; more = row_next(&reader))
		{
			Quota	   *quota;

			quotas->all = quotas->all == NULL ? palloc(sizeof(Quota))
				: repalloc(quotas->all, sizeof(Quota) * (quotas->count + 1));
			quota = &quotas->all[quotas->count++];
			quota->tenant = *DatumGetUUIDP(row_get(&reader, "tenant_id", &is_null));
			scope = DatumGetTextPP(row_get(&reader, "scope", &is_null));
			quota->queue = text_is(scope, "queue", strlen("queue"))
				? DatumGetTextPCopy(row_get(&reader, "name", &is_null)) : NULL;
		}
	}
	row_end_read(&reader);
}

static bool
is_governed(const Quotas *quotas, const pg_uuid_t *tenant, const QueueName *queue)
{
	for (int i = 0; i < quotas->count; i++)
	{
		const Quota *quota = &quotas->all[i];

		if (quota->queue != NULL ? text_is(quota->queue, queue->adapter, queue->adapter_size)
			: memcmp(&quota->tenant, tenant, UUID_LEN) == 0)
			return true;
	}
	return false;
}

static int
by_tenant(const void *left, const void *right)
{
	return memcmp(&((const Lane *) left)->tenant, &((const Lane *) right)->tenant, UUID_LEN);
}

/* portarium_int.lane_order(): the tenant's time, then how long nobody has looked. */
static int
by_turn(const void *left, const void *right)
{
	const Lane *a = left;
	const Lane *b = right;

	if (a->tenant_time != b->tenant_time)
		return a->tenant_time > b->tenant_time ? 1 : -1;
	return (a->looked_at > b->looked_at) - (a->looked_at < b->looked_at);
}

static void
add_lane(Lanes *lanes, RowReader *reader)
{
	Lane	   *lane;
	Datum		tenant;
	bool		is_null;

	if (lanes->count == lanes->room)
		lanes->all = repalloc(lanes->all, sizeof(Lane) * (lanes->room *= 2));
	lane = &lanes->all[lanes->count++];
	lane->tid = reader->row->t_self;
	lane->id = DatumGetInt64(row_get(reader, "lane_id", &is_null));
	lane->vtime = DatumGetInt64(row_get(reader, "vtime", &is_null));
	tenant = row_get(reader, "tenant_id", &is_null);
	/* a lane of an older version says no tenant until the clock has made it anew */
	if (is_null)
		memset(&lane->tenant, 0, UUID_LEN);
	else
		lane->tenant = *DatumGetUUIDP(tenant);
	lane->looked_at = DatumGetInt64(row_get(reader, "looked_at", &is_null));
}

/* The time of one tenant, whose lanes lie side by side. */
static void
set_tenant_time(Lane *lanes, int count)
{
	double		sum = 0;
	int64		peers = 0;

	for (int i = 0; i < count; i++)
	{
		sum += (double) lanes[i].vtime;
		peers += lanes[i].vtime > 0;
	}
	for (int i = 0; i < count; i++)
	{
		lanes[i].peers = peers;
		lanes[i].tenant_time = peers == 0 ? 0 : (int64) rint(sum / (double) peers);
	}
}

static void
set_tenant_times(Lanes *lanes)
{
	int			first = 0;

	qsort(lanes->all, lanes->count, sizeof(Lane), by_tenant);
	for (int i = 1; i <= lanes->count; i++)
	{
		if (i < lanes->count && by_tenant(&lanes->all[first], &lanes->all[i]) == 0)
			continue;
		set_tenant_time(&lanes->all[first], i - first);
		first = i;
	}
}

/* No tenant counts as further back than this; the lanes are in order. */
static int64
floor_of(const Lanes *lanes)
{
	int64		last = lanes->count > 0 ? lanes->all[lanes->count - 1].tenant_time : 0;

	for (int i = 0; i < lanes->count; i++)
	{
		if (lanes->all[i].tenant_time > 0)
			return Max(lanes->all[i].tenant_time, last - MAX_LAG_US);
	}
	return 0;
}

void
lane_read_all(Lanes *lanes, Datum *queues, int queue_count)
{
	Quotas		quotas = {0};
	RowReader	reader;
	bool		is_null;

	lanes->room = 64;
	lanes->all = palloc(sizeof(Lane) * lanes->room);
	read_quotas(&quotas);
	row_begin_read(&reader, "lane_hot");
	for (bool more = row_find(&reader, NULL, NULL, 0); more; more = row_next(&reader))
	{
		QueueName	queue = split_queue(DatumGetTextPP(row_get(&reader, "queue", &is_null)));
		Lane	   *lane;

		if (!serves(queues, queue_count, &queue))
			continue;
		add_lane(lanes, &reader);
		lane = &lanes->all[lanes->count - 1];
		lanes->governed = lanes->governed || is_governed(&quotas, &lane->tenant, &queue);
	}
	row_end_read(&reader);
	set_tenant_times(lanes);
	qsort(lanes->all, lanes->count, sizeof(Lane), by_turn);
	lanes->floor = floor_of(lanes);
}

/* portarium_int.lane_charged(). */
int64
lane_charged(const Lane *lane, int64 floor, int jobs)
{
	int64		own = lane->vtime > 0 ? lane->vtime : lane->tenant_time;
	int64		peers = lane->peers + (lane->vtime == 0);
	int64		idle = Min(Max(floor + MAX_IDLE_LEAD_US - lane->tenant_time, 0), JOB_PRICE_US);
	int64		cost = jobs > 0 ? (int64) jobs * JOB_PRICE_US : idle;

	return own + peers * (Max(floor - lane->tenant_time, 0) + cost);
}
