/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker.c: the broker's process, the caller's side, and a SOCK_SEQPACKET socket between them. A request is a struct
 * followed by the arguments with their NULs; descriptors come with it. An answer is a struct pp_broker_end: for a
 * request to start a command its pid with status STARTED, for a command that ended its wait status.
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
#define PAIR_FD 3 /* the socket's descriptor in the broker */
#define STARTED (-1) /* the status of an answer to a request */
#define FIRST_FILE 3 /* descriptors below are standard input, output and error */
#define NO_FDS 126   /* exit code of a command whose descriptors could not be set up */
#define NO_EXEC 127  /* exit code of a command that could not be executed */

struct request {
    pid_t pid; /* 0: start the command that follows; else signal this pid */
    int sig;
};

struct message {
    struct request head;
    char text[PP_BROKER_TEXT];
};

struct pp_broker {
    int fd;
    unsigned nended; /* ends received while a call waited for another answer */
    struct pp_broker_end ended[PP_BROKER_CHILDREN];
};

/* ---- in the broker's process -------------------------------------------------------------------------------- */

struct inside {
    const struct pp_broker_rules *rules;
    int fd;
    pid_t child[PP_BROKER_CHILDREN]; /* 0: free slot */
    sigset_t before;                   /* signal mask for commands */
    struct message m;
};

/* True if TEXT, an option without its dashes, matches an entry of LIST: see pp_broker_rules. */
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

/*
 * True if ARG may be passed. Any operand may; an option must be on the list; "--" would turn the fixed arguments behind
 * it into operands.
 */
static bool is_allowed(const struct pp_broker_rules *r, const char *arg)
{
    if (arg[0] != '-' || !arg[1])
        return true;
    if (!r->options)
        return strcmp(arg, "--") != 0;
    return arg[1] == '-' && arg[2] && is_option(r->options, arg + 2);
}

/* Makes ARGV from the TEXT of a request. 0, or the errno: E2BIG: too many arguments; EPERM: they are not permitted. */
static int split(const struct inside *in, char *text, size_t len, char *argv[PP_BROKER_ARGS + 2])
{
    static char program[] = "pathprobe"; /* static: execv reads it after this function has returned */
    unsigned n = 0;

    argv[n++] = program;
    if (len == 0 || text[len - 1] != '\0')
        return EPERM;
    for (char *p = text; p < text + len; p += strlen(p) + 1) {
        if (n > PP_BROKER_ARGS)
            return E2BIG;
        if (n > 1 && !is_allowed(in->rules, p))
            return EPERM;
        argv[n++] = p;
    }
    if (n < 2 || !pp_is_listed(in->rules->commands, argv[1]))
        return EPERM;
    for (const char *const *f = in->rules->fixed; f && *f; f++) {
        if (n > PP_BROKER_ARGS)
            return E2BIG;
        argv[n++] = (char *)(uintptr_t)*f;
    }
    argv[n] = NULL;
    return 0;
}

/* Turns this child into the command: only the received descriptors stay open, from 0 on. */
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
    /* A shell's background job ignores SIGINT: it would be lost until the command sets its handlers. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &in->before, NULL);
    execv("/proc/self/exe", argv);
    _exit(NO_EXEC);
}

/* True if the command may open FD anew: see pp_broker_run. */
static bool may_reopen(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return false;
    return S_ISFIFO(st.st_mode) || (S_ISREG(st.st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
}

/* Returns the command's pid, or the negative errno for which it was not started: see not_started. */
static pid_t start(struct inside *in, size_t len, const int *fds, int nfds)
{
    char *argv[PP_BROKER_ARGS + 2];
    pid_t *slot = NULL, pid;
    int error;

    for (int i = 0; i < PP_BROKER_CHILDREN && !slot; i++)
        if (in->child[i] == 0)
            slot = &in->child[i];
    if (!slot)
        return -EBUSY;
    if (nfds < FIRST_FILE)
        return -EPERM;
    error = split(in, in->m.text, len, argv);
    if (error)
        return -error;
    for (int i = FIRST_FILE; i < nfds; i++)
        if (!may_reopen(fds[i]))
            return -EPERM;
    pid = fork();
    if (pid == 0)
        become(in, argv, fds, nfds);
    if (pid < 0)
        return -errno;
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

/* Takes the descriptors that came with MSG, at most PP_BROKER_FDS. Returns how many. */
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

/* Handles one request. False: the caller's process has ended. */
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

/* The caller's process has ended: ends all children by SIGTERM, after GRACE_S by SIGKILL. */
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
    static struct inside in; /* one per process */
    sigset_t mask;
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.events = POLLIN}};

    in.rules = rules;
    in.fd = fd;
    sigfillset(&mask); /* the caller decides about Ctrl-C */
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

/* Closes all descriptors but the socket: they are the caller's, and the broker would hold its locks, too. */
static void keep_only(int fd)
{
    if (fd != PAIR_FD && dup2(fd, PAIR_FD) < 0)
        _exit(1);
    close_range(PAIR_FD + 1, ~0u, 0);
    fcntl(PAIR_FD, F_SETFD, FD_CLOEXEC);
}

/* ---- in the caller's process -------------------------------------------------------------------------------- */

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
    fflush(NULL); /* else both processes would write the buffers */
    pid = fork();
    if (pid == 0) {
        close(pair[0]);
        /* A second fork, so that the broker is no child of the caller, which need not wait for it. */
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
    return pp_error("the broker, the process that starts commands, has ended");
}

/* Receives the broker's next answer. 1; 0: none under MSG_DONTWAIT; -1 printed. */
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
    if (code == NO_FDS)
        return pp_error("a command was not executed: its descriptors could not be duplicated");
    return code == NO_EXEC ? pp_error("a command was not executed: /proc/self/exe could not be run") : code;
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

/* ERROR: from start() in the broker. */
static int not_started(int error)
{
    if (error == EPERM)
        return pp_error("a command was not started: the broker's rules do not permit its arguments or descriptors");
    if (error == E2BIG)
        return pp_error("a command was not started: it has more than %d arguments", PP_BROKER_ARGS);
    if (error == EBUSY)
        return pp_error("a command was not started: %d are running already", PP_BROKER_CHILDREN);
    errno = error;
    return pp_error_errno("cannot start a process");
}

pid_t pp_broker_run(struct pp_broker *l, const char *const *argv, const int *fds, int nfds)
{
    struct message *m = calloc(1, sizeof *m);
    struct pp_broker_end answer = {-EPERM, 0};
    size_t len = 0;
    int heard = -1;

    if (!m || nfds > PP_BROKER_FDS) {
        if (!m)
            pp_error("out of memory");
        else
            pp_error("a command gets %d descriptors, more than %d", nfds, PP_BROKER_FDS);
        goto out;
    }
    for (; *argv; argv++) {
        size_t n = strlen(*argv) + 1;
        if (len + n > sizeof m->text) {
            pp_error("the arguments of a command are longer than %zu bytes", sizeof m->text);
            goto out;
        }
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
    return answer.pid > 0 ? answer.pid : not_started(-answer.pid);
}
