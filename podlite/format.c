/* format.c - runs a parsed template over a value. */
#include "podlite/format.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/format_fields.h"
#include "podlite/format_time.h"
#include "podlite/format_tree.h"

#define MAX_ARGS 64
#define MAX_VARS 256

struct format {
	struct format_node *list;
};

struct variable {
	const char *name; /* of the tree; "" is $ */
	struct jval *value;
	enum format_field_kind kind;
};

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

struct exec {
	struct sbuf *out;
	struct err *err;
	struct variable vars[MAX_VARS];
	size_t nvars;
	enum flow flow;
	enum format_field_kind kind; /* of what was evaluated last, as far as it was a field */
};

static int eval_pipe(struct exec *x, const struct format_node *pipe, struct jval *dot, struct jval **ret);
static int run_list(struct exec *x, const struct format_node *n, struct jval *dot);

/* ---- variables ---- */

static int push_var(struct exec *x, const char *name, struct jval *value)
{
	if (x->nvars >= MAX_VARS)
		return err_set(x->err, EK_INVALID, "more than %d variables", MAX_VARS);
	x->vars[x->nvars++] = (struct variable){name, jval_ref(value), x->kind};
	return 0;
}

static void pop_vars(struct exec *x, size_t mark)
{
	while (x->nvars > mark)
		jval_free(x->vars[--x->nvars].value);
}

static struct variable *find_var(struct exec *x, const char *name)
{
	for (size_t i = x->nvars; i-- > 0;)
		if (!strcmp(x->vars[i].name, name))
			return &x->vars[i];
	err_set(x->err, EK_INVALID, "undefined variable \"$%s\"", name);
	return NULL;
}

static int set_var(struct exec *x, const char *name, struct jval *value)
{
	struct variable *v = find_var(x, name);

	if (!v)
		return -1;
	jval_free(v->value);
	v->value = jval_ref(value);
	v->kind = x->kind;
	return 0;
}

/* ---- fields ---- */

static int no_field(struct exec *x, const char *name, const struct jval *obj)
{
	auto_sbuf struct sbuf names = SBUF_INIT;

	for (const struct jval_iter *it = jval_first(obj); it; it = jval_next(it))
		sbuf_addf(&names, "%s%s", names.len ? ", " : "", jval_key(it));
	return err_set(x->err, EK_INVALID, "can't evaluate field %s; there are: %.380s", name, names.buf);
}

static int eval_field(struct exec *x, const struct format_node *n, struct jval *base, struct jval **ret)
{
	const char *owner = n->pipe && n->pipe->kind == FN_FIELD ? n->pipe->text : NULL;
	const struct format_field *field;
	bool is_key = x->kind == FIELD_MAP, found;
	struct jval *v;

	x->kind = FIELD_UNKNOWN;
	if (jval_type(base) == JV_NULL && is_key) {
		*ret = NULL;
		return 0;
	}
	if (jval_type(base) == JV_NULL && owner)
		return err_set(x->err, EK_INVALID, "can't evaluate field %s: .%s has no value", n->text, owner);
	if (jval_type(base) == JV_STRING && (v = format_time_get(base, n->text)) != NULL) {
		*ret = v;
		return 0;
	}
	if (jval_type(base) != JV_OBJECT)
		return err_set(x->err, EK_INVALID, "can't evaluate field %s: it is not part of an object", n->text);
	v = format_fields_get(base, n->text, &found);
	field = is_key ? NULL : format_fields_find(base, n->text);
	if (!found && !is_key && !(field && field->beside))
		return no_field(x, n->text, base);
	x->kind = field ? field->kind : FIELD_UNKNOWN;
	*ret = found || !field ? jval_ref(v) : format_fields_zero(base, field);
	return 0;
}

/* ---- operands and commands ---- */

static int eval_operand(struct exec *x, const struct format_node *n, struct jval *dot, struct jval **ret)
{
	auto_jval struct jval *base = NULL;
	struct variable *v;

	x->kind = FIELD_UNKNOWN;
	switch (n->kind) {
	case FN_DOT:
		*ret = jval_ref(dot);
		return 0;
	case FN_CONST:
		*ret = jval_ref(n->value);
		return 0;
	case FN_VAR:
		v = find_var(x, n->text);
		if (!v)
			return -1;
		*ret = jval_ref(v->value);
		x->kind = v->kind;
		return 0;
	case FN_FIELD:
		if (n->pipe && eval_operand(x, n->pipe, dot, &base) < 0)
			return -1;
		return eval_field(x, n, n->pipe ? base : dot, ret);
	case FN_PIPE:
		return eval_pipe(x, n, dot, ret);
	case FN_FUNC:
		return format_func_call(n->text, NULL, 0, ret, x->err);
	default:
		return err_set(x->err, EK_INVALID, "unexpected node");
	}
}

/* and, or: the argument that decides is the last one looked at. */
static bool decides(const char *fn, const struct jval *v)
{
	if (!strcmp(fn, "and"))
		return !format_func_truth(v);
	return !strcmp(fn, "or") && format_func_truth(v);
}

/* To all but these a null list is an empty one. */
static bool tells_null(const char *fn)
{
	return !strcmp(fn, "json") || !strcmp(fn, "eq") || !strcmp(fn, "ne");
}

static int eval_arg(struct exec *x, const char *fn, const struct format_node *n, struct jval *dot, struct jval **ret)
{
	if (eval_operand(x, n, dot, ret) < 0)
		return -1;
	if (!tells_null(fn))
		*ret = format_fields_settle(x->kind, *ret);
	return 0;
}

static int eval_call(struct exec *x, const struct format_node *fn, struct jval *dot,
	struct jval *final, bool has_final, struct jval **ret)
{
	enum format_field_kind final_kind = tells_null(fn->text) ? FIELD_UNKNOWN : x->kind;
	struct jval *args[MAX_ARGS] = {NULL};
	size_t n = 0;
	int r = 0;

	for (const struct format_node *a = fn->next; a && !r; a = a->next) {
		if (n + 1 >= MAX_ARGS)
			r = err_set(x->err, EK_INVALID, "%s: more than %d arguments", fn->text, MAX_ARGS - 2);
		else if (eval_arg(x, fn->text, a, dot, &args[n]) < 0)
			r = -1;
		else if (decides(fn->text, args[n++]))
			break;
	}
	if (!r && has_final && !(n && decides(fn->text, args[n - 1])))
		args[n++] = format_fields_settle(final_kind, jval_ref(final));
	if (!r)
		r = format_func_call(fn->text, args, n, ret, x->err);
	for (size_t i = 0; i < n; i++)
		jval_free(args[i]);
	x->kind = FIELD_UNKNOWN;
	return r;
}

/* docker's method on lists: {{.Label "name"}}. */
static int eval_label(struct exec *x, const struct format_node *n, struct jval *dot, struct jval **ret)
{
	auto_jval struct jval *key = NULL;
	const struct jval *labels = jval_get(dot, "Labels");

	if (eval_operand(x, n->next, dot, &key) < 0)
		return -1;
	*ret = jval_new_str(jval_get_str(labels, jval_str(key, ""), ""));
	x->kind = FIELD_UNKNOWN;
	return 0;
}

static int no_function(struct exec *x, const char *name)
{
	return err_set(x->err, EK_INVALID, "can't give argument to non-function %s", name ? name : "value");
}

/* {{.Created.Format "2006-01-02"}} */
static int eval_format(struct exec *x, const struct format_node *n, struct jval *dot, struct jval **ret)
{
	auto_jval struct jval *base = NULL, *layout = NULL;

	if (n->pipe && eval_operand(x, n->pipe, dot, &base) < 0)
		return -1;
	if (eval_operand(x, n->next, dot, &layout) < 0)
		return -1;
	if (jval_type(layout) != JV_STRING)
		return err_set(x->err, EK_INVALID, "Format: expected a string");
	*ret = format_time_format(n->pipe ? base : dot, jval_str(layout, ""));
	x->kind = FIELD_UNKNOWN;
	return *ret ? 0 : no_function(x, n->text);
}

static int eval_command(struct exec *x, const struct format_node *cmd, struct jval *dot,
	struct jval *final, bool has_final, struct jval **ret)
{
	const struct format_node *first = cmd->pipe;

	if (first->kind == FN_FUNC)
		return eval_call(x, first, dot, final, has_final, ret);
	if (first->kind == FN_FIELD && !strcmp(first->text, "Label") && !first->pipe && first->next)
		return eval_label(x, first, dot, ret);
	if (first->kind == FN_FIELD && !strcmp(first->text, "Format") && first->next && !first->next->next && !has_final)
		return eval_format(x, first, dot, ret);
	if (first->next || has_final)
		return no_function(x, first->text);
	return eval_operand(x, first, dot, ret);
}

/* Without the variables it declares. */
static int eval_pipe(struct exec *x, const struct format_node *pipe, struct jval *dot, struct jval **ret)
{
	struct jval *value = NULL;
	bool has = false;

	for (const struct format_node *c = pipe->pipe; c; c = c->next) {
		struct jval *result = NULL;
		int r = eval_command(x, c, dot, value, has, &result);

		jval_free(value);
		value = result;
		has = true;
		if (r < 0) {
			jval_free(value);
			return -1;
		}
	}
	if (pipe->text && !pipe->text2) {
		if ((pipe->assign ? set_var(x, pipe->text, value) : push_var(x, pipe->text, value)) < 0) {
			jval_free(value);
			return -1;
		}
	}
	*ret = value;
	return 0;
}

/* ---- control ---- */

static int run_action(struct exec *x, const struct format_node *n, struct jval *dot)
{
	auto_jval struct jval *v = NULL;

	if (n->pipe->text2)
		return err_set(x->err, EK_INVALID, "two variables outside range");
	if (eval_pipe(x, n->pipe, dot, &v) < 0)
		return -1;
	if (n->pipe->text)
		return 0;
	v = format_fields_settle(x->kind, v);
	if (!v && x->kind == FIELD_POINTER)
		sbuf_addstr(x->out, "<nil>");
	else
		format_print_value(v, x->out);
	return 0;
}

static int run_condition(struct exec *x, const struct format_node *n, struct jval *dot)
{
	auto_jval struct jval *v = NULL;
	size_t mark = x->nvars;
	int r = eval_pipe(x, n->pipe, dot, &v);

	if (!r && format_func_truth(v))
		r = run_list(x, n->body, n->kind == FN_WITH ? v : dot);
	else if (!r)
		r = run_list(x, n->other, dot);
	pop_vars(x, mark);
	return r;
}

static int run_element(struct exec *x, const struct format_node *n, struct jval *index, struct jval *v)
{
	const struct format_node *pipe = n->pipe;
	const char *element = pipe->text2 ? pipe->text2 : pipe->text;
	size_t mark = x->nvars;
	int r = 0;

	x->kind = FIELD_UNKNOWN;
	if (pipe->text2)
		r = pipe->assign ? set_var(x, pipe->text, index) : push_var(x, pipe->text, index);
	if (!r && element)
		r = pipe->assign ? set_var(x, element, v) : push_var(x, element, v);
	if (!r)
		r = run_list(x, n->body, v);
	pop_vars(x, mark);
	if (x->flow == FLOW_CONTINUE)
		x->flow = FLOW_ON;
	return r;
}

static int range_array(struct exec *x, const struct format_node *n, const struct jval *list)
{
	int r = 0;

	for (size_t i = 0; i < jval_len(list) && !r && x->flow == FLOW_ON; i++) {
		auto_jval struct jval *index = jval_new_int((int64_t)i);

		r = run_element(x, n, index, jval_at(list, i));
	}
	return r;
}

static int range_object(struct exec *x, const struct format_node *n, const struct jval *obj)
{
	auto_svec struct svec keys = SVEC_INIT;
	int r = 0;

	for (const struct jval_iter *it = jval_first(obj); it; it = jval_next(it))
		svec_add(&keys, jval_key(it));
	svec_sort(&keys);
	for (size_t i = 0; i < keys.n && !r && x->flow == FLOW_ON; i++) {
		auto_jval struct jval *key = jval_new_str(keys.v[i]);

		r = run_element(x, n, key, jval_get(obj, keys.v[i]));
	}
	return r;
}

static int run_range(struct exec *x, const struct format_node *n, struct jval *dot)
{
	auto_jval struct jval *v = NULL;
	struct format_node bare = *n->pipe; /* the variables are set for each element, by us */
	int r;

	bare.text = bare.text2 = NULL;
	if (eval_pipe(x, &bare, dot, &v) < 0)
		return -1;
	if (jval_type(v) != JV_ARRAY && jval_type(v) != JV_OBJECT && jval_type(v) != JV_NULL)
		return err_set(x->err, EK_INVALID, "range can't iterate over this value");
	if (!jval_len(v))
		return run_list(x, n->other, dot);
	r = jval_type(v) == JV_ARRAY ? range_array(x, n, v) : range_object(x, n, v);
	x->flow = FLOW_ON;
	return r;
}

static int run_node(struct exec *x, const struct format_node *n, struct jval *dot)
{
	switch (n->kind) {
	case FN_TEXT:
		sbuf_addstr(x->out, n->text);
		return 0;
	case FN_ACTION:
		return run_action(x, n, dot);
	case FN_IF:
	case FN_WITH:
		return run_condition(x, n, dot);
	case FN_RANGE:
		return run_range(x, n, dot);
	case FN_BREAK:
		x->flow = FLOW_BREAK;
		return 0;
	case FN_CONTINUE:
		x->flow = FLOW_CONTINUE;
		return 0;
	default:
		return err_set(x->err, EK_INVALID, "unexpected node");
	}
}

static int run_list(struct exec *x, const struct format_node *n, struct jval *dot)
{
	size_t mark = x->nvars;
	int r = 0;

	for (; n && !r && x->flow == FLOW_ON; n = n->next)
		r = run_node(x, n, dot);
	pop_vars(x, mark);
	return r;
}

/* ---- format.h ---- */

struct format *format_parse(const char *text, struct err *err)
{
	struct format_node *list = format_parse_list(text, err);
	struct format *f;

	if (!list) {
		err_wrap(err, "template \"%.80s\"", text);
		return NULL;
	}
	f = new0(struct format);
	f->list = list;
	return f;
}

int format_run(const struct format *f, const struct jval *dot, struct sbuf *ret, struct err *err)
{
	struct exec x = {.out = ret, .err = err};
	struct jval *root = (struct jval *)(uintptr_t)dot; /* counted, never changed */
	int r = push_var(&x, "", root);

	if (!r)
		r = run_list(&x, f->list, root);
	pop_vars(&x, 0);
	return r < 0 ? err_wrap(err, "template") : 0;
}

void format_free(struct format *f)
{
	if (!f)
		return;
	format_parse_free(f->list);
	free(f);
}
