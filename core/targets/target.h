/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target.h: parses one line of input as a target: NDJSON, CSV, or a plain list (pathprobe-measure(1)). The members of
 * an NDJSON object are kept byte for byte for the output.
 */
#ifndef PP_TARGET_H
#define PP_TARGET_H

#include "../base/addr.h"
#include "../base/buf.h"
#include "../base/dnsname.h"
#include "../stream/csv.h"
#include "../stream/limits.h"

enum pp_input_format { PP_INPUT_AUTO, PP_INPUT_NDJSON, PP_INPUT_CSV, PP_INPUT_LIST };

#define PP_TARGET_MEMBERS 512 /* of an NDJSON object; an observation has more (PP_OBJECT_MEMBERS) */

struct pp_target {
    struct pp_addr addr;
    uint16_t port;        /* 0: none given, so the mode's default applies */
    /* The name as used in DNS, TLS and HTTP (dnsname.h), "." for the root; within this allocation. NULL: none. */
    const char *domain;
    /* why the line's domain is no valid name, a static text; NULL: it is valid, or there is none */
    const char *domain_why;
    /*
     * The object's members, byte for byte and without the braces, "\"dip\": ..., ...", without those whose key an
     * observation uses itself (pp_object_copy); generated for CSV and lists. Not NUL-terminated.
     */
    const char *members;
    uint32_t members_len;
    uint32_t bytes;       /* of this allocation */
    uint32_t asn;         /* canid_info.ASN or info.ASN; 0: none */
    /* Fingerprint of the member `pair`, equal for all addresses of a name and on all machines; 0: none. */
    uint64_t pair;
    bool paired;          /* the other address of the pair comes directly before or after it (address_pair.h) */
};

/* A source of targets. */
struct pp_source_of_targets {
    void *arg;
    /* Returns the next target, the caller's; NULL: none, with *END set if no more will come. Never blocks. */
    struct pp_target *(*take)(void *arg, bool *end);
};

/* How the lines of one input are read. Single thread. */
struct pp_targets {
    enum pp_input_format format; /* AUTO until a line has shown it */
    struct pp_csv csv;
};

void pp_targets_init(struct pp_targets *t, enum pp_input_format format);
void pp_targets_release(struct pp_targets *t);
/*
 * Parses the next line; nothing is borrowed from it. 1: *OUT, as for pp_target_parse. 0: blank, a comment or a heading.
 * -1: *WHY, as there.
 */
int pp_targets_line(struct pp_targets *t, struct pp_target **out, const char *line, size_t len, const char **why);
/* True if lines may be records of CSV (pp_input_csv). */
static inline bool pp_targets_csv(const struct pp_targets *t)
{
    return t->format == PP_INPUT_AUTO || t->format == PP_INPUT_CSV;
}

/*
 * Parses LINE in FORMAT (AUTO: guessed from the line). *OUT: one allocation, the caller's, freed with free(). 0, or -1
 * with *WHY set to a static text (nothing printed): "not JSON", "no dip", "port out of range", ...
 */
int pp_target_parse(struct pp_target **out, enum pp_input_format format, const char *line, size_t len,
                    const char **why);
/* The hint for WHY, a text of the functions above; NULL: there is none. */
const char *pp_target_hint(const char *why);
/* True if LINE is white space only, or a comment if FORMAT has comments (LIST, or AUTO): it is not counted. */
bool pp_target_blank(enum pp_input_format format, const char *line, size_t len);
/* Guesses the format of a list of targets or names from its first line that is not blank; AUTO: LINE is blank. */
enum pp_input_format pp_input_guess(const char *line, size_t len);

#endif
