/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor.c: `pathprobe doctor`: prints what works on this host, what does not, and what to do about it. It changes
 * nothing, and sends one DNS query, for the name of a public source address. To show what a run would meet, it opens
 * the same ports, sockets and capture as a run.
 */
#include "commands.h"

#include "../core/base/confine.h"
#include "../core/base/io.h"
#include "../core/wire/live.h"
#include "../core/wire/ports.h"
#include "doctor_host.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#define SNAPLEN 256
#define RING (32u << 20)

static void check_capabilities(struct pp_doctor *d)
{
    struct pp_buf held;

    pp_buf_init(&held, 4096);
    pp_privilege_held(&held);
    pp_buf_addc(&held, 0);
    if (pp_privilege_has(CAP_NET_RAW) && pp_privilege_foreign_network()) {
        pp_doctor_say(d, PP_FAIL, "capabilities", "%s, but in a user namespace that does not own this network",
                      held.data);
        pp_doctor_advise(d, "a rootless container engine cannot grant more: start the container as root");
    } else if (pp_privilege_has(CAP_NET_RAW)) {
        pp_doctor_say(d, PP_OK, "capabilities", "%s; CAP_NET_RAW is needed during start", held.data);
    } else {
        pp_doctor_say(d, PP_FAIL, "capabilities", "%s; without CAP_NET_RAW nothing can be sent or captured", held.data);
        pp_doctor_advise(d, "%s", PP_LIVE_PRIVILEGE);
    }
    pp_buf_release(&held);
}

/* Checks the confinement of a run, which applies once everything is open. */
static void check_confinement(struct pp_doctor *d)
{
    const char *why = pp_confine_hindrance();
    char user[256];
    bool stays = geteuid() == 0 && pp_privilege_user(NULL, user, sizeof user);

    if (geteuid() != 0)
        snprintf(user, sizeof user, "user %u", (unsigned)geteuid());
    else if (!stays)
        snprintf(user, sizeof user, "user '%s'", PP_UNPRIVILEGED);
    pp_doctor_say(d, why || stays ? PP_WARN : PP_OK, "confinement",
                  "after start: %s%s, no capabilities, %s%s",
                  stays ? "root: " : "", user, why ? "any system call allowed: " : "system calls filtered",
                  why ? why : "");
    if (stays)
        pp_doctor_advise(d, "start it as an ordinary user with CAP_NET_RAW, so that it has no rights on root's files");
}

static void say_family(struct pp_doctor *d, int family, const struct pp_source *s)
{
    static const struct pp_addr none;
    char addr[PP_ADDR_STRLEN], gateway[PP_ADDR_STRLEN];
    char what[8];

    snprintf(what, sizeof what, "IPv%d", family);
    if (!s->usable && d->only && d->only != family)
        return;
    if (!s->usable) {
        pp_doctor_say(d, PP_WARN, what, "%s: targets of this family are counted as no_route", s->why);
        pp_doctor_advise(d, "`ip -%d route` and `ip -%d address` show the routes and addresses; -%d leaves such "
                            "targets out",
                         family, family, family == 4 ? 6 : 4);
        return;
    }
    pp_doctor_say(d, PP_OK, what, "from %s, %s%s, MTU %u, hop limit %u", pp_addr_str(&s->addr, addr),
                  pp_addr_eq(&s->gateway, &none) ? "on-link" : "through ",
                  pp_addr_eq(&s->gateway, &none) ? "" : pp_addr_str(&s->gateway, gateway), s->mtu, s->ttl);
}

static void check_interface(struct pp_doctor *d)
{
    d->found = pp_vantage_find(&d->vantage, d->ifname, NULL, NULL, d->only) == 0;
    if (!d->found) {
        pp_doctor_say(d, PP_FAIL, "interface", "none is usable (see the message)");
        return;
    }
    pp_doctor_say(d, PP_OK, "interface", "%s%s", d->vantage.ifname, d->ifname == NULL ? " (of the default route)" : "");
    say_family(d, 4, &d->vantage.v4);
    say_family(d, 6, &d->vantage.v6);
}

static void check_ports(struct pp_doctor *d)
{
    struct pp_ports *p = pp_ports_open(d->lo, d->hi, PP_PORTS_DEFAULT, true);
    struct pp_ports_info info;
    const uint16_t *list;
    unsigned lo, hi, n;

    if (p == NULL) {
        pp_doctor_say(d, PP_FAIL, "ports", "none could be muted (see the message)");
        return;
    }
    pp_ports_info(p, &info);
    n = pp_ports_slice(p, 0, 1, &list);
    pp_doctor_say(d, info.muted < info.wanted ? PP_WARN : PP_OK, "ports", "%u of %u muted (%u-%u, %u busy), by %s",
                  info.muted, info.wanted, list[0], list[n - 1], info.busy,
                  info.filtered ? "filter and hop limit" : "hop limit only");
    if (!info.filtered)
        pp_doctor_advise(d, "this host's kernel resets flows to targets on the same link that answer with hop limit "
                            "255; with CAP_NET_ADMIN it does not");
    if (info.muted < info.wanted)
        pp_doctor_advise(d, "`ss -tulna` lists the ports in use; --ports LO-HI selects others");
    if (pp_doctor_local_ports(&lo, &hi) && list[0] <= hi && list[n - 1] >= lo) {
        pp_doctor_say(d, PP_WARN, "ports", "this host's own connections use %u-%u, too", lo, hi);
        pp_doctor_advise(d, "--ports LO-HI outside of /proc/sys/net/ipv4/ip_local_port_range");
    }
    pp_ports_free(p);
}

static void check_files(struct pp_doctor *d)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) < 0) {
        pp_doctor_say(d, PP_WARN, "files", "limit cannot be read");
        return;
    }
    /* A run needs two sockets per port, and those of conversations through libcurl. */
    if (l.rlim_max >= 4096) {
        pp_doctor_say(d, PP_OK, "files", "%llu may be open", (unsigned long long)l.rlim_max);
        return;
    }
    pp_doctor_say(d, PP_WARN, "files", "only %llu may be open", (unsigned long long)l.rlim_max);
    pp_doctor_advise(d, "`ulimit -Hn 16384` as root before, or LimitNOFILE= of a service; or fewer ports");
}

static void check_capture(struct pp_doctor *d)
{
    const struct pp_live_config c = {
        .vantage = &d->vantage, .ports = &d->lo, .nports = 1, .snaplen = SNAPLEN, .ring_bytes = RING};
    struct pp_wire *w = d->found ? pp_live_open(&c) : NULL;
    unsigned slots, bytes;

    if (w == NULL) {
        pp_doctor_say(d, PP_FAIL, "capture", d->found ? "cannot send and capture (see the message)" : "not tried");
        return;
    }
    pp_live_ring(w, &slots, &bytes);
    pp_doctor_say(d, slots != 0 && (uint64_t)slots * bytes < RING / 2 ? PP_WARN : PP_OK, "capture",
                  "link type %d, ring of %u packets, %u bytes each", pp_live_linktype(w), slots, bytes);
    if (slots != 0 && (uint64_t)slots * bytes < RING / 2)
        pp_doctor_advise(d, "the kernel gave less than the %u MiB asked for: memory is short", RING >> 20);
    w->ops->free(w);
}

/* ---- the command -------------------------------------------------------------------------------------- */

struct settings {
    const char *interface;
    struct pp_range ports;
    bool only4, only6, json;
    struct pp_probing probing;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"interface", 'i', PP_OPTION_STRING, AT(interface), "IF", NULL, 0, 0, "Where",
     "check this interface (default: the interface of the default route)"},
    {"ipv4", '4', PP_OPTION_FLAG, AT(only4), NULL, NULL, 0, 0, NULL, "check IPv4 only"},
    {"ipv6", '6', PP_OPTION_FLAG, AT(only6), NULL, NULL, 0, 0, NULL, "check IPv6 only"},
    {"ports", 0, PP_OPTION_RANGE, AT(ports), "LO-HI", "61000-65535", 1024, 65535, NULL,
     "source ports to check: up to 1,024 of these"},
    {"probing-txt", 0, PP_OPTION_STRING, AT(probing.path), "FILE", NULL, 0, 0, "Manners",
     "write a probing.txt (RFC 9511) for the operators of probed hosts"},
    {"contact", 0, PP_OPTION_STRING, AT(probing.contact), "TEXT", NULL, 0, 0, NULL,
     "its Contact: a mail address or a URI"},
    {"description", 0, PP_OPTION_STRING, AT(probing.description), "TEXT",
     "Measurements of whether Internet paths let protocol features through, by pathprobe", 0, 0, NULL,
     "its Description: what is measured, and why"},
    {"canonical", 0, PP_OPTION_STRING, AT(probing.canonical), "URI", NULL, 0, 0, NULL,
     "its Canonical: the URI at which it is served"},
    {"json", 0, PP_OPTION_FLAG, AT(json), NULL, NULL, 0, 0, "Show", "one JSON object instead of lines"},
    {.name = NULL},
};

static int run(void *settings, char **operands)
{
    static void (*const checks[])(struct pp_doctor *d) = {
        pp_doctor_kernel,  check_capabilities, check_confinement, check_interface,     check_ports,
        check_files,       check_capture,      pp_doctor_offloads, pp_doctor_backlog,  pp_doctor_clock,
        pp_doctor_conntrack,
    };
    const struct settings *s = settings;
    struct pp_doctor d = {.ifname = s->interface, .lo = (uint16_t)s->ports.lo, .hi = (uint16_t)s->ports.hi};

    (void)operands;
    if (s->only4 && s->only6) {
        pp_error("-4 and -6 exclude each other");
        return 2;
    }
    if (s->probing.path && pp_probing_check(&s->probing) < 0)
        return 2;
    d.only = s->only4 ? 4 : s->only6 ? 6 : 0;
    pp_doctor_begin(&d, s->json);
    /* Flushed so that messages on stderr are between the lines that they explain. */
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        checks[i](&d);
        pp_stdout_flush();
    }
    pp_doctor_probing(&d, &s->probing);
    pp_doctor_names(&d);
    return pp_doctor_end(&d);
}

const struct pp_command pp_cmd_doctor = {
    .name = "doctor",
    .summary = "check what this host needs to measure, and say how to mend it",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
