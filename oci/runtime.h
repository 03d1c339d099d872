/*
 * runtime.h - the command line podlite-runtime over oci/rt.h: what runc and crun offer to podman,
 * containerd, docker and kubernetes. Options, outputs, exit statuses and the beginnings of the
 * error messages are those of runc 1.1, since engines compare them.
 *
 * State directory ROOT/ID: state.json; config.json as it was at create (later changes of the
 * bundle have no effect, runtime-spec "Lifecycle"); and until `start` start.sock, on which the
 * container's first process waits. ROOT is --root, $XDG_RUNTIME_DIR/podlite-runtime or
 * /run/podlite-runtime.
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
	char *oci_version, *id, *bundle, *rootfs, *created, *cgroup, *owner;
	int64_t pid;
	uint64_t start_time;
	struct svec annotations, cgroup1;
};

void runtime_state_done(struct runtime_state *s);
int runtime_state_root(struct runtime *r, struct err *err) __must_check;
int runtime_state_check_id(const char *id, struct err *err) __must_check;
/* Descriptor of ROOT/ID. */
int runtime_state_dir(struct runtime *r, const char *id, struct err *err) __must_check;
int runtime_state_write(int dir, const struct runtime_state *s, struct err *err) __must_check;
/* The config.json that the container was made from, from its state directory. */
int runtime_state_spec(int dir, struct spec_runtime *ret, struct err *err) __must_check;

/* A command on one container: its state, opened and read. Closed by runtime_target_done. */
struct runtime_target {
	int dir, pidfd; /* pidfd is -1 when it has stopped */
	struct runtime_state st;
	const char *status; /* "created", "running", "paused" or "stopped" */
};
int runtime_target_open(struct runtime *r, const char *id, struct runtime_target *t, struct err *err) __must_check;
void runtime_target_done(struct runtime_target *t);
/* Options, then one id, then at most `more` words; *ret_n is the id's index. */
int runtime_target_args(struct runtime *r, const struct runtime_opt *o, size_t n, int argc, char **argv, int more,
	int *ret_n, struct runtime_target *t, struct err *err) __must_check;

/* Every process of the container as the caller numbers them: its cgroup's, or where it has none
 * its pid namespace's. *ret is allocated. */
int runtime_procs_list(const struct runtime_target *t, pid_t **ret, size_t *ret_n, struct err *err) __must_check;
/* By its cgroup of version 2 where it has one, else by those of version 1. */
int runtime_procs_kill(const struct runtime_target *t, struct err *err) __must_check;
int runtime_procs_freeze(const struct runtime_target *t, bool freeze, struct err *err) __must_check;
bool runtime_procs_frozen(const struct runtime_state *s);

/* The "data" of a line of `events --stats`. */
struct jval *runtime_stats(const struct runtime_target *t, struct err *err);
/* "key value" lines of a file of its group, as members; nothing if there is none. */
void runtime_stats_flat(const struct runtime_state *st, const char *controller, const char *file, struct jval *to);

/* Commands: argv[0] is the command's name; the exit status, or -1 with err. */
int runtime_create(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_run(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_start(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_exec(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_state(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_list(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_query_ps(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_spec(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_spec_features(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_update(struct runtime *r, int argc, char **argv, struct err *err);
int runtime_events(struct runtime *r, int argc, char **argv, struct err *err);
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
/* The same while its terminal is copied to and from the caller's. */
int runtime_tty_wait(pid_t pid, int pidfd, int master);

/* runtime_cgroup.c: *ret_parent (allocated) is where the group goes; cgroupsPath becomes its name. */
int runtime_cgroup_systemd(const char *id, struct spec_runtime *s, char **ret_parent, struct err *err) __must_check;

#endif
