/* SPDX-License-Identifier: BSD-2-Clause */
/* http_parts.h: declarations that http.c, http_easy.c and http_pool.c share; private to them. */
#ifndef PP_HTTP_PARTS_H
#define PP_HTTP_PARTS_H

#include "http.h"

#include "../base/error.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PP_HTTP_HOST_MAX 255
#define PP_HTTP_PIECE 4096 /* bytes that libcurl reads in one call */
#define PP_HTTP_NAME_LEN 32 /* bytes of an abstract socket name, without the NUL in front */

struct pp_http {
    struct pp_http_pool *pool;
    struct pp_http *next_free, *next;
    CURL *easy;
    const struct pp_http_ops *ops;
    void *arg;
    int client, server; /* libcurl's end, which libcurl closes; our end */
    uint64_t serial;    /* tells this transfer from a later one in the same memory */
    uint64_t fed, head_bytes, body_bytes;
    int status, first_status; /* as in struct pp_http_result; the first one, which answers the request */
    enum pp_http_version version; /* of the response */
    int block_status;             /* status of an HTTP/2 field block that is still incomplete; else 0 */
    CURLcode code;
    bool active, added, finished, announced, cut;
    bool expect_status, head_done;
    bool tls, asks_2; /* as in struct pp_http_ask */
    bool switched;    /* the server has agreed to an Upgrade: HTTP/2 follows */
    struct sockaddr_un name; /* of libcurl's end */
    struct curl_slist header; /* points to `host`, so that no list has to be allocated */
    struct curl_slist more;   /* follows `header` in a long request */
    char host[PP_HTTP_HOST_MAX + 16];
};

#define PP_HTTP_PLAIN_URL "http://host/" /* never resolved; the Host header is set by us */

/* Sets the options of a new handle that are the same for all transfers. 0, or -1. */
int pp_http_setup(struct pp_http *h, const char *listener, const char *user_agent);
/* Sets the options that depend on ASK. 0, or -1. */
int pp_http_address(struct pp_http *h, const struct pp_http_ask *ask);
/* Creates a Unix socket bound to a random NAME. Returns the descriptor, or -1. */
int pp_http_socket(struct pp_http_pool *p, struct sockaddr_un *name);
/* Returns a transfer with its curl handle, options set. NULL: no memory. */
struct pp_http *pp_http_take(struct pp_http_pool *p);
/* Ends H's transfer and keeps the memory for the next. Not from within libcurl's callbacks. */
void pp_http_put(struct pp_http *h);
/* Starts H's transfer in libcurl and accepts its connection. 0, or -1. */
int pp_http_connect(struct pp_http *h);
/* Lets libcurl handle EVENTS of FD and its immediate timer. Transfers that ended have `finished` and `code` set. */
void pp_http_drive(struct pp_http_pool *p, curl_socket_t fd, int events);

#endif
