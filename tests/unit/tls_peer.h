/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_peer.h: the server's half of TLS for tests, by OpenSSL and without a socket: what the client sent goes in, what
 * the server sends comes out. It answers the first whole request head.
 */
#ifndef PP_TESTS_TLS_PEER_H
#define PP_TESTS_TLS_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

struct tls_setup {
    size_t padding;     /* bytes of a comment added to the certificate */
    int version;        /* TLS1_3_VERSION, ...: no other; 0: any */
    const char *alpn;   /* the one protocol that is agreed to, with its length before it; NULL: none is */
    const char *answer; /* sent within TLS; */
    size_t answer_len;
    bool forever;       /* ... again and again */
    bool ends;          /* closes behind it */
};

struct tls_peer {
    const struct tls_setup *setup;
    SSL_CTX *ctx;
    SSL *ssl;
    char request[2048]; /* what came within TLS, NUL-terminated */
    size_t request_len;
    size_t answered;
    bool done;          /* all is sent */
    char *out;          /* all that was ever sent */
    size_t out_len, out_cap;
};

void tls_peer_init(struct tls_peer *p, const struct tls_setup *setup);
void tls_peer_release(struct tls_peer *p);
/* Bytes from the client. */
void tls_peer_input(struct tls_peer *p, const void *bytes, size_t n);
/* The name that the client asked for; NULL: none. */
const char *tls_peer_name(const struct tls_peer *p);

#endif
