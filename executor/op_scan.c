/* SPDX-License-Identifier: Apache-2.0
 * SCAN of an internal (catalog) relation: the server hands out batches, one worker at a time takes
 * them.
 */
#include "executor/exec_int.h"

typedef struct scan_source {
    tbi_source source;
    tb_type_id *types;
    tb_internal_scan *scan;
    tb_batch **batches; /* per worker */
} scan_source;

static tb_rc scan_open(tbi_source *s, tb_error *err)
{
    scan_source *ss = (scan_source *)s;
    const tb_plan *p = s->plan;
    tb_exec *exec = s->run->exec;
    if (exec->host.internal_open == NULL)
        return TB_UNSUPPORTED(err, -1, "a catalog table here");
    return exec->host.internal_open(exec->host.ctx, exec->stmt, p->scan.rel, p->scan.attno, p->nout,
                                    &ss->scan, err);
}

static tb_rc scan_claim(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    scan_source *ss = (scan_source *)s;
    if (ss->scan == NULL) {
        m->end = true;
        return TB_OK;
    }
    tb_batch **b = &ss->batches[w->index];
    if (*b == NULL)
        *b = tb_batch_create(ss->types, (uint16_t)s->plan->nout);
    tb_batch_reset(*b);
    TB_TRY(ss->scan->next(ss->scan, *b, err));
    if ((*b)->nsel == 0 && (*b)->sel == NULL)
        (*b)->nsel = (*b)->nrows;
    m->end = (*b)->nrows == 0;
    m->batch = *b;
    return TB_OK;
}

static tb_rc scan_load(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                       tb_error *err)
{
    (void)s;
    (void)w;
    (void)err;
    *out = m->batch;
    return TB_OK;
}

static void scan_close(tbi_source *s)
{
    scan_source *ss = (scan_source *)s;
    if (ss->scan != NULL)
        ss->scan->close(ss->scan);
    ss->scan = NULL;
}

static void scan_destroy(tbi_source *s)
{
    scan_source *ss = (scan_source *)s;
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        tb_batch_destroy(ss->batches[i]);
}

static const tbi_source_class class = {.name = "scan",
                                       .open = scan_open,
                                       .claim = scan_claim,
                                       .load = scan_load,
                                       .close = scan_close,
                                       .destroy = scan_destroy};

tb_rc tbi_build_scan(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    if (p->scan.rel->kind != TB_REL_INTERNAL)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "table \"%s\" is not part of a fragment",
                        p->scan.rel->name);
    scan_source *ss = tbi_source_new(b, sizeof *ss, &class, p);
    ss->types = tbi_plan_types(b->exec, b->run->arena, p);
    ss->batches = TB_NEW_ARRAY(b->run->arena, tb_batch *, b->run->nworkers);
    tbi_pipe_add_source(pipe, &ss->source, down);
    return TB_OK;
}
