/* SPDX-License-Identifier: BSD-2-Clause */
/* suggest.h: "did you mean", for every name that a user may mistype. Pure function, any thread. */
#ifndef PP_SUGGEST_H
#define PP_SUGGEST_H

/* Returns the entry of NAMES (NULL-terminated) nearest to WORD, borrowed; NULL: none is near enough. */
const char *pp_did_you_mean(const char *word, const char *const *names);

#endif
