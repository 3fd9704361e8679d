/* SPDX-License-Identifier: BSD-2-Clause */
/* admin_prohibited.c: the set of networks and hosts that have asked not to be probed. */
#include "admin_prohibited.h"

#include "prefixes.h"
#include "special.h"

#include <stdlib.h>

struct pp_admin_prohibited {
    struct pp_prefixes *prefixes; /* networks; hosts as prefixes of full length */
    struct pp_prohibited prohibited;
    uint64_t hosts;
};

struct pp_admin_prohibited *pp_admin_prohibited_new(void)
{
    struct pp_admin_prohibited *m = calloc(1, sizeof *m);

    if (m && !(m->prefixes = pp_prefixes_new())) {
        free(m);
        m = NULL;
    }
    return m;
}

void pp_admin_prohibited_free(struct pp_admin_prohibited *m)
{
    if (!m)
        return;
    pp_prefixes_free(m->prefixes);
    free(m);
}

/*
 * True if the ICMP error says "administratively prohibited": RFC 1812 section 5.2.7.1 (network, host, communication),
 * RFC 4443 section 3.1.
 */
static bool prohibits(const struct pp_addr *target, unsigned type, unsigned code)
{
    if (pp_addr_is4(target))
        return type == 3 && (code == 9 || code == 10 || code == 13);
    return type == 1 && code == 1;
}

static void leave_host(struct pp_admin_prohibited *m, const struct pp_addr *host)
{
    const struct pp_prefix p = {*host, 128};

    if (m->hosts < PP_PROHIBITED_HOSTS_MAX && pp_admin_prohibited_of(m, host) == PP_NOT_PROHIBITED &&
        pp_prefixes_add(m->prefixes, &p) == 0)
        m->hosts++;
}

static void leave_network(struct pp_admin_prohibited *m, const struct pp_addr *target, const struct pp_addr *router)
{
    const struct pp_prefix p = pp_addr_network(target);
    uint64_t before = pp_prefixes_count(m->prefixes);

    if (pp_prefixes_add(m->prefixes, &p) < 0 || pp_prefixes_count(m->prefixes) == before)
        return;
    if (m->prohibited.networks++ == 0) {
        m->prohibited.network = p;
        m->prohibited.router = *router;
    }
}

void pp_admin_prohibited_icmp(struct pp_admin_prohibited *m, const struct pp_addr *target, unsigned type, unsigned code,
                              const struct pp_addr *from)
{
    if (!prohibits(target, type, code) || !pp_addr_is_public(target))
        return;
    if (pp_addr_eq(from, target))
        leave_host(m, target);
    else
        leave_network(m, target, from);
}

enum pp_prohibited_by pp_admin_prohibited_of(const struct pp_admin_prohibited *m, const struct pp_addr *a)
{
    struct pp_addr v4[PP_EMBEDDED_MAX];
    int len = pp_prefixes_match(m->prefixes, a);

    if (len < 0 && pp_addr_embedded(a, v4)) /* pp_addr_network takes the first embedded address */
        len = pp_prefixes_match(m->prefixes, &v4[0]);
    return len < 0 ? PP_NOT_PROHIBITED : len == 128 ? PP_PROHIBITED_BY_HOST : PP_PROHIBITED_BY_NETWORK;
}

const struct pp_prohibited *pp_admin_prohibited_networks(const struct pp_admin_prohibited *m)
{
    return &m->prohibited;
}
