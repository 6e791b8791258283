/* SPDX-License-Identifier: Apache-2.0
 * See plan_fixture.h.
 */
#include "tests/unit/planner/plan_fixture.h"

#include "core/fragment.h"
#include "core/show.h"
#include "core/tz.h"
#include "parser/parser.h"
#include "planner/planner.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COLS_MAX = 64 };

typedef struct protection {
    const tb_relation *rel;
    int mask[COLS_MAX], nmask;
    int adult; /* -1 = none */
} protection;

struct plan_fixture {
    tb_arena *arena;
    tb_dialects *dialects;
    tb_catalog *catalog;
    tb_subject subject;
    tb_oid next_oid;
    TB_LIST(tb_server) servers;
    TB_LIST(tb_schema) schemas;
    TB_LIST(tb_relation) relations;
    TB_LIST(protection) protections;
    int64_t plan_ns;
};

static void die(const char *what, const char *which)
{
    (void)fprintf(stderr, "plan fixture: %s %s\n", what, which);
    exit(2);
}

/* ---- the catalog ---- */

static int find_server(const plan_fixture *f, const char *name)
{
    for (uint32_t i = 0; i < f->servers.n; i++)
        if (strcmp(f->servers.at[i].name, name) == 0)
            return (int)i;
    return -1;
}

static int find_schema(plan_fixture *f, const char *name)
{
    for (uint32_t i = 0; i < f->schemas.n; i++)
        if (strcmp(f->schemas.at[i].name, name) == 0)
            return (int)i;
    tb_schema s = {.oid = f->next_oid++, .name = tb_arena_strdup(f->arena, name), .owner = 1};
    tb_list_push(f->arena, &f->schemas, s);
    return (int)f->schemas.n - 1;
}

static int find_column(const tb_relation *rel, const char *name)
{
    for (uint16_t i = 0; i < rel->ncols; i++)
        if (strcmp(rel->cols[i].name, name) == 0)
            return i;
    die("no column", name);
    return -1;
}

static void server_line(plan_fixture *f, char *save)
{
    tb_server s = {.oid = f->next_oid++, .driver = "sqlite", .owner = 1};
    s.name = tb_arena_strdup(f->arena, strtok_r(NULL, " ", &save));
    s.dialect = tb_arena_strdup(f->arena, strtok_r(NULL, " ", &save));
    const char *fence = strtok_r(NULL, " ", &save);
    s.fence_verified = fence != NULL && strcmp(fence, "fence") == 0;
    tb_list_push(f->arena, &f->servers, s);
}

/* Pointers into the growing lists are kept as indexes + 1 until the catalog is sealed. */
static void table_line(plan_fixture *f, char *save)
{
    char *schema = strtok_r(NULL, ".", &save), *name = strtok_r(NULL, " ", &save),
         *server = strtok_r(NULL, " ", &save);
    tb_relation r = {.oid = f->next_oid++, .owner = 1, .name = tb_arena_strdup(f->arena, name)};
    r.schema = (void *)(intptr_t)(find_schema(f, schema) + 1);
    r.kind = strcmp(server, "internal") == 0 ? TB_REL_INTERNAL : TB_REL_FOREIGN;
    r.server = (void *)(intptr_t)(find_server(f, server) + 1);
    if (r.kind == TB_REL_FOREIGN && r.server == NULL)
        die("no server", server);
    r.rows = atof(strtok_r(NULL, " ", &save));
    r.remote_name = r.name;
    r.cols = TB_NEW_ARRAY(f->arena, tb_column, COLS_MAX);
    r.pk = TB_NEW_ARRAY(f->arena, uint16_t, COLS_MAX);
    tb_list_push(f->arena, &f->relations, r);
    tb_list_push(f->arena, &f->protections, ((protection){.adult = -1}));
}

static tb_type type_of(const char *word)
{
    char name[64];
    int p, s;
    if (sscanf(word, "numeric(%d,%d)", &p, &s) == 2)
        return (tb_type){TB_T_NUMERIC, ((p << 16) | (s & 0x7ff)) + 4};
    if (sscanf(word, "%63[a-z0-9](%d)", name, &p) == 2)
        return (tb_type){tb_type_from_name(name), p + 4};
    tb_type t = tb_type_of(tb_type_from_name(word));
    if (t.id == TB_T_NONE)
        die("no type", word);
    return t;
}

static void column_line(plan_fixture *f, const char *name, char *save)
{
    tb_relation *r = &f->relations.at[f->relations.n - 1];
    if (r->ncols == COLS_MAX)
        die("too many columns in", r->name);
    tb_column *c = (tb_column *)&r->cols[r->ncols];
    c->name = c->remote_name = tb_arena_strdup(f->arena, name);
    c->type = type_of(strtok_r(NULL, " ", &save));
    for (char *w = strtok_r(NULL, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        if (strcmp(w, "notnull") == 0)
            c->not_null = true;
        else if (strcmp(w, "pk") == 0)
            ((uint16_t *)r->pk)[r->npk++] = r->ncols, c->not_null = true;
        else if (strncmp(w, "ndv=", 4) == 0)
            c->ndv = atof(w + 4);
        else
            die("bad word", w);
    }
    r->ncols++;
}

static void catalog_line(plan_fixture *f, char *line)
{
    char *save = NULL, *w = strtok_r(line, " ", &save);
    if (w == NULL || w[0] == '#')
        return;
    protection *pr = f->protections.n > 0 ? &f->protections.at[f->protections.n - 1] : NULL;
    const tb_relation *r = f->relations.n > 0 ? &f->relations.at[f->relations.n - 1] : NULL;
    if (strcmp(w, "server") == 0)
        server_line(f, save);
    else if (strcmp(w, "table") == 0)
        table_line(f, save);
    else if (strcmp(w, "mask") == 0)
        pr->mask[pr->nmask++] = find_column(r, strtok_r(NULL, " ", &save));
    else if (strcmp(w, "adult") == 0)
        pr->adult = find_column(r, strtok_r(NULL, " ", &save));
    else
        column_line(f, w, save);
}

static void seal(plan_fixture *f)
{
    static const tb_role roles[] = {
        {.oid = 1, .name = "analyst", .can_login = true, .inherit = true}};
    for (uint32_t i = 0; i < f->relations.n; i++) {
        tb_relation *r = &f->relations.at[i];
        r->schema = &f->schemas.at[(intptr_t)r->schema - 1];
        r->server = r->server == NULL ? NULL : &f->servers.at[(intptr_t)r->server - 1];
        f->protections.at[i].rel = r;
    }
    tb_arena *arena = tb_arena_create(0);
    tb_catalog *c = TB_NEW(arena, tb_catalog);
    c->arena = arena;
    c->refs = 1;
    c->nroles = 1;
    c->roles = roles;
    c->nservers = f->servers.n;
    c->servers = f->servers.at;
    c->nschemas = f->schemas.n;
    c->schemas = f->schemas.at;
    c->nrelations = f->relations.n;
    c->relations = f->relations.at;
    tb_catalog_seal(c);
    f->catalog = c;
    tb_subject_init(&f->subject, f->arena, c, 1, 1);
}

plan_fixture *plan_fixture_create(const char *path)
{
    plan_fixture *f = tb_xcalloc(1, sizeof *f);
    tb_error err = {.position = -1};
    f->arena = tb_arena_create(0);
    f->next_oid = 20000;
    if (tb_dialects_load(NULL, &f->dialects, &err) != TB_OK)
        die(err.message, "");
    FILE *in = fopen(path, "re");
    if (in == NULL)
        die("cannot open", path);
    char line[1024];
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        catalog_line(f, line);
    }
    (void)fclose(in);
    seal(f);
    return f;
}

void plan_fixture_destroy(plan_fixture *f)
{
    tb_catalog_unref(f->catalog);
    tb_dialects_destroy(f->dialects);
    tb_arena_destroy(f->arena);
    free(f);
}

/* ---- protected relations, as the policy stage makes them ---- */

static const protection *protection_of(const plan_fixture *f, const tb_relation *rel)
{
    for (uint32_t i = 0; i < f->protections.n; i++)
        if (f->protections.at[i].rel == rel &&
            (f->protections.at[i].nmask > 0 || f->protections.at[i].adult >= 0))
            return &f->protections.at[i];
    return NULL;
}

static tb_expr *mask(tb_stmt *stmt, tb_expr *e)
{
    tb_expr *args[] = {e, tb_expr_const(stmt->arena, tb_type_of(TB_T_INT4), tb_value_int4(1)),
                       tb_expr_const(stmt->arena, tb_type_of(TB_T_TEXT), tb_value_cstr("*")),
                       tb_expr_const(stmt->arena, tb_type_of(TB_T_INT4), tb_value_int4(0))};
    return tb_expr_call(stmt->arena, TB_FN_MASK_PARTIAL, e->type, args, 4, -1);
}

static tb_plan *protect(tb_stmt *stmt, const protection *pr, const tb_plan *scan)
{
    const tb_relation *rel = pr->rel;
    tb_plan *raw = tb_plan_new(stmt->arena, TB_P_SCAN, NULL, NULL);
    uint16_t *attno = TB_NEW_ARRAY(stmt->arena, uint16_t, rel->ncols);
    tb_colid *ids = TB_NEW_ARRAY(stmt->arena, tb_colid, rel->ncols);
    for (uint16_t i = 0; i < rel->ncols; i++) {
        attno[i] = i;
        ids[i] =
            tb_stmt_add_col(stmt, rel->cols[i].name, rel->cols[i].type, !rel->cols[i].not_null);
        stmt->cols.at[ids[i]].rel = rel;
        stmt->cols.at[ids[i]].attno = i;
    }
    tb_plan_set_out(stmt->arena, raw, ids, rel->ncols);
    raw->scan.rel = rel;
    raw->scan.attno = attno;
    raw->scan.protected_ = true;
    tb_plan *below = raw;
    if (pr->adult >= 0) {
        tb_expr *e =
            tb_expr_call2(stmt->arena, TB_FN_INT4GE, tb_type_of(TB_T_BOOL),
                          tb_expr_col(stmt->arena, ids[pr->adult], rel->cols[pr->adult].type),
                          tb_expr_const(stmt->arena, tb_type_of(TB_T_INT4), tb_value_int4(18)));
        below = tb_plan_new(stmt->arena, TB_P_FILTER, raw, NULL);
        tb_plan_set_out(stmt->arena, below, raw->out, raw->nout);
        below->filter.n = 1;
        below->filter.conjuncts = tb_arena_memdup(stmt->arena, &e, sizeof e);
    }
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, scan->nout);
    tb_label *labels = TB_NEW_ARRAY(stmt->arena, tb_label, scan->nout);
    const char **names = TB_NEW_ARRAY(stmt->arena, const char *, scan->nout);
    for (uint32_t i = 0; i < scan->nout; i++) {
        uint16_t a = scan->scan.attno[i];
        items[i] = (tb_assign){scan->out[i], tb_expr_col(stmt->arena, ids[a], rel->cols[a].type)};
        for (int m = 0; m < pr->nmask; m++) {
            if (pr->mask[m] == a) {
                items[i].expr = mask(stmt, items[i].expr);
                labels[i] = TB_LABEL_MASKED;
                names[i] = "test_mask";
            }
        }
    }
    tb_plan *project = tb_plan_new(stmt->arena, TB_P_PROJECT, below, NULL);
    tb_plan_set_out(stmt->arena, project, scan->out, scan->nout);
    project->project.n = scan->nout;
    project->project.items = items;
    tb_plan *barrier = tb_plan_new(stmt->arena, TB_P_BARRIER, project, NULL);
    tb_plan_set_out(stmt->arena, barrier, scan->out, scan->nout);
    barrier->barrier.rel = rel;
    barrier->barrier.labels = labels;
    barrier->barrier.mask = names;
    static const char *const filter_name = "adults";
    barrier->barrier.nfilters = pr->adult >= 0 ? 1 : 0;
    barrier->barrier.filters = (const char **)&filter_name;
    return barrier;
}

typedef struct protect_cx {
    plan_fixture *f;
    tb_stmt *stmt;
} protect_cx;

static void protect_plan(protect_cx *cx, tb_plan **plan);

static tb_rc protect_expr(tb_expr *e, void *ctx, tb_error *err)
{
    if (e->kind == TB_X_SUBLINK)
        protect_plan(ctx, &e->sublink.plan);
    return tb_expr_each_child(e, protect_expr, ctx, err);
}

static tb_rc protect_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return protect_expr(*slot, ctx, err);
}

static void protect_plan(protect_cx *cx, tb_plan **plan)
{
    tb_plan *p = *plan;
    tb_error err = {0};
    if (p->kind == TB_P_SCAN && !p->scan.protected_) {
        const protection *pr = protection_of(cx->f, p->scan.rel);
        if (pr != NULL)
            *plan = protect(cx->stmt, pr, p);
        return;
    }
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        protect_plan(cx, &p->in[i]);
    TB_CHECK(tb_plan_each_expr(p, protect_slot, cx, &err) == TB_OK);
}

/* ---- statements ---- */

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static tb_rc plan_statement(plan_fixture *f, tb_stmt *stmt, const char *sql, tb_plan **plan,
                            tb_error *err)
{
    tb_statement_list list = {0};
    TB_TRY(tb_parse(stmt->arena, sql, strlen(sql), NULL, &list, err));
    if (list.n != 1)
        return TB_RAISE(err, TB_E_SYNTAX_ERROR, "one statement expected");
    int64_t start = now_ns();
    TB_TRY(tb_bind(stmt, list.at[0].node, plan, err));
    protect_cx cx = {f, stmt};
    protect_plan(&cx, plan);
    TB_TRY(tb_plan_verify(stmt, *plan, "bind", err));
    TB_TRY(tb_optimize(stmt, plan, err));
    TB_TRY(tb_split(stmt, plan, err));
    f->plan_ns = now_ns() - start;
    return TB_OK;
}

int64_t plan_fixture_plan_ns(const plan_fixture *f)
{
    return f->plan_ns;
}

static void show_fragment(tb_buf *out, const tb_stmt *stmt, const tb_fragment *fr)
{
    tb_buf_printf(out, "-- fragment %u at %s\n%s\n", fr->id, fr->server->name, fr->sql);
    for (uint32_t i = 0; i < fr->nbinds; i++) {
        tb_buf_printf(out, "   bind %u: ", i + 1);
        tb_show_expr(out, stmt, fr->binds[i], NULL);
        tb_buf_putc(out, '\n');
    }
    for (uint32_t i = 0; i < fr->ncross; i++)
        tb_buf_printf(out, "   crosses: %s%s%s\n",
                      fr->cross[i].name != NULL ? fr->cross[i].name : "?",
                      fr->cross[i].masked ? " masked by " : "",
                      fr->cross[i].masked ? fr->cross[i].policy : "");
    for (uint32_t i = 0; i < fr->nwhy; i++) {
        tb_buf_printf(out, "   not pushed: ");
        if (fr->why[i].expr != NULL)
            tb_show_expr(out, stmt, fr->why[i].expr, NULL);
        tb_buf_printf(out, "%s%s: %s\n",
                      fr->why[i].expr != NULL && fr->why[i].subject != NULL ? " " : "",
                      fr->why[i].subject != NULL ? fr->why[i].subject : "",
                      tb_push_reason_text(fr->why[i].reason));
    }
}

bool plan_fixture_run(plan_fixture *f, const plan_request *r, tb_buf *out)
{
    const char *path[] = {r->search_path != NULL ? r->search_path : "public"};
    tb_env env = {.user = "analyst",
                  .role = "analyst",
                  .database = "tombolo",
                  .timezone = "UTC",
                  .tz = tb_tz_utc(),
                  .nsearch_path = 1,
                  .search_path = path,
                  .catalog = f->catalog,
                  .subject = &f->subject,
                  .stmt_us = 800000000000000,
                  .now_us = 800000000000000};
    tb_arena *arena = tb_arena_create(0);
    tb_stmt stmt = {.arena = arena,
                    .sql = r->sql,
                    .sql_len = strlen(r->sql),
                    .env = &env,
                    .catalog = f->catalog,
                    .subject = &f->subject,
                    .dialects = f->dialects,
                    .pushdown = r->pushdown,
                    .eval = r->eval};
    tb_error err = {.position = -1};
    tb_plan *plan = NULL;
    tb_rc rc = plan_statement(f, &stmt, r->sql, &plan, &err);
    if (rc == TB_OK) {
        tb_show_plan(out, &stmt, plan, NULL);
        for (uint32_t i = 0; i < stmt.fragments.n; i++)
            show_fragment(out, &stmt, stmt.fragments.at[i]);
    } else {
        tb_buf_printf(out, "ERROR %s: %s\n", tb_sqlstate(err.code), err.message);
        if (err.detail[0] != '\0')
            tb_buf_printf(out, "DETAIL: %s\n", err.detail);
    }
    tb_arena_destroy(arena);
    return rc == TB_OK || err.code != TB_E_INTERNAL_ERROR;
}
