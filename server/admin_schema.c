/* SPDX-License-Identifier: Apache-2.0
 * Departments (schemas) and the statements that work on every kind of object: DROP, RENAME, OWNER
 * TO, COMMENT.
 */
#include "server/store_int.h"

tb_rc tbi_srv_admin_create_schema(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_schema *s = tb_as_create_schema(stmt);
    tbi_srv_tag(a, "CREATE SCHEMA");
    if (!a->role->system)
        TB_TRY(tbi_srv_need_security(a, "create schema", err));
    const tb_role *owner = a->role;
    if (s->owner != NULL)
        TB_TRY(tbi_srv_role_spec(a, s->owner, &owner, err));
    if (owner == NULL)
        return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos, "role name \"public\" is reserved");
    const char *name = s->name != NULL ? s->name : owner->name;
    if (strncmp(name, "pg_", 3) == 0)
        return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos, "unacceptable schema name \"%s\"",
                           name);
    if (tb_catalog_schema(a->cat, name) != NULL) {
        if (!s->if_not_exists)
            return TB_RAISE_AT(err, TB_E_DUPLICATE_SCHEMA, stmt->pos,
                               "schema \"%s\" already exists", name);
        tbi_srv_notice(a, "schema \"%s\" already exists, skipping", name);
        return TB_OK;
    }
    TB_TRY(tbi_srv_run(a->store, err, "INSERT INTO schema VALUES (?1, ?2, ?3, NULL)", "isi",
                       (int64_t)tbi_srv_new_oid(a->store), name, (int64_t)owner->oid));
    return tbi_srv_check_duties(a, err);
}

/* ---- what a name stands for, for the generic statements ---- */

typedef struct target {
    const char *table; /* catalog table */
    const char *kind;  /* for messages */
    const char *name;
    tb_oid oid, owner;
    const tb_relation *rel;
    const tb_schema *schema; /* container of relations and policies */
} target;

static const char *object_word(tb_object object)
{
    switch (object) {
    case TB_OBJECT_TABLE:
        return "TABLE";
    case TB_OBJECT_FOREIGN_TABLE:
        return "FOREIGN TABLE";
    case TB_OBJECT_VIEW:
        return "VIEW";
    case TB_OBJECT_COLUMN:
        return "COLUMN";
    case TB_OBJECT_SCHEMA:
        return "SCHEMA";
    case TB_OBJECT_SERVER:
        return "SERVER";
    case TB_OBJECT_WRAPPER:
        return "FOREIGN DATA WRAPPER";
    case TB_OBJECT_ROLE:
        return "ROLE";
    case TB_OBJECT_DATABASE:
        return "DATABASE";
    case TB_OBJECT_MASKING_POLICY:
        return "MASKING POLICY";
    case TB_OBJECT_ROW_ACCESS_POLICY:
        return "ROW ACCESS POLICY";
    case TB_OBJECT_ALL_TABLES:
        return "ALL TABLES";
    }
    TB_UNREACHABLE();
}

static tb_rc find_relation_target(tbi_srv_admin *a, tb_object object, const tb_qname *name,
                                  target *t, tb_error *err)
{
    const tb_relation *rel;
    TB_TRY(tbi_srv_find_relation(a, name, &rel, err));
    bool view = rel->kind == TB_REL_VIEW;
    if ((object == TB_OBJECT_VIEW && !view) || (object == TB_OBJECT_FOREIGN_TABLE && view))
        return TB_RAISE_AT(err, TB_E_WRONG_OBJECT_TYPE, name->pos, "\"%s\" is not a %s", rel->name,
                           view ? "foreign table" : "view");
    *t = (target){"relation", view ? "view" : "foreign table", rel->name, rel->oid, rel->owner, rel,
                  rel->schema};
    return TB_OK;
}

static tb_rc find_target(tbi_srv_admin *a, tb_object object, const tb_qname *name, target *t,
                         tb_error *err)
{
    *t = (target){0};
    switch (object) {
    case TB_OBJECT_TABLE:
    case TB_OBJECT_FOREIGN_TABLE:
    case TB_OBJECT_VIEW:
    case TB_OBJECT_COLUMN:
        return find_relation_target(a, object, name, t, err);
    case TB_OBJECT_SCHEMA: {
        const tb_schema *s;
        TB_TRY(tbi_srv_find_schema(a, name->name, name->pos, &s, err));
        *t = (target){"schema", "schema", s->name, s->oid, s->owner, NULL, NULL};
        return TB_OK;
    }
    case TB_OBJECT_SERVER: {
        const tb_server *s;
        TB_TRY(tbi_srv_find_server(a, name->name, name->pos, &s, err));
        *t = (target){"server", "foreign server", s->name, s->oid, s->owner, NULL, NULL};
        return TB_OK;
    }
    case TB_OBJECT_MASKING_POLICY:
    case TB_OBJECT_ROW_ACCESS_POLICY: {
        const tb_policy *p;
        TB_TRY(tbi_srv_find_policy(a, name, object == TB_OBJECT_ROW_ACCESS_POLICY, &p, err));
        *t = (target){"policy", "policy", p->name, p->oid, p->owner, NULL, p->schema};
        return TB_OK;
    }
    case TB_OBJECT_ROLE: {
        const tb_role *r = tb_catalog_role(a->cat, name->name);
        if (r == NULL)
            return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, name->pos, "role \"%s\" does not exist",
                               name->name);
        *t = (target){"role", "role", r->name, r->oid, 0, NULL, NULL};
        return TB_OK;
    }
    case TB_OBJECT_WRAPPER:
    case TB_OBJECT_DATABASE:
    case TB_OBJECT_ALL_TABLES:
        return TB_RAISE_AT(err, TB_E_FEATURE_NOT_SUPPORTED, name->pos,
                           "this statement on a %s is not supported", object_word(object));
    }
    TB_UNREACHABLE();
}

static tb_rc need_target_owner(tbi_srv_admin *a, const target *t, tb_error *err)
{
    if (strcmp(t->table, "role") == 0)
        return tbi_srv_need_security(a, "alter role", err);
    if (t->schema != NULL && tbi_srv_is(a, t->schema->owner))
        return TB_OK;
    return tbi_srv_need_owner(a, t->owner, t->kind, t->name, err);
}

/* ---- DROP ---- */

static tb_rc still_needed(const target *t, tb_error *err)
{
    TB_RAISE(err, TB_E_DEPENDENT_OBJECTS_STILL_EXIST,
             "cannot drop %s %s because other objects depend on it", t->kind, t->name);
    tb_error_hint(err, "Use DROP ... CASCADE to drop the dependent objects too.");
    return TB_FAIL;
}

static tb_rc drop_relation(tbi_srv_admin *a, int64_t oid, const target *t, bool cascade,
                           tb_error *err)
{
    for (;;) {
        int64_t view = tbi_srv_int(
            a->store, 0, "SELECT view FROM view_depend WHERE relation = ?1 LIMIT 1", "i", oid);
        if (view == 0)
            break;
        if (!cascade)
            return still_needed(t, err);
        tbi_srv_notice(a, "drop cascades to a view");
        TB_TRY(drop_relation(a, view, t, true, err)); /* views form no circle: the recursion ends */
    }
    TB_TRY(tbi_srv_run(a->store, err, "DELETE FROM privilege WHERE kind = 'r' AND object = ?1", "i",
                       oid));
    TB_TRY(tbi_srv_run(a->store, err, "DELETE FROM option WHERE object = ?1", "i", oid));
    return tbi_srv_run(a->store, err, "DELETE FROM relation WHERE oid = ?1", "i", oid);
}

static tb_rc drop_relations_where(tbi_srv_admin *a, const char *sql, const target *t, bool cascade,
                                  tb_error *err)
{
    for (;;) {
        int64_t rel = tbi_srv_int(a->store, 0, sql, "i", (int64_t)t->oid);
        if (rel == 0)
            return TB_OK;
        if (!cascade)
            return still_needed(t, err);
        TB_TRY(drop_relation(a, rel, t, true, err));
    }
}

static tb_rc drop_policy(tbi_srv_admin *a, const target *t, bool cascade, tb_error *err)
{
    if (tbi_srv_int(a->store, 0, "SELECT 1 FROM policy_use WHERE policy = ?1", "i",
                    (int64_t)t->oid) != 0) {
        (void)cascade; /* never: CASCADE would silently unmask */
        TB_RAISE(err, TB_E_DEPENDENT_OBJECTS_STILL_EXIST, "policy \"%s\" is in use", t->name);
        tb_error_hint(err, "UNSET it from its columns or DROP it from its tables first.");
        return TB_FAIL;
    }
    return tbi_srv_run(a->store, err, "DELETE FROM policy WHERE oid = ?1", "i", (int64_t)t->oid);
}

static tb_rc drop_schema(tbi_srv_admin *a, const target *t, bool cascade, tb_error *err)
{
    TB_TRY(drop_relations_where(a, "SELECT oid FROM relation WHERE schema = ?1 LIMIT 1", t, cascade,
                                err));
    if (!cascade && tbi_srv_int(a->store, 0, "SELECT 1 FROM policy WHERE schema = ?1", "i",
                                (int64_t)t->oid) != 0)
        return still_needed(t, err);
    if (tbi_srv_int(
            a->store, 0,
            "SELECT 1 FROM policy_use u JOIN policy p ON p.oid = u.policy WHERE p.schema = ?1", "i",
            (int64_t)t->oid) != 0)
        return still_needed(t, err);
    TB_TRY(
        tbi_srv_run(a->store, err, "DELETE FROM policy WHERE schema = ?1", "i", (int64_t)t->oid));
    TB_TRY(tbi_srv_run(a->store, err, "DELETE FROM privilege WHERE kind = 'n' AND object = ?1", "i",
                       (int64_t)t->oid));
    return tbi_srv_run(a->store, err, "DELETE FROM schema WHERE oid = ?1", "i", (int64_t)t->oid);
}

static tb_rc drop_server(tbi_srv_admin *a, const target *t, bool cascade, tb_error *err)
{
    TB_TRY(drop_relations_where(a, "SELECT oid FROM relation WHERE server = ?1 LIMIT 1", t, cascade,
                                err));
    if (!cascade && tbi_srv_int(a->store, 0, "SELECT 1 FROM user_mapping WHERE server = ?1", "i",
                                (int64_t)t->oid) != 0)
        return still_needed(t, err);
    TB_TRY(tbi_srv_run(a->store, err, "DELETE FROM privilege WHERE kind = 's' AND object = ?1", "i",
                       (int64_t)t->oid));
    TB_TRY(
        tbi_srv_run(a->store, err, "DELETE FROM option WHERE object = ?1", "i", (int64_t)t->oid));
    return tbi_srv_run(a->store, err, "DELETE FROM server WHERE oid = ?1", "i", (int64_t)t->oid);
}

static tb_rc drop_one(tbi_srv_admin *a, const tb_ast_drop *d, const tb_qname *name, tb_error *err)
{
    target t;
    if (find_target(a, d->object, name, &t, err) != TB_OK) {
        if (!d->if_exists || err->code == TB_E_WRONG_OBJECT_TYPE ||
            err->code == TB_E_FEATURE_NOT_SUPPORTED)
            return TB_FAIL;
        tbi_srv_notice(a, "%s, skipping", err->message);
        tb_error_clear(err);
        return TB_OK;
    }
    TB_TRY(need_target_owner(a, &t, err));
    bool cascade = d->behavior == TB_BEHAVIOR_CASCADE;
    if (t.rel != NULL)
        return drop_relation(a, t.oid, &t, cascade, err);
    if (strcmp(t.table, "schema") == 0)
        return drop_schema(a, &t, cascade, err);
    if (strcmp(t.table, "server") == 0)
        return drop_server(a, &t, cascade, err);
    return drop_policy(a, &t, cascade, err);
}

tb_rc tbi_srv_admin_drop(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_drop *d = tb_as_drop(stmt);
    tbi_srv_tag(a, tb_arena_printf(a->arena, "DROP %s", object_word(d->object)));
    for (uint32_t i = 0; i < d->names.n; i++)
        TB_TRY(drop_one(a, d, &d->names.at[i], err));
    return TB_OK;
}

/* ---- RENAME, OWNER TO, COMMENT ---- */

static tb_rc duplicate(const char *kind, const char *name, tb_error *err)
{
    return TB_RAISE(err, TB_E_DUPLICATE_OBJECT, "%s \"%s\" already exists", kind, name);
}

static tb_rc rename_column(tbi_srv_admin *a, const tb_ast_rename *r, const target *t, tb_error *err)
{
    uint16_t attno;
    TB_TRY(tbi_srv_find_column(t->rel, r->column, r->base.pos, false, &attno, err));
    if (tbi_srv_int(a->store, 0, "SELECT 1 FROM attribute WHERE relation = ?1 AND name = ?2", "is",
                    (int64_t)t->oid, r->new_name) != 0)
        return TB_RAISE(err, TB_E_DUPLICATE_COLUMN,
                        "column \"%s\" of relation \"%s\" already exists", r->new_name, t->name);
    if (tbi_srv_int(a->store, 0, "SELECT 1 FROM view_depend WHERE relation = ?1", "i",
                    (int64_t)t->oid) != 0)
        return still_needed(t, err);
    return tbi_srv_run(a->store, err,
                       "UPDATE attribute SET name = ?3 WHERE relation = ?1 AND attno = ?2", "iis",
                       (int64_t)t->oid, (int64_t)attno, r->new_name);
}

tb_rc tbi_srv_admin_rename(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_rename *r = tb_as_rename(stmt);
    tbi_srv_tag(a, tb_arena_printf(
                       a->arena, "ALTER %s",
                       object_word(r->object == TB_OBJECT_COLUMN ? TB_OBJECT_TABLE : r->object)));
    target t;
    if (find_target(a, r->object, &r->name, &t, err) != TB_OK) {
        if (!r->if_exists || err->code != TB_E_UNDEFINED_TABLE)
            return TB_FAIL;
        tbi_srv_notice(a, "%s, skipping", err->message);
        tb_error_clear(err);
        return TB_OK;
    }
    TB_TRY(need_target_owner(a, &t, err));
    if (r->object == TB_OBJECT_COLUMN)
        return rename_column(a, r, &t, err);
    static const char taken[] = "SELECT 1 FROM %s WHERE name = ?1 %s";
    const char *scope = t.schema != NULL ? "AND schema = ?2" : "AND ?2 = ?2";
    const char *sql = tb_arena_printf(a->arena, taken, t.table, scope);
    if (tbi_srv_int(a->store, 0, sql, "si", r->new_name,
                    (int64_t)(t.schema != NULL ? t.schema->oid : 0)) != 0)
        return duplicate(t.kind, r->new_name, err);
    /* views name relations and schemas in their text */
    if (t.rel != NULL && tbi_srv_int(a->store, 0, "SELECT 1 FROM view_depend WHERE relation = ?1",
                                     "i", (int64_t)t.oid) != 0)
        return still_needed(&t, err);
    if (strcmp(t.table, "schema") == 0 &&
        tbi_srv_int(
            a->store, 0,
            "SELECT 1 FROM view_depend d JOIN relation r ON r.oid = d.relation WHERE r.schema = ?1",
            "i", (int64_t)t.oid) != 0)
        return still_needed(&t, err);
    return tbi_srv_run(a->store, err,
                       tb_arena_printf(a->arena, "UPDATE %s SET name = ?2 WHERE oid = ?1", t.table),
                       "is", (int64_t)t.oid, r->new_name);
}

tb_rc tbi_srv_admin_alter_owner(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_alter_owner *o = tb_as_alter_owner(stmt);
    tbi_srv_tag(a, tb_arena_printf(a->arena, "ALTER %s", object_word(o->object)));
    target t;
    TB_TRY(find_target(a, o->object, &o->name, &t, err));
    if (strcmp(t.table, "role") == 0)
        return TB_UNSUPPORTED(err, stmt->pos, "OWNER TO on a role");
    TB_TRY(need_target_owner(a, &t, err));
    const tb_role *owner;
    TB_TRY(tbi_srv_role_spec(a, o->role, &owner, err));
    if (owner == NULL)
        return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos, "role name \"public\" is reserved");
    if (!tbi_srv_is(a, owner->oid))
        return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, stmt->pos,
                           "must be member of role \"%s\"", owner->name);
    TB_TRY(
        tbi_srv_run(a->store, err,
                    tb_arena_printf(a->arena, "UPDATE %s SET owner = ?2 WHERE oid = ?1", t.table),
                    "ii", (int64_t)t.oid, (int64_t)owner->oid));
    return tbi_srv_check_duties(a, err);
}

tb_rc tbi_srv_admin_comment(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_comment *c = tb_as_comment(stmt);
    tbi_srv_tag(a, "COMMENT");
    target t;
    TB_TRY(find_target(a, c->object, &c->name, &t, err));
    TB_TRY(need_target_owner(a, &t, err));
    if (c->object == TB_OBJECT_COLUMN) {
        uint16_t attno;
        TB_TRY(tbi_srv_find_column(t.rel, c->column, stmt->pos, false, &attno, err));
        return tbi_srv_run(a->store, err,
                           "UPDATE attribute SET comment = ?3 WHERE relation = ?1 AND attno = ?2",
                           "iis", (int64_t)t.oid, (int64_t)attno, c->text);
    }
    return tbi_srv_run(
        a->store, err,
        tb_arena_printf(a->arena, "UPDATE %s SET comment = ?2 WHERE oid = ?1", t.table), "is",
        (int64_t)t.oid, c->text);
}
