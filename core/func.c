/* SPDX-License-Identifier: Apache-2.0
 * The function, operator and cast tables, expanded from functions.def, functions_out.def,
 * operators.def and casts.def, and the lookups over them.
 *
 * The facts are constant data; the search structures over them (orders by name, the cast matrix,
 * the lower-case ids) are built once, at first use, and never change afterwards.
 *
 * Entry points: tb_fn_get, tb_fn_lookup, tb_fn_from_oid, tb_fn_columns, tb_op_lookup,
 * tb_op_comparison, tb_fn_comparison, tb_fn_commutator, tb_fn_negator, tb_cast_lookup,
 * tb_cast_length_fn.
 */
#include "core/func.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>

/* ---- expansion of the .def files ---- */

/* What the flags column of functions.def may say. */
enum {
    STRICT = TB_FF_STRICT,
    STABLE = TB_FF_STABLE,
    VOLATILE = TB_FF_VOLATILE,
    MAY_RAISE = TB_FF_MAY_RAISE,
    LEAKPROOF = TB_FF_LEAKPROOF,
    VARIADIC = TB_FF_VARIADIC,
    SET = TB_FF_SET,
    AGG = TB_FF_AGG,
    WINDOW = TB_FF_WINDOW,
    ORDERED_SET = TB_FF_ORDERED_SET,
    POLICY = TB_FF_POLICY,
    SESSION = TB_FF_SESSION,
};

#define TB_T_ARRAY(elem) ((tb_type_id)(TB_T_##elem | TB_T_ARRAY_BIT))

#define TYPES_8(a, b, c, d, e, f, g, h, ...)                                                       \
    {                                                                                              \
        TB_T_##a, TB_T_##b, TB_T_##c, TB_T_##d, TB_T_##e, TB_T_##f, TB_T_##g, TB_T_##h             \
    }
#define COUNT_8(a, b, c, d, e, f, g, h, ...)                                                       \
    ((TB_T_##a != 0) + (TB_T_##b != 0) + (TB_T_##c != 0) + (TB_T_##d != 0) + (TB_T_##e != 0) +     \
     (TB_T_##f != 0) + (TB_T_##g != 0) + (TB_T_##h != 0))
#define TYPES(...)  TYPES_8(__VA_ARGS__, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE)
#define NTYPES(...) COUNT_8(__VA_ARGS__, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE)

/* One member per function: room for its id in lower case. */
struct id_text {
#define TB_FN(id, name, oid, ret, args, flags, doc) char id[sizeof #id];
#include "core/functions.def"
#undef TB_FN
};

enum {
    FN_SLOTS = TB_FN_COUNT,
    OP_COUNT = 0
#define TB_OP(name, left, right, result, fn, oid, com, neg) +1
#include "core/operators.def"
#undef TB_OP
    ,
    CAST_COUNT = 0
#define TB_CAST(from, to, how, context) +1
#include "core/casts.def"
#undef TB_CAST
};

/* Built once; constant afterwards. */
static struct {
    pthread_once_t once;
    struct id_text ids;
    uint16_t fn_by_name[FN_SLOTS];                /* ids ordered by (name, id) */
    uint16_t op_by_name[OP_COUNT];                /* operators ordered by (name, arity, oid) */
    uint16_t op_of_fn[FN_SLOTS];                  /* 1 + first operator a function implements */
    uint16_t casts[TB_TYPE_COUNT][TB_TYPE_COUNT]; /* 1 + cast */
} tables = {.once = PTHREAD_ONCE_INIT};

static const tb_fn_info fns[FN_SLOTS] = {
    [TB_FN_NONE] = {"", "", 0, TB_T_NONE, 0, 0, {TB_T_NONE}, ""},
#define TB_FN(id, name, oid, ret, args, flags, doc)                                                \
    [TB_FN_##id] = {tables.ids.id, name, oid, TB_T_##ret, NTYPES args, flags, TYPES args, doc},
#include "core/functions.def"
#undef TB_FN
};

static const tb_fn_column columns[] = {
#define TB_FN_OUT(fn, name, type) {TB_FN_##fn, name, TB_T_##type},
#include "core/functions_out.def"
#undef TB_FN_OUT
};

static const tb_op_info ops[OP_COUNT] = {
#define TB_OP(name, left, right, result, fn, oid, com, neg)                                        \
    {name, TB_T_##left, TB_T_##right, TB_T_##result, TB_FN_##fn, oid, com, neg},
#include "core/operators.def"
#undef TB_OP
};

/* BINARY and INOUT stand where a function id may stand. */
enum { METHOD_BINARY = TB_FN_COUNT, METHOD_INOUT };
#define TB_FN_BINARY METHOD_BINARY
#define TB_FN_INOUT  METHOD_INOUT
#define METHOD(fn)                                                                                 \
    ((int)(fn) == METHOD_BINARY  ? TB_CAST_BINARY                                                  \
     : (int)(fn) == METHOD_INOUT ? TB_CAST_INOUT                                                   \
                                 : TB_CAST_FN)
#define METHOD_FN(fn) ((int)(fn) >= METHOD_BINARY ? TB_FN_NONE : (tb_fn_id)(fn))
static const tb_cast_info casts[CAST_COUNT] = {
#define TB_CAST(from, to, how, context)                                                            \
    {TB_T_##from, TB_T_##to, METHOD(TB_FN_##how), METHOD_FN(TB_FN_##how), TB_CAST_##context},
#include "core/casts.def"
#undef TB_CAST
};

/* ---- building the search structures ---- */

static int compare_fns(const void *a, const void *b)
{
    uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    int c = strcmp(fns[x].name, fns[y].name);
    return c != 0 ? c : (int)x - (int)y;
}

static int op_arity(const tb_op_info *op)
{
    return op->left == TB_T_NONE ? 1 : 2;
}

static int compare_ops(const void *a, const void *b)
{
    const tb_op_info *x = &ops[*(const uint16_t *)a], *y = &ops[*(const uint16_t *)b];
    int c = strcmp(x->name, y->name);
    if (c == 0)
        c = op_arity(x) - op_arity(y);
    return c != 0 ? c : (x->oid > y->oid) - (x->oid < y->oid);
}

static void build_tables(void)
{
    static const char upper_ids[] =
#define TB_FN(id, name, oid, ret, args, flags, doc) #id "\0"
#include "core/functions.def"
#undef TB_FN
        ;
    _Static_assert(sizeof upper_ids == sizeof tables.ids + 1, "one text per id");
    char *to = (char *)&tables.ids;
    for (size_t i = 0; i < sizeof tables.ids; i++)
        to[i] = (char)tolower((unsigned char)upper_ids[i]);

    for (uint16_t i = 0; i < FN_SLOTS; i++)
        tables.fn_by_name[i] = i;
    qsort(tables.fn_by_name, FN_SLOTS, sizeof tables.fn_by_name[0], compare_fns);
    for (uint16_t i = 0; i < OP_COUNT; i++) {
        tables.op_by_name[i] = i;
        if (tables.op_of_fn[ops[i].fn] == 0)
            tables.op_of_fn[ops[i].fn] = (uint16_t)(i + 1);
    }
    qsort(tables.op_by_name, OP_COUNT, sizeof tables.op_by_name[0], compare_ops);
    for (uint16_t i = 0; i < CAST_COUNT; i++)
        tables.casts[casts[i].from][casts[i].to] = (uint16_t)(i + 1);
}

static void ready(void)
{
    int rc = pthread_once(&tables.once, build_tables);
    TB_CHECK(rc == 0);
}

/* ---- functions ---- */

const tb_fn_info *tb_fn_get(tb_fn_id id)
{
    TB_CHECK(id < TB_FN_COUNT);
    ready();
    return &fns[id];
}

size_t tb_fn_lookup(const char *name, tb_fn_id *ids, size_t cap)
{
    ready();
    size_t lo = 0, hi = FN_SLOTS;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(fns[tables.fn_by_name[mid]].name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t n = 0;
    for (; lo < FN_SLOTS && strcmp(fns[tables.fn_by_name[lo]].name, name) == 0; lo++) {
        tb_fn_id id = (tb_fn_id)tables.fn_by_name[lo];
        if (id == TB_FN_NONE || (fns[id].flags & TB_FF_HIDDEN))
            continue;
        if (n < cap)
            ids[n] = id;
        n++;
    }
    return n;
}

tb_fn_id tb_fn_from_oid(uint32_t oid)
{
    switch (oid) { /* the compiler makes this a search; a duplicate oid does not build */
#define TB_FN(id, name, oid_, ret, args, flags, doc)                                               \
    case oid_:                                                                                     \
        return TB_FN_##id;
#include "core/functions.def"
#undef TB_FN
    }
    return TB_FN_NONE;
}

size_t tb_fn_columns(tb_fn_id id, const tb_fn_column **cols)
{
    size_t first = 0;
    while (first < TB_COUNT(columns) && columns[first].fn != id)
        first++;
    size_t n = 0;
    while (first + n < TB_COUNT(columns) && columns[first + n].fn == id)
        n++;
    *cols = n > 0 ? &columns[first] : NULL;
    return n;
}

/* ---- operators ---- */

size_t tb_op_count(void)
{
    return OP_COUNT;
}

const tb_op_info *tb_op_at(size_t i)
{
    TB_CHECK(i < OP_COUNT);
    return &ops[i];
}

/* First place in op_by_name not before (name, arity). */
static size_t op_search(const char *name, int arity)
{
    ready();
    size_t lo = 0, hi = OP_COUNT;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        const tb_op_info *op = &ops[tables.op_by_name[mid]];
        int c = strcmp(op->name, name);
        if (c < 0 || (c == 0 && op_arity(op) < arity))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t tb_op_lookup(const char *name, int arity, const tb_op_info **found, size_t cap)
{
    size_t n = 0;
    for (size_t i = op_search(name, arity); i < OP_COUNT; i++) {
        const tb_op_info *op = &ops[tables.op_by_name[i]];
        if (op_arity(op) != arity || strcmp(op->name, name) != 0)
            break;
        if (n < cap)
            found[n] = op;
        n++;
    }
    return n;
}

static tb_fn_id op_exact(const char *name, tb_type_id left, tb_type_id right)
{
    int arity = left == TB_T_NONE ? 1 : 2;
    for (size_t i = op_search(name, arity); i < OP_COUNT; i++) {
        const tb_op_info *op = &ops[tables.op_by_name[i]];
        if (op_arity(op) != arity || strcmp(op->name, name) != 0)
            break;
        if (op->left == left && op->right == right)
            return op->fn;
    }
    return TB_FN_NONE;
}

/* The type whose comparison operators a type uses: binary-coercible types share them. */
static tb_type_id comparison_type(tb_type_id t)
{
    if (tb_type_is_array(t) || t == TB_T_INT2VECTOR)
        return TB_T_ANYARRAY;
    if (t == TB_T_VARCHAR || t == TB_T_UNKNOWN || t == TB_T_PG_NODE_TREE)
        return TB_T_TEXT;
    const tb_cast_info *to_oid = tb_cast_lookup(t, TB_T_OID);
    if (to_oid != NULL && to_oid->method == TB_CAST_BINARY && t != TB_T_INT4)
        return TB_T_OID; /* regclass and its like */
    return t;
}

tb_fn_id tb_op_comparison(const char *cmp, tb_type_id left, tb_type_id right)
{
    return op_exact(cmp, comparison_type(left), comparison_type(right));
}

static const tb_op_info *op_of(tb_fn_id fn)
{
    TB_CHECK(fn < TB_FN_COUNT);
    ready();
    return tables.op_of_fn[fn] == 0 ? NULL : &ops[tables.op_of_fn[fn] - 1];
}

const char *tb_fn_comparison(tb_fn_id fn)
{
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};
    const tb_op_info *op = op_of(fn);
    if (op == NULL || op_arity(op) != 2)
        return NULL;
    for (size_t i = 0; i < TB_COUNT(names); i++)
        if (strcmp(op->name, names[i]) == 0)
            return names[i];
    return NULL;
}

tb_fn_id tb_fn_commutator(tb_fn_id fn)
{
    const tb_op_info *op = op_of(fn);
    if (op == NULL || op->commutator == NULL)
        return TB_FN_NONE;
    return op_exact(op->commutator, op->right, op->left);
}

tb_fn_id tb_fn_negator(tb_fn_id fn)
{
    const tb_op_info *op = op_of(fn);
    if (op == NULL || op->negator == NULL)
        return TB_FN_NONE;
    return op_exact(op->negator, op->left, op->right);
}

/* ---- casts ---- */

const tb_cast_info *tb_cast_lookup(tb_type_id from, tb_type_id to)
{
    if (from >= TB_TYPE_COUNT || to >= TB_TYPE_COUNT)
        return NULL; /* arrays: pg_cast lists none */
    ready();
    uint16_t i = tables.casts[from][to];
    return i == 0 ? NULL : &casts[i - 1];
}

tb_fn_id tb_cast_length_fn(tb_type_id type)
{
    const tb_cast_info *cast = tb_cast_lookup(type, type);
    return cast == NULL ? TB_FN_NONE : cast->fn;
}
