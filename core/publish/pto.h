/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto.h: a Path Transparency Observatory, version 3, as it really answers. Nothing that it has can be deleted or
 * replaced: a file whose upload broke off stays broken for ever, so another attempt takes another name. Main thread.
 */
#ifndef PP_PTO_H
#define PP_PTO_H

#include "exchange.h"

#define PP_URL_MAX 2048
#define PP_NAME_MAX 200

struct pp_pto {
    struct pp_exchange *x;
    const char *base;        /* "https://v3.example.org", without a last slash */
    const char *campaign, *owner; /* owner NULL: the campaign must be there */
    bool existing;           /* no campaign is made */
    unsigned retries;
    int64_t retry_wait;      /* ns, before the first; then twice as long each time */
};

enum pp_upload { PP_UPLOAD_DONE, PP_UPLOAD_DUPLICATE, PP_UPLOAD_STOPPED, PP_UPLOAD_FAILED = -1 };

/* URL of a campaign, file or other piece below the base, each part of it escaped. 0, -1 printed. */
int pp_pto_url(char url[PP_URL_MAX], const struct pp_pto *p, const char *a, const char *b, const char *c);
/*
 * Raw data under NAME, or, if that is damaged already, NAME with -2, -3, ... before its suffix. MEMBERS: its metadata
 * (pp_describe_members). LINK: where it is. Printed unless done or a duplicate.
 */
enum pp_upload pp_pto_raw(const struct pp_pto *p, const char *name, const struct pp_buf *members,
                          const struct pp_package *package, char link[PP_URL_MAX]);
/* An observation set; MEMBERS with _sources, _analyzer, _conditions. COUNT: of its observations. */
enum pp_upload pp_pto_set(const struct pp_pto *p, const struct pp_buf *members, const struct pp_package *package,
                          uint64_t count, char link[PP_URL_MAX]);

/* ---- what pto_raw.c and pto_set.c share ---- */

/* Sends a JSON object made of MEMBERS. */
bool pp_pto_json(const struct pp_pto *p, const char *method, const char *url, const struct pp_buf *members,
                 struct pp_answer *a);
bool pp_pto_get(const struct pp_pto *p, const char *url, struct pp_answer *a);
/* Sends the package to LINK, which the observatory named: only where the base is. */
bool pp_pto_data(const struct pp_pto *p, const char *link, const struct pp_package *package, struct pp_answer *a);
/* LINK has scheme, host and port of the base: the token goes nowhere else. 0, -1 printed. */
int pp_pto_is_ours(const struct pp_pto *p, const char *link);
/* Prints what was wrong with WHAT, and a way out if one is known. Returns PP_UPLOAD_FAILED. */
enum pp_upload pp_pto_refused(const struct pp_pto *p, const char *what, const struct pp_answer *a);
/* Waits before attempt N, from 1 on. False: stopped. */
bool pp_pto_wait(const struct pp_pto *p, unsigned n);
bool pp_pto_stopped(const struct pp_pto *p);

#endif
