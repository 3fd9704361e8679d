/* SPDX-License-Identifier: BSD-2-Clause */
/* host_info.c: asks the kernel about itself, the interface and the clock. */
#include "host_info.h"

#include "commit.h" /* made by make */

#include "../base/json.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

const char *pp_commit(void)
{
    return *PP_COMMIT ? PP_COMMIT : NULL;
}

/* ---- clock ------------------------------------------------------------------------------------------------- */

void pp_clock_look(struct pp_clock_state *c)
{
    struct timex t = {.modes = 0};
    int state = adjtimex(&t);

    *c = (struct pp_clock_state){
        .known = state >= 0,
        .synchronized = state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC),
        .offset = (double)t.offset / (t.status & STA_NANO ? 1e9 : 1e6),
        .max_error = (double)t.maxerror / 1e6,
        .est_error = (double)t.esterror / 1e6,
    };
}

void pp_clock_json(struct pp_json *j, const char *key, const struct pp_clock_state *c)
{
    if (!c->known) {
        pp_json_null(j, key);
        return;
    }
    pp_json_object(j, key);
    pp_json_bool(j, "synchronized", c->synchronized);
    pp_json_num(j, "offset", c->offset, 9);
    pp_json_num(j, "max_error", c->max_error, 9);
    pp_json_num(j, "est_error", c->est_error, 9);
    pp_json_end(j, '}');
}

/* ---- interface --------------------------------------------------------------------------------------------- */

/* -1: not known, as of interfaces without ethtool. */
static int offload(int fd, const char *ifname, uint32_t command)
{
    struct ethtool_value v = {.cmd = command};
    struct ifreq r = {.ifr_data = (void *)&v};

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", ifname);
    return fd >= 0 && ioctl(fd, SIOCETHTOOL, &r) == 0 ? v.data != 0 : -1;
}

static void offloads(struct pp_json *j, const char *ifname)
{
    static const struct {
        const char *name;
        uint32_t command;
    } rows[] = {
        {"tx_checksum", ETHTOOL_GTXCSUM}, {"rx_checksum", ETHTOOL_GRXCSUM}, {"tso", ETHTOOL_GTSO},
        {"gso", ETHTOOL_GGSO},            {"gro", ETHTOOL_GGRO},
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    pp_json_object(j, "offloads");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int on = offload(fd, ifname, rows[i].command);
        if (on < 0)
            pp_json_null(j, rows[i].name);
        else
            pp_json_bool(j, rows[i].name, on);
    }
    pp_json_end(j, '}');
    if (fd >= 0)
        close(fd);
}

/* The route's MTU, which MSS and packets follow; null: no source in this family. */
static void mtu(struct pp_json *j, const char *key, const struct pp_source *s)
{
    if (s->usable)
        pp_json_uint(j, key, s->mtu);
    else
        pp_json_null(j, key);
}

void pp_host_info(struct pp_buf *out, const struct pp_vantage *v)
{
    struct utsname u;
    struct pp_json j;

    pp_buf_init(out, 4096);
    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    if (uname(&u) == 0) {
        char kernel[3 * sizeof u.release];
        snprintf(kernel, sizeof kernel, "%s %s %s", u.sysname, u.release, u.machine);
        pp_json_str(&j, "kernel", kernel);
    } else {
        pp_json_null(&j, "kernel");
    }
    pp_json_object(&j, "interface");
    pp_json_str(&j, "name", v->ifname);
    mtu(&j, "mtu4", &v->v4);
    mtu(&j, "mtu6", &v->v6);
    offloads(&j, v->ifname);
    pp_json_end(&j, '}');
    pp_json_end(&j, '}');
    /* the members without their braces */
    memmove(out->data, out->data + 1, out->len - 1);
    out->len -= 2;
}
