/* specgen_ports.c - published and exposed ports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/log.h"
#include "podlite/engine/specgen.h"

#define MAX_EXPOSED 4096

static void push(struct specgen *g, const struct port *p)
{
	g->ports.v = xrealloc(g->ports.v, g->ports.n + 1, sizeof(*p));
	g->ports.v[g->ports.n++] = *p;
}

/* The same twice, as scripts that join lists of options ask for. */
static bool is_there(const struct specgen *g, const struct port *p)
{
	for (size_t i = 0; i < g->ports.n; i++) {
		const struct port *q = &g->ports.v[i];

		if (p->host_port && p->host_port == q->host_port && p->container_port == q->container_port &&
			p->range == q->range && !strcmp(p->proto, q->proto) && !strcmp(p->host_ip, q->host_ip))
			return true;
	}
	return false;
}

int specgen_ports_parse(struct specgen *g, struct err *err)
{
	struct port p;

	for (size_t i = 0; i < g->o->publish.n; i++) {
		if (port_parse(g->o->publish.v[i], &p, err) < 0)
			return err_wrap(err, "--publish");
		if (!strcmp(p.proto, "sctp"))
			return err_set(err, EK_UNSUPPORTED, "--publish %s: SCTP ports cannot be published yet", g->o->publish.v[i]);
		if (is_there(g, &p))
			continue;
		for (size_t k = 0; k < g->ports.n; k++)
			if (port_conflict(&p, &g->ports.v[k]))
				return err_set(err, EK_USAGE, "--publish %s: conflicting port mappings for host port %u (protocol %s)",
					g->o->publish.v[i], p.host_port, p.proto);
		push(g, &p);
	}
	for (size_t i = 0; i < g->o->expose.n; i++)
		if (port_parse_exposed(g->o->expose.v[i], &p, err) < 0)
			return err_wrap(err, "--expose");
	return 0;
}

static bool is_published(const struct specgen *g, const struct port *p)
{
	for (size_t i = 0; i < g->ports.n; i++) {
		const struct port *q = &g->ports.v[i];

		if (!strcmp(p->proto, q->proto) && p->container_port >= q->container_port &&
			p->container_port - q->container_port < q->range)
			return true;
	}
	return false;
}

static int expose(struct specgen *g, const char *text, bool image, struct err *err)
{
	struct port p;

	if (port_parse_exposed(text, &p, err) < 0) {
		if (!image)
			return -1;
		log_debug("exposed port of the image is not used: %s", err->msg);
		err_clear(err);
		return 0;
	}
	for (unsigned n = p.range; n > 0; n--, p.container_port++) {
		struct port one = p;
		char name[24];

		one.range = 1;
		snprintf(name, sizeof(name), "%u/%s", p.container_port, p.proto);
		if (g->rec.exposed.n >= MAX_EXPOSED)
			return err_set(err, EK_INVALID, "more than %d exposed ports", MAX_EXPOSED);
		if (svec_has(&g->rec.exposed, name))
			continue;
		svec_add(&g->rec.exposed, name);
		if (g->o->publish_all && !is_published(g, &one))
			push(g, &one);
	}
	return 0;
}

static struct mon_port to_mon(const struct port *p)
{
	return (struct mon_port){
		.host_ip = xstrdup(p->host_ip),
		.proto = xstrdup(p->proto),
		.host_port = p->host_port,
		.container_port = p->container_port,
		.range = p->range,
	};
}

static int pick_ports(struct specgen *g, struct err *err)
{
	for (size_t i = 0; i < g->ports.n; i++) {
		struct port *p = &g->ports.v[i];
		int port = p->host_port ? p->host_port : port_pick(p, err);

		if (port < 0)
			return -1;
		p->host_port = (uint16_t)port;
	}
	return 0;
}

int specgen_ports(struct specgen *g, struct err *err)
{
	bool reachable = !strcmp(g->net.kind, "slirp4netns") || !strcmp(g->net.kind, "pasta") || g->net.networks.n;

	for (size_t i = 0; i < g->cfg.exposed_ports.n; i++)
		if (expose(g, g->cfg.exposed_ports.v[i], true, err) < 0)
			return -1;
	for (size_t i = 0; i < g->o->expose.n; i++)
		if (expose(g, g->o->expose.v[i], false, err) < 0)
			return -1;
	if (!g->ports.n)
		return 0;
	if (!reachable) {
		log_warn("port mappings have been discarded as the network mode is %s", g->net.kind);
		return 0;
	}
	if (pick_ports(g, err) < 0)
		return -1;
	g->mon.ports.v = xcalloc(g->ports.n, sizeof(*g->mon.ports.v));
	g->rec.ports.v = xcalloc(g->ports.n, sizeof(*g->rec.ports.v));
	for (size_t i = 0; i < g->ports.n; i++) {
		g->mon.ports.v[g->mon.ports.n++] = to_mon(&g->ports.v[i]);
		g->rec.ports.v[g->rec.ports.n++] = to_mon(&g->ports.v[i]);
	}
	return 0;
}
