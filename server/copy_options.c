/* SPDX-License-Identifier: Apache-2.0 */
#include "server/copy_out.h"

#include <string.h>
#include <strings.h>

/* Every option at most once. */
typedef struct given {
    const tb_ast_option *format, *freeze, *delimiter, *null, *header, *quote, *escape, *force_quote,
        *force_not_null, *force_null, *encoding;
} given;

static tb_rc collect(const tb_ast_copy *ast, given *g, tb_error *err)
{
    const struct {
        const char *name;
        const tb_ast_option **to;
    } known[] = {
        {"format", &g->format},         {"freeze", &g->freeze},
        {"delimiter", &g->delimiter},   {"null", &g->null},
        {"header", &g->header},         {"quote", &g->quote},
        {"escape", &g->escape},         {"force_quote", &g->force_quote},
        {"force_null", &g->force_null}, {"force_not_null", &g->force_not_null},
        {"encoding", &g->encoding},
    };
    for (uint32_t i = 0; i < ast->options.n; i++) {
        const tb_ast_option *o = tb_as_option(ast->options.at[i]);
        size_t k = 0;
        while (k < TB_COUNT(known) && strcmp(known[k].name, o->name) != 0)
            k++;
        if (k == TB_COUNT(known))
            return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, o->base.pos, "option \"%s\" not recognized",
                               o->name);
        if (*known[k].to != NULL)
            return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, o->base.pos,
                               "conflicting or redundant options");
        *known[k].to = o;
    }
    return TB_OK;
}

static const char *text_of(const tb_ast_option *o)
{
    return o->value != NULL && o->value->kind == TB_AST_STRING ? tb_as_string(o->value)->value : "";
}

static tb_rc read_format(const tb_ast_option *o, tb_copy_format *out, tb_error *err)
{
    static const char *const names[] = {
        [TB_COPY_TEXT] = "text", [TB_COPY_CSV] = "csv", [TB_COPY_BINARY] = "binary"};
    const char *word = text_of(o);
    for (size_t i = 0; i < TB_COUNT(names); i++) {
        if (strcmp(names[i], word) == 0) {
            *out = (tb_copy_format)i;
            return TB_OK;
        }
    }
    return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, o->base.pos,
                       "COPY format \"%s\" not recognized", word);
}

static tb_rc read_header(const tb_ast_option *o, bool *out, tb_error *err)
{
    *out = true;
    if (o->value == NULL)
        return TB_OK;
    if (o->value->kind == TB_AST_BOOLEAN || o->value->kind == TB_AST_INTEGER) {
        int64_t v = o->value->kind == TB_AST_BOOLEAN ? tb_as_boolean(o->value)->value
                                                     : tb_as_integer(o->value)->value;
        *out = v == 1;
        if (v == 0 || v == 1)
            return TB_OK;
    }
    const char *word = text_of(o);
    if (strcasecmp(word, "match") == 0)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "cannot use \"match\" with HEADER in COPY TO");
    bool on = strcasecmp(word, "true") == 0 || strcasecmp(word, "on") == 0;
    *out = on;
    if (on || strcasecmp(word, "false") == 0 || strcasecmp(word, "off") == 0)
        return TB_OK;
    return TB_RAISE(err, TB_E_SYNTAX_ERROR, "header requires a Boolean value or \"match\"");
}

static tb_rc check_binary(const given *g, tb_error *err)
{
    if (g->delimiter != NULL)
        return TB_RAISE(err, TB_E_SYNTAX_ERROR, "cannot specify %s in BINARY mode", "DELIMITER");
    if (g->null != NULL)
        return TB_RAISE(err, TB_E_SYNTAX_ERROR, "cannot specify %s in BINARY mode", "NULL");
    if (g->header != NULL)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "cannot specify %s in BINARY mode",
                        "HEADER");
    return TB_OK;
}

static tb_rc check_delimiter(const tb_copy_options *o, const char *text, tb_error *err)
{
    if (strlen(text) != 1)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "COPY delimiter must be a single one-byte character");
    if (*text == '\n' || *text == '\r')
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "COPY delimiter cannot be newline or carriage return");
    if (strpbrk(o->null, "\r\n") != NULL)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "COPY null representation cannot use newline or carriage return");
    /* letters and digits could be taken for an escape */
    if (o->format == TB_COPY_TEXT &&
        strchr("\\.abcdefghijklmnopqrstuvwxyz0123456789", *text) != NULL)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "COPY delimiter cannot be \"%s\"", text);
    return TB_OK;
}

static tb_rc only_csv(const tb_ast_option *o, bool csv, const char *what, tb_error *err)
{
    if (o == NULL || csv)
        return TB_OK;
    return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "COPY %s available only in CSV mode", what);
}

static tb_rc one_byte(const tb_ast_option *o, const char *what, char *to, tb_error *err)
{
    if (o == NULL)
        return TB_OK;
    const char *text = text_of(o);
    if (strlen(text) != 1)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "COPY %s must be a single one-byte character", what);
    *to = *text;
    return TB_OK;
}

static tb_rc check_csv(const given *g, tb_copy_options *o, tb_error *err)
{
    bool csv = o->format == TB_COPY_CSV;
    TB_TRY(only_csv(g->quote, csv, "quote", err));
    TB_TRY(one_byte(g->quote, "quote", &o->quote, err));
    if (csv && o->delimiter == o->quote)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "COPY delimiter and quote must be different");
    o->escape = o->quote;
    TB_TRY(only_csv(g->escape, csv, "escape", err));
    TB_TRY(one_byte(g->escape, "escape", &o->escape, err));
    TB_TRY(only_csv(g->force_quote, csv, "force quote", err));
    TB_TRY(only_csv(g->force_not_null, csv, "force not null", err));
    if (g->force_not_null != NULL)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "COPY force not null only available using COPY FROM");
    TB_TRY(only_csv(g->force_null, csv, "force null", err));
    if (g->force_null != NULL)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "COPY force null only available using COPY FROM");
    if (strchr(o->null, o->delimiter) != NULL)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "COPY delimiter must not appear in the NULL specification");
    if (csv && strchr(o->null, o->quote) != NULL)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "CSV quote character must not appear in the NULL specification");
    return TB_OK;
}

tb_rc tb_copy_read_options(const tb_ast_copy *ast, tb_copy_options *o, tb_error *err)
{
    given g = {0};
    TB_TRY(collect(ast, &g, err));
    *o = (tb_copy_options){.quote = '"'};
    if (g.format != NULL)
        TB_TRY(read_format(g.format, &o->format, err));
    if (g.header != NULL)
        TB_TRY(read_header(g.header, &o->header, err));
    if (g.encoding != NULL && !tb_encoding_parse(text_of(g.encoding), &o->encoding))
        return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, g.encoding->base.pos,
                           "argument to option \"%s\" must be a valid encoding name", "encoding");
    o->encoding_given = g.encoding != NULL;
    if (o->format == TB_COPY_BINARY)
        TB_TRY(check_binary(&g, err));
    const char *delimiter = o->format == TB_COPY_CSV ? "," : "\t";
    o->null = o->format == TB_COPY_CSV ? "" : "\\N";
    if (g.delimiter != NULL)
        delimiter = text_of(g.delimiter);
    if (g.null != NULL)
        o->null = text_of(g.null);
    TB_TRY(check_delimiter(o, delimiter, err));
    o->delimiter = *delimiter;
    TB_TRY(check_csv(&g, o, err));
    if (g.force_quote != NULL) {
        o->force_all = g.force_quote->value != NULL && g.force_quote->value->kind == TB_AST_STAR;
        o->force = &g.force_quote->values;
    }
    return TB_OK;
}
