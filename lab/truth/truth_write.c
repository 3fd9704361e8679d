/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_write.c: writes the target list and the truth: the part common to hosts of a class is formatted once and
 * copied.
 */
#include "truth.h"

#include "../../core/base/buf.h"
#include "../../core/base/json.h"

#include <errno.h>

#define TEXT_MAX (128u << 10) /* bytes of a line that depend on the class only */

/* Formats the part of a line that depends on class and family only. */
static int class_text(const struct pp_lab_class *c, int family, const struct pp_truth_of *only, struct pp_buf *out)
{
    static const char *const servers[] = {
        [PP_LAB_ECN] = "ecn", [PP_LAB_PLAIN] = "plain", [PP_LAB_REFUSE] = "refuse", [PP_LAB_SILENT] = "silent"};
    struct pp_buf expect;
    struct pp_json j;

    pp_buf_init(&expect, TEXT_MAX);
    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_array(&j, "behaviours");
    for (unsigned i = 0; i < c->npath; i++)
        pp_json_str(&j, NULL, c->path[i].behaviour->name);
    pp_json_end(&j, ']');
    pp_json_array(&j, "rows");
    for (unsigned i = 0; i < c->npath; i++) {
        const struct pp_behaviour *b = c->path[i].behaviour;
        unsigned row = c->path[i].dir == PP_LAB_REV ? b->row_rev : b->row_fwd;

        if (row)
            pp_json_uint(&j, NULL, row);
    }
    pp_json_end(&j, ']');
    if (c->name[0])
        pp_json_str(&j, "class", c->name);
    pp_json_str(&j, "server", servers[c->server]);
    pp_json_array(&j, "path");
    for (unsigned i = 0; i < c->npath; i++) {
        if (!c->path[i].hop)
            continue;
        pp_json_object(&j, NULL);
        pp_json_str(&j, "behaviour", c->path[i].behaviour->name);
        pp_json_str(&j, "dir", c->path[i].dir == PP_LAB_FWD ? "fwd" : "rev");
        pp_json_uint(&j, "hop", c->path[i].hop);
        pp_json_end(&j, '}');
    }
    pp_json_end(&j, ']');
    pp_json_bool(&j, "control", c->control);
    pp_json_num(&j, "loss", 1 - (1 - c->loss) * (1 - c->return_loss) * (1 - c->burst_loss), 6);
    pp_json_object(&j, "flow_fail");
    pp_json_num(&j, "p", c->flow_fail_p, 6);
    pp_json_str(&j, "kind", c->flow_fail_episode ? "episode" : "iid");
    pp_json_end(&j, '}');
    if (pp_truth_expect(c, family, only, &expect) < 0)
        out->failed = true;
    else
        pp_json_raw(&j, "expect", expect.data, expect.len);
    pp_json_end(&j, '}');
    pp_buf_release(&expect);
    return out->failed ? -1 : 0;
}

/* ---- files ---- */

static int put_line(const struct pp_lab_host *h, FILE *f, const char *rest, int rest_len)
{
    char addr[PP_ADDR_STRLEN];

    /* No text here needs escaping. */
    return fprintf(f, "{\"dip\":\"%s\",\"dp\":%u,\"domain\":\"%s\"%.*s}\n", pp_addr_str(&h->addr, addr), h->port,
                   h->domain, rest_len, rest);
}

int pp_truth_write_targets(const struct pp_scenario *s, const struct pp_topology *topology, FILE *f)
{
    struct pp_lab_host h;

    for (uint64_t i = 0; i < topology->hosts; i++) {
        pp_topology_host(s, topology, i, &h);
        if (put_line(&h, f, "", 0) < 0)
            return pp_error_errno("cannot write the target list");
    }
    return fflush(f) ? pp_error_errno("cannot write the target list") : 0;
}

#define NETWORKS 12
#define COUNTRIES 4

/* The invented AS of an address; all hosts of a /24 or /64 have the same. */
static unsigned network_of(const struct pp_addr *a)
{
    bool four = pp_addr_is4(a);

    return (a->b[four ? 13 : 6] * 7u + a->b[four ? 14 : 7]) % NETWORKS;
}

int pp_truth_write_networks(const struct pp_scenario *s, const struct pp_topology *topology, FILE *f)
{
    struct pp_lab_host h;
    char rest[128];
    int len;

    for (uint64_t i = 0; i < topology->hosts; i++) {
        pp_topology_host(s, topology, i, &h);
        unsigned n = network_of(&h.addr);
        /* ASes for documentation (RFC 5398), user-assigned country codes (ISO 3166). */
        len = snprintf(rest, sizeof rest,
                       ",\"canid_info\":{\"ASN\":%u,\"ASName\":\"EXAMPLE-%u\",\"CountryCode\":\"X%c\"}",
                       64496 + n, n + 1, 'A' + n % COUNTRIES);
        if (put_line(&h, f, rest, len) < 0)
            return pp_error_errno("cannot write the target list");
    }
    return fflush(f) ? pp_error_errno("cannot write the target list") : 0;
}

int pp_truth_write(const struct pp_scenario *s, const struct pp_topology *topology, const struct pp_truth_of *only,
                   FILE *f)
{
    unsigned ntexts = 2 * s->nhosts; /* for each class, IPv4 and IPv6 */
    struct pp_buf *text = calloc(ntexts, sizeof *text), line;
    struct pp_lab_host h;
    int ret = -1;

    pp_buf_init(&line, 2 * TEXT_MAX);
    if (!text)
        return pp_error("no memory for the truth");
    for (unsigned t = 0; t < ntexts; t++)
        pp_buf_init(&text[t], TEXT_MAX);
    for (unsigned t = 0; t < ntexts; t++) {
        if (class_text(&s->hosts[t / 2], t % 2 ? 6 : 4, only, &text[t]) < 0) {
            pp_error("no memory for the truth");
            goto out;
        }
    }
    for (uint64_t i = 0; i < topology->hosts; i++) {
        const struct pp_buf *t;

        pp_topology_host(s, topology, i, &h);
        t = &text[2 * h.class_index + (pp_addr_family(&h.addr) == 6)];
        pp_buf_reset(&line);
        pp_buf_addf(&line, ",\"family\":%d,", pp_addr_family(&h.addr));
        pp_buf_add(&line, t->data + 1, t->len - 2); /* without its braces */
        if (line.failed)
            errno = ENOMEM;
        if (line.failed || put_line(&h, f, line.data, (int)line.len) < 0) {
            pp_error_errno("cannot write the truth");
            goto out;
        }
    }
    ret = fflush(f) ? pp_error_errno("cannot write the truth") : 0;
out:
    for (unsigned i = 0; i < ntexts; i++)
        pp_buf_release(&text[i]);
    free(text);
    pp_buf_release(&line);
    return ret;
}
