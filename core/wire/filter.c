/* SPDX-License-Identifier: BSD-2-Clause */
/* filter.c: builds the text of the capture filter. */
#include "filter.h"

/*
 * True for hop-by-hop options, routing, fragment and destination options: `portrange` only sees IPv6's first next
 * header.
 */
#define EXTENDED(at) "(" at " = 0 or " at " = 43 or " at " = 44 or " at " = 60)"
#define RUNS_MAX 4 /* of consecutive ports; each adds instructions that run on every packet of the interface */

struct run {
    uint16_t lo, hi;
};

/*
 * Groups the ports into runs of consecutive ones; a single run from lowest to highest if there are more than RUNS_MAX.
 */
static unsigned runs_of(const struct pp_filter *f, struct run run[RUNS_MAX])
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->nports; i++) {
        if (n && f->ports[i] == run[n - 1].hi + 1) {
            run[n - 1].hi = f->ports[i];
        } else if (n < RUNS_MAX) {
            run[n++] = (struct run){f->ports[i], f->ports[i]};
        } else {
            run[0] = (struct run){f->ports[0], f->ports[f->nports - 1]};
            return 1;
        }
    }
    return n;
}

/* Appends a test whether the two bytes at AT are one of the ports. */
static void add_within(struct pp_buf *t, const char *at, const struct run *run, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        pp_buf_addf(t, "%s(%s >= %u and %s <= %u)", i ? " or " : "(", at, run[i].lo, at, run[i].hi);
    pp_buf_addf(t, ")");
}

static void add_forged(struct pp_buf *t, const char *protocol, const struct pp_addr *own)
{
    char text[PP_ADDR_STRLEN];

    if (own)
        pp_buf_addf(t, " and (outbound or not %s src host %s)", protocol, pp_addr_str(own, text));
}

/*
 * Common cases come first: the filter runs on every packet of the interface, so it should decide on most of them within
 * few instructions. The datagram quoted 8 bytes into an ICMP error was sent by us, so its source port is tested.
 */
void pp_filter_text(struct pp_buf *out, const struct pp_filter *f)
{
    struct run run[RUNS_MAX];
    unsigned n = runs_of(f, run);

    for (unsigned i = 0; i < n; i++)
        pp_buf_addf(out, "%s(portrange %u-%u)", i ? " or " : "(", run[i].lo, run[i].hi);
    pp_buf_addf(out, " or (ip6 and " EXTENDED("ip6[6]") ")"
            " or (icmp and (icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or icmp[0] = 11 or icmp[0] = 12) and"
            " (icmp[8] & 15 != 5 or ((icmp[17] = 6 or icmp[17] = 17) and ");
    add_within(out, "icmp[28:2]", run, n);
    pp_buf_addf(out, "))) or (icmp6 and icmp6[0] >= 1 and icmp6[0] <= 4 and"
            " (" EXTENDED("icmp6[14]") " or ((icmp6[14] = 6 or icmp6[14] = 17) and ");
    add_within(out, "icmp6[48:2]", run, n);
    pp_buf_addf(out, "))))");
    add_forged(out, "ip", f->own4);
    add_forged(out, "ip6", f->own6);
}
