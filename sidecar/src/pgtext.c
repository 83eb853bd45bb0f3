/*
 * pgtext.c: JSON values and lists as the text forms that PostgreSQL reads.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "pgtext.h"

#include "jsonscan.h"

static bool
append_element(Span text, Buf *out)
{
	bool		fine = buf_char(out, '"');

	for (size_t i = 0; fine && i < text.len; i++)
		fine = ((text.at[i] != '"' && text.at[i] != '\\') || buf_char(out, '\\')) &&
			buf_char(out, text.at[i]);
	return fine && buf_char(out, '"');
}

bool
pgtext_array(const Span *texts, int count, Buf *out)
{
	bool		fine = buf_char(out, '{');

	for (int i = 0; fine && i < count; i++)
		fine = (i == 0 || buf_char(out, ',')) && append_element(texts[i], out);
	return fine && buf_char(out, '}');
}

static PgTextResult
written(bool fine)
{
	return fine ? PGTEXT_VALUE : PGTEXT_TOO_LONG;
}

static PgTextResult
json_scalar(Span json, Buf *out)
{
	switch (*json.at)
	{
		case 'n':
			return PGTEXT_NULL;
		case '{':
		case '[':
			return PGTEXT_REFUSED;
		case '"':
			return written(jsonscan_unquote(json, out));
		default:
			return written(buf_append(out, json.at, json.len));
	}
}

static PgTextResult
array_element(CatalogShape shape, Span json, Buf *out)
{
	Buf			text;
	PgTextResult result;

	if (shape == SHAPE_JSON_ARRAY)
		return written(append_element(json, out));
	buf_init(&text, json.len);
	result = json_scalar(json, &text);
	if (result == PGTEXT_NULL)
		result = written(buf_text(out, "NULL"));
	else if (result == PGTEXT_VALUE)
		result = written(append_element((Span) {text.data, text.len}, out));
	buf_free(&text);
	return result;
}

static PgTextResult
json_array(CatalogShape shape, Span json, Buf *out)
{
	JsonWalk	walk;
	Span		name;
	Span		value;
	PgTextResult result;

	if (*json.at == 'n')
		return PGTEXT_NULL;
	if (*json.at != '[' || !jsonscan_open(&walk, json))
		return PGTEXT_REFUSED;
	result = written(buf_char(out, '{'));
	for (bool first = true; result == PGTEXT_VALUE && jsonscan_next(&walk, &name, &value);
		 first = false)
	{
		if (!first)
			result = written(buf_char(out, ','));
		if (result == PGTEXT_VALUE)
			result = array_element(shape, value, out);
	}
	return result != PGTEXT_VALUE ? result : written(buf_char(out, '}'));
}

PgTextResult
pgtext_json(CatalogShape shape, Span json, Buf *out)
{
	switch (shape)
	{
		case SHAPE_JSON:
			return written(buf_append(out, json.at, json.len));
		case SHAPE_ARRAY:
		case SHAPE_JSON_ARRAY:
			return json_array(shape, json, out);
		default:
			return json_scalar(json, out);
	}
}
