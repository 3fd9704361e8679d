/* SPDX-License-Identifier: BSD-2-Clause */
/* child.c: exchanges lines with a `measure` process by pipes. */
#include "child.h"

#include "../base/error.h"
#include "../base/when.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FEED_MAX (64u << 20)
#define LINE_MAX_BYTES (256u << 10) /* an observation has less than 64 KiB, a left-out line six times a target's */
#define READ_AT_ONCE (256u << 10)
#define PIPE_BYTES (1 << 20) /* what a user may have; what is lost of it is speed */
#define REST_NS 20000000     /* a wake-up for each observation would cost more than all else */
#define ARGS_MORE 4

const char *const pp_fleet_child_options[] = {
    "status=/dev/fd/3", "left-out=/dev/fd/4", "metadata=/dev/fd/5", "blocklist=/dev/fd/6", NULL,
};

int pp_fleet_child_start(struct pp_fleet_child *c, struct pp_broker *l, const char *const *argv, int metadata,
                         int blocklist)
{
    char more[ARGS_MORE][32];
    const char *args[PP_BROKER_ARGS + 1];
    int in[2] = {-1, -1}, out[PP_FLEET_PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, n = 0, result = -1;

    *c = (struct pp_fleet_child){.broker = l, PP_FLEET_CHILD_NONE};
    pp_buf_init(&c->out, FEED_MAX);
    for (int i = 0; i < PP_FLEET_PIPES; i++)
        pp_buf_init(&c->pipe[i].in, LINE_MAX_BYTES + READ_AT_ONCE);
    while (n < PP_BROKER_ARGS - ARGS_MORE && argv[n])
        args[n] = argv[n], n++;
    for (int i = 0; i < ARGS_MORE; i++) {
        snprintf(more[i], sizeof more[i], "--%s", pp_fleet_child_options[i]);
        args[n++] = more[i];
    }
    args[n] = NULL;
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out[0], O_CLOEXEC) < 0 || pipe2(out[1], O_CLOEXEC) < 0 ||
        pipe2(out[2], O_CLOEXEC) < 0) {
        pp_error_errno("cannot make a pipe");
    } else {
        const int fds[] = {in[0], out[PP_FLEET_OBSERVATION][1], STDERR_FILENO, out[PP_FLEET_STATUS][1],
                           out[PP_FLEET_LEFT_OUT][1], metadata, blocklist};
        c->pid = pp_broker_run(l, args, fds, sizeof fds / sizeof *fds);
        result = c->pid < 0 ? -1 : 0;
    }
    if (in[0] >= 0)
        close(in[0]);
    c->in = in[1];
    if (c->in >= 0) {
        fcntl(c->in, F_SETFL, O_NONBLOCK);
        fcntl(c->in, F_SETPIPE_SZ, PIPE_BYTES);
    }
    for (int i = 0; i < PP_FLEET_PIPES; i++) {
        if (out[i][1] >= 0)
            close(out[i][1]);
        c->pipe[i].fd = out[i][0];
        if (out[i][0] >= 0)
            fcntl(out[i][0], F_SETFL, O_NONBLOCK);
    }
    fcntl(c->pipe[PP_FLEET_OBSERVATION].fd, F_SETPIPE_SZ, PIPE_BYTES);
    if (result < 0) {
        c->pid = 0;
        pp_fleet_child_release(c);
    }
    return result;
}

bool pp_fleet_child_feed(struct pp_fleet_child *c, const char *bytes, size_t len)
{
    pp_buf_add(&c->out, bytes, len);
    return !c->out.failed;
}

void pp_fleet_child_end(struct pp_fleet_child *c)
{
    if (c->in >= 0)
        close(c->in);
    c->in = -1;
}

void pp_fleet_child_signal(struct pp_fleet_child *c, int sig)
{
    if (c->pid && !c->ended)
        pp_broker_signal(c->broker, c->pid, sig);
}

static void send_some(struct pp_fleet_child *c)
{
    ssize_t n = write(c->in, c->out.data + c->sent, c->out.len - c->sent);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        pp_fleet_child_end(c); /* the broker reports its end soon */
    if (n > 0)
        c->sent += (size_t)n;
    if (c->sent == c->out.len) {
        pp_buf_reset(&c->out);
        c->sent = 0;
    }
}

/* Whether there may be more. */
static bool receive_some(struct pp_fleet_pipe *p)
{
    char *room;
    ssize_t n;

    if (p->taken) {
        memmove(p->in.data, p->in.data + p->taken, p->in.len - p->taken);
        p->in.len -= p->taken;
        p->taken = 0;
    }
    room = pp_buf_reserve(&p->in, READ_AT_ONCE);
    if (!room) { /* a line longer than any that `measure` writes */
        pp_error("a line of more than %u bytes", LINE_MAX_BYTES);
        n = 0;
    } else {
        n = read(p->fd, room, READ_AT_ONCE);
    }
    if (n > 0) {
        p->in.len += (size_t)n;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(p->fd);
        p->fd = -1;
    }
    return n == READ_AT_ONCE;
}

static void rest(const struct pp_fleet_child *c)
{
    int64_t ns = c->rest_until - pp_clock(CLOCK_MONOTONIC);

    if (ns > 0)
        nanosleep(&(struct timespec){0, ns < REST_NS ? ns : REST_NS}, NULL);
}

int pp_fleet_child_wait(struct pp_fleet_child *c, int ms)
{
    struct pollfd p[PP_FLEET_PIPES + 2];
    bool more = false;
    struct pp_broker_end end;
    int got;

    rest(c);
    for (int i = 0; i < PP_FLEET_PIPES; i++)
        p[i] = (struct pollfd){.fd = c->pid ? c->pipe[i].fd : -1, .events = POLLIN};
    p[PP_FLEET_PIPES] = (struct pollfd){.fd = c->pid && c->out.len ? c->in : -1, .events = POLLOUT};
    p[PP_FLEET_PIPES + 1] = (struct pollfd){.fd = pp_broker_fd(c->broker), .events = POLLIN};
    if (poll(p, PP_FLEET_PIPES + 2, ms) <= 0)
        return 0;
    for (int i = 0; i < PP_FLEET_PIPES; i++)
        if (p[i].revents && receive_some(&c->pipe[i]))
            more = true;
    if (p[PP_FLEET_PIPES].revents)
        send_some(c);
    if (!more)
        c->rest_until = pp_clock(CLOCK_MONOTONIC) + REST_NS;
    if (!p[PP_FLEET_PIPES + 1].revents)
        return 0;
    while ((got = pp_broker_ended(c->broker, &end)) > 0) {
        if (end.pid == c->pid) {
            c->ended = true;
            c->status = end.status;
        }
    }
    return got;
}

const char *pp_fleet_child_line(struct pp_fleet_child *c, enum pp_fleet_from from, size_t *len)
{
    struct pp_fleet_pipe *p = &c->pipe[from];
    const char *start = p->in.data + p->taken, *nl;

    nl = p->in.len > p->taken ? memchr(start, '\n', p->in.len - p->taken) : NULL;
    if (!nl)
        return NULL;
    *len = (size_t)(nl - start);
    p->taken += *len + 1;
    return start;
}

bool pp_fleet_child_done(const struct pp_fleet_child *c)
{
    bool open = false;

    for (int i = 0; i < PP_FLEET_PIPES; i++)
        open = open || c->pipe[i].fd >= 0;
    return c->ended && !open;
}

void pp_fleet_child_release(struct pp_fleet_child *c)
{
    pp_fleet_child_signal(c, SIGKILL);
    pp_fleet_child_end(c);
    for (int i = 0; i < PP_FLEET_PIPES; i++) {
        if (c->pipe[i].fd >= 0)
            close(c->pipe[i].fd);
        pp_buf_release(&c->pipe[i].in);
    }
    pp_buf_release(&c->out);
    *c = (struct pp_fleet_child){PP_FLEET_CHILD_NONE};
}
