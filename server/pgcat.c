/* SPDX-License-Identifier: Apache-2.0
 * Internal relations: their definitions (pgcat.def, pgcat_tombolo.def), which producer fills which,
 * and the scan the executor reads. A relation without a producer exists with all its columns and
 * has no rows.
 */
#include "server/pgcat_int.h"

#include "core/io_text.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct definition {
    uint32_t oid;
    char kind;
    const char *schema, *name, *columns;
} definition;

static const definition definitions[] = {
#define PGCAT(oid, kind, schema, name, columns) {oid, #kind[0], #schema, #name, columns},
#include "server/pgcat.def"
#include "server/pgcat_tombolo.def"
#undef PGCAT
};

typedef struct producer_of {
    const char *schema, *name;
    tbi_srv_producer fill;
} producer_of;

static const producer_of producers[] = {
    {"pg_catalog", "pg_namespace", tbi_srv_pg_namespace},
    {"pg_catalog", "pg_class", tbi_srv_pg_class},
    {"pg_catalog", "pg_attribute", tbi_srv_pg_attribute},
    {"pg_catalog", "pg_description", tbi_srv_pg_description},
    {"pg_catalog", "pg_foreign_server", tbi_srv_pg_foreign_server},
    {"pg_catalog", "pg_foreign_table", tbi_srv_pg_foreign_table},
    {"pg_catalog", "pg_foreign_data_wrapper", tbi_srv_pg_foreign_data_wrapper},
    {"pg_catalog", "pg_tables", tbi_srv_pg_tables},
    {"pg_catalog", "pg_views", tbi_srv_pg_views},
    {"pg_catalog", "pg_type", tbi_srv_pg_type},
    {"pg_catalog", "pg_proc", tbi_srv_pg_proc},
    {"pg_catalog", "pg_operator", tbi_srv_pg_operator},
    {"pg_catalog", "pg_cast", tbi_srv_pg_cast},
    {"pg_catalog", "pg_am", tbi_srv_pg_am},
    {"pg_catalog", "pg_collation", tbi_srv_pg_collation},
    {"pg_catalog", "pg_language", tbi_srv_pg_language},
    {"pg_catalog", "pg_tablespace", tbi_srv_pg_tablespace},
    {"pg_catalog", "pg_database", tbi_srv_pg_database},
    {"pg_catalog", "pg_range", tbi_srv_pg_range},
    {"pg_catalog", "pg_roles", tbi_srv_pg_roles},
    {"pg_catalog", "pg_authid", tbi_srv_pg_authid},
    {"pg_catalog", "pg_user", tbi_srv_pg_user},
    {"pg_catalog", "pg_auth_members", tbi_srv_pg_auth_members},
    {"pg_catalog", "pg_settings", tbi_srv_pg_settings},
    {"pg_catalog", "pg_stat_activity", tbi_srv_pg_stat_activity},
    {"information_schema", "schemata", tbi_srv_is_schemata},
    {"information_schema", "tables", tbi_srv_is_tables},
    {"information_schema", "columns", tbi_srv_is_columns},
    {"information_schema", "views", tbi_srv_is_views},
    {"tombolo", "query_log", tbi_srv_query_log},
    {"tombolo", "query_crossing", tbi_srv_query_crossing},
    {"tombolo", "event_log", tbi_srv_event_log},
    {"tombolo", "policies", tbi_srv_policies},
    {"tombolo", "policy_references", tbi_srv_policy_references},
};

/* ---- definitions ---- */

void tb_pgcat_schemas(tb_arena *arena, tb_schema **out, uint32_t *n)
{
    static const tb_schema builtin[] = {
        {TBI_PG_CATALOG, "pg_catalog", TBI_BOOTSTRAP_ROLE, "system catalog schema"},
        {TBI_INFORMATION_SCHEMA, "information_schema", TBI_BOOTSTRAP_ROLE, NULL},
        {TBI_TOMBOLO_SCHEMA, "tombolo", TBI_BOOTSTRAP_ROLE, "record, policies and server state"},
    };
    *out = tb_arena_memdup(arena, builtin, sizeof builtin);
    *n = TB_COUNT(builtin);
}

/* ---- the table of tables: read from the definitions once, kept for the life of the process ----
 */

static tb_pgcat_table tables[TB_COUNT(definitions)];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

/* int4, or varchar(3): the only modifier the definitions have is a length. */
static tb_type read_type(char *text)
{
    char *modifier = strchr(text, '(');
    if (modifier != NULL)
        *modifier = '\0';
    tb_type type = tb_type_of(tb_type_from_name(text));
    TB_CHECK(type.id != TB_T_NONE);
    if (modifier != NULL)
        type.typmod = (int32_t)strtol(modifier + 1, NULL, 10) + 4;
    return type;
}

static void read_columns(tb_arena *arena, const char *text, tb_pgcat_table *table)
{
    TB_LIST(tb_pgcat_column) cols = {0};
    while (*text != '\0') {
        size_t name = strcspn(text, " "), type = strcspn(text + name + 1, ",");
        tb_pgcat_column c = {.name = tb_arena_strndup(arena, text, name)};
        c.type = read_type(tb_arena_strndup(arena, text + name + 1, type));
        tb_list_push(arena, &cols, c);
        text += name + 1 + type;
        text += strspn(text, ", ");
    }
    table->cols = cols.at;
    table->ncols = (uint16_t)cols.n;
}

static tbi_srv_producer producer_for(const tb_pgcat_table *table)
{
    for (size_t i = 0; i < TB_COUNT(producers); i++)
        if (strcmp(producers[i].name, table->name) == 0 &&
            strcmp(producers[i].schema, table->schema) == 0)
            return producers[i].fill;
    return NULL;
}

static tb_rc open_rows(tb_pgcat_scan *scan, tb_error *err);
static tb_rc next_row(tb_pgcat_scan *scan, tb_value *values, bool *more, tb_error *err);

static void make_tables(void)
{
    static tb_arena *arena; /* never freed: the definitions are part of the program */
    arena = tb_arena_create(0);
    for (size_t i = 0; i < TB_COUNT(definitions); i++) {
        tb_pgcat_table *t = &tables[i];
        *t = (tb_pgcat_table){.schema = definitions[i].schema,
                              .name = definitions[i].name,
                              .oid = definitions[i].oid,
                              .relkind = definitions[i].kind};
        read_columns(arena, definitions[i].columns, t);
        if (producer_for(t) != NULL) {
            t->open = open_rows;
            t->next = next_row;
        }
        TB_CHECK(i == 0 || tables[i - 1].oid < t->oid);
    }
}

const tb_pgcat_table *tb_pgcat_table_at(uint32_t provider)
{
    pthread_once(&tables_once, make_tables);
    return provider < TB_COUNT(definitions) ? &tables[provider] : NULL;
}

static const tb_schema *schema_named(const tb_schema *schemas, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(schemas[i].name, name) == 0)
            return &schemas[i];
    TB_UNREACHABLE();
}

void tb_pgcat_relations(tb_arena *arena, const tb_schema *schemas, uint32_t nschemas,
                        tb_relation **out, uint32_t *n)
{
    tb_relation *rels = TB_NEW_ARRAY(arena, tb_relation, TB_COUNT(definitions));
    for (uint32_t i = 0; i < TB_COUNT(definitions); i++) {
        const tb_pgcat_table *t = tb_pgcat_table_at(i);
        tb_column *cols = TB_NEW_ARRAY(arena, tb_column, t->ncols);
        for (uint16_t c = 0; c < t->ncols; c++)
            cols[c] = (tb_column){.name = t->cols[c].name, .type = t->cols[c].type};
        rels[i] = (tb_relation){.oid = t->oid,
                                .kind = TB_REL_INTERNAL,
                                .name = t->name,
                                .owner = TBI_BOOTSTRAP_ROLE,
                                .rows = -1,
                                .provider = (int)i,
                                .cols = cols,
                                .ncols = t->ncols};
        rels[i].schema = schema_named(schemas, nschemas, t->schema);
    }
    *out = rels;
    *n = TB_COUNT(definitions);
}

/* ---- rows ---- */

void tbi_srv_set(tbi_srv_rows *r, const char *column, tb_value v)
{
    for (uint16_t i = 0; i < r->table->ncols; i++) {
        if (strcmp(r->table->cols[i].name, column) == 0) {
            r->current[i] = v;
            return;
        }
    }
    TB_UNREACHABLE();
}

static tb_type_id type_of(const tbi_srv_rows *r, const char *column)
{
    for (uint16_t i = 0; i < r->table->ncols; i++)
        if (strcmp(r->table->cols[i].name, column) == 0)
            return r->table->cols[i].type.id;
    TB_UNREACHABLE();
}

void tbi_srv_set_str(tbi_srv_rows *r, const char *column, const char *s)
{
    if (s == NULL) {
        tbi_srv_set(r, column, tb_value_null());
        return;
    }
    tb_str str = tb_str_lit(s);
    tbi_srv_set(r, column, tb_value_str(type_of(r, column) == TB_T_NAME ? tb_name_clip(str) : str));
}

void tbi_srv_set_oid(tbi_srv_rows *r, const char *column, uint32_t oid)
{
    tbi_srv_set(r, column, tb_value_oid(oid));
}

void tbi_srv_set_bool(tbi_srv_rows *r, const char *column, bool v)
{
    tbi_srv_set(r, column, tb_value_bool(v));
}

void tbi_srv_set_int(tbi_srv_rows *r, const char *column, int64_t v)
{
    tb_phys phys = tb_type_phys(type_of(r, column));
    tb_value value = {.null = false};
    if (phys == TB_PHYS_I16)
        value.d.i16 = (int16_t)v;
    else if (phys == TB_PHYS_I32)
        value.d.i32 = (int32_t)v;
    else if (phys == TB_PHYS_F32)
        value.d.f32 = (float)v;
    else
        value.d.i64 = v;
    tbi_srv_set(r, column, value);
}

void tbi_srv_set_char(tbi_srv_rows *r, const char *column, char c)
{
    tbi_srv_set(r, column, tb_value_str(tb_str_make(&c, c == '\0' ? 0 : 1)));
}

static void start_row(tbi_srv_rows *r)
{
    r->current = TB_NEW_ARRAY(r->arena, tb_value, r->table->ncols);
    for (uint16_t i = 0; i < r->table->ncols; i++)
        r->current[i] = tb_value_null();
}

void tbi_srv_emit(tbi_srv_rows *r)
{
    tb_list_push(r->arena, &r->rows, r->current);
    start_row(r);
}

bool tbi_srv_sees(const tbi_srv_rows *r, const tb_relation *rel)
{
    return tb_relation_visible(r->cat, r->subject, rel);
}

bool tbi_srv_sees_schema(const tbi_srv_rows *r, const tb_schema *schema)
{
    return tb_may_use_schema(r->cat, r->subject, schema);
}

/* ---- the scan ---- */

static tb_rc open_rows(tb_pgcat_scan *scan, tb_error *err)
{
    tbi_srv_rows *r = TB_NEW(scan->arena, tbi_srv_rows);
    *r = (tbi_srv_rows){.scan = scan,
                        .stmt = scan->stmt,
                        .cat = scan->stmt->catalog,
                        .subject = scan->stmt->subject,
                        .table = scan->table,
                        .arena = scan->arena};
    scan->state = r;
    start_row(r);
    return producer_for(scan->table)(r, err);
}

static tb_rc next_row(tb_pgcat_scan *scan, tb_value *values, bool *more, tb_error *err)
{
    (void)err;
    const tbi_srv_rows *r = scan->state;
    *more = scan->at < r->rows.n;
    if (*more)
        memcpy(values, r->rows.at[scan->at++], scan->table->ncols * sizeof *values);
    return TB_OK;
}
