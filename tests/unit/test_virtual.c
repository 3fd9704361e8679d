/* SPDX-License-Identifier: BSD-2-Clause */
/* test_virtual.c: the lab as a wire: order of frames, a clock that jumps, and the faults of a vantage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/base/wheel.h"
#include "../../lab/stage/virtual.h"
#include "raw_client.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

/* Frames as they came, in letters: S our SYN, s the SYN/ACK, A our ACK, r a RST. */
struct seen {
    char letters[64];
    int64_t stamp[64];
    unsigned n;
};

static void see(void *arg, const struct pp_frame *frame)
{
    struct seen *seen = arg;
    struct raw r = raw_read(frame->ip, frame->cap);

    assert_true(seen->n < 63);
    seen->stamp[seen->n] = frame->stamp;
    seen->letters[seen->n++] = r.flags & RST ? 'r' : r.flags & SYN ? (r.flags & ACK ? 's' : 'S') : 'A';
    seen->letters[seen->n] = 0;
}

static void count_failed(void *arg, uint64_t tag)
{
    *(uint64_t *)arg += tag;
}

struct fixture {
    struct pp_lab *lab, *scrap; /* scrap: swallows what the raw client sends by itself */
    struct pp_wire *wire;
    struct seen seen;
    uint64_t failed;
};

static void begin(struct fixture *f, const char *class, const struct pp_virtual_faults *faults)
{
    struct pp_scenario s;
    char text[256];

    snprintf(text, sizeof text, "{\"hosts\":[{\"share\":1,%s}]}", class);
    assert_int_equal(pp_scenario_parse(&s, "test", text, strlen(text)), 0);
    *f = (struct fixture){.lab = pp_lab_new(&s, 10, 1), .scrap = pp_lab_new(&s, 10, 1)};
    f->wire = pp_virtual_open(f->lab, faults, 1);
    assert_non_null(f->wire);
}

static void end(struct fixture *f)
{
    f->wire->ops->free(f->wire);
    pp_lab_free(f->lab);
    pp_lab_free(f->scrap);
}

static void send_syn(struct fixture *f, uint16_t sport)
{
    struct raw_client c = raw_client(f->scrap, 0, sport);

    raw_send(&c, SYN, "");
    assert_int_equal(pp_wire_send(f->wire, c.out, c.out_len, sport), 0);
}

static void flush(struct fixture *f)
{
    f->wire->ops->flush(f->wire, count_failed, &f->failed);
}

static int receive(struct fixture *f, int max)
{
    return f->wire->ops->receive(f->wire, see, &f->seen, max);
}

static void own_frames_come_first(void **state)
{
    struct fixture f;
    int64_t start;

    (void)state;
    begin(&f, "\"delay_ms\":0", NULL);
    start = pp_wire_now(f.wire);
    assert_int_equal(start, S);
    send_syn(&f, 1);
    send_syn(&f, 2);
    assert_int_equal(receive(&f, 10), 0); /* nothing left yet */
    flush(&f);
    assert_int_equal(receive(&f, 3), 3);
    assert_int_equal(receive(&f, 3), 1);
    assert_string_equal(f.seen.letters, "SSss");
    assert_int_equal(pp_wire_now(f.wire), start);
    end(&f);
}

static void the_clock_jumps(void **state)
{
    struct pp_wire_stats stats;
    struct fixture f;

    (void)state;
    begin(&f, "\"delay_ms\":20", NULL);
    send_syn(&f, 1);
    flush(&f);
    f.wire->ops->wait(f.wire, 100 * S); /* a frame is there: ours */
    assert_int_equal(pp_wire_now(f.wire), S);
    assert_int_equal(receive(&f, 10), 1);
    f.wire->ops->wait(f.wire, S + 10 * MS); /* nothing comes before */
    assert_int_equal(pp_wire_now(f.wire), S + 10 * MS);
    assert_int_equal(receive(&f, 10), 0);
    f.wire->ops->wait(f.wire, PP_NEVER);
    assert_int_equal(pp_wire_now(f.wire), S + 40 * MS);
    assert_int_equal(receive(&f, 10), 1);
    assert_string_equal(f.seen.letters, "Ss");
    assert_int_equal(f.seen.stamp[1] - f.seen.stamp[0], 40 * MS);
    assert_int_equal(f.wire->ops->epoch(f.wire), f.seen.stamp[1]);
    f.wire->ops->wake(f.wire);
    f.wire->ops->wait(f.wire, PP_NEVER); /* returns for the wake alone */
    assert_int_equal(pp_wire_now(f.wire), S + 40 * MS);
    f.wire->ops->stats(f.wire, &stats);
    assert_int_equal(stats.sent, 1);
    assert_int_equal(stats.received, 2);
    assert_int_equal(stats.drop_ring, 0);
    end(&f);
}

static void an_outage(void **state)
{
    const struct pp_virtual_faults faults = {.outage_from = S, .outage_to = 2 * S};
    struct fixture f;

    (void)state;
    begin(&f, "\"delay_ms\":20", &faults);
    send_syn(&f, 1);
    flush(&f);
    receive(&f, 10);
    f.wire->ops->wait(f.wire, 3 * S);
    assert_int_equal(pp_wire_now(f.wire), 3 * S);
    assert_string_equal(f.seen.letters, "S"); /* it left this host, and that was all */
    send_syn(&f, 1);
    flush(&f);
    receive(&f, 10);
    f.wire->ops->wait(f.wire, 4 * S);
    receive(&f, 10);
    assert_string_equal(f.seen.letters, "SSs");
    end(&f);
}

static void a_lossy_capture(void **state)
{
    const struct pp_virtual_faults faults = {.drops_from = S, .drops_to = 2 * S, .drop_p = 1};
    struct pp_wire_stats stats;
    struct fixture f;

    (void)state;
    begin(&f, "\"delay_ms\":20", &faults);
    send_syn(&f, 1);
    flush(&f);
    f.wire->ops->wait(f.wire, S + 500 * MS);
    assert_int_equal(receive(&f, 10), 0);
    f.wire->ops->stats(f.wire, &stats);
    assert_int_equal(stats.drop_ring, 2);
    f.wire->ops->wait(f.wire, 10 * S); /* the SYN/ACK is repeated */
    assert_int_equal(receive(&f, 10), 1);
    assert_string_equal(f.seen.letters, "s");
    end(&f);
}

static void a_full_send_queue(void **state)
{
    const struct pp_virtual_faults faults = {.send_fail_p = 1};
    struct pp_wire_stats stats;
    struct fixture f;
    uint8_t large[4096] = {0x45};

    (void)state;
    begin(&f, "\"delay_ms\":20", &faults);
    send_syn(&f, 7);
    send_syn(&f, 100);
    flush(&f);
    assert_int_equal(f.failed, 107);
    assert_int_equal(receive(&f, 10), 0);
    assert_int_equal(pp_wire_send(f.wire, large, sizeof large, 1), -1);
    f.wire->ops->stats(f.wire, &stats);
    assert_int_equal(stats.sent, 0);
    assert_int_equal(stats.send_errors, 3);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_frames_come_first), cmocka_unit_test(the_clock_jumps),   cmocka_unit_test(an_outage),
        cmocka_unit_test(a_lossy_capture),       cmocka_unit_test(a_full_send_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
