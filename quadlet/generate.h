/*
 * generate.h - all of it: find the files, make their services, write them where systemd looks.
 *
 * Units are written below the directory that systemd gives a generator (systemd.generator(7)), with the links
 * that [Install] asks for, as `systemctl enable` would make them. One bad file spoils nothing for the others.
 */
#ifndef PODLITE_QUADLET_GENERATE_H
#define PODLITE_QUADLET_GENERATE_H

#include "quadlet/source.h"

/* What became of one file. */
struct generated {
	struct source *src;
	char *service;     /* "web.service" */
	char *text;        /* of the unit; NULL: errors, or left to podman's generator */
	struct svec links; /* of [Install], below the directory: "default.target.wants/web.service" */
};

struct generated_list {
	struct source_list sources;
	struct generated *v;
	size_t n;
};

#define GENERATED_LIST_INIT {.v = NULL}

/* first: paths of files that go before those of their names in the directories, or NULL. podlite: the program
 * that services run, NULL: the one beside ours, or the installed one. */
int generate_all(struct generated_list *l, const struct svec *first, const char *podlite, struct err *err) __must_check;
/* Write units and links below dir; what fails is told as an error of its source. */
int generate_write(struct generated_list *l, const char *dir, struct err *err) __must_check;
void generate_done(struct generated_list *l);

#endif
