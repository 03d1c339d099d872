#include "net/hosts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"

bool hosts_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > 253 || name[0] == '.' || name[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c > 127 || (!isalnum(c) && !strchr("-._", c)))
			return false;
	}
	return true;
}

bool hosts_ip_ok(const char *ip)
{
	char buf[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	unsigned char raw[16];
	char *zone;

	if (inet_pton(AF_INET, ip, raw) == 1)
		return true;
	if ((size_t)snprintf(buf, sizeof(buf), "%s", ip) >= sizeof(buf))
		return false;
	zone = strchr(buf, '%');
	if (zone)
		*zone++ = '\0';
	return inet_pton(AF_INET6, buf, raw) == 1 && (!zone || hosts_name_ok(zone));
}

/* NAMES as a line of the file has them, or NULL if one of them is none. */
static char *names_of(const char *entry, size_t len)
{
	auto_free char *text = xstrndup(entry, len);
	auto_svec struct svec names = SVEC_INIT;

	svec_add_split(&names, text, ';');
	SVEC_EACH(name, &names)
		if (!hosts_name_ok(name))
			return NULL;
	return svec_join(&names, " ");
}

/* NAME[;NAME...]:IP, where IP may hold colons and "host-gateway" stands for the host. */
static int add_extra(const struct hosts *h, const char *entry, struct sbuf *ret, struct err *err)
{
	const char *colon = strchr(entry, ':');
	auto_free char *names = colon ? names_of(entry, (size_t)(colon - entry)) : NULL;
	const char *ip = colon ? colon + 1 : "";

	if (!names || !*ip)
		return err_set(err, EK_USAGE, "add-host \"%s\": expected NAME:IP or NAME;NAME:IP", entry);
	if (!strcmp(ip, "host-gateway")) {
		if (!h->host_ip)
			return err_set(err, EK_UNSUPPORTED,
				"add-host %s: host-gateway needs an address of the host, and it has none outward",
				entry);
		ip = h->host_ip;
	}
	if (!hosts_ip_ok(ip))
		return err_set(err, EK_USAGE, "add-host \"%s\": \"%s\" is not an IP address", entry, ip);
	sbuf_addf(ret, "%s\t%s\n", ip, names);
	return 0;
}

static void add_names(const struct hosts *h, const char *ip, bool host, bool name, struct sbuf *ret)
{
	sbuf_addf(ret, "%s\t%s%s%s\n", ip, host ? h->hostname : "", host && name ? " " : "", name ? h->name : "");
}

static int add_own(const struct hosts *h, struct sbuf *ret, struct err *err)
{
	bool host = h->hostname && *h->hostname;
	bool name = h->name && *h->name && (!host || strcmp(h->name, h->hostname));

	if (!host && !name)
		return 0;
	if ((host && !hosts_name_ok(h->hostname)) || (name && !hosts_name_ok(h->name)))
		return err_set(err, EK_USAGE, "hosts file: \"%s\" is not a host name",
			host && !hosts_name_ok(h->hostname) ? h->hostname : h->name);
	if (!h->ips || !h->ips->n)
		add_names(h, "127.0.1.1", host, name, ret);
	for (size_t i = 0; h->ips && i < h->ips->n; i++)
		add_names(h, h->ips->v[i], host, name, ret);
	return 0;
}

/* Some line that is no comment has the word. */
static bool names_localhost(const char *text)
{
	for (const char *p = text; (p = strstr(p, "localhost")); p++) {
		const char *line = memrchr(text, '\n', (size_t)(p - text));
		bool whole = (p == text || isspace((unsigned char)p[-1])) && (!p[9] || isspace((unsigned char)p[9]));

		line = line ? line + 1 : text;
		if (whole && !memchr(line, '#', (size_t)(p - line)))
			return true;
	}
	return false;
}

int hosts_file(const struct hosts *h, struct sbuf *ret, struct err *err)
{
	/* what the user asked for comes first: the first match wins */
	for (size_t i = 0; h->extra && i < h->extra->n; i++)
		if (add_extra(h, h->extra->v[i], ret, err) < 0)
			return -1;
	if (h->base) {
		sbuf_addstr(ret, h->base);
		if (ret->len && ret->buf[ret->len - 1] != '\n')
			sbuf_addch(ret, '\n');
	}
	if (!h->base || !names_localhost(h->base))
		sbuf_addstr(ret, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	if (add_own(h, ret, err) < 0)
		return -1;
	if (h->host_ip && !h->isolated)
		sbuf_addf(ret, "%s\thost.containers.internal host.docker.internal\n", h->host_ip);
	return 0;
}

static bool has_line(const char *text, const char *line, size_t n)
{
	for (const char *end; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		if ((size_t)(end - text) == n && !memcmp(text, line, n))
			return true;
	}
	return false;
}

void hosts_merge(const char *now, const char *was, const char *want, struct sbuf *ret)
{
	sbuf_addstr(ret, want);
	for (const char *end; *now; now = *end ? end + 1 : end) {
		end = strchrnul(now, '\n');
		if (!has_line(was, now, (size_t)(end - now)))
			sbuf_addf(ret, "%.*s\n", (int)(end - now), now);
	}
}

int hosts_hostname(const char *hostname, struct sbuf *ret, struct err *err)
{
	if (!hosts_name_ok(hostname) || strlen(hostname) > 64)
		return err_set(err, EK_USAGE, "hostname \"%s\": letters, digits, '-' and '.', at most 64", hostname);
	sbuf_addf(ret, "%s\n", hostname);
	return 0;
}

/* ---- resolv.conf ---- */

static bool is_loopback(const char *ip)
{
	struct in6_addr a6;
	struct in_addr a4;

	if (inet_pton(AF_INET, ip, &a4) == 1)
		return ntohl(a4.s_addr) >> 24 == 127 || !a4.s_addr;
	if (inet_pton(AF_INET6, ip, &a6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&a6) || IN6_IS_ADDR_UNSPECIFIED(&a6);
	return false;
}

static char *next_word(char **rest)
{
	char *w;

	do
		w = strsep(rest, " \t\r");
	while (w && !*w);
	return w;
}

/* Words of one line of the host's file: its keyword, then values into the list it belongs to. */
static void host_line(const char *line, size_t n, struct svec *servers, struct svec *search,
	struct svec *options, bool *loopback)
{
	auto_free char *copy = xstrndup(line, n);
	struct svec *into = NULL;
	char *rest = copy, *word = next_word(&rest);

	if (!word || *word == '#' || *word == ';')
		return;
	if (!strcmp(word, "nameserver"))
		into = servers;
	else if (!strcmp(word, "options"))
		into = options;
	else if (!strcmp(word, "search") || !strcmp(word, "domain"))
		into = search;
	if (into == search && into)
		svec_done(search); /* the last one counts: resolv.conf(5) */
	while (into && (word = next_word(&rest))) {
		if (*word == '#' || *word == ';')
			break;
		if (into == servers && (!hosts_ip_ok(word) || is_loopback(word)))
			*loopback = true;
		else if (into != servers || !strchr(word, '%')) /* a zone names a host's link */
			svec_add(into, word);
	}
}

static void host_config(const char *text, struct svec *servers, struct svec *search,
	struct svec *options, bool *loopback)
{
	while (text && *text) {
		const char *end = strchrnul(text, '\n');

		host_line(text, (size_t)(end - text), servers, search, options, loopback);
		text = *end ? end + 1 : end;
	}
}

static bool word_ok(const char *w)
{
	for (; *w; w++)
		if ((unsigned char)*w <= ' ' || *w == 127)
			return false;
	return true;
}

static int add_words(const char *key, const struct svec *l, struct sbuf *ret, struct err *err)
{
	if (!l->n)
		return 0;
	sbuf_addstr(ret, key);
	for (size_t i = 0; i < l->n; i++) {
		if (!*l->v[i] || !word_ok(l->v[i]))
			return err_set(err, EK_USAGE, "resolv.conf: bad %s \"%s\"", key, l->v[i]);
		sbuf_addf(ret, " %s", l->v[i]);
	}
	sbuf_addch(ret, '\n');
	return 0;
}

static const struct svec *chosen(const struct svec *given, const struct svec *host)
{
	return given && given->n ? given : host;
}

int hosts_resolv(const struct hosts_dns *d, struct sbuf *ret, bool *ret_forwarder, struct err *err)
{
	auto_svec struct svec servers = SVEC_INIT, search = SVEC_INIT, options = SVEC_INIT, first = SVEC_INIT;
	const struct svec *use, *s;
	bool loopback = false, none;

	host_config(d->host, &servers, &search, &options, &loopback);
	if (d->domain) {
		svec_add(&first, d->domain);
		svec_add_all(&first, &search);
		SWAP(first, search);
	}
	/* Host resolvers on loopback cannot be reached, and must not be: only then slirp's own DNS. */
	*ret_forwarder = !(d->servers && d->servers->n) && !servers.n && d->forwarder;
	if (*ret_forwarder)
		svec_add(&servers, d->forwarder);
	use = chosen(d->servers, &servers);
	s = chosen(d->search, &search);
	none = s->n == 1 && !strcmp(s->v[0], ".");
	if (!none && add_words("search", s, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < use->n; i++) {
		if (!hosts_ip_ok(use->v[i]))
			return err_set(err, EK_USAGE, "dns \"%s\": not an IP address", use->v[i]);
		sbuf_addf(ret, "nameserver %s\n", use->v[i]);
	}
	return add_words("options", chosen(d->options, &options), ret, err);
}

/* A connected UDP socket sends nothing: the kernel only looks the route up. */
bool hosts_outward_address(char *ret, size_t size)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53)};
	socklen_t n = sizeof(a);
	auto_fd int fd = fd_socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "192.0.2.1", &a.sin_addr); /* TEST-NET-1: never a real peer */
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &n) < 0 || !a.sin_addr.s_addr)
		return false;
	return inet_ntop(AF_INET, &a.sin_addr, ret, (socklen_t)size) != NULL;
}
