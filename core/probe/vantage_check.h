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
 * succeeds meanwhile is not dropped.
 *
 * ECT that became CE is a congestion mark (RFC 3168 section 5), which a router may set on any packet: it is an
 * alteration only if it is seen of all copies with ECT behind a hop, in PP_VANTAGE_CHECK_MARKS sendings in a row.
 *
 * A copy is the packet that a sweep would send (hop_packet.h), and its quotes are compared as those of a sweep are: a
 * change of a field that the arm treats is an alteration (vantage_check_altered.h), any other is none. The check is no
 * trail of sweep.h, for three reasons. Rounds wait for it, so all copies leave at once; a trail sends in waves, and
 * rests between its sweeps. Data of the check belong to no connection; a sweep of data opens one, at a target that has
 * to be alive. And a sweep asks a hop up to three times until it answers; the count of misses is one of single packets.
 * Copies are not delayed by the limit of packets that expire at one router (hop_rate.h), but count in it, so that
 * sweeps wait for what the check has used. One worker's thread.
 */
#ifndef PP_VANTAGE_CHECK_H
#define PP_VANTAGE_CHECK_H

#include "../base/dnsname.h"
#include "../base/random.h"
#include "../targets/target.h"
#include "../trace/hop_packet.h"
#include "../trace/hop_rate.h"

#define PP_VANTAGE_CHECK_HOPS 5
#define PP_VANTAGE_CHECK_CLASSES 2 /* the packet that opens a flow, and data */
#define PP_VANTAGE_CHECK_WAIT INT64_C(1000000000)   /* ns that rounds wait for the quotes of the first copies */
#define PP_VANTAGE_CHECK_EVERY INT64_C(60000000000) /* ns between copies during the run */
#define PP_VANTAGE_CHECK_ARMS 16
#define PP_VANTAGE_CHECK_MISSES 12
#define PP_VANTAGE_CHECK_MARKS 5 /* sendings in a row of which all copies with ECT arrived as CE behind one hop */
#define PP_VANTAGE_CHECK_TRIALS 20 /* copies in a row, PP_VANTAGE_CHECK_WAIT apart, while an arm is missing */

/* The first impairment found: the arm, the hop, and the address that showed it. */
struct pp_vantage_check_finding {
    bool altered;
    bool dropped; /* not quoted by HOP, which quotes the baseline, nor by any behind it */
    uint8_t arm, on, hop;
    struct pp_addr from;
    struct pp_diff diff; /* altered: the fields of the treatment that the quote shows changed, and no others */
};

/*
 * The claim of a family: 0, or 1 + the number of the worker that checks the vantage point, with PP_VANTAGE_CHECK_CLEAR
 * once rounds may begin; other workers wait for that, too.
 */
#define PP_VANTAGE_CHECK_CLEAR (1u << 16)

struct pp_vantage_check {
    const struct pp_plan *plan;
    uint16_t port;    /* local port, which no arm uses */
    uint32_t nonce;   /* recognises our copies: in the numbers that carry the tag */
    struct pp_hop_rate *hop_rate; /* of the sweeps beside; NULL: there are none */
    struct {
        int64_t sent_at; /* 0: not yet */
        struct pp_addr local, remote; /* of the last copies */
        uint16_t rport;
        char domain[PP_DNSNAME_MAX + 1]; /* what their messages ask for; "": nothing */
        unsigned per_hop, quoted; /* copies sent per TTL; quotes that came */
        unsigned times;  /* how often copies were sent */
        unsigned resets; /* RSTs drawn since by copies that arrived */
        uint8_t reached; /* hops behind which the target itself answered the baseline; 0: not seen */
        bool begun;      /* rounds may begin */
        bool judged;     /* the answers to the last copies have been judged */
        bool missing;    /* an arm is missing at a hop that quotes the baseline, or all marks are CE */
        uint8_t trials;  /* copies sent in a row because of that */
        /* of the last copies with ECT: bit per hop, quoted as ECT; the nearest hop's quote as CE, .altered: any */
        uint8_t unmarked;
        struct pp_vantage_check_finding mark;
        uint8_t marked; /* sendings in a row of which all copies behind that hop were CE */
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

/* PLAN and HOP_RATE are borrowed. */
void pp_vantage_check_init(struct pp_vantage_check *c, const struct pp_plan *plan, uint16_t port,
                           struct pp_hop_rate *hop_rate);
/* A round to T is about to begin at NOW: sends copies towards it if its family is due. Returns packets sent. */
unsigned pp_vantage_check_send(struct pp_vantage_check *c, struct pp_wire *w, const struct pp_target *t, int64_t now);
/* Are the answers to a family's first copies still awaited? Then no round begins. */
bool pp_vantage_check_waits(const struct pp_vantage_check *c, int64_t now);
/*
 * Handles PKT, which came to c->port, or is an ICMP error about a packet from it. True: a copy reached the target, and
 * the caller must reset its answer.
 */
bool pp_vantage_check_answer(struct pp_vantage_check *c, const struct pp_packet *pkt, int64_t now);
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
