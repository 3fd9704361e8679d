/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_original.c: which of a server's segments are original transmissions. Times are those of Linux, which retransmits
 * data no sooner than a round trip plus 200 ms after the first time, and a SYN/ACK after a second.
 */
#include "../../core/flow/chain.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { S = PP_TCP_SYN, A = PP_TCP_ACK, SA = S | A };
enum { NO = 0, YES = 1, NONE = 2 };

/* In ms; sequence numbers count from each side's own beginning: the SYN is 0, the first byte of data 1. */
struct segment {
    int at;
    char from; /* 'c', 's'; 0: the end */
    uint16_t flags;
    uint32_t seq, len;
};

static const struct {
    const char *what;
    struct segment seg[10];
    int synack, data;
} rows[] = {
    {"a page in one segment", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 0}, {20, 'c', A, 1, 50},
      {41, 's', A, 1, 300}},
     YES, YES},
    {"nothing came", {{0, 'c', S, 0, 0}, {1000, 'c', S, 0, 0}}, NONE, NONE},
    {"a handshake, and no data", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 0}}, YES, NONE},
    {"an acknowledgment is no data", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50},
      {40, 's', A, 1, 0}}, YES, NONE},
    {"the first page was lost, the second came", /* 40 + 20 + 200 ms at least */
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {262, 's', A, 1, 300}}, YES, NO},
    {"and the request had been sent again meanwhile",
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {260, 'c', A, 1, 50},
      {285, 's', A, 1, 300}}, YES, NO},
    {"a slow server", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {900, 's', A, 1, 300}}, YES, NO},
    {"a slow server with more to say",
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {900, 's', A, 1, 300},
      {901, 's', A, 301, 300}}, YES, YES},
    {"a gap, and what fills it",
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {41, 's', A, 301, 300}, {62, 's', A, 1, 300},
      {63, 's', A, 601, 300}}, YES, NO},
    {"a gap behind an original",
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {41, 's', A, 1, 300},
      {42, 's', A, 601, 300}}, YES, YES},
    {"the second of two was lost", /* its retransmission comes 2 * 20 + 200 ms behind the first */
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {900, 's', A, 1, 300},
      {1141, 's', A, 301, 300}}, YES, NO},
    {"twice the same", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {900, 's', A, 1, 300},
      {901, 's', A, 1, 300}},
     YES, NO},
    {"a second question", /* the second answer is to this one */
     {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 50}, {900, 's', A, 1, 300}, {5000, 'c', A, 51, 50},
      {5030, 's', A, 301, 300}}, YES, YES},
    {"the SYN was sent twice", {{0, 'c', S, 0, 0}, {1000, 'c', S, 0, 0}, {1020, 's', SA, 0, 0},
      {1020, 'c', A, 1, 50}, {1041, 's', A, 1, 9}},
     NO, YES},
    {"the SYN/ACK came twice", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {1040, 's', SA, 0, 0},
      {1040, 'c', A, 1, 50}, {1061, 's', A, 1, 9}},
     YES, YES},
    {"a late answer to the first of two SYNs is not known for one",
     {{0, 'c', S, 0, 0}, {1000, 'c', S, 0, 0}, {1200, 's', SA, 0, 0}, {2000, 's', SA, 0, 0}}, NO, NONE},
    {"a server that speaks first", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 0},
      {42, 's', A, 1, 80}}, YES, YES},
    {"and whose greeting was lost", {{0, 'c', S, 0, 0}, {20, 's', SA, 0, 0}, {20, 'c', A, 1, 0},
      {280, 's', A, 1, 80}}, YES, NO},
    {"a SYN without ACK of the server's", {{0, 'c', S, 0, 0}, {20, 's', S, 0, 0}, {30, 's', A, 1, 9}}, NONE, NO},
    {"data without a handshake", {{0, 's', A, 1, 9}}, NONE, NO},
};

static int seen(const struct pp_chainset *set, const uint64_t *record, const char *name)
{
    struct pp_field_ref ref;
    int64_t v;

    assert_int_equal(pp_field_find(set, name, &ref), 0);
    v = pp_field_get(record, ref);
    return v == PP_NULL ? NONE : (int)v;
}

/* FROM: the initial sequence number of the server; that of the client is 2^31 away. */
static void play(const struct pp_chainset *set, uint64_t *record, const struct segment *s, uint32_t from)
{
    pp_record_init(set, record);
    for (; s->from; s++) {
        bool client = s->from == 'c';
        struct pp_packet p = {.family = 4, .proto = PP_PROTO_TCP, .payload_len = s->len, .payload_cap = s->len,
                              .l4_len = 20 + s->len, .l4_cap = 20 + s->len,
                              .tcp = {.flags = s->flags, .seq = s->seq + from + (client ? 0x80000000u : 0)}};

        pp_record_packet(set, record, &(struct pp_chain_packet){.pkt = &p, .dir = client ? PP_FWD : PP_REV,
                                                                .stamp = INT64_C(1700000000000000000) +
                                                                         s->at * INT64_C(1000000)});
    }
}

static void originals_and_repetitions(void **state)
{
    static const uint32_t from[] = {1000, 0xffffffff, 0xffffff00, 0x7fffff00};
    struct pp_chainset set;
    uint64_t record[64];

    (void)state;
    assert_int_equal(pp_chainset_init(&set, (const char *[]){"original", NULL}), 0);
    assert_true(set.size <= sizeof record);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof from / sizeof *from; k++) {
            play(&set, record, rows[i].seg, from[k]);
            if (seen(&set, record, "original_synack") != rows[i].synack)
                fail_msg("%s: the SYN/ACK", rows[i].what);
            if (seen(&set, record, "original_data_rev") != rows[i].data)
                fail_msg("%s: the data", rows[i].what);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(originals_and_repetitions)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
