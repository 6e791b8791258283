/* SPDX-License-Identifier: Apache-2.0
 * Printer of calls, SQL's keyword forms, windows, XML expressions and types.
 *
 * Entry points: tbi_print_call(), tbi_print_typed_literal() and one function per kind.
 */
#include "parser/print_int.h"

#include <inttypes.h>
#include <string.h>

/* ---- calls ---- */

static void print_plain_call(tb_buf *out, const tb_ast_func_call *call)
{
    tbi_print_qname(out, &call->name);
    tb_buf_putc(out, '(');
    tbi_print_if(out, call->star, "*");
    tbi_print_if(out, call->distinct, "DISTINCT ");
    for (uint32_t i = 0; i < call->args.n; i++) {
        tbi_print_if(out, i > 0, ", ");
        tbi_print_if(out, call->variadic && i + 1 == call->args.n, "VARIADIC ");
        tbi_print_node(out, call->args.at[i]);
    }
    if (!call->within_group)
        tbi_print_opt_nodes(out, " ORDER BY ", &call->order_by);
    tb_buf_putc(out, ')');
    if (call->within_group) {
        tbi_print_opt_nodes(out, " WITHIN GROUP (ORDER BY ", &call->order_by);
        tb_buf_putc(out, ')');
    }
    if (call->filter) {
        tbi_print_opt(out, " FILTER (WHERE ", call->filter);
        tb_buf_putc(out, ')');
    }
    tbi_print_opt(out, " OVER ", call->over);
}

/* A template of a keyword form: "%1" is the first argument, bare; "{..}" is left out if its
 * argument is absent;
 * "%w" is the first argument after the form's leading ones as a bare word. */
static const char *const call_forms[] = {
    [TB_CALL_EXTRACT] = "EXTRACT(%1 FROM %2)",
    [TB_CALL_OVERLAY] = "OVERLAY(%1 PLACING %2 FROM %3{ FOR %4})",
    [TB_CALL_POSITION] = "POSITION(%2 IN %1)",
    [TB_CALL_SUBSTRING] = "SUBSTRING(%1 FROM %2{ FOR %3})",
    [TB_CALL_SUBSTRING_SIMILAR] = "SUBSTRING(%1 SIMILAR %2 ESCAPE %3)",
    [TB_CALL_NORMALIZE] = "NORMALIZE(%1{, !2})",
    [TB_CALL_COLLATION_FOR] = "COLLATION FOR (%1)",
    [TB_CALL_AT_TIME_ZONE] = "%2 AT TIME ZONE %1",
    [TB_CALL_OVERLAPS] = "(%1, %2) OVERLAPS (%3, %4)",
    [TB_CALL_IS_NORMALIZED] = "%1 IS {!2 }NORMALIZED",
};

/* Does the part of a template up to '}' have its argument? */
static bool has_argument(const char *part, uint32_t n)
{
    const char *mark = strpbrk(part, "%!");
    return mark && (uint32_t)(mark[1] - '0') <= n;
}

static void print_form(tb_buf *out, const tb_ast_func_call *call)
{
    for (const char *c = call_forms[call->form]; *c; c++) {
        if (*c == '{' && !has_argument(c, call->args.n)) {
            c = strchr(c, '}');
        } else if (*c == '%') {
            tbi_print_operand(out, call->args.at[*++c - '1']);
        } else if (*c == '!') { /* a word that the tree holds as a string */
            tb_buf_puts(out, tb_as_string(call->args.at[*++c - '1'])->value);
        } else if (*c != '{' && *c != '}') {
            tb_buf_putc(out, *c);
        }
    }
}

static void print_trim(tb_buf *out, const tb_ast_func_call *call)
{
    const char *side = call->name.name[0] == 'l'   ? "LEADING"
                       : call->name.name[0] == 'r' ? "TRAILING"
                                                   : "BOTH";
    tb_buf_printf(out, "TRIM(%s FROM ", side);
    tbi_print_nodes(out, &call->args);
    tb_buf_putc(out, ')');
}

void tbi_print_func_call(tb_buf *out, const tb_ast *node)
{
    const tb_ast_func_call *call = tb_as_func_call(node);
    if (call->form == TB_CALL_PLAIN)
        print_plain_call(out, call);
    else if (call->form == TB_CALL_TRIM)
        print_trim(out, call);
    else
        print_form(out, call);
}

void tbi_print_named_arg(tb_buf *out, const tb_ast *node)
{
    tb_print_identifier(out, tb_as_named_arg(node)->name);
    tbi_print_opt(out, " => ", tb_as_named_arg(node)->arg);
}

void tbi_print_call(tb_buf *out, const tb_ast *node)
{
    if (node->kind != TB_AST_CAST) {
        tbi_print_node(out, node);
        return;
    }
    tbi_print_opt(out, "CAST(", tb_as_cast(node)->arg);
    tbi_print_opt(out, " AS ", tb_as_cast(node)->type);
    tb_buf_putc(out, ')');
}

void tbi_print_sql_value(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {
        [TB_VALUE_CURRENT_DATE] = "CURRENT_DATE",
        [TB_VALUE_CURRENT_TIME] = "CURRENT_TIME",
        [TB_VALUE_CURRENT_TIMESTAMP] = "CURRENT_TIMESTAMP",
        [TB_VALUE_LOCALTIME] = "LOCALTIME",
        [TB_VALUE_LOCALTIMESTAMP] = "LOCALTIMESTAMP",
        [TB_VALUE_CURRENT_ROLE] = "CURRENT_ROLE",
        [TB_VALUE_CURRENT_USER] = "CURRENT_USER",
        [TB_VALUE_USER] = "USER",
        [TB_VALUE_SESSION_USER] = "SESSION_USER",
        [TB_VALUE_CURRENT_CATALOG] = "CURRENT_CATALOG",
        [TB_VALUE_CURRENT_SCHEMA] = "CURRENT_SCHEMA",
    };
    const tb_ast_sql_value *value = tb_as_sql_value(node);
    tb_buf_puts(out, words[value->op]);
    if (value->precision >= 0)
        tb_buf_printf(out, "(%" PRId32 ")", value->precision);
}

/* ---- windows ---- */

static void print_bound(tb_buf *out, tb_ast_bound_kind kind, const tb_ast *offset)
{
    static const char *const words[] = {
        [TB_AST_BOUND_UNBOUNDED_PRECEDING] = "UNBOUNDED PRECEDING",
        [TB_AST_BOUND_PRECEDING] = " PRECEDING",
        [TB_AST_BOUND_CURRENT_ROW] = "CURRENT ROW",
        [TB_AST_BOUND_FOLLOWING] = " FOLLOWING",
        [TB_AST_BOUND_UNBOUNDED_FOLLOWING] = "UNBOUNDED FOLLOWING",
    };
    if (offset)
        tbi_print_operand(out, offset);
    tb_buf_puts(out, words[kind]);
}

static void print_frame(tb_buf *out, const tb_ast_window *window)
{
    static const char *const modes[] = {[TB_AST_FRAME_RANGE] = "RANGE",
                                        [TB_AST_FRAME_ROWS] = "ROWS",
                                        [TB_AST_FRAME_GROUPS] = "GROUPS"};
    static const char *const excludes[] = {
        [TB_AST_EXCLUDE_NO_OTHERS] = "",
        [TB_AST_EXCLUDE_CURRENT_ROW] = " EXCLUDE CURRENT ROW",
        [TB_AST_EXCLUDE_GROUP] = " EXCLUDE GROUP",
        [TB_AST_EXCLUDE_TIES] = " EXCLUDE TIES",
    };
    if (window->frame == TB_AST_FRAME_NONE)
        return;
    tb_buf_puts(out, modes[window->frame]);
    tb_buf_puts(out, " BETWEEN ");
    print_bound(out, window->start, window->start_offset);
    tb_buf_puts(out, " AND ");
    print_bound(out, window->end, window->end_offset);
    tb_buf_puts(out, excludes[window->exclude]);
}

void tbi_print_window(tb_buf *out, const tb_ast *node)
{
    const tb_ast_window *window = tb_as_window(node);
    if (window->bare) {
        tb_print_identifier(out, window->base_name);
        return;
    }
    if (window->name) {
        tb_print_identifier(out, window->name);
        tb_buf_puts(out, " AS ");
    }
    tb_buf_putc(out, '(');
    size_t start = out->len;
    if (window->base_name)
        tb_print_identifier(out, window->base_name);
    if (window->partition_by.n)
        tbi_print_opt_nodes(out, out->len > start ? " PARTITION BY " : "PARTITION BY ",
                            &window->partition_by);
    if (window->order_by.n)
        tbi_print_opt_nodes(out, out->len > start ? " ORDER BY " : "ORDER BY ", &window->order_by);
    tbi_print_if(out, window->frame != TB_AST_FRAME_NONE && out->len > start, " ");
    print_frame(out, window);
    tb_buf_putc(out, ')');
}

/* ---- XML ---- */

static const char *const xml_words[] = {
    [TB_XML_CONCAT] = "XMLCONCAT(",
    [TB_XML_ELEMENT] = "XMLELEMENT(NAME ",
    [TB_XML_FOREST] = "XMLFOREST(",
    [TB_XML_PARSE] = "XMLPARSE(",
    [TB_XML_PI] = "XMLPI(NAME ",
    [TB_XML_ROOT] = "XMLROOT(",
    [TB_XML_SERIALIZE] = "XMLSERIALIZE(",
    [TB_XML_EXISTS] = "XMLEXISTS((",
    [TB_XML_IS_DOCUMENT] = "",
};

/* XMLROOT's version and standalone property. */
static void print_xml_root(tb_buf *out, const tb_ast_xml_expr *xml)
{
    static const char *const standalone[] = {"", ", STANDALONE YES", ", STANDALONE NO",
                                             ", STANDALONE NO VALUE"};
    const tb_ast *version = xml->args.at[1];
    tbi_print_node(out, xml->args.at[0]);
    tb_buf_puts(out, ", VERSION ");
    if (version->kind == TB_AST_NULL)
        tb_buf_puts(out, "NO VALUE");
    else
        tbi_print_node(out, version);
    tb_buf_puts(out, standalone[xml->flag]);
}

void tbi_print_xml_expr(tb_buf *out, const tb_ast *node)
{
    const tb_ast_xml_expr *xml = tb_as_xml_expr(node);
    if (xml->op == TB_XML_IS_DOCUMENT) {
        tbi_print_operand(out, xml->args.at[0]);
        tb_buf_puts(out, " IS DOCUMENT");
        return;
    }
    tb_buf_puts(out, xml_words[xml->op]);
    if (xml->name)
        tb_print_identifier(out, xml->name);
    if (xml->op == TB_XML_PARSE || xml->op == TB_XML_SERIALIZE)
        tb_buf_puts(out, xml->document ? "DOCUMENT " : "CONTENT ");
    if (xml->named.n && xml->op == TB_XML_ELEMENT) {
        tbi_print_opt_nodes(out, ", XMLATTRIBUTES(", &xml->named);
        tb_buf_putc(out, ')');
    } else {
        tbi_print_nodes(out, &xml->named);
    }
    if (xml->op == TB_XML_ROOT) {
        print_xml_root(out, xml);
    } else if (xml->op == TB_XML_EXISTS) {
        tbi_print_node(out, xml->args.at[0]);
        tbi_print_opt(out, ") PASSING (", xml->args.at[1]);
        tb_buf_putc(out, ')');
    } else {
        tbi_print_opt_nodes(out, xml->name ? ", " : "", &xml->args);
    }
    tbi_print_if(out, xml->op == TB_XML_PARSE && xml->flag, " PRESERVE WHITESPACE");
    tbi_print_opt(out, " AS ", xml->type);
    tb_buf_putc(out, ')');
}

/* ---- types ---- */

/* SQL's spelling of PostgreSQL's own types: before and after the (modifiers). */
static const struct type_spelling {
    const char *name, *before, *after;
} spellings[] = {
    {"bool", "boolean", ""},
    {"float4", "real", ""},
    {"float8", "double precision", ""},
    {"int2", "smallint", ""},
    {"int4", "integer", ""},
    {"int8", "bigint", ""},
    {"interval", "interval", ""},
    {"numeric", "numeric", ""},
    {"time", "time", ""},
    {"timestamp", "timestamp", ""},
    {"timestamptz", "timestamp", " with time zone"},
    {"timetz", "time", " with time zone"},
    {"varbit", "bit varying", ""},
    {"varchar", "character varying", ""},
};

/* The SQL spelling that reads back as this type, or NULL. */
static const struct type_spelling *spelling_of(const tb_ast_type_name *type)
{
    if (!type->name.schema || strcmp(type->name.schema, "pg_catalog") != 0 || type->name.catalog)
        return NULL;
    bool any = strcmp(type->name.name, "numeric") == 0;
    if (!any && type->typmods.n > 1)
        return NULL;
    for (uint32_t i = 0; i < type->typmods.n && !any; i++) {
        const tb_ast *modifier = type->typmods.at[i];
        if (modifier->kind != TB_AST_INTEGER || tb_as_integer(modifier)->value < 0 ||
            tb_as_integer(modifier)->value > INT32_MAX)
            return NULL;
    }
    for (size_t i = 0; i < TB_COUNT(spellings); i++)
        if (strcmp(spellings[i].name, type->name.name) == 0)
            return &spellings[i];
    return NULL;
}

static void print_typmods(tb_buf *out, const tb_ast_list *typmods)
{
    if (typmods->n == 0)
        return;
    tb_buf_putc(out, '(');
    tbi_print_nodes(out, typmods);
    tb_buf_putc(out, ')');
}

/* " DAY TO SECOND(3)" */
static void print_interval_fields(tb_buf *out, const tb_ast_type_name *type)
{
    static const struct {
        int32_t field;
        const char *word;
    } words[] = {{TB_IV_YEAR, "YEAR"}, {TB_IV_MONTH, "MONTH"},   {TB_IV_DAY, "DAY"},
                 {TB_IV_HOUR, "HOUR"}, {TB_IV_MINUTE, "MINUTE"}, {TB_IV_SECOND, "SECOND"}};
    const char *first = NULL, *last = NULL;
    for (size_t i = 0; i < TB_COUNT(words); i++) {
        if (!(type->interval_fields & words[i].field))
            continue;
        first = first ? first : words[i].word;
        last = words[i].word;
    }
    tb_buf_printf(out, " %s", first);
    if (last != first)
        tb_buf_printf(out, " TO %s", last);
    print_typmods(out, &type->typmods);
}

/* The name with its modifiers, without array bounds and interval fields. */
static void print_type_base(tb_buf *out, const tb_ast_type_name *type)
{
    const struct type_spelling *sql = spelling_of(type);
    if (type->interval_fields) { /* the precision belongs to the fields */
        tb_buf_puts(out, "interval");
        return;
    }
    if (sql)
        tb_buf_puts(out, sql->before);
    else
        tbi_print_qname(out, &type->name);
    print_typmods(out, &type->typmods);
    tbi_print_if(out, sql != NULL, sql ? sql->after : "");
}

void tbi_print_type_name(tb_buf *out, const tb_ast *node)
{
    const tb_ast_type_name *type = tb_as_type_name(node);
    tbi_print_if(out, type->setof, "SETOF ");
    print_type_base(out, type);
    if (type->interval_fields)
        print_interval_fields(out, type);
    for (int32_t i = 0; i < type->dims; i++)
        tb_buf_puts(out, "[]");
}

void tbi_print_typed_literal(tb_buf *out, const tb_ast *node)
{
    if (node->kind != TB_AST_CAST) {
        tbi_print_node(out, node);
        return;
    }
    const tb_ast_type_name *type = tb_as_type_name(tb_as_cast(node)->type);
    print_type_base(out, type);
    tbi_print_opt(out, " ", tb_as_cast(node)->arg);
    if (type->interval_fields)
        print_interval_fields(out, type);
}
