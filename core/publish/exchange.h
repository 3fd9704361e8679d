/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchange.h: one HTTP request and its answer, by libcurl. TLS is verified; redirects are not followed, for the token
 * would go along; without TLS nothing goes beyond this host unless the user says so. Main thread.
 */
#ifndef PP_EXCHANGE_H
#define PP_EXCHANGE_H

#include "../base/buf.h"
#include "package.h"

#include <curl/curl.h>
#include <jansson.h>
#include <signal.h>

#define PP_ANSWER_MAX (1u << 20)
#define PP_TOKEN_MAX 4096

struct pp_exchange {
    CURL *curl;
    struct pp_buf trusted;        /* certificates, PEM; empty: the system's */
    bool allow_http;
    int64_t timeout;              /* ns: the longest stretch in which nothing moves */
    char authorization[PP_TOKEN_MAX + 32]; /* a header; empty: none */
    const char *sigv4, *userpwd;  /* S3; NULL: none */
    const volatile sig_atomic_t *stop; /* ends a transfer */
    const char *bar;              /* of what is sent a bar is shown under this name; NULL: none */
};

struct pp_request {
    const char *method, *url, *content_type; /* content_type NULL: no body */
    const char *body;                        /* or a package: */
    size_t body_len;
    const struct pp_package *package;
    struct curl_slist *headers;              /* more of them; borrowed */
};

struct pp_answer {
    long status;         /* 0: none came */
    struct pp_buf body;
    uint64_t length;     /* Content-Length, for HEAD */
    bool sent;           /* all of the request's body was handed to the network: the server may have got it whole */
    char error[CURL_ERROR_SIZE]; /* why none came */
    json_t *json;        /* of the body, if it is an object */
};

int pp_exchange_open(struct pp_exchange *x); /* -1 printed */
void pp_exchange_close(struct pp_exchange *x);
/* Reads who may vouch for the server. 0, or -1 printed. */
int pp_exchange_trust(struct pp_exchange *x, const char *ca_file);
/* The secret, and what was read. */
void pp_exchange_forget(struct pp_exchange *x);
/* May URL be used? Over TLS, or to this host, or allowed. 0, or -1 printed. */
int pp_exchange_check(const struct pp_exchange *x, const char *url);
/*
 * One request, never sent again by libcurl where it carries a package. True: an answer came, whatever its status.
 * False: none, a->error says why (nothing printed). Release A in any case; before it, it is zero or released.
 */
bool pp_exchange(struct pp_exchange *x, const struct pp_request *q, struct pp_answer *a);
void pp_answer_release(struct pp_answer *a);
/* The error of an answer on one line of printable characters: its first line, or the error of the transfer. */
const char *pp_answer_text(const struct pp_answer *a, char *text, size_t room);
/* A string of the answer's object; NULL: none. */
const char *pp_answer_string(const struct pp_answer *a, const char *key);
/* A number of it, or a string of digits; -1: none. */
int64_t pp_answer_number(const struct pp_answer *a, const char *key);

/* A token or key: from FILE, else from environment variable VARIABLE; white space around it off. 0, -1 printed. */
int pp_secret_read(char *secret, size_t room, const char *file, const char *variable);

#endif
