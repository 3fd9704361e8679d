/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain.h: a chain reduces the packets of one flow to named fields. Chains are rows of a table; each field carries its
 * name, type and description, from which all output of records is made. Names and meanings are PATHspider's, with its
 * documented bugs corrected (see each chain's comment). Pure functions on the chain's own state; any thread.
 */
#ifndef PP_CHAIN_H
#define PP_CHAIN_H

#include "../base/json.h"
#include "../packet/packet.h"

/* PP_FWD: from the side that opened the flow (in `measure`: this host). PP_REV: the other direction. */
enum pp_dir { PP_FWD, PP_REV };

enum pp_field_type {
    PP_FIELD_BOOL, /* uint8_t: 0, 1, PP_UNSEEN = null */
    PP_FIELD_INT,  /* int64_t, PP_NULL = null */
    PP_FIELD_TIME, /* int64_t, ns since 1970, PP_NULL = null; printed as seconds with fraction */
    PP_FIELD_ADDR, /* struct pp_addr; all ones (never a source address) = null */
};
#define PP_UNSEEN 2

static inline struct pp_addr pp_addr_null(void)
{
    struct pp_addr a;

    memset(&a, 0xff, sizeof(a));
    return a;
}

static inline bool pp_addr_is_null(const struct pp_addr *a)
{
    struct pp_addr null = pp_addr_null();

    return pp_addr_eq(a, &null);
}

struct pp_field {
    const char *name;
    uint8_t type; /* enum pp_field_type */
    uint16_t offset; /* in the chain's state */
    const char *what; /* description, one sentence */
};

/* A packet as chains get it. Pointers are valid during the call only. */
struct pp_chain_packet {
    const struct pp_packet *pkt;
    enum pp_dir dir;
    int64_t stamp;                  /* capture time, ns since 1970 */
    const struct pp_packet *quoted; /* an ICMP error: the packet of this flow that it quotes, else NULL */
};

struct pp_quic_seen;

struct pp_chain {
    const char *name;
    const char *what;
    const struct pp_field *fields; /* ends with name == NULL */
    uint16_t size;                 /* bytes of the state, a multiple of 8 */
    uint8_t reach;                 /* enum pp_reach: a packet captured less far is not passed to the chain */
    void (*init)(void *state);     /* NULL: all zero */
    /* Returns true when the flow is complete as far as this chain can tell. */
    bool (*packet)(void *state, const struct pp_chain_packet *p);
    /* Called when the conversation has decrypted a QUIC answer, with its frames; NULL: not called. */
    void (*quic)(void *state, const struct pp_quic_seen *seen);
};

/* All chains, in the order of `observe --list-chains`; ends with NULL. */
extern const struct pp_chain *const pp_chains[];
/* The chain called NAME; NULL (nothing printed): none. */
const struct pp_chain *pp_chain_find(const char *name);

/*
 * Decodes BITS of the fields tcp_opts_fwd or tcp_opts_rev into option kinds, ascending; bits that stand for several
 * kinds are left out. Returns how many.
 */
#define PP_TCP_KINDS_MAX 64
unsigned pp_tcp_kinds(int64_t bits, uint8_t kinds[PP_TCP_KINDS_MAX]);

/* ---- a set of chains, and the record that they fill ------------------------------------------ */

#define PP_CHAINSET_MAX 24

struct pp_chainset {
    const struct pp_chain *chain[PP_CHAINSET_MAX];
    uint16_t offset[PP_CHAINSET_MAX]; /* of the chain's state in the record, bytes */
    unsigned n;
    size_t size; /* bytes of a record, a multiple of 8: a word of chain.c's own, then the states */
};

/*
 * Fills SET with the chains called NAMES (NULL-terminated; duplicates count once); `basic` always comes first. 0, or -1
 * printed: an unknown chain.
 */
int pp_chainset_init(struct pp_chainset *set, const char *const *names);
/* Initializes RECORD, which has SET->size bytes, aligned to 8. */
void pp_record_init(const struct pp_chainset *set, void *record);
/* Passes P to all chains. True: a chain considers the flow complete. */
bool pp_record_packet(const struct pp_chainset *set, void *record, const struct pp_chain_packet *p);
/*
 * Passes the decrypted frames of an Initial to the chains that take them; called after pp_record_packet of that packet.
 */
void pp_record_quic(const struct pp_chainset *set, void *record, const struct pp_quic_seen *seen);
/*
 * Writes the fields as members of the object that J has open. If the capture truncated packets that a chain needed, the
 * chain's false and 0 are written as null, as these packets may have held something; other values are written, counts
 * as lower bounds.
 */
void pp_record_json(const struct pp_chainset *set, const void *record, struct pp_json *j);

/* A field of a set, looked up once by name, for fast reading. */
struct pp_field_ref {
    uint16_t offset; /* in the record, bytes */
    uint8_t type;
};
/* Looks up NAME in SET. 0, or -1 (nothing printed): no such field. */
int pp_field_find(const struct pp_chainset *set, const char *name, struct pp_field_ref *ref);
/* Returns a field's value. BOOL: 0 or 1; INT, TIME: the value; PP_NULL for null and for ADDR. */
int64_t pp_field_get(const void *record, struct pp_field_ref ref);
/* Borrowed from RECORD; NULL for null and for other types. */
const struct pp_addr *pp_field_addr(const void *record, struct pp_field_ref ref);

#endif
