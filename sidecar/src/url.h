/*
 * url.h: the target of a request: its path and the parameters of its query string.
 *
 *      /runs?state=eq.RUNNING&limit=10
 *      path "/runs", parameters {"state","eq.RUNNING"}, {"limit","10"}
 *
 * Percent-decoding happens after splitting, so an encoded '/' or '&' never divides anything.
 * Bytes that decode to NUL or to something that is not UTF-8 are refused.  A Url owns one copy of
 * the target; its spans point into it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_URL_H
#define SIDECAR_URL_H

#include "common/buf.h"
#include "common/failure.h"
#include "maxima.h"
#include "span.h"

typedef struct UrlParameter
{
	Span		name;
	Span		value;
} UrlParameter;

typedef struct Url
{
	Buf			text;
	Span		path;
	UrlParameter parameters[LIMIT_PARAMETERS];
	size_t		parameter_count;
} Url;

/* On false nothing needs to be freed; after true, url_free. */
extern bool url_parse(Url *url, Span target, Failure *failure) MUST_CHECK;
extern void url_free(Url *url);

#endif							/* SIDECAR_URL_H */
