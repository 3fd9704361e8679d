/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lookup.h: resolves one name: asks its questions, and makes lines of targets from the answers. The DNS client's
 * thread.
 */
#ifndef PP_LOOKUP_H
#define PP_LOOKUP_H

#include "dns_client.h"
#include "list.h"

/* What to look up. HTTPS: services for HTTP/3, and so over QUIC, that HTTPS records (RFC 9460) announce. */
enum pp_lookup_type { PP_LOOKUP_HOST, PP_LOOKUP_MX, PP_LOOKUP_NS, PP_LOOKUP_HTTPS };

#define PP_LOOKUP_ADDRESSES_MAX 1024 /* addresses per name and family; further ones are counted (cut) */
#define PP_LOOKUP_ALIASES_MAX 8 /* HTTPS aliases that are followed in a row */
#define PP_LOOKUP_HOSTS_MAX 16 /* mail hosts or name servers per name whose addresses are asked for */

struct pp_lookup_result {
    const char *lines; /* NDJSON, a target a line, each with its '\n'; borrowed */
    size_t len;
    unsigned targets, cut; /* lines; addresses without a line, past the maxima */
    enum pp_ask_fail fail; /* the highest value over all questions; above NXDOMAIN, some targets may be missing */
    bool no_memory;        /* lines are missing for lack of memory */
};

struct pp_lookup_config {
    enum pp_lookup_type type;
    bool www;  /* www.NAME as well */
    bool one;  /* one address per name and family */
    bool pair; /* implies one: the A and AAAA of a name get one id */
    int only;  /* 0, 4, 6 */
    /* Called once; NAME is freed after this returns. */
    void (*done)(void *arg, const struct pp_name *name, const struct pp_lookup_result *r);
    void *arg;
};

/*
 * Takes NAME in any case. C must stay valid until DONE was called, which may be before this returns. 0, or -1: no
 * memory.
 */
int pp_lookup_start(const struct pp_lookup_config *c, struct pp_dns_client *client, struct pp_name *name);

#endif
