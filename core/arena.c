/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 8 * 1024, MAX_BLOCK = 1024 * 1024, ALIGN = 16 };

typedef struct block {
    struct block *next;
    size_t cap;
    size_t used;
    _Alignas(ALIGN) char data[];
} block;

struct tb_arena {
    block *head; /* the block being filled; older blocks follow */
    size_t used;
    size_t budget;
    size_t next_block;
};

static block *add_block(tb_arena *arena, size_t at_least)
{
    size_t cap = arena->next_block;
    if (cap < at_least)
        cap = at_least;
    if (arena->next_block < MAX_BLOCK)
        arena->next_block *= 2;
    block *b = tb_xmalloc(sizeof(block) + cap);
    b->cap = cap;
    b->used = 0;
    b->next = arena->head;
    arena->head = b;
    return b;
}

tb_arena *tb_arena_create(size_t budget_bytes)
{
    tb_arena *arena = tb_xcalloc(1, sizeof *arena);
    arena->budget = budget_bytes;
    arena->next_block = FIRST_BLOCK;
    return arena;
}

void tb_arena_destroy(tb_arena *arena)
{
    if (arena == NULL)
        return;
    for (block *b = arena->head, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

void tb_arena_reset(tb_arena *arena)
{
    block *keep = NULL;
    for (block *b = arena->head, *next; b != NULL; b = next) {
        next = b->next;
        /* keep the largest block: a steady workload then never calls malloc again */
        if (keep == NULL || b->cap > keep->cap) {
            free(keep);
            keep = b;
        } else {
            free(b);
        }
    }
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = 0;
    }
    arena->head = keep;
    arena->used = 0;
}

static void *take(tb_arena *arena, size_t size, size_t align)
{
    block *b = arena->head;
    size_t at = b == NULL ? 0 : (b->used + align - 1) & ~(align - 1);
    if (b == NULL || at > b->cap || size > b->cap - at) {
        b = add_block(arena, size);
        at = 0;
    }
    b->used = at + size;
    arena->used += size;
    return b->data + at;
}

void *tb_arena_alloc(tb_arena *arena, size_t size)
{
    return take(arena, size, ALIGN);
}

void *tb_arena_zalloc(tb_arena *arena, size_t size)
{
    return memset(take(arena, size, ALIGN), 0, size);
}

char *tb_arena_bytes(tb_arena *arena, size_t size)
{
    return take(arena, size, 1);
}

char *tb_arena_strdup(tb_arena *arena, const char *s)
{
    return tb_arena_strndup(arena, s, strlen(s));
}

char *tb_arena_strndup(tb_arena *arena, const char *s, size_t len)
{
    char *copy = take(arena, len + 1, 1);
    if (len > 0)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

void *tb_arena_memdup(tb_arena *arena, const void *p, size_t size)
{
    void *copy = take(arena, size, ALIGN);
    if (size > 0)
        memcpy(copy, p, size);
    return copy;
}

char *tb_arena_printf(tb_arena *arena, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    TB_CHECK(len >= 0);
    char *s = take(arena, (size_t)len + 1, 1);
    vsnprintf(s, (size_t)len + 1, fmt, again);
    va_end(again);
    return s;
}

size_t tb_arena_used(const tb_arena *arena)
{
    return arena->used;
}

bool tb_arena_over_budget(const tb_arena *arena)
{
    return arena->budget != 0 && arena->used > arena->budget;
}
