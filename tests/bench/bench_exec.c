/* SPDX-License-Identifier: Apache-2.0
 * Speed of the executor on local data: join of 1.5 M with 6 M rows, aggregation to 200 k and 1.5 M
 * groups, sort of 6 M rows.
 *
 *     bench_exec run [CASE [runs [threads [memory MiB]]]]
 *                            a line per case: milliseconds of CPU (best), rows, peak memory
 *     bench_exec dump DIR    the two tables as DIR/orders.csv and DIR/lines.csv
 *     bench_exec serve       for each case read from standard input, a line as above
 *
 * tests/bench/compare.py pairs it with another engine on the dumped tables.
 */
#include "core/tz.h"
#include "executor/executor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ORDERS = 1500000, LINES = 6000000, PARTS = 200000 };

/* Two tables in memory, handed out without copying: orders(key, cust, name), lines(order, part,
 * price, random order). */
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
        ((int32_t *)t->cols[1])[i] = (int32_t)(mix(i) % PARTS);
        ((int64_t *)t->cols[2])[i] = (int64_t)(mix(i * 3) % 10000000);
        ((int64_t *)t->cols[3])[i] = (int64_t)(mix(i * 5) % ORDERS);
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

static tb_rc scan_open(void *ctx, const tb_stmt *stmt, const tb_relation *rel,
                       const uint16_t *attno, uint32_t n, tb_internal_scan **out, tb_error *err)
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

static tb_plan *join(tb_plan *l, tb_plan *r, tb_colid a, tb_colid b, const tb_colid *out,
                     uint32_t nout)
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

/* ---- cases ---- */

static table orders = {ORDERS, 3, {TB_T_INT8, TB_T_INT4, TB_T_TEXT}, {0}};
static table lines = {LINES, 4, {TB_T_INT8, TB_T_INT4, TB_T_INT8, TB_T_INT8}, {0}};
static const uint16_t all[] = {0, 1, 2, 3};

static tb_plan *join_case(uint16_t key)
{
    tb_plan *l = scan(&lines, 4, all), *o = scan(&orders, 1, all);
    return join(l, o, l->out[key], o->out[0], l->out, 1);
}

static tb_plan *join_ordered(void)
{
    return join_case(0);
}

static tb_plan *join_random(void)
{
    return join_case(3);
}

static tb_plan *join_group(void)
{
    tb_plan *l = scan(&lines, 4, all), *o = scan(&orders, 3, all);
    tb_colid keep[] = {l->out[2], o->out[1], o->out[2]};
    return group(join(l, o, l->out[3], o->out[0], keep, 3), &o->out[2], 1, l->out[2]);
}

static tb_plan *group_200k(void)
{
    tb_plan *l = scan(&lines, 4, all);
    return group(l, &l->out[1], 1, l->out[2]);
}

static tb_plan *group_1500k(void)
{
    tb_plan *l = scan(&lines, 4, all);
    return group(l, &l->out[3], 1, l->out[2]);
}

static tb_plan *sort_6m(void)
{
    tb_plan *l = scan(&lines, 3, all);
    return sort(l, l->out[2], l->out[0]);
}

static const struct bench_case {
    const char *name;
    tb_plan *(*make)(void);
} cases[] = {
    {"join_ordered", join_ordered}, {"join_random", join_random}, {"join_group", join_group},
    {"group_200k", group_200k},     {"group_1500k", group_1500k}, {"sort_6m", sort_6m},
};

static bool bench(const char *name, const tb_exec_host *host, int runs)
{
    bool found = false;
    for (size_t c = 0; c < TB_COUNT(cases); c++) {
        if (name != NULL && strcmp(cases[c].name, name) != 0)
            continue;
        found = true;
        double best = 1e18;
        uint64_t rows = 0, peak = 0;
        tb_plan *p = cases[c].make();
        for (int i = 0; i < runs; i++) {
            double ms = run(p, host, &rows, &peak);
            best = ms < best ? ms : best;
        }
        printf("%-12s %9.1f ms %10" PRIu64 " rows %7.1f MiB\n", cases[c].name, best, rows,
               (double)peak / 1048576);
        fflush(stdout);
    }
    return found;
}

static void serve(const tb_exec_host *host)
{
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (!bench(line, host, 1))
            exit((fprintf(stderr, "no such case: %s\n", line), 2));
    }
}

/* ---- the tables as text ---- */

static void dump_value(FILE *f, const table *t, uint32_t c, int64_t row)
{
    if (t->types[c] == TB_T_INT8)
        fprintf(f, "%" PRId64, ((const int64_t *)t->cols[c])[row]);
    else if (t->types[c] == TB_T_INT4)
        fprintf(f, "%" PRId32, ((const int32_t *)t->cols[c])[row]);
    else
        fprintf(f, "%.*s", (int)((const tb_str *)t->cols[c])[row].len,
                tb_str_data(&((const tb_str *)t->cols[c])[row]));
}

static void dump(const char *dir, const char *name, const table *t)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.csv", dir, name);
    FILE *f = fopen(path, "we");
    if (f == NULL)
        exit((perror(path), 1));
    for (int64_t i = 0; i < t->rows; i++)
        for (uint32_t c = 0; c < t->ncols; c++) {
            dump_value(f, t, c, i);
            fputc(c + 1 < t->ncols ? ',' : '\n', f);
        }
    if (fclose(f) != 0)
        exit((perror(path), 1));
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "run";
    const char *name = argc > 2 && strcmp(argv[2], "all") != 0 ? argv[2] : NULL;
    int runs = argc > 3 ? atoi(argv[3]) : 3;
    tb_exec_host host = {.internal_open = scan_open,
                         .threads = argc > 4 ? (uint32_t)atoi(argv[4]) : 1,
                         .batch_rows = TB_BATCH_ROWS,
                         .spill_dir = "/tmp"};
    arena = tb_arena_create(0);
    env = (tb_env){.tz = tb_tz_utc(), .timezone = "UTC", .extra_float_digits = 1};
    stmt = (tb_stmt){.arena = arena, .sql = "bench", .sql_len = 5, .env = &env};
    stmt.limits.memory_bytes = argc > 5 ? (size_t)atoi(argv[5]) << 20 : 0;
    tb_list_push(arena, &stmt.cols, ((tb_colinfo){0}));
    alloc_columns(&orders);
    alloc_columns(&lines);
    make_orders(&orders, arena);
    make_lines(&lines);
    if (strcmp(mode, "serve") == 0) {
        serve(&host);
    } else if (strcmp(mode, "dump") == 0 && name != NULL) {
        dump(name, "orders", &orders);
        dump(name, "lines", &lines);
    } else if (strcmp(mode, "run") != 0 || !bench(name, &host, runs)) {
        fprintf(stderr, "usage: bench_exec run|serve|dump ...\n");
        return 2;
    }
    for (uint32_t c = 0; c < 4; c++) {
        free(orders.cols[c]);
        free(lines.cols[c]);
    }
    tb_arena_destroy(arena);
    return 0;
}
