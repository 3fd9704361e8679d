/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.c: filters system calls by libseccomp: a table of permitted calls, one of calls that kill the process, and
 * EPERM for all others. Calls that are dangerous with some arguments only have a row for each harmless case.
 */
#include "confine.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __has_feature
#define HAS(feature) __has_feature(feature)
#else
#define HAS(feature) 0
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || HAS(address_sanitizer) || HAS(thread_sanitizer) || \
    HAS(memory_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#ifdef __s390__
#define CLONE_FLAGS 1 /* index of clone's argument with the flags */
#else
#define CLONE_FLAGS 0
#endif

/* Bits that make open write. */
#define WRITES (O_ACCMODE | O_CREAT | O_TRUNC)
#define ANY 0

static const int allowed[] = {
    /* open files; and opening for reading, subject to file permissions */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64),
    SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
    SCMP_SYS(ftruncate64), SCMP_SYS(fallocate), SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(dup), SCMP_SYS(fadvise64),
    SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getdents64),
    /* waiting */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(restart_syscall),
    /* memory and threads */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(membarrier),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(getrandom),
    /* signals; sending only to our own process: below */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    /* identity of the process and host */
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage),
    /* reads the clock's error; setting needs CAP_SYS_TIME */
    SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime),
    /* open sockets */
    SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(accept4), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(shutdown),
    /*
     * variants of the above: send() and recv() of the C library on ppc64, stat() on sparc64, and the pipe by which some
     * releases of libcurl wake a transfer that waits for a name
     */
    SCMP_SYS(send), SCMP_SYS(recv), SCMP_SYS(accept), SCMP_SYS(stat64), SCMP_SYS(fstat64), SCMP_SYS(lstat64),
    SCMP_SYS(pipe),
};

static const int killing[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(bpf), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(move_mount), SCMP_SYS(open_tree),
    SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
};

/*
 * Not permitted, as libraries work without them: sockets of AF_NETLINK (getaddrinfo, for deprecated addresses: it then
 * orders by reachability alone), of AF_UNIX where only names are resolved (nscd), and executable mappings for modules
 * of /etc/nsswitch.conf that are loaded at a look-up (the next service in the line is used). Modules of OpenSSL are
 * loaded before.
 */

/* A call permitted if argument ARG, masked by MASK (0: any argument), equals VALUE; NEEDS: only with this flag. */
struct rule {
    int call;
    unsigned arg;
    scmp_datum_t mask, value;
    unsigned needs; /* ANY, or a flag of enum pp_confine */
};

#define WHOLE (~(scmp_datum_t)0)
#define INT UINT32_MAX /* an int: the upper half of the register is undefined */

static const struct rule rules[] = {
    {SCMP_SYS(open), 1, WRITES, O_RDONLY, ANY},
    {SCMP_SYS(openat), 2, WRITES, O_RDONLY, ANY},
    {SCMP_SYS(openat), 2, O_CREAT | O_EXCL, O_CREAT | O_EXCL, PP_CONFINE_SCRATCH},
    {SCMP_SYS(openat), 2, O_TMPFILE | O_CREAT, O_TMPFILE, PP_CONFINE_SCRATCH},
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0, ANY},
    {SCMP_SYS(mmap2), 2, PROT_EXEC, 0, ANY},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0, ANY},
    {SCMP_SYS(clone), CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD, ANY},
    {SCMP_SYS(prlimit64), 2, WHOLE, 0, ANY}, /* reads the limits only */
    {SCMP_SYS(prctl), 0, INT, PR_SET_TIMERSLACK, ANY},
    {SCMP_SYS(prctl), 0, INT, PR_SET_NAME, ANY},
    /* for the C library on terminals, curl and c-ares; not TIOCSTI */
    {SCMP_SYS(ioctl), 1, INT, TCGETS, ANY},
    {SCMP_SYS(ioctl), 1, INT, TIOCGWINSZ, ANY},
    {SCMP_SYS(ioctl), 1, INT, FIONBIO, ANY},
    {SCMP_SYS(ioctl), 1, INT, FIONREAD, ANY},
    /* for libpcap, which checks whether an interface that went down still exists */
    {SCMP_SYS(ioctl), 1, INT, SIOCGIFFLAGS, ANY},
    /* for the C library, c-ares and libcurl: zones of link-local addresses: a resolver fe80::1%eth0, a URL's host */
    {SCMP_SYS(ioctl), 1, INT, SIOCGIFINDEX, ANY},
    {SCMP_SYS(ioctl), 1, INT, SIOCGIFNAME, ANY},
    {SCMP_SYS(socket), 0, INT, AF_UNIX, PP_CONFINE_MEASURE},
    {SCMP_SYS(socketpair), 0, INT, AF_UNIX, PP_CONFINE_MEASURE},
    {SCMP_SYS(socket), 0, INT, AF_INET, PP_CONFINE_NAMES},
    {SCMP_SYS(socket), 0, INT, AF_INET6, PP_CONFINE_NAMES},
    {SCMP_SYS(unlink), 0, 0, 0, PP_CONFINE_SCRATCH}, /* removes a temporary file's name */
    {SCMP_SYS(unlinkat), 0, 0, 0, PP_CONFINE_SCRATCH},
};

/* Adds a rule for CALL. A call that this architecture does not have is skipped. */
static int add(scmp_filter_ctx filter, uint32_t action, int call)
{
    int rc = seccomp_rule_add(filter, action, call, 0);

    return rc == -EDOM ? 0 : rc;
}

static int add_rule(scmp_filter_ctx filter, const struct rule *r)
{
    const struct scmp_arg_cmp cmp = {.arg = r->arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = r->mask, .datum_b = r->value};
    int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, r->call, r->mask ? 1 : 0, &cmp);

    return rc == -EDOM ? 0 : rc;
}

static int fill(scmp_filter_ctx filter, unsigned needs)
{
    const struct rule own = {SCMP_SYS(tgkill), 0, INT, (scmp_datum_t)getpid(), ANY};
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* 2: a binary tree */

    for (size_t i = 0; rc == 0 && i < sizeof allowed / sizeof *allowed; i++)
        rc = add(filter, SCMP_ACT_ALLOW, allowed[i]);
    for (size_t i = 0; rc == 0 && i < sizeof killing / sizeof *killing; i++)
        rc = add(filter, SCMP_ACT_KILL_PROCESS, killing[i]);
    for (size_t i = 0; rc == 0 && i < sizeof rules / sizeof *rules; i++)
        if (!rules[i].needs || rules[i].needs & needs)
            rc = add_rule(filter, &rules[i]);
    if (rc == 0)
        rc = add_rule(filter, &own);
    /* clone3's flags are behind a pointer, which a filter cannot read; ENOSYS makes the C library use clone. */
    if (rc == 0)
        rc = add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
    return rc;
}

const char *pp_confine_hindrance(void)
{
    if (SANITIZED)
        return "this is a sanitizer build";
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &(uint32_t){SECCOMP_RET_KILL_PROCESS}) < 0)
        return "this kernel has no seccomp filters";
    return NULL;
}

int pp_confine(const char *user, unsigned needs)
{
    const char *why = pp_confine_hindrance();
    scmp_filter_ctx filter;
    int rc;

    if (pp_privilege_drop(user) < 0)
        return -1;
    if (SANITIZED)
        (void)prctl(PR_SET_DUMPABLE, 1); /* the leak checker attaches to the process at its end */
    if (why) {
        pp_verbose("system calls are not confined: %s", why);
        return 0;
    }
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    rc = filter ? fill(filter, needs) : -ENOMEM;
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc < 0) {
        errno = -rc;
        return pp_error_errno("cannot confine system calls");
    }
    return 0;
}
