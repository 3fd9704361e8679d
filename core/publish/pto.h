/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto.h: a Path Transparency Observatory, version 3, as it really answers. Data that it has can be neither deleted nor
 * replaced: a file whose upload broke off stays broken for ever, so another attempt takes another name. Metadata can be
 * replaced, and `_deprecated` in it, a time, takes a file or set out of use. Main thread.
 */
#ifndef PP_PTO_H
#define PP_PTO_H

#include "exchange.h"

#define PP_URL_MAX 2048
#define PP_NAME_MAX 200
#define PP_PTO_FILE_TYPE "pathspider-v2-ndjson-bz2"
#define PP_PTO_TRACE_TYPE "tracebox-v1-ndjson" /* as application/vnd.mami.ndjson */

/* What is done with a file or set. */
enum pp_pto_task {
    PP_PTO_UPLOAD,    /* put there, unless it is */
    PP_PTO_UPDATE,    /* it is there: its metadata are corrected */
    PP_PTO_DEPRECATE, /* it is there: it gets `_deprecated` */
};

struct pp_pto {
    struct pp_exchange *x;
    const char *base;        /* "https://v3.example.org", without a last slash */
    const char *campaign, *owner; /* owner NULL: the campaign must be there */
    bool existing;           /* no campaign is made */
    enum pp_pto_task task;
    unsigned retries;
    int64_t retry_wait;      /* ns, before the first; then twice as long each time */
};

enum pp_upload {
    PP_UPLOAD_DONE,
    PP_UPLOAD_DUPLICATE, /* name, data and metadata were as they are to be */
    PP_UPLOAD_COMPLETED, /* an earlier upload had left it without data, or marked as under way */
    PP_UPLOAD_STOPPED,
    PP_UPLOAD_FAILED = -1,
};

/* URL of a campaign, file or other piece below the base, each part of it escaped. 0, -1 printed. */
int pp_pto_url(char url[PP_URL_MAX], const struct pp_pto *p, const char *a, const char *b, const char *c);
/*
 * Whether NAME may be a campaign's or (FILE) a file's: the observatory makes URLs and paths of it without escapes, and
 * one name that is none ends all reading of its campaign. WHAT, for the message: "--name". 0, -1 printed.
 */
int pp_pto_name_check(const char *what, const char *name, bool file);
/*
 * Raw data under NAME, or, if that is damaged already, NAME with -2, -3, ... before its suffix. MEMBERS: its metadata
 * (pp_describe_members). LINK: where its metadata is, as the PTO's tools name it as a source. Printed if it failed.
 */
enum pp_upload pp_pto_raw(const struct pp_pto *p, const char *name, const struct pp_buf *members,
                          const struct pp_package *package, char link[PP_URL_MAX]);
/* An observation set; MEMBERS with _sources, _analyzer, _conditions. COUNT: of its observations. */
enum pp_upload pp_pto_set(const struct pp_pto *p, const struct pp_buf *members, const struct pp_package *package,
                          uint64_t count, char link[PP_URL_MAX]);
/* Sets `_deprecated` for the file or set at LINK, as an upload has printed it. */
enum pp_upload pp_pto_deprecate(const struct pp_pto *p, const char *link);

/* ---- what pto_raw.c and pto_set.c share ---- */

/* Sends a JSON object made of MEMBERS. */
bool pp_pto_json(const struct pp_pto *p, const char *method, const char *url, const struct pp_buf *members,
                 struct pp_answer *a);
/* The same, with the metadata that takes it out of use; MARK: more members, or NULL. */
bool pp_pto_json_deprecated(const struct pp_pto *p, const char *url, const struct pp_buf *members, const char *mark,
                            struct pp_answer *a);
bool pp_pto_get(const struct pp_pto *p, const char *url, struct pp_answer *a);
/* Sends the package to LINK, which the observatory named: only where the base is. */
bool pp_pto_data(const struct pp_pto *p, const char *link, const struct pp_package *package, struct pp_answer *a);
/* LINK has scheme, host and port of the base: the token goes nowhere else. 0, -1 printed. */
int pp_pto_is_ours(const struct pp_pto *p, const char *link);
/*
 * Names of metadata in which what the observatory answered differs from MEMBERS, into NAMES, with blanks between; what
 * it makes itself (`__...`) and what a campaign hands down (INHERITED, or NULL) apart. False: none differs.
 */
bool pp_pto_differs(const struct pp_answer *a, const struct pp_buf *members, const json_t *inherited, char *names,
                    size_t room);
/* Prints what was wrong with WHAT, and a way out if one is known. Returns PP_UPLOAD_FAILED. */
enum pp_upload pp_pto_refused(const struct pp_pto *p, const char *what, const struct pp_answer *a);
/* Another attempt would be refused, too. */
bool pp_pto_is_permanent(const struct pp_answer *a);
/* Waits before attempt N, from 1 on. False: stopped. */
bool pp_pto_wait(const struct pp_pto *p, unsigned n);
bool pp_pto_stopped(const struct pp_pto *p);

/*
 * The wait for what a slow observatory does with a body that it has got: while next() says true there is another look
 * to take; it ends once every retry was used and AT_LEAST ns have passed.
 */
struct pp_patience {
    int64_t until; /* ns, monotonic */
    unsigned n;
};

struct pp_patience pp_patience_new(int64_t at_least);
bool pp_patience_next(struct pp_patience *w, const struct pp_pto *p);

#endif
