/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_fields.c: names of the fields that the path can change, here and in the vocabulary of observatories. */
#include "quote.h"

#include <stdio.h>

#include "../base/error.h"

/* IPv6's traffic class goes by IPv4's names, which is what normalizers know; the rest has no counterpart. */
const struct pp_field_row pp_field_rows[PP_FIELDS] = {
    [PP_FIELD_ECN] = {"ip.ecn", "IP::ECN", "ecn.ip.changed", false},
    [PP_FIELD_DSCP] = {"ip.dscp", "IP::DiffServicesCP", "dscp.%u.changed", false},
    [PP_FIELD_IP_LENGTH] = {"ip.length", "IP::Length", NULL, false},
    [PP_FIELD_IP_ID] = {"ip.id", "IP::ID", "ip4.id.changed", false},
    [PP_FIELD_IP_FLAGS] = {"ip.flags", "IP::Flags", "ip.flags.changed", false},
    [PP_FIELD_IP_OFFSET] = {"ip.offset", "IP::FragmentOffset", NULL, false},
    [PP_FIELD_IP_PROTOCOL] = {"ip.protocol", "IP::Protocol", NULL, false},
    [PP_FIELD_IP_SOURCE] = {"ip.source", "IP::SourceAddr", NULL, false},
    [PP_FIELD_IP_HEADER] = {"ip.header", "IP::IHL", NULL, false},
    [PP_FIELD_IP_CHECKSUM] = {"ip.checksum", "IP::Checksum", NULL, true},
    [PP_FIELD_FLOW_LABEL] = {"ip.flow_label", "IPv6::FlowLabel", NULL, false},
    [PP_FIELD_TCP_SPORT] = {"tcp.sport", "TCP::SPort", "tcp.sport.changed", false},
    [PP_FIELD_TCP_DPORT] = {"tcp.dport", "TCP::DPort", NULL, false},
    [PP_FIELD_TCP_SEQ] = {"tcp.seq", "TCP::SeqNumber", NULL, false},
    [PP_FIELD_TCP_ACK] = {"tcp.ack", "TCP::AckNumber", "tcp.ack.changed", false},
    [PP_FIELD_TCP_OFFSET] = {"tcp.offset", "TCP::Offset", "tcp.offset.changed", false},
    [PP_FIELD_TCP_RESERVED] = {"tcp.reserved", "TCP::Reserved", "tcp.reserved.changed", false},
    [PP_FIELD_TCP_FLAGS] = {"tcp.flags", "TCP::Flags", "tcp.flags.changed", false},
    [PP_FIELD_TCP_WINDOW] = {"tcp.window", "TCP::Window", "tcp.window.changed", false},
    [PP_FIELD_TCP_CHECKSUM] = {"tcp.checksum", "TCP::Checksum", NULL, false},
    [PP_FIELD_TCP_URGENT] = {"tcp.urgent", "TCP::UrgentPtr", "tcp.urg.changed", false},
    [PP_FIELD_TCP_OPTION] = {"tcp.option", "TCP::O::%s", "tcp.option.%s.changed", false},
    [PP_FIELD_TCP_LAYOUT] = {"tcp.layout", "TCP::Options", NULL, false},
    [PP_FIELD_UDP_SPORT] = {"udp.sport", "UDP::SPort", NULL, false},
    [PP_FIELD_UDP_DPORT] = {"udp.dport", "UDP::DPort", NULL, false},
    [PP_FIELD_UDP_LENGTH] = {"udp.length", "UDP::Length", NULL, false},
    [PP_FIELD_UDP_CHECKSUM] = {"udp.checksum", "UDP::Checksum", NULL, false},
    [PP_FIELD_UDP_SURPLUS] = {"udp.surplus", NULL, NULL, false},
    [PP_FIELD_PAYLOAD] = {"payload", NULL, NULL, false},
};

/* IANA's kinds (TCP Option Kind Numbers), by the names of the observatory where it has one. */
static const struct {
    uint8_t kind;
    const char *name, *header;
} options[] = {
    {2, "mss", "MSS"},
    {3, "ws", "WSOPT-WindowScale"},
    {4, "sackok", "SACKPermitted"},
    {5, "sack", "SACK"},
    {8, "ts", "TSOPT-TimeStampOption"},
    {19, "md5", "MD5SignatureOption"},
    {28, "user-timeout", "UserTimeoutOption"},
    {29, "ao", "TCPAuthenticationOption"},
    {30, "mptcp", "MultipathTCP"},
    {34, "tfo", NULL},
    {172, "accecn0", NULL},
    {174, "accecn1", NULL},
};

const char *pp_option_name(uint8_t kind)
{
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].kind == kind)
            return options[i].name;
    return NULL;
}

const char *pp_option_header(uint8_t kind)
{
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].kind == kind)
            return options[i].header;
    return NULL;
}

const char *pp_field_name(uint8_t field, uint8_t option, char buf[PP_FIELD_STRLEN])
{
    const char *kind = pp_option_name(option);

    if (field >= PP_FIELDS)
        BUG("no field %u", field);
    if (field != PP_FIELD_TCP_OPTION)
        snprintf(buf, PP_FIELD_STRLEN, "%s", pp_field_rows[field].name);
    else if (kind)
        snprintf(buf, PP_FIELD_STRLEN, "tcp.option.%s", kind);
    else
        snprintf(buf, PP_FIELD_STRLEN, "tcp.option.%u", option);
    return buf;
}
