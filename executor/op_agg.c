/* SPDX-License-Identifier: Apache-2.0
 * AGG: grouping, aggregates with FILTER, DISTINCT and ORDER BY, grouping sets.
 *
 * Each grouping set has a group table; states lie in the groups' rows. Aggregates that need their
 * input sorted (DISTINCT, ORDER BY, WITHIN GROUP) collect {group number, sort columns, arguments}
 * in a sorter and are fed from it at the end.
 *
 * Under pressure a table freezes: groups it has go on aggregating, rows of unknown groups go to
 * partitions on disk and are aggregated after the groups in memory were emitted, partition by
 * partition, with the same method. A group is always aggregated in one piece and in input order, so
 * spilling changes no result. Groups come out in order of first appearance.
 */
#include "executor/agg_int.h"
#include "executor/group_int.h"
#include "executor/sort_int.h"

#include <stdlib.h>

enum { PARTS = 16, MAX_LEVEL = 9 };

/* An aggregate of the node: where its input is, how it is computed. */
typedef struct call {
    const tbi_agg_def *def;
    tbi_agg_cx cx;
    uint32_t *args;  /* input columns */
    uint32_t filter; /* input column, UINT32_MAX = none */
    bool sorted, distinct;
    uint32_t norder, nkeys;
    tbi_sort_key *keys; /* of the sorter: group number first */
    uint32_t *order;    /* input columns of the ORDER BY */
    tb_type_id *types;  /* of the sorter's columns: number, order columns, arguments */
    uint32_t state_at;  /* behind a row's keys */
} call;

typedef struct part {
    tbi_store *store;
    uint32_t level;
} part;

/* One grouping set. */
typedef struct set_state {
    uint32_t nkeys;
    uint32_t *keys;  /* input columns */
    int32_t *key_at; /* per key of the node: its place here, -1 = not in the set */
    int64_t grouping;
    tbi_groups *groups;
    tbi_sorter **sorters; /* per sorted call, else NULL */
    bool frozen;
    uint32_t level;
    tbi_store *parts[PARTS];
    part *pending;
    uint32_t npending, cap_pending;
} set_state;

typedef struct agg_op {
    tbi_op op;
    const tb_plan *node;
    tb_type_id *in_types;
    uint32_t nin;
    uint32_t ncalls;
    call *calls;
    uint32_t nsets;
    set_state *sets;
    tbi_account account;
    tb_arena *scratch;
    tb_vector *key_vecs;
    const tb_vector **arg_vecs;
    tb_vector *sort_vecs;
} agg_op;

/* ---- feeding states ---- */

/* Rows whose arguments are all there. */
static uint32_t drop_nulls(const tbi_agg_input *in, uint32_t nargs, uint16_t *sel, char **group)
{
    uint32_t m = 0;
    for (uint32_t k = 0; k < in->n; k++) {
        uint32_t row = tbi_agg_row(in, k);
        bool ok = true;
        for (uint32_t a = 0; a < nargs; a++)
            ok &= tb_vector_is_valid(in->args[a], row);
        sel[m] = (uint16_t)row;
        group[m] = in->group[k];
        m += ok;
    }
    return m;
}

static tb_rc feed(const call *c, tbi_agg_input in, tb_error *err)
{
    uint16_t sel[TB_BATCH_ROWS];
    char *group[TB_BATCH_ROWS];
    bool nulls = false;
    for (uint32_t a = 0; c->def->strict && a < c->cx.nargs; a++)
        nulls |= in.args[a]->valid != NULL;
    if (nulls) {
        in.n = drop_nulls(&in, c->cx.nargs, sel, group);
        in.sel = sel;
        in.group = group;
    }
    return in.n == 0 ? TB_OK : c->def->update(&c->cx, &in, err);
}

/* Where the states of a set's groups are: behind its keys. */
static void bind_state(call *c, const set_state *s)
{
    c->cx.arena = s->groups->rows.bytes;
    c->cx.offset = s->groups->layout.extra_at + c->state_at;
}

/* Puts the rows into the sorter of a sorted aggregate. */
static tb_rc collect(agg_op *a, const call *c, tbi_sorter *sorter, const tb_batch *in,
                     const uint16_t *sel, uint32_t n, char *const *group, tb_error *err)
{
    int64_t numbers[TB_BATCH_ROWS];
    /* the number column lies by row, like the others */
    for (uint32_t k = 0; k < n; k++)
        numbers[sel[k]] = (int64_t)((const tbi_group_head *)(const void *)group[k])->number;
    tb_vector *v = a->sort_vecs;
    uint32_t m = 0;
    v[m++] =
        (tb_vector){.type = TB_T_INT8, .phys = TB_PHYS_I64, .form = TB_VEC_FLAT, .data = numbers};
    for (uint32_t i = 0; i < c->norder; i++)
        v[m++] = in->cols[c->order[i]];
    for (uint32_t i = 0; i < c->cx.nargs; i++)
        v[m++] = in->cols[c->args[i]];
    return tbi_sorter_append(sorter, v, sel, n, err);
}

static tb_rc update_call(agg_op *a, set_state *s, uint32_t i, const tb_batch *in,
                         const uint16_t *sel, uint32_t n, char *const *group, tb_error *err)
{
    call *c = &a->calls[i];
    uint16_t fsel[TB_BATCH_ROWS];
    char *fgroup[TB_BATCH_ROWS];
    if (c->filter != UINT32_MAX) {
        const tb_vector *f = &in->cols[c->filter];
        uint32_t m = 0;
        for (uint32_t k = 0; k < n; k++) {
            tb_value v = tb_vector_get(f, sel[k]);
            fsel[m] = sel[k];
            fgroup[m] = group[k];
            m += !v.null && v.d.b;
        }
        sel = fsel;
        group = fgroup;
        n = m;
    }
    if (n == 0)
        return TB_OK;
    if (c->sorted)
        return collect(a, c, s->sorters[i], in, sel, n, group, err);
    for (uint32_t k = 0; k < c->cx.nargs; k++)
        a->arg_vecs[k] = &in->cols[c->args[k]];
    bind_state(c, s);
    return feed(c, (tbi_agg_input){.n = n, .sel = sel, .group = group, .args = a->arg_vecs}, err);
}

/* ---- sorted aggregates ---- */

/* The arguments of the last row that counted, to tell DISTINCT duplicates. */
typedef struct previous {
    bool any;
    int64_t group;
    tb_value *args;
    tb_arena *arena;
} previous;

static bool repeats(const call *c, previous *p, const tb_batch *b, uint32_t row)
{
    int64_t group = ((const int64_t *)b->cols[0].data)[row];
    bool same = p->any && p->group == group;
    for (uint32_t i = 0; i < c->cx.nargs && same; i++) {
        const tb_vector *v = &b->cols[1 + c->norder + i];
        tb_value x = tb_vector_get(v, row);
        same = x.null == p->args[i].null &&
               (x.null || tb_value_cmp(v->type, &x.d, &p->args[i].d) == 0);
    }
    if (same)
        return true;
    tb_arena_reset(p->arena);
    p->any = true;
    p->group = group;
    for (uint32_t i = 0; i < c->cx.nargs; i++) {
        const tb_vector *v = &b->cols[1 + c->norder + i];
        p->args[i] = tb_value_copy(p->arena, v->type, tb_vector_get(v, row));
    }
    return false;
}

static tb_rc feed_batch(agg_op *a, set_state *s, call *c, const tb_batch *b, previous *prev,
                        tb_error *err)
{
    uint16_t sel[TB_BATCH_ROWS];
    char *group[TB_BATCH_ROWS];
    const int64_t *numbers = b->cols[0].data;
    uint32_t n = 0;
    for (uint32_t k = 0; k < b->nrows; k++) {
        if (c->distinct && repeats(c, prev, b, k))
            continue;
        sel[n] = (uint16_t)k;
        group[n++] = tbi_rows_at(&s->groups->rows, (uint64_t)numbers[k]);
    }
    for (uint32_t i = 0; i < c->cx.nargs; i++)
        a->arg_vecs[i] = &b->cols[1 + c->norder + i];
    bind_state(c, s);
    tb_arena_reset(a->scratch);
    TB_TRY(feed(c, (tbi_agg_input){.n = n, .sel = sel, .group = group, .args = a->arg_vecs}, err));
    tbi_rows_charge(&s->groups->rows);
    return tbi_account_check(&a->account, err);
}

static tb_rc feed_sorted(agg_op *a, set_state *s, uint32_t i, tb_error *err)
{
    call *c = &a->calls[i];
    tbi_sorter *sorter = s->sorters[i];
    previous prev = {.arena = tb_arena_create(0)};
    prev.args = tb_xcalloc(c->cx.nargs + 1, sizeof *prev.args);
    tb_batch *b = tb_batch_create(c->types, (uint16_t)(1 + c->norder + c->cx.nargs));
    tb_rc rc = tbi_sorter_finish(sorter, err);
    while (rc == TB_OK) {
        rc = tbi_alive(a->op.run->exec, err);
        if (rc == TB_OK)
            rc = tbi_sorter_next(sorter, TB_BATCH_ROWS, b, err);
        if (rc != TB_OK || b->nrows == 0)
            break;
        rc = feed_batch(a, s, c, b, &prev, err);
    }
    tb_batch_destroy(b);
    tb_arena_destroy(prev.arena);
    free(prev.args);
    tbi_sorter_clear(sorter);
    return rc;
}

static tb_rc finish_set(agg_op *a, set_state *s, tb_error *err)
{
    for (uint32_t i = 0; i < a->ncalls; i++)
        if (a->calls[i].sorted)
            TB_TRY(feed_sorted(a, s, i, err));
    return TB_OK;
}

/* ---- input ---- */

/* Sends rows without a group to the set's partitions; compacts the others. */
static tb_rc send_away(agg_op *a, set_state *s, const tb_batch *in, uint16_t *sel, char **group,
                       uint32_t *n, tb_error *err)
{
    uint16_t of_part[TB_BATCH_ROWS];
    uint32_t shift =
        8 + s->level * 4; /* other hash bits than those that chose the partition before */
    for (uint32_t p = 0; p < PARTS; p++) {
        uint32_t m = 0;
        for (uint32_t k = 0; k < *n; k++) {
            of_part[m] = sel[k];
            m += group[k] == NULL && (s->groups->hash[k] >> shift & (PARTS - 1)) == p;
        }
        if (m == 0)
            continue;
        if (s->parts[p] == NULL) {
            s->parts[p] = tbi_store_create(&a->op.run->exec->budget, a->op.run->exec->spill,
                                           a->in_types, a->nin);
            tbi_store_set_eager(s->parts[p]);
        }
        TB_TRY(tbi_store_append_cols(s->parts[p], in->cols, of_part, m, err));
    }
    uint32_t left = 0;
    for (uint32_t k = 0; k < *n; k++) {
        sel[left] = sel[k];
        group[left] = group[k];
        left += group[k] != NULL;
    }
    *n = left;
    return TB_OK;
}

static tb_rc add_rows(agg_op *a, set_state *s, const tb_batch *in, tb_error *err)
{
    uint16_t sel[TB_BATCH_ROWS];
    char *group[TB_BATCH_ROWS];
    uint32_t n = in->nsel;
    for (uint32_t k = 0; k < n; k++)
        sel[k] = (uint16_t)tb_batch_row(in, k);
    for (uint32_t k = 0; k < s->nkeys; k++)
        a->key_vecs[k] = in->cols[s->keys[k]];
    tb_arena_reset(a->scratch);
    tbi_groups_hash(s->groups, a->key_vecs, sel, n);
    (void)tbi_groups_find(s->groups, a->key_vecs, sel, n, !s->frozen, group);
    if (s->frozen)
        TB_TRY(send_away(a, s, in, sel, group, &n, err));
    for (uint32_t i = 0; i < a->ncalls; i++)
        TB_TRY(update_call(a, s, i, in, sel, n, group, err));
    tbi_rows_charge(&s->groups->rows);
    if (!s->frozen && s->nkeys > 0 && s->level < MAX_LEVEL && tbi_account_pressed(&a->account))
        s->frozen = true;
    return tbi_account_check(&a->account, err);
}

static tb_rc agg_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    agg_op *a = (agg_op *)op;
    (void)w;
    for (uint32_t i = 0; i < a->nsets; i++)
        TB_TRY(add_rows(a, &a->sets[i], in, err));
    return TB_OK;
}

/* The partitions a table made while it was frozen wait for their turn. */
static tb_rc queue_parts(set_state *s, tb_error *err)
{
    for (uint32_t p = 0; p < PARTS; p++) {
        if (s->parts[p] == NULL)
            continue;
        if (s->npending == s->cap_pending) {
            s->cap_pending = s->cap_pending == 0 ? PARTS : s->cap_pending * 2;
            s->pending = tb_xrealloc(s->pending, s->cap_pending * sizeof *s->pending);
        }
        s->pending[s->npending++] = (part){s->parts[p], s->level + 1};
        tbi_store *st = s->parts[p];
        s->parts[p] = NULL;
        TB_TRY(tbi_store_seal(st, err));
    }
    return TB_OK;
}

static tb_rc agg_finish(tbi_op *op, tb_error *err)
{
    agg_op *a = (agg_op *)op;
    for (uint32_t i = 0; i < a->nsets; i++) {
        set_state *s = &a->sets[i];
        if (s->nkeys == 0 && s->groups->rows.n == 0) { /* no input: still one group */
            char *group;
            s->groups->hash[0] = 0;
            (void)tbi_groups_find(s->groups, NULL, NULL, 1, true, &group);
        }
        TB_TRY(finish_set(a, s, err));
        TB_TRY(queue_parts(s, err));
    }
    return TB_OK;
}

static void clear_set(agg_op *a, set_state *s)
{
    tbi_groups_clear(s->groups);
    for (uint32_t i = 0; i < a->ncalls; i++)
        if (s->sorters[i] != NULL)
            tbi_sorter_clear(s->sorters[i]);
    for (uint32_t p = 0; p < PARTS; p++) {
        tbi_store_destroy(s->parts[p]);
        s->parts[p] = NULL;
    }
    s->frozen = false;
}

static void agg_reset(tbi_op *op)
{
    agg_op *a = (agg_op *)op;
    for (uint32_t i = 0; i < a->nsets; i++) {
        set_state *s = &a->sets[i];
        clear_set(a, s);
        while (s->npending > 0)
            tbi_store_destroy(s->pending[--s->npending].store);
        s->level = 0;
    }
}

static void agg_destroy(tbi_op *op)
{
    agg_op *a = (agg_op *)op;
    agg_reset(op);
    for (uint32_t i = 0; i < a->nsets; i++) {
        tbi_groups_fini(a->sets[i].groups);
        for (uint32_t k = 0; k < a->ncalls; k++)
            tbi_sorter_destroy(a->sets[i].sorters[k]);
        free(a->sets[i].pending);
    }
    tb_arena_destroy(a->scratch);
}

static const tbi_op_class agg_class = {.name = "aggregate",
                                       .push = agg_push,
                                       .finish = agg_finish,
                                       .reset = agg_reset,
                                       .destroy = agg_destroy};

/* Aggregates the next partition; false when none is left. */
static tb_rc next_part(agg_op *a, set_state *s, bool *more, tb_error *err)
{
    *more = s->npending > 0;
    if (!*more)
        return TB_OK;
    part p = s->pending[--s->npending];
    clear_set(a, s);
    s->level = p.level;
    tbi_cursor *c = tbi_cursor_create(p.store);
    tb_rc rc = TB_OK;
    for (uint32_t i = 0; i < tbi_store_blocks(p.store) && rc == TB_OK; i++) {
        const tb_batch *b;
        rc = tbi_alive(a->op.run->exec, err);
        if (rc == TB_OK)
            rc = tbi_cursor_block(c, i, &b, err);
        if (rc == TB_OK)
            rc = add_rows(a, s, b, err);
    }
    tbi_cursor_destroy(c);
    tbi_store_destroy(p.store);
    if (rc == TB_OK)
        rc = finish_set(a, s, err);
    return rc == TB_OK ? queue_parts(s, err) : rc;
}

/* ---- output ---- */

typedef enum out_from { OUT_KEY, OUT_CALL, OUT_GROUPING } out_from;

typedef struct out_col {
    out_from from;
    uint32_t at;
} out_col;

typedef struct agg_source {
    tbi_source source;
    agg_op *agg;
    out_col *cols;
    tb_type_id *types;
    uint32_t set;
    uint64_t next;
    bool spilled;       /* partitions follow: rows are computed while claiming */
    tb_batch **batches; /* per worker */
} agg_source;

static tb_rc source_open(tbi_source *src, tb_error *err)
{
    agg_source *s = (agg_source *)src;
    (void)err;
    s->set = 0;
    s->next = 0;
    s->spilled = false;
    for (uint32_t i = 0; i < s->agg->nsets; i++)
        s->spilled |= s->agg->sets[i].npending > 0;
    return TB_OK;
}

static void put(tb_vector *v, uint32_t i, const tb_value *value)
{
    size_t width = tb_phys_width((tb_phys)v->phys);
    if (value->null)
        tbi_bit_clear(v->valid, i);
    else
        tbi_bit_set(v->valid, i);
    memcpy((char *)v->data + i * width, &value->d, width);
}

static tb_rc emit_call(const call *c, const set_state *set, char *const *at, uint32_t n,
                       tb_arena *arena, tb_vector *out, tb_error *err)
{
    tbi_agg_cx cx = c->cx;
    cx.scratch = arena;
    cx.offset = set->groups->layout.extra_at + c->state_at;
    for (uint32_t k = 0; k < n; k++) {
        tb_value v = {.null = true};
        TB_TRY(c->def->result(&cx, at[k] + cx.offset, &v, err));
        if (v.null)
            memset(&v.d, 0, sizeof v.d);
        put(out, k, &v);
    }
    return TB_OK;
}

static tb_rc fill(agg_source *s, const set_state *set, uint64_t from, uint32_t n, tb_batch *b,
                  tb_error *err)
{
    char *at[TB_BATCH_ROWS];
    tb_batch_reset(b);
    for (uint32_t k = 0; k < n; k++)
        at[k] = tbi_rows_at(&set->groups->rows, from + k);
    for (uint32_t c = 0; c < b->ncols; c++) {
        const out_col *o = &s->cols[c];
        tb_vector *v = &b->cols[c];
        if (o->from == OUT_CALL) {
            TB_TRY(emit_call(&s->agg->calls[o->at], set, at, n, b->arena, v, err));
        } else if (o->from == OUT_KEY && set->key_at[o->at] >= 0) {
            tbi_rows_gather(&set->groups->layout, (uint32_t)set->key_at[o->at], at, n, v);
        } else {
            tb_value value = o->from == OUT_KEY ? tb_value_null() : tb_value_int8(set->grouping);
            memset(&value.d, 0, value.null ? sizeof value.d : 0);
            for (uint32_t k = 0; k < n; k++)
                put(v, k, &value);
        }
    }
    b->nrows = b->nsel = n;
    return TB_OK;
}

static tb_batch *batch_of(agg_source *s, tbi_worker *w)
{
    tb_batch **b = &s->batches[w->index];
    if (*b == NULL)
        *b = tb_batch_create(s->types, (uint16_t)s->source.plan->nout);
    return *b;
}

/* Moves on to rows that were not emitted: the next partition, the next set. */
static tb_rc find_rows(agg_source *s, tb_error *err)
{
    agg_op *a = s->agg;
    while (s->set < a->nsets && s->next >= a->sets[s->set].groups->rows.n) {
        bool more = false;
        if (s->spilled)
            TB_TRY(next_part(a, &a->sets[s->set], &more, err));
        s->next = 0;
        if (!more) {
            if (s->spilled) /* its memory is of use to the next set */
                clear_set(a, &a->sets[s->set]);
            s->set++;
        }
    }
    return TB_OK;
}

static tb_rc source_claim(tbi_source *src, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    agg_source *s = (agg_source *)src;
    TB_TRY(find_rows(s, err));
    m->end = s->set == s->agg->nsets;
    if (m->end)
        return TB_OK;
    const set_state *set = &s->agg->sets[s->set];
    uint64_t left = set->groups->rows.n - s->next;
    uint32_t n = left < TB_BATCH_ROWS ? (uint32_t)left : TB_BATCH_ROWS;
    m->at = (uint64_t)s->set << 48 | s->next;
    if (s->spilled) {
        m->batch = batch_of(s, w);
        TB_TRY(fill(s, set, s->next, n, m->batch, err));
        /* the table may be cleared while this batch is on its way */
        for (uint32_t c = 0; c < m->batch->ncols; c++)
            tbi_vector_own(&m->batch->cols[c], 0, n, m->batch->arena);
    }
    s->next += n;
    return TB_OK;
}

static tb_rc source_load(tbi_source *src, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                         tb_error *err)
{
    agg_source *s = (agg_source *)src;
    *out = m->batch;
    if (m->batch != NULL)
        return TB_OK;
    const set_state *set = &s->agg->sets[m->at >> 48];
    uint64_t from = m->at & UINT64_C(0xFFFFFFFFFFFF), left = set->groups->rows.n - from;
    tb_batch *b = batch_of(s, w);
    *out = b;
    return fill(s, set, from, left < TB_BATCH_ROWS ? (uint32_t)left : TB_BATCH_ROWS, b, err);
}

static void source_over(tbi_source *src)
{
    agg_reset(&((agg_source *)src)->agg->op);
}

static void source_destroy(tbi_source *src)
{
    agg_source *s = (agg_source *)src;
    for (uint32_t i = 0; i < src->run->nworkers; i++)
        tb_batch_destroy(s->batches[i]);
}

static const tbi_source_class source_class = {.name = "aggregate",
                                              .open = source_open,
                                              .claim = source_claim,
                                              .load = source_load,
                                              .over = source_over,
                                              .destroy = source_destroy};

/* ---- construction ---- */

static bool ignores_distinct(const tbi_agg_def *d)
{
    return d == &tbi_agg_min || d == &tbi_agg_max || d == &tbi_agg_and || d == &tbi_agg_or ||
           d == &tbi_agg_bit_and || d == &tbi_agg_bit_or;
}

static tb_rc plan_sort(tbi_build *b, const tb_plan *in, const tb_agg *g, call *c, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    c->norder = g->norder;
    c->order = TB_NEW_ARRAY(arena, uint32_t, c->norder + 1);
    c->keys = TB_NEW_ARRAY(arena, tbi_sort_key, 1 + c->norder + c->cx.nargs);
    c->types = TB_NEW_ARRAY(arena, tb_type_id, 1 + c->norder + c->cx.nargs);
    c->keys[c->nkeys++] = (tbi_sort_key){.col = 0};
    c->types[0] = TB_T_INT8;
    for (uint32_t i = 0; i < c->norder; i++) {
        TB_TRY(tbi_col_index(in->out, in->nout, g->order[i].col, &c->order[i], err));
        c->types[1 + i] = tb_stmt_col_type(b->exec->stmt, g->order[i].col).id;
        c->keys[c->nkeys++] = (tbi_sort_key){
            .col = 1 + i, .desc = g->order[i].desc, .nulls_first = g->order[i].nulls_first};
    }
    for (uint32_t i = 0; i < c->cx.nargs; i++) {
        c->types[1 + c->norder + i] = c->cx.argtype[i];
        if (c->distinct)
            c->keys[c->nkeys++] = (tbi_sort_key){.col = 1 + c->norder + i};
    }
    return TB_OK;
}

static tb_rc make_call(tbi_build *b, const tb_plan *p, const tb_agg *g, uint32_t *offset, call *c,
                       tb_error *err)
{
    tb_arena *arena = b->run->arena;
    const tb_plan *in = p->in[0];
    c->def = tbi_agg_find(g->fn);
    if (c->def == NULL)
        return TB_RAISE_AT(err, TB_E_FEATURE_NOT_SUPPORTED, g->pos,
                           "aggregate function %s is not supported", tb_fn_get(g->fn)->name);
    bool ordered_set = (tb_fn_get(g->fn)->flags & TB_FF_ORDERED_SET) != 0;
    uint32_t nvalues = ordered_set && g->nargs == 0 ? g->norder : g->nargs,
             n = g->ndirect + nvalues;
    tb_type_id *types = TB_NEW_ARRAY(arena, tb_type_id, n + 1);
    c->args = TB_NEW_ARRAY(arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        tb_colid col = i < g->ndirect ? g->direct[i]
                       : g->nargs > 0 ? g->args[i - g->ndirect]
                                      : g->order[i - g->ndirect].col;
        TB_TRY(tbi_col_index(in->out, in->nout, col, &c->args[i], err));
        types[i] = tb_stmt_col_type(b->exec->stmt, col).id;
    }
    c->cx = (tbi_agg_cx){.fn = g->fn,
                         .ret = g->type.id,
                         .nargs = n,
                         .argtype = types,
                         .env = b->exec->stmt->env,
                         .hide_values = tbi_plan_protected(b->exec, in)};
    c->state_at = *offset;
    *offset += (c->def->size + 7) & ~7u;
    c->filter = UINT32_MAX;
    if (g->filter != 0)
        TB_TRY(tbi_col_index(in->out, in->nout, g->filter, &c->filter, err));
    c->distinct = g->distinct && !ignores_distinct(c->def);
    c->sorted = c->distinct || g->norder > 0;
    return c->sorted ? plan_sort(b, in, g, c, err) : TB_OK;
}

static tb_rc make_set(tbi_build *b, agg_op *a, const tb_plan *p, uint64_t bits, uint32_t extra,
                      set_state *s, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    const tb_plan *in = p->in[0];
    tb_type_id *types = TB_NEW_ARRAY(arena, tb_type_id, p->agg.nkeys + 1);
    s->keys = TB_NEW_ARRAY(arena, uint32_t, p->agg.nkeys + 1);
    s->key_at = TB_NEW_ARRAY(arena, int32_t, p->agg.nkeys + 1);
    for (uint32_t k = 0; k < p->agg.nkeys; k++) {
        s->key_at[k] = -1;
        if (k < 64 && !(bits >> k & 1)) {
            s->grouping |= INT64_C(1) << k;
            continue;
        }
        TB_TRY(tbi_col_index(in->out, in->nout, p->agg.keys[k], &s->keys[s->nkeys], err));
        types[s->nkeys] = tb_stmt_col_type(b->exec->stmt, p->agg.keys[k]).id;
        s->key_at[k] = (int32_t)s->nkeys++;
    }
    s->groups = TB_NEW(arena, tbi_groups);
    tbi_groups_init(s->groups, arena, types, s->nkeys, extra, b->exec->seed, &a->account);
    s->sorters = TB_NEW_ARRAY(arena, tbi_sorter *, a->ncalls + 1);
    for (uint32_t i = 0; i < a->ncalls; i++) {
        const call *c = &a->calls[i];
        if (c->sorted)
            s->sorters[i] = tbi_sorter_create(&b->exec->budget, b->exec->spill, c->types,
                                              1 + c->norder + c->cx.nargs, c->keys, c->nkeys, 0);
    }
    return TB_OK;
}

static tb_rc map_output(tbi_build *b, const tb_plan *p, agg_source *s, tb_error *err)
{
    s->cols = TB_NEW_ARRAY(b->run->arena, out_col, p->nout + 1);
    s->types = tbi_plan_types(b->exec, b->run->arena, p);
    for (uint32_t i = 0; i < p->nout; i++) {
        out_col *o = &s->cols[i];
        bool found = p->agg.grouping != 0 && p->out[i] == p->agg.grouping;
        o->from = OUT_GROUPING;
        for (uint32_t k = 0; k < p->agg.naggs && !found; k++) {
            *o = (out_col){OUT_CALL, k};
            found = p->agg.aggs[k].out == p->out[i];
        }
        if (!found) {
            o->from = OUT_KEY;
            TB_TRY(tbi_col_index(p->agg.keys, p->agg.nkeys, p->out[i], &o->at, err));
        }
    }
    return TB_OK;
}

static tb_rc make_op(tbi_build *b, const tb_plan *p, agg_op *a, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    uint32_t offset = 0, most = 0;
    a->op.serial = true;
    a->node = p;
    a->nin = p->in[0]->nout;
    a->in_types = tbi_plan_types(b->exec, arena, p->in[0]);
    a->scratch = tb_arena_create(0);
    tbi_account_init(&a->account, &b->exec->budget, true);
    a->ncalls = p->agg.naggs;
    a->calls = TB_NEW_ARRAY(arena, call, a->ncalls + 1);
    for (uint32_t i = 0; i < a->ncalls; i++) {
        call *c = &a->calls[i];
        TB_TRY(make_call(b, p, &p->agg.aggs[i], &offset, c, err));
        c->cx.scratch = a->scratch;
        if (1 + c->norder + c->cx.nargs > most)
            most = 1 + c->norder + c->cx.nargs;
    }
    a->key_vecs = TB_NEW_ARRAY(arena, tb_vector, p->agg.nkeys + 1);
    a->arg_vecs = TB_NEW_ARRAY(arena, const tb_vector *, most + 1);
    a->sort_vecs = TB_NEW_ARRAY(arena, tb_vector, most + 1);
    uint32_t nsets = p->agg.nsets == 0 ? 1 : p->agg.nsets;
    a->sets = TB_NEW_ARRAY(arena, set_state, nsets);
    for (uint32_t i = 0; i < nsets; i++, a->nsets++)
        TB_TRY(make_set(b, a, p, p->agg.nsets == 0 ? UINT64_MAX : p->agg.sets[i], offset,
                        &a->sets[i], err));
    return TB_OK;
}

tb_rc tbi_build_agg(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    agg_op *a = tbi_op_new(b, sizeof *a, &agg_class, NULL, NULL);
    TB_TRY(make_op(b, p, a, err));
    TB_TRY(tbi_build_into(b, p->in[0], &a->op, err));
    agg_source *s = tbi_source_new(b, sizeof *s, &source_class, p);
    s->agg = a;
    s->batches = TB_NEW_ARRAY(b->run->arena, tb_batch *, b->run->nworkers);
    TB_TRY(map_output(b, p, s, err));
    tbi_pipe_add_source(pipe, &s->source, down);
    return TB_OK;
}
