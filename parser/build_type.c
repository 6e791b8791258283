/* SPDX-License-Identifier: Apache-2.0
 * Constructors of type names and typed literals.
 *
 * Entry points: the functions of parse_int.h under "build_type.c".
 */
#include "parser/parse_int.h"

#define FLOAT4_BITS_MAX 24
#define FLOAT8_BITS_MAX 53

static tb_ast *type_new(tbi_parse *p, int32_t pos, tb_qname name, tb_ast_list typmods)
{
    return NODE(TYPE_NAME, type_name, pos, .name = name, .typmods = typmods);
}

tb_ast *tbi_type_builtin(tbi_parse *p, int32_t pos, const char *name, tb_ast_list typmods)
{
    return type_new(p, pos, (tb_qname){.schema = "pg_catalog", .name = name, .pos = pos}, typmods);
}

tb_ast *tbi_type_named(tbi_parse *p, int32_t pos, tb_qname name, tb_ast_list typmods)
{
    return type_new(p, pos, name, typmods);
}

/* The name and arguments of `f(args) 'literal'`, which read like a call until the literal came. */
tb_ast *tbi_type_with_args(tbi_parse *p, tb_qname name, tb_ast_list args, tb_ast_list order_by)
{
    for (uint32_t i = 0; i < args.n; i++)
        if (args.at[i]->kind == TB_AST_NAMED_ARG)
            return tbi_refuse(p, TB_E_SYNTAX_ERROR, args.at[i]->pos,
                              "type modifier cannot have parameter name");
    if (order_by.n > 0)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, order_by.at[0]->pos,
                          "type modifier cannot have ORDER BY");
    return type_new(p, name.pos, name, args);
}

tb_ast *tbi_type_array(tbi_parse *p, tb_ast *node, int dims, bool setof)
{
    (void)p;
    if (node->kind == TB_AST_TYPE_NAME) { /* else the parse has failed */
        tb_ast_type_name *type = (tb_ast_type_name *)(void *)node;
        type->dims = dims;
        type->setof = setof;
    }
    return node;
}

tb_ast *tbi_type_interval(tbi_parse *p, int32_t pos, tbi_interval interval)
{
    tb_ast_list typmods = {0};
    if (interval.precision)
        typmods = tbi_list1(p, interval.precision);
    tb_ast *type = tbi_type_builtin(p, pos, "interval", typmods);
    ((tb_ast_type_name *)(void *)type)->interval_fields = interval.fields;
    return type;
}

tb_ast *tbi_type_precision(tbi_parse *p, int32_t pos, const char *name, tbi_token precision)
{
    return tbi_type_builtin(p, pos, name, tbi_list1(p, tbi_integer(p, precision)));
}

/* FLOAT(n): n binary digits. */
tb_ast *tbi_type_float(tbi_parse *p, int32_t pos, tbi_token precision)
{
    int64_t bits = tbi_token_int(precision);
    if (bits < 1)
        return tbi_refuse(p, TB_E_INVALID_PARAMETER_VALUE, precision.pos,
                          "precision for type float must be at least 1 bit");
    if (bits > FLOAT8_BITS_MAX)
        return tbi_refuse(p, TB_E_INVALID_PARAMETER_VALUE, precision.pos,
                          "precision for type float must be less than 54 bits");
    return tbi_type_builtin(p, pos, bits <= FLOAT4_BITS_MAX ? "float4" : "float8",
                            (tb_ast_list){0});
}

/* The length 1 that bit and char have in a column or cast, but not before a literal. */
static tb_ast_list implied_length(tbi_parse *p)
{
    return tbi_list1(p, NODE(INTEGER, integer, -1, .value = 1));
}

tb_ast *tbi_type_bit(tbi_parse *p, int32_t pos, bool varying, tb_ast_list typmods, bool implied)
{
    if (implied && !varying)
        typmods = implied_length(p);
    return tbi_type_builtin(p, pos, varying ? "varbit" : "bit", typmods);
}

tbi_token tbi_char_token(tbi_token token, bool varying)
{
    token.str = varying ? "varchar" : "bpchar";
    return token;
}

tb_ast *tbi_type_char(tbi_parse *p, tbi_token type, tbi_token length, bool implied)
{
    if (length.str)
        return tbi_type_precision(p, type.pos, type.str, length);
    bool fixed = type.str[0] == 'b';
    return tbi_type_builtin(p, type.pos, type.str,
                            implied && fixed ? implied_length(p) : (tb_ast_list){0});
}

tbi_interval tbi_interval_from(tbi_interval second, int32_t fields)
{
    second.fields |= fields;
    return second;
}

tb_ast *tbi_typed_literal(tbi_parse *p, tb_ast *type, tbi_token literal)
{
    return NODE(CAST, cast, type->pos, .arg = tbi_string(p, literal), .type = type);
}
