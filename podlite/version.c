#ifdef HAVE_CONFIG_H
#endif
#include "podlite/version.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

const char *version_text(void)
{
	return PACKAGE_VERSION;
}
