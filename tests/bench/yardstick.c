/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * yardstick.c: what a kernel-socket prober reaches: non-blocking connects through epoll, two for each target of a list,
 * a window of them at once. The bench divides pathprobe's flows a second by this program's, measured beside it on the
 * same path. The best case for sockets, on purpose: nothing is observed, nothing recorded, and connections end by RST
 * (SO_LINGER), which is cheapest and leaves no port in TIME_WAIT.
 *
 *   yardstick [--get] [--window N] LIST    one address a line
 *
 * Prints "FLOWS_A_SECOND GOOD ERRORS SECONDS". --get: a GET, and the first bytes of its answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 80
#define PER_TARGET 2
#define PATIENCE_MS 10000 /* without an event for so long, all open connections have failed */

struct target {
    struct sockaddr_in6 to; /* or a sockaddr_in */
};

static struct target *targets;
static size_t ntargets, next;
static uint64_t good, bad;
static unsigned open_now, window = 1024;
static bool get;
static int ep;

static int parse(struct target *t, const char *text)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&t->to;

    memset(t, 0, sizeof *t);
    if (inet_pton(AF_INET6, text, &t->to.sin6_addr) == 1) {
        t->to.sin6_family = AF_INET6;
        t->to.sin6_port = htons(PORT);
        return 0;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons(PORT);
    return inet_pton(AF_INET, text, &v4->sin_addr) == 1 ? 0 : -1;
}

static int read_list(const char *path)
{
    size_t room = 0;
    char line[128];
    FILE *f = fopen(path, "re");

    if (!f)
        return perror(path), -1;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = 0;
        if (ntargets == room) {
            room = room ? room * 2 : 1024;
            targets = realloc(targets, room * sizeof *targets);
            if (!targets)
                abort();
        }
        if (parse(&targets[ntargets++], line) < 0) {
            fprintf(stderr, "no address: '%s'\n", line);
            fclose(f);
            return -1;
        }
    }
    fclose(f);
    return 0;
}

static void finish(int fd, bool ok)
{
    close(fd);
    open_now--;
    ok ? good++ : bad++;
}

static void start(const struct target *t)
{
    const struct linger rst = {.l_onoff = 1, .l_linger = 0};
    const struct sockaddr *to = (const struct sockaddr *)&t->to;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event e = {.events = EPOLLOUT, .data.fd = fd};

    open_now++;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof rst) < 0 ||
        (connect(fd, to, to->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof t->to) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) < 0)
        finish(fd, false);
}

static void on_event(const struct epoll_event *e)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: yardstick\r\nConnection: close\r\n\r\n";
    struct epoll_event reply = {.events = EPOLLIN, .data.fd = e->data.fd};
    char bytes[4096];
    int error = 0;
    socklen_t len = sizeof error;

    if (e->events & EPOLLIN) {
        finish(e->data.fd, read(e->data.fd, bytes, sizeof bytes) > 0);
        return;
    }
    if (getsockopt(e->data.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error || !get) {
        finish(e->data.fd, !error);
        return;
    }
    if (write(e->data.fd, request, sizeof request - 1) < 0 || epoll_ctl(ep, EPOLL_CTL_MOD, e->data.fd, &reply) < 0)
        finish(e->data.fd, false);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    struct epoll_event events[256];
    double from, seconds;

    for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
        if (strcmp(argv[1], "--get") == 0)
            get = true;
        else if (strcmp(argv[1], "--window") == 0 && argc > 2)
            window = (unsigned)strtoul(argv[2], NULL, 10), argc--, argv++;
    }
    if (argc != 2 || !window)
        return fprintf(stderr, "usage: yardstick [--get] [--window N] LIST\n"), 2;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0 || read_list(argv[1]) < 0)
        return 1;
    from = now();
    while (open_now || next < ntargets * PER_TARGET) {
        while (open_now < window && next < ntargets * PER_TARGET)
            start(&targets[next++ / PER_TARGET]);
        int n = open_now ? epoll_wait(ep, events, sizeof events / sizeof *events, PATIENCE_MS) : 0;
        if (n <= 0 && open_now) {
            bad += open_now + ntargets * PER_TARGET - next;
            break;
        }
        for (int i = 0; i < n; i++)
            on_event(&events[i]);
    }
    seconds = now() - from;
    printf("%.0f %llu %llu %.3f\n", (double)good / seconds, (unsigned long long)good, (unsigned long long)bad, seconds);
    free(targets);
    return bad ? 1 : 0;
}
