/*
 * xml.c: as much of XML as S3's answers need: elements by name, and their text.
 *
 * The text is read with its five named entities replaced.  Elements of one name do not hold one
 * another in these answers; comments and sections do not occur.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/xml.h"

#include <stdio.h>
#include <string.h>

#define XML_NAME_MAX 64

static const char *
xml_find(const char *from, const char *end, const char *text)
{
	return from < end ? memmem(from, (size_t) (end - from), text, strlen(text)) : NULL;
}

/* The end of the start tag of this name, which may have attributes. */
static const char *
xml_start(const char *from, const char *end, const char *name)
{
	char		tag[XML_NAME_MAX];
	size_t		len;

	len = (size_t) snprintf(tag, sizeof(tag), "<%s", name);
	if (len >= sizeof(tag))
		return NULL;
	while ((from = xml_find(from, end, tag)) != NULL)
	{
		from += len;
		if (from < end && (*from == '>' || *from == ' '))
		{
			from = memchr(from, '>', (size_t) (end - from));
			return from != NULL ? from + 1 : NULL;
		}
	}
	return NULL;
}

const char *
xml_next(const char *from, const char *end, const char *name, const char **content,
		 const char **content_end)
{
	char		tag[XML_NAME_MAX + 3];

	*content = xml_start(from, end, name);
	if (*content == NULL)
		return NULL;
	snprintf(tag, sizeof(tag), "</%s>", name);
	*content_end = xml_find(*content, end, tag);
	return *content_end != NULL ? *content_end + strlen(tag) : NULL;
}

/* The character that an entity stands for, and its length; 0 when it is none of the five. */
static char
xml_entity(const char *text, const char *end, size_t *len)
{
	static const struct
	{
		const char *text;
		char		c;
	}			entities[] = {
		{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}
	};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
	{
		*len = strlen(entities[i].text);
		if ((size_t) (end - text) >= *len && memcmp(text, entities[i].text, *len) == 0)
			return entities[i].c;
	}
	*len = 1;
	return *text;
}

bool
xml_value(const char *from, const char *end, const char *name, char *value, size_t size)
{
	const char *content;
	const char *content_end;
	size_t		n = 0;
	size_t		len;

	if (xml_next(from, end, name, &content, &content_end) == NULL)
		return false;
	for (; content < content_end && n + 1 < size; content += len)
		value[n++] = xml_entity(content, content_end, &len);
	value[n] = '\0';
	return content >= content_end;
}
