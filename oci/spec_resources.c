/* The types of linux.resources, which stays raw JSON as its readers pick from it by path. */
#include "oci/spec_runtime.h"

#include <string.h>

enum kind { INT, UINT, BOOL, STR, OBJ, LIST, STRINGS };

/* A row is checked in every element of the lists before it ("a[].b"). */
static const struct row {
	const char *path;
	enum kind kind;
} rows[] = {{"devices", LIST}, {"devices[].allow", BOOL}, {"devices[].type", STR},
	{"devices[].major", INT}, {"devices[].minor", INT}, {"devices[].access", STR},
	{"memory", OBJ}, {"memory.limit", INT}, {"memory.reservation", INT}, {"memory.swap", INT},
	{"memory.kernel", INT}, {"memory.kernelTCP", INT}, {"memory.swappiness", UINT},
	{"memory.disableOOMKiller", BOOL}, {"memory.useHierarchy", BOOL},
	{"memory.checkBeforeUpdate", BOOL}, {"cpu", OBJ}, {"cpu.shares", UINT}, {"cpu.quota", INT},
	{"cpu.burst", UINT}, {"cpu.period", UINT}, {"cpu.realtimeRuntime", INT},
	{"cpu.realtimePeriod", UINT}, {"cpu.cpus", STR}, {"cpu.mems", STR}, {"cpu.idle", INT},
	{"pids", OBJ}, {"pids.limit", INT}, {"blockIO", OBJ}, {"blockIO.weight", UINT},
	{"blockIO.leafWeight", UINT}, {"blockIO.weightDevice", LIST},
	{"blockIO.weightDevice[].major", INT}, {"blockIO.weightDevice[].minor", INT},
	{"blockIO.weightDevice[].weight", UINT}, {"blockIO.throttleReadBpsDevice", LIST},
	{"blockIO.throttleReadBpsDevice[].rate", UINT}, {"blockIO.throttleWriteBpsDevice", LIST},
	{"blockIO.throttleWriteBpsDevice[].rate", UINT}, {"blockIO.throttleReadIOPSDevice", LIST},
	{"blockIO.throttleReadIOPSDevice[].rate", UINT}, {"blockIO.throttleWriteIOPSDevice", LIST},
	{"blockIO.throttleWriteIOPSDevice[].rate", UINT}, {"hugepageLimits", LIST},
	{"hugepageLimits[].pageSize", STR}, {"hugepageLimits[].limit", UINT}, {"network", OBJ},
	{"network.classID", UINT}, {"network.priorities", LIST},
	{"network.priorities[].name", STR}, {"network.priorities[].priority", UINT},
	{"rdma", OBJ}, {"unified", STRINGS}};

static bool fits(const struct jval *v, enum kind kind)
{
	enum jval_type t = jval_type(v);

	switch (kind) {
	case INT:
		return t == JV_INT;
	case UINT: /* negative ones come back as the default */
		return t == JV_INT && (jval_int(v, 0) >= 0 || jval_uint(v, 0));
	case BOOL:
		return t == JV_BOOL;
	case STR:
		return t == JV_STRING;
	case LIST:
		return t == JV_ARRAY;
	case STRINGS:
		for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it))
			if (jval_type(jval_value(it)) != JV_STRING)
				return false;
		return t == JV_OBJECT;
	default:
		return t == JV_OBJECT;
	}
}

static int check_one(const struct jval *v, const struct row *row, struct err *err)
{
	static const char *const names[] = {"integer", "integer >= 0", "boolean", "string",
		"object", "array", "object of strings"};

	if (!v || jval_type(v) == JV_NULL || fits(v, row->kind))
		return 0;
	return err_set(
		err, EK_INVALID, "linux.resources.%s: expected %s", row->path, names[row->kind]);
}

static int check_row(const struct jval *r, const struct row *row, struct err *err)
{
	const char *bracket = strstr(row->path, "[].");
	char list[64];
	const struct jval *l;

	if (!bracket)
		return check_one(jval_path(r, row->path), row, err);
	memcpy(list, row->path, (size_t)(bracket - row->path));
	list[bracket - row->path] = '\0';
	l = jval_path(r, list);
	for (size_t i = 0; i < jval_len(l); i++) {
		if (jval_type(jval_at(l, i)) != JV_OBJECT)
			return err_set(err, EK_INVALID, "linux.resources.%s[%zu]: expected object",
				list, i);
		if (check_one(jval_path(jval_at(l, i), bracket + 3), row, err) < 0)
			return -1;
	}
	return 0;
}

int spec_resources_check(const struct jval *resources, struct err *err)
{
	if (!resources || jval_type(resources) == JV_NULL)
		return 0;
	if (jval_type(resources) != JV_OBJECT)
		return err_set(err, EK_INVALID, "linux.resources: expected object");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (check_row(resources, &rows[i], err) < 0)
			return -1;
	return 0;
}
