/* SPDX-License-Identifier: Apache-2.0
 * Expressions: which ones a source can compute (tb_shippable) and how they are written there. The
 * two halves follow the same cases in the same order; what the first lets through the second can
 * write.
 *
 * A subexpression without columns is not written but bound: the gateway evaluates it once, before
 * the statement is sent.
 */
#include "connectors/deparse.h"

#include "connectors/deparse_int.h"
#include "core/array.h"
#include "core/num.h"

#include <math.h>

enum { IN_LIST_MAX = 4096, OR_LIST_MAX = 64, BINDS_MAX = 30000 };

/* ---- lists: op ANY/ALL (array) ---- */

/* The elements of an array constant or constructor; false when they are not at hand. */
static bool array_elements(tb_arena *arena, const tb_expr *array, tb_expr ***elems, uint32_t *n)
{
    if (array->kind == TB_X_ARRAY) {
        *elems = array->list.args;
        *n = array->list.n;
        for (uint32_t i = 0; i < *n; i++)
            if (tb_type_is_array((*elems)[i]->type.id))
                return false;
        return true;
    }
    if (array->kind != TB_X_CONST || array->constant.null || !tb_type_is_array(array->type.id))
        return false;
    tb_array a;
    tb_array_open(&array->constant.d.str, &a);
    if (a.n > IN_LIST_MAX)
        return false;
    *n = a.n;
    *elems = TB_NEW_ARRAY(arena, tb_expr *, a.n);
    for (uint32_t i = 0; i < a.n; i++)
        (*elems)[i] =
            tb_expr_const(arena, (tb_type){a.elem, array->type.typmod}, tb_array_get(&a, arena, i));
    return true;
}

static uint32_t array_count(const tb_expr *array)
{
    if (array->kind == TB_X_ARRAY)
        return array->list.n;
    if (array->kind != TB_X_CONST || array->constant.null || !tb_type_is_array(array->type.id))
        return UINT32_MAX;
    tb_array a;
    tb_array_open(&array->constant.d.str, &a);
    return a.n;
}

/* = ANY or <> ALL of a type the source compares itself: IN and NOT IN. */
static const tb_dialect_rule *in_rule(const tb_dialect *d, const tb_expr *e)
{
    const char *cmp = tb_fn_comparison(e->array_op.fn);
    const tb_dialect_rule *eq = &d->fns[e->array_op.fn];
    const tb_dialect_rule *in = &d->constructs[e->array_op.all ? TB_DC_NOT_IN : TB_DC_IN];
    if (cmp == NULL || strcmp(cmp, e->array_op.all ? "<>" : "=") != 0 ||
        eq->verdict != TB_VERDICT_EXACT || in->verdict != TB_VERDICT_EXACT)
        return NULL;
    if (tb_type_is_string(e->array_op.left->type.id) && d->text[TB_DT_ORDER_TEXT] == NULL)
        return NULL;
    return in;
}

/* ---- values sent ---- */

static bool value_has_form(const tb_dialect *d, const tb_expr *e)
{
    if (e->constant.null || !d->types[e->type.id].partial)
        return true;
    if (e->type.id == TB_T_FLOAT4)
        return !isnan(e->constant.d.f32);
    return e->type.id != TB_T_FLOAT8 || !isnan(e->constant.d.f64);
}

static void note_col(tb_colid col, void *ctx)
{
    (void)col;
    *(bool *)ctx = true;
}

static bool has_columns(const tb_expr *e)
{
    bool found = false;
    tb_expr_each_col(e, note_col, &found);
    return found;
}

bool tbi_is_bind(const tb_dialect *d, const tb_expr *e, bool conditional)
{
    if (!tb_dialect_has_type(d, e->type.id) || has_columns(e) || tb_expr_is_volatile(e) ||
        tb_expr_has_sublink(e))
        return false;
    if (e->kind == TB_X_CONST)
        return value_has_form(d, e);
    return !d->types[e->type.id].partial && !(conditional && tb_expr_may_raise(e));
}

/* ---- shippable ---- */

typedef struct shipper {
    const tb_dialect *d;
    tb_why *why;
    bool conditional; /* inside CASE or COALESCE: evaluated only for some rows */
    uint32_t depth;
} shipper;

/* SQLite's parser holds 100 symbols; a level of nesting takes up to five, and the statement around
 * it some more. */
enum { DEPTH_MAX = 16 };

static tb_verdict no(const shipper *s, tb_push_reason reason, const tb_expr *e, const char *subject)
{
    *s->why = (tb_why){.reason = reason, .expr = e, .subject = subject};
    return TB_VERDICT_NEVER;
}

static tb_verdict ship(shipper *s, const tb_expr *e);

/* All must be exact. */
static tb_verdict ship_all(shipper *s, const tb_expr *e, tb_expr *const *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        tb_verdict v = ship(s, args[i]);
        if (v == TB_VERDICT_SUPERSET)
            return no(s, TB_WHY_NEVER, e, NULL);
        if (v == TB_VERDICT_NEVER)
            return v;
    }
    return TB_VERDICT_EXACT;
}

static tb_verdict ship_call(shipper *s, const tb_expr *e)
{
    const tb_fn_info *info = tb_fn_get(e->call.fn);
    const tb_dialect_rule *rule = &s->d->fns[e->call.fn];
    if (info->flags & TB_FF_VOLATILE)
        return no(s, TB_WHY_VOLATILE, e, info->name);
    if (rule->verdict == TB_VERDICT_NEVER && !tb_dialect_host_fn(s->d, e->call.fn))
        return no(s, rule->listed ? TB_WHY_NEVER : TB_WHY_NOT_LISTED, e, info->name);
    if (ship_all(s, e, e->call.args, e->call.nargs) != TB_VERDICT_EXACT)
        return TB_VERDICT_NEVER;
    return rule->verdict == TB_VERDICT_SUPERSET ? TB_VERDICT_SUPERSET : TB_VERDICT_EXACT;
}

static tb_verdict construct(const shipper *s, tb_dialect_construct c, const tb_expr *e)
{
    const tb_dialect_rule *rule = &s->d->constructs[c];
    if (rule->verdict == TB_VERDICT_EXACT)
        return TB_VERDICT_EXACT;
    return no(s, rule->listed ? TB_WHY_NEVER : TB_WHY_NOT_LISTED, e, tb_expr_kind_name(e->kind));
}

/* A superset may be combined by AND and OR. */
static tb_verdict ship_junction(shipper *s, const tb_expr *e)
{
    if (construct(s, e->kind == TB_X_AND ? TB_DC_AND : TB_DC_OR, e) == TB_VERDICT_NEVER)
        return TB_VERDICT_NEVER;
    tb_verdict all = TB_VERDICT_EXACT;
    for (uint32_t i = 0; i < e->list.n; i++) {
        tb_verdict v = ship(s, e->list.args[i]);
        if (v < all)
            all = v;
        if (v == TB_VERDICT_NEVER)
            return v;
    }
    return all;
}

static const tb_dialect_construct test_construct[] = {
    [TB_IS_NULL] = TB_DC_IS_NULL,   [TB_IS_NOT_NULL] = TB_DC_IS_NOT_NULL,
    [TB_IS_TRUE] = TB_DC_IS_TRUE,   [TB_IS_NOT_TRUE] = TB_DC_IS_NOT_TRUE,
    [TB_IS_FALSE] = TB_DC_IS_FALSE, [TB_IS_NOT_FALSE] = TB_DC_IS_NOT_FALSE,
};

static tb_verdict ship_conditional(shipper *s, const tb_expr *e, tb_expr *const *args, uint32_t n)
{
    bool before = s->conditional;
    s->conditional = true;
    tb_verdict v = ship_all(s, e, args, n);
    s->conditional = before;
    return v;
}

static tb_verdict ship_case(shipper *s, const tb_expr *e)
{
    if (construct(s, TB_DC_CASE, e) == TB_VERDICT_NEVER ||
        ship_conditional(s, e, e->case_.when, e->case_.n) == TB_VERDICT_NEVER ||
        ship_conditional(s, e, e->case_.then, e->case_.n) == TB_VERDICT_NEVER)
        return TB_VERDICT_NEVER;
    return e->case_.otherwise == NULL ? TB_VERDICT_EXACT
                                      : ship_conditional(s, e, &e->case_.otherwise, 1);
}

/* Equality the source computes itself, for constructs that are defined by it. */
static bool native_eq(const tb_dialect *d, tb_fn_id eq, const tb_expr *left)
{
    return d->fns[eq].verdict == TB_VERDICT_EXACT &&
           (!tb_type_is_string(left->type.id) || d->text[TB_DT_ORDER_TEXT] != NULL);
}

static tb_verdict ship_pair(shipper *s, const tb_expr *e, tb_dialect_construct c, tb_fn_id eq,
                            tb_expr *left, tb_expr *right)
{
    tb_expr *both[] = {left, right};
    if (construct(s, c, e) == TB_VERDICT_NEVER)
        return TB_VERDICT_NEVER;
    bool spelled = c == TB_DC_DISTINCT
                       ? native_eq(s->d, eq, left)
                       : s->d->fns[eq].verdict == TB_VERDICT_EXACT || tb_dialect_host_fn(s->d, eq);
    if (!spelled)
        return no(s, TB_WHY_NOT_LISTED, e, tb_fn_get(eq)->name);
    return ship_all(s, e, both, 2);
}

static tb_verdict ship_array_op(shipper *s, const tb_expr *e)
{
    const tb_fn_info *info = tb_fn_get(e->array_op.fn);
    uint32_t n = array_count(e->array_op.array);
    if (n == UINT32_MAX)
        return no(s, TB_WHY_TYPE, e, info->name);
    bool in = in_rule(s->d, e) != NULL;
    if (n > (in ? IN_LIST_MAX : OR_LIST_MAX))
        return no(s, TB_WHY_TYPE, e, info->name);
    if (!in && s->d->fns[e->array_op.fn].verdict != TB_VERDICT_EXACT &&
        !tb_dialect_host_fn(s->d, e->array_op.fn))
        return no(s, TB_WHY_NOT_LISTED, e, info->name);
    if (construct(s, e->array_op.all ? TB_DC_AND : TB_DC_OR, e) == TB_VERDICT_NEVER)
        return TB_VERDICT_NEVER;
    tb_type_id elem = tb_type_elem(e->array_op.array->type.id);
    if (!tb_dialect_has_type(s->d, elem) ||
        (s->d->types[elem].partial && e->array_op.array->kind == TB_X_CONST))
        return no(s, TB_WHY_TYPE, e, info->name);
    if (e->array_op.array->kind == TB_X_ARRAY &&
        ship_all(s, e, e->array_op.array->list.args, n) == TB_VERDICT_NEVER)
        return TB_VERDICT_NEVER;
    return ship_all(s, e, &e->array_op.left, 1);
}

static tb_verdict ship_node(shipper *s, const tb_expr *e)
{
    if (tbi_is_bind(s->d, e, s->conditional))
        return TB_VERDICT_EXACT;
    if (e->kind == TB_X_SUBLINK)
        return no(s, TB_WHY_SUBQUERY, e, NULL);
    if (!tb_dialect_has_type(s->d, e->type.id))
        return no(s, TB_WHY_TYPE, e, tb_type_get(e->type.id)->name);
    if (!has_columns(e) && tb_expr_may_raise(e) && s->conditional)
        return no(s, TB_WHY_MAY_RAISE, e, NULL);
    switch (e->kind) {
    case TB_X_COL:
        return TB_VERDICT_EXACT;
    case TB_X_CALL:
        return ship_call(s, e);
    case TB_X_AND:
    case TB_X_OR:
        return ship_junction(s, e);
    case TB_X_NOT:
        if (construct(s, TB_DC_NOT, e) == TB_VERDICT_NEVER)
            return TB_VERDICT_NEVER;
        return ship_all(s, e, (tb_expr *const *)&e->arg, 1);
    case TB_X_TEST:
        if (construct(s, test_construct[e->test.test], e) == TB_VERDICT_NEVER)
            return TB_VERDICT_NEVER;
        return ship_all(s, e, (tb_expr *const *)&e->test.arg, 1);
    case TB_X_DISTINCT_FROM:
        return ship_pair(s, e, TB_DC_DISTINCT, e->distinct.eq, e->distinct.left, e->distinct.right);
    case TB_X_NULLIF:
        return ship_pair(s, e, TB_DC_CASE, e->nullif_.eq, e->nullif_.left, e->nullif_.right);
    case TB_X_CASE:
        return ship_case(s, e);
    case TB_X_COALESCE:
        if (construct(s, TB_DC_COALESCE, e) == TB_VERDICT_NEVER)
            return TB_VERDICT_NEVER;
        return ship_conditional(s, e, e->list.args, e->list.n);
    case TB_X_ARRAY_OP:
        return ship_array_op(s, e);
    case TB_X_RELABEL:
        if (!tb_dialect_has_type(s->d, e->arg->type.id) ||
            strcmp(s->d->types[e->type.id].remote, s->d->types[e->arg->type.id].remote) != 0)
            return no(s, TB_WHY_TYPE, e, tb_type_get(e->type.id)->name);
        return ship(s, e->arg);
    case TB_X_CONST: /* no form there, or it would have been bound */
    case TB_X_PARAM:
    case TB_X_CASE_VALUE:
    case TB_X_ROW:
    case TB_X_ARRAY:
    case TB_X_ARRAY_CAST:
    case TB_X_SUBSCRIPT:
    case TB_X_FIELD:
        return no(s, TB_WHY_TYPE, e, tb_type_get(e->type.id)->name);
    case TB_X_GREATEST:
    case TB_X_LEAST:
    case TB_X_IO_CAST:
        return no(s, TB_WHY_NOT_LISTED, e, tb_expr_kind_name(e->kind));
    case TB_X_SUBLINK:
    case TB_EXPR_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

/* How many levels write_junction() makes of a list. */
static uint32_t junction_levels(const tb_expr *e)
{
    uint32_t levels = 0;
    if (e->kind == TB_X_AND || e->kind == TB_X_OR)
        while (e->list.n > 1u << levels)
            levels++;
    return levels > 0 ? levels : 1;
}

static tb_verdict ship(shipper *s, const tb_expr *e)
{
    uint32_t levels = junction_levels(e);
    s->depth += levels;
    tb_verdict v =
        s->depth <= DEPTH_MAX || e->kind == TB_X_COL || tbi_is_bind(s->d, e, s->conditional)
            ? ship_node(s, e)
            : no(s, TB_WHY_DEPTH, e, NULL);
    s->depth -= levels;
    return v;
}

tb_verdict tb_shippable(const tb_dialect *dialect, const tb_expr *e, tb_why *why)
{
    shipper s = {.d = dialect, .why = why};
    return ship(&s, e);
}

bool tb_sortable(const tb_dialect *dialect, tb_type_id type)
{
    static const tb_type_id natural[] = {TB_T_BOOL, TB_T_INT2, TB_T_INT4,
                                         TB_T_INT8, TB_T_TEXT, TB_T_VARCHAR};
    if (!dialect->on[TB_DS_SORT] || !tb_dialect_has_type(dialect, type))
        return false;
    for (size_t i = 0; i < TB_COUNT(natural); i++)
        if (natural[i] == type)
            return true;
    return false;
}

/* ---- writing ---- */

void tbi_deparse_quoted(tbi_deparser *dp, const char *name)
{
    char quote = dp->d->text[TB_DT_QUOTE][0];
    tb_buf_putc(&dp->sql, quote);
    for (; *name; name++) {
        if (*name == quote)
            tb_buf_putc(&dp->sql, quote);
        tb_buf_putc(&dp->sql, *name);
    }
    tb_buf_putc(&dp->sql, quote);
}

void tbi_deparse_placeholder(tbi_deparser *dp, uint32_t number, tb_type_id type)
{
    for (const char *t = dp->d->text[TB_DT_PLACEHOLDER]; *t; t++) {
        if (t[0] != '$') {
            tb_buf_putc(&dp->sql, *t);
            continue;
        }
        t++;
        if (*t == 'n')
            tb_buf_printf(&dp->sql, "%u", number);
        else if (*t == 't')
            tb_buf_puts(&dp->sql, dp->d->types[type].remote);
        else if (*t == '$')
            tb_buf_putc(&dp->sql, '$');
        else
            t--;
    }
}

void tbi_deparse_bind(tbi_deparser *dp, const tb_expr *e)
{
    tb_list_push(dp->arena, &dp->binds, (tb_expr *)e);
    tbi_deparse_placeholder(dp, dp->binds.n, e->type.id);
}

/* Fills a template; arguments are written as they come. Anything but a function call is put in
 * parentheses. */
static tb_rc fill(tbi_deparser *dp, const char *template_, tb_expr *const *args, uint32_t n,
                  tb_error *err)
{
    bool call =
        strspn(template_, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") > 0 &&
        template_[strlen(template_) - 1] == ')' && strchr(template_, ' ') == NULL;
    uint32_t next = 0;
    tb_buf_puts(&dp->sql, call ? "" : "(");
    for (const char *t = template_; *t; t++) {
        if (*t != '$') {
            tb_buf_putc(&dp->sql, *t);
            continue;
        }
        t++;
        uint32_t from = *t == '*' ? next : (uint32_t)(*t - '1'), to = *t == '*' ? n : from + 1;
        if (to > n)
            return TB_RAISE(err, TB_E_INTERNAL_ERROR,
                            "a dialect template has more arguments than its function");
        for (uint32_t i = from; i < to; i++) {
            tb_buf_puts(&dp->sql, i > from ? ", " : "");
            TB_TRY(tbi_deparse_expr(dp, args[i], err));
        }
        next = to;
    }
    tb_buf_puts(&dp->sql, call ? "" : ")");
    return TB_OK;
}

static tb_rc write_call(tbi_deparser *dp, tb_fn_id fn, tb_expr *const *args, uint32_t n,
                        tb_error *err)
{
    const tb_dialect_rule *rule = &dp->d->fns[fn];
    if (rule->verdict != TB_VERDICT_NEVER)
        return fill(dp, rule->template_, args, n, err);
    if (!tb_dialect_host_fn(dp->d, fn))
        return TB_RAISE(err, TB_E_INTERNAL_ERROR,
                        "function %s was pushed to a source that has no spelling for it",
                        tb_fn_get(fn)->name);
    tb_buf_printf(&dp->sql, "%s%s(", dp->d->text[TB_DT_HOST_PREFIX], tb_fn_get(fn)->id);
    for (uint32_t i = 0; i < n; i++) {
        tb_buf_puts(&dp->sql, i > 0 ? ", " : "");
        TB_TRY(tbi_deparse_expr(dp, args[i], err));
    }
    tb_buf_putc(&dp->sql, ')');
    return TB_OK;
}

/* A long list as a balanced tree: sources limit the depth of expressions. */
static tb_rc write_junction(tbi_deparser *dp, tb_dialect_construct c, tb_expr *const *args,
                            uint32_t n, tb_error *err)
{
    if (n == 1)
        return tbi_deparse_expr(dp, args[0], err);
    tb_buf_putc(&dp->sql, '(');
    for (const char *t = dp->d->constructs[c].template_; *t; t++) {
        if (t[0] == '$' && t[1] == '1')
            TB_TRY(write_junction(dp, c, args, n / 2, err));
        else if (t[0] == '$' && t[1] == '2')
            TB_TRY(write_junction(dp, c, args + n / 2, n - n / 2, err));
        else
            tb_buf_putc(&dp->sql, *t);
        t += *t == '$';
    }
    tb_buf_putc(&dp->sql, ')');
    return TB_OK;
}

static tb_rc write_case(tbi_deparser *dp, const tb_expr *e, tb_error *err)
{
    tb_buf_puts(&dp->sql, "CASE");
    for (uint32_t i = 0; i < e->case_.n; i++) {
        tb_buf_puts(&dp->sql, " WHEN ");
        TB_TRY(tbi_deparse_expr(dp, e->case_.when[i], err));
        tb_buf_puts(&dp->sql, " THEN ");
        TB_TRY(tbi_deparse_expr(dp, e->case_.then[i], err));
    }
    if (e->case_.otherwise != NULL) {
        tb_buf_puts(&dp->sql, " ELSE ");
        TB_TRY(tbi_deparse_expr(dp, e->case_.otherwise, err));
    }
    tb_buf_puts(&dp->sql, " END");
    return TB_OK;
}

static tb_rc write_nullif(tbi_deparser *dp, const tb_expr *e, tb_error *err)
{
    tb_expr *both[] = {e->nullif_.left, e->nullif_.right};
    tb_buf_puts(&dp->sql, "CASE WHEN ");
    TB_TRY(write_call(dp, e->nullif_.eq, both, 2, err));
    tb_buf_printf(&dp->sql, " THEN %s ELSE ", dp->d->text[TB_DT_NULL]);
    TB_TRY(tbi_deparse_expr(dp, e->nullif_.left, err));
    tb_buf_puts(&dp->sql, " END");
    return TB_OK;
}

/* The left side of a construct defined by equality: strings under code point order. */
static tb_rc write_exact_string(tbi_deparser *dp, const tb_expr *left, tb_error *err)
{
    if (!tb_type_is_string(left->type.id))
        return tbi_deparse_expr(dp, left, err);
    for (const char *t = dp->d->text[TB_DT_ORDER_TEXT]; *t; t++) {
        if (t[0] == '$' && t[1] == '1') {
            TB_TRY(tbi_deparse_expr(dp, left, err));
            t++;
        } else {
            tb_buf_putc(&dp->sql, *t);
        }
    }
    return TB_OK;
}

static tb_rc write_distinct(tbi_deparser *dp, const tb_expr *e, tb_error *err)
{
    tb_buf_putc(&dp->sql, '(');
    for (const char *t = dp->d->constructs[TB_DC_DISTINCT].template_; *t; t++) {
        if (t[0] == '$' && t[1] == '1')
            TB_TRY(write_exact_string(dp, e->distinct.left, err));
        else if (t[0] == '$' && t[1] == '2')
            TB_TRY(tbi_deparse_expr(dp, e->distinct.right, err));
        else
            tb_buf_putc(&dp->sql, *t);
        t += *t == '$';
    }
    tb_buf_putc(&dp->sql, ')');
    return TB_OK;
}

static tb_rc write_in(tbi_deparser *dp, const char *template_, const tb_expr *left,
                      tb_expr *const *elems, uint32_t n, tb_error *err)
{
    tb_buf_putc(&dp->sql, '(');
    for (const char *t = template_; *t; t++) {
        if (t[0] == '$' && t[1] == '1') {
            TB_TRY(write_exact_string(dp, left, err));
        } else if (t[0] == '$' && t[1] == '*') {
            for (uint32_t i = 0; i < n; i++) {
                tb_buf_puts(&dp->sql, i > 0 ? ", " : "");
                TB_TRY(tbi_deparse_expr(dp, elems[i], err));
            }
        } else {
            tb_buf_putc(&dp->sql, *t);
        }
        t += *t == '$';
    }
    tb_buf_putc(&dp->sql, ')');
    return TB_OK;
}

static tb_rc write_array_op(tbi_deparser *dp, const tb_expr *e, tb_error *err)
{
    tb_expr **elems;
    uint32_t n;
    if (!array_elements(dp->arena, e->array_op.array, &elems, &n))
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "an array was pushed to a source");
    if (n == 0) {
        tb_buf_puts(&dp->sql, dp->d->text[e->array_op.all ? TB_DT_TRUE : TB_DT_FALSE]);
        return TB_OK;
    }
    const tb_dialect_rule *in = in_rule(dp->d, e);
    if (in != NULL)
        return write_in(dp, in->template_, e->array_op.left, elems, n, err);
    tb_expr **calls = TB_NEW_ARRAY(dp->arena, tb_expr *, n);
    for (uint32_t i = 0; i < n; i++)
        calls[i] = tb_expr_call2(dp->arena, e->array_op.fn, e->type, e->array_op.left, elems[i]);
    return write_junction(dp, e->array_op.all ? TB_DC_AND : TB_DC_OR, calls, n, err);
}

static tb_rc write_bind(tbi_deparser *dp, const tb_expr *e, tb_error *err)
{
    if (e->kind == TB_X_CONST && e->constant.null) {
        tb_buf_puts(&dp->sql, dp->d->text[TB_DT_NULL]);
    } else if (e->kind == TB_X_CONST && e->type.id == TB_T_BOOL) {
        tb_buf_puts(&dp->sql, dp->d->text[e->constant.d.b ? TB_DT_TRUE : TB_DT_FALSE]);
    } else if (dp->binds.n >= BINDS_MAX) {
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "the statement for a source would have more than %d values", BINDS_MAX);
    } else {
        tbi_deparse_bind(dp, e);
    }
    return TB_OK;
}

tb_rc tbi_deparse_expr(tbi_deparser *dp, const tb_expr *e, tb_error *err)
{
    if (tbi_is_bind(dp->d, e, false))
        return write_bind(dp, e, err);
    switch (e->kind) {
    case TB_X_COL:
        return dp->column(dp, e->col, err);
    case TB_X_CALL:
        return write_call(dp, e->call.fn, e->call.args, e->call.nargs, err);
    case TB_X_AND:
        return write_junction(dp, TB_DC_AND, e->list.args, e->list.n, err);
    case TB_X_OR:
        return write_junction(dp, TB_DC_OR, e->list.args, e->list.n, err);
    case TB_X_NOT:
        return fill(dp, dp->d->constructs[TB_DC_NOT].template_, (tb_expr *const *)&e->arg, 1, err);
    case TB_X_TEST:
        return fill(dp, dp->d->constructs[test_construct[e->test.test]].template_,
                    (tb_expr *const *)&e->test.arg, 1, err);
    case TB_X_DISTINCT_FROM:
        return write_distinct(dp, e, err);
    case TB_X_NULLIF:
        return write_nullif(dp, e, err);
    case TB_X_CASE:
        return write_case(dp, e, err);
    case TB_X_COALESCE:
        if (e->list.n == 1)
            return tbi_deparse_expr(dp, e->list.args[0], err);
        return fill(dp, dp->d->constructs[TB_DC_COALESCE].template_, e->list.args, e->list.n, err);
    case TB_X_ARRAY_OP:
        return write_array_op(dp, e, err);
    case TB_X_RELABEL:
        return tbi_deparse_expr(dp, e->arg, err);
    case TB_X_CONST:
    case TB_X_PARAM:
    case TB_X_CASE_VALUE:
    case TB_X_ROW:
    case TB_X_ARRAY:
    case TB_X_ARRAY_CAST:
    case TB_X_SUBSCRIPT:
    case TB_X_FIELD:
    case TB_X_GREATEST:
    case TB_X_LEAST:
    case TB_X_IO_CAST:
    case TB_X_SUBLINK:
    case TB_EXPR_KIND_COUNT:
        break;
    }
    return TB_RAISE(err, TB_E_INTERNAL_ERROR, "a %s expression cannot be written for a source",
                    tb_expr_kind_name(e->kind));
}
