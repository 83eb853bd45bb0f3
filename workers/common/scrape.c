/*
 * scrape.c: GET /metrics of a program that has no HTTP server of its own.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "common/scrape.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/listener.h"

#define SCRAPE_TEXT_MAX (1024 * 1024)
#define SCRAPE_REQUEST_MAX 4096

struct Scrape
{
	pthread_t	thread;
	int			listen_fd;
	int			stop_fd;
	MetricTable *metrics;
};

/* Reads the head of a request; true when it is one for /metrics. */
static bool
scrape_asked(int fd)
{
	static const char wanted[] = "GET /metrics ";
	char		head[SCRAPE_REQUEST_MAX + 1];
	size_t		len = 0;
	ssize_t		count;

	head[0] = '\0';
	while (strstr(head, "\r\n\r\n") == NULL && len < SCRAPE_REQUEST_MAX &&
		   (count = recv(fd, head + len, SCRAPE_REQUEST_MAX - len, 0)) > 0)
	{
		len += (size_t) count;
		head[len] = '\0';
	}
	return strncmp(head, wanted, sizeof(wanted) - 1) == 0;
}

static void
scrape_send(int fd, const char *bytes, size_t len)
{
	while (len > 0)
	{
		ssize_t		count = send(fd, bytes, len, MSG_NOSIGNAL);

		if (count <= 0)
			return;				/* whoever asked is gone, or does not read */
		bytes += count;
		len -= (size_t) count;
	}
}

static void
scrape_answer(Scrape *scrape, int fd)
{
	static const char refused[] = "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	static const char head[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n";
	const struct timeval second = {1, 0};
	Buf			text;

	(void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	(void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	buf_init(&text, SCRAPE_TEXT_MAX);
	if (scrape_asked(fd) && buf_text(&text, head) &&
		metrics_text(scrape->metrics, &text))
		scrape_send(fd, text.data, text.len);
	else
		scrape_send(fd, refused, sizeof(refused) - 1);
	buf_free(&text);
	(void) close(fd);
}

static void *
scrape_main(void *argument)
{
	Scrape	   *scrape = argument;
	struct pollfd fds[] = {{scrape->stop_fd, POLLIN, 0}, {scrape->listen_fd, POLLIN, 0}};

	while (poll(fds, 2, -1) < 0 || (fds[0].revents & POLLIN) == 0)
	{
		int			fd = accept4(scrape->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			scrape_answer(scrape, fd);
	}
	return NULL;
}

static void
scrape_free(Scrape *scrape)
{
	if (scrape->listen_fd >= 0)
		(void) close(scrape->listen_fd);
	if (scrape->stop_fd >= 0)
		(void) close(scrape->stop_fd);
	free(scrape);
}

bool
scrape_start(Scrape **scrape, const char *listen_on, MetricTable *metrics, Failure *failure)
{
	Scrape	   *made;

	*scrape = NULL;
	if (listen_on[0] == '\0')
		return true;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
	{
		failure_set(failure, "out of memory");
		return false;
	}
	*made = (Scrape) {.metrics = metrics, .stop_fd = eventfd(0, EFD_CLOEXEC)};
	made->listen_fd = listener_open(listen_on, failure);
	if (made->listen_fd < 0 || made->stop_fd < 0 ||
		pthread_create(&made->thread, NULL, scrape_main, made) != 0)
	{
		scrape_free(made);
		return false;
	}
	*scrape = made;
	return true;
}

void
scrape_stop(Scrape *scrape)
{
	if (scrape == NULL)
		return;
	(void) eventfd_write(scrape->stop_fd, 1);
	(void) pthread_join(scrape->thread, NULL);
	scrape_free(scrape);
}
