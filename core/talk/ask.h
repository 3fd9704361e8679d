/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask.h: what the one message of a conversation is made of. The same ask always makes the same bytes, so nothing of a
 * message is kept: it is made again for each retransmission, and to check an answer against it.
 */
#ifndef PP_ASK_H
#define PP_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_MESSAGE_MAX 1472 /* bytes: what an Ethernet frame leaves with IPv4 */

struct pp_quic_crypto;
struct pp_quic_retry;

struct pp_ask {
    const char *domain; /* borrowed; NULL: none */
    uint64_t chance;    /* the conversation's random number, for ids and other values that others must not guess */
    uint16_t padding;   /* the message is longer by so many bytes, in its own terms */
    uint16_t length;    /* bytes of the message, for which it is padded; 0: its own and `padding` */
    uint8_t http;       /* enum pp_http_version that is asked for; HTTP/1.1 is what there is otherwise */
    uint8_t quic;       /* enum pp_quic_asks */
    uint8_t part, parts; /* of a message in several datagrams: which, from 0, of how many; 0: of one */
    struct pp_quic_crypto *crypto;     /* borrowed; where an Initial is asked for */
    const struct pp_quic_retry *retry; /* borrowed; what the server wants back with it; NULL: nothing yet */
};

#endif
