#include "common/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NS 1000000000LL
#define STAMP_MIN (-(INT64_MAX / 2)) /* the year 1823 */

bool units_parse_u64(const char *s, uint64_t *ret)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return !*end && !errno;
}

bool units_parse_size(const char *s, uint64_t *ret)
{
	static const char letters[] = "bkmgtp";
	const char *unit;
	double value, factor = 1;
	char *end;

	if (!((*s >= '0' && *s <= '9') || *s == '.'))
		return false;
	if (strchr(s, 'x') || strchr(s, 'X'))
		return false;
	if (units_parse_u64(s, ret))
		return true; /* whole numbers keep all their bits */
	value = strtod(s, &end);
	while (*end == ' ')
		end++;
	unit = *end ? strchr(letters, *end | 0x20) : letters;
	if (!unit)
		return false;
	for (const char *p = letters; p < unit; p++)
		factor *= 1024;
	if (*end)
		end++;
	if (!strcasecmp(end, "ib") && factor > 1)
		end += 2;
	else if ((*end | 0x20) == 'b' && factor > 1)
		end++;
	if (*end || !isfinite(value) || value * factor >= 18446744073709551615.0)
		return false;
	*ret = (uint64_t)(value * factor);
	return true;
}

static double unit_ns(const char **p)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9},
		{"h", 3600e9}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t len = strlen(units[i].name);

		if (!strncmp(*p, units[i].name, len)) {
			*p += len;
			return units[i].ns;
		}
	}
	return 0;
}

bool units_parse_duration(const char *s, int64_t *ret_ns)
{
	bool negative = *s == '-';
	double total = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (!*s)
		return false;
	while (*s) {
		size_t n = strspn(s, "0123456789.");
		const char *p = s + n;
		char *end, number[32];
		double v, unit;

		if (!n || n >= sizeof(number))
			return false;
		memcpy(number, s, n); /* alone: what follows may look like an exponent or hexadecimal to strtod */
		number[n] = '\0';
		v = strtod(number, &end);
		if (*end || end == number)
			return false;
		unit = *p ? unit_ns(&p) : (total > 0 ? 0 : 1e9); /* a bare number is seconds */
		if (unit == 0)
			return false;
		total += v * unit;
		s = p;
	}
	if (total > 9.2e18)
		return false;
	*ret_ns = (int64_t)(negative ? -total : total);
	return true;
}

void units_print_duration(int64_t ns, char *ret, size_t size)
{
	int64_t s = ns / NS, part = ns % NS;
	char frac[16] = "";

	if (!ns) {
		snprintf(ret, size, "0s");
		return;
	}
	if (ns > 0 && ns < NS) {
		double ms = (double)ns / 1e6;

		snprintf(ret, size, ms >= 1 ? "%gms" : "%gus", ms >= 1 ? ms : ms * 1000);
		return;
	}
	if (part) {
		snprintf(frac, sizeof(frac), ".%09lld", (long long)part);
		for (size_t i = strlen(frac); frac[i - 1] == '0';)
			frac[--i] = '\0';
	}
	if (s >= 3600)
		snprintf(ret, size, "%lldh%lldm%lld%ss", (long long)(s / 3600), (long long)(s / 60 % 60),
			(long long)(s % 60), frac);
	else if (s >= 60)
		snprintf(ret, size, "%lldm%lld%ss", (long long)(s / 60), (long long)(s % 60), frac);
	else
		snprintf(ret, size, "%lld%ss", (long long)s, frac);
}

void units_print_size(uint64_t bytes, char *ret, size_t size)
{
	static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	size_t i = 0;

	for (; v >= 1000 && i + 1 < ARRAY_SIZE(names); i++)
		v /= 1000;
	snprintf(ret, size, "%.3g %s", v, names[i]);
	if (v >= 999.5)
		snprintf(ret, size, "%.4g %s", v, names[i]);
}

void units_print_size_short(uint64_t bytes, int digits, char *ret, size_t size)
{
	static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	size_t i = 0;

	for (; v >= 1000 && i + 1 < ARRAY_SIZE(names); i++)
		v /= 1000;
	snprintf(ret, size, "%.*g%s", v >= 999.5 ? 4 : digits, v, names[i]);
}

void units_print_age(int64_t s, char *ret, size_t size)
{
	long long n = s;

	if (s < 1)
		snprintf(ret, size, "Less than a second");
	else if (s == 1)
		snprintf(ret, size, "1 second");
	else if (s < 60)
		snprintf(ret, size, "%lld seconds", n);
	else if (s < 120)
		snprintf(ret, size, "About a minute");
	else if (s < 3600)
		snprintf(ret, size, "%lld minutes", n / 60);
	else if ((s + 1800) / 3600 == 1)
		snprintf(ret, size, "About an hour");
	else if (s < 48 * 3600)
		snprintf(ret, size, "%lld hours", (n + 1800) / 3600);
	else if (s < 24 * 7 * 2 * 3600)
		snprintf(ret, size, "%lld days", n / 86400);
	else if (s < 24 * 30 * 2 * 3600)
		snprintf(ret, size, "%lld weeks", n / (7 * 86400));
	else if (s < 24LL * 365 * 2 * 3600)
		snprintf(ret, size, "%lld months", n / (30 * 86400));
	else
		snprintf(ret, size, "%lld years", n / (365 * 86400));
}

int64_t units_timespec_ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * NS + t->tv_nsec;
}

int64_t units_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return units_timespec_ns(&ts);
}

void units_print_time(int64_t ns, bool local, char ret[40])
{
	time_t sec = (time_t)(ns / NS);
	long frac = (long)(ns % NS);
	struct tm tm;
	size_t n;

	if (frac < 0) {
		frac += NS;
		sec--;
	}
	if (local)
		localtime_r(&sec, &tm);
	else
		gmtime_r(&sec, &tm);
	n = strftime(ret, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(ret + n, 40 - n, ".%09ld", frac);
	if (!local || !tm.tm_gmtoff)
		snprintf(ret + n, 40 - n, local ? "+00:00" : "Z");
	else
		snprintf(ret + n, 40 - n, "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+',
			labs(tm.tm_gmtoff) / 3600, labs(tm.tm_gmtoff) / 60 % 60);
}

void units_print_time_go(int64_t ns, char ret[64])
{
	time_t sec = (time_t)(ns / NS);
	long frac = (long)(ns % NS);
	struct tm tm;
	size_t n;

	if (frac < 0) {
		frac += NS;
		sec--;
	}
	localtime_r(&sec, &tm);
	n = strftime(ret, 64, "%Y-%m-%d %H:%M:%S", &tm);
	if (frac)
		n += (size_t)snprintf(ret + n, 64 - n, ".%09ld", frac);
	while (frac && ret[n - 1] == '0')
		n--;
	strftime(ret + n, 64 - n, " %z %Z", &tm);
}

/* "Z", "+02:00"; Go's " +0200 CEST", with a reading of a clock behind it that says nothing (" m=+0.1"). */
static bool parse_zone(const char *p, struct units_stamp *ret)
{
	int sign, h, m, used = 0;
	bool go = *p == ' ';
	size_t n;

	ret->offset = 0;
	snprintf(ret->zone, sizeof(ret->zone), "UTC");
	if (!strcmp(p, "Z") || !strcmp(p, "z"))
		return true;
	p += go;
	sign = *p == '+' ? 1 : *p == '-' ? -1 : 0;
	if (!sign || sscanf(p + 1, go ? "%2d%2d%n" : "%2d:%2d%n", &h, &m, &used) != 2)
		return false;
	ret->offset = sign * (h * 3600 + m * 60);
	if (ret->offset)
		snprintf(ret->zone, sizeof(ret->zone), "%c%02d%02d", *p, h % 100, m % 100);
	p += 1 + used;
	n = go && *p == ' ' ? strcspn(p + 1, " ") : 0;
	if (n && n < sizeof(ret->zone)) {
		memcpy(ret->zone, p + 1, n);
		ret->zone[n] = '\0';
		p += 1 + n;
	}
	return !*p || (go && !strncmp(p, " m=", 3));
}

/* Zone after the time, or nothing (local). */
static bool apply_zone(const char *p, struct tm *tm, struct units_stamp *ret)
{
	if (!*p) {
		tm->tm_isdst = -1;
		ret->sec = mktime(tm);
		ret->offset = tm->tm_gmtoff;
		snprintf(ret->zone, sizeof(ret->zone), "%s", tm->tm_zone ? tm->tm_zone : "");
		return true;
	}
	if (!parse_zone(p, ret))
		return false;
	ret->sec = timegm(tm) - ret->offset;
	return true;
}

/* An image may be from the year 1 (Go's zero) or 9999. */
static int64_t stamp_ns(int64_t sec, int64_t frac)
{
	int64_t ns;

	if (__builtin_mul_overflow(sec, NS, &ns) || __builtin_add_overflow(ns, frac, &ns))
		ns = sec < 0 ? STAMP_MIN : INT64_MAX;
	return MAX_OF(ns, STAMP_MIN);
}

/* *ret_time: it has a time of day and a zone. */
static bool parse_stamp(const char *s, struct units_stamp *ret, bool *ret_time)
{
	struct tm tm = {.tm_mday = 1};
	const char *p = strptime(s, "%Y-%m-%d", &tm);
	bool time;

	if (!p)
		return false;
	time = *p == 'T' || *p == 't' || *p == ' ';
	if (time) {
		const char *t = strptime(p + 1, "%H:%M:%S", &tm);

		p = t ? t : strptime(p + 1, "%H:%M", &tm);
	}
	if (!p)
		return false;
	ret->nsec = 0;
	if (*p == '.') {
		int64_t unit = NS / 10;

		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			ret->nsec += (*p - '0') * unit;
	}
	*ret_time = time && *p;
	return apply_zone(p, &tm, ret);
}

bool units_parse_stamp(const char *s, struct units_stamp *ret)
{
	bool time;

	return parse_stamp(s, ret, &time) && time;
}

bool units_parse_time(const char *s, int64_t now_ns, int64_t *ret_ns)
{
	struct units_stamp stamp;
	int64_t d;
	bool time;
	char *end;

	if (parse_stamp(s, &stamp, &time)) {
		*ret_ns = stamp_ns(stamp.sec, stamp.nsec);
		return true;
	}
	if (*s >= '0' && *s <= '9') {
		int64_t sec = strtoll(s, &end, 10), unit = NS / 10, frac = 0;

		if (*end == '.')
			for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
				frac += (*end - '0') * unit;
		if (!*end) {
			*ret_ns = stamp_ns(sec, frac);
			return true;
		}
	}
	return units_parse_duration(s, &d) && !__builtin_sub_overflow(now_ns, d, ret_ns);
}
