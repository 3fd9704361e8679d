/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_parts.h: declarations shared by the files that compare quotes; private to them. */
#ifndef PP_QUOTE_PARTS_H
#define PP_QUOTE_PARTS_H

#include "quote.h"

struct pp_bytes {
    const uint8_t *b;
    unsigned len;
};

/* Appends C to D; past PP_CHANGES_MAX it sets `more`. */
void pp_quote_note(struct pp_diff *d, const struct pp_change *c);
/* Appends C with the values of SENT and SEEN, unless they are equal. True: appended. */
bool pp_quote_bytes(struct pp_diff *d, struct pp_change c, const struct pp_bytes *sent, const struct pp_bytes *seen);
/*
 * Compares the options of WAS with those of IS. Both areas begin at offset OFF; the quoted one has DECLARED bytes, of
 * which THERE are quoted. True: they differ.
 */
bool pp_quote_options(struct pp_diff *d, const struct pp_tcp_view *was, const struct pp_tcp_view *is, unsigned off,
                      unsigned there, unsigned declared);

#endif
