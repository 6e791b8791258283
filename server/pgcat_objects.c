/* SPDX-License-Identifier: Apache-2.0
 * Rows about schemas, relations, columns and servers, filtered by what the subject may see: a
 * relation without any privilege for him does not exist, a hidden column does not exist for anyone,
 * and nothing here tells of policies or row counts.
 */
#include "server/pgcat_int.h"

#include "core/array.h"

enum { REL_CLASS = 1259, NAMESPACE_CLASS = 2615, SERVER_CLASS = 1417, HEAP_AM = 2 };

static uint32_t collation_of(tb_type_id id)
{
    tb_type_id base = tb_type_elem(id);
    if (base == TB_T_TEXT || base == TB_T_VARCHAR || base == TB_T_BPCHAR)
        return 100;                     /* default */
    return base == TB_T_NAME ? 950 : 0; /* "C" */
}

/* byval, alignment and storage as pg_attribute repeats them from pg_type */
static void set_layout(tbi_srv_rows *r, const char *len, const char *byval, const char *align,
                       const char *storage, tb_type_id id)
{
    int16_t typlen = tb_type_is_array(id) ? -1 : tb_type_get(id)->len;
    bool passed_by_value = typlen == 1 || typlen == 2 || typlen == 4 || typlen == 8;
    char c = typlen == 1                                               ? 'c'
             : typlen == 2                                             ? 's'
             : typlen == 8 || id == TB_T_INTERVAL || id == TB_T_TIMETZ ? 'd'
                                                                       : 'i';
    if (id == TB_T_UUID || id == TB_T_NAME)
        c = 'c';
    tbi_srv_set_int(r, len, typlen);
    tbi_srv_set_bool(r, byval, passed_by_value);
    tbi_srv_set_char(r, align, c);
    tbi_srv_set_char(r, storage, typlen > 0 ? 'p' : id == TB_T_NUMERIC ? 'm' : 'x');
}

tb_rc tbi_srv_pg_namespace(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nschemas; i++) {
        const tb_schema *s = &r->cat->schemas[i];
        if (!tbi_srv_sees_schema(r, s))
            continue;
        tbi_srv_set_oid(r, "oid", s->oid);
        tbi_srv_set_str(r, "nspname", s->name);
        tbi_srv_set_oid(r, "nspowner", s->owner);
        tbi_srv_set_acl(r, "nspacl", (tbi_srv_object){TB_OBJ_SCHEMA, s->oid, s->owner, -1});
        tbi_srv_emit(r);
    }
    return TB_OK;
}

static uint32_t visible_columns(const tb_relation *rel)
{
    uint32_t n = 0;
    for (uint16_t i = 0; i < rel->ncols; i++)
        n += !rel->cols[i].hidden;
    return n;
}

static char relkind(const tb_relation *rel)
{
    if (rel->kind == TB_REL_INTERNAL)
        return tb_pgcat_table_at((uint32_t)rel->provider)->relkind;
    /* a foreign table is shown as an ordinary one: clients' pickers leave 'f' out */
    return rel->kind == TB_REL_VIEW ? 'v' : 'r';
}

tb_rc tbi_srv_pg_class(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    static const char *const no[] = {"relhasindex",         "relisshared",    "relhasrules",
                                     "relhastriggers",      "relhassubclass", "relrowsecurity",
                                     "relforcerowsecurity", "relispartition"};
    static const char *const zero[] = {"reltype",       "reloftype",     "relfilenode",
                                       "reltablespace", "reltoastrelid", "relrewrite",
                                       "relfrozenxid",  "relminmxid"};
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel))
            continue;
        for (size_t k = 0; k < TB_COUNT(no); k++)
            tbi_srv_set_bool(r, no[k], false);
        for (size_t k = 0; k < TB_COUNT(zero); k++)
            tbi_srv_set_oid(r, zero[k], 0);
        char kind = relkind(rel);
        tbi_srv_set_oid(r, "oid", rel->oid);
        tbi_srv_set_str(r, "relname", rel->name);
        tbi_srv_set_oid(r, "relnamespace", rel->schema->oid);
        tbi_srv_set_oid(r, "relowner", rel->owner);
        tbi_srv_set_oid(r, "relam", kind == 'r' ? HEAP_AM : 0);
        tbi_srv_set_int(r, "relpages", 0);
        tbi_srv_set_int(r, "reltuples", -1); /* never counted, as for a table nobody analysed */
        tbi_srv_set_int(r, "relallvisible", 0);
        tbi_srv_set_char(r, "relpersistence", 'p');
        tbi_srv_set_char(r, "relkind", kind);
        tbi_srv_set_int(r, "relnatts", visible_columns(rel));
        tbi_srv_set_int(r, "relchecks", 0);
        tbi_srv_set_bool(r, "relispopulated", true);
        tbi_srv_set_char(r, "relreplident", kind == 'r' ? 'd' : 'n');
        tbi_srv_set_acl(r, "relacl", (tbi_srv_object){TB_OBJ_RELATION, rel->oid, rel->owner, -1});
        tbi_srv_emit(r);
    }
    return TB_OK;
}

static void emit_attribute(tbi_srv_rows *r, const tb_relation *rel, uint16_t attno, int attnum)
{
    const tb_column *c = &rel->cols[attno];
    tbi_srv_set_oid(r, "attrelid", rel->oid);
    tbi_srv_set_str(r, "attname", c->name);
    tbi_srv_set_oid(r, "atttypid", tb_type_oid(c->type.id));
    tbi_srv_set_int(r, "attstattarget", -1);
    set_layout(r, "attlen", "attbyval", "attalign", "attstorage", c->type.id);
    tbi_srv_set_int(r, "attnum", attnum);
    tbi_srv_set_int(r, "attndims", tb_type_is_array(c->type.id));
    tbi_srv_set_int(r, "attcacheoff", -1);
    tbi_srv_set_int(r, "atttypmod", c->type.typmod);
    tbi_srv_set_char(r, "attcompression", '\0');
    /* a mask may answer NULL, so what the source declares does not hold for the masked column */
    tbi_srv_set_bool(r, "attnotnull", c->not_null && c->mask.policy == NULL);
    tbi_srv_set_bool(r, "atthasdef", false);
    tbi_srv_set_bool(r, "atthasmissing", false);
    tbi_srv_set_char(r, "attidentity", '\0');
    tbi_srv_set_char(r, "attgenerated", '\0');
    tbi_srv_set_bool(r, "attisdropped", false);
    tbi_srv_set_bool(r, "attislocal", true);
    tbi_srv_set_int(r, "attinhcount", 0);
    tbi_srv_set_oid(r, "attcollation", collation_of(c->type.id));
    tbi_srv_set_acl(r, "attacl",
                    (tbi_srv_object){TB_OBJ_RELATION, rel->oid, rel->owner, (int16_t)attno});
    tbi_srv_emit(r);
}

tb_rc tbi_srv_pg_attribute(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel))
            continue;
        for (uint16_t k = 0; k < rel->ncols; k++)
            if (!rel->cols[k].hidden)
                emit_attribute(r, rel, k, k + 1);
    }
    return TB_OK;
}

static void emit_comment(tbi_srv_rows *r, uint32_t oid, uint32_t classoid, int sub,
                         const char *comment)
{
    if (comment == NULL)
        return;
    tbi_srv_set_oid(r, "objoid", oid);
    tbi_srv_set_oid(r, "classoid", classoid);
    tbi_srv_set_int(r, "objsubid", sub);
    tbi_srv_set_str(r, "description", comment);
    tbi_srv_emit(r);
}

tb_rc tbi_srv_pg_description(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nschemas; i++)
        if (tbi_srv_sees_schema(r, &r->cat->schemas[i]))
            emit_comment(r, r->cat->schemas[i].oid, NAMESPACE_CLASS, 0, r->cat->schemas[i].comment);
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel))
            continue;
        emit_comment(r, rel->oid, REL_CLASS, 0, rel->comment);
        for (uint16_t k = 0; k < rel->ncols; k++)
            if (!rel->cols[k].hidden)
                emit_comment(r, rel->oid, REL_CLASS, k + 1, rel->cols[k].comment);
    }
    for (uint32_t i = 0; i < r->cat->nservers; i++)
        emit_comment(r, r->cat->servers[i].oid, SERVER_CLASS, 0, r->cat->servers[i].comment);
    return TB_OK;
}

/* ---- SQL/MED ---- */

static bool owns_server(const tbi_srv_rows *r, const tb_server *s)
{
    return tb_subject_has_role(r->subject, s->owner);
}

/* {"path=/data/x.db"}: only for the server's owner */
static tb_value option_array(tbi_srv_rows *r, const tb_option *options, uint32_t n)
{
    tb_value *texts = TB_NEW_ARRAY(r->arena, tb_value, n);
    for (uint32_t i = 0; i < n; i++)
        texts[i] =
            tb_value_cstr(tb_arena_printf(r->arena, "%s=%s", options[i].name, options[i].value));
    return tb_value_str(tb_array_build_1d(r->arena, TB_T_TEXT, texts, n));
}

/* wrappers have no rows of their own in the catalog: one per driver in use, numbered in order */
static uint32_t wrapper_oid(const tbi_srv_rows *r, const char *driver)
{
    for (uint32_t i = 0; i < r->cat->nservers; i++)
        if (strcmp(r->cat->servers[i].driver, driver) == 0)
            return 13800 + i;
    return 0;
}

tb_rc tbi_srv_pg_foreign_data_wrapper(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nservers; i++) {
        const char *driver = r->cat->servers[i].driver;
        if (wrapper_oid(r, driver) != 13800 + i)
            continue;
        tbi_srv_set_oid(r, "oid", 13800 + i);
        tbi_srv_set_str(r, "fdwname", driver);
        tbi_srv_set_oid(r, "fdwowner", TBI_BOOTSTRAP_ROLE);
        tbi_srv_set_oid(r, "fdwhandler", 0);
        tbi_srv_set_oid(r, "fdwvalidator", 0);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_foreign_server(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nservers; i++) {
        const tb_server *s = &r->cat->servers[i];
        tbi_srv_set_oid(r, "oid", s->oid);
        tbi_srv_set_str(r, "srvname", s->name);
        tbi_srv_set_oid(r, "srvowner", s->owner);
        tbi_srv_set_oid(r, "srvfdw", wrapper_oid(r, s->driver));
        tbi_srv_set_acl(r, "srvacl", (tbi_srv_object){TB_OBJ_SERVER, s->oid, s->owner, -1});
        if (owns_server(r, s) && s->noptions > 0)
            tbi_srv_set(r, "srvoptions", option_array(r, s->options, s->noptions));
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_foreign_table(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (rel->kind != TB_REL_FOREIGN || !tbi_srv_sees(r, rel))
            continue;
        tbi_srv_set_oid(r, "ftrelid", rel->oid);
        tbi_srv_set_oid(r, "ftserver", rel->server->oid);
        if (tb_subject_has_role(r->subject, rel->owner) && rel->noptions > 0)
            tbi_srv_set(r, "ftoptions", option_array(r, rel->options, rel->noptions));
        tbi_srv_emit(r);
    }
    return TB_OK;
}

/* ---- pg_tables, pg_views ---- */

static const char *role_name(const tbi_srv_rows *r, tb_oid oid)
{
    const tb_role *role = tb_catalog_role_by_oid(r->cat, oid);
    return role != NULL ? role->name : "tombolo";
}

tb_rc tbi_srv_pg_tables(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel) || relkind(rel) != 'r')
            continue;
        tbi_srv_set_str(r, "schemaname", rel->schema->name);
        tbi_srv_set_str(r, "tablename", rel->name);
        tbi_srv_set_str(r, "tableowner", role_name(r, rel->owner));
        tbi_srv_set_bool(r, "hasindexes", false);
        tbi_srv_set_bool(r, "hasrules", false);
        tbi_srv_set_bool(r, "hastriggers", false);
        tbi_srv_set_bool(r, "rowsecurity", false);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_views(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!tbi_srv_sees(r, rel) || relkind(rel) != 'v')
            continue;
        tbi_srv_set_str(r, "schemaname", rel->schema->name);
        tbi_srv_set_str(r, "viewname", rel->name);
        tbi_srv_set_str(r, "viewowner", role_name(r, rel->owner));
        /* the text names tables the reader may not see: for the owner */
        bool own = rel->kind == TB_REL_VIEW && tb_subject_has_role(r->subject, rel->owner);
        tbi_srv_set_str(r, "definition", own ? rel->view_sql : NULL);
        tbi_srv_emit(r);
    }
    return TB_OK;
}
