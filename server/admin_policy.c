/* SPDX-License-Identifier: Apache-2.0
 * Masking and row access policies. A policy belongs to a department's schema and only its owner
 * sees or changes it. The body is bound once here, so that a body that cannot work is refused when
 * it is written, not when somebody asks.
 */
#include "server/store_int.h"

#include "core/buf.h"
#include "parser/parser.h"

static const char *kind_letter(tb_policy_kind kind)
{
    return kind == TB_POLICY_ROW_ACCESS ? "r" : "m";
}

static const char *kind_words(tb_policy_kind kind)
{
    return kind == TB_POLICY_ROW_ACCESS ? "ROW ACCESS POLICY" : "MASKING POLICY";
}

static tb_rc body_text(tbi_srv_admin *a, const tb_ast *body, const char **out, tb_error *err)
{
    tb_buf text;
    tb_buf_init(&text, 64 * 1024);
    tb_ast_print(&text, body);
    bool failed = text.failed;
    *out = tb_arena_strdup(a->arena, tb_buf_cstr(&text));
    tb_buf_fini(&text);
    return failed ? TB_RAISE_AT(err, TB_E_PROGRAM_LIMIT_EXCEEDED, body->pos,
                                "the policy body is too long")
                  : TB_OK;
}

static tb_rc read_args(tbi_srv_admin *a, const tb_ast_create_policy *s, tb_policy *p, tb_error *err)
{
    tb_policy_arg *args = TB_NEW_ARRAY(a->arena, tb_policy_arg, s->args.n);
    for (uint32_t i = 0; i < s->args.n; i++) {
        const tb_ast_policy_arg *arg = tb_as_policy_arg(s->args.at[i]);
        args[i].name = arg->name;
        TB_TRY(tbi_srv_type(arg->type, &args[i].type, err));
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(args[k].name, arg->name) == 0)
                return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, arg->base.pos,
                                   "argument \"%s\" is given twice", arg->name);
    }
    p->args = args;
    p->nargs = s->args.n;
    return tbi_srv_type(s->returns, &p->returns, err);
}

static tb_rc check_shape(const tb_policy *p, int pos, tb_error *err)
{
    if (p->row_access && p->returns.id != TB_T_BOOL)
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, pos,
                           "a row access policy must return boolean");
    if (!p->row_access && p->nargs == 0)
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, pos,
                           "a masking policy needs the value as its first argument");
    if (!p->row_access && p->args[0].type.id != p->returns.id)
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, pos,
                           "a masking policy must return the type of its first argument");
    return TB_OK;
}

static tb_rc insert_policy(tbi_srv_admin *a, const tb_policy *p, const char *kind, tb_error *err)
{
    TB_TRY(tbi_srv_run(
        a->store, err, "INSERT INTO policy VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9)",
        "isisiiiss", (int64_t)p->oid, kind, (int64_t)p->schema->oid, p->name, (int64_t)p->owner,
        (int64_t)tb_type_oid(p->returns.id), (int64_t)p->returns.typmod, p->body, p->comment));
    for (uint32_t i = 0; i < p->nargs; i++)
        TB_TRY(tbi_srv_run(a->store, err, "INSERT INTO policy_arg VALUES (?1, ?2, ?3, ?4, ?5)",
                           "iisii", (int64_t)p->oid, (int64_t)i, p->args[i].name,
                           (int64_t)tb_type_oid(p->args[i].type.id),
                           (int64_t)p->args[i].type.typmod));
    return TB_OK;
}

static bool same_signature(const tb_policy *a, const tb_policy *b)
{
    bool same = a->nargs == b->nargs && a->returns.id == b->returns.id;
    for (uint32_t i = 0; same && i < a->nargs; i++)
        same = a->args[i].type.id == b->args[i].type.id;
    return same;
}

/* CREATE OR REPLACE keeps the identity and the places where the policy applies, so the signature
 * must stay. */
static tb_rc replace_policy(tbi_srv_admin *a, const tb_policy *old, const tb_policy *p, int pos,
                            tb_error *err)
{
    if (!same_signature(old, p))
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, pos,
                           "cannot change the signature of an existing policy");
    TB_TRY(tbi_srv_run(
        a->store, err,
        "UPDATE policy SET body = ?2, comment = ?3, version = version + 1 WHERE oid = ?1", "iss",
        (int64_t)old->oid, p->body, p->comment));
    for (uint32_t i = 0; i < p->nargs; i++)
        TB_TRY(tbi_srv_run(a->store, err,
                           "UPDATE policy_arg SET name = ?3 WHERE policy = ?1 AND n = ?2", "iis",
                           (int64_t)old->oid, (int64_t)i, p->args[i].name));
    return TB_OK;
}

tb_rc tbi_srv_admin_create_policy(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_policy *s = tb_as_create_policy(stmt);
    tbi_srv_tag(a, tb_arena_printf(a->arena, "CREATE %s", kind_words(s->policy)));
    tb_policy p = {.name = s->name.name,
                   .row_access = s->policy == TB_POLICY_ROW_ACCESS,
                   .comment = s->comment,
                   .version = 1};
    TB_TRY(tbi_srv_creation_schema(a, &s->name, &p.schema, err));
    p.owner = p.schema->owner;
    TB_TRY(read_args(a, s, &p, err));
    TB_TRY(check_shape(&p, stmt->pos, err));
    TB_TRY(body_text(a, s->body, &p.body, err));
    TB_TRY(a->cx->check_policy(a->cx->ctx, &p, err));
    const tb_policy *old = tb_catalog_policy(a->cat, p.schema->name, p.name, p.row_access);
    if (old != NULL && s->or_replace)
        return replace_policy(a, old, &p, stmt->pos, err);
    if (old != NULL && s->if_not_exists) {
        tbi_srv_notice(a, "policy \"%s\" already exists, skipping", p.name);
        return TB_OK;
    }
    if (old != NULL)
        return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, stmt->pos, "policy \"%s\" already exists",
                           p.name);
    p.oid = tbi_srv_new_oid(a->store);
    return insert_policy(a, &p, kind_letter(s->policy), err);
}

tb_rc tbi_srv_admin_alter_policy(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_alter_policy *s = tb_as_alter_policy(stmt);
    tbi_srv_tag(a, tb_arena_printf(a->arena, "ALTER %s", kind_words(s->policy)));
    const tb_policy *old;
    if (tbi_srv_find_policy(a, &s->name, s->policy == TB_POLICY_ROW_ACCESS, &old, err) != TB_OK) {
        if (!s->if_exists)
            return TB_FAIL;
        tbi_srv_notice(a, "%s, skipping", err->message);
        tb_error_clear(err);
        return TB_OK;
    }
    if (s->body == NULL)
        return tbi_srv_run(a->store, err, "UPDATE policy SET comment = ?2 WHERE oid = ?1", "is",
                           (int64_t)old->oid, s->comment);
    tb_policy p = *old;
    TB_TRY(body_text(a, s->body, &p.body, err));
    TB_TRY(a->cx->check_policy(a->cx->ctx, &p, err));
    return tbi_srv_run(a->store, err,
                       "UPDATE policy SET body = ?2, version = version + 1 WHERE oid = ?1", "is",
                       (int64_t)old->oid, p.body);
}
