/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pto.h: a client for a Path Transparency Observatory, version 3, as its server behaves. Uploaded data can be neither
 * deleted nor replaced: a file whose upload broke off stays incomplete, so another attempt uses another name. Metadata
 * can be replaced; the member `_deprecated`, a time, takes a file or set out of use. Main thread.
 */
#ifndef PP_PTO_H
#define PP_PTO_H

#include "exchange.h"

#define PP_URL_MAX 2048
#define PP_NAME_MAX 200
#define PP_PTO_FILE_TYPE "pathspider-v2-ndjson-bz2"
#define PP_PTO_TRACE_TYPE "tracebox-v1-ndjson" /* as application/vnd.mami.ndjson */

/* The task for a file or set. */
enum pp_pto_task {
    PP_PTO_UPLOAD,    /* upload it, unless it is there */
    PP_PTO_UPDATE,    /* correct the metadata of a file that is there */
    PP_PTO_DEPRECATE, /* set `_deprecated` for a file or set that is there */
};

struct pp_pto {
    struct pp_exchange *x;
    const char *base;        /* "https://v3.example.org", without a last slash */
    const char *campaign, *owner; /* owner NULL: the campaign must exist */
    bool existing;           /* create no campaign */
    enum pp_pto_task task;
    unsigned retries;
    int64_t retry_wait;      /* ns before the first retry; doubled for each further one */
};

enum pp_upload {
    PP_UPLOAD_DONE,
    PP_UPLOAD_DUPLICATE, /* name, data and metadata were there already */
    PP_UPLOAD_COMPLETED, /* completed an earlier upload that had no data, or was marked as under way */
    PP_UPLOAD_STOPPED,
    PP_UPLOAD_FAILED = -1,
};

/* Writes the URL of a path below the base, with each part escaped. 0, or -1 printed. */
int pp_pto_url(char url[PP_URL_MAX], const struct pp_pto *p, const char *a, const char *b, const char *c);
/*
 * Checks that NAME can be the name of a campaign or (FILE) of a file. The observatory uses names in URLs and paths
 * without escapes, and after one bad name a campaign cannot be read. WHAT, for the message: "--name". 0, or -1 printed.
 */
int pp_pto_name_check(const char *what, const char *name, bool file);
/*
 * Uploads raw data as NAME or, if that has incomplete data, as NAME with -2, -3, ... before its suffix. MEMBERS: the
 * metadata (pp_describe_members). LINK: set to the URL of the metadata, by which the PTO's tools name a source. An
 * error was printed.
 */
enum pp_upload pp_pto_raw(const struct pp_pto *p, const char *name, const struct pp_buf *members,
                          const struct pp_package *package, char link[PP_URL_MAX]);
/* Uploads an observation set; MEMBERS have _sources, _analyzer, _conditions. COUNT: number of observations. */
enum pp_upload pp_pto_set(const struct pp_pto *p, const struct pp_buf *members, const struct pp_package *package,
                          uint64_t count, char link[PP_URL_MAX]);
/* Sets `_deprecated` for the file or set at LINK, which an upload has printed. */
enum pp_upload pp_pto_deprecate(const struct pp_pto *p, const char *link);

/* ---- shared by pto_raw.c and pto_set.c ---- */

/* Sends a JSON object with MEMBERS. Returns as pp_exchange. */
bool pp_pto_json(const struct pp_pto *p, const char *method, const char *url, const struct pp_buf *members,
                 struct pp_answer *a);
/* The same, with `_deprecated` added; MARK: further members, or NULL. */
bool pp_pto_json_deprecated(const struct pp_pto *p, const char *url, const struct pp_buf *members, const char *mark,
                            struct pp_answer *a);
bool pp_pto_get(const struct pp_pto *p, const char *url, struct pp_answer *a);
/* Sends the package to LINK, which the observatory gave, if LINK is on the base's server. */
bool pp_pto_data(const struct pp_pto *p, const char *link, const struct pp_package *package, struct pp_answer *a);
/* Checks that LINK has scheme, host and port of the base, so that no other server gets the token. 0, or -1 printed. */
int pp_pto_is_ours(const struct pp_pto *p, const char *link);
/*
 * Writes the names of metadata in which the observatory's answer A differs from MEMBERS to NAMES, with blanks between.
 * Ignores members that the observatory makes itself (`__...`), and those inherited from the campaign (INHERITED, or
 * NULL). False: none differs.
 */
bool pp_pto_differs(const struct pp_answer *a, const struct pp_buf *members, const json_t *inherited, char *names,
                    size_t room);
/* Prints the error of request WHAT, and a hint if there is one. Returns PP_UPLOAD_FAILED. */
enum pp_upload pp_pto_refused(const struct pp_pto *p, const char *what, const struct pp_answer *a);
/* True if the server would refuse another attempt, too. */
bool pp_pto_is_permanent(const struct pp_answer *a);
/* Waits before attempt N, from 1. False: the user stopped it. */
bool pp_pto_wait(const struct pp_pto *p, unsigned n);
bool pp_pto_stopped(const struct pp_pto *p);

/*
 * Waiting for a slow observatory to process a body: while pp_patience_next() is true, the caller checks again; it
 * becomes false once all retries were used and AT_LEAST ns have passed.
 */
struct pp_patience {
    int64_t until; /* ns, monotonic */
    unsigned n;
};

struct pp_patience pp_patience_new(int64_t at_least);
bool pp_patience_next(struct pp_patience *w, const struct pp_pto *p);

#endif
