/* SPDX-License-Identifier: BSD-2-Clause */
/* privilege.c: drops capabilities by libcap-ng, and changes root to an unprivileged user. */
#include "privilege.h"

#include "error.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

bool pp_privilege_has(unsigned capability)
{
    return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, capability);
}

#define NAMED_MAX 4 /* capabilities named; more are only counted */

void pp_privilege_held(struct pp_buf *out)
{
    unsigned n = 0;

    if (capng_get_caps_process() < 0) {
        pp_buf_addf(out, "unknown");
        return;
    }
    for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
        n += capng_have_capability(CAPNG_EFFECTIVE, cap) != 0;
    if (n > NAMED_MAX)
        pp_buf_addf(out, "%u capabilities", n);
    for (unsigned cap = 0, k = 0; n <= NAMED_MAX && cap <= CAP_LAST_CAP; cap++) {
        if (!capng_have_capability(CAPNG_EFFECTIVE, cap))
            continue;
        pp_buf_addf(out, "%sCAP_", k++ ? ", " : "");
        for (const char *p = capng_capability_to_name(cap); p && *p; p++)
            pp_buf_addc(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
    }
    if (n == 0)
        pp_buf_addf(out, "none");
}

bool pp_privilege_foreign_network(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
    bool foreign = fd >= 0 && owner < 0 && errno == EPERM;

    if (owner >= 0)
        close(owner);
    if (fd >= 0)
        close(fd);
    return foreign;
}

int pp_privilege_raw_hint(const char *way)
{
    if (!pp_privilege_foreign_network())
        return pp_hint("CAP_NET_RAW is needed: %s", way);
    return pp_hint("CAP_NET_RAW of a user namespace, as rootless container engines grant it, does not hold on the "
                   "host's network: start the container as root (--network host --cap-drop all --cap-add net_raw)");
}

/* ---- the user ------------------------------------------------------------------------------------------------ */

/* True if this user namespace maps ID, or MAP cannot be read. */
static bool mapped(const char *map, unsigned id)
{
    FILE *f = fopen(map, "re");
    uintmax_t from, outside, count;
    bool found = f == NULL;

    while (!found && fscanf(f, "%" SCNuMAX " %" SCNuMAX " %" SCNuMAX, &from, &outside, &count) == 3)
        found = id >= from && id - from < count;
    if (f)
        fclose(f);
    return found;
}

/* Returns NULL if root can become P here, else why not. */
static const char *hindrance(const struct passwd *p)
{
    if (!mapped("/proc/self/uid_map", p->pw_uid) || !mapped("/proc/self/gid_map", p->pw_gid))
        return "this user namespace does not have it";
    if (!pp_privilege_has(CAP_SETUID) || !pp_privilege_has(CAP_SETGID))
        return "CAP_SETUID and CAP_SETGID are missing";
    return NULL;
}

bool pp_privilege_user(const char *user, char *why, size_t size)
{
    const struct passwd *p = getpwnam(user ? user : PP_UNPRIVILEGED);
    const char *text = p ? hindrance(p) : "there is no such user";

    snprintf(why, size, "%s", text ? text : "");
    return text != NULL;
}

static int become(const char *user)
{
    const struct passwd *p = getpwnam(user ? user : PP_UNPRIVILEGED);
    const char *why;

    if (!p && user) {
        pp_error("--user: unknown user '%s'", user);
        return pp_hint("`getent passwd` lists the users");
    }
    if (geteuid() != 0) {
        if (user && p->pw_uid != geteuid())
            return pp_error("--user: only root can become '%s'", user);
        return 0;
    }
    why = p ? hindrance(p) : "there is no such user";
    if (why) {
        if (user)
            pp_warn("cannot run as '%s': %s", user, why);
        else
            pp_verbose("cannot run as '%s': %s", PP_UNPRIVILEGED, why);
        return 0;
    }
    if (setgroups(0, NULL) < 0 || setresgid(p->pw_gid, p->pw_gid, p->pw_gid) < 0 ||
        setresuid(p->pw_uid, p->pw_uid, p->pw_uid) < 0)
        return pp_error_errno("cannot become user '%s'", p->pw_name);
    return 0;
}

int pp_privilege_drop(const char *user)
{
    /* First, as changing the bounding set needs CAP_SETPCAP, which become() loses. */
    if (pp_privilege_has(CAP_SETPCAP)) {
        capng_clear(CAPNG_SELECT_BOUNDS);
        if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
            return pp_error("cannot empty the capability bounding set");
    }
    if (become(user) < 0)
        return -1;
    capng_clear(CAPNG_SELECT_ALL);
    if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0) /* bounding set: emptied above */
        return pp_error("cannot drop capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return pp_error_errno("cannot set no_new_privs");
    if (capng_get_caps_process() < 0 || capng_have_permitted_capabilities() != CAPNG_NONE)
        return pp_error("capabilities are still held after they were dropped");
    return 0;
}

/* ---- the environment ----------------------------------------------------------------------------------------- */

void pp_environment_clean(void)
{
    static const char *const kept[] = {
        "PATHPROBE_ALLOW", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR",
        /* credentials and endpoints of `upload` */
        "PATHPROBE_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL",
        "AWS_REGION", "AWS_DEFAULT_REGION", "PATHPROBE_NATS_AUTH",
    };
    char *value[sizeof kept / sizeof *kept];
    size_t n = sizeof kept / sizeof *kept;

    for (size_t i = 0; i < n; i++) {
        const char *v = getenv(kept[i]);
        value[i] = v ? strdup(v) : NULL;
    }
    clearenv();
    for (size_t i = 0; i < n; i++) {
        if (value[i])
            (void)setenv(kept[i], value[i], 1);
        free(value[i]);
    }
}
