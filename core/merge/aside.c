/* SPDX-License-Identifier: BSD-2-Clause */
/* aside.c: writes an output file under a temporary name and renames it when it is complete. */
#include "aside.h"

#include "../base/error.h"
#include "../stream/output.h"

#include <unistd.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);

    return n > k && strcmp(text + n - k, end) == 0;
}

int pp_aside_open(struct pp_aside *a, const char *name, bool force)
{
    a->name = name && strcmp(name, "-") != 0 ? name : NULL;
    if (a->name && !force && pp_output_keep(a->name) < 0)
        return -1;
    if (a->name && pp_output_named(a->name) &&
        asprintf(&a->part, "%s.part%s", a->name, ends_with(a->name, ".zst") ? ".zst" : "") < 0) {
        a->part = NULL;
        return pp_error("out of memory");
    }
    if (a->name && pp_output_suffix(a->name, ends_with(a->name, ".zst") ? PP_PACKING_ZSTD : PP_PACKING_NONE) < 0)
        return -1;
    a->writer = pp_writer_open(a->part ? a->part : a->name, PP_WRITER_ASIDE, true);
    a->opened = a->writer != NULL;
    return a->opened ? 0 : -1;
}

int pp_aside_end(struct pp_aside *a)
{
    int result = a->writer ? pp_writer_close(a->writer, NULL) : 0;

    pp_writer_free(a->writer);
    a->writer = NULL;
    return result;
}

int pp_aside_settle(const struct pp_aside *a, bool keep)
{
    int result = 0;

    if (a->part && keep && rename(a->part, a->name) < 0) {
        result = pp_error_errno("cannot rename '%s' to '%s'", a->part, a->name);
        keep = false;
    }
    if (a->part && a->opened && !keep)
        unlink(a->part);
    return result;
}
