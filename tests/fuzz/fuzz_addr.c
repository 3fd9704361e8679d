/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_addr.c: any bytes as an address and as a prefix: an accepted one must be equal after printing and parsing. */
#include "../../core/base/addr.h"
#include "../../core/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    char buf[PP_ADDR_STRLEN];
    struct pp_addr a, again;
    struct pp_prefix p;

    if (pp_addr_parse(&a, text, size) == 0) {
        pp_addr_str(&a, buf);
        if (pp_addr_parse(&again, buf, strlen(buf)) < 0 || !pp_addr_eq(&a, &again))
            BUG("'%s' is read as something else", buf);
    }
    if (pp_prefix_parse(&p, text, size) == 0) {
        again = pp_addr_mask(&p.addr, p.len);
        if (p.len > 128 || !pp_addr_eq(&p.addr, &again))
            BUG("host bits in '%s'/%d", pp_addr_str(&p.addr, buf), p.len);
    }
    return 0;
}
