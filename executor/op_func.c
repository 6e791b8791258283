/* SPDX-License-Identifier: Apache-2.0
 * FUNC: functions in FROM. Several functions (ROWS FROM) run side by side; the shorter ones are
 * filled up with NULLs. WITH ORDINALITY numbers the rows.
 */
#include "executor/srf_int.h"

#include "core/record.h"

typedef struct item {
    const tb_func_item *item;
    bool is_set;
    tb_expr **exprs; /* arguments, or the expression itself */
    uint32_t nexprs;
    tbi_prog *prog;
    tbi_eval *eval;
    const tb_vector **results;
    tb_value *args;
    tbi_set set;
    bool once;          /* the row of a function that is no set was given */
    uint32_t first_col; /* in the output batch */
} item;

typedef struct func_source {
    tbi_source source;
    uint32_t nitems;
    item *items;
    uint32_t ncols; /* items' columns and the ordinality */
    tb_type_id *types;
    uint32_t *map; /* output column -> column of the batch */
    int64_t row;
    bool over;
    tb_batch **batches; /* per worker */
    tb_batch *views;
} func_source;

static tb_rc open_item(item *it, tb_error *err)
{
    tb_batch one = {.nrows = 1, .nsel = 1};
    TB_TRY(tbi_eval_run(it->eval, &one, it->results, err));
    for (uint32_t i = 0; i < it->nexprs; i++)
        it->args[i] = tb_vector_get(it->results[i], 0);
    it->once = false;
    return it->is_set ? tbi_set_open(&it->set, it->args, err) : TB_OK;
}

static tb_rc func_open(tbi_source *s, tb_error *err)
{
    func_source *f = (func_source *)s;
    f->row = 0;
    f->over = false;
    for (uint32_t i = 0; i < f->nitems; i++)
        TB_TRY(open_item(&f->items[i], err));
    return TB_OK;
}

/* Columns of a row of one item; *more tells whether it had one. */
static tb_rc item_row(item *it, tb_arena *arena, tb_value *out, bool *more, tb_error *err)
{
    uint32_t n = it->item->ncols;
    for (uint32_t c = 0; c < n; c++)
        out[c] = tb_value_null();
    if (it->is_set) {
        tb_value row[TBI_SET_MAX_COLS];
        TB_TRY(tbi_set_next(&it->set, row, more, err));
        if (*more && n == it->set.ncols)
            memcpy(out, row, n * sizeof *out);
        else if (*more)
            out[0] = tbi_set_as_value(&it->set, row);
        return TB_OK;
    }
    *more = !it->once;
    it->once = true;
    if (!*more || it->args[0].null)
        return TB_OK;
    out[0] = it->args[0];
    if (n == 1)
        return TB_OK;
    tb_str *record = TB_NEW(arena, tb_str);
    *record = it->args[0].d.str;
    for (uint32_t c = 0; c < n && c < tb_record_count(record); c++)
        out[c] = tb_record_get(record, arena, c, NULL);
    return TB_OK;
}

static tb_rc add_row(func_source *f, tb_batch *b, bool *any, tb_error *err)
{
    tb_value row[TBI_SET_MAX_COLS];
    *any = false;
    for (uint32_t i = 0; i < f->nitems; i++) {
        item *it = &f->items[i];
        bool more;
        TB_TRY(item_row(it, b->arena, row, &more, err));
        *any |= more;
        for (uint32_t c = 0; c < it->item->ncols; c++) {
            tb_vector *v = &b->cols[it->first_col + c];
            tb_vector_set(v, b->nrows, tb_value_copy(b->arena, v->type, row[c]));
        }
    }
    if (!*any)
        return TB_OK;
    f->row++;
    tb_vector_set(&b->cols[f->ncols - 1], b->nrows, tb_value_int8(f->row));
    b->nrows++;
    return TB_OK;
}

static tb_rc func_claim(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    func_source *f = (func_source *)s;
    tb_batch **b = &f->batches[w->index];
    m->end = f->over;
    if (m->end)
        return TB_OK;
    if (*b == NULL)
        *b = tb_batch_create(f->types, (uint16_t)f->ncols);
    tb_batch_reset(*b);
    while ((*b)->nrows < TB_BATCH_ROWS && !f->over) {
        bool any;
        TB_TRY(add_row(f, *b, &any, err));
        f->over = !any;
    }
    (*b)->nsel = (*b)->nrows;
    m->batch = *b;
    m->end = (*b)->nrows == 0;
    return TB_OK;
}

static tb_rc func_load(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                       tb_error *err)
{
    func_source *f = (func_source *)s;
    (void)err;
    tb_batch *v = &f->views[w->index];
    tb_vector *cols = v->cols;
    *v = *m->batch;
    v->cols = cols;
    v->ncols = (uint16_t)s->plan->nout;
    for (uint32_t c = 0; c < s->plan->nout; c++)
        cols[c] = m->batch->cols[f->map[c]];
    *out = v;
    return TB_OK;
}

static void func_destroy(tbi_source *s)
{
    func_source *f = (func_source *)s;
    for (uint32_t i = 0; i < f->nitems; i++) {
        tbi_eval_destroy(f->items[i].eval);
        if (f->items[i].is_set)
            tbi_set_fini(&f->items[i].set);
    }
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        tb_batch_destroy(f->batches[i]);
}

static const tbi_source_class class = {.name = "function",
                                       .open = func_open,
                                       .claim = func_claim,
                                       .load = func_load,
                                       .destroy = func_destroy};

static tb_rc make_item(tbi_build *b, const tb_func_item *fi, item *it, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tbi_scope sc = {.stmt = b->exec->stmt, .outer = b->run->outer};
    it->item = fi;
    it->is_set = tbi_is_set_call(fi->call);
    it->nexprs = it->is_set ? fi->call->call.nargs : 1;
    it->exprs = TB_NEW_ARRAY(arena, tb_expr *, it->nexprs + 1);
    for (uint32_t i = 0; i < it->nexprs; i++)
        it->exprs[i] = it->is_set ? fi->call->call.args[i] : fi->call;
    it->results = TB_NEW_ARRAY(arena, const tb_vector *, it->nexprs + 1);
    it->args = TB_NEW_ARRAY(arena, tb_value, it->nexprs + 1);
    if (fi->ncols > TBI_SET_MAX_COLS)
        return TB_UNSUPPORTED(err, fi->call->pos, "a function with so many columns");
    TB_TRY(tbi_prog_exprs(arena, &sc, it->exprs, it->nexprs, &it->prog, err));
    bool hide = false;
    for (const tbi_outer *o = b->run->outer; o != NULL; o = o->up)
        hide |= o->protected_;
    if (it->is_set)
        TB_TRY(tbi_set_init(&it->set, b->exec, fi->call, hide, err));
    it->eval = tbi_eval_create(it->prog, 1);
    return TB_OK;
}

tb_rc tbi_build_func(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    func_source *f = tbi_source_new(b, sizeof *f, &class, p);
    TB_LIST(tb_colid) cols = {0};
    f->items = TB_NEW_ARRAY(arena, item, p->func.n + 1);
    f->batches = TB_NEW_ARRAY(arena, tb_batch *, b->run->nworkers);
    for (uint32_t i = 0; i < p->func.n; i++, f->nitems++) {
        f->items[i].first_col = cols.n;
        TB_TRY(make_item(b, &p->func.items[i], &f->items[i], err));
        for (uint32_t c = 0; c < p->func.items[i].ncols; c++)
            tb_list_push(arena, &cols, p->func.items[i].cols[c]);
    }
    f->types = TB_NEW_ARRAY(arena, tb_type_id, cols.n + 1);
    for (uint32_t c = 0; c < cols.n; c++)
        f->types[c] = tb_stmt_col_type(b->exec->stmt, cols.at[c]).id;
    f->types[cols.n] = TB_T_INT8;
    tb_list_push(arena, &cols, p->func.ordinality);
    f->ncols = cols.n;
    f->map = TB_NEW_ARRAY(arena, uint32_t, p->nout + 1);
    for (uint32_t i = 0; i < p->nout; i++)
        TB_TRY(tbi_col_index(cols.at, cols.n, p->out[i], &f->map[i], err));
    f->views = TB_NEW_ARRAY(arena, tb_batch, b->run->nworkers);
    for (uint32_t i = 0; i < b->run->nworkers; i++)
        f->views[i].cols = TB_NEW_ARRAY(arena, tb_vector, p->nout + 1);
    tbi_pipe_add_source(pipe, &f->source, down);
    return TB_OK;
}
