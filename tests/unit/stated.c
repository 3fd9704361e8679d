/* SPDX-License-Identifier: BSD-2-Clause */
/* stated.c: writes the conditions that an experiment states as text. */
#include "stated.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(struct stated *s, unsigned i, int64_t value, const char *mark)
{
    const struct pp_condition *c = &s->plugin->conditions[i];
    char text[32] = "";

    assert_true(i < s->plugin->nconditions);
    assert_true(strncmp(c->name, s->cut, strlen(s->cut)) == 0);
    assert_true(!s->mode || !c->modes || (c->modes & s->mode));
    if (c->has_value)
        snprintf(text, sizeof text, ":%" PRId64, value);
    else
        assert_int_equal(value, 0);
    size_t len = strlen(s->text);
    snprintf(s->text + len, sizeof s->text - len, "%s%s%s%s", len ? " " : "", c->name + strlen(s->cut), text, mark);
}

static void state(struct pp_sink *sink, unsigned i, int64_t value)
{
    add(sink->priv, i, value, "");
}

static void doubt(struct pp_sink *sink, unsigned i, int64_t value)
{
    add(sink->priv, i, value, "?");
}

void stated_init(struct stated *s, const struct pp_plugin *plugin, const char *cut, uint32_t mode)
{
    *s = (struct stated){
        .sink = {.priv = s, .state = state, .doubt = doubt}, .plugin = plugin, .cut = cut, .mode = mode};
}

void stated_is(const struct pp_plugin *plugin, const char *cut, uint32_t mode, const struct pp_outcome *arm,
               uint32_t narms, const char *what, const char *wanted)
{
    struct stated s;

    stated_init(&s, plugin, cut, mode);
    plugin->conclude(&(struct pp_round_view){.mode = mode, .narms = narms, .arm = arm}, &s.sink);
    if (strcmp(s.text, wanted) != 0)
        fail_msg("%s: wanted '%s', got '%s'", what, wanted, s.text);
}

void stated_put(const struct pp_plugin *plugin, int64_t *value, const char *field, int64_t v)
{
    for (unsigned i = 0; plugin->fields[i]; i++) {
        if (strcmp(plugin->fields[i], field) == 0) {
            value[i] = v;
            return;
        }
    }
    fail_msg("no field %s", field);
}

const char *stated_text(struct pp_tables *tables, const char *fmt, ...)
{
    static char all[256][64];
    static unsigned n;
    va_list ap;

    (void)tables;
    assert_true(n < sizeof all / sizeof *all);
    va_start(ap, fmt);
    vsnprintf(all[n], sizeof all[n], fmt, ap);
    va_end(ap);
    return all[n++];
}
