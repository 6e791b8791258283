/* SPDX-License-Identifier: Apache-2.0
 * Bump allocator with one lifetime: everything allocated from an arena is freed together.
 *
 * Lifetimes in use: server (configuration, catalog snapshots), session, statement (AST to plan),
 * batch (reset per batch). Arenas hold bytes, never handles (sockets, statements, mutexes).
 * Not thread-safe: an arena belongs to one thread at a time.
 */
#ifndef TB_CORE_ARENA_H
#define TB_CORE_ARENA_H

#include "core/base.h"

#include <stdarg.h>

typedef struct tb_arena tb_arena;

/* Creates an empty arena. budget_bytes is advisory: allocation never fails, but
 * tb_arena_over_budget() turns true, and named checkpoints raise an error. 0 = no budget. */
tb_arena *tb_arena_create(size_t budget_bytes) TB_MUSTUSE;
/* Frees the arena and all it holds. NULL is allowed. */
void tb_arena_destroy(tb_arena *arena);
/* Forgets every allocation but keeps the first block for reuse. */
void tb_arena_reset(tb_arena *arena);

/* 16-byte aligned, uninitialised. */
void *tb_arena_alloc(tb_arena *arena, size_t size) TB_MUSTUSE;
/* 16-byte aligned, zeroed. */
void *tb_arena_zalloc(tb_arena *arena, size_t size) TB_MUSTUSE;
/* Unaligned bytes: for strings. */
char *tb_arena_bytes(tb_arena *arena, size_t size) TB_MUSTUSE;
char *tb_arena_strdup(tb_arena *arena, const char *s) TB_MUSTUSE;
/* Copies len bytes and adds a terminating NUL. */
char *tb_arena_strndup(tb_arena *arena, const char *s, size_t len) TB_MUSTUSE;
void *tb_arena_memdup(tb_arena *arena, const void *p, size_t size) TB_MUSTUSE;
char *tb_arena_printf(tb_arena *arena, const char *fmt, ...) TB_PRINTF(2, 3) TB_MUSTUSE;

/* Bytes handed out since creation or reset. */
size_t tb_arena_used(const tb_arena *arena);
bool tb_arena_over_budget(const tb_arena *arena);

#define TB_NEW(arena, type)          ((type *)tb_arena_zalloc((arena), sizeof(type)))
#define TB_NEW_ARRAY(arena, type, n) ((type *)tb_arena_zalloc((arena), sizeof(type) * (size_t)(n)))

#endif
