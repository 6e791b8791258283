/* SPDX-License-Identifier: Apache-2.0
 * Prepared statements: of Parse, of PREPARE, and the throw-away ones of simple queries.
 */
#include "server/portal.h"
#include "server/scalar.h"

#include <string.h>

/* ---- analysis: parameter types and columns ---- */

static tb_desc copy_desc(tb_arena *arena, const tb_desc *from)
{
    tb_desc desc = *from;
    if (!from->returns_rows)
        return desc;
    desc = tb_desc_new(arena, from->n);
    for (uint32_t i = 0; i < from->n; i++) {
        desc.types[i] = from->types[i];
        desc.cols[i] = from->cols[i];
        desc.cols[i].name = tb_arena_strdup(arena, from->cols[i].name);
    }
    return desc;
}

/* Binds a query, without planning it, to learn its parameters and columns; into the arena. */
static tb_rc bind_query(tb_session *s, const tb_prepared *p, const tb_ast *query, tb_arena *arena,
                        tb_type **params, uint32_t *nparams, tb_desc *desc, uint64_t *version,
                        tb_error *err)
{
    tb_query *q;
    tb_arena *work = tb_arena_create(0);
    const char *text = tb_arena_strndup(work, p->sql + p->statement.offset, p->statement.len);
    tb_rc rc = tb_query_new(s, work, query, text, p->params, p->nparams, &q, err);
    if (rc == TB_OK && p->statement.node->kind == TB_AST_EXPLAIN)
        tb_query_inspect(q);
    if (rc == TB_OK)
        rc = tb_query_run(q, TB_STAGE_BOUND, 0, NULL, NULL, err);
    if (rc == TB_OK) {
        tb_desc found = tb_query_desc(q);
        *desc = copy_desc(arena, &found);
        *nparams = q->stmt.params.n;
        *params = tb_arena_memdup(arena, q->stmt.params.at, *nparams * sizeof(tb_type));
        *version = q->catalog->version;
        tb_query_close(q);
    }
    tb_arena_destroy(work);
    return rc;
}

static tb_rc analyse_query(tb_session *s, tb_prepared *p, const tb_ast *query, tb_desc *desc,
                           tb_error *err)
{
    return bind_query(s, p, query, p->arena, &p->params, &p->nparams, desc, &p->catalog_version,
                      err);
}

tb_rc tb_prepared_columns(tb_session *s, const tb_prepared *p, tb_arena *arena, tb_desc *out,
                          tb_error *err)
{
    tb_type *params;
    uint32_t nparams;
    uint64_t version;
    tb_catalog *catalog = tb_store_snapshot(s->gw->store);
    bool fresh = catalog->version == p->catalog_version;
    tb_catalog_unref(catalog);
    if (!fresh && p->statement.node != NULL && p->statement.node->kind == TB_AST_QUERY)
        return bind_query(s, p, p->statement.node, arena, &params, &nparams, out, &version, err);
    *out = copy_desc(arena, &p->desc);
    return TB_OK;
}

static tb_rc analyse(tb_session *s, tb_prepared *p, tb_error *err)
{
    const tb_ast *node = p->statement.node, *query = NULL;
    tb_desc unused;
    if (node == NULL)
        return TB_OK;
    if (node->kind == TB_AST_QUERY)
        return analyse_query(s, p, node, &p->desc, err);
    if (node->kind == TB_AST_DECLARE_CURSOR)
        query = tb_as_declare_cursor(node)->query;
    else if (node->kind == TB_AST_EXPLAIN && tb_as_explain(node)->stmt->kind == TB_AST_QUERY)
        query = tb_as_explain(node)->stmt;
    if (query != NULL)
        TB_TRY(analyse_query(s, p, query, &unused, err));
    return tb_command_describe(s, p->arena, node, &p->desc, err);
}

static tb_rc declare_types(tb_prepared *p, const uint32_t *types, uint32_t n, tb_error *err)
{
    p->params = TB_NEW_ARRAY(p->arena, tb_type, n);
    p->nparams = n;
    for (uint32_t i = 0; i < n; i++) {
        bool infer = types[i] == 0 || types[i] == tb_type_oid(TB_T_UNKNOWN);
        p->params[i] = tb_type_of(infer ? TB_T_NONE : tb_type_from_oid(types[i]));
        if (!infer && p->params[i].id == TB_T_NONE)
            return TB_RAISE(err, TB_E_UNDEFINED_OBJECT, "type with OID %u does not exist",
                            types[i]);
    }
    return TB_OK;
}

tb_rc tb_prepared_new(tb_session *s, tb_arena *arena, const char *sql,
                      const tb_statement *statement, const uint32_t *types, uint32_t ntypes,
                      bool once, tb_prepared **out, tb_error *err)
{
    tb_prepared *p = TB_NEW(arena, tb_prepared);
    *p = (tb_prepared){
        .name = "",
        .arena = arena,
        .refs = 1,
        .sql = sql,
        .statement = *statement,
        .once = once && statement->node->kind == TB_AST_QUERY,
        .since_us = tb_clock_us(),
    };
    if (declare_types(p, types, ntypes, err) != TB_OK ||
        (!p->once && analyse(s, p, err) != TB_OK)) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    *out = p;
    return TB_OK;
}

void tb_prepared_unref(tb_prepared *p)
{
    if (p == NULL || --p->refs > 0)
        return;
    tb_prepared_unref(p->tree_of);
    tb_arena_destroy(p->arena);
}

/* ---- the session's list ---- */

static tb_prepared **lookup(tb_session *s, const char *name)
{
    tb_prepared **link = &s->prepared;
    while (*link != NULL && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

bool tb_prepared_drop(tb_session *s, const char *name)
{
    tb_prepared **link = lookup(s, name), *p = *link;
    if (p == NULL)
        return false;
    *link = p->next;
    s->nprepared--;
    tb_prepared_unref(p);
    return true;
}

void tb_prepared_drop_all(tb_session *s)
{
    while (s->prepared != NULL)
        tb_prepared_drop(s, s->prepared->name);
}

tb_rc tb_prepared_store(tb_session *s, tb_prepared *p, const char *name, tb_error *err)
{
    if (*name == '\0')
        tb_prepared_drop(s, "");
    else if (*lookup(s, name) != NULL)
        return TB_RAISE(err, TB_E_DUPLICATE_PREPARED_STATEMENT,
                        "prepared statement \"%s\" already exists", name);
    if (s->nprepared >= s->config->statements)
        return TB_RAISE(err, TB_E_CONFIGURATION_LIMIT_EXCEEDED, "too many prepared statements");
    p->name = tb_arena_strdup(p->arena, name);
    p->next = s->prepared;
    s->prepared = p;
    s->nprepared++;
    return TB_OK;
}

tb_rc tb_prepared_find(tb_session *s, const char *name, tb_prepared **out, tb_error *err)
{
    *out = *lookup(s, name);
    if (*out != NULL)
        return TB_OK;
    if (*name == '\0')
        return TB_RAISE(err, TB_E_INVALID_SQL_STATEMENT_NAME,
                        "unnamed prepared statement does not exist");
    return TB_RAISE(err, TB_E_INVALID_SQL_STATEMENT_NAME,
                    "prepared statement \"%s\" does not exist", name);
}

/* ---- PREPARE, EXECUTE, DEALLOCATE ---- */

/* The declared types of PREPARE as OIDs: each is bound as a cast of NULL. */
static tb_rc bind_types(tb_session *s, tb_arena *arena, const tb_ast_list *types, uint32_t *oids,
                        tb_error *err)
{
    for (uint32_t i = 0; i < types->n; i++) {
        tb_ast_null null = {{TB_AST_NULL, 1, -1}};
        tb_ast_cast cast = {{TB_AST_CAST, 2, types->at[i]->pos}, &null.base, types->at[i]};
        tb_type found;
        TB_TRY(tb_scalar_type(s, arena, &cast.base, &found, err));
        oids[i] = tb_type_oid(found.id);
    }
    return TB_OK;
}

tb_rc tb_command_prepare(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_prepare *ast = tb_as_prepare(portal->ast);
    if (ast->stmt->kind != TB_AST_QUERY)
        return TB_RAISE_AT(err, TB_E_READ_ONLY_SQL_TRANSACTION, ast->stmt->pos,
                           "cannot execute %s in a read-only transaction",
                           tb_as_write(ast->stmt)->tag);
    tb_arena *arena = tb_arena_create(0);
    uint32_t *oids = TB_NEW_ARRAY(arena, uint32_t, ast->types.n);
    if (bind_types(s, arena, &ast->types, oids, err) != TB_OK) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    tb_statement inner = portal->prepared->statement;
    inner.node = ast->stmt;
    tb_prepared *p;
    TB_TRY(tb_prepared_new(s, arena, portal->prepared->sql, &inner, oids, ast->types.n, false, &p,
                           err));
    /* the tree belongs to the statement that said PREPARE */
    p->tree_of = portal->prepared;
    p->tree_of->refs++;
    p->from_sql = true;
    if (tb_prepared_store(s, p, ast->name, err) != TB_OK) {
        tb_prepared_unref(p);
        return TB_FAIL;
    }
    portal->tag = "PREPARE";
    return TB_OK;
}

tb_rc tb_command_deallocate(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_deallocate *ast = tb_as_deallocate(portal->ast);
    tb_prepared *p;
    if (ast->name == NULL) {
        tb_prepared_drop_all(s);
        portal->tag = "DEALLOCATE ALL";
        return TB_OK;
    }
    TB_TRY(tb_prepared_find(s, ast->name, &p, err));
    tb_prepared_drop(s, ast->name);
    portal->tag = "DEALLOCATE";
    return TB_OK;
}

/* May a value of this type be assigned to a parameter of that one? */
static bool assignable(tb_type_id from, tb_type_id to)
{
    if (from == to || from == TB_T_UNKNOWN || tb_type_get(to)->category == 'S')
        return true;
    const tb_cast_info *cast = tb_cast_lookup(from, to);
    return cast != NULL && cast->context != TB_CAST_EXPLICIT;
}

static tb_rc execute_argument(tb_session *s, tb_arena *arena, const tb_ast *arg, uint32_t i,
                              tb_type want, tb_value *out, tb_error *err)
{
    tb_type found;
    char have[80], need[80];
    TB_TRY(tb_scalar_type(s, arena, arg, &found, err));
    bool is_unknown = arg->kind == TB_AST_STRING || arg->kind == TB_AST_NULL;
    if (!is_unknown && !assignable(found.id, want.id)) {
        int32_t pos = arg->kind == TB_AST_CAST ? tb_as_cast(arg)->arg->pos : arg->pos;
        (void)TB_RAISE_AT(err, TB_E_DATATYPE_MISMATCH, pos,
                          "parameter $%u of type %s cannot be coerced to the expected type %s",
                          i + 1, tb_type_format(found, have, sizeof have),
                          tb_type_format(want, need, sizeof need));
        tb_error_hint(err, "You will need to rewrite or cast the expression.");
        return TB_FAIL;
    }
    return tb_scalar_value(s, arena, arg, want, out, err);
}

tb_rc tb_execute_resolve(tb_session *s, tb_arena *arena, const tb_ast_execute *ast,
                         tb_prepared **out, tb_value **params, tb_error *err)
{
    tb_prepared *p;
    TB_TRY(tb_prepared_find(s, ast->name, &p, err));
    *out = p;
    *params = TB_NEW_ARRAY(arena, tb_value, p->nparams);
    if (p->nparams == 0)
        return TB_OK; /* as PostgreSQL: arguments of a statement without parameters are ignored */
    if (ast->args.n != p->nparams) {
        (void)TB_RAISE(err, TB_E_SYNTAX_ERROR,
                       "wrong number of parameters for prepared statement \"%s\"", p->name);
        tb_error_detail(err, "Expected %u parameters but got %u.", p->nparams, ast->args.n);
        return TB_FAIL;
    }
    for (uint32_t i = 0; i < p->nparams; i++)
        TB_TRY(execute_argument(s, arena, ast->args.at[i], i, p->params[i], &(*params)[i], err));
    return TB_OK;
}
