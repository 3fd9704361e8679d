/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * experiment.c: reads an experiment in JSON: its file, the top of its text, and the rules that apply to all
 * experiments.
 */
#include "experiment_parts.h"

#include "../base/container.h"
#include "../base/dnsname.h"
#include "../flow/chain.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <sys/mman.h>

#define SCHEMA 1
#define SUFFIX ".json"
#define FILE_BYTES (64u << 20) /* bytes; a run's metadata can be this long */

enum top { AT_WHOLE, AT_ARMS, AT_FIELDS, AT_CHAINS, AT_NAME, AT_MODES };

/* ---- the top of the file ----------------------------------------------------------------------------- */

static int read_schema(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    int64_t v;

    (void)target;
    return pp_making_number(m, n, SCHEMA, SCHEMA, &v);
}

static int read_chains(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_experiment *e = target;

    e->plugin.chains = e->chain;
    if (pp_making_names(m, n, PP_MAX_FIELDS, "chains", e->chain) < 0)
        return -1;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c))
        if (!pp_chain_find(json_string_value(c->v)))
            return pp_making_fail(m, c->at, "'pathprobe observe --list-chains' lists all chains",
                                  "unknown chain '%.40s'",
                                  json_string_value(c->v));
    return 0;
}

static int read_fields(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_experiment *e = target;

    e->plugin.fields = e->field;
    return pp_making_names(m, n, PP_MAX_FIELDS, "fields", e->field);
}

static int read_domain(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_experiment *e = target;
    char name[PP_DNSNAME_MAX + 1];
    const char *text, *why;

    if (pp_making_text(m, n, 1000, &text) < 0)
        return -1;
    if (pp_dnsname_parse(name, text, strlen(text), &why) < 0)
        return pp_making_fail(m, n->at, "a name such as example.com: labels of at most 63 letters, digits and hyphens",
                              "'%.60s' is not a domain name: %s", text, why);
    e->plugin.domain = pp_making_keep(m, name, strlen(name) + 1);
    return 0;
}

/* Skips the conditions: they refer to arms and fields anywhere in the text, so they are read after all other keys. */
static int later(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    (void)m;
    (void)n;
    (void)target;
    return 0;
}

#define LOSS(member) .offset = offsetof(struct pp_loss, member), .size = sizeof(((struct pp_loss *)0)->member)
static const struct pp_key_row loss_rows[] = {{"condition", PP_AS_TEXT, LOSS(condition), .max = 64},
                                          {"arm", PP_AS_TEXT, LOSS(arm), .max = 64}, PP_ROW_NOTE, PP_ROW_END};

static int read_losses(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_experiment *e = target;

    if (pp_making_list(m, n, PP_MAX_CONDITIONS, "losses") < 0)
        return -1;
    e->plugin.losses = e->loss;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c)) {
        m->loss_at[e->plugin.nlosses] = c->at;
        if (pp_making_object(m, c, loss_rows, "a loss", &e->loss[e->plugin.nlosses++]) < 0)
            return -1;
    }
    return 0;
}

#define TOP(member) .offset = offsetof(struct pp_plugin, member), .size = sizeof(((struct pp_plugin *)0)->member)
static const struct pp_key_row top_rows[] = {
    {"schema", PP_AS_CALL, .call = read_schema},
    {"name", PP_AS_TEXT, TOP(name), .max = 16},
    {"title", PP_AS_TEXT, TOP(title), .max = 200},
    {"description", PP_AS_TEXT, TOP(description), .max = 16384},
    {"modes", PP_AS_SET, TOP(modes), .words = pp_mode_list},
    {"default_mode", PP_AS_WORD, TOP(default_mode), .words = pp_mode_list},
    {"domain", PP_AS_CALL, .call = read_domain},
    {"arms", PP_AS_CALL, .call = pp_making_arms},
    {"chains", PP_AS_CALL, .call = read_chains},
    {"fields", PP_AS_CALL, .call = read_fields},
    {"conditions", PP_AS_CALL, .call = later},
    {"losses", PP_AS_CALL, .call = read_losses},
    PP_ROW_NOTE,
    PP_ROW_END,
};

/* ---- checks across tables ----------------------------------------------------------------------------- */

/* Returns the position of the part that pp_plugin_sound_part rejected. */
static uint32_t place_of(const struct pp_making *m, const struct pp_table_part *part)
{
    switch ((enum pp_part_kind)part->kind) {
    case PP_PART_ARM:
        return m->arm_at[part->i];
    case PP_PART_STEP:
        return m->step_at[part->i][part->k];
    case PP_PART_CONDITION:
        return m->condition_at[part->i];
    case PP_PART_LOSS:
        return m->loss_at[part->i];
    case PP_PART_CHAINS:
        return m->at[AT_CHAINS];
    case PP_PART_FIELDS:
        return m->at[AT_FIELDS];
    case PP_PART_ARMS:
        return m->at[AT_ARMS];
    case PP_PART_HEAD:
        break;
    }
    return m->at[AT_WHOLE];
}

static const char *way_out(const struct pp_table_part *part)
{
    static const char *const hints[] = {
        [PP_PART_HEAD] = "schema, name, title, description, modes, default_mode and arms are required: "
                         "pathprobe-experiment(5)",
        [PP_PART_CHAINS] = "'pathprobe observe --list-chains' lists chains and fields",
        [PP_PART_FIELDS] = "'pathprobe observe --list-chains' lists chains and fields",
        [PP_PART_ARMS] = "pathprobe-experiment(5), ARMS, says what 'after', 'last' and 'implies' allow",
        [PP_PART_ARM] = "each arm has a unique name (A, B1, B2), a title, steps and a connectivity; the first, the "
                        "baseline, has no steps; 'after' names an arm listed before",
        [PP_PART_STEP] = "pathprobe-experiment(5), STEPS, says which keys apply to which packets",
        [PP_PART_CONDITION] = "a condition has a name such as myname.mark.seen, a sentence 'what', and 'when'",
        [PP_PART_LOSS] = "a loss names one of 'conditions' and one of 'arms'",
    };

    return hints[part->kind];
}

/* Checks that each field belongs to a named chain, or to one of those that are always present. */
static int check_fields(struct pp_making *m)
{
    const struct pp_json_node *n = pp_json_text_member(&m->json, m->json.node, "fields");
    const struct pp_experiment *e = m->e;
    const char *names[PP_MAX_FIELDS + 4] = {"basic", "tcp", "udp"};
    struct pp_chainset set;
    struct pp_field_ref ref;
    unsigned k = 3;

    for (unsigned i = 0; e->chain[i] && k < PP_CHAINSET_MAX; i++)
        names[k++] = e->chain[i];
    if (pp_chainset_init(&set, names) < 0)
        return pp_making_fail(m, m->at[AT_CHAINS], "'pathprobe observe --list-chains' lists all chains",
                              "too many chains");
    for (const struct pp_json_node *c = n ? pp_json_text_child(&m->json, n) : NULL; c;
         c = pp_json_text_next(&m->json, c))
        if (pp_field_find(&set, json_string_value(c->v), &ref) < 0)
            return pp_making_fail(m, c->at,
                                  "'pathprobe observe --list-chains' lists fields by chain; name its chain in 'chains'",
                                  "no chain of this experiment has a field '%.64s'", json_string_value(c->v));
    return 0;
}

/* Fills in implied_by, transitively. The tables are sound, so there is no cycle. */
static void fill_implied(struct pp_experiment *e)
{
    const struct pp_plugin *p = &e->plugin;

    for (unsigned round = 0; round < p->narms; round++)
        for (unsigned i = 0; i < p->narms; i++)
            for (const char *const *name = p->arms[i].implies; name && *name; name++)
                for (unsigned k = 0; k < p->narms; k++)
                    if (strcmp(p->arms[k].name, *name) == 0)
                        e->implied_by[k] |= UINT32_C(1) << i | e->implied_by[i];
}

static int check(struct pp_making *m)
{
    char why[PP_WHY];
    struct pp_table_part part;

    if (!pp_plugin_sound_part(&m->e->plugin, why, &part))
        return pp_making_fail(m, place_of(m, &part), way_out(&part), "%s", why);
    fill_implied(m->e);
    return 0;
}

/* ---- reading it --------------------------------------------------------------------------------------- */

static int read_top(struct pp_making *m)
{
    static const struct {
        const char *key;
        enum top at;
    } places[] = {{"arms", AT_ARMS}, {"fields", AT_FIELDS}, {"chains", AT_CHAINS}, {"name", AT_NAME},
                  {"modes", AT_MODES}};
    struct pp_experiment *e = m->e;
    const struct pp_json_node *top = m->json.node, *n;

    if (!json_is_object(top->v))
        return pp_making_fail(m, top->at, "an experiment is an object: { \"schema\": 1, \"name\": ... }",
                              "a list instead of an experiment");
    m->at[AT_WHOLE] = top->at;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        m->at[places[i].at] = (n = pp_json_text_member(&m->json, top, places[i].key)) ? n->at : top->at;
    if (!pp_json_text_member(&m->json, top, "schema"))
        return pp_making_fail(m, top->at, "\"schema\": 1, the version of the format, is its first key; "
                              "pathprobe-experiment(5)", "no 'schema': this is not an experiment");
    if (pp_making_object(m, top, top_rows, "an experiment", e) < 0)
        return -1;
    if (check_fields(m) < 0)
        return -1;
    n = pp_json_text_member(&m->json, top, "conditions");
    if (n && pp_making_conditions(m, n, NULL) < 0)
        return -1;
    e->plugin.conclude = pp_experiment_conclude;
    for (unsigned i = 0; i < e->plugin.nconditions; i++)
        if (e->judged[i].summed)
            e->plugin.sum_up = pp_experiment_sum_up;
    return check(m);
}

static bool sha256(const char *text, size_t len, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (EVP_Digest(text, len, digest, &n, EVP_sha256(), NULL) != 1 || n != 32)
        return false;
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return true;
}

const struct pp_plugin *pp_experiment_read(const char *text, size_t len, struct pp_json_fault *fault)
{
    size_t room = 4 * len + 8192, size = sizeof(struct pp_experiment) + room;
    struct pp_experiment *e = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct pp_making *m = calloc(1, sizeof *m);
    bool good = false;

    *fault = (struct pp_json_fault){.line = 1, .column = 1};
    if (e == MAP_FAILED || !m) {
        snprintf(fault->text, sizeof fault->text, "out of memory");
        goto out;
    }
    e->size = size;
    e->room = room;
    e->plugin.abi = PP_PLUGIN_ABI;
    e->plugin.size = sizeof e->plugin;
    m->e = e;
    m->fault = fault;
    good = pp_json_text_read(&m->json, text, len, fault) == 0 && read_top(m) == 0;
    if (good) {
        e->text = pp_making_keep(m, text, len + 1);
        good = sha256(text, len, e->sha256);
        mprotect(e, size, PROT_READ);
    }
    pp_json_text_release(&m->json);
out:
    free(m);
    if (good)
        return &e->plugin;
    if (e != MAP_FAILED)
        munmap(e, size);
    return NULL;
}

static const struct pp_experiment *experiment_of(const struct pp_plugin *p)
{
    return p && p->conclude == pp_experiment_conclude ? PP_CONTAINER_OF(p, const struct pp_experiment, plugin) : NULL;
}

void pp_experiment_release(const struct pp_plugin *p)
{
    const struct pp_experiment *e = experiment_of(p);

    if (e)
        munmap((void *)(uintptr_t)e, e->size);
}

const char *pp_experiment_text(const struct pp_plugin *p)
{
    const struct pp_experiment *e = experiment_of(p);

    return e ? e->text : NULL;
}

const char *pp_experiment_sha256(const struct pp_plugin *p)
{
    const struct pp_experiment *e = experiment_of(p);

    return e ? e->sha256 : NULL;
}

/* ---- its file ------------------------------------------------------------------------------------------ */

bool pp_experiment_is_file(const char *name)
{
    size_t len = strlen(name);

    return len > strlen(SUFFIX) && strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/*
 * Returns the experiment's text: TEXT itself, or, if TEXT is the metadata of a run, the experiment in it; WHERE
 * describes the source. TEXT is consumed. NULL: no memory.
 */
static char *text_of(char *text, const char *path, char *where, size_t size)
{
    json_t *o = json_loads(text, 0, NULL);
    const char *within = json_string_value(json_object_get(o, PP_EXPERIMENT_KEY));
    char *copy = within ? strdup(within) : NULL;

    snprintf(where, size, within ? "%s, " PP_EXPERIMENT_KEY : "%s", path);
    json_decref(o);
    if (!within)
        return text;
    free(text);
    return copy;
}

static char *read_file(const char *path)
{
    char why[128];
    struct pp_buf b;
    FILE *f = fopen(path, "re");
    bool good;

    if (!f) {
        pp_error("experiment '%s': %s", path, strerror_r(errno, why, sizeof why));
        pp_hint("a JSON experiment is given by its file name; 'pathprobe plugins' lists the installed experiments");
        return NULL;
    }
    pp_buf_init(&b, FILE_BYTES);
    errno = 0;
    good = pp_buf_read(&b, f);
    pp_buf_addc(&b, '\0');
    fclose(f);
    if (good && !b.failed && strlen(b.data) + 1 == b.len)
        return b.data; /* the caller frees it */
    pp_error("experiment '%s': %s", path,
             !good ? strerror_r(errno ? errno : EIO, why, sizeof why)
                   : b.failed ? "too large" : "it contains a zero byte");
    pp_buf_release(&b);
    return NULL;
}

const struct pp_plugin *pp_experiment_load(const char *path)
{
    const struct pp_plugin *p = NULL;
    struct pp_json_fault fault;
    char where[PATH_MAX + 64];
    char *text = read_file(path);

    if (!text)
        return NULL;
    text = text_of(text, path, where, sizeof where);
    if (!text) {
        pp_error("out of memory");
        return NULL;
    }
    if (strlen(text) > PP_EXPERIMENT_BYTES) {
        pp_error("%s: the experiment has %zu bytes, more than %u", where, strlen(text), PP_EXPERIMENT_BYTES);
        pp_hint("an experiment describes packets, it does not contain captures: bytes of headers are written in "
                "hexadecimal");
    } else if (!(p = pp_experiment_read(text, strlen(text), &fault))) {
        pp_error("%s:%u:%u: %s", where, fault.line, fault.column, fault.text);
        if (*fault.hint)
            pp_hint("%s", fault.hint);
    }
    free(text);
    return p;
}
