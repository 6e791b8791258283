/* SPDX-License-Identifier: Apache-2.0
 * tombolo.*: the record, for auditors; policies and where they apply, for their owners.
 *
 * Who may see what of the record: an auditor everything; a department's owner what crossed from his
 * tables (tombolo.query_crossing); anybody else nothing.
 */
#include "server/pgcat_int.h"

static bool is_auditor(const tbi_srv_rows *r)
{
    const tb_role *role = tb_catalog_role_by_oid(r->cat, r->subject->role);
    return role != NULL && role->auditor;
}

/* Copies the record's columns in their order; `keep` says which rows the subject may see. */
static tb_rc copy_record(tbi_srv_rows *r, tb_audit_relation which,
                         bool (*keep)(const tbi_srv_rows *r, const tb_value *row), tb_error *err)
{
    tb_audit_scan *scan;
    TB_TRY(tb_audit_scan_open(r->scan->session->gw->audit, which, &scan, err));
    bool more = true;
    tb_rc rc = TB_OK;
    while (more) {
        rc = tb_audit_scan_next(scan, r->arena, r->current, &more, err);
        if (rc != TB_OK || !more)
            break;
        if (is_auditor(r) || keep(r, r->current))
            tbi_srv_emit(r);
    }
    tb_audit_scan_close(scan);
    return rc;
}

/* "police, tax": a department's owner sees what crossed from it */
static bool own_department(const tbi_srv_rows *r, const tb_value *row)
{
    if (row[3].null)
        return false;
    const char *text = tb_arena_strndup(r->arena, tb_str_data(&row[3].d.str), row[3].d.str.len);
    for (uint32_t i = 0; i < r->cat->nschemas; i++) {
        const tb_schema *s = &r->cat->schemas[i];
        if (strcmp(s->name, text) == 0 && tb_subject_has_role(r->subject, s->owner))
            return true;
    }
    return false;
}

static bool nobody_else(const tbi_srv_rows *r, const tb_value *row)
{
    (void)r, (void)row;
    return false;
}

/* The relations that only auditors read say so, rather than be empty. */
static tb_rc for_auditors(tbi_srv_rows *r, tb_audit_relation which, const char *name, tb_error *err)
{
    if (!is_auditor(r))
        return TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "permission denied for table %s", name);
    return copy_record(r, which, nobody_else, err);
}

tb_rc tbi_srv_query_log(tbi_srv_rows *r, tb_error *err)
{
    return for_auditors(r, TB_AUDIT_QUERIES, "query_log", err);
}

tb_rc tbi_srv_query_crossing(tbi_srv_rows *r, tb_error *err)
{
    return copy_record(r, TB_AUDIT_CROSSINGS, own_department, err);
}

tb_rc tbi_srv_event_log(tbi_srv_rows *r, tb_error *err)
{
    return for_auditors(r, TB_AUDIT_EVENTS, "event_log", err);
}

/* ---- policies ---- */

static bool own_policy(const tbi_srv_rows *r, const tb_policy *p)
{
    return tb_subject_has_role(r->subject, p->owner) ||
           tb_subject_has_role(r->subject, p->schema->owner);
}

static const char *kind_of(const tb_policy *p)
{
    return p->row_access ? "row access" : "masking";
}

static const char *signature(const tbi_srv_rows *r, const tb_policy *p)
{
    const char *text = "";
    char type[128];
    for (uint32_t i = 0; i < p->nargs; i++)
        text = tb_arena_printf(r->arena, "%s%s%s %s", text, i == 0 ? "" : ", ", p->args[i].name,
                               tb_type_format(p->args[i].type, type, sizeof type));
    return text;
}

tb_rc tbi_srv_policies(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    char type[128];
    for (uint32_t i = 0; i < r->cat->npolicies; i++) {
        const tb_policy *p = &r->cat->policies[i];
        if (!own_policy(r, p))
            continue;
        tbi_srv_set_str(r, "schema_name", p->schema->name);
        tbi_srv_set_str(r, "policy_name", p->name);
        tbi_srv_set_str(r, "kind", kind_of(p));
        tbi_srv_set_int(r, "version", p->version);
        tbi_srv_set_str(r, "arguments", signature(r, p));
        tbi_srv_set_str(r, "returns",
                        tb_arena_strdup(r->arena, tb_type_format(p->returns, type, sizeof type)));
        tbi_srv_set_str(r, "body", p->body);
        tbi_srv_set_str(r, "comment", p->comment);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

static void emit_use(tbi_srv_rows *r, const tb_relation *rel, const char *column,
                     const tb_policy_use *use)
{
    const char *args = "";
    for (uint32_t i = 0; i < use->policy->nargs; i++)
        args = tb_arena_printf(r->arena, "%s%s%s", args, i == 0 ? "" : ", ",
                               rel->cols[use->args[i]].name);
    tbi_srv_set_str(r, "schema_name", rel->schema->name);
    tbi_srv_set_str(r, "table_name", rel->name);
    tbi_srv_set_str(r, "column_name", column);
    tbi_srv_set_str(r, "policy_name", use->policy->name);
    tbi_srv_set_str(r, "kind", kind_of(use->policy));
    tbi_srv_set_str(r, "arguments", args);
    tbi_srv_emit(r);
}

tb_rc tbi_srv_policy_references(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nrelations; i++) {
        const tb_relation *rel = &r->cat->relations[i];
        if (!is_auditor(r) && !tb_subject_has_role(r->subject, rel->schema->owner))
            continue;
        for (uint16_t k = 0; k < rel->ncols; k++)
            if (rel->cols[k].mask.policy != NULL)
                emit_use(r, rel, rel->cols[k].name, &rel->cols[k].mask);
        for (uint32_t k = 0; k < rel->nrow_policies; k++)
            emit_use(r, rel, NULL, &rel->row_policies[k]);
    }
    return TB_OK;
}
