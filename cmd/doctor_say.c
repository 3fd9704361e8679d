/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor_say.c: findings as lines for people, or as one JSON object. */
#include "doctor_host.h"

#include <stdarg.h>

static const char *const words[] = {[PP_OK] = "ok", [PP_WARN] = "warn", [PP_FAIL] = "fail"};

void pp_doctor_begin(struct pp_doctor *d, bool json)
{
    pp_buf_init(&d->text, 1 << 20);
    pp_json_init(&d->j, &d->text);
    d->json = json;
    if (!json)
        return;
    pp_json_object(&d->j, NULL);
    pp_json_array(&d->j, "findings");
}

static void close_finding(struct pp_doctor *d)
{
    if (d->open) {
        pp_json_end(&d->j, ']');
        pp_json_end(&d->j, '}');
    }
    d->open = false;
}

void pp_doctor_say(struct pp_doctor *d, enum pp_health health, const char *what, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (health == PP_FAIL)
        d->failed = true;
    if (!d->json) {
        pp_say(stdout, "%-5s%-13s%s", words[health], what, text);
        return;
    }
    close_finding(d);
    pp_json_object(&d->j, NULL);
    pp_json_str(&d->j, "what", what);
    pp_json_str(&d->j, "health", words[health]);
    pp_json_str(&d->j, "finding", text);
    pp_json_array(&d->j, "advice");
    d->open = true;
}

void pp_doctor_advise(struct pp_doctor *d, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (d->json)
        pp_json_str(&d->j, NULL, text);
    else
        pp_say(stdout, "%-18s-> %s", "", text);
}

int pp_doctor_end(struct pp_doctor *d)
{
    if (!d->json) {
        printf("%s\n", d->failed ? "measuring cannot work here yet" : "measuring can work here");
    } else {
        close_finding(d);
        pp_json_end(&d->j, ']');
        pp_json_bool(&d->j, "ok", !d->failed);
        pp_json_end(&d->j, '}');
        printf("%.*s\n", (int)d->text.len, d->text.failed ? "" : d->text.data);
    }
    pp_buf_release(&d->text);
    return d->failed ? 1 : 0;
}
