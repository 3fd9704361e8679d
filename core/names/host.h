/* SPDX-License-Identifier: BSD-2-Clause */
/* host.h: converts an entry of a list to the host name that DNS is asked for. Pure functions. */
#ifndef PP_HOST_H
#define PP_HOST_H

#include "../base/addr.h"
#include "../base/dnsname.h"

struct pp_host {
    char name[PP_DNSNAME_MAX + 1]; /* dnsname.h; empty: `addr` is set */
    struct pp_addr addr;
    uint16_t port;              /* 0: none given; 443 for an https URL */
};

/*
 * Parses a domain name or an address, with or without a port, or a URL of any scheme with one of them. 0, or -1 with
 * *WHY set to a static text.
 */
int pp_host_parse(struct pp_host *h, const char *text, size_t len, const char **why);

#endif
