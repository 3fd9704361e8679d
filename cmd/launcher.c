/* SPDX-License-Identifier: BSD-2-Clause */
/* launcher.c: starts children on behalf of a parent without rights. */
#include "launcher.h"

#include "../core/base/error.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, DESCRIPTORS = 3, NOT_STARTED = -1 };

bool pp_launcher_may(const char *const *argv)
{
    /* None names a file or a program. */
    static const char *const options[] = {
        "--arm",       "--connect", "--connect-timeout", "--contact", "--format",   "--interface",
        "--ports",     "--rounds",  "--source",          "--aa",      "--audit",    "--allow-impaired-vantage",
        "--cooldown",  "--spacing", "--max-rounds",      "-4",        "-6",         "-q",
        NULL};

    if (!argv[0] || (strcmp(argv[0], "measure") != 0 && strcmp(argv[0], "trace") != 0) || !argv[1] || *argv[1] == '-')
        return false;
    for (unsigned i = 2; argv[i]; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t len = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        bool known = *argv[i] != '-';

        for (unsigned k = 0; options[k]; k++)
            known |= strlen(options[k]) == len && strncmp(options[k], argv[i], len) == 0;
        if (!known)
            return false;
    }
    return true;
}

/* ---- the launcher's own side ------------------------------------------------------------------------- */

static void become(char *request, size_t len, const int fd[DESCRIPTORS])
{
    const char *argv[PP_LAUNCHER_ARGS + 2] = {"pathprobe"};
    unsigned n = 1;
    sigset_t none;

    for (size_t at = 0; at < len && n <= PP_LAUNCHER_ARGS; at += strlen(request + at) + 1)
        argv[n++] = request + at;
    if (!pp_launcher_may(argv + 1))
        _exit(126);
    for (int i = 0; i < DESCRIPTORS; i++)
        if (dup2(fd[i], i) < 0)
            _exit(126);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execv("/proc/self/exe", (char *const *)argv);
    _exit(126);
}

/* A request and its descriptors. Its length; 0: the parent is gone. */
static size_t receive(int sock, char request[REQUEST_MAX], int fd[DESCRIPTORS])
{
    union {
        char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {request, REQUEST_MAX - 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    const struct cmsghdr *c;
    ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

    fd[0] = fd[1] = fd[2] = -1;
    if (n <= 0)
        return 0;
    request[n] = '\0';
    c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_len == CMSG_LEN(DESCRIPTORS * sizeof(int)))
        memcpy(fd, CMSG_DATA(c), DESCRIPTORS * sizeof(int));
    return (size_t)n;
}

/* Until the child has ended: a message means stop, as does the end of the parent. False: that is gone. */
static bool mind(int sock, int signals, pid_t child, int *code)
{
    char request[REQUEST_MAX];
    bool there = true;
    int status, fd[DESCRIPTORS];

    for (;;) {
        struct pollfd p[] = {{.fd = signals, .events = POLLIN}, {.fd = there ? sock : -1, .events = POLLIN}};
        struct signalfd_siginfo info;

        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return false;
        if (p[0].revents && read(signals, &info, sizeof info) > 0 && waitpid(child, &status, WNOHANG) == child)
            break;
        if (p[1].revents) {
            there = receive(sock, request, fd) > 0;
            for (int i = 0; i < DESCRIPTORS; i++)
                if (fd[i] >= 0)
                    close(fd[i]);
            kill(child, SIGINT);
        }
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return there;
}

static void serve(int sock)
{
    char request[REQUEST_MAX];
    sigset_t mask;
    int signals, fd[DESCRIPTORS];
    size_t len;

    /* A terminal's Ctrl-C goes to all: children end by themselves, and the parent decides what follows. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, 0);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    while (signals >= 0 && (len = receive(sock, request, fd)) > 0) {
        int code = NOT_STARTED;
        bool there = true;
        pid_t child;

        if (fd[0] < 0)
            continue; /* a stop, for what had ended by itself */
        child = fork();
        if (child == 0)
            become(request, len, fd);
        for (int i = 0; i < DESCRIPTORS; i++)
            close(fd[i]);
        if (child > 0)
            there = mind(sock, signals, child, &code);
        if (!there || send(sock, &code, sizeof code, MSG_NOSIGNAL) < 0)
            return;
    }
}

/* ---- the parent's side ------------------------------------------------------------------------------- */

int pp_launcher_open(struct pp_launcher *l)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return pp_error_errno("cannot make a socket for the process that starts measurements");
    l->pid = fork();
    if (l->pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return pp_error_errno("cannot start the process that starts measurements");
    }
    if (l->pid == 0) {
        close(pair[0]);
        serve(pair[1]);
        _exit(0);
    }
    close(pair[1]);
    l->fd = pair[0];
    return 0;
}

int pp_launcher_start(const struct pp_launcher *l, const char *const *argv, int in, int out, int err)
{
    const int fd[DESCRIPTORS] = {in, out, err};
    union {
        char room[CMSG_SPACE(sizeof fd)];
        struct cmsghdr align;
    } control = {{0}};
    char request[REQUEST_MAX];
    struct iovec iov = {request, 0};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    for (; *argv; argv++) {
        size_t len = strlen(*argv) + 1;

        if (iov.iov_len + len > sizeof request)
            return pp_error("the options of a measurement are longer than %d bytes", REQUEST_MAX);
        memcpy(request + iov.iov_len, *argv, len);
        iov.iov_len += len;
    }
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), fd, sizeof fd);
    if (sendmsg(l->fd, &m, MSG_NOSIGNAL) < 0)
        return pp_error_errno("the process that starts measurements has ended");
    return 0;
}

void pp_launcher_stop(const struct pp_launcher *l)
{
    (void)!send(l->fd, "stop", 5, MSG_NOSIGNAL);
}

int pp_launcher_wait(const struct pp_launcher *l)
{
    int code = NOT_STARTED;
    ssize_t n;

    while ((n = recv(l->fd, &code, sizeof code, 0)) < 0 && errno == EINTR)
        ;
    if (n != sizeof code || code == NOT_STARTED || code == 126)
        return pp_error("a measurement could not be started");
    return code;
}

void pp_launcher_close(struct pp_launcher *l)
{
    close(l->fd);
    while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
