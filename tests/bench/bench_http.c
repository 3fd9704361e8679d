/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_http.c: how many GETs a second one core takes through the libcurl bridge, for a few numbers of transfers at
 * once.
 */
#include "../../core/talk/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../core/base/error.h"

#define TOTAL 100000

static unsigned answered, complete;

static int on_write(void *arg, const uint8_t *bytes, size_t len)
{
    (void)arg, (void)bytes, (void)len;
    return 0;
}

static void on_answered(void *arg, int status, enum pp_http_version version)
{
    (void)arg, (void)version;
    answered += status == 200;
}

static void on_done(void *arg, const struct pp_http_result *r)
{
    struct pp_http **slot = arg;

    complete += r->complete;
    *slot = NULL;
}

static const struct pp_http_ask ask = {.host = "www.example.org", .port = 80};
static const struct pp_http_ops ops = {on_write, on_answered, on_done};

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int run(unsigned at_once)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/html\r\nContent-Length: 612\r\n"
                               "Connection: keep-alive\r\n\r\n";
    static uint8_t answer[sizeof head - 1 + 612];
    struct pp_http_pool *pool = pp_http_pool_new("pathprobe-bench");
    struct pp_http **slot = calloc(at_once, sizeof *slot);
    double start;

    if (!pool || !slot)
        return -1;
    memset(answer, 'x', sizeof answer);
    memcpy(answer, head, sizeof head - 1);
    answered = complete = 0;
    start = seconds();
    for (unsigned i = 0; i < TOTAL + at_once; i++) {
        struct pp_http **s = &slot[i % at_once];
        bool gone;

        if (*s)
            pp_http_feed(*s, answer, sizeof answer, &gone);
        if (i < TOTAL && !(*s = pp_http_start(pool, &ask, &ops, s)))
            return pp_error("a transfer did not start");
    }
    printf("{\"name\":\"http_bridge_%u\",\"median\":%.0f,\"unit\":\"get/s\",\"answered\":%u,\"complete\":%u}\n",
           at_once, TOTAL / (seconds() - start), answered, complete);
    free(slot);
    pp_http_pool_free(pool);
    return answered == TOTAL && complete == TOTAL ? 0 : -1;
}

int main(void)
{
    static const unsigned at_once[] = {1, 64, 256, 400};
    int rc = 0;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (unsigned i = 0; i < sizeof at_once / sizeof *at_once; i++)
        rc |= run(at_once[i]);
    curl_global_cleanup();
    return rc ? 1 : 0;
}
