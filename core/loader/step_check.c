/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * step_check.c: checks one step of an arm. Done once, at loading, so that every step that passes can be built: lengths
 * fit, and it changes only properties that its class of packets has.
 */
#include "plugins_parts.h"

#define PAYLOAD_MAX 1460
#define TCP_OPTIONS_MAX 40 /* bytes, by RFC 9293 section 3.1 */
#define OCS_ROOM 3     /* RFC 9868 section 9: two bytes, after a padding byte if they would begin at an odd offset */
#define PADDING_MAX 272 /* 1500 less the 1200 bytes of QUIC and the IPv4 and UDP headers */
#define PADDING_MIN 15 /* an OPT record (RFC 6891) with an empty padding option (RFC 7830) */

bool pp_step_is_empty(const struct pp_step *s)
{
    return !s->tos_mask && !s->tcp_set && !s->tcp_clear && !s->ip_flags && !s->ttl && !s->udp_checksum &&
           !s->options_len && !s->without && !s->payload_len && !s->surplus_len && !s->padding && !s->segments &&
           !s->fast_open && !s->http && !s->quic && !s->size && !s->withhold && !s->set_window && !s->urgent &&
           !s->label && !s->ip_options_len && !s->nextensions && !s->fragments && !s->prefix_len;
}

/* Kind and length bytes must lead exactly to the end (RFC 9293 section 3.1); kinds 0 and 1 are single bytes. */
static bool options_add_up(const uint8_t *o, unsigned len)
{
    unsigned i = 0;

    while (i < len) {
        unsigned size = o[i] <= 1 ? 1 : i + 1 < len && o[i + 1] >= 2 ? o[i + 1] : len + 1;
        i += size;
    }
    return i == len;
}

/*
 * Checks IPv4 options: they lead to their end as TCP's do, without a source route (RFC 791 section 3.1: 131, 137),
 * which would route the packet via other hosts, and is dropped nearly everywhere (RFC 7126 section 4.3).
 */
static bool ip_options_sound(const uint8_t *o, unsigned len)
{
    for (unsigned i = 0; i < len; i += o[i] <= 1 ? 1 : o[i + 1])
        if (o[i] == 131 || o[i] == 137)
            return false;
    return true;
}

/*
 * Returns NULL, or the fault of extension header X. FIRST: X is the first, the only place for hop-by-hop options (RFC
 * 8200 section 4.1).
 */
static const char *extension_fault(const struct pp_extension *x, bool first)
{
    if (x->type != 0 && x->type != 43 && x->type != 60)
        return "has an extension header of a type other than 0, 43 and 60";
    if (x->type == 0 && !first)
        return "has hop-by-hop options that are not the first extension header";
    if (!x->bytes || x->len < 8 || x->len != (x->bytes[1] + 1u) * 8)
        return "has an extension header whose length field (8-byte units after the first) differs from its length";
    /* Type 0 is deprecated (RFC 5095); a header with segments left would route the packet via other hosts. */
    if (x->type == 43 && (x->bytes[2] == 0 || x->bytes[3] != 0))
        return "has a routing header of type 0 or with segments left";
    return NULL;
}

/* Checks a step's changes to the IP layer, and the packets that it selects. Returns NULL, or the fault. */
static const char *ip_fault(const struct pp_step *s)
{
    bool ack = s->on == PP_ON_ACK;
    unsigned len = 0;

    if (s->which & ~(ack ? PP_PURE_ACK | PP_FIN | PP_RST : PP_SENT_FIRST | PP_SENT_AGAIN))
        return "selects packets that its packet class does not have";
    if (s->withhold > 1 || (s->withhold && (ack || s->which != PP_SENT_FIRST)))
        return "withholds packets that are never retransmitted: it is for first transmissions only";
    if (s->label > PP_LABEL_PACKET || s->flow_label > 0xfffff || (s->flow_label && s->label != PP_LABEL_FIXED))
        return "has a flow label of more than 20 bits, or a value without the rule for a fixed label";
    if (s->ip_options_len > 40 || (s->ip_options_len && !s->ip_options) ||
        !options_add_up(s->ip_options, s->ip_options_len))
        return "has IPv4 options whose lengths do not add up";
    if (!ip_options_sound(s->ip_options, s->ip_options_len))
        return "has a source route option of IPv4";
    if (s->nextensions > PP_MAX_EXTENSIONS || (s->nextensions && !s->extensions))
        return "has too many extension headers, or a count without the table";
    for (unsigned i = 0; i < s->nextensions; i++) {
        const char *fault = extension_fault(&s->extensions[i], i == 0);
        if (fault)
            return fault;
        len += s->extensions[i].len;
    }
    if (len > PP_MAX_HEADERS)
        return "has more bytes of extension headers than allowed";
    if (s->fragments > PP_MAX_FRAGMENTS || s->first_fragment % 8 || s->first_fragment > 1480 ||
        s->fragments_reversed > 1 || (s->fragments < 2 && (s->first_fragment || s->fragments_reversed)))
        return "asks for impossible fragments: there are 1 to 4, the first a multiple of 8 bytes; an order needs two "
               "or more";
    if (s->fragments > 1 && s->ip_options_len)
        return "has both IPv4 options and fragments";
    return NULL;
}

/* Checks the packets that a step selects, and that it changes something. Returns NULL, or the fault. */
static const char *class_fault(const struct pp_step *s)
{
    if (s->on >= PP_ON_COUNT)
        return "names no packet class";
    if (pp_step_is_empty(s))
        return "changes nothing";
    if (s->first > s->last)
        return "has a first packet after its last";
    if (s->only_first && s->last)
        return "has both only_first and a range";
    return NULL;
}

/* Checks a step's changes to headers other than IP's. Returns NULL, or the fault. */
static const char *header_fault(const struct pp_step *s, bool udp)
{
    if (s->tos & ~s->tos_mask)
        return "sets TOS bits that its mask does not cover";
    if ((s->tcp_set | s->tcp_clear) & ~0xfff || s->tcp_set & s->tcp_clear)
        return "sets and clears the same TCP flag, or names one that does not exist";
    if (s->ip_flags & 0x1f)
        return "sets an IP flag that does not exist";
    if (s->udp_checksum > PP_UDP_CHECKSUM_IP_LENGTH)
        return "has an unknown UDP checksum mode";
    if (udp && (s->tcp_set || s->tcp_clear || s->options_len || s->set_window || s->urgent))
        return "changes TCP fields of UDP packets";
    if (!udp && (s->udp_checksum || s->surplus_len || s->padding))
        return "changes UDP fields of TCP packets";
    if (s->options_len > TCP_OPTIONS_MAX || (s->options_len && !s->options) ||
        !options_add_up(s->options, s->options_len))
        return "has TCP options whose lengths do not add up";
    if (s->without & ~(PP_WITHOUT_TIMESTAMPS | PP_WITHOUT_WINDOW_SCALE | PP_WITHOUT_SACK) ||
        (s->without && (s->on != PP_ON_SYN || s->last || s->only_first)))
        return "leaves out an unknown option, or leaves one out of packets other than all SYNs";
    if (s->set_window > 1 || (s->window && !s->set_window))
        return "has a window without set_window";
    return NULL;
}

/* Checks a step's data, their length and their division into packets. Returns NULL, or the fault. */
static const char *data_fault(const struct pp_step *s, bool udp)
{
    if (s->payload_len && (s->on != PP_ON_SYN || !s->payload || s->payload_len > PAYLOAD_MAX))
        return "has a payload that is too long or not on SYNs";
    if (s->fast_open & ~(PP_FAST_OPEN_COOKIE | PP_FAST_OPEN_DATA) ||
        (s->fast_open && (s->on != PP_ON_SYN || s->last || s->only_first || s->payload_len || s->options_len)))
        return "uses TCP Fast Open in an unknown way, beside other data or options, or not on all SYNs";
    if (s->surplus_len && (!s->surplus || s->surplus_len > PAYLOAD_MAX))
        return "has a surplus that is too long for a datagram";
    if (s->ocs > PP_OCS_ZERO || (s->ocs && s->surplus_len < OCS_ROOM))
        return "has an option checksum, but a surplus without room for it";
    if (s->padding && s->padding < PADDING_MIN)
        return "pads a DNS message by less than a padding option takes";
    if (s->padding > PADDING_MAX)
        return "pads a message by more than fits into a frame";
    if (s->segments && ((s->on != PP_ON_DATA && !udp) || s->segments == 1 || s->last || s->only_first ||
        s->segments > (udp ? 2 : PP_MAX_SEGMENTS)))
        return "splits packets other than data, only some of the data, or into too many segments";
    if (s->pause && s->pause >= s->segments)
        return "pauses before a segment that does not exist";
    if (s->http && (s->http != PP_HTTP_2 || s->on != PP_ON_DATA || s->last || s->only_first))
        return "asks for an unknown version of HTTP, or does so on packets other than all data";
    if (s->quic > PP_QUIC_ASKS_INITIAL || (s->quic && (!udp || s->last || s->only_first)))
        return "asks an unknown question in QUIC, or does so on packets other than all datagrams";
    if (s->size && ((!udp && s->on != PP_ON_DATA) || s->last || s->only_first || s->padding || s->segments))
        return "sets the size of packets other than all data or all datagrams, or beside another length";
    if (s->size && (s->size < PP_MIN_SIZE || s->size > PP_MAX_SIZE))
        return "sets a packet size below what every path carries, or above what fits into a frame";
    if (s->prefix_len > PP_MAX_PREFIX || (s->prefix_len && (!udp || !s->prefix)))
        return "has a prefix on packets other than datagrams, or one that is too long";
    return NULL;
}

bool pp_step_sound(const struct pp_step *s, const char *arm, unsigned i, char why[PP_WHY])
{
    bool udp = s->on == PP_ON_DATAGRAM;
    const char *what = class_fault(s);

    if (!what)
        what = header_fault(s, udp);
    if (!what)
        what = data_fault(s, udp);
    if (!what)
        what = ip_fault(s);
    return !what || pp_plugin_why(why, "arm %s, step %u %s", arm, i, what);
}
