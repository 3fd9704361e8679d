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

/* Enough for any text form with its NUL. */
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

/* 127.0.0.0/8 (RFC 1122 section 3.2.1.3), ::1 (RFC 4291 section 2.5.3). */
static inline bool pp_addr_is_loopback(const struct pp_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};
    return pp_addr_is4(a) ? a->b[12] == 127 : memcmp(a->b, one, sizeof one) == 0;
}

/* From 4 or 16 bytes in network order. */
struct pp_addr pp_addr_from4(const void *bytes);
struct pp_addr pp_addr_from16(const void *bytes);
/* The bytes as they stand in a header, 4 or 16 of them. Borrowed from A. */
static inline const uint8_t *pp_addr_raw(const struct pp_addr *a)
{
    return pp_addr_is4(a) ? a->b + 12 : a->b;
}

/* Any valid text form of LEN bytes, no brackets, no zone. ::ffff:a.b.c.d is IPv4. 0, or -1 (nothing is printed). */
int pp_addr_parse(struct pp_addr *a, const char *text, size_t len);
/* RFC 5952 text, or dotted quad. Returns BUF. */
const char *pp_addr_str(const struct pp_addr *a, char buf[PP_ADDR_STRLEN]);

/* For sendto(2) on a raw socket: port 0 unless told. Returns the length used. */
socklen_t pp_addr_sockaddr(const struct pp_addr *a, uint16_t port, struct sockaddr_storage *ss);
/* 0, or -1 if SS is neither AF_INET nor AF_INET6. PORT may be NULL. */
int pp_addr_from_sockaddr(struct pp_addr *a, uint16_t *port, const struct sockaddr *sa);

struct pp_prefix {
    struct pp_addr addr;
    uint8_t len; /* out of 128: an IPv4 /24 is 120 */
};

/* "10.0.0.0/8", "2001:2::/48", or a bare address. Host bits are cleared. 0, or -1 (nothing is printed). */
int pp_prefix_parse(struct pp_prefix *p, const char *text, size_t len);
bool pp_prefix_has(const struct pp_prefix *p, const struct pp_addr *a);
/* A with all bits behind the first LEN (out of 128) cleared. */
struct pp_addr pp_addr_mask(const struct pp_addr *a, unsigned len);

#endif
