#include "podlite/called.h"

#include <string.h>

#include "podlite/version.h"

#define PODMAN_LEVEL "5.4.2"

const char *called_as(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *name = slash ? slash + 1 : argv0;

	return name && *name ? name : "podlite";
}

bool called_podman(const char *argv0)
{
	return !strcmp(called_as(argv0), "podman");
}

const char *called_prefix(const char *argv0)
{
	return called_podman(argv0) || !strcmp(called_as(argv0), "docker") ? "Error: " : "podlite: ";
}

const char *called_version(const char *argv0)
{
	return called_podman(argv0) ? PODMAN_LEVEL : version_text();
}
