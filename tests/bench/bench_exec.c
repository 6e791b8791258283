/* SPDX-License-Identifier: Apache-2.0
 * Speed of the executor on local data: join 1.5 M x 6 M, aggregation to 200 k and 1.5 M groups, sort of 6 M rows.
 * One line per case: name, milliseconds of CPU (best of the runs), rows out. tests/bench/run compares them with DuckDB.
 *
 *     bench_exec [scale [runs [threads [memory MiB]]]]     BENCH_ONLY=part of a name
 */
#include "core/tz.h"
#include "executor/executor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ORDERS = 1500000, LINES = 6000000 };

/* Two tables in memory, handed out without copying: orders(key, cust, name), lines(order, part, price, random order). */
typedef struct table {
    int64_t rows;
    uint32_t ncols;
    tb_type_id types[4];
    void *cols[4];
} table;

typedef struct table_scan {
    tb_internal_scan scan;
    const table *t;
    uint32_t n;
    uint16_t attno[8];
    int64_t at;
} table_scan;

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 31)) * 0x7fb5d329728ea185ULL;
    x = (x ^ (x >> 27)) * 0x81dadef4bc2dd44dULL;
    return x ^ (x >> 33);
}

static void make_lines(table *t)
{
    uint64_t rows = (uint64_t)t->rows;
    for (uint64_t i = 0; i < rows; i++) {
        ((int64_t *)t->cols[0])[i] = (int64_t)(i / 4); /* clustered by order */
        ((int32_t *)t->cols[1])[i] = (int32_t)(mix(i) % (rows / 30));
        ((int64_t *)t->cols[2])[i] = (int64_t)(mix(i * 3) % 10000000);
        ((int64_t *)t->cols[3])[i] = (int64_t)(mix(i * 5) % (rows / 4));
    }
}

static void make_orders(table *t, tb_arena *bytes)
{
    for (int64_t i = 0; i < t->rows; i++) {
        char *p = tb_arena_bytes(bytes, 24);
        int len = snprintf(p, 24, "customer#%011" PRIu64, mix((uint64_t)i) % 150000);
        ((int64_t *)t->cols[0])[i] = i;
        ((int32_t *)t->cols[1])[i] = (int32_t)(mix((uint64_t)i * 7) % 150000);
        ((tb_str *)t->cols[2])[i] = tb_str_make(p, (size_t)len);
    }
}

static void alloc_columns(table *t)
{
    for (uint32_t c = 0; c < t->ncols; c++)
        t->cols[c] = tb_xcalloc((size_t)t->rows, tb_phys_width(tb_type_phys(t->types[c])));
}

static tb_rc scan_next(tb_internal_scan *scan, tb_batch *b, tb_error *err)
{
    table_scan *s = (table_scan *)scan;
    (void)err;
    int64_t left = s->t->rows - s->at;
    b->nrows = b->nsel = left < TB_BATCH_ROWS ? (uint32_t)left : TB_BATCH_ROWS;
    for (uint32_t c = 0; c < s->n; c++) {
        size_t width = tb_phys_width((tb_phys)b->cols[c].phys);
        b->cols[c].data = (char *)s->t->cols[s->attno[c]] + (size_t)s->at * width;
    }
    s->at += b->nrows;
    return TB_OK;
}

static void scan_close(tb_internal_scan *scan)
{
    free(scan);
}

static tb_rc scan_open(void *ctx, const tb_stmt *stmt, const tb_relation *rel, const uint16_t *attno, uint32_t n,
                       tb_internal_scan **out, tb_error *err)
{
    (void)ctx;
    (void)stmt;
    (void)err;
    table_scan *s = calloc(1, sizeof *s);
    s->scan = (tb_internal_scan){scan_next, scan_close};
    s->t = (const table *)rel->remote_name; /* the table travels in an unused field */
    s->n = n;
    memcpy(s->attno, attno, n * sizeof *attno);
    *out = &s->scan;
    return TB_OK;
}

/* ---- plans ---- */

static tb_stmt stmt;
static tb_env env;
static tb_arena *arena;

static tb_plan *scan(table *t, uint32_t n, const uint16_t *attno)
{
    tb_relation *rel = TB_NEW(arena, tb_relation);
    rel->kind = TB_REL_INTERNAL;
    rel->remote_name = (const char *)t;
    tb_plan *p = tb_plan_new(arena, TB_P_SCAN, NULL, NULL);
    tb_colid cols[8];
    for (uint32_t i = 0; i < n; i++)
        cols[i] = tb_stmt_add_col(&stmt, "c", tb_type_of(t->types[attno[i]]), false);
    tb_plan_set_out(arena, p, cols, n);
    p->scan.rel = rel;
    p->scan.attno = attno;
    return p;
}

static tb_expr *ref(tb_colid col)
{
    return tb_expr_col(arena, col, tb_stmt_col_type(&stmt, col));
}

static tb_plan *join(tb_plan *l, tb_plan *r, tb_colid a, tb_colid b, const tb_colid *out, uint32_t nout)
{
    tb_plan *p = tb_plan_new(arena, TB_P_JOIN, l, r);
    tb_join_key *k = TB_NEW(arena, tb_join_key);
    *k = (tb_join_key){.left = ref(a), .right = ref(b), .eq = TB_FN_INT8EQ};
    p->join.nkeys = 1;
    p->join.keys = k;
    tb_plan_set_out(arena, p, out, nout);
    return p;
}

static tb_plan *group(tb_plan *in, const tb_colid *keys, uint32_t nkeys, tb_colid sum)
{
    tb_plan *p = tb_plan_new(arena, TB_P_AGG, in, NULL);
    tb_agg *aggs = TB_NEW_ARRAY(arena, tb_agg, 2);
    tb_colid out[4];
    uint32_t n = 0;
    for (uint32_t i = 0; i < nkeys; i++)
        out[n++] = keys[i];
    aggs[0] = (tb_agg){.out = tb_stmt_add_col(&stmt, "count", tb_type_of(TB_T_INT8), false),
                       .fn = TB_FN_COUNT_STAR,
                       .type = tb_type_of(TB_T_INT8)};
    out[n++] = aggs[0].out;
    if (sum != 0) {
        tb_colid *arg = TB_NEW(arena, tb_colid);
        *arg = sum;
        aggs[1] = (tb_agg){.out = tb_stmt_add_col(&stmt, "sum", tb_type_of(TB_T_NUMERIC), true),
                           .fn = TB_FN_SUM_INT8,
                           .type = tb_type_of(TB_T_NUMERIC),
                           .nargs = 1,
                           .args = arg};
        out[n++] = aggs[1].out;
    }
    p->agg.nkeys = nkeys;
    p->agg.keys = nkeys == 0 ? NULL : tb_arena_memdup(arena, keys, nkeys * sizeof *keys);
    p->agg.naggs = sum != 0 ? 2 : 1;
    p->agg.aggs = aggs;
    tb_plan_set_out(arena, p, out, n);
    return p;
}

static tb_plan *sort(tb_plan *in, tb_colid a, tb_colid b)
{
    tb_plan *p = tb_plan_new(arena, TB_P_SORT, in, NULL);
    tb_sort_key *keys = TB_NEW_ARRAY(arena, tb_sort_key, 2);
    keys[0].col = a;
    keys[1].col = b;
    p->sort.n = b == 0 ? 1 : 2;
    p->sort.keys = keys;
    tb_plan_set_out(arena, p, in->out, in->nout);
    return p;
}

static double run(tb_plan *p, const tb_exec_host *host, uint64_t *rows, uint64_t *peak)
{
    struct timespec a, b;
    tb_exec *exec;
    tb_error err = {0};
    const tb_batch *batch;
    *rows = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    if (tb_exec_start(&stmt, p, host, &exec, &err) != TB_OK)
        exit((fprintf(stderr, "%s\n", err.message), 1));
    do {
        if (tb_exec_next(exec, &batch, &err) != TB_OK)
            exit((fprintf(stderr, "%s\n", err.message), 1));
        *rows += batch == NULL ? 0 : batch->nsel;
    } while (batch != NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    *peak = tb_exec_peak_memory(exec);
    tb_exec_close(exec);
    return (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

static void bench(const char *name, tb_plan *p, const tb_exec_host *host, int runs)
{
    const char *only = getenv("BENCH_ONLY");
    if (only != NULL && strstr(name, only) == NULL)
        return;
    double best = 1e18;
    uint64_t rows = 0, peak = 0;
    for (int i = 0; i < runs; i++) {
        double ms = run(p, host, &rows, &peak);
        best = ms < best ? ms : best;
    }
    printf("%-24s %9.1f ms %10" PRIu64 " rows %7.1f MiB\n", name, best, rows, (double)peak / 1048576);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    double scale = argc > 1 ? atof(argv[1]) : 1;
    int runs = argc > 2 ? atoi(argv[2]) : 3;
    tb_exec_host host = {.internal_open = scan_open,
                         .threads = argc > 3 ? (uint32_t)atoi(argv[3]) : 1,
                         .batch_rows = TB_BATCH_ROWS,
                         .spill_dir = "/tmp"};
    arena = tb_arena_create(0);
    env = (tb_env){.tz = tb_tz_utc(), .timezone = "UTC", .extra_float_digits = 1};
    stmt = (tb_stmt){.arena = arena, .sql = "bench", .sql_len = 5, .env = &env};
    stmt.limits.memory_bytes = argc > 4 ? (size_t)atoi(argv[4]) << 20 : 0;
    tb_list_push(arena, &stmt.cols, ((tb_colinfo){0}));
    table orders = {(int64_t)(ORDERS * scale), 3, {TB_T_INT8, TB_T_INT4, TB_T_TEXT}, {0}};
    table lines = {(int64_t)(LINES * scale), 4, {TB_T_INT8, TB_T_INT4, TB_T_INT8, TB_T_INT8}, {0}};
    alloc_columns(&orders);
    alloc_columns(&lines);
    make_orders(&orders, arena);
    make_lines(&lines);

    static const uint16_t all[] = {0, 1, 2, 3};
    tb_plan *l = scan(&lines, 4, all), *o1 = scan(&orders, 1, all), *o3 = scan(&orders, 3, all);
    bench("scan 4 columns", group(l, NULL, 0, l->out[2]), &host, runs);
    bench("join clustered", group(join(l, o1, l->out[0], o1->out[0], l->out, 1), NULL, 0, 0), &host, runs);
    bench("join random", group(join(l, o1, l->out[3], o1->out[0], l->out, 1), NULL, 0, 0), &host, runs);
    tb_colid keep[] = {l->out[2], o3->out[1], o3->out[2]};
    bench("join payload, group 150k", group(join(l, o3, l->out[3], o3->out[0], keep, 3), &o3->out[2], 1, l->out[2]), &host, runs);
    bench("group 200k", group(l, &l->out[1], 1, l->out[2]), &host, runs);
    bench("group 1.5M", group(l, &l->out[3], 1, l->out[2]), &host, runs);
    tb_plan *s = scan(&lines, 3, all);
    bench("sort price, key", sort(s, s->out[2], s->out[0]), &host, runs);
    for (uint32_t c = 0; c < 4; c++) {
        free(orders.cols[c]);
        free(lines.cols[c]);
    }
    tb_arena_destroy(arena);
    return 0;
}
