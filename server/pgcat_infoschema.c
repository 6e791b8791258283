/* SPDX-License-Identifier: Apache-2.0
 * information_schema (SQL:2016 part 11, in PostgreSQL's form): schemata, tables, columns, views.
 */
#include "server/pgcat_int.h"

static const char *database(const tbi_srv_rows *r)
{
    return r->stmt->env->database;
}

static const char *role_name(const tbi_srv_rows *r, tb_oid oid)
{
    const tb_role *role = tb_catalog_role_by_oid(r->cat, oid);
    return role != NULL ? role->name : "tombolo";
}

static bool is_view(const tb_relation *rel)
{
    return rel->kind == TB_REL_VIEW || (rel->kind == TB_REL_INTERNAL &&
                                        tb_pgcat_table_at((uint32_t)rel->provider)->relkind == 'v');
}

tb_rc tbi_srv_is_schemata(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nschemas; i++) {
        const tb_schema *s = &r->cat->schemas[i];
        if (!tbi_srv_sees_schema(r, s))
            continue;
        tbi_srv_set_str(r, "catalog_name", database(r));
        tbi_srv_set_str(r, "schema_name", s->name);
        tbi_srv_set_str(r, "schema_owner", role_name(r, s->owner));
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_is_tables(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel))
            continue;
        tbi_srv_set_str(r, "table_catalog", database(r));
        tbi_srv_set_str(r, "table_schema", rel->schema->name);
        tbi_srv_set_str(r, "table_name", rel->name);
        tbi_srv_set_str(r, "table_type", is_view(rel) ? "VIEW" : "BASE TABLE");
        tbi_srv_set_str(r, "is_insertable_into", "NO");
        tbi_srv_set_str(r, "is_typed", "NO");
        tbi_srv_emit(r);
    }
    return TB_OK;
}

/* The numbers information_schema derives from a type. */
static void set_type_facts(tbi_srv_rows *r, tb_type t)
{
    int precision, scale;
    tb_type_id id = t.id;
    if (id == TB_T_INT2 || id == TB_T_INT4 || id == TB_T_INT8) {
        tbi_srv_set_int(r, "numeric_precision", id == TB_T_INT2 ? 16 : id == TB_T_INT4 ? 32 : 64);
        tbi_srv_set_int(r, "numeric_precision_radix", 2);
        tbi_srv_set_int(r, "numeric_scale", 0);
    } else if (id == TB_T_FLOAT4 || id == TB_T_FLOAT8) {
        tbi_srv_set_int(r, "numeric_precision", id == TB_T_FLOAT4 ? 24 : 53);
        tbi_srv_set_int(r, "numeric_precision_radix", 2);
    } else if (id == TB_T_NUMERIC) {
        tbi_srv_set_int(r, "numeric_precision_radix", 10);
        if (tb_typmod_numeric(t.typmod, &precision, &scale)) {
            tbi_srv_set_int(r, "numeric_precision", precision);
            tbi_srv_set_int(r, "numeric_scale", scale);
        }
    } else if (id == TB_T_VARCHAR || id == TB_T_BPCHAR) {
        if (t.typmod >= 4)
            tbi_srv_set_int(r, "character_maximum_length", t.typmod - 4);
        tbi_srv_set_int(r, "character_octet_length",
                        t.typmod >= 4 ? (int64_t)(t.typmod - 4) * 4 : 1073741824);
    } else if (id == TB_T_TEXT) {
        tbi_srv_set_int(r, "character_octet_length", 1073741824);
    } else if (id == TB_T_DATE) {
        tbi_srv_set_int(r, "datetime_precision", 0);
    } else if (tb_type_get(id)->category == 'D' || id == TB_T_INTERVAL) {
        tbi_srv_set_int(r, "datetime_precision", t.typmod >= 0 ? t.typmod : 6);
    }
}

static void emit_column(tbi_srv_rows *r, const tb_relation *rel, uint16_t attno)
{
    const tb_column *c = &rel->cols[attno];
    tbi_srv_set_str(r, "table_catalog", database(r));
    tbi_srv_set_str(r, "table_schema", rel->schema->name);
    tbi_srv_set_str(r, "table_name", rel->name);
    tbi_srv_set_str(r, "column_name", c->name);
    tbi_srv_set_int(r, "ordinal_position", attno + 1);
    tbi_srv_set_str(r, "is_nullable", c->not_null && c->mask.policy == NULL ? "NO" : "YES");
    tbi_srv_set_str(r, "data_type",
                    tb_type_is_array(c->type.id) ? "ARRAY" : tb_type_get(c->type.id)->sql_name);
    set_type_facts(r, c->type);
    tbi_srv_set_str(r, "udt_catalog", database(r));
    tbi_srv_set_str(r, "udt_schema", "pg_catalog");
    tbi_srv_set_str(r, "udt_name", tb_type_get(c->type.id)->name);
    tbi_srv_set_str(r, "dtd_identifier", tb_arena_printf(r->arena, "%d", attno + 1));
    tbi_srv_set_str(r, "is_self_referencing", "NO");
    tbi_srv_set_str(r, "is_identity", "NO");
    tbi_srv_set_str(r, "identity_cycle", "NO");
    tbi_srv_set_str(r, "is_generated", "NEVER");
    tbi_srv_set_str(r, "is_updatable", "NO");
    tbi_srv_emit(r);
}

tb_rc tbi_srv_is_columns(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel))
            continue;
        for (uint16_t k = 0; k < rel->ncols; k++)
            if (!rel->cols[k].hidden && tb_may_select(r->cat, r->subject, rel, k))
                emit_column(r, rel, k);
    }
    return TB_OK;
}

tb_rc tbi_srv_is_views(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel) || !is_view(rel))
            continue;
        bool own = rel->kind == TB_REL_VIEW && tb_subject_has_role(r->subject, rel->owner);
        tbi_srv_set_str(r, "table_catalog", database(r));
        tbi_srv_set_str(r, "table_schema", rel->schema->name);
        tbi_srv_set_str(r, "table_name", rel->name);
        tbi_srv_set_str(r, "view_definition", own ? rel->view_sql : NULL);
        tbi_srv_set_str(r, "check_option", "NONE");
        tbi_srv_set_str(r, "is_updatable", "NO");
        tbi_srv_set_str(r, "is_insertable_into", "NO");
        tbi_srv_set_str(r, "is_trigger_updatable", "NO");
        tbi_srv_set_str(r, "is_trigger_deletable", "NO");
        tbi_srv_set_str(r, "is_trigger_insertable_into", "NO");
        tbi_srv_emit(r);
    }
    return TB_OK;
}
