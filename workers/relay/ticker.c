/*
 * ticker.c: the clock of a server without background workers.
 *
 * The thread owns the session.  The main thread stops it by writing to an eventfd.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "relay/ticker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "relay/session.h"

#define TICKER_INTERVAL_MS 1000

struct Ticker
{
	pthread_t	thread;
	int			stop_fd;
	Session		session;
};

static void *
ticker_main(void *argument)
{
	Ticker	   *ticker = argument;
	struct pollfd stop = {.fd = ticker->stop_fd, .events = POLLIN};

	do
	{
		if (session_ready(&ticker->session))
			PQclear(session_call(&ticker->session, "call portarium.tick()", 0, NULL));
	} while (poll(&stop, 1, TICKER_INTERVAL_MS) <= 0);
	return NULL;
}

Ticker *
ticker_start(const PgTarget *target, Failure *failure)
{
	Ticker	   *ticker = calloc(1, sizeof(*ticker));
	int			error = ENOMEM;

	if (ticker != NULL)
	{
		session_init(&ticker->session, target, "tick");
		ticker->stop_fd = eventfd(0, EFD_CLOEXEC);
		error = ticker->stop_fd < 0 ? errno :
			pthread_create(&ticker->thread, NULL, ticker_main, ticker);
	}
	if (error == 0)
		return ticker;
	failure_set(failure, "could not start the ticker: %s", strerror(error));
	if (ticker != NULL && ticker->stop_fd >= 0)
		(void) close(ticker->stop_fd);
	free(ticker);
	return NULL;
}

void
ticker_stop(Ticker *ticker)
{
	if (ticker == NULL)
		return;
	(void) eventfd_write(ticker->stop_fd, 1);
	(void) pthread_join(ticker->thread, NULL);
	session_close(&ticker->session);
	(void) close(ticker->stop_fd);
	free(ticker);
}
