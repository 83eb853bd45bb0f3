/*
 * record.c: what is said of each attempt to get out: a log line, and a CloudEvent.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/hex.h"
#include "common/log.h"

#define RECORD_EVENT_MAX 4096
#define RECORD_ID 16

static const char *const record_verdicts[] = {
	[VERDICT_ALLOWED] = "allowed", [VERDICT_REFUSED] = "refused", [VERDICT_FAILED] = "failed"
};

bool
record_open(const char *path, int *events_fd, Failure *failure)
{
	*events_fd = -1;
	if (path[0] == '\0')
		return true;
	*events_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (*events_fd < 0)
		failure_set(failure, "could not open \"%s\": %s", path, strerror(errno));
	return *events_fd >= 0;
}

static bool
record_member(Buf *event, const char *name, const char *text)
{
	return buf_printf(event, "\"%s\":", name) && buf_json_string(event, text, strlen(text)) &&
		buf_char(event, ',');
}

static bool
record_event(Buf *event, const Record *record, const Demand *demand)
{
	unsigned char random[RECORD_ID];
	char		id[2 * RECORD_ID + 1];
	char		at[CLOCK_TEXT_SIZE];

	if (getrandom(random, sizeof(random), 0) != RECORD_ID)
		return false;
	hex_encode(random, sizeof(random), id);
	clock_text(clock_wall_us(), at);
	return buf_text(event, "{\"specversion\":\"1.0\",\"source\":\"/portarium/egress\",") &&
		record_member(event, "id", id) && record_member(event, "time", at) &&
		buf_printf(event, "\"type\":\"portarium.egress.%s\",", record_verdicts[record->verdict]) &&
		(demand->host[0] == '\0' || record_member(event, "subject", demand->host)) &&
		(demand->identity.tenant[0] == '\0' ||
		 record_member(event, "tenantid", demand->identity.tenant)) &&
		buf_text(event, "\"datacontenttype\":\"application/json\",\"data\":{") &&
		record_member(event, "adapter", demand->identity.adapter) &&
		record_member(event, "address", record->address) &&
		record_member(event, "reason", record->reason) &&
		buf_printf(event, "\"port\":%d,\"tunnel\":%s,\"up\":%lld,\"down\":%lld,\"ms\":%lld}}\n",
				   demand->port,
				   demand->tunnel ? "true" : "false", (long long) record->up, (long long) record->down,
				   (long long) record->ms);
}

void
record_write(int events_fd, const Record *record)
{
	static const Demand nothing;
	const Demand *demand = record->demand != NULL ? record->demand : &nothing;
	Buf			event;

	log_at(record->verdict == VERDICT_ALLOWED ? LOGLEVEL_INFO : LOGLEVEL_WARN, "egress",
		   log_text("verdict", record_verdicts[record->verdict]),
		   log_text("tenant_id", demand->identity.tenant),
		   log_text("adapter", demand->identity.adapter), log_text("host", demand->host),
		   log_number("port", demand->port), log_text("address", record->address),
		   log_text("reason", record->reason), log_number("up", record->up),
		   log_number("down", record->down), log_number("ms", record->ms));
	if (events_fd < 0)
		return;
	buf_init(&event, RECORD_EVENT_MAX);
	if (!record_event(&event, record, demand) ||
		write(events_fd, event.data, event.len) != (ssize_t) event.len)
		log_error("an event is lost", log_text("reason", strerror(errno)));
	buf_free(&event);
}
