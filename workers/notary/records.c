/*
 * records.c: the records of a directory of FIRST-COUNT files in a store, one after the other.
 *
 * The names are listed and sorted once; of the files one at a time is in memory.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_FILE_MAX ((size_t) 256 * 1024 * 1024)
#define RECORDS_ROOM 64

static void
records_see(const char *name, void *context)
{
	Records    *records = context;
	char	   *end;
	Range		range;

	range.first = strtoull(name, &end, 10);
	range.count = *end == '-' ? strtoull(end + 1, NULL, 10) : 0;
	if (records->n_ranges == records->room)
	{
		const size_t room = records->room == 0 ? RECORDS_ROOM : 2 * records->room;
		Range	   *longer = reallocarray(records->ranges, room, sizeof(*longer));

		records->short_of_memory = records->short_of_memory || longer == NULL;
		if (longer == NULL)
			return;
		records->ranges = longer;
		records->room = room;
	}
	records->ranges[records->n_ranges++] = range;
}

static int
records_by_first(const void *a, const void *b)
{
	const uint64_t one = ((const Range *) a)->first;
	const uint64_t other = ((const Range *) b)->first;

	return (one > other) - (one < other);
}

bool
records_open(Records *records, Store *store, const char *directory, size_t record_size,
			 Failure *failure)
{
	memset(records, 0, sizeof(*records));
	records->store = store;
	records->record_size = record_size;
	snprintf(records->directory, sizeof(records->directory), "%s", directory);
	buf_init(&records->file, RECORDS_FILE_MAX);
	if (!store_list(store, directory, records_see, records, failure))
		return false;
	if (records->short_of_memory)
	{
		failure_set(failure, "no memory for the names in \"%s\"", directory);
		return false;
	}
	if (records->n_ranges > 0)
		qsort(records->ranges, records->n_ranges, sizeof(Range), records_by_first);
	return true;
}

void
records_close(Records *records)
{
	if (records->store != NULL)
		buf_free(&records->file);
	free(records->ranges);
}

static bool
records_load(Records *records, const Range *range, Failure *failure)
{
	char		name[2 * STORE_NAME_MAX];
	bool		there;

	snprintf(name, sizeof(name), "%s/%020" PRIu64 "-%" PRIu64, records->directory, range->first,
			 range->count);
	if (!store_get(records->store, name, &records->file, &there, failure))
		return false;
	if (there && records->next == range->first && range->count > 0 &&
		records->file.len == range->count * records->record_size)
		return true;
	failure_set_sqlstate(failure, "UP902", "store has a gap or another length at \"%s\"", name);
	return false;
}

bool
records_next(Records *records, const unsigned char **record, Failure *failure)
{
	const Range *range;

	*record = NULL;
	if (records->file.len > 0 && records->next ==
		records->ranges[records->at].first + records->ranges[records->at].count)
	{
		buf_free(&records->file);
		records->at++;
	}
	if (records->at == records->n_ranges)
		return true;
	range = &records->ranges[records->at];
	if (records->file.len == 0 && !records_load(records, range, failure))
		return false;
	*record = (const unsigned char *) records->file.data +
		(records->next - range->first) * records->record_size;
	records->next++;
	return true;
}
