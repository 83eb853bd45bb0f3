/*
 * xml.h: as much of XML as S3's answers need: elements by name, and their text.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_XML_H
#define STORE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

/*
 * The next element of this name between from and end that is not inside another of its name:
 * its content starts at *content and ends at *content_end.  Returns where to look on; NULL when
 * there is none.
 */
extern const char *xml_next(const char *from, const char *end, const char *name,
							const char **content, const char **content_end);

/* The text of the first element of this name; false when there is none, or it does not fit. */
extern bool xml_value(const char *from, const char *end, const char *name, char *value,
					  size_t size) MUST_CHECK;

#endif							/* STORE_XML_H */
