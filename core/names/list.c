/* SPDX-License-Identifier: BSD-2-Clause */
/* list.c: parses one line of a list of names. */
#include "list.h"

#include "../stream/csv.h"
#include "../targets/target_parts.h"

#define MEMBERS_MAX (8 * PP_LINE_MAX) /* a byte may become six as an escape, and keys come on top */

/* Members that resolving writes itself. */
static const char *const own_keys[] = {"dip", "domain", "name",   "resolved_at", "resolver", "cname",
                                       "ttl", "pair",   "lookup", "preference",  "failed",   "service", "alpn", NULL};

struct pp_list {
    enum pp_input_format format;
    struct pp_csv csv;
    struct pp_buf members, scratch;
};

struct pp_list *pp_list_new(enum pp_input_format format)
{
    struct pp_list *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->format = format;
    pp_csv_init(&l->csv, true);
    pp_buf_init(&l->members, MEMBERS_MAX);
    pp_buf_init(&l->scratch, PP_LINE_MAX);
    return l;
}

void pp_list_free(struct pp_list *l)
{
    if (!l)
        return;
    pp_csv_release(&l->csv);
    pp_buf_release(&l->members);
    pp_buf_release(&l->scratch);
    free(l);
}

/* Builds the name TEXT with L->members, to which the URL's port is added unless they have one (HAS_PORT). */
static int build(struct pp_list *l, struct pp_name **out, struct pp_text text, bool has_port, const char **why)
{
    struct pp_name *n;
    struct pp_host host;
    bool differs;
    char *p;

    if (pp_host_parse(&host, text.p, text.len, why) < 0)
        return -1;
    if (host.port && !has_port) {
        pp_buf_adds(&l->members, l->members.len ? "," : "");
        pp_buf_addf(&l->members, "\"dp\":%u", host.port);
    }
    differs = strlen(host.name) != text.len || memcmp(host.name, text.p, text.len) != 0;
    n = l->members.failed ? NULL : malloc(sizeof *n + l->members.len + (differs ? text.len + 1 : 0));
    if (!n) {
        *why = "out of memory";
        return -1;
    }
    p = (char *)(n + 1);
    *n = (struct pp_name){.host = host, .members = p, .members_len = l->members.len};
    if (l->members.len)
        memcpy(p, l->members.data, l->members.len);
    if (differs) {
        p += l->members.len;
        memcpy(p, text.p, text.len);
        p[text.len] = '\0';
        n->original = p;
    }
    *out = n;
    return 1;
}

/* Parses an object for its domain; its members are copied byte for byte (as in core/targets/target.c). */
static int ndjson(struct pp_list *l, struct pp_name **out, struct pp_text line, const char **why)
{
    const struct pp_member *domain;
    struct pp_object o;
    struct pp_text text;
    char *room;

    if (!pp_object_scan(&o, line.p, line.len))
        return pp_target_fail(why, pp_target_no_object(&o, line.p, line.len));
    domain = pp_object_find(&o, "domain");
    if (!domain)
        return pp_target_fail(why, "no domain");
    if (!pp_value_text(domain->value, domain->value_len, &l->scratch, &text.p, &text.len))
        return pp_target_fail(why, "domain is not a string");
    room = pp_buf_reserve(&l->members, line.len);
    if (room)
        l->members.len += pp_object_copy_but(room, &o, own_keys);
    return build(l, out, pp_text_trim(text.p, text.len), pp_object_find(&o, "dp") != NULL, why);
}

static int csv(struct pp_list *l, struct pp_name **out, struct pp_text line, const char **why)
{
    struct pp_csv_column name;
    int r = pp_csv_record(&l->csv, line.p, line.len, why);

    if (r <= 0)
        return r;
    name = pp_csv_get(&l->csv, PP_CSV_NAME);
    if (name.len == 0 && pp_csv_get(&l->csv, PP_CSV_DIP).len) /* the line has an address */
        name = pp_csv_get(&l->csv, PP_CSV_DIP);
    if (l->csv.at[PP_CSV_NAME] == PP_CSV_COLUMNS_MAX && l->csv.at[PP_CSV_DIP] == PP_CSV_COLUMNS_MAX) {
        *why = "the heading has no column domain, url, origin, hostname or host";
        return -1;
    }
    pp_csv_members(&l->csv, &l->members, own_keys);
    return build(l, out, pp_text_trim(name.p, name.len), pp_csv_get(&l->csv, PP_CSV_DP).len, why);
}

static int plain(struct pp_list *l, struct pp_name **out, struct pp_text line, const char **why)
{
    const char *url = memmem(line.p, line.len, "://", 3), *hash = memchr(line.p, '#', line.len);

    /* A # after a blank begins a comment; another # in a URL begins its fragment. */
    while (url && hash && hash > line.p && hash[-1] != ' ' && hash[-1] != '\t')
        hash = memchr(hash + 1, '#', (size_t)(line.p + line.len - hash) - 1);
    if (hash)
        line = pp_text_trim(line.p, (size_t)(hash - line.p));
    return build(l, out, line, false, why);
}

int pp_list_line(struct pp_list *l, struct pp_name **out, const char *line, size_t len, const char **why)
{
    static int (*const parse[])(struct pp_list *, struct pp_name **, struct pp_text, const char **) = {
        [PP_INPUT_NDJSON] = ndjson,
        [PP_INPUT_CSV] = csv,
        [PP_INPUT_LIST] = plain,
    };
    struct pp_text t = pp_text_trim(line, len);

    *out = NULL;
    if (len > PP_LINE_MAX) {
        *why = "longer than 32768 bytes";
        return -1;
    }
    if (pp_target_blank(l->format, line, len))
        return 0;
    if (l->format == PP_INPUT_AUTO)
        l->format = pp_input_guess(t.p, t.len);
    pp_buf_reset(&l->members);
    return parse[l->format](l, out, t, why);
}

bool pp_list_csv(const struct pp_list *l)
{
    return l->format == PP_INPUT_AUTO || l->format == PP_INPUT_CSV;
}
