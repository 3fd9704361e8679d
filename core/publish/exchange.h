/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchange.h: sends one HTTP request and reads its answer, by libcurl. Server certificates are verified. Redirects are
 * not followed, as they would disclose the token. Requests without TLS go only to this host, unless the user permits
 * others. Main thread.
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
    int64_t timeout;              /* ns: the longest time without progress */
    char authorization[PP_TOKEN_MAX + 32]; /* the value of a header; empty: none */
    const char *sigv4, *userpwd;  /* S3; NULL: none */
    const volatile sig_atomic_t *stop; /* not 0: ends a transfer; borrowed */
    const char *bar;              /* name under which a progress bar is shown; NULL: no bar */
};

struct pp_request {
    const char *method, *url, *content_type; /* content_type NULL: no body */
    const char *body;                        /* the body; or a package: */
    size_t body_len;
    const struct pp_package *package;
    struct curl_slist *headers;              /* further headers; borrowed */
};

struct pp_answer {
    long status;         /* HTTP status; 0: there was no answer */
    struct pp_buf body;
    uint64_t length;     /* Content-Length, for HEAD */
    bool sent;           /* the whole body was passed to the network: the server may have all of it */
    char error[CURL_ERROR_SIZE]; /* why there was no answer */
    json_t *json;        /* the body, if it is a JSON object; else NULL */
};

int pp_exchange_open(struct pp_exchange *x); /* -1 printed */
void pp_exchange_close(struct pp_exchange *x);
/* Reads the certificates by which the server is verified. 0, or -1 printed. */
int pp_exchange_trust(struct pp_exchange *x, const char *ca_file);
/* Erases the secret, and frees the certificates. */
void pp_exchange_forget(struct pp_exchange *x);
/* Checks that URL uses TLS, or is on this host, or that X permits others. 0, or -1 printed. */
int pp_exchange_check(const struct pp_exchange *x, const char *url);
/*
 * Sends one request; one with a package is never repeated by libcurl. True: an answer with any status came. False: none
 * came; the cause is in a->error (nothing printed). A must be zero or released before; release it in any case.
 */
bool pp_exchange(struct pp_exchange *x, const struct pp_request *q, struct pp_answer *a);
void pp_answer_release(struct pp_answer *a);
/* Writes the error of an answer as printable characters: the body's first line, or the error of the transfer. */
const char *pp_answer_text(const struct pp_answer *a, char *text, size_t room);
/* The string KEY of the answer's object, borrowed; NULL: none. */
const char *pp_answer_string(const struct pp_answer *a, const char *key);
/* The number KEY of the answer's object, or a string of digits as a number; -1: none. */
int64_t pp_answer_number(const struct pp_answer *a, const char *key);

/*
 * Reads a token or key from FILE, else from the environment variable VARIABLE, without surrounding white space. 0, or
 * -1 printed.
 */
int pp_secret_read(char *secret, size_t room, const char *file, const char *variable);

#endif
