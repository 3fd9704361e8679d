/* SPDX-License-Identifier: BSD-2-Clause */
/* references.c: the series of the reference targets. */
#include "references.h"

void pp_references_add(struct pp_references *c, const struct pp_finding *f, const struct pp_result *r, unsigned narms)
{
    struct pp_reference_entry e = {
        .epoch = f->from_epoch, .addr = f->target->addr, .port = f->target->port, .valid = r->valid};

    for (unsigned i = 0; i < narms; i++)
        *(r->slot[i].ok ? &e.ok : &e.failed) |= UINT32_C(1) << i;
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 64;
        struct pp_reference_entry *more = cap <= PP_REFERENCE_ENTRIES * 2 ? realloc(c->entry, cap * sizeof e) : NULL;
        if (!more)
            return;
        c->entry = more;
        c->cap = cap;
    }
    if (c->n < PP_REFERENCE_ENTRIES)
        c->entry[c->n++] = e;
}

void pp_references_release(struct pp_references *c)
{
    free(c->entry);
    *c = (struct pp_references){0};
}
