/* version.h - the version of this build. */
#ifndef PODLITE_VERSION_H
#define PODLITE_VERSION_H

const char *version_text(void); /* "0.1.0" */

#endif
