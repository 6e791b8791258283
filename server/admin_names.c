/* SPDX-License-Identifier: Apache-2.0
 * Names in administration statements: looking them up with the rules who may do what.
 *
 * Duties (roles' attributes, exclusive): system = sources and their connections; security = roles
 * and departments; auditor = reads the record. Everything inside a department's schema is its
 * owner's alone: no duty reaches into it.
 */
#include "server/store_int.h"

#include <stdarg.h>
#include <stdio.h>

void tbi_srv_tag(tbi_srv_admin *a, const char *tag)
{
    a->out->tag = tag;
}

void tbi_srv_notice(tbi_srv_admin *a, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    tb_list_push(a->arena, &a->out->notices, (const char *)tb_arena_strdup(a->arena, text));
}

tb_rc tbi_srv_need_system(tbi_srv_admin *a, const char *what, tb_error *err)
{
    if (a->role->system || a->cx->installer)
        return TB_OK;
    TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "permission denied to %s", what);
    tb_error_hint(err, "Only a role with the SYSTEM attribute may do this.");
    return TB_FAIL;
}

tb_rc tbi_srv_need_security(tbi_srv_admin *a, const char *what, tb_error *err)
{
    if (a->role->security || a->cx->installer)
        return TB_OK;
    TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "permission denied to %s", what);
    tb_error_hint(err, "Only a role with the SECURITY attribute may do this.");
    return TB_FAIL;
}

bool tbi_srv_is(const tbi_srv_admin *a, tb_oid role)
{
    return a->cx->installer || tb_subject_has_role(a->cx->subject, role);
}

tb_rc tbi_srv_need_owner(tbi_srv_admin *a, tb_oid owner, const char *kind, const char *name,
                         tb_error *err)
{
    if (tbi_srv_is(a, owner))
        return TB_OK;
    return TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "must be owner of %s %s", kind, name);
}

tb_rc tbi_srv_role_spec(tbi_srv_admin *a, const tb_ast *spec, const tb_role **out, tb_error *err)
{
    const tb_ast_role_spec *r = tb_as_role_spec(spec);
    switch (r->role) {
    case TB_ROLE_PUBLIC:
        *out = NULL;
        return TB_OK;
    case TB_ROLE_CURRENT_ROLE:
    case TB_ROLE_CURRENT_USER:
    case TB_ROLE_USER:
        *out = a->role;
        return TB_OK;
    case TB_ROLE_SESSION_USER:
        *out = tb_catalog_role_by_oid(a->cat, a->cx->subject->session_user);
        return TB_OK;
    case TB_ROLE_NAMED:
        *out = tb_catalog_role(a->cat, r->name);
        if (*out == NULL)
            return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, spec->pos, "role \"%s\" does not exist",
                               r->name);
        return TB_OK;
    }
    TB_UNREACHABLE();
}

tb_rc tbi_srv_find_schema(tbi_srv_admin *a, const char *name, int pos, const tb_schema **out,
                          tb_error *err)
{
    *out = tb_catalog_schema(a->cat, name);
    if (*out == NULL)
        return TB_RAISE_AT(err, TB_E_INVALID_SCHEMA_NAME, pos, "schema \"%s\" does not exist",
                           name);
    return TB_OK;
}

tb_rc tbi_srv_find_server(tbi_srv_admin *a, const char *name, int pos, const tb_server **out,
                          tb_error *err)
{
    *out = tb_catalog_server(a->cat, name);
    if (*out == NULL)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, pos, "server \"%s\" does not exist", name);
    return TB_OK;
}

static const char *written(tbi_srv_admin *a, const tb_qname *name)
{
    return name->schema == NULL ? name->name
                                : tb_arena_printf(a->arena, "%s.%s", name->schema, name->name);
}

tb_rc tbi_srv_find_relation(tbi_srv_admin *a, const tb_qname *name, const tb_relation **out,
                            tb_error *err)
{
    *out = NULL;
    if (name->schema != NULL) {
        *out = tb_catalog_relation(a->cat, name->schema, name->name);
    } else {
        for (uint32_t i = 0; i < a->cx->nsearch_path && *out == NULL; i++)
            *out = tb_catalog_relation(a->cat, a->cx->search_path[i], name->name);
    }
    if (*out == NULL || !(a->cx->installer || tb_relation_visible(a->cat, a->cx->subject, *out)))
        return TB_RAISE_AT(err, TB_E_UNDEFINED_TABLE, name->pos, "relation \"%s\" does not exist",
                           written(a, name));
    if ((*out)->kind == TB_REL_INTERNAL)
        return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, name->pos,
                           "permission denied: \"%s\" is a system catalog", (*out)->name);
    return TB_OK;
}

tb_rc tbi_srv_find_policy(tbi_srv_admin *a, const tb_qname *name, bool row_access,
                          const tb_policy **out, tb_error *err)
{
    *out = NULL;
    if (name->schema != NULL) {
        *out = tb_catalog_policy(a->cat, name->schema, name->name, row_access);
    } else {
        for (uint32_t i = 0; i < a->cx->nsearch_path && *out == NULL; i++)
            *out = tb_catalog_policy(a->cat, a->cx->search_path[i], name->name, row_access);
    }
    /* policies are their owner's: to everybody else they do not exist */
    if (*out == NULL || !(tbi_srv_is(a, (*out)->owner) || tbi_srv_is(a, (*out)->schema->owner)))
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, name->pos, "%s policy \"%s\" does not exist",
                           row_access ? "row access" : "masking", written(a, name));
    return TB_OK;
}

tb_rc tbi_srv_creation_schema(tbi_srv_admin *a, const tb_qname *name, const tb_schema **out,
                              tb_error *err)
{
    const char *schema = name->schema;
    for (uint32_t i = 0; schema == NULL && i < a->cx->nsearch_path; i++) {
        const tb_schema *s = tb_catalog_schema(a->cat, a->cx->search_path[i]);
        if (s != NULL && s->oid >= 16384)
            schema = s->name;
    }
    if (schema == NULL)
        return TB_RAISE_AT(err, TB_E_INVALID_SCHEMA_NAME, name->pos,
                           "no schema has been selected to create in");
    TB_TRY(tbi_srv_find_schema(a, schema, name->pos, out, err));
    if (!tbi_srv_is(a, (*out)->owner))
        return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, name->pos,
                           "permission denied for schema %s", schema);
    return TB_OK;
}

tb_rc tbi_srv_find_column(const tb_relation *rel, const char *name, int pos, bool hidden_too,
                          uint16_t *out, tb_error *err)
{
    for (uint16_t i = 0; i < rel->ncols; i++) {
        if ((hidden_too || !rel->cols[i].hidden) && strcmp(rel->cols[i].name, name) == 0) {
            *out = i;
            return TB_OK;
        }
    }
    return TB_RAISE_AT(err, TB_E_UNDEFINED_COLUMN, pos,
                       "column \"%s\" of relation \"%s\" does not exist", name, rel->name);
}

static tb_rc typmod_number(const tb_ast *node, int32_t *out, tb_error *err)
{
    if (node->kind != TB_AST_INTEGER)
        return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, node->pos,
                           "type modifiers must be simple constants");
    int64_t v = tb_as_integer(node)->value;
    if (v < -1000 || v > 10485760)
        return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, node->pos,
                           "type modifier is out of range");
    *out = (int32_t)v;
    return TB_OK;
}

static tb_rc make_typmod(const tb_ast_type_name *t, tb_type_id id, int32_t *out, tb_error *err)
{
    int32_t a = 0, b = 0;
    *out = -1;
    if (t->typmods.n == 0)
        return TB_OK;
    TB_TRY(typmod_number(t->typmods.at[0], &a, err));
    if (id == TB_T_NUMERIC && t->typmods.n <= 2) {
        if (t->typmods.n == 2)
            TB_TRY(typmod_number(t->typmods.at[1], &b, err));
        if (a < 1 || a > 1000 || b < -1000 || b > 1000)
            return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, t->base.pos,
                               "NUMERIC precision %d must be between 1 and 1000", a);
        *out = (int32_t)(((uint32_t)a << 16) | ((uint32_t)b & 0x7ff)) + 4;
        return TB_OK;
    }
    if ((id == TB_T_VARCHAR || id == TB_T_BPCHAR) && t->typmods.n == 1 && a >= 1) {
        *out = a + 4;
        return TB_OK;
    }
    bool timelike =
        id == TB_T_TIME || id == TB_T_TIMETZ || id == TB_T_TIMESTAMP || id == TB_T_TIMESTAMPTZ;
    if (timelike && t->typmods.n == 1 && a >= 0 && a <= 6) {
        *out = a;
        return TB_OK;
    }
    return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, t->base.pos,
                       "type modifier is not allowed for type \"%s\"", t->name.name);
}

tb_rc tbi_srv_type(const tb_ast *type_name, tb_type *out, tb_error *err)
{
    const tb_ast_type_name *t = tb_as_type_name(type_name);
    tb_type_id id = tb_type_from_name(t->name.name);
    if (id == TB_T_NONE || (t->name.schema != NULL && strcmp(t->name.schema, "pg_catalog") != 0))
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, type_name->pos, "type \"%s\" does not exist",
                           t->name.name);
    if (t->setof || t->dims > 1 || tb_type_get(id)->category == 'P')
        return TB_UNSUPPORTED(err, type_name->pos, "this type of column");
    TB_TRY(make_typmod(t, id, &out->typmod, err));
    out->id = t->dims == 1 ? tb_type_array_of(id) : id;
    return TB_OK;
}

tb_rc tbi_srv_option_text(const tb_ast_option *o, const char **out, tb_error *err)
{
    if (o->value == NULL || o->value->kind != TB_AST_STRING)
        return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, o->base.pos,
                           "option \"%s\" requires a string value", o->name);
    *out = tb_as_string(o->value)->value;
    return TB_OK;
}

typedef TB_LIST(tb_option) option_list;

static int option_at(const option_list *list, const char *name)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i].name, name) == 0)
            return (int)i;
    return -1;
}

static tb_rc change_option(tbi_srv_admin *a, option_list *list, const tb_ast_option *o,
                           tb_error *err)
{
    int at = option_at(list, o->name);
    bool add = o->action == TB_OPTION_NONE || o->action == TB_OPTION_ADD;
    if (add && at >= 0)
        return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, o->base.pos,
                           "option \"%s\" provided more than once", o->name);
    if (!add && at < 0)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, o->base.pos, "option \"%s\" not found",
                           o->name);
    if (o->action == TB_OPTION_DROP) {
        list->at[at] = list->at[--list->n];
        return TB_OK;
    }
    const char *value;
    TB_TRY(tbi_srv_option_text(o, &value, err));
    if (add)
        tb_list_push(a->arena, list, ((tb_option){o->name, value}));
    else
        list->at[at].value = value;
    return TB_OK;
}

tb_rc tbi_srv_merge_options(tbi_srv_admin *a, const tb_option *old, uint32_t nold,
                            const tb_ast_list *changes, tb_option **out, uint32_t *n, tb_error *err)
{
    option_list list = {0};
    for (uint32_t i = 0; i < nold; i++)
        tb_list_push(a->arena, &list, old[i]);
    for (uint32_t i = 0; i < changes->n; i++)
        TB_TRY(change_option(a, &list, tb_as_option(changes->at[i]), err));
    *out = list.at;
    *n = list.n;
    return TB_OK;
}

tb_rc tbi_srv_write_options(tbi_srv_admin *a, tb_oid object, int attno, const tb_option *options,
                            uint32_t n, tb_error *err)
{
    TB_TRY(tbi_srv_run(a->store, err, "DELETE FROM option WHERE object = ?1 AND attno = ?2", "ii",
                       (int64_t)object, (int64_t)attno));
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(tbi_srv_run(a->store, err, "INSERT INTO option VALUES (?1, ?2, ?3, ?4)", "iiss",
                           (int64_t)object, (int64_t)attno, options[i].name, options[i].value));
    return TB_OK;
}
