/* SPDX-License-Identifier: BSD-2-Clause */
/* quic.c: reads and writes long headers; seals and opens Initial packets with libcrypto. */
#include "quic.h"

#include "../base/error.h"
#include "packet.h"

#include <openssl/evp.h>
#include <string.h>

enum { HASH = PP_QUIC_SECRET, BLOCK = 64, KEY = 16, IV = 12, SAMPLE = 16, PN_MAX = 4 };

/* ---- numbers and headers ----------------------------------------------------------------------------------- */

bool pp_quic_varint(const uint8_t *bytes, size_t len, size_t *at, uint64_t *v)
{
    size_t n;

    if (*at >= len)
        return false;
    n = (size_t)1 << (bytes[*at] >> 6);
    if (len - *at < n)
        return false;
    *v = bytes[*at] & 0x3f;
    for (size_t i = 1; i < n; i++)
        *v = *v << 8 | bytes[*at + i];
    *at += n;
    return true;
}

size_t pp_quic_put_varint(uint8_t *out, uint64_t v)
{
    unsigned log = v < 1 << 6 ? 0 : v < 1 << 14 ? 1 : v < 1 << 30 ? 2 : 3;
    size_t n = (size_t)1 << log;

    for (size_t i = n; i-- > 0; v >>= 8)
        out[i] = (uint8_t)v;
    out[0] |= (uint8_t)(log << 6);
    return n;
}

static bool get_id(const uint8_t *bytes, size_t len, size_t *at, struct pp_quic_id *id)
{
    if (*at >= len || bytes[*at] > PP_QUIC_ID_MAX || len - *at - 1 < bytes[*at])
        return false;
    id->len = bytes[*at];
    memcpy(id->b, bytes + *at + 1, id->len);
    *at += 1u + id->len;
    return true;
}

/* Reads a length and checks that so many bytes follow. False: truncated. */
static bool get_length(const uint8_t *bytes, size_t len, size_t *at, uint64_t *v)
{
    return pp_quic_varint(bytes, len, at, v) && *v <= len - *at;
}

/* Reads the rest of a header of version 1 or 2 (RFC 9000 sections 17.2.2 to 17.2.5, RFC 9369 section 3.2). */
static bool read_rest(struct pp_quic_head *h, const uint8_t *bytes, size_t len, size_t at)
{
    uint64_t n;

    if (h->type == PP_QUIC_RETRY) {
        if (len - at < PP_QUIC_TAG)
            return false;
        h->token = bytes + at;
        h->token_len = len - at - PP_QUIC_TAG;
        return true;
    }
    if (h->type == PP_QUIC_INITIAL) {
        if (!get_length(bytes, len, &at, &n))
            return false;
        h->token = bytes + at;
        h->token_len = (size_t)n;
        at += (size_t)n;
    }
    if (!get_length(bytes, len, &at, &n))
        return false;
    h->pn_off = at;
    h->len = at + (size_t)n;
    return true;
}

/* Reads version and connection ids. Returns the offset behind the ids; 0: invalid or truncated. */
static size_t ids(struct pp_quic_head *h, const uint8_t *bytes, size_t len)
{
    size_t at = 5;

    *h = (struct pp_quic_head){.packet = bytes, .len = len};
    if (len < at || !(bytes[0] & PP_QUIC_LONG))
        return 0;
    h->first = bytes[0];
    h->version = pp_get32(bytes + 1);
    /* Version 2 begins to number the types at 1, and ends with the Retry at 0. */
    h->type = (h->first - (h->version == PP_QUIC_V2 ? PP_QUIC_0RTT : 0)) & PP_QUIC_TYPE;
    return get_id(bytes, len, &at, &h->dcid) && get_id(bytes, len, &at, &h->scid) ? at : 0;
}

bool pp_quic_ids(struct pp_quic_head *h, const uint8_t *bytes, size_t len)
{
    return ids(h, bytes, len) != 0;
}

bool pp_quic_head(struct pp_quic_head *h, const uint8_t *bytes, size_t len)
{
    size_t at = ids(h, bytes, len);

    return at && ((h->version != 1 && h->version != PP_QUIC_V2) || read_rest(h, bytes, len, at));
}

/* ---- protection ------------------------------------------------------------------------------------------------ */

/* The contexts keep their algorithm: a call that names it again costs libcrypto more than a key schedule. */
struct pp_quic_crypto {
    EVP_MD *sha256;
    EVP_CIPHER *gcm, *ecb;
    EVP_MD_CTX *hash;
    EVP_CIPHER_CTX *cipher, *mask;
};

struct pp_quic_crypto *pp_quic_crypto_new(void)
{
    struct pp_quic_crypto *c = calloc(1, sizeof *c);

    if (c) {
        c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        c->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
        c->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
        c->hash = EVP_MD_CTX_new();
        c->cipher = EVP_CIPHER_CTX_new();
        c->mask = EVP_CIPHER_CTX_new();
        if (c->sha256 && c->gcm && c->ecb && c->hash && c->cipher && c->mask &&
            EVP_EncryptInit_ex2(c->cipher, c->gcm, NULL, NULL, NULL) == 1 &&
            EVP_EncryptInit_ex2(c->mask, c->ecb, NULL, NULL, NULL) == 1)
            return c;
        pp_quic_crypto_free(c);
    }
    pp_error("cannot use SHA-256 and AES-128 of libcrypto");
    pp_hint("`openssl list -providers` shows the providers that this system's OpenSSL configuration loads");
    return NULL;
}

void pp_quic_crypto_free(struct pp_quic_crypto *c)
{
    if (!c)
        return;
    EVP_CIPHER_CTX_free(c->mask);
    EVP_CIPHER_CTX_free(c->cipher);
    EVP_MD_CTX_free(c->hash);
    EVP_CIPHER_free(c->ecb);
    EVP_CIPHER_free(c->gcm);
    EVP_MD_free(c->sha256);
    free(c);
}

/* Computes one of HMAC's two hashes (RFC 2104): of the key under PAD, then BYTES. */
static void half(struct pp_quic_crypto *c, const uint8_t *key, size_t key_len, uint8_t pad, const uint8_t *bytes,
                 size_t len, uint8_t out[HASH])
{
    uint8_t block[BLOCK];

    memset(block, pad, sizeof block);
    for (size_t i = 0; i < key_len; i++)
        block[i] ^= key[i];
    if (EVP_DigestInit_ex2(c->hash, c->sha256, NULL) != 1 || EVP_DigestUpdate(c->hash, block, sizeof block) != 1 ||
        EVP_DigestUpdate(c->hash, bytes, len) != 1 || EVP_DigestFinal_ex(c->hash, out, NULL) != 1)
        BUG("libcrypto has no SHA-256 any more");
}

/* HMAC with a key of at most BLOCK bytes. */
static void hmac(struct pp_quic_crypto *c, const uint8_t *key, size_t key_len, const uint8_t *bytes, size_t len,
                 uint8_t out[HASH])
{
    half(c, key, key_len, 0x36, bytes, len, out);
    half(c, key, key_len, 0x5c, out, HASH, out);
}

/* HKDF-Expand-Label (RFC 8446 section 7.1) without context, for at most HASH bytes. */
static void expand(struct pp_quic_crypto *c, const uint8_t secret[HASH], const char *label, uint8_t *out, size_t n)
{
    uint8_t info[32], all[HASH];
    size_t len = strlen(label);

    pp_put16(info, (uint16_t)n);
    info[2] = (uint8_t)(6 + len);
    memcpy(info + 3, "tls13 ", 6);
    memcpy(info + 9, label, len);
    info[9 + len] = 0;
    info[10 + len] = 1; /* the counter of HKDF-Expand's first block */
    hmac(c, secret, HASH, info, 11 + len, all);
    memcpy(out, all, n);
}

void pp_quic_secret(struct pp_quic_crypto *c, const struct pp_quic_id *dcid, uint8_t secret[PP_QUIC_SECRET])
{
    static const uint8_t salt[20] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                     0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};

    hmac(c, salt, sizeof salt, dcid->b, dcid->len, secret);
}

void pp_quic_keys(struct pp_quic_crypto *c, const uint8_t secret[PP_QUIC_SECRET], bool server, struct pp_quic_keys *k)
{
    uint8_t side[HASH];

    expand(c, secret, server ? "server in" : "client in", side, sizeof side);
    expand(c, side, "quic key", k->key, sizeof k->key);
    expand(c, side, "quic iv", k->iv, sizeof k->iv);
    expand(c, side, "quic hp", k->hp, sizeof k->hp);
}

static void header_mask(struct pp_quic_crypto *c, const struct pp_quic_keys *k, const uint8_t *sample,
                        uint8_t mask[SAMPLE])
{
    int n;

    if (EVP_EncryptInit_ex2(c->mask, NULL, k->hp, NULL, NULL) != 1 ||
        EVP_EncryptUpdate(c->mask, mask, &n, sample, SAMPLE) != 1)
        BUG("libcrypto has no AES any more");
}

/* RFC 9001 section 5.3: the IV XORed with the packet number. */
static void nonce(const struct pp_quic_keys *k, uint64_t pn, uint8_t out[IV])
{
    memcpy(out, k->iv, IV);
    for (unsigned i = 0; i < 8; i++)
        out[IV - 1 - i] ^= (uint8_t)(pn >> 8 * i);
}

static uint64_t packet_number(const uint8_t *at, size_t len)
{
    uint64_t pn = 0;

    for (size_t i = 0; i < len; i++)
        pn = pn << 8 | at[i];
    return pn;
}

/* Encrypts BYTES in place, and writes TAG. */
static void gcm_seal(struct pp_quic_crypto *c, const uint8_t *key, const uint8_t *iv, const uint8_t *aad,
                     size_t aad_len, uint8_t *bytes, size_t len, uint8_t *tag)
{
    int n;

    if (EVP_EncryptInit_ex2(c->cipher, NULL, key, iv, NULL) != 1 ||
        EVP_EncryptUpdate(c->cipher, NULL, &n, aad, (int)aad_len) != 1 ||
        (len && EVP_EncryptUpdate(c->cipher, bytes, &n, bytes, (int)len) != 1) ||
        EVP_EncryptFinal_ex(c->cipher, bytes + len, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->cipher, EVP_CTRL_AEAD_GET_TAG, PP_QUIC_TAG, tag) != 1)
        BUG("libcrypto has no AES-GCM any more");
}

size_t pp_quic_seal(struct pp_quic_crypto *c, const struct pp_quic_keys *k, uint8_t *packet, size_t pn_off,
                    size_t pn_len, size_t len)
{
    size_t head = pn_off + pn_len;
    uint8_t iv[IV], mask[SAMPLE];

    nonce(k, packet_number(packet + pn_off, pn_len), iv);
    gcm_seal(c, k->key, iv, packet, head, packet + head, len - head, packet + len);
    header_mask(c, k, packet + pn_off + PN_MAX, mask);
    packet[0] ^= mask[0] & 0x0f;
    for (size_t i = 0; i < pn_len; i++)
        packet[pn_off + i] ^= mask[1 + i];
    return len + PP_QUIC_TAG;
}

size_t pp_quic_open(struct pp_quic_crypto *c, const struct pp_quic_keys *k, const struct pp_quic_head *h,
                    uint8_t *frames, uint64_t *pn)
{
    uint8_t head[1 + PN_MAX], tag[PP_QUIC_TAG], mask[SAMPLE], iv[IV];
    const uint8_t *p = h->packet;
    size_t pn_len, head_len, len;
    int n;

    if (!h->pn_off || h->len - h->pn_off < PN_MAX + SAMPLE)
        return 0;
    header_mask(c, k, p + h->pn_off + PN_MAX, mask);
    pn_len = ((p[0] ^ mask[0]) & 3u) + 1;
    head_len = h->pn_off + pn_len;
    len = h->len - head_len - PP_QUIC_TAG;
    if (len == 0 || EVP_DecryptInit_ex2(c->cipher, NULL, k->key, NULL, NULL) != 1)
        return 0;
    /* Header protection changes only the first byte and the packet number; the rest of the header is used in place. */
    memcpy(head, p, 1);
    head[0] ^= mask[0] & 0x0f;
    for (size_t i = 0; i < pn_len; i++)
        head[1 + i] = p[h->pn_off + i] ^ mask[1 + i];
    *pn = packet_number(head + 1, pn_len);
    nonce(k, *pn, iv);
    memcpy(tag, p + h->len - PP_QUIC_TAG, sizeof tag);
    if (EVP_DecryptInit_ex2(c->cipher, NULL, NULL, iv, NULL) != 1 ||
        EVP_DecryptUpdate(c->cipher, NULL, &n, head, 1) != 1 ||
        EVP_DecryptUpdate(c->cipher, NULL, &n, p + 1, (int)(h->pn_off - 1)) != 1 ||
        EVP_DecryptUpdate(c->cipher, NULL, &n, head + 1, (int)pn_len) != 1 ||
        EVP_DecryptUpdate(c->cipher, frames, &n, p + head_len, (int)len) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->cipher, EVP_CTRL_AEAD_SET_TAG, PP_QUIC_TAG, tag) != 1 ||
        EVP_DecryptFinal_ex(c->cipher, frames + len, &n) != 1)
        return 0;
    /* The reserved bits (RFC 9000 section 17.2) have to be 0 once the protection is gone. */
    return head[0] & 0x0c ? 0 : len;
}

void pp_quic_retry_tag(struct pp_quic_crypto *c, const struct pp_quic_id *id, const uint8_t *retry, size_t len,
                       uint8_t tag[PP_QUIC_TAG])
{
    static const uint8_t key[KEY] = {0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a,
                                     0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e};
    static const uint8_t iv[IV] = {0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb};
    uint8_t none[PP_QUIC_TAG];
    int n;

    if (EVP_EncryptInit_ex2(c->cipher, NULL, key, iv, NULL) != 1 ||
        EVP_EncryptUpdate(c->cipher, NULL, &n, &id->len, 1) != 1 ||
        (id->len && EVP_EncryptUpdate(c->cipher, NULL, &n, id->b, id->len) != 1) ||
        EVP_EncryptUpdate(c->cipher, NULL, &n, retry, (int)len) != 1 ||
        EVP_EncryptFinal_ex(c->cipher, none, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->cipher, EVP_CTRL_AEAD_GET_TAG, PP_QUIC_TAG, tag) != 1)
        BUG("libcrypto has no AES-GCM any more");
}
