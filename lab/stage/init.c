/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c: init of the lab: creates the link, starts emulator and COMMAND, forwards signals, reaps processes. When it
 * ends, the kernel kills all other processes in the lab.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EXIT_UNRUNNABLE = 127,
    GRACE_MS = 2000,   /* ms until processes that got SIGTERM are killed */
    LINK_TRIES = 5000, /* of a millisecond each */
};

/*
 * Locally administered addresses. No interface has the gateways' address, so that the kernel at the far end drops
 * frames to it once the emulator has read them.
 */
const struct pp_link_end pp_lab_near = {PP_LAB_LINK, {0x02, 'l', 'a', 'b', 0, 0x01}};
const struct pp_link_end pp_lab_far = {PP_LAB_FAR, {0x02, 'l', 'a', 'b', 0, 0x02}};
const uint8_t pp_lab_gateway_mac[6] = {0x02, 'l', 'a', 'b', 0, 0xfe};

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
#define NFORWARDED (sizeof forwarded / sizeof *forwarded)

struct state {
    const struct pp_init *k;
    int signals, emulator_fd;
    struct pp_link_view link;
    pid_t emulator, command;
    int code;      /* the lab's exit code, once COMMAND has ended */
    bool ended;    /* COMMAND has */
    bool deserted; /* the emulator ended before COMMAND */
    unsigned own[NSIG]; /* signals sent to the whole process group, which COMMAND, if it is in the group, got, too */
};

void pp_init_signals(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < NFORWARDED; i++)
        sigaddset(set, forwarded[i]);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTTOU); /* else giving the terminal away from the background would stop us */
    sigaddset(set, SIGPIPE);
}

int pp_init_tell(int fd, char c)
{
    ssize_t n;

    do {
        n = send(fd, &c, 1, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == 1 ? 0 : -1;
}

int pp_init_hear(int fd, char wanted)
{
    char c = 0;
    ssize_t n;

    do {
        n = recv(fd, &c, 1, 0);
    } while (n < 0 && errno == EINTR);
    return n == 1 && c == wanted ? 0 : -1;
}

int pp_init_wait_link(struct pp_link_view *view, const char *name)
{
    const struct timespec ms = {0, 1000000};
    struct pp_link_state link;

    if (pp_link_open(view, name) < 0)
        return pp_error_errno("cannot look at '%s'", name);
    for (int i = 0; i < LINK_TRIES; i++) {
        if (pp_link_look(view, &link) < 0)
            return pp_error_errno("cannot look at '%s'", name);
        if (link.ready)
            return 0;
        nanosleep(&ms, NULL);
    }
    return pp_error("'%s' does not come up", name);
}

static int address(const char *client, const char *gateway, unsigned len)
{
    struct pp_addr c, g;

    if (pp_addr_parse(&c, client, strlen(client)) < 0 || pp_addr_parse(&g, gateway, strlen(gateway)) < 0)
        BUG("address '%s' or '%s'", client, gateway);
    if (pp_link_address(PP_LAB_LINK, &c, len) < 0 || pp_link_neighbour(PP_LAB_LINK, &g, pp_lab_gateway_mac) < 0 ||
        pp_link_default_route(PP_LAB_LINK, &g) < 0)
        return -1;
    return 0;
}

static int lay_link(pid_t emulator)
{
    if (pp_link_veth(&pp_lab_near, &pp_lab_far, emulator) < 0) {
        pp_error_errno("cannot make the lab's link, a veth pair");
        if (errno == EOPNOTSUPP)
            pp_hint("this kernel has no veth: 'modprobe veth' as root");
        else if (errno == EPERM)
            pp_hint("run as root; in a container, allow it CAP_NET_ADMIN or user namespaces");
        return -1;
    }
    if (pp_link_no_offloads(PP_LAB_LINK) < 0)
        return pp_error_errno("cannot switch the offloads of '%s' off", PP_LAB_LINK);
    return 0;
}

static int raise_link(void)
{
    bool six = pp_link_no_autoconf(PP_LAB_LINK) == 0;

    if (pp_link_up("lo") < 0 || pp_link_up(PP_LAB_LINK) < 0)
        return pp_error_errno("cannot bring '%s' up", PP_LAB_LINK);
    if (address(PP_LAB_CLIENT4, PP_LAB_GATEWAY4, 24) < 0)
        return pp_error_errno("cannot give '%s' its IPv4 address and route", PP_LAB_LINK);
    if (!six || address(PP_LAB_CLIENT6, PP_LAB_GATEWAY6, 64) < 0)
        pp_warn("this kernel has no IPv6: only the lab's IPv4 hosts can be reached");
    return 0;
}

static int start_emulator(struct state *s)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return pp_error_errno("cannot make a socket pair");
    s->emulator_fd = pair[0];
    s->emulator = fork();
    if (s->emulator == 0) {
        close(pair[0]);
        close(s->k->outer);
        _exit(pp_emulator_run(s->k->lab, pair[1]));
    }
    close(pair[1]);
    if (s->emulator < 0)
        return pp_error_errno("cannot start the emulator");
    /* An emulator that ended has printed why. */
    if (pp_init_hear(pair[0], PP_STEP_SPACE) < 0 || lay_link(s->emulator) < 0 ||
        pp_init_tell(pair[0], PP_STEP_VETH) < 0 || pp_init_hear(pair[0], PP_STEP_SOCKET) < 0 || raise_link() < 0 ||
        pp_init_tell(pair[0], PP_STEP_LINK) < 0 || pp_init_hear(pair[0], PP_STEP_READY) < 0)
        return -1;
    return pp_init_wait_link(&s->link, PP_LAB_LINK);
}

static void become_command(const struct pp_init *k)
{
    if (k->job) {
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpid());
    }
    sigprocmask(SIG_SETMASK, &k->mask, NULL);
    if (setenv("PATHPROBE_ALLOW", "10.0.0.0/8,2001:2::/48", 1) < 0) {
        pp_error_errno("cannot set PATHPROBE_ALLOW");
        _exit(EXIT_UNRUNNABLE);
    }
    execvp(k->argv[0], k->argv);
    if (errno == ENOENT && k->self && strcmp(k->argv[0], "pathprobe") == 0)
        execv(k->self, k->argv);
    pp_error_errno("cannot run '%s'", k->argv[0]);
    _exit(EXIT_UNRUNNABLE);
}

static int start_command(struct state *s)
{
    s->command = fork();
    if (s->command == 0)
        become_command(s->k);
    if (s->command < 0)
        return pp_error_errno("cannot start '%s'", s->k->argv[0]);
    if (s->k->job)
        setpgid(s->command, s->command); /* parent and child both, whichever runs first */
    return 0;
}

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void desert(struct state *s, int status)
{
    static const int ends[] = {SIGTERM, SIGHUP, SIGCONT}; /* a shell at a terminal ignores SIGTERM */

    s->deserted = true;
    if (WIFSIGNALED(status))
        pp_error("the emulator was killed by signal %d: the lab ends", WTERMSIG(status));
    else
        pp_error("the emulator ended with code %d: the lab ends", WEXITSTATUS(status));
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        kill(-1, ends[i]); /* all processes of the lab except its init */
}

static void reap(struct state *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (WIFSTOPPED(status)) {
            if (pid == s->command && s->k->job)
                pp_init_tell(s->k->outer, PP_INIT_STOPPED);
        } else if (pid == s->command) {
            s->ended = true;
            s->code = exit_code(status);
        } else if (pid == s->emulator) {
            s->emulator = -1;
            if (!s->ended)
                desert(s, status);
        }
    }
}

static void drain_signals(struct state *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo < NSIG)
            s->own[info.ssi_signo]++;
    }
    reap(s);
}

/*
 * Forwards to COMMAND a signal that the outer process reports. A signal to the whole process group (Ctrl-C, `kill %1`,
 * timeout(1)) has reached this process as well, and COMMAND unless that moved to another group. It is not forwarded
 * then: COMMAND would get it twice, and many programs end at once at the second signal.
 */
static void forward(struct state *s, int signo)
{
    if (signo <= 0 || signo >= NSIG || s->ended)
        return;
    if (signo == SIGCONT) {
        tcsetpgrp(STDIN_FILENO, s->command);
        kill(-s->command, SIGCONT);
        return;
    }
    if (s->own[signo] > 0) {
        s->own[signo]--;
        if (getpgid(s->command) == getpgrp())
            return;
    }
    kill(s->command, signo);
}

/* Returns when COMMAND has ended, GRACE_MS after the emulator ended, or when the outer process is gone. */
static void watch(struct state *s)
{
    struct pollfd fds[2] = {{.fd = s->signals, .events = POLLIN}, {.fd = s->k->outer, .events = POLLIN}};
    char c;

    while (!s->ended) {
        int n = poll(fds, 2, s->deserted ? GRACE_MS : -1);

        if (n == 0)
            return;
        drain_signals(s);
        if (n > 0 && fds[1].revents) {
            if (recv(s->k->outer, &c, 1, MSG_DONTWAIT) != 1)
                return;
            forward(s, c);
        }
    }
}

/* Closes the emulator's socket, after which it prints its report and ends. */
static void dismiss_emulator(struct state *s)
{
    struct pollfd fd = {.fd = s->signals, .events = POLLIN};

    close(s->emulator_fd);
    s->emulator_fd = -1;
    while (s->emulator > 0 && poll(&fd, 1, GRACE_MS) != 0)
        drain_signals(s);
}

static void account(struct state *s)
{
    struct pp_link_state link;

    if (pp_link_look(&s->link, &link) == 0 && link.tx_dropped > 0)
        pp_warn("the lab's link dropped %llu packets of the client: see net.core.netdev_max_backlog",
                (unsigned long long)link.tx_dropped);
}

int pp_init_run(const struct pp_init *k)
{
    struct state s = {.k = k, .signals = -1, .emulator_fd = -1, .emulator = -1, .command = -1, .code = 1};
    sigset_t set;

    pp_init_signals(&set);
    s.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s.signals < 0)
        return pp_error_errno("cannot wait for signals"), 1;
    if (start_emulator(&s) < 0)
        return 1;
    /* Signals that the process group got until now came before COMMAND was started, so it has not had them: the outer
     * process reports them, and all of them are forwarded. */
    drain_signals(&s);
    memset(s.own, 0, sizeof s.own);
    if (start_command(&s) < 0)
        return 1;
    watch(&s);
    if (!s.deserted) {
        account(&s);
        dismiss_emulator(&s);
    }
    return s.deserted ? 1 : s.code;
}
