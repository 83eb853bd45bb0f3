/*
 * state_file.c: the notary's state as a file.
 *
 *     portarium-notary-state/1
 *     origin portarium.local/7301/app
 *     meta SIZE ROUND SIGNED_US FRONTIER
 *     epoch EPOCH FIRST_META_LEAF                                 only once there was a recovery
 *     log TENANT_HASH EPOCH TENANT SIZE LAST_LEAF FRONTIER        one for each log
 *     end LOGS SHA256                                             of all bytes before this line
 *
 * Hashes are in hex, a frontier is its hashes without a gap ("-" when there are none).  The file is
 * written beside its place, synced and renamed, so there is always one whole state.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/digest.h"
#include "common/hex.h"

#define STATE_FORMAT "portarium-notary-state/1"
#define STATE_PATH_MAX 4096
#define STATE_FRONTIER_TEXT (2 * MERKLE_DEPTH * DIGEST_SIZE + 1)
/* every log with the longest frontier would not fit; a million with twenty hashes each does */
#define STATE_FILE_MAX ((size_t) 2048 * 1024 * 1024)

static bool
state_print_hashes(Buf *buf, const unsigned char *hashes, unsigned n)
{
	char		text[STATE_FRONTIER_TEXT];

	hex_encode(hashes, (size_t) n * DIGEST_SIZE, text);
	return buf_text(buf, n > 0 ? text : "-");
}

static bool
state_print_log(Buf *buf, const Log *log)
{
	char		tenant_hash[2 * DIGEST_SIZE + 1];
	char		tenant[2 * UUID_SIZE + 1];
	char		last_leaf[2 * DIGEST_SIZE + 1];

	hex_encode(log->tenant_hash, DIGEST_SIZE, tenant_hash);
	hex_encode(log->tenant, UUID_SIZE, tenant);
	hex_encode(log->last_leaf, DIGEST_SIZE, last_leaf);
	return buf_printf(buf, "log %s %" PRIu32 " %s %" PRIu64 " %s ", tenant_hash, log->epoch, tenant,
					  log->size, last_leaf) &&
		   state_print_hashes(buf, log->frontier, merkle_nodes(log->size)) && buf_char(buf, '\n');
}

static bool
state_print(const State *state, Buf *buf)
{
	unsigned char digest[DIGEST_SIZE];
	char		text[2 * DIGEST_SIZE + 1];
	bool ok = buf_printf(buf, STATE_FORMAT "\norigin %s\nmeta %" PRIu64 " %" PRIu64 " %" PRId64 " ",
						 state->origin, state->meta.size, state->round, state->signed_us) &&
			  state_print_hashes(buf, state->meta.node[0], state->meta.n) && buf_char(buf, '\n');

	if (state->epoch > 1)
		ok = ok && buf_printf(buf, "epoch %" PRIu32 " %" PRIu64 "\n", state->epoch, state->epoch_first);
	for (size_t i = 0; ok && i < state->n_logs; i++)
		ok = state_print_log(buf, state->logs[i]);
	if (!ok || !digest_sha256(buf->data, buf->len, digest))
		return false;
	hex_encode(digest, DIGEST_SIZE, text);
	return buf_printf(buf, "end %zu %s\n", state->n_logs, text);
}

static bool
state_write(const char *path, const Buf *buf)
{
	const int	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t		done = 0;
	bool		ok = fd >= 0;

	while (ok && done < buf->len)
	{
		const ssize_t n = write(fd, buf->data + done, buf->len - done);

		ok = n > 0 || (n < 0 && errno == EINTR);
		done += n > 0 ? (size_t) n : 0;
	}
	ok = ok && fsync(fd) == 0;
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	return ok;
}

static bool
state_sync_directory(const char *path)
{
	char		copy[STATE_PATH_MAX];
	int			fd;
	bool		ok;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		(void) close(fd);
	return ok;
}

bool
state_save(const State *state, const char *path, Failure *failure)
{
	char		draft[STATE_PATH_MAX];
	Buf			buf;
	bool		ok;

	buf_init(&buf, STATE_FILE_MAX);
	ok = snprintf(draft, sizeof(draft), "%s.draft", path) < STATE_PATH_MAX &&
		 state_print(state, &buf) && state_write(draft, &buf) && rename(draft, path) == 0 &&
		 state_sync_directory(path);
	if (!ok)
		failure_set(failure, "could not save state \"%s\": %s", path, strerror(errno));
	buf_free(&buf);
	return ok;
}

/* A frontier's text for a tree of this size. */
static bool
state_parse_hashes(const char *text, uint64_t size, unsigned char *hashes)
{
	const unsigned n = merkle_nodes(size);

	return n == 0 ? strcmp(text, "-") == 0 : hex_decode(text, hashes, (size_t) n * DIGEST_SIZE);
}

static bool
state_parse_log(State *state, const char *line)
{
	char		hash_text[2 * DIGEST_SIZE + 1];
	char		tenant_text[2 * UUID_SIZE + 1];
	char		leaf_text[2 * DIGEST_SIZE + 1];
	char		frontier[STATE_FRONTIER_TEXT];
	unsigned char tenant_hash[DIGEST_SIZE];
	Merkle		tree;
	uint32_t	epoch;
	Log		   *log;

	if (sscanf(line, "log %64s %" SCNu32 " %32s %" SCNu64 " %64s %4032s", hash_text, &epoch,
			   tenant_text, &tree.size, leaf_text, frontier) != 6 ||
		!hex_decode(hash_text, tenant_hash, DIGEST_SIZE) ||
		state_find(state, tenant_hash, epoch) != NULL)
		return false;
	tree.n = merkle_nodes(tree.size);
	log = state_add(state, tenant_hash, epoch);
	if (log == NULL || tree.n > MERKLE_DEPTH || !hex_decode(tenant_text, log->tenant, UUID_SIZE) ||
		!hex_decode(leaf_text, log->last_leaf, DIGEST_SIZE) ||
		!state_parse_hashes(frontier, tree.size, tree.node[0]))
		return false;
	log->published = tree.size;
	return log_close(log, &tree);
}

static bool
state_parse_meta(State *state, const char *line)
{
	char		frontier[STATE_FRONTIER_TEXT];

	if (sscanf(line, "meta %" SCNu64 " %" SCNu64 " %" SCNd64 " %4032s", &state->meta.size,
			   &state->round, &state->signed_us, frontier) != 4)
		return false;
	state->meta.n = merkle_nodes(state->meta.size);
	return state->meta.n <= MERKLE_DEPTH &&
		   state_parse_hashes(frontier, state->meta.size, state->meta.node[0]);
}

static bool
state_parse_epoch(State *state, const char *line)
{
	return sscanf(line, "epoch %" SCNu32 " %" SCNu64, &state->epoch, &state->epoch_first) == 2 &&
		state->epoch > 1;
}

/* The last line has the digest of the text before it. */
static bool
state_parse_end(const State *state, const char *text, const char *line)
{
	unsigned char written[DIGEST_SIZE];
	unsigned char digest[DIGEST_SIZE];
	char		hex[2 * DIGEST_SIZE + 1];
	size_t		n_logs;

	return sscanf(line, "end %zu %64s", &n_logs, hex) == 2 && n_logs == state->n_logs &&
		hex_decode(hex, written, DIGEST_SIZE) &&
		digest_sha256(text, (size_t) (line - text), digest) && digest_equal(written, digest);
}

/* The n-th line after the first; *last is set by the line that ends the file. */
static bool
state_parse_line(State *state, const char *text, const char *line, int n, bool *last)
{
	*last = n > 2 && strncmp(line, "end ", 4) == 0;
	if (*last)
		return state_parse_end(state, text, line);
	if (n == 1)
		return sscanf(line, "origin %255[^\n]", state->origin) == 1;
	if (n == 2)
		return state_parse_meta(state, line);
	return n == 3 && strncmp(line, "epoch ", 6) == 0 ? state_parse_epoch(state, line) :
		state_parse_log(state, line);
}

/* Each line is ended for sscanf, which else would measure the whole rest of the text. */
static bool
state_parse(State *state, char *text)
{
	char	   *line = text;
	size_t		len = strcspn(line, "\n");
	bool		ok = len == strlen(STATE_FORMAT) && memcmp(line, STATE_FORMAT, len) == 0;
	bool		last = false;

	for (int n = 1; ok && !last && line[len] == '\n'; n++)
	{
		line += len + 1;
		len = strcspn(line, "\n");
		ok = line[len] == '\n';
		if (ok)
		{
			line[len] = '\0';
			ok = state_parse_line(state, text, line, n, &last);
			line[len] = '\n';
		}
	}
	return ok && last && line[len + 1] == '\0';
}

static char *
state_read(int fd, Failure *failure)
{
	struct stat status;
	char	   *text = NULL;
	size_t		len = 0;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		(size_t) status.st_size <= STATE_FILE_MAX)
		text = malloc((size_t) status.st_size + 1);
	while (text != NULL && len < (size_t) status.st_size)
	{
		const ssize_t n = read(fd, text + len, (size_t) status.st_size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t) n;
	}
	if (text == NULL)
		failure_set(failure, "could not read the state: %s", strerror(errno));
	else
		text[len] = '\0';
	return text;
}

bool
state_load(State *state, const char *path, Failure *failure)
{
	const int	fd = open(path, O_RDONLY | O_CLOEXEC);
	char	   *text;
	bool		ok;

	memset(state, 0, sizeof(*state));
	state->epoch = 1;
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0)
	{
		failure_set(failure, "could not open state \"%s\": %s", path, strerror(errno));
		return false;
	}
	text = state_read(fd, failure);
	(void) close(fd);
	if (text == NULL)
		return false;
	ok = state_parse(state, text);
	free(text);
	if (ok)
		return true;
	state_free(state);
	failure_set_sqlstate(failure, "UP902", "state \"%s\" is damaged", path);
	return false;
}
