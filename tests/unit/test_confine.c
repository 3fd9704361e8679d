/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_confine.c: the descriptors of a confined process, the calls that it may make, those that fail, and those that
 * kill it. Each case is a child, as confinement cannot be undone.
 */
#include "../../core/base/confine.h"

#include "../../core/base/error.h"
#include "../../core/base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <net/if.h>
#include <netdb.h>
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
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
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

/* Whether the line NAME in this thread's /proc status contains WANTED. */
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

/* Creates a new file; existing files cannot be opened for writing. */
static int may_make_scratch(void)
{
    char path[] = "/tmp/pathprobe-test-XXXXXX";
    int fd = mkstemp(path);

    return fd >= 0 && unlink(path) == 0 && refused(open("/dev/null", O_WRONLY | O_CLOEXEC)) ? 0 : 1;
}

static void needed_calls_work_and_others_are_refused(void **state)
{
    (void)state;
    CONFINED();
    works(PP_CONFINE_MEASURE, may_do_its_work);
    works(0, is_refused);
    works(PP_CONFINE_NAMES, may_ask_resolvers);
    works(PP_CONFINE_SCRATCH, may_make_scratch);
}

/* ---- system calls of libraries on rare paths -------------------------------------------------------------------- */

#define EACH(table, row) for (size_t row = 0; row < sizeof(table) / sizeof *(table); row++)

/* A call with ARGUMENTS that the kernel turns down itself, though never with EPERM, or that do nothing. */
struct call {
    const char *what; /* who makes it, and when */
    long number;
    long args[4];
};

static int try(const struct call *c)
{
    errno = 0;
    return refused(syscall(c->number, c->args[0], c->args[1], c->args[2], c->args[3]));
}

static const struct call rare[] = {
#ifdef SYS_pipe
    {"libcurl without an eventfd: its threads that look up names wake a transfer", SYS_pipe, {0}},
#endif
#ifdef SYS_send /* ppc64 */
    {"the C library: send()", SYS_send, {-1}},
    {"the C library: recv()", SYS_recv, {-1}},
#endif
#ifdef SYS_accept
    {"the C library: accept()", SYS_accept, {-1}},
#endif
    {"libcurl 8.14 and libpcap: eventfd()", SYS_eventfd2, {0, -1}},
    {"libcurl: pipe2()", SYS_pipe2, {0, 0}},
    {"libpcap: what is wrong with a socket", SYS_getsockopt, {-1}},
    {"libpcap: is an interface that went down still there?", SYS_ioctl, {-1, SIOCGIFFLAGS}},
    {"the C library: the index of a resolver's zone", SYS_ioctl, {-1, SIOCGIFINDEX}},
    {"the C library: the name of an address's zone", SYS_ioctl, {-1, SIOCGIFNAME}},
    {"the resolver of the C library: how much is there?", SYS_ioctl, {-1, FIONREAD}},
    {"the resolver of the C library: questions for both families", SYS_sendmmsg, {-1}},
    {"malloc: how many arenas?", SYS_sched_getaffinity, {0}},
    {"malloc: a large block grows", SYS_mremap, {0}},
    {"malloc: a heap shrinks", SYS_madvise, {1}},
    {"qsort: how much memory is there?", SYS_sysinfo, {0}},
    {"sysconf: how many files may be open?", SYS_prlimit64, {0, -1}},
    {"a thread that ends: its robust mutexes", SYS_set_robust_list, {0}},
    {"OpenSSL: random bytes, under a new seed", SYS_getrandom, {0, 0, -1}},
    {"a clock whose error is unknown", SYS_clock_adjtime, {-1}},
    {"a sleep that a stopped process goes on with", SYS_restart_syscall, {0}},
    {"a file's time: does resolv.conf differ?", SYS_statx, {-1}},
    {"a directory: processors, time zones, certificates", SYS_getdents64, {-1}},
};

static int rare_calls(void)
{
    EACH(rare, i)
        if (try(&rare[i])) {
            fprintf(stderr, "refused: %s\n", rare[i].what);
            return 1;
        }
    return 0;
}

static const struct call intruder[] = {
    {"another network", SYS_setns, {-1}},
    {"a namespace", SYS_unshare, {-1}},
    {"a packet socket", SYS_socket, {AF_PACKET, 15}},
    {"a netlink socket", SYS_socket, {AF_NETLINK, 15}},
    {"a listener", SYS_listen, {-1}},
    {"a new file", SYS_openat, {-1, (long)"pathprobe-confined", O_CREAT | O_WRONLY, 0600}},
    {"another name", SYS_renameat2, {-1, (long)"a", -1, (long)"b"}},
    {"other permissions", SYS_fchmod, {-1}},
    {"an interface's flags", SYS_ioctl, {-1, SIOCSIFFLAGS}},
    {"an interface's name", SYS_ioctl, {-1, SIOCSIFNAME}},
    {"keys of the terminal", SYS_ioctl, {-1, TIOCSTI}},
    {"io_uring, which no filter sees", SYS_io_uring_setup, {0, 0}},
    {"another process's files", SYS_pidfd_getfd, {-1}},
    {"counters", SYS_perf_event_open, {0, -1, -1, -1}},
    {"a limit", SYS_prlimit64, {0, -1, 1}},
    {"watches of files, which c-ares sets in a thread of its own only", SYS_inotify_init1, {-1}},
};

static int rest_is_refused(void)
{
    EACH(intruder, i)
        if (!try(&intruder[i])) {
            fprintf(stderr, "not refused: %s\n", intruder[i].what);
            return 1;
        }
    return 0;
}

/* fe80::1%lo: as resolv.conf, a URL and a reverse lookup have it. */
static int zones_are_known(void)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM, .ai_family = AF_INET6};
    struct addrinfo *found;
    char name[IF_NAMESIZE], host[64];
    unsigned index = if_nametoindex("lo");

    if (index == 0 || !if_indextoname(index, name) || strcmp(name, "lo") != 0)
        return 1;
    if (getaddrinfo("fe80::1%lo", NULL, &hints, &found) != 0)
        return 2;
    if (((struct sockaddr_in6 *)(void *)found->ai_addr)->sin6_scope_id != index)
        return 3;
    if (getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
        return 4;
    freeaddrinfo(found);
    return strcmp(host, "fe80::1%lo") == 0 ? 0 : 5;
}

static void *takes_memory(void *failed)
{
    for (size_t n = 1; n <= 64u << 20; n *= 4) {
        char *small = malloc(n), *large = small ? realloc(small, n + (8u << 20)) : NULL;
        if (!large)
            *(bool *)failed = true;
        free(large ? large : small);
    }
    return NULL;
}

/* malloc: arenas of threads, blocks grown by mremap, heaps given back, and a request beyond the address space. */
static int memory_comes_and_goes(void)
{
    pthread_t t[16];
    bool failed[16] = {false};
    struct rlimit limit;
    void *all;

    EACH(t, i)
        if (pthread_create(&t[i], NULL, takes_memory, &failed[i]) != 0)
            return 1;
    EACH(t, i)
        if (pthread_join(t[i], NULL) != 0 || failed[i])
            return 2;
    (void)malloc_trim(0);
    errno = 0;
    all = malloc(PTRDIFF_MAX / 2);
    free(all);
    if (all || errno != ENOMEM)
        return 3;
    return sysconf(_SC_PHYS_PAGES) > 0 && sysconf(_SC_NPROCESSORS_ONLN) > 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0
               ? 0
               : 4;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(int));
}

static int the_rest_of_the_c_library_works(void)
{
    static const char *const zones[] = {":/etc/localtime", "America/Argentina/ComodRivadavia", ":/nowhere", ""};
    static int many[1u << 18];
    struct timespec nap = {0, 1};
    time_t now = time(NULL);
    struct timex clock = {0};
    struct tm tm;

    EACH(zones, i) {
        setenv("TZ", zones[i], 1);
        tzset();
        if (!localtime_r(&now, &tm))
            return 1;
    }
    qsort(many, sizeof many / sizeof *many, sizeof *many, compare);
    if (clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL) != 0 || adjtimex(&clock) < 0)
        return 2;
    abort();
}

static void rare_calls_of_libraries_are_allowed(void **state)
{
    int status;

    (void)state;
    CONFINED();
    works(0, rare_calls);
    works(PP_CONFINE_NAMES, zones_are_known);
    works(PP_CONFINE_NAMES | PP_CONFINE_MEASURE, zones_are_known);
    works(0, memory_comes_and_goes);
    works(0, rest_is_refused);
    works(~0u, rest_is_refused);
    status = child(0, the_rest_of_the_c_library_works);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
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

static void calls_of_an_intruder_kill_the_process(void **state)
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

/* ---- work in a child --------------------------------------------------------------------------------------------- */

static int says(void *arg)
{
    return status_says("CapEff:", "\t0000000000000000") ? *(int *)arg : 77;
}

static int dies(void *arg)
{
    (void)arg;
    return raise(SIGKILL);
}

static void a_subprocess_reports_its_exit_status(void **state)
{
    int five = 5, failure = -1, zero = 0;

    (void)state;
    assert_int_equal(pp_subprocess(0, says, &zero), 0);
    assert_int_equal(pp_subprocess(0, says, &five), 5);
    assert_int_equal(pp_subprocess(0, says, &failure), -1);
    assert_int_equal(pp_subprocess(0, dies, NULL), -1);
    signal(SIGCHLD, SIG_IGN); /* as some callers leave it */
    assert_int_equal(pp_subprocess(0, says, &five), 5);
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
        cmocka_unit_test(needed_calls_work_and_others_are_refused),
        cmocka_unit_test(rare_calls_of_libraries_are_allowed),
        cmocka_unit_test(calls_of_an_intruder_kill_the_process),
        cmocka_unit_test(a_subprocess_reports_its_exit_status),
        cmocka_unit_test(no_path_stays_in_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
