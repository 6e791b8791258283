/* SPDX-License-Identifier: Apache-2.0
 * From a plan to pipelines.
 *
 * tbi_build_plan() walks down: it is given the operator that wants the rows and the pipeline that
 * feeds it. Streaming nodes put their operator in front; breakers start a pipeline of their own
 * (finished before) and become a source; UNION ALL feeds the same operator twice. In nested runs,
 * subtrees that do not change between runs are built as pipelines that run once, and kept in a
 * store where the plan would have streamed them.
 */
#include "executor/exec_int.h"

#include "core/fragment.h"

/* ---- what a plan reads ---- */

bool tbi_plan_protected(const tb_exec *exec, const tb_plan *p)
{
    if (p->kind == TB_P_FRAGMENT)
        return true;
    if (p->kind == TB_P_SCAN)
        return p->scan.rel->kind == TB_REL_FOREIGN;
    if (p->kind == TB_P_CTE_REF) {
        const tbi_cte *cte = tbi_cte_find((tb_exec *)exec, p->cte_ref.id);
        return cte == NULL || cte->protected_;
    }
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        if (tbi_plan_protected(exec, p->in[i]))
            return true;
    return false;
}

typedef struct col_set {
    tb_arena *arena;
    TB_LIST(tb_colid) used;
    TB_LIST(tb_colid) made;
} col_set;

static void use_col(tb_colid col, void *ctx)
{
    col_set *s = ctx;
    for (uint32_t i = 0; i < s->used.n; i++)
        if (s->used.at[i] == col)
            return;
    tb_list_push(s->arena, &s->used, col);
}

static tb_rc use_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    if (*slot != NULL)
        tb_expr_each_col(*slot, use_col, ctx);
    return TB_OK;
}

static void collect_cols(const tb_plan *p, col_set *s)
{
    tb_error ignored = {0};
    for (uint32_t i = 0; i < p->nout; i++)
        tb_list_push(s->arena, &s->made, p->out[i]);
    if (p->kind == TB_P_FRAGMENT) /* the source runs what is below; it cannot read our columns */
        return;
    TB_CHECK(tb_plan_each_expr((tb_plan *)p, use_slot, s, &ignored) == TB_OK);
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        collect_cols(p->in[i], s);
}

static bool has_col(const tb_colid *cols, uint32_t n, tb_colid col)
{
    for (uint32_t i = 0; i < n; i++)
        if (cols[i] == col)
            return true;
    return false;
}

void tbi_plan_free_cols(const tb_plan *plan, tb_arena *arena, tb_colid **cols, uint32_t *n)
{
    col_set s = {.arena = arena};
    TB_LIST(tb_colid) out = {0};
    collect_cols(plan, &s);
    for (uint32_t i = 0; i < s.used.n; i++)
        if (!has_col(s.made.at, s.made.n, s.used.at[i]))
            tb_list_push(arena, &out, s.used.at[i]);
    *cols = out.at;
    *n = out.n;
}

/* References to working tables, or to CTEs that follow one. */
static bool reads_dynamic(const tb_exec *exec, const tb_plan *p)
{
    if (p->kind == TB_P_FRAGMENT)
        return false;
    if (p->kind == TB_P_CTE_REF) {
        const tbi_cte *cte = tbi_cte_find((tb_exec *)exec, p->cte_ref.id);
        return cte != NULL && cte->dynamic; /* unknown: defined inside the subtree */
    }
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        if (reads_dynamic(exec, p->in[i]))
            return true;
    return false;
}

bool tbi_plan_depends(const tb_exec *exec, const tb_plan *p)
{
    if (reads_dynamic(exec, p))
        return true;
    tb_arena *tmp = tb_arena_create(0);
    tb_colid *cols;
    uint32_t n;
    tbi_plan_free_cols(p, tmp, &cols, &n);
    tb_arena_destroy(tmp);
    return n > 0;
}

/* ---- columns ---- */

tb_type_id *tbi_col_types(const tb_exec *exec, tb_arena *arena, const tb_colid *cols, uint32_t n)
{
    tb_type_id *types = TB_NEW_ARRAY(arena, tb_type_id, n + 1);
    for (uint32_t i = 0; i < n; i++)
        types[i] = tb_stmt_col_type(exec->stmt, cols[i]).id;
    return types;
}

tb_type_id *tbi_plan_types(const tb_exec *exec, tb_arena *arena, const tb_plan *plan)
{
    return tbi_col_types(exec, arena, plan->out, plan->nout);
}

tb_rc tbi_col_index(const tb_colid *cols, uint32_t n, tb_colid col, uint32_t *at, tb_error *err)
{
    for (uint32_t i = 0; i < n; i++) {
        if (cols[i] == col) {
            *at = i;
            return TB_OK;
        }
    }
    return TB_RAISE(err, TB_E_INTERNAL_ERROR, "column %u is not in the executor's input", col);
}

tbi_scope tbi_plan_scope(const tbi_build *b, const tb_plan *input)
{
    return (tbi_scope){.stmt = b->exec->stmt,
                       .ncols = input->nout,
                       .cols = input->out,
                       .outer = b->run->outer,
                       .protected_ = tbi_plan_protected(b->exec, input)};
}

tbi_cte *tbi_cte_find(tb_exec *exec, uint32_t id)
{
    for (uint32_t i = exec->ctes.n; i-- > 0;)
        if (exec->ctes.at[i]->id == id)
            return exec->ctes.at[i];
    return NULL;
}

tbi_cte *tbi_cte_add(tb_exec *exec, tbi_cte cte)
{
    tbi_cte *c = TB_NEW(exec->arena, tbi_cte);
    *c = cte;
    tb_list_push(exec->arena, &exec->ctes, c);
    return c;
}

/* ---- structures ---- */

tbi_run *tbi_run_new(tb_exec *exec, tbi_outer *outer, uint32_t nworkers, bool repeats)
{
    tb_arena *arena = tb_arena_create(0);
    tbi_run *run = TB_NEW(arena, tbi_run);
    run->exec = exec;
    run->arena = arena;
    run->outer = outer;
    run->nworkers = nworkers;
    run->repeats = repeats;
    run->next_run = exec->runs;
    exec->runs = run;
    return run;
}

void *tbi_op_new(tbi_build *b, size_t size, const tbi_op_class *cls, const tb_plan *plan,
                 tbi_op *down)
{
    tbi_op *op = tb_arena_zalloc(b->run->arena, size);
    op->cls = cls;
    op->plan = plan;
    op->down = down;
    op->run = b->run;
    op->next_op = b->run->ops;
    b->run->ops = op;
    return op;
}

void *tbi_source_new(tbi_build *b, size_t size, const tbi_source_class *cls, const tb_plan *plan)
{
    tbi_source *s = tb_arena_zalloc(b->run->arena, size);
    s->cls = cls;
    s->plan = plan;
    s->run = b->run;
    s->next_source = b->run->sources;
    b->run->sources = s;
    return s;
}

tbi_pipe *tbi_pipe_new(tbi_build *b)
{
    tbi_pipe *p = TB_NEW(b->run->arena, tbi_pipe);
    p->run = b->run;
    pthread_mutex_init(&p->claim_lock, NULL);
    pthread_mutex_init(&p->turn_lock, NULL);
    pthread_cond_init(&p->turn_cond, NULL);
    return p;
}

void tbi_pipe_add_source(tbi_pipe *pipe, tbi_source *s, tbi_op *op)
{
    tb_list_push(pipe->run->arena, &pipe->steps, ((tbi_step){.source = s, .op = op}));
    for (; op != NULL; op = op->down)
        op->pipe = pipe;
}

void tbi_pipe_add_flush(tbi_pipe *pipe, tbi_op *op)
{
    tb_list_push(pipe->run->arena, &pipe->steps, ((tbi_step){.op = op}));
}

void tbi_build_add_pipe(tbi_build *b, tbi_pipe *pipe)
{
    tb_list_push(b->run->arena, &b->run->pipes, pipe);
}

tb_rc tbi_build_into(tbi_build *b, const tb_plan *plan, tbi_op *sink, tb_error *err)
{
    tbi_build own = *b;
    tbi_pipe *pipe = tbi_pipe_new(b);
    pipe->sink = sink;
    sink->pipe = pipe;
    pipe->once = b->nested && (b->in_once || !tbi_plan_depends(b->exec, plan));
    own.in_once = pipe->once;
    TB_TRY(tbi_build_plan(&own, plan, pipe, sink, err));
    tbi_build_add_pipe(b, pipe);
    return TB_OK;
}

/* ---- stores as sinks and sources ---- */

typedef struct store_op {
    tbi_op op;
    tbi_store *store;
} store_op;

static tb_rc store_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    (void)w;
    return tbi_store_append(((store_op *)op)->store, in, err);
}

static tb_rc store_finish(tbi_op *op, tb_error *err)
{
    return tbi_store_seal(((store_op *)op)->store, err);
}

static void store_reset(tbi_op *op)
{
    tbi_store_clear(((store_op *)op)->store);
}

static void nothing(tbi_op *op)
{
    (void)op;
}

static const tbi_op_class store_class = {.name = "store",
                                         .push = store_push,
                                         .finish = store_finish,
                                         .reset = store_reset,
                                         .destroy = nothing};

tbi_op *tbi_op_store(tbi_build *b, tbi_store *store)
{
    store_op *op = tbi_op_new(b, sizeof *op, &store_class, NULL, NULL);
    op->op.serial = true;
    op->store = store;
    return &op->op;
}

typedef struct store_source {
    tbi_source source;
    tbi_store *store;
    uint32_t next;
    uint32_t ncols;
    const uint32_t *cols;
    tbi_cursor **cursors; /* per worker */
    tb_batch *views;
} store_source;

static tb_rc ss_open(tbi_source *s, tb_error *err)
{
    store_source *ss = (store_source *)s;
    (void)err;
    ss->next = 0;
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        if (ss->cursors[i] != NULL)
            tbi_cursor_reset(ss->cursors[i]);
    return TB_OK;
}

static tb_rc ss_claim(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    store_source *ss = (store_source *)s;
    (void)w;
    (void)err;
    m->end = ss->next >= tbi_store_blocks(ss->store);
    m->at = ss->next++;
    return TB_OK;
}

static tb_rc ss_load(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                     tb_error *err)
{
    store_source *ss = (store_source *)s;
    const tb_batch *b;
    if (ss->cursors[w->index] == NULL)
        ss->cursors[w->index] = tbi_cursor_create(ss->store);
    TB_TRY(tbi_cursor_block(ss->cursors[w->index], (uint32_t)m->at, &b, err));
    tb_batch *v = &ss->views[w->index];
    v->nrows = b->nrows;
    v->nsel = b->nsel;
    v->sel = NULL;
    v->arena = b->arena;
    v->ncols = (uint16_t)ss->ncols;
    for (uint32_t c = 0; c < ss->ncols; c++)
        v->cols[c] = b->cols[ss->cols == NULL ? c : ss->cols[c]];
    *out = v;
    return TB_OK;
}

static void ss_destroy(tbi_source *s)
{
    store_source *ss = (store_source *)s;
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        tbi_cursor_destroy(ss->cursors[i]);
}

static const tbi_source_class store_source_class = {
    .name = "store", .open = ss_open, .claim = ss_claim, .load = ss_load, .destroy = ss_destroy};

tbi_source *tbi_source_store(tbi_build *b, const tb_plan *plan, tbi_store *store,
                             const uint32_t *cols, uint32_t ncols)
{
    store_source *ss = tbi_source_new(b, sizeof *ss, &store_source_class, plan);
    tb_arena *arena = b->run->arena;
    ss->store = store;
    ss->ncols = ncols;
    ss->cols = cols;
    ss->cursors = TB_NEW_ARRAY(arena, tbi_cursor *, b->run->nworkers);
    ss->views = TB_NEW_ARRAY(arena, tb_batch, b->run->nworkers);
    for (uint32_t i = 0; i < b->run->nworkers; i++)
        ss->views[i].cols = TB_NEW_ARRAY(arena, tb_vector, ncols + 1);
    return &ss->source;
}

/* ---- subtrees that do not change between nested runs ---- */

static bool worth_keeping(const tb_plan *p)
{
    return p->kind != TB_P_ROW && p->kind != TB_P_EMPTY && p->kind != TB_P_VALUES &&
           p->kind != TB_P_CTE_REF;
}

static tb_rc build_kept(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tb_exec *exec = b->exec;
    tbi_store *store = tbi_store_create(&exec->budget, exec->spill,
                                        tbi_plan_types(exec, b->run->arena, p), p->nout);
    tbi_cte_add(exec, (tbi_cte){.id = UINT32_MAX, .store = store}); /* only freed there */
    TB_TRY(tbi_build_into(b, p, tbi_op_store(b, store), err));
    tbi_pipe_add_source(pipe, tbi_source_store(b, NULL, store, NULL, p->nout), down);
    return TB_OK;
}

/* ---- the switch ---- */

static tb_rc build_one(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tbi_op *op;
    switch (p->kind) {
    case TB_P_SCAN:
        return tbi_build_scan(b, p, pipe, down, err);
    case TB_P_ROW:
    case TB_P_EMPTY:
    case TB_P_VALUES:
        return tbi_build_values(b, p, pipe, down, err);
    case TB_P_FUNC:
        return tbi_build_func(b, p, pipe, down, err);
    case TB_P_FILTER:
        TB_TRY(tbi_op_filter(b, p, down, &op, err));
        return tbi_build_plan(b, p->in[0], pipe, op, err);
    case TB_P_PROJECT:
        TB_TRY(tbi_op_project(b, p, down, &op, err));
        return tbi_build_plan(b, p->in[0], pipe, op, err);
    case TB_P_PROJECT_SET:
        return tbi_build_project_set(b, p, pipe, down, err);
    case TB_P_JOIN:
        return p->join.lateral ? tbi_build_lateral(b, p, pipe, down, err)
                               : tbi_build_join(b, p, pipe, down, err);
    case TB_P_AGG:
        return tbi_build_agg(b, p, pipe, down, err);
    case TB_P_WINDOW:
        return tbi_build_window(b, p, pipe, down, err);
    case TB_P_SORT:
        return tbi_build_sort(b, p, 0, pipe, down, err);
    case TB_P_LIMIT:
        return tbi_build_limit(b, p, pipe, down, err);
    case TB_P_DISTINCT_ON:
        TB_TRY(tbi_op_distinct_on(b, p, down, &op, err));
        return tbi_build_plan(b, p->in[0], pipe, op, err);
    case TB_P_SETOP:
        return tbi_build_setop(b, p, pipe, down, err);
    case TB_P_CTE:
        return tbi_build_cte(b, p, pipe, down, err);
    case TB_P_CTE_REF:
        return tbi_build_cte_ref(b, p, pipe, down, err);
    case TB_P_RECURSIVE:
        return tbi_build_recursive(b, p, pipe, down, err);
    case TB_P_BARRIER:
        TB_TRY(tbi_op_remap(b, p, p->in[0], p->out, p->nout, down, &op, err));
        return tbi_build_plan(b, p->in[0], pipe, op, err);
    case TB_P_FRAGMENT:
        return tbi_build_fragment(b, p, pipe, down, err);
    case TB_P_SAMPLE:
        return TB_UNSUPPORTED(err, -1, "TABLESAMPLE");
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

tb_rc tbi_build_plan(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    if (b->nested && !b->in_once && worth_keeping(p) && !tbi_plan_depends(b->exec, p))
        return build_kept(b, p, pipe, down, err);
    return build_one(b, p, pipe, down, err);
}
