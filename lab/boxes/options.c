/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c: functions of middleboxes for TCP options: find them, replace them by NOPs, lower a maximum segment size.
 */
#include "behaviour.h"

enum { END = 0, NOP = 1, MSS = 2, TIMESTAMPS = 8, ACCECN0 = 172, ACCECN1 = 174, HEADER = 20 };

static uint64_t bits_of(uint8_t kind)
{
    if (kind <= 5 || kind == TIMESTAMPS)
        return PP_LAB_OPTION(kind);
    if (kind == ACCECN0 || kind == ACCECN1)
        return PP_LAB_OPTION_UNKNOWN | PP_LAB_OPTION_ACCECN;
    return PP_LAB_OPTION_UNKNOWN | (kind < 62 ? PP_LAB_OPTION(kind) : 0);
}

static void edit(const struct pp_behaviour *b, uint8_t *option, uint8_t len)
{
    if (b->options_zero)
        memset(option + 2, 0, len - 2u);
    else if (!b->mss_max)
        memset(option, NOP, len);
    else if (option[0] == MSS && len == 4 && pp_get16(option + 2) > b->mss_max)
        pp_put16(option + 2, b->mss_max);
}

/* Written independently of core/packet/tcpopt.c; malformed options are not changed. */
bool pp_behaviour_options(const struct pp_behaviour *b, uint8_t *tcp, const struct pp_packet *p, bool change)
{
    unsigned end = (tcp[12] >> 4) * 4u, size;
    bool found = false;

    if (end < HEADER || end > p->l4_cap)
        return false;
    for (unsigned at = HEADER; at < end && tcp[at] != END; at += size) {
        size = tcp[at] == NOP ? 1 : at + 1 < end ? tcp[at + 1] : 0;
        if (size < 1 || (size < 2 && tcp[at] != NOP) || size > end - at)
            break;
        if (tcp[at] == NOP || !(b->options & bits_of(tcp[at])))
            continue;
        found = true;
        if (change)
            edit(b, tcp + at, (uint8_t)size);
    }
    return found;
}
