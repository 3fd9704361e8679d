/* SPDX-License-Identifier: BSD-2-Clause */
/* special.c: the table of special-purpose blocks, and their names. */
#include "special.h"

#define V4(a, b, c, d, n) {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}}, 96 + (n)}
/* The first four groups of an IPv6 prefix; the others are zero. */
#define V6(a, b, c, d, n)                                                                                             \
    {{{(a) >> 8, (a) & 255, (b) >> 8, (b) & 255, (c) >> 8, (c) & 255, (d) >> 8, (d) & 255}}, (n)}
#define V6_LAST(a, b, last) {{{(a) >> 8, (a) & 255, (b) >> 8, (b) & 255, [15] = (last)}}, 128}

const struct pp_special pp_specials[] = {
    {V4(0, 0, 0, 0, 8), false, "This network"},                        /* RFC 791 */
    {V4(10, 0, 0, 0, 8), false, "Private-Use"},                        /* RFC 1918 */
    {V4(100, 64, 0, 0, 10), false, "Shared Address Space"},            /* RFC 6598 */
    {V4(127, 0, 0, 0, 8), false, "Loopback"},                          /* RFC 1122 */
    {V4(169, 254, 0, 0, 16), false, "Link Local"},                     /* RFC 3927 */
    {V4(172, 16, 0, 0, 12), false, "Private-Use"},                     /* RFC 1918 */
    {V4(192, 0, 0, 0, 24), false, "IETF Protocol Assignments"},        /* RFC 6890 */
    {V4(192, 0, 0, 0, 29), false, "IPv4 Service Continuity Prefix"},   /* RFC 7335 */
    {V4(192, 0, 0, 8, 32), false, "IPv4 dummy address"},               /* RFC 7600 */
    {V4(192, 0, 0, 9, 32), true, "Port Control Protocol Anycast"},     /* RFC 7723 */
    {V4(192, 0, 0, 10, 32), true, "TURN Anycast"},                     /* RFC 8155 */
    {V4(192, 0, 0, 170, 31), false, "NAT64/DNS64 Discovery"},          /* RFC 7050, 8880 */
    {V4(192, 0, 2, 0, 24), false, "Documentation (TEST-NET-1)"},       /* RFC 5737 */
    {V4(192, 31, 196, 0, 24), true, "AS112-v4"},                       /* RFC 7535 */
    {V4(192, 52, 193, 0, 24), true, "AMT"},                            /* RFC 7450 */
    {V4(192, 88, 99, 0, 24), false, "Deprecated (6to4 Relay Anycast)"}, /* RFC 7526 */
    {V4(192, 168, 0, 0, 16), false, "Private-Use"},                    /* RFC 1918 */
    {V4(192, 175, 48, 0, 24), true, "Direct Delegation AS112 Service"}, /* RFC 7534 */
    {V4(198, 18, 0, 0, 15), false, "Benchmarking"},                    /* RFC 2544 */
    {V4(198, 51, 100, 0, 24), false, "Documentation (TEST-NET-2)"},    /* RFC 5737 */
    {V4(203, 0, 113, 0, 24), false, "Documentation (TEST-NET-3)"},     /* RFC 5737 */
    {V4(224, 0, 0, 0, 4), false, "Multicast"},                         /* RFC 5771 */
    {V4(240, 0, 0, 0, 4), false, "Reserved"},                          /* RFC 1112 */
    {V4(255, 255, 255, 255, 32), false, "Limited Broadcast"},          /* RFC 919 */

    {V6(0, 0, 0, 0, 96), false, "Deprecated (IPv4-compatible)"},       /* RFC 4291 section 2.5.5.1 */
    {V6(0, 0, 0, 0, 128), false, "Unspecified Address"},               /* RFC 4291 */
    {V6_LAST(0, 0, 1), false, "Loopback Address"},                     /* RFC 4291 */
    {V6(0x64, 0xff9b, 0, 0, 96), true, "IPv4-IPv6 Translation"},       /* RFC 6052 */
    {V6(0x64, 0xff9b, 1, 0, 48), false, "IPv4-IPv6 Translation"},      /* RFC 8215 */
    {V6(0x100, 0, 0, 0, 64), false, "Discard-Only Address Block"},     /* RFC 6666 */
    {V6(0x100, 0, 0, 1, 64), false, "Dummy IPv6 Prefix"},              /* RFC 9780 */
    {V6(0x2001, 0, 0, 0, 23), false, "IETF Protocol Assignments"},     /* RFC 2928 */
    {V6(0x2001, 0, 0, 0, 32), false, "TEREDO"},                        /* RFC 4380 */
    {V6_LAST(0x2001, 1, 1), true, "Port Control Protocol Anycast"},    /* RFC 7723 */
    {V6_LAST(0x2001, 1, 2), true, "TURN Anycast"},                     /* RFC 8155 */
    {V6_LAST(0x2001, 1, 3), true, "DNS-SD SRP Anycast"},               /* RFC 9665 */
    {V6(0x2001, 2, 0, 0, 48), false, "Benchmarking"},                  /* RFC 5180 */
    {V6(0x2001, 3, 0, 0, 32), true, "AMT"},                            /* RFC 7450 */
    {V6(0x2001, 4, 0x112, 0, 48), true, "AS112-v6"},                   /* RFC 7535 */
    {V6(0x2001, 0x10, 0, 0, 28), false, "Deprecated (ORCHID)"},        /* RFC 4843 */
    {V6(0x2001, 0x20, 0, 0, 28), true, "ORCHIDv2"},                    /* RFC 7343 */
    {V6(0x2001, 0x30, 0, 0, 28), true, "Drone Remote ID"},             /* RFC 9374 */
    {V6(0x2001, 0xdb8, 0, 0, 32), false, "Documentation"},             /* RFC 3849 */
    {V6(0x2002, 0, 0, 0, 16), false, "6to4"},                          /* RFC 3056 */
    {V6(0x2620, 0x4f, 0x8000, 0, 48), true, "Direct Delegation AS112 Service"}, /* RFC 7534 */
    {V6(0x3fff, 0, 0, 0, 20), false, "Documentation"},                 /* RFC 9637 */
    {V6(0x5f00, 0, 0, 0, 16), false, "Segment Routing (SRv6) SIDs"},   /* RFC 9602 */
    {V6(0xfc00, 0, 0, 0, 7), false, "Unique-Local"},                   /* RFC 4193 */
    {V6(0xfe80, 0, 0, 0, 10), false, "Link-Local Unicast"},            /* RFC 4291 */
    {V6(0xfec0, 0, 0, 0, 10), false, "Deprecated (Site-Local)"},       /* RFC 3879 */
    {V6(0xff00, 0, 0, 0, 8), false, "Multicast"},                      /* RFC 4291 */
};
const size_t pp_specials_count = sizeof pp_specials / sizeof *pp_specials;

const char *pp_special_prefix_name(const struct pp_prefix *prefix)
{
    const struct pp_special *best = NULL;

    for (size_t i = 0; i < pp_specials_count; i++) {
        const struct pp_special *s = &pp_specials[i];
        if (s->prefix.len <= prefix->len && pp_prefix_has(&s->prefix, &prefix->addr) &&
            (!best || s->prefix.len > best->prefix.len))
            best = s;
    }
    return best && !best->reachable ? best->name : NULL;
}

static const char *name_of(const struct pp_addr *a)
{
    struct pp_prefix whole = {*a, 128};

    return pp_special_prefix_name(&whole);
}

const char *pp_special_name(const struct pp_addr *a)
{
    struct pp_addr v4[PP_EMBEDDED_MAX];
    unsigned n = pp_addr_embedded(a, v4);
    const char *name = name_of(a);

    for (unsigned i = 0; i < n && !name; i++)
        name = name_of(&v4[i]);
    return name;
}

bool pp_addr_is_public(const struct pp_addr *a)
{
    struct pp_addr v4[PP_EMBEDDED_MAX];
    unsigned n = pp_addr_embedded(a, v4);
    bool public = n == 0 && !name_of(a);

    for (unsigned i = 0; i < n; i++)
        public |= !name_of(&v4[i]);
    return public;
}
