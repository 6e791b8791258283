/* SPDX-License-Identifier: Apache-2.0
 * Reads the catalog file into an immutable snapshot (core/catalog.h). A snapshot is small next to
 * what it describes and changes rarely, so every change builds a whole new one: no reader ever sees
 * half a change.
 */
#include "server/store_int.h"

#include "server/pgcat.h"

#include <stdlib.h>

typedef struct load_cx {
    tb_store *store;
    tb_arena *arena;
    tb_catalog *cat;
    tb_error *err;
} load_cx;

#define OIDS_EQUAL(list, n, wanted) find_oid((list), (n), sizeof *(list), (wanted))

/* Element of an array of structs whose first member is the oid, sorted by it. */
static const void *find_oid(const void *at, uint32_t n, size_t size, tb_oid oid)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const char *item = (const char *)at + mid * size;
        tb_oid found;
        memcpy(&found, item, sizeof found);
        if (found == oid)
            return item;
        if (found < oid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static sqlite3_stmt *rows_of(load_cx *cx, const char *sql)
{
    return tbi_srv_query(cx->store, cx->err, sql, "");
}

/* ends a loop over a query: a corrupt file must not look like an empty table */
static tb_rc done(load_cx *cx, sqlite3_stmt *q, int rc)
{
    sqlite3_finalize(q);
    return rc == SQLITE_DONE
               ? TB_OK
               : TB_RAISE(cx->err, TB_E_DATA_CORRUPTED, "the catalog file is damaged");
}

#define FOR_EACH_ROW(cx, q, sql)                                                                   \
    sqlite3_stmt *q = rows_of((cx), (sql));                                                        \
    if (q == NULL)                                                                                 \
        return TB_FAIL;                                                                            \
    int q##_rc;                                                                                    \
    while ((q##_rc = sqlite3_step(q)) == SQLITE_ROW)

static tb_rc load_roles(load_cx *cx)
{
    TB_LIST(tb_role) roles = {0};
    FOR_EACH_ROW(cx, q,
                 "SELECT oid, name, login, inherit, system, security, auditor, connection_limit, "
                 "verifier, valid_until,"
                 " comment FROM role ORDER BY oid")
    {
        tb_role r = {.oid = (tb_oid)sqlite3_column_int64(q, 0),
                     .name = tbi_srv_text(cx->arena, q, 1)};
        r.can_login = sqlite3_column_int(q, 2);
        r.inherit = sqlite3_column_int(q, 3);
        r.system = sqlite3_column_int(q, 4);
        r.security = sqlite3_column_int(q, 5);
        r.auditor = sqlite3_column_int(q, 6);
        r.connection_limit = sqlite3_column_int(q, 7);
        r.verifier = tbi_srv_text(cx->arena, q, 8);
        r.valid_until = tbi_srv_text(cx->arena, q, 9);
        r.comment = tbi_srv_text(cx->arena, q, 10);
        tb_list_push(cx->arena, &roles, r);
    }
    cx->cat->roles = roles.at;
    cx->cat->nroles = roles.n;
    return done(cx, q, q_rc);
}

static tb_rc load_members(load_cx *cx)
{
    typedef TB_LIST(tb_oid) oid_list;
    typedef TB_LIST(bool) bool_list;
    oid_list of = {0};
    bool_list admin = {0};
    tb_role *current = NULL;
    FOR_EACH_ROW(cx, q, "SELECT member, role, admin FROM role_member ORDER BY member, role")
    {
        tb_role *r = (tb_role *)OIDS_EQUAL(cx->cat->roles, cx->cat->nroles,
                                           (tb_oid)sqlite3_column_int64(q, 0));
        if (r != current) {
            of = (oid_list){0};
            admin = (bool_list){0};
            current = r;
        }
        tb_list_push(cx->arena, &of, (tb_oid)sqlite3_column_int64(q, 1));
        tb_list_push(cx->arena, &admin, sqlite3_column_int(q, 2) != 0);
        r->nmember_of = of.n;
        r->member_of = of.at;
        r->member_admin = admin.at;
    }
    return done(cx, q, q_rc);
}

static tb_rc load_options(load_cx *cx, tb_oid object, int attno, const tb_option **out, uint32_t *n)
{
    TB_LIST(tb_option) list = {0};
    sqlite3_stmt *q = tbi_srv_query(
        cx->store, cx->err,
        "SELECT name, value FROM option WHERE object = ?1 AND attno = ?2 ORDER BY name", "ii",
        (int64_t)object, (int64_t)attno);
    if (q == NULL)
        return TB_FAIL;
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW)
        tb_list_push(cx->arena, &list,
                     ((tb_option){tbi_srv_text(cx->arena, q, 0), tbi_srv_text(cx->arena, q, 1)}));
    *out = list.at;
    *n = list.n;
    return done(cx, q, rc);
}

static tb_rc load_servers(load_cx *cx)
{
    TB_LIST(tb_server) servers = {0};
    FOR_EACH_ROW(
        cx, q, "SELECT oid, name, driver, owner, fence_verified, comment FROM server ORDER BY oid")
    {
        tb_server s = {.oid = (tb_oid)sqlite3_column_int64(q, 0),
                       .name = tbi_srv_text(cx->arena, q, 1)};
        s.driver = s.dialect = tbi_srv_text(cx->arena, q, 2);
        s.owner = (tb_oid)sqlite3_column_int64(q, 3);
        s.fence_verified = sqlite3_column_int(q, 4);
        s.comment = tbi_srv_text(cx->arena, q, 5);
        tb_list_push(cx->arena, &servers, s);
    }
    TB_TRY(done(cx, q, q_rc));
    for (uint32_t i = 0; i < servers.n; i++) {
        tb_server *s = &servers.at[i];
        TB_TRY(load_options(cx, s->oid, -1, &s->options, &s->noptions));
        const char *dialect = tb_option_get(s->options, s->noptions, "dialect");
        if (dialect != NULL)
            s->dialect = dialect;
    }
    cx->cat->servers = servers.at;
    cx->cat->nservers = servers.n;
    return TB_OK;
}

static tb_rc load_schemas(load_cx *cx)
{
    TB_LIST(tb_schema) schemas = {0};
    tb_pgcat_schemas(cx->arena, &schemas.at, &schemas.n);
    schemas.cap = schemas.n;
    FOR_EACH_ROW(cx, q, "SELECT oid, name, owner, comment FROM schema ORDER BY oid")
    {
        tb_schema s = {.oid = (tb_oid)sqlite3_column_int64(q, 0),
                       .name = tbi_srv_text(cx->arena, q, 1)};
        s.owner = (tb_oid)sqlite3_column_int64(q, 2);
        s.comment = tbi_srv_text(cx->arena, q, 3);
        tb_list_push(cx->arena, &schemas, s);
    }
    cx->cat->schemas = schemas.at;
    cx->cat->nschemas = schemas.n;
    return done(cx, q, q_rc);
}

static tb_rc load_policies(load_cx *cx)
{
    TB_LIST(tb_policy) policies = {0};
    FOR_EACH_ROW(cx, q,
                 "SELECT oid, kind, schema, name, owner, version, returns, returns_typmod, body, "
                 "comment FROM policy"
                 " ORDER BY oid")
    {
        tb_policy p = {.oid = (tb_oid)sqlite3_column_int64(q, 0)};
        p.row_access = sqlite3_column_text(q, 1)[0] == 'r';
        p.schema =
            OIDS_EQUAL(cx->cat->schemas, cx->cat->nschemas, (tb_oid)sqlite3_column_int64(q, 2));
        p.name = tbi_srv_text(cx->arena, q, 3);
        p.owner = (tb_oid)sqlite3_column_int64(q, 4);
        p.version = (uint32_t)sqlite3_column_int64(q, 5);
        p.returns = (tb_type){tb_type_from_oid((uint32_t)sqlite3_column_int64(q, 6)),
                              sqlite3_column_int(q, 7)};
        p.body = tbi_srv_text(cx->arena, q, 8);
        p.comment = tbi_srv_text(cx->arena, q, 9);
        tb_list_push(cx->arena, &policies, p);
    }
    cx->cat->policies = policies.at;
    cx->cat->npolicies = policies.n;
    return done(cx, q, q_rc);
}

static tb_rc load_policy_args(load_cx *cx)
{
    for (uint32_t i = 0; i < cx->cat->npolicies; i++) {
        tb_policy *p = (tb_policy *)&cx->cat->policies[i];
        TB_LIST(tb_policy_arg) args = {0};
        sqlite3_stmt *q =
            tbi_srv_query(cx->store, cx->err,
                          "SELECT name, type, typmod FROM policy_arg WHERE policy = ?1 ORDER BY n",
                          "i", (int64_t)p->oid);
        if (q == NULL)
            return TB_FAIL;
        int rc;
        while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
            tb_type type = {tb_type_from_oid((uint32_t)sqlite3_column_int64(q, 1)),
                            sqlite3_column_int(q, 2)};
            tb_list_push(cx->arena, &args, ((tb_policy_arg){tbi_srv_text(cx->arena, q, 0), type}));
        }
        TB_TRY(done(cx, q, rc));
        p->args = args.at;
        p->nargs = args.n;
    }
    return TB_OK;
}

static tb_column read_column(load_cx *cx, sqlite3_stmt *q)
{
    tb_column c = {.name = tbi_srv_text(cx->arena, q, 1)};
    c.type =
        (tb_type){tb_type_from_oid((uint32_t)sqlite3_column_int64(q, 2)), sqlite3_column_int(q, 3)};
    c.not_null = sqlite3_column_int(q, 4);
    c.hidden = sqlite3_column_int(q, 5) || c.type.id == TB_T_NONE;
    c.remote_name = tbi_srv_text(cx->arena, q, 6);
    c.remote_type = tbi_srv_text(cx->arena, q, 7);
    c.ndv = sqlite3_column_double(q, 9);
    c.null_frac = sqlite3_column_double(q, 10);
    c.comment = tbi_srv_text(cx->arena, q, 11);
    return c;
}

static tb_rc load_columns(load_cx *cx, tb_relation *rel)
{
    TB_LIST(tb_column) cols = {0};
    TB_LIST(uint16_t) pk = {0};
    sqlite3_stmt *q = tbi_srv_query(
        cx->store, cx->err,
        "SELECT attno, name, type, typmod, not_null, hidden, remote_name, remote_type, pk, ndv,"
        " null_frac, comment FROM attribute WHERE relation = ?1 ORDER BY attno",
        "i", (int64_t)rel->oid);
    if (q == NULL)
        return TB_FAIL;
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        if (sqlite3_column_int(q, 8) > 0)
            tb_list_push(cx->arena, &pk, (uint16_t)cols.n);
        tb_list_push(cx->arena, &cols, read_column(cx, q));
    }
    TB_TRY(done(cx, q, rc));
    for (uint32_t i = 0; i < cols.n; i++)
        TB_TRY(load_options(cx, rel->oid, (int)i, &cols.at[i].options, &cols.at[i].noptions));
    rel->cols = cols.at;
    rel->ncols = (uint16_t)cols.n;
    rel->pk = pk.at;
    rel->npk = (uint16_t)pk.n;
    return TB_OK;
}

static tb_rc load_relations(load_cx *cx)
{
    TB_LIST(tb_relation) rels = {0};
    tb_pgcat_relations(cx->arena, cx->cat->schemas, cx->cat->nschemas, &rels.at, &rels.n);
    rels.cap = rels.n;
    uint32_t first = rels.n;
    FOR_EACH_ROW(cx, q,
                 "SELECT oid, kind, schema, name, owner, server, remote_schema, remote_name, rows, "
                 "view_sql, comment"
                 " FROM relation ORDER BY oid")
    {
        tb_relation r = {.oid = (tb_oid)sqlite3_column_int64(q, 0)};
        r.kind = sqlite3_column_text(q, 1)[0] == 'v' ? TB_REL_VIEW : TB_REL_FOREIGN;
        r.schema =
            OIDS_EQUAL(cx->cat->schemas, cx->cat->nschemas, (tb_oid)sqlite3_column_int64(q, 2));
        r.name = tbi_srv_text(cx->arena, q, 3);
        r.owner = (tb_oid)sqlite3_column_int64(q, 4);
        r.server =
            OIDS_EQUAL(cx->cat->servers, cx->cat->nservers, (tb_oid)sqlite3_column_int64(q, 5));
        r.remote_schema = tbi_srv_text(cx->arena, q, 6);
        r.remote_name = tbi_srv_text(cx->arena, q, 7);
        r.rows = sqlite3_column_double(q, 8);
        r.view_sql = tbi_srv_text(cx->arena, q, 9);
        r.comment = tbi_srv_text(cx->arena, q, 10);
        tb_list_push(cx->arena, &rels, r);
    }
    TB_TRY(done(cx, q, q_rc));
    for (uint32_t i = first; i < rels.n; i++) {
        TB_TRY(load_options(cx, rels.at[i].oid, -1, &rels.at[i].options, &rels.at[i].noptions));
        TB_TRY(load_columns(cx, &rels.at[i]));
    }
    cx->cat->relations = rels.at;
    cx->cat->nrelations = rels.n;
    return TB_OK;
}

/* "0,3" */
static const uint16_t *read_attnos(tb_arena *arena, const char *text)
{
    TB_LIST(uint16_t) list = {0};
    for (const char *p = text; *p != '\0';) {
        char *end;
        tb_list_push(arena, &list, (uint16_t)strtoul(p, &end, 10));
        p = *end == ',' ? end + 1 : end;
    }
    return list.at;
}

static tb_rc load_policy_uses(load_cx *cx)
{
    FOR_EACH_ROW(
        cx, q,
        "SELECT relation, attno, policy, args FROM policy_use ORDER BY relation, attno, policy")
    {
        tb_relation *rel = (tb_relation *)OIDS_EQUAL(cx->cat->relations, cx->cat->nrelations,
                                                     (tb_oid)sqlite3_column_int64(q, 0));
        int attno = sqlite3_column_int(q, 1);
        tb_policy_use use = {
            OIDS_EQUAL(cx->cat->policies, cx->cat->npolicies, (tb_oid)sqlite3_column_int64(q, 2)),
            read_attnos(cx->arena, (const char *)sqlite3_column_text(q, 3))};
        if (attno >= 0) {
            ((tb_column *)rel->cols)[attno].mask = use;
            continue;
        }
        tb_policy_use *uses = TB_NEW_ARRAY(cx->arena, tb_policy_use, rel->nrow_policies + 1);
        if (rel->nrow_policies > 0)
            memcpy(uses, rel->row_policies, rel->nrow_policies * sizeof *uses);
        uses[rel->nrow_policies++] = use;
        rel->row_policies = uses;
    }
    return done(cx, q, q_rc);
}

static tb_rc load_privileges(load_cx *cx)
{
    TB_LIST(tb_grant) grants = {0};
    FOR_EACH_ROW(
        cx, q,
        "SELECT kind, object, attno, grantee, grantor, privs, grantable FROM privilege"
        " ORDER BY CASE kind WHEN 'r' THEN 0 WHEN 'n' THEN 1 ELSE 2 END, object, attno, grantee")
    {
        char kind = (char)sqlite3_column_text(q, 0)[0];
        tb_grant g = {.kind = kind == 'r'   ? TB_OBJ_RELATION
                              : kind == 'n' ? TB_OBJ_SCHEMA
                                            : TB_OBJ_SERVER};
        g.object = (tb_oid)sqlite3_column_int64(q, 1);
        g.column = (int16_t)sqlite3_column_int(q, 2);
        g.grantee = (tb_oid)sqlite3_column_int64(q, 3);
        g.grantor = (tb_oid)sqlite3_column_int64(q, 4);
        g.privs = (uint32_t)sqlite3_column_int64(q, 5);
        g.grantable = (uint32_t)sqlite3_column_int64(q, 6);
        tb_list_push(cx->arena, &grants, g);
    }
    cx->cat->grants = grants.at;
    cx->cat->ngrants = grants.n;
    return done(cx, q, q_rc);
}

tb_rc tbi_srv_catalog_load(tb_store *store, tb_catalog **out, tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    tb_catalog *cat = TB_NEW(arena, tb_catalog);
    cat->arena = arena;
    cat->refs = 1;
    cat->version =
        (uint64_t)tbi_srv_int(store, 0, "SELECT value FROM meta WHERE key = 'catalog_version'", "");
    load_cx cx = {.store = store, .arena = arena, .cat = cat, .err = err};
    static tb_rc (*const steps[])(load_cx *) = {load_roles,     load_members,     load_servers,
                                                load_schemas,   load_policies,    load_policy_args,
                                                load_relations, load_policy_uses, load_privileges};
    for (size_t i = 0; i < TB_COUNT(steps); i++) {
        if (steps[i](&cx) != TB_OK) {
            tb_arena_destroy(arena);
            return TB_FAIL;
        }
    }
    tb_catalog_seal(cat);
    *out = cat;
    return TB_OK;
}
