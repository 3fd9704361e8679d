/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tcp_loss.c: whole exchanges over a lossy wire, by brute force: every packet of either direction is lost,
 * duplicated or delayed in turn, and every pair of packets is lost. Each exchange must still deliver every byte once
 * and close normally.
 */
#include "tcp_peer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define REQUEST_MAX 2000
#define ANSWER 5000

struct client {
    struct pp_tcp tcp; /* first member */
    struct world world;
    const struct plan *plan;
    uint32_t got;
    unsigned ended;
    enum pp_how how;
    bool gone;
};

struct plan {
    const char *what;
    size_t request;
    bool close_on_answer; /* as soon as all is there, before the server's FIN; else at its FIN */
    struct world_server server;
};

static char answer[ANSWER], request[REQUEST_MAX + 1];

static const struct plan plans[] = {
    {"small, the server closes", 60, false,
     {.iss = 0xfffff000, .mss = 1460, .window = 8000, .timestamps = true, .sack = true, .wscale = true,
      .answer = answer, .answer_len = 700}},
    {"small, we close", 60, true,
     {.iss = 5, .mss = 1460, .window = 8000, .timestamps = true, .sack = true, .wscale = true, .keep_open = true,
      .answer = answer, .answer_len = 700}},
    {"long both ways, small segments", 2000, false,
     {.iss = 0xffffff00, .mss = 536, .window = 1500, .timestamps = true, .sack = true, .wscale = true, .answer = answer,
      .answer_len = ANSWER}},
    {"no options", 1200, true,
     {.iss = 0x7fffff00, .window = 8000, .keep_open = true, .answer = answer, .answer_len = ANSWER}},
    {"empty answer", 60, false,
     {.iss = 1, .mss = 1460, .window = 8000, .timestamps = true, .answer = answer, .answer_len = 0}},
};

static void on_send(struct pp_tcp *c, const struct pp_segment *s)
{
    world_send(&((struct client *)c)->world, s);
}

static void on_open(struct pp_tcp *c)
{
    struct client *x = (struct client *)c;
    size_t n = x->plan->request;

    assert_int_equal(pp_tcp_write(c, request + REQUEST_MAX - n, n, x->world.now), 0);
}

static size_t on_data(struct pp_tcp *c, const uint8_t *bytes, size_t len)
{
    struct client *x = (struct client *)c;

    assert_in_range(x->got + len, 0, x->plan->server.answer_len);
    assert_memory_equal(bytes, answer + x->got, len);
    x->got += (uint32_t)len;
    if (x->plan->close_on_answer && x->got == x->plan->server.answer_len)
        pp_tcp_close(c, x->world.now);
    return len;
}

static void on_eof(struct pp_tcp *c)
{
    pp_tcp_close(c, ((struct client *)c)->world.now);
}

static void on_closed(struct pp_tcp *c, enum pp_how how)
{
    struct client *x = (struct client *)c;

    x->ended++;
    x->how = how;
    x->gone = true;
}

static const struct pp_tcp_ops ops = {on_send, on_open, on_data, on_eof, on_closed};

static const struct pp_tcp_config config = {
    .look4 = {.wscale = 7, .mss = 1460, .window = 4096, .timestamps = true, .sack = true, .window_scaling = true},
    .look6 = {.wscale = 7, .mss = 1440, .window = 4096, .timestamps = true, .sack = true, .window_scaling = true},
    .window = 4096,
    .connect_timeout = 10000 * MS,
};

static void input(void *client, const struct pp_packet *p, int64_t now)
{
    pp_tcp_input(client, p, now);
}

static void timer(void *client, int64_t now)
{
    pp_tcp_timer(client, now);
}

struct harm {
    const char *what;
    int lose[2], lose_too[2], twice[2], hold_back[2];
};

static const struct harm unharmed = {"nothing", {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};

/* Runs one exchange and says how many packets went each way. */
static void exchange(const struct plan *plan, const struct harm *harm, int family, int sent[2])
{
    struct client x;

    memset(&x, 0, sizeof x);
    x.plan = plan;
    world_init(&x.world, &plan->server, family);
    for (int d = 0; d < 2; d++) {
        x.world.lose[d] = harm->lose[d];
        x.world.lose_too[d] = harm->lose_too[d];
        x.world.twice[d] = harm->twice[d];
        x.world.hold_back[d] = harm->hold_back[d];
    }
    x.world.client = &x;
    x.world.input = input;
    x.world.timer = timer;
    x.world.gone = &x.gone;
    x.world.deadline = &x.tcp.deadline;
    pp_tcp_init(&x.tcp, &ops, &config, family, 0xffffff00u + (uint32_t)family, 0, 0);
    pp_tcp_connect(&x.tcp, x.world.now);
    world_run(&x.world, x.world.now + 200000 * MS);
    if (x.ended != 1 || x.how != PP_HOW_NONE || x.got != plan->server.answer_len ||
        x.world.request_len != plan->request ||
        memcmp(x.world.request, request + REQUEST_MAX - plan->request, plan->request) != 0)
        fail_msg("'%s', %s (lost %d %d and %d %d, twice %d %d, late %d %d): ended %u, how %d, %u of %zu bytes, %zu",
                 plan->what, harm->what, harm->lose[0], harm->lose[1], harm->lose_too[0], harm->lose_too[1],
                 harm->twice[0], harm->twice[1], harm->hold_back[0], harm->hold_back[1], x.ended, x.how, x.got,
                 plan->server.answer_len, x.world.request_len);
    if (sent)
        memcpy(sent, x.world.count, sizeof x.world.count);
    pp_tcp_release(&x.tcp);
    world_release(&x.world);
}

static void one_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plans); i++) {
        int n[2], family = i % 2 ? 6 : 4;

        exchange(&plans[i], &unharmed, family, n);
        assert_in_range(n[0], 4, 40);
        for (int dir = 0; dir < 2; dir++)
            for (int k = 0; k < n[dir]; k++) {
                struct harm lost = unharmed, twice = unharmed, late = unharmed;

                lost.what = "a loss";
                lost.lose[dir] = k;
                exchange(&plans[i], &lost, family, NULL);
                twice.what = "a duplicate";
                twice.twice[dir] = k;
                exchange(&plans[i], &twice, family, NULL);
                late.what = "a delay";
                late.hold_back[dir] = k;
                exchange(&plans[i], &late, family, NULL);
            }
    }
}

/* Any two packets, of the same or of both directions, retransmissions too. */
static void two_losses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plans); i++) {
        int n[2], family = i % 2 ? 6 : 4;

        exchange(&plans[i], &unharmed, family, n);
        for (int a = 0; a < n[0] + n[1]; a++)
            for (int b = a + 1; b < n[0] + n[1] + 4; b++) {
                struct harm h = unharmed;
                int da = a >= n[0], db = b >= n[0] + 2;

                h.what = "two losses";
                h.lose[da] = da ? a - n[0] : a;
                h.lose_too[db] = db ? b - n[0] - 2 : b;
                exchange(&plans[i], &h, family, NULL);
            }
    }
}

/* A packet late and another one lost. */
static void loss_and_delay(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plans); i++) {
        int n[2];

        exchange(&plans[i], &unharmed, 4, n);
        for (int dir = 0; dir < 2; dir++)
            for (int a = 0; a < n[dir]; a++)
                for (int b = 0; b < n[dir]; b++) {
                    struct harm h = unharmed;

                    h.what = "a loss and a delay";
                    h.lose[dir] = a;
                    h.hold_back[dir] = b;
                    exchange(&plans[i], &h, 4, NULL);
                }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_harm),
        cmocka_unit_test(two_losses),
        cmocka_unit_test(loss_and_delay),
    };

    for (size_t i = 0; i < sizeof answer; i++)
        answer[i] = (char)(i * 13 + i / 251);
    for (size_t i = 0; i < REQUEST_MAX; i++)
        request[i] = (char)('a' + i % 23);
    memcpy(request + REQUEST_MAX - 4, "\r\n\r\n", 4);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
