/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * behaviour.c: the table of behaviours of the lab's middleboxes and servers, other than passing packets and serving a
 * page. Names are SUBJECT.DEED; rows are ordered by the taxonomy's numbers.
 *
 * If a path has several behaviours, their effects are applied from the server towards the client; truth.c then removes
 * conditions that can no longer be stated (no marks without a conversation). Effects of rows that depend on each other
 * (a box that sets CE before one that drops CE) cannot be combined: such a pair needs a row of its own.
 */
#include "behaviour.h"

#define SYN PP_TCP_SYN
#define ACK PP_TCP_ACK
#define ECE PP_TCP_ECE
#define CWR PP_TCP_CWR

/* An ECN-setup SYN (RFC 3168 section 6.1.1); also a SYN that asks for AccECN (RFC 9768). */
#define ECN_SYN .flags_mask = SYN | ACK | ECE | CWR, .flags = SYN | ECE | CWR
/* An ECN-setup SYN/ACK. */
#define ECN_SYNACK .flags_mask = SYN | ACK | ECE, .flags = SYN | ACK | ECE

/* SYNs and SYN/ACKs. */
#define SYNS .flags_mask = SYN, .flags = SYN

/* TCP segments with a request that asks for HTTP/2. */
#define UPGRADE .flags_mask = SYN, .text = PP_LAB_UPGRADE

#define ECT (1 << PP_ECT0 | 1 << PP_ECT1)
#define MARKED (ECT | 1 << PP_CE)

/* These arms send the same ECN-setup SYN, so all of them have the same verdict. */
#define ECN_ARMS(word)                                                                                                 \
    "ecn.connectivity=" word " ecn.data.connectivity=" word " ecn.ce.connectivity=" word " ecn.split.connectivity=" word
#define NO_ARM ECN_ARMS("broken")
#define NO_ECT0 "ecn.ipmark.ect0=not_seen"
/* An arm gets through at some times or in some flows; `works` if the rounds did not meet a failure. */
#define BY_CHANCE ECN_ARMS("unstable")
/* The server does not get CE, or does not echo it. */
#define NO_ECHO "ecn.feedback.ce=not_echoed"

/* The same for every experiment. */
#define SOME_FLOWS "*.connectivity=unstable"

#define TFO "tfo.cookie=received tfo.experimental=received tfo.syndata="
#define NO_COOKIE "tfo.cookie=not_received tfo.syndata=-"
#define NO_TFO "tfo.cookie.connectivity=broken tfo.connectivity=broken"

/* The arms of `udpopt` that fail at a box that computes the checksum over the IP length. */
#define BY_IP_LENGTH \
    "udpopt.wrong_ocs.connectivity=broken udpopt.zero.connectivity=broken udpopt.ocs=required"

/* Arms of `frag`: those with small first fragments, and all. */
#define SMALL_FRAGMENTS(word) "frag.small.connectivity=" word " frag.tiny.connectivity=" word
#define FRAGMENTS(word) \
    "frag.connectivity=" word " frag.swapped.connectivity=" word " " SMALL_FRAGMENTS(word)

/* Conditions of `exthdr`. */
#define HBH(word) "exthdr.hbh.connectivity=" word " exthdr.hbh.mtu.connectivity=" word
#define HBH_LOST HBH("broken") " exthdr.hbh.pad.connectivity=broken"
#define DST(word)                                                                                                      \
    "exthdr.dst.8.connectivity=" word " exthdr.dst.24.connectivity=" word " exthdr.dst.56.connectivity=" word          \
    " exthdr.dst.64.connectivity=" word " exthdr.dst.128.connectivity=" word " exthdr.dst.256.connectivity=" word
#define SPLIT_LOST "exthdr.fragment.split.connectivity=broken"

/*
 * Only version negotiation is answered. The arms that fail as the baseline does are `offline` after one round, but a
 * target of which any arm gets through is not offline after more.
 */
#define QUIC_NO_INITIAL \
    {.modes = PP_MODE_QUICINIT, .set = "*.connectivity=? quic.versions.connectivity=transient"}, \
        {.modes = PP_MODE_QUICVN, .set = "quic.initial.connectivity=broken"}

static const struct pp_counting quota_source = {PP_COUNT_QUOTA, PP_PER_SOURCE, 4, 60},
                                 quota_destination = {PP_COUNT_QUOTA, PP_PER_DESTINATION, 4, 60},
                                 quota_pair = {PP_COUNT_QUOTA, PP_PER_PAIR, 4, 60},
                                 ban_source = {PP_COUNT_BAN, PP_PER_SOURCE, 0, 60},
                                 ban_pair = {PP_COUNT_BAN, PP_PER_PAIR, 0, 60},
                                 fails_one = {.kind = PP_COUNT_ONE}, fails_last = {.kind = PP_COUNT_LAST};

static const struct pp_behaviour table[] = {
    {"ecn.syn.drop", "drops ECN-setup SYNs", 1, 0, PP_LAB_FWD, ECN_SYN, .action = PP_BOX_DROP,
     .effects = {{.set = NO_ARM}}},
    {"ecn.syn.icmp", "refuses ECN-setup SYNs by ICMP", 1, 0, PP_LAB_FWD, ECN_SYN, .action = PP_BOX_ICMP,
     .effects = {{.set = NO_ARM}}},
    {"ecn.synack.drop", "drops ECN-setup SYN/ACKs", 0, 0, PP_LAB_REV, ECN_SYNACK, .action = PP_BOX_DROP,
     .effects = {{.set = NO_ARM, .unless = "ecn.negotiation=failed"}}},
    {"ecn.syn.rst", "answers ECN-setup SYNs with RST", 2, 0, PP_LAB_FWD, ECN_SYN, .action = PP_BOX_RST,
     .effects = {{.set = NO_ARM}}},
    /* The connection fails when it carries data: the host has not seen it. */
    {"ecn.syn.answer", "answers ECN-setup SYNs in the host's place", 0, 0, PP_LAB_FWD, ECN_SYN,
     .action = PP_BOX_SYNACK, .effects = {{.set = "*=?"}}},
    {"syn.answer", "answers all SYNs in the host's place", 0, 0, PP_LAB_FWD, .flags_mask = SYN | ACK, .flags = SYN,
     .action = PP_BOX_SYNACK, .effects = {{.set = "*=?"}}},
    {"ecn.syn.clear", "clears ECE and CWR on SYNs", 3, 0, PP_LAB_FWD, .flags_mask = SYN | ACK, .flags = SYN,
     .action = PP_BOX_CHANGE, .flags_clear = ECE | CWR, .effects = {{.set = "ecn.negotiation=failed " NO_ECT0}}},
    /* The server has agreed to ECN and marks its data, so the client sees marks without having agreed. */
    {"ecn.synack.clear", "clears ECE on SYN/ACKs", 0, 4, PP_LAB_REV, ECN_SYNACK, .action = PP_BOX_CHANGE,
     .flags_clear = ECE, .effects = {{.set = "ecn.negotiation=failed"}}},
    {"ecn.reflect", "SYN/ACK repeats the SYN's flags", 5, 5, 0, .quirk = PP_QUIRK_REFLECT,
     .effects = {{.set = "ecn.negotiation=reflected " NO_ECT0}}},
    {"ecn.ip.clear", "clears the IP ECN field", 6, 7, PP_LAB_FWD | PP_LAB_REV, .ecn = MARKED, .action = PP_BOX_CHANGE,
     .mark = PP_NOT_ECT, .mark_set = 1,
     .effects = {{.dirs = PP_LAB_REV, .set = NO_ECT0}, {.dirs = PP_LAB_FWD, .set = NO_ECHO}}},
    {"ecn.ect0.ect1", "turns ECT(0) into ECT(1)", 8, 8, PP_LAB_FWD | PP_LAB_REV, .ecn = 1 << PP_ECT0,
     .action = PP_BOX_CHANGE, .mark = PP_ECT1, .mark_set = 1,
     .effects = {{.dirs = PP_LAB_REV, .set = NO_ECT0 " ecn.ipmark.ect1=seen", .unless = NO_ECT0}}},
    {"ecn.ect1.ect0", "turns ECT(1) into ECT(0)", 9, 9, PP_LAB_FWD | PP_LAB_REV, .ecn = 1 << PP_ECT1,
     .action = PP_BOX_CHANGE, .mark = PP_ECT0, .mark_set = 1},
    {"ecn.ect1.clear", "clears ECT(1) only", 9, 9, PP_LAB_FWD | PP_LAB_REV, .ecn = 1 << PP_ECT1,
     .action = PP_BOX_CHANGE, .mark = PP_NOT_ECT, .mark_set = 1},
    {"ecn.ce.set", "marks every ECT packet CE", 10, 10, PP_LAB_FWD | PP_LAB_REV, .ecn = ECT, .action = PP_BOX_CHANGE,
     .mark = PP_CE, .mark_set = 1,
     .effects = {{.dirs = PP_LAB_REV, .set = NO_ECT0 " ecn.ipmark.ce=seen", .unless = NO_ECT0},
                 {.dirs = PP_LAB_FWD, .set = "ecn.feedback=spurious"}}},
    {"ecn.ce.ect0", "turns CE back into ECT(0)", 11, 11, PP_LAB_FWD | PP_LAB_REV, .ecn = 1 << PP_CE,
     .action = PP_BOX_CHANGE, .mark = PP_ECT0, .mark_set = 1, .effects = {{.dirs = PP_LAB_FWD, .set = NO_ECHO}}},
    {"ecn.ce.clear", "clears CE", 11, 11, PP_LAB_FWD | PP_LAB_REV, .ecn = 1 << PP_CE, .action = PP_BOX_CHANGE,
     .mark = PP_NOT_ECT, .mark_set = 1, .effects = {{.dirs = PP_LAB_FWD, .set = NO_ECHO}}},
    {"ecn.ce.drop", "drops CE packets", 12, 12, PP_LAB_FWD | PP_LAB_REV, .ecn = 1 << PP_CE, .action = PP_BOX_DROP,
     .effects = {{.dirs = PP_LAB_FWD, .set = "ecn.ce.connectivity=broken quic.ce.connectivity=broken"}}},
    /*
     * Towards the client only the server's first transmission is lost: retransmissions are Not-ECT (RFC 3168 section
     * 6.1.5), and after one no condition about marks is stated.
     */
    {"ecn.ect.drop", "drops ECT packets", 13, 13, PP_LAB_FWD | PP_LAB_REV, .ecn = ECT, .action = PP_BOX_DROP,
     .effects = {{.dirs = PP_LAB_FWD, .set = "ecn.data.connectivity=broken ecn.ce.connectivity=broken "
                                             "ecn.split.connectivity=broken ecn.unasked.connectivity=broken"},
                 {.dirs = PP_LAB_FWD, .set = "quic.ect0.connectivity=broken quic.ect1.connectivity=broken"},
                 {.dirs = PP_LAB_REV, .set = "ecn.ipmark.ect0=- ecn.ipmark.ect1=- ecn.ipmark.ce=-"}}},
    {"ecn.ect.syn.drop", "drops SYNs that are ECT", 14, 0, PP_LAB_FWD, .flags_mask = SYN | ACK, .flags = SYN,
     .ecn = ECT, .action = PP_BOX_DROP},
    {"ecn.cwr.ignore", "server's ECE never stops", 15, 15, 0, .quirk = PP_QUIRK_KEEP_ECE,
     .effects = {{.set = "ecn.feedback.cwr=ignored"}}},
    {"ecn.ce.noecho", "server never echoes CE", 16, 16, 0, .quirk = PP_QUIRK_NO_ECHO,
     .effects = {{.set = NO_ECHO}}},

    /* truth_accecn.c computes the effects of this row, and of all other rows, on AccECN's SYNs. */
    {"accecn.ae.clear", "clears AE on SYNs", 17, 0, PP_LAB_FWD, .flags_mask = SYN | ACK, .flags = SYN,
     .action = PP_BOX_CHANGE, .flags_clear = PP_TCP_AE},
    {"accecn.syn.drop", "drops SYNs with AE", 18, 0, PP_LAB_FWD, .flags_mask = SYN | ACK | PP_TCP_AE,
     .flags = SYN | PP_TCP_AE, .action = PP_BOX_DROP},
    {"accecn.option.strip", "makes AccECN options NOPs", 0, 19, PP_LAB_REV, .action = PP_BOX_CHANGE,
     .options = PP_LAB_OPTION_ACCECN, .effects = {{.set = "accecn.option=absent"}}},
    {"accecn.option.zero", "makes the counters in AccECN options 0", 0, 19, PP_LAB_REV, .action = PP_BOX_CHANGE,
     .options = PP_LAB_OPTION_ACCECN, .options_zero = 1,
     .effects = {{.set = "accecn.option=zeroed", .unless = "accecn.option=absent"}}},
    {"server.accecn", "agrees to AccECN", 0, 0, 0, .quirk = PP_QUIRK_ACCECN,
     .effects = {{.set = "accecn.option=seen"}}},

    /* Names of RFC 9435 section 4. Effects on replies are visible only if replies are marked. */
    {"dscp.bleach", "clears the codepoint", 20, 20, PP_LAB_FWD | PP_LAB_REV, .action = PP_BOX_CHANGE,
     .dscp_change = 1},
    {"dscp.bleach.tos", "clears the upper three bits of the codepoint, the old ToS precedence", 21, 21,
     PP_LAB_FWD | PP_LAB_REV, .action = PP_BOX_CHANGE, .dscp_change = 1, .dscp_keep = 0x07},
    {"dscp.bleach.some.tos", "the same, but for network control", 22, 22, PP_LAB_FWD | PP_LAB_REV,
     .action = PP_BOX_CHANGE, .dscp_change = 1, .dscp_keep = 0x07, .dscp_spare = 1},
    {"dscp.bleach.low", "clears the lower three bits of the codepoint", 23, 23, PP_LAB_FWD | PP_LAB_REV,
     .action = PP_BOX_CHANGE, .dscp_change = 1, .dscp_keep = 0x38},
    {"dscp.bleach.some.low", "the same, but for network control", 23, 23, PP_LAB_FWD | PP_LAB_REV,
     .action = PP_BOX_CHANGE, .dscp_change = 1, .dscp_keep = 0x38, .dscp_spare = 1},
    {"dscp.remark", "makes every codepoint AF11", 24, 24, PP_LAB_FWD | PP_LAB_REV, .action = PP_BOX_CHANGE,
     .dscp_change = 1, .dscp_set = 10},
    {"dscp.remark.tos", "makes the upper three bits of the codepoint 001", 24, 24, PP_LAB_FWD | PP_LAB_REV,
     .action = PP_BOX_CHANGE, .dscp_change = 1, .dscp_keep = 0x07, .dscp_set = 0x08},
    {"dscp.ef.drop", "drops packets marked EF", 25, 25, PP_LAB_FWD | PP_LAB_REV, .action = PP_BOX_DROP,
     .dscp_only = 46, .effects = {{.dirs = PP_LAB_FWD, .set = "quic.dscp.46.connectivity=broken"}}},
    /* Boxes that treat both fields as the old type of service. */
    {"tos.clear", "clears codepoint and ECN field", 0, 0, PP_LAB_FWD | PP_LAB_REV, .action = PP_BOX_CHANGE,
     .dscp_change = 1, .mark = PP_NOT_ECT, .mark_set = 1,
     .effects = {{.dirs = PP_LAB_REV, .set = NO_ECT0}, {.dirs = PP_LAB_FWD, .set = NO_ECHO}}},
    {"tos.ef.ect.drop", "drops packets that are both EF and ECT", 0, 0, PP_LAB_FWD, .ecn = ECT, .action = PP_BOX_DROP,
     .dscp_only = 46},
    {"tos.ef.ecn.clear", "clears the ECN field of packets that are EF", 0, 0, PP_LAB_FWD, .ecn = MARKED,
     .action = PP_BOX_CHANGE, .dscp_only = 46, .mark = PP_NOT_ECT, .mark_set = 1},
    {"ecn.ect1.drop", "drops packets marked ECT(1)", 0, 0, PP_LAB_FWD, .ecn = 1 << PP_ECT1, .action = PP_BOX_DROP,
     .effects = {{.set = "quic.ect1.connectivity=broken"}}},
    {"dscp.reply.copy", "answers with the codepoint that it got", 26, 26, 0, .quirk = PP_QUIRK_DSCP_COPY},
    {"dscp.reply.fixed", "answers with CS1", 26, 26, 0, .quirk = PP_QUIRK_DSCP_FIXED},

    {"tcpopt.unknown.strip", "makes unknown options of SYNs NOPs", 28, 28, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION_UNKNOWN,
     .effects = {{.set = "tcpopt=- mptcp.negotiation=failed tfo.experimental=not_received " NO_COOKIE}}},
    {"tcpopt.unknown.drop", "drops SYNs with unknown options", 29, 0, PP_LAB_FWD, SYNS, .action = PP_BOX_DROP,
     .options = PP_LAB_OPTION_UNKNOWN,
     .effects = {{.set = "tcpopt.unknown.connectivity=broken mptcp.connectivity=broken "
                         "tfo.experimental.connectivity=broken " NO_TFO}}},
    {"tcpopt.full.drop", "drops SYNs with 40 bytes of options", 0, 0, PP_LAB_FWD, SYNS, .action = PP_BOX_DROP,
     .options_min = 40, .effects = {{.set = "tcpopt.full.connectivity=broken"}}},
    {"tcpopt.mirror", "SYN/ACK repeats unknown options", 30, 30, 0, .quirk = PP_QUIRK_MIRROR,
     .effects = {{.set = "tcpopt=mirrored mptcp.negotiation=-"}}},
    {"mptcp.strip", "makes MPTCP's options of SYNs NOPs", 31, 31, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(30),
     .effects = {{.set = "mptcp.negotiation=failed", .unless = "tcpopt=mirrored"}}},
    {"mptcp.drop", "drops SYNs with MPTCP's options", 0, 0, PP_LAB_FWD, SYNS, .action = PP_BOX_DROP,
     .options = PP_LAB_OPTION(30), .effects = {{.set = "mptcp.connectivity=broken"}}},
    {"mptcp.mirror", "SYN/ACK repeats MPTCP's option", 32, 32, 0, .quirk = PP_QUIRK_MPTCP_COPY,
     .effects = {{.set = "mptcp.negotiation=reflected"}}},
    /* Servers without Fast Open get data in a SYN only from the arm without any option. */
    {"tfo.data.drop", "drops SYNs with data", 37, 0, PP_LAB_FWD, SYNS, .action = PP_BOX_DROP, .payload = 1,
     .effects = {{.set = "tfo.bare.connectivity=broken"},
                 {.set = "tfo.connectivity=broken tfo.syndata=failed", .unless = "tfo.cookie=not_received"}}},
    {"tfo.data.strip", "removes data from SYNs", 38, 0, PP_LAB_FWD, SYNS, .action = PP_BOX_CHANGE, .payload = 1,
     .effects = {{.set = "tfo.syndata=not_acked", .unless = "tfo.cookie=not_received"}}},
    /*
     * Flows after the SYN with data fail, too, until the next round. So the evidence of a round about B2 and B4 depends
     * on their order among their controls, and after B2, B4 has no working control.
     */
    {"tfo.data.grudge", "drops SYNs with data, and all others for twelve seconds behind one", 39, 39, 0,
     .quirk = PP_QUIRK_SYN_GRUDGE, .gap_ms = 12000,
     .effects = {{.set = "tfo.bare.connectivity=? tfo.connectivity=?"},
                 {.set = "tfo.connectivity=works", .unless = "tfo.cookie=received"},
                 {.set = "tfo.syndata=failed", .unless = "tfo.cookie=not_received"}}},
    {"tfo.strip", "makes Fast Open's option of SYNs NOPs", 40, 40, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(34), .effects = {{.set = NO_COOKIE}}},
    {"tfo.drop", "drops SYNs with Fast Open's option", 0, 0, PP_LAB_FWD, SYNS, .action = PP_BOX_DROP,
     .options = PP_LAB_OPTION(34), .effects = {{.set = NO_TFO}}},
    {"server.tfo", "TCP Fast Open", 0, 0, 0, .quirk = PP_QUIRK_TFO, .effects = {{.set = TFO "acked"}}},
    {"server.tfo.busy", "TCP Fast Open, with too many such connections", 0, 0, 0,
     .quirk = PP_QUIRK_TFO | PP_QUIRK_TFO_BUSY, .effects = {{.set = TFO "not_acked"}}},
    {"server.tfo.keys", "TCP Fast Open, each flow meets a backend with a key of its own", 0, 0, 0,
     .quirk = PP_QUIRK_TFO | PP_QUIRK_TFO_KEYS, .effects = {{.set = TFO "-"}}},
    {"server.mptcp", "speaks Multipath TCP", 0, 0, 0, .quirk = PP_QUIRK_MPTCP,
     .effects = {{.set = "mptcp.negotiation=succeeded"}}},
    {"tcpopt.ts.strip", "makes timestamps of SYNs NOPs", 33, 33, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(8), .effects = {{.set = "tsopt.negotiation=failed"}}},
    {"tcpopt.ws.strip", "makes window scales of SYNs NOPs", 33, 33, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(3), .effects = {{.set = "wsopt.negotiation=failed"}}},
    {"tcpopt.sack.strip", "makes SACK permitted of SYNs NOPs", 33, 33, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(4), .effects = {{.set = "sack.negotiation=failed"}}},
    {"mss.clamp", "lowers the maximum segment sizes of SYNs to 1200", 34, 34, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(2), .mss_max = 1200},
    {"mss.strip", "removes the maximum segment sizes of SYNs", 0, 0, PP_LAB_FWD | PP_LAB_REV, SYNS,
     .action = PP_BOX_CHANGE, .options = PP_LAB_OPTION(2)},
    {"server.jumbo", "names a maximum segment size of 8960", 0, 0, 0, .quirk = PP_QUIRK_JUMBO},

    /*
     * With a correct option checksum the checksums over both lengths are equal; only a wrong or missing one makes a
     * difference.
     */
    {"udp.length.drop", "drops datagrams whose UDP length is not that of IP", 42, 0, PP_LAB_FWD, .act = pp_box_length,
     .effects = {{.set = "udpopt.connectivity=broken udpopt.wrong_ocs.connectivity=broken "
                         "udpopt.zero.connectivity=broken udpopt.unchecked.connectivity=broken "
                         "udpopt.req.connectivity=broken udpopt.length=enforced quic.surplus.connectivity=broken"}}},
    {"udp.checksum.verify", "drops datagrams whose checksum is wrong over the IP length", 43, 0, PP_LAB_FWD,
     .act = pp_box_verify, .effects = {{.set = BY_IP_LENGTH}}},
    {"udp.checksum.recompute", "makes checksums right over the IP length", 43, 0, PP_LAB_FWD,
     .act = pp_box_recompute, .effects = {{.set = BY_IP_LENGTH}}},
    {"udp.surplus.strip", "cuts datagrams off at the UDP length", 44, 44, PP_LAB_FWD | PP_LAB_REV, .act = pp_box_strip,
     .effects = {{.set = "udpopt.res=-"}}},
    {"udp.zero.drop", "drops datagrams without a checksum", 45, 0, PP_LAB_FWD, .act = pp_box_zero_drop,
     .effects = {{.set = "udpzero.connectivity=broken udpopt.unchecked.connectivity=broken"}}},
    {"udp.zero.fill", "gives datagrams a checksum that have none", 45, 0, PP_LAB_FWD, .act = pp_box_zero_fill},
    {"evil.drop", "drops packets with the reserved flag of IPv4", 46, 0, PP_LAB_FWD, .act = pp_box_evil_drop,
     .effects = {{.set = "evilbit.connectivity=broken"}}},
    {"evil.clear", "clears the reserved flag of IPv4", 46, 46, PP_LAB_FWD | PP_LAB_REV, .act = pp_box_evil_clear,
     .effects = {{.dirs = PP_LAB_FWD, .set = "evilbit.connectivity=works"},
                 {.dirs = PP_LAB_REV, .set = "evilbit.mark=not_seen"}}},
    {"evil.set", "sets the reserved flag of IPv4", 0, 0, PP_LAB_REV, .act = pp_box_evil_set,
     .effects = {{.set = "evilbit.mark=seen"}}},
    {"hbh.drop", "drops packets with IPv6 hop-by-hop options", 47, 0, PP_LAB_FWD, .act = pp_box_hbh,
     .effects = {{.set = HBH_LOST " exthdr.hbh.asked=-"}}},
    {"hbh.option.drop", "the same, but where they are padding alone", 47, 0, PP_LAB_FWD, .act = pp_box_hbh_option,
     .effects = {{.set = HBH("broken") " exthdr.hbh.asked=- exthdr.hbh.option=lost"}}},
    {"hbh.mtu.drop", "drops packets with the option of RFC 9268", 47, 0, PP_LAB_FWD, .act = pp_box_hbh_mtu,
     .effects = {{.set = "exthdr.hbh.mtu.connectivity=broken"}}},
    {"hbh.prohibit", "prohibits hop-by-hop options by ICMP", 47, 0, PP_LAB_FWD, .act = pp_box_hbh_prohibit,
     .effects = {{.set = HBH_LOST " exthdr.hbh.asked=filtered exthdr.path=refused"}}},
    {"hbh.heed", "does what hop-by-hop options ask for, and knows none", 47, 0, PP_LAB_FWD, .act = pp_box_hbh_heed,
     .effects = {{.set = "exthdr.hbh.asked=parsed"}}},
    {"dst.drop", "drops packets with IPv6 destination options", 47, 0, PP_LAB_FWD, .act = pp_box_dst,
     .effects = {{.set = DST("broken") " exthdr.dst.pad.connectivity=broken exthdr.dst.asked=-"}}},
    {"dst.option.drop", "the same, but where they are padding alone", 47, 0, PP_LAB_FWD, .act = pp_box_dst_option,
     .effects = {{.set = DST("broken") " exthdr.dst.asked=- exthdr.dst.option=lost"}}},
    {"dst.long.drop", "drops destination options of more than 56 bytes", 47, 0, PP_LAB_FWD, .act = pp_box_dst_long,
     .effects = {{.set = "exthdr.dst.64.connectivity=broken exthdr.dst.128.connectivity=broken "
                         "exthdr.dst.256.connectivity=broken"}}},
    {"frag.atomic.drop", "drops atomic fragments", 48, 0, PP_LAB_FWD, .act = pp_box_atomic,
     .effects = {{.set = "exthdr.fragment.atomic.connectivity=broken"}}},
    {"label.zero.drop", "drops packets with the flow label zero", 0, 0, PP_LAB_FWD, .act = pp_box_label,
     .effects = {{.set = "exthdr.label.zero.connectivity=broken"}}},
    {"server.options.strict", "drops packets with IPv6 options that it does not know", 0, 0, 0,
     .quirk = PP_QUIRK_OPTIONS_STRICT,
     .effects = {{.set = HBH("broken") " " DST("broken") " exthdr.hbh.asked=- exthdr.dst.asked=- "
                         "exthdr.hbh.option=lost exthdr.dst.option=lost"}}},
    /* Also for IPv6, which `frag` does not measure. */
    {"frag.drop", "drops fragments", 48, 0, PP_LAB_FWD, .fragments = PP_FRAGMENTS_ALL, .action = PP_BOX_DROP,
     .effects = {{.set = FRAGMENTS("broken") " " SPLIT_LOST}}},
    {"frag.later.drop", "drops fragments but first ones", 48, 0, PP_LAB_FWD, .fragments = PP_FRAGMENTS_LATER,
     .action = PP_BOX_DROP, .effects = {{.set = FRAGMENTS("broken") " " SPLIT_LOST}}},
    {"frag.tiny.drop", "drops first fragments of TCP without its flags (RFC 1858)", 48, 0, PP_LAB_FWD,
     .fragments = PP_FRAGMENTS_TINY, .action = PP_BOX_DROP,
     .effects = {{.modes = PP_MODE_HTTP, .set = "frag.tiny.connectivity=broken"}}},
    {"frag.small.drop", "drops first fragments of less than 64 bytes", 48, 0, PP_LAB_FWD,
     .fragments = PP_FRAGMENTS_SMALL, .action = PP_BOX_DROP,
     .effects = {{.set = SMALL_FRAGMENTS("broken") " " SPLIT_LOST}}},
    {"frag.early.drop", "drops fragments that come before the first", 48, 0, PP_LAB_FWD,
     .fragments = PP_FRAGMENTS_EARLY, .action = PP_BOX_DROP, .effects = {{.set = "frag.swapped.connectivity=broken"}}},
    {"frag.join", "puts fragments together, and lets the whole packet go on", 48, 0, PP_LAB_FWD,
     .fragments = PP_FRAGMENTS_JOINED,
     .effects = {{.set = FRAGMENTS("works"), .unless = "frag.connectivity=unstable"}}},
    {"quic.version.drop", "drops QUIC packets of versions but 1 and 2", 49, 0, PP_LAB_FWD, .act = pp_box_quic,
     .effects = {{.modes = PP_MODE_QUICVN, .set = "*.connectivity=? quic.initial.connectivity=transient"},
                 {.modes = PP_MODE_QUICINIT, .set = "quic.versions.connectivity=broken"}}},
    {"quic.initial.drop", "drops QUIC Initials of version 1", 49, 0, PP_LAB_FWD, .act = pp_box_initial,
     .effects = {QUIC_NO_INITIAL}},
    {"udp.large.drop", "drops datagrams of more than 1202 bytes", 49, 0, PP_LAB_FWD, .act = pp_box_large,
     .effects = {{.set = "quic.padding.connectivity=broken quic.surplus.connectivity=broken "
                         "quicsize.1350.connectivity=broken quicsize.1452.connectivity=broken "
                         "quicsize.1472.connectivity=broken"}}},
    /* truth_quic.c computes from the sizes which packets pass. */
    {"mtu.1400", "has a next hop of MTU 1400 and says so", 0, 0, PP_LAB_FWD, .mtu = 1400, .action = PP_BOX_TOO_BIG,
     .named = 1400},
    {"mtu.1400.silent", "drops packets longer than 1400 bytes", 0, 0, PP_LAB_FWD, .mtu = 1400, .action = PP_BOX_DROP},
    {"mtu.1480", "has a next hop of MTU 1480 and says so", 0, 0, PP_LAB_FWD, .mtu = 1480, .action = PP_BOX_TOO_BIG,
     .named = 1480},
    {"mtu.1480.silent", "drops packets longer than 1480 bytes", 0, 0, PP_LAB_FWD, .mtu = 1480, .action = PP_BOX_DROP},
    {"mtu.1480.unnamed", "the same, and says so without an MTU", 0, 0, PP_LAB_FWD, .mtu = 1480,
     .action = PP_BOX_TOO_BIG},
    {"mtu.1280", "has a next hop of MTU 1280 and says so", 0, 0, PP_LAB_FWD, .mtu = 1280, .action = PP_BOX_TOO_BIG,
     .named = 1280},
    {"ptb.forged", "calls packets too big for 1300 that go on", 0, 0, PP_LAB_FWD, .mtu = 1300, .action = PP_BOX_FORGE,
     .named = 1300},
    {"ptb.forged.larger", "calls packets too big for 1500 that go on", 0, 0, PP_LAB_FWD, .mtu = 1300,
     .action = PP_BOX_FORGE, .named = 1500},
    {"ptb.forged.1279", "calls packets too big for 1279 that go on", 0, 0, PP_LAB_FWD, .mtu = 1, .action = PP_BOX_FORGE,
     .named = 1279},
    {"ptb.forged.68", "calls packets too big for 68 that go on", 0, 0, PP_LAB_FWD, .mtu = 1, .action = PP_BOX_FORGE,
     .named = 68},
    {"ptb.forged.0", "calls packets too big that go on, without an MTU", 0, 0, PP_LAB_FWD, .mtu = 1,
     .action = PP_BOX_FORGE},
    {"server.quic.retry", "has QUIC clients' addresses confirmed by Retry", 0, 0, 0, .quirk = PP_QUIRK_QUIC_RETRY},
    {"server.quic.overcounts", "reports more ECT(0) over QUIC than was sent", 0, 0, 0, .quirk = PP_QUIRK_QUIC_LIES},
    {"server.quic.closes", "closes QUIC connections at once", 0, 0, 0, .quirk = PP_QUIRK_QUIC_CLOSES},
    {"server.quic.old", "knows drafts of QUIC, not version 1", 0, 0, 0, .quirk = PP_QUIRK_QUIC_OLD,
     .effects = {QUIC_NO_INITIAL}},
    {"server.quic.marks", "marks what it sends over QUIC ECT(0)", 0, 0, 0, .quirk = PP_QUIRK_QUIC_MARKS},
    {"plus.drop", "drops datagrams that begin with the magic number of PLUS", 0, 0, PP_LAB_FWD, .act = pp_box_plus},
    {"server.dns.behind", "answers DNS queries behind 20 bytes of any header, too", 0, 0, 0,
     .quirk = PP_QUIRK_DNS_BEHIND},
    {"server.udp.options", "answers requests among the options of UDP", 0, 0, 0, .quirk = PP_QUIRK_UDP_OPTIONS,
     .effects = {{.set = "udpopt.res=received"}}},

    {"h2c.drop", "drops requests that ask for HTTP/2 by Upgrade", 0, 0, PP_LAB_FWD, UPGRADE, .action = PP_BOX_DROP,
     .effects = {{.set = "h2.connectivity=broken"}}},
    {"h2c.rst", "answers them with RST", 0, 0, PP_LAB_FWD, UPGRADE, .action = PP_BOX_RST,
     .effects = {{.set = "h2.connectivity=broken"}}},
    {"h2c.strip", "takes the Upgrade out of them", 0, 0, PP_LAB_FWD, UPGRADE, .action = PP_BOX_CHANGE,
     .text_set = "Removed: h2c\r\n",
     .effects = {{.set = "h2.upgrade=failed h2.connectivity=works", .unless = "h2.connectivity=unstable"}}},
    {"server.h2c", "speaks HTTP/2 where Upgrade asks for it", 0, 0, 0, .quirk = PP_QUIRK_H2C,
     .effects = {{.set = "h2.upgrade=success"}}},
    {"server.h2c.lies", "agrees to HTTP/2, and goes on in HTTP/1.1", 0, 0, 0, .quirk = PP_QUIRK_H2C_LIES,
     .effects = {{.set = "h2.connectivity=broken"}}},

    /* An impairment of some flows: other source ports show that the target does not cause it. */
    {"ecmp.ecn.syn.drop", "one of four parallel routers drops ECN-setup SYNs", 0, 0, PP_LAB_FWD, ECN_SYN,
     .action = PP_BOX_DROP, .members = 4, .why = "flow_dependent", .effects = {{.set = BY_CHANCE}}},

#define ECMP(name_, what_, members_, bad_, ...)                                                                        \
    {name_, what_, 0, 0, PP_LAB_FWD, .action = PP_BOX_DROP, .members = members_, .bad = bad_, __VA_ARGS__,             \
     .effects = {{.set = SOME_FLOWS}}}
    ECMP("ecmp.drop.1of2", "one of two parallel routers drops everything", 2, 1, .silences = 1),
    ECMP("ecmp.drop.1of4", "one of four does", 4, 1, .silences = 1),
    ECMP("ecmp.drop.3of4", "three of four do", 4, 3, .silences = 1),
    ECMP("ecmp.odd.drop.1of2", "one of two parallel routers drops packets that no plain client sends", 2, 1, .odd = 1),
    ECMP("ecmp.odd.drop.1of4", "one of four does", 4, 1, .odd = 1),
    ECMP("ecmp.odd.drop.3of4", "three of four do", 4, 3, .odd = 1),

    /* Boxes that count flows and inspect no packet: no arm may be called broken. */
    {"quota.source", "admits so many new flows in so much time from each source", 0, 0, PP_LAB_FWD,
     .counting = &quota_source, .silences = 1, .effects = {{.set = SOME_FLOWS}}},
    {"quota.destination", "the same to each destination", 0, 0, PP_LAB_FWD, .counting = &quota_destination,
     .silences = 1, .effects = {{.set = SOME_FLOWS}}},
    {"quota.pair", "the same from each source to each destination", 0, 0, PP_LAB_FWD, .counting = &quota_pair,
     .effects = {{.set = SOME_FLOWS}}},
    {"ban.source", "admits no new flow from a source for a while behind a packet that no plain client sends", 0, 0,
     PP_LAB_FWD, .counting = &ban_source, .silences = 1, .effects = {{.set = SOME_FLOWS}}},
    {"ban.pair", "the same from that source to that destination", 0, 0, PP_LAB_FWD, .counting = &ban_pair,
     .effects = {{.set = SOME_FLOWS}}},
    {"server.fails.one", "ignores the first or the second of flows that come together", 0, 0, 0,
     .counting = &fails_one, .effects = {{.set = SOME_FLOWS}}},
    {"server.fails.last", "ignores the last of them, if they are as many as the time before", 0, 0, 0,
     .counting = &fails_last, .effects = {{.set = SOME_FLOWS}}},

    /* Servers with unusual behaviour that impairs nothing. */
    {"hostile.mangle", "spoils every packet, in one of many ways", 0, 0, PP_LAB_REV, .act = pp_mangle,
     .effects = {{.set = "*=?"}}},
    {"server.endless", "answers for ever", 0, 0, 0, .quirk = PP_QUIRK_ENDLESS},
    {"server.syncookies", "answers with SYN cookies", 0, 0, 0, .quirk = PP_QUIRK_COOKIE,
     /* Without timestamps in the SYN the cookie has no place for the options. */
     .effects = {{.set = "wsopt.negotiation=failed sack.negotiation=failed"}}},
    {"server.window0", "opens with window 0", 0, 0, 0, .quirk = PP_QUIRK_WINDOW0},
    {"server.second.syn", "ignores the first SYN of a flow", 0, 0, 0, .quirk = PP_QUIRK_SECOND_SYN},
    {"server.every.second.syn", "ignores every second SYN", 0, 0, 0, .quirk = PP_QUIRK_ALTERNATE},
    /* Few arms of a round start in one interval, so that the server accepts each by its third SYN. */
    {"server.syn.limit", "hears one SYN in 0.3 seconds", 0, 0, 0, .quirk = PP_QUIRK_SYN_LIMIT, .gap_ms = 300},
    /* Only the first arm of a round gets through, and the arms' order is random. */
    {"server.syn.limit.hard", "hears one SYN in eight seconds", 0, 0, 0, .quirk = PP_QUIRK_SYN_LIMIT, .gap_ms = 8000,
     .effects = {{.set = SOME_FLOWS}}},
    {"server.bare", "knows no TCP options", 0, 0, 0, .quirk = PP_QUIRK_BARE,
     .effects = {{.set = "tsopt.negotiation=failed wsopt.negotiation=failed sack.negotiation=failed"}}},
    {"server.mixed", "half of the flows meet a backend without ECN", 0, 0, 0, .quirk = PP_QUIRK_MIXED,
     .effects = {{.set = "ecn.negotiation=? ecn.ipmark.ect0=? ecn.ipmark.ect1=? ecn.ipmark.ce=? ecn.feedback.ce=? "
                         "ecn.feedback.cwr=?"}}},
};

const struct pp_behaviour *pp_behaviour_at(unsigned i)
{
    return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

const struct pp_behaviour *pp_behaviour_find(const char *name)
{
    const struct pp_behaviour *b;

    for (unsigned i = 0; (b = pp_behaviour_at(i)); i++) {
        if (strcmp(b->name, name) == 0)
            return b;
    }
    return NULL;
}
