/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask.h: the parameters of a conversation's one message. The same pp_ask always makes the same bytes, so no message is
 * stored: it is made again for each retransmission, and to compare an answer with it.
 */
#ifndef PP_ASK_H
#define PP_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_MESSAGE_MAX 1472 /* bytes: the MTU of Ethernet less the IPv4 and UDP headers */

struct pp_quic_crypto;
struct pp_quic_kept;
struct pp_quic_retry;

struct pp_ask {
    const char *domain; /* borrowed; NULL: none */
    uint64_t chance;    /* the conversation's random number, for ids and other values that must not be predictable */
    uint16_t padding;   /* bytes that the message is padded by, in the way of its protocol */
    uint16_t length;    /* bytes of the message, reached by padding; 0: its own length plus `padding` */
    uint8_t http;       /* enum pp_http_version to offer besides HTTP/1.1 */
    uint8_t quic;       /* enum pp_quic_asks */
    uint8_t part, parts; /* of a message in several datagrams: this part's number, from 0, and their count; 0: one */
    struct pp_quic_crypto *crypto;     /* borrowed; needed for Initials */
    struct pp_quic_kept *kept;         /* borrowed; keeps keys between the packets; NULL: derived for each */
    const struct pp_quic_retry *retry; /* borrowed; the Retry to answer with the next Initial; NULL: none received */
};

#endif
