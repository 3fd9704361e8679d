/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tfo.h: TCP Fast Open's option (RFC 7413 section 4.1.1), read and written, of its own kind and of the experimental
 * ones. Pure functions, any thread.
 */
#ifndef PP_TFO_H
#define PP_TFO_H

#include "packet.h"

#define PP_TFO_COOKIE_MIN 4 /* RFC 7413 section 4.1.1; always even */
#define PP_TFO_COOKIE_MAX 16
#define PP_TFO_OPTION_MAX (4 + PP_TFO_COOKIE_MAX)
#define PP_TFO_KIND 34
#define PP_TFO_EXID 0xf989 /* of an experimental kind, 254 or 255 (RFC 6994), section 9 */

/* A cookie as it came in a SYN/ACK. */
struct pp_tfo_cookie {
    uint8_t kind; /* 0: none came */
    uint8_t len;
    uint8_t bytes[PP_TFO_COOKIE_MAX];
};

/* OPTION's cookie, if it is TCP Fast Open's, of whatever kind. False: it is not, or of a length that cannot be. */
bool pp_tfo_read(const struct pp_tcpopt *option, struct pp_tfo_cookie *cookie);
/* The option with COOKIE, or, if that is NULL or none, the request for one. Its length. */
uint8_t pp_tfo_write(const struct pp_tfo_cookie *cookie, uint8_t option[PP_TFO_OPTION_MAX]);
#endif
