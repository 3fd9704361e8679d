/* SPDX-License-Identifier: BSD-2-Clause */
/* fit.c: chooses the members of a run's description that fit into an observatory's metadata. */
#include "fit.h"

size_t pp_fit_len(const char *text, size_t len)
{
    size_t n = len;

    for (size_t i = 0; i < len; i++) {
        const char *p = text + i;
        if (*p == '<' || *p == '>' || *p == '&')
            n += 5;
        else if (len - i > 1 && *p == '\\' && (p[1] == 'b' || p[1] == 'f'))
            n += 4;
        else if (len - i > 2 && memcmp(p, "\xe2\x80", 2) == 0 && (p[2] & 0xfe) == 0xa8)
            n += 3;
    }
    return n;
}

/* The length in bytes of a member, whose value becomes a string if it is none. */
static size_t member_len(const struct pp_member *m)
{
    size_t n = pp_fit_len(m->key, m->key_len) + pp_fit_len(m->value, m->value_len) + 6; /* "":"", */

    for (uint32_t i = 0; i < m->value_len && *m->value != '"'; i++)
        n += m->value[i] == '"' || m->value[i] == '\\';
    return n;
}

void pp_fit_add(struct pp_fit *f, const struct pp_member *m)
{
    f->m[f->n] = m;
    f->len[f->n] = member_len(m);
    f->sum += f->len[f->n++];
}

/* Leaves out the longest member, and adds its name to LEFT. False: there is none. */
static bool drop(struct pp_fit *f, struct pp_buf *left)
{
    unsigned longest = 0;

    for (unsigned i = 1; i < f->n; i++)
        if (f->len[i] > f->len[longest])
            longest = i;
    if (f->n == 0 || f->len[longest] == 0)
        return false;
    pp_buf_addf(left, "%s%.*s", left->len ? " " : "", (int)f->m[longest]->key_len, f->m[longest]->key);
    f->sum -= f->len[longest];
    f->len[longest] = 0;
    return true;
}

bool pp_fit_in(struct pp_fit *f, size_t fixed, struct pp_buf *left)
{
    fixed += sizeof ",\"left_out\":\"\"";
    while (fixed + f->sum + pp_fit_len(left->data, left->len) > PP_FIT_MAX) {
        if (!drop(f, left))
            return false;
    }
    return true;
}
