/* SPDX-License-Identifier: BSD-2-Clause */
/* aside.c: a file that appears when it is whole. */
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
    a->writer = pp_writer_open(a->part ? a->part : a->name, PP_WRITER_REPLACE, true);
    return a->writer ? 0 : -1;
}

int pp_aside_close(struct pp_aside *a, bool ok)
{
    if (a->writer && pp_writer_close(a->writer, NULL) < 0)
        ok = false;
    pp_writer_free(a->writer);
    if (a->part && a->writer && ok && rename(a->part, a->name) < 0) {
        pp_error_errno("cannot rename '%s' to '%s'", a->part, a->name);
        ok = false;
    }
    if (a->part && a->writer && !ok)
        unlink(a->part);
    free(a->part);
    *a = (struct pp_aside){.name = a->name};
    return ok ? 0 : -1;
}
