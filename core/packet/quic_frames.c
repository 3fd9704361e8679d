/* SPDX-License-Identifier: BSD-2-Clause */
/* quic_frames.c: parses the frames of an Initial (RFC 9000 section 19). */
#include "quic.h"

enum { PADDING = 0x00, PING = 0x01, ACK = 0x02, ACK_ECN = 0x03, CRYPTO = 0x06, CLOSE = 0x1c };

/* Reads a length and checks that so many bytes follow. False: truncated. */
static bool get_length(const uint8_t *bytes, size_t len, size_t *at, uint64_t *v)
{
    return pp_quic_varint(bytes, len, at, v) && *v <= len - *at;
}

/* Reads an ACK frame, RFC 9000 section 19.3: ranges descend, and none may reach below packet number 0. */
static bool ack(const uint8_t *f, size_t len, size_t *at, bool ecn, struct pp_quic_seen *seen)
{
    uint64_t largest, delay, ranges, first, gap, range, low;

    if (!pp_quic_varint(f, len, at, &largest) || !pp_quic_varint(f, len, at, &delay) ||
        !pp_quic_varint(f, len, at, &ranges) || !pp_quic_varint(f, len, at, &first) || first > largest)
        return false;
    low = largest - first;
    for (; ranges > 0; ranges--) {
        if (!pp_quic_varint(f, len, at, &gap) || !pp_quic_varint(f, len, at, &range) || gap + 2 > low ||
            range > low - gap - 2)
            return false;
        low -= gap + 2 + range;
    }
    if (ecn && (!pp_quic_varint(f, len, at, &seen->ect0) || !pp_quic_varint(f, len, at, &seen->ect1) ||
                !pp_quic_varint(f, len, at, &seen->ce)))
        return false;
    seen->ack = true;
    seen->ecn |= ecn;
    if (largest > seen->largest)
        seen->largest = largest;
    return true;
}

/* Reads CONNECTION_CLOSE, section 19.19: an error code, the type of the frame that caused it, and a reason. */
static bool closing(const uint8_t *f, size_t len, size_t *at, struct pp_quic_seen *seen)
{
    uint64_t error, type, n;

    if (!pp_quic_varint(f, len, at, &error) || !pp_quic_varint(f, len, at, &type) || !get_length(f, len, at, &n))
        return false;
    *at += (size_t)n;
    seen->closed = true;
    seen->error = error;
    return true;
}

bool pp_quic_frames(const uint8_t *frames, size_t len, struct pp_quic_seen *seen)
{
    uint64_t type, offset, n;
    size_t at = 0;

    *seen = (struct pp_quic_seen){0};
    while (at < len) {
        if (!pp_quic_varint(frames, len, &at, &type))
            return false;
        switch (type) {
        case PADDING:
            break;
        case PING:
            seen->ping = true;
            break;
        case ACK:
        case ACK_ECN:
            if (!ack(frames, len, &at, type == ACK_ECN, seen))
                return false;
            break;
        case CRYPTO:
            if (!pp_quic_varint(frames, len, &at, &offset) || !get_length(frames, len, &at, &n))
                return false;
            at += (size_t)n;
            seen->crypto = true;
            break;
        case CLOSE:
            if (!closing(frames, len, &at, seen))
                return false;
            break;
        default:
            return false;
        }
    }
    return true;
}
