/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.h: one flow of one arm: its port, its packets out and in, its conversation. A probe reports its progress to its
 * owner by callbacks, as a conversation does (talk.h). The worker's thread.
 */
#ifndef PP_PROBE_H
#define PP_PROBE_H

#include "../talk/talk.h"
#include "../targets/target.h"
#include "prober.h"
#include "tick.h"

struct pp_probe;

/* Callbacks, called from within the functions of P; they must not free P. */
struct pp_probe_owner {
    void (*decided)(struct pp_probe *p);          /* the outcome of P is final */
    void (*over)(struct pp_probe *p);             /* P has ended */
    void (*flows)(struct pp_probe *p, int more);  /* P takes MORE flows than was known: 1 or -1 */
    void (*icmp)(struct pp_probe *p);             /* P got its first ICMP error: p->icmp_* */
};

/* The flow that a probe makes. */
struct pp_probe_ask {
    const struct pp_plan_arm *arm;
    const struct pp_target *target; /* borrowed */
    const struct pp_probe *after;   /* the flow of arm->after in this round; NULL: none */
    uint32_t flow_label;            /* IPv6 */
    uint16_t port;                  /* the local port, if it is free; else, or if 0, the next free one */
    /* of the round; where a round tries further ports, the slot of the arm that they are for */
    uint8_t slot;
    uint16_t size;                  /* bytes of its packets; 0: as the arm has it */
    bool last_try;                  /* no further try follows: old state counts as a failure */
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
    /* ns of the timers' clock, until which the peer may be silent after the handshake */
    int64_t patience;
    uint32_t sent_print, seen_print; /* sums of fingerprints of the SYN and data packets sent, and seen leaving */
    uint16_t sent, seen;             /* the number of these packets */
    uint16_t packets;                /* all that were sent */
    uint16_t slow;                   /* with hop-by-hop options */
    uint16_t ip_id;                  /* of the first packet */
    uint32_t late;                   /* packets that came after the arm was decided as silent */
    uint8_t restarts;                /* on another port, because of stale state at the server */
    uint8_t resets;                  /* RSTs sent for packets that came after the arm was decided as silent */
    uint32_t number, generation;     /* of the piece of memory, and how often it was used: pp_probe_tag */
    bool in_table, started, send_failed;
    bool icmp_seen;
    uint8_t icmp_type, icmp_code;
    struct pp_whole *whole;          /* packets in fragments that the tap has not seen yet, the last first */
    struct pp_addr icmp_from;
    uint64_t record[]; /* of plan->chains */
};

/*
 * Starts a probe, the caller's (pp_probe_free), and returns it. Sets *SLOT to it first, as OWNER's callbacks may be
 * called before this returns. NULL, and *SLOT NULL: no memory, or no port.
 */
struct pp_probe *pp_probe_start(struct pp_prober *pr, const struct pp_probe_ask *ask,
                                const struct pp_probe_owner *owner, void *arg, struct pp_probe **slot);
/*
 * Handles PKT, captured at STAMP (ns since 1970), of this flow. QUOTED: the packet that an ICMP error quotes; else
 * NULL.
 */
void pp_probe_packet(struct pp_probe *p, const struct pp_packet *pkt, enum pp_dir dir, int64_t stamp,
                     const struct pp_packet *quoted);
void pp_probe_timer(struct pp_probe *p);
void pp_probe_rearm(struct pp_probe *p);
void pp_probe_free(struct pp_probe *p);
/*
 * pp_probe_tag: the tag of P's packets. pp_probe_refused: the kernel refused to send the packet with TAG; ignored if P
 * was freed meanwhile, even if another probe has its memory.
 */
uint64_t pp_probe_tag(const struct pp_probe *p);
void pp_probe_refused(struct pp_prober *pr, uint64_t tag);
/* Frees the memory of all probes of PR; none may be in use. */
void pp_probes_release(struct pp_prober *pr);
/* True if PKT, seen leaving with the ports and addresses of P, can be a packet of P. */
bool pp_probe_sent(const struct pp_probe *p, const struct pp_packet *pkt);

#endif
