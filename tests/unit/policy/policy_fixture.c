/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_fixture.h"

#include "connectors/deparse.h"
#include "core/tz.h"
#include "executor/executor.h"
#include "parser/parser.h"
#include "planner/planner.h"

#include <stdio.h>

enum {
    R_TAX = 20001,
    R_ANALYST,
    R_INSPECTOR,
    S_TAX = 20100,
    S_HR,
    T_PAYER = 20200,
    T_NOTE,
    T_ODD,
    T_STAFF
};

#define TEXT                                                                                       \
    {                                                                                              \
        TB_T_TEXT, -1                                                                              \
    }

static const tb_role roles[] = {
    {.oid = R_TAX, .name = "tax", .inherit = true},
    {.oid = R_ANALYST, .name = "analyst", .inherit = true},
    {.oid = R_INSPECTOR, .name = "inspector", .inherit = true},
};
static const tb_schema schemas[] = {
    {.oid = S_TAX, .name = "tax", .owner = R_TAX},
    {.oid = S_HR, .name = "hr", .owner = R_TAX},
};
static const tb_server servers[] = {
    {.oid = 20500,
     .name = "tax_db",
     .driver = "sqlite",
     .dialect = "sqlite",
     .fence_verified = true},
    {.oid = 20501,
     .name = "hr_db",
     .driver = "sqlite",
     .dialect = "sqlite",
     .fence_verified = true},
};

static const tb_policy_arg one_text[] = {{"val", TEXT}};
static const tb_policy_arg name_args[] = {{"val", TEXT}, {"region", TEXT}};
static const tb_policy_arg one_numeric[] = {{"val", {TB_T_NUMERIC, -1}}};
static const tb_policy_arg one_varchar[] = {{"val", {TB_T_VARCHAR, -1}}};

static const tb_policy policies[] = {
    {.oid = 20600,
     .schema = &schemas[0],
     .name = "number",
     .owner = R_TAX,
     .nargs = 1,
     .args = one_text,
     .returns = TEXT,
     .body = "CASE WHEN IS_ROLE_IN_SESSION('inspector') THEN val ELSE MASK_PARTIAL(val, 2, '*', 2) "
             "END"},
    {.oid = 20601,
     .schema = &schemas[0],
     .name = "name",
     .owner = R_TAX,
     .nargs = 2,
     .args = name_args,
     .returns = TEXT,
     .body = "CASE WHEN region = 'N' THEN val ELSE MASK_PARTIAL(val, 1, '*', 0) END"},
    {.oid = 20602,
     .schema = &schemas[0],
     .name = "income",
     .owner = R_TAX,
     .nargs = 1,
     .args = one_numeric,
     .returns = {TB_T_NUMERIC, -1},
     .body = "NULL"},
    {.oid = 20603,
     .schema = &schemas[0],
     .name = "city",
     .owner = R_TAX,
     .nargs = 1,
     .args = one_varchar,
     .returns = {TB_T_VARCHAR, -1},
     .body = "CASE WHEN IS_ROLE_IN_SESSION('inspector') AND CURRENT_PURPOSE() = 'audit' THEN val "
             "ELSE 'far away' END"},
    {.oid = 20604,
     .schema = &schemas[0],
     .name = "own_region",
     .row_access = true,
     .owner = R_TAX,
     .nargs = 1,
     .args = one_text,
     .returns = {TB_T_BOOL, -1},
     .body = "IS_ROLE_IN_SESSION('inspector') OR val = 'N'"},
    {.oid = 20605,
     .schema = &schemas[0],
     .name = "odd",
     .owner = R_TAX,
     .nargs = 1,
     .args = one_text,
     .returns = {TB_T_INT4, -1},
     .body = "1"},
};

static const uint16_t at0[] = {0}, at1[] = {1, 3}, at2[] = {2}, at3[] = {3}, at4[] = {4};
static const tb_column payer_cols[] = {
    {.name = "id", .type = TEXT, .not_null = true, .mask = {&policies[0], at0}},
    {.name = "name", .type = TEXT, .mask = {&policies[1], at1}},
    {.name = "income", .type = {TB_T_NUMERIC, 393222}, .mask = {&policies[2], at2}},
    {.name = "region", .type = TEXT, .not_null = true},
    {.name = "city", .type = {TB_T_VARCHAR, 8}, .mask = {&policies[3], at4}},
};
static const tb_column note_cols[] = {{.name = "id", .type = TEXT}, {.name = "text", .type = TEXT}};
static const tb_column odd_cols[] = {{.name = "a", .type = TEXT, .mask = {&policies[5], at0}}};
static const tb_column staff_cols[] = {{.name = "id", .type = TEXT}};
static const tb_policy_use payer_rows[] = {{&policies[4], at3}};

static const tb_relation relations[] = {
    {.oid = T_PAYER,
     .schema = &schemas[0],
     .name = "payer",
     .owner = R_TAX,
     .ncols = 5,
     .cols = payer_cols,
     .npk = 1,
     .pk = at0,
     .server = &servers[0],
     .nrow_policies = 1,
     .row_policies = payer_rows,
     .rows = 1000},
    {.oid = T_NOTE,
     .schema = &schemas[0],
     .name = "note",
     .owner = R_TAX,
     .ncols = 2,
     .cols = note_cols,
     .server = &servers[0],
     .rows = 1000},
    {.oid = T_ODD,
     .schema = &schemas[0],
     .name = "odd",
     .owner = R_TAX,
     .ncols = 1,
     .cols = odd_cols,
     .server = &servers[0],
     .rows = 1000},
    {.oid = T_STAFF,
     .schema = &schemas[1],
     .name = "staff",
     .owner = R_TAX,
     .ncols = 1,
     .cols = staff_cols,
     .server = &servers[1],
     .rows = 1000},
};

static const tb_grant grants[] = {
    {TB_OBJ_RELATION, T_PAYER, -1, R_ANALYST, R_TAX, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_PAYER, -1, R_INSPECTOR, R_TAX, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_NOTE, -1, R_ANALYST, R_TAX, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_ODD, -1, R_ANALYST, R_TAX, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_STAFF, -1, R_ANALYST, R_TAX, TB_PRIV_SELECT, 0},
    {TB_OBJ_SCHEMA, S_TAX, -1, R_ANALYST, R_TAX, TB_PRIV_USAGE, 0},
    {TB_OBJ_SCHEMA, S_TAX, -1, R_INSPECTOR, R_TAX, TB_PRIV_USAGE, 0},
    {TB_OBJ_SCHEMA, S_HR, -1, R_ANALYST, R_TAX, TB_PRIV_USAGE, 0},
};

const tb_relation *policy_relation(const char *name)
{
    for (size_t i = 0; i < TB_COUNT(relations); i++)
        if (strcmp(relations[i].name, name) == 0)
            return &relations[i];
    return NULL;
}

static tb_catalog *make_catalog(void)
{
    tb_arena *arena = tb_arena_create(0);
    tb_catalog *cat = TB_NEW(arena, tb_catalog);
    *cat = (tb_catalog){.arena = arena,
                        .refs = 1,
                        .nroles = TB_COUNT(roles),
                        .roles = roles,
                        .nservers = TB_COUNT(servers),
                        .servers = servers,
                        .nschemas = TB_COUNT(schemas),
                        .schemas = schemas,
                        .nrelations = TB_COUNT(relations),
                        .relations = relations,
                        .npolicies = TB_COUNT(policies),
                        .policies = policies,
                        .ngrants = TB_COUNT(grants),
                        .grants = grants};
    tb_catalog_seal(cat);
    return cat;
}

static void must(tb_rc rc, const tb_error *err)
{
    if (rc != TB_OK)
        fprintf(stderr, "%s\n", err->message);
    TB_CHECK(rc == TB_OK);
}

void policy_bind(policy_run *r, subject_spec who, const char *sql)
{
    static const char *path[] = {"tax"};
    *r = (policy_run){
        .arena = tb_arena_create(0), .catalog = make_catalog(), .err = {.position = -1}};
    must(tb_dialects_load(NULL, &r->dialects, &r->err), &r->err);
    tb_oid oid = tb_catalog_role(r->catalog, who.role)->oid;
    tb_subject_init(&r->subject, r->arena, r->catalog, oid, oid);
    r->subject.purpose = who.purpose;
    r->env = (tb_env){.search_path = path,
                      .nsearch_path = 1,
                      .database = "tombolo",
                      .user = who.role,
                      .role = who.role,
                      .timezone = "UTC",
                      .tz = tb_tz_utc(),
                      .catalog = r->catalog,
                      .subject = &r->subject};
    r->stmt = (tb_stmt){.arena = r->arena,
                        .sql = sql,
                        .sql_len = strlen(sql),
                        .env = &r->env,
                        .catalog = r->catalog,
                        .subject = &r->subject,
                        .dialects = r->dialects,
                        .pushdown = true,
                        .eval = tb_exec_eval,
                        .query_id = "0123456789abcdef0123456789abcdef"};
    tb_statement_list list = {0};
    must(tb_parse(r->arena, sql, strlen(sql), NULL, &list, &r->err), &r->err);
    must(tb_bind(&r->stmt, list.at[0].node, &r->plan, &r->err), &r->err);
}

void policy_applied(policy_run *r, subject_spec who, const char *sql)
{
    policy_bind(r, who, sql);
    must(tb_policy_apply(&r->stmt, tb_bind_policy_body, &r->plan, &r->err), &r->err);
}

void policy_planned(policy_run *r, subject_spec who, const char *sql)
{
    policy_applied(r, who, sql);
    must(tb_optimize(&r->stmt, &r->plan, &r->err), &r->err);
    must(tb_split(&r->stmt, &r->plan, &r->err), &r->err);
}

tb_rc policy_deparse(tb_stmt *stmt, const tb_server *server, const tb_plan *subtree,
                     tb_policy_text *out, tb_error *err)
{
    tb_deparsed d;
    TB_TRY(tb_deparse(stmt, subtree, tb_dialect_find(stmt->dialects, server->dialect), &d, err));
    *out = (tb_policy_text){d.sql, d.nbinds, d.binds, d.range_text, d.range_at};
    return TB_OK;
}

tb_rc policy_checked(policy_run *r)
{
    return tb_policy_check(&r->stmt, tb_bind_policy_body, policy_deparse, r->plan, &r->err);
}

void policy_fini(policy_run *r)
{
    tb_catalog_unref(r->catalog);
    tb_dialects_destroy(r->dialects);
    tb_arena_destroy(r->arena);
}

const char *policy_show(policy_run *r)
{
    tb_buf b;
    tb_buf_init(&b, 1024 * 1024);
    tb_show_plan(&b, &r->stmt, r->plan, NULL);
    const char *text = tb_arena_strndup(r->arena, b.data, b.len);
    tb_buf_fini(&b);
    return text;
}

tb_plan *policy_find(tb_plan *p, tb_plan_kind kind)
{
    if (p->kind == kind)
        return p;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++) {
        tb_plan *found = policy_find(p->in[i], kind);
        if (found != NULL)
            return found;
    }
    return NULL;
}
