/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_message.c: any bytes as an answer to a request of one message (DNS, QUIC). The first byte chooses the request,
 * the second where a stream is split in two.
 */
#include "../../core/talk/dns.h"
#include "../../core/talk/quic.h"

#include "../../core/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"example.org", ".", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p"};
    struct pp_ask ask = {.chance = 0x0102};
    enum pp_dns_match whole, part;
    size_t cut;

    if (size < 2)
        return 0;
    ask.domain = names[data[0] % 3];
    cut = data[1];
    data += 2;
    size -= 2;
    if (cut > size)
        cut = size;
    if (pp_quic_is_negotiation(&ask, data, size) && (size < 27 || !(data[0] & 0x80)))
        BUG("a negotiation of %zu bytes", size);
    whole = pp_dns_match(&ask, data, 0, size);
    part = pp_dns_match(&ask, data, 0, cut);
    if (part == PP_DNS_SO_FAR)
        part = pp_dns_match(&ask, data + cut, cut, size - cut);
    if (whole != part)
        BUG("%d as a whole, %d in two parts", whole, part);
    if (whole == PP_DNS_ANSWER && (size < pp_dns_answer_min(&ask) || !(data[2] & 0x80)))
        BUG("an answer of %zu bytes", size);
    return 0;
}
