/* SPDX-License-Identifier: BSD-2-Clause */
/* words.c: which words of runs and vantage points agree. */
#include "words.h"

#include <inttypes.h>

static const char *const merged_name[PP_MERGED_WORDS] = {
    [PP_PATH_DEPENDENT] = "path_dependent",
    [PP_CANDIDATE] = "path_dependent_candidate",
};

const char *pp_merged_name(unsigned word, bool alone)
{
    if (word >= PP_MERGED_WORDS)
        return NULL;
    if (merged_name[word])
        return merged_name[word];
    return alone && pp_verdict_name_alone[word] ? pp_verdict_name_alone[word] : pp_verdict_name[word];
}

static bool is(const char *text, size_t len, const char *name)
{
    return name && strlen(name) == len && memcmp(text, name, len) == 0;
}

uint8_t pp_merged_parse(const char *text, size_t len)
{
    for (uint8_t w = 0; w < PP_VERDICTS; w++)
        if (is(text, len, pp_verdict_name[w]) || is(text, len, pp_verdict_name_alone[w]))
            return w;
    return PP_NO_WORD;
}

/* ---- runs of one vantage point --------------------------------------------------------------------------------- */

void pp_stable_init(struct pp_arm_stable *s)
{
    *s = (struct pp_arm_stable){.e = 1, .word = PP_NO_WORD};
}

void pp_stable_add(struct pp_arm_stable *s, const struct pp_arm_seen *a)
{
    if (a->word >= PP_VERDICTS)
        return;
    s->e *= a->e;
    s->e = s->e < PP_E_MAX ? s->e : PP_E_MAX;
    if (a->alpha > 0 && (s->alpha == 0 || a->alpha < s->alpha))
        s->alpha = a->alpha;
    s->a_ok += a->a_ok;
    s->a_n += a->a_n;
    s->b_ok += a->b_ok;
    s->b_n += a->b_n;
    if (a->word == PP_VERDICT_UNSTABLE && a->undecided)
        s->undecided++;
    else
        s->n[a->word]++;
}

/* Runs in which the target was offline or a limit ended the judging are left out if other runs exist. */
void pp_stable_end(struct pp_arm_stable *s)
{
    s->judged = s->n[PP_VERDICT_WORKS] + s->n[PP_VERDICT_BROKEN] + s->n[PP_VERDICT_TRANSIENT] +
                s->n[PP_VERDICT_UNSTABLE];
    s->word = PP_NO_WORD;
    s->sure = false;
    if (s->judged) {
        s->word = PP_VERDICT_UNSTABLE;
        for (uint8_t w = 0; w < PP_VERDICTS; w++)
            if (s->n[w] == s->judged && w != PP_VERDICT_OFFLINE)
                s->word = w;
    } else if (s->undecided) {
        s->judged = s->undecided;
        s->word = PP_VERDICT_UNSTABLE;
    } else if (s->n[PP_VERDICT_OFFLINE]) {
        s->judged = s->n[PP_VERDICT_OFFLINE];
        s->word = PP_VERDICT_OFFLINE;
    }
    if (s->word == PP_VERDICT_BROKEN)
        s->sure = s->alpha > 0 && s->e >= 1 / s->alpha;
    else if (s->word == PP_VERDICT_WORKS)
        s->sure = s->b_n >= PP_SURE_ROUNDS && s->b_ok == s->b_n;
}

/* ---- several vantage points ------------------------------------------------------------------------------------ */

void pp_sources_add(struct pp_sources *s, const struct pp_addr *a, bool special, uint32_t asn)
{
    if (asn)
        s->asn = asn;
    for (unsigned i = 0; i < s->n; i++)
        if (pp_addr_eq(&s->addr[i], a))
            return;
    if (s->n == PP_SOURCES)
        return;
    s->addr[s->n] = *a;
    s->special[s->n++] = special;
}

bool pp_sources_differ(const struct pp_sources *a, const struct pp_sources *b)
{
    for (unsigned i = 0; i < a->n; i++)
        for (unsigned k = 0; k < b->n; k++)
            if (pp_addr_eq(&a->addr[i], &b->addr[k]) &&
                !(a->special[i] && a->asn && b->asn && a->asn != b->asn))
                return false;
    return a->n && b->n;
}

/*
 * True if one vantage point has `broken` and another, with different sources, `works`; SURE: both must be sure. Points
 * of such a pair that are not sure get ask_again.
 */
static bool differ(struct pp_point *p, unsigned n, bool sure)
{
    bool found = false;

    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; p[i].word == PP_VERDICT_BROKEN && k < n; k++) {
            if (p[k].word != PP_VERDICT_WORKS || !pp_sources_differ(p[i].sources, p[k].sources))
                continue;
            if (sure && !(p[i].sure && p[k].sure))
                continue;
            if (sure)
                return true;
            p[i].ask_again |= !p[i].sure;
            p[k].ask_again |= !p[k].sure;
            found = true;
        }
    return found;
}

uint8_t pp_multipoint(struct pp_point *p, unsigned n, unsigned *evidence)
{
    uint8_t word = PP_NO_WORD;
    unsigned offline = 0;
    bool agree = true;

    *evidence = 0;
    for (unsigned i = 0; i < n; i++) {
        if (p[i].word == PP_NO_WORD || p[i].word == PP_VERDICT_OFFLINE) {
            offline += p[i].word == PP_VERDICT_OFFLINE;
            continue;
        }
        agree &= word == PP_NO_WORD || word == p[i].word;
        word = p[i].word;
        ++*evidence;
    }
    if (word == PP_NO_WORD) {
        *evidence = offline;
        return offline ? PP_VERDICT_OFFLINE : PP_NO_WORD;
    }
    if (agree)
        return word;
    if (differ(p, n, true))
        return PP_PATH_DEPENDENT;
    return differ(p, n, false) ? PP_CANDIDATE : PP_VERDICT_UNSTABLE;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* NAME with INFIX before its last element but LATER, never first. */
static void infixed(struct pp_buf *out, const char *infix, const char *name, size_t len, unsigned later)
{
    size_t at = len;

    for (unsigned dots = 0; at > 0; at--)
        if (name[at - 1] == '.' && dots++ == later)
            break;
    if (at == 0) { /* behind the first element */
        const char *dot = memchr(name, '.', len);
        at = dot ? (size_t)(dot - name) + 1 : len;
    }
    pp_buf_add(out, name, at);
    if (at == len)
        pp_buf_addc(out, '.');
    pp_buf_adds(out, infix);
    if (at < len)
        pp_buf_addc(out, '.');
    pp_buf_add(out, name + at, len - at);
}

void pp_merged_condition(struct pp_buf *out, const char *infix, const char *name, size_t len, const char *value,
                         size_t value_len, uint64_t n)
{
    infixed(out, infix, name, len, value_len == 0);
    pp_buf_addc(out, ':');
    if (value_len)
        pp_buf_add(out, value, value_len);
    else
        pp_buf_addf(out, "%" PRIu64, n);
}

void pp_merged_disagree(struct pp_buf *out, const char *infix, const char *name, size_t len, bool valued,
                        const char *word, uint64_t n)
{
    size_t start = out->len;

    infixed(out, infix, name, len, !valued);
    while (!valued && out->len > start && out->data[out->len - 1] != '.')
        out->len--;
    if (valued)
        pp_buf_addc(out, '.');
    pp_buf_addf(out, "%s:%" PRIu64, word, n);
}
