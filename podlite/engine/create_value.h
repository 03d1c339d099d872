/*
 * create_value.h - the small grammars of run's and create's options: limits, devices,
 * namespaces, networks, health checks, restart policies. Pure functions of their text; errors
 * are EK_USAGE (or EK_UNSUPPORTED for what is known but not built) and name option and text.
 */
#ifndef PODLITE_ENGINE_CREATE_VALUE_H
#define PODLITE_ENGINE_CREATE_VALUE_H

#include "common/err.h"
#include "common/jval.h"
#include "common/svec.h"
#include "monitor/proto.h"

/* ---- create_ulimit.c: NAME=SOFT[:HARD], -1 or unlimited ---- */
#define CREATE_UNLIMITED UINT64_MAX
struct create_ulimit {
	const char *type;  /* "RLIMIT_NOFILE", static */
	int resource;      /* RLIMIT_NOFILE */
	uint64_t soft, hard;
};
int create_ulimit_parse(const char *text, struct create_ulimit *ret, struct err *err) __must_check;

/* ---- create_device.c: HOST[:CONTAINER][:rwm] ---- */
struct create_device {
	char *source, *dest; /* absolute and clean */
};
bool create_device_is_cdi(const char *text); /* VENDOR/CLASS=NAME */
int create_device_parse(const char *text, struct create_device *ret, struct err *err) __must_check;
void create_device_done(struct create_device *d);

/* ---- create_secret.c: --secret ---- */
struct create_secret {
	char *name, *target; /* an absolute clean path, or the variable's name */
	bool env, owned;     /* owned: uid, gid or mode was given */
	uint32_t uid, gid, mode;
};
int create_secret_parse(const char *text, struct create_secret *ret, struct err *err) __must_check;
void create_secret_done(struct create_secret *s);

/* ---- create_fds.c: --preserve-fds N, --preserve-fd FD[,FD...] ---- */
/* Both as one mask: bit N for descriptor N, from 3 to 63. count: text or NULL. Each must be open. */
int create_fds_parse(const char *count, const struct svec *numbers, uint64_t *ret, struct err *err) __must_check;

/* ---- create_idmap.c: --uidmap, --gidmap [FLAGS]CONTAINER:[@]FROM[:AMOUNT] ---- */
struct create_idmap {
	uint32_t inner, from, amount;
	bool host;              /* "@": from is an id of the host */
	bool extend;            /* "+": takes what it needs away from the maps before it */
	bool users, groups;     /* "u", "g": only for these; none: for both */
};
int create_idmap_parse(const char *option, const char *text, struct create_idmap *ret, struct err *err) __must_check;

/* ---- create_ns.c: --pid, --ipc, --uts, --cgroupns, --userns ---- */
enum create_ns_mode { CREATE_NS_PRIVATE, CREATE_NS_HOST, CREATE_NS_CONTAINER, CREATE_NS_PATH, CREATE_NS_NONE };
struct create_ns {
	enum create_ns_mode mode;
	bool shareable;  /* ipc: default and "shareable" */
	char *target;    /* container's name or id, or absolute path */
};
/* option: "pid", "ipc", "uts" or "cgroupns", for messages and for which modes exist; text may be NULL. */
int create_ns_parse(const char *option, const char *text, struct create_ns *ret, struct err *err) __must_check;
void create_ns_done(struct create_ns *n);

enum create_userns_mode {
	CREATE_USERNS_HOST, CREATE_USERNS_KEEP_ID, CREATE_USERNS_NOMAP, CREATE_USERNS_GIVEN /* by --uidmap */, CREATE_USERNS_AUTO,
	CREATE_USERNS_CONTAINER, CREATE_USERNS_PATH,
};
struct create_userns {
	enum create_userns_mode mode;
	bool has_uid, has_gid;
	uint32_t uid, gid; /* keep-id:uid=,gid= */
	uint32_t size;     /* auto:size=, 0: by the image */
	char *target;      /* container's name or id, or absolute path */
};
int create_ns_userns(const char *text, struct create_userns *ret, struct err *err) __must_check;

/* ---- create_network.c: --network, --ip, --ip6, --mac-address, --network-alias ---- */
struct create_network {
	char *kind;          /* as struct mon_conf: "none", "host", "slirp4netns", "pasta", "container", "ns", "bridge" */
	char *target;        /* container: name or id; ns: path */
	struct svec options; /* of slirp4netns and pasta, "mtu=1500" */
	bool own;            /* a network namespace of its own is made */
	struct { struct mon_network *v; size_t n; } networks; /* of "bridge"; names and ids are not looked up */
};
int create_network_parse(const struct svec *texts, struct create_network *ret, struct err *err) __must_check;
/* The options that stand beside --network, NULL or empty if not given: of the only named network, aliases
 * of all. */
struct create_network_addresses { const char *ip, *ip6, *mac; const struct svec *aliases; };
int create_network_addresses(struct create_network *n, const struct create_network_addresses *a, struct err *err) __must_check;
void create_network_done(struct create_network *n);

/* ---- create_restart.c: no, always, unless-stopped, on-failure[:N] ---- */
int create_restart_parse(const char *text, char **ret_policy, int64_t *ret_max, struct err *err) __must_check;
/* --detach-keys: "" or KEY[,KEY...], KEY a letter or ctrl-X */
int create_restart_detach_keys(const char *text, struct err *err) __must_check;

/* ---- create_caps.c ---- */
/* The container's bounding set as "CAP_..." names: the default eleven (all with privileged), plus
 * add, minus drop; ALL stands for every one. Names with or without CAP_, in any case. */
int create_caps_resolve(const struct svec *add, const struct svec *drop, bool privileged, struct svec *ret, struct err *err) __must_check;

const char *create_caps_name(unsigned bit); /* "CHOWN"; NULL if there is none */

/* ---- create_sysctl.c ---- */
/* NAME=VALUE of a namespace the container has of its own (threats.md V54): ret_entry with the
 * name in dotted form. */
struct create_sysctl_scope { bool ipc, net, uts, host_root; };
int create_sysctl_parse(const char *text, struct create_sysctl_scope own, char **ret_entry, struct err *err) __must_check;

/* ---- create_number.c ---- */
/* Whole number of text in [min, max]; option names it in the error. */
int create_number_parse(const char *option, const char *text, int64_t min, int64_t max, int64_t *ret, struct err *err) __must_check;
/* Size such as 64m; "-1" is allowed with minus_one and gives -1. */
int create_number_size(const char *option, const char *text, bool minus_one, int64_t *ret, struct err *err) __must_check;
/* --cpus: a decimal number above 0 as quota in microseconds of a period of 100,000. */
int create_number_cpus(const char *text, int64_t *ret_quota, struct err *err) __must_check;

#endif
