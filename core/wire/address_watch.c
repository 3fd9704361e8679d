/* SPDX-License-Identifier: BSD-2-Clause */
/* address_watch.c: asks the kernel for the route to each source address: a local route means that this host has it. */
#include "address_watch.h"

#include "route.h"

#include <errno.h>

void pp_address_watch_open(struct pp_address_watch *p, const struct pp_vantage *vantage,
                           const _Atomic unsigned *families)
{
    *p = (struct pp_address_watch){.vantage = vantage, .families = families};
    if (pp_netlink_open(&p->link) < 0)
        p->link.fd = -1;
}

void pp_address_watch_close(struct pp_address_watch *p)
{
    if (p->link.fd >= 0)
        pp_netlink_close(&p->link);
    p->link.fd = -1;
}

static bool gone(struct pp_address_watch *p, const struct pp_source *s)
{
    struct pp_route r;
    int rc;

    if (!s->usable || !(atomic_load(p->families) >> pp_addr_family(&s->addr) & 1))
        return false;
    rc = pp_route_get(&p->link, &s->addr, 0, NULL, &r);
    return rc == 0 ? r.type != RTN_LOCAL : rc == -ENETUNREACH || rc == -EHOSTUNREACH;
}

int64_t pp_address_watch_gone(struct pp_address_watch *p, int64_t now, const struct pp_addr **which)
{
    const struct pp_vantage *v = p->vantage;
    struct pp_link link;

    p->down = false;
    if (p->link.fd < 0 || pp_link_get(&p->link, v->ifindex, &link) < 0)
        return p->since = 0;
    p->down = !(link.flags & IFF_UP);
    if (p->down)
        return p->since = 0;
    *which = gone(p, &v->v4) ? &v->v4.addr : gone(p, &v->v6) ? &v->v6.addr : NULL;
    if (!*which)
        return p->since = 0;
    if (!p->since)
        p->since = now;
    return now - p->since + 1;
}
