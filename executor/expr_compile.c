/* SPDX-License-Identifier: Apache-2.0
 * From bound expressions to register programs.
 *
 * Common subexpressions are computed once: an expression seen before within the selections that
 * enclose the current one is found again in `seen`. Leaving a selection forgets what was computed
 * inside it.
 *
 * Entry points: tbi_prog_exprs, tbi_prog_filter.
 */
#include "executor/eval_int.h"

#include "executor/executor.h"

typedef struct seen_expr {
    uint64_t hash;
    const tb_expr *e;
    uint32_t reg;
} seen_expr;

typedef struct compiler {
    tb_arena *arena;
    const tbi_scope *sc;
    tbi_prog *p;
    TB_LIST(seen_expr) seen;
    uint32_t depth;
    tb_error *err;
} compiler;

static tb_rc compile(compiler *c, const tb_expr *e, uint32_t *reg);

static uint32_t add_reg(compiler *c, tbi_reg r)
{
    tb_list_push(c->arena, &c->p->regs, r);
    return c->p->regs.n - 1;
}

static uint32_t temp(compiler *c, tb_type_id type)
{
    return add_reg(c, (tbi_reg){.kind = TBI_REG_TEMP, .type = type});
}

static uint32_t const_reg(compiler *c, tb_type_id type, const tb_value *v)
{
    return add_reg(c, (tbi_reg){.kind = TBI_REG_CONST, .type = type, .value = v});
}

static uint32_t emit(compiler *c, tbi_instr in)
{
    tb_list_push(c->arena, &c->p->code, in);
    return c->p->code.n - 1;
}

static void land(compiler *c, uint32_t instr)
{
    c->p->code.at[instr].target = c->p->code.n;
}

/* ---- selections ---- */

static void enter(compiler *c)
{
    if (++c->depth > c->p->depth)
        c->p->depth = c->depth;
}

static void leave(compiler *c, uint32_t seen)
{
    emit(c, (tbi_instr){.op = TBI_OP_POP});
    c->depth--;
    c->seen.n = seen;
}

/* ---- where values come from ---- */

typedef struct col_use {
    const tbi_scope *sc;
    bool hide;
} col_use;

static void use_col(tb_colid col, void *ctx)
{
    col_use *u = ctx;
    for (uint32_t i = 0; i < u->sc->ncols; i++) {
        if (u->sc->cols[i] == col) {
            u->hide |= u->sc->protected_;
            return;
        }
    }
    for (const tbi_outer *o = u->sc->outer; o != NULL; o = o->up)
        u->hide |= o->protected_;
}

/* Does the expression read a department's columns? */
static bool reads_department(const compiler *c, const tb_expr *e)
{
    col_use u = {.sc = c->sc};
    if (c->sc->elem != TB_T_NONE)
        return c->sc->protected_;
    tb_expr_each_col(e, use_col, &u);
    return u.hide;
}

static tb_rc compile_col(compiler *c, const tb_expr *e, uint32_t *reg)
{
    const tbi_scope *sc = c->sc;
    for (uint32_t i = 0; i < sc->ncols; i++) {
        if (sc->cols[i] == e->col) {
            *reg = add_reg(c, (tbi_reg){.kind = TBI_REG_INPUT, .type = e->type.id, .input = i});
            return TB_OK;
        }
    }
    for (const tbi_outer *o = sc->outer; o != NULL; o = o->up) {
        for (uint32_t i = 0; i < o->n; i++) {
            if (o->cols[i] != e->col)
                continue;
            *reg = add_reg(
                c, (tbi_reg){.kind = TBI_REG_OUTER, .type = e->type.id, .value = &o->values[i]});
            return TB_OK;
        }
    }
    return TB_RAISE(c->err, TB_E_INTERNAL_ERROR, "column %u is not in the executor's input",
                    e->col);
}

static tb_rc compile_param(compiler *c, const tb_expr *e, uint32_t *reg)
{
    const tb_stmt *stmt = c->sc->stmt;
    if (stmt->param_values == NULL || e->param >= stmt->params.n)
        return TB_RAISE(c->err, TB_E_UNDEFINED_PARAMETER, "there is no parameter $%u",
                        e->param + 1);
    *reg = const_reg(c, e->type.id, &stmt->param_values[e->param]);
    return TB_OK;
}

/* ---- calls ---- */

static tb_rc compile_args(compiler *c, tb_expr *const *args, uint32_t n, uint32_t **regs)
{
    *regs = TB_NEW_ARRAY(c->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(compile(c, args[i], &(*regs)[i]));
    return TB_OK;
}

static tbi_instr call_instr(compiler *c, const tb_expr *e, tb_fn_id fn)
{
    const tb_fn_info *info = tb_fn_get(fn);
    return (tbi_instr){.op = TBI_OP_CALL,
                       .e = e,
                       .fn = tb_exec_scalar(fn),
                       .site = c->p->nsites++,
                       .hide = reads_department(c, e),
                       .volatile_ = (info->flags & TB_FF_VOLATILE) != 0};
}

/* fn(args) of result type `type`, as a kernel where there is one. */
static tb_rc compile_fn(compiler *c, const tb_expr *e, tb_fn_id fn, uint32_t *args, uint32_t nargs,
                        tb_type_id type, uint32_t *reg)
{
    *reg = temp(c, type);
    const tbi_kernel *kernel = nargs >= 1 && nargs <= 2 ? tbi_kernel_of(fn) : NULL;
    if (kernel != NULL) {
        emit(c, (tbi_instr){.op = TBI_OP_KERNEL,
                            .dst = *reg,
                            .a = args[0],
                            .b = args[nargs - 1],
                            .nargs = nargs,
                            .kernel = kernel,
                            .e = e});
        return TB_OK;
    }
    tbi_instr in = call_instr(c, e, fn);
    if (in.fn == NULL)
        return TB_RAISE_AT(c->err, TB_E_FEATURE_NOT_SUPPORTED, e->pos,
                           "function %s is not supported here", tb_fn_get(fn)->name);
    in.dst = *reg;
    in.args = args;
    in.nargs = nargs;
    in.a = (uint32_t)fn;
    emit(c, in);
    return TB_OK;
}

static tb_rc compile_call(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint32_t *args;
    TB_TRY(compile_args(c, e->call.args, e->call.nargs, &args));
    return compile_fn(c, e, e->call.fn, args, e->call.nargs, e->type.id, reg);
}

static tb_rc compile_eq(compiler *c, const tb_expr *e, tb_fn_id eq, uint32_t a, uint32_t b,
                        uint32_t *reg)
{
    uint32_t *args = TB_NEW_ARRAY(c->arena, uint32_t, 2);
    args[0] = a;
    args[1] = b;
    return compile_fn(c, e, eq, args, 2, TB_T_BOOL, reg);
}

static tb_rc compile_distinct(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint32_t a, b, eq;
    TB_TRY(compile(c, e->distinct.left, &a));
    TB_TRY(compile(c, e->distinct.right, &b));
    TB_TRY(compile_eq(c, e, e->distinct.eq, a, b, &eq));
    *reg = temp(c, TB_T_BOOL);
    uint32_t *args = TB_NEW_ARRAY(c->arena, uint32_t, 1);
    args[0] = eq;
    emit(c,
         (tbi_instr){.op = TBI_OP_DISTINCT, .dst = *reg, .a = a, .b = b, .args = args, .nargs = 1});
    return TB_OK;
}

static tb_rc compile_nullif(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint32_t a, b, eq;
    TB_TRY(compile(c, e->nullif_.left, &a));
    TB_TRY(compile(c, e->nullif_.right, &b));
    TB_TRY(compile_eq(c, e, e->nullif_.eq, a, b, &eq));
    *reg = temp(c, e->type.id);
    emit(c, (tbi_instr){.op = TBI_OP_NULLIF, .dst = *reg, .a = a, .b = eq});
    return TB_OK;
}

/* Instructions that work row by row on a list of operands. */
static tb_rc compile_list(compiler *c, const tb_expr *e, tbi_opcode op, uint8_t mode,
                          tb_expr *const *list, uint32_t n, uint32_t *reg)
{
    uint32_t *args;
    TB_TRY(compile_args(c, list, n, &args));
    *reg = temp(c, e->type.id);
    emit(c, (tbi_instr){.op = (uint8_t)op,
                        .mode = mode,
                        .dst = *reg,
                        .args = args,
                        .nargs = n,
                        .e = e,
                        .site = c->p->nsites++,
                        .hide = reads_department(c, e)});
    return TB_OK;
}

/* ---- lazy operators ---- */

static bool is_cheap(const tb_expr *e)
{
    if (e->kind == TB_X_COL || e->kind == TB_X_CONST || e->kind == TB_X_PARAM)
        return true;
    if (e->kind == TB_X_TEST)
        return is_cheap(e->test.arg);
    if (e->kind == TB_X_NOT)
        return is_cheap(e->arg);
    if (e->kind != TB_X_CALL || e->call.nargs > 2)
        return false;
    const tbi_kernel *k = tbi_kernel_of(e->call.fn);
    if (k == NULL || !k->total)
        return false;
    for (uint32_t i = 0; i < e->call.nargs; i++)
        if (!is_cheap(e->call.args[i]))
            return false;
    return true;
}

/* AND, OR: later terms see only the rows earlier ones left undecided, unless all are cheap and
 * cannot fail. */
static tb_rc compile_junction(compiler *c, const tb_expr *e, uint32_t *reg)
{
    bool and = e->kind == TB_X_AND, lazy = false;
    for (uint32_t i = 1; i < e->list.n; i++)
        lazy |= !is_cheap(e->list.args[i]);
    *reg = temp(c, TB_T_BOOL);
    uint32_t seen = c->seen.n;
    if (lazy) {
        enter(c);
        emit(c, (tbi_instr){.op = TBI_OP_PUSH});
    }
    uint32_t *jumps = TB_NEW_ARRAY(c->arena, uint32_t, e->list.n);
    for (uint32_t i = 0; i < e->list.n; i++) {
        uint32_t r;
        TB_TRY(compile(c, e->list.args[i], &r));
        uint8_t op = i == 0 ? TBI_OP_MOVE : and? TBI_OP_AND : TBI_OP_OR;
        emit(c, (tbi_instr){.op = op, .dst = *reg, .a = r});
        if (i == 0)
            seen = c->seen.n; /* the first term is computed for every row */
        if (lazy && i + 1 < e->list.n)
            jumps[i] = emit(c, (tbi_instr){.op = TBI_OP_NARROW,
                                           .a = r,
                                           .mode = and? TBI_KEEP_NOT_FALSE : TBI_KEEP_NOT_TRUE});
    }
    if (!lazy)
        return TB_OK;
    for (uint32_t i = 0; i + 1 < e->list.n; i++)
        land(c, jumps[i]);
    leave(c, seen);
    return TB_OK;
}

static tb_rc compile_case(compiler *c, const tb_expr *e, uint32_t *reg)
{
    *reg = temp(c, e->type.id);
    uint32_t n = e->case_.n, seen = c->seen.n;
    uint32_t *jumps = TB_NEW_ARRAY(c->arena, uint32_t, n + 1);
    enter(c);
    emit(c, (tbi_instr){.op = TBI_OP_PUSH});
    for (uint32_t i = 0; i < n; i++) {
        uint32_t when, then;
        TB_TRY(compile(c, e->case_.when[i], &when));
        if (i == 0)
            seen = c->seen.n;
        uint32_t inner = c->seen.n;
        enter(c);
        uint32_t skip = emit(c, (tbi_instr){.op = TBI_OP_IF, .a = when, .mode = TBI_KEEP_TRUE});
        TB_TRY(compile(c, e->case_.then[i], &then));
        emit(c, (tbi_instr){.op = TBI_OP_MOVE, .dst = *reg, .a = then});
        leave(c, inner);
        land(c, skip);
        jumps[i] = emit(c, (tbi_instr){.op = TBI_OP_NARROW, .a = when, .mode = TBI_KEEP_NOT_TRUE});
    }
    uint32_t otherwise;
    static const tb_value null = {.null = true};
    if (e->case_.otherwise != NULL)
        TB_TRY(compile(c, e->case_.otherwise, &otherwise));
    else
        otherwise = const_reg(c, e->type.id, &null);
    emit(c, (tbi_instr){.op = TBI_OP_MOVE, .dst = *reg, .a = otherwise});
    for (uint32_t i = 0; i < n; i++)
        land(c, jumps[i]);
    leave(c, seen);
    return TB_OK;
}

static tb_rc compile_coalesce(compiler *c, const tb_expr *e, uint32_t *reg)
{
    *reg = temp(c, e->type.id);
    uint32_t n = e->list.n, seen = c->seen.n;
    uint32_t *jumps = TB_NEW_ARRAY(c->arena, uint32_t, n);
    enter(c);
    emit(c, (tbi_instr){.op = TBI_OP_PUSH});
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r;
        TB_TRY(compile(c, e->list.args[i], &r));
        if (i == 0)
            seen = c->seen.n;
        emit(c, (tbi_instr){.op = TBI_OP_MOVE, .dst = *reg, .a = r});
        jumps[i] = emit(c, (tbi_instr){.op = TBI_OP_NARROW, .a = r, .mode = TBI_KEEP_NULL});
    }
    for (uint32_t i = 0; i < n; i++)
        land(c, jumps[i]);
    leave(c, seen);
    return TB_OK;
}

/* ---- arrays ---- */

static tb_rc compile_subscript(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint32_t n = e->subscript.n;
    /* args: the array, then lower bounds, then upper ones; UINT32_MAX = open */
    uint32_t *args = TB_NEW_ARRAY(c->arena, uint32_t, 1 + 2 * n);
    TB_TRY(compile(c, e->subscript.array, &args[0]));
    for (uint32_t k = 0; k < n; k++) {
        const tb_expr *lower = e->subscript.lower == NULL ? NULL : e->subscript.lower[k];
        const tb_expr *upper = e->subscript.upper[k];
        args[1 + k] = args[1 + n + k] = UINT32_MAX;
        if (lower != NULL)
            TB_TRY(compile(c, lower, &args[1 + k]));
        if (upper != NULL)
            TB_TRY(compile(c, upper, &args[1 + n + k]));
    }
    *reg = temp(c, e->type.id);
    emit(c, (tbi_instr){.op = TBI_OP_SUBSCRIPT,
                        .dst = *reg,
                        .args = args,
                        .nargs = 1 + 2 * n,
                        .e = e,
                        .site = c->p->nsites++});
    return TB_OK;
}

static tb_rc compile_array_op(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint32_t *args = TB_NEW_ARRAY(c->arena, uint32_t, 2);
    TB_TRY(compile(c, e->array_op.left, &args[0]));
    TB_TRY(compile(c, e->array_op.array, &args[1]));
    tbi_instr in = call_instr(c, e, e->array_op.fn);
    if (in.fn == NULL)
        return TB_RAISE_AT(c->err, TB_E_FEATURE_NOT_SUPPORTED, e->pos,
                           "function %s is not supported here", tb_fn_get(e->array_op.fn)->name);
    in.op = TBI_OP_ARRAY_OP;
    in.args = args;
    in.nargs = 2;
    in.dst = *reg = temp(c, TB_T_BOOL);
    emit(c, in);
    return TB_OK;
}

static tb_rc compile_array_cast(compiler *c, const tb_expr *e, uint32_t *reg)
{
    tbi_scope *sc = TB_NEW(c->arena, tbi_scope);
    *sc = *c->sc;
    sc->ncols = 0;
    sc->elem = tb_type_elem(e->array_cast.arg->type.id);
    sc->protected_ = reads_department(c, e->array_cast.arg);
    tbi_prog *sub;
    TB_TRY(tbi_prog_exprs(c->arena, sc, &e->array_cast.elem, 1, &sub, c->err));
    uint32_t *args = TB_NEW_ARRAY(c->arena, uint32_t, 1);
    TB_TRY(compile(c, e->array_cast.arg, &args[0]));
    *reg = temp(c, e->type.id);
    emit(c, (tbi_instr){.op = TBI_OP_ARRAY_CAST,
                        .dst = *reg,
                        .args = args,
                        .nargs = 1,
                        .e = e,
                        .sub = sub,
                        .site = c->p->nsites++});
    return TB_OK;
}

/* ---- the switch ---- */

static tb_rc compile_one(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint32_t a;
    switch (e->kind) {
    case TB_X_CONST:
        *reg = const_reg(c, e->type.id, &e->constant);
        return TB_OK;
    case TB_X_COL:
        return compile_col(c, e, reg);
    case TB_X_PARAM:
        return compile_param(c, e, reg);
    case TB_X_CASE_VALUE:
        *reg = add_reg(c, (tbi_reg){.kind = TBI_REG_INPUT, .type = e->type.id});
        return TB_OK;
    case TB_X_CALL:
        return compile_call(c, e, reg);
    case TB_X_AND:
    case TB_X_OR:
        return compile_junction(c, e, reg);
    case TB_X_NOT:
        TB_TRY(compile(c, e->arg, &a));
        *reg = temp(c, TB_T_BOOL);
        emit(c, (tbi_instr){.op = TBI_OP_NOT, .dst = *reg, .a = a});
        return TB_OK;
    case TB_X_RELABEL:
        TB_TRY(compile(c, e->arg, &a));
        *reg = temp(c, e->type.id);
        emit(c, (tbi_instr){.op = TBI_OP_RELABEL, .dst = *reg, .a = a});
        return TB_OK;
    case TB_X_TEST:
        TB_TRY(compile(c, e->test.arg, &a));
        *reg = temp(c, TB_T_BOOL);
        emit(c, (tbi_instr){.op = TBI_OP_TEST, .dst = *reg, .a = a, .mode = (uint8_t)e->test.test});
        return TB_OK;
    case TB_X_DISTINCT_FROM:
        return compile_distinct(c, e, reg);
    case TB_X_NULLIF:
        return compile_nullif(c, e, reg);
    case TB_X_CASE:
        return compile_case(c, e, reg);
    case TB_X_COALESCE:
        return compile_coalesce(c, e, reg);
    case TB_X_GREATEST:
    case TB_X_LEAST:
        return compile_list(c, e, TBI_OP_BEST, e->kind == TB_X_GREATEST, e->list.args, e->list.n,
                            reg);
    case TB_X_ARRAY:
        return compile_list(c, e, TBI_OP_ARRAY, 0, e->list.args, e->list.n, reg);
    case TB_X_ROW:
        return compile_list(c, e, TBI_OP_ROW, 0, e->list.args, e->list.n, reg);
    case TB_X_ARRAY_OP:
        return compile_array_op(c, e, reg);
    case TB_X_IO_CAST:
        return compile_list(c, e, TBI_OP_IO_CAST, 0, &e->io_cast.arg, 1, reg);
    case TB_X_ARRAY_CAST:
        return compile_array_cast(c, e, reg);
    case TB_X_SUBSCRIPT:
        return compile_subscript(c, e, reg);
    case TB_X_FIELD:
        return compile_list(c, e, TBI_OP_FIELD, 0, &e->field.arg, 1, reg);
    case TB_X_SUBLINK:
        return TB_UNSUPPORTED(c->err, e->pos, "this kind of subquery");
    case TB_EXPR_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static tb_rc compile(compiler *c, const tb_expr *e, uint32_t *reg)
{
    uint64_t hash = tb_expr_hash(e);
    for (uint32_t i = 0; i < c->seen.n; i++) {
        if (c->seen.at[i].hash == hash && tb_expr_equal(c->seen.at[i].e, e)) {
            *reg = c->seen.at[i].reg;
            return TB_OK;
        }
    }
    TB_TRY(compile_one(c, e, reg));
    if (!tb_expr_is_volatile(e))
        tb_list_push(c->arena, &c->seen, ((seen_expr){hash, e, *reg}));
    return TB_OK;
}

static compiler start(tb_arena *arena, const tbi_scope *sc, tb_error *err)
{
    compiler c = {.arena = arena, .sc = sc, .err = err};
    c.p = TB_NEW(arena, tbi_prog);
    c.p->stmt = sc->stmt;
    return c;
}

tb_rc tbi_prog_exprs(tb_arena *arena, const tbi_scope *sc, tb_expr *const *exprs, uint32_t n,
                     tbi_prog **out, tb_error *err)
{
    compiler c = start(arena, sc, err);
    c.p->nout = n;
    c.p->out = TB_NEW_ARRAY(arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(compile(&c, exprs[i], &c.p->out[i]));
    *out = c.p;
    return TB_OK;
}

static tb_rc filter_term(compiler *c, const tb_expr *e)
{
    if (e->kind == TB_X_AND) {
        for (uint32_t i = 0; i < e->list.n; i++)
            TB_TRY(filter_term(c, e->list.args[i]));
        return TB_OK;
    }
    uint32_t r;
    TB_TRY(compile(c, e, &r));
    emit(c, (tbi_instr){.op = TBI_OP_NARROW, .a = r, .mode = TBI_KEEP_TRUE, .target = UINT32_MAX});
    return TB_OK;
}

tb_rc tbi_prog_filter(tb_arena *arena, const tbi_scope *sc, tb_expr *const *conjuncts, uint32_t n,
                      tbi_prog **out, tb_error *err)
{
    compiler c = start(arena, sc, err);
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(filter_term(&c, conjuncts[i]));
    *out = c.p;
    return TB_OK;
}

bool tbi_prog_is_trivial(const tbi_prog *p)
{
    return p->code.n == 0;
}
