/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmdb.h: what databases in MaxMind's format (MaxMind DB 2.0: GeoLite2, DB-IP, IPinfo, ip-location-db) know of an
 * address: its AS, its prefix, its country. Offline, through libmaxminddb. One thread.
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
    uint32_t said;          /* bit i: database i said some of this */
    struct pp_prefix prefix; /* around the address, of the database with the AS, else of the one with the country */
};

/* All of PATHS, N of them; each is looked through for damage. NULL printed. */
struct pp_mmdb *pp_mmdb_open(const char *const *paths, unsigned n);
void pp_mmdb_free(struct pp_mmdb *m);
/*
 * What the databases say of ADDR; where two of them do, the first one. 0: nothing, 1: something, -1: a database is
 * damaged (printed).
 */
int pp_mmdb_look(const struct pp_mmdb *m, const struct pp_addr *addr, struct pp_whereabouts *w);
/* "GeoLite2-ASN 2026-11-24": type and day of build of database I; NULL: there are not so many. */
const char *pp_mmdb_name(const struct pp_mmdb *m, unsigned i);

#endif
