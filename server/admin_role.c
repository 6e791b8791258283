/* SPDX-License-Identifier: Apache-2.0
 * Roles and memberships. The duty is SECURITY. A role has at most one duty (SYSTEM, SECURITY,
 * AUDITOR), also through memberships, and a role with a duty can neither own a department nor be a
 * member of one that does.
 */
#include "server/store_int.h"

typedef struct role_options {
    int login, inherit, system, security, auditor; /* -1 = not given */
    int64_t connection_limit;                      /* INT64_MIN = not given */
    bool has_password, has_valid_until;
    const char *verifier, *valid_until;
    const tb_ast_option *in_role, *role, *admin;
} role_options;

typedef struct flag_option {
    const char *name;
    size_t field;
} flag_option;

static const flag_option flags[] = {
    {"login", offsetof(role_options, login)},     {"inherit", offsetof(role_options, inherit)},
    {"system", offsetof(role_options, system)},   {"security", offsetof(role_options, security)},
    {"auditor", offsetof(role_options, auditor)},
};

/* PostgreSQL's attributes that mean nothing here may be switched off, never on. */
static const char *const refused[] = {"superuser", "createdb", "createrole", "replication",
                                      "bypassrls"};

static bool as_bool(const tb_ast_option *o)
{
    return o->value != NULL && o->value->kind == TB_AST_BOOLEAN && tb_as_boolean(o->value)->value;
}

static tb_rc read_password(tbi_srv_admin *a, const tb_ast_option *o, role_options *out,
                           tb_error *err)
{
    out->has_password = true;
    out->verifier = NULL;
    if (o->value == NULL || o->value->kind == TB_AST_NULL)
        return TB_OK;
    const char *password;
    TB_TRY(tbi_srv_option_text(o, &password, err));
    return a->cx->make_verifier(password, a->arena, &out->verifier, err);
}

static tb_rc read_option(tbi_srv_admin *a, const tb_ast_option *o, role_options *out, tb_error *err)
{
    for (size_t i = 0; i < TB_COUNT(flags); i++) {
        if (strcmp(o->name, flags[i].name) == 0) {
            *(int *)((char *)out + flags[i].field) = as_bool(o);
            return TB_OK;
        }
    }
    for (size_t i = 0; i < TB_COUNT(refused); i++) {
        if (strcmp(o->name, refused[i]) == 0) {
            if (!as_bool(o))
                return TB_OK;
            TB_RAISE_AT(err, TB_E_FEATURE_NOT_SUPPORTED, o->base.pos,
                        "attribute %s does not exist here", o->name);
            tb_error_hint(
                err,
                "No role reads every department's data; duties are SYSTEM, SECURITY and AUDITOR.");
            return TB_FAIL;
        }
    }
    if (strcmp(o->name, "password") == 0)
        return read_password(a, o, out, err);
    if (strcmp(o->name, "valid_until") == 0) {
        out->has_valid_until = true;
        return tbi_srv_option_text(o, &out->valid_until, err);
    }
    if (strcmp(o->name, "connection_limit") == 0 && o->value != NULL &&
        o->value->kind == TB_AST_INTEGER) {
        out->connection_limit = tb_as_integer(o->value)->value;
        return TB_OK;
    }
    if (strcmp(o->name, "in_role") == 0)
        out->in_role = o;
    else if (strcmp(o->name, "role") == 0)
        out->role = o;
    else if (strcmp(o->name, "admin") == 0)
        out->admin = o;
    else
        return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, o->base.pos, "unrecognized role option \"%s\"",
                           o->name);
    return TB_OK;
}

static tb_rc read_options(tbi_srv_admin *a, const tb_ast_list *list, role_options *out,
                          tb_error *err)
{
    *out = (role_options){.login = -1,
                          .inherit = -1,
                          .system = -1,
                          .security = -1,
                          .auditor = -1,
                          .connection_limit = INT64_MIN};
    for (uint32_t i = 0; i < list->n; i++)
        TB_TRY(read_option(a, tb_as_option(list->at[i]), out, err));
    return TB_OK;
}

/* ---- the rule of duties, checked on the file after each change ---- */

/* Duties reachable by each role through memberships, and whether a department (a schema's owner) is
 * among them. */
static const char duty_rule[] =
    "WITH RECURSIVE reach(role, of) AS (SELECT oid, oid FROM role UNION"
    " SELECT reach.role, m.role FROM reach JOIN role_member m ON m.member = reach.of)"
    " SELECT r.name FROM reach JOIN role r ON r.oid = reach.role JOIN role t ON t.oid = reach.of "
    "GROUP BY r.oid"
    " HAVING max(t.system) + max(t.security) + max(t.auditor) > 1"
    " OR (max(t.system) + max(t.security) + max(t.auditor) > 0"
    "     AND (max(EXISTS (SELECT 1 FROM schema s WHERE s.owner = t.oid)) > 0"
    "       OR max(EXISTS (SELECT 1 FROM relation x WHERE x.owner = t.oid)) > 0"
    "       OR max(EXISTS (SELECT 1 FROM privilege p WHERE p.grantee = t.oid AND p.kind = 'r')) > "
    "0)) LIMIT 1";

tb_rc tbi_srv_check_duties(tbi_srv_admin *a, tb_error *err)
{
    sqlite3_stmt *q = tbi_srv_query(a->store, err, duty_rule, "");
    if (q == NULL)
        return TB_FAIL;
    const char *name = sqlite3_step(q) == SQLITE_ROW ? tbi_srv_text(a->arena, q, 0) : NULL;
    sqlite3_finalize(q);
    if (name == NULL)
        return TB_OK;
    TB_RAISE(err, TB_E_INVALID_OBJECT_DEFINITION,
             "role \"%s\" would combine duties that exclude each other", name);
    tb_error_detail(err, "SYSTEM, SECURITY and AUDITOR exclude each other, and none of them may "
                         "own or read a department's data.");
    return TB_FAIL;
}

/* ---- CREATE / ALTER / DROP ROLE ---- */

static tb_rc add_member(tbi_srv_admin *a, int64_t role, int64_t member, bool admin, tb_error *err)
{
    if (role == member ||
        tbi_srv_int(
            a->store, 0,
            "WITH RECURSIVE up(of) AS (SELECT ?1 UNION SELECT m.role FROM up JOIN role_member m"
            " ON m.member = up.of) SELECT 1 FROM up WHERE of = ?2",
            "ii", role, member) != 0)
        return TB_RAISE(err, TB_E_INVALID_OBJECT_DEFINITION,
                        "role memberships would form a circle");
    return tbi_srv_run(
        a->store, err,
        "INSERT INTO role_member VALUES (?1, ?2, ?3) ON CONFLICT (role, member) DO UPDATE SET"
        " admin = max(admin, excluded.admin)",
        "iii", role, member, (int64_t)admin);
}

typedef enum member_way { NEW_JOINS, NEW_IS_JOINED, NEW_IS_ADMINISTERED } member_way;

static tb_rc add_members(tbi_srv_admin *a, const tb_ast_option *o, int64_t oid, member_way way,
                         tb_error *err)
{
    for (uint32_t i = 0; o != NULL && i < o->values.n; i++) {
        const tb_role *other;
        TB_TRY(tbi_srv_role_spec(a, o->values.at[i], &other, err));
        if (other == NULL)
            return TB_RAISE_AT(err, TB_E_RESERVED_NAME, o->base.pos,
                               "role name \"public\" is reserved");
        TB_TRY(way == NEW_JOINS ? add_member(a, other->oid, oid, false, err)
                                : add_member(a, oid, other->oid, way == NEW_IS_ADMINISTERED, err));
    }
    return TB_OK;
}

static tb_rc check_new_name(tbi_srv_admin *a, const char *name, int pos, tb_error *err)
{
    if (strncmp(name, "pg_", 3) == 0 || strcmp(name, "public") == 0 || strcmp(name, "none") == 0)
        return TB_RAISE_AT(err, TB_E_RESERVED_NAME, pos, "role name \"%s\" is reserved", name);
    if (tb_catalog_role(a->cat, name) != NULL)
        return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, pos, "role \"%s\" already exists", name);
    return TB_OK;
}

tb_rc tbi_srv_admin_create_role(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_role *s = tb_as_create_role(stmt);
    tbi_srv_tag(a, "CREATE ROLE");
    TB_TRY(tbi_srv_need_security(a, "create role", err));
    const tb_ast_role_spec *spec = tb_as_role_spec(s->role);
    if (spec->role != TB_ROLE_NAMED)
        return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos, "role name is reserved");
    TB_TRY(check_new_name(a, spec->name, s->role->pos, err));
    role_options o;
    TB_TRY(read_options(a, &s->options, &o, err));
    int64_t oid = tbi_srv_new_oid(a->store);
    bool login = o.login == -1 ? s->stmt == TB_ROLE_STMT_USER : o.login;
    if ((o.system == 1) + (o.security == 1) + (o.auditor == 1) > 1)
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, stmt->pos,
                           "SYSTEM, SECURITY and AUDITOR exclude each other");
    TB_TRY(tbi_srv_run(
        a->store, err, "INSERT INTO role VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL)",
        "isiiiiiiss", oid, spec->name, (int64_t)login, (int64_t)(o.inherit != 0),
        (int64_t)(o.system == 1), (int64_t)(o.security == 1), (int64_t)(o.auditor == 1),
        o.connection_limit == INT64_MIN ? (int64_t)-1 : o.connection_limit, o.verifier,
        o.valid_until));
    TB_TRY(add_members(a, o.in_role, oid, NEW_JOINS, err));
    TB_TRY(add_members(a, o.role, oid, NEW_IS_JOINED, err));
    TB_TRY(add_members(a, o.admin, oid, NEW_IS_ADMINISTERED, err));
    return tbi_srv_check_duties(a, err);
}

static tb_rc set_flag(tbi_srv_admin *a, int64_t oid, const char *sql, int value, tb_error *err)
{
    return value == -1 ? TB_OK : tbi_srv_run(a->store, err, sql, "ii", oid, (int64_t)value);
}

static tb_rc alter_members(tbi_srv_admin *a, const tb_ast_alter_role *s, const tb_role *role,
                           tb_error *err)
{
    for (uint32_t i = 0; i < s->members.n; i++) {
        const tb_role *member;
        TB_TRY(tbi_srv_role_spec(a, s->members.at[i], &member, err));
        if (member == NULL)
            return TB_RAISE_AT(err, TB_E_RESERVED_NAME, s->base.pos,
                               "role name \"public\" is reserved");
        if (s->drop_members)
            TB_TRY(tbi_srv_run(a->store, err,
                               "DELETE FROM role_member WHERE role = ?1 AND member = ?2", "ii",
                               (int64_t)role->oid, (int64_t)member->oid));
        else
            TB_TRY(add_member(a, role->oid, member->oid, false, err));
    }
    return TB_OK;
}

static bool only_own_password(const role_options *o, const tb_ast_alter_role *s)
{
    return o->has_password && s->options.n == 1;
}

tb_rc tbi_srv_admin_alter_role(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_alter_role *s = tb_as_alter_role(stmt);
    tbi_srv_tag(a, "ALTER ROLE");
    const tb_role *role;
    TB_TRY(tbi_srv_role_spec(a, s->role, &role, err));
    if (role == NULL)
        return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos, "role name \"public\" is reserved");
    role_options o;
    TB_TRY(read_options(a, &s->options, &o, err));
    if (!(only_own_password(&o, s) && role->oid == a->cx->subject->session_user))
        TB_TRY(tbi_srv_need_security(a, "alter role", err));
    int64_t oid = role->oid;
    TB_TRY(set_flag(a, oid, "UPDATE role SET login = ?2 WHERE oid = ?1", o.login, err));
    TB_TRY(set_flag(a, oid, "UPDATE role SET inherit = ?2 WHERE oid = ?1", o.inherit, err));
    int system = o.system == -1 ? role->system : o.system,
        security = o.security == -1 ? role->security : o.security;
    int auditor = o.auditor == -1 ? role->auditor : o.auditor;
    if (system + security + auditor > 1)
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, stmt->pos,
                           "SYSTEM, SECURITY and AUDITOR exclude each other");
    TB_TRY(tbi_srv_run(a->store, err,
                       "UPDATE role SET system = ?2, security = ?3, auditor = ?4 WHERE oid = ?1",
                       "iiii", oid, (int64_t)system, (int64_t)security, (int64_t)auditor));
    if (o.connection_limit != INT64_MIN)
        TB_TRY(tbi_srv_run(a->store, err, "UPDATE role SET connection_limit = ?2 WHERE oid = ?1",
                           "ii", oid, o.connection_limit));
    if (o.has_password)
        TB_TRY(tbi_srv_run(a->store, err, "UPDATE role SET verifier = ?2 WHERE oid = ?1", "is", oid,
                           o.verifier));
    if (o.has_valid_until)
        TB_TRY(tbi_srv_run(a->store, err, "UPDATE role SET valid_until = ?2 WHERE oid = ?1", "is",
                           oid, o.valid_until));
    TB_TRY(alter_members(a, s, role, err));
    if (tbi_srv_int(a->store, 0, "SELECT count(*) FROM role WHERE security = 1 AND login = 1",
                    "") == 0)
        return TB_RAISE_AT(err, TB_E_OBJECT_IN_USE, stmt->pos,
                           "the last role with the SECURITY attribute must keep it");
    return tbi_srv_check_duties(a, err);
}

tb_rc tbi_srv_admin_alter_role_set(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    (void)a;
    return TB_UNSUPPORTED(err, stmt->pos, "ALTER ROLE ... SET");
}

static tb_rc drop_role(tbi_srv_admin *a, const tb_role *role, int pos, tb_error *err)
{
    if (role->oid == a->cx->subject->session_user || role->oid == a->cx->subject->role)
        return TB_RAISE_AT(err, TB_E_OBJECT_IN_USE, pos, "current user cannot be dropped");
    static const char owns[] =
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM schema WHERE owner = ?1)"
        " OR EXISTS (SELECT 1 FROM relation WHERE owner = ?1)"
        " OR EXISTS (SELECT 1 FROM server WHERE owner = ?1)"
        " OR EXISTS (SELECT 1 FROM policy WHERE owner = ?1)"
        " OR EXISTS (SELECT 1 FROM privilege WHERE grantee = ?1 OR grantor = ?1)"
        " OR EXISTS (SELECT 1 FROM user_mapping WHERE role = ?1)";
    if (tbi_srv_int(a->store, 0, owns, "i", (int64_t)role->oid) != 0)
        return TB_RAISE_AT(err, TB_E_DEPENDENT_OBJECTS_STILL_EXIST, pos,
                           "role \"%s\" cannot be dropped because some objects depend on it",
                           role->name);
    return tbi_srv_run(a->store, err, "DELETE FROM role WHERE oid = ?1", "i", (int64_t)role->oid);
}

tb_rc tbi_srv_admin_drop_role(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_drop_role *s = tb_as_drop_role(stmt);
    tbi_srv_tag(a, "DROP ROLE");
    TB_TRY(tbi_srv_need_security(a, "drop role", err));
    for (uint32_t i = 0; i < s->roles.n; i++) {
        const tb_ast_role_spec *spec = tb_as_role_spec(s->roles.at[i]);
        if (s->if_exists && spec->role == TB_ROLE_NAMED &&
            tb_catalog_role(a->cat, spec->name) == NULL) {
            tbi_srv_notice(a, "role \"%s\" does not exist, skipping", spec->name);
            continue;
        }
        const tb_role *role;
        TB_TRY(tbi_srv_role_spec(a, s->roles.at[i], &role, err));
        if (role == NULL)
            return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos,
                               "role name \"public\" is reserved");
        TB_TRY(drop_role(a, role, stmt->pos, err));
    }
    return TB_OK;
}

/* ---- GRANT role TO role ---- */

static bool may_grant_role(const tbi_srv_admin *a, const tb_role *role)
{
    if (a->role->security || a->cx->installer)
        return true;
    for (uint32_t i = 0; i < a->role->nmember_of; i++)
        if (a->role->member_of[i] == role->oid && a->role->member_admin[i])
            return true;
    return false;
}

static tb_rc change_membership(tbi_srv_admin *a, const tb_ast_grant_role *g, const tb_role *role,
                               const tb_role *member, tb_error *err)
{
    if (!g->revoke)
        return add_member(a, role->oid, member->oid, g->admin_option, err);
    const char *sql = g->admin_option
                          ? "UPDATE role_member SET admin = 0 WHERE role = ?1 AND member = ?2"
                          : "DELETE FROM role_member WHERE role = ?1 AND member = ?2";
    return tbi_srv_run(a->store, err, sql, "ii", (int64_t)role->oid, (int64_t)member->oid);
}

tb_rc tbi_srv_admin_grant_role(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_grant_role *g = tb_as_grant_role(stmt);
    tbi_srv_tag(a, g->revoke ? "REVOKE ROLE" : "GRANT ROLE");
    for (uint32_t i = 0; i < g->roles.n; i++) {
        const tb_role *role = tb_catalog_role(a->cat, g->roles.at[i]);
        if (role == NULL)
            return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, stmt->pos, "role \"%s\" does not exist",
                               g->roles.at[i]);
        if (!may_grant_role(a, role))
            return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, stmt->pos,
                               "must have admin option on role \"%s\"", role->name);
        for (uint32_t k = 0; k < g->grantees.n; k++) {
            const tb_role *member;
            TB_TRY(tbi_srv_role_spec(a, g->grantees.at[k], &member, err));
            if (member == NULL)
                return TB_RAISE_AT(err, TB_E_RESERVED_NAME, stmt->pos,
                                   "role name \"public\" is reserved");
            TB_TRY(change_membership(a, g, role, member, err));
        }
    }
    return tbi_srv_check_duties(a, err);
}
