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

#define PP_MESSAGE_MAX 1452 /* bytes: what an Ethernet frame leaves with IPv6 */

struct pp_ask {
    const char *domain; /* borrowed; NULL: none */
    uint64_t chance;    /* ids and all else that nobody should guess, the conversation's own */
    uint16_t padding;   /* the message is longer by so many bytes, in its own terms */
    uint8_t http;       /* enum pp_http_version that is asked for; HTTP/1.1 is what there is otherwise */
};

#endif
