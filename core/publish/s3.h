/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * s3.h: an object in an S3-compatible bucket, one PUT, signed by libcurl (AWS signature 4). Main thread.
 */
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
 * PACKAGE, or TEXT if there is none, as BUCKET/KEY; what is there with other content is not replaced. URL: where it
 * is. Printed unless done or a duplicate.
 */
enum pp_upload pp_s3_put(const struct pp_s3 *s, const char *bucket, const char *key,
                         const struct pp_package *package, char url[PP_URL_MAX]);

#endif
