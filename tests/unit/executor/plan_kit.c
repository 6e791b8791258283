/* SPDX-License-Identifier: Apache-2.0
 */
#include "plan_kit.h"

#include "core/io_text.h"
#include "core/tz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* ---- the fake source ---- */

struct tb_conn {
    kit *k;
};

struct tb_scan {
    tb_conn *conn;
    int64_t at, end;
    int32_t modulus;
    tb_batch *batch;
    _Atomic int cancelled;
};

static tb_server fake_server = {.name = "fake", .driver = "fake"};

static tb_rc fake_open(tb_conn *conn, const tb_scan_request *req, tb_scan **out, tb_error *err)
{
    (void)err;
    tb_scan *s = calloc(1, sizeof *s);
    long long n;
    int m;
    assert_int_equal(sscanf(req->fragment->sql, "%lld %d", &n, &m), 2);
    s->conn = conn;
    s->at = req->range.whole ? 1 : req->range.lo;
    s->end = req->range.whole ? n + 1 : req->range.hi;
    s->modulus = m;
    __atomic_add_fetch(&conn->k->open_scans, 1, __ATOMIC_RELAXED);
    *out = s;
    return TB_OK;
}

static tb_rc fake_next(tb_scan *s, tb_batch *b, tb_error *err)
{
    kit *k = s->conn->k;
    tb_batch_reset(b);
    if (k->slow) {
        struct timespec ts = {.tv_nsec = 2000000};
        nanosleep(&ts, NULL);
    }
    for (; s->at < s->end && b->nrows < TB_BATCH_ROWS; s->at++, b->nrows++) {
        if (s->cancelled)
            return TB_RAISE(err, TB_E_QUERY_CANCELED, "cancelled");
        if (k->fail_at != 0 && s->at == k->fail_at)
            return TB_RAISE(err, TB_E_FDW_ERROR, "the source failed");
        char text[64];
        int len = snprintf(text, sizeof text, "row number %lld of the source", (long long)s->at);
        char *bytes = tb_arena_bytes(b->arena, (size_t)len);
        memcpy(bytes, text, (size_t)len);
        tb_vector_set(&b->cols[0], b->nrows, tb_value_int8(s->at));
        if (b->ncols > 1)
            tb_vector_set(&b->cols[1], b->nrows,
                          s->at % 7 == 0 ? tb_value_null()
                                         : tb_value_int4((int32_t)(s->at % s->modulus)));
        if (b->ncols > 2)
            tb_vector_set(&b->cols[2], b->nrows, tb_value_str(tb_str_make(bytes, (size_t)len)));
    }
    b->nsel = b->nrows;
    return TB_OK;
}

static void fake_cancel(tb_scan *s)
{
    s->cancelled = 1;
}

static void fake_close(tb_scan *s)
{
    __atomic_sub_fetch(&s->conn->k->open_scans, 1, __ATOMIC_RELAXED);
    free(s);
}

static uint32_t fake_partition(tb_conn *conn, const tb_fragment *f, uint32_t max,
                               tb_scan_range *ranges)
{
    kit *k = conn->k;
    long long n;
    int m;
    sscanf(f->sql, "%lld %d", &n, &m);
    uint32_t want = k->ranges < max ? k->ranges : max;
    for (uint32_t i = 0; i < want; i++)
        ranges[i] = (tb_scan_range){.lo = 1 + n * i / want, .hi = 1 + n * (i + 1) / want};
    return want;
}

static const tb_connector_ops fake_ops = {.driver = "fake",
                                          .open = fake_open,
                                          .next = fake_next,
                                          .cancel = fake_cancel,
                                          .close = fake_close,
                                          .partition = fake_partition};

static tb_rc fake_acquire(void *ctx, const tb_server *server, const tb_subject *subject,
                          const tb_connector_ops **ops, tb_conn **conn, tb_error *err)
{
    kit *k = ctx;
    (void)server;
    (void)subject;
    (void)err;
    uint32_t n = __atomic_add_fetch(&k->open_conns, 1, __ATOMIC_RELAXED);
    if (n > __atomic_load_n(&k->max_conns, __ATOMIC_RELAXED))
        __atomic_store_n(&k->max_conns, n, __ATOMIC_RELAXED);
    *conn = calloc(1, sizeof **conn);
    (*conn)->k = k;
    *ops = &fake_ops;
    return TB_OK;
}

static void fake_release(void *ctx, const tb_server *server, tb_conn *conn, bool broken)
{
    kit *k = ctx;
    (void)server;
    (void)broken;
    __atomic_sub_fetch(&k->open_conns, 1, __ATOMIC_RELAXED);
    free(conn);
}

/* ---- set-up ---- */

void kit_init(kit *k)
{
    *k = (kit){.arena = tb_arena_create(0)};
    k->env = (tb_env){.tz = tb_tz_utc(), .timezone = "UTC", .extra_float_digits = 1};
    k->stmt = (tb_stmt){
        .arena = k->arena, .sql = "test", .sql_len = 4, .env = &k->env, .eval = tb_exec_eval};
    snprintf(k->stmt.query_id, sizeof k->stmt.query_id, "%032x", 7);
    tb_list_push(k->arena, &k->stmt.cols, ((tb_colinfo){0}));
    k->host = (tb_exec_host){.ctx = k,
                             .acquire = fake_acquire,
                             .release = fake_release,
                             .threads = 1,
                             .batch_rows = TB_BATCH_ROWS,
                             .spill_dir = "/tmp"};
    k->spill_limit = (size_t)1 << 30;
}

void kit_fini(kit *k)
{
    assert_int_equal(k->open_scans, 0);
    assert_int_equal(k->open_conns, 0);
    free(k->text);
    tb_arena_destroy(k->arena);
}

/* ---- expressions ---- */

tb_type kit_type(const char *name)
{
    size_t len = strlen(name);
    char base[64];
    bool array = len > 2 && strcmp(name + len - 2, "[]") == 0;
    snprintf(base, sizeof base, "%.*s", (int)(array ? len - 2 : len), name);
    tb_type_id id = tb_type_from_name(base);
    assert_int_not_equal(id, TB_T_NONE);
    return tb_type_of(array ? tb_type_array_of(id) : id);
}

tb_colid kit_col(kit *k, const char *type)
{
    return tb_stmt_add_col(&k->stmt, "c", kit_type(type), true);
}

tb_expr *kit_ref(kit *k, tb_colid col)
{
    return tb_expr_col(k->arena, col, tb_stmt_col_type(&k->stmt, col));
}

tb_expr *kit_const(kit *k, const char *type, const char *text)
{
    tb_io_cx io = {.arena = k->arena, .dt.tz = tb_tz_utc(), .extra_float_digits = 1};
    tb_value v = tb_value_null();
    tb_error err = {0};
    if (text != NULL && tb_text_in(&io, kit_type(type), text, strlen(text), &v, &err) != TB_OK)
        fail_msg("%s: %s", text, err.message);
    return tb_expr_const(k->arena, kit_type(type), v);
}

tb_expr *kit_call(kit *k, tb_fn_id fn, const char *type, uint32_t n, ...)
{
    tb_expr *args[8];
    va_list ap;
    va_start(ap, n);
    for (uint32_t i = 0; i < n; i++)
        args[i] = va_arg(ap, tb_expr *);
    va_end(ap);
    return tb_expr_call(k->arena, fn, kit_type(type), args, n, -1);
}

tb_expr *kit_op(kit *k, const char *op, tb_expr *a, tb_expr *b)
{
    const tb_op_info *ops[200];
    size_t n = tb_op_lookup(op, 2, ops, 200);
    for (size_t i = 0; i < n; i++)
        if (ops[i]->left == a->type.id && ops[i]->right == b->type.id)
            return tb_expr_call2(k->arena, ops[i]->fn, tb_type_of(ops[i]->result), a, b);
    fail_msg("no operator %s", op);
    return NULL;
}

tb_expr *kit_and(kit *k, tb_expr *a, tb_expr *b)
{
    tb_expr *terms[] = {a, b};
    return tb_expr_and(k->arena, terms, 2);
}

/* ---- plans ---- */

static const char *next_word(const char **at, const char *seps, char *word, size_t cap)
{
    size_t n = strcspn(*at, seps);
    snprintf(word, cap, "%.*s", (int)n, *at);
    *at += n;
    return word;
}

tb_plan *kit_rows(kit *k, const char *types, const char *rows)
{
    char names[32][64], word[4096];
    uint32_t ncols = 0;
    tb_colid cols[32];
    for (const char *at = types; *at != '\0';) {
        cols[ncols] = kit_col(k, next_word(&at, " ", names[ncols], sizeof names[0]));
        ncols++;
        at += *at == ' ';
    }
    tb_plan *p = tb_plan_new(k->arena, TB_P_VALUES, NULL, NULL);
    tb_plan_set_out(k->arena, p, cols, ncols);
    TB_LIST(tb_expr **) list = {0};
    for (const char *at = rows; *at != '\0';) {
        tb_expr **row = TB_NEW_ARRAY(k->arena, tb_expr *, ncols);
        for (uint32_t c = 0; c < ncols; c++) {
            next_word(&at, ",;", word, sizeof word);
            row[c] = kit_const(k, names[c], strcmp(word, "~") == 0 ? NULL : word);
            at += *at == ',';
        }
        at += *at == ';';
        tb_list_push(k->arena, &list, row);
    }
    p->values.nrows = list.n;
    p->values.rows = list.at;
    return p;
}

tb_plan *kit_series(kit *k, int64_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)n);
    tb_plan *p = tb_plan_new(k->arena, TB_P_FUNC, NULL, NULL);
    tb_colid *col = TB_NEW(k->arena, tb_colid);
    *col = kit_col(k, "int8");
    tb_func_item *item = TB_NEW(k->arena, tb_func_item);
    item->call = kit_call(k, TB_FN_GENERATE_SERIES_INT8_INT8, "int8", 2, kit_const(k, "int8", "1"),
                          kit_const(k, "int8", text));
    item->ncols = 1;
    item->cols = col;
    p->func.n = 1;
    p->func.items = item;
    tb_plan_set_out(k->arena, p, col, 1);
    return p;
}

tb_plan *kit_project(kit *k, tb_plan *in, uint32_t n, ...)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_PROJECT, in, NULL);
    uint32_t total = in->nout + n;
    tb_assign *items = TB_NEW_ARRAY(k->arena, tb_assign, total);
    tb_colid *out = TB_NEW_ARRAY(k->arena, tb_colid, total);
    va_list ap;
    va_start(ap, n);
    for (uint32_t i = 0; i < total; i++) {
        tb_expr *e = i < in->nout ? kit_ref(k, in->out[i]) : va_arg(ap, tb_expr *);
        items[i].expr = e;
        items[i].out = out[i] =
            i < in->nout ? in->out[i] : tb_stmt_add_col(&k->stmt, "e", e->type, true);
    }
    va_end(ap);
    tb_plan_set_out(k->arena, p, out, total);
    p->project.n = total;
    p->project.items = items;
    return p;
}

tb_plan *kit_out(kit *k, tb_plan *in, uint32_t n, ...)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_PROJECT, in, NULL);
    tb_assign *items = TB_NEW_ARRAY(k->arena, tb_assign, n);
    tb_colid *out = TB_NEW_ARRAY(k->arena, tb_colid, n);
    va_list ap;
    va_start(ap, n);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = va_arg(ap, tb_colid);
        items[i] = (tb_assign){out[i], kit_ref(k, out[i])};
    }
    va_end(ap);
    tb_plan_set_out(k->arena, p, out, n);
    p->project.n = n;
    p->project.items = items;
    return p;
}

tb_plan *kit_filter(kit *k, tb_plan *in, tb_expr *cond)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_FILTER, in, NULL);
    tb_plan_set_out(k->arena, p, in->out, in->nout);
    p->filter.n = 1;
    p->filter.conjuncts = TB_NEW_ARRAY(k->arena, tb_expr *, 1);
    p->filter.conjuncts[0] = cond;
    return p;
}

static tb_plan *new_join(kit *k, tb_join_type type, tb_plan *left, tb_plan *right)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_JOIN, left, right);
    TB_LIST(tb_colid) out = {0};
    bool only_left = type == TB_JOIN_SEMI || type == TB_JOIN_ANTI || type == TB_JOIN_NULL_ANTI ||
                     type == TB_JOIN_MARK;
    for (uint32_t i = 0; i < left->nout; i++)
        tb_list_push(k->arena, &out, left->out[i]);
    for (uint32_t i = 0; i < right->nout && !only_left; i++)
        tb_list_push(k->arena, &out, right->out[i]);
    if (type == TB_JOIN_MARK) {
        p->join.mark = kit_col(k, "bool");
        tb_list_push(k->arena, &out, p->join.mark);
    }
    tb_plan_set_out(k->arena, p, out.at, out.n);
    p->join.type = type;
    return p;
}

tb_plan *kit_join(kit *k, tb_join_type type, tb_plan *left, tb_plan *right, tb_colid l, tb_colid r)
{
    tb_plan *p = new_join(k, type, left, right);
    tb_join_key *key = TB_NEW(k->arena, tb_join_key);
    key->left = kit_ref(k, l);
    key->right = kit_ref(k, r);
    key->eq = kit_op(k, "=", key->left, key->right)->call.fn;
    p->join.nkeys = 1;
    p->join.keys = key;
    return p;
}

tb_plan *kit_loop(kit *k, tb_join_type type, tb_plan *left, tb_plan *right, tb_expr *cond)
{
    tb_plan *p = new_join(k, type, left, right);
    if (cond != NULL) {
        p->join.nresidual = 1;
        p->join.residual = TB_NEW_ARRAY(k->arena, tb_expr *, 1);
        p->join.residual[0] = cond;
    }
    return p;
}

tb_plan *kit_agg(kit *k, tb_plan *in, uint32_t nkeys, ...)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_AGG, in, NULL);
    tb_colid *keys = TB_NEW_ARRAY(k->arena, tb_colid, nkeys + 1);
    va_list ap;
    va_start(ap, nkeys);
    for (uint32_t i = 0; i < nkeys; i++)
        keys[i] = va_arg(ap, tb_colid);
    va_end(ap);
    p->agg.nkeys = nkeys;
    p->agg.keys = keys;
    tb_plan_set_out(k->arena, p, keys, nkeys);
    return p;
}

tb_agg *kit_agg_add(kit *k, tb_plan *agg, tb_fn_id fn, const char *type, uint32_t nargs, ...)
{
    uint32_t n = agg->agg.naggs;
    tb_agg *aggs = TB_NEW_ARRAY(k->arena, tb_agg, n + 1);
    if (n > 0)
        memcpy(aggs, agg->agg.aggs, n * sizeof *aggs);
    tb_colid *args = TB_NEW_ARRAY(k->arena, tb_colid, nargs + 1),
             *out = TB_NEW_ARRAY(k->arena, tb_colid, agg->nout + 1);
    va_list ap;
    va_start(ap, nargs);
    for (uint32_t i = 0; i < nargs; i++)
        args[i] = va_arg(ap, tb_colid);
    va_end(ap);
    aggs[n] = (tb_agg){.out = kit_col(k, type),
                       .fn = fn,
                       .type = kit_type(type),
                       .nargs = nargs,
                       .args = args,
                       .pos = -1};
    if (agg->nout > 0)
        memcpy(out, agg->out, agg->nout * sizeof *out);
    out[agg->nout] = aggs[n].out;
    tb_plan_set_out(k->arena, agg, out, agg->nout + 1);
    agg->agg.aggs = aggs;
    agg->agg.naggs = n + 1;
    return &aggs[n];
}

tb_plan *kit_sort(kit *k, tb_plan *in, const char *spec, ...)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_SORT, in, NULL);
    uint32_t n = (uint32_t)strlen(spec);
    tb_sort_key *keys = TB_NEW_ARRAY(k->arena, tb_sort_key, n);
    va_list ap;
    va_start(ap, spec);
    for (uint32_t i = 0; i < n; i++)
        keys[i] = (tb_sort_key){
            .col = va_arg(ap, tb_colid), .desc = spec[i] == '-', .nulls_first = spec[i] == '-'};
    va_end(ap);
    tb_plan_set_out(k->arena, p, in->out, in->nout);
    p->sort.n = n;
    p->sort.keys = keys;
    return p;
}

tb_plan *kit_limit(kit *k, tb_plan *in, int64_t count, int64_t offset)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_LIMIT, in, NULL);
    tb_plan_set_out(k->arena, p, in->out, in->nout);
    if (count >= 0)
        p->limit.count = tb_expr_const(k->arena, tb_type_of(TB_T_INT8), tb_value_int8(count));
    if (offset > 0)
        p->limit.offset = tb_expr_const(k->arena, tb_type_of(TB_T_INT8), tb_value_int8(offset));
    return p;
}

tb_plan *kit_setop(kit *k, tb_setop op, bool all, tb_plan *left, tb_plan *right)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_SETOP, left, right);
    tb_colid *out = TB_NEW_ARRAY(k->arena, tb_colid, left->nout);
    for (uint32_t i = 0; i < left->nout; i++)
        out[i] = tb_stmt_add_col(&k->stmt, "u", tb_stmt_col_type(&k->stmt, left->out[i]), true);
    tb_plan_set_out(k->arena, p, out, left->nout);
    p->setop.op = op;
    p->setop.all = all;
    p->setop.left = left->out;
    p->setop.right = right->out;
    return p;
}

tb_plan *kit_fragment(kit *k, int64_t n, int32_t modulus)
{
    tb_fragment *f = TB_NEW(k->arena, tb_fragment);
    f->id = k->stmt.fragments.n;
    f->server = &fake_server;
    f->sql = tb_arena_printf(k->arena, "%lld %d", (long long)n, modulus);
    f->whole_table_scan = true;
    tb_list_push(k->arena, &k->stmt.fragments, f);
    tb_plan *p =
        tb_plan_new(k->arena, TB_P_FRAGMENT, tb_plan_new(k->arena, TB_P_EMPTY, NULL, NULL), NULL);
    tb_colid cols[] = {kit_col(k, "int8"), kit_col(k, "int4"), kit_col(k, "text")};
    tb_plan_set_out(k->arena, p, cols, 3);
    p->fragment = f;
    return p;
}

/* ---- running ---- */

static void print_batch(kit *k, const tb_plan *p, const tb_batch *b, tb_buf *out)
{
    tb_io_cx io = {.arena = k->arena, .dt.tz = tb_tz_utc(), .extra_float_digits = 1};
    assert_true(b->nsel > 0);
    for (uint32_t r = 0; r < b->nsel; r++) {
        uint32_t row = tb_batch_row(b, r);
        for (uint32_t c = 0; c < p->nout; c++) {
            tb_value v = tb_vector_get(&b->cols[c], row);
            if (c > 0)
                tb_buf_putc(out, '|');
            if (v.null)
                tb_buf_putc(out, '~');
            else
                tb_text_out(&io, tb_stmt_col_type(&k->stmt, p->out[c]), &v.d, out);
        }
        tb_buf_putc(out, '\n');
    }
}

const char *kit_run(kit *k, tb_plan *p)
{
    tb_buf out;
    tb_buf_init(&out, (size_t)1 << 31);
    tb_exec *exec = NULL;
    k->err = (tb_error){0};
    k->stmt.limits.memory_bytes = k->memory;
    k->stmt.limits.spill_bytes = k->spill_limit;
    tb_rc rc = tb_exec_start(&k->stmt, p, &k->host, &exec, &k->err);
    while (rc == TB_OK) {
        const tb_batch *b;
        rc = tb_exec_next(exec, &b, &k->err);
        if (rc != TB_OK || b == NULL)
            break;
        print_batch(k, p, b, &out);
    }
    if (rc != TB_OK) { /* how many rows came before depends on the batch size */
        tb_buf_reset(&out);
        tb_buf_printf(&out, "ERROR %s\n", tb_sqlstate(k->err.code));
    }
    if (exec != NULL) {
        k->peak = tb_exec_peak_memory(exec);
        k->spilled = tb_exec_spilled(exec);
    }
    tb_exec_close(exec);
    free(k->text);
    k->text = strdup(tb_buf_cstr(&out));
    tb_buf_fini(&out);
    return k->text;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *kit_sorted(kit *k, const char *text)
{
    size_t n = 0, at = 0;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == '\n';
    char **lines = malloc((n + 1) * sizeof *lines), *copy = strdup(text), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        lines[at++] = line;
    qsort(lines, at, sizeof *lines, by_bytes);
    char *out = tb_arena_bytes(k->arena, strlen(text) + 2), *to = out;
    for (size_t i = 0; i < at; i++)
        to += sprintf(to, "%s\n", lines[i]);
    *to = '\0';
    free(lines);
    free(copy);
    return out;
}

static const struct {
    uint32_t batch, threads;
    size_t memory;
} matrix[] = {
    {2048, 1, 0}, {1, 1, 0},        {3, 2, 0},         {2048, 4, 0},
    {64, 3, 0},   {2048, 1, 65536}, {100, 2, 1 << 20}, {1024, 4, 300000},
};

static void run_matrix(kit *k, tb_plan *p, const char *rows, bool sorted)
{
    for (size_t i = 0; i < TB_COUNT(matrix); i++) {
        k->host.batch_rows = matrix[i].batch;
        k->host.threads = matrix[i].threads;
        k->memory = matrix[i].memory;
        const char *got = kit_run(k, p);
        if (sorted)
            got = kit_sorted(k, got);
        if (strcmp(got, rows) != 0) {
            fprintf(stderr, "batch %u threads %u memory %zu\n", matrix[i].batch, matrix[i].threads,
                    matrix[i].memory);
            if (k->err.code != TB_E_SUCCESS)
                fprintf(stderr, "%s (%s:%d)\n", k->err.message, k->err.file, k->err.line);
        }
        if (strlen(rows) < 2000)
            assert_string_equal(got, rows);
        else
            assert_true(strcmp(got, rows) == 0);
    }
    k->host.batch_rows = TB_BATCH_ROWS;
    k->host.threads = 1;
    k->memory = 0;
}

const char *kit_run_all(kit *k, tb_plan *p)
{
    char *first = kit_sorted(k, kit_run(k, p));
    run_matrix(k, p, first, true);
    return first;
}

void kit_expect(kit *k, tb_plan *p, const char *rows)
{
    run_matrix(k, p, rows, false);
}

void kit_expect_sorted(kit *k, tb_plan *p, const char *rows)
{
    run_matrix(k, p, kit_sorted(k, rows), true);
}
