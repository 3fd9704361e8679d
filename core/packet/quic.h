/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic.h: QUIC's long headers (RFC 8999, RFC 9000 section 17.2), and the protection of version 1's Initial and Retry
 * packets (RFC 9001 sections 5 and 5.8). The keys of that protection follow from the connection id that the client
 * chose and sends in clear, so everyone on the path can decrypt and forge these packets: it protects against
 * middleboxes that do not know QUIC, not against attackers. Pure functions; accepts any bytes; a pp_quic_crypto belongs
 * to one thread.
 */
#ifndef PP_PACKET_QUIC_H
#define PP_PACKET_QUIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_QUIC_LEAST 1200  /* bytes of a client's datagram with an Initial, RFC 9000 section 14.1 */
#define PP_QUIC_ID_MAX 20   /* RFC 9000 section 17.2 */
#define PP_QUIC_TAG 16      /* bytes behind what is sealed */
#define PP_QUIC_V2 UINT32_C(0x6b3343cf) /* version 2, RFC 9369: the same layout, other type numbers and keys */
#define PP_QUIC_SECRET 32   /* bytes of a secret that keys are derived from */
#define PP_QUIC_VARINT_MAX (UINT64_C(1) << 62) /* all integers are below this: RFC 9000 section 16 */

enum pp_quic_bits {
    PP_QUIC_LONG = 0x80,  /* bit of the first byte: long header */
    PP_QUIC_FIXED = 0x40,
    PP_QUIC_TYPE = 0x30,
    PP_QUIC_INITIAL = 0x00, /* types of version 1 */
    PP_QUIC_0RTT = 0x10,
    PP_QUIC_HANDSHAKE = 0x20,
    PP_QUIC_RETRY = 0x30,
};

struct pp_quic_id {
    uint8_t len;
    uint8_t b[PP_QUIC_ID_MAX];
};

/* A packet with a long header; pointers into the datagram. */
struct pp_quic_head {
    uint8_t first;
    uint32_t version; /* 0: version negotiation */
    uint8_t type;     /* versions 1 and 2: PP_QUIC_INITIAL to PP_QUIC_RETRY, as version 1 numbers them */
    struct pp_quic_id dcid, scid;
    const uint8_t *packet, *token; /* token: of an Initial or a Retry */
    size_t token_len;
    size_t pn_off; /* offset of the packet number; 0: this packet type has none */
    size_t len;    /* bytes of this packet; another packet may follow in the datagram */
};

/*
 * Reads the packet at BYTES, of which LEN are left in the datagram. In versions other than 1 and 2 nothing behind the
 * connection ids is read, and the packet takes all of LEN. False: no long header, or an invalid length.
 */
bool pp_quic_head(struct pp_quic_head *h, const uint8_t *bytes, size_t len);

/* Reads version and connection ids alone, of any version; the packet may be truncated behind them. */
bool pp_quic_ids(struct pp_quic_head *h, const uint8_t *bytes, size_t len);

/* Reads a variable-length integer (RFC 9000 section 16) at *AT, and advances *AT. False: it does not fit into LEN. */
bool pp_quic_varint(const uint8_t *bytes, size_t len, size_t *at, uint64_t *v);
/*
 * Writes V as the shortest integer of 1, 2, 4 or 8 bytes. V is below PP_QUIC_VARINT_MAX. Returns its length in bytes.
 */
size_t pp_quic_put_varint(uint8_t *out, uint64_t v);

/* ---- Initial packets -------------------------------------------------------------------------------- */

struct pp_quic_crypto; /* opaque: libcrypto's contexts, reused; one thread */
struct pp_quic_crypto *pp_quic_crypto_new(void); /* NULL printed: no memory */
void pp_quic_crypto_free(struct pp_quic_crypto *c);

struct pp_quic_keys {
    uint8_t key[16], iv[12], hp[16];
};

/*
 * Derives version 1's Initial secret (RFC 9001 section 5.2) from the Destination Connection ID of the client's first
 * Initial, or of the first one after a Retry.
 */
void pp_quic_secret(struct pp_quic_crypto *c, const struct pp_quic_id *dcid, uint8_t secret[PP_QUIC_SECRET]);
/* Derives the Initial keys of one direction from the Initial secret. SERVER: the keys of the server's packets. */
void pp_quic_keys(struct pp_quic_crypto *c, const uint8_t secret[PP_QUIC_SECRET], bool server, struct pp_quic_keys *k);

/*
 * Seals a packet in place: the header up to the packet number PN, PN_LEN bytes (1 to 4) at offset PN_OFF, then frames
 * up to LEN. PACKET has room for PP_QUIC_TAG bytes more; the frames have at least 4 - PN_LEN bytes. Returns the whole
 * length in bytes.
 */
size_t pp_quic_seal(struct pp_quic_crypto *c, const struct pp_quic_keys *k, uint8_t *packet, size_t pn_off,
                    size_t pn_len, size_t len);
/*
 * Decrypts packet H into FRAMES, which has room for H->len bytes. Returns the bytes of frames; 0: not sealed with these
 * keys, or no frames. *PN: the packet number as sent, taken for the full number, as few packets are sent with these
 * keys.
 */
size_t pp_quic_open(struct pp_quic_crypto *c, const struct pp_quic_keys *k, const struct pp_quic_head *h,
                    uint8_t *frames, uint64_t *pn);

/*
 * Computes the integrity tag of a Retry (RFC 9001 section 5.8) over its LEN bytes before the tag; ID is the Destination
 * Connection ID of the Initial that it answers.
 */
void pp_quic_retry_tag(struct pp_quic_crypto *c, const struct pp_quic_id *id, const uint8_t *retry, size_t len,
                       uint8_t tag[PP_QUIC_TAG]);

/* The frames of an Initial, summed up (RFC 9000 section 19). */
struct pp_quic_seen {
    bool ack;    /* an ACK frame */
    bool ecn;    /* an ACK frame with ECN counts; the counts follow, of the last such frame */
    bool closed; /* CONNECTION_CLOSE */
    bool crypto; /* a CRYPTO frame: part of a TLS message */
    bool ping;
    uint64_t largest; /* largest packet number acknowledged */
    uint64_t ect0, ect1, ce;
    uint64_t error; /* error code of CONNECTION_CLOSE */
};

/*
 * Parses the LEN bytes of FRAMES into *SEEN. False: a frame is truncated, invalid (an ACK range below packet number 0),
 * or not allowed in an Initial.
 */
bool pp_quic_frames(const uint8_t *frames, size_t len, struct pp_quic_seen *seen);

#endif
