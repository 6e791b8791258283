/* SPDX-License-Identifier: Apache-2.0
 * Materialised CTEs: computed once into a store, read any number of times.
 */
#include "executor/exec_int.h"

tb_rc tbi_build_cte(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tb_exec *exec = b->exec;
    const tb_plan *def = p->in[0];
    tbi_store *store = tbi_store_create(&exec->budget, exec->spill,
                                        tbi_plan_types(exec, b->run->arena, def), def->nout);
    bool dynamic = b->nested && tbi_plan_depends(exec, def);
    bool protected_ = tbi_plan_protected(exec, def);
    tbi_cte *cte = tbi_cte_add(exec, (tbi_cte){.id = UINT32_MAX, .store = store, .def = def});
    TB_TRY(tbi_build_into(b, def, tbi_op_store(b, store), err));
    cte->id = p->cte.id;
    cte->dynamic = dynamic;
    cte->protected_ = protected_;
    if (!tbi_same_out(p, p->in[1]))
        TB_TRY(tbi_op_remap(b, p, p->in[1], p->out, p->nout, down, &down, err));
    return tbi_build_plan(b, p->in[1], pipe, down, err);
}

tb_rc tbi_build_cte_ref(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    const tbi_cte *cte = tbi_cte_find(b->exec, p->cte_ref.id);
    if (cte == NULL)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "common table expression %u is not defined",
                        p->cte_ref.id);
    uint32_t *cols = TB_NEW_ARRAY(b->run->arena, uint32_t, p->nout + 1);
    for (uint32_t i = 0; i < p->nout; i++)
        TB_TRY(tbi_col_index(cte->def->out, cte->def->nout, p->cte_ref.cols[i], &cols[i], err));
    tbi_pipe_add_source(pipe, tbi_source_store(b, p, cte->store, cols, p->nout), down);
    return TB_OK;
}
