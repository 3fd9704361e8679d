/* SPDX-License-Identifier: BSD-2-Clause */
/* namespace.c: clone(2) into new namespaces, the identity maps of a user namespace, private mounts and sysctls. */
#include "namespace.h"

#include "../../core/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * True if the process has the capabilities needed without a user namespace: for namespaces and mounts, links and
 * addresses, and the emulator's packet socket.
 */
static bool privileged(void)
{
    static const int needed[] = {CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW};
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (syscall(SYS_capget, &header, data) < 0)
        return false;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!(data[CAP_TO_INDEX(needed[i])].effective & CAP_TO_MASK(needed[i])))
            return false;
    }
    return true;
}

/* Writes VALUE to the file PATH; silently does nothing if the file is missing or read-only. */
static void put(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, value, strlen(value)) < 0)
        pp_verbose("cannot write '%s' to '%s'", value, path);
    close(fd);
}

/* Prints why a user namespace was refused, by the sysctls of distributions and the values that forbid it. */
static void explain(void)
{
    static const struct {
        const char *path;
        char forbids;
        const char *hint;
    } rows[] = {
        {"/proc/sys/kernel/unprivileged_userns_clone", '0',
         "user namespaces are off: run as root, or 'sysctl kernel.unprivileged_userns_clone=1'"},
        {"/proc/sys/user/max_user_namespaces", '0',
         "user namespaces are off: run as root, or 'sysctl user.max_user_namespaces=10000'"},
        {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1',
         "AppArmor restricts user namespaces: run as root, or 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char c = 0;
        int fd = open(rows[i].path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            continue;
        if (read(fd, &c, 1) == 1 && c == rows[i].forbids) {
            pp_hint("%s", rows[i].hint);
            close(fd);
            return;
        }
        close(fd);
    }
    pp_hint("run as root; in a container, allow it new namespaces (--privileged)");
}

static int map_to_root(uid_t uid, gid_t gid)
{
    static const char *const files[] = {"/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/gid_map"};
    char text[3][32] = {"deny"}; /* user_namespaces(7): no gid_map before setgroups is denied */

    snprintf(text[1], sizeof text[1], "0 %u 1", (unsigned)uid);
    snprintf(text[2], sizeof text[2], "0 %u 1", (unsigned)gid);
    for (int i = 0; i < 3; i++) {
        int fd = open(files[i], O_WRONLY | O_CLOEXEC);
        bool bad = fd < 0 || write(fd, text[i], strlen(text[i])) < 0;

        if (bad) {
            pp_error_errno("cannot write '%s'", files[i]);
            explain();
        }
        if (fd >= 0)
            close(fd);
        if (bad)
            return -1;
    }
    return 0;
}

/* Mounts /proc and /sys. The first step makes mounts private; else they would appear on the whole machine. */
static void mount_own(void)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        pp_verbose("the lab keeps the machine's /proc and /sys");
        return;
    }
    if (mount("proc", "/proc", "proc", flags, NULL) < 0)
        pp_verbose("the lab keeps the machine's /proc");
    /* /sys/class/net is that of the namespace in which it was mounted. */
    if (mount("sysfs", "/sys", "sysfs", flags, NULL) < 0)
        pp_verbose("the lab keeps the machine's /sys");
}

/* /proc/sys/net belongs to the network namespace of the process that opens it. */
static void quiet_client(void)
{
    put("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
    put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
    put("/proc/sys/net/ipv6/conf/default/accept_ra", "0");
    put("/proc/sys/net/ipv6/conf/default/router_solicitations", "0");
    put("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
    put("/proc/sys/net/ipv4/conf/default/rp_filter", "0");
}

/* The child's first steps. UID and GID are the caller's, which the child cannot read any more after clone(2). */
static int settle(bool new_user, uid_t uid, gid_t gid)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return pp_error_errno("cannot tie the lab to its parent");
    /* A binary with file capabilities runs undumpable, and the files of such a process in /proc belong to root. */
    if (new_user && prctl(PR_SET_DUMPABLE, 1) < 0)
        return pp_error_errno("cannot make the lab's /proc files its own");
    if (new_user && map_to_root(uid, gid) < 0)
        return -1;
    mount_own();
    quiet_client();
    return 0;
}

pid_t pp_ns_fork(void)
{
    unsigned long flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | SIGCHLD;
    bool new_user = !privileged();
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t pid;

    if (new_user)
        flags |= CLONE_NEWUSER;
    fflush(NULL); /* else the child would write the buffers, too */
    /* One call for all namespaces, so that a failure does not leave this process in some of them. */
#if defined(__s390__) || defined(__CRIS__)
    pid = (pid_t)syscall(SYS_clone, NULL, flags, NULL, NULL, NULL);
#else
    pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
#endif
    if (pid == 0 && settle(new_user, uid, gid) < 0)
        _exit(1);
    if (pid >= 0)
        return pid;
    pp_error_errno("cannot make the lab's namespaces");
    if (errno == EINVAL || errno == ENOSYS)
        return pp_hint("this kernel lacks them (CONFIG_NET_NS, CONFIG_PID_NS, CONFIG_USER_NS)");
    explain();
    return -1;
}

int pp_ns_emulator(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        return pp_error_errno("cannot make the emulator's network namespace");
    /* The emulator answers, not this namespace's kernel: it needs no addresses and no neighbours. */
    put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    put("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    return 0;
}
