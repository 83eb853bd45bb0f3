/*
 * proxy.c: HTTP requests through the egress proxy's socket.
 *
 * libcurl reaches a proxy over a UNIX socket by SOCKS only.  The name and the password of SOCKS say
 * in whose name the connection is made, and libcurl shares connections between requests with the
 * same ones only: no tenant's request travels on another's connection.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/proxy.h"

#include <stdio.h>

#define PROXY_URL_MAX 256

bool
proxy_apply(const char *path, const Job *job, CURL *easy)
{
	char		url[PROXY_URL_MAX];
	int			len = snprintf(url, sizeof(url), "socks5h://localhost%s", path);

	return len < (int) sizeof(url) &&
		curl_easy_setopt(easy, CURLOPT_PROXY, url) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_SOCKS5_AUTH, (long) CURLAUTH_BASIC) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, job->tenant_id) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, job->adapter) == CURLE_OK;
}

const char *
proxy_reason(CURL *easy)
{
	long		error = CURLPX_OK;

	(void) curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &error);
	switch (error)
	{
		case CURLPX_OK:
			return NULL;
		case CURLPX_REPLY_NOT_ALLOWED:
			return "the egress proxy does not let the adapter reach this host";
		case CURLPX_REPLY_HOST_UNREACHABLE:
			return "the egress proxy could not reach the host";
		default:
			return "the egress proxy could not be used";
	}
}
