/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.h: finds the flow that a packet belongs to. Keyed by the 5-tuple seen from our (or the opener's) side; a
 * keyed hash, so that remote hosts cannot provoke collisions. Entries live inside their owners' structs. Single thread.
 */
#ifndef PP_FLOW_TABLE_H
#define PP_FLOW_TABLE_H

#include "../base/siphash.h"
#include "../packet/packet.h"

struct pp_flow_key {
    struct pp_addr local, remote;
    uint16_t lport, rport; /* 0 where the protocol has none */
    uint8_t proto;
    uint8_t zero[3];
};

/* The first member of whatever is in the table. */
struct pp_flow_link {
    struct pp_flow_link *next;
    uint64_t hash;
    struct pp_flow_key key;
};

struct pp_flow_table {
    struct pp_flow_link **bucket;
    uint64_t mask, count;
    struct pp_sipkey secret;
};

int pp_flow_table_init(struct pp_flow_table *t, size_t expected); /* grows by itself; -1: no memory */
void pp_flow_table_release(struct pp_flow_table *t);              /* the entries are their owners' */
/* 0, or -1: no memory, or the key is there already (errno EEXIST). */
int pp_flow_table_insert(struct pp_flow_table *t, struct pp_flow_link *link);
void pp_flow_table_remove(struct pp_flow_table *t, struct pp_flow_link *link);
struct pp_flow_link *pp_flow_table_find(const struct pp_flow_table *t, const struct pp_flow_key *key);

/*
 * The keys of a packet: as sent by the local side (dst remote), and as received by it. An ICMP error has the key of
 * the packet that it quotes (QUOTED is decoded into, and is what the local side had sent). False: no key (a quote too
 * short, a fragment without ports).
 */
bool pp_flow_key_sent(struct pp_flow_key *key, const struct pp_packet *p);
bool pp_flow_key_received(struct pp_flow_key *key, const struct pp_packet *p, struct pp_packet *quoted);

/* P is an ICMP error that carries a quotation: then pp_flow_key_received fills QUOTED. */
bool pp_icmp_quotes(const struct pp_packet *p);
/* Local becomes remote. */
void pp_flow_key_swap(struct pp_flow_key *key);
/* The ports of TCP, UDP, UDP-Lite, SCTP, DCCP. False: none in this protocol (both 0 then), or not captured. */
bool pp_flow_ports(const struct pp_packet *p, uint16_t *sport, uint16_t *dport);

#endif
