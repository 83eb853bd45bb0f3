/*
 * problem.c: which HTTP status an SQLSTATE has, and the text of a problem.
 *
 * The table is read from the top; the first prefix that fits decides.  Our own codes go by their
 * group.  Retries that can help say so with Retry-After: serialization failures, lost or refused
 * connections, full queues.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "problem.h"

#include <stdio.h>

#include "response.h"

typedef struct StatusRule
{
	const char *prefix;
	int			status;
	int			retry_after;
} StatusRule;

static const StatusRule status_rules[] = {
	{"UP0", 400, 0},			/* bad input */
	{"UP1", 409, 0},			/* wrong state */
	{"UP2", 403, 0},			/* not allowed */
	{"UP3", 409, 0},			/* lease lost */
	{"UP4", 404, 0},			/* not there */
	{"UP5", 429, 1},			/* over a limit */
	{"40001", 409, 1},			/* serialization failure */
	{"40P01", 409, 1},			/* deadlock */
	{"57014", 504, 0},			/* statement timeout */
	{"57P", 503, 1},			/* the server is going down or coming up */
	{"53", 503, 1},				/* out of connections, memory, disk */
	{"08", 503, 1},				/* connection lost */
	{"55P03", 409, 1},			/* lock not available */
	{"54000", 400, 0},			/* program limit: our input was too much */
	{"54001", 400, 0},
	{"23502", 422, 0},
	{"23514", 422, 0},
	{"23", 409, 0},				/* unique, foreign key, exclusion */
	{"22", 422, 0},				/* data exception */
	{"42P01", 404, 0},
	{"42883", 404, 0},
	{"42703", 400, 0},
	{"42725", 400, 0},
	{"42501", 403, 0},
	{"P0002", 404, 0},
	{"P0001", 400, 0},
	{"25006", 405, 0},			/* a write in a read-only call */
	{"", 500, 0}
};

Problem
problem_http(int status, const char *message)
{
	Problem		problem = {.status = status, .message = message};

	snprintf(problem.code, sizeof(problem.code), "HTTP%03d", status);
	return problem;
}

Problem
problem_method(const char *allow)
{
	Problem		problem = problem_http(405, "the method does not fit this resource");

	problem.allow = allow;
	return problem;
}

Problem
problem_sqlstate(const char *sqlstate, const char *message)
{
	Problem		problem = {.message = message};
	const StatusRule *rule = status_rules;

	while (strncmp(sqlstate, rule->prefix, strlen(rule->prefix)) != 0)
		rule++;
	problem.status = rule->status;
	problem.retry_after = rule->retry_after;
	snprintf(problem.code, sizeof(problem.code), "%.5s", sqlstate);
	/* what we did not foresee may say too much; our integrity errors are meant to be read */
	if (rule->status == 500 && strncmp(sqlstate, "UP9", 3) != 0)
		problem.message = "internal error";
	return problem;
}

static bool
write_member(Buf *out, const char *name, const char *text)
{
	if (!buf_printf(out, ",\"%s\":", name))
		return false;
	if (text == NULL)
		return buf_text(out, "null");
	return buf_json_string(out, text, strlen(text));
}

bool
problem_write(const Problem *problem, Span instance, Buf *out)
{
	bool		internal = problem->status == 500 && strncmp(problem->code, "UP9", 3) != 0;
	const char *details = internal ? NULL : problem->details;
	const char *hint = internal ? NULL : problem->hint;

	return buf_printf(out, "{\"type\":\"urn:portarium:problem:%s\",\"title\":\"%s\",\"status\":%d",
					  problem->code, response_phrase(problem->status), problem->status) &&
		write_member(out, "detail", details != NULL ? details : problem->message) &&
		buf_text(out, ",\"instance\":") &&
		buf_json_string(out, instance.at, instance.len) &&
		write_member(out, "code", problem->code) &&
		write_member(out, "message", problem->message) &&
		write_member(out, "details", details) &&
		write_member(out, "hint", hint) &&
		(problem->trace_id == NULL || write_member(out, "trace_id", problem->trace_id)) &&
		buf_char(out, '}');
}
