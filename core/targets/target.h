/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target.h: one line of input -> one target. NDJSON, CSV, or a plain list (pathprobe-measure(1)). The bytes of an
 * NDJSON object are kept as they came: they go out again untouched.
 */
#ifndef PP_TARGET_H
#define PP_TARGET_H

#include "../base/addr.h"
#include "../base/buf.h"
#include "../base/dnsname.h"
#include "../stream/csv.h"
#include "../stream/limits.h"

enum pp_input_format { PP_INPUT_AUTO, PP_INPUT_NDJSON, PP_INPUT_CSV, PP_INPUT_LIST };

#define PP_TARGET_MEMBERS 512 /* of an NDJSON object: an observation has others besides (PP_OBJECT_MEMBERS) */

struct pp_target {
    struct pp_addr addr;
    uint16_t port;        /* 0: none given, the mode's default */
    /* As DNS, TLS and HTTP are asked for it (dnsname.h), or "." for the root; within the same allocation. NULL: none */
    const char *domain;
    const char *domain_why; /* NULL, or why the domain that the line has is no name: a static text */
    /*
     * The object's members as they came, without the braces, "\"dip\": ..., ...", but for those whose key an
     * observation uses itself (pp_object_copy); made up for CSV and lists. Not NUL-terminated.
     */
    const char *members;
    uint32_t members_len;
    uint32_t bytes;       /* of this allocation */
    uint32_t asn;         /* canid_info.ASN or info.ASN; 0: none */
    /* Fingerprint of `pair`, the same for all addresses of a name and on all machines; 0: it has none. */
    uint64_t pair;
    bool paired;          /* another one of that pair comes right before or behind it (address_pair.h) */
};

/* Where targets come from. */
struct pp_source_of_targets {
    void *arg;
    /* The next target, the caller's now; NULL with *END: no more will come, without: none yet. Never blocks. */
    struct pp_target *(*take)(void *arg, bool *end);
};

/* How the lines of one input are read. Single thread. */
struct pp_targets {
    enum pp_input_format format; /* AUTO until a line told it */
    struct pp_csv csv;
};

void pp_targets_init(struct pp_targets *t, enum pp_input_format format);
void pp_targets_release(struct pp_targets *t);
/* The next line, which borrows nothing. 1: *OUT as below. 0: blank, a comment, a heading. -1: *WHY. */
int pp_targets_line(struct pp_targets *t, struct pp_target **out, const char *line, size_t len, const char **why);
/* Lines may be records of CSV (pp_input_csv). */
static inline bool pp_targets_csv(const struct pp_targets *t)
{
    return t->format == PP_INPUT_AUTO || t->format == PP_INPUT_CSV;
}

/*
 * Parses LINE, as FORMAT (AUTO: as its own looks say). *OUT: one allocation, the caller's, freed with free(). 0, or -1
 * with *WHY set to a static text (nothing printed): "not JSON", "no dip", "port out of range", ...
 */
int pp_target_parse(struct pp_target **out, enum pp_input_format format, const char *line, size_t len,
                    const char **why);
/* The way out of WHY, a reason of the functions above; NULL: none is known. */
const char *pp_target_hint(const char *why);
/*
 * Nothing but white space, or a comment where FORMAT (LIST, and AUTO as long as nothing is known) has them: not to be
 * counted.
 */
bool pp_target_blank(enum pp_input_format format, const char *line, size_t len);
/* Told from the first line that is not blank, of a list of targets or of names; AUTO: this line is. */
enum pp_input_format pp_input_guess(const char *line, size_t len);

#endif
