/* SPDX-License-Identifier: BSD-2-Clause */
/* list.c: one line of a list of names -> a name. */
#include "list.h"

#include "../run/members.h"
#include "../run/target.h"
#include "list_csv.h"

#include <jansson.h>

#define MEMBERS_MAX (8 * PP_LINE_MAX) /* a byte may become six as an escape, and keys come on top */

const char *const pp_list_own_keys[] = {"dip",   "domain", "name", "resolved_at", "resolver",   "cname",
                                        "ttl",   "pair",   "lookup", "preference", "failed", NULL};

struct pp_list {
    enum pp_list_format format;
    struct pp_csv csv;
    struct pp_buf members;
};

struct pp_list *pp_list_new(enum pp_list_format format)
{
    struct pp_list *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->format = format;
    pp_csv_init(&l->csv);
    pp_buf_init(&l->members, MEMBERS_MAX);
    return l;
}

void pp_list_free(struct pp_list *l)
{
    if (!l)
        return;
    pp_csv_release(&l->csv);
    pp_buf_release(&l->members);
    free(l);
}

static struct pp_column trim(const char *p, size_t len)
{
    while (len && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++, len--;
    while (len && (p[len - 1] == ' ' || p[len - 1] == '\t' || p[len - 1] == '\r'))
        len--;
    return (struct pp_column){p, len};
}

static enum pp_list_format guess(struct pp_column t)
{
    if (*t.p == '{')
        return PP_LIST_NDJSON;
    /* a URL may well have a comma in it */
    if (memchr(t.p, ',', t.len) && !(memmem(t.p, t.len, "://", 3) && !memchr(t.p, ' ', t.len) && t.p[0] == 'h'))
        return PP_LIST_CSV;
    return PP_LIST_PLAIN;
}

/* The name TEXT, with L->members. */
static int build(struct pp_list *l, struct pp_name **out, struct pp_column text, const char **why)
{
    struct pp_name *n;
    struct pp_host host;
    bool differs;
    char *p;

    if (pp_host_parse(&host, text.p, text.len, why) < 0)
        return -1;
    if (host.port && l->format != PP_LIST_NDJSON) {
        /* the port of a URL is a target's port */
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

/* Read for its domain and for being valid; the bytes go on as they came (as in core/run/target.c). */
static int ndjson(struct pp_list *l, struct pp_name **out, struct pp_column line, const char **why)
{
    json_t *o = json_loadb(line.p, line.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    const json_t *domain = json_object_get(o, "domain");
    struct pp_column text;
    char *room;
    int result = -1;

    *why = !o ? "not JSON" : !json_is_object(o) ? "not a JSON object" : !domain ? "no domain" : "domain is no string";
    if (!json_is_string(domain))
        goto out;
    text = trim(json_string_value(domain), json_string_length(domain));
    if (memchr(text.p, '\0', text.len)) {
        *why = "a character that is in no host name";
        goto out;
    }
    room = pp_buf_reserve(&l->members, line.len);
    if (room)
        l->members.len += pp_members_copy_but(room, line.p, line.len, pp_list_own_keys);
    result = build(l, out, text, why);
out:
    json_decref(o);
    return result;
}

static int csv(struct pp_list *l, struct pp_name **out, struct pp_column line, const char **why)
{
    struct pp_column name;
    int r = pp_csv_line(&l->csv, line.p, line.len, &name, why);

    if (r <= 0)
        return r;
    if (memchr(name.p, '\0', name.len)) {
        *why = "a character that is in no host name";
        return -1;
    }
    pp_csv_members(&l->csv, &l->members);
    return build(l, out, trim(name.p, name.len), why);
}

static int plain(struct pp_list *l, struct pp_name **out, struct pp_column line, const char **why)
{
    const char *url = memmem(line.p, line.len, "://", 3), *hash = memchr(line.p, '#', line.len);

    /* Behind a blank a # begins a comment; within a URL it is the fragment's. */
    while (url && hash && hash > line.p && hash[-1] != ' ' && hash[-1] != '\t')
        hash = memchr(hash + 1, '#', (size_t)(line.p + line.len - hash) - 1);
    if (hash)
        line = trim(line.p, (size_t)(hash - line.p));
    if (memchr(line.p, '\0', line.len)) {
        *why = "a character that is in no host name";
        return -1;
    }
    return build(l, out, line, why);
}

int pp_list_line(struct pp_list *l, struct pp_name **out, const char *line, size_t len, const char **why)
{
    static int (*const parse[])(struct pp_list *, struct pp_name **, struct pp_column, const char **) = {
        [PP_LIST_NDJSON] = ndjson,
        [PP_LIST_CSV] = csv,
        [PP_LIST_PLAIN] = plain,
    };
    struct pp_column t = trim(line, len);

    *out = NULL;
    if (len > PP_LINE_MAX) {
        *why = "longer than 32768 bytes";
        return -1;
    }
    if (t.len == 0 || (*t.p == '#' && (l->format == PP_LIST_PLAIN || l->format == PP_LIST_AUTO)))
        return 0;
    if (l->format == PP_LIST_AUTO)
        l->format = guess(t);
    pp_buf_reset(&l->members);
    return parse[l->format](l, out, t, why);
}
