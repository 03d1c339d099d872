/*
 * generator_main.c - podlite-user-generator: systemd runs it at each start and `daemon-reload` of a user's
 * manager, with three directories; units go into the first one (systemd.generator(7)).
 *
 *   podlite-user-generator DIR [EARLY-DIR LATE-DIR]
 *   podlite-user-generator --dryrun          prints the units instead
 *
 * Status 1 where a file has an error: the other files' units are written nevertheless.
 */
#include <stdio.h>
#include <string.h>

#include "common/sbuf.h"
#include "quadlet/generate.h"

#define NAME "podlite-user-generator"

static void say(const char *kind, const struct svec *lines)
{
	SVEC_EACH(line, lines) {
		auto_sbuf struct sbuf safe = SBUF_INIT;

		sbuf_addsafe(&safe, line, strlen(line));
		fprintf(stderr, NAME ": %s%s\n", kind, safe.buf);
	}
}

static void print_unit(const struct generated *g)
{
	if (g->src->foreign)
		fprintf(stderr, NAME ": %s: left to podman's own generator; move it to ~/.config/podlite/systemd for podlite\n", g->src->path);
	if (!g->text)
		return;
	printf("---%s---\n%s\n", g->service, g->text);
	for (size_t i = 0; i < g->links.n; i++)
		printf("# link %s\n", g->links.v[i]);
}

static int generate(const char *dir)
{
	struct generated_list l = GENERATED_LIST_INIT;
	struct err err = ERR_INIT;
	int r = generate_all(&l, NULL, NULL, &err), bad = 0;

	if (!r && dir)
		r = generate_write(&l, dir, &err);
	for (size_t i = 0; i < l.n; i++) {
		if (!dir)
			print_unit(&l.v[i]);
		if (l.v[i].src->foreign)
			continue;
		say("warning: ", &l.v[i].src->warnings);
		say("", &l.v[i].src->errors);
		bad |= l.v[i].src->errors.n > 0;
	}
	if (r < 0)
		fprintf(stderr, NAME ": %s\n", err.msg);
	generate_done(&l);
	return r < 0 || bad || fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && (!strcmp(argv[1], "--dryrun") || !strcmp(argv[1], "-dryrun")))
		return generate(NULL);
	if (argc == 3 && !strcmp(argv[1], "--user") && !strcmp(argv[2], "--dryrun"))
		return generate(NULL);
	if ((argc == 2 || argc == 4) && argv[1][0] == '/')
		return generate(argv[1]);
	fprintf(stderr, "usage: " NAME " --dryrun | DIR [EARLY-DIR LATE-DIR]\n");
	return 2;
}
