/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_host.c: checks kernel, offloads, packet backlog, clock and conntrack of this host, which are only read; and
 * asks DNS for the name of its address.
 */
#include "doctor_host.h"

#include "../core/base/confine.h"
#include "../core/targets/special.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Reads the first line of a file, without the line end. NULL: it cannot be read. */
static const char *first_line(const char *path, char *line, size_t cap)
{
    FILE *f = fopen(path, "re");
    bool got = f != NULL && fgets(line, (int)cap, f) != NULL;

    if (f != NULL)
        fclose(f);
    if (!got)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line;
}

bool pp_doctor_local_ports(unsigned *lo, unsigned *hi)
{
    char line[64];

    return first_line("/proc/sys/net/ipv4/ip_local_port_range", line, sizeof line) != NULL &&
           sscanf(line, "%u %u", lo, hi) == 2;
}

/* All features used are in 5.x; before 4.14 seccomp could not kill a whole process. */
void pp_doctor_kernel(struct pp_doctor *d)
{
    unsigned major = 0, minor = 0;
    struct utsname u;

    if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2) {
        pp_doctor_say(d, PP_WARN, "kernel", "its version is unknown");
        return;
    }
    pp_doctor_say(d, major < 5 ? PP_WARN : PP_OK, "kernel", "%s %s, %s", u.sysname, u.release, u.machine);
    if (major < 5)
        pp_doctor_advise(d, "pathprobe is tested with kernels from 5.10 on");
}

/* An ethtool flag: 1, 0, or -1: the driver does not report it. */
static int ethtool_get(int fd, const char *ifname, uint32_t command)
{
    struct ethtool_value value = {.cmd = command};
    struct ifreq request;

    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", ifname);
    request.ifr_data = (char *)&value;
    return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -1 : value.data != 0;
}

void pp_doctor_offloads(struct pp_doctor *d)
{
    static const char *const words[] = {"unknown", "off", "on"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), gro, gso, tso;

    if (fd < 0 || !d->found) {
        pp_doctor_say(d, PP_WARN, "offloads", "not looked at");
    } else {
        gro = ethtool_get(fd, d->vantage.ifname, ETHTOOL_GGRO);
        gso = ethtool_get(fd, d->vantage.ifname, ETHTOOL_GGSO);
        tso = ethtool_get(fd, d->vantage.ifname, ETHTOOL_GTSO);
        pp_doctor_say(d, PP_OK, "offloads", "GRO %s, GSO %s, TSO %s", words[gro + 1], words[gso + 1], words[tso + 1]);
        /*
         * Probes are raw packets, so GRO merges received packets only; the advertised window keeps them below the snap
         * length.
         */
        if (gro == 1)
            pp_doctor_advise(d, "received segments may be merged before they are seen; `ethtool -K %s gro off` splits",
                             d->vantage.ifname);
    }
    if (fd >= 0)
        close(fd);
}

void pp_doctor_backlog(struct pp_doctor *d)
{
    char line[64];
    unsigned long packets;

    /* Not visible in every network namespace; drops are counted all the same. */
    if (first_line("/proc/sys/net/core/netdev_max_backlog", line, sizeof line) == NULL)
        return;
    packets = strtoul(line, NULL, 10);
    pp_doctor_say(d, packets < 1000 ? PP_WARN : PP_OK, "backlog", "%lu packets (netdev_max_backlog)", packets);
    if (packets < 1000)
        pp_doctor_advise(d, "bursts are lost before they are captured: `sysctl net.core.netdev_max_backlog=10000`, "
                         "or a lower --rate");
}

void pp_doctor_clock(struct pp_doctor *d)
{
    static const char *const slow[] = {"hpet", "acpi_pm", "pit", "jiffies", "refined-jiffies"};
    struct timex now = {.modes = 0}; /* asks */
    char line[64];
    bool bad = false, free_running;

    if (first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", line, sizeof line) == NULL)
        snprintf(line, sizeof line, "unknown");
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        bad = bad || strcmp(line, slow[i]) == 0;
    free_running = adjtimex(&now) == TIME_ERROR || (now.status & STA_UNSYNC) != 0;
    pp_doctor_say(d, bad || free_running ? PP_WARN : PP_OK, "clock", "source %s, %s", line,
                  free_running ? "not synchronized" : "synchronized");
    if (bad)
        pp_doctor_advise(d, "each reading of this clock takes a microsecond or more: rates are lower, times coarser");
    if (free_running)
        pp_doctor_advise(d, "times of observations may be wrong: run chrony, systemd-timesyncd or another NTP client");
}

void pp_doctor_conntrack(struct pp_doctor *d)
{
    char line[64], max[64];

    if (first_line("/proc/sys/net/netfilter/nf_conntrack_count", line, sizeof line) == NULL) {
        pp_doctor_say(d, PP_OK, "conntrack", "not loaded");
        return;
    }
    if (first_line("/proc/sys/net/netfilter/nf_conntrack_max", max, sizeof max) == NULL)
        snprintf(max, sizeof max, "?");
    pp_doctor_say(d, PP_WARN, "conntrack", "loaded, %s of %s entries taken", line, max);
    pp_doctor_advise(d, "if a firewall here uses it, each forged flow takes an entry, and UDP options look bad to it");
    pp_doctor_advise(d, "(checksum over the whole IP payload): exempt the ports above with a `notrack` rule");
}

/* ---- the name of the source address ------------------------------------------------------------------------------ */

static void name_of(struct pp_doctor *d, const struct pp_addr *a)
{
    const char *special = pp_special_name(a);
    char text[PP_ADDR_STRLEN], name[NI_MAXHOST];
    struct sockaddr_storage ss;
    socklen_t len = pp_addr_sockaddr(a, 0, &ss);
    int rc;

    pp_addr_str(a, text);
    if (special != NULL) {
        pp_doctor_say(d, PP_OK, "name", "%s is not public (%s): not looked up", text, special);
        return;
    }
    rc = getnameinfo((const struct sockaddr *)&ss, len, name, sizeof name, NULL, 0, NI_NAMEREQD);
    if (rc == 0) {
        pp_doctor_say(d, PP_OK, "name", "%s is %s", text, name);
        return;
    }
    pp_doctor_say(d, PP_WARN, "name", "%s has none, or no resolver answers (%s)", text, gai_strerror(rc));
    pp_doctor_advise(d, "operators of probed hosts look up the source address: a PTR record that names the "
                        "measurement avoids complaints");
}

/* The last check, as it reads answers from the network: all privileges are dropped before. */
void pp_doctor_names(struct pp_doctor *d)
{
    if (!d->found || setenv("RES_OPTIONS", "timeout:2 attempts:1", 1) < 0 || pp_confine(NULL, PP_CONFINE_NAMES) < 0) {
        pp_doctor_say(d, PP_WARN, "name", "not looked at");
        return;
    }
    if (d->vantage.v4.usable)
        name_of(d, &d->vantage.v4.addr);
    if (d->vantage.v6.usable)
        name_of(d, &d->vantage.v6.addr);
}
