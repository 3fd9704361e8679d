/* SPDX-License-Identifier: BSD-2-Clause */
/* tfo.c: reads and writes TCP Fast Open's option (RFC 7413 section 4.1.1). */
#include "tfo.h"

enum { EXPERIMENTAL = 254, EXPERIMENTAL_TOO = 255 };

bool pp_tfo_read(const struct pp_tcpopt *option, struct pp_tfo_cookie *cookie)
{
    bool exp = option->kind == EXPERIMENTAL || option->kind == EXPERIMENTAL_TOO;
    unsigned head = exp ? 4 : 2, len;

    if ((!exp && option->kind != PP_TFO_KIND) || option->len < head)
        return false;
    if (exp && pp_get16(option->data) != PP_TFO_EXID)
        return false;
    len = option->len - head;
    if (len < PP_TFO_COOKIE_MIN || len > PP_TFO_COOKIE_MAX || len % 2)
        return false;
    cookie->kind = option->kind;
    cookie->len = (uint8_t)len;
    memcpy(cookie->bytes, option->data + head - 2, len);
    return true;
}

uint8_t pp_tfo_write(const struct pp_tfo_cookie *cookie, uint8_t option[PP_TFO_OPTION_MAX])
{
    uint8_t head = 2, len = cookie ? cookie->len : 0;

    option[0] = len ? cookie->kind : PP_TFO_KIND;
    if (option[0] != PP_TFO_KIND) {
        pp_put16(option + 2, PP_TFO_EXID);
        head = 4;
    }
    option[1] = (uint8_t)(head + len);
    if (len)
        memcpy(option + head, cookie->bytes, len);
    return option[1];
}
