/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/planner/bind_fixture.h"

#include "parser/parser.h"

enum { R_POLICE = 20001, R_TAX, R_ANALYST };
enum { S_CATALOG = 11, S_POLICE = 20100, S_TAX };
enum { T_CLASS = 1259, T_PERSON = 20200, T_VEHICLE, T_ADULT, T_CHAIN, T_BROKEN, T_PAYER };

static const tb_role roles[] = {
    {.oid = R_POLICE, .name = "police", .inherit = true},
    {.oid = R_TAX, .name = "tax", .inherit = true},
    {.oid = R_ANALYST, .name = "analyst", .inherit = true},
};
static const tb_schema schemas[] = {
    {.oid = S_CATALOG, .name = "pg_catalog", .owner = 10},
    {.oid = S_POLICE, .name = "police", .owner = R_POLICE},
    {.oid = S_TAX, .name = "tax", .owner = R_TAX},
};
static const tb_server police_db = {
    .oid = 20500, .name = "police_db", .driver = "sqlite", .dialect = "sqlite"};

#define INT8                                                                                       \
    {                                                                                              \
        TB_T_INT8, -1                                                                              \
    }
#define TEXT                                                                                       \
    {                                                                                              \
        TB_T_TEXT, -1                                                                              \
    }
static const tb_column class_cols[] = {
    {.name = "oid", .type = {TB_T_OID, -1}, .not_null = true},
    {.name = "relname", .type = {TB_T_NAME, -1}, .not_null = true}};
static const tb_column person_cols[] = {
    {.name = "id", .type = INT8, .not_null = true},
    {.name = "name", .type = {TB_T_VARCHAR, 104}},
    {.name = "birth", .type = {TB_T_DATE, -1}},
    {.name = "salary", .type = {TB_T_NUMERIC, 655366}},
    {.name = "district", .type = TEXT},
    {.name = "drift", .type = TEXT, .hidden = true},
};
static const tb_column vehicle_cols[] = {
    {.name = "plate", .type = TEXT, .not_null = true},
    {.name = "owner_id", .type = INT8},
    {.name = "seats", .type = {TB_T_INT4, -1}},
    {.name = "tags", .type = {(tb_type_id)(TB_T_TEXT | TB_T_ARRAY_BIT), -1}},
};
static const tb_column adult_cols[] = {{.name = "id", .type = INT8},
                                       {.name = "full_name", .type = {TB_T_VARCHAR, 104}}};
static const tb_column payer_cols[] = {{.name = "id", .type = INT8},
                                       {.name = "name", .type = TEXT}};
static const uint16_t first_column[] = {0};

static const tb_relation relations[] = {
    {.oid = T_CLASS,
     .kind = TB_REL_INTERNAL,
     .schema = &schemas[0],
     .name = "pg_class",
     .owner = 10,
     .ncols = 2,
     .cols = class_cols,
     .rows = -1},
    {.oid = T_PERSON,
     .schema = &schemas[1],
     .name = "person",
     .owner = R_POLICE,
     .ncols = 6,
     .cols = person_cols,
     .npk = 1,
     .pk = first_column,
     .server = &police_db,
     .rows = 1000},
    {.oid = T_VEHICLE,
     .schema = &schemas[1],
     .name = "vehicle",
     .owner = R_POLICE,
     .ncols = 4,
     .cols = vehicle_cols,
     .npk = 1,
     .pk = first_column,
     .server = &police_db,
     .rows = 500},
    {.oid = T_ADULT,
     .kind = TB_REL_VIEW,
     .schema = &schemas[1],
     .name = "adult",
     .owner = R_POLICE,
     .ncols = 2,
     .cols = adult_cols,
     .rows = -1,
     .view_sql = "SELECT id, name FROM police.person WHERE salary > 0"},
    {.oid = T_CHAIN,
     .kind = TB_REL_VIEW,
     .schema = &schemas[1],
     .name = "chain",
     .owner = R_POLICE,
     .ncols = 2,
     .cols = adult_cols,
     .rows = -1,
     .view_sql = "SELECT * FROM police.adult"},
    {.oid = T_BROKEN,
     .kind = TB_REL_VIEW,
     .schema = &schemas[1],
     .name = "broken",
     .owner = R_POLICE,
     .ncols = 2,
     .cols = adult_cols,
     .rows = -1,
     .view_sql = "SELECT name, id FROM police.person"},
    {.oid = T_PAYER,
     .schema = &schemas[2],
     .name = "payer",
     .owner = R_TAX,
     .ncols = 2,
     .cols = payer_cols,
     .rows = -1},
};

static const tb_grant grants[] = {
    {TB_OBJ_RELATION, T_PERSON, 0, R_ANALYST, R_POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_PERSON, 1, R_ANALYST, R_POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_VEHICLE, -1, R_ANALYST, R_POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_ADULT, -1, R_ANALYST, R_POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_CHAIN, -1, R_ANALYST, R_POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_SCHEMA, S_POLICE, -1, R_ANALYST, R_POLICE, TB_PRIV_USAGE, 0},
};

tb_catalog *bind_fixture_catalog(void)
{
    tb_arena *arena = tb_arena_create(0);
    tb_catalog *cat = TB_NEW(arena, tb_catalog);
    cat->arena = arena;
    cat->refs = 1;
    cat->nroles = TB_COUNT(roles);
    cat->roles = roles;
    cat->nschemas = TB_COUNT(schemas);
    cat->schemas = schemas;
    cat->nrelations = TB_COUNT(relations);
    cat->relations = relations;
    cat->ngrants = TB_COUNT(grants);
    cat->grants = grants;
    tb_catalog_seal(cat);
    return cat;
}

static tb_rc bind_text(bound *b, const char *sql)
{
    tb_statement_list list = {0};
    TB_TRY(tb_parse(b->arena, sql, strlen(sql), NULL, &list, &b->err));
    TB_CHECK(list.n == 1);
    TB_TRY(tb_bind(&b->stmt, list.at[0].node, &b->plan, &b->err));
    return tb_plan_verify(&b->stmt, b->plan, "bind", &b->err);
}

void bind_as(bound *b, tb_catalog *cat, const char *role, const char *sql, const tb_type *params,
             uint32_t nparams)
{
    static const char *path[] = {"police"};
    *b = (bound){.arena = tb_arena_create(0), .err = {.position = -1}};
    tb_oid oid = tb_catalog_role(cat, role)->oid;
    tb_subject_init(&b->subject, b->arena, cat, oid, oid);
    b->env = (tb_env){
        .search_path = path, .nsearch_path = 1, .database = "tombolo", .user = role, .role = role};
    b->stmt = (tb_stmt){.arena = b->arena,
                        .sql = sql,
                        .sql_len = strlen(sql),
                        .env = &b->env,
                        .catalog = cat,
                        .subject = &b->subject};
    for (uint32_t i = 0; i < nparams; i++)
        tb_list_push(b->arena, &b->stmt.params, params[i]);
    if (bind_text(b, sql) != TB_OK)
        b->plan = NULL;
}

void bound_fini(bound *b)
{
    tb_arena_destroy(b->arena);
}

void bound_describe(const bound *b, tb_buf *out)
{
    char type[128];
    for (uint32_t i = 0; i < b->stmt.nresult; i++)
        tb_buf_printf(out, "%s%s %s", i > 0 ? "; " : "", b->stmt.result[i].name,
                      tb_type_format(b->stmt.result[i].type, type, sizeof type));
}
