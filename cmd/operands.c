/* SPDX-License-Identifier: BSD-2-Clause */
/* operands.c: resolves the names of operands by c-ares, and writes all targets as NDJSON into memory. */
#include "operands.h"

#include "../core/base/confine.h"
#include "../core/base/error.h"
#include "../core/base/io.h"
#include "../core/base/json.h"
#include "../core/base/subprocess.h"
#include "../core/names/dns_client.h"
#include "../core/names/host.h"

#include <ares.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define TRIES 3
#define TIMEOUT INT64_C(3000000000)
#define ADDRESSES_MAX 1024 /* per name and family */

struct job {
    char **operands;
    int only, fd;
    unsigned open; /* open questions */
    bool failed;
};

/* A name, with its questions for A and AAAA. */
struct name {
    struct job *job;
    const char *operand;
    struct pp_host host;
    struct pp_dns_question q[2];
    enum pp_ask_fail fail; /* the highest value of its questions */
    unsigned open, found;
};

static int put(const struct job *j, const struct pp_host *h, const struct pp_addr *a)
{
    char text[PP_ADDR_STRLEN];
    struct pp_buf line;
    struct pp_json json;
    int result;

    pp_buf_init(&line, LINE_MAX_BYTES);
    pp_json_init(&json, &line);
    pp_json_object(&json, NULL);
    pp_json_str(&json, "dip", pp_addr_str(a, text));
    if (h->port)
        pp_json_uint(&json, "dp", h->port);
    if (*h->name)
        pp_json_str(&json, "domain", h->name);
    pp_json_end(&json, '}');
    pp_buf_addc(&line, '\n');
    result = line.failed ? pp_error("out of memory") : pp_write_all(j->fd, line.data, line.len, NULL);
    pp_buf_release(&line);
    return result;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static int by_address(const void *a, const void *b)
{
    return memcmp(((const struct pp_dns_record *)a)->addr.b, ((const struct pp_dns_record *)b)->addr.b, 16);
}

static void no_address(const struct name *n)
{
    int only = n->job->only;

    if (n->fail == PP_ASK_NXDOMAIN) {
        pp_error("'%s': no such name in DNS", n->operand);
        pp_hint("targets are addresses, ADDR:PORT, [ADDR]:PORT, or host names");
    } else if (n->fail <= PP_ASK_NODATA && only) {
        pp_error("'%s' has no IPv%d address", n->operand, only);
        pp_hint("without -%d, its IPv%d addresses are used", only, only == 4 ? 6 : 4);
    } else if (n->fail <= PP_ASK_NODATA) {
        pp_error("'%s' has no address", n->operand);
        pp_hint("it has neither an A nor an AAAA record: try www.%s", n->host.name);
    } else {
        pp_error("'%s' could not be resolved: %s", n->operand, pp_ask_word(n->fail));
        pp_hint("`pathprobe resolve --server ADDR` uses another resolver; an address needs none");
    }
}

/* Takes an answer; addresses are sorted, as servers rotate them. */
static void answered(struct pp_dns_question *q, enum pp_ask_fail fail, const struct pp_dns_answer *answer,
                     const struct pp_resolver *by)
{
    struct name *n = (struct name *)((char *)(q - (q->type == PP_DNS_AAAA)) - offsetof(struct name, q));
    unsigned count = answer->count < ADDRESSES_MAX ? answer->count : ADDRESSES_MAX;

    (void)by;
    if (fail > n->fail)
        n->fail = fail;
    if (fail == PP_ASK_OK && count)
        qsort(answer->record, answer->count, sizeof *answer->record, by_address);
    for (unsigned i = 0; fail == PP_ASK_OK && i < count; i++, n->found++)
        n->job->failed |= put(n->job, &n->host, &answer->record[i].addr) < 0;
    n->job->open--;
    if (--n->open || n->found)
        return;
    no_address(n);
    n->job->failed = true;
}

static void ask(struct job *j, struct pp_dns_client *client, struct name *n)
{
    for (unsigned i = 0; i < 2; i++) {
        if (j->only && j->only != (i ? 6 : 4))
            continue;
        n->q[i] = (struct pp_dns_question){.name = n->host.name, .type = i ? PP_DNS_AAAA : PP_DNS_A, .done = answered};
        n->open++;
        j->open++;
    }
    for (unsigned i = 0; i < 2; i++)
        if (n->q[i].name)
            pp_dns_client_ask(client, &n->q[i]);
}

/* Resolves names one after the other, so that lines are in the order of the operands. */
static int resolve(struct job *j, struct pp_dns_client *client)
{
    for (char **o = j->operands; *o; o++) {
        struct name n = {.job = j, .operand = *o};
        const char *why;
        if (pp_host_parse(&n.host, *o, strlen(*o), &why) < 0)
            BUG("'%s' was seen to be a target before", *o);
        if (!*n.host.name) {
            j->failed |= put(j, &n.host, &n.host.addr) < 0;
            continue;
        }
        ask(j, client, &n);
        while (j->open)
            if (pp_dns_client_turn(client) < 0)
                return -1;
    }
    return j->failed ? -1 : 0;
}

static int work(void *arg)
{
    struct job *j = arg;
    struct pp_resolver r[PP_RESOLVERS_MAX];
    struct pp_dns_client *client;
    int n, result = -1;

    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        return pp_error("c-ares cannot be initialised");
    n = pp_resolvers_of_system(r);
    client = n < 0 ? NULL
                  : pp_dns_client_new(&(struct pp_dns_client_config){.resolver = r,
                                                                     .nresolvers = (unsigned)n,
                                                                     .tries = TRIES,
                                                                     .timeout = TIMEOUT,
                                                                     .wake_fd = -1});
    if (client) {
        result = resolve(j, client);
        pp_dns_client_free(client);
    }
    ares_library_cleanup();
    return result;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* The number of operands that are names; -1 printed: one is no target. */
static int count_names(const struct job *j)
{
    struct pp_host h;
    const char *why;
    int names = 0;

    for (char **o = j->operands; *o; o++) {
        if (pp_host_parse(&h, *o, strlen(*o), &why) < 0) {
            pp_error("target '%s': %s", *o, why);
            return pp_hint("valid targets are 192.0.2.1, 192.0.2.1:8080, [2001:db8::1]:8080, example.com, "
                           "example.com:443");
        }
        if (!*h.name && j->only && j->only != pp_addr_family(&h.addr)) {
            pp_error("target '%s' is not an IPv%d address, which -%d asks for", *o, j->only, j->only);
            return -1;
        }
        names += *h.name != '\0';
    }
    return names;
}

int pp_operands_open(char **operands, int only)
{
    struct job j = {.operands = operands, .only = only, .fd = -1};
    int names = count_names(&j), result;

    if (names < 0)
        return -1;
    j.fd = memfd_create("targets", MFD_CLOEXEC);
    if (j.fd < 0)
        return pp_error_errno("no memory for targets");
    result = names ? pp_subprocess(PP_CONFINE_NAMES, work, &j) : resolve(&j, NULL);
    if (result != 0 || lseek(j.fd, 0, SEEK_SET) < 0) {
        close(j.fd);
        return -1;
    }
    return j.fd;
}
