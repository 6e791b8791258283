/* SPDX-License-Identifier: Apache-2.0
 * `tombolo dump`: the catalog as statements of its own language, in an order in which they run.
 */
#include "server/store_int.h"

#include "parser/parser.h"

typedef struct dump_cx {
    tb_store *store;
    const tb_catalog *cat;
    tb_buf *out;
    tb_error *err;
} dump_cx;

enum { FIRST_USER_OID = 16384 };

static const char *role_name(const dump_cx *cx, tb_oid oid)
{
    const tb_role *r = tb_catalog_role_by_oid(cx->cat, oid);
    TB_CHECK(r != NULL);
    return r->name;
}

static void put(dump_cx *cx, const char *text)
{
    tb_buf_puts(cx->out, text);
}

static void name(dump_cx *cx, const char *identifier)
{
    tb_print_identifier(cx->out, identifier);
}

static void qualified(dump_cx *cx, const tb_schema *schema, const char *object)
{
    name(cx, schema->name);
    put(cx, ".");
    name(cx, object);
}

static void literal(dump_cx *cx, const char *value)
{
    tb_print_literal(cx->out, value);
}

static void comment(dump_cx *cx, const char *kind, const tb_schema *schema, const char *object,
                    const char *text)
{
    if (text == NULL)
        return;
    put(cx, "COMMENT ON ");
    put(cx, kind);
    put(cx, " ");
    if (schema != NULL)
        qualified(cx, schema, object);
    else
        name(cx, object);
    put(cx, " IS ");
    literal(cx, text);
    put(cx, ";\n");
}

static void options(dump_cx *cx, const tb_option *list, uint32_t n)
{
    if (n == 0)
        return;
    put(cx, " OPTIONS (");
    for (uint32_t i = 0; i < n; i++) {
        put(cx, i == 0 ? "" : ", ");
        name(cx, list[i].name);
        put(cx, " ");
        literal(cx, list[i].value);
    }
    put(cx, ")");
}

/* ---- roles ---- */

static tb_rc dump_roles(dump_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->nroles; i++) {
        const tb_role *r = &cx->cat->roles[i];
        if (i == 0)
            continue; /* the first role is made by init, under a name and password of its own */
        put(cx, "CREATE ROLE ");
        name(cx, r->name);
        put(cx, r->can_login ? " LOGIN" : " NOLOGIN");
        put(cx, r->inherit ? "" : " NOINHERIT");
        put(cx, r->system ? " SYSTEM" : r->security ? " SECURITY" : r->auditor ? " AUDITOR" : "");
        if (r->connection_limit >= 0)
            tb_buf_printf(cx->out, " CONNECTION LIMIT %d", r->connection_limit);
        if (r->verifier != NULL) {
            put(cx, " PASSWORD ");
            literal(cx, r->verifier);
        }
        if (r->valid_until != NULL) {
            put(cx, " VALID UNTIL ");
            literal(cx, r->valid_until);
        }
        put(cx, ";\n");
        comment(cx, "ROLE", NULL, r->name, r->comment);
    }
    for (uint32_t i = 0; i < cx->cat->nroles; i++) {
        const tb_role *r = &cx->cat->roles[i];
        for (uint32_t k = 0; k < r->nmember_of; k++) {
            put(cx, "GRANT ");
            name(cx, role_name(cx, r->member_of[k]));
            put(cx, " TO ");
            name(cx, r->name);
            put(cx, r->member_admin[k] ? " WITH ADMIN OPTION;\n" : ";\n");
        }
    }
    return TB_OK;
}

/* ---- servers and mappings ---- */

static void owner(dump_cx *cx, const char *kind, const tb_schema *schema, const char *object,
                  tb_oid oid)
{
    put(cx, "ALTER ");
    put(cx, kind);
    put(cx, " ");
    if (schema != NULL)
        qualified(cx, schema, object);
    else
        name(cx, object);
    put(cx, " OWNER TO ");
    name(cx, role_name(cx, oid));
    put(cx, ";\n");
}

static tb_rc dump_servers(dump_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->nservers; i++) {
        const tb_server *s = &cx->cat->servers[i];
        put(cx, "CREATE SERVER ");
        name(cx, s->name);
        put(cx, " FOREIGN DATA WRAPPER ");
        name(cx, s->driver);
        options(cx, s->options, s->noptions);
        put(cx, ";\n");
        owner(cx, "SERVER", NULL, s->name, s->owner);
        comment(cx, "SERVER", NULL, s->name, s->comment);
    }
    return TB_OK;
}

static void sealed_options(dump_cx *cx, int64_t mapping)
{
    sqlite3_stmt *q = tbi_srv_query(
        cx->store, cx->err,
        "SELECT name, hex(sealed) FROM mapping_option WHERE mapping = ?1 ORDER BY name", "i",
        mapping);
    for (int i = 0; q != NULL && sqlite3_step(q) == SQLITE_ROW; i++) {
        put(cx, i == 0 ? " OPTIONS (" : ", ");
        name(cx, (const char *)sqlite3_column_text(q, 0));
        tb_buf_printf(cx->out, " 'sealed:%s'", (const char *)sqlite3_column_text(q, 1));
    }
    sqlite3_finalize(q);
}

static tb_rc dump_mappings(dump_cx *cx)
{
    sqlite3_stmt *q = tbi_srv_query(
        cx->store, cx->err,
        "SELECT m.oid, r.name, s.name, (SELECT count(*) FROM mapping_option o WHERE o.mapping = "
        "m.oid)"
        " FROM user_mapping m JOIN server s ON s.oid = m.server LEFT JOIN role r ON r.oid = m.role"
        " ORDER BY m.oid",
        "");
    if (q == NULL)
        return TB_FAIL;
    while (sqlite3_step(q) == SQLITE_ROW) {
        put(cx, "CREATE USER MAPPING FOR ");
        if (sqlite3_column_type(q, 1) == SQLITE_NULL)
            put(cx, "PUBLIC");
        else
            name(cx, (const char *)sqlite3_column_text(q, 1));
        put(cx, " SERVER ");
        name(cx, (const char *)sqlite3_column_text(q, 2));
        sealed_options(cx, sqlite3_column_int64(q, 0));
        put(cx, sqlite3_column_int(q, 3) > 0 ? ");\n" : ";\n");
    }
    sqlite3_finalize(q);
    return TB_OK;
}

/* ---- departments ---- */

static tb_rc dump_schemas(dump_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->nschemas; i++) {
        const tb_schema *s = &cx->cat->schemas[i];
        if (s->oid < FIRST_USER_OID)
            continue;
        put(cx, "CREATE SCHEMA ");
        name(cx, s->name);
        put(cx, " AUTHORIZATION ");
        name(cx, role_name(cx, s->owner));
        put(cx, ";\n");
        comment(cx, "SCHEMA", NULL, s->name, s->comment);
    }
    return TB_OK;
}

static void column(dump_cx *cx, const tb_column *c)
{
    char type[128];
    tb_type shown = c->type.id == TB_T_NONE ? tb_type_of(TB_T_TEXT) : c->type;
    name(cx, c->name);
    tb_buf_printf(cx->out, " %s", tb_type_format(shown, type, sizeof type));
    tb_option list[2];
    uint32_t n = 0;
    if (c->remote_name != NULL && strcmp(c->remote_name, c->name) != 0)
        list[n++] = (tb_option){"column_name", c->remote_name};
    if (c->remote_type != NULL)
        list[n++] = (tb_option){"declared_type", c->remote_type};
    options(cx, list, n);
    put(cx, c->not_null ? " NOT NULL" : "");
}

static void foreign_table(dump_cx *cx, const tb_relation *rel)
{
    put(cx, "CREATE FOREIGN TABLE ");
    qualified(cx, rel->schema, rel->name);
    put(cx, " (");
    for (uint16_t i = 0; i < rel->ncols; i++) {
        put(cx, i == 0 ? "\n    " : ",\n    ");
        column(cx, &rel->cols[i]);
    }
    put(cx, ") SERVER ");
    name(cx, rel->server->name);
    tb_option list[2];
    uint32_t n = 0;
    if (rel->remote_schema != NULL)
        list[n++] = (tb_option){"schema_name", rel->remote_schema};
    if (strcmp(rel->remote_name, rel->name) != 0)
        list[n++] = (tb_option){"table_name", rel->remote_name};
    options(cx, list, n);
    put(cx, ";\n");
    for (uint16_t i = 0; i < rel->ncols; i++) {
        if (!rel->cols[i].hidden)
            continue;
        put(cx, "ALTER FOREIGN TABLE ");
        qualified(cx, rel->schema, rel->name);
        put(cx, " ALTER COLUMN ");
        name(cx, rel->cols[i].name);
        put(cx, " SET HIDDEN;\n");
    }
}

static void column_comments(dump_cx *cx, const tb_relation *rel)
{
    for (uint16_t i = 0; i < rel->ncols; i++) {
        if (rel->cols[i].comment == NULL)
            continue;
        put(cx, "COMMENT ON COLUMN ");
        qualified(cx, rel->schema, rel->name);
        put(cx, ".");
        name(cx, rel->cols[i].name);
        put(cx, " IS ");
        literal(cx, rel->cols[i].comment);
        put(cx, ";\n");
    }
}

/* by oid, so a view comes after what it names */
static tb_rc dump_relations(dump_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->nrelations; i++) {
        const tb_relation *rel = &cx->cat->relations[i];
        if (rel->kind == TB_REL_INTERNAL)
            continue;
        if (rel->kind == TB_REL_VIEW) {
            put(cx, "CREATE VIEW ");
            qualified(cx, rel->schema, rel->name);
            for (uint16_t c = 0; c < rel->ncols; c++) {
                put(cx, c == 0 ? " (" : ", ");
                name(cx, rel->cols[c].name);
            }
            put(cx, ") AS ");
            put(cx, rel->view_sql);
            put(cx, ";\n");
        } else {
            foreign_table(cx, rel);
        }
        if (rel->owner != rel->schema->owner)
            owner(cx, rel->kind == TB_REL_VIEW ? "VIEW" : "TABLE", rel->schema, rel->name,
                  rel->owner);
        comment(cx, rel->kind == TB_REL_VIEW ? "VIEW" : "FOREIGN TABLE", rel->schema, rel->name,
                rel->comment);
        column_comments(cx, rel);
    }
    return TB_OK;
}

/* ---- policies ---- */

static void policy(dump_cx *cx, const tb_policy *p)
{
    char type[128];
    put(cx, p->row_access ? "CREATE ROW ACCESS POLICY " : "CREATE MASKING POLICY ");
    qualified(cx, p->schema, p->name);
    put(cx, " AS (");
    for (uint32_t i = 0; i < p->nargs; i++) {
        put(cx, i == 0 ? "" : ", ");
        name(cx, p->args[i].name);
        tb_buf_printf(cx->out, " %s", tb_type_format(p->args[i].type, type, sizeof type));
    }
    tb_buf_printf(cx->out, ") RETURNS %s -> ", tb_type_format(p->returns, type, sizeof type));
    put(cx, p->body);
    if (p->comment != NULL) {
        put(cx, " COMMENT = ");
        literal(cx, p->comment);
    }
    put(cx, ";\n");
}

static void policy_use(dump_cx *cx, const tb_relation *rel, const char *masked,
                       const tb_policy_use *use)
{
    put(cx, "ALTER TABLE ");
    qualified(cx, rel->schema, rel->name);
    if (masked != NULL) {
        put(cx, " ALTER COLUMN ");
        name(cx, masked);
        put(cx, " SET MASKING POLICY ");
    } else {
        put(cx, " ADD ROW ACCESS POLICY ");
    }
    qualified(cx, use->policy->schema, use->policy->name);
    put(cx, masked != NULL ? " USING (" : " ON (");
    for (uint32_t i = 0; i < use->policy->nargs; i++) {
        put(cx, i == 0 ? "" : ", ");
        name(cx, rel->cols[use->args[i]].name);
    }
    put(cx, ");\n");
}

static tb_rc dump_policies(dump_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->npolicies; i++)
        policy(cx, &cx->cat->policies[i]);
    for (uint32_t i = 0; i < cx->cat->nrelations; i++) {
        const tb_relation *rel = &cx->cat->relations[i];
        for (uint16_t c = 0; c < rel->ncols; c++)
            if (rel->cols[c].mask.policy != NULL)
                policy_use(cx, rel, rel->cols[c].name, &rel->cols[c].mask);
        for (uint32_t k = 0; k < rel->nrow_policies; k++)
            policy_use(cx, rel, NULL, &rel->row_policies[k]);
    }
    return TB_OK;
}

/* ---- privileges ---- */

static void grant(dump_cx *cx, const tb_grant *g)
{
    put(cx, g->kind == TB_OBJ_RELATION ? "GRANT SELECT" : "GRANT USAGE");
    if (g->kind == TB_OBJ_RELATION) {
        const tb_relation *rel = tb_catalog_relation_by_oid(cx->cat, g->object);
        if (g->column >= 0) {
            put(cx, " (");
            name(cx, rel->cols[g->column].name);
            put(cx, ")");
        }
        put(cx, " ON TABLE ");
        qualified(cx, rel->schema, rel->name);
    } else if (g->kind == TB_OBJ_SCHEMA) {
        put(cx, " ON SCHEMA ");
        name(cx, tb_catalog_schema_by_oid(cx->cat, g->object)->name);
    } else {
        put(cx, " ON FOREIGN SERVER ");
        for (uint32_t i = 0; i < cx->cat->nservers; i++)
            if (cx->cat->servers[i].oid == g->object)
                name(cx, cx->cat->servers[i].name);
    }
    put(cx, " TO ");
    if (g->grantee == 0)
        put(cx, "PUBLIC");
    else
        name(cx, role_name(cx, g->grantee));
    put(cx, g->grantable != 0 ? " WITH GRANT OPTION;\n" : ";\n");
}

static tb_rc dump_privileges(dump_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->ngrants; i++)
        grant(cx, &cx->cat->grants[i]);
    return TB_OK;
}

/* In a comment: it is not set by a statement, but by `tombolo init --restore`. */
static tb_rc dump_token_key(dump_cx *cx)
{
    sqlite3_stmt *q = tbi_srv_query(cx->store, cx->err,
                                    "SELECT hex(value) FROM meta WHERE key = 'token_key'", "");
    if (q == NULL)
        return TB_FAIL;
    if (sqlite3_step(q) == SQLITE_ROW)
        tb_buf_printf(cx->out, TB_DUMP_TOKEN_LINE "%s\n", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return TB_OK;
}

tb_rc tb_store_dump(tb_store *store, tb_buf *out, tb_error *err)
{
    static tb_rc (*const parts[])(dump_cx *) = {dump_token_key, dump_roles,     dump_servers,
                                                dump_mappings,  dump_schemas,   dump_relations,
                                                dump_policies,  dump_privileges};
    tb_catalog *cat = tb_store_snapshot(store);
    dump_cx cx = {.store = store, .cat = cat, .out = out, .err = err};
    tb_rc rc = TB_OK;
    pthread_mutex_lock(&store->change);
    put(&cx, "-- Tombolo catalog. Rebuild: tombolo init --restore FILE, with the same key file.\n");
    for (size_t i = 0; i < TB_COUNT(parts) && rc == TB_OK; i++)
        rc = parts[i](&cx);
    pthread_mutex_unlock(&store->change);
    tb_catalog_unref(cat);
    if (rc == TB_OK && out->failed)
        rc = TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "the dump is too long");
    return rc;
}
