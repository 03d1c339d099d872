#include "net/registriesd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "net/policy.h"

#define FILE_MAX  (1u << 20)
#define MAX_DEPTH 3

/* ---- block mappings ---- */

struct parser {
	const char *where;
	unsigned line;
	struct jval *at[MAX_DEPTH + 1]; /* the mappings that are open */
	size_t indent[MAX_DEPTH + 1];
	unsigned depth;
};

static int bad(const struct parser *p, const char *why, struct err *err)
{
	return err_set(err, EK_INVALID, "%s: line %u: %s", p->where, p->line, why);
}

/* A word at *text, plain or quoted; plain ones end at ": ", at " #" and at the end. NULL: malformed. */
static char *word(char **text)
{
	char *s = *text, *end;

	if (*s == '"' || *s == '\'') {
		end = strchr(s + 1, *s);
		if (!end || memchr(s, '\\', (size_t)(end - s)))
			return NULL;
		*text = end + 1;
		return xstrndup(s + 1, (size_t)(end - s - 1));
	}
	if (strchr("[]{}&*!|>%@`-?,", *s) && *s)
		return NULL;
	for (end = s; *end; end++)
		if ((*end == ':' && (!end[1] || end[1] == ' ')) || (*end == ' ' && end[1] == '#'))
			break;
	*text = end;
	while (end > s && end[-1] == ' ')
		end--;
	return xstrndup(s, (size_t)(end - s));
}

static bool rest_is_empty(const char *s)
{
	s += strspn(s, " ");
	return !*s || *s == '#';
}

/* A scalar with the meaning that YAML 1.2 gives it: only booleans matter here. */
static struct jval *scalar(const char *text, bool quoted)
{
	if (!quoted && (!strcmp(text, "true") || !strcmp(text, "True") || !strcmp(text, "TRUE")))
		return jval_new_bool(true);
	if (!quoted && (!strcmp(text, "false") || !strcmp(text, "False") || !strcmp(text, "FALSE")))
		return jval_new_bool(false);
	return jval_new_str(text);
}

/* The mapping that a line of this indent belongs to. */
static int find_level(struct parser *p, size_t indent, struct err *err)
{
	while (p->depth && indent < p->indent[p->depth])
		p->depth--;
	if (indent == p->indent[p->depth])
		return 0;
	return bad(p, "it is indented like no line before it", err);
}

static int open_mapping(struct parser *p, const char *key, struct err *err)
{
	struct jval *v = jval_new_object();

	if (p->depth == MAX_DEPTH) {
		jval_free(v);
		return bad(p, "nested too deeply", err);
	}
	jval_set(p->at[p->depth], key, v);
	p->depth++;
	p->at[p->depth] = v;
	p->indent[p->depth] = SIZE_MAX; /* that of its first line */
	return 0;
}

static int parse_value(struct parser *p, const char *key, char *rest, struct err *err)
{
	auto_free char *value = NULL;
	bool quoted;

	rest += strspn(rest, " ");
	if (rest_is_empty(rest))
		return open_mapping(p, key, err);
	quoted = *rest == '"' || *rest == '\'';
	if (!strncmp(rest, "{}", 2) && rest_is_empty(rest + 2)) {
		jval_set(p->at[p->depth], key, jval_new_object());
		return 0;
	}
	value = word(&rest);
	if (!value || !rest_is_empty(rest))
		return bad(p, "expected a plain or quoted word", err);
	jval_set(p->at[p->depth], key, scalar(value, quoted));
	return 0;
}

static int parse_line(struct parser *p, char *line, struct err *err)
{
	size_t indent = strspn(line, " ");
	char *s = line + indent;
	auto_free char *key = NULL;

	if (rest_is_empty(s) || (!indent && (!strcmp(s, "---") || !strcmp(s, "..."))))
		return 0;
	if (p->depth && p->indent[p->depth] == SIZE_MAX) {
		if (indent > p->indent[p->depth - 1])
			p->indent[p->depth] = indent;
		else
			p->depth--; /* an empty mapping */
	}
	if (find_level(p, indent, err) < 0)
		return -1;
	key = word(&s);
	s += key ? strspn(s, " ") : 0;
	if (!key || *s != ':')
		return bad(p, "expected KEY: VALUE", err);
	if (jval_get(p->at[p->depth], key))
		return bad(p, "the key is there twice", err);
	return parse_value(p, key, s + 1, err);
}

static int parse(struct jval *doc, const char *text, size_t n, const char *where, struct err *err)
{
	auto_free char *copy = xstrndup(text, n);
	struct parser p = {.where = where, .at = {doc}};

	if (n && memchr(text, '\0', n))
		return err_set(err, EK_INVALID, "%s: a NUL byte", where);
	for (char *line = copy, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		p.line++;
		if (memchr(line, '\t', strspn(line, " \t")))
			return bad(&p, "a tab in the indentation", err);
		if (parse_line(&p, line, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- files ---- */

/* The document forbids to say anything twice, in one file or in two. */
static int need_mapping(const struct jval *v, const char *where, const char *key, struct err *err)
{
	return jval_type(v) == JV_OBJECT ? 0 : err_set(err, EK_INVALID, "%s: %.80s: expected a mapping", where, key);
}

static int check_sections(const struct jval *file, const char *where, struct err *err)
{
	for (const struct jval_iter *it = jval_first(file); it; it = jval_next(it)) {
		if (strcmp(jval_key(it), "docker") && strcmp(jval_key(it), "default-docker"))
			return err_set(err, EK_INVALID, "%s: unknown key \"%.40s\"", where, jval_key(it));
		if (need_mapping(jval_value(it), where, jval_key(it), err) < 0)
			return -1;
	}
	for (const struct jval_iter *it = jval_first(jval_get(file, "docker")); it; it = jval_next(it))
		if (need_mapping(jval_value(it), where, jval_key(it), err) < 0)
			return -1;
	return 0;
}

static int merge(struct jval *doc, const struct jval *file, const char *where, struct err *err)
{
	const struct jval *scopes = jval_get(file, "docker");

	if (check_sections(file, where, err) < 0)
		return -1;
	if (jval_get(file, "default-docker")) {
		if (jval_get(doc, "default-docker"))
			return err_set(err, EK_INVALID, "%s: default-docker is in another file too", where);
		jval_set(doc, "default-docker", jval_ref(jval_get(file, "default-docker")));
	}
	if (scopes && !jval_get(doc, "docker"))
		jval_set(doc, "docker", jval_new_object());
	for (const struct jval_iter *it = jval_first(scopes); it; it = jval_next(it)) {
		if (jval_get(jval_get(doc, "docker"), jval_key(it)))
			return err_set(err, EK_INVALID, "%s: docker: %.80s is in another file too", where, jval_key(it));
		jval_set(jval_get(doc, "docker"), jval_key(it), jval_ref(jval_value(it)));
	}
	return 0;
}

int registriesd_add(struct jval *doc, const char *text, size_t n, const char *where, struct err *err)
{
	auto_jval struct jval *file = jval_new_object();

	return parse(file, text, n, where, err) < 0 ? -1 : merge(doc, file, where, err);
}

static int add_file(struct jval *doc, int dirfd, const char *dir, const char *name, struct err *err)
{
	auto_free char *where = xasprintf("%s/%s", dir, name);
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(dirfd, name, FILE_MAX, &text);

	return r < 0 ? err_neg(err, r, "read %s", where) : registriesd_add(doc, text.buf, text.len, where, err);
}

static int add_dir(struct jval *doc, const char *path, struct err *err)
{
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0));
	const char *name;
	int r = 0;

	if (!d)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_sys(err, "open %s", path);
	while (!r && (name = fs_dir_next(d))) {
		size_t n = strlen(name);

		if (n > 5 && !strcmp(name + n - 5, ".yaml"))
			r = add_file(doc, dirfd(d), path, name, err);
	}
	return r;
}

struct jval *registriesd_load(struct err *err)
{
	auto_free char *own = account_config("containers/registries.d");
	auto_jval struct jval *doc = jval_new_object();

	if (add_dir(doc, own && fs_exists(AT_FDCWD, own) ? own : "/etc/containers/registries.d", err) < 0)
		return NULL;
	return take_ptr(doc);
}

/* ---- asking ---- */

bool registriesd_attachments(const struct jval *doc, const struct ref *full)
{
	auto_svec struct svec names = SVEC_INIT;
	const struct jval *v = NULL;

	policy_scopes(full, &names);
	for (size_t i = 0; i < names.n && !v; i++)
		v = jval_get(jval_get(jval_get(doc, "docker"), names.v[i]), "use-sigstore-attachments");
	if (!v)
		v = jval_get(jval_get(doc, "default-docker"), "use-sigstore-attachments");
	return jval_bool(v, false);
}
