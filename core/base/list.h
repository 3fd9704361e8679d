/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list.h: a singly linked list that is appended to, of nodes with a member `next` of their own type. The list owns no
 * node. Begin with PP_LIST_INIT; a node is removed from the front by PP_LIST_POP, elsewhere by hand.
 */
#ifndef PP_BASE_LIST_H
#define PP_BASE_LIST_H

#include <stddef.h>

/* TYPE: a node's. LAST points to the `next` of the last node, or to FIRST where there is none. */
#define PP_LIST(type)                                                                                                  \
    struct {                                                                                                           \
        type *first, **last;                                                                                           \
    }
#define PP_LIST_INIT(list) ((list)->first = NULL, (list)->last = &(list)->first)
#define PP_LIST_APPEND(list, node) ((node)->next = NULL, *(list)->last = (node), (list)->last = &(node)->next)
/* Removes the first node, which must be there. */
#define PP_LIST_POP(list)                                                                                              \
    ((list)->first = (list)->first->next, (list)->last = (list)->first ? (list)->last : &(list)->first)

#endif
