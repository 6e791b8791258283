/* SPDX-License-Identifier: Apache-2.0
 * Functions about the catalog: privileges, visibility, descriptions, definitions. Overloads of one
 * name share a body, which looks at the argument types of its call. What PostgreSQL has and Tombolo
 * has no counterpart of (indexes, triggers, sizes on disk) answers as PostgreSQL does for an object
 * that has none.
 */
#include "server/pgcat_fn_int.h"

#include "core/array.h"

/* ---- what several bodies need ---- */

static const tb_relation *relation_at(const tb_fn_cx *cx, uint32_t oid)
{
    const tb_relation *rel = tb_catalog_relation_by_oid(cx->env->catalog, oid);
    return rel != NULL && tb_relation_visible(cx->env->catalog, cx->env->subject, rel) ? rel : NULL;
}

static tb_rc ret_text(tb_fn_cx *cx, tb_value *ret, const char *s)
{
    if (s == NULL) {
        *ret = tb_value_null();
        return TB_OK;
    }
    size_t len = strlen(s);
    *ret = tb_value_str(tb_str_make(tb_arena_strndup(cx->arena, s, len), len));
    return TB_OK;
}

static tb_rc fn_null(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    (void)cx, (void)a;
    *ret = tb_value_null();
    return TB_OK;
}

static tb_rc fn_zero(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    (void)cx, (void)a;
    *ret = (tb_value){.null = false}; /* 0 and false in every width */
    return TB_OK;
}

static tb_rc fn_true(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    (void)cx, (void)a;
    *ret = tb_value_bool(true);
    return TB_OK;
}

/* ---- visibility: found without a schema along the search path ---- */

static tb_rc fn_table_is_visible(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    const tb_env *env = cx->env;
    const tb_relation *rel = relation_at(cx, a[0].d.oid);
    *ret = tb_value_null();
    if (rel == NULL)
        return TB_OK;
    *ret = tb_value_bool(false);
    bool implicit = true; /* pg_catalog is searched first unless the path names it */
    for (uint32_t i = 0; i < env->nsearch_path; i++)
        implicit &= strcmp(env->search_path[i], "pg_catalog") != 0;
    if (implicit && tb_catalog_relation(env->catalog, "pg_catalog", rel->name) != NULL) {
        *ret = tb_value_bool(rel->schema->oid == TBI_PG_CATALOG);
        return TB_OK;
    }
    for (uint32_t i = 0; i < env->nsearch_path; i++) {
        const tb_relation *found =
            tb_catalog_relation(env->catalog, env->search_path[i], rel->name);
        if (found != NULL && tb_relation_visible(env->catalog, env->subject, found)) {
            *ret = tb_value_bool(found == rel);
            return TB_OK;
        }
    }
    return TB_OK;
}

/* ---- descriptions ---- */

static const char *object_comment(const tb_fn_cx *cx, uint32_t oid)
{
    const tb_catalog *cat = cx->env->catalog;
    const tb_relation *rel = relation_at(cx, oid);
    if (rel != NULL)
        return rel->comment;
    const tb_schema *schema = tb_catalog_schema_by_oid(cat, oid);
    if (schema != NULL)
        return tb_may_use_schema(cat, cx->env->subject, schema) ? schema->comment : NULL;
    for (uint32_t i = 0; i < cat->nservers; i++)
        if (cat->servers[i].oid == oid)
            return cat->servers[i].comment;
    tb_fn_id fn = tb_fn_from_oid(oid);
    return fn != TB_FN_NONE ? tb_fn_get(fn)->doc : NULL;
}

static tb_rc fn_obj_description(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    return ret_text(cx, ret, object_comment(cx, a[0].d.oid));
}

static tb_rc fn_shobj_description(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    const tb_role *role = tb_catalog_role_by_oid(cx->env->catalog, a[0].d.oid);
    return ret_text(cx, ret, role != NULL ? role->comment : NULL);
}

static tb_rc fn_col_description(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    const tb_relation *rel = relation_at(cx, a[0].d.oid);
    int32_t n = a[1].d.i32;
    bool known = rel != NULL && n >= 1 && n <= rel->ncols && !rel->cols[n - 1].hidden;
    return ret_text(cx, ret, known ? rel->cols[n - 1].comment : NULL);
}

/* ---- names and definitions ---- */

static tb_rc fn_get_userbyid(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    const tb_role *role = tb_catalog_role_by_oid(cx->env->catalog, a[0].d.oid);
    if (role != NULL)
        return ret_text(cx, ret, role->name);
    if (a[0].d.oid == TBI_BOOTSTRAP_ROLE)
        return ret_text(cx, ret, "tombolo");
    return ret_text(cx, ret, tb_arena_printf(cx->arena, "unknown (OID=%u)", a[0].d.oid));
}

/* the text names tables the reader may not see: for the view's owner, empty for others */
static tb_rc viewdef(tb_fn_cx *cx, const tb_relation *rel, tb_value *ret)
{
    if (rel == NULL || rel->kind != TB_REL_VIEW)
        return ret_text(cx, ret, NULL);
    bool own = tb_subject_has_role(cx->env->subject, rel->owner);
    return ret_text(cx, ret, own ? tb_arena_printf(cx->arena, "%s;", rel->view_sql) : "");
}

static tb_rc fn_get_viewdef(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    if (cx->argtype[0] == TB_T_OID)
        return viewdef(cx, relation_at(cx, a[0].d.oid), ret);
    uint32_t oid;
    TB_TRY(tbi_srv_reg_oid(cx->env, TB_T_REGCLASS, tb_str_data(&a[0].d.str), a[0].d.str.len, &oid,
                           cx->err));
    return viewdef(cx, relation_at(cx, oid), ret);
}

static const char *type_list(tb_fn_cx *cx, const tb_fn_info *f)
{
    const char *text = "";
    char type[128];
    for (uint8_t i = 0; i < f->nargs; i++) {
        bool variadic = (f->flags & TB_FF_VARIADIC) && i + 1 == f->nargs;
        text = tb_arena_printf(cx->arena, "%s%s%s%s", text, i == 0 ? "" : ", ",
                               variadic ? "VARIADIC " : "",
                               tb_type_format(tb_type_of(f->args[i]), type, sizeof type));
    }
    return text;
}

static tb_rc fn_get_function_arguments(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_fn_id fn = tb_fn_from_oid(a[0].d.oid);
    return ret_text(cx, ret, fn == TB_FN_NONE ? NULL : type_list(cx, tb_fn_get(fn)));
}

static tb_rc fn_get_function_result(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_fn_id fn = tb_fn_from_oid(a[0].d.oid);
    if (fn == TB_FN_NONE)
        return ret_text(cx, ret, NULL);
    char type[128];
    const tb_fn_info *f = tb_fn_get(fn);
    const char *set = f->flags & TB_FF_SET ? "SETOF " : "";
    return ret_text(cx, ret,
                    tb_arena_printf(cx->arena, "%s%s", set,
                                    tb_type_format(tb_type_of(f->ret), type, sizeof type)));
}

static tb_rc fn_oidvectortypes(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    const char *text = "";
    char type[128];
    tb_array v;
    tb_array_open(&a[0].d.str, &v);
    for (uint32_t i = 0; i < v.n; i++) {
        tb_type_id id = tb_type_from_oid(tb_array_get(&v, cx->arena, i).d.oid);
        const char *one =
            id == TB_T_NONE ? "???" : tb_type_format(tb_type_of(id), type, sizeof type);
        text = tb_arena_printf(cx->arena, "%s%s%s", text, i == 0 ? "" : ", ", one);
    }
    return ret_text(cx, ret, text);
}

static tb_rc fn_collation_for(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    (void)a;
    return ret_text(cx, ret, tb_type_is_string(cx->argtype[0]) ? "\"default\"" : NULL);
}

static tb_rc fn_encoding_max_length(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    (void)cx;
    *ret = a[0].d.i32 == 6 ? tb_value_int4(4) : tb_value_null(); /* 6 = UTF8 */
    return TB_OK;
}

/* ---- to_regclass() & co: NULL where the cast would raise ---- */

static tb_rc fn_to_reg(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_error ignored = {.position = -1};
    uint32_t oid;
    bool known = tbi_srv_reg_oid(cx->env, cx->ret, tb_str_data(&a[0].d.str), a[0].d.str.len, &oid,
                                 &ignored) == TB_OK;
    *ret = known ? tb_value_oid(oid) : tb_value_null();
    return TB_OK;
}

static tb_rc fn_regclass(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    uint32_t oid;
    TB_TRY(tbi_srv_reg_oid(cx->env, TB_T_REGCLASS, tb_str_data(&a[0].d.str), a[0].d.str.len, &oid,
                           cx->err));
    *ret = tb_value_oid(oid);
    return TB_OK;
}

/* ---- the table ---- */

typedef struct named_body {
    const char *name;
    tb_scalar_fn body;
} named_body;

static const named_body bodies[] = {
    {"col_description", fn_col_description},
    {"has_any_column_privilege", tbi_srv_fn_has_privilege},
    {"has_column_privilege", tbi_srv_fn_has_privilege},
    {"has_database_privilege", tbi_srv_fn_has_privilege},
    {"has_foreign_data_wrapper_privilege", tbi_srv_fn_has_privilege},
    {"has_function_privilege", tbi_srv_fn_has_privilege},
    {"has_language_privilege", tbi_srv_fn_has_privilege},
    {"has_schema_privilege", tbi_srv_fn_has_privilege},
    {"has_sequence_privilege", tbi_srv_fn_has_privilege},
    {"has_server_privilege", tbi_srv_fn_has_privilege},
    {"has_table_privilege", tbi_srv_fn_has_privilege},
    {"has_tablespace_privilege", tbi_srv_fn_has_privilege},
    {"has_type_privilege", tbi_srv_fn_has_privilege},
    {"obj_description", fn_obj_description},
    {"oidvectortypes", fn_oidvectortypes},
    {"pg_collation_actual_version", fn_null},
    {"pg_collation_for", fn_collation_for},
    {"pg_collation_is_visible", fn_true},
    {"pg_column_is_updatable", fn_zero},
    {"pg_conversion_is_visible", fn_true},
    {"pg_database_collation_actual_version", fn_null},
    {"pg_database_size", fn_zero},
    {"pg_describe_object", fn_null},
    {"pg_encoding_max_length", fn_encoding_max_length},
    {"pg_function_is_visible", fn_true},
    {"pg_get_constraintdef", fn_null},
    {"pg_get_expr", fn_null},
    {"pg_get_function_arg_default", fn_null},
    {"pg_get_function_arguments", fn_get_function_arguments},
    {"pg_get_function_identity_arguments", fn_get_function_arguments},
    {"pg_get_function_result", fn_get_function_result},
    {"pg_get_function_sqlbody", fn_null},
    {"pg_get_functiondef", fn_null},
    {"pg_get_indexdef", fn_null},
    {"pg_get_partition_constraintdef", fn_null},
    {"pg_get_partkeydef", fn_null},
    {"pg_get_replica_identity_index", fn_null},
    {"pg_get_ruledef", fn_null},
    {"pg_get_serial_sequence", fn_null},
    {"pg_get_statisticsobjdef", fn_null},
    {"pg_get_statisticsobjdef_columns", fn_null},
    {"pg_get_triggerdef", fn_null},
    {"pg_get_userbyid", fn_get_userbyid},
    {"pg_get_viewdef", fn_get_viewdef},
    {"pg_has_role", tbi_srv_fn_has_role},
    {"pg_index_column_has_property", fn_null},
    {"pg_index_has_property", fn_null},
    {"pg_indexam_has_property", fn_null},
    {"pg_indexes_size", fn_zero},
    {"pg_is_other_temp_schema", fn_zero},
    {"pg_opclass_is_visible", fn_true},
    {"pg_operator_is_visible", fn_true},
    {"pg_opfamily_is_visible", fn_true},
    {"pg_partition_root", fn_null},
    {"pg_relation_filenode", fn_null},
    {"pg_relation_is_publishable", fn_zero},
    {"pg_relation_is_updatable", fn_zero},
    {"pg_relation_size", fn_zero},
    {"pg_sequence_last_value", fn_null},
    {"pg_stat_get_numscans", fn_zero},
    {"pg_stat_get_tuples_inserted", fn_zero},
    {"pg_statistics_obj_is_visible", fn_true},
    {"pg_table_is_visible", fn_table_is_visible},
    {"pg_table_size", fn_zero},
    {"pg_tablespace_location", fn_null},
    {"pg_tablespace_size", fn_zero},
    {"pg_total_relation_size", fn_zero},
    {"pg_trigger_depth", fn_zero},
    {"pg_ts_config_is_visible", fn_true},
    {"pg_ts_dict_is_visible", fn_true},
    {"pg_ts_parser_is_visible", fn_true},
    {"pg_ts_template_is_visible", fn_true},
    {"pg_type_is_visible", fn_true},
    {"regclass", fn_regclass},
    {"row_security_active", fn_zero},
    {"shobj_description", fn_shobj_description},
    {"to_regclass", fn_to_reg},
    {"to_regcollation", fn_to_reg},
    {"to_regnamespace", fn_to_reg},
    {"to_regoper", fn_to_reg},
    {"to_regoperator", fn_to_reg},
    {"to_regproc", fn_to_reg},
    {"to_regprocedure", fn_to_reg},
    {"to_regrole", fn_to_reg},
    {"to_regtype", fn_to_reg},
};

tb_scalar_fn tb_pgcat_scalar(tb_fn_id fn)
{
    const char *name = tb_fn_get(fn)->name;
    for (size_t i = 0; i < TB_COUNT(bodies); i++)
        if (strcmp(bodies[i].name, name) == 0)
            return bodies[i].body;
    return NULL;
}
