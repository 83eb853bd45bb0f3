/*
 * reload.c: the parts of the service that can change while it runs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "reload.h"

#include <string.h>

#include "call.h"
#include "common/log.h"

#define RETRY_MS 500

static void
retry_later(Reload *reload)
{
	timer_set(&reload->service->loop.timers, &reload->timer,
			  reload->service->loop.now_ms + RETRY_MS);
}

static void
take_catalog(Reload *reload, const char *text)
{
	Service    *service = reload->service;
	Failure		failure;
	Catalog    *catalog = catalog_parse(text, &failure);

	if (catalog == NULL)
	{
		log_error("catalogue is unusable", log_text("reason", failure.message));
		retry_later(reload);
		return;
	}
	catalog_free(service->catalog);
	service->catalog = catalog;
	log_info("catalogue loaded", log_number("functions", catalog->function_count),
			 log_number("views", catalog->view_count));
	reload->loaded(service);
}

static void
catalog_done(Job *job)
{
	Reload	   *reload = job->owner;

	reload->loading = false;
	if (job->sqlstate[0] == '\0' && job->rows != NULL && PQntuples(job->rows) == 1)
		take_catalog(reload, PQgetvalue(job->rows, 0, 0));
	else
	{
		log_warn("catalogue could not be loaded", log_text("sqlstate", job->sqlstate),
				 log_text("reason", job->message));
		retry_later(reload);
	}
	job_free(job);
	if (reload->again)
	{
		reload->again = false;
		reload_catalog(reload);
	}
}

void
reload_catalog(Reload *reload)
{
	Job		   *job;

	reload->again = reload->loading;
	if (reload->loading)
		return;
	job = job_new();
	if (job != NULL)
	{
		job->done = catalog_done;
		job->owner = reload;
		job->may_repeat = true;
		call_catalog(&job->statement);
	}
	/* before the submit: a connection that is lost in it ends in catalog_done at once */
	reload->loading = job != NULL;
	if (job == NULL || !lane_submit(&reload->service->home.lanes[LANE_SLOW], job))
	{
		job_free(job);
		reload->loading = false;
		retry_later(reload);
	}
}

static void
on_timer(void *owner)
{
	reload_catalog(owner);
}

void
reload_keys(Reload *reload)
{
	Service    *service = reload->service;
	Settings	fresh;
	Failure		failure;
	JwtKeys    *old = service->settings.jwt_keys;

	if (!settings_load(&fresh, reload->config_path, &failure))
	{
		log_error("keys stay as they were", log_text("reason", failure.message));
		return;
	}
	service->settings.jwt_keys = fresh.jwt_keys;
	service->settings.context_key = fresh.context_key;
	fresh.jwt_keys = old;
	settings_free(&fresh);
	/* what an old key has vouched for must be shown again */
	identities_clear(&service->identities);
	log_info("keys loaded");
}

void
reload_init(Reload *reload, Service *service, const char *config_path,
			void (*loaded) (Service *service))
{
	memset(reload, 0, sizeof(*reload));
	reload->service = service;
	reload->config_path = config_path;
	reload->timer = (Timer) {0, 0, on_timer, reload};
	reload->loaded = loaded;
}
