/* SPDX-License-Identifier: BSD-2-Clause */
/* linktype.c: strips link-layer headers: Ethernet with VLAN tags, raw IP, BSD loopback, Linux cooked v1 and v2. */
#include "linktype.h"

#include <pcap/dlt.h>

enum {
    TYPE_IP4 = 0x0800,
    TYPE_IP6 = 0x86dd,
    TYPE_VLAN = 0x8100,    /* IEEE 802.1Q */
    TYPE_SERVICE = 0x88a8, /* IEEE 802.1ad, the outer of two tags */
    TYPE_OLD_QINQ = 0x9100,
};

/* How a link header identifies its payload. */
enum shape { SHAPE_TYPE, SHAPE_RAW, SHAPE_FAMILY };

static const struct link {
    int dlt;
    enum shape shape;
    uint8_t header;  /* its length, bytes */
    uint8_t type_at; /* SHAPE_TYPE: offset of the EtherType */
    uint8_t version; /* SHAPE_RAW: the only IP version possible; 0: both */
} links[] = {
    {DLT_EN10MB, SHAPE_TYPE, 14, 12, 0},
    {DLT_LINUX_SLL, SHAPE_TYPE, 16, 14, 0},
    {DLT_LINUX_SLL2, SHAPE_TYPE, 20, 0, 0},
    {DLT_RAW, SHAPE_RAW, 0, 0, 0},
    {DLT_IPV4, SHAPE_RAW, 0, 0, 4},
    {DLT_IPV6, SHAPE_RAW, 0, 0, 6},
    {DLT_NULL, SHAPE_FAMILY, 4, 0, 0},
    {DLT_LOOP, SHAPE_FAMILY, 4, 0, 0},
};

static const struct link *find(int dlt)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (links[i].dlt == dlt)
            return &links[i];
    }
    return NULL;
}

static unsigned type_version(unsigned type)
{
    return type == TYPE_IP4 ? 4 : type == TYPE_IP6 ? 6 : 0;
}

/*
 * Returns the IP version for an address family in the byte order of the capturing host (DLT_NULL) or of the network
 * (DLT_LOOP). AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS.
 * All are below 256, so either byte order can be recognized.
 */
static unsigned family_version(const uint8_t *b)
{
    uint8_t family;

    if (b[1] != 0 || b[2] != 0 || (b[0] != 0) == (b[3] != 0))
        return 0;
    family = b[0] != 0 ? b[0] : b[3];
    if (family == 2)
        return 4;
    return family == 10 || family == 24 || family == 28 || family == 30 ? 6 : 0;
}

bool pp_link_known(int dlt)
{
    return find(dlt) != NULL;
}

int pp_link_strip(int dlt, const uint8_t *bytes, size_t cap, const uint8_t **ip, size_t *ip_cap)
{
    const struct link *l = find(dlt);
    unsigned version, type;
    size_t off;

    if (l == NULL || cap <= l->header)
        return -1;
    off = l->header;
    version = l->version;
    if (l->shape == SHAPE_FAMILY) {
        version = family_version(bytes);
        if (version == 0)
            return -1;
    } else if (l->shape == SHAPE_TYPE) {
        type = (unsigned)bytes[l->type_at] << 8 | bytes[l->type_at + 1];
        while (type == TYPE_VLAN || type == TYPE_SERVICE || type == TYPE_OLD_QINQ) {
            if (cap - off < 4)
                return -1;
            type = (unsigned)bytes[off + 2] << 8 | bytes[off + 3];
            off += 4;
        }
        version = type_version(type);
        if (version == 0)
            return -1;
    }
    /* A frame whose IP version contradicts its link header is not taken. */
    if (off >= cap || (version != 0 && bytes[off] >> 4 != version) || (bytes[off] >> 4 != 4 && bytes[off] >> 4 != 6))
        return -1;
    *ip = bytes + off;
    *ip_cap = cap - off;
    return 0;
}
