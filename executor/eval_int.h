/* SPDX-License-Identifier: Apache-2.0
 * Compiled expressions. Internal.
 *
 * A tbi_prog is a flat list of instructions over registers, shared by all workers. A tbi_eval runs
 * it: it owns the register vectors, the call sites' state and a bytes arena that lives until the
 * next run.
 *
 * Which rows an instruction computes is the top of a stack of selections. AND, OR, CASE and
 * COALESCE narrow it, so that an error in a branch a row does not take never fires; registers hold
 * garbage in rows that were not selected.
 */
#ifndef TB_EXECUTOR_EVAL_INT_H
#define TB_EXECUTOR_EVAL_INT_H

#include "core/stmt.h"
#include "executor/data_int.h"

/* Columns of enclosing plans a dependent subplan reads: one value per column, set before the
 * subplan runs. */
typedef struct tbi_outer tbi_outer;
struct tbi_outer {
    tbi_outer *up;
    uint32_t n;
    const tb_colid *cols;
    const tb_type_id *types;
    tb_value *values;
    bool protected_; /* they come from a department */
};

/* What names mean while an expression is compiled. */
typedef struct tbi_scope {
    const tb_stmt *stmt;
    uint32_t ncols;
    const tb_colid *cols; /* columns of the input batch, by position */
    tbi_outer *outer;     /* or NULL */
    bool protected_;      /* the input comes from a department */
    tb_type_id elem;      /* type of CASE_VALUE (column 0), inside ARRAY_CAST */
} tbi_scope;

typedef struct tbi_prog tbi_prog;
typedef struct tbi_eval tbi_eval;

/* One output register per expression. Everything in the arena. */
tb_rc tbi_prog_exprs(tb_arena *arena, const tbi_scope *sc, tb_expr *const *exprs, uint32_t n,
                     tbi_prog **out, tb_error *err) TB_MUSTUSE;
/* A filter: rows for which every conjunct is true. */
tb_rc tbi_prog_filter(tb_arena *arena, const tbi_scope *sc, tb_expr *const *conjuncts, uint32_t n,
                      tbi_prog **out, tb_error *err) TB_MUSTUSE;
/* Does any instruction need a call per row (not just columns and constants)? */
bool tbi_prog_is_trivial(const tbi_prog *p);

/* rows = largest batch it will see (1 for scalar evaluation). */
tbi_eval *tbi_eval_create(const tbi_prog *p, uint32_t rows) TB_MUSTUSE;
void tbi_eval_destroy(tbi_eval *ev);
/* Computes every expression for the live rows of `in`; out[i] stays valid until the next run. Rows
 * that are not live hold garbage. */
tb_rc tbi_eval_run(tbi_eval *ev, const tb_batch *in, const tb_vector **out,
                   tb_error *err) TB_MUSTUSE;
/* Rows that pass; *sel is the evaluator's, valid until the next run, NULL = every row of the batch.
 */
tb_rc tbi_eval_filter(tbi_eval *ev, const tb_batch *in, const uint16_t **sel, uint32_t *n,
                      tb_error *err) TB_MUSTUSE;
/* The last expression of a filter program computed three-valued over the live rows, without
 * filtering: for joins that must tell unknown from false. */

/* ---- inside ---- */

typedef enum tbi_opcode {
    TBI_OP_KERNEL, /* dst = kernel(a, b) */
    TBI_OP_CALL,   /* dst = fn(args) row by row */
    TBI_OP_MOVE,   /* dst = a in the selected rows */
    TBI_OP_AND,
    TBI_OP_OR, /* dst = dst op a, three-valued */
    TBI_OP_NOT,
    TBI_OP_TEST,     /* mode: tb_bool_test */
    TBI_OP_DISTINCT, /* dst = a is distinct from b; args[0] = their equality */
    TBI_OP_NULLIF,   /* dst = a, NULL where b is true */
    TBI_OP_BEST,     /* GREATEST (mode 1), LEAST (mode 0) of args */
    TBI_OP_RELABEL,  /* dst = a under another type */
    TBI_OP_IO_CAST,
    TBI_OP_ARRAY,
    TBI_OP_ROW,
    TBI_OP_ARRAY_OP,
    TBI_OP_ARRAY_CAST,
    TBI_OP_SUBSCRIPT,
    TBI_OP_FIELD,
    TBI_OP_PUSH,   /* new selection = the current one */
    TBI_OP_IF,     /* new selection = rows with a as mode says; none: jump */
    TBI_OP_NARROW, /* the current selection keeps rows with a as mode says; none: jump */
    TBI_OP_POP
} tbi_opcode;

typedef enum tbi_keep {
    TBI_KEEP_TRUE,
    TBI_KEEP_NOT_TRUE,
    TBI_KEEP_NOT_FALSE,
    TBI_KEEP_NULL,
    TBI_KEEP_NOT_NULL
} tbi_keep;

/* What a kernel works on. valid of dst is set before; dst->form too. */
typedef struct tbi_kcx {
    const tb_vector *a, *b;
    tb_vector *dst;
    const uint16_t *sel; /* NULL = rows 0..n-1 */
    uint32_t n;
    tb_arena *arena;
    tb_error *err;
} tbi_kcx;

typedef tb_rc (*tbi_kernel_fn)(const tbi_kcx *k);

typedef struct tbi_kernel {
    tbi_kernel_fn run;
    bool total; /* may run over rows that are not selected or NULL: no error, no pointer */
} tbi_kernel;

/* NULL when the function has none. kernels.c */
const tbi_kernel *tbi_kernel_of(tb_fn_id fn);

typedef struct tbi_instr {
    uint8_t op;
    uint8_t mode;
    bool volatile_;
    bool hide; /* arguments come from a department */
    uint32_t dst, a, b;
    uint32_t nargs;
    uint32_t *args;
    uint32_t target; /* instruction to go on with when no row is left */
    uint32_t site;   /* call-site state */
    const tbi_kernel *kernel;
    tb_scalar_fn fn;
    const tb_expr *e;
    tbi_prog *sub; /* ARRAY_CAST: the element's cast */
} tbi_instr;

typedef enum tbi_reg_kind {
    TBI_REG_INPUT,
    TBI_REG_CONST,
    TBI_REG_OUTER,
    TBI_REG_TEMP
} tbi_reg_kind;

typedef struct tbi_reg {
    tbi_reg_kind kind;
    tb_type_id type;
    uint32_t input;        /* INPUT: column of the batch */
    const tb_value *value; /* CONST, OUTER */
} tbi_reg;

struct tbi_prog {
    TB_LIST(tbi_instr) code;
    TB_LIST(tbi_reg) regs;
    uint32_t nout;
    uint32_t *out;          /* result registers */
    uint32_t nsites, depth; /* call sites; deepest selection stack */
    const tb_stmt *stmt;
};

/* One selection of the stack. */
typedef struct tbi_sel {
    const uint16_t *sel; /* NULL = all n rows */
    uint32_t n;
    uint16_t *own;
} tbi_sel;

typedef struct tbi_site {
    tb_fn_cx cx;
    tb_type_id *argtypes;
    tb_value *args;
    void *extra; /* ARRAY_OP, ARRAY_CAST: their own state, in memo */
    tbi_eval *sub;
} tbi_site;

struct tbi_eval {
    const tbi_prog *prog;
    uint32_t rows;
    tb_vector *temps; /* by register; temps[r].data is owned for TEMP registers */
    void **data;      /* their buffers */
    uint64_t **valid;
    const tb_vector **regs;
    tbi_sel *stack;
    uint32_t top;
    tbi_site *sites;
    tb_arena *arena; /* results of one run */
    tb_arena *memo;  /* lives as long as the evaluator */
    uint32_t nrows;  /* of the batch being run */
};

/* Makes register r a FLAT vector with all buffers and returns it. */
tb_vector *tbi_eval_temp(tbi_eval *ev, uint32_t r);
/* Row-at-a-time instructions: arrays, records, text casts. expr_compound.c */
tb_rc tbi_eval_compound(tbi_eval *ev, const tbi_instr *in, tb_error *err) TB_MUSTUSE;
/* State of a call site, made at its first use. */
tbi_site *tbi_eval_site(tbi_eval *ev, const tbi_instr *in, tb_error *err);

#endif
