/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quote.h: what an ICMP error quotes of a packet that we sent, and how it differs from that packet: where a router's
 * quote differs, the path changed the packet before it. Routers quote between 8 bytes of the upper layer (RFC 792) and
 * 1232 bytes in all (RFC 4443); behind the quote there may be padding and extensions (RFC 4884), with the MPLS label
 * stack under which the packet came (RFC 4950). Pure functions, any thread, any bytes; nothing is allocated or printed,
 * and what is found points into the caller's bytes.
 */
#ifndef PP_QUOTE_H
#define PP_QUOTE_H

#include "packet.h"

#define PP_QUOTE_LABELS 8 /* label stack entries that are kept; real stacks have one to four */

/* A label stack entry (RFC 3032 section 2.1). */
struct pp_label {
    uint32_t label; /* 20 bits */
    uint8_t tc, ttl;
    bool bottom;
};

struct pp_quote {
    struct pp_packet packet; /* as quoted, as far as it reaches: pp_packet_decode_quote */
    uint8_t type, code;      /* of the error */
    uint16_t len;            /* bytes of a datagram in it: no padding, no extensions */
    bool padded;             /* RFC 4884 section 5: the quote may be padded with zeros up to 128 bytes */
    bool extended;           /* there are extensions, with a right checksum or none, that can be walked to their end */
    uint8_t labels;          /* of the first MPLS object, from the top of the stack */
    bool more_labels;
    struct pp_label label[PP_QUOTE_LABELS];
};

/* What ERROR, a decoded ICMP or ICMPv6 error, quotes. False: it is none, or quotes no IP header of its own family. */
bool pp_quote_read(struct pp_quote *q, const struct pp_packet *error);

/*
 * Whether Q quotes this very packet: SENT of LEN bytes as it left. Destination and protocol have to be its own, and of
 * ports, IP ID, and what the first 8 bytes of TCP or UDP identify (sequence number; length and checksum) so much
 * that one of them may have been rewritten (by a NAT, say), and that a forger who saw none of our packets has to guess
 * 32 bits or more over IPv4, 16 over IPv6 datagrams.
 */
bool pp_quote_is_of(const struct pp_quote *q, const uint8_t *sent, size_t len);

/* Fields that the path can change. Names and what else is known of each: pp_field_rows. */
enum pp_quote_field {
    PP_FIELD_ECN,
    PP_FIELD_DSCP,
    PP_FIELD_IP_LENGTH,   /* total length (IPv4), payload length (IPv6) */
    PP_FIELD_IP_ID,
    PP_FIELD_IP_FLAGS,    /* IPv4: the top three bits in place, as in pp_packet.ip_flags */
    PP_FIELD_IP_OFFSET,
    PP_FIELD_IP_PROTOCOL, /* IPv6: the first next header that differs, extension headers that came or went included */
    PP_FIELD_IP_SOURCE,
    PP_FIELD_IP_HEADER,   /* IPv4: header length and options; IPv6: bytes within extension headers */
    PP_FIELD_IP_CHECKSUM, /* only where nothing explains it; each router computes it anew, so it tells of the quoter */
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
    PP_FIELD_TCP_OPTION,   /* of one kind: pp_change.option. NOP and EOL are no options here: they fill */
    PP_FIELD_TCP_LAYOUT,   /* the same options, in another order or with other filling */
    PP_FIELD_UDP_SPORT,
    PP_FIELD_UDP_DPORT,
    PP_FIELD_UDP_LENGTH,
    PP_FIELD_UDP_CHECKSUM,
    PP_FIELD_UDP_SURPLUS,  /* bytes behind the UDP length (RFC 9868) */
    PP_FIELD_PAYLOAD,
    PP_FIELDS,
};

struct pp_field_row {
    const char *name;   /* "ip.ecn", "tcp.flags"; of options the beginning: "tcp.option" */
    const char *header; /* tracebox's name (short JSON): "IP::ECN", "TCP::O::%s"; NULL: it has none */
    const char *pto;    /* the condition in an observatory's vocabulary: "dscp.%u.changed"; NULL: it has none */
    uint8_t size;       /* bytes that it takes where it is written in hexadecimal; 0: it varies */
    bool hop;           /* it says nothing of the path: never located */
};
extern const struct pp_field_row pp_field_rows[PP_FIELDS];

enum pp_changed { PP_CHANGED_VALUE, PP_CHANGED_ADDED, PP_CHANGED_REMOVED };

/*
 * One difference. Values are numbers as on the wire, in host order. Of what may be longer than 8 bytes (options,
 * addresses, surplus, payload) they are the up to 8 bytes from AT on, the first that differs, as a big-endian number;
 * LEN says how many.
 */
struct pp_change {
    uint8_t field;  /* enum pp_quote_field */
    uint8_t option; /* PP_FIELD_TCP_OPTION: its kind */
    uint8_t how;    /* enum pp_changed */
    uint8_t at, len;
    uint16_t end;   /* a quote of so many bytes or more shows this field: it is as sent where no change says else */
    uint64_t sent, seen; /* 0 where it was not there */
};

#define PP_CHANGES_MAX 10 /* a path that changes more has been rewritten as a whole */

struct pp_diff {
    uint16_t quote; /* bytes of our packet that the quote shows */
    uint8_t changes;
    bool more;      /* there were more than PP_CHANGES_MAX */
    bool followed;  /* the upper layer's checksum changed with what it covers: a consequence, no change */
    struct pp_change change[PP_CHANGES_MAX];
};

/*
 * How Q, a quote of SENT of LEN bytes, differs from it; changes in the order of the fields, options by their place.
 * Compared as far as the quote reaches. Never a change: TTL; an IP checksum that the rest of the header explains; an
 * upper layer's checksum where a field that it covers changed; a length in the other byte order, or 0 in a quote of
 * IPv4 (old kernels); data offset 0 and all behind it (padding behind 8 bytes of upper layer); zeros of RFC 4884's
 * padding; bytes past the quoted datagram, or past ours.
 */
void pp_quote_compare(const struct pp_quote *q, const uint8_t *sent, size_t len, struct pp_diff *d);

/* "ip.ecn", "tcp.option.mss", "tcp.option.253". Returns BUF. */
#define PP_FIELD_STRLEN 32
const char *pp_field_name(uint8_t field, uint8_t option, char buf[PP_FIELD_STRLEN]);
/* And back. False: no such field. */
bool pp_quote_field(const char *name, uint8_t *field, uint8_t *option);
/* Of TCP option KIND in conditions and names, "mss", and as tracebox has it, "SACKPermitted"; NULL: it has none. */
const char *pp_option_name(uint8_t kind);
const char *pp_option_header(uint8_t kind);

#endif
