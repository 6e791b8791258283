/* SPDX-License-Identifier: Apache-2.0
 * 100,000 random NUMERIC expressions give the same text (or the same SQLSTATE) as PostgreSQL.
 */
#include "core/buf.h"
#include "core/num.h"

#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { EXPRESSIONS = 100000, BATCH = 2000 };

typedef enum op {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_DIVT,
    OP_POWER,
    OP_SQRT,
    OP_EXP,
    OP_LN,
    OP_LOG,
    OP_ROUND,
    OP_TRUNC,
    OP_CEIL,
    OP_FLOOR,
    OP_TYPMOD,
    OP_CMP,
    OP_TRIM,
    OP_INT8,
    OP_FLOAT,
    OP_COUNT
} op;

static const char *const sql_of_op[OP_COUNT] = {
    "a + b",
    "a - b",
    "a * b",
    "a / b",
    "mod(a, b)",
    "div(a, b)",
    "power(a, b)",
    "sqrt(a)",
    "exp(a)",
    "ln(a)",
    "log(a, b)",
    "round(a, b::int)",
    "trunc(a, b::int)",
    "ceil(a)",
    "floor(a)",
    "a::numeric(20,6)",
    "(a > b)::int - (a < b)::int",
    "trim_scale(a)",
    "a::int8",
    "a::float8::numeric",
};

static uint64_t state = 88172645463325252ULL;

static uint32_t rnd(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % below);
}

static void digits(char **at, int n)
{
    uint32_t style = rnd(8); /* runs of one digit find carries and rounding errors */
    for (int i = 0; i < n; i++)
        *(*at)++ = style == 0 ? '0' : style == 1 ? '9' : (char)('0' + rnd(10));
}

static int below(uint32_t n)
{
    return (int)rnd(n);
}

static void random_number(char *to, int whole_max, int frac_max, bool sign)
{
    static const char *const fixed[] = {"0",         "1",   "-1",  "0.00", "1.000",
                                        "10",        "100", "0.1", "NaN",  "Infinity",
                                        "-Infinity", "2",   "0.5", "1e10", "1e-10"};
    if (rnd(30) == 0) {
        strcpy(to, fixed[rnd(TB_COUNT(fixed))]);
        return;
    }
    if (sign && rnd(3) == 0)
        *to++ = '-';
    int whole = below((uint32_t)whole_max + 1), frac = below((uint32_t)frac_max + 1);
    digits(&to, whole);
    if (whole == 0)
        *to++ = '0';
    if (frac > 0) {
        *to++ = '.';
        digits(&to, frac);
    }
    *to = '\0';
}

typedef struct expression {
    op op;
    char a[400], b[400];
    char *got;
} expression;

static void make(expression *e)
{
    e->op = (op)rnd(OP_COUNT);
    int size = rnd(50) == 0 ? 150 : rnd(5) == 0 ? 30 : 10;
    random_number(e->a, size, size, true);
    random_number(e->b, size, size, true);
    if (e->op == OP_POWER) {
        random_number(e->a, 4, 6, true);
        random_number(e->b, 2, rnd(2) ? 0 : 5, true);
    } else if (e->op == OP_EXP) {
        random_number(e->a, 4, 20, true);
    } else if (e->op == OP_LOG || e->op == OP_LN) {
        bool tiny = rnd(4) == 0;
        random_number(e->a, tiny ? 0 : 20, 20, rnd(20) == 0);
        random_number(e->b, tiny ? 1 : 20, 20, rnd(20) == 0);
    } else if (e->op == OP_ROUND || e->op == OP_TRUNC) {
        snprintf(e->b, sizeof e->b, "%d", below(60) - 25);
    }
}

static tb_rc calculate(tb_arena *a, op o, const tb_num *x, const tb_num *y, tb_num *r,
                       tb_error *err)
{
    int64_t i = 0;
    switch (o) {
    case OP_ADD:
        return tb_num_add(a, x, y, r, err);
    case OP_SUB:
        return tb_num_sub(a, x, y, r, err);
    case OP_MUL:
        return tb_num_mul(a, x, y, r, err);
    case OP_DIV:
        return tb_num_div(a, x, y, r, err);
    case OP_MOD:
        return tb_num_mod(a, x, y, r, err);
    case OP_DIVT:
        return tb_num_div_trunc(a, x, y, r, err);
    case OP_POWER:
        return tb_num_power(a, x, y, r, err);
    case OP_SQRT:
        return tb_num_sqrt(a, x, r, err);
    case OP_EXP:
        return tb_num_exp(a, x, r, err);
    case OP_LN:
        return tb_num_ln(a, x, r, err);
    case OP_LOG:
        return tb_num_log(a, x, y, r, err);
    case OP_ROUND:
    case OP_TRUNC:
        TB_TRY(tb_num_to_int64(y, &i, err));
        if (o == OP_ROUND)
            return tb_num_round(a, x, (int)i, r, err);
        *r = tb_num_trunc(a, x, (int)i);
        return TB_OK;
    case OP_CEIL:
        *r = tb_num_ceil(a, x);
        return TB_OK;
    case OP_FLOOR:
        *r = tb_num_floor(a, x);
        return TB_OK;
    case OP_TYPMOD:
        return tb_num_apply_typmod(a, *x, tb_typmod_make_numeric(20, 6), r, err);
    case OP_CMP:
        *r = tb_num_from_int64(tb_num_cmp(x, y));
        return TB_OK;
    case OP_TRIM:
        *r = tb_num_trim_scale(a, x);
        return TB_OK;
    case OP_INT8:
        TB_TRY(tb_num_to_int64(x, &i, err));
        *r = tb_num_from_int64(i);
        return TB_OK;
    case OP_FLOAT:
        *r = tb_num_from_double(a, tb_num_to_double(x));
        return TB_OK;
    case OP_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static char *evaluate(tb_arena *a, const expression *e)
{
    tb_error err = {.position = -1};
    tb_num x, y, r;
    if (tb_num_parse(a, e->a, strlen(e->a), -1, &x, &err) != TB_OK ||
        tb_num_parse(a, e->b, strlen(e->b), -1, &y, &err) != TB_OK ||
        calculate(a, e->op, &x, &y, &r, &err) != TB_OK)
        return tb_arena_printf(a, "error %s", tb_sqlstate(err.code));
    if (!(e->op == OP_TRIM)) { /* equal values hash equal whatever their scale */
        tb_num trimmed = tb_num_trim_scale(a, &r);
        assert_true(tb_num_hash(&r, 7) == tb_num_hash(&trimmed, 7));
    }
    return tb_arena_strdup(a, tb_num_print(a, &r));
}

static void create_function(PGconn *conn)
{
    tb_buf sql;
    tb_buf_init(&sql, 1 << 20);
    tb_buf_puts(&sql, "create function pg_temp.evaluate(op int, a numeric, b numeric) returns text "
                      "language plpgsql as $$ begin case op ");
    for (int i = 0; i < OP_COUNT; i++)
        tb_buf_printf(&sql, "when %d then return (%s)::text; ", i, sql_of_op[i]);
    tb_buf_puts(&sql, "end case; exception when others then return 'error ' || sqlstate; end $$");
    PQclear(oracle_query(conn, tb_buf_cstr(&sql)));
    tb_buf_fini(&sql);
}

static int compare_batch(PGconn *conn, tb_arena *arena, expression *e, int n)
{
    tb_buf op_array, a_array, b_array;
    tb_buf *arrays[] = {&op_array, &a_array, &b_array};
    for (int k = 0; k < 3; k++) {
        tb_buf_init(arrays[k], 1 << 24);
        tb_buf_putc(arrays[k], '{');
    }
    for (int i = 0; i < n; i++) {
        const char *comma = i == 0 ? "" : ",";
        make(&e[i]);
        e[i].got = evaluate(arena, &e[i]);
        tb_buf_printf(&op_array, "%s%d", comma, (int)e[i].op);
        tb_buf_printf(&a_array, "%s%s", comma, e[i].a);
        tb_buf_printf(&b_array, "%s%s", comma, e[i].b);
    }
    const char *params[3];
    for (int k = 0; k < 3; k++) {
        tb_buf_putc(arrays[k], '}');
        params[k] = tb_buf_cstr(arrays[k]);
    }
    PGresult *r = PQexecParams(conn,
                               "select pg_temp.evaluate(op, a, b) from unnest($1::int[], "
                               "$2::numeric[], $3::numeric[]) with ordinality t(op, a, b, n) "
                               "order by n",
                               3, NULL, params, NULL, NULL, 0);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(conn));
    int wrong = 0;
    for (int i = 0; i < n; i++) {
        const char *want = PQgetvalue(r, i, 0);
        if (strcmp(want, e[i].got) != 0 && ++wrong <= 20)
            print_message("%s with a = %s, b = %s\n  want %s\n  got  %s\n", sql_of_op[e[i].op],
                          e[i].a, e[i].b, want, e[i].got);
    }
    PQclear(r);
    for (int k = 0; k < 3; k++)
        tb_buf_fini(arrays[k]);
    return wrong;
}

static void test_num__equals_postgresql(void **ctx)
{
    (void)ctx;
    PGconn *conn = oracle_connect();
    if (conn == NULL)
        skip();
    create_function(conn);
    expression *e = tb_xcalloc(BATCH, sizeof *e);
    tb_arena *arena = tb_arena_create(0);
    int wrong = 0;
    for (int done = 0; done < EXPRESSIONS; done += BATCH) {
        wrong += compare_batch(conn, arena, e, BATCH);
        tb_arena_reset(arena);
    }
    tb_arena_destroy(arena);
    free(e);
    PQfinish(conn);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_num__equals_postgresql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
