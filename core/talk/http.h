/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.h: HTTP by libcurl over a connection that is not a socket. libcurl talks to a Unix socket of the worker; the
 * bytes that it writes are passed to the owner, and the bytes that the forged connection receives are fed in. All work
 * is done within the calls below, without threads or timers, so it runs under a virtual clock, too. One pool per
 * thread.
 */
#ifndef PP_HTTP_H
#define PP_HTTP_H

#include "../abi/plugin.h"

#include <stdbool.h>

#define PP_HTTP_BODY_MAX 16384 /* bytes of a response body that are read before the transfer is cut */
#define PP_HTTP_HEAD_MAX 16384 /* the same for status line and header fields, bytes */
#define PP_HTTP_COST 14336     /* memory of one transfer, bytes, for the limit on concurrent targets */
#define PP_HTTP_TLS_MAX 65536  /* bytes of a TLS handshake, certificates included, in addition to PP_HTTP_HEAD_MAX */
#define PP_HTTPS_COST 135168   /* as PP_HTTP_COST, within TLS */
#define PP_HTTP2_COST 61440    /* memory that HTTP/2 adds to these, bytes */
#define PP_HTTP2_MOST 204800   /* the same with a server that wastes it on purpose */

struct pp_http_pool; /* opaque: a curl multi handle, the listening Unix socket */
struct pp_http;      /* one transfer */

struct pp_http_result {
    int status;           /* of the last response (1xx may precede it). 0: none was valid */
    uint64_t body_bytes;  /* bytes of the body read; they are not kept */
    bool cut;             /* cut at PP_HTTP_BODY_MAX or PP_HTTP_HEAD_MAX */
    bool complete;        /* the whole response was read (or cut) */
    int curl_code;        /* CURLcode, for -v */
};

struct pp_http_ask {
    const char *host; /* a name, or an address literal, IPv6 in brackets */
    uint16_t port;    /* in the Host header if it is not the scheme's default */
    bool tls;         /* HOST, if a name, is the SNI (RFC 6066 section 3); the certificate is not verified */
    bool long_request; /* the request is padded, so that its beginning fills a packet of PP_MAX_SIZE bytes */
    enum pp_http_version version; /* PP_HTTP_2: offer it besides HTTP/1.1, as in struct pp_step; else 1.1 alone */
};

struct pp_http_ops {
    /* Sends bytes to the server. 0, or -1: cannot (the transfer ends). */
    int (*write)(void *arg, const uint8_t *bytes, size_t len);
    /*
     * The first valid status line has arrived, or HTTP/2's equivalent: the conversation has succeeded. Called once. Not
     * called for 101: the response follows in HTTP/2.
     */
    void (*answered)(void *arg, int status, enum pp_http_version version);
    /* The transfer has ended, successfully or not; H is invalid when this returns. Not called after pp_http_cancel. */
    void (*done)(void *arg, const struct pp_http_result *r);
};

/*
 * USER_AGENT names the program and the contact, and is copied. NULL printed. main calls curl_global_init. An
 * active transfer takes two descriptors; its memory is kept for the next one.
 */
struct pp_http_pool *pp_http_pool_new(const char *user_agent);
/* Ends all transfers without calling done. NULL is permitted. */
void pp_http_pool_free(struct pp_http_pool *p);
/*
 * Starts GET /. The request, or the first message of the TLS handshake, is passed to ops->write before this returns.
 * ASK is read during the call, OPS is borrowed. NULL: no memory or descriptors, ops->write refused, or ASK->host is no
 * host name (nothing printed, done is not called).
 */
struct pp_http *pp_http_start(struct pp_http_pool *p, const struct pp_http_ask *ask, const struct pp_http_ops *ops,
                              void *arg);
/*
 * Feeds LEN bytes from the server, in order. Returns how many were taken. May call answered and done; *GONE: H is
 * invalid.
 */
size_t pp_http_feed(struct pp_http *h, const uint8_t *bytes, size_t len, bool *gone);
/* The server closed its side: the transfer ends, and calls done. */
void pp_http_eof(struct pp_http *h);
/* Ends the transfer without calling done; H is invalid afterwards. Permitted in `answered`. */
void pp_http_cancel(struct pp_http *h);

#endif
