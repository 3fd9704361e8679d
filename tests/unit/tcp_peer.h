/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_peer.h: the other side of a TCP test: segments written byte by byte, and a small server behind a wire that
 * delays, loses, duplicates and reorders, all on a virtual clock. It shares no code with the client but the decoder.
 */
#ifndef PP_TESTS_TCP_PEER_H
#define PP_TESTS_TCP_PEER_H

#include "tls_peer.h"

#include "../../core/talk/tcp.h"

#define MS INT64_C(1000000)

/* A segment from the peer as a script states it. */
struct peer_segment {
    uint32_t seq, ack;
    uint16_t flags, window;
    uint8_t tos;
    int mss, wscale; /* -1: no such option */
    bool sack_ok, timestamps;
    uint32_t tsval, tsecr;
    const uint8_t *payload;
    size_t len;
    size_t cap; /* payload bytes captured; 0: all */
};

/* Writes it behind an IP header of FAMILY into BYTES (at least 80 + len), decodes it into P. */
void peer_packet(struct pp_packet *p, uint8_t *bytes, int family, const struct peer_segment *s);

#define WORLD_QUEUE 256
#define WORLD_SEGMENT 1500
#define WORLD_ANSWER 131072

enum world_dir { TO_SERVER, TO_CLIENT };

struct world_event {
    int64_t at;
    uint64_t order;
    enum world_dir dir;
    struct peer_segment s;
    uint8_t payload[WORLD_SEGMENT];
};

/* What the server does. Zero is: waits for the end of a request head, answers, closes. */
struct world_server {
    uint32_t iss;
    uint16_t mss;
    uint32_t window;
    bool timestamps, sack, wscale, ecn;
    bool refuse, mute;          /* RST to the SYN; nothing after the handshake */
    bool fin_at_once;           /* closes when the connection stands */
    bool rst_after_answer;      /* RST instead of FIN */
    bool keep_open;             /* waits for the client's FIN */
    bool at_once;               /* answers the first bytes, whatever they are */
    bool push_forever;          /* repeats `answer` without end */
    const char *answer;
    size_t answer_len;
    const struct tls_setup *tls; /* instead of `answer` */
};

struct world {
    int64_t now, delay;
    const struct world_server *conf;
    int family;
    /* The wire: packet number N of each direction is lost, doubled, or late by `late`; -1: none. */
    int lose[2], lose_too[2], twice[2], hold_back[2];
    int64_t late;
    int count[2];
    struct world_event *queue;
    unsigned queued;
    uint64_t order;
    /* The client. */
    void *client;
    void (*input)(void *client, const struct pp_packet *p, int64_t now);
    void (*timer)(void *client, int64_t now);
    const int64_t *deadline;
    const bool *gone;
    /* The server. */
    uint32_t irs, rcv_nxt, snd_una, snd_nxt, snd_wnd;
    uint8_t client_wscale;
    bool syn_seen, open, answering, fin_sent, fin_acked, client_fin, reset;
    uint32_t ts_recent;
    const char *answer;
    size_t answer_len;
    struct tls_peer tls;
    char request[4096];
    size_t request_len;
    int64_t rto, rto_at;
    unsigned tries;
};

void world_init(struct world *w, const struct world_server *conf, int family);
void world_release(struct world *w);
/* The client's send callback. */
void world_send(struct world *w, const struct pp_segment *s);
/* Runs until nothing is left to happen, or UNTIL. */
void world_run(struct world *w, int64_t until);

#endif
