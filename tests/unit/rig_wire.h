/* SPDX-License-Identifier: BSD-2-Clause */
/* rig_wire.h: the wire between the worker and the lab of a rig: it watches, tampers, and sets the time of stops. */
#ifndef PP_RIG_WIRE_H
#define PP_RIG_WIRE_H

#include "rig.h"

struct between {
    struct pp_wire wire; /* first member */
    struct pp_wire *inner;
    struct rig *r;
    pp_frame_fn *fn; /* of the receive under way */
    void *arg;
};

extern const struct pp_wire_ops rig_wire_ops; /* without `free`: INNER is the owner's */

#endif
