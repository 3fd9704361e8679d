/* SPDX-License-Identifier: BSD-2-Clause */
/* describe.c: writes the metadata of a result file, for FILE.meta.json and for the observatory. */
#include "describe.h"

#include "../base/json.h"
#include "../base/when.h"
#include "../stream/object.h"
#include "../stream/metadata_file.h"
#include "../stream/object.h"
#include "../stream/output.h"
#include "fit.h"

#include <errno.h>
#include <inttypes.h>

void pp_describe_path(struct pp_buf *out, const char *file)
{
    pp_buf_adds(out, file);
    pp_buf_adds(out, ".meta.json");
    pp_buf_addc(out, '\0');
}

int pp_describe_beside(const char *file)
{
    if (pp_output_named(file))
        return 0;
    pp_error("'%s' is not a regular file, so metadata cannot be written beside it", file);
    return pp_hint("write it to a file first: `cat PIPE >FILE`");
}

/* Reduces TEXT to the description that is whole: a run that was killed may have left an old and a new one. */
static int recover(struct pp_buf *text)
{
    json_t *o = pp_metadata_parse(text->data ? text->data : "", text->len);
    char *dumped = o ? json_dumps(o, JSON_COMPACT) : NULL;

    json_decref(o);
    if (!dumped)
        return -1;
    pp_buf_reset(text);
    pp_buf_adds(text, dumped);
    free(dumped);
    return text->failed ? -1 : 0;
}

/* Warns if the run has not ended, or was cut off by a signal or crash. */
static void warn_incomplete(const struct pp_object *o, const char *file)
{
    const struct pp_member *m = pp_object_find(o, "complete");

    if (!m || m->value_len != 5 || memcmp(m->value, "false", 5) != 0)
        return;
    pp_warn("'%s' is not complete: its run is under way, was interrupted, or failed", file);
    pp_hint("`pathprobe measure --resume` goes on with a run that ended early");
}

int pp_describe_read(struct pp_buf *text, const struct pp_describe *d, const char *file)
{
    struct pp_object *o = malloc(sizeof *o);
    struct pp_buf path;
    FILE *f = NULL;
    int result = -1;

    pp_buf_init(&path, 8192);
    pp_describe_path(&path, file);
    if (!o || path.failed) {
        pp_error("out of memory");
        goto out;
    }
    f = fopen(d->metadata ? d->metadata : path.data, "re");
    if (!f && errno == ENOENT && !d->metadata) {
        result = 0;
        goto out;
    }
    if (!f || !pp_buf_read(text, f) || text->failed)
        pp_error_errno("cannot read metadata file '%s'", d->metadata ? d->metadata : path.data);
    else if (!pp_object_scan(o, text->data, text->len) &&
             (recover(text) < 0 || !pp_object_scan(o, text->data, text->len)))
        pp_error("metadata file '%s' contains no JSON object", d->metadata ? d->metadata : path.data);
    else
        result = 0;
    if (result == 0)
        warn_incomplete(o, file);
out:
    if (f)
        fclose(f);
    pp_buf_release(&path);
    free(o);
    return result;
}

int pp_describe_check(const struct pp_describe *d)
{
    for (unsigned i = 0; i < d->add->n; i++) {
        const char *tag = d->add->v[i], *colon = strchr(tag, ':');
        if (!colon || colon == tag)
            return pp_error("--add: '%s' is not TAG:VALUE", tag);
        if (*tag == '_') {
            pp_error("--add: names that begin with '_', such as '%s', are reserved for the observatory", tag);
            return pp_hint("use --owner and --vantage for the owner and the vantage point");
        }
    }
    return 0;
}

/* ---- members --------------------------------------------------------------------------------------------------- */

static void rfc3339(struct pp_json *j, const char *key, int64_t us, bool up)
{
    char text[PP_RFC3339_LEN];

    pp_json_str(j, key, pp_when_rfc3339(us / 1000000 + (up && us % 1000000), text));
}

static void tags(struct pp_json *j, const struct pp_describe *d)
{
    for (unsigned i = 0; i < d->add->n; i++) {
        const char *colon = strchr(d->add->v[i], ':');
        char tag[256];
        snprintf(tag, sizeof tag, "%.*s", (int)(colon - d->add->v[i]), d->add->v[i]);
        pp_json_str(j, tag, colon + 1);
    }
}

/* True if KEY is one of d->add, which replaces the run's member. */
static bool is_tag(const struct pp_describe *d, const struct pp_member *m)
{
    for (unsigned i = 0; i < d->add->n; i++) {
        const char *colon = strchr(d->add->v[i], ':');
        if ((size_t)(colon - d->add->v[i]) == m->key_len && memcmp(d->add->v[i], m->key, m->key_len) == 0)
            return true;
    }
    return false;
}

static bool is_null(const struct pp_member *m)
{
    return m->value_len == 4 && memcmp(m->value, "null", 4) == 0;
}

static bool is_key(const struct pp_member *m, const char *const *keys)
{
    for (; *keys; keys++)
        if (pp_members_key_is(m->key, m->key_len, *keys))
            return true;
    return false;
}

/* An iteration over the members of RUN that are neither in KEYS nor tags. */
struct walk {
    struct pp_object object;
    unsigned i;
};

static struct walk *walk_new(const struct pp_buf *run)
{
    struct walk *w = calloc(1, sizeof *w);

    if (w && run->len)
        pp_object_scan(&w->object, run->data, run->len);
    return w;
}

static const struct pp_member *walk_next(struct walk *w, const struct pp_describe *d, const char *const *keys)
{
    while (w->i < w->object.n) {
        const struct pp_member *m = &w->object.member[w->i++];
        if (!is_key(m, keys) && !is_tag(d, m))
            return m;
    }
    return NULL;
}

static bool text_of(char *text, size_t room, const struct walk *w, const char *key)
{
    const char *p;
    size_t len;

    if (!pp_member_plain(pp_object_find(&w->object, key), &p, &len) || len == 0)
        return false;
    snprintf(text, room, "%.*s", (int)len, p);
    return true;
}

bool pp_describe_owner(char *owner, size_t room, const struct pp_describe *d, const struct pp_buf *run)
{
    struct walk *w = walk_new(run);
    bool ok = false;

    snprintf(owner, room, "%s", d->owner ? d->owner : "");
    if (w && !d->owner)
        ok = text_of(owner, room, w, "_owner");
    free(w);
    return ok || d->owner;
}

static bool vantage_of(char *vantage, size_t room, const struct pp_describe *d, const struct walk *w)
{
    snprintf(vantage, room, "%s", d->vantage ? d->vantage : "");
    if (!d->vantage && !text_of(vantage, room, w, "vantage"))
        return false;
    for (; *vantage; vantage++)
        *vantage = (uint8_t)*vantage <= ' ' ? '_' : *vantage;
    return true;
}

bool pp_describe_vantage(char *vantage, size_t room, const struct pp_describe *d, const struct pp_buf *run)
{
    struct walk *w = walk_new(run);
    bool ok = w && vantage_of(vantage, room, d, w);

    free(w);
    return ok;
}

/* Writes owner and vantage point: as given by the user, else by the run, else by the observations. */
static void add_owner_and_vantage(struct pp_json *j, const struct pp_describe *d, const struct walk *w,
                          const struct pp_survey *s)
{
    char text[512];

    if (d->owner || text_of(text, sizeof text, w, "_owner"))
        pp_json_str(j, "_owner", d->owner ? d->owner : text);
    if (vantage_of(text, sizeof text, d, w))
        pp_json_str(j, "vantage", text);
    else if (*s->vantage)
        pp_json_str(j, "vantage", s->vantage);
}

/* Writes members of the run that its metadata lack, from the observations. */
static void run_members(struct pp_json *j, const struct walk *w, const struct pp_survey *s)
{
    if (*s->run_id && s->runs == 1 && !pp_object_find(&w->object, "run_id"))
        pp_json_str(j, "run_id", s->run_id);
    if (*s->experiment && !pp_object_find(&w->object, "experiment"))
        pp_json_str(j, "experiment", s->experiment);
    if (*s->connect && !pp_object_find(&w->object, "connect"))
        pp_json_str(j, "connect", s->connect);
}

void pp_describe_local(struct pp_buf *out, const struct pp_describe *d, const struct pp_buf *run,
                       const struct pp_survey *s)
{
    static const char *const renewed[] = {"_file_type", "_time_start", "_time_end", "_owner", "vantage", NULL};
    struct walk *w = walk_new(run);
    const struct pp_member *m;
    struct pp_json j;

    if (!w) {
        out->failed = true;
        return;
    }
    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    pp_json_str(&j, "_file_type", *s->experiment ? "pathprobe-v1-ndjson" : "pathspider-v2-ndjson");
    rfc3339(&j, "_time_start", s->from_us, false);
    rfc3339(&j, "_time_end", s->to_us, true);
    add_owner_and_vantage(&j, d, w, s);
    run_members(&j, w, s);
    while ((m = walk_next(w, d, renewed)))
        pp_json_raw(&j, NULL, m->key - 1, (size_t)(m->value + m->value_len - m->key) + 1);
    tags(&j, d);
    pp_json_end(&j, '}');
    pp_buf_addc(out, '\n');
    free(w);
}

/* Writes a member as a string: its value, if it is a string, else its JSON text. */
static void as_string(struct pp_json *j, const struct pp_member *m)
{
    char key[256];

    if (*m->value == '"') {
        pp_json_raw(j, NULL, m->key - 1, (size_t)(m->value + m->value_len - m->key) + 1);
        return;
    }
    snprintf(key, sizeof key, "%.*s", (int)m->key_len, m->key);
    pp_json_strn(j, key, m->value, m->value_len);
}

/* Writes members that do not depend on the metadata, and must be present. */
static void fixed_members(struct pp_json *j, const struct pp_describe *d, const struct walk *w,
                          const struct pp_survey *s, const char *file_type, const struct pp_package *package)
{
    char size[24];

    if (file_type) {
        pp_json_str(j, "_file_type", file_type);
        rfc3339(j, "_time_start", s->from_us, false);
        rfc3339(j, "_time_end", s->to_us, true);
    }
    add_owner_and_vantage(j, d, w, s);
    run_members(j, w, s);
    tags(j, d);
    pp_json_str(j, "data_sha256", package->sha256);
    snprintf(size, sizeof size, "%" PRIu64, package->size);
    pp_json_str(j, "data_size", size);
}

static void choose(struct pp_fit *f, struct walk *w, const struct pp_describe *d)
{
    static const char *const renewed[] = {"_file_type",  "_time_start", "_time_end", "_owner", "vantage",
                                          "data_sha256", "data_size",   "left_out",  NULL};
    const struct pp_member *m;

    while ((m = walk_next(w, d, renewed))) {
        if (is_null(m) || (m->key_len && *m->key == '_') || memchr(m->key, '\\', m->key_len))
            continue;
        pp_fit_add(f, m);
    }
}

/* The length in bytes of `_conditions`, which a normalizer derives from raw data. */
static size_t conditions_len(const struct pp_survey *s)
{
    size_t n = 0;
    const char *name;
    json_t *unused;

    json_object_foreach(s->conditions, name, unused) {
        n += strlen(name) + 3;
    }
    return n;
}

static int members(struct pp_buf *out, struct pp_fit *f, size_t beside, struct pp_buf *left)
{
    struct pp_json j;

    if (!pp_fit_in(f, pp_fit_len(out->data, out->len) + beside, left))
        return pp_error("metadata of more than %d KiB even without optional members: shorten --add",
                        PP_FIT_MAX >> 10);
    pp_json_init(&j, out);
    j.more = 1; /* after the fixed members */
    for (unsigned i = 0; i < f->n; i++)
        if (f->len[i])
            as_string(&j, f->m[i]);
    if (left->len)
        pp_json_strn(&j, "left_out", left->data, left->len);
    return 0;
}

int pp_describe_members(struct pp_buf *out, const struct pp_describe *d, const struct pp_buf *run,
                        const struct pp_survey *s, const char *file_type, const struct pp_package *package,
                        const struct pp_buf *beside)
{
    struct walk *w = walk_new(run);
    struct pp_fit *f = calloc(1, sizeof *f);
    struct pp_buf left;
    struct pp_json j;
    int result = -1;

    pp_buf_init(&left, PP_FIT_MAX);
    if (w && f) {
        pp_json_init(&j, out);
        fixed_members(&j, d, w, s, file_type, package);
        choose(f, w, d);
        result = members(out, f, beside->len ? pp_fit_len(beside->data, beside->len) : conditions_len(s), &left);
        if (result == 0 && beside->len) {
            pp_buf_addc(out, ',');
            pp_buf_add(out, beside->data, beside->len);
        }
    }
    if (!w || !f || out->failed)
        result = pp_error("out of memory");
    pp_buf_release(&left);
    free(f);
    free(w);
    return result;
}
