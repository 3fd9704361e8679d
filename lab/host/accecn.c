/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * accecn.c: AccECN for servers of the lab, written from RFC 9768, independently of core/talk. A server sends the option
 * on the SYN/ACK and, once marked data has come, on all segments.
 */
#include "host.h"

enum { ACCECN0 = 172, NOP = 1 };

/* Section 3.1.2: 000 asks for nothing, 011 for classic ECN; all other values count as a request for AccECN (3.1.3). */
bool pp_accecn_wanted(const struct pp_packet *syn)
{
    unsigned ace = syn->tcp.flags >> 6 & 7;

    return ace != 0 && ace != 3;
}

/* Section 3.2.1: counters do not begin at 0, so that a cleared counter can be recognised. */
void pp_accecn_start(struct pp_conn *c, const struct pp_packet *syn)
{
    c->syn_ecn = syn->tos & 3;
    c->cep = 5;
    c->counted = false;
    c->bytes[PP_ECT0] = c->bytes[PP_ECT1] = 1;
    c->bytes[PP_CE] = 0;
}

void pp_accecn_take(struct pp_conn *c, const struct pp_packet *p)
{
    unsigned codepoint = p->tos & 3;

    c->cep = (uint8_t)(c->cep + (codepoint == PP_CE));
    if (codepoint == PP_NOT_ECT || !p->payload_len)
        return;
    c->bytes[codepoint] += p->payload_len;
    c->counted = true;
}

/* Table 2. */
uint16_t pp_accecn_flags_synack(const struct pp_conn *c)
{
    static const uint16_t flags[4] = {[PP_NOT_ECT] = PP_TCP_CWR, [PP_ECT1] = PP_TCP_CWR | PP_TCP_ECE,
                                      [PP_ECT0] = PP_TCP_AE, [PP_CE] = PP_TCP_AE | PP_TCP_CWR};

    return flags[c->syn_ecn];
}

uint16_t pp_accecn_flags(const struct pp_conn *c)
{
    return (uint16_t)((c->cep & 4 ? PP_TCP_AE : 0) | (c->cep & 2 ? PP_TCP_CWR : 0) | (c->cep & 1 ? PP_TCP_ECE : 0));
}

/* Section 3.2.3: 24 bits each of EE0B, ECEB and EE1B. */
unsigned pp_accecn_option(const struct pp_conn *c, uint8_t *out)
{
    static const uint8_t order[3] = {PP_ECT0, PP_CE, PP_ECT1};

    *out++ = NOP;
    *out++ = ACCECN0;
    *out++ = 11;
    for (unsigned i = 0; i < 3; i++) {
        *out++ = (uint8_t)(c->bytes[order[i]] >> 16);
        *out++ = (uint8_t)(c->bytes[order[i]] >> 8);
        *out++ = (uint8_t)c->bytes[order[i]];
    }
    return PP_ACCECN_OPTION;
}
