/* SPDX-License-Identifier: Apache-2.0
 * The running statement: pipelines of operators, run by workers. Internal.
 *
 * A plan becomes a list of pipelines in execution order. A pipeline takes morsels (batches) from
 * its sources, pushes each through a chain of operators (`down`) and ends in a sink: a hash table,
 * a sort, a store, the output queue. What a sink has built is a source of a later pipeline.
 *
 * Order. Morsels are numbered as they are claimed. Operators without order run morsels in parallel;
 * a `serial` operator is entered in morsel order only: the worker waits for its turn (tbi_turn) and
 * keeps it until its morsel is done. Sinks are serial. So every result, its order, and which error
 * is reported are those of one thread, whatever the timing.
 *
 * Nested runs (dependent joins, recursive steps) are compiled the same way and run inline by the
 * calling worker.
 */
#ifndef TB_EXECUTOR_EXEC_INT_H
#define TB_EXECUTOR_EXEC_INT_H

#include "executor/data_int.h"
#include "executor/eval_int.h"
#include "executor/executor.h"

#include <pthread.h>

typedef struct tbi_run tbi_run;
typedef struct tbi_pipe tbi_pipe;
typedef struct tbi_op tbi_op;
typedef struct tbi_source tbi_source;

/* One thread's place in a pipeline. */
typedef struct tbi_worker {
    tbi_pipe *pipe;
    uint32_t index; /* 0 .. run->nworkers - 1: which local state of operators is ours */
    uint64_t seq;   /* number of the morsel in hand */
    bool has_turn;  /* every earlier morsel is finished */
} tbi_worker;

/* ---- operators ---- */

typedef struct tbi_op_class {
    const char *name;
    tb_rc (*push)(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err);
    /* After the last input, with the turn: emit what was kept back. May be NULL. */
    tb_rc (*flush)(tbi_op *op, tbi_worker *w, tb_error *err);
    /* Sinks: the pipeline is over (one thread). May be NULL. */
    tb_rc (*finish)(tbi_op *op, tb_error *err);
    /* The pipeline that runs through it is over for good: gives memory back. May be NULL. */
    void (*over)(tbi_op *op);
    /* Back to the state before the first input (nested runs). May be NULL when there is no state.
     */
    void (*reset)(tbi_op *op);
    void (*destroy)(tbi_op *op);
} tbi_op_class;

/* First member of every operator. */
struct tbi_op {
    const tbi_op_class *cls;
    tbi_op *down; /* NULL for sinks */
    tbi_run *run;
    tbi_pipe *pipe;
    bool serial;
    _Atomic bool done;   /* wants no more input */
    const tb_plan *plan; /* whose rows `rows` counts; NULL = a helper */
    _Atomic uint64_t rows;
    tbi_op *next_op; /* all operators of the run */
};

/* ---- sources ---- */

typedef struct tbi_morsel {
    bool end;
    uint64_t at;     /* source's own: block, first row ... */
    tb_batch *batch; /* or the rows themselves, already taken */
} tbi_morsel;

typedef struct tbi_source_class {
    const char *name;
    /* Under the pipeline's claim lock, before the first claim. May be NULL. */
    tb_rc (*open)(tbi_source *s, tb_error *err);
    /* Under the claim lock: names the next piece of work, or the end. */
    tb_rc (*claim)(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err);
    /* Outside the lock: the rows of a claimed piece, valid until the worker's next load. */
    tb_rc (*load)(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out, tb_error *err);
    /* From any thread: nothing more is wanted; wakes a blocked claim. May be NULL. */
    void (*stop)(tbi_source *s);
    /* The step is over: gives back what is not memory. May be NULL; called once per open. */
    void (*close)(tbi_source *s);
    /* Its pipeline is over for good: gives memory back. May be NULL. */
    void (*over)(tbi_source *s);
    void (*reset)(tbi_source *s); /* may be NULL */
    void (*destroy)(tbi_source *s);
} tbi_source_class;

struct tbi_source {
    const tbi_source_class *cls;
    tbi_run *run;
    const tb_plan *plan;
    _Atomic uint64_t rows;
    tbi_source *next_source;
};

/* ---- pipelines ---- */

/* Steps run in order: the morsels of a source through `op`, or the flush of `op`. */
typedef struct tbi_step {
    tbi_source *source; /* NULL = flush */
    tbi_op *op;
    bool open, over;
} tbi_step;

struct tbi_pipe {
    tbi_run *run;
    tbi_op *sink;
    TB_LIST(tbi_step) steps;
    bool once; /* does not depend on what a nested run is run for: runs the first time only */
    bool ran;
    pthread_mutex_t claim_lock;
    uint32_t at;
    uint64_t next_seq;
    pthread_mutex_t turn_lock;
    pthread_cond_t turn_cond;
    uint64_t turn;
};

/* A compiled plan: the statement's, or that of a dependent or recursive subplan. */
struct tbi_run {
    tb_exec *exec;
    tb_arena *arena;  /* structures; freed with the statement */
    tbi_outer *outer; /* values of enclosing plans */
    uint32_t nworkers;
    bool repeats; /* a nested run */
    TB_LIST(tbi_pipe *) pipes;
    tbi_op *ops;
    tbi_source *sources;
    tbi_run *next_run; /* all runs of the execution */
};

/* ---- CTEs and working tables, known while compiling ---- */

typedef struct tbi_cte {
    uint32_t id;
    tbi_store *store;   /* sealed when it may be read */
    const tb_plan *def; /* columns of the store are def->out */
    bool working;       /* the working table of RECURSIVE */
    bool dynamic;       /* changes between runs of the nested plan it is in */
    bool protected_;
} tbi_cte;

/* State of one compilation; copied when scopes nest. */
typedef struct tbi_build {
    tb_exec *exec;
    tbi_run *run;
    bool nested;  /* the run may be repeated */
    bool in_once; /* inside a pipeline that runs once */
} tbi_build;

/* ---- compile.c ---- */

/* Appends to `pipe` what produces plan's rows and pushes them into `down`. */
tb_rc tbi_build_plan(tbi_build *b, const tb_plan *plan, tbi_pipe *pipe, tbi_op *down,
                     tb_error *err) TB_MUSTUSE;
/* A pipeline of its own that runs plan into sink, placed before all later ones. */
tb_rc tbi_build_into(tbi_build *b, const tb_plan *plan, tbi_op *sink, tb_error *err) TB_MUSTUSE;
tbi_pipe *tbi_pipe_new(tbi_build *b);
void tbi_pipe_add_source(tbi_pipe *pipe, tbi_source *s, tbi_op *op);
void tbi_pipe_add_flush(tbi_pipe *pipe, tbi_op *op);
void tbi_build_add_pipe(tbi_build *b, tbi_pipe *pipe);
/* Registers an operator of the run; size includes the tbi_op. */
void *tbi_op_new(tbi_build *b, size_t size, const tbi_op_class *cls, const tb_plan *plan,
                 tbi_op *down);
void *tbi_source_new(tbi_build *b, size_t size, const tbi_source_class *cls, const tb_plan *plan);
/* A nested run with its own outer columns; build its plan with tbi_build_into(). */
tbi_run *tbi_run_new(tb_exec *exec, tbi_outer *outer, uint32_t nworkers, bool repeats);
/* Does the plan read a department's rows? Then errors must not show values. */
bool tbi_plan_protected(const tb_exec *exec, const tb_plan *plan);
/* Does the plan read columns it does not produce, or a table that changes between runs? */
bool tbi_plan_depends(const tb_exec *exec, const tb_plan *plan);
/* Columns read in the plan and not produced in it. */
void tbi_plan_free_cols(const tb_plan *plan, tb_arena *arena, tb_colid **cols, uint32_t *n);
tbi_cte *tbi_cte_find(tb_exec *exec, uint32_t id);
tbi_cte *tbi_cte_add(tb_exec *exec, tbi_cte cte);
/* Types of a plan's output. */
tb_type_id *tbi_plan_types(const tb_exec *exec, tb_arena *arena, const tb_plan *plan);
tb_type_id *tbi_col_types(const tb_exec *exec, tb_arena *arena, const tb_colid *cols, uint32_t n);
/* Do two plans have the same output columns in the same order? */
static inline bool tbi_same_out(const tb_plan *a, const tb_plan *b)
{
    return a->nout == b->nout &&
           (a->nout == 0 || memcmp(a->out, b->out, a->nout * sizeof *a->out) == 0);
}
/* Position of a column in an output list. */
tb_rc tbi_col_index(const tb_colid *cols, uint32_t n, tb_colid col, uint32_t *at,
                    tb_error *err) TB_MUSTUSE;
tbi_scope tbi_plan_scope(const tbi_build *b, const tb_plan *input);

/* ---- pipeline.c ---- */

/* Runs all pipelines with this worker alone (nested runs). */
tb_rc tbi_run_inline(tbi_run *run, tb_error *err) TB_MUSTUSE;
/* Before the next tbi_run_inline(): forgets the last run but for pipelines that run once. */
void tbi_run_reset(tbi_run *run);
void tbi_run_destroy(tbi_run *run);
/* A worker's share of one pipeline; all workers call it, the last one out finishes the sink. */
tb_rc tbi_pipe_work(tbi_pipe *pipe, uint32_t index, tb_error *err) TB_MUSTUSE;
tb_rc tbi_pipe_finish(tbi_pipe *pipe, tb_error *err) TB_MUSTUSE;
/* Wakes workers waiting for their turn (failure). */
void tbi_pipe_wake(tbi_pipe *pipe);

/* Hands rows to the next operator. */
tb_rc tbi_emit(tbi_op *op, tbi_worker *w, const tb_batch *batch, tb_error *err) TB_MUSTUSE;
/* Waits until every earlier morsel is finished. */
tb_rc tbi_turn(tbi_worker *w, tb_error *err) TB_MUSTUSE;
/* The operator has what it needs: stops its sources. */
void tbi_op_done(tbi_op *op);
bool tbi_chain_done(const tbi_op *op);
/* 57014 (or a quiet failure) when the statement was cancelled or has failed. Once per batch. */
tb_rc tbi_alive(tb_exec *exec, tb_error *err) TB_MUSTUSE;

/* ---- operators and sources, one constructor per file ---- */

tb_rc tbi_op_filter(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out,
                    tb_error *err) TB_MUSTUSE;
tb_rc tbi_op_project(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out,
                     tb_error *err) TB_MUSTUSE;
/* Reorders columns: out[i] = column cols[i] of the input. Counts as plan's rows when plan is given.
 */
tb_rc tbi_op_remap(tbi_build *b, const tb_plan *plan, const tb_plan *input, const tb_colid *cols,
                   uint32_t n, tbi_op *down, tbi_op **out, tb_error *err) TB_MUSTUSE;
/* Computes expressions over an input; a helper below sinks, so that their arguments are computed in
 * parallel. */
tb_rc tbi_op_exprs(tbi_build *b, const tb_plan *input, tb_expr *const *exprs, uint32_t n,
                   tbi_op *down, tbi_op **out, tb_error *err) TB_MUSTUSE;
tb_rc tbi_op_limit(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out,
                   tb_error *err) TB_MUSTUSE;
tb_rc tbi_op_distinct_on(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out,
                         tb_error *err) TB_MUSTUSE;
/* A store as a sink and as a source. */
tbi_op *tbi_op_store(tbi_build *b, tbi_store *store);
tbi_source *tbi_source_store(tbi_build *b, const tb_plan *plan, tbi_store *store,
                             const uint32_t *cols, uint32_t ncols);

/* Building blocks of the plan switch: each appends its part to pipe. */
tb_rc tbi_build_scan(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                     tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_fragment(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                         tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_values(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                       tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_func(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                     tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_project_set(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                            tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_join(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                     tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_agg(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                    tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_window(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                       tb_error *err) TB_MUSTUSE;
/* limit: rows needed from the top, 0 = all. */
tb_rc tbi_build_sort(tbi_build *b, const tb_plan *p, uint64_t limit, tbi_pipe *pipe, tbi_op *down,
                     tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_limit(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                      tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_setop(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                      tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_cte(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                    tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_cte_ref(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                        tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_recursive(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                          tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_lateral(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                        tb_error *err) TB_MUSTUSE;

/* ---- readers (reader.c) ---- */

typedef struct tbi_stream tbi_stream;
/* Interrupts the source connections of a stream; from any thread. */
void tbi_stream_interrupt(tbi_stream *s);

/* ---- the execution (exec.c) ---- */

typedef enum tbi_state { TBI_RUNNING, TBI_FAILED, TBI_CANCELLED, TBI_CLOSING } tbi_state;

/* How far a fragment is read: sources hold a state for the scans to come. */
typedef struct tbi_reading {
    const tb_connector_ops *ops; /* NULL = not begun */
    bool done;                   /* and will not be read again */
} tbi_reading;

struct tb_exec {
    tb_stmt *stmt;
    const tb_plan *plan;
    tb_exec_host host;
    tb_arena *arena;
    tbi_budget budget;
    tbi_spill *spill;
    uint64_t seed;     /* of hash tables */
    _Atomic int state; /* tbi_state */
    tbi_run *main;
    tbi_run *runs;
    TB_LIST(tbi_cte *) ctes;
    tb_lang lang; /* of error messages */
    uint32_t batch_rows;
    uint16_t *identity; /* 0, 1, 2, ...: selections of slices */
    /* threads */
    pthread_t *threads;
    uint32_t nthreads;
    pthread_mutex_t lock;   /* guards everything below */
    pthread_cond_t changed; /* output, barrier, state */
    uint32_t pipe_at;       /* pipeline being run */
    uint32_t arrived;       /* workers that are done with it */
    tbi_stream *streams;    /* open readers, to interrupt */
    tb_error error;         /* first one */
    /* output queue */
    tb_batch *queue[4];
    uint32_t qhead, qlen;
    bool finished;
    tb_batch *current;        /* lent to the caller */
    tb_fragment_stats *stats; /* per fragment */
    tbi_reading *reading;     /* per fragment */
};

/* Records the first failure and wakes everybody. */
void tbi_exec_fail(tb_exec *exec, const tb_error *err);
tbi_op *tbi_op_output(tbi_build *b);
/* Sources need not hold their state for later scans: nobody asks soon, or the statement is over. */
void tbi_exec_let_go(tb_exec *exec);
void tbi_exec_add_stream(tb_exec *exec, tbi_stream *s);
void tbi_exec_drop_stream(tb_exec *exec, tbi_stream *s);
int64_t tbi_clock_us(void);

#endif
