/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_scenario.c: any bytes as a scenario; one that is accepted makes a lab whose truth can be written. */
#include <unistd.h>

#include "../../lab/host/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without standard error: the reader reports each bad input, millions of them. */
static void stderr_close(void)
{
    static bool closed;
    FILE *f = closed ? NULL : fopen("/dev/null", "we");

    closed = true;
    if (f)
        stderr = f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *null;
    struct pp_scenario s;
    struct pp_lab *lab;

    stderr_close();
    if (!null)
        null = fopen("/dev/null", "we");
    if (!null || pp_scenario_parse(&s, "fuzz", (const char *)data, size) < 0)
        return 0;
    lab = pp_lab_new(&s, 50, s.seed);
    if (!lab)
        return 0;
    if (pp_lab_write_targets(lab, null) < 0 || pp_lab_write_truth(lab, null) < 0)
        BUG("no truth about an accepted scenario");
    pp_lab_free(lab);
    return 0;
}
