/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quote.h: compares the quote in an ICMP error with the packet that we sent: a difference shows that the path changed
 * the packet before the quoting router. Routers quote between 8 bytes of the upper layer (RFC 792) and 1232 bytes in
 * all (RFC 4443); behind the quote there may be padding and extensions (RFC 4884), with the MPLS label stack under
 * which the packet came (RFC 4950). Pure functions, any thread, any bytes; nothing is allocated or printed, and results
 * point into the caller's bytes.
 */
#ifndef PP_QUOTE_H
#define PP_QUOTE_H

#include "packet.h"

#define PP_QUOTE_LABELS 8 /* label stack entries that are kept; common stacks have one to four */

/* A label stack entry (RFC 3032 section 2.1). */
struct pp_label {
    uint32_t label; /* 20 bits */
    uint8_t tc, ttl;
    bool bottom;
};

struct pp_quote {
    struct pp_packet packet; /* the quoted packet, as far as quoted: pp_packet_decode_quote */
    uint8_t type, code;      /* of the ICMP error */
    uint16_t len;            /* bytes of the quoted datagram, without padding and extensions */
    bool more;               /* there are bytes behind these */
    bool padded;             /* RFC 4884 section 5: the quote may be padded with zeros up to 128 bytes */
    bool extended;           /* extensions present that parse to their end, with a valid checksum or none */
    uint8_t labels;          /* entries of the first MPLS object, from the top of the stack */
    bool more_labels;
    struct pp_label label[PP_QUOTE_LABELS];
};

/*
 * Reads the quote of ERROR, a decoded ICMP or ICMPv6 error. False: ERROR quotes nothing, or no IP header of its family.
 */
bool pp_quote_read(struct pp_quote *q, const struct pp_packet *error);

/*
 * True if Q quotes the packet SENT, LEN bytes as it left; TCP and UDP only. Destination and protocol must match. Of
 * ports, IP ID (IPv4), flow label (IPv6) and the fields that the first 8 bytes of TCP or UDP hold (sequence number;
 * length and checksum) enough must match that one may have been rewritten (by a NAT, say), and that a forger who has
 * seen none of our packets has to guess 32 bits or more over IPv4, 16 over IPv6 datagrams.
 */
bool pp_quote_is_of(const struct pp_quote *q, const uint8_t *sent, size_t len);

/* Fields that the path can change. pp_field_rows has their names and properties. */
enum pp_quote_field {
    PP_FIELD_ECN,
    PP_FIELD_DSCP,
    PP_FIELD_IP_LENGTH,   /* total length (IPv4), payload length (IPv6) */
    PP_FIELD_IP_ID,
    PP_FIELD_IP_FLAGS,    /* IPv4: the top three bits in place, as in pp_packet.ip_flags */
    PP_FIELD_IP_OFFSET,
    PP_FIELD_IP_PROTOCOL, /* IPv6: the first next header that differs, extension headers added or removed included */
    PP_FIELD_IP_SOURCE,
    PP_FIELD_IP_HEADER,   /* IPv4: header length and options; IPv6: bytes within extension headers */
    PP_FIELD_IP_CHECKSUM, /* only if no other change explains it; routers recompute it, so it describes the quoter */
    PP_FIELD_FLOW_LABEL,
    PP_FIELD_TCP_SPORT,
    PP_FIELD_TCP_DPORT,
    PP_FIELD_TCP_SEQ,
    PP_FIELD_TCP_ACK,
    PP_FIELD_TCP_OFFSET,
    PP_FIELD_TCP_RESERVED, /* the three bits between data offset and AE, as 0 to 7 */
    PP_FIELD_TCP_FLAGS,    /* nine bits, AE to FIN: enum pp_tcp_flag */
    PP_FIELD_TCP_WINDOW,
    PP_FIELD_TCP_CHECKSUM,
    PP_FIELD_TCP_URGENT,
    PP_FIELD_TCP_OPTION,   /* an option of one kind: pp_change.option. NOP and EOL, as padding, are not compared here */
    PP_FIELD_TCP_LAYOUT,   /* the same options in another order or with other padding */
    PP_FIELD_UDP_SPORT,
    PP_FIELD_UDP_DPORT,
    PP_FIELD_UDP_LENGTH,
    PP_FIELD_UDP_CHECKSUM,
    PP_FIELD_UDP_SURPLUS,  /* bytes behind the UDP length (RFC 9868) */
    PP_FIELD_PAYLOAD,
    PP_FIELDS,
};

struct pp_field_row {
    const char *name;   /* "ip.ecn", "tcp.flags"; of options the prefix: "tcp.option" */
    const char *header; /* tracebox's name (short JSON): "IP::ECN", "TCP::O::%s"; NULL: it has none */
    const char *pto;    /* the condition in an observatory's vocabulary: "dscp.%u.changed"; NULL: it has none */
    uint8_t size;       /* bytes of the field in hexadecimal output; 0: variable */
    bool hop;           /* routers recompute it: a change is never located on the path */
};
extern const struct pp_field_row pp_field_rows[PP_FIELDS];

enum pp_changed { PP_CHANGED_VALUE, PP_CHANGED_ADDED, PP_CHANGED_REMOVED };

/*
 * One difference. Values are numbers as on the wire, in host order. Of a field that may exceed 8 bytes (options,
 * addresses, surplus, payload) they are up to 8 bytes from offset AT on, the first that differs, as a big-endian
 * number; LEN is their count.
 */
struct pp_change {
    uint8_t field;  /* enum pp_quote_field */
    uint8_t option; /* PP_FIELD_TCP_OPTION: the option's kind */
    uint8_t how;    /* enum pp_changed */
    uint8_t at, len;
    uint16_t end;   /* bytes: a quote at least this long shows the field, so no change in it means that it is as sent */
    uint64_t sent, seen; /* 0 where the field was absent */
};

/* True if C is a congestion mark: an ECT codepoint that arrived as CE (RFC 3168 section 5). */
static inline bool pp_change_is_mark(const struct pp_change *c)
{
    return c->field == PP_FIELD_ECN && c->sent != PP_NOT_ECT && c->seen == PP_CE;
}

#define PP_CHANGES_MAX 10 /* with more changes the packet counts as rewritten as a whole */

struct pp_diff {
    uint16_t quote; /* bytes of our packet that the quote contains */
    uint8_t changes;
    bool more;      /* there were more than PP_CHANGES_MAX changes */
    bool followed;  /* the upper layer's checksum changed together with a field that it covers: no change of its own */
    struct pp_change change[PP_CHANGES_MAX];
};

/*
 * Compares Q, a quote, with the packet SENT of LEN bytes, as far as the quote reaches. *D gets the changes in the order
 * of the fields, options by their position. Not reported: TTL; an IP checksum that the rest of the header explains; an
 * upper layer's checksum where a field that it covers changed, unless UDP's came or went (0); a length in the other
 * byte order, or 0 or less the header in a quote of IPv4 (old kernels), unless it ends there; data offset 0 and all
 * behind it (padding behind 8 bytes of upper layer); zeros of RFC 4884's padding; bytes past the quoted datagram, or
 * past SENT.
 */
void pp_quote_compare(const struct pp_quote *q, const uint8_t *sent, size_t len, struct pp_diff *d);

/* "ip.ecn", "tcp.option.mss", "tcp.option.253". Returns BUF. */
#define PP_FIELD_STRLEN 32
const char *pp_field_name(uint8_t field, uint8_t option, char buf[PP_FIELD_STRLEN]);
/* The reverse of it: looks up NAME. False: no such field. */
bool pp_quote_field(const char *name, uint8_t *field, uint8_t *option);
/*
 * The name of TCP option KIND in conditions and fields ("mss"), and as tracebox has it ("SACKPermitted"); NULL: none.
 */
const char *pp_option_name(uint8_t kind);
const char *pp_option_header(uint8_t kind);

#endif
