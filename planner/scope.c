/* SPDX-License-Identifier: Apache-2.0
 * Names: columns and FROM items of a query level and the levels around it, stars, whole rows,
 * tables by search path.
 *
 * Entry points: tbi_add_item, tbi_bind_column_ref, tbi_local_column, tbi_expand_star, tbi_use,
 * tbi_level_of, tbi_whole_row, tbi_bind_find_relation.
 */
#include "planner/bind_int.h"

/* ---- items ---- */

void tbi_add_item(tbi_bind *b, tbi_scope *s, tbi_item item)
{
    for (uint32_t i = 0; i < item.ncols; i++) {
        tbi_meta *m = tbi_meta_of(b, item.cols[i].id);
        if (item.name == NULL && m->scope == s)
            continue; /* a column passing through an unnamed join */
        m->scope = s;
        m->rel_name = item.name;
        m->name = item.cols[i].name;
    }
    tb_list_push(b->arena, &s->items, item);
}

void tbi_use(tbi_bind *b, tb_colid id)
{
    const tbi_meta *m = tbi_meta_of(b, id);
    if (m->scan != NULL)
        m->scan->used[m->attno] = true;
}

int tbi_level_of(tbi_bind *b, const tbi_scope *s, tb_colid id)
{
    const tbi_scope *owner = tbi_meta_of(b, id)->scope;
    int level = 0;
    for (; s != NULL; s = s->parent, level++)
        if (s == owner)
            return level;
    return -1;
}

static tb_rc check_lateral(tbi_bind *b, const tbi_item *item, const char *name, int pos)
{
    if (!item->lateral_only || item->lateral_ok)
        return TB_OK;
    TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, pos,
                "invalid reference to FROM-clause entry for table \"%s\"", name);
    tb_error_detail(b->err,
                    "The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
    return TB_FAIL;
}

static bool reachable(const tbi_scope *s, const tbi_item *item)
{
    return !item->lateral_only || s->lateral_active;
}

/* ---- columns ---- */

static tb_rc ambiguous_column(tbi_bind *b, const char *name, int pos)
{
    return TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_COLUMN, pos, "column reference \"%s\" is ambiguous",
                       name);
}

/* Column of one item; *out stays NULL when it has none of that name. */
static tb_rc item_column(tbi_bind *b, const tbi_item *item, const char *name, int pos,
                         tb_colid *out)
{
    for (uint32_t i = 0; i < item->ncols; i++) {
        if (strcmp(item->cols[i].name, name) != 0)
            continue;
        if (*out != 0)
            return ambiguous_column(b, name, pos);
        *out = item->cols[i].id;
    }
    return TB_OK;
}

/* The expression of a column reference. */
static tb_expr *read_column(tbi_bind *b, tb_colid id, int pos)
{
    tbi_use(b, id);
    return tbi_col(b, id, pos);
}

tb_rc tbi_local_column(tbi_bind *b, tbi_scope *s, const char *name, int pos, tb_expr **out)
{
    tb_colid found = 0;
    *out = NULL;
    for (uint32_t i = 0; i < s->items.n; i++) {
        const tbi_item *item = &s->items.at[i];
        if (!item->cols_visible || !reachable(s, item))
            continue;
        tb_colid id = 0;
        TB_TRY(item_column(b, item, name, pos, &id));
        if (id == 0)
            continue;
        if (found != 0)
            return ambiguous_column(b, name, pos);
        TB_TRY(check_lateral(b, item, item->name != NULL ? item->name : "unnamed_join", pos));
        found = id;
    }
    if (found != 0)
        *out = read_column(b, found, pos);
    return TB_OK;
}

static tb_rc find_column(tbi_bind *b, tbi_scope *s, const char *name, int pos, tb_expr **out)
{
    *out = NULL;
    for (; s != NULL && *out == NULL; s = s->parent)
        TB_TRY(tbi_local_column(b, s, name, pos, out));
    return TB_OK;
}

/* ---- items by name ---- */

static bool item_matches(const tbi_item *item, const char *schema, const char *name)
{
    if (schema == NULL)
        return item->name != NULL && strcmp(item->name, name) == 0;
    return item->rel != NULL && !item->aliased && strcmp(item->rel->name, name) == 0 &&
           strcmp(item->rel->schema->name, schema) == 0;
}

/* The FROM item of a name, in this level or the nearest outer one; NULL if none is visible. */
static tb_rc find_item(tbi_bind *b, tbi_scope *s, const char *schema, const char *name, int pos,
                       const tbi_item **out)
{
    *out = NULL;
    for (; s != NULL && *out == NULL; s = s->parent) {
        for (uint32_t i = 0; i < s->items.n; i++) {
            const tbi_item *item = &s->items.at[i];
            if (!item->rel_visible || !reachable(s, item) || !item_matches(item, schema, name))
                continue;
            if (*out != NULL)
                return TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_ALIAS, pos,
                                   "table reference \"%s\" is ambiguous", name);
            TB_TRY(check_lateral(b, item, name, pos));
            *out = item;
        }
    }
    return TB_OK;
}

/* Why a qualified name found nothing: an item out of reach, one hidden by its alias, or none. */
static tb_rc missing_item(tbi_bind *b, const tbi_scope *s, const char *name, int pos)
{
    for (; s != NULL; s = s->parent) {
        for (uint32_t i = 0; i < s->items.n; i++) {
            const tbi_item *item = &s->items.at[i];
            bool same_name = item->name != NULL && strcmp(item->name, name) == 0;
            bool same_rel =
                item->rel != NULL && item->aliased && strcmp(item->rel->name, name) == 0;
            if (!same_name && !same_rel)
                continue;
            TB_RAISE_AT(b->err, TB_E_UNDEFINED_TABLE, pos,
                        "invalid reference to FROM-clause entry for table \"%s\"", name);
            if (same_name)
                tb_error_detail(b->err,
                                "There is an entry for table \"%s\", but it cannot be referenced "
                                "from this part of the query.",
                                name);
            else
                tb_error_hint(b->err, "Perhaps you meant to reference the table alias \"%s\".",
                              item->name);
            return TB_FAIL;
        }
    }
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_TABLE, pos,
                       "missing FROM-clause entry for table \"%s\"", name);
}

/* ---- whole rows ---- */

static const tbi_shape *item_shape(tbi_bind *b, const tbi_item *item)
{
    tbi_shape *sh = TB_NEW(b->arena, tbi_shape);
    sh->n = item->ncols;
    sh->names = TB_NEW_ARRAY(b->arena, const char *, item->ncols + 1);
    sh->types = TB_NEW_ARRAY(b->arena, tb_type, item->ncols + 1);
    sh->shapes = TB_NEW_ARRAY(b->arena, const tbi_shape *, item->ncols + 1);
    for (uint32_t i = 0; i < item->ncols; i++) {
        sh->names[i] = item->cols[i].name;
        sh->types[i] = tb_stmt_col_type(b->stmt, item->cols[i].id);
        sh->shapes[i] = tbi_meta_of(b, item->cols[i].id)->shape;
    }
    return sh;
}

/* A column that is never NULL in a row of its table; 0 if there is none. */
static tb_colid witness(tbi_bind *b, const tbi_item *item)
{
    for (uint32_t i = 0; i < item->ncols; i++) {
        const tbi_meta *m = tbi_meta_of(b, item->cols[i].id);
        if (m->scan != NULL && m->scan->rel->kind != TB_REL_VIEW &&
            m->scan->rel->cols[m->attno].not_null)
            return item->cols[i].id;
    }
    return 0;
}

/* The row of an item that an outer join may have left out is NULL then, not a row of NULLs. */
static tb_rc row_or_null(tbi_bind *b, const tbi_item *item, tb_expr *row, tb_expr **out)
{
    *out = row;
    if (!item->nullable)
        return TB_OK;
    tb_colid id = witness(b, item);
    if (id == 0)
        return TB_UNSUPPORTED(b->err, row->pos,
                              "a whole-row reference to the nullable side of an outer join");
    tb_expr *test = tb_expr_new(b->arena, TB_X_TEST, tb_type_of(TB_T_BOOL), row->pos);
    test->test.test = TB_IS_NOT_NULL;
    test->test.arg = read_column(b, id, row->pos);
    tb_expr *c = tb_expr_new(b->arena, TB_X_CASE, row->type, row->pos);
    c->case_.n = 1;
    c->case_.when = TB_NEW(b->arena, tb_expr *);
    c->case_.then = TB_NEW(b->arena, tb_expr *);
    c->case_.when[0] = test;
    c->case_.then[0] = row;
    struct tbi_row_shape known = {c, item_shape(b, item)};
    tb_list_push(b->arena, &b->rows, known);
    *out = c;
    return TB_OK;
}

tb_rc tbi_whole_row(tbi_bind *b, const tbi_item *item, int pos, tb_expr **out)
{
    if (item->scalar) {
        *out = read_column(b, item->cols[0].id, pos);
        return TB_OK;
    }
    tb_expr *row = tb_expr_new(b->arena, TB_X_ROW, tb_type_of(TB_T_RECORD), pos);
    row->list.n = item->ncols;
    row->list.args = TB_NEW_ARRAY(b->arena, tb_expr *, item->ncols + 1);
    for (uint32_t i = 0; i < item->ncols; i++)
        row->list.args[i] = read_column(b, item->cols[i].id, pos);
    struct tbi_row_shape known = {row, item_shape(b, item)};
    row->list.names = known.shape->names;
    tb_list_push(b->arena, &b->rows, known);
    return row_or_null(b, item, row, out);
}

/* ---- system columns ---- */

/* tableoid of a table, xmin of a catalog table: constants. Clients that browse the catalog read
 * them. */
static bool system_column(tbi_bind *b, const tbi_item *item, const char *name, int pos,
                          tb_expr **out)
{
    if (item->rel == NULL || item->rel->kind == TB_REL_VIEW || item->nullable)
        return false;
    if (strcmp(name, "tableoid") == 0)
        *out = tb_expr_const(b->arena, tb_type_of(TB_T_OID), tb_value_oid(item->rel->oid));
    else if (strcmp(name, "xmin") == 0 && item->rel->kind == TB_REL_INTERNAL)
        *out = tb_expr_const(b->arena, tb_type_of(TB_T_XID), tb_value_oid(0));
    else
        return false;
    (*out)->pos = pos;
    return true;
}

/* The same for a bare name: the only table in sight must have it. */
static bool bare_system_column(tbi_bind *b, tbi_scope *s, const char *name, int pos, tb_expr **out)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < s->items.n; i++)
        if (reachable(s, &s->items.at[i]))
            found += system_column(b, &s->items.at[i], name, pos, out);
    return found == 1;
}

/* ---- references ---- */

static bool policy_argument(tbi_bind *b, const char *name, tb_expr **out)
{
    for (uint32_t i = 0; b->policy && i < b->nargs; i++) {
        if (strcmp(b->args[i].name, name) != 0)
            continue;
        *out = b->arg_exprs[i];
        return true;
    }
    return false;
}

static tb_rc plain_name(tbi_bind *b, tbi_scope *s, const char *name, int pos, tb_expr **out)
{
    if (policy_argument(b, name, out))
        return TB_OK;
    TB_TRY(find_column(b, s, name, pos, out));
    if (*out != NULL || bare_system_column(b, s, name, pos, out))
        return TB_OK;
    const tbi_item *item;
    TB_TRY(find_item(b, s, NULL, name, pos, &item));
    if (item != NULL)
        return tbi_whole_row(b, item, pos, out);
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_COLUMN, pos, "column \"%s\" does not exist", name);
}

/* Splits names into schema, table and the rest; *column is NULL for a star. */
static tb_rc split_ref(tbi_bind *b, const tb_ast_column_ref *ref, const char **schema,
                       const char **table, const char **column)
{
    uint32_t n = ref->names.n + (ref->star ? 1 : 0), first = 0;
    if (n > 4)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, ref->base.pos,
                           "improper qualified name (too many dotted names)");
    if (n == 4) {
        const char *database = b->stmt->env != NULL ? b->stmt->env->database : NULL;
        if (database == NULL || strcmp(database, ref->names.at[0]) != 0)
            return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, ref->base.pos,
                               "cross-database references are not implemented: %s.%s.%s",
                               ref->names.at[0], ref->names.at[1], ref->names.at[2]);
        first = 1;
    }
    *schema = n - first == 3 ? ref->names.at[first] : NULL;
    *table = ref->names.at[n - 2];
    *column = ref->star ? NULL : ref->names.at[n - 1];
    return TB_OK;
}

tb_rc tbi_bind_column_ref(tbi_bind *b, tbi_scope *s, const tb_ast_column_ref *ref, tb_expr **out)
{
    int pos = ref->base.pos;
    if (ref->star && ref->names.n == 0)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "row expansion via \"*\" is not supported here");
    if (ref->names.n == 1 && !ref->star)
        return plain_name(b, s, ref->names.at[0], pos, out);
    const char *schema, *table, *column;
    TB_TRY(split_ref(b, ref, &schema, &table, &column));
    const tbi_item *item;
    TB_TRY(find_item(b, s, schema, table, pos, &item));
    if (item == NULL)
        return missing_item(b, s, table, pos);
    if (ref->star) /* as an argument, t.* is the row */
        return tbi_whole_row(b, item, pos, out);
    tb_colid id = 0;
    TB_TRY(item_column(b, item, column, pos, &id));
    if (id == 0 && system_column(b, item, column, pos, out))
        return TB_OK;
    if (id == 0)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_COLUMN, pos, "column %s.%s does not exist", table,
                           column);
    *out = read_column(b, id, pos);
    return TB_OK;
}

static void push_columns(tbi_bind *b, const tbi_item *item, tbi_columns *out)
{
    for (uint32_t i = 0; i < item->ncols; i++) {
        tbi_use(b, item->cols[i].id);
        tb_list_push(b->arena, out, item->cols[i]);
    }
}

static tb_rc expand_all(tbi_bind *b, tbi_scope *s, int pos, tbi_columns *out)
{
    bool any = false;
    for (uint32_t i = 0; i < s->items.n; i++) {
        const tbi_item *item = &s->items.at[i];
        if (!item->cols_visible || item->lateral_only)
            continue;
        any = true;
        push_columns(b, item, out);
    }
    if (!any)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, pos,
                           "SELECT * with no tables specified is not valid");
    return TB_OK;
}

tb_rc tbi_expand_star(tbi_bind *b, tbi_scope *s, const tb_ast_column_ref *ref, tbi_columns *out)
{
    if (ref->names.n == 0)
        return expand_all(b, s, ref->base.pos, out);
    const char *schema, *table, *column;
    TB_TRY(split_ref(b, ref, &schema, &table, &column));
    const tbi_item *item;
    TB_TRY(find_item(b, s, schema, table, ref->base.pos, &item));
    if (item == NULL)
        return missing_item(b, s, table, ref->base.pos);
    push_columns(b, item, out);
    return TB_OK;
}

/* ---- tables ---- */

/* Names the relation as the statement did. */
static tb_rc no_relation(tbi_bind *b, const tb_qname *name)
{
    if (name->schema == NULL)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_TABLE, name->pos,
                           "relation \"%s\" does not exist", name->name);
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_TABLE, name->pos, "relation \"%s.%s\" does not exist",
                       name->schema, name->name);
}

/* A relation as far as the accessing role may know of it. */
static const tb_relation *visible_relation(tbi_bind *b, const char *schema, const char *name)
{
    const tb_relation *rel = tb_catalog_relation(b->stmt->catalog, schema, name);
    if (rel == NULL || !tb_relation_visible(b->stmt->catalog, b->access, rel))
        return NULL;
    return rel;
}

static const tb_relation *by_search_path(tbi_bind *b, const char *name)
{
    const tb_env *env = b->stmt->env;
    uint32_t n = env != NULL ? env->nsearch_path : 0;
    bool listed = false;
    for (uint32_t i = 0; i < n; i++)
        listed |= strcmp(env->search_path[i], "pg_catalog") == 0;
    const tb_relation *rel = listed ? NULL : visible_relation(b, "pg_catalog", name);
    for (uint32_t i = 0; i < n && rel == NULL; i++) {
        const tb_schema *schema = tb_catalog_schema(b->stmt->catalog, env->search_path[i]);
        if (schema != NULL && tb_may_use_schema(b->stmt->catalog, b->access, schema))
            rel = visible_relation(b, schema->name, name);
    }
    return rel;
}

static tb_rc by_schema(tbi_bind *b, const tb_qname *name, const tb_relation **out)
{
    *out = visible_relation(b, name->schema, name->name);
    if (*out != NULL && !tb_may_use_schema(b->stmt->catalog, b->access, (*out)->schema))
        return TB_RAISE_AT(b->err, TB_E_INSUFFICIENT_PRIVILEGE, name->pos,
                           "permission denied for schema %s", name->schema);
    return TB_OK;
}

tb_rc tbi_bind_find_relation(tbi_bind *b, const tb_qname *name, const tb_relation **out)
{
    if (name->catalog != NULL) {
        const char *database = b->stmt->env != NULL ? b->stmt->env->database : NULL;
        if (database == NULL || strcmp(database, name->catalog) != 0)
            return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, name->pos,
                               "cross-database references are not implemented: \"%s.%s.%s\"",
                               name->catalog, name->schema, name->name);
    }
    if (name->schema != NULL)
        TB_TRY(by_schema(b, name, out));
    else
        *out = by_search_path(b, name->name);
    return *out == NULL ? no_relation(b, name) : TB_OK;
}
