/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list.h: a singly linked list with append at its end, of nodes with a member `next` of their own type. The list owns
 * no node. Initialize with PP_LIST_INIT; PP_LIST_POP removes the first node, other nodes are unlinked by hand.
 */
#ifndef PP_BASE_LIST_H
#define PP_BASE_LIST_H

#include <stddef.h>

/* TYPE: the nodes' type. LAST points to the `next` of the last node, or to FIRST if the list is empty. */
#define PP_LIST(type)                                                                                                  \
    struct {                                                                                                           \
        type *first, **last;                                                                                           \
    }
#define PP_LIST_INIT(list) ((list)->first = NULL, (list)->last = &(list)->first)
#define PP_LIST_APPEND(list, node) ((node)->next = NULL, *(list)->last = (node), (list)->last = &(node)->next)
/* Removes the first node, which must exist. */
#define PP_LIST_POP(list)                                                                                              \
    ((list)->first = (list)->first->next, (list)->last = (list)->first ? (list)->last : &(list)->first)

#endif
