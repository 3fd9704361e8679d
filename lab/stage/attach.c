/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach.c: the lab's outer process. It stays in the caller's namespaces and job, passes signals to COMMAND and
 * COMMAND's exit code to the caller, and restores the terminal.
 */
#include "attach.h"

#include "init.h"
#include "namespace.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct outer {
    pid_t init;
    int fd, signals; /* fd: socket to the init */
    bool job;
    struct termios modes; /* of the terminal, if `job` */
};

/*
 * True if the lab is a shell's whole foreground job: COMMAND then gets a process group and the terminal, as from a
 * shell. In a pipeline COMMAND stays in our group, as other processes of the job need the terminal, too. (A shell whose
 * process group is outside its PID namespace sees it as 0, and some shells cannot give the terminal back to it.)
 */
static bool whole_job(struct termios *modes)
{
    return getpgrp() == getpid() && isatty(STDOUT_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
           tcgetattr(STDIN_FILENO, modes) == 0;
}

/* COMMAND has stopped: stops the job of the caller's shell, until the shell continues it. */
static void stop_too(const struct outer *o)
{
    tcsetpgrp(STDIN_FILENO, getpgrp());
    raise(SIGTSTP);
    pp_init_tell(o->fd, (char)SIGCONT);
}

/* Returns the init's wait status, -1 printed. */
static int watch(struct outer *o)
{
    struct pollfd fds[2] = {{.fd = o->signals, .events = POLLIN}, {.fd = o->fd, .events = POLLIN}};
    struct signalfd_siginfo info;
    int status;
    char c;

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return pp_error_errno("cannot wait for the lab");
        while (read(o->signals, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGTTOU && info.ssi_signo != SIGPIPE)
                pp_init_tell(o->fd, (char)info.ssi_signo);
        }
        if (waitpid(o->init, &status, WNOHANG) == o->init)
            return status;
        if (fds[1].revents && recv(o->fd, &c, 1, MSG_DONTWAIT) == 1) {
            if (c == PP_INIT_STOPPED && o->job)
                stop_too(o);
        } else if (fds[1].revents) {
            fds[1].fd = -1; /* closed: SIGCHLD comes next */
        }
    }
}

/* Returns the exit code for the shell; takes the terminal back, and restores its modes if COMMAND failed. */
static int conclude(const struct outer *o, int status)
{
    int code = 1;

    if (status >= 0 && WIFEXITED(status))
        code = WEXITSTATUS(status);
    else if (status >= 0)
        pp_error("the lab was killed by signal %d", WTERMSIG(status));
    if (o->job) {
        tcsetpgrp(STDIN_FILENO, getpgrp());
        if (code != 0)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &o->modes);
    }
    return code;
}

/* The process in the new namespaces. Never returns. */
static void keep(struct pp_init *k)
{
    struct pollfd outer = {.fd = k->outer, .events = POLLIN};

    /* The outer process may have died before PR_SET_PDEATHSIG was set. */
    if (poll(&outer, 1, 0) > 0 && (outer.revents & POLLHUP))
        _exit(1);
    _exit(pp_init_run(k));
}

int pp_lab_run(struct pp_lab *lab, char **argv)
{
    char self[PATH_MAX];
    struct pp_init k = {.lab = lab, .argv = argv};
    struct outer o = {.init = -1, .fd = -1, .signals = -1};
    int pair[2] = {-1, -1}, code = 1;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    struct sigaction plain = {.sa_handler = SIG_DFL}, child;
    sigset_t set;

    if (n > 0) {
        self[n] = 0;
        k.self = self;
    }
    pp_init_signals(&set);
    sigprocmask(SIG_BLOCK, &set, &k.mask);
    sigaction(SIGCHLD, &plain, &child); /* if SIGCHLD were ignored, there would be no status to wait for */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
        (o.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0) {
        pp_error_errno("cannot prepare the lab");
        goto out;
    }
    o.fd = pair[0];
    k.outer = pair[1];
    k.job = o.job = whole_job(&o.modes);
    o.init = pp_ns_fork();
    if (o.init == 0) {
        close(pair[0]);
        close(o.signals);
        keep(&k);
    }
    close(pair[1]);
    pair[1] = -1;
    if (o.init > 0)
        code = conclude(&o, watch(&o));
out:
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
    }
    if (o.signals >= 0)
        close(o.signals);
    sigaction(SIGCHLD, &child, NULL);
    sigprocmask(SIG_SETMASK, &k.mask, NULL);
    return code;
}
