/* SPDX-License-Identifier: Apache-2.0
 * What is generic over the tree: children, equality, height, dump. All of it reads ast_fields.def;
 * only the printer (print_*.c) knows the kinds one by one.
 *
 * Entry points: tb_ast_equal(), tb_ast_each_child(), tb_ast_dump(), tb_ast_kind_name(),
 * tbi_height().
 */
#include "parser/parse_int.h"

#include <stddef.h>
#include <string.h>

typedef enum field_type {
    FIELD_END,
    FIELD_NODE,
    FIELD_LIST,
    FIELD_STR,
    FIELD_NAMES,
    FIELD_QNAME,
    FIELD_QNAMES,
    FIELD_BOOL,
    FIELD_ENUM,
    FIELD_INT,
    FIELD_BIGINT,
    FIELD_MODES
} field_type;

typedef struct field {
    const char *name;
    field_type type;
    size_t offset;
} field;

/* One array per kind, ended by FIELD_END. */
#define F(member, f, TYPE)  {#f, FIELD_##TYPE, offsetof(tb_ast_##member, f)},
#define TB_FIELDS(ID, list) static const field fields_##ID[] = {list{NULL, FIELD_END, 0}};
#include "parser/ast_fields.def"
#undef TB_FIELDS
#undef F

static const field *const fields[TB_AST_KIND_COUNT] = {
#define TB_FIELDS(ID, list) [TB_AST_##ID] = fields_##ID,
#include "parser/ast_fields.def"
#undef TB_FIELDS
};

static const char *const kind_names[TB_AST_KIND_COUNT] = {
#define TB_AST(ID, member, text) [TB_AST_##ID] = text,
#include "parser/ast_kinds.def"
#undef TB_AST
};

static const char *const kind_ids[TB_AST_KIND_COUNT] = {
#define TB_AST(ID, member, text) [TB_AST_##ID] = #ID,
#include "parser/ast_kinds.def"
#undef TB_AST
};

/* Typed view of a field of a node. */
#define AT(type, node, f) (*(const type *)(const void *)((const char *)(node) + (f)->offset))

const char *tb_ast_kind_name(tb_ast_kind kind)
{
    return kind_names[kind];
}

uint32_t tbi_height(const tb_ast *node)
{
    uint32_t highest = 0;
    for (const field *f = fields[node->kind]; f->type != FIELD_END; f++) {
        if (f->type == FIELD_NODE) {
            const tb_ast *child = AT(tb_ast *, node, f);
            if (child && child->height > highest)
                highest = child->height;
        } else if (f->type == FIELD_LIST) {
            const tb_ast_list *list = &AT(tb_ast_list, node, f);
            for (uint32_t i = 0; i < list->n; i++)
                if (list->at[i]->height > highest)
                    highest = list->at[i]->height;
        }
    }
    return highest + 1;
}

tb_rc tb_ast_each_child(const tb_ast *node, tb_ast_visit fn, void *ctx, tb_error *err)
{
    for (const field *f = fields[node->kind]; f->type != FIELD_END; f++) {
        if (f->type == FIELD_NODE) {
            const tb_ast *child = AT(tb_ast *, node, f);
            if (child)
                TB_TRY(fn(child, ctx, err));
        } else if (f->type == FIELD_LIST) {
            const tb_ast_list *list = &AT(tb_ast_list, node, f);
            for (uint32_t i = 0; i < list->n; i++)
                TB_TRY(fn(list->at[i], ctx, err));
        }
    }
    return TB_OK;
}

static bool same_str(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_names(const tb_name_list *a, const tb_name_list *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!same_str(a->at[i], b->at[i]))
            return false;
    return true;
}

static bool same_qname(const tb_qname *a, const tb_qname *b)
{
    return same_str(a->catalog, b->catalog) && same_str(a->schema, b->schema) &&
           same_str(a->name, b->name);
}

static bool same_qnames(const tb_qname_list *a, const tb_qname_list *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!same_qname(&a->at[i], &b->at[i]))
            return false;
    return true;
}

static bool same_modes(const tb_txn_modes *a, const tb_txn_modes *b)
{
    return a->isolation == b->isolation && a->read_only == b->read_only &&
           a->deferrable == b->deferrable;
}

static bool same_list(const tb_ast_list *a, const tb_ast_list *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!tb_ast_equal(a->at[i], b->at[i]))
            return false;
    return true;
}

static bool same_field(const tb_ast *a, const tb_ast *b, const field *f)
{
    switch (f->type) {
    case FIELD_END:
        return true;
    case FIELD_NODE:
        return tb_ast_equal(AT(tb_ast *, a, f), AT(tb_ast *, b, f));
    case FIELD_LIST:
        return same_list(&AT(tb_ast_list, a, f), &AT(tb_ast_list, b, f));
    case FIELD_STR:
        return same_str(AT(char *, a, f), AT(char *, b, f));
    case FIELD_NAMES:
        return same_names(&AT(tb_name_list, a, f), &AT(tb_name_list, b, f));
    case FIELD_QNAME:
        return same_qname(&AT(tb_qname, a, f), &AT(tb_qname, b, f));
    case FIELD_QNAMES:
        return same_qnames(&AT(tb_qname_list, a, f), &AT(tb_qname_list, b, f));
    case FIELD_BOOL:
        return AT(bool, a, f) == AT(bool, b, f);
    case FIELD_ENUM:
    case FIELD_INT:
        return AT(int32_t, a, f) == AT(int32_t, b, f);
    case FIELD_BIGINT:
        return AT(int64_t, a, f) == AT(int64_t, b, f);
    case FIELD_MODES:
        return same_modes(&AT(tb_txn_modes, a, f), &AT(tb_txn_modes, b, f));
    }
    TB_UNREACHABLE();
}

bool tb_ast_equal(const tb_ast *a, const tb_ast *b)
{
    if (!a || !b)
        return a == b;
    if (a->kind != b->kind)
        return false;
    for (const field *f = fields[a->kind]; f->type != FIELD_END; f++)
        if (!same_field(a, b, f))
            return false;
    return true;
}

static void dump_node(tb_buf *out, const tb_ast *node, int indent);

static void dump_qname(tb_buf *out, const tb_qname *name)
{
    if (name->catalog)
        tb_buf_printf(out, "%s.", name->catalog);
    if (name->schema)
        tb_buf_printf(out, "%s.", name->schema);
    tb_buf_puts(out, name->name);
}

static void dump_names(tb_buf *out, const tb_name_list *names)
{
    for (uint32_t i = 0; i < names->n; i++)
        tb_buf_printf(out, "%s%s", i ? ", " : "", names->at[i]);
}

/* Is the field at its "not given" value, so that the dump leaves it out? */
static bool is_absent(const tb_ast *node, const field *f)
{
    switch (f->type) {
    case FIELD_END:
        return true;
    case FIELD_NODE:
        return !AT(tb_ast *, node, f);
    case FIELD_LIST:
        return AT(tb_ast_list, node, f).n == 0;
    case FIELD_STR:
        return !AT(char *, node, f);
    case FIELD_NAMES:
        return AT(tb_name_list, node, f).n == 0;
    case FIELD_QNAME:
        return !AT(tb_qname, node, f).name;
    case FIELD_QNAMES:
        return AT(tb_qname_list, node, f).n == 0;
    case FIELD_BOOL:
        return !AT(bool, node, f);
    case FIELD_ENUM:
    case FIELD_INT:
        return AT(int32_t, node, f) == 0;
    case FIELD_BIGINT:
        return false;
    case FIELD_MODES:
        return same_modes(&AT(tb_txn_modes, node, f), &(tb_txn_modes){0});
    }
    TB_UNREACHABLE();
}

/* A field that fits on the node's line; true if it was one. */
static bool dump_scalar(tb_buf *out, const tb_ast *node, const field *f)
{
    if (f->type == FIELD_NODE || f->type == FIELD_LIST)
        return false;
    if (is_absent(node, f))
        return true;
    tb_buf_printf(out, " %s=", f->name);
    if (f->type == FIELD_STR) {
        tb_print_literal(out, AT(char *, node, f));
    } else if (f->type == FIELD_NAMES) {
        dump_names(out, &AT(tb_name_list, node, f));
    } else if (f->type == FIELD_QNAME) {
        dump_qname(out, &AT(tb_qname, node, f));
    } else if (f->type == FIELD_QNAMES) {
        const tb_qname_list *names = &AT(tb_qname_list, node, f);
        for (uint32_t i = 0; i < names->n; i++) {
            tb_buf_puts(out, i ? ", " : "");
            dump_qname(out, &names->at[i]);
        }
    } else if (f->type == FIELD_BOOL) {
        tb_buf_puts(out, "true");
    } else if (f->type == FIELD_BIGINT) {
        tb_buf_printf(out, "%lld", (long long)AT(int64_t, node, f));
    } else if (f->type == FIELD_MODES) {
        const tb_txn_modes *m = &AT(tb_txn_modes, node, f);
        tb_buf_printf(out, "%d/%d/%d", m->isolation, m->read_only, m->deferrable);
    } else {
        tb_buf_printf(out, "%d", AT(int32_t, node, f));
    }
    return true;
}

static void dump_children(tb_buf *out, const tb_ast *node, const field *f, int indent)
{
    if (f->type == FIELD_NODE) {
        tb_buf_printf(out, "%*s%s: ", indent, "", f->name);
        dump_node(out, AT(tb_ast *, node, f), indent);
        return;
    }
    const tb_ast_list *list = &AT(tb_ast_list, node, f);
    for (uint32_t i = 0; i < list->n; i++) {
        tb_buf_printf(out, "%*s%s[%u]: ", indent, "", f->name, i);
        dump_node(out, list->at[i], indent);
    }
}

/* The node's line, then its children, indented. */
static void dump_node(tb_buf *out, const tb_ast *node, int indent)
{
    tb_buf_printf(out, "%s @%d", kind_ids[node->kind], node->pos);
    for (const field *f = fields[node->kind]; f->type != FIELD_END; f++)
        (void)dump_scalar(out, node, f);
    tb_buf_putc(out, '\n');
    for (const field *f = fields[node->kind]; f->type != FIELD_END; f++)
        if ((f->type == FIELD_NODE || f->type == FIELD_LIST) && !is_absent(node, f))
            dump_children(out, node, f, indent + 2);
}

void tb_ast_dump(tb_buf *out, const tb_ast *node)
{
    dump_node(out, node, 0);
}
