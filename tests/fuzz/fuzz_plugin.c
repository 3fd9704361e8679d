/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_plugin.c: any text as the value of an experiment's own option. A value that parser and experiment accept must
 * make one arm for each number, and these arms must pass the checks of a plugin.
 */
#define PP_STATIC_PLUGIN dscp
#include "../../plugins/dscp.c"

#include "../../core/loader/plugin_options.c"

#include "../../core/base/error.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool any(const struct pp_numbers *n)
{
    for (uint32_t i = 0; i < n->n; i++)
        if (n->v[i])
            return true;
    return false;
}

static void check(const struct pp_plugin *made, const struct pp_numbers *n)
{
    uint32_t zero = 0;

    if (!made && n->n <= options[0].most && any(n))
        BUG("codepoints that are good were refused");
    if (!made)
        return;
    for (uint32_t i = 0; i < n->n; i++)
        zero += n->v[i] == 0;
    if (made->narms != 1 + n->n - zero)
        BUG("%u arms of %u numbers", made->narms, n->n);
    munmap((void *)made, sizeof(struct workshop)); /* its first member */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Standard error is /dev/null while the parser runs, which reports bad values; afterwards the fuzzer needs it. */
    int silent = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = dup(STDERR_FILENO), rc;
    char *value = strndup((const char *)data, size);
    const struct pp_plugin *made = NULL;
    struct pp_own own;

    if (silent < 0 || saved < 0 || !value)
        abort();
    pp_own_init(&own, &pp_plugin_dscp);
    dup2(silent, STDERR_FILENO);
    rc = pp_option_parse(&own.row[0], &own, value, "--codepoint");
    if (rc == 0)
        made = pp_plugin_configure(&pp_plugin_dscp, &own);
    dup2(saved, STDERR_FILENO);
    close(silent);
    close(saved);
    free(value);
    if (rc == 0)
        check(made, &own.value[0]);
    return 0;
}
