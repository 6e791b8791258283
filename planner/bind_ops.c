/* SPDX-License-Identifier: Apache-2.0
 * Operators: plain ones, op ANY/ALL (array), IN, BETWEEN, LIKE, IS DISTINCT FROM, IS NULL,
 * comparisons of rows.
 *
 * Forms that use an operand twice (BETWEEN, an ordering of rows) bind its text twice when it holds
 * a subquery, so that no plan node is shared, and refuse it when it is volatile.
 */
#include "planner/bind_int.h"

tb_rc tbi_op_name(tbi_bind *b, const tb_qname *name, const char **out)
{
    *out = name->name;
    if (name->schema != NULL && strcmp(name->schema, "pg_catalog") != 0)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_FUNCTION, name->pos,
                           "operator does not exist: %s.%s", name->schema, name->name);
    return TB_OK;
}

tb_rc tbi_again(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_expr *e, tb_expr **out)
{
    *out = e;
    if (tb_expr_is_volatile(e))
        return TB_UNSUPPORTED(b->err, ast->pos, "a volatile operand that is evaluated twice");
    if (tb_expr_has_sublink(e))
        return tbi_bind_expr(b, s, ast, out);
    return TB_OK;
}

/* ---- rows ---- */

/* One comparison of a row's fields; it must be boolean. */
static tb_rc compare_field(tbi_bind *b, const char *op, tb_expr *left, tb_expr *right, int pos,
                           tb_expr **out)
{
    TB_TRY(tbi_operator(b, op, left, right, pos, out));
    if ((*out)->type.id != TB_T_BOOL)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                           "row comparison operator must yield type boolean, not type %s",
                           tbi_type_name(b, (*out)->type.id));
    return TB_OK;
}

/* (a, b, c) < (x, y, z): a < x OR (a = x AND (b < y OR (b = y AND c < z))); with <= only the last
 * is <=. */
static tb_rc order_rows(tbi_bind *b, const char *op, tb_expr **left, tb_expr **right, uint32_t n,
                        int pos, tb_expr **out)
{
    const char strict[2] = {op[0], '\0'};
    tb_expr *rest = NULL;
    for (uint32_t i = n; i-- > 0;) {
        tb_expr *cmp;
        bool last = i == n - 1;
        TB_TRY(compare_field(b, last ? op : strict, left[i], right[i], pos, &cmp));
        if (!last) {
            if (tb_expr_is_volatile(left[i]) || tb_expr_is_volatile(right[i]) ||
                tb_expr_has_sublink(left[i]) || tb_expr_has_sublink(right[i]))
                return TB_UNSUPPORTED(b->err, pos,
                                      "a subquery or volatile function in an ordering of rows");
            tb_expr *both[2];
            TB_TRY(compare_field(b, "=", left[i], right[i], pos, &both[0]));
            both[1] = rest;
            tb_expr *either[2] = {cmp, tb_expr_and(b->arena, both, 2)};
            cmp = tb_expr_or(b->arena, either, 2);
        }
        rest = cmp;
    }
    *out = rest;
    return TB_OK;
}

static bool is_one_of(const char *op, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(op, names[i]) == 0)
            return true;
    return false;
}

tb_rc tbi_row_compare(tbi_bind *b, const char *op, tb_expr **left, uint32_t nleft, tb_expr **right,
                      uint32_t nright, int pos, tb_expr **out)
{
    static const char *const orders[] = {"<", "<=", ">", ">="};
    if (nleft != nright)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, pos,
                           "unequal number of entries in row expressions");
    if (nleft == 0)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "cannot compare rows of zero length");
    if (nleft == 1)
        return compare_field(b, op, left[0], right[0], pos, out);
    if (is_one_of(op, orders, TB_COUNT(orders)))
        return order_rows(b, op, left, right, nleft, pos, out);
    tb_expr **terms = TB_NEW_ARRAY(b->arena, tb_expr *, nleft);
    for (uint32_t i = 0; i < nleft; i++)
        TB_TRY(compare_field(b, op, left[i], right[i], pos, &terms[i]));
    if (strcmp(op, "=") != 0 && strcmp(op, "<>") != 0) {
        TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                    "could not determine interpretation of row comparison operator %s", op);
        tb_error_hint(b->err, "Row comparison operators must be associated with btree operator "
                              "families.");
        return TB_FAIL;
    }
    *out = op[0] == '=' ? tb_expr_and(b->arena, terms, nleft) : tb_expr_or(b->arena, terms, nleft);
    return TB_OK;
}

static bool is_row(const tb_ast *ast)
{
    return ast != NULL && ast->kind == TB_AST_ROW;
}

static tb_rc rows(tbi_bind *b, tbi_scope *s, const char *op, const tb_ast *left,
                  const tb_ast *right, int pos, tb_expr **out)
{
    tb_expr **l, **r;
    uint32_t nl, nr;
    TB_TRY(tbi_exprs_star(b, s, &tb_as_row(left)->items, &nl, &l));
    TB_TRY(tbi_exprs_star(b, s, &tb_as_row(right)->items, &nr, &r));
    return tbi_row_compare(b, op, l, nl, r, nr, pos, out);
}

/* ---- operators ---- */

tb_rc tbi_bind_op_expr(tbi_bind *b, tbi_scope *s, const tb_ast_op *op, tb_expr **out)
{
    const char *name;
    TB_TRY(tbi_op_name(b, &op->name, &name));
    if (is_row(op->left) && is_row(op->right))
        return rows(b, s, name, op->left, op->right, op->base.pos, out);
    if (is_row(op->left) && op->right->kind == TB_AST_SUBLINK &&
        tb_as_sublink(op->right)->sublink == TB_SUBLINK_SCALAR)
        return tbi_row_subquery(b, s, name, tb_as_row(op->left), tb_as_sublink(op->right),
                                op->base.pos, out);
    tb_expr *left, *right;
    if (op->left == NULL) {
        TB_TRY(tbi_bind_expr(b, s, op->right, &right));
        return tbi_prefix_operator(b, name, right, op->base.pos, out);
    }
    TB_TRY(tbi_bind_expr(b, s, op->left, &left));
    TB_TRY(tbi_bind_expr(b, s, op->right, &right));
    return tbi_operator(b, name, left, right, op->base.pos, out);
}

/* left op ANY|ALL (array): the operator is chosen for the element type. */
static tb_rc array_op(tbi_bind *b, const char *name, bool all, tb_expr *left, tb_expr *array,
                      int pos, tb_expr **out)
{
    tb_type_id elem = array->type.id == TB_T_UNKNOWN ? TB_T_UNKNOWN : tbi_elem_type(array->type.id);
    if (elem == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, pos,
                           "op ANY/ALL (array) requires array on right side");
    tb_type_id types[2] = {left->type.id, elem};
    tbi_choice op;
    TB_TRY(tbi_resolve_operator(b, name, types, 2, pos, &op));
    if (op.ret != TB_T_BOOL)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, pos,
                           "op ANY/ALL (array) requires operator to yield boolean");
    tb_type_id want = array->type.id;
    if (!tbi_is_polymorphic(op.args[1]) && op.args[1] != TB_T_ANY) {
        want = tbi_array_type(op.args[1]);
        if (want == TB_T_NONE)
            return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, pos,
                               "could not find array type for data type %s",
                               tbi_type_name(b, op.args[1]));
    }
    TB_TRY(tbi_coerce(b, left, tb_type_of(op.args[0]), TB_CAST_IMPLICIT, &left));
    TB_TRY(tbi_coerce(b, array, tb_type_of(want), TB_CAST_IMPLICIT, &array));
    tb_expr *e = tb_expr_new(b->arena, TB_X_ARRAY_OP, tb_type_of(TB_T_BOOL), pos);
    e->array_op.fn = op.fn;
    e->array_op.all = all;
    e->array_op.left = left;
    e->array_op.array = array;
    *out = e;
    return TB_OK;
}

tb_rc tbi_bind_op_any(tbi_bind *b, tbi_scope *s, const tb_ast_op_any *op, tb_expr **out)
{
    const char *name;
    TB_TRY(tbi_op_name(b, &op->name, &name));
    tb_expr *left, *right;
    TB_TRY(tbi_bind_expr(b, s, op->left, &left));
    TB_TRY(tbi_bind_expr(b, s, op->right, &right));
    return array_op(b, name, op->all, left, right, op->base.pos, out);
}

/* ---- IN (list) ---- */

static bool has_column(const tb_expr *e);

static tb_rc column_below(tb_expr *e, void *ctx, tb_error *err)
{
    (void)err;
    bool *found = ctx;
    *found = *found || has_column(e);
    return TB_OK;
}

static bool has_column(const tb_expr *e)
{
    bool found = e->kind == TB_X_COL || e->kind == TB_X_SUBLINK;
    tb_error none = {0};
    tb_rc rc = tb_expr_each_child((tb_expr *)e, column_below, &found, &none);
    return rc == TB_OK && found;
}

/* The items without columns as one array, when they have a common type: *out is NULL when they have
 * not. */
static tb_rc in_array(tbi_bind *b, const tb_ast_in_list *in, tb_expr *left, tb_expr **items,
                      uint32_t n, tb_expr **out)
{
    *out = NULL;
    tb_expr **all = TB_NEW_ARRAY(b->arena, tb_expr *, n + 1);
    all[0] = left;
    memcpy(all + 1, items, n * sizeof *items);
    tb_type_id type = tbi_common_type(b, all, n + 1, NULL);
    for (uint32_t i = 0; i <= n && type != TB_T_NONE; i++)
        if (!tbi_can_coerce(&all[i]->type.id, &type, 1, TB_CAST_IMPLICIT))
            type = TB_T_NONE;
    tb_type_id array = type == TB_T_NONE || type == TB_T_RECORD ? TB_T_NONE : tbi_array_type(type);
    if (array == TB_T_NONE)
        return TB_OK;
    tb_expr *list = tb_expr_new(b->arena, TB_X_ARRAY, tb_type_of(array), in->base.pos);
    list->list.n = n;
    list->list.args = TB_NEW_ARRAY(b->arena, tb_expr *, n);
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(tbi_to_common_type(b, items[i], type, "IN", &list->list.args[i]));
    return array_op(b, in->negated ? "<>" : "=", in->negated, left, list, in->base.pos, out);
}

/* left = item, rows field by field. */
static tb_rc in_item(tbi_bind *b, tbi_scope *s, const tb_ast_in_list *in, const tb_ast *item,
                     tb_expr *left, tb_expr *right, tb_expr **out)
{
    const char *op = in->negated ? "<>" : "=";
    if (is_row(in->left) && is_row(item))
        return rows(b, s, op, in->left, item, in->base.pos, out);
    TB_TRY(tbi_operator(b, op, left, right, in->base.pos, out));
    return tbi_coerce_clause(b, *out, TB_T_BOOL, "IN", out);
}

tb_rc tbi_bind_in_list(tbi_bind *b, tbi_scope *s, const tb_ast_in_list *in, tb_expr **out)
{
    uint32_t n = in->items.n, nplain = 0, nterms = 0;
    tb_expr *left, **items, **plain = TB_NEW_ARRAY(b->arena, tb_expr *, n);
    tb_expr **terms = TB_NEW_ARRAY(b->arena, tb_expr *, n + 1);
    TB_TRY(tbi_bind_expr(b, s, in->left, &left));
    TB_TRY(tbi_bind_exprs(b, s, &in->items, &items));
    for (uint32_t i = 0; i < n; i++)
        if (!has_column(items[i]))
            plain[nplain++] = items[i];
    tb_expr *array = NULL;
    if (nplain > 1)
        TB_TRY(in_array(b, in, left, plain, nplain, &array));
    if (array != NULL)
        terms[nterms++] = array;
    for (uint32_t i = 0; i < n; i++) {
        if (array != NULL && !has_column(items[i]))
            continue;
        tb_expr *l = left;
        if (nterms > 0)
            TB_TRY(tbi_again(b, s, in->left, left, &l));
        TB_TRY(in_item(b, s, in, in->items.at[i], l, items[i], &terms[nterms]));
        nterms++;
    }
    *out = in->negated ? tb_expr_and(b->arena, terms, nterms) : tb_expr_or(b->arena, terms, nterms);
    return TB_OK;
}

/* ---- BETWEEN, LIKE ---- */

static tb_rc one_between(tbi_bind *b, const tb_ast_between *bt, tb_expr *arg, tb_expr *arg2,
                         tb_expr *low, tb_expr *high, tb_expr **out)
{
    tb_expr *terms[2];
    int pos = bt->base.pos;
    TB_TRY(tbi_operator(b, bt->negated ? "<" : ">=", arg, low, pos, &terms[0]));
    TB_TRY(tbi_operator(b, bt->negated ? ">" : "<=", arg2, high, pos, &terms[1]));
    *out = bt->negated ? tb_expr_or(b->arena, terms, 2) : tb_expr_and(b->arena, terms, 2);
    return TB_OK;
}

tb_rc tbi_bind_between(tbi_bind *b, tbi_scope *s, const tb_ast_between *bt, tb_expr **out)
{
    tb_expr *arg, *arg2, *low, *high;
    TB_TRY(tbi_bind_expr(b, s, bt->arg, &arg));
    TB_TRY(tbi_again(b, s, bt->arg, arg, &arg2));
    TB_TRY(tbi_bind_expr(b, s, bt->low, &low));
    TB_TRY(tbi_bind_expr(b, s, bt->high, &high));
    TB_TRY(one_between(b, bt, arg, arg2, low, high, out));
    if (!bt->symmetric)
        return TB_OK;
    tb_expr *both[2] = {*out};
    TB_TRY(tbi_again(b, s, bt->arg, arg, &arg));
    TB_TRY(tbi_again(b, s, bt->arg, arg2, &arg2));
    TB_TRY(tbi_again(b, s, bt->low, low, &low));
    TB_TRY(tbi_again(b, s, bt->high, high, &high));
    TB_TRY(one_between(b, bt, arg, arg2, high, low, &both[1]));
    *out = bt->negated ? tb_expr_and(b->arena, both, 2) : tb_expr_or(b->arena, both, 2);
    return TB_OK;
}

tb_rc tbi_bind_like(tbi_bind *b, tbi_scope *s, const tb_ast_like *like, tb_expr **out)
{
    static const char *const ops[3][2] = {
        [TB_LIKE] = {"~~", "!~~"}, [TB_ILIKE] = {"~~*", "!~~*"}, [TB_SIMILAR] = {"~", "!~"}};
    int pos = like->base.pos;
    tb_expr *left, *args[2];
    uint32_t nargs = like->escape != NULL ? 2 : 1;
    TB_TRY(tbi_bind_expr(b, s, like->left, &left));
    TB_TRY(tbi_bind_expr(b, s, like->pattern, &args[0]));
    if (like->escape != NULL)
        TB_TRY(tbi_bind_expr(b, s, like->escape, &args[1]));
    if (like->op == TB_SIMILAR)
        TB_TRY(tbi_call_named(b, "similar_to_escape", args, nargs, pos, &args[0]));
    else if (like->escape != NULL)
        TB_TRY(tbi_call_named(b, "like_escape", args, nargs, pos, &args[0]));
    return tbi_operator(b, ops[like->op][like->negated], left, args[0], pos, out);
}

/* ---- IS DISTINCT FROM, IS NULL ---- */

tb_rc tbi_make_distinct(tbi_bind *b, tb_expr *left, tb_expr *right, int pos, tb_expr **out)
{
    tb_expr *eq;
    TB_TRY(tbi_operator(b, "=", left, right, pos, &eq));
    if (eq->type.id != TB_T_BOOL)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                           "IS DISTINCT FROM requires = operator to yield boolean");
    tb_expr *e = tb_expr_new(b->arena, TB_X_DISTINCT_FROM, tb_type_of(TB_T_BOOL), pos);
    e->distinct.eq = eq->call.fn;
    e->distinct.left = eq->call.args[0];
    e->distinct.right = eq->call.args[1];
    *out = e;
    return TB_OK;
}

static tb_expr *null_test(tbi_bind *b, tb_expr *arg, bool negated, int pos)
{
    tb_expr *e = tb_expr_new(b->arena, TB_X_TEST, tb_type_of(TB_T_BOOL), pos);
    e->test.test = negated ? TB_IS_NOT_NULL : TB_IS_NULL;
    e->test.arg = arg;
    return e;
}

/* A row IS [NOT] NULL when every field is [not] NULL; a field that is itself a row is never NULL.
 */
static tb_expr *row_null_test(tbi_bind *b, const tb_expr *row, bool negated, int pos)
{
    tb_expr **terms = TB_NEW_ARRAY(b->arena, tb_expr *, row->list.n + 1);
    for (uint32_t i = 0; i < row->list.n; i++)
        terms[i] = row->list.args[i]->kind == TB_X_ROW
                       ? tb_expr_bool(b->arena, negated)
                       : null_test(b, row->list.args[i], negated, pos);
    return tb_expr_and(b->arena, terms, row->list.n);
}

tb_rc tbi_bind_null_test(tbi_bind *b, tbi_scope *s, const tb_ast_null_test *t, tb_expr **out)
{
    tb_expr *arg;
    TB_TRY(tbi_bind_expr(b, s, t->arg, &arg));
    *out = arg->kind == TB_X_ROW ? row_null_test(b, arg, t->negated, t->base.pos)
                                 : null_test(b, arg, t->negated, t->base.pos);
    return TB_OK;
}

static tb_rc distinct_rows(tbi_bind *b, tbi_scope *s, const tb_ast_distinct_from *d, tb_expr **out)
{
    tb_expr **l, **r, **terms;
    uint32_t nl, nr;
    TB_TRY(tbi_exprs_star(b, s, &tb_as_row(d->left)->items, &nl, &l));
    TB_TRY(tbi_exprs_star(b, s, &tb_as_row(d->right)->items, &nr, &r));
    if (nl != nr)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, d->base.pos,
                           "unequal number of entries in row expressions");
    terms = TB_NEW_ARRAY(b->arena, tb_expr *, nl + 1);
    for (uint32_t i = 0; i < nl; i++)
        TB_TRY(tbi_make_distinct(b, l[i], r[i], d->base.pos, &terms[i]));
    *out = tb_expr_or(b->arena, terms, nl);
    return TB_OK;
}

static bool is_null_literal(const tb_ast *ast)
{
    return ast->kind == TB_AST_NULL;
}

tb_rc tbi_bind_distinct_from(tbi_bind *b, tbi_scope *s, const tb_ast_distinct_from *d,
                             tb_expr **out)
{
    tb_expr *left, *right;
    if (is_row(d->left) && is_row(d->right)) {
        TB_TRY(distinct_rows(b, s, d, out));
    } else if (is_null_literal(d->left) || is_null_literal(d->right)) {
        const tb_ast *arg = is_null_literal(d->right) ? d->left : d->right;
        TB_TRY(tbi_bind_expr(b, s, arg, &left));
        *out = null_test(b, left, true, d->base.pos);
    } else {
        TB_TRY(tbi_bind_expr(b, s, d->left, &left));
        TB_TRY(tbi_bind_expr(b, s, d->right, &right));
        TB_TRY(tbi_make_distinct(b, left, right, d->base.pos, out));
    }
    if (d->negated)
        *out = tb_expr_not(b->arena, *out);
    return TB_OK;
}
