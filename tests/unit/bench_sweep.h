/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_sweep.h: one target of the lab and a trail to it; what comes in may be tampered with on its way to the sweeper.
 */
#ifndef PP_BENCH_SWEEP_H
#define PP_BENCH_SWEEP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../core/base/buf.h"
#include "../../core/trace/sweep.h"
#include "../../lab/stage/virtual.h"

/*
 * Experiments: over TCP arm 1 is an ECN-setup SYN, arm 2 data marked ECT(0); over UDP and QUIC arm 1 is
 * marked ECT(0).
 */
extern const struct pp_plugin bench_over_tcp, bench_over_udp, bench_over_quic;

struct bench {
    struct pp_lab *lab;
    struct pp_wire *wire;
    struct pp_vantage vantage;
    struct pp_plan plan;
    struct pp_token_bucket rate;
    struct pp_sweeper *sweeper;
    struct pp_trail *trail;
    struct pp_target target;
    struct pp_sweep sweep;
    bool done;
    uint8_t farthest; /* TTL of a sweep; 0: no limit but the method's */
    unsigned syns, goodbyes; /* seen leaving; goodbyes: over QUIC, with a TTL that leads to the target */
    /* Called with each packet that came in, before the sweeper: may alter it, up to SIZE bytes; returns its length. */
    size_t (*tamper)(struct bench *b, uint8_t *ip, size_t len, size_t size);
    void *arg; /* for `tamper` */
};

#define BENCH_FOUR "\"families\": [4], "
#define BENCH_SIX "\"families\": [6], "
#define BENCH_PLAIN "\"server\": \"ecn\", \"delay_ms\": 10"
#define BENCH_BOX(behaviour, hop) \
    BENCH_PLAIN ", \"path\": [{\"behaviour\": \"" behaviour "\", \"dir\": \"fwd\", \"hop\": " hop "}]"

/* Behind HOPS routers; FAMILY and MEMBERS: of the hosts. */
void bench_open(struct bench *b, const struct pp_plugin *plugin, unsigned hops, const char *family, const char *members,
                uint64_t hop_rate);
const struct pp_sweep *bench_sweep(struct bench *b, unsigned arm, enum pp_on on, unsigned distance);
/* PKT comes in at B's present time. */
void bench_packet(struct bench *b, const uint8_t *ip, size_t len);
/* A letter for each TTL of S: - not asked, . silent, u unreachable, t Time Exceeded, a bare ACK, r RST, A answer. */
void bench_hops(const struct pp_sweep *s, const char *what);
/* Ends the trail; nothing may be left open at the target. */
void bench_close(struct bench *b);

#endif
