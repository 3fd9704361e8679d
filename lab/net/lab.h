/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lab.h: an emulated Internet whose truth is known. The caller passes in packets of the client and the time, and takes
 * packets to the client out, so that the same emulator runs on a veth pair (attach.h) and in-process under a virtual
 * clock (virtual.h). All properties of a host are computed from the scenario, the seed and the host's number: a million
 * hosts take no memory before they get packets. Single thread per struct pp_lab.
 */
#ifndef PP_LAB_H
#define PP_LAB_H

#include "../truth/topology.h"

struct pp_lab; /* opaque */

struct pp_lab_stats {
    uint64_t in, out, unknown; /* packets; unknown: to no host of the lab */
    uint64_t connections;      /* open now */
};

void pp_lab_free(struct pp_lab *lab);

/* The client sent this datagram at NOW (ns, any epoch, never going back). */
void pp_lab_input(struct pp_lab *lab, int64_t now, const uint8_t *ip, size_t len);
/* When the next datagram to the client is due; PP_NEVER: none is. */
int64_t pp_lab_next(const struct pp_lab *lab);
/* Writes a datagram that is due at NOW into OUT; 0: none is due. */
size_t pp_lab_output(struct pp_lab *lab, int64_t now, uint8_t *out, size_t cap);
void pp_lab_stats(const struct pp_lab *lab, struct pp_lab_stats *s);

/* Sets the properties of host I (0 <= I < hosts). */
void pp_lab_host(const struct pp_lab *lab, uint64_t i, struct pp_lab_host *h);

/*
 * Write the target list (NDJSON: dip, dp, domain), and the truth (pathprobe-lab(1)), a line per host. 0, or -1 printed.
 */
int pp_lab_write_targets(const struct pp_lab *lab, FILE *f);
int pp_lab_write_networks(const struct pp_lab *lab, FILE *f); /* targets with made-up ASes and countries */
int pp_lab_write_truth(const struct pp_lab *lab, FILE *f);
/* The same, with what is expected of one experiment in one connect mode alone: a hundredth as long. */
int pp_lab_write_truth_of(const struct pp_lab *lab, const char *experiment, const char *mode, FILE *f);

#endif
