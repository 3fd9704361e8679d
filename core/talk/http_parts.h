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
#define PP_HTTP_PIECE 4096 /* libcurl's buffer: bytes that it reads in one go */
#define PP_HTTP_NAME_LEN 32 /* of an abstract socket name, without its NUL in front */

struct pp_http {
    struct pp_http_pool *pool;
    struct pp_http *next_free, *next;
    CURL *easy;
    const struct pp_http_ops *ops;
    void *arg;
    int client, server; /* libcurl's end (libcurl closes it), ours */
    uint64_t serial;    /* tells this transfer from the next one that lives here */
    uint64_t fed, head_bytes, body_bytes;
    int status, first_status; /* as struct pp_http_result has it; the answer */
    enum pp_http_version version; /* of the answer */
    int block_status;             /* of HTTP/2, until its field block has ended; else 0 */
    CURLcode code;
    bool active, added, finished, announced, cut;
    bool expect_status, head_done;
    bool tls, asks_2; /* as in struct pp_http_ask */
    bool switched;    /* the server has agreed to an Upgrade: what follows is HTTP/2 */
    struct sockaddr_un name; /* of libcurl's end */
    struct curl_slist header; /* its data is `host`: no list has to be made */
    struct curl_slist more;   /* behind it, in a long request */
    char host[PP_HTTP_HOST_MAX + 16];
};

#define PP_HTTP_PLAIN_URL "http://host/" /* never looked up; the Host header is ours */

/* Sets on a new handle all that is the same for each transfer; it stays set. 0, or -1. */
int pp_http_setup(struct pp_http *h, const char *listener, const char *user_agent);
/* Sets what ASK has of its own. 0, or -1. */
int pp_http_address(struct pp_http *h, const struct pp_http_ask *ask);
/* A Unix socket bound to a fresh NAME. The descriptor, or -1. */
int pp_http_socket(struct pp_http_pool *p, struct sockaddr_un *name);
/* A transfer with its curl handle, options set. NULL: no memory. */
struct pp_http *pp_http_take(struct pp_http_pool *p);
/* Ends whatever is under way on it and keeps it for the next. Not from within libcurl. */
void pp_http_put(struct pp_http *h);
/* Starts libcurl on it and accepts its connection. 0, or -1. */
int pp_http_connect(struct pp_http *h);
/*
 * Lets libcurl work on FD's EVENTS and on whatever it wants to do at once. Transfers that ended have `finished` and
 * `code` set.
 */
void pp_http_drive(struct pp_http_pool *p, curl_socket_t fd, int events);

#endif
