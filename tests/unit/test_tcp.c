/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tcp.c: the TCP client segment by segment. A script has rows: a segment of the peer, an action of the owner, or a
 * segment that must be sent. Each script runs with sequence numbers near and far from their wrap, in both families.
 * Whole exchanges are in test_tcp_loss.c.
 */
#include "tcp_peer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A row says what it needs and leaves the rest zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define WINDOW 2048
#define SA (PP_TCP_SYN | PP_TCP_ACK)
#define RA (PP_TCP_RST | PP_TCP_ACK)
#define FA (PP_TCP_FIN | PP_TCP_ACK)
#define PA (PP_TCP_PSH | PP_TCP_ACK)
#define S PP_TCP_SYN
#define A PP_TCP_ACK
#define R PP_TCP_RST
#define F PP_TCP_FIN
#define ECE PP_TCP_ECE
#define CWR PP_TCP_CWR
#define AE PP_TCP_AE
#define ACCECN (AE | CWR | ECE)

enum op {
    END,
    AT,      /* lets time pass until n ms after the first SYN */
    IN,      /* the peer sends; seq counted from its first, ack from ours */
    OUT,     /* the next segment that left is this one; seq counted from our first, ack from the peer's */
    QUIET,   /* nothing else left */
    WRITE,   /* the owner writes n bytes */
    NO_ROOM, /* the same is refused */
    CLOSE, ABORT, RESUME,
    TAKE,    /* from now on the owner takes n bytes at a time at most */
    GOT,     /* n bytes came in order so far */
    OPENED, NOT_OPEN,
    ENDED,   /* closed was called with n; nothing else left */
    ALIVE,   /* it was not */
    PEER_FIN,/* eof was called */
    SACKED,  /* the segment last compared had SACK block seq..ack, counted from the peer's first */
    STALE,
};

struct row {
    enum op op;
    long n; /* or flags */
    long seq, ack, len, window; /* window: 0 stands for 8000, -1 for 0 */
    int cap;
    int tos;
};

struct script {
    const char *what;
    uint16_t syn_flags, syn_data;
    uint16_t early; /* bytes written before the SYN, to go out with it */
    uint8_t segments, pause;
    int mss; /* of the SYN/ACK; 0: 1000 */
    bool no_sack, plain; /* plain: no option in the SYN/ACK at all */
    struct row rows[40];
};

#define UP {IN, SA, 0, 1}, {OUT, A, 1, 1}, {OPENED}, {QUIET}

static const struct script scripts[] = {
    {.what = "nobody answers", .rows = {
        {OUT, S}, {AT, 999}, {QUIET}, {AT, 1000}, {OUT, S}, {AT, 2999}, {QUIET}, {AT, 3000}, {OUT, S}, {AT, 6999},
        {QUIET}, {AT, 7000}, {OUT, S}, {AT, 9999}, {QUIET}, {ALIVE}, {AT, 10000}, {ENDED, PP_HOW_SILENT}}},
    {.what = "each SYN has the treatment's flags", .syn_flags = ECE | CWR | PP_TCP_AE, .rows = {
        {OUT, S | ECE | CWR | PP_TCP_AE}, {AT, 1000}, {OUT, S | ECE | CWR | PP_TCP_AE}, {AT, 3000},
        {OUT, S | ECE | CWR | PP_TCP_AE}, {AT, 7000}, {OUT, S | ECE | CWR | PP_TCP_AE}, {QUIET}}},
    {.what = "handshake", .rows = {{OUT, S}, {AT, 10}, UP, {AT, 60000}, {QUIET}, {ALIVE}}},
    {.what = "the third SYN is answered", .rows = {
        {OUT, S}, {AT, 3010}, {OUT, S}, {OUT, S}, UP, {AT, 20000}, {QUIET}, {ALIVE}}},
    {.what = "refused", .rows = {{OUT, S}, {IN, RA, 0, 1}, {ENDED, PP_HOW_REFUSED}}},
    {.what = "RST that acknowledges nothing", .rows = {
        {OUT, S}, {IN, R, 0, 0}, {IN, R, 0, 1}, {QUIET}, {ALIVE}, UP}},
    {.what = "RST that acknowledges something else", .rows = {
        {OUT, S}, {IN, RA, 0, 0}, {IN, RA, 0, 2}, {IN, RA, 0, -70000}, {QUIET}, {ALIVE}, UP}},
    {.what = "bare ACK: stale", .rows = {
        {OUT, S}, {IN, A, 5000, 777777}, {OUT, R, 777777}, {STALE}, {ENDED, PP_HOW_SILENT}}},
    {.what = "FIN of an old connection: stale", .rows = {
        {OUT, S}, {IN, FA, 5000, -9}, {OUT, R, -9}, {STALE}, {ENDED, PP_HOW_SILENT}}},
    {.what = "bare ACK of our SYN is not an answer", .rows = {
        {OUT, S}, {IN, A, 0, 1}, {QUIET}, {ALIVE}, {NOT_OPEN}, UP}},
    {.what = "SYN/ACK of another SYN", .rows = {
        {OUT, S}, {IN, SA, 0, 99}, {OUT, R, 99}, {ALIVE}, {NOT_OPEN}, {IN, SA, 0, 0}, {OUT, R, 0}, UP}},
    {.what = "simultaneous open is ignored", .rows = {{OUT, S}, {IN, S, 0, 0}, {QUIET}, {NOT_OPEN}, UP}},
    {.what = "neither flag", .rows = {{OUT, S}, {IN, 0, 0, 0}, {IN, PP_TCP_URG, 0, 0}, {QUIET}, {NOT_OPEN}, UP}},
    {.what = "data on the SYN are acknowledged", .syn_data = 5, .rows = {
        {OUT, S}, {IN, SA, 0, 7}, {OUT, R, 7}, {IN, SA, 0, 6}, {OUT, A, 6, 1}, {WRITE, 3}, {OUT, PA, 6, 1, 3}}},
    {.what = "data on the SYN are not", .syn_data = 5, .rows = {
        {OUT, S}, {IN, SA, 0, 1}, {OUT, A, 1, 1}, {WRITE, 3}, {OUT, PA, 1, 1, 3}}},
    {.what = "data on the SYN are refused", .syn_data = 5, .rows = {{OUT, S}, {IN, RA, 0, 6}, {ENDED, PP_HOW_REFUSED}}},
    {.what = "early data are acknowledged", .early = 100, .rows = {
        {OUT, S, 0, 0, 100}, {IN, SA, 0, 102}, {OUT, R, 102}, {IN, SA, 0, 101}, {OUT, A, 101, 1}, {OPENED}, {QUIET},
        {WRITE, 3}, {OUT, PA, 101, 1, 3}, {IN, A, 1, 104}, {AT, 60000}, {QUIET}, {ALIVE}}},
    {.what = "early data are not", .early = 100, .rows = {
        {OUT, S, 0, 0, 100}, {IN, SA, 0, 1}, {OUT, A, 1, 1}, {OUT, PA, 1, 1, 100}, {OPENED}, {QUIET}, {IN, A, 1, 101},
        {AT, 60000}, {QUIET}, {ALIVE}}},
    {.what = "some of them are", .early = 100, .rows = {
        {OUT, S, 0, 0, 100}, {IN, SA, 0, 41}, {OUT, A, 41, 1}, {OUT, PA, 41, 1, 60}, {OPENED}, {QUIET}}},
    {.what = "every SYN has them", .early = 100, .rows = {
        {OUT, S, 0, 0, 100}, {AT, 1000}, {OUT, S, 0, 0, 100}, {AT, 3000}, {OUT, S, 0, 0, 100}, {AT, 7000},
        {OUT, S, 0, 0, 100}, {AT, 10000}, {ENDED, PP_HOW_SILENT}}},
    {.what = "early data are refused", .early = 100, .rows = {
        {OUT, S, 0, 0, 100}, {IN, RA, 0, 101}, {ENDED, PP_HOW_REFUSED}}},
    {.what = "data and FIN on the SYN/ACK come again", .rows = {
        {OUT, S}, {IN, SA | F, 0, 1, 10}, {OUT, A, 1, 1}, {OPENED}, {GOT, 0}, {IN, FA, 1, 1, 10}, {GOT, 10}, {PEER_FIN},
        {OUT, A, 1, 12}}},
    {.what = "SYN/ACK again: our ACK was lost", .rows = {
        {OUT, S}, {AT, 10}, UP, {AT, 1010}, {IN, SA, 0, 1}, {OUT, A, 1, 1}, {IN, SA, 0, 1}, {QUIET}, {ALIVE}}},
    {.what = "window 0 on the SYN/ACK, then an update", .rows = {
        {OUT, S}, {AT, 10}, {IN, SA, 0, 1, 0, -1}, {OUT, A, 1, 1}, {OPENED}, {WRITE, 100}, {QUIET}, {AT, 209}, {QUIET},
        {AT, 210}, {OUT, A, 0, 1}, {AT, 609}, {QUIET}, {AT, 610}, {OUT, A, 0, 1}, {IN, A, 1, 1}, {OUT, PA, 1, 1, 100},
        {IN, A, 1, 101}, {QUIET}, {AT, 60000}, {QUIET}, {ALIVE}}},
    {.what = "window 0 for ever", .rows = {
        {OUT, S}, {AT, 10}, {IN, SA, 0, 1, 0, -1}, {OUT, A, 1, 1}, {WRITE, 100}, {AT, 210}, {OUT, A, 0, 1},
        {IN, A, 1, 1, 0, -1}, {AT, 12600}, {OUT, A, 0, 1}, {OUT, A, 0, 1}, {OUT, A, 0, 1}, {OUT, A, 0, 1}, {AT, 12610},
        {OUT, A, 0, 1}, {AT, 25409}, {QUIET}, {AT, 25410}, {OUT, RA, 1, 1}, {ENDED, PP_HOW_STALLED}}},
    {.what = "FIN waits for a window, but not for ever", .rows = {
        {OUT, S}, {AT, 10}, {IN, SA, 0, 1, 0, -1}, {OUT, A, 1, 1}, {CLOSE}, {QUIET}, {AT, 210}, {OUT, A, 0, 1},
        {IN, A, 1, 1}, {OUT, FA, 1, 1}, {AT, 410}, {OUT, FA, 1, 1}, {IN, FA, 1, 2}, {OUT, A, 2, 2},
        {ENDED, PP_HOW_NONE}}},
    {.what = "RST exactly next", .rows = {{OUT, S}, UP, {IN, R, 1, 0}, {ENDED, PP_HOW_RST}}},
    {.what = "RST elsewhere in the window has to come again", .rows = {
        {OUT, S}, UP, {IN, R, 2, 0}, {OUT, A, 1, 1}, {IN, R, 1 + WINDOW - 1, 0}, {QUIET}, {ALIVE}, {IN, RA, 1, 1},
        {ENDED, PP_HOW_RST}}},
    {.what = "RST outside the window", .rows = {
        {OUT, S}, UP, {IN, R, 0, 0}, {IN, R, 1 + WINDOW, 0}, {IN, RA, -5, 1}, {QUIET}, {ALIVE}}},
    {.what = "RST behind the peer's FIN", .rows = {
        {OUT, S}, UP, {IN, FA, 1, 1}, {OUT, A, 1, 2}, {PEER_FIN}, {IN, R, 1, 0}, {ENDED, PP_HOW_RST}}},
    {.what = "SYN on an open connection", .rows = {{OUT, S}, UP, {IN, S, 50, 0}, {OUT, A, 1, 1}, {ALIVE}}},
    {.what = "no ACK flag", .rows = {{OUT, S}, UP, {IN, PP_TCP_PSH, 1, 0, 10}, {QUIET}, {GOT, 0}}},
    {.what = "acknowledges what was never sent", .rows = {
        {OUT, S}, UP, {IN, A, 1, 2, 10}, {OUT, A, 1, 1}, {GOT, 0}, {IN, A, 1, 1, 10}, {OUT, A, 1, 11}, {GOT, 10}}},
    {.what = "acknowledges what is long past", .rows = {
        {OUT, S}, UP, {IN, A, 1, -9000, 10}, {OUT, A, 1, 1}, {GOT, 0}}},
    {.what = "data in order", .rows = {
        {OUT, S}, UP, {IN, PA, 1, 1, 100}, {OUT, A, 1, 101}, {IN, PA, 101, 1, 50}, {OUT, A, 1, 151}, {GOT, 150}}},
    {.what = "data twice", .rows = {
        {OUT, S}, UP, {IN, PA, 1, 1, 100}, {OUT, A, 1, 101}, {IN, PA, 1, 1, 100}, {OUT, A, 1, 101}, {GOT, 100},
        {QUIET}}},
    {.what = "data out of order", .rows = {
        {OUT, S}, UP, {IN, PA, 101, 1, 100}, {OUT, A, 1, 1}, {SACKED, 0, 101, 201}, {GOT, 0}, {IN, PA, 201, 1, 10},
        {OUT, A, 1, 1}, {SACKED, 0, 101, 211}, {IN, PA, 1, 1, 100}, {OUT, A, 1, 211}, {GOT, 210}, {QUIET}}},
    {.what = "no SACK unless agreed", .no_sack = true, .rows = {
        {OUT, S}, UP, {IN, PA, 101, 1, 100}, {OUT, A, 1, 1}, {SACKED, 0, 0, 0}}},
    {.what = "a second gap is not kept", .rows = {
        {OUT, S}, UP, {IN, A, 101, 1, 50}, {OUT, A, 1, 1}, {IN, A, 301, 1, 50}, {OUT, A, 1, 1}, {SACKED, 0, 101, 151},
        {IN, A, 1, 1, 50}, {OUT, A, 1, 51}, {SACKED, 0, 101, 151}, {GOT, 50}, {IN, A, 51, 1, 60}, {OUT, A, 1, 151},
        {GOT, 150}, {IN, A, 151, 1, 150}, {OUT, A, 1, 301}, {IN, A, 301, 1, 50}, {OUT, A, 1, 351}, {GOT, 350}}},
    {.what = "overlaps from below, within, from above", .rows = {
        {OUT, S}, UP, {IN, A, 101, 1, 50}, {OUT, A, 1, 1}, {IN, A, 81, 1, 30}, {OUT, A, 1, 1}, {SACKED, 0, 81, 151},
        {IN, A, 111, 1, 10}, {OUT, A, 1, 1}, {SACKED, 0, 81, 151}, {IN, A, 141, 1, 20}, {OUT, A, 1, 1},
        {SACKED, 0, 81, 161}, {IN, A, 61, 1, 120}, {OUT, A, 1, 1}, {SACKED, 0, 61, 181}, {IN, A, 1, 1, 300},
        {OUT, A, 1, 301}, {GOT, 300}, {IN, A, 201, 1, 150}, {OUT, A, 1, 351}, {GOT, 350}}},
    {.what = "more than the window holds is cut off", .rows = {
        {OUT, S}, UP, {IN, FA, 1001, 1, 1100}, {OUT, A, 1, 1}, {SACKED, 0, 1001, 1 + WINDOW}, {IN, A, 1, 1, 1000},
        {OUT, A, 1, 1 + WINDOW}, {GOT, WINDOW}, {IN, FA, 1001, 1, 1100}, {OUT, A, 1, 2102}, {GOT, 2100}, {PEER_FIN}}},
    {.what = "data wholly beyond the window", .rows = {
        {OUT, S}, UP, {IN, A, 2 + WINDOW, 1, 10}, {OUT, A, 1, 1}, {IN, A, 1 + WINDOW, 1, 10}, {OUT, A, 1, 1},
        {GOT, 0}}},
    {.what = "what the capture does not hold is not acknowledged", .rows = {
        {OUT, S}, UP, {IN, FA, 1, 1, 500, 0, 200}, {OUT, A, 1, 201}, {GOT, 200}, {IN, FA, 201, 1, 300},
        {OUT, A, 1, 502}, {GOT, 500}, {PEER_FIN}}},
    {.what = "keepalive is answered, now and then", .rows = {
        {OUT, S}, {AT, 10}, UP, {AT, 1000}, {IN, A, 0, 1}, {OUT, A, 1, 1}, {IN, A, 0, 1}, {AT, 1499}, {IN, A, 0, 1},
        {QUIET}, {AT, 1500}, {IN, A, 0, 1}, {OUT, A, 1, 1}}},
    {.what = "the owner takes less", .rows = {
        {OUT, S}, UP, {TAKE, 30}, {IN, A, 1, 1, 1024}, {OUT, A, 1, 1025}, {GOT, 30}, {IN, A, 1025, 1, 1024},
        {OUT, A, 1, 2049}, {GOT, 30}, {IN, FA, 2049, 1, 30}, {OUT, A, 1, 2079}, {TAKE, 5000}, {RESUME},
        {OUT, A, 1, 2080}, {GOT, 2078}, {PEER_FIN}, {IN, FA, 2079, 1}, {OUT, A, 1, 2080}}},
    {.what = "segments of the peer's size", .mss = 500, .rows = {
        {OUT, S}, UP, {WRITE, 1200}, {OUT, A, 1, 1, 488}, {OUT, A, 489, 1, 488}, {OUT, PA, 977, 1, 224},
        {IN, A, 1, 1201}, {QUIET}, {AT, 60000}, {QUIET}, {ALIVE}}},
    {.what = "a tiny MSS has a floor", .mss = 1, .rows = {
        {OUT, S}, UP, {WRITE, 40}, {OUT, A, 1, 1, 36}, {OUT, PA, 37, 1, 4}}},
    {.what = "no options at all: IPv4 and IPv6 have different defaults", .plain = true, .rows = {
        {OUT, S}, UP, {WRITE, 500}, {OUT, PA, 1, 1, 500}, {IN, A, 1, 501}, {QUIET}}},
    {.what = "the peer's window is obeyed", .rows = {
        {OUT, S}, {AT, 10}, {IN, SA, 0, 1, 0, 1500}, {OUT, A, 1, 1}, {WRITE, 3000}, {OUT, A, 1, 1, 988}, {QUIET},
        {IN, A, 1, 989, 0, 1600}, {OUT, A, 989, 1, 988}, {IN, A, 1, 1977, 0, -1}, {QUIET}, {AT, 210}, {OUT, A, 1976, 1},
        {IN, A, 1, 1977, 0, 5}, {QUIET}, {AT, 410}, {OUT, A, 1977, 1, 5}, {IN, A, 1, 1982, 0, 4000},
        {OUT, A, 1982, 1, 988}, {OUT, PA, 2970, 1, 31}}},
    {.what = "no more than fits is taken", .rows = {
        {OUT, S}, {NO_ROOM, 1}, {IN, SA, 0, 1, 0, -1}, {OUT, A, 1, 1}, {WRITE, PP_TCP_SEND_MAX}, {NO_ROOM, 1}, {CLOSE},
        {NO_ROOM, 1}}},
    {.what = "lost data are sent again, later and later, then no more", .rows = {
        {OUT, S}, {AT, 10}, UP, {WRITE, 100}, {OUT, PA, 1, 1, 100}, {AT, 209}, {QUIET}, {AT, 210}, {OUT, PA, 1, 1, 100},
        {AT, 609}, {QUIET}, {AT, 610}, {OUT, PA, 1, 1, 100}, {AT, 1410}, {OUT, PA, 1, 1, 100}, {AT, 3010},
        {OUT, PA, 1, 1, 100}, {AT, 6210}, {OUT, PA, 1, 1, 100}, {AT, 12610}, {OUT, PA, 1, 1, 100}, {AT, 25409}, {QUIET},
        {ALIVE}, {AT, 25410}, {OUT, RA, 101, 1}, {ENDED, PP_HOW_STALLED}}},
    {.what = "two lost segments come without a second wait", .mss = 512, .rows = {
        {OUT, S}, {AT, 10}, UP, {WRITE, 1200}, {OUT, A, 1, 1, 500}, {OUT, A, 501, 1, 500}, {OUT, PA, 1001, 1, 200},
        {AT, 210}, {OUT, A, 1, 1, 500}, {QUIET}, {IN, A, 1, 501}, {OUT, A, 501, 1, 500}, {IN, A, 1, 1201}, {QUIET},
        {AT, 60000}, {QUIET}}},
    {.what = "a retransmission has the size of what it repeats", .rows = {
        {OUT, S}, {AT, 10}, UP, {WRITE, 10}, {OUT, PA, 1, 1, 10}, {WRITE, 20}, {OUT, PA, 11, 1, 20}, {AT, 210},
        {OUT, A, 1, 1, 10}, {IN, A, 1, 11}, {OUT, PA, 11, 1, 20}}},
    {.what = "a lone SYN loss without timestamps: RTO 3 s", .plain = true, .rows = {
        {OUT, S}, {AT, 1010}, {OUT, S}, UP, {WRITE, 10}, {OUT, PA, 1, 1, 10}, {AT, 4009}, {QUIET}, {AT, 4010},
        {OUT, PA, 1, 1, 10}}},
    {.what = "CE is echoed until CWR", .syn_flags = ECE | CWR, .rows = {
        {OUT, S | ECE | CWR}, {IN, SA | ECE, 0, 1}, {OUT, A, 1, 1}, {IN, A, 1, 1, 10, 0, 0, PP_ECT0}, {OUT, A, 1, 11},
        {IN, A, 11, 1, 10, 0, 0, PP_CE}, {OUT, A | ECE, 1, 21}, {IN, A, 21, 1, 10, 0, 0, PP_ECT0},
        {OUT, A | ECE, 1, 31}, {WRITE, 5}, {OUT, PA | ECE, 1, 31, 5}, {IN, A | CWR, 31, 6, 10, 0, 0, PP_ECT0},
        {OUT, A, 6, 41}, {IN, A | CWR, 41, 6, 10, 0, 0, PP_CE}, {OUT, A | ECE, 6, 51}}},
    {.what = "ECE is answered with CWR once a window", .syn_flags = ECE | CWR, .rows = {
        {OUT, S | ECE | CWR}, {IN, SA | ECE, 0, 1}, {OUT, A, 1, 1}, {WRITE, 5}, {OUT, PA, 1, 1, 5}, {IN, A | ECE, 1, 6},
        {QUIET}, {WRITE, 5}, {OUT, PA | CWR, 6, 1, 5}, {IN, A | ECE, 1, 6}, {WRITE, 5}, {OUT, PA, 11, 1, 5}, {AT, 250},
        {OUT, A, 6, 1, 5}, {IN, A | ECE, 1, 16}, {WRITE, 5}, {OUT, PA | CWR, 16, 1, 5}}},
    /* RFC 9768: tables 2 and 3, and section 3.2.1: counting begins at 5, 101. */
    {.what = "AccECN: SYN/ACK Not-ECT", .syn_flags = ACCECN, .rows = {
        {OUT, S | ACCECN}, {IN, SA | CWR, 0, 1}, {OUT, A | CWR, 1, 1}, {OPENED}, {WRITE, 5},
        {OUT, PA | AE | ECE, 1, 1, 5}, {IN, A | AE | ECE, 1, 6, 10, 0, 0, PP_CE}, {OUT, A | AE | CWR, 6, 11},
        {IN, A | AE | ECE, 11, 6, 10, 0, 0, PP_CE}, {OUT, A | AE | CWR | ECE, 6, 21},
        {IN, A | AE | ECE, 21, 6, 10, 0, 0, PP_CE}, {OUT, A, 6, 31},
        {IN, A | AE | ECE, 31, 6, 10, 0, 0, PP_ECT1}, {OUT, A, 6, 41}, {ABORT, PP_HOW_NONE}, {OUT, RA, 6, 41}}},
    {.what = "AccECN: SYN/ACK ECT(1)", .syn_flags = ACCECN, .rows = {
        {OUT, S | ACCECN}, {IN, SA | AE, 0, 1, 0, 0, 0, PP_ECT1}, {OUT, A | CWR | ECE, 1, 1}, {WRITE, 5},
        {OUT, PA | AE | ECE, 1, 1, 5}}},
    {.what = "AccECN: SYN/ACK ECT(0)", .syn_flags = ACCECN, .rows = {
        {OUT, S | ACCECN}, {IN, SA | CWR | ECE, 0, 1, 0, 0, 0, PP_ECT0}, {OUT, A | AE, 1, 1}, {WRITE, 5},
        {OUT, PA | AE | ECE, 1, 1, 5}}},
    {.what = "AccECN: SYN/ACK CE, and a reserved answer", .syn_flags = ACCECN, .rows = {
        {OUT, S | ACCECN}, {IN, SA | AE | ECE, 0, 1, 0, 0, 0, PP_CE}, {OUT, A | AE | CWR, 1, 1}, {WRITE, 5},
        {OUT, PA | AE | CWR, 1, 1, 5}}},
    {.what = "AccECN: classic ECN is agreed on", .syn_flags = ACCECN, .rows = {
        {OUT, S | ACCECN}, {IN, SA | ECE, 0, 1}, {OUT, A, 1, 1}, {IN, A, 1, 1, 10, 0, 0, PP_CE},
        {OUT, A | ECE, 1, 11}}},
    {.what = "AccECN: nothing, or all, is agreed on", .syn_flags = ACCECN, .rows = {
        {OUT, S | ACCECN}, {IN, SA | ACCECN, 0, 1}, {OUT, A, 1, 1}, {IN, A, 1, 1, 10, 0, 0, PP_CE}, {OUT, A, 1, 11}}},
    {.what = "AccECN: not asked for", .syn_flags = ECE | CWR, .rows = {
        {OUT, S | ECE | CWR}, {IN, SA | CWR, 0, 1}, {OUT, A, 1, 1}, {WRITE, 5}, {OUT, PA, 1, 1, 5}}},
    {.what = "the first bytes in pieces", .segments = 4, .rows = {
        {OUT, S}, UP, {WRITE, 43}, {OUT, PA, 1, 1, 10}, {OUT, PA, 11, 1, 10}, {OUT, PA, 21, 1, 10},
        {OUT, PA, 31, 1, 13}, {QUIET}, {IN, A, 1, 44}, {WRITE, 43}, {OUT, PA, 44, 1, 43}}},
    {.what = "pieces of a long request", .segments = 2, .mss = 500, .rows = {
        {OUT, S}, UP, {WRITE, 2000}, {OUT, PA, 1, 1, 488}, {OUT, PA, 489, 1, 488}, {OUT, A, 977, 1, 488},
        {OUT, A, 1465, 1, 488}, {OUT, PA, 1953, 1, 48}}},
    {.what = "fewer bytes than pieces", .segments = 4, .rows = {
        {OUT, S}, UP, {WRITE, 3}, {OUT, PA, 1, 1, 1}, {OUT, PA, 2, 1, 1}, {OUT, PA, 3, 1, 1}, {QUIET}}},
    {.what = "a piece waits until those before it are acknowledged", .segments = 4, .pause = 2, .rows = {
        {OUT, S}, {AT, 10}, UP, {WRITE, 40}, {OUT, PA, 1, 1, 10}, {OUT, PA, 11, 1, 10}, {QUIET}, {IN, A, 1, 11},
        {QUIET}, {IN, A, 1, 21}, {OUT, PA, 21, 1, 10}, {OUT, PA, 31, 1, 10}, {QUIET}, {IN, A, 1, 41}, {WRITE, 5},
        {OUT, PA, 41, 1, 5}, {WRITE, 5}, {OUT, PA, 46, 1, 5}}},
    {.what = "pieces are sent again as they were", .segments = 4, .pause = 2, .rows = {
        {OUT, S}, {AT, 10}, UP, {WRITE, 40}, {OUT, PA, 1, 1, 10}, {OUT, PA, 11, 1, 10}, {QUIET}, {AT, 210},
        {OUT, PA, 1, 1, 10}, {IN, A, 1, 11}, {OUT, PA, 11, 1, 10}, {QUIET}, {IN, A, 1, 21}, {OUT, PA, 21, 1, 10},
        {OUT, PA, 31, 1, 10}, {CLOSE}, {OUT, FA, 41, 1}, {QUIET}}},
    {.what = "pieces and a window of 15", .segments = 4, .rows = {
        {OUT, S}, {AT, 10}, {IN, SA, 0, 1, 0, 15}, {OUT, A, 1, 1}, {WRITE, 40}, {OUT, PA, 1, 1, 10}, {QUIET},
        {IN, A, 1, 11, 0, 15}, {OUT, PA, 11, 1, 10}, {QUIET}, {IN, A, 1, 21, 0, 40}, {OUT, PA, 21, 1, 10},
        {OUT, PA, 31, 1, 10}, {QUIET}}},
    {.what = "ECN not agreed: CE and ECE mean nothing", .syn_flags = ECE | CWR, .rows = {
        {OUT, S | ECE | CWR}, {IN, SA | ECE | CWR, 0, 1}, {OUT, A, 1, 1}, {IN, A | ECE, 1, 1, 10, 0, 0, PP_CE},
        {OUT, A, 1, 11}, {WRITE, 5}, {OUT, PA, 1, 11, 5}}},
    {.what = "ECN not asked for", .rows = {
        {OUT, S}, {IN, SA | ECE, 0, 1}, {OUT, A, 1, 1}, {IN, A | ECE, 1, 1, 10, 0, 0, PP_CE}, {OUT, A, 1, 11},
        {WRITE, 5}, {OUT, PA, 1, 11, 5}}},
    {.what = "we close first", .rows = {
        {OUT, S}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, A, 1, 2}, {QUIET}, {ALIVE}, {IN, FA, 1, 2}, {OUT, A, 2, 2},
        {ENDED, PP_HOW_NONE}}},
    {.what = "we close first, one answer", .rows = {
        {OUT, S}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, FA, 1, 2}, {OUT, A, 2, 2}, {ENDED, PP_HOW_NONE}, {IN, FA, 1, 2},
        {QUIET}}},
    {.what = "both close at once", .rows = {
        {OUT, S}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, FA, 1, 1}, {OUT, A, 2, 2}, {ALIVE}, {IN, A, 2, 2},
        {ENDED, PP_HOW_NONE}}},
    {.what = "the peer closes first", .rows = {
        {OUT, S}, UP, {IN, FA, 1, 1, 10}, {GOT, 10}, {PEER_FIN}, {OUT, A, 1, 12}, {IN, FA, 1, 1, 10}, {OUT, A, 1, 12},
        {CLOSE}, {OUT, FA, 1, 12}, {IN, A, 12, 2}, {ENDED, PP_HOW_NONE}}},
    {.what = "FIN before the data", .rows = {
        {OUT, S}, UP, {IN, FA, 101, 1, 20}, {OUT, A, 1, 1}, {ALIVE}, {IN, A, 1, 1, 100}, {OUT, A, 1, 122}, {GOT, 120},
        {PEER_FIN}}},
    {.what = "data behind a FIN", .rows = {
        {OUT, S}, UP, {IN, FA, 101, 1}, {OUT, A, 1, 1}, {IN, A, 1, 1, 300}, {OUT, A, 1, 102}, {GOT, 100}, {PEER_FIN},
        {IN, A, 102, 1, 10}, {OUT, A, 1, 102}, {GOT, 100}}},
    {.what = "FIN behind the data", .rows = {
        {OUT, S}, UP, {WRITE, 10}, {OUT, PA, 1, 1, 10}, {CLOSE}, {OUT, FA, 11, 1}, {IN, A, 1, 11}, {QUIET},
        {IN, FA, 1, 12}, {OUT, A, 12, 2}, {ENDED, PP_HOW_NONE}}},
    {.what = "data before a lost FIN are lost, too", .rows = {
        {OUT, S}, {AT, 10}, UP, {WRITE, 10}, {OUT, PA, 1, 1, 10}, {CLOSE}, {OUT, FA, 11, 1}, {AT, 210},
        {OUT, PA, 1, 1, 10}, {IN, A, 1, 11}, {OUT, FA, 11, 1}, {IN, FA, 1, 12}, {OUT, A, 12, 2}, {ENDED, PP_HOW_NONE}}},
    {.what = "our FIN is not answered", .rows = {
        {OUT, S}, {AT, 10}, UP, {CLOSE}, {OUT, FA, 1, 1}, {AT, 210}, {OUT, FA, 1, 1}, {AT, 610}, {OUT, FA, 1, 1},
        {AT, 1410}, {OUT, FA, 1, 1}, {AT, 3009}, {QUIET}, {AT, 3010}, {OUT, RA, 2, 1}, {ENDED, PP_HOW_STALLED}}},
    {.what = "the peer never closes", .rows = {
        {OUT, S}, {AT, 10}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, A, 1, 2}, {AT, 3009}, {QUIET}, {ALIVE}, {AT, 3010},
        {OUT, RA, 2, 1}, {ENDED, PP_HOW_NONE}}},
    {.what = "a late greeting is acknowledged and dropped", .rows = {
        {OUT, S}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, PA, 1, 1, 100}, {OUT, A, 2, 101}, {GOT, 0}, {IN, FA, 101, 2},
        {OUT, A, 2, 102}, {ENDED, PP_HOW_NONE}}},
    {.what = "a closed reader is not flooded", .rows = {
        {OUT, S}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, A, 1, 2, 2048}, {OUT, A, 2, 2049}, {IN, A, 2049, 2, 2048},
        {OUT, A, 2, 4097}, {IN, A, 4097, 2, 2048}, {OUT, A, 2, 6145}, {IN, A, 6145, 2, 2048}, {OUT, A, 2, 8193},
        {IN, A, 8193, 2, 2048}, {OUT, A, 2, 10241}, {IN, A, 10241, 2, 2048}, {OUT, A, 2, 12289},
        {IN, A, 12289, 2, 2048}, {OUT, A, 2, 14337}, {IN, A, 14337, 2, 2048}, {OUT, A, 2, 16385}, {IN, A, 16385, 2, 1},
        {OUT, RA, 2, 16386}, {ENDED, PP_HOW_NONE}}},
    {.what = "RST to our FIN", .rows = {{OUT, S}, UP, {CLOSE}, {OUT, FA, 1, 1}, {IN, R, 1, 0}, {ENDED, PP_HOW_RST}}},
    {.what = "abort", .rows = {
        {OUT, S}, UP, {ABORT, PP_HOW_STALLED}, {OUT, RA, 1, 1}, {ENDED, PP_HOW_STALLED}, {AT, 60000}, {QUIET}}},
    {.what = "abort before anything came", .rows = {
        {OUT, S}, {ABORT, PP_HOW_SILENT}, {ENDED, PP_HOW_SILENT}, {AT, 60000}, {QUIET}}},
    {.what = "close before anything came", .rows = {{OUT, S}, {CLOSE}, {ENDED, PP_HOW_NONE}, {AT, 60000}, {QUIET}}},
    {.what = "close when the owner does not take", .rows = {
        {OUT, S}, UP, {TAKE, 0}, {IN, A, 1, 1, 100}, {OUT, A, 1, 101}, {CLOSE}, {OUT, FA, 1, 101}, {IN, FA, 101, 2, 10},
        {OUT, A, 2, 112}, {ENDED, PP_HOW_NONE}}},
};

/* ---- the interpreter --------------------------------------------------------------------------------- */

struct client {
    struct pp_tcp tcp; /* first member */
    struct pp_segment log[64], last;
    unsigned logged, read;
    uint32_t got, take;
    unsigned opened, ended, fins;
    enum pp_how how;
};

static uint8_t stream(uint32_t at)
{
    return (uint8_t)(at * 7 + (at >> 8));
}

static void on_send(struct pp_tcp *c, const struct pp_segment *s)
{
    struct client *x = (struct client *)c;
    bool syn = s->flags & PP_TCP_SYN; /* its data stand behind the number that it takes itself */

    assert_in_range(x->logged, 0, COUNT(x->log) - 1);
    for (size_t i = 0; i < s->len; i++)
        assert_int_equal(s->payload[i], stream(s->seq + syn - (c->iss + 1) + (uint32_t)i));
    assert_int_equal(s->on, syn ? PP_ON_SYN : s->len ? PP_ON_DATA : PP_ON_ACK);
    x->log[x->logged] = *s;
    x->log[x->logged++].payload = NULL;
}

static void on_open(struct pp_tcp *c)
{
    ((struct client *)c)->opened++;
}

static size_t on_data(struct pp_tcp *c, const uint8_t *bytes, size_t len)
{
    struct client *x = (struct client *)c;

    assert_int_not_equal(len, 0);
    if (len > x->take)
        len = x->take;
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], stream(x->got + (uint32_t)i));
    x->got += (uint32_t)len;
    return len;
}

static void on_eof(struct pp_tcp *c)
{
    ((struct client *)c)->fins++;
}

static void on_closed(struct pp_tcp *c, enum pp_how how)
{
    struct client *x = (struct client *)c;

    x->ended++;
    x->how = how;
}

static const struct pp_tcp_ops ops = {on_send, on_open, on_data, on_eof, on_closed};

static const struct pp_tcp_config config = {
    .look4 = {.wscale = 5, .mss = 1460, .window = 2048, .timestamps = true, .sack = true, .window_scaling = true},
    .look6 = {.wscale = 5, .mss = 1440, .window = 2048, .timestamps = true, .sack = true, .window_scaling = true},
    .window = WINDOW,
    .connect_timeout = 10000 * MS,
};

#define T0 (5000 * MS)

struct run {
    struct client x;
    const struct script *s;
    uint32_t irs;
    int family;
    int64_t now;
};

static void give(struct run *r, const struct row *row)
{
    uint8_t bytes[4096], payload[2304];
    struct peer_segment s = {
        .seq = r->irs + (uint32_t)row->seq, .ack = r->x.tcp.iss + (uint32_t)row->ack, .flags = (uint16_t)row->n,
        .tos = (uint8_t)row->tos, .window = row->window < 0 ? 0 : row->window ? (uint16_t)row->window : 8000,
        .mss = -1, .wscale = -1, .payload = payload, .len = (size_t)row->len, .cap = (size_t)row->cap,
    };
    struct pp_packet p;

    if (row->n & PP_TCP_SYN && !r->s->plain) {
        s.mss = r->s->mss ? r->s->mss : 1000;
        s.wscale = 0;
        s.sack_ok = !r->s->no_sack;
    }
    s.timestamps = !r->s->plain;
    s.tsval = 0xfffffff0u + (uint32_t)((r->now - T0) / MS);
    s.tsecr = r->x.tcp.ts_offset + (uint32_t)(T0 / MS);
    for (uint32_t i = 0; i < s.len; i++)
        payload[i] = stream((uint32_t)row->seq - 1 + i);
    peer_packet(&p, bytes, r->family, &s);
    pp_tcp_input(&r->x.tcp, &p, r->now);
}

static void compare(struct run *r, const struct row *row)
{
    struct client *x = &r->x;
    const struct pp_segment *s;

    if (x->read == x->logged)
        fail_msg("'%s': nothing left, flags %lx seq %ld expected", r->s->what, row->n, row->seq);
    s = &x->log[x->read++];
    x->last = *s;
    if (s->flags != row->n || s->seq != x->tcp.iss + (uint32_t)row->seq || s->len != (size_t)row->len ||
        (s->flags & PP_TCP_ACK && s->ack != r->irs + (uint32_t)row->ack))
        fail_msg("'%s' at %lld ms: flags %x seq %ld ack %ld len %zu left; flags %lx seq %ld ack %ld len %ld expected",
                 r->s->what, (long long)((r->now - T0) / MS), s->flags, (long)(int32_t)(s->seq - x->tcp.iss),
                 (long)(int32_t)(s->ack - r->irs), s->len, row->n, row->seq, row->ack, row->len);
    if (s->flags & PP_TCP_SYN)
        assert_true(s->timestamps);
    else if (x->tcp.opened_at)
        assert_int_equal(s->timestamps, !r->s->plain);
}

static void pass_time(struct run *r, int64_t until)
{
    while (r->x.tcp.deadline <= until) {
        int64_t at = r->x.tcp.deadline;
        if (at > r->now)
            r->now = at;
        pp_tcp_timer(&r->x.tcp, r->now);
    }
    r->now = until;
}

static void write_bytes(struct run *r, long n, int want)
{
    uint8_t bytes[PP_TCP_SEND_MAX];
    uint32_t at = (r->x.tcp.state == PP_TCP_IDLE ? 0 : r->x.tcp.snd_una - (r->x.tcp.iss + 1)) + r->x.tcp.out_len;

    for (long i = 0; i < n; i++)
        bytes[i] = stream(at + (uint32_t)i);
    assert_int_equal(pp_tcp_write(&r->x.tcp, bytes, (size_t)n, r->now), want);
}

static void step(struct run *r, const struct row *row)
{
    struct client *x = &r->x;

    switch (row->op) {
    case AT: pass_time(r, T0 + row->n * MS); break;
    case IN: give(r, row); break;
    case OUT: compare(r, row); break;
    case QUIET:
        if (x->read != x->logged)
            fail_msg("'%s' at %lld ms: flags %x len %zu left", r->s->what, (long long)((r->now - T0) / MS),
                     x->log[x->read].flags, x->log[x->read].len);
        break;
    case WRITE: write_bytes(r, row->n, 0); break;
    case NO_ROOM: write_bytes(r, row->n, -1); break;
    case CLOSE: pp_tcp_close(&x->tcp, r->now); break;
    case ABORT: pp_tcp_abort(&x->tcp, (enum pp_how)row->n, r->now); break;
    case RESUME: pp_tcp_resume(&x->tcp, r->now); break;
    case TAKE: x->take = (uint32_t)row->n; break;
    case GOT:
        if (x->got != (uint32_t)row->n)
            fail_msg("'%s': %u bytes came, not %ld", r->s->what, x->got, row->n);
        break;
    case OPENED: assert_int_equal(x->opened, 1); break;
    case NOT_OPEN: assert_int_equal(x->opened, 0); break;
    case ENDED:
        if (x->ended != 1 || x->how != (enum pp_how)row->n || x->read != x->logged)
            fail_msg("'%s': ended %u times, how %d not %ld, %u more left", r->s->what, x->ended, x->how, row->n,
                     x->logged - x->read);
        assert_true(x->tcp.deadline == PP_NEVER);
        break;
    case ALIVE:
        if (x->ended)
            fail_msg("'%s': ended, how %d", r->s->what, x->how);
        break;
    case PEER_FIN: assert_int_equal(x->fins, 1); break;
    case SACKED:
        if (row->seq == 0)
            assert_int_equal(x->last.sack_len, 0);
        else if (x->last.sack_len != 8 || pp_get32(x->last.sack) != r->irs + (uint32_t)row->seq ||
                 pp_get32(x->last.sack + 4) != r->irs + (uint32_t)row->ack)
            fail_msg("'%s': SACK block %u %ld-%ld", r->s->what, x->last.sack_len,
                     (long)(pp_get32(x->last.sack) - r->irs), (long)(pp_get32(x->last.sack + 4) - r->irs));
        break;
    case STALE: assert_true(x->tcp.stale); break;
    case END: break;
    }
}

static void run_script(const struct script *s, int family, uint32_t iss, uint32_t irs)
{
    struct run r = {.s = s, .irs = irs, .family = family, .now = T0, .x = {.take = UINT32_MAX}};

    pp_tcp_init(&r.x.tcp, &ops, &config, family, iss, 0xfffff000u, s->syn_flags);
    r.x.tcp.syn_data = s->syn_data;
    r.x.tcp.early = s->early > 0;
    if (s->early)
        write_bytes(&r, s->early, 0);
    r.x.tcp.segments = s->segments;
    r.x.tcp.pause = s->pause;
    pp_tcp_connect(&r.x.tcp, r.now);
    for (const struct row *row = s->rows; row->op != END; row++)
        step(&r, row);
    assert_in_range(r.x.ended, 0, 1);
    pp_tcp_release(&r.x.tcp);
}

static void all_scripts(void **state)
{
    static const uint32_t numbers[] = {0,          1000,       0x7fffffff, 0x7ffffff0, 0xffffffff,
                                       0xfffffffe, 0xffffff9c, 0xfffffe00, 0xfffff800};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++)
        for (size_t j = 0; j < COUNT(numbers); j++)
            for (size_t k = 0; k < COUNT(numbers); k++)
                run_script(&scripts[i], j % 2 ? 4 : 6, numbers[j], numbers[k]);
}

/* ---- what the scripts do not see ---------------------------------------------------------------------- */

static void begin(struct run *r, const struct script *s)
{
    *r = (struct run){.s = s, .irs = 500, .family = 4, .now = T0, .x = {.take = UINT32_MAX}};
    pp_tcp_init(&r->x.tcp, &ops, &config, 4, 9000, 77, 0);
    pp_tcp_connect(&r->x.tcp, r->now);
}

static void in(struct run *r, uint16_t flags, long seq, long ack, long len)
{
    struct row row = {.op = IN, .n = flags, .seq = seq, .ack = ack, .len = len};

    give(r, &row);
}

static void windows(void **state)
{
    static const struct script full = {.what = "windows"}, plain = {.what = "windows, no scale", .plain = true};
    struct run r;

    (void)state;
    begin(&r, &full);
    assert_int_equal(r.x.log[0].window, 2048); /* of the look, unscaled */
    in(&r, SA, 0, 1, 0);
    assert_int_equal(r.x.log[1].window, WINDOW >> 5);
    r.x.take = 31;
    in(&r, A, 1, 1, 1000);
    assert_int_equal(r.x.log[2].window, (WINDOW - 969) >> 5);
    r.x.take = 5000;
    pp_tcp_resume(&r.x.tcp, r.now);
    assert_int_equal(r.x.log[3].window, WINDOW >> 5);
    assert_int_equal(r.x.got, 1000);
    pp_tcp_release(&r.x.tcp);
    begin(&r, &plain);
    in(&r, SA, 0, 1, 0);
    assert_int_equal(r.x.log[1].window, WINDOW);
    pp_tcp_release(&r.x.tcp);
}

/* RFC 7323 section 4.3: TS.Recent follows what was last in order; section 5.3: older ones are refused. */
static void timestamps(void **state)
{
    static const struct script s = {.what = "timestamps"};
    struct run r;

    (void)state;
    begin(&r, &s);
    assert_int_equal(r.x.log[0].tsval, 5000 + 77);
    assert_int_equal(r.x.log[0].tsecr, 0);
    r.now += 30 * MS;
    in(&r, SA, 0, 1, 0);
    assert_int_equal(r.x.log[1].tsval, 5030 + 77);
    assert_int_equal(r.x.log[1].tsecr, 0xfffffff0u + 30);
    r.now += 10 * MS;
    in(&r, A, 101, 1, 10); /* out of order: not echoed */
    assert_int_equal(r.x.log[2].tsecr, 0xfffffff0u + 30);
    r.now += 10 * MS;
    in(&r, A, 1, 1, 100);
    assert_int_equal(r.x.log[3].tsecr, 0xfffffff0u + 50);
    assert_int_equal(r.x.got, 110);
    r.now -= 20 * MS;
    in(&r, A, 111, 1, 10); /* older than what was in order */
    assert_int_equal(r.x.logged, 5);
    assert_int_equal(r.x.got, 110);
    pp_tcp_release(&r.x.tcp);
}

/* A step applies to packets by their ordinal within a class; a retransmission has the ordinal of the original. */
static void ordinals(void **state)
{
    static const struct script s = {.what = "ordinals", .mss = 112};
    struct run r;
    unsigned data = 0;

    (void)state;
    begin(&r, &s);
    pass_time(&r, T0 + 1000 * MS);
    in(&r, SA, 0, 1, 0);
    write_bytes(&r, 100, 0);
    write_bytes(&r, 50, 0);
    write_bytes(&r, 300, 0); /* 100, 50, 100, 100, 100 */
    pass_time(&r, r.now + 10000 * MS);
    for (int ack = 101; ack < 451; ack += ack == 101 ? 50 : 100) {
        in(&r, A, 1, ack, 0);
        pass_time(&r, r.now + 2000 * MS);
    }
    for (unsigned i = 0; i < r.x.logged; i++) {
        const struct pp_segment *seg = &r.x.log[i];
        uint32_t at = seg->seq - 9001;

        if (seg->on == PP_ON_SYN) {
            assert_int_equal(seg->ordinal, 0);
            assert_int_equal(seg->retransmission, i > 0);
        } else if (seg->on == PP_ON_DATA) {
            unsigned want = at == 0 ? 0 : at == 100 ? 1 : at == 150 ? 2 : 3;
            if (want < 3)
                assert_int_equal(seg->ordinal, want);
            else
                assert_in_range(seg->ordinal, 3, 4);
            assert_int_equal(seg->len, at == 100 ? 50 : 100);
            assert_int_equal(seg->retransmission, data >= 5);
            data++;
        }
    }
    assert_in_range(data, 9, 20);
    pp_tcp_release(&r.x.tcp);
}

/* A SYN/ACK after the second SYN: the echoed timestamp tells the round trip, so RTO is not 3 s. */
static void round_trip_after_loss(void **state)
{
    static const struct script s = {.what = "rtt"};
    struct run r;

    (void)state;
    begin(&r, &s);
    pass_time(&r, T0 + 1040 * MS);
    in(&r, SA, 0, 1, 0); /* echoes the first SYN */
    assert_true(r.x.tcp.srtt == 1040 * MS);
    pp_tcp_release(&r.x.tcp);
}

static void fragments_and_stumps(void **state)
{
    static const struct script s = {.what = "stumps"};
    struct run r;
    uint8_t bytes[128];
    struct pp_packet p;

    (void)state;
    begin(&r, &s);
    peer_packet(&p, bytes, 4, &(struct peer_segment){.seq = 500, .ack = 9001, .flags = SA, .mss = -1, .wscale = -1});
    p.fragment = true;
    pp_tcp_input(&r.x.tcp, &p, r.now);
    p.fragment = false;
    p.truncated = true;
    pp_tcp_input(&r.x.tcp, &p, r.now);
    assert_int_equal(r.x.opened, 0);
    p.truncated = false;
    pp_tcp_input(&r.x.tcp, &p, r.now);
    assert_int_equal(r.x.opened, 1);
    pp_tcp_release(&r.x.tcp);
    pp_tcp_input(&r.x.tcp, &p, r.now); /* released: nothing happens */
}

/* The SYN carries what fits into the default MSS beside 40 bytes of options; the rest follows the handshake. */
static void early_data_that_do_not_fit(void **state)
{
    static const struct script s = {.what = "early data that do not fit"};
    static const struct {
        int family;
        unsigned most;
    } rows[] = {{4, 496}, {6, 1180}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct run r = {.s = &s, .irs = 500, .family = rows[i].family, .now = T0, .x = {.take = UINT32_MAX}};
        pp_tcp_init(&r.x.tcp, &ops, &config, rows[i].family, 9000, 77, 0);
        r.x.tcp.early = true;
        write_bytes(&r, 1500, 0);
        pp_tcp_connect(&r.x.tcp, r.now);
        assert_int_equal(r.x.log[0].len, rows[i].most);
        in(&r, SA, 0, 1 + rows[i].most, 0);
        assert_int_equal(r.x.log[1].len, 0);
        assert_int_equal(r.x.log[2].seq, 9001 + rows[i].most);
        pp_tcp_release(&r.x.tcp);
    }
}

static unsigned left(struct run *r)
{
    unsigned n = r->x.logged;

    r->x.logged = 0;
    return n;
}

/* Segments that bring nothing new draw a few answers, then one every half second, however many come. */
static void floods_are_not_answered_one_by_one(void **state)
{
    static const struct script s = {.what = "floods"};
    struct run r;
    unsigned n = 0;

    (void)state;
    begin(&r, &s);
    left(&r);
    for (int i = 0; i < 1000; i++)
        in(&r, SA, 0, 2 + i, 0); /* acknowledges what was never sent */
    assert_int_equal(left(&r), PP_TCP_RESETS);
    in(&r, SA, 0, 1, 0);
    assert_int_equal(left(&r), 1);
    in(&r, A, 1, 1, 10);
    assert_int_equal(left(&r), 1);
    for (int i = 0; i < 1000; i++) {
        in(&r, A, 1, 1, 10);     /* old */
        in(&r, A, 40000, 1, 10); /* beyond the window */
        in(&r, A, 31, 1, 10);    /* behind a gap */
        n += left(&r);
        r.now += 5 * MS; /* 5 s in all */
    }
    assert_in_range(n, PP_TCP_SAME_ACKS - 1, PP_TCP_SAME_ACKS + 10);
    in(&r, A, 11, 1, 10); /* something new */
    assert_int_equal(left(&r), 1);
    in(&r, A, 1, 1, 10);
    assert_int_equal(left(&r), 1);
    pp_tcp_release(&r.x.tcp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_scripts),  cmocka_unit_test(windows),
        cmocka_unit_test(timestamps),   cmocka_unit_test(ordinals),
        cmocka_unit_test(round_trip_after_loss), cmocka_unit_test(fragments_and_stumps),
        cmocka_unit_test(early_data_that_do_not_fit), cmocka_unit_test(floods_are_not_answered_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
