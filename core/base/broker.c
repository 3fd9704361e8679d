/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker.c: two processes and a socket between them that keeps messages apart. A request is a struct and, behind it,
 * the arguments with their NULs; descriptors come with it. An answer is a struct pp_broker_end: of a request to run
 * with the pid and WANTED for a status, of a command that ended with its own.
 */
#include "broker.h"

#include "error.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_S 10
#define PAIR_FD 3 /* of the broker: the socket */
#define STARTED (-1) /* for a status: the answer to a request */
#define FIRST_FILE 3 /* descriptors below are standard input, output and error */
#define NO_FDS 126   /* exit codes of a command whose descriptors could not be put in place, */
#define NO_EXEC 127  /* and of one that could not be executed */

struct request {
    pid_t pid; /* 0: run what follows; else a signal */
    int sig;
};

struct message {
    struct request head;
    char text[PP_BROKER_TEXT];
};

struct pp_broker {
    int fd;
    unsigned nended; /* told while an answer was waited for */
    struct pp_broker_end ended[PP_BROKER_CHILDREN];
};

/* ---- the broker's own process -------------------------------------------------------------------------------- */

struct inside {
    const struct pp_broker_rules *rules;
    int fd;
    pid_t child[PP_BROKER_CHILDREN]; /* 0: free */
    sigset_t before;                   /* the mask that commands get */
    struct message m;
};

/* Whether TEXT, an option without its dashes, is as one of LIST: see pp_broker_rules. */
static bool is_option(const char *const *list, const char *text)
{
    size_t name = strcspn(text, "=");

    for (; *list; list++) {
        size_t n = strlen(*list);
        if (!strchr(*list, '=')) {
            if (n == name && memcmp(*list, text, n) == 0)
                return true;
        } else if (strcmp(*list, text) == 0) {
            return true;
        }
    }
    return false;
}

/* An operand may be anything; an option has to be on the list; "--" would make operands of what is put behind. */
static bool is_allowed(const struct pp_broker_rules *r, const char *arg)
{
    if (arg[0] != '-' || !arg[1])
        return true;
    if (!r->options)
        return strcmp(arg, "--") != 0;
    return arg[1] == '-' && arg[2] && is_option(r->options, arg + 2);
}

/* ARGV from the TEXT of a request; false: it is not to be started. */
static bool split(const struct inside *in, char *text, size_t len, char *argv[PP_BROKER_ARGS + 2])
{
    static char program[] = "pathprobe"; /* it is read once we are back */
    unsigned n = 0;

    argv[n++] = program;
    if (len == 0 || text[len - 1] != '\0')
        return false;
    for (char *p = text; p < text + len; p += strlen(p) + 1) {
        if (n > PP_BROKER_ARGS || (n > 1 && !is_allowed(in->rules, p)))
            return false;
        argv[n++] = p;
    }
    if (n < 2 || !pp_is_listed(in->rules->commands, argv[1]))
        return false;
    for (const char *const *f = in->rules->fixed; f && *f; f++) {
        if (n > PP_BROKER_ARGS)
            return false;
        argv[n++] = (char *)(uintptr_t)*f;
    }
    argv[n] = NULL;
    return true;
}

/* In the command's process: its descriptors are those that came, and no others. */
static void become(const struct inside *in, char *const *argv, const int *fds, int nfds)
{
    int high[PP_BROKER_FDS];

    for (int i = 0; i < nfds; i++)
        if ((high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, PP_BROKER_FDS)) < 0)
            _exit(NO_FDS);
    for (int i = 0; i < nfds; i++)
        if (dup2(high[i], i) < 0)
            _exit(NO_FDS);
    close_range((unsigned)nfds, ~0u, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    /* A shell's background job ignores SIGINT: until the command minds signals, one would be lost. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &in->before, NULL);
    execv("/proc/self/exe", argv);
    _exit(NO_EXEC);
}

/* See pp_broker_run. */
static bool may_reopen(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return false;
    return S_ISFIFO(st.st_mode) || (S_ISREG(st.st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
}

static pid_t start(struct inside *in, size_t len, const int *fds, int nfds)
{
    char *argv[PP_BROKER_ARGS + 2];
    pid_t *slot = NULL, pid;

    for (int i = 0; i < PP_BROKER_CHILDREN && !slot; i++)
        if (in->child[i] == 0)
            slot = &in->child[i];
    if (!slot || nfds < FIRST_FILE || !split(in, in->m.text, len, argv))
        return -1;
    for (int i = FIRST_FILE; i < nfds; i++)
        if (!may_reopen(fds[i]))
            return -1;
    pid = fork();
    if (pid == 0)
        become(in, argv, fds, nfds);
    if (pid > 0)
        *slot = pid;
    return pid;
}

static void tell(const struct inside *in, pid_t pid, int status)
{
    const struct pp_broker_end end = {pid, status};

    (void)!send(in->fd, &end, sizeof end, MSG_NOSIGNAL);
}

static void reap(struct inside *in)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < PP_BROKER_CHILDREN; i++) {
            if (in->child[i] == pid) {
                in->child[i] = 0;
                tell(in, pid, status);
            }
        }
    }
}

static void send_signal(const struct inside *in, const struct request *r)
{
    for (int i = 0; i < PP_BROKER_CHILDREN; i++)
        if (in->child[i] == r->pid &&
            (r->sig == SIGHUP || r->sig == SIGINT || r->sig == SIGTERM || r->sig == SIGKILL))
            kill(r->pid, r->sig);
}

/* Descriptors that came with MSG, at most PP_BROKER_FDS of them. */
static int received(struct msghdr *msg, int *fds)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    size_t bytes;

    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        return 0;
    bytes = c->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(c), bytes);
    return (int)(bytes / sizeof *fds);
}

/* False: the other side is gone. */
static bool serve(struct inside *in)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(PP_BROKER_FDS * sizeof(int))];
    } control;
    struct iovec iov = {&in->m, sizeof in->m};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
                         .msg_controllen = sizeof control.room};
    ssize_t n = recvmsg(in->fd, &msg, MSG_CMSG_CLOEXEC);
    int fds[PP_BROKER_FDS], nfds;

    if (n < (ssize_t)sizeof in->m.head)
        return n < 0 && errno == EINTR;
    nfds = received(&msg, fds);
    if (in->m.head.pid)
        send_signal(in, &in->m.head);
    else
        tell(in, start(in, (size_t)n - sizeof in->m.head, fds, nfds), STARTED);
    for (int i = 0; i < nfds; i++)
        close(fds[i]);
    return true;
}

static bool any_left(const struct inside *in, int sig)
{
    bool any = false;

    for (int i = 0; i < PP_BROKER_CHILDREN; i++) {
        if (in->child[i]) {
            any = true;
            if (sig)
                kill(in->child[i], sig);
        }
    }
    return any;
}

/* The parent is gone: ends all children by SIGTERM, after GRACE_S by SIGKILL. */
static void end_all(struct inside *in)
{
    const struct timespec second = {1, 0};
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    any_left(in, SIGTERM);
    for (int s = 0; s < GRACE_S && (reap(in), any_left(in, 0)); s++)
        sigtimedwait(&child, NULL, &second);
    any_left(in, SIGKILL);
}

static void live(int fd, const struct pp_broker_rules *rules)
{
    static struct inside in; /* this process has one */
    sigset_t mask;
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.events = POLLIN}};

    in.rules = rules;
    in.fd = fd;
    sigfillset(&mask); /* a Ctrl-C is the other side's to decide on */
    sigprocmask(SIG_SETMASK, &mask, &in.before);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    p[1].fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (p[1].fd < 0)
        _exit(1);
    while (poll(p, 2, -1) >= 0 || errno == EINTR) {
        struct signalfd_siginfo info;
        if (p[1].revents && read(p[1].fd, &info, sizeof info) > 0)
            reap(&in);
        if (p[0].revents && !serve(&in))
            break;
    }
    end_all(&in);
    _exit(0);
}

/* All else that is open is the other side's: a lock would be held by us, too. */
static void keep_only(int fd)
{
    if (fd != PAIR_FD && dup2(fd, PAIR_FD) < 0)
        _exit(1);
    close_range(PAIR_FD + 1, ~0u, 0);
    fcntl(PAIR_FD, F_SETFD, FD_CLOEXEC);
}

/* ---- the other side -------------------------------------------------------------------------------------------- */

struct pp_broker *pp_broker_start(const struct pp_broker_rules *rules)
{
    struct pp_broker *l = calloc(1, sizeof *l);
    int pair[2];
    pid_t pid;

    if (!l || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        free(l);
        pp_error_errno("cannot make a socket for a process");
        return NULL;
    }
    fflush(NULL); /* not twice */
    pid = fork();
    if (pid == 0) {
        close(pair[0]);
        /* A second fork: the broker is no child of this process, which need not wait for it. */
        if (fork() == 0) {
            keep_only(pair[1]);
            live(PAIR_FD, rules);
        }
        _exit(0);
    }
    close(pair[1]);
    if (pid < 0) {
        pp_error_errno("cannot start a process");
        close(pair[0]);
        free(l);
        return NULL;
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    l->fd = pair[0];
    return l;
}

void pp_broker_free(struct pp_broker *l)
{
    if (!l)
        return;
    close(l->fd);
    free(l);
}

int pp_broker_fd(const struct pp_broker *l)
{
    return l->fd;
}

static int gone(void)
{
    return pp_error("the process that starts others is gone");
}

/* The next thing that the broker tells. 1, 0 with nothing there under MSG_DONTWAIT, -1 printed. */
static int hear(struct pp_broker *l, struct pp_broker_end *end, int flags)
{
    ssize_t n;

    do
        n = recv(l->fd, end, sizeof *end, flags);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof *end)
        return 1;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : gone();
}

int pp_broker_ended(struct pp_broker *l, struct pp_broker_end *end)
{
    if (!l->nended)
        return hear(l, end, MSG_DONTWAIT);
    *end = l->ended[0];
    memmove(l->ended, l->ended + 1, --l->nended * sizeof *l->ended);
    return 1;
}

int pp_broker_wait(struct pp_broker *l, pid_t pid)
{
    struct pp_broker_end end = {0};
    int code;

    while (end.pid != pid)
        if (l->nended ? pp_broker_ended(l, &end) < 0 : hear(l, &end, 0) < 0)
            return -1;
    if (WIFSIGNALED(end.status))
        return 128 + WTERMSIG(end.status);
    code = WEXITSTATUS(end.status);
    return code == NO_FDS || code == NO_EXEC ? pp_error("a command could not be executed") : code;
}

void pp_broker_signal(struct pp_broker *l, pid_t pid, int sig)
{
    const struct request r = {pid, sig};

    (void)!send(l->fd, &r, sizeof r, MSG_NOSIGNAL);
}

static int ask(struct pp_broker *l, struct message *m, size_t len, const int *fds, int nfds)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(PP_BROKER_FDS * sizeof(int))];
    } control = {0};
    struct iovec iov = {m, len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room};
    struct cmsghdr *c = &control.align;

    msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
    memcpy(CMSG_DATA(c), fds, (size_t)nfds * sizeof(int));
    return sendmsg(l->fd, &msg, MSG_NOSIGNAL) == (ssize_t)len ? 0 : gone();
}

pid_t pp_broker_run(struct pp_broker *l, const char *const *argv, const int *fds, int nfds)
{
    struct message *m = calloc(1, sizeof *m);
    struct pp_broker_end answer = {-1, 0};
    size_t len = 0;
    int heard = -1;

    if (!m || nfds > PP_BROKER_FDS)
        goto out;
    for (; *argv; argv++) {
        size_t n = strlen(*argv) + 1;
        if (len + n > sizeof m->text)
            goto out;
        memcpy(m->text + len, *argv, n);
        len += n;
    }
    heard = ask(l, m, sizeof m->head + len, fds, nfds);
    while (heard == 0 || heard == 1) {
        heard = hear(l, &answer, 0);
        if (heard < 0 || answer.status == STARTED)
            break;
        if (l->nended < PP_BROKER_CHILDREN)
            l->ended[l->nended++] = answer;
    }
out:
    free(m);
    if (heard < 0)
        return -1;
    return answer.pid > 0 ? answer.pid : pp_error("the command was not started: it asks for what is not allowed here");
}
