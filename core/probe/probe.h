/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.h: one flow of one arm: its port, its packets out and in, its conversation. It tells its owner by callbacks
 * what becomes of it, as a conversation does (talk.h). Its worker's thread.
 */
#ifndef PP_PROBE_H
#define PP_PROBE_H

#include "../talk/talk.h"
#include "../targets/target.h"
#include "prober.h"
#include "tick.h"

struct pp_probe;

/* Called from within a probe's own functions: it may not be freed there. */
struct pp_probe_owner {
    void (*decided)(struct pp_probe *p);          /* its outcome stands */
    void (*over)(struct pp_probe *p);             /* it does nothing more */
    void (*flows)(struct pp_probe *p, int more);  /* it takes one flow more, or one less, than was known */
    void (*icmp)(struct pp_probe *p);             /* the first ICMP error came: p->icmp_* */
};

/* The flow to be made. */
struct pp_probe_ask {
    const struct pp_plan_arm *arm;
    const struct pp_target *target; /* borrowed */
    const struct pp_probe *after;   /* the flow of arm->after in this round; NULL: none */
    uint32_t flow_label;            /* IPv6 */
    uint16_t port;                  /* that one if it is free, else (or 0) the next one */
    uint8_t slot;                   /* in a round for ports: that of the arm they are for */
    uint16_t size;                  /* of its packets; 0: as the arm has it */
    bool last_try;                  /* what cannot be seen this time is what the path makes of the arm */
};

struct pp_probe {
    struct pp_flow_link link; /* first member */
    struct pp_tick tick;
    struct pp_talk talk;
    struct pp_prober *prober;
    const struct pp_probe_owner *owner;
    void *arg;                       /* the owner's */
    struct pp_probe_ask ask;
    int64_t started_epoch;
    int64_t patience;                /* until when the peer may be silent after the handshake */
    uint32_t sent_print, seen_print; /* sums of fingerprints of the SYN and data packets sent, and seen leaving */
    uint16_t sent, seen;             /* how many */
    uint16_t packets;                /* all that were sent */
    uint16_t slow;                   /* with hop-by-hop options */
    uint16_t ip_id;                  /* of the first packet */
    uint32_t late;                   /* packets that came after the arm was decided as silent */
    uint8_t restarts;                /* on another port, because of stale state at the server */
    uint8_t resets;                  /* drawn by what came after the arm was decided as silent */
    uint32_t number, generation;     /* of this piece of memory, and how often it was used: pp_probe_tag */
    bool in_table, started, send_failed;
    bool icmp_seen;
    uint8_t icmp_type, icmp_code;
    struct pp_whole *whole;          /* packets in fragments that the tap has not seen yet, the last first */
    struct pp_addr icmp_from;
    uint64_t record[]; /* of plan->chains */
};

/*
 * Starts it, and sets *SLOT to it before: it may be decided at once. NULL: no memory, no port; *SLOT is NULL then.
 */
struct pp_probe *pp_probe_start(struct pp_prober *pr, const struct pp_probe_ask *ask,
                                const struct pp_probe_owner *owner, void *arg, struct pp_probe **slot);
/* A captured packet of this flow. QUOTED: what an ICMP error quotes. */
void pp_probe_packet(struct pp_probe *p, const struct pp_packet *pkt, enum pp_dir dir, int64_t stamp,
                     const struct pp_packet *quoted);
void pp_probe_timer(struct pp_probe *p);
void pp_probe_rearm(struct pp_probe *p);
void pp_probe_free(struct pp_probe *p);
/*
 * Names P in the tags of its packets; the kernel refused the packet with TAG, perhaps after P was freed, and its memory
 * is another's.
 */
uint64_t pp_probe_tag(const struct pp_probe *p);
void pp_probe_refused(struct pp_prober *pr, uint64_t tag);
/* The memory of all of them. */
void pp_probes_release(struct pp_prober *pr);
/* Whether PKT, seen leaving with the ports and addresses of P, can be a packet of P. */
bool pp_probe_sent(const struct pp_probe *p, const struct pp_packet *pkt);

#endif
