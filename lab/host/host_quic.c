/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_quic.c: QUIC of the lab's servers. Initials of version 1 are answered by an Initial that acknowledges them, with
 * ECN counts if the server supports ECN (RFC 9000 section 13.4), and by a Handshake packet that the client cannot
 * decrypt; unknown versions by version negotiation (RFC 8999 section 6). Frames and headers are written from the RFCs,
 * independently of core/talk; no state is kept between datagrams.
 */
#include "host.h"

#include "../../core/packet/quic.h"

enum { ID = 8, ANSWER = 1200, HELLO = 90, TOKEN = 16, PN = 1 };
enum { OWN = 0x1a, RETRIED = 0x1b }; /* first byte of the server's connection ids, and of those in a Retry */

struct answer {
    struct pp_lab *lab;
    const struct pp_packet *p; /* the datagram to answer */
    uint32_t quirks;
    bool ecn; /* the server reports ECN counts */
    struct pp_quic_head h;
    uint8_t *out;
    size_t n;
};

static void put(struct answer *a, const void *bytes, size_t len)
{
    memcpy(a->out + a->n, bytes, len);
    a->n += len;
}

static void put_u8(struct answer *a, unsigned v)
{
    a->out[a->n++] = (uint8_t)v;
}

static void put_id(struct answer *a, const struct pp_quic_id *id)
{
    put_u8(a, id->len);
    put(a, id->b, id->len);
}

/* Writes FIRST and VERSION, then the ids, with the client's as the destination. */
static void put_head(struct answer *a, unsigned first, uint32_t version, const struct pp_quic_id *own)
{
    put_u8(a, first);
    pp_put32(a->out + a->n, version);
    a->n += 4;
    put_id(a, &a->h.scid);
    put_id(a, own);
}

static uint64_t hash(const struct answer *a, uint64_t what)
{
    uint64_t v = pp_mix(a->lab->secret ^ what ^ a->p->sport);

    for (unsigned i = 0; i < 16; i++)
        v = pp_mix(v ^ a->p->src.b[i] ^ (uint64_t)a->p->dst.b[i] << 8);
    return v;
}

static struct pp_quic_id own_id(const struct answer *a, uint8_t first)
{
    struct pp_quic_id id = {.len = ID};
    uint64_t v = hash(a, first);

    memcpy(id.b, &v, ID);
    id.b[0] = first;
    return id;
}

static void negotiation(struct answer *a)
{
    put_head(a, 0x80 | (a->h.first & 0x3f), 0, &a->h.dcid);
    pp_put32(a->out + a->n, a->quirks & PP_QUIRK_QUIC_OLD ? 0xff00001d : 1); /* draft 29 alone, or version 1 */
    /* A reserved version, as servers may list (RFC 9000 section 6.3), other than the client's. */
    pp_put32(a->out + a->n + 4, ((a->h.version ^ 0x10101010) & 0xf0f0f0f0) | 0x0a0a0a0a);
    a->n += 8;
}

/* ---- Initials -------------------------------------------------------------------------------------------------- */

static void token_for(const struct answer *a, uint8_t token[TOKEN])
{
    uint64_t v[2] = {hash(a, 0x70), hash(a, 0x71)};

    memcpy(token, v, TOKEN);
}

static void retry(struct answer *a)
{
    struct pp_quic_id id = own_id(a, RETRIED);
    uint8_t token[TOKEN];

    token_for(a, token);
    put_head(a, 0xf0, 1, &id);
    put(a, token, TOKEN);
    pp_quic_retry_tag(a->lab->hosts->crypto, &a->h.dcid, a->out, a->n, a->out + a->n);
    a->n += PP_QUIC_TAG;
}

/* RFC 9000 section 19.3: acknowledges this packet only. */
static void put_ack(struct answer *a, uint64_t pn)
{
    unsigned mark = a->p->tos & 3;
    bool lies = a->quirks & PP_QUIRK_QUIC_LIES, counts = lies || (a->ecn && mark != PP_NOT_ECT);

    put_u8(a, counts ? 0x03 : 0x02);
    put_u8(a, (unsigned)pn);
    put(a, (const uint8_t[]){0, 0, 0}, 3);
    if (!counts)
        return;
    put_u8(a, lies ? 9 : mark == PP_ECT0);
    put_u8(a, mark == PP_ECT1);
    put_u8(a, mark == PP_CE);
}

/* Writes the frames of an Initial: an acknowledgment and a CRYPTO frame like a ServerHello's, or a close. */
static void put_frames(struct answer *a, uint64_t pn)
{
    if (a->quirks & PP_QUIRK_QUIC_CLOSES) {
        put(a, (const uint8_t[]){0x1c, 0x41, 0x78, 0x06, 0}, 5); /* 0x178: 256 and TLS's alert 120, for CRYPTO */
        return;
    }
    put_ack(a, pn);
    put(a, (const uint8_t[]){0x06, 0, 0x40, HELLO}, 4);
    memset(a->out + a->n, 0x5e, HELLO);
    a->n += HELLO;
}

/* Writes a Handshake packet that extends the datagram to its required size. */
static void put_handshake(struct answer *a, const struct pp_quic_id *own)
{
    put_head(a, 0xe0, 1, own);
    pp_put16(a->out + a->n, (uint16_t)(0x4000 | (ANSWER - a->n - 2)));
    memset(a->out + a->n + 2, 0xc7, ANSWER - a->n - 2);
    a->n = ANSWER;
}

static void initial(struct answer *a)
{
    struct pp_quic_crypto *crypto = a->lab->hosts->crypto;
    struct pp_quic_id id = own_id(a, OWN);
    uint8_t frames[PP_NET_MTU], token[TOKEN];
    struct pp_quic_seen seen;
    struct pp_quic_keys keys;
    uint8_t secret[PP_QUIC_SECRET];
    size_t n, length_at, pn_off;
    uint64_t pn;

    if (a->h.dcid.len == ID && a->h.dcid.b[0] == OWN && memcmp(a->h.dcid.b, id.b, ID) == 0)
        return; /* a packet of a connection without state */
    token_for(a, token);
    if (a->quirks & PP_QUIRK_QUIC_RETRY && (a->h.token_len != TOKEN || memcmp(a->h.token, token, TOKEN) != 0)) {
        retry(a);
        return;
    }
    pp_quic_secret(crypto, &a->h.dcid, secret);
    pp_quic_keys(crypto, secret, false, &keys);
    n = pp_quic_open(crypto, &keys, &a->h, frames, &pn);
    if (!n || !pp_quic_frames(frames, n, &seen) || !seen.crypto || pn > 0x3f)
        return;
    put_head(a, 0xc0 | (PN - 1), 1, &id);
    put_u8(a, 0); /* no token */
    length_at = a->n;
    a->n += 2;
    pn_off = a->n;
    put_u8(a, 0);
    put_frames(a, pn);
    pp_put16(a->out + length_at, (uint16_t)(0x4000 | (a->n - pn_off + PP_QUIC_TAG)));
    pp_quic_keys(crypto, secret, true, &keys);
    a->n = pp_quic_seal(crypto, &keys, a->out, pn_off, PN, a->n);
    if (!(a->quirks & PP_QUIRK_QUIC_CLOSES))
        put_handshake(a, &id);
}

size_t pp_host_quic(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                    uint8_t out[PP_HOST_QUIC_MAX])
{
    uint32_t quirks = lab->quirks[place->class_index];
    struct answer a = {.lab = lab, .p = p, .quirks = quirks, .out = out,
                       .ecn = pp_lab_class(lab, place)->server == PP_LAB_ECN};

    if (p->payload_len < PP_QUIC_LEAST || !pp_quic_head(&a.h, p->payload, p->payload_len) || a.h.version == 0)
        return 0;
    if (a.h.version != 1 || quirks & PP_QUIRK_QUIC_OLD) {
        negotiation(&a);
        return a.n;
    }
    if ((a.h.first & (PP_QUIC_FIXED | PP_QUIC_TYPE)) != (PP_QUIC_FIXED | PP_QUIC_INITIAL))
        return 0;
    if (!lab->hosts->crypto && !(lab->hosts->crypto = pp_quic_crypto_new()))
        return 0;
    initial(&a);
    return a.n;
}
