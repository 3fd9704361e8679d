/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_tfo.c: TCP Fast Open of the lab's servers, written from RFC 7413 section 4, independently of core/packet/tfo.c:
 * a SYN with a request or a wrong cookie gets a cookie; the data of a SYN with the right cookie is accepted.
 */
#include "host.h"

enum { KIND = 34, EXPERIMENTAL = 254, COOKIE = 8 };

/* The number of bytes of OPT before the cookie; 0: OPT is another option. */
static unsigned head_of(const struct pp_tcpopt *opt)
{
    if (opt->kind == KIND)
        return 2;
    return opt->kind == EXPERIMENTAL && opt->len >= 4 && opt->data[0] == 0xf9 && opt->data[1] == 0x89 ? 4 : 0;
}

bool pp_host_tfo(struct pp_lab *lab, struct pp_conn *c, const struct pp_tcpopt *opt, const struct pp_packet *p)
{
    uint32_t quirks = lab->quirks[c->place.class_index];
    unsigned head = head_of(opt);
    struct pp_conn_key client = {.client = c->key.client, .server = c->key.server};
    uint64_t cookie;

    if (!head || !(quirks & PP_QUIRK_TFO))
        return false;
    if (quirks & PP_QUIRK_TFO_KEYS) /* each flow meets a backend with a key of its own */
        client.cport = c->key.cport;
    cookie = pp_mix(pp_conn_hash(lab->secret ^ KIND, &client));
    if (opt->len == head + COOKIE && memcmp(opt->data + head - 2, &cookie, COOKIE) == 0) {
        if (!(quirks & PP_QUIRK_TFO_BUSY) && p->payload_cap == p->payload_len) {
            pp_host_request(c, p->payload, p->payload_len);
            c->rcv_nxt += p->payload_len;
        }
        return true;
    }
    memcpy(c->extra, (uint8_t[]){opt->kind, (uint8_t)(head + COOKIE), 0xf9, 0x89}, 4);
    memcpy(c->extra + head, &cookie, COOKIE);
    c->extra_len = (uint8_t)(head + COOKIE);
    return true;
}
