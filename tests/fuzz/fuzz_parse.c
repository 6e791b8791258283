/* SPDX-License-Identifier: Apache-2.0
 * libFuzzer target: lexer, grammar, printer and fingerprint on any bytes. A text that parses must
 * print to a text that parses to an equal tree; nothing may crash, leak or take a limit's worth of
 * stack.
 */
#include "parser/fingerprint.h"
#include "parser/parser.h"

#include <stdlib.h>

#define PRINT_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Only the tag of a write is kept: such a tree cannot be printed. */
static tb_rc find_write(const tb_ast *node, void *ctx, tb_error *err)
{
    if (node->kind == TB_AST_WRITE)
        *(bool *)ctx = true;
    return tb_ast_each_child(node, find_write, ctx, err);
}

static void check_round_trip(tb_arena *arena, const tb_ast *node)
{
    tb_error err = {.position = -1};
    tb_statement_list again;
    tb_buf print;
    bool write = false;
    if (find_write(node, &write, &err) != TB_OK || write)
        return;
    tb_buf_init(&print, PRINT_MAX);
    tb_ast_print(&print, node);
    if (!print.failed) {
        TB_CHECK(tb_parse(arena, tb_buf_cstr(&print), print.len, NULL, &again, &err) == TB_OK);
        TB_CHECK(again.n == 1 && tb_ast_equal(node, again.at[0].node));
    }
    tb_buf_fini(&print);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tb_parse_limits limits = {.depth_max = 300}; /* a print has more brackets than its text */
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_statement_list list;
    if (tb_parse(arena, (const char *)data, size, &limits, &list, &err) == TB_OK) {
        for (uint32_t i = 0; i < list.n; i++)
            check_round_trip(arena, list.at[i].node);
    } else {
        TB_CHECK(tb_error_set(&err) && err.position <= (int)size);
    }
    tb_buf out;
    tb_buf_init(&out, PRINT_MAX);
    tb_fingerprint_text(arena, (const char *)data, size, "salt", 4, &out);
    tb_buf_fini(&out);
    tb_arena_destroy(arena);
    return 0;
}
