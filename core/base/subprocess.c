/* SPDX-License-Identifier: BSD-2-Clause */
/* subprocess.c: forks, confines the child, waits for it. */
#include "subprocess.h"

#include "confine.h"
#include "error.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAILED 255 /* exit code for a result of -1 */

/* Waits for CHILD, and passes SIGINT and SIGTERM on to it. Returns the signal that came, 0: none. */
static int attend(pid_t child, const sigset_t *signals, int *status)
{
    int passed = 0;
    pid_t ended;

    while ((ended = waitpid(child, status, WNOHANG)) == 0) {
        int sig = sigwaitinfo(signals, NULL);
        if (sig == SIGINT || sig == SIGTERM)
            kill(child, passed = sig);
    }
    if (ended < 0)
        BUG("no child to wait for");
    return passed;
}

static int judge(int status)
{
    if (WIFSIGNALED(status))
        return pp_error("the subprocess for network access was killed: %s", strsignal(WTERMSIG(status)));
    return WEXITSTATUS(status) == FAILED ? -1 : WEXITSTATUS(status);
}

int pp_subprocess(unsigned needs, int (*work)(void *arg), void *arg)
{
    sigset_t signals, before;
    int status = 0, passed;
    pid_t child;

    signal(SIGCHLD, SIG_DFL); /* the parent may have set it to be ignored */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &before);
    fflush(NULL); /* else both processes would write the buffers */
    child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        exit(pp_confine(NULL, needs) < 0 ? FAILED : work(arg));
    }
    if (child < 0)
        pp_error_errno("cannot start a process");
    passed = child < 0 ? 0 : attend(child, &signals, &status);
    if (passed)
        raise(passed); /* delivered when the mask is restored */
    sigprocmask(SIG_SETMASK, &before, NULL);
    return child < 0 ? -1 : judge(status);
}
