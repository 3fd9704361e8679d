/* SPDX-License-Identifier: BSD-2-Clause */
/* wire_errors.c: what the live wire says when it cannot work, and what it does when its interface goes away. */
#include "wire_watch.h"

#include "../../core/base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <unistd.h>

/* Runs BODY with stderr in TEXT. */
static void with_stderr(void (*body)(void), char *text, size_t cap)
{
    int kept = dup(2), file = memfd_create("stderr", MFD_CLOEXEC);
    ssize_t n;

    assert_true(kept >= 0 && file >= 0);
    fflush(stderr);
    dup2(file, 2);
    body();
    fflush(stderr);
    dup2(kept, 2);
    n = pread(file, text, cap - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(kept);
    close(file);
}

static int result;

static void find_missing(void)
{
    struct pp_vantage v;

    result = pp_vantage_find(&v, "nosuch0", NULL, NULL, 0);
}

static void find_down(void)
{
    struct pp_vantage v;

    result = pp_vantage_find(&v, "c1", NULL, NULL, 0);
}

static void find_bare(void)
{
    struct pp_vantage v;

    result = pp_vantage_find(&v, "c2", NULL, NULL, 0);
}

static void find_foreign(void)
{
    struct pp_vantage v;
    struct pp_addr a;

    (void)pp_addr_parse(&a, "10.9.1.77", 9);
    result = pp_vantage_find(&v, "c0", &a, NULL, 0);
}

static int try_open(const struct pp_vantage *v)
{
    static const uint16_t port = LO;

    const struct pp_live_config config = {
        .vantage = v, .ports = &port, .nports = 1, .snaplen = 256, .ring_bytes = 65536};

    return pp_live_open(&config) == NULL ? -1 : 0;
}

static void open_unprivileged(void)
{
    peer_capability(CAP_NET_RAW, false);
    result = try_open(&ends.vantage);
    peer_capability(CAP_NET_RAW, true);
}

static void open_missing(void)
{
    struct pp_vantage v = ends.vantage;

    snprintf(v.ifname, sizeof v.ifname, "nosuch0");
    result = try_open(&v);
}

void test_messages(void **state)
{
    static const struct {
        void (*body)(void);
        const char *says, *hints;
    } rows[] = {
        {find_missing, "no such interface 'nosuch0'", "ip link"},
        {find_down, "interface 'c1' is down", "ip link set c1 up"},
        {find_bare, "interface 'c2' cannot be used (IPv4: no route through this interface;", "hint:"},
        {find_foreign, "source address '10.9.1.77' does not belong to this host", "ip address"},
        {open_unprivileged, "cannot open a raw socket on 'c0': Operation not permitted", "setcap cap_net_raw+ep"},
        {open_missing, "cannot open a raw socket on 'nosuch0'", ""},
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_stderr(rows[i].body, text, sizeof text);
        if (result != -1 || strstr(text, rows[i].says) == NULL || strstr(text, rows[i].hints) == NULL)
            fail_msg("row %zu: %d, %s", i, result, text);
    }
}

static void quietly(const char *command)
{
    if (system(command) != 0)
        fail_msg("%s", command);
}

/* The interface's queue drops packets: each packet is counted either as sent or as failed (ENOBUFS), none as both. */
void test_queue(void **state)
{
    struct failures failures = {0};
    struct pp_wire_stats stats;
    uint8_t bytes[128];
    struct pp_wire *w;
    size_t len;

    (void)state;
    if (system("tc qdisc add dev c0 root tbf rate 8kbit burst 1600 limit 2000") != 0)
        skip();
    w = open_wire(256, 1 << 20);
    for (int family = 4; family <= 6; family += 2) {
        len = peer_packet(bytes, sizeof bytes, client_addr(family), server_addr(family), PP_PROTO_UDP, LO + 7,
                          PEER_FENCE, 0);
        for (uint64_t tag = 0; tag < 500; tag++)
            assert_int_equal(pp_wire_send(w, bytes, len, tag), 0);
        w->ops->flush(w, on_failure, &failures);
    }
    w->ops->stats(w, &stats);
    print_message("%u of 1000 failed\n", failures.n);
    assert_true(failures.n > 0);
    assert_int_equal(failures.n, stats.send_errors);
    assert_int_equal(stats.sent + stats.send_errors, 1000);
    w->ops->free(w);
    quietly("tc qdisc del dev c0 root");
}

/* An open wire sends and receives without privileges. */
void test_dropped(void **state)
{
    struct pp_wire *w = open_wire(256, 1 << 20);
    struct watch watch = {.port = LO + 8, .proto = PP_PROTO_UDP};
    struct pp_wire_stats stats;

    (void)state;
    peer_capability(CAP_NET_RAW, false);
    peer_capability(CAP_NET_ADMIN, false);
    for (int family = 4; family <= 6; family += 2)
        send_one(w, family, PP_PROTO_UDP, LO + 8, PEER_ECHO);
    watch_for(w, &watch, 2, 2);
    w->ops->stats(w, &stats);
    assert_int_equal(stats.received, 4);
    peer_capability(CAP_NET_RAW, true);
    peer_capability(CAP_NET_ADMIN, true);
    w->ops->free(w);
}

/*
 * The interface goes down: sending fails, `receive` does not; both work once it is up again. Then the interface is
 * removed: `receive` returns -1.
 */
void test_down_and_gone(void **state)
{
    struct pp_wire *w = open_wire(256, 1 << 20);
    struct watch watch = {.port = LO + 6, .proto = PP_PROTO_UDP};
    struct failures failures = {0};
    uint8_t bytes[128];
    size_t len = peer_packet(bytes, sizeof bytes, client_addr(4), server_addr(4), PP_PROTO_UDP, LO + 6, PEER_ECHO, 0);
    int64_t limit;
    int rc;

    (void)state;
    quietly("ip link set c0 down");
    assert_int_equal(pp_wire_send(w, bytes, len, 7), 0);
    w->ops->flush(w, on_failure, &failures);
    assert_int_equal(failures.n, 1);
    for (int i = 0; i < 20; i++) {
        assert_true(w->ops->receive(w, on_frame, &watch, 64) >= 0);
        w->ops->wait(w, pp_wire_now(w) + 1000000);
    }
    quietly("ip link set c0 up");
    quietly("ip route replace default via 10.9.1.1");
    send_one(w, 4, PP_PROTO_UDP, LO + 6, PEER_ECHO);
    watch_for(w, &watch, 1, 1);
    quietly("ip link del c0");
    limit = pp_wire_now(w) + LIMIT;
    do {
        rc = w->ops->receive(w, on_frame, &watch, 64);
        w->ops->wait(w, pp_wire_now(w) + 1000000);
    } while (rc >= 0 && pp_wire_now(w) < limit);
    assert_int_equal(rc, -1);
    w->ops->free(w);
}
