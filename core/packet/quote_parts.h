/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_parts.h: what the files that compare quotes share. Private to them. */
#ifndef PP_QUOTE_PARTS_H
#define PP_QUOTE_PARTS_H

#include "quote.h"

struct pp_bytes {
    const uint8_t *b;
    unsigned len;
};

/* Adds C to D, which has a maximum. */
void pp_quote_note(struct pp_diff *d, const struct pp_change *c);
/* Adds C with the values of SENT and SEEN, unless they are the same. True: it did. */
bool pp_quote_bytes(struct pp_diff *d, struct pp_change c, const struct pp_bytes *sent, const struct pp_bytes *seen);
/*
 * The options of WAS beside those of IS; the area begins at OFF of the packet sent, and of the quoted one, which has
 * DECLARED bytes, THERE are quoted. True: they differ.
 */
bool pp_quote_options(struct pp_diff *d, const struct pp_tcp_view *was, const struct pp_tcp_view *is, unsigned off,
                      unsigned there, unsigned declared);

#endif
