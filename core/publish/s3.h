/* SPDX-License-Identifier: BSD-2-Clause */
/* s3.h: uploads an object to an S3-compatible bucket by one PUT, signed by libcurl (AWS signature 4). Main thread. */
#ifndef PP_S3_H
#define PP_S3_H

#include "pto.h"

struct pp_s3 {
    struct pp_exchange *x;
    const char *endpoint;   /* "https://s3.example.net", without a last slash */
    const char *session;    /* a session token; NULL: none */
    unsigned retries;
    int64_t retry_wait;
};

/*
 * Uploads PACKAGE, or TEXT if PACKAGE is NULL, as BUCKET/KEY; an object with other content is not replaced. URL: set to
 * the object's URL. An error was printed unless the result is done or duplicate.
 */
enum pp_upload pp_s3_put(const struct pp_s3 *s, const char *bucket, const char *key,
                         const struct pp_package *package, char url[PP_URL_MAX]);

#endif
