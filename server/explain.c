/* SPDX-License-Identifier: Apache-2.0
 * EXPLAIN: the plan, its fragments, what crosses each department's boundary.
 *
 * Who may see what: over a protected relation (one with a mask or a row policy), remote SQL, policy
 * bodies, estimates and actual counts tell about rows the reader may not see. They are shown to
 * members of the relation's owning role and to auditors; others get the logical plan, as bound,
 * before any policy was applied to it.
 */
#include "server/explain_int.h"

#include <string.h>
#include <strings.h>

/* ---- options ---- */

static tb_rc option_bool(const tb_ast_option *o, bool *out, tb_error *err)
{
    *out = true;
    if (o->value == NULL)
        return TB_OK;
    if (o->value->kind == TB_AST_BOOLEAN) {
        *out = tb_as_boolean(o->value)->value;
        return TB_OK;
    }
    if (o->value->kind == TB_AST_INTEGER && (tb_as_integer(o->value)->value & ~INT64_C(1)) == 0) {
        *out = tb_as_integer(o->value)->value == 1;
        return TB_OK;
    }
    const char *word = o->value->kind == TB_AST_STRING ? tb_as_string(o->value)->value : "";
    bool on = strcasecmp(word, "on") == 0 || strcasecmp(word, "true") == 0;
    bool off = strcasecmp(word, "off") == 0 || strcasecmp(word, "false") == 0;
    *out = on;
    if (on || off)
        return TB_OK;
    return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, o->base.pos, "%s requires a Boolean value", o->name);
}

static tb_rc option_format(const tb_ast_option *o, bool *json, tb_error *err)
{
    const char *word =
        o->value != NULL && o->value->kind == TB_AST_STRING ? tb_as_string(o->value)->value : "";
    *json = strcasecmp(word, "json") == 0;
    if (*json || strcasecmp(word, "text") == 0)
        return TB_OK;
    if (strcasecmp(word, "xml") == 0 || strcasecmp(word, "yaml") == 0)
        return TB_UNSUPPORTED(err, o->base.pos, "EXPLAIN FORMAT other than TEXT and JSON");
    return TB_RAISE_AT(err, TB_E_INVALID_PARAMETER_VALUE, o->base.pos,
                       "unrecognized value for EXPLAIN option \"format\": \"%s\"", word);
}

static tb_rc read_options(const tb_ast_explain *ast, tbi_explain *x, tb_error *err)
{
    /* PostgreSQL's options about things that do not exist here change nothing */
    static const char *const no_effect[] = {"buffers", "settings", "timing", "wal"};
    bool summary = false, summary_given = false;
    x->costs = true;
    for (uint32_t i = 0; i < ast->options.n; i++) {
        const tb_ast_option *o = tb_as_option(ast->options.at[i]);
        const struct {
            const char *name;
            bool *to;
        } known[] = {{"analyze", &x->analyze}, {"boundary", &x->boundary},
                     {"costs", &x->costs},     {"policy", &x->policy},
                     {"summary", &summary},    {"verbose", &x->verbose}};
        bool ignored, found = strcmp(o->name, "format") == 0;
        if (found)
            TB_TRY(option_format(o, &x->json, err));
        for (size_t k = 0; k < TB_COUNT(known) && !found; k++) {
            found = strcmp(known[k].name, o->name) == 0;
            if (found)
                TB_TRY(option_bool(o, known[k].to, err));
            summary_given = summary_given || (found && known[k].to == &summary);
        }
        for (size_t k = 0; k < TB_COUNT(no_effect) && !found; k++) {
            found = strcmp(no_effect[k], o->name) == 0;
            if (found)
                TB_TRY(option_bool(o, &ignored, err));
        }
        if (!found)
            return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, o->base.pos,
                               "unrecognized EXPLAIN option \"%s\"", o->name);
    }
    x->summary = summary_given ? summary : x->analyze;
    return TB_OK;
}

/* ---- who may see ---- */

bool tbi_relation_is_protected(const tb_relation *rel)
{
    bool is = rel->nrow_policies > 0;
    for (uint16_t i = 0; i < rel->ncols; i++)
        is = is || rel->cols[i].mask.policy != NULL;
    return is;
}

static bool may_see(const tb_query *q, const tb_relation *rel)
{
    const tb_role *role = tb_catalog_role_by_oid(q->catalog, q->subject.role);
    return !tbi_relation_is_protected(rel) || role->auditor ||
           tb_subject_has_role(&q->subject, rel->owner) ||
           tb_subject_has_role(&q->subject, rel->schema->owner);
}

bool tbi_fragment_visible(const tb_query *q, const tb_fragment *f)
{
    for (uint32_t i = 0; i < f->nrels; i++)
        if (!may_see(q, f->rels[i]))
            return false;
    return true;
}

static bool all_visible(const tb_query *q)
{
    for (uint32_t i = 0; i < q->stmt.rels.n; i++)
        if (!may_see(q, q->stmt.rels.at[i]))
            return false;
    return true;
}

/* ---- the plan ---- */

static void note(tb_buf *out, const tb_plan *p, void *ctx)
{
    tbi_explain *x = ctx;
    size_t from = out->len;
    while (from > 0 && out->data[from - 1] != '\n')
        from--;
    size_t indent = strspn(out->data + from, " ");
    tbi_line line = {.node = p, .level = (uint32_t)(indent / 2)};
    line.text = tb_arena_strndup(x->arena, out->data + from + indent, out->len - from - indent);
    tb_list_push(x->arena, &x->lines, line);
    if (x->full && x->costs && p->rows >= 0)
        tb_buf_printf(out, "  (rows=%.0f width=%.0f)", p->rows, p->width);
    if (x->full && x->analyze) {
        int64_t rows = tb_exec_node_rows(x->query->exec, p);
        if (rows >= 0)
            tb_buf_printf(out, "  (actual rows=%lld)", (long long)rows);
    }
}

/* Fragments of the plan by id, with their nodes: estimates live there. */
static void find_fragments(const tb_plan *p, tbi_explain *x)
{
    if (p->kind == TB_P_FRAGMENT && p->fragment != NULL) {
        TB_CHECK(p->fragment->id < x->query->stmt.fragments.n);
        x->fragment_nodes[p->fragment->id] = p;
    }
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        find_fragments(p->in[i], x);
}

/* ---- running it ---- */

static tb_rc make_query(tb_session *s, tb_portal *portal, const tb_ast *stmt, tb_query **out,
                        tb_error *err)
{
    const tb_prepared *p = portal->prepared;
    const tb_value *params = portal->params;
    if (stmt->kind == TB_AST_EXECUTE) {
        tb_prepared *target;
        tb_value *values;
        TB_TRY(tb_execute_resolve(s, portal->arena, tb_as_execute(stmt), &target, &values, err));
        stmt = target->statement.node;
        params = values;
        p = target;
    } else if (stmt->kind == TB_AST_DECLARE_CURSOR) {
        stmt = tb_as_declare_cursor(stmt)->query;
    }
    if (stmt->kind == TB_AST_WRITE)
        return TB_RAISE(err, TB_E_READ_ONLY_SQL_TRANSACTION,
                        "cannot execute %s in a read-only transaction", tb_as_write(stmt)->tag);
    const char *text =
        tb_arena_strndup(portal->arena, p->sql + p->statement.offset, p->statement.len);
    TB_TRY(tb_query_new(s, portal->arena, stmt, text, p->params, p->nparams, out, err));
    tb_query_set_params(*out, params);
    return TB_OK;
}

/* Prints the plan as it is now: the text, and its lines with their nodes. */
static void print_plan(tbi_explain *x, tb_buf *out)
{
    tb_show_options options = {.plain_names = !x->verbose, .note = note, .ctx = x};
    tb_show_plan(out, &x->query->stmt, x->query->plan, &options);
}

static tb_rc explain(tbi_explain *x, tb_buf *plan, tb_rowset *rows, tb_error *err)
{
    tb_query *q = x->query;
    uint64_t got;
    int64_t started = tb_mono_us();
    TB_TRY(tb_query_run(q, TB_STAGE_BOUND, 0, NULL, NULL, err));
    x->planned_us = tb_mono_us() - started;
    x->full = all_visible(q);
    if (!x->full)
        print_plan(x, plan); /* now: policies are about to be put into it */
    started = tb_mono_us();
    TB_TRY(tb_query_run(q, TB_STAGE_PLANNED, 0, NULL, NULL, err));
    x->planned_us += tb_mono_us() - started;
    if (x->analyze) {
        int64_t began = tb_mono_us();
        TB_TRY(tb_query_run(q, TB_STAGE_FINISHED, 0, &tb_sink_nowhere, &got, err));
        x->took_us = tb_mono_us() - began;
    }
    if (x->full)
        print_plan(x, plan);
    x->fragment_nodes = TB_NEW_ARRAY(x->arena, const tb_plan *, q->stmt.fragments.n);
    find_fragments(q->plan, x);
    return x->json ? tbi_explain_json(x, rows, err)
                   : tbi_explain_text(x, tb_buf_cstr(plan), rows, err);
}

tb_rc tb_command_explain(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_explain *ast = tb_as_explain(portal->ast);
    tbi_explain x = {.arena = portal->arena};
    TB_TRY(read_options(ast, &x, err));
    TB_TRY(make_query(s, portal, ast->stmt, &x.query, err));
    if (!x.analyze)
        tb_query_inspect(x.query);
    tb_rowset *rows = tb_rowset_create(portal->desc.types, portal->desc.n, tb_session_held_room(s));
    tb_buf plan;
    tb_buf_init(&plan, TBI_EXPLAIN_MAX);
    tb_rc rc = explain(&x, &plan, rows, err);
    tb_buf_fini(&plan);
    tb_portal_hold_rows(s, portal, rows);
    tb_query_close(x.query);
    portal->tag = "EXPLAIN";
    return rc;
}
