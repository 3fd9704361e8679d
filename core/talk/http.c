/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.c: the owner's calls of a transfer. http_easy.c has the curl handle below them, http_pool.c the sockets.
 *
 * libcurl's end of a transfer is a Unix socket that it connected to our listener; our end is the accepted socket. Each
 * call below writes to or reads from our end, then runs libcurl until it has nothing left to do. The owner's callbacks
 * are called outside of libcurl's callbacks, so they may call any function of http.h.
 */
#include "http_parts.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

/* Hosts come from input files: only a name or an address literal may enter the request. */
static bool host_is_sane(const char *host)
{
    size_t n = strlen(host);

    if (n == 0 || n > PP_HTTP_HOST_MAX)
        return false;
    for (; *host; host++)
        if (!isalnum((unsigned char)*host) && !strchr("-._:[]", *host))
            return false;
    return true;
}

/* Passes the bytes that libcurl wrote to the owner. Returns how many, or -1: the owner refused them. */
static int pump_out(struct pp_http *h)
{
    uint8_t bytes[2048];
    int total = 0;

    for (;;) {
        ssize_t n = recv(h->server, bytes, sizeof bytes, MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return total;
        if (h->ops->write(h->arg, bytes, (size_t)n) < 0)
            return -1;
        total += (int)n;
        if ((size_t)n < sizeof bytes)
            return total;
    }
}

struct pp_http *pp_http_start(struct pp_http_pool *p, const struct pp_http_ask *ask, const struct pp_http_ops *ops,
                              void *arg)
{
    struct pp_http *h;
    uint64_t serial;
    int n = 0;

    if (!host_is_sane(ask->host) || !(h = pp_http_take(p)))
        return NULL;
    serial = h->serial;
    h->ops = ops;
    h->arg = arg;
    if (pp_http_address(h, ask) < 0 || pp_http_connect(h) < 0)
        goto fail;
    /* libcurl writes in the first or second call after its socket is connected. */
    for (unsigned i = 0; i < 4 && n == 0 && !h->finished; i++) {
        if (i > 0)
            pp_http_drive(p, h->client, CURL_CSELECT_OUT);
        n = pump_out(h);
        if (!h->active || h->serial != serial) /* cancelled from within write */
            return NULL;
    }
    if (n > 0)
        return h;
fail:
    pp_http_put(h);
    return NULL;
}

/*
 * Passes the bytes that libcurl wrote in answer to the last input to the owner. With HTTP/1.1 alone, without TLS, the
 * whole request was sent at the start. True: H is gone.
 */
static bool answer_back(struct pp_http *h)
{
    uint64_t serial = h->serial;
    int n = h->tls || h->switched ? pump_out(h) : 0;

    if (!h->active || h->serial != serial)
        return true;
    if (n < 0 && !h->finished) {
        h->finished = true;
        h->code = CURLE_SEND_ERROR;
    }
    return false;
}

/*
 * Returns how many bytes may arrive before the transfer is cut. In chunks of one byte most bytes are framing: hence 2
 * *.
 */
static uint64_t bound(const struct pp_http *h)
{
    return PP_HTTP_HEAD_MAX + (h->tls ? PP_HTTP_TLS_MAX : 0) + (h->head_done ? 2 * PP_HTTP_BODY_MAX : 0);
}

/* Reports new events to the owner. True: H is gone. */
static bool report(struct pp_http *h)
{
    struct pp_http_result r;
    uint64_t serial = h->serial;
    const struct pp_http_ops *ops = h->ops;
    void *arg = h->arg;

    if (h->first_status != 0 && !h->announced) {
        h->announced = true;
        ops->answered(arg, h->first_status, h->version);
        if (!h->active || h->serial != serial) /* cancelled by the callback */
            return true;
    }
    if (!h->finished && !h->cut)
        return false;
    r = (struct pp_http_result){
        .status = h->status,
        .body_bytes = h->body_bytes,
        .cut = h->cut,
        .complete = h->cut || (h->finished && h->code == CURLE_OK),
        .curl_code = (int)h->code,
    };
    pp_http_put(h);
    ops->done(arg, &r);
    return true;
}

size_t pp_http_feed(struct pp_http *h, const uint8_t *bytes, size_t len, bool *gone)
{
    size_t off = 0;

    *gone = false;
    while (off < len && !*gone) {
        size_t n = len - off < PP_HTTP_PIECE ? len - off : PP_HTTP_PIECE;
        ssize_t sent;

        do
            sent = send(h->server, bytes + off, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
        if (sent > 0) {
            off += (size_t)sent;
            h->fed += (size_t)sent;
            pp_http_drive(h->pool, h->client, CURL_CSELECT_IN);
            if (h->asks_2 && !h->finished) /* more may follow, in the switched protocol or within TLS */
                pp_http_drive(h->pool, h->client, CURL_CSELECT_IN);
            if (!h->finished && h->fed > bound(h))
                h->cut = true;
        } else if (!h->finished) { /* libcurl reads all that it is given, so this is a broken socket */
            h->finished = true;
            h->code = CURLE_RECV_ERROR;
        }
        *gone = answer_back(h) || report(h);
    }
    return len;
}

void pp_http_eof(struct pp_http *h)
{
    shutdown(h->server, SHUT_WR);
    for (unsigned i = 0; i < 4 && !h->finished; i++)
        pp_http_drive(h->pool, h->client, CURL_CSELECT_IN);
    if (!h->finished) {
        h->finished = true;
        h->code = CURLE_RECV_ERROR;
    }
    if (!answer_back(h))
        report(h);
}

void pp_http_cancel(struct pp_http *h)
{
    pp_http_put(h);
}
