/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp.h: one question and its answer in datagrams (RFC 768). The question is sent at 0, 1, 3 and 7 s, as SYNs are, with
 * the same bytes each time. A wrong answer does not end the wait, as it may be late or forged, and the right one may
 * follow; it is recorded in `wrong`. No allocation: the caller passes packets, time and timers in. Single thread.
 */
#ifndef PP_UDP_H
#define PP_UDP_H

#include "../abi/plugin.h"
#include "../base/wheel.h"

#include <stdbool.h>
#include <stddef.h>

#define PP_UDP_TRIES 4
#define PP_UDP_REST INT64_C(250000000) /* ns */

struct pp_udp;

enum pp_udp_reply {
    PP_UDP_WRONG, /* not an answer to the question */
    PP_UDP_ANSWER,
    PP_UDP_FIRST, /* the answer, or its first part: datagrams within PP_UDP_REST belong to it */
    PP_UDP_AGAIN, /* the peer wants another form of the question: `send` uses it from now on */
};

/* Callbacks, called from within pp_udp_*; they must not free U. */
struct pp_udp_ops {
    void (*send)(struct pp_udp *u, bool again);
    /* Classifies a received datagram. */
    enum pp_udp_reply (*reply)(struct pp_udp *u, const uint8_t *bytes, size_t len);
    /*
     * The end, called once. NONE: the answer came, whatever pp_udp_end was told; BAD_REPLY: only wrong answers until
     * the time-out; SILENT: no datagram came; else the HOW of pp_udp_end.
     */
    void (*closed)(struct pp_udp *u, enum pp_how how);
};

struct pp_udp {
    const struct pp_udp_ops *ops;
    int64_t deadline; /* ns: when to call pp_udp_timer; PP_NEVER: not needed. Read after each call */
    int64_t first_at, until, timeout; /* ns; until: end of the wait */
    uint8_t sent;
    bool wrong; /* a datagram came that is no answer */
    bool answered; /* the answer has begun: the question is not repeated */
    bool over;
};

/* TIMEOUT: ns from the first question to the end. OPS is borrowed. */
void pp_udp_init(struct pp_udp *u, const struct pp_udp_ops *ops, int64_t timeout);
void pp_udp_start(struct pp_udp *u, int64_t now);
/* After AGAIN the question is sent at once, and repeated as from the start; the time-out is not extended. */
void pp_udp_input(struct pp_udp *u, const uint8_t *bytes, size_t len, int64_t now);
/* Call when `deadline` has come; earlier calls do nothing. */
void pp_udp_timer(struct pp_udp *u, int64_t now);
/* Ends the wait: `closed` is called with NONE if the answer has begun, else with HOW. */
void pp_udp_end(struct pp_udp *u, enum pp_how how);

#endif
