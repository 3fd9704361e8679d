/* SPDX-License-Identifier: BSD-2-Clause */
/* hosts.c: the servers of a lab: dispatches packets and timers to them, and keeps their state. */
#include "hosts.h"

#include "../../core/base/container.h"
#include "../../core/packet/quic.h"
#include "host.h"

static void timer(struct pp_lab *lab, struct pp_timer *t)
{
    pp_host_timer(lab, PP_CONTAINER_OF(t, struct pp_conn, timer), t->at);
}

static uint64_t connections(const struct pp_lab_hosts *hosts)
{
    return hosts->conns.count;
}

static void release(struct pp_lab_hosts *hosts)
{
    pp_quic_crypto_free(hosts->crypto);
    pp_syncount_release(&hosts->syncount);
    pp_conns_release(&hosts->conns);
    free(hosts);
}

struct pp_lab *pp_lab_new(const struct pp_scenario *s, uint64_t hosts, uint64_t seed)
{
    static const struct pp_lab_host_ops ops = {.tcp = pp_host_tcp,
                                               .udp = pp_host_udp,
                                               .timer = timer,
                                               .connections = connections,
                                               .release = release};
    struct pp_lab_hosts *h;

    if (hosts > PP_LAB_HOSTS_MAX) {
        pp_error("%llu hosts are too many", (unsigned long long)hosts);
        pp_hint("the lab has room for %d", PP_LAB_HOSTS_MAX);
        return NULL;
    }
    h = calloc(1, sizeof *h);
    if (!h || pp_conns_init(&h->conns, pp_mix(pp_lab_secret(seed))) < 0) {
        pp_error("no memory for the lab");
        free(h);
        return NULL;
    }
    return pp_lab_make(s, hosts, seed, &ops, h);
}
