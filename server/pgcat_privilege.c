/* SPDX-License-Identifier: Apache-2.0
 * has_*_privilege() and pg_has_role(): consistent with what a query would be allowed.
 */
#include "server/pgcat_fn_int.h"

#include <strings.h>

/* Arguments in order: [role] object [column] privilege. */
typedef struct question {
    tb_fn_cx *cx;
    tb_subject subject;
    const tb_value *object, *column;
    tb_type_id object_type, column_type;
    const char *privilege; /* "SELECT", perhaps a list, perhaps WITH GRANT OPTION */
} question;

static const char *text_of(tb_fn_cx *cx, const tb_value *v)
{
    return tb_arena_strndup(cx->arena, tb_str_data(&v->d.str), v->d.str.len);
}

static tb_rc role_of(tb_fn_cx *cx, const tb_value *v, tb_type_id type, const tb_role **out)
{
    const tb_catalog *cat = cx->env->catalog;
    *out = type == TB_T_OID ? tb_catalog_role_by_oid(cat, v->d.oid)
                            : tb_catalog_role(cat, text_of(cx, v));
    if (*out == NULL && type != TB_T_OID)
        return TB_RAISE(cx->err, TB_E_UNDEFINED_OBJECT, "role \"%s\" does not exist",
                        text_of(cx, v));
    return TB_OK;
}

/* "SELECT, INSERT WITH GRANT OPTION": true when any of them is asked for */
static bool asks_for(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = list; *p != '\0';) {
        p += strspn(p, " ,");
        size_t n = strcspn(p, ",");
        if (n >= len && strncasecmp(p, word, len) == 0 && (n == len || p[len] == ' '))
            return true;
        p += n;
    }
    return false;
}

static tb_rc relation_of(question *q, const tb_relation **out)
{
    tb_fn_cx *cx = q->cx;
    uint32_t oid = q->object->d.oid;
    if (q->object_type != TB_T_OID)
        TB_TRY(tbi_srv_reg_oid(cx->env, TB_T_REGCLASS, tb_str_data(&q->object->d.str),
                               q->object->d.str.len, &oid, cx->err));
    *out = tb_catalog_relation_by_oid(cx->env->catalog, oid);
    return TB_OK;
}

static tb_rc on_table(question *q, tb_value *ret)
{
    const tb_relation *rel;
    TB_TRY(relation_of(q, &rel));
    *ret = tb_value_null();
    if (rel == NULL)
        return TB_OK;
    bool all = true;
    for (uint16_t i = 0; i < rel->ncols; i++)
        all &= rel->cols[i].hidden || tb_may_select(q->cx->env->catalog, &q->subject, rel, i);
    *ret = tb_value_bool(asks_for(q->privilege, "SELECT") && all);
    return TB_OK;
}

static tb_rc on_any_column(question *q, tb_value *ret)
{
    const tb_relation *rel;
    TB_TRY(relation_of(q, &rel));
    *ret = rel == NULL ? tb_value_null()
                       : tb_value_bool(asks_for(q->privilege, "SELECT") &&
                                       tb_may_select(q->cx->env->catalog, &q->subject, rel, -1));
    return TB_OK;
}

static tb_rc on_column(question *q, tb_value *ret)
{
    const tb_relation *rel;
    TB_TRY(relation_of(q, &rel));
    *ret = tb_value_null();
    if (rel == NULL)
        return TB_OK;
    int attno = q->column_type == TB_T_INT2 ? q->column->d.i16 - 1
                                            : tb_relation_column(rel, text_of(q->cx, q->column));
    if (attno < 0 || attno >= rel->ncols) {
        if (q->column_type == TB_T_INT2)
            return TB_OK;
        return TB_RAISE(q->cx->err, TB_E_UNDEFINED_COLUMN,
                        "column \"%s\" of relation \"%s\" does not exist",
                        text_of(q->cx, q->column), rel->name);
    }
    *ret = tb_value_bool(asks_for(q->privilege, "SELECT") &&
                         tb_may_select(q->cx->env->catalog, &q->subject, rel, attno));
    return TB_OK;
}

static tb_rc on_schema(question *q, tb_value *ret)
{
    const tb_catalog *cat = q->cx->env->catalog;
    const tb_schema *s = q->object_type == TB_T_OID
                             ? tb_catalog_schema_by_oid(cat, q->object->d.oid)
                             : tb_catalog_schema(cat, text_of(q->cx, q->object));
    if (s == NULL && q->object_type != TB_T_OID)
        return TB_RAISE(q->cx->err, TB_E_INVALID_SCHEMA_NAME, "schema \"%s\" does not exist",
                        text_of(q->cx, q->object));
    *ret = s == NULL ? tb_value_null()
                     : tb_value_bool(asks_for(q->privilege, "USAGE") &&
                                     tb_may_use_schema(cat, &q->subject, s));
    return TB_OK;
}

static tb_rc on_server(question *q, tb_value *ret)
{
    const tb_catalog *cat = q->cx->env->catalog;
    const tb_server *server = NULL;
    for (uint32_t i = 0; i < cat->nservers; i++)
        if (q->object_type == TB_T_OID
                ? cat->servers[i].oid == q->object->d.oid
                : strcmp(cat->servers[i].name, text_of(q->cx, q->object)) == 0)
            server = &cat->servers[i];
    *ret = tb_value_null();
    if (server == NULL)
        return TB_OK;
    bool may = tb_subject_has_role(&q->subject, server->owner);
    for (uint32_t i = 0; i < cat->ngrants; i++) {
        const tb_grant *g = &cat->grants[i];
        may |= g->kind == TB_OBJ_SERVER && g->object == server->oid && (g->privs & TB_PRIV_USAGE) &&
               (g->grantee == 0 || tb_subject_has_role(&q->subject, g->grantee));
    }
    *ret = tb_value_bool(may && asks_for(q->privilege, "USAGE"));
    return TB_OK;
}

/* built-in functions, types, languages may be used; nothing may be created or executed beyond that
 */
static tb_rc on_builtin(question *q, tb_value *ret)
{
    *ret = tb_value_bool(asks_for(q->privilege, "USAGE") || asks_for(q->privilege, "EXECUTE"));
    return TB_OK;
}

static tb_rc on_database(question *q, tb_value *ret)
{
    *ret = tb_value_bool(asks_for(q->privilege, "CONNECT"));
    return TB_OK;
}

static tb_rc on_nothing(question *q, tb_value *ret)
{
    (void)q;
    *ret = tb_value_bool(false);
    return TB_OK;
}

static const struct {
    const char *name;
    tb_rc (*answer)(question *q, tb_value *ret);
    bool column;
} kinds[] = {
    {"has_any_column_privilege", on_any_column, false},
    {"has_column_privilege", on_column, true},
    {"has_database_privilege", on_database, false},
    {"has_foreign_data_wrapper_privilege", on_nothing, false},
    {"has_function_privilege", on_builtin, false},
    {"has_language_privilege", on_builtin, false},
    {"has_schema_privilege", on_schema, false},
    {"has_sequence_privilege", on_nothing, false},
    {"has_server_privilege", on_server, false},
    {"has_table_privilege", on_table, false},
    {"has_tablespace_privilege", on_nothing, false},
    {"has_type_privilege", on_builtin, false},
};

tb_rc tbi_srv_fn_has_privilege(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    const char *name = tb_fn_get(cx->fn)->name;
    size_t k = 0;
    while (strcmp(kinds[k].name, name) != 0)
        k++;
    unsigned own = kinds[k].column ? 3 : 2; /* arguments without the role */
    unsigned at = cx->nargs > own ? 1 : 0;
    question q = {
        .cx = cx, .subject = *cx->env->subject, .object = &a[at], .object_type = cx->argtype[at]};
    if (at == 1) {
        const tb_role *role;
        TB_TRY(role_of(cx, &a[0], cx->argtype[0], &role));
        if (role == NULL) {
            *ret = tb_value_bool(false);
            return TB_OK;
        }
        tb_subject_init(&q.subject, cx->arena, cx->env->catalog, role->oid, role->oid);
    }
    if (kinds[k].column) {
        q.column = &a[at + 1];
        q.column_type = cx->argtype[at + 1];
    }
    q.privilege = text_of(cx, &a[cx->nargs - 1]);
    return kinds[k].answer(&q, ret);
}

tb_rc tbi_srv_fn_has_role(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_subject subject = *cx->env->subject;
    const tb_role *role;
    unsigned at = cx->nargs == 3 ? 1 : 0;
    if (at == 1) {
        TB_TRY(role_of(cx, &a[0], cx->argtype[0], &role));
        if (role == NULL) {
            *ret = tb_value_bool(false);
            return TB_OK;
        }
        tb_subject_init(&subject, cx->arena, cx->env->catalog, role->oid, role->oid);
    }
    TB_TRY(role_of(cx, &a[at], cx->argtype[at], &role));
    *ret = tb_value_bool(role != NULL && tb_subject_has_role(&subject, role->oid));
    return TB_OK;
}
