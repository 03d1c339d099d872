#include "net/policy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fs.h"
#include "net/identity.h"

#define FILE_MAX (1u << 20)

static const struct {
	const char *type, *word;
} types[] = {
	{"insecureAcceptAnything", "accept"},
	{"reject", "reject"},
	{"signedBy", "signed"},
	{"signedBaseLayer", "signed"},
	{"sigstoreSigned", "sigstoreSigned"},
};

static const char *word_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].type, type))
			return types[i].word;
	return NULL;
}

/* ---- reading ---- */

static const char *const key_members[] = {"keyPath", "keyPaths", "keyData", "keyDatas"};
static const char *const other_members[] = {"type", "signedIdentity", "fulcio", "pki", "rekorPublicKeyPath",
	"rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"};

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

/* sigstoreSigned: known members only, one source of keys, a well-formed identity. */
static int check_signed(const struct jval *v, struct err *err)
{
	unsigned sources = (jval_get(v, "fulcio") != NULL) + (jval_get(v, "pki") != NULL);

	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it)) {
		bool key = is_one_of(jval_key(it), key_members, ARRAY_SIZE(key_members));

		sources += key;
		if (!key && !is_one_of(jval_key(it), other_members, ARRAY_SIZE(other_members)))
			return err_set(err, EK_INVALID, "sigstoreSigned: unknown key \"%.40s\"", jval_key(it));
	}
	if (sources != 1)
		return err_set(err, EK_INVALID, "sigstoreSigned: expected one of keyPath, keyPaths, keyData and keyDatas");
	return identity_check(jval_get(v, "signedIdentity"), err);
}

static int check_list(const struct jval *list, const char *where, struct err *err)
{
	if (jval_type(list) != JV_ARRAY || !jval_len(list))
		return err_set(err, EK_INVALID, "\"%s\" must be a list of requirements that is not empty", where);
	for (size_t i = 0; i < jval_len(list); i++) {
		const char *type = jval_get_str(jval_at(list, i), "type", "");

		if (!word_of(type))
			return err_set(err, EK_INVALID, "\"%s\": unknown requirement type \"%.40s\"", where, type);
		if (!strcmp(type, "sigstoreSigned") && check_signed(jval_at(list, i), err) < 0)
			return err_wrap(err, "\"%s\"", where);
	}
	return 0;
}

static int check_document(const struct jval *doc, struct err *err)
{
	if (jval_type(doc) != JV_OBJECT)
		return err_set(err, EK_INVALID, "not an object");
	for (const struct jval_iter *it = jval_first(doc); it; it = jval_next(it))
		if (strcmp(jval_key(it), "default") && strcmp(jval_key(it), "transports"))
			return err_set(err, EK_INVALID, "unknown key \"%.40s\"", jval_key(it));
	if (check_list(jval_get(doc, "default"), "default", err) < 0)
		return -1;
	for (const struct jval_iter *t = jval_first(jval_get(doc, "transports")); t; t = jval_next(t))
		for (const struct jval_iter *s = jval_first(jval_value(t)); s; s = jval_next(s))
			if (check_list(jval_value(s), *jval_key(s) ? jval_key(s) : jval_key(t), err) < 0)
				return -1;
	return 0;
}

int policy_parse(const char *text, size_t n, struct policy *ret, struct err *err)
{
	auto_jval struct jval *doc = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);

	if (!doc || check_document(doc, err) < 0)
		return -1;
	*ret = (struct policy){.doc = take_ptr(doc)};
	return 0;
}

/* 1 read, 0 there is none */
static int load_file(const char *path, struct policy *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(AT_FDCWD, path, FILE_MAX, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return err_neg(err, r, "read %s", path);
	if (policy_parse(text.buf, text.len, ret, err) < 0)
		return err_wrap(err, "%s", path);
	ret->path = xstrdup(path);
	return 1;
}

char *policy_own_path(void)
{
	return account_config("containers/policy.json");
}

int policy_load(struct policy *ret, struct err *err)
{
	auto_free char *own = policy_own_path();
	int r;

	memset(ret, 0, sizeof(*ret));
	r = own ? load_file(own, ret, err) : 0;
	if (!r)
		r = load_file("/etc/containers/policy.json", ret, err);
	return r < 0 ? -1 : 0;
}

void policy_done(struct policy *p)
{
	jval_free(p->doc);
	free(p->path);
	memset(p, 0, sizeof(*p));
}

const char *policy_word(const struct jval *requirements)
{
	const char *word = "accept";

	/* several must all be met: the strictest is what they come to */
	for (size_t i = 0; i < jval_len(requirements); i++) {
		const char *w = word_of(jval_get_str(jval_at(requirements, i), "type", ""));

		if (w && !strcmp(w, "reject"))
			return w;
		if (w && strcmp(w, "accept"))
			word = w;
	}
	return word;
}

/* ---- asking ---- */

/* The first type of the list that nothing here can check, or NULL. */
static const char *uncheckable(const struct jval *list, bool sigstore)
{
	for (size_t i = 0; i < jval_len(list); i++) {
		const char *type = jval_get_str(jval_at(list, i), "type", "");

		if (strcmp(word_of(type), "accept") && (!sigstore || strcmp(type, "sigstoreSigned")))
			return type;
	}
	return NULL;
}

/* ret_demand: NULL where nothing can look for signatures */
static int apply(const struct policy *p, const struct jval *list, const char *name, const struct jval **ret_demand,
	struct err *err)
{
	const char *word = policy_word(list), *file = p->path ? p->path : "policy.json";
	const char *type = uncheckable(list, ret_demand != NULL);

	if (!strcmp(word, "reject"))
		return err_set(err, EK_DENIED, "%s rejects %s", file, name);
	if (type) {
		err_set(err, EK_UNSUPPORTED, "%s demands signatures of %s (%s), which podlite cannot check", file, name, type);
		return err_advise(err, ret_demand ? "check and fetch it with skopeo copy, then use podlite load" :
			"let what was checked in by the \"transports\" of that file");
	}
	if (ret_demand && strcmp(word, "accept"))
		*ret_demand = list;
	return 0;
}

/* In an object of scopes, the value for a path or for the longest of its parents that has one, or NULL. */
static const struct jval *find_below(const struct jval *scopes, const char *name)
{
	auto_free char *scope = xstrdup(name);

	for (;;) {
		const struct jval *list = jval_get(scopes, scope);
		char *slash = strrchr(scope, '/');

		if (list || !slash || slash == scope)
			return list;
		*slash = '\0';
	}
}

void policy_scopes(const struct ref *full, struct svec *ret)
{
	auto_free char *scope = ref_repository(full), *host = xstrdup(full->host);

	svec_take(ret, ref_text(full, true));
	for (char *slash; (slash = strrchr(scope, '/')); *slash = '\0')
		svec_add(ret, scope);
	svec_add(ret, scope);
	host[strcspn(host, ":")] = '\0';
	for (const char *dot = strchr(host, '.'); dot; dot = strchr(dot + 1, '.'))
		svec_addf(ret, "*%s", dot);
}

static const struct jval *defaults(const struct policy *p, const struct jval *scopes)
{
	const struct jval *list = jval_get(scopes, "");

	return list ? list : jval_get(p->doc, "default");
}

int policy_check_docker(const struct policy *p, const struct ref *full, const struct jval **ret_demand, struct err *err)
{
	const struct jval *scopes = jval_get(jval_get(p->doc, "transports"), "docker"), *list = NULL;
	auto_svec struct svec names = SVEC_INIT;

	*ret_demand = NULL;
	if (!p->doc)
		return 0;
	policy_scopes(full, &names);
	for (size_t i = 0; i < names.n && !list; i++)
		list = jval_get(scopes, names.v[i]);
	return apply(p, list ? list : defaults(p, scopes), names.v[0], ret_demand, err);
}

int policy_check_path(const struct policy *p, const char *transport, const char *path, struct err *err)
{
	const struct jval *scopes = jval_get(jval_get(p->doc, "transports"), transport), *list;
	auto_free char *real = fs_abspath(path), *name = xasprintf("%s:%s", transport, path);

	if (!p->doc)
		return 0;
	list = find_below(scopes, real);
	return apply(p, list ? list : defaults(p, scopes), name, NULL, err);
}
