/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_quic.c: any bytes as an answer to a QUIC Initial. By the first byte the rest is a whole datagram, or the frames
 * of a correctly protected Initial, or the part of a Retry before its tag, which is then computed.
 */
#include "../../core/talk/quic_initial.h"

#include "../../core/base/error.h"
#include "../../core/packet/packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PLAIN, FRAMES, RETRY, HEADER, KINDS };

/* Writes a server's Initial with FRAMES that answers A's Initial, correctly protected. */
static size_t seal(const struct pp_ask *a, const struct pp_quic_head *ours, const uint8_t *frames, size_t n,
                   uint8_t *out)
{
    uint8_t secret[PP_QUIC_SECRET];
    struct pp_quic_keys k;
    size_t at = 6;

    memcpy(out, (const uint8_t[]){0xc0, 0, 0, 0, 1, ours->scid.len}, 6);
    memcpy(out + at, ours->scid.b, ours->scid.len);
    at += ours->scid.len;
    out[at++] = 0;
    out[at++] = 0;
    pp_put16(out + at, (uint16_t)(0x4000 | (1 + n + PP_QUIC_TAG)));
    out[at + 2] = 0;
    memcpy(out + at + 3, frames, n);
    pp_quic_secret(a->crypto, &ours->dcid, secret);
    pp_quic_keys(a->crypto, secret, true, &k);
    return pp_quic_seal(a->crypto, &k, out, at + 2, 1, at + 3 + n);
}

static void check(const struct pp_ask *a, enum pp_quic_answer answer, const struct pp_quic_seen *seen,
                  const struct pp_quic_id *scid, const struct pp_quic_retry *retry)
{
    uint8_t goodbye[PP_MESSAGE_MAX];
    struct pp_ask again = *a;

    if (answer == PP_QUIC_OPENED) {
        if (seen->ack && seen->largest > 0)
            BUG("packet %llu was never sent", (unsigned long long)seen->largest);
        if (pp_quic_goodbye(a, scid, goodbye, sizeof goodbye) != PP_QUIC_LEAST)
            BUG("no goodbye");
    }
    if (answer != PP_QUIC_ASKED_AGAIN)
        return;
    again.retry = retry;
    if (pp_quic_initial(&again, goodbye, sizeof goodbye) != PP_QUIC_LEAST)
        BUG("a token of %u bytes cannot be returned", retry->token_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pp_quic_crypto *crypto;
    static struct pp_quic_head ours;
    static uint8_t initial[PP_MESSAGE_MAX];
    struct pp_ask ask = {.domain = "example.org", .chance = 0x0102};
    uint8_t bytes[2048];
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    struct pp_quic_id scid;
    size_t n, kept;

    if (!crypto && !(crypto = pp_quic_crypto_new()))
        abort();
    ask.crypto = crypto;
    if (!ours.len && !pp_quic_head(&ours, initial, pp_quic_initial(&ask, initial, sizeof initial)))
        BUG("our own Initial cannot be read");
    if (size < 1 || size > 1500)
        return 0;
    n = size - 1;
    switch (data[0] % KINDS) {
    case FRAMES:
        if (n < 4)
            return 0;
        n = seal(&ask, &ours, data + 1, n, bytes);
        break;
    case RETRY:
        memcpy(bytes, (const uint8_t[]){0xf0, 0, 0, 0, 1, ours.scid.len}, 6);
        memcpy(bytes + 6, ours.scid.b, ours.scid.len);
        kept = 6u + ours.scid.len;
        memcpy(bytes + kept, data + 1, n);
        pp_quic_retry_tag(crypto, &ours.dcid, bytes, kept + n, bytes + kept + n);
        n += kept + PP_QUIC_TAG;
        break;
    case HEADER: /* the input as a datagram, with the destination connection ID replaced by ours */
        memcpy(bytes, data + 1, n);
        if (n >= 6u + ours.scid.len) {
            bytes[5] = ours.scid.len;
            memcpy(bytes + 6, ours.scid.b, ours.scid.len);
        }
        break;
    default:
        memcpy(bytes, data + 1, n);
    }
    check(&ask, pp_quic_answer(&ask, bytes, n, &seen, &scid, &retry), &seen, &scid, &retry);
    return 0;
}
