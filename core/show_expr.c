/* SPDX-License-Identifier: Apache-2.0
 * Printer of expressions. Operators print infix, whatever else is a call prints as id(args), where
 * the id names one overload of the function table.
 */
#include "core/num.h"
#include "core/show_int.h"

#include <inttypes.h>

void tbi_show_type(tbi_show *s, tb_type type)
{
    char buf[128];
    tb_buf_puts(s->out, tb_type_format(type, buf, sizeof buf));
}

void tbi_show_col(tbi_show *s, tb_colid col)
{
    const tb_colinfo *info = tb_stmt_col(s->stmt, col);
    if (s->options->plain_names)
        tb_buf_puts(s->out, info->name);
    else
        tb_buf_printf(s->out, "%s#%u", info->name, col);
}

static void show_quoted(tbi_show *s, const char *bytes, size_t len)
{
    tb_buf_putc(s->out, '\'');
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\'')
            tb_buf_putc(s->out, '\'');
        if ((unsigned char)bytes[i] < ' ')
            tb_buf_printf(s->out, "\\x%02x", (unsigned char)bytes[i]);
        else
            tb_buf_putc(s->out, bytes[i]);
    }
    tb_buf_putc(s->out, '\'');
}

/* The stored form: dates and times are printed as the integers that hold them. */
static void show_datum(tbi_show *s, tb_type_id type, const tb_datum *d)
{
    tb_phys phys = tb_type_phys(type);
    switch (phys) {
    case TB_PHYS_BOOL:
        tb_buf_puts(s->out, d->b ? "true" : "false");
        return;
    case TB_PHYS_I16:
        tb_buf_printf(s->out, "%d", d->i16);
        return;
    case TB_PHYS_I32:
        tb_buf_printf(s->out, "%" PRId32, d->i32);
        return;
    case TB_PHYS_I64:
        tb_buf_printf(s->out, "%" PRId64, d->i64);
        return;
    case TB_PHYS_OID:
        tb_buf_printf(s->out, "%" PRIu32, d->oid);
        return;
    case TB_PHYS_F32:
        tb_buf_printf(s->out, "%.9g", (double)d->f32);
        return;
    case TB_PHYS_F64:
        tb_buf_printf(s->out, "%.17g", d->f64);
        return;
    case TB_PHYS_NUM:
        tb_buf_puts(s->out, tb_num_print(s->arena, &d->num));
        return;
    case TB_PHYS_INTERVAL:
        tb_buf_printf(s->out, "%" PRId32 "mon %" PRId32 "d %" PRId64 "us", d->interval.months,
                      d->interval.days, d->interval.us);
        return;
    case TB_PHYS_TIMETZ:
        tb_buf_printf(s->out, "%" PRId64 "us zone %" PRId32, d->timetz.us, d->timetz.zone);
        return;
    case TB_PHYS_UUID:
        for (size_t i = 0; i < sizeof d->uuid; i++)
            tb_buf_printf(s->out, "%02x", d->uuid[i]);
        return;
    case TB_PHYS_STR:
        show_quoted(s, tb_str_data(&d->str), d->str.len);
        return;
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static void show_const(tbi_show *s, const tb_expr *e)
{
    if (e->type.id == TB_T_BOOL && !e->constant.null) {
        tb_buf_puts(s->out, e->constant.d.b ? "true" : "false");
        return;
    }
    if (e->constant.null)
        tb_buf_puts(s->out, "NULL");
    else
        show_datum(s, e->type.id, &e->constant.d);
    tb_buf_puts(s->out, "::");
    tbi_show_type(s, e->type);
}

static void show_list(tbi_show *s, const char *before, tb_expr *const *list, uint32_t n,
                      const char *sep, const char *after)
{
    tb_buf_puts(s->out, before);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            tb_buf_puts(s->out, sep);
        tbi_show_expr(s, list[i]);
    }
    tb_buf_puts(s->out, after);
}

/* The operator a function implements with so many arguments, or NULL. */
static const char *operator_of(tb_fn_id fn, uint32_t nargs)
{
    if (nargs != 1 && nargs != 2)
        return NULL;
    for (size_t i = 0; i < tb_op_count(); i++) {
        const tb_op_info *op = tb_op_at(i);
        if (op->fn == fn && (op->left == TB_T_NONE ? 1u : 2u) == nargs)
            return op->name;
    }
    return NULL;
}

static void show_infix(tbi_show *s, const tb_expr *left, const char *op, const tb_expr *right)
{
    tb_buf_putc(s->out, '(');
    if (left != NULL) {
        tbi_show_expr(s, left);
        tb_buf_putc(s->out, ' ');
    }
    tb_buf_printf(s->out, "%s ", op);
    tbi_show_expr(s, right);
    tb_buf_putc(s->out, ')');
}

static void show_call(tbi_show *s, const tb_expr *e)
{
    const char *op = operator_of(e->call.fn, e->call.nargs);
    if (op != NULL) {
        show_infix(s, e->call.nargs == 2 ? e->call.args[0] : NULL, op,
                   e->call.args[e->call.nargs - 1]);
        return;
    }
    tb_buf_puts(s->out, tb_fn_get(e->call.fn)->id);
    show_list(s, "(", e->call.args, e->call.nargs, ", ", ")");
}

static void show_test(tbi_show *s, const tb_expr *e)
{
    static const char *const names[] = {
        [TB_IS_NULL] = " IS NULL)",   [TB_IS_NOT_NULL] = " IS NOT NULL)",
        [TB_IS_TRUE] = " IS TRUE)",   [TB_IS_NOT_TRUE] = " IS NOT TRUE)",
        [TB_IS_FALSE] = " IS FALSE)", [TB_IS_NOT_FALSE] = " IS NOT FALSE)",
    };
    tb_buf_putc(s->out, '(');
    tbi_show_expr(s, e->test.arg);
    tb_buf_puts(s->out, names[e->test.test]);
}

static void show_case(tbi_show *s, const tb_expr *e)
{
    tb_buf_puts(s->out, "CASE");
    for (uint32_t i = 0; i < e->case_.n; i++) {
        tb_buf_puts(s->out, " WHEN ");
        tbi_show_expr(s, e->case_.when[i]);
        tb_buf_puts(s->out, " THEN ");
        tbi_show_expr(s, e->case_.then[i]);
    }
    if (e->case_.otherwise != NULL) {
        tb_buf_puts(s->out, " ELSE ");
        tbi_show_expr(s, e->case_.otherwise);
    }
    tb_buf_puts(s->out, " END");
}

static void show_array_op(tbi_show *s, const tb_expr *e)
{
    const char *op = operator_of(e->array_op.fn, 2);
    tb_buf_putc(s->out, '(');
    tbi_show_expr(s, e->array_op.left);
    tb_buf_printf(s->out, " %s %s (", op != NULL ? op : tb_fn_get(e->array_op.fn)->id,
                  e->array_op.all ? "ALL" : "ANY");
    tbi_show_expr(s, e->array_op.array);
    tb_buf_puts(s->out, "))");
}

static void show_cast(tbi_show *s, const tb_expr *e)
{
    tbi_show_expr(s, e->kind == TB_X_IO_CAST ? e->io_cast.arg : e->array_cast.arg);
    tb_buf_puts(s->out, e->kind == TB_X_IO_CAST ? "::io " : "::each ");
    tbi_show_type(s, e->type);
    if (e->kind == TB_X_ARRAY_CAST) {
        tb_buf_putc(s->out, '{');
        tbi_show_expr(s, e->array_cast.elem);
        tb_buf_putc(s->out, '}');
    }
}

static void show_subscript(tbi_show *s, const tb_expr *e)
{
    tbi_show_expr(s, e->subscript.array);
    for (uint32_t i = 0; i < e->subscript.n; i++) {
        tb_buf_putc(s->out, '[');
        if (e->subscript.lower[i] != NULL)
            tbi_show_expr(s, e->subscript.lower[i]);
        if (e->subscript.slice)
            tb_buf_putc(s->out, ':');
        if (e->subscript.upper[i] != NULL)
            tbi_show_expr(s, e->subscript.upper[i]);
        tb_buf_putc(s->out, ']');
    }
}

static void show_sublink(tbi_show *s, const tb_expr *e)
{
    static const char *const names[] = {[TB_SUB_EXISTS] = "EXISTS",
                                        [TB_SUB_SCALAR] = "SCALAR",
                                        [TB_SUB_ANY] = "ANY",
                                        [TB_SUB_ALL] = "ALL",
                                        [TB_SUB_ARRAY] = "ARRAY"};
    tb_buf_puts(s->out, names[e->sublink.kind]);
    if (s->number_subplans) {
        tb_list_push(s->arena, &s->subplans, (const tb_plan *)e->sublink.plan);
        tb_buf_printf(s->out, "{%u}", s->subplans.n);
    } else {
        tb_buf_puts(s->out, "{}");
    }
    if (e->sublink.test != NULL) {
        tb_buf_putc(s->out, '(');
        tbi_show_expr(s, e->sublink.test);
        tb_buf_putc(s->out, ')');
    }
}

void tbi_show_expr(tbi_show *s, const tb_expr *e)
{
    switch (e->kind) {
    case TB_X_CONST:
        show_const(s, e);
        return;
    case TB_X_COL:
        tbi_show_col(s, e->col);
        return;
    case TB_X_PARAM:
        tb_buf_printf(s->out, "$%" PRIu32 "::", e->param + 1);
        tbi_show_type(s, e->type);
        return;
    case TB_X_CALL:
        show_call(s, e);
        return;
    case TB_X_AND:
        show_list(s, "(", e->list.args, e->list.n, " AND ", ")");
        return;
    case TB_X_OR:
        show_list(s, "(", e->list.args, e->list.n, " OR ", ")");
        return;
    case TB_X_NOT:
        show_infix(s, NULL, "NOT", e->arg);
        return;
    case TB_X_TEST:
        show_test(s, e);
        return;
    case TB_X_DISTINCT_FROM:
        show_infix(s, e->distinct.left, "IS DISTINCT FROM", e->distinct.right);
        return;
    case TB_X_NULLIF:
        tb_buf_puts(s->out, "NULLIF");
        show_infix(s, e->nullif_.left, ",", e->nullif_.right);
        return;
    case TB_X_CASE:
        show_case(s, e);
        return;
    case TB_X_CASE_VALUE:
        tb_buf_puts(s->out, "element::");
        tbi_show_type(s, e->type);
        return;
    case TB_X_COALESCE:
        show_list(s, "COALESCE(", e->list.args, e->list.n, ", ", ")");
        return;
    case TB_X_GREATEST:
        show_list(s, "GREATEST(", e->list.args, e->list.n, ", ", ")");
        return;
    case TB_X_LEAST:
        show_list(s, "LEAST(", e->list.args, e->list.n, ", ", ")");
        return;
    case TB_X_ARRAY:
        show_list(s, "ARRAY[", e->list.args, e->list.n, ", ", "]");
        return;
    case TB_X_ROW:
        show_list(s, "ROW(", e->list.args, e->list.n, ", ", ")");
        return;
    case TB_X_ARRAY_OP:
        show_array_op(s, e);
        return;
    case TB_X_RELABEL:
        tbi_show_expr(s, e->arg);
        tb_buf_puts(s->out, "::");
        tbi_show_type(s, e->type);
        return;
    case TB_X_IO_CAST:
    case TB_X_ARRAY_CAST:
        show_cast(s, e);
        return;
    case TB_X_SUBSCRIPT:
        show_subscript(s, e);
        return;
    case TB_X_FIELD:
        tbi_show_expr(s, e->field.arg);
        tb_buf_printf(s->out, ".%" PRIu32, e->field.index + 1);
        return;
    case TB_X_SUBLINK:
        show_sublink(s, e);
        return;
    case TB_EXPR_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}
