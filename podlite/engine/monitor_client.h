/*
 * monitor_client.h - the engine's side of monitor/proto.h: starting a monitor, requests to one,
 * and the stream client of a foreground run, start -a or attach.
 */
#ifndef PODLITE_ENGINE_MONITOR_CLIENT_H
#define PODLITE_ENGINE_MONITOR_CLIENT_H

#include "monitor/proto.h"
#include "podlite/context.h"
#include "podlite/engine/engine.h"

/* Spawn podlite-monitor for a container whose lock is held and send MON_START. Returns the
 * socket; the answer is still to come. */
struct monitor_spawn {
	const char *id;
	int lock, ctr_dir;
	struct mon_start start;
	const int *fds; /* passthrough stdio, then preserved ones */
	size_t nfds;
};
int monitor_client_spawn(struct context *c, const struct monitor_spawn *s, struct err *err) __must_check;
/* MON_STARTED, or -1 with the monitor's own error. */
int monitor_client_started(int sock, struct mon_started *ret, struct err *err) __must_check;
/* Connect to the monitor of a container; EK_NOT_FOUND if none listens. dir: containers/ID. */
int monitor_client_connect(int dir, struct err *err) __must_check;
int monitor_client_send(int sock, enum mon_msg type, const void *data, size_t n, struct err *err) __must_check;
/* One request answered by MON_RESULT. */
int monitor_client_request(int dir, enum mon_msg type, const void *data, size_t n, struct err *err) __must_check;
/* Receive until MON_EXIT, other messages ignored. 1: got it, 0: timeout (ms, -1: none), -1: the
 * connection ended without one (err). */
int monitor_client_exit(int sock, int timeout_ms, struct mon_exit_msg *ret, struct err *err) __must_check;
/* After MON_EXIT: wait until the monitor has cleaned up and let go (end of file). */
void monitor_client_linger(int sock);

/* ---- monitor_stream.c ---- */
struct monitor_stream {
	int sock;            /* attached */
	int dir;             /* the container's: for signals and resizes, which must not queue behind stdin */
	uint32_t attach;     /* MON_ATTACH_* */
	bool terminal;
	bool sig_proxy;
	const char *detach_keys;
};
enum monitor_stream_end { MONITOR_STREAM_EXITED, MONITOR_STREAM_DETACHED };
/* Block the signals that the stream will handle, so that none is lost while the container starts. */
void monitor_stream_hold_signals(void);
void monitor_stream_release_signals(void);
/* Copy until the container ends. Terminal: raw mode, restored in every way out. Output to a
 * closed pipe ends the client with status 141 as SIGPIPE would; the container goes on. */
int monitor_stream_run(const struct monitor_stream *s, int *ret_code, enum monitor_stream_end *ret_end, struct err *err) __must_check;

#endif
