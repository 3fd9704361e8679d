/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vantage_check.h: does the treatment leave this vantage intact? Copies of every arm's packets go out with TTL 1 to 5
 * towards a target; routers answer with ICMP time exceeded and quote what reached them. A treatment altered that near
 * says nothing of the paths behind: the run stops. More than half of the mobile carriers once tested wiped ECN at the
 * first hop (Mandalari et al. 2018).
 *
 * A treatment that is dropped, or answered in the target's place, is not quoted at all. So quotes are compared in
 * number, too: where a hop quotes the baseline and neither it nor any behind it an arm, the copies are sent again, in
 * an order by chance, and an arm that misses PP_VANTAGE_CHECK_MISSES times in a row is dropped before that hop. A
 * router that limits its answers to one for both would do so by chance once in 2^12; an arm that gets through somewhere
 * meanwhile is not dropped. One worker's.
 */
#ifndef PP_VANTAGE_CHECK_H
#define PP_VANTAGE_CHECK_H

#include "../base/random.h"
#include "../targets/target.h"
#include "../verdict/plan.h"
#include "../wire/wire.h"

#define PP_VANTAGE_CHECK_HOPS 5
#define PP_VANTAGE_CHECK_CLASSES 2 /* the packet that opens a flow, and data */
#define PP_VANTAGE_CHECK_WAIT INT64_C(1000000000)   /* for answers, before the run goes on without them */
#define PP_VANTAGE_CHECK_EVERY INT64_C(60000000000) /* during the run */
#define PP_VANTAGE_CHECK_ARMS 16
#define PP_VANTAGE_CHECK_MISSES 12
#define PP_VANTAGE_CHECK_TRIALS 20 /* in a row, PP_VANTAGE_CHECK_WAIT apart, while an arm is missed */

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
 * The claim of a family: 0, or 1 more than the number of the worker that looks after the vantage, and whether rounds
 * may begin: those of the other workers wait for that, too.
 */
#define PP_VANTAGE_CHECK_CLEAR (1u << 16)

struct pp_vantage_check {
    const struct pp_plan *plan;
    uint16_t port;    /* local; no arm ever has it */
    uint32_t nonce;   /* whose quote is whose: in sequence numbers, or in what datagrams have for that */
    struct {
        int64_t sent_at; /* 0: not yet */
        unsigned per_hop, quoted; /* copies sent per TTL; quotes that came */
        unsigned times;  /* how often it was sent */
        unsigned resets; /* drawn since by copies that arrived */
        uint8_t reached; /* hops behind which the target itself answered the baseline; 0: not seen */
        bool begun;      /* rounds: nothing waits any more */
        bool judged;     /* the answers to the last copies have been judged */
        bool missing;    /* an arm misses where the baseline does not */
        uint8_t trials;  /* copies sent in a row because of that */
        uint8_t answered[PP_VANTAGE_CHECK_ARMS]; /* the nearest hop at which an arm was answered otherwise; 0: none */
        /* hops that quoted the copies that were sent last, a bit each; and how often in a row they missed an arm */
        uint8_t quotes[PP_VANTAGE_CHECK_ARMS][PP_VANTAGE_CHECK_CLASSES];
        uint8_t missed[PP_VANTAGE_CHECK_ARMS][PP_VANTAGE_CHECK_CLASSES][PP_VANTAGE_CHECK_HOPS + 1];
        uint8_t baseline; /* hops that ever quoted it, a bit each */
    } family[2];
    struct pp_rng rng;
    struct pp_vantage_check_finding finding; /* the run should stop */
    /* One hop alone, which may just not answer such packets; or a target so near that what drops it may be its own. */
    struct pp_vantage_check_finding doubt;
};

void pp_vantage_check_init(struct pp_vantage_check *c, const struct pp_plan *plan, uint16_t port);
/* A round to T is about to begin at NOW: sends copies towards it if its family is due. Returns packets sent. */
unsigned pp_vantage_check_send(struct pp_vantage_check *c, struct pp_wire *w, const struct pp_target *t, int64_t now);
/* Are the answers to a family's first copies still awaited? Then no round begins. */
bool pp_vantage_check_waits(const struct pp_vantage_check *c, int64_t now);
/*
 * A packet to the vantage_check's port, or an ICMP error whose QUOTED packet came from it. True: a copy has arrived,
 * and this is to be answered with a RST.
 */
bool pp_vantage_check_answer(struct pp_vantage_check *c, const struct pp_packet *pkt, const struct pp_packet *quoted);
/* A flow of ARM (by index) over FAMILY got through: nothing near drops it. */
void pp_vantage_check_passed(struct pp_vantage_check *c, int family, unsigned arm);
/* Writes X as one sentence. */
void pp_vantage_check_say(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, char *out,
                          size_t size);
/* "drops", "may drop", "alters". */
const char *pp_vantage_check_does(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x);
/* Prints the finding, as an error or, FATAL false, as a warning. */
void pp_vantage_check_print(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, bool fatal);

#endif
