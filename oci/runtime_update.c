/* `update`: new limits for an existing container, as a resources document or as options. */
#include "oci/runtime.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/units.h"

#define MAX_RESOURCES (1u << 20)

/* One option: where its value goes in linux.resources. */
static const struct {
	const char *option, *section, *key;
	enum { UNSIGNED, SIGNED, SIZE, TEXT } kind;
} fields[] = {{"--blkio-weight", "blockIO", "weight", UNSIGNED},
	{"--cpu-period", "cpu", "period", UNSIGNED}, {"--cpu-quota", "cpu", "quota", SIGNED},
	{"--cpu-burst", "cpu", "burst", UNSIGNED}, {"--cpu-share", "cpu", "shares", UNSIGNED},
	{"--cpu-idle", "cpu", "idle", SIGNED},
	{"--cpu-rt-period", "cpu", "realtimePeriod", UNSIGNED},
	{"--cpu-rt-runtime", "cpu", "realtimeRuntime", SIGNED},
	{"--cpuset-cpus", "cpu", "cpus", TEXT}, {"--cpuset-mems", "cpu", "mems", TEXT},
	{"--memory", "memory", "limit", SIZE},
	{"--memory-reservation", "memory", "reservation", SIZE},
	{"--memory-swap", "memory", "swap", SIZE}, {"--pids-limit", "pids", "limit", SIGNED}};

enum { FIELDS = ARRAY_SIZE(fields) };

static bool parse_signed(const char *text, int64_t *ret)
{
	bool minus = *text == '-';
	uint64_t n;

	if (!units_parse_u64(text + minus, &n) || n > INT64_MAX)
		return false;
	*ret = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

static struct jval *value_of(size_t f, const char *text)
{
	uint64_t u;
	int64_t i;

	if (fields[f].kind == TEXT)
		return jval_new_str(text);
	if (fields[f].kind == UNSIGNED)
		return units_parse_u64(text, &u) ? jval_new_uint(u) : NULL;
	if (parse_signed(text, &i))
		return jval_new_int(i);
	if (fields[f].kind == SIZE && units_parse_size(text, &u) && u <= INT64_MAX)
		return jval_new_int((int64_t)u);
	return NULL;
}

static struct jval *from_options(const char *const *values, struct err *err)
{
	struct jval *doc = jval_new_object();

	for (size_t f = 0; f < FIELDS; f++) {
		struct jval *v, *section;

		if (!values[f])
			continue;
		v = value_of(f, values[f]);
		if (!v) {
			err_set(err, EK_USAGE, "invalid value for %s: \"%s\"", fields[f].option + 2,
				values[f]);
			jval_free(doc);
			return NULL;
		}
		section = jval_get(doc, fields[f].section);
		if (!section) {
			section = jval_new_object();
			jval_set(doc, fields[f].section, section);
		}
		jval_set(section, fields[f].key, v);
	}
	return doc;
}

static struct jval *from_file(const char *name, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct jval *v;
	int r = strcmp(name, "-") ? fs_read_file(AT_FDCWD, name, MAX_RESOURCES, &text)
				  : fd_read_all(0, MAX_RESOURCES, &text);

	if (r < 0) {
		err_neg(err, r, "read resources from %s", name);
		return NULL;
	}
	v = jval_parse(text.buf, text.len, 0, err);
	if (v && jval_type(v) != JV_OBJECT) {
		err_set(err, EK_INVALID, "an object was expected");
		jval_free(v);
		v = NULL;
	}
	if (!v)
		err_wrap(err, "resources %s", name);
	return v;
}

static int update(const struct runtime_target *t, const char *file, const char *const *values,
	struct err *err)
{
	auto_jval struct jval *doc = NULL;

	if (t->pidfd < 0)
		return err_set(err, EK_INVALID, "container not running: %s has stopped", t->st.id);
	doc = file ? from_file(file, err) : from_options(values, err);
	if (!doc || spec_resources_check(doc, err) < 0)
		return -1;
	if (t->st.cgroup1.n)
		return rt_cgroup1_update(&t->st.cgroup1, doc, err);
	return rt_cgroup_update(t->st.cgroup, doc, err);
}

int runtime_update(struct runtime *r, int argc, char **argv, struct err *err)
{
	const char *values[FIELDS] = {NULL}, *file = NULL, *l3 = NULL, *bandwidth = NULL;
	struct runtime_opt opts[FIELDS + 3] = {{"--resources", 'r', &file, NULL, NULL},
		{"--l3-cache-schema", 0, &l3, NULL, NULL},
		{"--mem-bw-schema", 0, &bandwidth, NULL, NULL}};
	struct runtime_target t;
	int n, res;

	for (size_t f = 0; f < FIELDS; f++)
		opts[3 + f] = (struct runtime_opt){fields[f].option, 0, &values[f], NULL, NULL};
	if (runtime_target_args(r, opts, ARRAY_SIZE(opts), argc, argv, 0, &n, &t, err) < 0)
		return -1;
	if (l3 || bandwidth)
		res = err_set(err, EK_UNSUPPORTED, "%s: Intel RDT is not built in this version",
			l3 ? "--l3-cache-schema" : "--mem-bw-schema");
	else
		res = update(&t, file, values, err);
	runtime_target_done(&t);
	return res;
}
