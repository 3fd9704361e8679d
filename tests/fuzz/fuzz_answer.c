/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_answer.c: any bytes as a DNS response. The first byte chooses what was asked. */
#include "../../core/names/answer.h"

#include "../../core/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum pp_dns_type types[] = {PP_DNS_A, PP_DNS_AAAA, PP_DNS_MX, PP_DNS_NS, PP_DNS_HTTPS};
    static const char *const names[] = {"www.example.org", "v6.example", "example.org", "a.example"};
    static struct pp_dns_answer a;

    if (size == 0)
        return 0;
    for (unsigned i = 0; i < 4; i++) {
        if (pp_answer_parse(&a, data + 1, size - 1, names[i], types[data[0] & 3]) < 0)
            goto next;
        if (a.count > PP_ANSWER_RECORDS_MAX || a.chain_len > PP_ANSWER_CHAIN_MAX || a.ttl > INT32_MAX)
            BUG("%u records, a chain of %u, %u seconds", a.count, a.chain_len, a.ttl);
        for (unsigned k = 0; k < a.count; k++) {
            if (strnlen(a.record[k].host, sizeof a.record[k].host) > PP_DNSNAME_MAX)
                BUG("a host without an end");
            if (k && a.record[k].preference < a.record[k - 1].preference)
                BUG("preferences out of order");
        }
next:
        pp_answer_clear(&a);
    }
    return 0;
}
