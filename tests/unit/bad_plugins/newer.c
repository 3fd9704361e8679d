/* SPDX-License-Identifier: BSD-2-Clause */
/* newer.c: a plugin of a later version, which uses something that is not known here. */
#include "bad.h"

struct later {
    struct pp_plugin now;
    uint64_t more;
};

extern const struct later pp_plugin_export;
__attribute__((visibility("default"))) const struct later pp_plugin_export = {
    .now = {SOUND("newer"), .size = sizeof(struct later)}, .more = 1};
