/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c: the flow table, a chained hash table over 5-tuples that doubles when it is full, and the keys of packets. */
#include "table.h"

#include <errno.h>

#define TABLE_MIN 64
#define TABLE_MAX (UINT64_C(1) << 28) /* buckets; beyond it the lists grow longer */

/* SCTP (RFC 9260), UDP-Lite (RFC 3828) and DCCP (RFC 4340) begin with two ports as TCP and UDP do. */
enum { PROTO_DCCP = 33, PROTO_SCTP = 132, PROTO_UDPLITE = 136 };

_Static_assert(sizeof(struct pp_flow_key) == 40, "the key is hashed and compared as bytes");

int pp_flow_table_init(struct pp_flow_table *t, size_t expected)
{
    uint64_t n = TABLE_MIN;

    while (n < expected && n < TABLE_MAX)
        n *= 2;
    t->bucket = calloc(n, sizeof(*t->bucket));
    t->mask = t->bucket ? n - 1 : 0;
    t->count = 0;
    t->secret = pp_sipkey_random();
    return t->bucket ? 0 : -1;
}

void pp_flow_table_release(struct pp_flow_table *t)
{
    free(t->bucket);
    t->bucket = NULL;
    t->mask = 0;
    t->count = 0;
}

/* Doubles the buckets. Without memory for that the table keeps working, with longer lists. */
static void grow(struct pp_flow_table *t)
{
    uint64_t n = (t->mask + 1) * 2, i;
    struct pp_flow_link **bucket, *link, *next;

    if (n > TABLE_MAX)
        return;
    bucket = calloc(n, sizeof(*bucket));
    if (!bucket)
        return;
    for (i = 0; i <= t->mask; i++) {
        for (link = t->bucket[i]; link; link = next) {
            next = link->next;
            link->next = bucket[link->hash & (n - 1)];
            bucket[link->hash & (n - 1)] = link;
        }
    }
    free(t->bucket);
    t->bucket = bucket;
    t->mask = n - 1;
}

static struct pp_flow_link *find_hashed(const struct pp_flow_table *t, const struct pp_flow_key *key, uint64_t hash)
{
    struct pp_flow_link *link;

    for (link = t->bucket[hash & t->mask]; link; link = link->next) {
        if (link->hash == hash && memcmp(&link->key, key, sizeof(*key)) == 0)
            return link;
    }
    return NULL;
}

int pp_flow_table_insert(struct pp_flow_table *t, struct pp_flow_link *link)
{
    link->hash = pp_siphash(&t->secret, &link->key, sizeof(link->key));
    if (find_hashed(t, &link->key, link->hash)) {
        errno = EEXIST;
        return -1;
    }
    if (t->count > t->mask)
        grow(t);
    link->next = t->bucket[link->hash & t->mask];
    t->bucket[link->hash & t->mask] = link;
    t->count++;
    return 0;
}

void pp_flow_table_remove(struct pp_flow_table *t, struct pp_flow_link *link)
{
    struct pp_flow_link **at = &t->bucket[link->hash & t->mask];

    while (*at && *at != link)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = link->next;
    link->next = NULL;
    t->count--;
}

struct pp_flow_link *pp_flow_table_find(const struct pp_flow_table *t, const struct pp_flow_key *key)
{
    return find_hashed(t, key, pp_siphash(&t->secret, key, sizeof(*key)));
}

bool pp_flow_ports(const struct pp_packet *p, uint16_t *sport, uint16_t *dport)
{
    switch (p->proto) {
    case PP_PROTO_TCP:
    case PP_PROTO_UDP:
    case PROTO_DCCP:
    case PROTO_SCTP:
    case PROTO_UDPLITE:
        if (p->frag_off || !p->l4 || p->l4_cap < 4)
            return false;
        *sport = pp_get16(p->l4);
        *dport = pp_get16(p->l4 + 2);
        return true;
    default:
        *sport = *dport = 0;
        return false;
    }
}

static bool has_ports(uint8_t proto)
{
    return proto == PP_PROTO_TCP || proto == PP_PROTO_UDP || proto == PROTO_DCCP || proto == PROTO_SCTP ||
           proto == PROTO_UDPLITE;
}

bool pp_flow_key_sent(struct pp_flow_key *key, const struct pp_packet *p)
{
    memset(key, 0, sizeof(*key));
    if (p->proto == 255 || p->frag_off)
        return false;
    if (!pp_flow_ports(p, &key->lport, &key->rport) && has_ports(p->proto))
        return false;
    key->local = p->src;
    key->remote = p->dst;
    key->proto = p->proto;
    return true;
}

void pp_flow_key_swap(struct pp_flow_key *key)
{
    struct pp_addr addr = key->local;
    uint16_t port = key->lport;

    key->local = key->remote;
    key->remote = addr;
    key->lport = key->rport;
    key->rport = port;
}

bool pp_icmp_quotes(const struct pp_packet *p)
{
    return (p->proto == PP_PROTO_ICMP || p->proto == PP_PROTO_ICMP6) && !p->frag_off && !p->truncated &&
           p->icmp.quote != NULL;
}

bool pp_flow_key_received(struct pp_flow_key *key, const struct pp_packet *p, struct pp_packet *quoted)
{
    if (pp_icmp_quotes(p)) {
        if (pp_packet_decode_quote(quoted, p->icmp.quote, p->icmp.quote_len) != 0 || !pp_flow_key_sent(key, quoted))
            return false;
        key->local = p->dst; /* a NAT may have translated the error's header and not the quote */
        return true;
    }
    if (!pp_flow_key_sent(key, p))
        return false;
    pp_flow_key_swap(key);
    return true;
}
