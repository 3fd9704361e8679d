/* SPDX-License-Identifier: BSD-2-Clause */
/* resolvers.c: which resolvers are asked: those named, or the system's. */
#include "asker.h"

#include "../base/error.h"
#include "../run/target.h"

#include <ares.h>

#define DNS_PORT 53

static void set(struct pp_resolver *r, const struct pp_addr *addr, uint16_t port)
{
    char text[PP_ADDR_STRLEN];

    r->addr = *addr;
    r->port = port ? port : DNS_PORT;
    pp_addr_str(addr, text);
    if (r->port == DNS_PORT)
        snprintf(r->text, sizeof r->text, "%s", text);
    else
        snprintf(r->text, sizeof r->text, pp_addr_is4(addr) ? "%s:%u" : "[%s]:%u", text, r->port);
}

/* The same forms as in a list of targets. */
int pp_resolver_parse(struct pp_resolver *r, const char *text)
{
    struct pp_target *t;
    const char *why;

    if (pp_target_parse(&t, PP_INPUT_LIST, text, strlen(text), &why) < 0)
        return -1;
    set(r, &t->addr, t->port);
    free(t);
    return 0;
}

int pp_resolvers_of_system(struct pp_resolver r[PP_RESOLVERS_MAX])
{
    struct ares_addr_port_node *nodes = NULL;
    ares_channel channel;
    int rc = ares_init(&channel), n = 0;

    if (rc == ARES_SUCCESS) {
        rc = ares_get_servers_ports(channel, &nodes);
        ares_destroy(channel);
    }
    if (rc != ARES_SUCCESS)
        return pp_error("cannot read the resolvers of this system: %s", ares_strerror(rc));
    for (const struct ares_addr_port_node *p = nodes; p && n < PP_RESOLVERS_MAX; p = p->next) {
        struct pp_addr a = p->family == AF_INET ? pp_addr_from4(&p->addr) : pp_addr_from16(&p->addr);
        set(&r[n++], &a, (uint16_t)p->udp_port);
    }
    ares_free_data(nodes);
    if (n == 0)
        return pp_error("this system names no resolver"), pp_hint("--server ADDR names one");
    return n;
}
