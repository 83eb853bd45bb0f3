/*
 * demand.c: what a client of the proxy asks for.
 *
 * The reader is stricter than HTTP: what two readers could understand differently is refused, so
 * that the host which is judged is the host that the other side hears of.  Of a plain request the
 * head is written anew: its target without the host, its Host as judged, nothing that concerns
 * this connection, and the end of the connection behind the answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "egress/demand.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DEMAND_BODY_MAX 1099511627776LL

typedef struct Text
{
	const char *at;
	size_t		len;
} Text;

/* Headers that end here; the target's host stands for the last. */
static const char *const demand_dropped[] = {
	"connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "trailer", "upgrade",
	"portarium-identity", "host"
};

size_t
demand_head_len(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4);

	return end != NULL ? (size_t) (end - bytes) + 4 : 0;
}

/* Cuts the text before a byte off; false when the byte is not there. */
static bool
demand_cut(Text *text, char byte, Text *before)
{
	const char *found = memchr(text->at, byte, text->len);

	if (found == NULL)
		return false;
	*before = (Text) {text->at, (size_t) (found - text->at)};
	text->len -= before->len + 1;
	text->at = found + 1;
	return true;
}

static bool
demand_number(Text text, int64_t max, int64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.at[i] < '0' || text.at[i] > '9' || *number > max)
			return false;
		*number = *number * 10 + (text.at[i] - '0');
	}
	return text.len > 0 && *number <= max;
}

bool
demand_host(Demand *demand, const char *bytes, size_t len)
{
	Text		text = {bytes, len};
	const char *allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

	if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
	{
		text = (Text) {text.at + 1, text.len - 2};
		allowed = "abcdef0123456789:.";
	}
	if (text.len == 0 || text.len > DEMAND_HOST_MAX || text.at[0] == '.' ||
		text.at[text.len - 1] == '.')
		return false;
	for (size_t i = 0; i < text.len; i++)
		demand->host[i] = (char) tolower((unsigned char) text.at[i]);
	demand->host[text.len] = '\0';
	return strspn(demand->host, allowed) == text.len;
}

/* host[:port] */
static bool
demand_authority(Demand *demand, Text text, int default_port)
{
	const char *colon = memrchr(text.at, ':', text.len);
	int64_t		port = default_port;

	if (colon != NULL && memchr(colon, ']', (size_t) (text.at + text.len - colon)) == NULL)
	{
		Text		digits = {colon + 1, (size_t) (text.at + text.len - colon) - 1};

		if (!demand_number(digits, 65535, &port))
			return false;
		text.len = (size_t) (colon - text.at);
	}
	demand->port = (int) port;
	return port > 0 && demand_host(demand, text.at, text.len);
}

bool
demand_identity(const char *text, size_t len, Identity *identity)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx/";

	if (len <= DEMAND_TENANT_LEN + 1 || len > DEMAND_TENANT_LEN + 1 + DEMAND_ADAPTER_MAX)
		return false;
	for (size_t i = 0; i <= DEMAND_TENANT_LEN; i++)
	{
		if (form[i] == 'x' ? isxdigit((unsigned char) text[i]) == 0 : text[i] != form[i])
			return false;
	}
	for (size_t i = DEMAND_TENANT_LEN + 1; i < len; i++)
	{
		if (isalnum((unsigned char) text[i]) == 0 && strchr("._-", text[i]) == NULL)
			return false;
	}
	memcpy(identity->tenant, text, DEMAND_TENANT_LEN);
	identity->tenant[DEMAND_TENANT_LEN] = '\0';
	memcpy(identity->adapter, text + DEMAND_TENANT_LEN + 1, len - DEMAND_TENANT_LEN - 1);
	identity->adapter[len - DEMAND_TENANT_LEN - 1] = '\0';
	return true;
}

static bool
demand_is(Text name, const char *wanted)
{
	return name.len == strlen(wanted) && strncasecmp(name.at, wanted, name.len) == 0;
}

static bool
demand_is_dropped(Text name)
{
	for (size_t i = 0; i < sizeof(demand_dropped) / sizeof(demand_dropped[0]); i++)
	{
		if (demand_is(name, demand_dropped[i]))
			return true;
	}
	return false;
}

/* Whether a header's name and value have no byte that a reader could stumble over. */
static bool
demand_is_clean(Text name, Text value)
{
	for (size_t i = 0; i < name.len; i++)
	{
		if (isalnum((unsigned char) name.at[i]) == 0 && strchr("-_", name.at[i]) == NULL)
			return false;
	}
	for (size_t i = 0; i < value.len; i++)
	{
		unsigned char byte = (unsigned char) value.at[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7F)
			return false;
	}
	return name.len > 0;
}

static bool
demand_header(Demand *demand, Text name, Text value)
{
	while (value.len > 0 && (*value.at == ' ' || *value.at == '\t'))
		value = (Text) {value.at + 1, value.len - 1};
	if (!demand_is_clean(name, value) || demand_is(name, "transfer-encoding"))
		return false;
	if (demand_is(name, "portarium-identity"))
		return demand->identity.tenant[0] == '\0' &&
			demand_identity(value.at, value.len, &demand->identity);
	if (demand_is(name, "content-length") &&
		(demand->body >= 0 || !demand_number(value, DEMAND_BODY_MAX, &demand->body)))
		return false;
	if (demand->tunnel || demand_is_dropped(name))
		return true;
	return buf_printf(&demand->head, "%.*s: %.*s\r\n", (int) name.len, name.at, (int) value.len,
					  value.at);
}

/* The rest of the head: lines that each end in CRLF, and an empty one. */
static bool
demand_headers(Demand *demand, Text rest)
{
	Text		line;
	Text		name;

	while (demand_cut(&rest, '\n', &line))
	{
		if (line.len == 0 || line.at[line.len - 1] != '\r')
			return false;
		line.len--;
		if (line.len == 0)
			return rest.len == 0;
		if (!demand_cut(&line, ':', &name) || !demand_header(demand, name, line))
			return false;
	}
	return false;
}

/* Writes the request line and the host of a plain request anew. */
static bool
demand_target(Demand *demand, Text method, Text target)
{
	const char *path;
	bool		is_v6;

	if (target.len <= 7 || strncasecmp(target.at, "http://", 7) != 0)
		return false;
	target = (Text) {target.at + 7, target.len - 7};
	path = memchr(target.at, '/', target.len);
	if (path == NULL ||
		!demand_authority(demand, (Text) {target.at, (size_t) (path - target.at)}, 80))
		return false;
	for (const char *at = path; at < target.at + target.len; at++)
	{
		if (*at <= 0x20 || *at >= 0x7F || *at == '#')
			return false;
	}
	is_v6 = strchr(demand->host, ':') != NULL;
	return buf_printf(&demand->head, "%.*s %.*s HTTP/1.1\r\nHost: %s%s%s", (int) method.len,
					  method.at,
					  (int) (target.at + target.len - path), path, is_v6 ? "[" : "", demand->host,
					  is_v6 ? "]" : "") &&
		(demand->port == 80 || buf_printf(&demand->head, ":%d", demand->port)) &&
		buf_text(&demand->head, "\r\nConnection: close\r\n");
}

static bool
demand_first_line(Demand *demand, Text line)
{
	Text		method;
	Text		target;

	if (!demand_cut(&line, ' ', &method) || !demand_cut(&line, ' ', &target) ||
		line.len != 9 || memcmp(line.at, "HTTP/1.1\r", 9) != 0)
		return false;
	for (size_t i = 0; i < method.len; i++)
	{
		if (method.at[i] < 'A' || method.at[i] > 'Z')
			return false;
	}
	demand->tunnel = demand_is(method, "CONNECT");
	return method.len > 0 && (demand->tunnel ? demand_authority(demand, target, 0) :
							  demand_target(demand, method, target));
}

bool
demand_parse(Demand *demand, const char *head, size_t len, Failure *failure)
{
	Text		rest = {head, len};
	Text		line;

	demand->body = -1;
	if (memchr(head, '\0', len) != NULL || !demand_cut(&rest, '\n', &line) ||
		!demand_first_line(demand, line) || !demand_headers(demand, rest) ||
		(!demand->tunnel && !buf_text(&demand->head, "\r\n")))
	{
		failure_set(failure, "not a request that this proxy understands");
		return false;
	}
	if (demand->body < 0 || demand->tunnel)
		demand->body = 0;
	return true;
}

/* The value of the only Host of a head; false when there is none, or more than one. */
static bool
demand_find_host(Text rest, Text *host)
{
	Text		line;
	Text		name;
	int			found = 0;

	while (demand_cut(&rest, '\n', &line))
	{
		if (line.len == 0 || line.at[line.len - 1] != '\r')
			return false;
		line.len--;
		if (!demand_cut(&line, ':', &name) || !demand_is(name, "host"))
			continue;
		while (line.len > 0 && *line.at == ' ')
			line = (Text) {line.at + 1, line.len - 1};
		*host = line;
		found++;
	}
	return found == 1;
}

bool
demand_names(const Demand *demand, const char *head, size_t len)
{
	Demand		named = {.port = 0};
	Text		host;

	return demand_find_host((Text) {head, len}, &host) && demand_authority(&named, host, 80) &&
		strcmp(named.host, demand->host) == 0 && named.port == demand->port;
}

void
demand_init(Demand *demand)
{
	memset(demand, 0, sizeof(*demand));
	buf_init(&demand->head, DEMAND_HEAD_MAX + DEMAND_HOST_MAX);
}

void
demand_free(Demand *demand)
{
	buf_free(&demand->head);
}
