/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * where.h: between which two hops is a packet changed, dropped, or answered by another than its target? (The method:
 * pathprobe-trace(1), The interval.) Rows in: what sweeps by TTL saw, in pairs of baseline A and arm B. Out: intervals
 * with their evidence, or why there is none. Pure functions, any thread, nothing printed.
 *
 * What it requires of the sweeper: the two sweeps of a pair in random order, each TTL asked up to three times until it
 * answers, all on one 5-tuple. After every pair pp_where_judge says whether to go on, and from which TTL.
 */
#ifndef PP_WHERE_H
#define PP_WHERE_H

#include "../packet/quote.h"

#define PP_WHERE_TTL_MAX 40
#define PP_WHERE_PAIRS_MAX 12
#define PP_WHERE_ALPHA 1e-2 /* a hop is called out of reach of B only at E >= 1 / this */

/* The answer to the packets with one TTL in one sweep. Of several answers the highest value here counts. */
enum pp_seen {
    PP_SEEN_NOT_ASKED,
    PP_SEEN_SILENT,      /* after all tries */
    PP_SEEN_UNREACHABLE, /* an ICMP error other than Time Exceeded, from a router or the target */
    PP_SEEN_EXCEEDED,    /* Time Exceeded in transit, from any address */
    PP_SEEN_ACK,         /* with the target's address: a bare ACK in answer to a SYN (stale state) */
    PP_SEEN_RST,         /* with the target's address */
    PP_SEEN_ANSWER,      /* with the target's address: SYN/ACK, an acknowledgement of the data, a datagram in reply */
};

struct pp_hop_seen {
    uint8_t what;        /* enum pp_seen */
    uint8_t tries;       /* packets sent for it */
    uint8_t quoted_ttl;  /* of ICMP errors; 1 at an ordinary hop */
    uint8_t labels;      /* MPLS labels behind the quote */
    uint32_t label;      /* the topmost */
    uint32_t rtt_us;     /* of the try that was answered */
    bool too_big;        /* UNREACHABLE: a router says that the packet is too big for its next hop */
    uint32_t mtu;        /* which it names; 0: it names none */
    struct pp_addr from; /* who answered; unset where silent */
    struct pp_diff diff; /* of ICMP errors that quote our packet; diff.quote 0: nothing of it could be read */
};

/* One sweep. hop[i] is TTL i + 1. */
struct pp_sweep {
    uint8_t hops;  /* elements of hop: the largest TTL asked */
    bool stale;    /* stale state at the target answered (PP_SEEN_ACK), also after a rest: the sweep is no evidence */
    bool cut;      /* ended before all was asked or waited for */
    struct pp_hop_seen hop[PP_WHERE_TTL_MAX];
};

/* A is NULL in all pairs of a census of one arm: only rewriting can be located then. */
struct pp_sweep_pair {
    const struct pp_sweep *a, *b;
};

enum pp_place_kind { PP_PLACE_DROP, PP_PLACE_RESET, PP_PLACE_ANSWER, PP_PLACE_REWRITE, PP_PLACE_KINDS };
extern const char *const pp_place_kind_name[PP_PLACE_KINDS]; /* "drop" */

enum pp_where_on { PP_WHERE_SYN, PP_WHERE_DATA, PP_WHERE_DATAGRAM, PP_WHERE_ONS };
extern const char *const pp_where_on_name[PP_WHERE_ONS]; /* "syn" */

/* Why there is no place, or (the last two) with what caveat it stands. */
enum pp_where_why {
    PP_WHERE_STANDS,
    PP_WHERE_NO_QUOTES,      /* no hop answers, or no quote reaches the field */
    PP_WHERE_PATHS_DIFFER,   /* a router sends A and B on different ways */
    PP_WHERE_CHANGED,        /* the path changed while it was asked */
    PP_WHERE_NOT_REPRODUCED, /* A did not get through, or B did, or hops disagree from pair to pair */
    PP_WHERE_STALE_STATE,
    PP_WHERE_QUOTE_ARTEFACT, /* a later router quotes the field as sent: the change is one in the quote alone */
    PP_WHERE_AT_TARGET,      /* no router answered A at a distance from which B drew it: it may be the target's own */
    PP_WHERE_FRAGMENTS,      /* first fragments get to the target; of later ones no quote tells */
    PP_WHERE_BUDGET,         /* pairs, packets or time were used up before */
    PP_WHERE_INTERRUPTED,
    PP_WHERE_RATE_LIMITED,   /* the interval is wider, since a hop within answers too seldom */
    PP_WHERE_LAST_HOP_ONLY,  /* one router alone shows the new value, the last one that answers */
    PP_WHERE_WHYS,
};
extern const char *const pp_where_why_name[PP_WHERE_WHYS]; /* NULL, "no_quotes" */

enum pp_paths { PP_PATHS_SAME, PP_PATHS_DIFFER, PP_PATHS_CHANGED, PP_PATHS_KINDS };
extern const char *const pp_paths_name[PP_PATHS_KINDS];

/* An end of an interval. TTL 0 is this host. */
struct pp_place_end {
    uint8_t ttl;
    bool target;         /* the target itself */
    struct pp_addr addr; /* who answered there most; unset for TTL 0 */
    uint32_t asn;        /* 0: not known; for the caller to fill in */
};

#define PP_PLACE_QUOTES 8

/* One finding. Where `why` is neither PP_WHERE_STANDS nor a caveat, there is no interval: no has_from, no has_to. */
struct pp_place {
    uint8_t arm, on;         /* for the caller to fill in: index of B in its experiment; enum pp_where_on */
    uint8_t kind, why, paths;
    struct pp_change change; /* PP_PLACE_REWRITE: how the last hop shows it */
    bool has_from, has_to;   /* to: absent too where the target's behaviour alone shows the change */
    struct pp_place_end from, to;
    uint8_t silent;          /* hops between the two */
    uint8_t quotes;          /* REWRITE: elements of quote: bytes that hops from `to` on quote, different ones */
    uint16_t quote[PP_PLACE_QUOTES];
    uint8_t a, b, agree;     /* sweeps of each arm; pairs that show it */
    double e;                /* DROP: evidence at `to`; else 0 */
    uint16_t sport;          /* of the 5-tuple; for the caller to fill in */
};

#define PP_PLACES_MAX 6

/* What the judge is told beside the sweeps. */
struct pp_where_ask {
    double alpha;        /* PP_WHERE_ALPHA */
    uint8_t pairs_max;   /* PP_WHERE_PAIRS_MAX or fewer */
    bool quotes_only;    /* no drop is looked for (a sample, a census, a mark that the target found changed) */
    bool fragments;      /* B's packets go in several */
    bool suspected;      /* the target found the field below changed: where no quote shows it, say why */
    uint8_t field, option;
    uint16_t end;        /* of that field in the packet sent: as in pp_change */
    uint8_t stop;        /* no other pair can follow: PP_WHERE_BUDGET or PP_WHERE_INTERRUPTED; else 0 */
};

struct pp_where {
    bool ended;          /* no further pair is needed */
    uint8_t from_ttl;    /* in further pairs, hops nearer than this need not be asked; 1 to begin with */
    uint8_t distance;    /* of the target, by A (B where there is no A); 0: it did not answer */
    uint8_t paths;       /* enum pp_paths */
    uint16_t marks;      /* quotes in which ECT had turned into CE, in some pairs only: congestion, no place */
    uint8_t places;
    struct pp_place place[PP_PLACES_MAX];
};

/* After each pair, over all N of them so far (at most PP_WHERE_PAIRS_MAX, else BUG()), oldest first. */
void pp_where_judge(struct pp_where *w, const struct pp_where_ask *ask, const struct pp_sweep_pair *pairs, unsigned n);

/* An interval, or one end of it: P says where. */
static inline bool pp_place_stands(const struct pp_place *p)
{
    return p->has_from || p->has_to;
}

/* Whether P says that the path did it, and neither of its ends: an interval stands, and the target is none of them. */
bool pp_place_on_path(const struct pp_place *p);

/*
 * A proxy in front of the target: A's sweeps drew the target's answer at TTL NEAR, those of datagrams, or to another
 * port, at FAR; true where they never overlap, in three sweeps of each or more. A note, no part of a verdict.
 */
bool pp_where_proxy(const struct pp_sweep *const *a, unsigned n, const struct pp_sweep *const *other, unsigned m,
                    uint8_t *near, uint8_t *far);

/* ---- a trace: what is printed and written (core/trace/trace.h) ------------------------------------- */

/* What a column says of a hop, over all sweeps of one arm. */
struct pp_trace_cell {
    uint8_t what;        /* enum pp_seen: the highest that came; PP_SEEN_NOT_ASKED: this arm never asked */
    uint8_t answered, asked; /* sweeps */
    struct pp_diff diff; /* of its longest quote */
};

#define PP_TRACE_ARMS 9
#define PP_TRACE_ADDRS 4

struct pp_trace_hop {
    uint8_t ttl;
    uint8_t addrs;       /* different ones, most frequent first; 0: silent */
    bool more_addrs;
    bool target;         /* the first of them is the target's */
    uint8_t quoted_ttl, labels;
    uint32_t label;
    uint16_t quote;      /* longest, bytes */
    uint32_t rtt_us;     /* smallest */
    struct pp_addr addr[PP_TRACE_ADDRS];
    uint8_t seen[PP_TRACE_ADDRS]; /* how often */
    uint32_t asn[PP_TRACE_ADDRS]; /* 0: not known; for the caller to fill in */
    struct pp_trace_cell cell[PP_TRACE_ARMS]; /* [0]: the baseline */
    uint16_t mtu;        /* the largest of pp_trace.size that got here; 0: none that is known */
    bool too_big;        /* a router has said that a packet with this TTL was too big */
    uint32_t named;      /* the smallest MTU that was named then; 0: none */
    struct pp_addr named_by;
};

/* One target traced on one 5-tuple. All strings are borrowed. */
struct pp_trace {
    const char *experiment, *mode, *name; /* name: as it was asked for (a domain), or NULL */
    const char *arm[PP_TRACE_ARMS];       /* "A", "B2" */
    const char *treatment[PP_TRACE_ARMS]; /* "ECT(0) on data": a clause for the sentence; NULL: the arm's name serves */
    uint16_t size[PP_TRACE_ARMS];         /* bytes of the arm's packets, where arms differ by them; 0: they do not */
    uint8_t arms, on;                     /* enum pp_where_on */
    bool no_packet;                       /* none of the arms' differs from the baseline's: nothing was sent */
    struct pp_addr src, dst;
    uint16_t sport, dport;
    uint32_t src_asn;
    int64_t begin_ns, end_ns;             /* since 1970, UTC */
    uint8_t pairs;
    double alpha;
    uint8_t farthest;                     /* the largest TTL that may be asked; 0: not known */
    uint8_t hops;
    struct pp_trace_hop hop[PP_WHERE_TTL_MAX];
    uint8_t places;
    struct pp_place place[PP_PLACES_MAX * (PP_TRACE_ARMS - 1)]; /* arm: an index into `arm` above */
};

/*
 * Puts N sweeps of arm COLUMN into T's hops, and raises t->hops; DST as T has it. Hops behind the nearest that drew the
 * target's answer are left out.
 */
void pp_trace_add(struct pp_trace *t, unsigned column, const struct pp_sweep *const *sweeps, unsigned n);
/* Fills in the hops' MTUs, once all sweeps are in, if T has sizes. */
void pp_trace_mtus(struct pp_trace *t);

#endif
