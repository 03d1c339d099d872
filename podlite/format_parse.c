/* format_parse.c - tokens to a tree, by recursive descent with a bound on depth. */
#include "podlite/format_tree.h"

#include <string.h>

#include "common/alloc.h"

struct parser {
	struct format_lex lex;
	unsigned depth;
	unsigned loops; /* enclosing ranges, for break and continue */
	struct err *err;
};

static struct format_node *parse_pipe(struct parser *p, enum format_token end);
static int parse_list(struct parser *p, struct format_node **ret, bool top);

static int next(struct parser *p)
{
	return format_lex_next(&p->lex, p->err);
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->lex.tok == FT_WORD && !strcmp(p->lex.text.buf, word);
}

static struct format_node *new_node(enum format_kind kind, const char *text)
{
	struct format_node *n = new0(struct format_node);

	n->kind = kind;
	n->text = xstrdup(text);
	return n;
}

static void *unexpected(struct parser *p, const char *where)
{
	static const char *const names[] = {
		[FT_EOF] = "end of template", [FT_TEXT] = "text", [FT_OPEN] = "{{", [FT_CLOSE] = "}}",
		[FT_DOT] = ".", [FT_LPAREN] = "(", [FT_RPAREN] = ")", [FT_PIPE] = "|", [FT_COMMA] = ",",
		[FT_ASSIGN] = "=", [FT_DECLARE] = ":=", [FT_NUMBER] = "number", [FT_STRING] = "string",
	};
	const char *name = (size_t)p->lex.tok < ARRAY_SIZE(names) ? names[p->lex.tok] : NULL;

	err_set(p->err, EK_INVALID, "unexpected \"%s\" in %s", name ? name : p->lex.text.buf, where);
	return NULL;
}

static bool too_deep(struct parser *p)
{
	if (p->depth < FORMAT_MAX_DEPTH)
		return false;
	err_set(p->err, EK_INVALID, "nested more than %d deep", FORMAT_MAX_DEPTH);
	return true;
}

static struct format_node *parse_paren(struct parser *p)
{
	struct format_node *n = NULL;

	if (too_deep(p) || next(p) < 0)
		return NULL;
	p->depth++;
	n = parse_pipe(p, FT_RPAREN);
	p->depth--;
	return n;
}

static struct format_node *parse_word(struct parser *p)
{
	const char *word = p->lex.text.buf;
	struct format_node *n;

	if (!strcmp(word, "true") || !strcmp(word, "false")) {
		n = new_node(FN_CONST, NULL);
		n->value = jval_new_bool(word[0] == 't');
		return n;
	}
	if (!strcmp(word, "nil"))
		return new_node(FN_CONST, NULL);
	if (format_func_exists(word))
		return new_node(FN_FUNC, word);
	err_set(p->err, EK_INVALID, "function \"%s\" not defined", word);
	return NULL;
}

/* Without the fields behind it. Stays on the operand's last token. */
static struct format_node *parse_primary(struct parser *p)
{
	struct format_node *n;

	switch (p->lex.tok) {
	case FT_DOT:
		return new_node(FN_DOT, NULL);
	case FT_FIELD:
		return new_node(FN_FIELD, p->lex.text.buf);
	case FT_VAR:
		return new_node(FN_VAR, p->lex.text.buf);
	case FT_STRING:
		n = new_node(FN_CONST, NULL);
		n->value = jval_new_strn(p->lex.text.buf, p->lex.text.len);
		return n;
	case FT_NUMBER:
		n = new_node(FN_CONST, NULL);
		n->value = jval_ref(p->lex.number);
		return n;
	case FT_WORD:
		return parse_word(p);
	case FT_LPAREN:
		return parse_paren(p);
	default:
		return unexpected(p, "operand");
	}
}

/* .A.B, $x.A, (pipe).A; leaves the token after it as the current one. */
static struct format_node *parse_operand(struct parser *p)
{
	struct format_node *n = parse_primary(p);
	unsigned chain = 0;

	if (!n || next(p) < 0)
		goto fail;
	while (p->lex.tok == FT_FIELD && !p->lex.spaced) {
		struct format_node *field;

		if (n->kind == FN_CONST || n->kind == FN_FUNC || n->kind == FN_DOT || ++chain > FORMAT_MAX_DEPTH) {
			unexpected(p, "operand");
			goto fail;
		}
		field = new_node(FN_FIELD, p->lex.text.buf);
		field->pipe = n;
		n = field;
		if (next(p) < 0)
			goto fail;
	}
	return n;
fail:
	format_parse_free(n);
	return NULL;
}

static bool ends_command(enum format_token t)
{
	return t == FT_PIPE || t == FT_CLOSE || t == FT_RPAREN || t == FT_EOF;
}

static struct format_node *parse_command(struct parser *p)
{
	struct format_node *cmd = new_node(FN_COMMAND, NULL), **tail = &cmd->pipe;

	do {
		*tail = parse_operand(p);
		if (!*tail)
			goto fail;
		tail = &(*tail)->next;
		if (!ends_command(p->lex.tok) && !p->lex.spaced) {
			unexpected(p, "command");
			goto fail;
		}
	} while (!ends_command(p->lex.tok));
	return cmd;
fail:
	format_parse_free(cmd);
	return NULL;
}

/* "$x :=", "$x =", "$i, $v :=". A variable that is only used turns back into an operand: 1 when
 * declared, 0 when the lexer is where it was. */
static int parse_declaration(struct parser *p, struct format_node *pipe)
{
	struct format_lex saved = p->lex;
	auto_free char *first = xstrdup(p->lex.text.buf), *second = NULL;

	saved.text = (struct sbuf)SBUF_INIT;
	saved.number = NULL;
	if (next(p) < 0)
		return -1;
	if (p->lex.tok == FT_COMMA) {
		if (next(p) < 0)
			return -1;
		if (p->lex.tok != FT_VAR)
			return unexpected(p, "range"), -1;
		second = xstrdup(p->lex.text.buf);
		if (next(p) < 0)
			return -1;
	}
	if (p->lex.tok == FT_DECLARE || p->lex.tok == FT_ASSIGN) {
		pipe->assign = p->lex.tok == FT_ASSIGN;
		pipe->text = take_ptr(first);
		pipe->text2 = take_ptr(second);
		return next(p) < 0 ? -1 : 1;
	}
	if (second)
		return unexpected(p, "range"), -1;
	format_lex_done(&p->lex);
	p->lex = saved;
	sbuf_addstr(&p->lex.text, first);
	return 0;
}

static struct format_node *parse_pipe(struct parser *p, enum format_token end)
{
	struct format_node *pipe = new_node(FN_PIPE, NULL), **tail = &pipe->pipe;

	if (p->lex.tok == FT_VAR && parse_declaration(p, pipe) < 0)
		goto fail;
	for (;;) {
		*tail = parse_command(p);
		if (!*tail)
			goto fail;
		/* what is piped on becomes an argument: only functions and fields take one */
		if (tail != &pipe->pipe && (*tail)->pipe->kind != FN_FUNC && (*tail)->pipe->kind != FN_FIELD) {
			err_set(p->err, EK_INVALID, "non executable command in pipeline");
			goto fail;
		}
		tail = &(*tail)->next;
		if (p->lex.tok != FT_PIPE)
			break;
		if (next(p) < 0)
			goto fail;
	}
	if (p->lex.tok == end)
		return pipe;
	unexpected(p, "pipeline");
fail:
	format_parse_free(pipe);
	return NULL;
}

/* The action just closed must be "end" or "else ...": returned as the current token. */
static int expect_close(struct parser *p, const char *where)
{
	if (next(p) < 0)
		return -1;
	if (p->lex.tok != FT_CLOSE)
		return unexpected(p, where), -1;
	return 0;
}

static enum format_kind control_kind(const struct parser *p)
{
	return is_word(p, "if") ? FN_IF : is_word(p, "range") ? FN_RANGE : is_word(p, "with") ? FN_WITH
		: FN_TEXT;
}

/* At if, range or with. Leaves the lexer behind its end. */
static struct format_node *parse_control(struct parser *p)
{
	struct format_node *n = new_node(control_kind(p), NULL);

	if (too_deep(p) || next(p) < 0)
		goto fail;
	p->depth++;
	n->pipe = parse_pipe(p, FT_CLOSE);
	p->loops += n->kind == FN_RANGE;
	if (!n->pipe || parse_list(p, &n->body, false) < 0)
		goto fail;
	p->loops -= n->kind == FN_RANGE;
	if (is_word(p, "else")) {
		if (next(p) < 0)
			goto fail;
		if (control_kind(p) == n->kind && n->kind != FN_RANGE) { /* else if: shares our end */
			n->other = parse_control(p);
			if (!n->other)
				goto fail;
			p->depth--;
			return n;
		}
		if (p->lex.tok != FT_CLOSE) {
			unexpected(p, "else");
			goto fail;
		}
		if (parse_list(p, &n->other, false) < 0)
			goto fail;
		if (is_word(p, "else")) {
			unexpected(p, "else");
			goto fail;
		}
	}
	p->depth--;
	if (expect_close(p, "end") == 0)
		return n;
fail:
	format_parse_free(n);
	return NULL;
}

static struct format_node *parse_jump(struct parser *p)
{
	bool stop = is_word(p, "break");

	if (!p->loops) {
		err_set(p->err, EK_INVALID, "{{%s}} outside {{range}}", p->lex.text.buf);
		return NULL;
	}
	return expect_close(p, "jump") < 0 ? NULL : new_node(stop ? FN_BREAK : FN_CONTINUE, NULL);
}

static struct format_node *parse_action(struct parser *p)
{
	struct format_node *n;

	if (is_word(p, "break") || is_word(p, "continue"))
		return parse_jump(p);
	if (is_word(p, "template") || is_word(p, "define") || is_word(p, "block")) {
		err_set(p->err, EK_UNSUPPORTED, "{{%s}} is not supported", p->lex.text.buf);
		return NULL;
	}
	if (control_kind(p) != FN_TEXT)
		return parse_control(p);
	n = new_node(FN_ACTION, NULL);
	n->pipe = parse_pipe(p, FT_CLOSE);
	if (n->pipe)
		return n;
	format_parse_free(n);
	return NULL;
}

/* Up to the end of text (top), or to end or else, which is left as the current token. */
static int parse_list(struct parser *p, struct format_node **ret, bool top)
{
	struct format_node **tail = ret;

	for (;;) {
		if (next(p) < 0)
			return -1;
		if (p->lex.tok == FT_EOF)
			return top ? 0 : err_set(p->err, EK_INVALID, "unexpected end of template: {{end}} is missing");
		if (p->lex.tok == FT_TEXT) {
			*tail = new_node(FN_TEXT, p->lex.text.buf);
			tail = &(*tail)->next;
			continue;
		}
		if (next(p) < 0) /* past {{ */
			return -1;
		if (is_word(p, "end") || is_word(p, "else")) {
			if (!top)
				return 0;
			return err_set(p->err, EK_INVALID, "unexpected {{%s}}", p->lex.text.buf);
		}
		*tail = parse_action(p);
		if (!*tail)
			return -1;
		tail = &(*tail)->next;
	}
}

struct format_node *format_parse_list(const char *text, struct err *err)
{
	struct parser p = {.lex = {.p = text, .text = SBUF_INIT}, .err = err};
	struct format_node *list = NULL;

	if (parse_list(&p, &list, true) < 0) {
		format_parse_free(list);
		list = NULL;
	} else if (!list) {
		list = new_node(FN_TEXT, "");
	}
	format_lex_done(&p.lex);
	return list;
}

void format_parse_free(struct format_node *n)
{
	while (n) {
		struct format_node *following = n->next;

		format_parse_free(n->pipe);
		format_parse_free(n->body);
		format_parse_free(n->other);
		jval_free(n->value);
		free(n->text);
		free(n->text2);
		free(n);
		n = following;
	}
}
