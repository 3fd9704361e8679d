/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.h: finds the flow that a packet belongs to. The key is the 5-tuple seen from our (or the opener's) side; the
 * hash is keyed, so that remote hosts cannot provoke collisions. Entries live inside their owners' structs. Single
 * thread.
 */
#ifndef PP_FLOW_TABLE_H
#define PP_FLOW_TABLE_H

#include "../base/siphash.h"
#include "../packet/packet.h"

struct pp_flow_key {
    struct pp_addr local, remote;
    uint16_t lport, rport; /* host order; 0 where the protocol has no ports */
    uint8_t proto;
    uint8_t zero[3];
};

/* The first member of every struct in the table; the owner keeps it in place while it is inserted. */
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

int pp_flow_table_init(struct pp_flow_table *t, size_t expected); /* resizes itself; EXPECTED: a hint; -1: no memory */
void pp_flow_table_release(struct pp_flow_table *t);              /* frees no entry */
/* Inserts LINK by its key. 0, or -1: no memory, or the key is in the table (errno EEXIST). */
int pp_flow_table_insert(struct pp_flow_table *t, struct pp_flow_link *link);
/* Removes LINK, which must be in the table. */
void pp_flow_table_remove(struct pp_flow_table *t, struct pp_flow_link *link);
/* The entry with KEY, borrowed from its owner; NULL: none. */
struct pp_flow_link *pp_flow_table_find(const struct pp_flow_table *t, const struct pp_flow_key *key);

/*
 * Make the key of packet P: _sent for one that the local side sent (dst is remote), _received for one that it received.
 * A received ICMP error has the key of the packet that it quotes, which is decoded into *QUOTED. The local address is
 * that to which the error was sent, as a NAT may not have translated back the quoted one. False: no key (a quote too
 * short, a fragment without ports).
 */
bool pp_flow_key_sent(struct pp_flow_key *key, const struct pp_packet *p);
bool pp_flow_key_received(struct pp_flow_key *key, const struct pp_packet *p, struct pp_packet *quoted);

/* True if P is an ICMP error with a quotation; pp_flow_key_received fills QUOTED then. */
bool pp_icmp_quotes(const struct pp_packet *p);
/* Swaps local and remote. */
void pp_flow_key_swap(struct pp_flow_key *key);
/*
 * Gives the ports of TCP, UDP, UDP-Lite, SCTP, DCCP, host order. False: none in this protocol (both 0 then), or not
 * captured.
 */
bool pp_flow_ports(const struct pp_packet *p, uint16_t *sport, uint16_t *dport);

#endif
