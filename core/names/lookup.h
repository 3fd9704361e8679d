/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lookup.h: resolves one name: its questions, their answers, and the lines of targets made of these.
 * Within the client's thread.
 */
#ifndef PP_LOOKUP_H
#define PP_LOOKUP_H

#include "dns_client.h"
#include "list.h"

/* HTTPS: the services that its HTTPS records (RFC 9460) announce for HTTP/3, hence over QUIC. */
enum pp_lookup_type { PP_LOOKUP_HOST, PP_LOOKUP_MX, PP_LOOKUP_NS, PP_LOOKUP_HTTPS };

#define PP_LOOKUP_ADDRESSES_MAX 1024 /* of a name and family; those beyond are counted (cut) */
#define PP_LOOKUP_ALIASES_MAX 8 /* HTTPS records that lead to another name, one behind the other */
#define PP_LOOKUP_HOSTS_MAX 16 /* mail hosts or name servers of a name whose addresses are asked for */

struct pp_lookup_result {
    const char *lines; /* NDJSON, a target a line, each with its '\n'; borrowed */
    size_t len;
    unsigned targets, cut; /* lines; addresses that did not become any */
    enum pp_ask_fail fail; /* the gravest of all questions; with targets and beyond NXDOMAIN: some may be missing */
    bool no_memory;        /* lines are missing for want of it */
};

struct pp_lookup_config {
    enum pp_lookup_type type;
    bool www;  /* www.NAME as well */
    bool one;  /* one address per name and family */
    bool pair; /* implies one: the A and AAAA of a name get one id */
    int only;  /* 0, 4, 6 */
    /* NAME is freed afterwards. */
    void (*done)(void *arg, const struct pp_name *name, const struct pp_lookup_result *r);
    void *arg;
};

/* Takes NAME, whatever happens. C stays where it is until DONE was called, perhaps at once. 0, or -1: no memory. */
int pp_lookup_start(const struct pp_lookup_config *c, struct pp_dns_client *client, struct pp_name *name);

#endif
