/* SPDX-License-Identifier: BSD-2-Clause */
/* datagram.h: deeds of middleboxes for pp_behaviour.act, for which match and marks have no words. */
#ifndef PP_LAB_DATAGRAM_H
#define PP_LAB_DATAGRAM_H

#include "../truth/behaviour.h"

/* UDP; whole datagrams only. */
enum pp_box_action pp_box_length(uint8_t *ip, const struct pp_packet *p);    /* drops: UDP length not that of IP */
enum pp_box_action pp_box_verify(uint8_t *ip, const struct pp_packet *p);    /* drops: checksum by IP length wrong */
enum pp_box_action pp_box_recompute(uint8_t *ip, const struct pp_packet *p); /* makes it right by IP length */
enum pp_box_action pp_box_strip(uint8_t *ip, const struct pp_packet *p);     /* cuts the surplus off */
enum pp_box_action pp_box_zero_drop(uint8_t *ip, const struct pp_packet *p); /* drops: no checksum */
enum pp_box_action pp_box_zero_fill(uint8_t *ip, const struct pp_packet *p); /* gives them one */
enum pp_box_action pp_box_large(uint8_t *ip, const struct pp_packet *p);     /* drops: IP carries over 1210 bytes */
enum pp_box_action pp_box_quic(uint8_t *ip, const struct pp_packet *p);      /* drops unknown versions of QUIC */
enum pp_box_action pp_box_initial(uint8_t *ip, const struct pp_packet *p);   /* drops Initials of QUIC version 1 */
/* The reserved flag of IPv4. */
enum pp_box_action pp_box_evil_drop(uint8_t *ip, const struct pp_packet *p);
enum pp_box_action pp_box_evil_clear(uint8_t *ip, const struct pp_packet *p);
enum pp_box_action pp_box_evil_set(uint8_t *ip, const struct pp_packet *p);

#endif
