#include "podlite/complete_names.h"

#include <string.h>

#include "net/network.h"
#include "podlite/engine/ctr_record.h"
#include "podlite/engine/ctr_top.h"
#include "podlite/engine/img_stores.h"
#include "storage/image.h"
#include "storage/secret.h"
#include "storage/volume.h"

typedef void offer_fn(void *arg, const char *name, const char *description);

static void containers(struct context *c, offer_fn *fn, void *arg)
{
	struct ctr_list list = {NULL, 0};

	if (ctr_list_all(c, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		fn(arg, list.v[i].rec.name, list.v[i].rec.image_name);
	ctr_list_done(&list);
}

static void images(struct context *c, offer_fn *fn, void *arg)
{
	struct image_list list = {NULL, 0};

	if (image_list(&c->store, &list, NULL) < 0 || img_stores_add(c, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.v[i].names.n; k++)
			fn(arg, list.v[i].names.v[k], list.v[i].id);
	image_list_done(&list);
}

static void volumes(struct context *c, offer_fn *fn, void *arg)
{
	struct volume_list list = {NULL, 0};

	if (volume_list(&c->store, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		fn(arg, list.v[i].name, NULL);
	volume_list_done(&list);
}

static void networks(struct context *c, offer_fn *fn, void *arg)
{
	struct network_list list = {NULL, 0};

	if (network_list(c->store.fd, &list, NULL, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		fn(arg, list.v[i].name, NULL);
	network_list_done(&list);
}

static void secrets(struct context *c, offer_fn *fn, void *arg)
{
	struct secret_list list = {NULL, 0};

	if (secret_list(&c->store, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		fn(arg, list.v[i].name, NULL);
	secret_list_done(&list);
}

static void shells(struct context *c, offer_fn *fn, void *arg)
{
	(void)c;
	fn(arg, "bash", NULL);
	fn(arg, "fish", NULL);
	fn(arg, "zsh", NULL);
}

static void descriptors(struct context *c, offer_fn *fn, void *arg)
{
	auto_svec struct svec names = SVEC_INIT;

	(void)c;
	ctr_top_descriptors(&names);
	SVEC_EACH(name, &names)
		fn(arg, name, NULL);
}

static const struct {
	const char *word;  /* in the usage of a command */
	const char *value; /* what the argument of an option begins with */
	void (*list)(struct context *c, offer_fn *fn, void *arg);
	bool or_file;      /* as such a value: a file may stand in its place */
} kinds[] = {
	{"CONTAINER", "CONTAINER", containers, false},
	{"IMAGE", "IMAGE", images, false},
	{"VOLUME", "[SOURCE:]DIR", volumes, true},
	{"SECRET", "SECRET", secrets, false},
	{"NETWORK", "NETWORK", networks, false},
	{"zsh", "SHELL", shells, false},
	{"DESCRIPTOR", "DESCRIPTOR", descriptors, false},
};

static bool store_is_open(struct context *c)
{
	return context_paths(c, NULL) == 0 && context_open(c, NULL) == 0;
}

/* What the word of that place names, if its place tells: in "NETWORK CONTAINER" not both. */
static const char *of_place(struct svec *words, const char *args, size_t place)
{
	const char *word;

	svec_add_split(words, args, ' ');
	place += words->n && !strcmp(words->v[0], "[options]");
	word = words->n ? words->v[MIN_OF(place, words->n - 1)] : args;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strstr(word, kinds[i].word))
			return word;
	return args;
}

bool complete_names(struct context *c, const char *args, size_t place, offer_fn *fn, void *arg)
{
	auto_svec struct svec words = SVEC_INIT;
	bool any = false;

	if (!strcmp(args, "[options] NAME [NAME...]")) /* inspect */
		args = "CONTAINER IMAGE VOLUME NETWORK";
	else
		args = of_place(&words, args, place);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strstr(args, kinds[i].word))
			continue;
		any = true;
		if (store_is_open(c))
			kinds[i].list(c, fn, arg);
	}
	return !any;
}

/* Of pid, ipc and their like nothing is offered, but no file either. */
static bool modes(struct context *c, const struct option_def *d, offer_fn *fn, void *arg)
{
	static const char *const words[] = {"container:", "host", "none", "ns:", "pasta", "private", "slirp4netns"};

	if (strcmp(d->name, "network") && strcmp(d->name, "net"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		fn(arg, words[i], NULL);
	if (store_is_open(c))
		networks(c, fn, arg);
	return false;
}

bool complete_names_value(struct context *c, const struct option_def *d, offer_fn *fn, void *arg)
{
	const char *value = d->arg;

	if (!strcmp(value, "FILTER"))
		return false;
	if (!strcmp(value, "MODE"))
		return modes(c, d, fn, arg);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strncmp(value, kinds[i].value, strlen(kinds[i].value)))
			continue;
		if (store_is_open(c))
			kinds[i].list(c, fn, arg);
		return kinds[i].or_file;
	}
	return true;
}
