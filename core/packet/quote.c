/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quote.c: reads an ICMP error's quote and extensions, and matches the quote to a packet sent (RFC 792, 4443, 4884,
 * 4950).
 */
#include "quote.h"

enum { EXTENSION_HEADER = 4, OBJECT_HEADER = 4, LABEL_SIZE = 4, CLASS_MPLS = 1, MPLS_INCOMING = 1 };

static void read_labels(struct pp_quote *q, const uint8_t *b, unsigned len)
{
    for (unsigned at = 0; at + LABEL_SIZE <= len; at += LABEL_SIZE) {
        uint32_t entry = pp_get32(b + at);

        if (q->labels == PP_QUOTE_LABELS) {
            q->more_labels = true;
            return;
        }
        q->label[q->labels++] = (struct pp_label){
            .label = entry >> 12, .tc = entry >> 9 & 7, .bottom = entry >> 8 & 1, .ttl = (uint8_t)entry};
        if (entry >> 8 & 1)
            return;
    }
}

/* Reads RFC 4884 section 7: a header with version and checksum, then objects, each with its length. */
static void read_extensions(struct pp_quote *q, const uint8_t *x, unsigned len, bool whole)
{
    if (x == NULL || !whole || len < EXTENSION_HEADER || x[0] >> 4 != 2)
        return;
    if (pp_get16(x + 2) != 0 && pp_sum_finish(pp_sum(x, len, 0)) != 0)
        return;
    for (unsigned at = EXTENSION_HEADER; at < len;) {
        unsigned size = len - at < OBJECT_HEADER ? 0 : pp_get16(x + at);

        if (size < OBJECT_HEADER || size > len - at) {
            q->labels = 0;
            q->more_labels = false;
            return;
        }
        if (x[at + 2] == CLASS_MPLS && x[at + 3] == MPLS_INCOMING && q->labels == 0)
            read_labels(q, x + at + OBJECT_HEADER, size - OBJECT_HEADER);
        at += size;
    }
    q->extended = true;
}

bool pp_quote_read(struct pp_quote *q, const struct pp_packet *error)
{
    const struct pp_icmp_view *v = &error->icmp;

    *q = (struct pp_quote){.type = 0};
    if ((error->proto != PP_PROTO_ICMP && error->proto != PP_PROTO_ICMP6) || error->truncated || v->quote == NULL)
        return false;
    if (pp_packet_decode_quote(&q->packet, v->quote, v->quote_len) != 0 || q->packet.family != error->family)
        return false;
    q->type = v->type;
    q->code = v->code;
    q->len = v->quote_len;
    q->more = v->quote + v->quote_len < error->l4 + error->l4_cap;
    q->padded = v->padded;
    read_extensions(q, v->ext, v->ext_len, error->l4_cap == error->l4_len);
    return true;
}

bool pp_quote_is_of(const struct pp_quote *q, const uint8_t *sent, size_t len)
{
    const struct pp_packet *is = &q->packet;
    struct pp_packet was;
    bool sport, id, label, own;

    if (pp_packet_decode(&was, sent, len) != 0 || was.family != is->family || was.proto != is->proto)
        return false;
    if (!pp_addr_eq(&was.dst, &is->dst) || is->frag_off != 0 || is->l4_cap < 8 || was.l4_cap < 8)
        return false;
    if (was.proto != PP_PROTO_TCP && was.proto != PP_PROTO_UDP)
        return false;
    sport = was.sport == is->sport;
    id = was.family == 4 && was.ip_id != 0 && was.ip_id == is->ip_id;
    label = was.family == 6 && was.flow_label != 0 && was.flow_label == is->flow_label;
    if (was.proto == PP_PROTO_TCP) {
        if (was.tcp.seq == is->tcp.seq)
            return sport || was.dport == is->dport;
        return sport && was.dport == is->dport && (id || label);
    }
    if (was.dport != is->dport || was.udp.len != is->udp.len)
        return false;
    own = pp_get16(was.l4 + 6) != 0 && pp_get16(was.l4 + 6) == pp_get16(is->l4 + 6);
    /* Over IPv4 a zero checksum in either packet matches nothing. */
    return sport ? own || id || label || was.family == 6 : own && (id || label);
}
