/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_client.h: sends thousands of DNS questions asynchronously, by c-ares on one epoll descriptor. Each resolver has a
 * channel of its own, so that the client knows which one answered. One thread per client, as c-ares 1.18 cannot share a
 * channel. The client itself counts retries and limits questions per second; c-ares tries once.
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

/* Why a question has no answer. Of several questions for a name, the later value of this list is reported. */
enum pp_ask_fail {
    PP_ASK_OK,
    PP_ASK_NODATA,   /* the name exists, and has no record of this type */
    PP_ASK_NXDOMAIN, /* the name does not exist (RFC 8020) */
    PP_ASK_REFUSED,
    PP_ASK_SERVFAIL,
    PP_ASK_BAD_ANSWER,  /* no DNS message, or an error code that is not about the name */
    PP_ASK_UNREACHABLE, /* the resolver or its port */
    PP_ASK_TIMEOUT,
    PP_ASK_FAILS,
};

/* The word for FAIL in the file of --failed: "nxdomain". */
const char *pp_ask_word(enum pp_ask_fail fail);

struct pp_dns_client; /* opaque */

/* A question; its memory is the user's, who keeps it until DONE was called. */
struct pp_dns_question {
    const char *name; /* as in struct pp_host */
    enum pp_dns_type type;
    /*
     * Called once. ANSWER, borrowed, has records unless FAIL is set. BY: the resolver that answered, or was asked last.
     * May ask a question again.
     */
    void (*done)(struct pp_dns_question *q, enum pp_ask_fail fail, const struct pp_dns_answer *answer,
                 const struct pp_resolver *by);
    /* used by the client */
    struct pp_dns_client *client;
    struct pp_dns_question *next;
    unsigned server, attempt;
};

struct pp_dns_client_config {
    const struct pp_resolver *resolver; /* borrowed; used in turn */
    unsigned nresolvers;
    uint64_t rate;   /* questions per second, retries included; 0: no limit */
    unsigned tries;  /* at least 1, each at the next resolver */
    int64_t timeout; /* ns, of one try */
    int wake_fd;     /* ends a turn when readable; -1: none */
};

struct pp_dns_client_counts {
    uint64_t questions, retries; /* questions include retries */
    uint64_t asked[PP_RESOLVERS_MAX], answered[PP_RESOLVERS_MAX]; /* by resolver; answered: by any DNS message */
};

/* The caller has called ares_library_init. C is copied; its resolvers are borrowed. NULL printed. */
struct pp_dns_client *pp_dns_client_new(const struct pp_dns_client_config *c);
/* No question may be under way. */
void pp_dns_client_free(struct pp_dns_client *a);
void pp_dns_client_ask(struct pp_dns_client *a, struct pp_dns_question *q);
/* True if questions wait for the rate; the user then need not ask more. */
bool pp_dns_client_backlog(const struct pp_dns_client *a);
/* Sends the questions that the rate permits, waits up to 20 ms for answers, calls DONE. 0, or -1 printed. */
int pp_dns_client_turn(struct pp_dns_client *a);
void pp_dns_client_counts(const struct pp_dns_client *a, struct pp_dns_client_counts *c);

/*
 * "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353". 0, or -1 (nothing printed).
 * pp_resolvers_of_system: reads /etc/resolv.conf; returns the number of resolvers, -1 printed.
 */
int pp_resolver_parse(struct pp_resolver *r, const char *text);
int pp_resolvers_of_system(struct pp_resolver r[PP_RESOLVERS_MAX]);

#endif
