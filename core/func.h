/* SPDX-License-Identifier: Apache-2.0
 * The function, operator and cast tables: what exists, its types, its properties. No code addresses
 * here: the executor expands functions.def a second time for the bodies, so a missing body is a
 * link error.
 */
#ifndef TB_CORE_FUNC_H
#define TB_CORE_FUNC_H

#include "core/error.h"
#include "core/type.h"
#include "core/value.h"

/* One id per overload. functions.def holds TB_FN(id, "name", oid, RET, (ARG, ...), flags, "doc");
 * TB_FN_SESSION and TB_FN_BULK in it are kinds of TB_FN. */
typedef enum tb_fn_id {
    TB_FN_NONE,
#define TB_FN(id, name, oid, ret, args, flags, doc) TB_FN_##id,
#include "core/functions.def"
#undef TB_FN
    TB_FN_COUNT
} tb_fn_id;

enum { TB_FN_MAX_ARGS = 8 };

typedef enum tb_fn_flag {
    TB_FF_STRICT = 1 << 0, /* NULL in, NULL out: the body never sees a NULL */
    TB_FF_STABLE =
        1 << 1, /* fixed within a statement (default without STABLE/VOLATILE: immutable) */
    TB_FF_VOLATILE = 1 << 2,  /* never folded, never pushed, never shared */
    TB_FF_MAY_RAISE = 1 << 3, /* can fail on some input (casts, division, overflow) */
    TB_FF_LEAKPROOF =
        1 << 4, /* reveals nothing about its arguments but its result: PostgreSQL's proleakproof */
    TB_FF_VARIADIC =
        1 << 5, /* last declared argument type repeats one or more times; when it is not ANY, one
                   array of it is accepted in its place (operators #> and #>>, VARIADIC array) */
    TB_FF_SET = 1 << 6,    /* set-returning */
    TB_FF_AGG = 1 << 7,    /* aggregate */
    TB_FF_WINDOW = 1 << 8, /* window function only */
    TB_FF_ORDERED_SET =
        1 << 9, /* WITHIN GROUP aggregate; declared args: direct args, then the aggregated one */
    TB_FF_POLICY = 1 << 10, /* masks and crypto: callable in policy bodies only (42501 elsewhere) */
    TB_FF_SESSION =
        1 << 11, /* needs the session or catalog (current_user, format_type, has_table_privilege) */
    TB_FF_HIDDEN = 1 << 12, /* internal: not callable by name, not listed */
} tb_fn_flag;

typedef struct tb_fn_info {
    const char *id;   /* the enumerator's name in lower case: unique, e.g. "mask_partial_text" */
    const char *name; /* pg_proc.proname, lower-case */
    uint32_t oid;     /* PostgreSQL's where it is one of its functions; ours from 9900000 up */
    tb_type_id ret;   /* may be polymorphic: ANYELEMENT, ANYARRAY, ANYCOMPATIBLE ... */
    uint8_t nargs;
    uint32_t flags;
    tb_type_id args[TB_FN_MAX_ARGS];
    const char *doc;
} tb_fn_info;

const tb_fn_info *tb_fn_get(tb_fn_id id);
/* Overloads of a name: fills ids (at most cap), returns how many there are. */
size_t tb_fn_lookup(const char *name, tb_fn_id *ids, size_t cap);
tb_fn_id tb_fn_from_oid(uint32_t oid);

/* Columns of a function that returns records (functions_out.def: TB_FN_OUT(id, "column", TYPE));
 * ANYELEMENT stands for the element type of the array argument. */
typedef struct tb_fn_column {
    tb_fn_id fn;
    const char *name;
    tb_type_id type;
} tb_fn_column;
/* Sets *cols to the first column and returns how many there are; 0 for functions that return no
 * record. */
size_t tb_fn_columns(tb_fn_id id, const tb_fn_column **cols);

/* operators.def holds TB_OP("+", LEFT|NONE, RIGHT, RESULT, FN id, oid, "commutator" or 0, "negator"
 * or 0). */
typedef struct tb_op_info {
    const char *name;
    tb_type_id left; /* TB_T_NONE = prefix operator */
    tb_type_id right;
    tb_type_id result;
    tb_fn_id fn;
    uint32_t oid;
    const char *commutator; /* operator name with swapped arguments, or NULL */
    const char *negator;
} tb_op_info;

/* Operators of a name with the given arity (1 or 2): fills ops (at most cap), returns how many
 * there are. */
size_t tb_op_lookup(const char *name, int arity, const tb_op_info **ops, size_t cap);
size_t tb_op_count(void);
const tb_op_info *tb_op_at(size_t i);
/* The comparison function for two operands of one type: cmp is "=", "<>", "<", "<=", ">" or ">=";
 * TB_FN_NONE if the type has none. */
tb_fn_id tb_op_comparison(const char *cmp, tb_type_id left, tb_type_id right);
/* Which comparison a function is: returns "=", "<", ... or NULL. */
const char *tb_fn_comparison(tb_fn_id fn);
/* The function with arguments swapped (< becomes >), TB_FN_NONE if none. */
tb_fn_id tb_fn_commutator(tb_fn_id fn);
tb_fn_id tb_fn_negator(tb_fn_id fn);

/* casts.def holds TB_CAST(FROM, TO, FN id or BINARY or INOUT, IMPLICIT|ASSIGNMENT|EXPLICIT). */
typedef enum tb_cast_context {
    TB_CAST_IMPLICIT,
    TB_CAST_ASSIGNMENT,
    TB_CAST_EXPLICIT
} tb_cast_context;
typedef enum tb_cast_method { TB_CAST_FN, TB_CAST_BINARY, TB_CAST_INOUT } tb_cast_method;
typedef struct tb_cast_info {
    tb_type_id from, to;
    tb_cast_method method;
    tb_fn_id fn; /* TB_CAST_FN: one argument, or two with the typmod, or three with "is explicit" */
    tb_cast_context context;
} tb_cast_info;
/* NULL when pg_cast has no such entry (I/O conversion and array casts are the binder's rules). */
const tb_cast_info *tb_cast_lookup(tb_type_id from, tb_type_id to);
/* Function that applies a type modifier to a value of the type itself (varchar, bpchar, numeric,
 * timestamp, ...); arguments (value, int4 typmod, bool explicit). TB_FN_NONE if the type takes
 * none. */
tb_fn_id tb_cast_length_fn(tb_type_id type);

/* ---- bodies: implemented in executor/, called by the executor and by in-process connectors ----
 */

struct tb_env;

/* What a body may use. One per call site and thread. */
typedef struct tb_fn_cx {
    tb_arena *arena;          /* results live here; reset per batch */
    const struct tb_env *env; /* clock, time zone, settings, session (core/stmt.h) */
    tb_fn_id fn;
    uint8_t nargs;             /* actual number, for variadic bodies */
    const tb_type_id *argtype; /* actual types of all nargs arguments */
    tb_type_id ret;            /* actual result type */
    int32_t ret_typmod;
    bool hide_values; /* arguments come from a department: an error must not quote them */
    void *cache;      /* body's own per-call-site memo, in `memo` */
    tb_arena *memo;   /* lives as long as the call site (compiled regular expressions ...) */
    void (*cache_free)(
        void *cache); /* set by the body when cache holds a handle; called at the end */
    tb_error *err;
} tb_fn_cx;

typedef tb_rc (*tb_scalar_fn)(tb_fn_cx *cx, const tb_value *args, tb_value *ret);
/* Body of a scalar function; NULL for aggregates, windows and set-returning functions. Declared
 * here, defined in executor/, so that connectors get it through tb_connector_host
 * (core/connector.h) and core stays a leaf. */
typedef tb_scalar_fn (*tb_scalar_resolver)(tb_fn_id fn);

#endif
