/*
 * mon.h - the monitor's one structure and what its files offer each other.
 *
 * mon_main.c   what happens in which order from exec to exit
 * mon_start.c  one start of the container: user namespace, rootfs, runtime
 * mon_mounts.c mounts that config.json binds from: overlays, images, parts of volumes, a shared /dev/shm
 * mon_cgroup.c where the container's cgroup is made, and where we are
 * mon_network.c slirp4netns or pasta, and the forwarder of published ports; mon_bridge*.c named networks (mon_bridge.h)
 * mon_state.c  the table of states and events
 * mon_control.c signals, pause and resume
 * mon_health.c when health checks run and what follows; mon_probe.c: the child that runs one
 * mon_io.c     output of the container to log and clients, input to it; bounded buffers
 * mon_attach.c ctl.sock: clients and their messages
 * mon_notify.c sd_notify
 * mon_event.c  what `podlite events` will tell
 * mon_exit.c   exit record, restart decision, clean-up; mon_rmi.c: the image of --rmi
 *
 * After "running" nothing is allocated but to start something again: every buffer is in here.
 */
#ifndef PODLITE_MONITOR_MON_H
#define PODLITE_MONITOR_MON_H

#include "common/loop.h"
#include "common/msg.h"
#include "monitor/mon_bridge.h"
#include "monitor/mon_health.h"
#include "monitor/mon_log.h"
#include "monitor/mon_notify.h"
#include "monitor/proto.h"
#include "monitor/rt_ops.h"
#include "net/publish.h"
#include "net/slirp.h"
#include "storage/rootfs.h"

#define MON_MAX_CLIENTS 128

struct mon_client {
	struct loop_source src;
	struct mon *m;
	int fd;           /* -1: free slot */
	uint32_t attach;  /* MON_ATTACH_* */
	bool waiter;      /* wants MON_EXIT */
	bool pending;     /* has not got the current chunk yet */
	bool parked;      /* not read because stdin is full */
	uint8_t health;   /* 1: waits for the next health check, 2: for the one that runs */
	uint32_t serial;  /* age: the oldest idle one makes room */
};

struct mon_io {
	struct loop_source src[2], src_in;
	int out[2];        /* stdout, stderr; a terminal is out[0] only */
	int in;            /* container's stdin; -1: none or closed */
	int slave;         /* a terminal's other end, open while PID 1 runs: no false hang-ups */
	bool paused;       /* a client has not taken the chunk yet */
	int64_t budget[2]; /* after the cut: bytes still to read; -1: no cut */
	bool chunk_stderr;
	uint32_t chunks;   /* delivered to everybody: tells slow clients from stuck ones */
	size_t chunk_len;  /* 0: none */
	size_t in_off, in_len;
	char in_last;      /* last byte of input: ^D after a whole line ends it, else it only flushes */
	char chunk[1 + MON_MAX_DATA]; /* message type, then data */
	char input[1 + MON_MAX_DATA];
};

enum mon_phase { MP_STARTING, MP_INITIALIZED, MP_RUNNING, MP_DRAINING, MP_WAITING, MP_ENDED, MP_COUNT };

struct mon {
	const char *id;
	struct mon_conf conf;
	struct mon_start start;
	int fds[MSG_MAX_FDS];      /* stdio for passthrough, then descriptors for the container */
	size_t nfds;
	char *listen_names;        /* LISTEN_FDNAMES for the container, or NULL */
	int preserve[MSG_MAX_FDS]; /* those from 3 on by their number in the container, -1: none */
	int sock;              /* to the starter until it is answered, then -1 */
	int userns_sock;       /* MON_FD_USERNS or -1 */
	bool in_userns, debug;
	struct loop loop;

	enum mon_phase phase;
	struct loop_source child, helper, forwarder, signals;
	struct loop_timer lifetime, drain, backoff, kill_timer, revive, slim;
	bool stop_asked, restart_asked, by_user, paused; /* by_user: stop_asked, and for good */
	uint32_t stuck_mark;
	int64_t restarts, delay_ns, started_ns, started_mono, ended_ns;
	int exit_code;
	bool oom;
	char status[16];

	struct rt_args args;
	struct rt_job job;     /* the container */
	struct spec_runtime *spec; /* of one that waits for MON_BEGIN, or NULL */
	char cgroup[512];
	char *cgroup_parent;   /* of the container's group; NULL: our own */
	struct rootfs rootfs;
	struct rootfs_mounted mounted;
	struct mon_prepared *prepared; /* conf.mounts.n of them, or NULL */
	struct uplink uplink;
	struct mon_bridges bridges;
	struct publish publish;
	int netns;             /* of the container, to start those two again */
	int64_t revive_delay, revive_time;

	struct loop_source listen;
	uint32_t serial;
	struct mon_client clients[MON_MAX_CLIENTS];
	struct mon_health health;
	struct mon_notify notify;
	struct mon_io io;
	struct mon_log log;
};

/* mon_cgroup.c */
int mon_cgroup_place(struct mon *m, struct err *err) __must_check;   /* before the user namespace, once */

/* mon_start.c */
int mon_start_enter(struct mon *m, struct err *err) __must_check;    /* the user namespace, once */
int mon_start_container(struct mon *m, struct err *err) __must_check;
int mon_start_begin(struct mon *m, struct err *err) __must_check;   /* the exec of one that waits */
void mon_start_undo(struct mon *m, bool leaving);                    /* idempotent; leaving: we exit next */
char *mon_start_compiler(const struct mon *m);                       /* path of podlite-runtime, to be freed */

/* mon_mounts.c */
int mon_mounts_start(struct mon *m, struct err *err) __must_check;
void mon_mounts_settled(struct mon *m);                              /* others can find us now */
void mon_mounts_undo(struct mon *m);                                 /* idempotent */
char *mon_mounts_place(int dir, const char *volume);                 /* where the container of this directory has the volume, or NULL */

/* mon_network.c */
int mon_network_bind(struct mon *m, struct err *err) __must_check;   /* published ports, once */
/* The limit of open files that binding has raised for us; how many sockets it gets (sd_listen_fds). */
void mon_network_adjust(const struct mon *m, struct spec_runtime *spec);
int mon_network_start(struct mon *m, struct err *err) __must_check;  /* returns at once */
int mon_network_wait(struct mon *m, struct err *err) __must_check;
int mon_network_watch(struct mon *m) __must_check;                   /* helpers that die are started again */
void mon_network_changed(struct mon *m);                             /* named ones have come or gone */
void mon_network_stop(struct mon *m, bool leaving);

/* mon_state.c */
enum mon_event { ME_CHILD, ME_DRAINED, ME_CUT, ME_STOP, ME_LIFETIME, ME_BACKOFF, ME_KILL, ME_COUNT };
void mon_state_event(struct mon *m, enum mon_event e);
int mon_state_watch(struct mon *m, struct err *err) __must_check;    /* a started container */
int mon_state_wait(struct mon *m, struct err *err) __must_check;     /* one that waits for MON_BEGIN */
int mon_state_begin(struct mon *m, struct err *err) __must_check;    /* MON_BEGIN; if it fails everything ends */
bool mon_state_has_process(const struct mon *m);                     /* that can be signalled */
int mon_state_write(struct mon *m, const char *status, struct err *err); /* state.json */

void mon_state_stop_by_user(struct mon *m);                          /* ME_STOP, remembered for reboots */
void mon_state_end(struct mon *m, bool restart);                     /* stop signal, then SIGKILL */

/* mon_control.c */
int mon_control_signal(struct mon *m, int sig, bool all, struct err *err) __must_check;
int mon_control_pause(struct mon *m, bool on, struct err *err) __must_check;

/* mon_io.c */
int mon_io_open(struct mon *m, int ret_child[3], struct err *err) __must_check; /* for rt_args.stdio */
int mon_io_start(struct mon *m, struct err *err) __must_check;       /* begin reading */
void mon_io_child_gone(struct mon *m);                               /* PID 1 was reaped */
void mon_io_cut(struct mon *m);                                      /* stop waiting for other writers */
bool mon_io_drained(const struct mon *m);
void mon_io_client_ready(struct mon *m, struct mon_client *c);       /* may be sent to again */
void mon_io_client_gone(struct mon *m, struct mon_client *c);
void mon_io_input(struct mon *m, size_t n);                          /* io.input + 1 holds n bytes */
void mon_io_end_input(struct mon *m);                                /* the client's input has ended */
void mon_io_close_input(struct mon *m);
bool mon_io_input_full(const struct mon *m);
void mon_io_resize(struct mon *m, uint16_t rows, uint16_t cols);
void mon_io_close(struct mon *m);

/* mon_attach.c */
int mon_attach_listen(struct mon *m, struct err *err) __must_check;
int mon_attach_adopt(struct mon *m, int fd, uint32_t attach, bool waiter) __must_check; /* takes fd */
void mon_attach_watch(struct mon *m, struct mon_client *c);          /* its events have changed */
void mon_attach_drop(struct mon *m, struct mon_client *c);
void mon_attach_drop_stuck(struct mon *m);
void mon_attach_unpark(struct mon *m);
void mon_attach_exit(struct mon *m, bool restarting);                /* MON_EXIT to all who wait */
void mon_attach_healthy(struct mon *m, const struct mon_healthy *h); /* to all who wait for this check */
void mon_attach_close(struct mon *m);

/* mon_event.c: lines of the events log */
void mon_event_append(const struct mon *m, const struct sbuf *lines, bool bound); /* to the backend that was asked for (eventlog_append) */
void mon_event_initialized(struct mon *m);
void mon_event_started(struct mon *m, bool initialized);             /* initialized: that was told before */
void mon_event_ended(struct mon *m, bool restarting); /* but of --rm: told together with its removal */
void mon_event_removed(struct mon *m);
void mon_event_image(const struct mon *m, const char *status, const struct svec *names); /* of --rmi: one event a name */

/* mon_exit.c */
void mon_exit_record(struct mon *m, const char *error);              /* exit.json */
void mon_exit_record_stop(void);                                     /* stopped after its end */
bool mon_exit_restarts(const struct mon *m);                         /* what the policy says */
bool mon_exit_oom(const struct mon *m);
void mon_exit_clean(struct mon *m);                                  /* --rm, files of a running one */
void mon_exit_slim(void *arg);                                       /* give memory back (a timer's) */

/* mon_rmi.c */
void mon_rmi(const struct mon *m);                                   /* --rmi, when the container is gone */

#endif
