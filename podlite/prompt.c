#include "podlite/prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/tty.h"

#define LINE_MAX_ 4096

enum { KEY_CTRL_C = 3, KEY_CTRL_D = 4, KEY_BACKSPACE = 8, KEY_CTRL_U = 21, KEY_DELETE = 127 };

static int ask(const char *question, const char *aim, const char *advice, struct err *err)
{
	if (!isatty(0)) {
		err_set(err, EK_USAGE, "no terminal to ask %s", aim);
		return err_advise(err, "%s", advice);
	}
	return fputs(question, stderr) < 0 ? -1 : 0;
}

/* 1 the line is complete, 0 more, -1 given up */
static int take_key(char *line, size_t *n, char c)
{
	switch (c) {
	case '\r':
	case '\n':
		return 1;
	case KEY_CTRL_C:
		return -1;
	case KEY_CTRL_D:
		return *n ? 0 : -1;
	case KEY_BACKSPACE:
	case KEY_DELETE:
		*n -= *n > 0;
		return 0;
	case KEY_CTRL_U:
		*n = 0;
		return 0;
	default:
		if (*n + 1 < LINE_MAX_)
			line[(*n)++] = c;
		return 0;
	}
}

static char *read_keys(struct err *err)
{
	char line[LINE_MAX_], c, *text = NULL;
	size_t n = 0;
	int r = 0;

	while (!r && fd_read_some(0, &c, 1) == 1)
		r = take_key(line, &n, c);
	if (r == 1)
		text = xstrndup(line, n);
	else
		err_set(err, EK_USAGE, "nothing was entered");
	explicit_bzero(line, sizeof(line));
	return text;
}

char *prompt_line(const char *question, const char *aim, const char *advice, struct err *err)
{
	auto_sbuf struct sbuf line = SBUF_INIT;
	char c = 0;

	if (ask(question, aim, advice, err) < 0)
		return NULL;
	while (line.len < LINE_MAX_ && fd_read_some(0, &c, 1) == 1 && c != '\n')
		sbuf_addch(&line, c);
	if (c == '\n')
		return sbuf_take(&line);
	err_set(err, EK_USAGE, "nothing was entered");
	return NULL;
}

char *prompt_secret(const char *question, const char *aim, const char *advice, struct err *err)
{
	struct tty tty = TTY_INIT;
	char *text;
	int r;

	if (ask(question, aim, advice, err) < 0)
		return NULL;
	r = tty_noecho(0, &tty);
	if (r < 0) {
		err_neg(err, r, "switch off the terminal's echo");
		return NULL;
	}
	text = read_keys(err);
	tty_restore(&tty);
	fputc('\n', stderr); /* the one that was typed did not show */
	return text;
}
