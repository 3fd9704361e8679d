/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_client.c: c-ares channels on epoll. */
#include "dns_client.h"

#include "../base/error.h"
#include "../base/list.h"
#include "../base/when.h"

#include <ares.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TURN 20                    /* ms: the longest delay until a time-out is noticed */
#define BURST INT64_C(10000000)    /* ns: the rate may be exceeded to make up for a pause of at most this length */
#define SECOND INT64_C(1000000000)
#define EVENTS 64
#define EDNS_SIZE 1232             /* bytes: a UDP response that passes every path without fragments */
#define SOCKET_BUFFER (1 << 20)
#define WAKE UINT64_MAX

struct channel {
    struct pp_dns_client *client;
    ares_channel ares;
    unsigned index;
};

struct pp_dns_client {
    struct pp_dns_client_config c;
    int epoll;
    int64_t next_send, next_tick;
    unsigned next_server;
    PP_LIST(struct pp_dns_question) queue; /* questions that wait for the rate */
    struct pp_dns_client_counts counts;
    bool failed;
    struct channel channel[PP_RESOLVERS_MAX];
};

const char *pp_ask_word(enum pp_ask_fail fail)
{
    static const char *const words[PP_ASK_FAILS] = {
        [PP_ASK_OK] = "ok",
        [PP_ASK_NODATA] = "nodata",
        [PP_ASK_NXDOMAIN] = "nxdomain",
        [PP_ASK_REFUSED] = "refused",
        [PP_ASK_SERVFAIL] = "servfail",
        [PP_ASK_BAD_ANSWER] = "bad_answer",
        [PP_ASK_UNREACHABLE] = "unreachable",
        [PP_ASK_TIMEOUT] = "timeout",
    };

    return words[fail];
}

/* ---- sockets ------------------------------------------------------------------------------------------------ */

/* Callback of c-ares: watch FD for reading or writing; neither: FD is about to be closed. */
static void watch(void *data, ares_socket_t fd, int readable, int writable)
{
    struct channel *c = data;
    struct epoll_event e = {.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0),
                            .data.u64 = (uint64_t)c->index << 32 | (uint32_t)fd};

    if (!e.events)
        epoll_ctl(c->client->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(c->client->epoll, EPOLL_CTL_MOD, fd, &e) < 0 &&
             (errno != ENOENT || epoll_ctl(c->client->epoll, EPOLL_CTL_ADD, fd, &e) < 0))
        c->client->failed = true;
}

static int open_channel(struct pp_dns_client *a, unsigned i)
{
    struct channel *c = &a->channel[i];
    const struct pp_resolver *r = &a->c.resolver[i];
    int timeout = (int)(a->c.timeout / 1000000);
    /* NOCHECKRESP: a response with an error code is passed on, instead of becoming ARES_ECONNREFUSED */
    struct ares_options o = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_STAYOPEN |
                                      ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS,
                             .timeout = timeout < 1 ? 1 : timeout,
                             .tries = 1,
                             .ednspsz = EDNS_SIZE,
                             .socket_send_buffer_size = SOCKET_BUFFER,
                             .socket_receive_buffer_size = SOCKET_BUFFER,
                             .sock_state_cb = watch,
                             .sock_state_cb_data = c};
    struct ares_addr_port_node node = {.family = pp_addr_is4(&r->addr) ? AF_INET : AF_INET6,
                                       .udp_port = r->port,
                                       .tcp_port = r->port};
    int rc;

    c->client = a;
    c->index = i;
    memcpy(&node.addr, pp_addr_raw(&r->addr), pp_addr_is4(&r->addr) ? 4 : 16);
    rc = ares_init_options(&c->ares, &o,
                           ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                               ARES_OPT_SOCK_SNDBUF | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB);
    if (rc == ARES_SUCCESS)
        rc = ares_set_servers_ports(c->ares, &node);
    return rc == ARES_SUCCESS ? 0 : pp_error("c-ares cannot be initialised: %s", ares_strerror(rc));
}

struct pp_dns_client *pp_dns_client_new(const struct pp_dns_client_config *config)
{
    struct pp_dns_client *a = calloc(1, sizeof *a);
    /* edge-triggered: the user may be busy, and read the eventfd later */
    struct epoll_event wake = {.events = EPOLLIN | EPOLLET, .data.u64 = WAKE};

    if (!a) {
        pp_error("out of memory");
        return NULL;
    }
    a->c = *config;
    PP_LIST_INIT(&a->queue);
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (a->epoll < 0 || (config->wake_fd >= 0 && epoll_ctl(a->epoll, EPOLL_CTL_ADD, config->wake_fd, &wake) < 0)) {
        pp_error_errno("cannot make an epoll");
        goto fail;
    }
    for (unsigned i = 0; i < config->nresolvers; i++) {
        if (open_channel(a, i) < 0)
            goto fail;
    }
    return a;
fail:
    pp_dns_client_free(a);
    return NULL;
}

void pp_dns_client_free(struct pp_dns_client *a)
{
    if (!a)
        return;
    for (unsigned i = 0; i < a->c.nresolvers; i++) {
        if (a->channel[i].ares)
            ares_destroy(a->channel[i].ares);
    }
    if (a->epoll >= 0)
        close(a->epoll);
    free(a);
}

void pp_dns_client_counts(const struct pp_dns_client *a, struct pp_dns_client_counts *c)
{
    *c = a->counts;
}

/* ---- questions ---------------------------------------------------------------------------------------------- */

void pp_dns_client_ask(struct pp_dns_client *a, struct pp_dns_question *q)
{
    q->client = a;
    q->attempt = 0;
    q->server = a->next_server++ % a->c.nresolvers;
    PP_LIST_APPEND(&a->queue, q);
}

bool pp_dns_client_backlog(const struct pp_dns_client *a)
{
    return a->queue.first != NULL;
}

static enum pp_ask_fail fail_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return PP_ASK_OK;
    case ARES_ENODATA:
        return PP_ASK_NODATA;
    case ARES_ENOTFOUND:
        return PP_ASK_NXDOMAIN;
    case ARES_EREFUSED:
        return PP_ASK_REFUSED;
    case ARES_ESERVFAIL:
        return PP_ASK_SERVFAIL;
    case ARES_ECONNREFUSED:
        return PP_ASK_UNREACHABLE;
    case ARES_ETIMEOUT:
        return PP_ASK_TIMEOUT;
    default:
        return PP_ASK_BAD_ANSWER;
    }
}

/* A response that does not answer the question counts as a failure of the resolver. */
static enum pp_ask_fail read_answer(struct pp_dns_answer *answer, const struct pp_dns_question *q, const uint8_t *msg,
                                    size_t len)
{
    if (pp_answer_parse(answer, msg, len, q->name, q->type) < 0)
        return PP_ASK_BAD_ANSWER;
    return answer->count ? PP_ASK_OK : PP_ASK_NODATA;
}

/* Failures of the name are final; after a failure of the resolver the next resolver is asked. */
static void answered(void *arg, int status, int timeouts, unsigned char *msg, int len)
{
    struct pp_dns_question *q = arg;
    struct pp_dns_client *a = q->client;
    struct pp_dns_answer answer = {.record = NULL};
    enum pp_ask_fail fail = fail_of(status);

    (void)timeouts;
    a->counts.answered[q->server] += fail < PP_ASK_UNREACHABLE && status != ARES_EBADNAME;
    if (fail == PP_ASK_OK)
        fail = read_answer(&answer, q, msg, (size_t)len);
    if (fail > PP_ASK_NXDOMAIN && status != ARES_EBADNAME && ++q->attempt < a->c.tries) {
        q->server = (q->server + 1) % a->c.nresolvers;
        PP_LIST_APPEND(&a->queue, q);
    } else {
        q->done(q, fail, &answer, &a->c.resolver[q->server]);
    }
    pp_answer_clear(&answer);
}

/*
 * Sends the questions that the rate permits now. The callback of a failed sendto comes at once, and may enqueue the
 * question again: hence BOUND.
 */
static void send_due(struct pp_dns_client *a, int64_t now)
{
    int64_t step = a->c.rate ? SECOND / (int64_t)a->c.rate : 0;

    if (a->next_send < now - BURST)
        a->next_send = now - BURST;
    for (unsigned bound = 4096; a->queue.first && bound && (!step || a->next_send <= now); bound--) {
        struct pp_dns_question *q = a->queue.first;
        PP_LIST_POP(&a->queue);
        a->next_send += step;
        a->counts.questions++;
        a->counts.retries += q->attempt > 0;
        a->counts.asked[q->server]++;
        ares_query(a->channel[q->server].ares, q->name, 1, q->type, answered, q);
    }
}

static int wait_time(const struct pp_dns_client *a, int64_t now)
{
    int64_t ms;

    if (!a->queue.first)
        return TURN;
    ms = (a->next_send - now) / 1000000 + 1;
    return a->c.rate == 0 ? 0 : ms < 0 ? 0 : ms < TURN ? (int)ms : TURN;
}

int pp_dns_client_turn(struct pp_dns_client *a)
{
    struct epoll_event e[EVENTS];
    int64_t now = pp_clock(CLOCK_MONOTONIC);
    int n;

    send_due(a, now);
    n = epoll_wait(a->epoll, e, EVENTS, wait_time(a, now));
    if (n < 0 && errno != EINTR)
        return pp_error_errno("epoll_wait failed");
    for (int i = 0; i < n; i++) {
        int fd = (int)(uint32_t)e[i].data.u64;
        if (e[i].data.u64 == WAKE)
            continue; /* the user reads the eventfd */
        ares_process_fd(a->channel[e[i].data.u64 >> 32].ares,
                        e[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? fd : ARES_SOCKET_BAD,
                        e[i].events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
    }
    now = pp_clock(CLOCK_MONOTONIC);
    if (now >= a->next_tick) {
        a->next_tick = now + TURN * INT64_C(1000000);
        for (unsigned i = 0; i < a->c.nresolvers; i++)
            ares_process_fd(a->channel[i].ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
    return a->failed ? pp_error("cannot watch a socket") : 0;
}
