/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vantage_check.h: tests whether the vantage point's access network alters or drops a treatment. The check sends copies
 * of every arm's packets with TTL 1 to 5 towards a target; routers answer with ICMP Time Exceeded and quote the packet
 * as it reached them. If a treatment is altered that near, the run would measure the access network and not the paths
 * behind it, and stops. More than half of the mobile carriers tested by Mandalari et al. (2018) cleared the ECN field
 * at the first hop.
 *
 * A packet that is dropped, or answered in the target's place, is not quoted at all, so the check also counts quotes.
 * If a hop quotes the baseline, and neither this hop nor a farther one quotes an arm, the copies are sent again in
 * random order; an arm that is missing PP_VANTAGE_CHECK_MISSES times in a row is dropped before that hop. A router
 * whose rate limit lets it answer one packet of the two would cause this by chance once in 2^12. An arm of which a flow
 * succeeds meanwhile is not dropped. One worker's thread.
 */
#ifndef PP_VANTAGE_CHECK_H
#define PP_VANTAGE_CHECK_H

#include "../base/random.h"
#include "../targets/target.h"
#include "../verdict/plan.h"
#include "../wire/wire.h"

#define PP_VANTAGE_CHECK_HOPS 5
#define PP_VANTAGE_CHECK_CLASSES 2 /* the packet that opens a flow, and data */
#define PP_VANTAGE_CHECK_WAIT INT64_C(1000000000)   /* ns that rounds wait for the quotes of the first copies */
#define PP_VANTAGE_CHECK_EVERY INT64_C(60000000000) /* ns between copies during the run */
#define PP_VANTAGE_CHECK_ARMS 16
#define PP_VANTAGE_CHECK_MISSES 12
#define PP_VANTAGE_CHECK_TRIALS 20 /* copies in a row, PP_VANTAGE_CHECK_WAIT apart, while an arm is missing */

/* The first impairment found: the arm, the hop, and the address that showed it. */
struct pp_vantage_check_finding {
    bool altered;
    bool dropped; /* not quoted by HOP, which quotes the baseline, nor by any behind it */
    bool other; /* IPv4 flags, whether a datagram has a checksum, its surplus */
    uint8_t arm, on, hop;
    struct pp_addr from;
    uint8_t sent_tos, quoted_tos;
    uint16_t sent_flags, quoted_flags;
};

/*
 * The claim of a family: 0, or 1 + the number of the worker that checks the vantage point, with PP_VANTAGE_CHECK_CLEAR
 * once rounds may begin; other workers wait for that, too.
 */
#define PP_VANTAGE_CHECK_CLEAR (1u << 16)

struct pp_vantage_check {
    const struct pp_plan *plan;
    uint16_t port;    /* local port, which no arm uses */
    /* recognises our copies: in sequence numbers, or in the field of datagrams that carries the tag */
    uint32_t nonce;
    struct {
        int64_t sent_at; /* 0: not yet */
        unsigned per_hop, quoted; /* copies sent per TTL; quotes that came */
        unsigned times;  /* how often copies were sent */
        unsigned resets; /* RSTs drawn since by copies that arrived */
        uint8_t reached; /* hops behind which the target itself answered the baseline; 0: not seen */
        bool begun;      /* rounds may begin */
        bool judged;     /* the answers to the last copies have been judged */
        bool missing;    /* an arm is missing at a hop that quotes the baseline */
        uint8_t trials;  /* copies sent in a row because an arm is missing */
        /* the smallest TTL at which an arm got an answer that is no quote; 0: none */
        uint8_t answered[PP_VANTAGE_CHECK_ARMS];
        /* bit per hop: quoted the last copies of an arm; and how often in a row an arm was missing */
        uint8_t quotes[PP_VANTAGE_CHECK_ARMS][PP_VANTAGE_CHECK_CLASSES];
        uint8_t missed[PP_VANTAGE_CHECK_ARMS][PP_VANTAGE_CHECK_CLASSES][PP_VANTAGE_CHECK_HOPS + 1];
        uint8_t baseline; /* bit per hop: has quoted the baseline */
    } family[2];
    struct pp_rng rng;
    struct pp_vantage_check_finding finding; /* a certain impairment: the run stops */
    /*
     * A possible impairment: one hop alone, which may not answer such packets; or a firewall of a target that is near.
     */
    struct pp_vantage_check_finding doubt;
};

void pp_vantage_check_init(struct pp_vantage_check *c, const struct pp_plan *plan, uint16_t port);
/* A round to T is about to begin at NOW: sends copies towards it if its family is due. Returns packets sent. */
unsigned pp_vantage_check_send(struct pp_vantage_check *c, struct pp_wire *w, const struct pp_target *t, int64_t now);
/* Are the answers to a family's first copies still awaited? Then no round begins. */
bool pp_vantage_check_waits(const struct pp_vantage_check *c, int64_t now);
/*
 * Handles a packet to c->port, or an ICMP error whose QUOTED packet was sent from it. True: a copy reached the target,
 * whose answer the caller must reset.
 */
bool pp_vantage_check_answer(struct pp_vantage_check *c, const struct pp_packet *pkt, const struct pp_packet *quoted);
/* Notes that a flow of ARM (index) over FAMILY succeeded, so that no near box drops the arm. */
void pp_vantage_check_passed(struct pp_vantage_check *c, int family, unsigned arm);
/* Writes X as one sentence. */
void pp_vantage_check_say(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, char *out,
                          size_t size);
/* "drops", "may drop", "alters". */
const char *pp_vantage_check_does(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x);
/* Prints the finding, as an error or, FATAL false, as a warning. */
void pp_vantage_check_print(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, bool fatal);

#endif
