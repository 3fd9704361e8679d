/* SPDX-License-Identifier: BSD-2-Clause */
/* test_statements.c: conditions besides connectivity that several rounds state, and that one round alone cannot. */
#include "core/verdict/confirm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SEEN, NOT_SEEN, OTHER };

/* Two groups. */
static const struct pp_plan plan = {.group = {[SEEN] = 0, [NOT_SEEN] = 0, [OTHER] = 1}};
static const struct pp_plan single = {.group = {0, 0, 1}, .rounds = 1};

/*
 * ROUNDS: a word a round: S seen, n not seen, N the same and sure, o the other group in doubt, - nothing. ASKED: after
 * which of them another one is needed, as bits; THEN: what stands, as letters of the conditions.
 */
static const struct {
    const char *rounds[4];
    unsigned asked;
    const char *then, *mixed;
} rows[] = {
    {{"S"}, 0, "S", ""},
    {{"N"}, 0, "N", ""},
    {{"n"}, 1, "", ""},
    {{"n", "n"}, 1, "N", ""},
    {{"n", "N"}, 1, "N", ""},
    {{"N", "n"}, 0, "N", ""},
    {{"n", "S"}, 1, "S", "mixed"},
    {{"S", "n"}, 2, "", "mixed"},
    {{"n", "-"}, 3, "", ""},
    {{"n", "-", "n"}, 3, "N", ""},
    {{"n", "S", "n"}, 5, "", "mixed"},
    {{"n", "S", "n", "n"}, 5, "N", "mixed"},
    {{"So", "S"}, 3, "S", ""},
    {{"So", "So"}, 1, "SO", ""},
    {{"no", "n"}, 3, "N", ""},
};

static void add(struct pp_result *r, const char *word)
{
    *r = (struct pp_result){.valid = true};
    for (; *word; word++) {
        if (*word == '-')
            continue;
        r->stated[r->nstated++] = (struct pp_statement){
            .index = *word == 'S' ? SEEN : *word == 'o' ? OTHER : NOT_SEEN,
            .said = 1,
            .doubt = *word == 'n' || *word == 'o'};
    }
}

static void letters(const struct pp_statements *s, char *text)
{
    static const char letter[] = {[SEEN] = 'S', [NOT_SEEN] = 'N', [OTHER] = 'O'};

    for (int c = SEEN; c <= OTHER; c++)
        for (unsigned i = 0; s && i < s->n; i++)
            if (s->v[i].index == c)
                *text++ = letter[c];
    *text = 0;
}

static void release(struct pp_finding *job)
{
    if (job->stated_first != job->stated)
        free(job->stated_first);
    free(job->stated);
}

static void a_second_round_says_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_finding job = {0};
        static struct pp_result r;
        unsigned asked = 0, n;
        char text[8], first[8];

        for (n = 0; n < 4 && rows[i].rounds[n]; n++) {
            add(&r, rows[i].rounds[n]);
            assert_int_equal(pp_statements_keep(&job, &plan, &r), 0);
            asked |= (unsigned)pp_statements_in_doubt(&job) << n;
        }
        letters(job.stated_first, first);
        pp_statements_settle(&job, &plan);
        letters(job.stated, text);
        if (asked != (rows[i].asked | (asked >> (n - 1) << (n - 1))) || strcmp(text, rows[i].then) != 0)
            fail_msg("row %zu: asked %x, then '%s'", i, asked, text);
        assert_int_equal(job.mixed != 0, rows[i].mixed[0] != 0);
        letters(job.stated_first, text); /* the conditions of round 1 are unchanged */
        assert_string_equal(text, first);
        release(&job);
    }
}

static void one_round_says_what_it_says(void **state)
{
    struct pp_finding job = {0};
    static struct pp_result r;
    char text[8];

    (void)state;
    add(&r, "no");
    assert_int_equal(pp_statements_keep(&job, &single, &r), 0);
    pp_statements_settle(&job, &single);
    letters(job.stated, text);
    assert_string_equal(text, "NO");
    release(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_round_says_the_same),
        cmocka_unit_test(one_round_says_what_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
