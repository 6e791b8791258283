/* SPDX-License-Identifier: Apache-2.0
 * CTEs nobody reads are dropped. (The binder inlines what is read once; pruning of their columns is
 * rw_prune.c.)
 */
#include "planner/rewrite_int.h"

static bool reads(const tb_plan *p, uint32_t id)
{
    if (p->kind == TB_P_CTE_REF)
        return p->cte_ref.id == id;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        if (reads(p->in[i], id))
            return true;
    return false;
}

static tb_rc drop_unread(tb_stmt *stmt, tb_plan **node, void *ctx, tb_error *err)
{
    (void)stmt, (void)ctx, (void)err;
    if ((*node)->kind == TB_P_CTE && !reads((*node)->in[1], (*node)->cte.id))
        *node = (*node)->in[1];
    return TB_OK;
}

tb_rc tbi_rw_cte(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    return tbi_rewrite_up(stmt, plan, drop_unread, NULL, err);
}
