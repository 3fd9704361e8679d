/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet_socket.h: carries frames between a network interface and the emulator: a mapped receive ring in, sendmmsg
 * batches out. Single thread.
 */
#ifndef PP_PACKET_SOCKET_H
#define PP_PACKET_SOCKET_H

#include "../net/lab.h"

struct pp_packet_socket; /* opaque */

/*
 * Opens a socket on the interface NAME, which is up. Frames are sent from OWN to PEER (6 bytes each), and received for
 * any address. LAB is borrowed. Allocates all memory. NULL printed.
 */
struct pp_packet_socket *pp_packet_socket_new(struct pp_lab *lab, const char *name, const uint8_t *own,
                                              const uint8_t *peer);
void pp_packet_socket_free(struct pp_packet_socket *p);
/* Runs until the socket STOP is readable or closed. 0, or -1 printed. */
int pp_packet_socket_run(struct pp_packet_socket *p, int stop);

struct pp_packet_socket_stats {
    uint64_t rx_lost; /* frames that found the receive ring full */
    uint64_t tx_lost; /* frames that the kernel did not take */
};
void pp_packet_socket_stats(struct pp_packet_socket *p, struct pp_packet_socket_stats *s);

#endif
