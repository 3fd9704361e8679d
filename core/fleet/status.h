/* SPDX-License-Identifier: BSD-2-Clause */
/* status.h: the present state of campaigns and vantage points on the bus. Main thread. */
#ifndef PP_FLEET_STATUS_H
#define PP_FLEET_STATUS_H

#include "../base/buf.h"
#include "campaign.h"

#define PP_FLEET_STATUS_MAX (16u << 20)

/*
 * {"schema":1,"campaigns":[{"campaign","experiment","split","open","stopped","chunks","waiting","held","done",
 * "targets","results","bytes","queues":[{"queue","waiting","held"}]}],"vantages":[...]}
 * of the campaign NAME alone, or of all (NULL). The caller owns it (json_decref); NULL printed.
 */
json_t *pp_fleet_status(struct pp_bus *b, const char *name);
/* Writes STATUS as text of up to 80 columns into OUT. */
void pp_fleet_status_text(const json_t *status, struct pp_buf *out);

#endif
