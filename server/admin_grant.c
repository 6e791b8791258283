/* SPDX-License-Identifier: Apache-2.0
 * GRANT and REVOKE of privileges: USAGE on schemas and servers, SELECT on tables and columns.
 */
#include "server/store_int.h"

typedef struct grant_cx {
    tbi_srv_admin *a;
    const tb_ast_grant *g;
    char kind;               /* 'r' relation, 'n' schema, 's' server */
    uint32_t privs;          /* whole-object privileges named */
    const tb_ast *privilege; /* with columns: the PRIVILEGE node, or NULL */
} grant_cx;

static tb_rc read_privileges(grant_cx *cx, tb_error *err)
{
    uint32_t allowed = cx->kind == 'r' ? TB_PRIV_SELECT : TB_PRIV_USAGE;
    if (cx->g->privileges.n == 0)
        cx->privs = allowed;
    for (uint32_t i = 0; i < cx->g->privileges.n; i++) {
        const tb_ast_privilege *p = tb_as_privilege(cx->g->privileges.at[i]);
        uint32_t bit = strcmp(p->name, "select") == 0  ? TB_PRIV_SELECT
                       : strcmp(p->name, "usage") == 0 ? TB_PRIV_USAGE
                       : strcmp(p->name, "all") == 0   ? allowed
                                                       : 0;
        if ((bit & allowed) == 0)
            return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, p->base.pos,
                               "invalid privilege type %s for this kind of object", p->name);
        if (p->columns.n > 0)
            cx->privilege = &p->base;
        else
            cx->privs |= bit;
    }
    return TB_OK;
}

/* Grants: insert or widen. Revokes: remove the bits; a row without bits goes. */
static tb_rc write_one(grant_cx *cx, int64_t object, int attno, int64_t grantee, tb_error *err)
{
    tb_store *store = cx->a->store;
    char kind[2] = {cx->kind, '\0'};
    int64_t privs = attno >= 0 ? TB_PRIV_SELECT : cx->privs;
    int64_t grantor = cx->a->cx->subject->role;
    if (!cx->g->revoke)
        return tbi_srv_run(
            store, err,
            "INSERT INTO privilege VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET"
            " privs = privs | excluded.privs, grantable = grantable | excluded.grantable",
            "siiiiii", kind, object, (int64_t)attno, grantee, grantor, privs,
            cx->g->grant_option ? privs : (int64_t)0);
    if (!cx->g->grant_option)
        TB_TRY(tbi_srv_run(store, err,
                           "UPDATE privilege SET privs = privs & ~?5 WHERE kind = ?1 AND object = "
                           "?2 AND attno = ?3 AND grantee = ?4",
                           "siiii", kind, object, (int64_t)attno, grantee, privs));
    TB_TRY(tbi_srv_run(store, err,
                       "UPDATE privilege SET grantable = grantable & ~?5 WHERE kind = ?1 AND "
                       "object = ?2 AND attno = ?3 AND grantee = ?4",
                       "siiii", kind, object, (int64_t)attno, grantee, privs));
    return tbi_srv_run(store, err,
                       "DELETE FROM privilege WHERE kind = ?1 AND object = ?2 AND privs = 0", "si",
                       kind, object);
}

/* REVOKE SELECT ON t takes column grants with it, as in PostgreSQL. */
static tb_rc revoke_columns_too(grant_cx *cx, int64_t object, int64_t grantee, tb_error *err)
{
    if (!cx->g->revoke || cx->kind != 'r' || cx->g->grant_option)
        return TB_OK;
    return tbi_srv_run(
        cx->a->store, err,
        "DELETE FROM privilege WHERE kind = 'r' AND object = ?1 AND grantee = ?2 AND attno >= 0",
        "ii", object, grantee);
}

static tb_rc to_grantee(grant_cx *cx, int64_t object, const tb_relation *rel, int64_t grantee,
                        tb_error *err)
{
    if (cx->privs != 0) {
        TB_TRY(write_one(cx, object, -1, grantee, err));
        TB_TRY(revoke_columns_too(cx, object, grantee, err));
    }
    if (cx->privilege == NULL)
        return TB_OK;
    const tb_ast_privilege *p = tb_as_privilege(cx->privilege);
    if (rel == NULL)
        return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, p->base.pos,
                           "column privileges are only valid for relations");
    for (uint32_t i = 0; i < p->columns.n; i++) {
        uint16_t attno;
        TB_TRY(tbi_srv_find_column(rel, p->columns.at[i], p->base.pos, false, &attno, err));
        TB_TRY(write_one(cx, object, attno, grantee, err));
    }
    return TB_OK;
}

static bool holds_grant_option(const tbi_srv_admin *a, tb_objkind kind, tb_oid object,
                               uint32_t privs)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < a->cat->ngrants; i++) {
        const tb_grant *g = &a->cat->grants[i];
        if (g->kind == kind && g->object == object && g->column == -1 &&
            (g->grantee == 0 || tbi_srv_is(a, g->grantee)))
            held |= g->grantable;
    }
    return (held & privs) == privs && privs != 0;
}

static tb_rc on_object(grant_cx *cx, tb_objkind kind, tb_oid object, tb_oid owner, tb_oid owner2,
                       const tb_relation *rel, const char *what, const char *name, tb_error *err)
{
    tbi_srv_admin *a = cx->a;
    bool owns = tbi_srv_is(a, owner) || tbi_srv_is(a, owner2);
    if (!owns && !(cx->privilege == NULL && holds_grant_option(a, kind, object, cx->privs)))
        return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, cx->g->base.pos,
                           "permission denied for %s %s", what, name);
    for (uint32_t i = 0; i < cx->g->grantees.n; i++) {
        const tb_role *grantee;
        TB_TRY(tbi_srv_role_spec(a, cx->g->grantees.at[i], &grantee, err));
        TB_TRY(to_grantee(cx, object, rel, grantee == NULL ? 0 : grantee->oid, err));
    }
    return TB_OK;
}

static tb_rc on_relation(grant_cx *cx, const tb_relation *rel, tb_error *err)
{
    return on_object(cx, TB_OBJ_RELATION, rel->oid, rel->owner, rel->schema->owner, rel, "table",
                     rel->name, err);
}

static tb_rc on_all_tables(grant_cx *cx, const tb_schema *schema, tb_error *err)
{
    for (uint32_t i = 0; i < cx->a->cat->nrelations; i++)
        if (cx->a->cat->relations[i].schema == schema)
            TB_TRY(on_relation(cx, &cx->a->cat->relations[i], err));
    return TB_OK;
}

static tb_rc on_name(grant_cx *cx, const tb_qname *name, tb_error *err)
{
    tbi_srv_admin *a = cx->a;
    if (cx->kind == 's') {
        const tb_server *s;
        TB_TRY(tbi_srv_find_server(a, name->name, name->pos, &s, err));
        return on_object(cx, TB_OBJ_SERVER, s->oid, s->owner, s->owner, NULL, "foreign server",
                         s->name, err);
    }
    if (cx->g->object == TB_OBJECT_SCHEMA || cx->g->object == TB_OBJECT_ALL_TABLES) {
        const tb_schema *s;
        TB_TRY(tbi_srv_find_schema(a, name->name, name->pos, &s, err));
        if (cx->g->object == TB_OBJECT_ALL_TABLES)
            return on_all_tables(cx, s, err);
        return on_object(cx, TB_OBJ_SCHEMA, s->oid, s->owner, s->owner, NULL, "schema", s->name,
                         err);
    }
    const tb_relation *rel;
    TB_TRY(tbi_srv_find_relation(a, name, &rel, err));
    return on_relation(cx, rel, err);
}

tb_rc tbi_srv_admin_grant(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_grant *g = tb_as_grant(stmt);
    tbi_srv_tag(a, g->revoke ? "REVOKE" : "GRANT");
    grant_cx cx = {.a = a, .g = g};
    if (g->object == TB_OBJECT_SERVER)
        cx.kind = 's';
    else if (g->object == TB_OBJECT_SCHEMA)
        cx.kind = 'n';
    else if (g->object == TB_OBJECT_TABLE || g->object == TB_OBJECT_FOREIGN_TABLE ||
             g->object == TB_OBJECT_VIEW || g->object == TB_OBJECT_ALL_TABLES)
        cx.kind = 'r';
    else
        return TB_UNSUPPORTED(err, stmt->pos, "GRANT on this kind of object");
    TB_TRY(read_privileges(&cx, err));
    for (uint32_t i = 0; i < g->objects.n; i++)
        TB_TRY(on_name(&cx, &g->objects.at[i], err));
    return tbi_srv_check_duties(a, err);
}

/* Shipping keys is a right that joins in a source will need; until a planner ships keys there is
 * nothing to permit. */
tb_rc tbi_srv_admin_grant_ship(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    (void)a;
    return TB_UNSUPPORTED(err, stmt->pos, "GRANT SHIP KEYS");
}
