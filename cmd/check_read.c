/* SPDX-License-Identifier: BSD-2-Clause */
/* check_read.c: reads an observation into a row of `check`. */
#include "check.h"

/* Clauses that explain conditions; at most three per experiment, in this order. */
static const struct {
    const char *condition, *clause;
} clauses[] = {
    {"ecn.negotiation.succeeded", "agreed"},
    {"ecn.negotiation.failed", "not agreed to"},
    {"ecn.negotiation.reflected", "flags copied back, not agreed to"},
    {"ecn.feedback.ce.echoed", "CE is echoed"},
    {"ecn.feedback.ce.not_echoed", "CE is not echoed"},
    {"accecn.negotiation.succeeded", "agreed"},
    {"accecn.negotiation.downgraded_ecn", "classic ECN instead"},
    {"accecn.negotiation.downgraded_noecn", "not agreed to"},
    {"accecn.negotiation.reflected", "flags copied back, not agreed to"},
    {"ecn.fwd.bleached", "marks are cleared on the way there"},
    {"ecn.fwd.ce_cleared", "CE is cleared on the way there"},
    {"ecn.fwd.ce_stuck", "all arrives as CE"},
    {"l4s.ect1.preserved", "ECT(1) arrives"},
    {"l4s.ect1.remarked", "ECT(1) is remarked"},
    {"l4s.ect1.bleached", "ECT(1) is cleared"},
    {"tfo.cookie.received", "gives cookies"},
    {"tfo.cookie.not_received", "gives no cookie"},
    {"tfo.syndata.acked", "data in SYNs is taken"},
    {"mptcp.negotiation.succeeded", "agreed"},
    {"mptcp.negotiation.failed", "not agreed to"},
    {"mptcp.negotiation.reflected", "option copied back, not agreed to"},
    {"tcpopt.mirrored", "unknown options are copied back"},
    {"tsopt.negotiation.succeeded", "timestamps"},
    {"wsopt.negotiation.succeeded", "window scale"},
    {"sack.negotiation.succeeded", "SACK agreed"},
    {"h2.upgrade.success", "HTTP/2 agreed"},
    {"h2.upgrade.failed", "HTTP/1.1 only"},
    {"mss.option.received.unchanged", "as the SYN announced it"},
    {"quic.ecn.fwd.ect0.notect", "ECT(0) is cleared on the way there"},
    {"quic.ecn.fwd.ect1.notect", "ECT(1) is cleared on the way there"},
    {"quic.ecn.fwd.ce.notect", "CE is cleared on the way there"},
    {"quic.ecn.fwd.ect0.ect1", "ECT(0) arrives as ECT(1)"},
    {"quic.ecn.fwd.ect0.ce", "ECT(0) arrives as CE"},
    {"quic.ecn.fwd.ect0.ect0", "ECT(0) arrives"},
    {"quic.ecn.fwd.ce.ce", "CE arrives"},
    {"quic.ecn.not_mirrored_or_cleared", "reports no marks"},
    {"pmtu.blackhole", "longer packets are lost without an ICMP error"},
    {"udpopt.length.enforced", "UDP length has to be IP's"},
    {"udpopt.ocs.required", "surplus needs a right checksum"},
};

/* ---- words --------------------------------------------------------------------------------------------------- */

static unsigned gravity(const char *word)
{
    static const char *const order[] = {"online", "works", "offline", "unstable", "transient", "broken"};

    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        if (strcmp(word, order[i]) == 0)
            return i;
    return 0;
}

bool pp_check_fails(const struct pp_check_row *row)
{
    return row->state >= PP_CHECK_ASKED && gravity(row->word) > 2;
}

/* The word for successes and attempts of an arm (B) beside its controls (A), without a verdict. NULL: not measured. */
static const char *so_far(const unsigned a[2], const unsigned b[2])
{
    if (b[1] == 0)
        return NULL;
    if (b[0] == 0)
        return a[0] ? "broken" : "offline";
    if (b[0] < b[1])
        return "unstable";
    return a[0] || a[1] == 0 ? "works" : "transient";
}

static void read_pair(const json_t *v, const char *key, unsigned n[2])
{
    const json_t *pair = json_object_get(v, key);

    for (unsigned i = 0; i < 2; i++)
        n[i] = (unsigned)json_integer_value(json_array_get(pair, i));
}

/*
 * True if WORD is more severe than the row's. Equal words: the first arm or, while rounds follow, the one with a
 * verdict or with more rounds.
 */
static bool is_graver(const struct pp_check_row *row, const char *word, bool said, const unsigned b[2], bool ended)
{
    unsigned old = gravity(row->word), new = gravity(word);

    if (new != old || ended)
        return new > old;
    return said != row->said ? said : b[1] > row->b[1];
}

/* Takes the arm with the most severe verdict for the row. ENDED: no more rounds follow. */
static void read_verdicts(struct pp_check_row *row, const json_t *o, bool ended, unsigned *works, unsigned *arms)
{
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(o, "verdicts"), i, v) {
        const char *word = json_string_value(json_object_get(v, "verdict"));
        const char *arm = json_string_value(json_object_get(v, "arm"));
        bool said = word != NULL; /* a later round can change it only if the arm gets through */
        unsigned a[2], b[2];

        read_pair(v, "a", a);
        read_pair(v, "b", b);
        if (!word || (!ended && gravity(word) > 2))
            word = so_far(a, b);
        if (!word || !arm || strcmp(arm, "D") == 0)
            continue;
        ++*arms;
        *works += gravity(word) <= 1;
        if (*arms > 1 && !is_graver(row, word, said, b, ended))
            continue;
        row->said = said;
        snprintf(row->word, sizeof row->word, "%s", word);
        snprintf(row->arm, sizeof row->arm, "%s", arm);
        memcpy(row->a, a, sizeof a);
        memcpy(row->b, b, sizeof b);
        row->alpha = json_number_value(json_object_get(v, "alpha"));
    }
    if (strcmp(row->word, "online") == 0)
        snprintf(row->word, sizeof row->word, "works");
}

/* ---- conditions ---------------------------------------------------------------------------------------------- */

static void add_clause(struct pp_check_row *row, const char *text)
{
    size_t at = strlen(row->clause);

    snprintf(row->clause + at, sizeof row->clause - at, "%s%s", at ? ", " : "", text);
}

static bool has(const json_t *conditions, const char *name)
{
    size_t i;
    json_t *s;

    json_array_foreach((json_t *)conditions, i, s) {
        if (strcmp(json_string_value(s) ? json_string_value(s) : "", name) == 0)
            return true;
    }
    return false;
}

static void read_conditions(struct pp_check_row *row, const json_t *conditions)
{
    static const struct {
        const char *name, *before;
    } values[] = {{"mss.option.remote.value:", ""}, {"pmtu.fwd.value:", "up to "},
                  {"pmtu.ptb.mtu:", "a router says its next hop takes "}};
    unsigned n = 0;
    size_t i;
    json_t *s;

    json_array_foreach((json_t *)conditions, i, s) {
        const char *text = json_string_value(s);

        for (size_t v = 0; text && v < sizeof values / sizeof *values; v++) {
            char clause[64];
            size_t len = strlen(values[v].name);

            if (strncmp(text, values[v].name, len) != 0)
                continue;
            snprintf(clause, sizeof clause, "%s%s", values[v].before, text + len);
            add_clause(row, clause);
        }
    }
    if (has(conditions, "mss.connectivity.offline"))
        snprintf(row->word, sizeof row->word, "offline");
    for (size_t c = 0; c < sizeof clauses / sizeof *clauses && n < 3; c++)
        if (has(conditions, clauses[c].condition)) {
            add_clause(row, clauses[c].clause);
            n++;
        }
}

/* True if round 1 stated a condition that needs a second round to confirm it. */
static bool in_doubt(const json_t *o)
{
    const json_t *conditions = json_object_get(o, "conditions");
    size_t i;
    json_t *s;

    json_array_foreach(json_object_get(o, "first"), i, s) {
        const char *text = json_string_value(s);

        if (text && !strstr(text, ".connectivity.") && !has(conditions, text))
            return true;
    }
    return false;
}

/* ---- the row ------------------------------------------------------------------------------------------------- */

static uint8_t state_of(const struct pp_check_row *row, const json_t *o, bool confirming, bool interim)
{
    unsigned grave = gravity(row->word);

    if (confirming && grave > 3 && row->said && row->alpha > 0)
        return PP_CHECK_CONFIRMED;
    if (interim || (!confirming && (grave > 2 || in_doubt(o))))
        return PP_CHECK_SO_FAR;
    if (grave <= 2)
        return PP_CHECK_ASKED;
    return PP_CHECK_UNDECIDED;
}

/* Counts failed rounds. BEFORE: the row's previous state; the first run's round counts if it is about the same arm. */
static void count_failed(struct pp_check_row *row, const struct pp_check_row *before, bool confirming)
{
    row->failed[0] = row->b[1] - row->b[0];
    row->failed[1] = row->b[1];
    memcpy(row->first, confirming ? before->first : row->failed, sizeof row->first);
    memcpy(row->first_arm, confirming ? before->first_arm : row->arm, sizeof row->first_arm);
    for (unsigned i = 0; confirming && i < 2 && strcmp(row->arm, row->first_arm) == 0; i++)
        row->failed[i] += row->first[i];
}

void pp_check_read(struct pp_check_row *row, json_t *o, bool confirming)
{
    struct pp_check_row before = *row;
    bool interim = json_is_true(json_object_get(o, "interim"));
    const json_t *quality = json_object_get(o, "quality"), *conditions = json_object_get(o, "conditions");
    unsigned works = 0, arms = 0;
    char text[40];

    *row = (struct pp_check_row){.line = json_incref(o), .word = "works", .port = before.port};
    row->invalid = json_is_false(json_object_get(quality, "valid"));
    row->flows = (unsigned)json_integer_value(json_object_get(quality, "flows"));
    read_verdicts(row, o, confirming && !interim, &works, &arms);
    /* The conditions of round 1 are used until there are further rounds. */
    read_conditions(row, !confirming || interim ? json_object_get(o, "first") : conditions);
    if (arms == 1 && *row->clause == '\0')
        add_clause(row, "gets through");
    if (arms > 1 && gravity(row->word) <= 1) {
        snprintf(text, sizeof text, "%u of %u treatments", works, arms);
        add_clause(row, text);
    }
    if (row->invalid)
        snprintf(row->word, sizeof row->word, "unknown");
    row->state = row->invalid ? PP_CHECK_UNDECIDED : state_of(row, o, confirming, interim);
    count_failed(row, &before, confirming);
    json_decref(before.line);
}
