#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "podlite/engine/create_value.h"

int create_number_parse(const char *option, const char *text, int64_t min, int64_t max, int64_t *ret,
	struct err *err)
{
	bool minus = *text == '-';
	uint64_t u;
	int64_t v;

	if (!units_parse_u64(text + minus, &u) || u > INT64_MAX)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --%s: expected a whole number", text, option);
	v = minus ? -(int64_t)u : (int64_t)u;
	if (v < min || v > max)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --%s: expected %lld to %lld", text, option,
			(long long)min, (long long)max);
	*ret = v;
	return 0;
}

int create_number_size(const char *option, const char *text, bool minus_one, int64_t *ret, struct err *err)
{
	uint64_t u;

	if (minus_one && !strcmp(text, "-1")) {
		*ret = -1;
		return 0;
	}
	if (!units_parse_size(text, &u) || u > INT64_MAX)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --%s: expected a size such as 64m or 1.5g", text,
			option);
	*ret = (int64_t)u;
	return 0;
}

int create_number_cpus(const char *text, int64_t *ret_quota, struct err *err)
{
	size_t whole = strspn(text, "0123456789");
	size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	size_t n = text[whole] == '.' ? whole + 1 + part : whole;
	double v = strtod(text, NULL);

	if (!(whole + part) || text[n] || whole > 6 || part > 9)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --cpus: expected a number such as 1.5", text);
	/* the kernel's smallest quota is 1 ms */
	if (v < 0.01)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --cpus: the smallest is 0.01", text);
	*ret_quota = (int64_t)(v * 100000 + 0.5);
	return 0;
}
