/* SPDX-License-Identifier: Apache-2.0
 * Growable arrays in an arena. A list is a plain struct {at, n, cap}; read it as list.at[i], i <
 * list.n.
 *
 *     TB_LIST(int) numbers = {0};
 *     tb_list_push(arena, &numbers, 42);
 */
#ifndef TB_CORE_LIST_H
#define TB_CORE_LIST_H

#include "core/arena.h"

#include <string.h>

#define TB_LIST(T)                                                                                 \
    struct {                                                                                       \
        T *at;                                                                                     \
        uint32_t n, cap;                                                                           \
    }

/* Appends one element; the array may move, so keep indexes, not pointers, while pushing. */
#define tb_list_push(arena, list, item)                                                            \
    do {                                                                                           \
        if ((list)->n == (list)->cap) {                                                            \
            uint32_t cap_ = (list)->cap ? (list)->cap * 2 : 4;                                     \
            void *to_ = tb_arena_alloc((arena), cap_ * sizeof *(list)->at);                        \
            if ((list)->n)                                                                         \
                memcpy(to_, (list)->at, (list)->n * sizeof *(list)->at);                           \
            (list)->at = to_;                                                                      \
            (list)->cap = cap_;                                                                    \
        }                                                                                          \
        (list)->at[(list)->n++] = (item);                                                          \
    } while (0)

#endif
