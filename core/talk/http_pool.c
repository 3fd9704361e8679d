/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_pool.c: a pool of reusable transfers, and their Unix sockets.
 *
 * libcurl is driven by curl_multi_socket_action alone, and only within our calls. libcurl's clock is the real one, ours
 * may be virtual: so no time-out of libcurl is set, and of its timers only the immediate one is obeyed.
 */
#include "http_parts.h"

#include "../base/random.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#define BACKLOG 128 /* connections of other processes may fill it; ours are accepted immediately */

struct pp_http_pool {
    CURLM *multi;
    int listener;
    pid_t pid;
    uint64_t serial;
    bool at_once; /* libcurl asked for an immediate call */
    bool renews;  /* handles are renewed: see keeps_freed_header() */
    struct pp_http *free, *all;
    uint8_t secret[16 * PP_HTTP_NAME_LEN / 2]; /* for names: a getrandom call per name is a tenth of all our calls */
    size_t secret_left;
    char user_agent[256];
    struct sockaddr_un name;
};

#define NAME_SIZE (offsetof(struct sockaddr_un, sun_path) + 1 + PP_HTTP_NAME_LEN)

/* Makes a random abstract name (unix(7)), which other processes cannot predict. */
static void name_make(struct pp_http_pool *p, struct sockaddr_un *name)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *secret;

    if (p->secret_left == 0) {
        pp_random_secret(p->secret, sizeof p->secret);
        p->secret_left = sizeof p->secret;
    }
    p->secret_left -= PP_HTTP_NAME_LEN / 2;
    secret = p->secret + p->secret_left;
    memset(name, 0, sizeof *name);
    name->sun_family = AF_UNIX;
    for (unsigned i = 0; i < PP_HTTP_NAME_LEN; i++)
        name->sun_path[1 + i] = digits[secret[i / 2] >> (i & 1 ? 4 : 0) & 15];
}

int pp_http_socket(struct pp_http_pool *p, struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    name_make(p, name);
    if (bind(fd, (struct sockaddr *)name, NAME_SIZE) == 0)
        return fd;
    close(fd);
    return -1;
}

/* ---- libcurl's callbacks -------------------------------------------------------------------------- */

static int timer_changed(CURLM *multi, long ms, void *arg)
{
    struct pp_http_pool *p = arg;

    (void)multi;
    p->at_once = ms == 0;
    return 0;
}

/* Does nothing: we know which descriptor has data without libcurl's list of descriptors to watch. */
static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    (void)easy, (void)fd, (void)what, (void)arg, (void)socket_arg;
    return 0;
}

/* ---- transfers ---------------------------------------------------------------------------------------- */

static void http_free(struct pp_http *h)
{
    curl_easy_cleanup(h->easy);
    free(h);
}

/*
 * From 7.83.0 until 8.1.0 at the latest, libcurl keeps a pointer to the last header field of a handle's previous
 * transfer, which is freed by then; a response whose first field line begins with a space is appended to that field
 * (curl's issue 11101). With these versions a handle that has received a response is not used again.
 */
static bool keeps_freed_header(void)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;

    return version >= 0x075300 && version < 0x080101;
}

/* Gives H a new curl handle, and frees its old one. 0, or -1. */
static int easy_new(struct pp_http *h)
{
    curl_easy_cleanup(h->easy); /* NULL is permitted */
    h->tls = false;
    h->easy = curl_easy_init();
    return h->easy ? pp_http_setup(h, h->pool->name.sun_path + 1, h->pool->user_agent) : -1;
}

static struct pp_http *http_new(struct pp_http_pool *p)
{
    struct pp_http *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->pool = p;
    h->client = h->server = -1;
    h->header.data = h->host;
    if (easy_new(h) < 0) {
        http_free(h);
        return NULL;
    }
    h->next = p->all;
    p->all = h;
    return h;
}

struct pp_http *pp_http_take(struct pp_http_pool *p)
{
    struct pp_http *h = p->free;

    if (!h) {
        if (!(h = http_new(p)))
            return NULL;
    } else {
        if (p->renews && h->fed > 0 && easy_new(h) < 0)
            return NULL; /* H stays in the pool, and is tried again */
        p->free = h->next_free;
    }
    h->client = h->server = -1;
    h->serial = ++p->serial;
    h->fed = h->head_bytes = h->body_bytes = 0;
    h->status = h->first_status = h->block_status = 0;
    h->code = CURLE_OK;
    h->active = h->expect_status = true;
    h->added = h->finished = h->announced = h->cut = h->head_done = h->switched = false;
    return h;
}

void pp_http_put(struct pp_http *h)
{
    if (!h->active)
        return;
    h->active = false;
    if (h->added)
        curl_multi_remove_handle(h->pool->multi, h->easy);
    if (h->server >= 0)
        close(h->server);
    if (h->tls && h->client >= 0) /* newer libcurls keep the socket until the peer has ended TLS, too: simulate that */
        pp_http_drive(h->pool, h->client, CURL_CSELECT_IN);
    h->client = h->server = -1;
    h->next_free = h->pool->free;
    h->pool->free = h;
}

/* ---- at work ---------------------------------------------------------------------------------------- */

void pp_http_drive(struct pp_http_pool *p, curl_socket_t fd, int events)
{
    int running, left;
    CURLMsg *m;

    curl_multi_socket_action(p->multi, fd, events, &running);
    for (unsigned i = 0; i < 8 && p->at_once; i++) {
        p->at_once = false;
        curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    while ((m = curl_multi_info_read(p->multi, &left))) {
        char *priv;

        if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &priv) != CURLE_OK)
            continue;
        ((struct pp_http *)priv)->finished = true;
        ((struct pp_http *)priv)->code = m->data.result;
    }
}

/*
 * Accepts the connection from H's end. A local process may connect, too, with the name from /proc/net/unix: such
 * connections are closed.
 */
static int accept_own(struct pp_http *h)
{
    for (;;) {
        struct sockaddr_un name;
        socklen_t name_len = sizeof name, cred_len = sizeof(struct ucred);
        struct ucred cred;
        int fd = accept4(h->pool->listener, (struct sockaddr *)&name, &name_len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return -1;
        if (name_len == NAME_SIZE && memcmp(&name, &h->name, NAME_SIZE) == 0 &&
            getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) == 0 && cred.pid == h->pool->pid)
            return fd;
        close(fd);
    }
}

int pp_http_connect(struct pp_http *h)
{
    if (curl_multi_add_handle(h->pool->multi, h->easy) != CURLM_OK)
        return -1;
    h->added = true;
    pp_http_drive(h->pool, CURL_SOCKET_TIMEOUT, 0);
    if (h->finished || h->client < 0)
        return -1;
    h->server = accept_own(h);
    return h->server < 0 ? -1 : 0;
}

/* ---- the pool ---------------------------------------------------------------------------------------- */

struct pp_http_pool *pp_http_pool_new(const char *user_agent)
{
    struct pp_http_pool *p = calloc(1, sizeof *p);

    if (!p) {
        pp_error("no memory for HTTP");
        return NULL;
    }
    p->pid = getpid();
    p->renews = keeps_freed_header();
    p->listener = pp_http_socket(p, &p->name);
    snprintf(p->user_agent, sizeof p->user_agent, "%s", user_agent);
    if (p->listener < 0 || listen(p->listener, BACKLOG) < 0) {
        pp_error_errno("cannot open a Unix socket for HTTP");
        goto fail;
    }
    p->multi = curl_multi_init();
    if (!p->multi || curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, socket_changed) != CURLM_OK ||
        curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, timer_changed) != CURLM_OK ||
        curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p) != CURLM_OK) {
        pp_error("libcurl cannot be initialised");
        goto fail;
    }
    return p;
fail:
    pp_http_pool_free(p);
    return NULL;
}

void pp_http_pool_free(struct pp_http_pool *p)
{
    if (!p)
        return;
    while (p->all) {
        struct pp_http *h = p->all;

        p->all = h->next;
        pp_http_put(h);
        http_free(h);
    }
    if (p->multi)
        curl_multi_cleanup(p->multi);
    if (p->listener >= 0)
        close(p->listener);
    free(p);
}
