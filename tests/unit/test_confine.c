/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_confine.c: what a confined process holds, what it may still do, what is refused, and what kills it. Each case is
 * a child, since there is no way back.
 */
#include "../../core/base/confine.h"

#include "../../core/base/apart.h"
#include "../../core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The wait status of a child that is confined and then does WHAT, whose result is its exit code; 99: not confined. */
static int child(unsigned needs, int (*what)(void))
{
    const struct rlimit none = {0, 0};
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        (void)setrlimit(RLIMIT_CORE, &none);
        _exit(pp_confine(NULL, needs) < 0 ? 99 : what());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void works(unsigned needs, int (*what)(void))
{
    int status = child(needs, what);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void kills(int (*what)(void))
{
    int status = child(~0u, what);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

#define CONFINED()                                                                                                     \
    do                                                                                                                 \
        if (pp_confine_hindrance())                                                                                    \
            skip();                                                                                                    \
    while (0)

/* ---- what is held ---------------------------------------------------------------------------------------------- */

/* Whether a line of this thread's status says of NAME what WANTED says. */
static bool status_says(const char *name, const char *wanted)
{
    char path[64], line[256];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof path, "/proc/self/task/%ld/status", (long)syscall(SYS_gettid));
    f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f))
        found = strncmp(line, name, strlen(name)) == 0 && strstr(line, wanted) != NULL;
    if (f)
        fclose(f);
    return found;
}

static void *look(void *arg)
{
    bool *bare = arg;

    *bare = status_says("CapEff:", "\t0000000000000000") && status_says("CapPrm:", "\t0000000000000000") &&
            status_says("CapInh:", "\t0000000000000000") && status_says("CapAmb:", "\t0000000000000000") &&
            status_says("NoNewPrivs:", "1");
    return NULL;
}

static int holds_nothing(void)
{
    bool main_bare, other_bare = false;
    pthread_t t;

    look(&main_bare);
    if (pthread_create(&t, NULL, look, &other_bare) != 0 || pthread_join(t, NULL) != 0)
        return 2;
    return main_bare && other_bare ? 0 : 1;
}

static void no_thread_holds_a_capability(void **state)
{
    (void)state;
    works(0, holds_nothing);
}

static bool setuid_works(void)
{
    char why[256];

    return geteuid() == 0 && !pp_privilege_user(NULL, why, sizeof why);
}

static int is_nobody(void)
{
    return getuid() == 65534 && geteuid() == 65534 && setuid(0) < 0 ? 0 : 1;
}

static int is_named(void)
{
    return getuid() == geteuid() && getuid() != 0 && getuid() != 65534 ? 0 : 1;
}

static void root_becomes_a_user(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    if (!setuid_works())
        skip();
    works(0, is_nobody);
    pid = fork();
    if (pid == 0)
        _exit(pp_confine("daemon", 0) < 0 ? 99 : is_named());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void an_unknown_user_is_an_error(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDERR_FILENO);
        _exit(pp_confine("no such user", 0) < 0 ? 7 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 7);
}

/* ---- what works, and what does not ------------------------------------------------------------------------------- */

static bool refused(long rc)
{
    return rc < 0 && errno == EPERM;
}

static int may_do_its_work(void)
{
    char c = 0;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), pair[2];
    void *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return fd >= 0 && m != MAP_FAILED && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
                   write(pair[0], "x", 1) == 1 && read(pair[1], &c, 1) == 1 && c == 'x'
               ? 0
               : 1;
}

static int is_refused(void)
{
    int pair[2];
    void *m;

    if (!refused(open("/tmp/pathprobe-confined", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)))
        return 1;
    if (!refused(open("/dev/null", O_RDWR | O_CLOEXEC)))
        return 2;
    if (!refused(unlink("/tmp/pathprobe-confined")) || !refused(rename("/tmp/a", "/tmp/b")))
        return 3;
    if (!refused(socket(AF_INET, SOCK_STREAM, 0)) || !refused(socket(AF_NETLINK, SOCK_RAW, 0)) ||
        !refused(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)))
        return 4;
    m = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m != MAP_FAILED || errno != EPERM)
        return 5;
    if (!refused(fork()) || !refused(kill(getppid(), 0)) || !refused(ioctl(0, TIOCSTI, "x")))
        return 6;
    return refused(setuid(geteuid())) ? 0 : 7;
}

static int may_ask_resolvers(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 && refused(socket(AF_UNIX, SOCK_STREAM, 0)) ? 0 : 1;
}

/* New files, not those that are there. */
static int may_make_scratch(void)
{
    char path[] = "/tmp/pathprobe-test-XXXXXX";
    int fd = mkstemp(path);

    return fd >= 0 && unlink(path) == 0 && refused(open("/dev/null", O_WRONLY | O_CLOEXEC)) ? 0 : 1;
}

static void what_is_needed_works_and_the_rest_is_refused(void **state)
{
    (void)state;
    CONFINED();
    works(PP_CONFINE_MEASURE, may_do_its_work);
    works(0, is_refused);
    works(PP_CONFINE_NAMES, may_ask_resolvers);
    works(PP_CONFINE_SCRATCH, may_make_scratch);
}

/* ---- what kills ------------------------------------------------------------------------------------------------- */

static int executes(void)
{
    char *argv[] = {(char[]){"true"}, NULL};

    execv("/bin/true", argv);
    return 0;
}

static int traces(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0;
}

static int mounts(void)
{
    return mount("none", "/nowhere", "tmpfs", 0, NULL) < 0;
}

static int loads_bpf(void)
{
    return syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0) < 0;
}

static int loads_a_module(void)
{
    return syscall(SYS_init_module, NULL, 0, "") < 0;
}

static void *in_thread(void *arg)
{
    (void)arg;
    (void)executes();
    return NULL;
}

/* The filter holds for threads that start after it, and all of the process dies. */
static int executes_in_a_thread(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, in_thread, NULL) == 0)
        pthread_join(t, NULL);
    return 0;
}

static void what_only_an_intruder_tries_kills(void **state)
{
    (void)state;
    CONFINED();
    kills(executes);
    kills(executes_in_a_thread);
    kills(traces);
    kills(mounts);
    kills(loads_bpf);
    kills(loads_a_module);
}

/* ---- work that is done apart ------------------------------------------------------------------------------------ */

static int says(void *arg)
{
    return status_says("CapEff:", "\t0000000000000000") ? *(int *)arg : 77;
}

static int dies(void *arg)
{
    (void)arg;
    return raise(SIGKILL);
}

static void work_apart_holds_nothing_and_says_how_it_ended(void **state)
{
    int five = 5, failure = -1, zero = 0;

    (void)state;
    assert_int_equal(pp_apart(0, says, &zero), 0);
    assert_int_equal(pp_apart(0, says, &five), 5);
    assert_int_equal(pp_apart(0, says, &failure), -1);
    assert_int_equal(pp_apart(0, dies, NULL), -1);
    signal(SIGCHLD, SIG_IGN); /* as some callers leave it */
    assert_int_equal(pp_apart(0, says, &five), 5);
}

/* ---- the environment -------------------------------------------------------------------------------------------- */

static void no_path_stays_in_the_environment(void **state)
{
    extern char **environ;
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        setenv("TMPDIR", "/elsewhere", 1);
        setenv("SSLKEYLOGFILE", "/elsewhere", 1);
        setenv("PATHPROBE_ALLOW", "10.0.0.0/8", 1);
        pp_environment_clean();
        for (char **e = environ; *e; e++)
            if (strchr(*e, '/') && strncmp(*e, "PATHPROBE_ALLOW=", 16) != 0)
                _exit(1);
        _exit(getenv("TMPDIR") || !getenv("PATHPROBE_ALLOW") ? 2 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_thread_holds_a_capability),
        cmocka_unit_test(root_becomes_a_user),
        cmocka_unit_test(an_unknown_user_is_an_error),
        cmocka_unit_test(what_is_needed_works_and_the_rest_is_refused),
        cmocka_unit_test(what_only_an_intruder_tries_kills),
        cmocka_unit_test(work_apart_holds_nothing_and_says_how_it_ended),
        cmocka_unit_test(no_path_stays_in_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
