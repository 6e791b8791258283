/* SPDX-License-Identifier: Apache-2.0
 * CREATE VIEW. The text is stored with every relation qualified, so that it means the same under
 * any search path; the relations it names are kept for RESTRICT and CASCADE.
 */
#include "server/admin_int.h"

#include "core/buf.h"
#include "parser/parser.h"

typedef struct view_cx {
    tbi_srv_admin *a;
    TB_LIST(const char *) ctes; /* every CTE name of the query */
    TB_LIST(tb_oid) rels;
} view_cx;

static tb_rc collect_ctes(const tb_ast *node, void *ctx, tb_error *err)
{
    view_cx *cx = ctx;
    if (node->kind == TB_AST_CTE)
        tb_list_push(cx->a->arena, &cx->ctes, tb_as_cte(node)->name);
    return tb_ast_each_child(node, collect_ctes, ctx, err);
}

static bool is_cte(const view_cx *cx, const char *name)
{
    for (uint32_t i = 0; i < cx->ctes.n; i++)
        if (strcmp(cx->ctes.at[i], name) == 0)
            return true;
    return false;
}

static tb_rc qualify(const tb_ast *node, void *ctx, tb_error *err)
{
    view_cx *cx = ctx;
    if (node->kind == TB_AST_TABLE_REF) {
        /* the tree is this statement's own: nobody else reads it */
        tb_qname *name = (tb_qname *)&tb_as_table_ref(node)->name;
        if (name->schema != NULL || !is_cte(cx, name->name)) {
            const tb_relation *rel;
            TB_TRY(tbi_srv_find_relation(cx->a, name, &rel, err));
            name->schema = rel->schema->name;
            tb_list_push(cx->a->arena, &cx->rels, rel->oid);
        }
    }
    return tb_ast_each_child(node, qualify, ctx, err);
}

static tb_rc view_text(tbi_srv_admin *a, const tb_ast *query, const char **out, tb_error *err)
{
    tb_buf text;
    tb_buf_init(&text, 1024 * 1024);
    tb_ast_print(&text, query);
    bool failed = text.failed;
    *out = tb_arena_strdup(a->arena, tb_buf_cstr(&text));
    tb_buf_fini(&text);
    return failed ? TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "the view's query is too long")
                  : TB_OK;
}

/* A view may be replaced by one that has the same first columns: what depends on it keeps its
 * meaning. */
static tb_rc remove_old(tbi_srv_admin *a, const tb_relation *old, const tb_column *cols,
                        uint16_t ncols, tb_error *err)
{
    if (old->kind != TB_REL_VIEW)
        return TB_RAISE(err, TB_E_WRONG_OBJECT_TYPE, "\"%s\" is not a view", old->name);
    bool fits = ncols >= old->ncols;
    for (uint16_t i = 0; fits && i < old->ncols; i++)
        fits =
            strcmp(old->cols[i].name, cols[i].name) == 0 && old->cols[i].type.id == cols[i].type.id;
    if (!fits)
        return TB_RAISE(err, TB_E_INVALID_OBJECT_DEFINITION,
                        "cannot change name or type of the columns of view \"%s\"", old->name);
    TB_TRY(tbi_srv_run(a->store, err, "DELETE FROM view_depend WHERE view = ?1", "i",
                       (int64_t)old->oid));
    return tbi_srv_run(a->store, err, "DELETE FROM attribute WHERE relation = ?1", "i",
                       (int64_t)old->oid);
}

static tb_rc write_view(tbi_srv_admin *a, const view_cx *cx, tb_oid oid, const tb_column *cols,
                        uint16_t ncols, const tb_name_list *names, tb_error *err)
{
    for (uint16_t i = 0; i < ncols; i++) {
        tbi_srv_new_column c = {.name = i < names->n ? names->at[i] : cols[i].name,
                                .type = cols[i].type};
        TB_TRY(tbi_srv_write_column(a, oid, i, &c, err));
    }
    for (uint32_t i = 0; i < cx->rels.n; i++)
        TB_TRY(tbi_srv_run(a->store, err, "INSERT OR IGNORE INTO view_depend VALUES (?1, ?2)", "ii",
                           (int64_t)oid, (int64_t)cx->rels.at[i]));
    return TB_OK;
}

static tb_rc check_names(const tb_column *cols, uint16_t ncols, const tb_ast_create_view *s,
                         tb_error *err)
{
    if (s->columns.n > ncols)
        return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, s->base.pos,
                           "CREATE VIEW specifies more column names than columns");
    for (uint16_t i = 0; i < ncols; i++) {
        const char *name = i < s->columns.n ? s->columns.at[i] : cols[i].name;
        for (uint16_t k = 0; k < i; k++)
            if (strcmp(k < s->columns.n ? s->columns.at[k] : cols[k].name, name) == 0)
                return TB_RAISE_AT(err, TB_E_DUPLICATE_COLUMN, s->base.pos,
                                   "column \"%s\" specified more than once", name);
    }
    return TB_OK;
}

tb_rc tbi_srv_admin_create_view(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_view *s = tb_as_create_view(stmt);
    tbi_srv_tag(a, "CREATE VIEW");
    if (s->options.n > 0)
        return TB_UNSUPPORTED(err, stmt->pos, "CREATE VIEW ... WITH (options)");
    const tb_schema *schema;
    TB_TRY(tbi_srv_creation_schema(a, &s->name, &schema, err));
    view_cx cx = {.a = a};
    TB_TRY(collect_ctes(s->query, &cx, err));
    TB_TRY(qualify(s->query, &cx, err));
    tbi_srv_new_relation r = {.schema = schema, .name = s->name.name, .rows = -1};
    TB_TRY(view_text(a, s->query, &r.view_sql, err));
    tb_column *cols;
    uint16_t ncols;
    TB_TRY(a->cx->check_view(a->cx->ctx, r.view_sql, a->arena, &cols, &ncols, err));
    TB_TRY(check_names(cols, ncols, s, err));
    const tb_relation *old = tb_catalog_relation(a->cat, schema->name, r.name);
    tb_oid oid;
    if (old != NULL && s->or_replace) {
        oid = old->oid;
        TB_TRY(remove_old(a, old, cols, ncols, err));
        TB_TRY(tbi_srv_run(a->store, err, "UPDATE relation SET view_sql = ?2 WHERE oid = ?1", "is",
                           (int64_t)oid, r.view_sql));
    } else {
        TB_TRY(tbi_srv_write_relation(a, &r, &oid, err));
    }
    return write_view(a, &cx, oid, cols, ncols, &s->columns, err);
}
