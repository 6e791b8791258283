/* SPDX-License-Identifier: Apache-2.0
 * Type names with their modifiers, casts, collations.
 *
 * Entry points: tbi_type_by_name, tbi_bind_type, tbi_bind_cast_expr, tbi_check_collation.
 */
#include "planner/bind_int.h"

#include "core/io_text.h"

#include <inttypes.h>

enum { CHAR_MAX_LEN = 10485760, NUMERIC_MAX_PRECISION = 1000, TIME_MAX_PRECISION = 6 };

/* Domains of information_schema, by what they are made of. */
static const struct {
    const char *name;
    tb_type type;
} schema_domains[] = {
    {"cardinal_number", {TB_T_INT4, -1}}, {"character_data", {TB_T_VARCHAR, -1}},
    {"sql_identifier", {TB_T_NAME, -1}},  {"time_stamp", {TB_T_TIMESTAMPTZ, 2}},
    {"yes_or_no", {TB_T_VARCHAR, 3 + 4}},
};

/* Types of PostgreSQL that do not exist here: refused as unsupported, not as unknown. */
static const char *const missing_types[] = {
    "bit",          "box",           "cidr",           "circle",         "datemultirange",
    "daterange",    "inet",          "int4multirange", "int4range",      "int8multirange",
    "int8range",    "jsonpath",      "line",           "lseg",           "macaddr",
    "macaddr8",     "money",         "nummultirange",  "numrange",       "path",
    "pg_lsn",       "pg_snapshot",   "point",          "polygon",        "refcursor",
    "tsmultirange", "tsquery",       "tsrange",        "tstzmultirange", "tstzrange",
    "tsvector",     "txid_snapshot", "varbit",         "xid8",           "xml",
};

tb_type_id tbi_type_by_name(const char *name)
{
    tb_type_id id = tb_type_from_name(name);
    /* only internal names: "double precision" in quotes is no type */
    return id != TB_T_NONE && strcmp(tb_type_get(id)->name, name) == 0 ? id : TB_T_NONE;
}

static tb_rc unknown_type(tbi_bind *b, const tb_qname *name)
{
    for (size_t i = 0; i < TB_COUNT(missing_types); i++)
        if (strcmp(missing_types[i], name->name) == 0)
            return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, name->pos,
                               "type %s is not supported", name->name);
    if (name->schema != NULL)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, name->pos,
                           "type \"%s.%s\" does not exist", name->schema, name->name);
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, name->pos, "type \"%s\" does not exist",
                       name->name);
}

static tb_rc base_type(tbi_bind *b, const tb_qname *name, tb_type *out)
{
    *out = (tb_type){TB_T_NONE, -1};
    if (name->schema == NULL || strcmp(name->schema, "pg_catalog") == 0)
        out->id = tbi_type_by_name(name->name);
    else if (strcmp(name->schema, "information_schema") == 0)
        for (size_t i = 0; i < TB_COUNT(schema_domains); i++)
            if (strcmp(schema_domains[i].name, name->name) == 0)
                *out = schema_domains[i].type;
    return out->id == TB_T_NONE ? unknown_type(b, name) : TB_OK;
}

/* ---- modifiers ---- */

/* The text of a modifier: constants and bare names are allowed. NULL if it is neither. */
static const char *modifier_text(tbi_bind *b, const tb_ast *ast)
{
    if (ast->kind == TB_AST_INTEGER)
        return tb_arena_printf(b->arena, "%" PRId64, tb_as_integer(ast)->value);
    if (ast->kind == TB_AST_NUMERIC)
        return tb_as_numeric(ast)->text;
    if (ast->kind == TB_AST_STRING)
        return tb_as_string(ast)->value;
    if (ast->kind == TB_AST_COLUMN_REF && tb_as_column_ref(ast)->names.n == 1)
        return tb_as_column_ref(ast)->names.at[0];
    return NULL;
}

static tb_rc int_modifier(tbi_bind *b, const tb_ast *ast, int pos, int32_t *out)
{
    const char *text = modifier_text(b, ast);
    if (text == NULL)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, pos,
                           "type modifiers must be simple constants or identifiers");
    int64_t v;
    if (tb_int_in(text, strlen(text), TB_T_INT4, false, &v, b->err) != TB_OK) {
        b->err->position = pos;
        return TB_FAIL;
    }
    *out = (int32_t)v;
    return TB_OK;
}

static tb_rc char_modifier(tbi_bind *b, tb_type_id type, const int32_t *v, int pos, int32_t *out)
{
    const char *name = type == TB_T_VARCHAR ? "varchar" : "char";
    if (v[0] < 1)
        return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, pos,
                           "length for type %s must be at least 1", name);
    if (v[0] > CHAR_MAX_LEN)
        return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, pos,
                           "length for type %s cannot exceed %d", name, CHAR_MAX_LEN);
    *out = v[0] + 4;
    return TB_OK;
}

static tb_rc numeric_modifier(tbi_bind *b, const int32_t *v, uint32_t n, int pos, int32_t *out)
{
    int32_t scale = n == 2 ? v[1] : 0;
    if (v[0] < 1 || v[0] > NUMERIC_MAX_PRECISION)
        return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, pos,
                           "NUMERIC precision %d must be between 1 and %d", v[0],
                           NUMERIC_MAX_PRECISION);
    if (scale < -NUMERIC_MAX_PRECISION || scale > NUMERIC_MAX_PRECISION)
        return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, pos,
                           "NUMERIC scale %d must be between %d and %d", scale,
                           -NUMERIC_MAX_PRECISION, NUMERIC_MAX_PRECISION);
    *out = tb_typmod_make_numeric(v[0], scale);
    return TB_OK;
}

static tb_rc time_modifier(tbi_bind *b, tb_type_id type, const int32_t *v, int pos, int32_t *out)
{
    bool stamp = type == TB_T_TIMESTAMP || type == TB_T_TIMESTAMPTZ;
    bool zone = type == TB_T_TIMETZ || type == TB_T_TIMESTAMPTZ;
    if (v[0] < 0)
        return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, pos,
                           "%s(%d)%s precision must not be negative", stamp ? "TIMESTAMP" : "TIME",
                           v[0], zone ? " WITH TIME ZONE" : "");
    *out = v[0] > TIME_MAX_PRECISION ? TIME_MAX_PRECISION : v[0];
    return TB_OK;
}

static tb_rc interval_modifier(tbi_bind *b, const tb_ast_type_name *t, const int32_t *v, uint32_t n,
                               int32_t *out)
{
    static const struct {
        int32_t written;
        int mask;
    } map[] = {{TB_IV_YEAR, TB_IVM_YEAR},     {TB_IV_MONTH, TB_IVM_MONTH},
               {TB_IV_DAY, TB_IVM_DAY},       {TB_IV_HOUR, TB_IVM_HOUR},
               {TB_IV_MINUTE, TB_IVM_MINUTE}, {TB_IV_SECOND, TB_IVM_SECOND}};
    int fields = t->interval_fields == 0 ? TB_IVM_FULL : 0;
    for (size_t i = 0; i < TB_COUNT(map); i++)
        if ((t->interval_fields & map[i].written) != 0)
            fields |= map[i].mask;
    int precision = 0xFFFF;
    if (n > 0) {
        if (v[0] < 0)
            return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, t->base.pos,
                               "INTERVAL(%d) precision must not be negative", v[0]);
        precision = v[0] > TIME_MAX_PRECISION ? TIME_MAX_PRECISION : v[0];
    }
    if (fields == TB_IVM_FULL && precision == 0xFFFF)
        *out = -1;
    else
        *out = tb_typmod_make_interval(fields, precision);
    return TB_OK;
}

static uint32_t modifiers_max(tb_type_id type)
{
    if (type == TB_T_NUMERIC)
        return 2;
    return type == TB_T_VARCHAR || type == TB_T_BPCHAR || type == TB_T_TIME ||
                   type == TB_T_TIMETZ || type == TB_T_TIMESTAMP || type == TB_T_TIMESTAMPTZ ||
                   type == TB_T_INTERVAL
               ? 1
               : 0;
}

static tb_rc modifier(tbi_bind *b, const tb_ast_type_name *t, tb_type_id type, int32_t *out)
{
    uint32_t n = t->typmods.n, max = modifiers_max(type);
    if (n > 0 && max == 0)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, t->base.pos,
                           "type modifier is not allowed for type \"%s\"", t->name.name);
    if (n > max)
        return TB_RAISE_AT(b->err, TB_E_INVALID_PARAMETER_VALUE, t->base.pos,
                           "invalid type modifier");
    int32_t v[2];
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(int_modifier(b, t->typmods.at[i], t->base.pos, &v[i]));
    if (type == TB_T_INTERVAL)
        return interval_modifier(b, t, v, n, out);
    if (n == 0)
        return TB_OK;
    if (type == TB_T_NUMERIC)
        return numeric_modifier(b, v, n, t->base.pos, out);
    if (type == TB_T_VARCHAR || type == TB_T_BPCHAR)
        return char_modifier(b, type, v, t->base.pos, out);
    return time_modifier(b, type, v, t->base.pos, out);
}

tb_rc tbi_bind_type(tbi_bind *b, const tb_ast *name, tb_type *out)
{
    const tb_ast_type_name *t = tb_as_type_name(name);
    if (t->setof)
        return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_DEFINITION, name->pos,
                           "SETOF is not allowed here");
    TB_TRY(base_type(b, &t->name, out));
    TB_TRY(modifier(b, t, out->id, &out->typmod));
    if (t->dims > 0) {
        tb_type_id array = tb_type_is_array(out->id) ? out->id : tbi_array_type(out->id);
        if (array == TB_T_NONE)
            return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, name->pos,
                               "type \"%s[]\" does not exist", t->name.name);
        out->id = array;
    }
    return TB_OK;
}

/* ---- casts ---- */

tb_rc tbi_bind_cast_expr(tbi_bind *b, tbi_scope *s, const tb_ast_cast *c, tb_expr **out)
{
    tb_type type;
    TB_TRY(tbi_bind_type(b, c->type, &type));
    tb_expr *arg;
    if (c->arg->kind == TB_AST_ARRAY && tbi_elem_type(type.id) != TB_T_NONE)
        TB_TRY(tbi_bind_array(b, s, tb_as_array(c->arg), type, &arg));
    else
        TB_TRY(tbi_bind_expr(b, s, c->arg, &arg));
    if ((tbi_is_polymorphic(type.id) || type.id == TB_T_ANY) && type.id != arg->type.id)
        return TB_RAISE_AT(b->err, TB_E_CANNOT_COERCE, c->base.pos, "cannot cast type %s to %s",
                           tbi_type_name(b, arg->type.id), tbi_type_name(b, type.id));
    TB_TRY(tbi_cast(b, arg, type, TB_CAST_EXPLICIT, c->base.pos, out));
    if (*out != arg && (*out)->kind != TB_X_CONST) /* CAST(..) begins before its argument */
        (*out)->pos = c->base.pos;
    return TB_OK;
}

/* ---- collations ---- */

tb_rc tbi_check_collation(tbi_bind *b, const tb_qname *name, int pos)
{
    static const char *const code_point[] = {"default", "C", "POSIX", "ucs_basic"};
    bool here = name->schema == NULL || strcmp(name->schema, "pg_catalog") == 0;
    for (size_t i = 0; here && i < TB_COUNT(code_point); i++)
        if (strcmp(name->name, code_point[i]) == 0)
            return TB_OK;
    /* names of the form xx-x-icu, xx_XX or xx_XX.utf8 exist in PostgreSQL */
    bool linguistic = strchr(name->name, '_') != NULL || strstr(name->name, "-x-icu") != NULL ||
                      strcmp(name->name, "unicode") == 0;
    if (here && linguistic)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "collation \"%s\" is not supported", name->name);
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, pos,
                       "collation \"%s\" for encoding \"UTF8\" does not exist", name->name);
}
