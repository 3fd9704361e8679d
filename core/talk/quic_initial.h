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
 * A token is returned beside the whole ClientHello, so it has to leave room for that in PP_QUIC_LEAST bytes (RFC 9000
 * section 8.1.1 lets a server make it as long as it likes).
 */
#define PP_QUIC_TOKEN_MAX 600

/* What a Retry (RFC 9000 section 17.2.5) has asked for. */
struct pp_quic_retry {
    struct pp_quic_id scid; /* where the next Initial goes, and what its keys follow from */
    uint16_t token_len;
    uint8_t token[PP_QUIC_TOKEN_MAX];
};

/*
 * The Initial: PP_QUIC_LEAST bytes and the padding, or what the ask says. Behind a Retry, with its token. With
 * ask->parts the ClientHello is cut into so many pieces, of which this is ask->part. Needs ask->crypto. 0: it does not
 * fit into CAP.
 */
size_t pp_quic_initial(const struct pp_ask *a, uint8_t *out, size_t cap);

enum pp_quic_answer {
    PP_QUIC_NOTHING,     /* no answer to this Initial, or one that must not be heeded */
    PP_QUIC_NEGOTIATION, /* the server does not speak version 1, or something on the way says so: nothing proves it */
    PP_QUIC_ASKED_AGAIN, /* a Retry: *RETRY is filled */
    PP_QUIC_OPENED,      /* an Initial that decrypts, so its sender has seen our connection id: *SEEN is filled */
};

/*
 * What a datagram is to the Initial of A. *SEEN: of all Initials in it that open. OPENED: *SCID is what the server
 * calls itself. *RETRY is written for ASKED_AGAIN only, which no second Retry is: a->retry is none then.
 */
enum pp_quic_answer pp_quic_answer(const struct pp_ask *a, const uint8_t *bytes, size_t len, struct pp_quic_seen *seen,
                                   struct pp_quic_id *scid, struct pp_quic_retry *retry);

/* CONNECTION_CLOSE without an error to the server that calls itself SCID; as long as an Initial has to be. */
size_t pp_quic_goodbye(const struct pp_ask *a, const struct pp_quic_id *scid, uint8_t *out, size_t cap);

#endif
