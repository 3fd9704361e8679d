/* SPDX-License-Identifier: BSD-2-Clause */
/* places.h: the rows of places.c: the boxes and routers on a path, and the result that is expected. */
#ifndef PP_TEST_PLACES_H
#define PP_TEST_PLACES_H

#include "core/verdict/plan.h"
#include "core/verdict/where.h"

#include "bars.h"

/* What a row is held to, beside wrong intervals within the bound. */
enum places_bar {
    PLACES_RIGHT,  /* nothing: routers that answer too seldom, or balance packet by packet, may cost the place */
    PLACES_NAMED,  /* a place in 99 % */
    PLACES_NARROW, /* and 99 % of these of two neighbouring hops */
};

#define PLACES_BOXES 2

struct places_row {
    const char *what;
    const struct pp_plugin *plugin;
    unsigned arm;
    const char *behaviour[PLACES_BOXES]; /* from the name on: name", more members; NULL: no more */
    unsigned from, to;     /* hops behind which it sits */
    const char *server;    /* members of the class */
    const char *routers;   /* elements of `routers`, or NULL */
    unsigned silent;       /* routers around the box that do not answer */
    int kind;              /* enum pp_place_kind; -1: no place */
    enum places_bar bar;
    unsigned hop_rate;
    int64_t stop_at;       /* of the virtual clock, ns: the run is told to end there; 0: never */
};

extern const struct places_row places_row[];
extern const unsigned places_rows;

#endif
