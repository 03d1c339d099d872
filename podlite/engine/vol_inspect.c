#include "podlite/engine/vol_inspect.h"

#include "common/units.h"
#include "podlite/engine/ctr_view.h"

struct jval *vol_inspect_json(const struct volume *v)
{
	struct jval *o = jval_new_object();
	char when[40];

	units_print_time(v->created_ns, true, when);
	jval_set_str(o, "Name", v->name);
	jval_set_str(o, "Driver", "local");
	jval_set_str(o, "Mountpoint", v->mountpoint);
	jval_set_str(o, "CreatedAt", when);
	jval_set(o, "Labels", jval_new_dict(&v->labels));
	jval_set_str(o, "Scope", "local");
	jval_set(o, "Options", jval_new_dict(&v->options));
	jval_set_bool(o, "Anonymous", v->anonymous);
	jval_set_int(o, "MountCount", 0);
	jval_set_bool(o, "NeedsCopyUp", false);
	jval_set_bool(o, "NeedsChown", false);
	jval_set_int(o, "LockNumber", 0);
	return o;
}

struct jval *vol_inspect_row(const struct volume *v)
{
	struct jval *o = vol_inspect_json(v);
	char when[64];

	units_print_time_go(v->created_ns, when);
	jval_set_str(o, "CreatedAt", when);
	jval_set(o, "Status", jval_new_object());
	jval_set_int(o, "UID", 0);
	jval_set_int(o, "GID", 0);
	jval_set_int(o, "Timeout", 0);
	jval_set_str(o, "StorageID", "");
	return o;
}

struct jval *vol_inspect(struct context *c, const char *name, struct err *err)
{
	struct volume v = {.name = NULL};
	struct jval *o;

	if (volume_find(&c->store, name, &v, err) < 0)
		return NULL;
	o = vol_inspect_json(&v);
	volume_done(&v);
	return o;
}
