/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * builtin.c: the files of lab/scenarios/, compiled in unchanged. The assembler reads them relative to the directory in
 * which make runs, or from PP_SCENARIO_DIR. The object depends on lab/scenarios/ *.json.
 */
#include "builtin.h"

#include <string.h>

#ifndef PP_SCENARIO_DIR
#define PP_SCENARIO_DIR "lab/scenarios"
#endif

#define INCLUDE(name)                                                                                                  \
    __asm__(".section .rodata\n"                                                                                       \
            "pp_scenario_" #name "_start:\n"                                                                           \
            ".incbin \"" PP_SCENARIO_DIR "/" #name ".json\"\n"                                                         \
            "pp_scenario_" #name "_end:\n"                                                                             \
            ".byte 0\n"                                                                                                \
            ".previous\n");                                                                                            \
    extern const char pp_scenario_##name##_start[] __attribute__((visibility("hidden")));                              \
    extern const char pp_scenario_##name##_end[] __attribute__((visibility("hidden")))

INCLUDE(accecn);
INCLUDE(accuracy);
INCLUDE(counting);
INCLUDE(demo);
INCLUDE(dscp);
INCLUDE(ecn);
INCLUDE(ecnctl);
INCLUDE(ecndscp);
INCLUDE(ecnpp);
INCLUDE(evilbit);
INCLUDE(exthdr);
INCLUDE(frag);
INCLUDE(h2);
INCLUDE(healthy);
INCLUDE(hostile);
INCLUDE(l4s);
INCLUDE(mixed);
INCLUDE(mptcp);
INCLUDE(mss);
INCLUDE(pmtud);
INCLUDE(quic);
INCLUDE(quicsize);
INCLUDE(tcpopt);
INCLUDE(tfo);
INCLUDE(udpopt);
INCLUDE(udpzero);

static const char *const names[] = {
    "accecn", "accuracy", "counting", "demo", "dscp", "ecn", "ecnctl", "ecndscp", "ecnpp", "evilbit", "exthdr",
    "frag", "h2", "healthy", "hostile", "l4s", "mixed", "mptcp", "mss", "pmtud", "quic", "quicsize", "tcpopt", "tfo",
    "udpopt", "udpzero", NULL};

static const struct {
    const char *start, *end;
} texts[] = {
    {pp_scenario_accecn_start, pp_scenario_accecn_end},
    {pp_scenario_accuracy_start, pp_scenario_accuracy_end},
    {pp_scenario_counting_start, pp_scenario_counting_end},
    {pp_scenario_demo_start, pp_scenario_demo_end},
    {pp_scenario_dscp_start, pp_scenario_dscp_end},
    {pp_scenario_ecn_start, pp_scenario_ecn_end},
    {pp_scenario_ecnctl_start, pp_scenario_ecnctl_end},
    {pp_scenario_ecndscp_start, pp_scenario_ecndscp_end},
    {pp_scenario_ecnpp_start, pp_scenario_ecnpp_end},
    {pp_scenario_evilbit_start, pp_scenario_evilbit_end},
    {pp_scenario_exthdr_start, pp_scenario_exthdr_end},
    {pp_scenario_frag_start, pp_scenario_frag_end},
    {pp_scenario_h2_start, pp_scenario_h2_end},
    {pp_scenario_healthy_start, pp_scenario_healthy_end},
    {pp_scenario_hostile_start, pp_scenario_hostile_end},
    {pp_scenario_l4s_start, pp_scenario_l4s_end},
    {pp_scenario_mixed_start, pp_scenario_mixed_end},
    {pp_scenario_mptcp_start, pp_scenario_mptcp_end},
    {pp_scenario_mss_start, pp_scenario_mss_end},
    {pp_scenario_pmtud_start, pp_scenario_pmtud_end},
    {pp_scenario_quic_start, pp_scenario_quic_end},
    {pp_scenario_quicsize_start, pp_scenario_quicsize_end},
    {pp_scenario_tcpopt_start, pp_scenario_tcpopt_end},
    {pp_scenario_tfo_start, pp_scenario_tfo_end},
    {pp_scenario_udpopt_start, pp_scenario_udpopt_end},
    {pp_scenario_udpzero_start, pp_scenario_udpzero_end},
};

const char *const *pp_scenario_names(void)
{
    return names;
}

const char *pp_builtin_get(const char *name, size_t *len)
{
    for (unsigned i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0) {
            *len = (size_t)(texts[i].end - texts[i].start);
            return texts[i].start;
        }
    }
    return NULL;
}
