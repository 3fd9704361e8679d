/* SPDX-License-Identifier: BSD-2-Clause */
/* manners.c: which networks are left alone. */
#include "manners.h"

#include "pace.h"

bool pp_manners_prohibits(const struct pp_addr *target, unsigned type, unsigned code)
{
    if (pp_addr_is4(target)) /* network, host, communication administratively prohibited */
        return type == 3 && (code == 9 || code == 10 || code == 13);
    return type == 1 && code == 1;
}

int pp_manners_leave(struct pp_prefixes *left_alone, const struct pp_addr *target)
{
    struct pp_prefix network = {pp_pace_prefix(target), pp_addr_is4(target) ? 96 + 24 : 48};

    return pp_special_name(target) ? 0 : pp_prefixes_add(left_alone, &network);
}
