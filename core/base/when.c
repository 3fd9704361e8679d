/* SPDX-License-Identifier: BSD-2-Clause */
/* when.c: parses and formats times. */
#include "when.h"

#include "banned.h"

#include <stdbool.h>

/* Parses N digits at TEXT; -1: not all are digits. */
static int digits(const char *text, int n)
{
    int v = 0;

    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        v = 10 * v + (text[i] - '0');
    }
    return v;
}

static bool parse_seconds(struct tm *tm, const char *text)
{
    static const char shape[] = "0000-00-00 00:00:00";

    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] != '0' && text[i] != shape[i])
            return false;
    *tm = (struct tm){
        .tm_year = digits(text, 4) - 1900,
        .tm_mon = digits(text + 5, 2) - 1,
        .tm_mday = digits(text + 8, 2),
        .tm_hour = digits(text + 11, 2),
        .tm_min = digits(text + 14, 2),
        .tm_sec = digits(text + 17, 2),
    };
    return tm->tm_year >= 70 && tm->tm_year <= 300 && tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
           tm->tm_mday <= 31 && tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 &&
           tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

int pp_when_parse(int64_t *us, const char *text, size_t len)
{
    int64_t fraction = 0, unit = 100000;
    struct tm tm;

    if (len < 19 || !parse_seconds(&tm, text) || (len > 19 && (text[19] != '.' || len == 20 || len > 26)))
        return -1;
    for (size_t i = 20; i < len; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        fraction += (text[i] - '0') * unit;
    }
    *us = (int64_t)timegm(&tm) * 1000000 + fraction;
    return 0;
}

const char *pp_when_rfc3339(int64_t s, char text[PP_RFC3339_LEN])
{
    time_t t = (time_t)s;
    struct tm tm;

    return gmtime_r(&t, &tm) && strftime(text, PP_RFC3339_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) ? text : NULL;
}
