/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_http.c: HTTP of the lab's servers: one small page in HTTP/1.1, or in HTTP/2 if the client asks for it by Upgrade
 * (RFC 7540 section 3.2) and the server supports it.
 */
#include "host.h"

#define PAGE                                                                                                           \
    "<!DOCTYPE html>\n<html><head><title>pathprobe lab</title></head>\n"                                               \
    "<body><h1>It works</h1><p>A host of the emulated Internet.</p></body></html>\n"

#define ANSWER                                                                                                         \
    "HTTP/1.1 200 OK\r\nServer: lab\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 141\r\n"              \
    "Connection: close\r\n\r\n" PAGE
_Static_assert(sizeof PAGE - 1 == 141, "Content-Length above, and the length of DATA below");

#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

/* Frames (RFC 9113 section 4.1): length, type, flags, stream; \x88 is ":status: 200" (RFC 7541 section 6.1). */
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define HEADERS "\0\0\1\1\4\0\0\0\1" "\x88"
#define DATA "\0\0\x8d" "\0\1\0\0\0\1" PAGE
#define GOAWAY "\0\0\x08\7\0\0\0\0\0" "\0\0\0\1\0\0\0\0"

static const char in_1[] = ANSWER;
static const char in_2[] = SWITCHING SETTINGS HEADERS DATA GOAWAY;
static const char in_neither[] = SWITCHING ANSWER;

/* Interim responses (RFC 9110 section 15.2), as many as fill a segment, and one more. */
#define INTERIM "HTTP/1.1 100 Continue\r\n\r\n"
#define TEN(x) x x x x x x x x x x
static const char interim[] = TEN(INTERIM) TEN(INTERIM) TEN(INTERIM) TEN(INTERIM) TEN(INTERIM) TEN(INTERIM);
#define INTERIM_LEN (sizeof INTERIM - 1)
#define ENDLESS 0x20000000u /* bytes: more than any client reads */
_Static_assert(sizeof interim - 1 >= PP_HOST_SEGMENT_MAX + INTERIM_LEN, "a segment from anywhere in it");

/* Reads the request up to its empty line; only the field Upgrade is evaluated. */
void pp_host_http_request(struct pp_conn *c, const uint8_t *bytes, uint32_t len)
{
    static const char upgrade[] = PP_LAB_UPGRADE; /* its first letter occurs in it only once */

    for (uint32_t i = 0; i < len && !(c->bits & PP_CONN_ANSWER); i++) {
        c->upgrade = bytes[i] == upgrade[c->upgrade] ? c->upgrade + 1 : bytes[i] == upgrade[0];
        if (c->upgrade == sizeof upgrade - 1) {
            c->bits |= PP_CONN_UPGRADE;
            c->upgrade = 0;
        }
        if (bytes[i] == '\n')
            c->newlines++;
        else if (bytes[i] != '\r')
            c->newlines = 0;
        if (c->newlines == 2)
            c->bits |= PP_CONN_ANSWER | PP_CONN_CLOSING;
    }
}

static uint32_t answer(const struct pp_lab *lab, const struct pp_conn *c, const char **bytes)
{
    uint32_t quirks = lab->quirks[c->place.class_index];

#define IS(text) (*bytes = text, (uint32_t)sizeof text - 1)
    if (!(c->bits & PP_CONN_UPGRADE) || !(quirks & (PP_QUIRK_H2C | PP_QUIRK_H2C_LIES)))
        return IS(in_1);
    return quirks & PP_QUIRK_H2C_LIES ? IS(in_neither) : IS(in_2);
}

static bool endless(const struct pp_lab *lab, const struct pp_conn *c)
{
    return lab->quirks[c->place.class_index] & PP_QUIRK_ENDLESS;
}

uint32_t pp_host_http_len(const struct pp_lab *lab, const struct pp_conn *c)
{
    const char *bytes;

    return endless(lab, c) ? ENDLESS : answer(lab, c, &bytes);
}

const uint8_t *pp_host_http_from(const struct pp_lab *lab, const struct pp_conn *c, uint32_t off)
{
    const char *bytes;

    answer(lab, c, &bytes);
    return (const uint8_t *)(endless(lab, c) ? interim + off % INTERIM_LEN : bytes + off);
}
