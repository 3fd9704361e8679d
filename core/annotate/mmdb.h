/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmdb.h: looks up the AS, prefix and country of an address in databases of MaxMind's format (MaxMind DB 2.0: GeoLite2,
 * DB-IP, IPinfo, ip-location-db). Offline, by libmaxminddb. One thread.
 */
#ifndef PP_MMDB_H
#define PP_MMDB_H

#include "../base/addr.h"

#define PP_MMDB_MAX 16 /* databases at once */

struct pp_mmdb; /* opaque */

/* Text is borrowed from the databases. */
struct pp_whereabouts {
    uint32_t asn;           /* 0: not known */
    const char *as_name;    /* NULL: not known */
    const char *country;    /* two letters; NULL: not known */
    uint32_t as_name_len;
    uint32_t said;          /* bit i: database i gave a value */
    /* the prefix of the address in the database with the AS, else in the one with the country */
    struct pp_prefix prefix;
};

/* Opens the N databases PATHS (borrowed), and checks each for damage. NULL printed. */
struct pp_mmdb *pp_mmdb_open(const char *const *paths, unsigned n);
void pp_mmdb_free(struct pp_mmdb *m);
/*
 * Looks ADDR up; of two databases with a value, the first one counts. 0: not known, 1: known, -1: a database is damaged
 * (printed).
 */
int pp_mmdb_look(const struct pp_mmdb *m, const struct pp_addr *addr, struct pp_whereabouts *w);
/* "GeoLite2-ASN 2026-11-24": type and build date of database I; NULL: no such database. */
const char *pp_mmdb_name(const struct pp_mmdb *m, unsigned i);

#endif
