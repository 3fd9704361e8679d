/* SPDX-License-Identifier: BSD-2-Clause */
/* fragments.c: sends a packet whole, or fragment by fragment. */
#include "fragments.h"

#include "slow.h"

static int send_one(struct pp_wire *w, const struct pp_template *t, const uint8_t *packet, size_t len, uint64_t tag)
{
    return pp_template_is_slow(t) ? pp_slow_send(w, packet, len, tag) : pp_wire_send(w, packet, len, tag);
}

unsigned pp_send_cut(struct pp_wire *w, const struct pp_template *t, const uint8_t *packet, size_t len, uint64_t tag,
                     unsigned *refused)
{
    unsigned n = pp_fragments(t, len);
    uint8_t part[PP_PACKET_MAX];

    *refused = 0;
    if (n == 1) {
        *refused = send_one(w, t, packet, len, tag) < 0;
        return 1;
    }
    for (unsigned k = 0; k < n; k++) {
        size_t size = pp_fragment(t, packet, len, pp_fragment_sent(t, len, k), part);

        *refused += send_one(w, t, part, size, tag) < 0;
    }
    return n;
}
