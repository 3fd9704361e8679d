/* SPDX-License-Identifier: BSD-2-Clause */
/* asset.h: report.css and report.js, embedded in the program. */
#ifndef PP_ASSET_H
#define PP_ASSET_H

#include <stddef.h>

struct pp_asset {
    const char *text;
    size_t len;
    char hash[64]; /* "sha256-..." as a Content-Security-Policy names it */
};

struct pp_asset pp_asset_style(void);
struct pp_asset pp_asset_script(void);

#endif
