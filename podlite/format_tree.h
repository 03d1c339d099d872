/*
 * format_tree.h - a parsed template: the contract between format_lex.c, format_parse.c and
 * format.c. Callers use format.h.
 */
#ifndef PODLITE_FORMAT_TREE_H
#define PODLITE_FORMAT_TREE_H

#include "common/err.h"
#include "common/jval.h"

/* ---- format_lex.c ---- */

enum format_token {
	FT_EOF,
	FT_TEXT,   /* outside of actions; escapes and trim markers are done */
	FT_OPEN, FT_CLOSE, /* {{ and }} */
	FT_DOT,    /* . */
	FT_FIELD,  /* .Name: text is Name */
	FT_VAR,    /* $ or $name: text is without $ */
	FT_WORD,   /* keyword, function, true, false, nil */
	FT_STRING, /* "..." or `...`, unquoted */
	FT_NUMBER, /* and 'c' */
	FT_LPAREN, FT_RPAREN, FT_PIPE, FT_COMMA, FT_ASSIGN, FT_DECLARE,
};

struct format_lex {
	const char *p;      /* next byte */
	bool inside;        /* an action */
	bool trim_next;     /* the last action ended in -}} */
	enum format_token tok;
	bool spaced;        /* white space before tok */
	struct sbuf text;
	struct jval *number;
};

int format_lex_next(struct format_lex *l, struct err *err) __must_check;
void format_lex_done(struct format_lex *l);

/* ---- format_parse.c ---- */

enum format_kind {
	FN_TEXT, FN_ACTION, FN_IF, FN_RANGE, FN_WITH, FN_BREAK, FN_CONTINUE, /* in lists */
	FN_PIPE, FN_COMMAND,                                                 /* in pipes */
	FN_DOT, FN_FIELD, FN_VAR, FN_CONST, FN_FUNC,                         /* operands */
};

struct format_node {
	enum format_kind kind;
	struct format_node *next;  /* in a list, pipe (commands) or command (operands) */
	char *text;                /* TEXT, FIELD, VAR, FUNC; PIPE: first variable */
	char *text2;               /* PIPE: second variable ($i, $v := ...) */
	bool assign;               /* PIPE: = instead of := */
	struct jval *value;        /* CONST; NULL is nil */
	struct format_node *pipe;  /* ACTION, IF, RANGE, WITH; PIPE: first command; COMMAND: first operand;
	                            * FIELD: whose field, NULL is dot's */
	struct format_node *body, *other; /* IF, RANGE, WITH */
};

#define FORMAT_MAX_DEPTH 64

struct format_node *format_parse_list(const char *text, struct err *err) __must_check; /* never empty; NULL with err */
void format_parse_free(struct format_node *n);

/* ---- format_func.c ---- */

/* -1 with err; the result is in *ret (a reference). fn is known to exist. */
int format_func_call(const char *fn, struct jval *const *args, size_t n, struct jval **ret, struct err *err) __must_check;
bool format_func_exists(const char *fn);
bool format_func_truth(const struct jval *v);

/* ---- format_print.c ---- */

void format_print_value(const struct jval *v, struct sbuf *ret); /* Go's %v */
int format_print_printf(struct jval *const *args, size_t n, struct sbuf *ret, struct err *err) __must_check;
/* Go's fmt.Print (line false: spaces between non-strings) and fmt.Println. */
void format_print_args(struct jval *const *args, size_t n, bool line, struct sbuf *ret);

#endif
