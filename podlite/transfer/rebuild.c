#include "podlite/transfer/rebuild.h"

#include "podlite/transfer/sandbox.h"
#include "storage/pack.h"

static ssize_t read_pack(void *arg, void *buf, size_t n, struct err *err)
{
	return pack_read(arg, buf, n, err);
}

int rebuild_run(const struct request *rq, const struct put_layer *to, struct err *err)
{
	const struct svec readable = SVEC_INIT;
	struct digest d;

	if (!digest_from_hex(rq->name, &d))
		return err_set(err, EK_INVALID, "request: no DiffID");
	if (sandbox_enter(to->store, &readable, err) < 0)
		return -1;
	auto_cleanup(pack_closep) struct pack *p = pack_open(to->store, &d, err);
	const struct put_source from = {read_pack, p};

	return p ? put_layer_from(to, &d, &from, NULL, err) : -1;
}
