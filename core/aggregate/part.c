/* SPDX-License-Identifier: BSD-2-Clause */
/* part.c: counts the conditions of one experiment in one connect mode. */
#include "aggregate_parts.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS 4096 /* more than twice as many as there can be conditions */
#define SUFFIX ".connectivity"

/* ---- names ------------------------------------------------------------------------------------------------------ */

static bool take(size_t *room, size_t bytes, size_t bound)
{
    if (*room + bytes > bound)
        return false;
    *room += bytes;
    return true;
}

static void buckets(struct pp_part *p, uint32_t *array[PP_BYS])
{
    for (int by = 0; by < PP_BYS; by++)
        if (take(&p->room->shares, PP_SHARE_BUCKETS * sizeof **array, PP_SHARES_BYTES))
            array[by] = calloc(PP_SHARE_BUCKETS, sizeof **array);
}

static int word_of(const char *name, bool *alone)
{
    for (int w = 0; w < PP_VERDICTS; w++) {
        if (strcmp(name, pp_verdict_name[w]) == 0)
            return w;
        if (pp_verdict_name_alone[w] && strcmp(name, pp_verdict_name_alone[w]) == 0) {
            *alone = w == PP_VERDICT_WORKS;
            return w;
        }
    }
    return -1;
}

static struct pp_question *question_of(struct pp_part *p, const char *stem, size_t len)
{
    struct pp_question *q;
    size_t tail = sizeof SUFFIX - 1;

    for (unsigned i = 0; i < p->nquestions; i++)
        if (strlen(p->question[i].stem) == len && memcmp(p->question[i].stem, stem, len) == 0)
            return &p->question[i];
    if (p->nquestions == PP_QUESTIONS_MAX)
        return NULL;
    q = &p->question[p->nquestions];
    *q = (struct pp_question){.base = -1, .stem = strndup(stem, len)};
    if (!q->stem)
        return NULL;
    q->connectivity = len > tail && memcmp(stem + len - tail, SUFFIX, tail) == 0;
    buckets(p, q->all);
    if (q->connectivity &&
        take(&p->room->shares, 2 * PP_CLUSTER_BUCKETS * sizeof(struct pp_cluster), PP_SHARES_BYTES) &&
        pp_pairs_init(&q->pairs) < 0)
        return NULL;
    p->nquestions++;
    return q;
}

static int member_of(struct pp_part *p, struct pp_question *q, const char *name, size_t len)
{
    struct pp_member_count *m;

    for (unsigned i = 0; i < q->nmembers; i++)
        if (strlen(q->member[i].name) == len && memcmp(q->member[i].name, name, len) == 0)
            return (int)i;
    if (q->nmembers == PP_MEMBERS_MAX)
        return -1;
    m = &q->member[q->nmembers];
    *m = (struct pp_member_count){.word = -1, .name = strndup(name, len)};
    if (!m->name)
        return -1;
    if (q->connectivity)
        m->word = word_of(m->name, &q->alone);
    buckets(p, m->hit);
    return (int)q->nmembers++;
}

static bool is_named(const struct pp_part *p, uint16_t id, const char *name, size_t len)
{
    const struct pp_question *q = &p->question[(id - 1) / PP_MEMBERS_MAX];
    const char *tail = q->member[(id - 1) % PP_MEMBERS_MAX].name;
    size_t stem = strlen(q->stem), rest = strlen(tail);

    return rest ? len == stem + 1 + rest && memcmp(name, q->stem, stem) == 0 && memcmp(name + stem + 1, tail, rest) == 0
                : len == stem && memcmp(name, q->stem, stem) == 0;
}

struct pp_question *pp_part_condition(struct pp_part *p, const char *name, size_t len, unsigned *member)
{
    size_t s = pp_siphash(&p->key, name, len) % SLOTS;
    const char *dot = memrchr(name, '.', len);
    struct pp_question *q;
    int m;

    if (!p->slot && !(p->slot = calloc(SLOTS, sizeof *p->slot)))
        return NULL;
    for (; p->slot[s]; s = (s + 1) % SLOTS)
        if (is_named(p, p->slot[s], name, len)) {
            *member = (p->slot[s] - 1) % PP_MEMBERS_MAX;
            return &p->question[(p->slot[s] - 1) / PP_MEMBERS_MAX];
        }
    q = len && len < 128 ? question_of(p, name, dot ? (size_t)(dot - name) : len) : NULL;
    m = q ? member_of(p, q, dot ? dot + 1 : "", dot ? len - (size_t)(dot + 1 - name) : 0) : -1;
    if (m < 0)
        return NULL;
    *member = (unsigned)m;
    p->slot[s] = (uint16_t)((size_t)(q - p->question) * PP_MEMBERS_MAX + *member + 1);
    return q;
}

/* ---- a line ----------------------------------------------------------------------------------------------------- */

struct where {
    size_t bucket[PP_BYS];
};

static size_t bucket_of(uint64_t key)
{
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((key ^ key >> 31) % PP_SHARE_BUCKETS);
}

static void hit(uint32_t *const array[PP_BYS], const struct where *w)
{
    for (int by = 0; by < PP_BYS; by++)
        if (array[by])
            array[by][w->bucket[by]]++;
}

static void count_value(struct pp_member_count *m, const char *text, size_t len)
{
    struct pp_values *v = m->values ? m->values : (m->values = calloc(1, sizeof *v));
    char digits[24], *end;
    int64_t value;

    if (!v || len >= sizeof digits)
        return;
    memcpy(digits, text, len);
    digits[len] = '\0';
    value = strtoll(digits, &end, 10);
    if (*end || end == digits)
        return;
    for (unsigned i = 0; i < v->n; i++)
        if (v->value[i].v == value) {
            v->value[i].n++;
            return;
        }
    if (v->n < PP_VALUES_MAX) {
        v->value[v->n].v = value;
        v->value[v->n++].n = 1;
    } else {
        v->more++;
    }
}

/* "ecn.stable.connectivity.works:3" of a merged line is "ecn.connectivity.works"; the value is a number of runs. */
static struct pp_span unmerged(struct pp_span name, char room[160])
{
    static const char *const elements[] = {".stable.", ".multipoint."};

    for (int i = 0; i < 2; i++) {
        size_t len = strlen(elements[i]) - 1;
        const char *at = memmem(name.at, name.len, elements[i], len + 1);
        const char *colon = at ? memchr(name.at, ':', name.len) : NULL;
        size_t end = colon ? (size_t)(colon - name.at) : name.len, before = at ? (size_t)(at - name.at) : 0;
        if (!at || end >= 160 || before + len > end)
            continue;
        memcpy(room, name.at, before);
        memcpy(room + before, at + len, end - before - len);
        return (struct pp_span){.at = room, .len = end - len};
    }
    return name;
}

static void state(struct pp_part *p, struct pp_span name, bool first, uint64_t line)
{
    const char *colon = memchr(name.at, ':', name.len);
    size_t len = colon ? (size_t)(colon - name.at) : name.len;
    struct pp_member_count *m;
    struct pp_question *q;
    unsigned member;
    bool is_word;

    if (pp_span_is(name, "pathspider.not_observed"))
        return;
    q = pp_part_condition(p, name.at, len, &member);
    if (!q) {
        p->more_names += !first;
        return;
    }
    m = &q->member[member];
    if ((first ? m->seen_first : m->seen) == line)
        return; /* the line states it twice */
    /* A condition such as `tfo.connectivity.residual` is stated beside a word, and is no word. */
    is_word = !q->connectivity || m->word >= 0;
    if (first) {
        if (is_word || q->seen_first != line)
            q->first_word = (int)member;
        m->seen_first = q->seen_first = line;
        m->first++;
        return;
    }
    if (is_word || q->seen != line)
        q->word = (int)member;
    q->lines += q->seen != line;
    m->seen = q->seen = line;
    m->n++;
    if (colon)
        count_value(m, colon + 1, name.len - len - 1);
}

static bool base_works(const struct pp_part *p, const struct pp_question *q, uint64_t line, bool first)
{
    const struct pp_question *b = q->base >= 0 ? &p->question[q->base] : NULL;

    if (!b)
        return true;
    first = first && b->seen_first == line; /* if round 1 left the arm out, its final word counts for round 1 */
    if ((first ? b->seen_first : b->seen) != line)
        return false;
    return b->member[first ? b->first_word : b->word].word == PP_VERDICT_WORKS;
}

static void count_networks(struct pp_part *p, const struct pp_reading *r, unsigned q, bool broken)
{
    uint64_t key[PP_KEY_KINDS] = {
        [PP_KEY_AS] = r->asn ? pp_cluster_as(r->asn) : 0,
        [PP_KEY_COUNTRY] = r->country.len ? (uint64_t)(uint8_t)r->country.at[0] << 8 | (uint8_t)r->country.at[1] : 0,
        [PP_KEY_PREFIX] = pp_cluster_prefix(&r->dip),
    };

    for (int kind = 0; kind < PP_KEY_KINDS; kind++) {
        struct pp_keys *k = &p->keys[kind];
        int64_t i = key[kind] ? pp_keys_index(k, key[kind], &p->room->keys) : -1;
        if (i >= 0 && !pp_keys_count(k, (uint32_t)i, q, broken, &p->room->keys))
            i = -1;
        if (i >= 0 && kind == PP_KEY_AS)
            pp_keys_name(k, (uint32_t)i, r->as_name);
        k->left_out += key[kind] && i < 0;
    }
}

static void count_question(struct pp_part *p, const struct pp_reading *r, struct pp_question *q, const struct where *w,
                           uint64_t line)
{
    struct pp_member_count *m = &q->member[q->word];

    if (q->connectivity && m->word == PP_VERDICT_OFFLINE)
        return;
    if (!base_works(p, q, line, false))
        return;
    q->n++;
    q->counted = line;
    hit(q->all, w);
    for (unsigned i = 0; i < q->nmembers; i++)
        if (q->member[i].seen == line) {
            q->member[i].based++;
            hit(q->member[i].hit, w);
        }
    if (q->connectivity)
        count_networks(p, r, (unsigned)(q - p->question), m->word == PP_VERDICT_BROKEN);
}

static void count_first(const struct pp_part *p, struct pp_question *q, uint64_t line)
{
    struct pp_member_count *m = &q->member[q->first_word];

    if ((q->connectivity && m->word == PP_VERDICT_OFFLINE) || !base_works(p, q, line, true))
        return;
    q->first_n++;
    for (unsigned i = 0; i < q->nmembers; i++)
        q->member[i].first_based += q->member[i].seen_first == line;
}

/* ---- verdicts --------------------------------------------------------------------------------------------------- */

static void count_dummy(struct pp_part *p, const struct pp_reading_verdict *v)
{
    if (!v->tried || !v->verdict.len)
        return;
    p->aa_n++;
    p->aa_fail += pp_span_is(v->verdict, "broken");
    if (pp_span_is(v->first, "works") || pp_span_is(v->first, "broken")) {
        p->aa_first_n++;
        p->aa_first_fail += pp_span_is(v->first, "broken");
    }
}

/* True if an arm is broken at this target that Q's arm contains: that alone makes Q's arm fail. */
static bool base_is_broken(const struct pp_part *p, const struct pp_question *q, const struct pp_reading *r)
{
    for (int b = q->base; b >= 0; b = p->question[b].base)
        for (unsigned i = 0; i < r->nverdicts; i++)
            if (pp_span_is(r->verdict[i].arm, p->question[b].arm) && pp_span_is(r->verdict[i].verdict, "broken"))
                return true;
    return false;
}

static void count_pair(struct pp_question *q, const struct pp_reading *r, struct pp_span first)
{
    uint64_t prefix = pp_cluster_prefix(&r->dip);
    bool works = pp_span_is(first, "works");

    if (q->pairs.prefix.bucket && first.len)
        pp_pairs_add(&q->pairs, prefix, r->asn ? pp_cluster_as(r->asn) : prefix, works || pp_span_is(first, "broken"),
                     works || pp_span_is(first, "transient"));
}

int pp_part_question(struct pp_part *p, const struct pp_reading_verdict *v)
{
    struct pp_question *q = NULL;

    if (v->condition.len && v->condition.len <= 100 && v->verdict.len && !pp_span_is(v->arm, "D"))
        q = question_of(p, v->condition.at, v->condition.len);
    return q ? (int)(q - p->question) : -1;
}

/* Is it broken? */
static bool count_verdict(struct pp_part *p, const struct pp_reading *r, const struct pp_reading_verdict *v)
{
    bool broken = pp_span_is(v->verdict, "broken");
    int i = pp_part_question(p, v);
    struct pp_question *q = &p->question[i < 0 ? 0 : i];

    if (i < 0)
        return false;
    if (!q->arm[0])
        snprintf(q->arm, sizeof q->arm, "%.*s", (int)v->arm.len, v->arm.at);
    /* As `measure` and `merge` count: of a run's lines only those with `broken` have evidence for the list. */
    pp_ebh_add(&p->ebh, broken || r->vantages.len ? v->e : 0);
    p->audited += r->audited;
    p->audit_changed += r->audited && !pp_span_is(v->verdict, "works");
    if (!base_is_broken(p, q, r))
        count_pair(q, r, v->first);
    q->implied += v->implied_by.len > 0;
    p->broken += broken;
    return broken;
}

static void count_offline(struct pp_part *p, const struct pp_reading *r)
{
    const struct pp_reading_verdict *first = NULL;

    for (unsigned i = r->nverdicts; i-- > 0;) {
        if (!r->verdict[i].condition.len || pp_span_is(r->verdict[i].arm, "D"))
            continue;
        if (!pp_span_is(r->verdict[i].verdict, "offline"))
            return;
        first = &r->verdict[i];
    }
    for (int how = 0; first && how < PP_HOW_COUNT; how++)
        if (pp_how_name[how] && pp_span_is(first->how, pp_how_name[how])) {
            p->offline_how[how]++;
            return;
        }
    p->offline_how[PP_HOW_NONE] += first != NULL;
}

static int count_verdicts(struct pp_part *p, const struct pp_reading *r)
{
    bool broken = false;

    for (unsigned i = 0; i < r->nverdicts; i++) {
        if (pp_span_is(r->verdict[i].arm, "D"))
            count_dummy(p, &r->verdict[i]);
        else
            broken |= count_verdict(p, r, &r->verdict[i]);
    }
    count_offline(p, r);
    return broken ? pp_part_list(p, r) : 0;
}

int pp_part_line(struct pp_part *p, const struct pp_reading *r, uint64_t line)
{
    uint64_t prefix = pp_cluster_prefix(&r->dip);
    struct where w = {.bucket = {bucket_of(prefix), r->asn ? bucket_of(pp_cluster_as(r->asn)) : bucket_of(prefix)}};
    bool reached = false, judged = false, broken = false;
    char room[160];

    p->more_names += r->more;
    for (unsigned i = 0; i < r->nconditions; i++)
        state(p, r->vantages.len ? unmerged(r->condition[i], room) : r->condition[i], false, line);
    for (unsigned i = 0; i < r->nfirst; i++)
        state(p, r->first[i], true, line);
    for (unsigned i = 0; i < p->nquestions; i++) {
        struct pp_question *q = &p->question[i];
        if (q->seen == line) {
            count_question(p, r, q, &w, line);
            judged |= q->connectivity;
            reached |= q->connectivity && q->member[q->word].word != PP_VERDICT_OFFLINE;
            broken |= q->connectivity && q->member[q->word].word == PP_VERDICT_BROKEN;
        }
        if (q->seen_first == line)
            count_first(p, q, line);
    }
    p->reached += reached;
    p->offline += judged && !reached;
    p->unjudged += !judged;
    p->any_broken += broken;
    if (!p->reached_all[0]) {
        buckets(p, p->reached_all);
        buckets(p, p->broken_any);
    }
    if (reached) {
        hit(p->reached_all, &w);
        count_networks(p, r, PP_KEYS_ANY, broken);
    }
    if (broken)
        hit(p->broken_any, &w);
    p->late += r->late;
    p->flows += r->flows;
    p->send_errors += r->send_errors;
    p->dropped += r->dropped;
    p->outage += r->outage;
    return count_verdicts(p, r) < 0 || pp_part_locate(p, r) < 0 ? -1 : 0;
}
