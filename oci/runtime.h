/*
 * runtime.h - the command line podlite-runtime over oci/rt.h: what runc and crun offer to podman,
 * containerd, docker and kubernetes.
 *
 * State directory ROOT/ID: state.json, and until `start` start.sock, on which the container's
 * first process waits. ROOT is --root, $XDG_RUNTIME_DIR/podlite-runtime or /run/podlite-runtime.
 */
#ifndef PODLITE_RUNTIME_H
#define PODLITE_RUNTIME_H

#include "common/jmap.h"
#include "oci/rt.h"

struct runtime {
	const char *root, *log;
	bool log_json, debug, systemd_cgroup;
	int root_fd; /* -1 until runtime_state_root */
};

/* One option: a flag, a value, or a list. */
struct runtime_opt {
	const char *name; /* "--bundle" */
	char letter;      /* 'b', or 0 */
	const char **value;
	bool *flag;
	struct svec *list;
};

/* Takes options off argv until the first argument; returns its index, -1 with err. */
int runtime_options(const struct runtime_opt *o, size_t n, int argc, char **argv, struct err *err) __must_check;

struct runtime_state { /* state.json */
	char *oci_version, *id, *bundle, *created, *cgroup, *owner;
	int64_t pid;
	uint64_t start_time;
	struct svec annotations;
};

void runtime_state_done(struct runtime_state *s);
int runtime_state_root(struct runtime *r, struct err *err) __must_check;
int runtime_state_check_id(const char *id, struct err *err) __must_check;
/* Descriptor of ROOT/ID. */
int runtime_state_dir(struct runtime *r, const char *id, struct err *err) __must_check;
int runtime_state_read(int dir, struct runtime_state *ret, struct err *err) __must_check;
int runtime_state_write(int dir, const struct runtime_state *s, struct err *err) __must_check;
/* "created", "running", "paused" or "stopped"; *ret_pidfd is -1 when stopped. */
const char *runtime_state_status(int dir, const struct runtime_state *s, int *ret_pidfd);
/* The config.json that the container was made from. */
int runtime_state_spec(const struct runtime_state *s, struct spec_runtime *ret, struct err *err) __must_check;

/* Commands: argv[0] is the command's name; the exit status, or -1 with err. */
int runtime_create(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_run(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_start(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_exec(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_state(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_list(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_spec(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_features(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_signal_kill(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_signal_delete(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_signal_pause(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_signal_resume(struct runtime *r, int argc, char **argv, struct err *err);

/* A pty master to the socket at path (runc's console protocol: the name, with the descriptor). */
int runtime_send_console(const char *path, int master, struct err *err) __must_check;
int runtime_write_pid(const char *path, pid_t pid, struct err *err) __must_check;
/* "--preserve-fds N" plus $LISTEN_FDS; *ret is allocated: 3, 4, ... */
int runtime_preserve(const char *text, int **ret, size_t *ret_n, struct err *err) __must_check;
/* Wait for a child, handing on signals to it meanwhile; its exit status. */
int runtime_wait(pid_t pid, int pidfd);

#endif
