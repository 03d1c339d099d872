/* unpack_forks.h - podlite-unpack --forks: one process that all unpackers are forks of. */
#ifndef PODLITE_UNPACK_FORKS_H
#define PODLITE_UNPACK_FORKS_H

/* Serves (layer.h, struct layer_fork) and ends with the other end of the socket. Returns in each process that it forks, with
 * that one's descriptors in their places and *ret_beside of its request. */
void unpack_forks(int sock, unsigned *ret_beside);

#endif
