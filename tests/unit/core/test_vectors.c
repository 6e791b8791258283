/* SPDX-License-Identifier: Apache-2.0
 * Values against vectors taken from real PostgreSQL 15: the .tsv files in vectors/, one case a
 * line,
 *
 *     time zone <TAB> operation <TAB> argument ... <TAB> = <TAB> result
 *
 * where an error is written "error SQLSTATE message / detail".
 *
 * Tabs, newlines and backslashes inside fields are written \t \n \\. The operations are the table
 * below: the SQL that PostgreSQL evaluates ($1, $2 ... are the arguments as literals) and the C
 * function that must agree.
 *
 * With TOMBOLO_ORACLE set the results are asked from PostgreSQL again and compared with the file as
 * well; with TOMBOLO_UPDATE=1 on top they are written into the file.
 */
#include "core/array.h"
#include "core/buf.h"
#include "core/datetime.h"
#include "core/io_binary.h"
#include "core/json.h"
#include "core/list.h"
#include "core/utf8.h"

#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { MAX_ARGS = 6, MAX_LINE = 1 << 20 };

/* 2024-06-30 12:34:56.789 UTC, in place of the clock */
#define NOW_US INT64_C(772979696789000)

typedef struct call {
    tb_io_cx cx;
    int nargs;
    const char *arg[MAX_ARGS];
    size_t len[MAX_ARGS];
    tb_buf *out;
    tb_error *err;
} call;

/* ---- helpers of operations ---- */

static tb_type parse_type(const char *name)
{
    char base[64];
    tb_type t = {.typmod = -1};
    name += *name == '"';
    size_t n = strcspn(name, "\"([");
    snprintf(base, sizeof base, "%.*s", (int)n, name);
    t.id = tb_type_from_name(base);
    if (name[n] == '(') {
        int a = 0, b = 0;
        sscanf(name + n, "(%d,%d)", &a, &b);
        t.typmod = t.id == TB_T_NUMERIC      ? tb_typmod_make_numeric(a, b)
                   : t.id == TB_T_INTERVAL   ? tb_typmod_make_interval(TB_IVM_FULL, a)
                   : tb_type_is_string(t.id) ? a + 4
                                             : a;
    }
    if (strstr(name, "[]") != NULL)
        t.id = tb_type_array_of(t.id);
    if (t.id == TB_T_NONE)
        fail_msg("unknown type %s", name);
    return t;
}

static tb_rc arg_in(call *c, int i, tb_type type, tb_value *v)
{
    return tb_text_in(&c->cx, type, c->arg[i], c->len[i], v, c->err);
}

static tb_rc result(call *c, tb_type_id type, tb_datum d)
{
    tb_text_out(&c->cx, tb_type_of(type), &d, c->out);
    return TB_OK;
}

#define ARG(i, id, v)                                                                              \
    tb_value v;                                                                                    \
    TB_TRY(arg_in(c, i, tb_type_of(TB_T_##id), &v))

static tb_rc op_in(call *c)
{
    tb_type type = parse_type(c->arg[0]);
    tb_value v, again;
    tb_buf wire;
    TB_TRY(arg_in(c, 1, type, &v));
    /* what goes out in binary comes back the same */
    tb_buf_init(&wire, 1 << 20);
    tb_error err = {0};
    if (tb_binary_out(&c->cx, type, &v.d, &wire, &err) == TB_OK && type.id != TB_T_PG_NODE_TREE) {
        if (tb_binary_in(&c->cx, tb_type_of(type.id), tb_buf_cstr(&wire), wire.len, &again, &err) !=
            TB_OK)
            fail_msg("binary %s: %s", c->arg[1], err.message);
        v = again;
    }
    tb_buf_fini(&wire);
    if (type.id == TB_T_BOOL) /* bool::text is not its output function */
        tb_buf_puts(c->out, v.d.b ? "true" : "false");
    else
        tb_text_out(&c->cx, type, &v.d, c->out);
    return TB_OK;
}

/* send function's bytes in hexadecimal */
static tb_rc op_send(call *c)
{
    tb_type type = parse_type(c->arg[0]);
    tb_value v;
    tb_buf wire;
    TB_TRY(arg_in(c, 1, type, &v));
    tb_buf_init(&wire, 1 << 20);
    TB_TRY(tb_binary_out(&c->cx, type, &v.d, &wire, c->err));
    tb_datum d = {.str = tb_str_make(tb_buf_cstr(&wire), wire.len)};
    tb_text_out(&c->cx, tb_type_of(TB_T_BYTEA), &d, c->out);
    tb_buf_fini(&wire);
    return TB_OK;
}

static tb_rc op_compare(call *c)
{
    tb_type type = parse_type(c->arg[0]);
    tb_value a, b;
    TB_TRY(arg_in(c, 1, type, &a));
    TB_TRY(arg_in(c, 2, type, &b));
    int cmp = tb_value_cmp(type.id, &a.d, &b.d);
    if (cmp == 0)
        assert_true(tb_value_hash(type.id, &a.d, 5) == tb_value_hash(type.id, &b.d, 5));
    return result(c, TB_T_INT4, (tb_datum){.i32 = (cmp > 0) - (cmp < 0)});
}

static tb_rc op_ts_add(call *c)
{
    ARG(0, TIMESTAMP, t);
    ARG(1, INTERVAL, i);
    TB_TRY(tb_timestamp_add(t.d.i64, &i.d.interval, &t.d.i64, c->err));
    return result(c, TB_T_TIMESTAMP, t.d);
}

static tb_rc op_tstz_add(call *c)
{
    ARG(0, TIMESTAMPTZ, t);
    ARG(1, INTERVAL, i);
    TB_TRY(tb_timestamptz_add(t.d.i64, &i.d.interval, c->cx.dt.tz, &t.d.i64, c->err));
    return result(c, TB_T_TIMESTAMPTZ, t.d);
}

static tb_rc op_ts_diff(call *c)
{
    ARG(0, TIMESTAMP, a);
    ARG(1, TIMESTAMP, b);
    tb_value r;
    TB_TRY(tb_timestamp_diff(a.d.i64, b.d.i64, &r.d.interval, c->err));
    return result(c, TB_T_INTERVAL, r.d);
}

static tb_rc op_age(call *c)
{
    ARG(0, TIMESTAMP, a);
    ARG(1, TIMESTAMP, b);
    tb_value r;
    TB_TRY(tb_age(a.d.i64, b.d.i64, NULL, &r.d.interval, c->err));
    return result(c, TB_T_INTERVAL, r.d);
}

static tb_rc op_age_tz(call *c)
{
    ARG(0, TIMESTAMPTZ, a);
    ARG(1, TIMESTAMPTZ, b);
    tb_value r;
    TB_TRY(tb_age(a.d.i64, b.d.i64, c->cx.dt.tz, &r.d.interval, c->err));
    return result(c, TB_T_INTERVAL, r.d);
}

static tb_rc op_extract(call *c)
{
    tb_type type = parse_type(c->arg[1]);
    tb_value v, r;
    TB_TRY(arg_in(c, 2, type, &v));
    TB_TRY(tb_extract(c->cx.arena, c->arg[0], c->len[0], type.id, &v.d, c->cx.dt.tz, &r.d.num,
                      &r.null, c->err));
    return r.null ? (tb_buf_puts(c->out, "NULL"), TB_OK) : result(c, TB_T_NUMERIC, r.d);
}

static tb_rc op_date_part(call *c)
{
    tb_type type = parse_type(c->arg[1]);
    tb_value v, r;
    TB_TRY(arg_in(c, 2, type, &v));
    TB_TRY(
        tb_date_part(c->arg[0], c->len[0], type.id, &v.d, c->cx.dt.tz, &r.d.f64, &r.null, c->err));
    return r.null ? (tb_buf_puts(c->out, "NULL"), TB_OK) : result(c, TB_T_FLOAT8, r.d);
}

static tb_rc op_trunc(call *c)
{
    tb_type type = parse_type(c->arg[1]);
    tb_value v;
    TB_TRY(arg_in(c, 2, type, &v));
    const char *unit = c->arg[0];
    size_t n = c->len[0];
    if (type.id == TB_T_TIMESTAMP)
        TB_TRY(tb_timestamp_trunc(unit, n, v.d.i64, &v.d.i64, c->err));
    else if (type.id == TB_T_TIMESTAMPTZ)
        TB_TRY(tb_timestamptz_trunc(unit, n, v.d.i64, c->cx.dt.tz, &v.d.i64, c->err));
    else
        TB_TRY(tb_interval_trunc(unit, n, &v.d.interval, &v.d.interval, c->err));
    return result(c, type.id, v.d);
}

static tb_rc op_at_zone(call *c)
{
    tb_type type = parse_type(c->arg[0]);
    tb_value v;
    TB_TRY(arg_in(c, 1, type, &v));
    if (type.id == TB_T_TIMESTAMP) {
        TB_TRY(tb_timestamp_at_zone(v.d.i64, c->arg[2], c->len[2], &v.d.i64, c->err));
        return result(c, TB_T_TIMESTAMPTZ, v.d);
    }
    TB_TRY(tb_timestamptz_at_zone(v.d.i64, c->arg[2], c->len[2], &v.d.i64, c->err));
    return result(c, TB_T_TIMESTAMP, v.d);
}

static tb_rc op_interval_math(call *c)
{
    ARG(1, INTERVAL, a);
    tb_value r = {.null = false};
    const char *op = c->arg[0];
    tb_interval *i = &a.d.interval;
    if (strcmp(op, "*") == 0 || strcmp(op, "/") == 0) {
        ARG(2, FLOAT8, f);
        TB_TRY(op[0] == '*' ? tb_interval_mul(i, f.d.f64, &r.d.interval, c->err)
                            : tb_interval_div(i, f.d.f64, &r.d.interval, c->err));
    } else {
        ARG(2, INTERVAL, b);
        TB_TRY(op[0] == '+' ? tb_interval_add(i, &b.d.interval, &r.d.interval, c->err)
                            : tb_interval_sub(i, &b.d.interval, &r.d.interval, c->err));
    }
    return result(c, TB_T_INTERVAL, r.d);
}

static tb_rc op_justify(call *c)
{
    ARG(1, INTERVAL, a);
    tb_interval *i = &a.d.interval;
    const char *what = c->arg[0];
    if (strcmp(what, "justify_hours") == 0)
        TB_TRY(tb_justify_hours(i, i, c->err));
    else if (strcmp(what, "justify_days") == 0)
        TB_TRY(tb_justify_days(i, i, c->err));
    else
        TB_TRY(tb_justify_interval(i, i, c->err));
    return result(c, TB_T_INTERVAL, a.d);
}

static tb_rc op_interval_style(call *c)
{
    static const char *const styles[] = {"postgres", "postgres_verbose", "sql_standard",
                                         "iso_8601"};
    ARG(1, INTERVAL, a);
    for (int i = 0; i < 4; i++)
        if (strcmp(styles[i], c->arg[0]) == 0)
            tb_interval_out(&a.d.interval, i, c->out);
    return TB_OK;
}

static tb_rc op_time_add(call *c)
{
    ARG(0, TIME, t);
    ARG(1, INTERVAL, i);
    t.d.i64 = tb_time_add(t.d.i64, &i.d.interval);
    return result(c, TB_T_TIME, t.d);
}

static tb_rc op_make_date(call *c)
{
    tb_value r = {.null = false};
    TB_TRY(tb_make_date(atoi(c->arg[0]), atoi(c->arg[1]), atoi(c->arg[2]), &r.d.i32, c->err));
    return result(c, TB_T_DATE, r.d);
}

static tb_rc op_date_add(call *c)
{
    ARG(0, DATE, d);
    TB_TRY(tb_date_add(d.d.i32, atoi(c->arg[1]), &d.d.i32, c->err));
    return result(c, TB_T_DATE, d.d);
}

static tb_rc op_date_to_ts(call *c)
{
    ARG(0, DATE, d);
    TB_TRY(tb_date_to_timestamp(d.d.i32, &d.d.i64, c->err));
    return result(c, TB_T_TIMESTAMP, d.d);
}

static tb_rc op_date_to_tstz(call *c)
{
    ARG(0, DATE, d);
    TB_TRY(tb_date_to_timestamptz(d.d.i32, c->cx.dt.tz, &d.d.i64, c->err));
    return result(c, TB_T_TIMESTAMPTZ, d.d);
}

static tb_rc op_ts_to_tstz(call *c)
{
    ARG(0, TIMESTAMP, t);
    TB_TRY(tb_timestamp_to_timestamptz(t.d.i64, c->cx.dt.tz, &t.d.i64, c->err));
    return result(c, TB_T_TIMESTAMPTZ, t.d);
}

static tb_rc op_tstz_to_ts(call *c)
{
    ARG(0, TIMESTAMPTZ, t);
    TB_TRY(tb_timestamptz_to_timestamp(t.d.i64, c->cx.dt.tz, &t.d.i64, c->err));
    return result(c, TB_T_TIMESTAMP, t.d);
}

static tb_rc op_epoch(call *c)
{
    ARG(0, FLOAT8, f);
    TB_TRY(tb_timestamptz_from_epoch(f.d.f64, &f.d.i64, c->err));
    return result(c, TB_T_TIMESTAMPTZ, f.d);
}

static tb_rc op_date_bin(call *c)
{
    ARG(0, INTERVAL, i);
    ARG(1, TIMESTAMP, t);
    ARG(2, TIMESTAMP, o);
    TB_TRY(tb_date_bin(&i.d.interval, t.d.i64, o.d.i64, &t.d.i64, c->err));
    return result(c, TB_T_TIMESTAMP, t.d);
}

static tb_rc op_overlaps(call *c)
{
    tb_value v[4];
    for (int i = 0; i < 4; i++) {
        v[i] = tb_value_null();
        if (strcmp(c->arg[i], "NULL") != 0)
            TB_TRY(arg_in(c, i, tb_type_of(TB_T_DATE), &v[i]));
    }
    tb_value r = tb_overlaps(TB_T_DATE, &v[0], &v[1], &v[2], &v[3]);
    tb_buf_puts(c->out, r.null ? "NULL" : r.d.b ? "true" : "false");
    return TB_OK;
}

/* ---- arrays ---- */

static tb_rc op_array_cat(call *c)
{
    tb_type type = tb_type_of(tb_type_array_of(TB_T_INT4));
    tb_value a, b, r = {.null = false};
    TB_TRY(arg_in(c, 0, type, &a));
    TB_TRY(arg_in(c, 1, type, &b));
    TB_TRY(tb_array_cat(c->cx.arena, &a.d.str, &b.d.str, &r.d.str, c->err));
    return result(c, type.id, r.d);
}

static tb_rc op_array_add(call *c)
{
    tb_type type = tb_type_of(tb_type_array_of(TB_T_TEXT));
    tb_value a, r = {.null = false}, v = tb_value_str(tb_str_make(c->arg[2], c->len[2]));
    TB_TRY(arg_in(c, 1, type, &a));
    if (strcmp(c->arg[0], "append") == 0)
        TB_TRY(tb_array_append(c->cx.arena, &a.d.str, TB_T_TEXT, &v, &r.d.str, c->err));
    else
        TB_TRY(tb_array_prepend(c->cx.arena, TB_T_TEXT, &v, &a.d.str, &r.d.str, c->err));
    return result(c, type.id, r.d);
}

static tb_rc op_array_slice(call *c)
{
    tb_value a, r = {.null = false};
    tb_array view;
    int32_t low[2], high[2];
    bool has_low[2], has_high[2];
    TB_TRY(arg_in(c, 0, tb_type_of(tb_type_array_of(TB_T_INT4)), &a));
    tb_array_open(&a.d.str, &view);
    int n = (c->nargs - 1) / 2;
    for (int i = 0; i < n; i++) {
        has_low[i] = c->len[1 + 2 * i] > 0;
        has_high[i] = c->len[2 + 2 * i] > 0;
        low[i] = atoi(c->arg[1 + 2 * i]);
        high[i] = atoi(c->arg[2 + 2 * i]);
    }
    r.d.str = tb_array_slice(&view, c->cx.arena, n, low, has_low, high, has_high);
    return result(c, tb_type_array_of(TB_T_INT4), r.d);
}

static tb_rc op_array_get(call *c)
{
    tb_value a;
    tb_array view;
    int32_t subs[2] = {atoi(c->arg[1]), c->nargs > 2 ? atoi(c->arg[2]) : 0};
    TB_TRY(arg_in(c, 0, tb_type_of(tb_type_array_of(TB_T_NUMERIC)), &a));
    tb_array_open(&a.d.str, &view);
    tb_value v = tb_array_subscript(&view, c->cx.arena, subs, c->nargs - 1);
    return v.null ? (tb_buf_puts(c->out, "NULL"), TB_OK) : result(c, TB_T_NUMERIC, v.d);
}

/* ---- json ---- */

static tb_rc json_result(call *c, bool found, tb_json_span v, bool text)
{
    if (!found) {
        tb_buf_puts(c->out, "NULL");
        return TB_OK;
    }
    tb_value r = tb_value_str(tb_str_make(v.at, v.len));
    if (text)
        TB_TRY(tb_json_text(c->cx.arena, v, &r, c->err));
    tb_buf_append(c->out, r.null ? "NULL" : tb_str_data(&r.d.str), r.null ? 4 : r.d.str.len);
    return TB_OK;
}

static tb_rc op_json_get(call *c)
{
    TB_TRY(tb_json_check_escapes(c->arg[1], c->len[1], c->err));
    tb_json_span root = tb_json_root(c->arg[1], c->len[1]), v;
    bool found = tb_json_field(root, c->arg[2], c->len[2], &v);
    return json_result(c, found, v, strcmp(c->arg[0], "->>") == 0);
}

static tb_rc op_json_index(call *c)
{
    tb_json_span root = tb_json_root(c->arg[0], c->len[0]), v;
    bool found = tb_json_element(root, atoi(c->arg[1]), &v);
    return json_result(c, found, v, false);
}

static tb_rc op_json_path(call *c)
{
    TB_TRY(tb_json_check_escapes(c->arg[0], c->len[0], c->err));
    tb_json_span v = tb_json_root(c->arg[0], c->len[0]);
    bool found = true;
    for (int i = 1; i < c->nargs && found; i++)
        found = tb_json_step(v, c->arg[i], c->len[i], &v);
    return json_result(c, found, v, false);
}

static tb_rc op_json_contains(call *c)
{
    ARG(0, JSONB, a);
    ARG(1, JSONB, b);
    bool yes = tb_jsonb_contains(tb_json_root(tb_str_data(&a.d.str), a.d.str.len),
                                 tb_json_root(tb_str_data(&b.d.str), b.d.str.len));
    tb_buf_puts(c->out, yes ? "true" : "false");
    return TB_OK;
}

static tb_rc op_to_json(call *c)
{
    tb_json_quote(c->out, c->arg[0], c->len[0]);
    return TB_OK;
}

/* ---- text ---- */

static tb_rc map_case(call *c, tb_case how)
{
    tb_str s = tb_str_make(c->arg[0], c->len[0]), r = tb_utf8_map_case(c->cx.arena, &s, how);
    tb_buf_append(c->out, tb_str_data(&r), r.len);
    return TB_OK;
}

static tb_rc op_upper(call *c)
{
    return map_case(c, TB_CASE_UPPER);
}

static tb_rc op_lower(call *c)
{
    return map_case(c, TB_CASE_LOWER);
}

static tb_rc op_initcap(call *c)
{
    return map_case(c, TB_CASE_INITCAP);
}

static tb_rc op_char_length(call *c)
{
    tb_buf_printf(c->out, "%zu", tb_utf8_count(c->arg[0], c->len[0]));
    return TB_OK;
}

static tb_rc op_left(call *c)
{
    tb_buf_append(c->out, c->arg[0], tb_utf8_offset(c->arg[0], c->len[0], (size_t)atoi(c->arg[1])));
    return TB_OK;
}

static tb_rc op_type_format(call *c)
{
    char name[80];
    tb_type type = {tb_type_from_oid((uint32_t)atoi(c->arg[0])), atoi(c->arg[1])};
    tb_buf_puts(c->out, tb_type_format(type, name, sizeof name));
    return TB_OK;
}

/* ---- the table ---- */

typedef struct operation {
    const char *name;
    const char *sql; /* %N = argument N as it stands, $N = as a literal */
    tb_rc (*run)(call *c);
} operation;

static const operation operations[] = {
    {"in", "($2::%1)::text", op_in},
    {"send", "case when true then %3($2::%1) end", op_send},
    {"cmp", "(($2::%1 > $3::%1)::int - ($2::%1 < $3::%1)::int)", op_compare},
    {"ts+", "$1::timestamp + $2::interval", op_ts_add},
    {"tstz+", "$1::timestamptz + $2::interval", op_tstz_add},
    {"ts-", "$1::timestamp - $2::timestamp", op_ts_diff},
    {"age", "age($1::timestamp, $2::timestamp)", op_age},
    {"age_tz", "age($1::timestamptz, $2::timestamptz)", op_age_tz},
    {"extract", "coalesce(extract(%1 from $3::%2)::text, 'NULL')", op_extract},
    {"date_part", "coalesce(date_part($1, $3::%2)::text, 'NULL')", op_date_part},
    {"trunc", "date_trunc($1, $3::%2)", op_trunc},
    {"at_zone", "$2::%1 at time zone $3", op_at_zone},
    {"interval_math", "$2::interval %1 $3", op_interval_math},
    {"justify", "%1($2::interval)", op_justify},
    {"style", "pg_temp.styled($1, $2)", op_interval_style},
    {"time+", "$1::time + $2::interval", op_time_add},
    {"make_date", "make_date(%1, %2, %3)", op_make_date},
    {"date+", "$1::date + %2", op_date_add},
    {"date_ts", "$1::date::timestamp", op_date_to_ts},
    {"date_tstz", "$1::date::timestamptz", op_date_to_tstz},
    {"ts_tstz", "$1::timestamp::timestamptz", op_ts_to_tstz},
    {"tstz_ts", "$1::timestamptz::timestamp", op_tstz_to_ts},
    {"to_timestamp", "to_timestamp($1::float8)", op_epoch},
    {"date_bin", "date_bin($1::interval, $2::timestamp, $3::timestamp)", op_date_bin},
    {"overlaps",
     "coalesce(((nullif($1, 'NULL')::date, nullif($2, 'NULL')::date) overlaps "
     "(nullif($3, 'NULL')::date, nullif($4, 'NULL')::date))::text, 'NULL')",
     op_overlaps},
    {"array_cat", "array_cat($1::int[], $2::int[])", op_array_cat},
    {"array_add",
     "case $1 when 'append' then array_append($2::text[], $3) else array_prepend($3, $2::text[]) "
     "end",
     op_array_add},
    {"slice1", "($1::int[])[%2:%3]", op_array_slice},
    {"slice2", "($1::int[])[%2:%3][%4:%5]", op_array_slice},
    {"sub1", "coalesce((($1::numeric[])[%2])::text, 'NULL')", op_array_get},
    {"sub2", "coalesce((($1::numeric[])[%2][%3])::text, 'NULL')", op_array_get},
    {"json_get", "coalesce(($2::json %1 $3)::text, 'NULL')", op_json_get},
    {"json_index", "coalesce(($1::json -> %2)::text, 'NULL')", op_json_index},
    {"json_path1", "coalesce(($1::json #> array[$2])::text, 'NULL')", op_json_path},
    {"json_path2", "coalesce(($1::json #> array[$2, $3])::text, 'NULL')", op_json_path},
    {"contains", "($1::jsonb @> $2::jsonb)::text", op_json_contains},
    {"to_json", "to_json($1::text)", op_to_json},
    {"upper", "upper($1)", op_upper},
    {"lower", "lower($1)", op_lower},
    {"initcap", "initcap($1)", op_initcap},
    {"char_length", "char_length($1)", op_char_length},
    {"left", "left($1, %2)", op_left},
    {"format_type", "format_type(%1, %2)", op_type_format},
};

static const operation *find_operation(const char *name)
{
    for (size_t i = 0; i < TB_COUNT(operations); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    fail_msg("unknown operation %s", name);
    return NULL;
}

/* ---- files ---- */

typedef struct vector {
    char *zone, *want, *got;
    const operation *op;
    int nargs;
    char *arg[MAX_ARGS];
} vector;

typedef TB_LIST(vector) vectors;

static char *unescape(char *s)
{
    char *to = s;
    for (const char *from = s; *from != '\0'; from++) {
        if (*from == '\\' && from[1] != '\0') {
            from++;
            *to++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return s;
}

static void escape(FILE *f, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\t')
            fputs("\\t", f);
        else if (*s == '\n')
            fputs("\\n", f);
        else if (*s == '\\')
            fputs("\\\\", f);
        else
            fputc(*s, f);
    }
}

static void load(tb_arena *arena, const char *path, vectors *all)
{
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("cannot read %s", path);
    char *line = tb_xmalloc(MAX_LINE);
    while (fgets(line, MAX_LINE, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        char *rest = tb_arena_strdup(arena, line), *field;
        vector v = {.want = tb_arena_strdup(arena, "")};
        bool result_next = false;
        for (int i = 0; (field = strsep(&rest, "\t")) != NULL; i++) {
            if (result_next)
                v.want = unescape(field);
            else if (i > 1 && strcmp(field, "=") == 0)
                result_next = true;
            else if (i == 0)
                v.zone = field;
            else if (i == 1)
                v.op = find_operation(field);
            else
                v.arg[v.nargs++] = unescape(field);
        }
        tb_list_push(arena, all, v);
    }
    free(line);
    fclose(f);
}

static void store(const char *path, const vectors *all)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("# time zone, operation, arguments, =, what PostgreSQL 15 says (see test_vectors.c)\n",
          f);
    for (uint32_t i = 0; i < all->n; i++) {
        const vector *v = &all->at[i];
        fprintf(f, "%s\t%s", v->zone, v->op->name);
        for (int k = 0; k < v->nargs; k++) {
            fputc('\t', f);
            escape(f, v->arg[k]);
        }
        fputs("\t=\t", f);
        escape(f, v->want);
        fputc('\n', f);
    }
    fclose(f);
}

/* ---- asking PostgreSQL ---- */

static const char *sql_of(PGconn *conn, tb_arena *arena, const vector *v)
{
    tb_buf sql;
    tb_buf_init(&sql, MAX_LINE);
    tb_buf_puts(&sql, "select (");
    for (const char *p = v->op->sql; *p != '\0'; p++) {
        int k = (*p == '$' || *p == '%') && p[1] >= '1' && p[1] <= '9' ? p[1] - '1' : -1;
        if (k < 0) {
            tb_buf_putc(&sql, *p);
            continue;
        }
        if (*p == '%') {
            tb_buf_puts(&sql, k < v->nargs ? v->arg[k] : "");
        } else {
            char *literal = PQescapeLiteral(conn, v->arg[k], strlen(v->arg[k]));
            tb_buf_puts(&sql, literal == NULL ? "'?'" : literal);
            PQfreemem(literal);
        }
        p++;
    }
    tb_buf_puts(&sql, ")::text");
    const char *copy = tb_arena_strdup(arena, tb_buf_cstr(&sql));
    tb_buf_fini(&sql);
    return copy;
}

static void ask(PGconn *conn, tb_arena *arena, vectors *all, bool update)
{
    PQclear(oracle_query(
        conn,
        "create function pg_temp.styled(style text, v text) returns text language plpgsql as $$"
        "begin perform set_config('intervalstyle', 'postgres', true); declare i interval := v; "
        "begin "
        "perform set_config('intervalstyle', style, true); return i::text; end; end $$;"
        "create function pg_temp.evaluate(zone text, query text) returns text language plpgsql as "
        "$$"
        "declare r text; m text; d text; begin perform set_config('timezone', zone, true);"
        "execute query into r; perform set_config('intervalstyle', 'postgres', true); return r;"
        "exception when others then get stacked diagnostics m = message_text, d = "
        "pg_exception_detail;"
        "return 'error ' || sqlstate || ' ' || m || case when d <> '' then ' / ' || d else '' end;"
        "end $$"));
    for (uint32_t i = 0; i < all->n; i++) {
        vector *v = &all->at[i];
        const char *params[] = {v->zone, sql_of(conn, arena, v)};
        PGresult *r =
            PQexecParams(conn, "select pg_temp.evaluate($1, $2)", 2, NULL, params, NULL, NULL, 0);
        if (PQresultStatus(r) != PGRES_TUPLES_OK)
            fail_msg("%s: %s", params[1], PQerrorMessage(conn));
        const char *now = tb_arena_strdup(arena, PQgetvalue(r, 0, 0));
        PQclear(r);
        if (update)
            v->want = tb_arena_strdup(arena, now);
        else if (strcmp(v->want, now) != 0)
            fail_msg("PostgreSQL: %s\n  file %s\n  now  %s", params[1], v->want, now);
    }
}

/* ---- running ---- */

static const char *run(tb_arena *arena, const vector *v)
{
    tb_buf out;
    tb_error err = {.position = -1};
    call c = {.nargs = v->nargs, .out = &out, .err = &err};
    c.cx = (tb_io_cx){.arena = arena,
                      .dt = {.now_us = NOW_US, .tz = tb_tz_find(v->zone, strlen(v->zone))},
                      .extra_float_digits = 1};
    for (int i = 0; i < v->nargs; i++) {
        c.arg[i] = v->arg[i];
        c.len[i] = strlen(v->arg[i]);
    }
    tb_buf_init(&out, 1 << 24);
    const char *got;
    if (v->op->run(&c) == TB_OK)
        got = tb_arena_strdup(arena, tb_buf_cstr(&out));
    else
        got = tb_arena_printf(arena, "error %s %s%s%s", tb_sqlstate(err.code), err.message,
                              err.detail[0] != '\0' ? " / " : "", err.detail);
    tb_buf_fini(&out);
    return got;
}

static void test_file(const char *name)
{
    const char *root = getenv("TOMBOLO_SOURCE");
    tb_arena *arena = tb_arena_create(0);
    const char *path =
        tb_arena_printf(arena, "%s/tests/unit/core/vectors/%s", root == NULL ? "." : root, name);
    vectors all = {0};
    load(arena, path, &all);
    const char *where = getenv("TOMBOLO_ORACLE");
    if (where != NULL && where[0] != '\0') {
        bool update = getenv("TOMBOLO_UPDATE") != NULL;
        PGconn *conn = oracle_connect();
        ask(conn, arena, &all, update);
        PQfinish(conn);
        if (update)
            store(path, &all);
    }
    int wrong = 0;
    for (uint32_t i = 0; i < all.n; i++) {
        const vector *v = &all.at[i];
        const char *got = run(arena, v);
        if (strcmp(got, v->want) == 0)
            continue;
        wrong++;
        print_message("[%s] %s", v->zone, v->op->name);
        for (int k = 0; k < v->nargs; k++)
            print_message(" '%s'", v->arg[k]);
        print_message("\n  want %s\n  got  %s\n", v->want, got);
    }
    print_message("%s: %u vectors\n", name, all.n);
    tb_arena_destroy(arena);
    assert_int_equal(wrong, 0);
}

static void test_vectors__text(void **ctx)
{
    (void)ctx;
    test_file("text.tsv");
}

static void test_vectors__datetime(void **ctx)
{
    (void)ctx;
    test_file("datetime.tsv");
}

static void test_vectors__datetime_math(void **ctx)
{
    (void)ctx;
    test_file("datetime_math.tsv");
}

static void test_vectors__array_json(void **ctx)
{
    (void)ctx;
    test_file("array_json.tsv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors__text),
        cmocka_unit_test(test_vectors__datetime),
        cmocka_unit_test(test_vectors__datetime_math),
        cmocka_unit_test(test_vectors__array_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
