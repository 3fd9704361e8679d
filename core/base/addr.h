/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addr.h: one type for IPv4 and IPv6 addresses. IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so one
 * key, one comparison and one prefix length (out of 128) serve both families.
 */
#ifndef PP_ADDR_H
#define PP_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "banned.h"

struct pp_addr {
    uint8_t b[16]; /* network order; ::ffff:a.b.c.d for IPv4 */
};

/* Bytes for any text form with its NUL. */
#define PP_ADDR_STRLEN 48

static inline bool pp_addr_is4(const struct pp_addr *a)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(a->b, mapped, sizeof mapped) == 0;
}

static inline int pp_addr_family(const struct pp_addr *a)
{
    return pp_addr_is4(a) ? 4 : 6;
}

static inline bool pp_addr_eq(const struct pp_addr *a, const struct pp_addr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* True for 127.0.0.0/8 (RFC 1122 section 3.2.1.3) and ::1 (RFC 4291 section 2.5.3). */
static inline bool pp_addr_is_loopback(const struct pp_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};
    return pp_addr_is4(a) ? a->b[12] == 127 : memcmp(a->b, one, sizeof one) == 0;
}

/* Makes an address from 4 or 16 bytes in network order. */
struct pp_addr pp_addr_from4(const void *bytes);
struct pp_addr pp_addr_from16(const void *bytes);
/* Returns the bytes as in a header, 4 or 16 of them. Borrowed from A. */
static inline const uint8_t *pp_addr_raw(const struct pp_addr *a)
{
    return pp_addr_is4(a) ? a->b + 12 : a->b;
}

/*
 * Parses any valid text form of LEN bytes, without brackets or zone. ::ffff:a.b.c.d is IPv4. 0, or -1 (nothing
 * printed).
 */
int pp_addr_parse(struct pp_addr *a, const char *text, size_t len);
/* Writes RFC 5952 text, or dotted quad. Returns BUF. */
const char *pp_addr_str(const struct pp_addr *a, char buf[PP_ADDR_STRLEN]);

/* Fills in SS with PORT (host order; 0 for sendto(2) on a raw socket). Returns the length used. */
socklen_t pp_addr_sockaddr(const struct pp_addr *a, uint16_t port, struct sockaddr_storage *ss);
/* Reads address and port (host order) from SA; PORT may be NULL. 0, or -1 if SA is neither AF_INET nor AF_INET6. */
int pp_addr_from_sockaddr(struct pp_addr *a, uint16_t *port, const struct sockaddr *sa);

#define PP_EMBEDDED_MAX 2

/*
 * Extracts the IPv4 addresses that A, an IPv6 address, embeds: a translator or a tunnel relay forwards packets for A to
 * them; the final destination comes first. Well-known forms only: 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64: RFC 6052, RFC
 * 8215), 2002::/16 (6to4: RFC 3056), 2001::/32 (Teredo, client and server: RFC 4380), ::/96 (RFC 4291), and
 * ::ffff:0:0:0/96 (RFC 2765). In 64:ff9b:1::/48 the length of the translator's prefix is unknown: the shortest of RFC
 * 6052's lengths with a zero suffix is assumed. Returns their number; 0: A embeds none.
 */
unsigned pp_addr_embedded(const struct pp_addr *a, struct pp_addr v4[PP_EMBEDDED_MAX]);

struct pp_prefix {
    struct pp_addr addr;
    uint8_t len; /* out of 128: an IPv4 /24 is 120 */
};

/* Parses "10.0.0.0/8", "2001:2::/48", or a bare address. Host bits are cleared. 0, or -1 (nothing printed). */
int pp_prefix_parse(struct pp_prefix *p, const char *text, size_t len);
/* True if A is within P. A prefix shorter than 96 bits contains no IPv4 address. */
bool pp_prefix_has(const struct pp_prefix *p, const struct pp_addr *a);
/*
 * Returns the network of A to which all limits apply: its /48, of IPv4 the /24; of an address that embeds IPv4 the
 * embedded address's /24, as otherwise all of 64:ff9b::/96 would be one /48.
 */
struct pp_prefix pp_addr_network(const struct pp_addr *a);
/* Returns A with all bits behind the first LEN (out of 128) cleared. */
struct pp_addr pp_addr_mask(const struct pp_addr *a, unsigned len);

#endif
