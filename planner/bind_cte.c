/* SPDX-License-Identifier: Apache-2.0
 * WITH: common table expressions, materialised or merged into their only reference, and WITH
 * RECURSIVE.
 *
 * A CTE's query is bound once, where it is declared. Each reference is a CTE_REF node with columns
 * of its own; when the level is finished, PostgreSQL's rule decides: a CTE that is referenced once
 * and not volatile becomes part of the plan in place of its reference, any other becomes a CTE node
 * around the level's plan.
 *
 * Entry points: tbi_bind_with, tbi_find_cte, tbi_cte_ref, tbi_finish_ctes.
 */
#include "planner/bind_int.h"

#include "parser/parser.h"

struct tbi_cte {
    const char *name;
    const tb_ast_cte *ast;
    tbi_scope *level;
    uint32_t id;
    tb_plan *plan; /* definition; NULL while it is being bound */
    uint32_t ncols;
    tbi_column *cols; /* its output columns under their names outside */
    bool recursive;
    bool is_volatile;
    uint32_t step_id; /* RECURSIVE node whose step is being bound, or 0 */
    uint32_t refs;
    tb_plan *first_ref;
};

/* ---- references in the syntax tree ---- */

typedef enum context {
    AT_ANY,  /* only looking for references */
    AT_STEP, /* where a recursive reference is allowed */
    AT_NONRECURSIVE,
    AT_SUBQUERY,
    AT_OUTER_JOIN,
    AT_INTERSECT,
    AT_EXCEPT
} context;

typedef struct search {
    tbi_bind *b;
    const char *name;
    context at;
    uint32_t found;
} search;

static tb_rc look(const tb_ast *node, void *ctx, tb_error *err);

static tb_rc look_at(search *s, context at, const tb_ast *node)
{
    context before = s->at;
    if (s->at == AT_STEP)
        s->at = at;
    TB_TRY(node == NULL ? TB_OK : look(node, s, s->b->err));
    s->at = before;
    return TB_OK;
}

static tb_rc found_reference(search *s, const tb_ast *node)
{
    static const char *const texts[] = {
        [AT_NONRECURSIVE] =
            "recursive reference to query \"%s\" must not appear within its non-recursive term",
        [AT_SUBQUERY] = "recursive reference to query \"%s\" must not appear within a subquery",
        [AT_OUTER_JOIN] =
            "recursive reference to query \"%s\" must not appear within an outer join",
        [AT_INTERSECT] = "recursive reference to query \"%s\" must not appear within INTERSECT",
        [AT_EXCEPT] = "recursive reference to query \"%s\" must not appear within EXCEPT",
    };
    s->found++;
    if (s->at == AT_ANY)
        return TB_OK;
    if (s->at == AT_STEP && s->found == 1)
        return TB_OK;
    if (s->at == AT_STEP)
        return TB_RAISE_AT(s->b->err, TB_E_INVALID_RECURSION, node->pos,
                           "recursive reference to query \"%s\" must not appear more than once",
                           s->name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the texts above */
    return TB_RAISE_AT(s->b->err, TB_E_INVALID_RECURSION, node->pos, texts[s->at], s->name);
#pragma GCC diagnostic pop
}

static tb_rc look_in_join(search *s, const tb_ast_join *j)
{
    bool left = j->join == TB_JOINED_RIGHT || j->join == TB_JOINED_FULL;
    bool right = j->join == TB_JOINED_LEFT || j->join == TB_JOINED_FULL;
    TB_TRY(look_at(s, left ? AT_OUTER_JOIN : AT_STEP, j->left));
    TB_TRY(look_at(s, right ? AT_OUTER_JOIN : AT_STEP, j->right));
    return look_at(s, AT_STEP, j->on);
}

static tb_rc look_in_set_op(search *s, const tb_ast_set_op *op)
{
    context left = AT_STEP, right = AT_STEP;
    if (op->op == TB_SET_INTERSECT && op->all)
        left = right = AT_INTERSECT;
    if (op->op == TB_SET_EXCEPT) {
        left = op->all ? AT_EXCEPT : AT_STEP;
        right = AT_EXCEPT;
    }
    TB_TRY(look_at(s, left, op->left));
    return look_at(s, right, op->right);
}

/* Does a WITH inside declare the name itself? */
static bool shadows(const tb_ast_query *q, const char *name)
{
    if (q->with == NULL)
        return false;
    const tb_ast_list *ctes = &tb_as_with(q->with)->ctes;
    for (uint32_t i = 0; i < ctes->n; i++)
        if (strcmp(tb_as_cte(ctes->at[i])->name, name) == 0)
            return true;
    return false;
}

static tb_rc look(const tb_ast *node, void *ctx, tb_error *err)
{
    search *s = ctx;
    if (node->kind == TB_AST_TABLE_REF) {
        const tb_qname *n = &tb_as_table_ref(node)->name;
        if (n->schema == NULL && strcmp(n->name, s->name) == 0)
            return found_reference(s, node);
        return TB_OK;
    }
    if (node->kind == TB_AST_QUERY && shadows(tb_as_query(node), s->name))
        return TB_OK;
    if (node->kind == TB_AST_JOIN)
        return look_in_join(s, tb_as_join(node));
    if (node->kind == TB_AST_SET_OP)
        return look_in_set_op(s, tb_as_set_op(node));
    if (node->kind == TB_AST_SUBLINK) {
        TB_TRY(look_at(s, AT_STEP, tb_as_sublink(node)->left));
        return look_at(s, AT_SUBQUERY, tb_as_sublink(node)->query);
    }
    return tb_ast_each_child(node, look, ctx, err);
}

static tb_rc mentions(tbi_bind *b, const tb_ast *query, const char *name, bool *out)
{
    search s = {b, name, AT_ANY, 0};
    TB_TRY(look(query, &s, b->err));
    *out = s.found > 0;
    return TB_OK;
}

/* ---- definitions ---- */

static tb_rc name_columns(tbi_bind *b, tbi_cte *cte, const tbi_result *r)
{
    const tb_name_list *names = &cte->ast->columns;
    if (names->n > r->n)
        return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, cte->ast->base.pos,
                           "WITH query \"%s\" has %u columns available but %u columns specified",
                           cte->name, r->n, names->n);
    cte->ncols = r->n;
    cte->cols = TB_NEW_ARRAY(b->arena, tbi_column, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++)
        cte->cols[i] = (tbi_column){i < names->n ? names->at[i] : r->cols[i].name, r->cols[i].id};
    return TB_OK;
}

static bool plan_is_volatile(tb_plan *p)
{
    tb_expr probe = {.kind = TB_X_SUBLINK, .sublink = {.plan = p}};
    return tb_expr_is_volatile(&probe);
}

static tb_rc bind_plain(tbi_bind *b, tbi_cte *cte)
{
    tbi_result r;
    TB_TRY(tbi_bind_query(b, cte->level, cte->ast->query, true, &r));
    TB_TRY(name_columns(b, cte, &r));
    cte->plan = r.plan;
    cte->is_volatile = plan_is_volatile(r.plan);
    return TB_OK;
}

/* ---- recursion ---- */

static tb_rc check_form(tbi_bind *b, const tbi_cte *cte, const tb_ast_query *q)
{
    const char *clause = q->order_by.n > 0   ? "ORDER BY in a recursive query"
                         : q->offset != NULL ? "OFFSET in a recursive query"
                         : q->limit != NULL  ? "LIMIT in a recursive query"
                         : q->locking.n > 0  ? "FOR UPDATE/SHARE in a recursive query"
                                             : NULL;
    if (q->body->kind != TB_AST_SET_OP || tb_as_set_op(q->body)->op != TB_SET_UNION)
        return TB_RAISE_AT(b->err, TB_E_INVALID_RECURSION, cte->ast->base.pos,
                           "recursive query \"%s\" does not have the form non-recursive-term "
                           "UNION [ALL] recursive-term",
                           cte->name);
    if (clause != NULL)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, cte->ast->base.pos,
                           "%s is not implemented", clause);
    const tb_ast_set_op *op = tb_as_set_op(q->body);
    search base = {b, cte->name, AT_NONRECURSIVE, 0}, step = {b, cte->name, AT_STEP, 0};
    if (q->with != NULL)
        TB_TRY(look(q->with, &base, b->err));
    TB_TRY(look(op->left, &base, b->err));
    return look(op->right, &step, b->err);
}

/* The base decides names and types; the columns get ids of their own, which the step reads. */
static tb_rc declare_columns(tbi_bind *b, tbi_cte *cte, const tbi_result *base)
{
    TB_TRY(name_columns(b, cte, base));
    for (uint32_t i = 0; i < cte->ncols; i++) {
        tb_colid from = cte->cols[i].id;
        cte->cols[i].id = tbi_new_col(b, cte->cols[i].name, tb_stmt_col_type(b->stmt, from));
        const tbi_shape *shape = tbi_meta_of(b, from)->shape;
        tbi_meta_of(b, cte->cols[i].id)->shape = shape;
    }
    return TB_OK;
}

static tb_rc check_types(tbi_bind *b, const tbi_cte *cte, const tbi_result *base,
                         const tb_type *types)
{
    char before[128], overall[128];
    for (uint32_t i = 0; i < base->n; i++) {
        tb_type type = tb_stmt_col_type(b->stmt, base->cols[i].id);
        if (type.id == types[i].id && type.typmod == types[i].typmod)
            continue;
        TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, base->cols[i].pos,
                    "recursive query \"%s\" column %u has type %s in non-recursive term but type "
                    "%s overall",
                    cte->name, i + 1, tb_type_format(type, before, sizeof before),
                    tb_type_format(types[i], overall, sizeof overall));
        tb_error_hint(b->err, "Cast the output of the non-recursive term to the correct type.");
        return TB_FAIL;
    }
    return TB_OK;
}

static tb_plan *recursive_node(tbi_bind *b, const tbi_cte *cte, const tb_ast_set_op *op,
                               const tbi_result *base, const tbi_result *step)
{
    tb_plan *p = tb_plan_new(b->arena, TB_P_RECURSIVE, base->plan, step->plan);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, cte->ncols + 1);
    for (uint32_t i = 0; i < cte->ncols; i++)
        out[i] = cte->cols[i].id;
    p->out = out;
    p->nout = cte->ncols;
    p->recursive.id = cte->step_id;
    p->recursive.all = op->all;
    p->recursive.name = cte->name;
    p->recursive.left = tbi_output_ids(b, base);
    p->recursive.right = tbi_output_ids(b, step);
    return p;
}

static tb_rc bind_recursive(tbi_bind *b, tbi_cte *cte)
{
    const tb_ast_query *q = tb_as_query(cte->ast->query);
    TB_TRY(check_form(b, cte, q));
    const tb_ast_set_op *op = tb_as_set_op(q->body);
    tbi_scope *level = tbi_scope_new(b, cte->level);
    tbi_result base, step;
    if (q->with != NULL)
        TB_TRY(tbi_bind_with(b, level, q->with));
    TB_TRY(tbi_bind_query_body(b, tbi_scope_new(b, level), op->left, NULL, true, &base));
    TB_TRY(declare_columns(b, cte, &base));
    cte->step_id = ++b->stmt->next_cte;
    TB_TRY(tbi_bind_query_body(b, tbi_scope_new(b, level), op->right, NULL, false, &step));
    tb_type *types = TB_NEW_ARRAY(b->arena, tb_type, base.n + 1);
    TB_TRY(tbi_setop_types(b, op, &base, &step, types));
    TB_TRY(check_types(b, cte, &base, types));
    TB_TRY(tbi_convert_result(b, &step, types, "UNION"));
    cte->plan = tbi_finish_ctes(b, level, recursive_node(b, cte, op, &base, &step));
    cte->step_id = 0;
    cte->is_volatile = plan_is_volatile(cte->plan);
    return TB_OK;
}

/* ---- WITH ---- */

static tb_rc new_cte(tbi_bind *b, tbi_scope *level, const tb_ast_cte *ast, tbi_cte **out)
{
    if (ast->search != NULL)
        return TB_UNSUPPORTED(b->err, ast->search->pos, "SEARCH");
    if (ast->cycle != NULL)
        return TB_UNSUPPORTED(b->err, ast->cycle->pos, "CYCLE");
    *out = TB_NEW(b->arena, tbi_cte);
    (*out)->name = ast->name;
    (*out)->ast = ast;
    (*out)->level = level;
    (*out)->id = ++b->stmt->next_cte;
    return TB_OK;
}

static tb_rc check_unique(tbi_bind *b, const tb_ast_list *ctes)
{
    for (uint32_t i = 1; i < ctes->n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(tb_as_cte(ctes->at[i])->name, tb_as_cte(ctes->at[k])->name) == 0)
                return TB_RAISE_AT(b->err, TB_E_DUPLICATE_ALIAS, ctes->at[i]->pos,
                                   "WITH query name \"%s\" specified more than once",
                                   tb_as_cte(ctes->at[i])->name);
    return TB_OK;
}

static tb_rc with_plain(tbi_bind *b, tbi_scope *level, const tb_ast_list *ctes)
{
    for (uint32_t i = 0; i < ctes->n; i++) {
        tbi_cte *cte;
        TB_TRY(new_cte(b, level, tb_as_cte(ctes->at[i]), &cte));
        TB_TRY(bind_plain(b, cte));
        tb_list_push(b->arena, &level->ctes, cte); /* visible from the next one on */
    }
    return TB_OK;
}

/* WITH RECURSIVE: every item sees every other; they are bound in order of dependency. */
typedef struct order_cx {
    tbi_bind *b;
    tbi_cte **all;
    uint32_t n;
    uint8_t *state; /* 0 not seen, 1 on the way, 2 bound */
    TB_LIST(tbi_cte *) bound;
} order_cx;

static tb_rc bind_in_order(order_cx *o, uint32_t i)
{
    tbi_cte *cte = o->all[i];
    TB_TRY(tbi_enter(o->b, cte->ast->base.pos));
    o->state[i] = 1;
    for (uint32_t k = 0; k < o->n; k++) {
        bool needs;
        TB_TRY(mentions(o->b, cte->ast->query, o->all[k]->name, &needs));
        if (!needs)
            continue;
        if (k == i)
            cte->recursive = true;
        else if (o->state[k] == 1)
            return TB_RAISE_AT(o->b->err, TB_E_FEATURE_NOT_SUPPORTED, cte->ast->base.pos,
                               "mutual recursion between WITH items is not implemented");
        else if (o->state[k] == 0)
            TB_TRY(bind_in_order(o, k));
    }
    TB_TRY(cte->recursive ? bind_recursive(o->b, cte) : bind_plain(o->b, cte));
    o->state[i] = 2;
    tb_list_push(o->b->arena, &o->bound, cte);
    tbi_leave(o->b);
    return TB_OK;
}

static tb_rc with_recursive(tbi_bind *b, tbi_scope *level, const tb_ast_list *ctes)
{
    order_cx o = {.b = b, .n = ctes->n};
    o.all = TB_NEW_ARRAY(b->arena, tbi_cte *, ctes->n);
    o.state = TB_NEW_ARRAY(b->arena, uint8_t, ctes->n);
    for (uint32_t i = 0; i < ctes->n; i++) {
        TB_TRY(new_cte(b, level, tb_as_cte(ctes->at[i]), &o.all[i]));
        tb_list_push(b->arena, &level->ctes, o.all[i]);
    }
    for (uint32_t i = 0; i < ctes->n; i++)
        if (o.state[i] == 0)
            TB_TRY(bind_in_order(&o, i));
    memcpy(level->ctes.at, o.bound.at, o.bound.n * sizeof *o.bound.at);
    return TB_OK;
}

tb_rc tbi_bind_with(tbi_bind *b, tbi_scope *level, const tb_ast *with)
{
    const tb_ast_with *w = tb_as_with(with);
    TB_TRY(check_unique(b, &w->ctes));
    return w->recursive ? with_recursive(b, level, &w->ctes) : with_plain(b, level, &w->ctes);
}

/* ---- references ---- */

tbi_cte *tbi_find_cte(tbi_scope *s, const char *name)
{
    for (; s != NULL; s = s->parent)
        for (uint32_t i = 0; i < s->ctes.n; i++)
            if (strcmp(s->ctes.at[i]->name, name) == 0)
                return s->ctes.at[i];
    return NULL;
}

/* A recursion is merged as well, unlike in PostgreSQL: its rows then come as they are asked for, so
 * that a LIMIT above ends an endless one, as PostgreSQL's lazily read CTE does. */
static bool may_inline(const tbi_cte *cte)
{
    return !cte->is_volatile && cte->ast->materialized != TB_MATERIALIZE_ALWAYS;
}

/* NOT MATERIALIZED: every reference after the first gets a binding of its own. */
static tb_rc bind_again(tbi_bind *b, const tbi_cte *cte, tb_plan **plan, tbi_column **cols)
{
    tbi_cte copy = {.name = cte->name, .ast = cte->ast, .level = cte->level};
    TB_TRY(bind_plain(b, &copy));
    *plan = copy.plan;
    *cols = copy.cols;
    for (uint32_t i = 0; i < copy.ncols; i++) {
        tbi_meta *m = tbi_meta_of(b, copy.cols[i].id);
        *m = (tbi_meta){.shape = m->shape};
    }
    return TB_OK;
}

tb_rc tbi_cte_ref(tbi_bind *b, tbi_scope *s, tbi_cte *cte, tb_plan **plan, tbi_column **cols,
                  uint32_t *ncols)
{
    *ncols = cte->ncols;
    bool never = cte->ast->materialized == TB_MATERIALIZE_NEVER && !cte->recursive;
    if (cte->refs > 0 && never && may_inline(cte))
        return bind_again(b, cte, plan, cols);
    tb_plan *p = tb_plan_new(b->arena, TB_P_CTE_REF, NULL, NULL);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, cte->ncols + 1);
    tb_colid *from = TB_NEW_ARRAY(b->arena, tb_colid, cte->ncols + 1);
    *cols = TB_NEW_ARRAY(b->arena, tbi_column, cte->ncols + 1);
    for (uint32_t i = 0; i < cte->ncols; i++) {
        from[i] = cte->cols[i].id;
        out[i] = tbi_new_col(b, cte->cols[i].name, tb_stmt_col_type(b->stmt, from[i]));
        const tbi_shape *shape = tbi_meta_of(b, from[i])->shape;
        tbi_meta_of(b, out[i])->shape = shape;
        (*cols)[i] = (tbi_column){cte->cols[i].name, out[i]};
    }
    p->out = out;
    p->nout = cte->ncols;
    p->cte_ref.id = cte->step_id != 0 ? cte->step_id : cte->id;
    p->cte_ref.name = cte->name;
    p->cte_ref.cols = from;
    if (cte->step_id != 0) {
        s->recursive_step = true;
    } else {
        if (cte->refs == 0)
            cte->first_ref = p;
        cte->refs++;
    }
    *plan = p;
    return TB_OK;
}

/* The reference becomes a projection of the definition. */
static void merge(tbi_bind *b, const tbi_cte *cte)
{
    tb_plan *ref = cte->first_ref;
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, ref->nout + 1);
    for (uint32_t i = 0; i < ref->nout; i++)
        items[i] = (tb_assign){ref->out[i], tbi_col(b, ref->cte_ref.cols[i], -1)};
    *ref = *tbi_project(b, cte->plan, items, ref->nout);
}

tb_plan *tbi_finish_ctes(tbi_bind *b, tbi_scope *level, tb_plan *plan)
{
    for (uint32_t i = level->ctes.n;
         i-- > 0;) { /* the first one is outermost: later ones may read it */
        tbi_cte *cte = level->ctes.at[i];
        if (cte->refs == 0)
            continue;
        bool never = cte->ast->materialized == TB_MATERIALIZE_NEVER && !cte->recursive;
        if (may_inline(cte) && (never || cte->refs == 1)) {
            merge(b, cte);
            continue;
        }
        tb_plan *p = tb_plan_new(b->arena, TB_P_CTE, cte->plan, plan);
        tb_plan_set_out(b->arena, p, plan->out, plan->nout);
        p->cte.id = cte->id;
        p->cte.name = cte->name;
        plan = p;
    }
    return plan;
}
