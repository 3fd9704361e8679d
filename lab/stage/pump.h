/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pump.h: carries frames between a network interface and the emulator: a mapped receive ring in, sendmmsg batches
 * out. Single thread.
 */
#ifndef PP_PUMP_H
#define PP_PUMP_H

#include "../net/lab.h"

struct pp_pump; /* opaque */

/*
 * On the interface NAME, which is up. Frames out go from OWN to PEER (6 bytes each); frames in are taken whatever
 * address they bear. LAB is borrowed. All memory is allocated here. NULL printed.
 */
struct pp_pump *pp_pump_new(struct pp_lab *lab, const char *name, const uint8_t *own, const uint8_t *peer);
void pp_pump_free(struct pp_pump *p);
/* Until the other end of the socket STOP says anything or is closed. 0, or -1 printed. */
int pp_pump_run(struct pp_pump *p, int stop);

struct pp_pump_stats {
    uint64_t rx_lost; /* frames that found the receive ring full */
    uint64_t tx_lost; /* frames that the kernel did not take */
};
void pp_pump_stats(struct pp_pump *p, struct pp_pump_stats *s);

#endif
