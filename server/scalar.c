/* SPDX-License-Identifier: Apache-2.0 */
#include "server/scalar.h"

#include "server/query.h"
#include "server/result.h"

/* SELECT expr */
static const tb_ast *select_of(tb_arena *arena, const tb_ast *expr)
{
    uint16_t height = (uint16_t)(expr->height + 1);
    tb_ast_target *target = TB_NEW(arena, tb_ast_target);
    *target = (tb_ast_target){{TB_AST_TARGET, height, expr->pos}, (tb_ast *)(uintptr_t)expr, NULL};
    tb_ast_select *select = TB_NEW(arena, tb_ast_select);
    select->base = (tb_ast){TB_AST_SELECT, (uint16_t)(height + 1), expr->pos};
    tb_list_push(arena, &select->targets, &target->base);
    tb_ast_query *query = TB_NEW(arena, tb_ast_query);
    query->base = (tb_ast){TB_AST_QUERY, (uint16_t)(height + 2), expr->pos};
    query->body = &select->base;
    return &query->base;
}

/* CAST(expr AS want) */
static const tb_ast *cast_of(tb_arena *arena, const tb_ast *expr, tb_type want)
{
    tb_ast_type_name *type = TB_NEW(arena, tb_ast_type_name);
    type->base = (tb_ast){TB_AST_TYPE_NAME, 1, -1};
    type->name = (tb_qname){NULL, "pg_catalog", tb_type_get(tb_type_elem(want.id))->name, -1};
    type->dims = tb_type_is_array(want.id);
    tb_ast_cast *cast = TB_NEW(arena, tb_ast_cast);
    cast->base = (tb_ast){TB_AST_CAST, (uint16_t)(expr->height + 1), expr->pos};
    cast->arg = (tb_ast *)(uintptr_t)expr;
    cast->type = &type->base;
    return &cast->base;
}

tb_rc tb_scalar_type(tb_session *s, tb_arena *arena, const tb_ast *expr, tb_type *out,
                     tb_error *err)
{
    tb_query *q;
    TB_TRY(tb_query_new(s, arena, select_of(arena, expr), "", NULL, 0, &q, err));
    TB_TRY(tb_query_run(q, TB_STAGE_BOUND, 0, NULL, NULL, err));
    *out = q->stmt.result[0].type;
    tb_query_close(q);
    return TB_OK;
}

typedef struct value_sink {
    tb_sink sink;
    tb_arena *arena;
    tb_type_id type;
    tb_value *out;
} value_sink;

static tb_rc take_value(tb_sink *sink, const tb_slice *slice, tb_error *err)
{
    value_sink *to = (value_sink *)sink;
    (void)err;
    tb_value v = tb_vector_get(tb_slice_col(slice, 0), tb_batch_row(slice->batch, slice->from));
    *to->out = tb_value_copy(to->arena, to->type, v);
    return TB_OK;
}

tb_rc tb_scalar_value(tb_session *s, tb_arena *arena, const tb_ast *expr, tb_type want,
                      tb_value *out, tb_error *err)
{
    tb_query *q;
    uint64_t got;
    value_sink sink = {{take_value}, arena, want.id, out};
    const tb_ast *query = select_of(arena, cast_of(arena, expr, want));
    TB_TRY(tb_query_new(s, arena, query, "", NULL, 0, &q, err));
    TB_TRY(tb_query_run(q, TB_STAGE_FINISHED, 0, &sink.sink, &got, err));
    tb_query_close(q);
    return TB_OK;
}
