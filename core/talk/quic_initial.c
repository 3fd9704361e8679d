/* SPDX-License-Identifier: BSD-2-Clause */
/* quic_initial.c: writes an Initial, and reads its answers. */
#include "quic_initial.h"

#include "../base/addr.h"
#include "../base/error.h"
#include "../base/random.h"
#include "../packet/packet.h"
#include "quic.h"

#include <string.h>

enum {
    ID = 8,     /* bytes of both connection ids: a client's minimum (RFC 9000 section 7.2) */
    PN_LEN = 1,
    HELLO_MAX = 512,
    NAME_MAX_LEN = 253,
};
enum { FRAME_CRYPTO = 0x06, FRAME_CLOSE = 0x1c };

static const uint8_t none[1]; /* a token of 0 bytes */

/* Random values, the same for the same ask. */
struct chosen {
    struct pp_quic_id dcid, scid;
    uint64_t random[4], share[4]; /* for the ClientHello; any 32 bytes are an X25519 key (RFC 7748 section 5) */
};

static struct chosen choose(const struct pp_ask *a)
{
    struct pp_rng rng = pp_rng_init(a->chance, 0x9001);
    struct chosen c = {.dcid.len = ID, .scid.len = ID};
    uint64_t id[2] = {pp_rng_next(&rng), pp_rng_next(&rng)};

    memcpy(c.dcid.b, &id[0], ID);
    memcpy(c.scid.b, &id[1], ID);
    for (unsigned i = 0; i < 4; i++) {
        c.random[i] = pp_rng_next(&rng);
        c.share[i] = pp_rng_next(&rng);
    }
    return c;
}

/* ---- the ClientHello (RFC 8446 section 4.1.2) ---------------------------------------------------------------- */

struct out {
    uint8_t *b;
    size_t n;
};

static void put(struct out *o, const void *bytes, size_t len)
{
    memcpy(o->b + o->n, bytes, len);
    o->n += len;
}

static void put_u8(struct out *o, unsigned v)
{
    o->b[o->n++] = (uint8_t)v;
}

static void put_u16(struct out *o, size_t v)
{
    pp_put16(o->b + o->n, (uint16_t)v);
    o->n += 2;
}

static void put_parameter(struct out *o, unsigned id, uint64_t v)
{
    uint8_t number[8];
    size_t len = pp_quic_put_varint(number, v);

    put_u8(o, id);
    put_u8(o, (unsigned)len);
    put(o, number, len);
}

/* Returns the length of the name for SNI (RFC 6066 section 3): without a trailing dot; 0: none, or an address. */
static size_t server_name(const char *domain)
{
    size_t len = domain ? strlen(domain) : 0;
    struct pp_addr addr;

    if (len && domain[len - 1] == '.')
        len--;
    return len == 0 || len > NAME_MAX_LEN || pp_addr_parse(&addr, domain, len) == 0 ? 0 : len;
}

/* Writes the transport parameters (RFC 9000 section 18.2). */
static void put_transport(struct out *o, const struct chosen *c)
{
    size_t at;

    put_u16(o, 0x39); /* quic_transport_parameters, RFC 9001 section 8.2 */
    at = o->n;
    put_u16(o, 0);
    put_parameter(o, 0x01, 2000);  /* max_idle_timeout, ms: the server drops abandoned state soon */
    put_parameter(o, 0x04, 65536); /* initial_max_data */
    put_parameter(o, 0x05, 65536); /* initial_max_stream_data_bidi_local */
    put_parameter(o, 0x07, 65536); /* initial_max_stream_data_uni */
    put_parameter(o, 0x09, 3);     /* initial_max_streams_uni: HTTP/3 needs them (RFC 9114 section 6.2) */
    put_u8(o, 0x0f);               /* initial_source_connection_id */
    put_u8(o, c->scid.len);
    put(o, c->scid.b, c->scid.len);
    pp_put16(o->b + at, (uint16_t)(o->n - at - 2));
}

/* Writes the ClientHello. Returns its length in bytes. */
static size_t client_hello(const struct pp_ask *a, const struct chosen *c, uint8_t out[HELLO_MAX])
{
    static const uint8_t suites[] = {0, 6, 0x13, 0x01, 0x13, 0x02, 0x13, 0x03}, /* RFC 8446's */
        plain[] = {
            1, 0, /* compression: none */
        },
        before[] = {
            0x00, 0x0a, 0, 4, 0, 2, 0x00, 0x1d,                               /* supported_groups: x25519 */
            0x00, 0x0d, 0, 14, 0, 12, 0x04, 0x03, 0x08, 0x04, 0x04, 0x01,     /* signature_algorithms */
            0x05, 0x03, 0x08, 0x05, 0x08, 0x07,
            0x00, 0x10, 0, 5, 0, 3, 2, 'h', '3',                              /* ALPN, RFC 7301 */
            0x00, 0x2b, 0, 3, 2, 0x03, 0x04,                                  /* supported_versions: TLS 1.3 */
            0x00, 0x33, 0, 38, 0, 36, 0x00, 0x1d, 0, 32,                      /* key_share: the key follows */
        };
    size_t name = server_name(a->domain), extensions;
    struct out o = {.b = out};

    put_u8(&o, 1); /* client_hello; its length, 3 bytes, is filled in at the end */
    put_u8(&o, 0);
    put_u16(&o, 0);
    put_u16(&o, 0x0303);
    put(&o, c->random, sizeof c->random);
    put_u8(&o, 0); /* no session id: RFC 9001 section 8.4 */
    put(&o, suites, sizeof suites);
    put(&o, plain, sizeof plain);
    extensions = o.n;
    put_u16(&o, 0);
    if (name) {
        put_u16(&o, 0x00); /* server_name */
        put_u16(&o, name + 5);
        put_u16(&o, name + 3);
        put_u8(&o, 0); /* host_name */
        put_u16(&o, name);
        put(&o, a->domain, name);
    }
    put(&o, before, sizeof before);
    put(&o, c->share, sizeof c->share);
    put_transport(&o, c);
    pp_put16(out + extensions, (uint16_t)(o.n - extensions - 2));
    pp_put16(out + 2, (uint16_t)(o.n - 4));
    if (o.n > HELLO_MAX)
        BUG("a ClientHello of %zu bytes", o.n);
    return o.n;
}

/* ---- packets ------------------------------------------------------------------------------------------------- */

/* Writes the header of an Initial up to the packet number, with a length field of two bytes to be filled in. */
static void put_head(struct out *o, const struct pp_quic_id *dcid, const struct pp_quic_id *scid, const uint8_t *token,
                     size_t token_len, size_t *length_at)
{
    put_u8(o, PP_QUIC_LONG | PP_QUIC_FIXED | PP_QUIC_INITIAL | (PN_LEN - 1));
    put_u16(o, 0);
    put_u16(o, 1);
    put_u8(o, dcid->len);
    put(o, dcid->b, dcid->len);
    put_u8(o, scid->len);
    put(o, scid->b, scid->len);
    o->n += pp_quic_put_varint(o->b + o->n, token_len);
    put(o, token, token_len);
    *length_at = o->n;
    put_u16(o, 0);
}

/*
 * Returns the connection id that keys are derived from: the destination of the first Initial, or of the first after a
 * Retry.
 */
static const struct pp_quic_id *key_id(const struct pp_ask *a, const struct chosen *c)
{
    return a->retry ? &a->retry->scid : &c->dcid;
}

/* Returns the keys of the client's packets, and the secret of the server's: those kept, else derived into SPARE. */
static const struct pp_quic_kept *keys_of(const struct pp_ask *a, const struct chosen *c, struct pp_quic_kept *spare)
{
    struct pp_quic_kept *k = a->kept ? a->kept : spare;
    uint8_t of = a->retry ? 2 : 1;

    if (k->of != of) {
        pp_quic_secret(a->crypto, key_id(a, c), k->secret);
        pp_quic_keys(a->crypto, k->secret, false, &k->client);
        k->of = of;
    }
    return k;
}

/* Pads with PADDING frames to LEN bytes in all, and seals. */
static size_t finish(const struct pp_ask *a, const struct chosen *c, struct out *o, size_t length_at, size_t len)
{
    struct pp_quic_kept spare = {0};

    memset(o->b + o->n, 0, len - PP_QUIC_TAG - o->n);
    pp_put16(o->b + length_at, (uint16_t)(0x4000 | (len - length_at - 2)));
    return pp_quic_seal(a->crypto, &keys_of(a, c, &spare)->client, o->b, length_at + 2, PN_LEN, len - PP_QUIC_TAG);
}

static unsigned parts(const struct pp_ask *a)
{
    return a->parts ? a->parts : 1;
}

size_t pp_quic_initial(const struct pp_ask *a, uint8_t *out, size_t cap)
{
    size_t len = a->length ? a->length : PP_QUIC_LEAST + (size_t)a->padding, hello, from, to, length_at;
    struct chosen c = choose(a);
    uint8_t message[HELLO_MAX];
    struct out o = {.b = out};

    if (len < PP_QUIC_LEAST || len > cap || (a->retry && a->retry->token_len > PP_QUIC_TOKEN_MAX))
        return 0;
    hello = client_hello(a, &c, message);
    from = hello * a->part / parts(a);
    to = hello * (a->part + 1u) / parts(a);
    put_head(&o, key_id(a, &c), &c.scid, a->retry ? a->retry->token : none, a->retry ? a->retry->token_len : 0,
             &length_at);
    /* Packet numbers continue after a Retry: RFC 9000 section 17.2.5.3. */
    put_u8(&o, a->part + (a->retry ? parts(a) : 0));
    put_u8(&o, FRAME_CRYPTO);
    o.n += pp_quic_put_varint(out + o.n, from);
    o.n += pp_quic_put_varint(out + o.n, to - from);
    put(&o, message + from, to - from);
    return finish(a, &c, &o, length_at, len);
}

size_t pp_quic_goodbye(const struct pp_ask *a, const struct pp_quic_id *scid, uint8_t *out, size_t cap)
{
    struct chosen c = choose(a);
    struct out o = {.b = out};
    size_t length_at;

    if (cap < PP_QUIC_LEAST)
        return 0;
    put_head(&o, scid, &c.scid, none, 0, &length_at);
    put_u8(&o, parts(a) * (a->retry ? 2 : 1));
    put(&o, (const uint8_t[]){FRAME_CLOSE, 0, 0, 0}, 4); /* NO_ERROR, no frame type, no reason */
    return finish(a, &c, &o, length_at, PP_QUIC_LEAST);
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static bool same_id(const struct pp_quic_id *x, const struct pp_quic_id *y)
{
    return x->len == y->len && memcmp(x->b, y->b, x->len) == 0;
}

/* RFC 9000 section 6.2: both ids exchanged, and version 1, the requested one, not among those listed. */
static bool negotiation(const struct pp_quic_head *h, const struct chosen *c)
{
    size_t at = 7u + h->dcid.len + h->scid.len;

    if (!same_id(&h->scid, &c->dcid) || h->len < at + 4 || (h->len - at) % 4 != 0)
        return false;
    for (; at < h->len; at += 4)
        if (pp_get32(h->packet + at) == 1)
            return false;
    return true;
}

/*
 * Section 17.2.5.2: at most one Retry, with a token, from an id other than the Initial's destination, and with a valid
 * tag.
 */
static bool is_retry(const struct pp_ask *a, const struct pp_quic_head *h, const struct chosen *c)
{
    uint8_t tag[PP_QUIC_TAG];

    if (a->retry || !h->token_len || h->token_len > PP_QUIC_TOKEN_MAX || same_id(&h->scid, &c->dcid))
        return false;
    pp_quic_retry_tag(a->crypto, &c->dcid, h->packet, h->len - PP_QUIC_TAG, tag);
    return memcmp(tag, h->packet + h->len - PP_QUIC_TAG, sizeof tag) == 0;
}

/*
 * Decrypts an Initial, and adds its frames to *SEEN. False: invalid. It must not acknowledge packets that were not
 * sent, and a server's Initial has no token (section 17.2.2).
 */
static bool opens(const struct pp_ask *a, const struct pp_quic_head *h, const struct pp_quic_keys *keys,
                  struct pp_quic_seen *seen)
{
    uint8_t frames[PP_MESSAGE_MAX + 64];
    uint64_t pn, last = parts(a) * (a->retry ? 2u : 1u) - 1;
    struct pp_quic_seen one;
    size_t n;

    if (h->token_len || h->len > sizeof frames)
        return false;
    n = pp_quic_open(a->crypto, keys, h, frames, &pn);
    if (!n || !pp_quic_frames(frames, n, &one) || (one.ack && one.largest > last) ||
        !(one.ack || one.closed || one.crypto))
        return false;
    if (one.ack && !seen->ack) {
        one.crypto |= seen->crypto;
        *seen = one;
    }
    seen->crypto |= one.crypto;
    if (one.closed && !seen->closed) {
        seen->closed = true;
        seen->error = one.error;
    }
    return true;
}

/* Classifies one packet. KEYS are derived at the first Initial, and *HAVE_KEYS set. */
static enum pp_quic_answer packet(const struct pp_ask *a, const struct chosen *c, const struct pp_quic_head *h,
                                  bool first, struct pp_quic_keys *keys, bool *have_keys, struct pp_quic_seen *seen,
                                  struct pp_quic_retry *retry)
{
    struct pp_quic_kept spare = {0};

    if (h->version == 0)
        return first && !a->retry && negotiation(h, c) ? PP_QUIC_NEGOTIATION : PP_QUIC_NOTHING;
    if (h->version != 1 || !(h->first & PP_QUIC_FIXED))
        return PP_QUIC_NOTHING;
    if (h->type == PP_QUIC_RETRY && first && is_retry(a, h, c)) {
        retry->scid = h->scid;
        retry->token_len = (uint16_t)h->token_len;
        memcpy(retry->token, h->token, h->token_len);
        return PP_QUIC_ASKED_AGAIN;
    }
    if (h->type != PP_QUIC_INITIAL)
        return PP_QUIC_NOTHING;
    if (!*have_keys)
        pp_quic_keys(a->crypto, keys_of(a, c, &spare)->secret, true, keys);
    *have_keys = true;
    return opens(a, h, keys, seen) ? PP_QUIC_OPENED : PP_QUIC_NOTHING;
}

enum pp_quic_answer pp_quic_answer(const struct pp_ask *a, const uint8_t *bytes, size_t len, struct pp_quic_seen *seen,
                                   struct pp_quic_id *scid, struct pp_quic_retry *retry)
{
    enum pp_quic_answer answer = PP_QUIC_NOTHING, this;
    struct chosen c = choose(a);
    struct pp_quic_keys keys;
    struct pp_quic_head h;
    bool have_keys = false;

    *seen = (struct pp_quic_seen){0};
    /* Packets of one datagram have the same destination id (section 12.2); a short header ends the loop. */
    for (size_t at = 0; at < len && pp_quic_head(&h, bytes + at, len - at) && same_id(&h.dcid, &c.scid); at += h.len) {
        this = packet(a, &c, &h, at == 0, &keys, &have_keys, seen, retry);
        if (this == PP_QUIC_NEGOTIATION || this == PP_QUIC_ASKED_AGAIN)
            return this;
        if (this == PP_QUIC_OPENED)
            *scid = h.scid;
        answer = this == PP_QUIC_OPENED ? this : answer;
    }
    return answer;
}
