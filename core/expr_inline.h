/* SPDX-License-Identifier: Apache-2.0
 * Small bodies of core/expr.h; include that. */
#ifndef TB_CORE_EXPR_INLINE_H
#define TB_CORE_EXPR_INLINE_H

static inline bool tb_expr_is_true(const tb_expr *e)
{
    return e->kind == TB_X_CONST && e->type.id == TB_T_BOOL && !e->constant.null && e->constant.d.b;
}

#endif
