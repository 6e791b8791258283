/* SPDX-License-Identifier: Apache-2.0
 * Constructors of session statements.
 *
 * Entry points: the functions of parse_int.h under "build_session.c".
 */
#include "parser/parse_int.h"

static tb_ast *option_new(tbi_parse *p, int32_t pos, const char *name, tb_ast *value,
                          tb_ast_list values)
{
    return NODE(OPTION, option, pos, .name = name, .value = value, .values = values);
}

tb_ast *tbi_flag(tbi_parse *p, tbi_token token, const char *name)
{
    return option_new(p, token.pos, name, NULL, (tb_ast_list){0});
}

tb_ast *tbi_text_option(tbi_parse *p, tbi_token token, const char *name, const char *value)
{
    return option_new(p, token.pos, name, tbi_text(p, token.pos, value), (tb_ast_list){0});
}

tb_ast *tbi_names_option(tbi_parse *p, tbi_token token, const char *name, tb_name_list names)
{
    tb_ast_list values = {0};
    for (uint32_t i = 0; i < names.n; i++) {
        tb_ast *value = tbi_text(p, token.pos, names.at[i]);
        tb_list_push(p->arena, &values, value);
    }
    return option_new(p, token.pos, name, NULL, values);
}

tb_ast_list tbi_copy_options(tbi_parse *p, tb_ast *first, tb_ast *second, tb_ast_list rest)
{
    tb_ast_list options = {0};
    if (first)
        tb_list_push(p->arena, &options, first);
    if (second)
        tb_list_push(p->arena, &options, second);
    for (uint32_t i = 0; i < rest.n; i++)
        tb_list_push(p->arena, &options, rest.at[i]);
    return options;
}

tb_ast *tbi_copy_table(tbi_parse *p, int32_t pos, tb_qname table, tb_name_list columns, bool from,
                       tbi_copy_file file, tb_ast_list options, tb_ast *where)
{
    if (where && !from)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, where->pos,
                          "WHERE clause not allowed with COPY TO");
    tb_ast_table_ref ref = {.base = {.kind = TB_AST_TABLE_REF, .pos = table.pos}, .name = table};
    return NODE(COPY, copy, pos, .table = tbi_add(p, &ref.base, sizeof ref), .columns = columns,
                .from = from, .program = file.program, .filename = file.name, .options = options,
                .where = where);
}

tb_ast *tbi_set(tbi_parse *p, int32_t pos, const char *name, tb_ast *value)
{
    tb_ast_set set = {.base = {.kind = TB_AST_SET, .pos = pos},
                      .set = value ? TB_SET_VALUE : TB_SET_DEFAULT,
                      .name = name};
    if (value)
        set.args = tbi_list1(p, value);
    return tbi_add(p, &set.base, sizeof set);
}

tb_ast *tbi_set_scope(tb_ast *node, int32_t pos, bool local)
{
    node->pos = pos;
    if (node->kind == TB_AST_SET) /* else the parse has failed */
        ((tb_ast_set *)(void *)node)->local = local;
    return node;
}

tbi_token tbi_dotted(tbi_parse *p, tbi_token left, tbi_token right)
{
    left.str = tb_arena_printf(p->arena, "%s.%s", left.str, right.str);
    return left;
}

tb_ast *tbi_zone_interval(tbi_parse *p, int32_t pos, tbi_token literal, tbi_interval interval)
{
    if ((interval.fields & ~(TB_IV_HOUR | TB_IV_MINUTE)) || interval.fields == TB_IV_MINUTE)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, literal.pos,
                          "time zone interval must be HOUR or HOUR TO MINUTE");
    return tbi_typed_literal(p, tbi_type_interval(p, pos, interval), literal);
}

tb_txn_modes tbi_txn_modes(tb_txn_modes earlier, tb_txn_modes later)
{
    if (later.isolation)
        earlier.isolation = later.isolation;
    if (later.read_only)
        earlier.read_only = later.read_only;
    if (later.deferrable)
        earlier.deferrable = later.deferrable;
    return earlier;
}

tb_ast *tbi_declare_cursor(tbi_parse *p, int32_t pos, tbi_token name, tbi_cursor_options options,
                           bool hold, tb_ast *query)
{
    if (options.scroll && options.no_scroll)
        return tbi_refuse(p, TB_E_INVALID_CURSOR_DEFINITION, pos,
                          "cannot specify both SCROLL and NO SCROLL");
    if (options.insensitive && options.asensitive)
        return tbi_refuse(p, TB_E_INVALID_CURSOR_DEFINITION, pos,
                          "cannot specify both ASENSITIVE and INSENSITIVE");
    return NODE(DECLARE_CURSOR, declare_cursor, pos, .name = name.str, .binary = options.binary,
                .insensitive = options.insensitive, .asensitive = options.asensitive, .hold = hold,
                .scroll = options.scroll      ? TB_SWITCH_ON
                          : options.no_scroll ? TB_SWITCH_OFF
                                              : TB_SWITCH_NONE,
                .query = query);
}

tbi_fetch_args tbi_fetch_args_make(tb_fetch_dir dir, int64_t count, tbi_token name)
{
    return (tbi_fetch_args){.dir = dir, .count = count, .name = name.str};
}

tb_ast *tbi_fetch(tbi_parse *p, int32_t pos, bool move, tbi_fetch_args args)
{
    return NODE(FETCH, fetch, pos, .move = move, .dir = args.dir, .count = args.count,
                .name = args.name);
}
