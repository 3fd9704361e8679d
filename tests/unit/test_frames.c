/* SPDX-License-Identifier: BSD-2-Clause */
/* test_frames.c: what --pcap writes, as libpcap reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/stream/frames.h"

#include <pcap/pcap.h>
#include <unistd.h>

#define STAMP INT64_C(1767225600123456789)

/* Header and FRAMES as one capture file, opened. */
static pcap_t *reopen(const struct pp_buf *frames)
{
    char path[] = "/tmp/pathprobe-frames.XXXXXX", why[PCAP_ERRBUF_SIZE];
    struct pp_buf head;
    int fd = mkstemp(path);
    pcap_t *p;

    assert_true(fd >= 0);
    pp_buf_init(&head, 1024);
    pp_frames_header(&head);
    assert_int_equal(head.len, 24);
    assert_int_equal(write(fd, head.data, head.len), head.len);
    if (frames)
        assert_int_equal(write(fd, frames->data, frames->len), frames->len);
    pp_buf_release(&head);
    close(fd);
    p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
    unlink(path);
    assert_non_null(p);
    assert_int_equal(pcap_datalink(p), DLT_RAW);
    assert_true(pcap_snapshot(p) >= 65535);
    return p;
}

static void no_packets(void **state)
{
    struct pcap_pkthdr *h;
    const u_char *bytes;
    pcap_t *p = reopen(NULL);

    (void)state;
    assert_int_equal(pcap_next_ex(p, &h, &bytes), PCAP_ERROR_BREAK);
    pcap_close(p);
}

static void packets_come_back(void **state)
{
    static const struct {
        size_t cap, len;
    } rows[] = {{40, 40}, {1500, 1500}, {512, 9000}, {1, 65535}, {0, 20}, {65535, 65535}};
    static uint8_t packet[65535];
    struct pp_buf *frames = NULL;
    struct pcap_pkthdr *h;
    const u_char *bytes;
    pcap_t *p;

    (void)state;
    for (size_t i = 0; i < sizeof packet; i++)
        packet[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        pp_frames_add(&frames, STAMP + (int64_t)i, packet, rows[i].cap, rows[i].len);
    p = reopen(frames);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(pcap_next_ex(p, &h, &bytes), 1);
        assert_int_equal(h->caplen, rows[i].cap);
        assert_int_equal(h->len, rows[i].len);
        assert_int_equal(h->ts.tv_sec, 1767225600);
        assert_int_equal(h->ts.tv_usec, 123456789 + i); /* in nanoseconds, as the file was opened */
        assert_memory_equal(bytes, packet, rows[i].cap);
    }
    assert_int_equal(pcap_next_ex(p, &h, &bytes), PCAP_ERROR_BREAK);
    pcap_close(p);
    pp_frames_free(&frames);
    assert_null(frames);
    pp_frames_free(&frames);
}

/* Frames beyond the maximum are left out, and the file stays valid. */
static void a_talkative_target(void **state)
{
    static uint8_t packet[1400];
    struct pp_buf *frames = NULL;
    struct pcap_pkthdr *h;
    const u_char *bytes;
    unsigned n = 0;
    pcap_t *p;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        pp_frames_add(&frames, STAMP, packet, sizeof packet, sizeof packet);
    assert_true(frames->len <= PP_FRAMES_MAX);
    p = reopen(frames);
    while (pcap_next_ex(p, &h, &bytes) == 1) {
        assert_int_equal(h->caplen, sizeof packet);
        n++;
    }
    assert_int_equal(n, PP_FRAMES_MAX / (sizeof packet + 16));
    assert_int_equal(frames->len, n * (sizeof packet + 16));
    pcap_close(p);
    pp_frames_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_packets),
        cmocka_unit_test(packets_come_back),
        cmocka_unit_test(a_talkative_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
