/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.h: reserves source ports on which the kernel answers nothing (muted ports). TCP: a dual-stack listener with
 * IP_MINTTL and IPV6_MINHOPCOUNT 255, and where allowed the classic filter `ret #0`; UDP: the filter before bind. The
 * ports are released when the process ends. Main thread.
 */
#ifndef PP_PORTS_H
#define PP_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct pp_ports; /* opaque: owns the sockets */

struct pp_ports_info {
    unsigned wanted, muted; /* ports */
    unsigned busy;          /* skipped: in use by another program */
    bool filtered;          /* the TCP listeners have the filter, too */
};

#define PP_PORTS_LO 61000
#define PP_PORTS_HI 65535
#define PP_PORTS_DEFAULT 1024

/*
 * Mutes up to WANT ports of LO..HI for TCP (and UDP if UDP), contiguous as far as they are free. NULL with a printed
 * message and hint if no port is free, or the limit on open files is too low.
 */
struct pp_ports *pp_ports_open(uint16_t lo, uint16_t hi, unsigned want, bool udp);
/* Closes the sockets: the kernel answers on these ports again. NULL is permitted. */
void pp_ports_free(struct pp_ports *p);
void pp_ports_info(const struct pp_ports *p, struct pp_ports_info *info);
/*
 * Gives the K-th of N slices: *LIST in ascending order, borrowed; returns the number of ports. Only these ports are
 * ours: a port between two of them may be another program's.
 */
unsigned pp_ports_slice(const struct pp_ports *p, unsigned k, unsigned n, const uint16_t **list);

#endif
