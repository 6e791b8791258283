/* SPDX-License-Identifier: Apache-2.0
 * Constructors of the grammar: nodes and their height, lists, names, errors.
 *
 * Entry points: tbi_add() and the functions of parse_int.h under "build.c".
 */
#include "parser/parse_int.h"

#include <string.h>

#define NAMES_MAX 3 /* catalog.schema.name */

void tbi_too_deep(tbi_parse *p, int32_t pos)
{
    if (p->failed)
        return;
    p->failed = true;
    (void)TB_RAISE_AT(p->err, TB_E_STATEMENT_TOO_COMPLEX, pos, "statement is nested too deeply");
    tb_error_detail(p->err, "At most %u levels are allowed.", p->limits.depth_max);
}

tb_ast *tbi_grown(tbi_parse *p, tb_ast *node)
{
    uint32_t height = tbi_height(node);
    if (height > p->limits.depth_max)
        tbi_too_deep(p, p->token_pos);
    node->height = (uint16_t)(height > UINT16_MAX ? UINT16_MAX : height);
    return node;
}

tb_ast *tbi_add(tbi_parse *p, const tb_ast *node, size_t size)
{
    return tbi_grown(p, tb_arena_memdup(p->arena, node, size));
}

tb_ast *tbi_fail(tbi_parse *p)
{
    p->failed = true;
    return NODE(NULL, null, -1, );
}

tb_ast *tbi_refuse(tbi_parse *p, tb_errcode code, int32_t pos, const char *message)
{
    if (!p->failed)
        (void)TB_RAISE_AT(p->err, code, pos, "%s", tb_message(p->err->lang, message));
    return tbi_fail(p);
}

tb_ast *tbi_unsupported(tbi_parse *p, int32_t pos, const char *feature)
{
    if (!p->failed)
        (void)TB_UNSUPPORTED(p->err, pos, feature);
    return tbi_fail(p);
}

/* 42601 naming the token. */
void tbi_syntax_error(tbi_parse *p, const tbi_token *token)
{
    if (p->failed)
        return;
    p->failed = true;
    if (token->len == 0)
        (void)TB_RAISE_AT(p->err, TB_E_SYNTAX_ERROR, token->pos, "syntax error at end of input");
    else
        (void)TB_RAISE_AT(
            p->err, TB_E_SYNTAX_ERROR, token->pos, "syntax error at or near \"%s\"",
            tbi_near(&p->lexer, (size_t)token->pos, (size_t)token->pos + (size_t)token->len));
}

void tbi_statement(tbi_parse *p, tb_ast *node)
{
    tb_statement statement = {
        .node = node,
        .offset = (uint32_t)p->statement_start,
        .len = (uint32_t)(p->last_end - p->statement_start),
        .param_max = p->param_max,
    };
    tb_list_push(p->arena, p->out, statement);
}

tb_ast_list tbi_list1(tbi_parse *p, tb_ast *a)
{
    tb_ast_list list = {0};
    tb_list_push(p->arena, &list, a);
    return list;
}

tb_ast_list tbi_list2(tbi_parse *p, tb_ast *a, tb_ast *b)
{
    tb_ast_list list = tbi_list1(p, a);
    tb_list_push(p->arena, &list, b);
    return list;
}

tb_ast_list tbi_list3(tbi_parse *p, tb_ast *a, tb_ast *b, tb_ast *c)
{
    tb_ast_list list = tbi_list2(p, a, b);
    tb_list_push(p->arena, &list, c);
    return list;
}

tb_name_list tbi_names1(tbi_parse *p, const char *name)
{
    tb_name_list list = {0};
    tb_list_push(p->arena, &list, name);
    return list;
}

tb_qname_list tbi_qnames1(tbi_parse *p, tb_qname name)
{
    tb_qname_list list = {0};
    tb_list_push(p->arena, &list, name);
    return list;
}

static void too_many_dots(tbi_parse *p, tbi_token first, tb_ast_list steps)
{
    tb_buf text;
    tb_buf_init(&text, 400);
    tb_buf_puts(&text, first.str);
    for (uint32_t i = 0; i < steps.n; i++)
        tb_buf_printf(&text, ".%s", tb_as_field(steps.at[i])->name);
    if (!p->failed)
        (void)TB_RAISE_AT(p->err, TB_E_SYNTAX_ERROR, first.pos,
                          "improper qualified name (too many dotted names): %s",
                          tb_buf_cstr(&text));
    p->failed = true;
    tb_buf_fini(&text);
}

tb_qname tbi_qname(tbi_parse *p, tbi_token first, tb_ast_list steps)
{
    const char *names[NAMES_MAX] = {first.str};
    for (uint32_t i = 0; i < steps.n; i++) {
        if (steps.at[i]->kind != TB_AST_FIELD) { /* a subscript or * in a name */
            tbi_syntax_error(p, &(tbi_token){.pos = steps.at[i]->pos, .len = 1});
            return (tb_qname){.name = first.str, .pos = first.pos};
        }
        if (i + 1 < NAMES_MAX)
            names[i + 1] = tb_as_field(steps.at[i])->name;
    }
    tb_qname name = {.pos = first.pos};
    switch (steps.n) {
    case 0:
        name.name = names[0];
        break;
    case 1:
        name.schema = names[0];
        name.name = names[1];
        break;
    default:
        name.catalog = names[0];
        name.schema = names[1];
        name.name = names[2];
        if (steps.n >= NAMES_MAX)
            too_many_dots(p, first, steps);
    }
    return name;
}

tb_qname tbi_qualify(tbi_parse *p, tbi_token schema, tb_qname name)
{
    if (name.catalog)
        tbi_syntax_error(p, &schema);
    name.catalog = name.schema ? schema.str : NULL;
    name.schema = name.schema ? name.schema : schema.str;
    name.pos = schema.pos;
    return name;
}
