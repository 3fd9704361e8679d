/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tfo.h: reads and writes TCP Fast Open's option (RFC 7413 section 4.1.1), as its assigned kind and as the experimental
 * kinds. Pure functions, any thread.
 */
#ifndef PP_TFO_H
#define PP_TFO_H

#include "packet.h"

#define PP_TFO_COOKIE_MIN 4 /* bytes, RFC 7413 section 4.1.1; always even */
#define PP_TFO_COOKIE_MAX 16
#define PP_TFO_OPTION_MAX (4 + PP_TFO_COOKIE_MAX)
#define PP_TFO_KIND 34
#define PP_TFO_EXID 0xf989 /* ExID in the experimental kinds, 254 and 255 (RFC 6994), RFC 7413 section 9 */

/* A cookie received in a SYN/ACK. */
struct pp_tfo_cookie {
    uint8_t kind; /* option kind; 0: none received */
    uint8_t len;
    uint8_t bytes[PP_TFO_COOKIE_MAX];
};

/* Reads a TCP Fast Open cookie from OPTION, of either kind. False: another option, or an invalid length. */
bool pp_tfo_read(const struct pp_tcpopt *option, struct pp_tfo_cookie *cookie);
/* Writes the option with COOKIE, or a cookie request if COOKIE is NULL or empty. Returns its length in bytes. */
uint8_t pp_tfo_write(const struct pp_tfo_cookie *cookie, uint8_t option[PP_TFO_OPTION_MAX]);
#endif
