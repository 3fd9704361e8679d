/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_client.h: DNS questions by the thousand, asynchronously, by c-ares on one epoll: a channel for each resolver, so
 * that it is known which one answered, and all of them one thread's own (c-ares 1.18 does not share a channel).
 * Retries, and questions per second, are counted here: c-ares is told to try once.
 */
#ifndef PP_DNS_CLIENT_H
#define PP_DNS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"

#define PP_RESOLVERS_MAX 16

struct pp_resolver {
    struct pp_addr addr;
    uint16_t port;
    char text[PP_ADDR_STRLEN + 10]; /* the address, and the port unless it is 53 */
};

/* Why there is no answer; the later weighs more where several questions about a name differ: it may have one yet. */
enum pp_ask_fail {
    PP_ASK_OK,
    PP_ASK_NODATA,   /* the name exists, without such a record */
    PP_ASK_NXDOMAIN, /* it does not (RFC 8020) */
    PP_ASK_REFUSED,
    PP_ASK_SERVFAIL,
    PP_ASK_BAD_ANSWER,  /* none of DNS, or an error code that says nothing of the name */
    PP_ASK_UNREACHABLE, /* the resolver, its port */
    PP_ASK_TIMEOUT,
    PP_ASK_FAILS,
};

/* As --failed has it: "nxdomain". */
const char *pp_ask_word(enum pp_ask_fail fail);

struct pp_dns_client; /* opaque */

/* The client's user keeps it where it is until DONE was called. */
struct pp_dns_question {
    const char *name; /* as in struct pp_host */
    enum pp_dns_type type;
    /* Once. ANSWER, borrowed: with records, unless it FAILed. BY: who answered, or was asked last. May ask again. */
    void (*done)(struct pp_dns_question *q, enum pp_ask_fail fail, const struct pp_dns_answer *answer,
                 const struct pp_resolver *by);
    /* the client's */
    struct pp_dns_client *client;
    struct pp_dns_question *next;
    unsigned server, attempt;
};

struct pp_dns_client_config {
    const struct pp_resolver *resolver; /* borrowed; asked in turn */
    unsigned nresolvers;
    uint64_t rate;   /* questions per second, retries too; 0: no limit */
    unsigned tries;  /* at least 1, each at the next resolver */
    int64_t timeout; /* ns, of one try */
    int wake_fd;     /* a turn ends when it becomes readable; -1: none */
};

struct pp_dns_client_counts {
    uint64_t questions, retries; /* retries are among the questions */
    uint64_t asked[PP_RESOLVERS_MAX], answered[PP_RESOLVERS_MAX]; /* of each resolver: by whatever DNS message */
};

/* ares_library_init was called. NULL printed. */
struct pp_dns_client *pp_dns_client_new(const struct pp_dns_client_config *c);
/* No question is under way any more. */
void pp_dns_client_free(struct pp_dns_client *a);
void pp_dns_client_ask(struct pp_dns_client *a, struct pp_dns_question *q);
/* How many questions wait for their turn under the rate: no more names are needed while there are some. */
bool pp_dns_client_backlog(const struct pp_dns_client *a);
/* Sends what may be sent, waits up to 20 ms for answers, calls DONE. 0, or -1 printed. */
int pp_dns_client_turn(struct pp_dns_client *a);
void pp_dns_client_counts(const struct pp_dns_client *a, struct pp_dns_client_counts *c);

/*
 * "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353". 0, or -1 (nothing is printed). And those of
 * /etc/resolv.conf: how many, -1 printed.
 */
int pp_resolver_parse(struct pp_resolver *r, const char *text);
int pp_resolvers_of_system(struct pp_resolver r[PP_RESOLVERS_MAX]);

#endif
