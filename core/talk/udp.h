/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp.h: one question and its answer in datagrams (RFC 768). The question is sent at 0, 1, 3 and 7 s, as SYNs are,
 * each time the same. An answer that is not right ends nothing: it may be an old one, or a forgery, and the right one
 * may yet come; it is only remembered. Holds no memory: packets, time and timers are handed in. Single thread.
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
    PP_UDP_WRONG, /* no answer to the question */
    PP_UDP_ANSWER,
    PP_UDP_FIRST, /* the answer, or its first part: what follows within PP_UDP_REST belongs to it */
    PP_UDP_AGAIN, /* the other side wants it asked in another manner: `send` does that from now on */
};

/* Called from within pp_udp_*; must not free. */
struct pp_udp_ops {
    void (*send)(struct pp_udp *u, bool again);
    /* What a datagram is to the question. */
    enum pp_udp_reply (*reply)(struct pp_udp *u, const uint8_t *bytes, size_t len);
    /*
     * The end, once: NONE: the answer is there, whatever pp_udp_end was told; BAD_REPLY: something came, but no answer,
     * until the time was up;
     * SILENT: nothing came; or what pp_udp_end was told.
     */
    void (*closed)(struct pp_udp *u, enum pp_how how);
};

struct pp_udp {
    const struct pp_udp_ops *ops;
    int64_t deadline; /* when pp_udp_timer must be called; PP_NEVER: no need. Look after each call */
    int64_t first_at, until, timeout; /* ns; until: the time is up */
    uint8_t sent;
    bool wrong; /* something came that is no answer */
    bool answered; /* the answer began: nothing is asked any more */
    bool over;
};

void pp_udp_init(struct pp_udp *u, const struct pp_udp_ops *ops, int64_t timeout);
void pp_udp_start(struct pp_udp *u, int64_t now);
/* AGAIN: is asked at once, and from then on as if it were the first time; the timeout goes on. */
void pp_udp_input(struct pp_udp *u, const uint8_t *bytes, size_t len, int64_t now);
void pp_udp_timer(struct pp_udp *u, int64_t now);
void pp_udp_end(struct pp_udp *u, enum pp_how how);

#endif
