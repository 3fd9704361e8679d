/* SPDX-License-Identifier: BSD-2-Clause */
/* newerzero.c: a plugin of a later version, which uses nothing that is not known here. */
#include "bad.h"

struct later {
    struct pp_plugin now;
    uint64_t more;
};

extern const struct later pp_plugin_export;
__attribute__((visibility("default"))) const struct later pp_plugin_export = {
    .now = {SOUND("newerzero"), .size = sizeof(struct later)}};
