/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario.h: a lab's description as read from JSON (pathprobe-scenario(5)). Shares sum to 1; an unknown key is an
 * error that names its line. Built-in scenarios are the files of lab/scenarios/, compiled in.
 */
#ifndef PP_SCENARIO_H
#define PP_SCENARIO_H

#include "../../core/base/addr.h"
#include "../../core/base/error.h"
#include "../boxes/behaviour.h"

#define PP_LAB_CLASSES 128 /* host classes of a scenario */
#define PP_LAB_BOXES 4     /* middleboxes on one path */
#define PP_LAB_BOX_HOP 6   /* the smallest hop of a middlebox, unless the scenario has `vantage` */

enum pp_lab_server {
    PP_LAB_ECN,    /* negotiates ECN; then sends ECT(0) data and echoes CE */
    PP_LAB_PLAIN,  /* knows no ECN */
    PP_LAB_REFUSE, /* answers every SYN by RST */
    PP_LAB_SILENT,
};

struct pp_lab_box {
    const struct pp_behaviour *behaviour;
    uint8_t dir; /* enum pp_lab_dir */
    uint8_t hop; /* 1 is the client's first router */
    uint16_t flows, seconds; /* parameters of a behaviour that counts: counter.h */
};

#define PP_LAB_ROUTERS 16 /* router rows of one path */
#define PP_LAB_LABELS 16

/* How one of several routers at a hop is chosen. */
enum pp_lab_by { PP_LAB_BY_FLOW, PP_LAB_BY_TOS, PP_LAB_BY_PACKET, PP_LAB_BY_TIME };

/* How the router at HOP (0: at all hops without a row of their own) answers when a TTL expires. */
struct pp_lab_router {
    uint16_t hop;
    double silence;  /* probability */
    uint16_t quote;  /* bytes quoted after the IP header; 0: as many as fit */
    uint16_t labels; /* number of MPLS labels, after a quote of 128 bytes (RFC 4884, RFC 4950) */
    uint16_t rate;   /* answers per second; 0: no limit */
    uint16_t ways;   /* parallel routers, each with its own address; 0: one */
    uint8_t by;      /* enum pp_lab_by; by time: the router changes every ten seconds */
};

struct pp_lab_class {
    char name[48]; /* "": none */
    double share;
    uint8_t families; /* bits: 1 IPv4, 2 IPv6 */
    uint8_t server;   /* enum pp_lab_server */
    uint16_t ports[4];
    uint8_t nports;
    struct pp_lab_box path[PP_LAB_BOXES];
    uint8_t npath;
    struct pp_lab_router router[PP_LAB_ROUTERS];
    uint8_t nrouters;
    double loss, dup, reorder; /* probability per packet and direction */
    double return_loss;        /* additional loss probability of packets to the client */
    /* share of the time in which the path loses all packets, and the mean duration of such a burst */
    double burst_loss, burst_ms;
    double delay_ms, jitter_ms; /* one way */
    double flow_fail_p;        /* probability that the host ignores a whole flow, including retransmitted SYNs */
    bool flow_fail_episode;    /* applies to all flows that begin in an episode of 30 s, else to each flow */
    bool control;              /* no arm may be called broken */
};

struct pp_scenario {
    char name[64];
    uint64_t seed;
    uint8_t hops_min, hops_max;
    bool vantage; /* middleboxes may be nearer than PP_LAB_BOX_HOP: the vantage point itself is impaired */
    unsigned nhosts; /* classes */
    struct pp_lab_class hosts[PP_LAB_CLASSES];
};

/* True if PORT is open on hosts of C. */
static inline bool pp_lab_class_open(const struct pp_lab_class *c, uint16_t port)
{
    for (unsigned i = 0; i < c->nports; i++)
        if (c->ports[i] == port)
            return true;
    return false;
}

/* Loads the built-in scenario NAME, else the file NAME. 0, or -1 printed with the line. */
int pp_scenario_load(struct pp_scenario *s, const char *name);
/* The same from memory; WHERE names the text in messages. */
int pp_scenario_parse(struct pp_scenario *s, const char *where, const char *json, size_t len);

#endif
