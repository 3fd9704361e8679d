/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_live.c: the live wire between real kernels: vantage, muted ports, captures, batches. wire_live.sh draws the
 * topology and runs it; arguments: the client's and the server's network namespace. One process holds both ends: a
 * socket stays in the namespace it was opened in.
 */
#include "wire_watch.h"

#include "../../core/base/error.h"
#include "../../core/wire/ports.h"
#include "../../core/wire/route.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <linux/neighbour.h>

static struct pp_ports *ports;

static void syn(int family, uint16_t port, unsigned expected)
{
    struct pp_wire *w = open_wire(256, 1 << 20);
    struct watch watch = {.port = port, .proto = PP_PROTO_TCP};

    peer_forget(&ends.peer);
    send_one(w, family, PP_PROTO_TCP, port, PEER_TCP);
    watch_for(w, &watch, 1, 1);
    assert_int_equal(watch.last_flags & 0x3f, 0x12); /* SYN, ACK */
    if (expected != 0) {
        assert_int_equal(peer_wait(&ends.peer, expected, LIMIT), 0);
    } else {
        fence(w, family);
        assert_int_equal(ends.peer.saw & (PEER_SAW_RST | PEER_SAW_UNREACHABLE), 0);
    }
    w->ops->free(w);
}

static void datagram(int family, uint16_t port, unsigned expected)
{
    struct pp_wire *w = open_wire(256, 1 << 20);
    struct watch watch = {.port = port, .proto = PP_PROTO_UDP};

    peer_forget(&ends.peer);
    send_one(w, family, PP_PROTO_UDP, port, PEER_ECHO);
    watch_for(w, &watch, 1, 1);
    if (expected != 0) {
        assert_int_equal(peer_wait(&ends.peer, expected, LIMIT), 0);
    } else {
        fence(w, family);
        assert_int_equal(ends.peer.saw & (PEER_SAW_RST | PEER_SAW_UNREACHABLE), 0);
    }
    w->ops->free(w);
}

static void test_vantage(void **state)
{
    char text[PP_ADDR_STRLEN];

    (void)state;
    assert_int_equal(pp_vantage_find(&ends.vantage, NULL, NULL, NULL, 0), 0);
    assert_string_equal(ends.vantage.ifname, "c0");
    assert_true(ends.vantage.v4.usable && ends.vantage.v6.usable);
    assert_string_equal(pp_addr_str(&ends.vantage.v4.addr, text), "10.9.1.2");
    assert_string_equal(pp_addr_str(&ends.vantage.v4.gateway, text), "10.9.1.1");
    assert_string_equal(pp_addr_str(&ends.vantage.v6.addr, text), "2001:db8:1::2");
    assert_string_equal(pp_addr_str(&ends.vantage.v6.gateway, text), "2001:db8:1::1");
    assert_int_equal(ends.vantage.v4.mtu, 1400);
    assert_int_equal(ends.vantage.v6.mtu, 1500);
    assert_int_equal(ends.vantage.v4.ttl, 64);
    assert_int_equal(ends.vantage.v6.ttl, 77);
}

static void test_warm(void **state)
{
    const struct pp_vantage *v = &ends.vantage;
    struct pp_netlink n;
    int state4, state6;

    (void)state;
    pp_vantage_resolve_gateways(v);
    assert_int_equal(pp_netlink_open(&n), 0);
    state4 = pp_route_neighbour(&n, v->ifindex, &v->v4.gateway);
    state6 = pp_route_neighbour(&n, v->ifindex, &v->v6.gateway);
    assert_true(state4 > 0 && (state4 & (NUD_REACHABLE | NUD_STALE | NUD_DELAY)) != 0);
    assert_true(state6 > 0 && (state6 & (NUD_REACHABLE | NUD_STALE | NUD_DELAY)) != 0);
    pp_netlink_close(&n);
}

static void test_ports(void **state)
{
    struct pp_ports_info info;
    struct pp_ports *second;
    const uint16_t *list;

    (void)state;
    ports = pp_ports_open(LO, UNMUTED, MUTED, true);
    assert_non_null(ports);
    pp_ports_info(ports, &info);
    assert_int_equal(info.muted, MUTED);
    assert_int_equal(info.busy, 0);
    assert_int_equal(pp_ports_slice(ports, 1, 3, &list), 5);
    assert_int_equal(list[0], LO + 5);
    /* A second instance finds the first one's ports in use and takes the ports after all of them. */
    second = pp_ports_open(LO, UNMUTED, MUTED, true);
    assert_non_null(second);
    pp_ports_info(second, &info);
    assert_int_equal(info.muted, MUTED);
    assert_int_equal(info.busy, 1);
    assert_int_equal(pp_ports_slice(second, 0, 1, &list), MUTED);
    assert_int_equal(list[0], LO + MUTED);
    pp_ports_free(second);
    assert_null(pp_ports_open(LO, LO + MUTED - 1, 1024, true));
}

/*
 * K selects the ports: the server still has half-open connections from ports used before, and would answer a further
 * SYN from one with a reset.
 */
static void compare_ports(uint16_t k)
{
    for (int family = 4; family <= 6; family += 2) {
        syn(family, UNMUTED - k, PEER_SAW_RST); /* proves that the sniffer sees resets */
        syn(family, LO + 2 + k, 0);
        datagram(family, UNMUTED - k, PEER_SAW_UNREACHABLE);
        datagram(family, LO + 2 + k, 0);
    }
}

static void test_muted(void **state)
{
    (void)state;
    compare_ports(0);
}

/* Ports muted by IP_MINTTL alone: without CAP_NET_ADMIN the kernel refuses the socket filter. */
static void test_muted_by_ttl(void **state)
{
    struct pp_ports_info info;

    (void)state;
    pp_ports_free(ports);
    ports = NULL;
    peer_capability(CAP_NET_ADMIN, false);
    ports = pp_ports_open(LO, UNMUTED, MUTED, true);
    peer_capability(CAP_NET_ADMIN, true);
    assert_non_null(ports);
    pp_ports_info(ports, &info);
    print_message("filter on TCP without CAP_NET_ADMIN: %s\n", info.filtered ? "allowed" : "refused");
    compare_ports(1);
}

/* One packet of a batch is longer than the MTU: that packet alone fails. */
static void test_partial(void **state)
{
    struct pp_wire *w = open_wire(256, 1 << 20);
    struct watch watch = {.port = LO + 4, .proto = PP_PROTO_UDP};
    struct failures failures = {0};
    struct pp_wire_stats stats;
    uint8_t bytes[3000] = {0};
    size_t len;

    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        for (uint64_t tag = 0; tag < 9; tag++) {
            len = peer_packet(bytes, sizeof bytes, client_addr(family), server_addr(family),
                              PP_PROTO_UDP, LO + 4, PEER_FENCE, 0);
            assert_int_equal(pp_wire_send(w, bytes, tag == 5 ? sizeof bytes : len, tag + 100), 0);
        }
        w->ops->flush(w, on_failure, &failures);
        assert_int_equal(failures.n, family == 4 ? 1 : 2);
        assert_int_equal(failures.last, 105);
    }
    watch_for(w, &watch, 16, 0);
    assert_int_equal(watch.out, 16);
    w->ops->stats(w, &stats);
    assert_int_equal(stats.sent, 16);
    assert_int_equal(stats.send_errors, 2);
    assert_int_equal(stats.received, 16);
    w->ops->free(w);
}

/* 50 packets more than the ring has slots: those are counted as dropped, the others are received. */
static void test_ring(void **state)
{
    struct pp_wire *w = open_wire(256, 64 << 10);
    struct watch watch = {.port = LO + 5, .proto = PP_PROTO_UDP};
    struct pp_wire_stats stats;
    unsigned slots, slot_bytes;

    (void)state;
    pp_live_ring(w, &slots, &slot_bytes);
    print_message("64 KiB: %u slots of %u bytes\n", slots, slot_bytes);
    assert_in_range(slots, 64, 256);
    assert_true(slot_bytes >= 256);
    for (unsigned i = 0; i < slots + 50; i++)
        send_one(w, 4, PP_PROTO_UDP, LO + 5, PEER_FENCE);
    watch_for(w, &watch, slots, 0);
    w->ops->stats(w, &stats);
    assert_int_equal(stats.drop_ring, 50);
    assert_int_equal(stats.drop_if, 0);
    w->ops->free(w);
}

static void test_wake(void **state)
{
    struct pp_wire *w = open_wire(256, 1 << 20);

    (void)state;
    w->ops->wake(w);
    w->ops->wait(w, INT64_MAX); /* hangs if the wake was lost */
    w->ops->wait(w, pp_wire_now(w) + 300000);
    w->ops->wait(w, pp_wire_now(w) - 1);
    assert_true(w->ops->epoch(w) > INT64_C(1600000000) * 1000000000);
    w->ops->free(w);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vantage),
        cmocka_unit_test(test_warm),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_muted),
        cmocka_unit_test(test_muted_by_ttl),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_down_and_gone),
    };
    int rc;

    if (argc != 3) {
        fprintf(stderr, "usage: wire_live CLIENT_NETNS SERVER_NETNS\n");
        return 2;
    }
    if (peer_open(&ends.peer, argv[2], "s0", "10.9.2.2", "2001:db8:2::2") < 0 || peer_enter(argv[1]) < 0)
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    pp_ports_free(ports);
    peer_close(&ends.peer);
    return rc;
}
