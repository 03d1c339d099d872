/* specgen_labels.c - labels and annotations. Labels of the image are shown and filtered by; they
 * and its annotations never reach config.json (threats.md V15). */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/specgen.h"

#define LABEL_FILE_MAX (1u << 20)

static int add(struct svec *list, const char *option, const char *text, bool need_value, struct err *err)
{
	size_t n = strcspn(text, "=");
	auto_free char *key = xstrndup(text, n);

	if (!n || (need_value && !text[n]))
		return err_set(err, EK_USAGE, "invalid --%s \"%s\": expected KEY=VALUE", option, text);
	svec_env_set(list, key, text[n] ? text + n + 1 : "");
	return 0;
}

static int add_file(struct svec *list, const char *path, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec lines = SVEC_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	int r = fd < 0 ? fd : fd_read_all(fd, LABEL_FILE_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "read --label-file %s", path);
	svec_add_split(&lines, text.buf, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i] + strspn(lines.v[i], " \t");

		if (*line && *line != '#' && add(list, "label-file", line, false, err) < 0)
			return -1;
	}
	return 0;
}

/* A service that starts us says its name: auto-update restarts the service, not the container alone.
 * podman's variable and label, so that units written for it will do. */
static void add_unit(struct svec *labels)
{
	const char *unit = getenv(CTR_LABEL_UNIT);

	if (unit && *unit)
		svec_env_set(labels, CTR_LABEL_UNIT, unit);
}

/* Those that make podlite do something are the user's alone to give. */
static void add_of_image(struct svec *labels, const struct svec *from)
{
	SVEC_EACH(l, from)
		if (strncmp(l, CTR_LABEL_UNIT "=", sizeof(CTR_LABEL_UNIT)) && strncmp(l, CTR_LABEL_UPDATE, sizeof(CTR_LABEL_UPDATE) - 1))
			svec_add(labels, l);
}

int specgen_labels(struct specgen *g, struct err *err)
{
	add_of_image(&g->rec.labels, &g->cfg.labels);
	add_unit(&g->rec.labels);
	for (size_t i = 0; i < g->o->label_files.n; i++)
		if (add_file(&g->rec.labels, g->o->label_files.v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < g->o->labels.n; i++)
		if (add(&g->rec.labels, "label", g->o->labels.v[i], false, err) < 0)
			return -1;
	for (size_t i = 0; i < g->o->annotations.n; i++)
		if (add(&g->rec.annotations, "annotation", g->o->annotations.v[i], true, err) < 0)
			return -1;
	svec_add_all(&g->spec.annotations, &g->rec.annotations);
	return 0;
}
