/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_fields.c: the names of the fields that the path can change, ours and those of observatories' vocabulary. */
#include "quote.h"

#include <stdio.h>
#include <string.h>

#include "../base/error.h"

/* IPv6's traffic class has IPv4's names, which normalizers know; the other fields of IPv6 have no counterpart. */
const struct pp_field_row pp_field_rows[PP_FIELDS] = {
    [PP_FIELD_ECN] = {"ip.ecn", "IP::ECN", "ecn.ip.changed", 1, false},
    [PP_FIELD_DSCP] = {"ip.dscp", "IP::DiffServicesCP", "dscp.%u.changed", 1, false},
    [PP_FIELD_IP_LENGTH] = {"ip.length", "IP::Length", NULL, 2, false},
    [PP_FIELD_IP_ID] = {"ip.id", "IP::ID", "ip4.id.changed", 2, false},
    [PP_FIELD_IP_FLAGS] = {"ip.flags", "IP::Flags", "ip.flags.changed", 1, false},
    [PP_FIELD_IP_OFFSET] = {"ip.offset", "IP::FragmentOffset", NULL, 2, false},
    [PP_FIELD_IP_PROTOCOL] = {"ip.protocol", "IP::Protocol", NULL, 1, false},
    [PP_FIELD_IP_SOURCE] = {"ip.source", "IP::SourceAddr", NULL, 4, false},
    [PP_FIELD_IP_HEADER] = {"ip.header", "IP::IHL", NULL, 1, false},
    [PP_FIELD_IP_CHECKSUM] = {"ip.checksum", "IP::Checksum", NULL, 2, true},
    [PP_FIELD_FLOW_LABEL] = {"ip.flow_label", "IPv6::FlowLabel", NULL, 3, false},
    [PP_FIELD_TCP_SPORT] = {"tcp.sport", "TCP::SPort", "tcp.sport.changed", 2, false},
    [PP_FIELD_TCP_DPORT] = {"tcp.dport", "TCP::DPort", NULL, 2, false},
    [PP_FIELD_TCP_SEQ] = {"tcp.seq", "TCP::SeqNumber", NULL, 4, false},
    [PP_FIELD_TCP_ACK] = {"tcp.ack", "TCP::AckNumber", "tcp.ack.changed", 4, false},
    [PP_FIELD_TCP_OFFSET] = {"tcp.offset", "TCP::Offset", "tcp.offset.changed", 1, false},
    [PP_FIELD_TCP_RESERVED] = {"tcp.reserved", "TCP::Reserved", "tcp.reserved.changed", 1, false},
    [PP_FIELD_TCP_FLAGS] = {"tcp.flags", "TCP::Flags", "tcp.flags.changed", 1, false},
    [PP_FIELD_TCP_WINDOW] = {"tcp.window", "TCP::Window", "tcp.window.changed", 2, false},
    [PP_FIELD_TCP_CHECKSUM] = {"tcp.checksum", "TCP::Checksum", NULL, 2, false},
    [PP_FIELD_TCP_URGENT] = {"tcp.urgent", "TCP::UrgentPtr", "tcp.urg.changed", 2, false},
    [PP_FIELD_TCP_OPTION] = {"tcp.option", "TCP::O::%s", "tcp.option.%s.changed", 0, false},
    [PP_FIELD_TCP_LAYOUT] = {"tcp.layout", "TCP::Options", NULL, 0, false},
    [PP_FIELD_UDP_SPORT] = {"udp.sport", "UDP::SPort", NULL, 2, false},
    [PP_FIELD_UDP_DPORT] = {"udp.dport", "UDP::DPort", NULL, 2, false},
    [PP_FIELD_UDP_LENGTH] = {"udp.length", "UDP::Length", NULL, 2, false},
    [PP_FIELD_UDP_CHECKSUM] = {"udp.checksum", "UDP::Checksum", NULL, 2, false},
    [PP_FIELD_UDP_SURPLUS] = {"udp.surplus", NULL, NULL, 0, false},
    [PP_FIELD_PAYLOAD] = {"payload", NULL, NULL, 0, false},
};

/* IANA's kinds (TCP Option Kind Numbers), with the observatory's name where one exists. */
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

static uint8_t option_kind(const char *name)
{
    unsigned kind = 0;

    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].kind;
    if (*name == '\0' || *name == '0' || strlen(name) > 3)
        return 0;
    for (; *name; name++) {
        if (*name < '0' || *name > '9')
            return 0;
        kind = 10 * kind + (unsigned)(*name - '0');
    }
    return kind > 1 && kind < 256 ? (uint8_t)kind : 0;
}

bool pp_quote_field(const char *name, uint8_t *field, uint8_t *option)
{
    static const char prefix[] = "tcp.option.";

    *field = PP_FIELD_TCP_OPTION;
    *option = 0;
    if (strncmp(name, prefix, sizeof prefix - 1) == 0)
        return (*option = option_kind(name + sizeof prefix - 1)) != 0;
    for (unsigned i = 0; i < PP_FIELDS; i++)
        if (i != PP_FIELD_TCP_OPTION && strcmp(pp_field_rows[i].name, name) == 0) {
            *field = (uint8_t)i;
            return true;
        }
    return false;
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
