/* SPDX-License-Identifier: BSD-2-Clause */
/* suggest.h: did you mean: for every name that a user can mistype. Pure function, any thread. */
#ifndef PP_SUGGEST_H
#define PP_SUGGEST_H

/* The nearest of NAMES (NULL-terminated) to WORD if it is near enough to be meant, else NULL. */
const char *pp_did_you_mean(const char *word, const char *const *names);

#endif
