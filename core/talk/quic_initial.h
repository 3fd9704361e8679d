/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic_initial.h: builds one QUIC Initial with a ClientHello, reads its answers, and builds the closing packet (RFC
 * 9000, RFC 9001). A server answers with an Initial of its own, whose keys follow from our connection id: it
 * acknowledges our packet and, if the server supports ECN, reports its ECN mark (ACK with ECN counts, RFC 9000 section
 * 19.3.2). The conversation ends there with CONNECTION_CLOSE. No handshake is completed, so the ClientHello's key share
 * is random bytes, and no TLS state is kept.
 *
 * The ClientHello asks for HTTP/3 ("h3") of the target's domain, if that is a name. Both connection ids are the
 * conversation's own: servers find connections by them.
 */
#ifndef PP_QUIC_INITIAL_H
#define PP_QUIC_INITIAL_H

#include "../packet/quic.h"
#include "ask.h"

/*
 * Bytes. The token is returned with the whole ClientHello, which must fit into PP_QUIC_LEAST bytes with it (RFC 9000
 * section 8.1.1 sets no limit on its length).
 */
#define PP_QUIC_TOKEN_MAX 600

/* The content of a Retry (RFC 9000 section 17.2.5). */
struct pp_quic_retry {
    struct pp_quic_id scid; /* destination of the next Initial, and source of its keys */
    uint16_t token_len;
    uint8_t token[PP_QUIC_TOKEN_MAX];
};

/* The keys of one conversation, the same for all of its packets but after a Retry. Zero to begin with. */
struct pp_quic_kept {
    uint8_t of; /* 0: nothing yet; 1: keys of the first Initial's connection id; 2: of the Retry's */
    uint8_t secret[PP_QUIC_SECRET];
    struct pp_quic_keys client;
};

/*
 * Writes the Initial: PP_QUIC_LEAST bytes plus A's padding, or A's length; with the token after a Retry. With
 * ask->parts the ClientHello is divided into so many pieces, and this is piece ask->part. Needs ask->crypto. Returns
 * its bytes; 0: it does not fit into CAP.
 */
size_t pp_quic_initial(const struct pp_ask *a, uint8_t *out, size_t cap);

enum pp_quic_answer {
    PP_QUIC_NOTHING,     /* no answer to this Initial, or one that must be ignored */
    PP_QUIC_NEGOTIATION, /* version negotiation: the server refuses version 1; not authenticated, so perhaps forged */
    PP_QUIC_ASKED_AGAIN, /* a Retry: *RETRY is filled in */
    PP_QUIC_OPENED,      /* an Initial that decrypts, so its sender has seen our connection id: *SEEN is filled in */
};

/*
 * Classifies a datagram as an answer to the Initial of A. *SEEN: the frames of all Initials in it that decrypt. OPENED:
 * *SCID is the server's connection id. *RETRY is written for ASKED_AGAIN only, which is not returned for a second Retry
 * (a->retry set).
 */
enum pp_quic_answer pp_quic_answer(const struct pp_ask *a, const uint8_t *bytes, size_t len, struct pp_quic_seen *seen,
                                   struct pp_quic_id *scid, struct pp_quic_retry *retry);

/*
 * Writes CONNECTION_CLOSE without an error to the server's id SCID, padded to an Initial's minimum. Returns its bytes.
 */
size_t pp_quic_goodbye(const struct pp_ask *a, const struct pp_quic_id *scid, uint8_t *out, size_t cap);

#endif
