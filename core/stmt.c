/* SPDX-License-Identifier: Apache-2.0
 * The statement's column register.
 */
#include "core/stmt.h"

tb_colid tb_stmt_add_col(tb_stmt *stmt, const char *name, tb_type type, bool nullable)
{
    if (stmt->cols.n == 0)
        tb_list_push(stmt->arena, &stmt->cols, ((tb_colinfo){.name = ""}));
    tb_colinfo info = {
        .name = tb_arena_strdup(stmt->arena, name), .type = type, .nullable = nullable};
    tb_list_push(stmt->arena, &stmt->cols, info);
    return stmt->cols.n - 1;
}
