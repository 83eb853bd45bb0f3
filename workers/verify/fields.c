/*
 * fields.c: a line of a bundle as its members.
 *
 * Nearly all lines are read as they stand (scan.h).  The others, which have other letters than ASCII's,
 * lists, or something wrong, are parsed, printed again and compared; what is wrong is found here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/fields.h"

#include <inttypes.h>
#include <string.h>

#include "verify/scan.h"

typedef struct TypeSpec
{
	const char *name;
	FieldSpec	field[FIELDS_MAX + 1];
} TypeSpec;

static const TypeSpec types[LINE_TYPES] = {
	[LINE_MANIFEST] = {"manifest",
					   {{"epoch", FIELD_NUMBER},
						{"first", FIELD_NUMBER},
						{"format", FIELD_TEXT},
						{"size", FIELD_NUMBER},
						{"tenant", FIELD_TEXT},
						{"tenant_salt", FIELD_TEXT},
						{"type", FIELD_TEXT},
						{"vkeys", FIELD_LIST},
						{NULL, FIELD_NONE}}},
	[LINE_ENTRY] = {"entry",
					{{"actor", FIELD_TEXT},
					 {"at", FIELD_TEXT},
					 {"body", FIELD_TEXT},
					 {"entry_hash", FIELD_TEXT},
					 {"index", FIELD_NUMBER},
					 {"kind", FIELD_TEXT},
					 {"leaf_hash", FIELD_TEXT},
					 {"salt", FIELD_TEXT},
					 {"seq", FIELD_NUMBER},
					 {"stream", FIELD_TEXT},
					 {"type", FIELD_TEXT},
					 {NULL, FIELD_NONE}}},
	[LINE_WITHHELD] = {"withheld",
					   {{"entry_hash", FIELD_TEXT},
						{"index", FIELD_NUMBER},
						{"leaf_hash", FIELD_TEXT},
						{"type", FIELD_TEXT},
						{NULL, FIELD_NONE}}},
	[LINE_DISPOSED] = {"disposed",
					   {{"at", FIELD_TEXT},
						{"disposition", FIELD_TEXT},
						{"entry_hash", FIELD_TEXT},
						{"index", FIELD_NUMBER},
						{"kind", FIELD_TEXT},
						{"leaf_hash", FIELD_TEXT},
						{"seq", FIELD_NUMBER},
						{"stream", FIELD_TEXT},
						{"type", FIELD_TEXT},
						{NULL, FIELD_NONE}}},
	[LINE_PAYLOAD] = {"payload",
					  {{"data", FIELD_TEXT},
					   {"index", FIELD_NUMBER},
					   {"member", FIELD_TEXT},
					   {"type", FIELD_TEXT},
					   {NULL, FIELD_NONE}}},
	[LINE_META] = {"meta",
				   {{"index", FIELD_NUMBER},
					{"proof", FIELD_LIST},
					{"root", FIELD_TEXT},
					{"round", FIELD_NUMBER},
					{"size", FIELD_NUMBER},
					{"type", FIELD_TEXT},
					{NULL, FIELD_NONE}}},
	[LINE_CHECKPOINT] = {"checkpoint",
						 {{"note", FIELD_TEXT}, {"type", FIELD_TEXT}, {NULL, FIELD_NONE}}},
	[LINE_STAMP] = {"stamp", {{"answer", FIELD_TEXT}, {"type", FIELD_TEXT}, {NULL, FIELD_NONE}}},
	[LINE_END] = {"end",
				  {{"lines", FIELD_NUMBER},
				   {"sha256", FIELD_TEXT},
				   {"type", FIELD_TEXT},
				   {NULL, FIELD_NONE}}},
};

const char *
fields_item(const Field *field, size_t i)
{
	return json_string_value(json_array_get(field->list, i));
}

size_t
fields_count(const Field *field)
{
	return json_array_size(field->list);
}

static bool
field_read(const json_t *value, FieldKind kind, Field *field)
{
	switch (kind)
	{
		case FIELD_TEXT:
			field->text = json_string_value(value);
			field->len = json_string_length(value);
			return json_is_string(value);
		case FIELD_NUMBER:
			field->number = json_integer_value(value);
			return json_is_integer(value) && field->number >= 0;
		case FIELD_LIST:
			field->list = value;
			for (size_t i = 0; i < json_array_size(value); i++)
			{
				if (!json_is_string(json_array_get(value, i)))
					return false;
			}
			return json_is_array(value);
		case FIELD_NONE:
			break;
	}
	return false;
}

bool
fields_of(json_t *object, LineType type, Fields *fields, Failure *failure)
{
	size_t		n = 0;

	fields->type = type;
	fields->object = object;
	for (const FieldSpec *spec = types[type].field; spec->kind != FIELD_NONE; spec++)
	{
		const json_t *value = json_object_get(object, spec->name);

		if (json_is_null(value))
			failure_set(failure, "member \"%s\" is null: the database has lost it", spec->name);
		else if (!field_read(value, spec->kind, &fields->field[n]))
			failure_set(failure, "member \"%s\" is missing or of another kind", spec->name);
		else
		{
			n++;
			continue;
		}
		return false;
	}
	if (json_object_size(object) != n)
	{
		failure_set(failure, "line has members that do not belong there");
		return false;
	}
	return true;
}

static bool
field_print(Buf *again, FieldKind kind, const Field *field)
{
	bool		ok = true;

	if (kind == FIELD_TEXT)
		return buf_json_string(again, field->text, field->len);
	if (kind == FIELD_NUMBER)
		return buf_printf(again, "%" PRId64, field->number);
	for (size_t i = 0; ok && i < fields_count(field); i++)
	{
		const json_t *item = json_array_get(field->list, i);

		ok = buf_char(again, i == 0 ? '[' : ',') &&
			buf_json_string(again, json_string_value(item), json_string_length(item));
	}
	return ok && buf_text(again, fields_count(field) == 0 ? "[]" : "]");
}

static bool
fields_print(Buf *again, const Fields *fields)
{
	const FieldSpec *spec = types[fields->type].field;
	bool		ok = true;

	buf_reset(again);
	for (size_t i = 0; ok && spec[i].kind != FIELD_NONE; i++)
	{
		ok = buf_printf(again, "%c\"%s\":", i == 0 ? '{' : ',', spec[i].name) &&
			field_print(again, spec[i].kind, &fields->field[i]);
	}
	return ok && buf_char(again, '}');
}

static bool
line_type(const json_t *object, LineType *type)
{
	const char *name = json_string_value(json_object_get(object, "type"));

	for (int i = 0; name != NULL && i < LINE_TYPES; i++)
	{
		if (strcmp(name, types[i].name) == 0)
		{
			*type = (LineType) i;
			return true;
		}
	}
	return false;
}

static bool
fields_name(const TypeSpec *type, const Field *field)
{
	for (size_t i = 0; type->field[i].kind != FIELD_NONE; i++)
	{
		if (strcmp(type->field[i].name, "type") == 0)
			return strcmp(field[i].text, type->name) == 0;
	}
	return false;
}

/* A plain line; its texts stand in the scratch space. */
static bool
fields_scan(const Buf *line, Buf *again, Fields *fields)
{
	buf_reset(again);
	if (!buf_append(again, line->data, line->len))
		return false;
	for (int i = 0; i < LINE_TYPES; i++)
	{
		/* no two types begin with the same member, so only one of them changes the line */
		if (!scan_members(again->data, again->len, types[i].field, fields->field))
			continue;
		fields->type = (LineType) i;
		fields->object = NULL;
		return fields_name(&types[i], fields->field);
	}
	return false;
}

bool
fields_parse(const Buf *line, Buf *again, Fields *fields, Failure *failure)
{
	json_error_t error;
	json_t	   *object;
	LineType	type;

	if (fields_scan(line, again, fields))
		return true;
	object = json_loadb(line->data, line->len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(object))
		failure_set(failure, "line is not a JSON object");
	else if (!line_type(object, &type))
		failure_set(failure, "line has no type that a bundle knows");
	else if (fields_of(object, type, fields, failure))
	{
		if (fields_print(again, fields) && again->len == line->len &&
			memcmp(again->data, line->data, line->len) == 0)
			return true;
		failure_set(failure, "line is not in canonical form");
	}
	json_decref(object);
	return false;
}

void
fields_free(Fields *fields)
{
	json_decref(fields->object);
	fields->object = NULL;
}
