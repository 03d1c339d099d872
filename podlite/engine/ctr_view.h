/* ctr_view.h - containers as JSON for ps, and as short texts shared by several commands. */
#ifndef PODLITE_ENGINE_CTR_VIEW_H
#define PODLITE_ENGINE_CTR_VIEW_H

#include "common/jval.h"
#include "podlite/engine/ctr_record.h"

/* "Up 2 minutes", "Exited (0) 3 hours ago", "Created" ... */
char *ctr_view_status(const struct ctr *c);
/* "healthy", "starting", "unhealthy" or "" where no health check runs. */
const char *ctr_view_health(const struct ctr *c);
/* "0.0.0.0:8080->80/tcp, ..." */
char *ctr_view_ports(const struct ctr_record *r);
/* One element of `ps --format json` in podman's shape. */
struct jval *ctr_view_json(const struct ctr *c);
/* One row of the usual table (ID, Image, Command, CreatedHuman, Status, Ports, Names, Pod, PodName). */
struct jval *ctr_view_cells(const struct ctr *c, bool no_trunc);
/* The same with all that templates and tables may name. */
struct jval *ctr_view_row(const struct ctr *c, bool no_trunc);
/* The inodes of the namespaces of a running container (CGROUPNS, IPC ...), "" of one that is not. */
void ctr_view_namespaces(const struct ctr *c, struct jval *row);

#endif
