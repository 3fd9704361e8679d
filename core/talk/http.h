/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.h: HTTP by libcurl over a connection that is not a socket. libcurl talks to a Unix socket of the worker's own;
 * what it writes is handed out, what the forged connection receives is fed in. Everything happens within the calls
 * below: no thread, no timer of its own, so it runs under a virtual clock, too. One pool per thread.
 */
#ifndef PP_HTTP_H
#define PP_HTTP_H

#include "../abi/plugin.h"

#include <stdbool.h>

#define PP_HTTP_BODY_MAX 16384 /* bytes of an answer that are taken before the transfer is cut */
#define PP_HTTP_HEAD_MAX 16384 /* the same for status line and header fields */
#define PP_HTTP_COST 14336     /* memory of one transfer, for the budget of what is in flight */
#define PP_HTTP_TLS_MAX 65536  /* bytes of a TLS handshake, certificates included: taken beyond PP_HTTP_HEAD_MAX */
#define PP_HTTPS_COST 135168   /* as PP_HTTP_COST, within TLS */
#define PP_HTTP2_COST 61440    /* what HTTP/2 takes beyond these */
#define PP_HTTP2_MOST 204800   /* and what it takes if a server is out to waste it */

struct pp_http_pool; /* opaque: a curl multi handle, the listening Unix socket */
struct pp_http;      /* one transfer */

struct pp_http_result {
    int status;           /* the last (1xx may precede it). 0: no valid one came */
    uint64_t body_bytes;  /* read, not kept */
    bool cut;             /* longer than PP_HTTP_BODY_MAX or PP_HTTP_HEAD_MAX */
    bool complete;        /* the whole answer came (or was cut) */
    int curl_code;        /* CURLcode, for -v */
};

struct pp_http_ask {
    const char *host; /* a name, or an address literal, v6 in brackets */
    uint16_t port;    /* named in the Host header where it is not the scheme's own */
    bool tls;         /* HOST, if a name, is the SNI (RFC 6066 section 3); whose certificate comes is not asked */
    bool long_request; /* the request is so long that a packet of PP_MAX_SIZE bytes is full of its beginning */
    enum pp_http_version version; /* PP_HTTP_2: offered besides HTTP/1.1, as struct pp_step says; else 1.1 alone */
};

struct pp_http_ops {
    /* Bytes for the server. 0, or -1: cannot (the transfer ends). */
    int (*write)(void *arg, const uint8_t *bytes, size_t len);
    /*
     * The first valid status line is there, or what HTTP/2 has in its place: the conversation has succeeded. Called
     * once. 101 is none: the answer comes behind it, in the other version.
     */
    void (*answered)(void *arg, int status, enum pp_http_version version);
    /* The transfer is over, for better or worse; H is gone when this returns. Not called after pp_http_cancel. */
    void (*done)(void *arg, const struct pp_http_result *r);
};

/*
 * USER_AGENT names us and the contact. NULL printed. curl_global_init is main's. A transfer takes two descriptors while
 * it is under way; its memory is kept for the next one.
 */
struct pp_http_pool *pp_http_pool_new(const char *user_agent);
void pp_http_pool_free(struct pp_http_pool *p);
/*
 * GET /. The request, or what begins the TLS handshake, is handed to ops->write before this returns. NULL: no memory or
 * descriptors, ops->write refused, or ASK->host is no host name (nothing printed, done is not called).
 */
struct pp_http *pp_http_start(struct pp_http_pool *p, const struct pp_http_ask *ask, const struct pp_http_ops *ops,
                              void *arg);
/*
 * Bytes from the server, in order. Returns how many were taken. May call answered and done: H may be gone afterwards
 * (see *GONE).
 */
size_t pp_http_feed(struct pp_http *h, const uint8_t *bytes, size_t len, bool *gone);
/* The server has closed: ends in done. */
void pp_http_eof(struct pp_http *h);
void pp_http_cancel(struct pp_http *h);

#endif
