/* SPDX-License-Identifier: Apache-2.0
 * The order of the rewrites. Each is idempotent; in debug builds the plan is verified after each.
 *
 * Folding comes first and again after unnesting, which leaves decided conditions behind. Outer
 * joins are reduced while the conditions that decide it still stand above them; then conditions are
 * pushed down, joins ordered, joins on an OR split, and columns nobody needs dropped.
 */
#include "planner/planner.h"
#include "planner/rewrite_int.h"

typedef struct pass {
    const char *name;
    tb_rc (*run)(tb_stmt *stmt, tb_plan **plan, tb_error *err);
    bool sublinks; /* the plan may still hold them afterwards */
} pass;

static const pass passes[] = {
    {"fold", tbi_rw_fold, true},        {"unnest", tbi_rw_unnest, false},
    {"fold again", tbi_rw_fold, false}, {"outer joins", tbi_rw_outer, false},
    {"filter", tbi_rw_filter, false},   {"fold last", tbi_rw_fold, false},
    {"cte", tbi_rw_cte, false},         {"join order", tbi_join_order, false},
    {"or join", tbi_rw_orjoin, false},  {"limit", tbi_rw_limit, false},
    {"prune", tbi_rw_prune, false},
};

bool tbi_pass_allows_sublinks(const char *name)
{
    for (size_t i = 0; i < TB_COUNT(passes); i++)
        if (strcmp(passes[i].name, name) == 0)
            return passes[i].sublinks;
    return strcmp(name, "bind") == 0 || strcmp(name, "policy") == 0;
}

tb_rc tb_optimize(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    for (size_t i = 0; i < TB_COUNT(passes); i++) {
        TB_TRY(passes[i].run(stmt, plan, err));
#ifdef TB_DEBUG
        TB_TRY(tb_plan_verify(stmt, *plan, passes[i].name, err));
#endif
    }
    return TB_OK;
}
