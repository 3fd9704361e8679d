/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_fleet.c: any bytes as a chunk or a campaign's record, as from a hostile server. */
#include "../../core/fleet/campaign.h"

#include "../../core/base/error.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Checks an accepted chunk: it has as many lines as its header states, each an object. */
static void check(const struct pp_fleet_chunk *c)
{
    uint32_t n = 0;

    for (const char *p = c->line; p < c->line + c->len; n++)
        p = (const char *)memchr(p, '\n', (size_t)(c->line + c->len - p)) + 1;
    if (n != c->ntargets)
        BUG("%u lines for %u targets", n, c->ntargets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pp_fleet_campaign spring = {.name = "spring", .chunks = 10};
    struct pp_fleet_campaign campaign;
    struct pp_fleet_chunk chunk;
    char *copy = malloc(size ? size : 1); /* of the exact size, so that a sanitizer finds reads past the end */
    enum pp_fleet_fate fate;
    struct pp_fleet_key key;

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    pp_error_muted = true;
    if (!pp_fleet_chunk_parse(&chunk, &spring, copy, size))
        check(&chunk);
    (void)pp_fleet_key(copy, size, &key);
    (void)pp_fleet_key_left_out(copy, size, &key, &fate);
    if (pp_fleet_campaign_parse(&campaign, copy, size) == 0)
        for (size_t i = 0; i < campaign.nvantages; i++)
            (void)pp_fleet_campaign_vantage(&campaign, i);
    pp_fleet_campaign_release(&campaign);
    free(copy);
    return 0;
}
