/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_linktype.c: first byte chooses the link type, the rest is the frame. */
#include "../../core/wire/linktype.h"

#include <stdlib.h>

#include <pcap/dlt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int types[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW,
                                DLT_IPV4,   DLT_IPV6,      DLT_NULL,       DLT_LOOP};
    const uint8_t *ip;
    size_t cap;

    if (size == 0)
        return 0;
    if (pp_link_strip(types[data[0] % (sizeof types / sizeof types[0])], data + 1, size - 1, &ip, &cap) == 0 &&
        (cap == 0 || ip + cap != data + size || (*ip >> 4 != 4 && *ip >> 4 != 6)))
        abort();
    return 0;
}
