/* SPDX-License-Identifier: Apache-2.0
 * regclass, regtype, regproc, regnamespace, regrole ...: names to OIDs and back. A relation the
 * subject may not see has no name and cannot be found.
 */
#include "server/pgcat_fn_int.h"

#include "parser/parser.h"

#include <ctype.h>
#include <stdlib.h>

enum { MAX_PARTS = 3 };

typedef struct parts {
    const char *at[MAX_PARTS];
    uint32_t n;
} parts;

/* a.b."C d": folds unquoted parts to lower case */
static bool split_name(tb_arena *arena, const char *text, size_t len, parts *out)
{
    const char *p = text, *end = text + len;
    out->n = 0;
    for (;;) {
        char *part = tb_arena_bytes(arena, len + 1);
        size_t n = 0;
        while (p < end && isspace((unsigned char)*p))
            p++;
        bool quoted = p < end && *p == '"';
        if (quoted) {
            for (p++; p < end && !(*p == '"' && (p + 1 == end || p[1] != '"')); p++) {
                if (*p == '"')
                    p++;
                part[n++] = *p;
            }
            if (p == end)
                return false;
            p++;
        } else {
            while (p < end && *p != '.' && !isspace((unsigned char)*p))
                part[n++] = (char)tolower((unsigned char)*p++);
        }
        while (p < end && isspace((unsigned char)*p))
            p++;
        part[n] = '\0';
        if (n == 0 || out->n == MAX_PARTS)
            return false;
        out->at[out->n++] = part;
        if (p == end)
            return true;
        if (*p++ != '.')
            return false;
    }
}

static bool all_digits(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return len > 0;
}

static const char *last(const parts *p)
{
    return p->at[p->n - 1];
}

/* ---- one finder per type ---- */

static bool find_class(const tb_env *env, const parts *p, uint32_t *oid)
{
    const tb_relation *rel = NULL;
    if (p->n >= 2) {
        rel = tb_catalog_relation(env->catalog, p->at[p->n - 2], last(p));
    } else {
        rel = tb_catalog_relation(env->catalog, "pg_catalog", last(p));
        for (uint32_t i = 0; rel == NULL && i < env->nsearch_path; i++)
            rel = tb_catalog_relation(env->catalog, env->search_path[i], last(p));
    }
    if (rel == NULL || !tb_relation_visible(env->catalog, env->subject, rel))
        return false;
    *oid = rel->oid;
    return true;
}

static bool find_type(const tb_env *env, const parts *p, uint32_t *oid)
{
    (void)env;
    const char *name = last(p);
    for (int id = 1; id < TB_TYPE_COUNT; id++) {
        const tb_type_info *t = tb_type_get((tb_type_id)id);
        if (strcmp(t->name, name) == 0 || strcmp(t->sql_name, name) == 0) {
            *oid = t->oid;
            return true;
        }
    }
    tb_type_id id = tb_type_from_name(name);
    if (id != TB_T_NONE)
        *oid = tb_type_oid(id);
    return id != TB_T_NONE;
}

static bool find_proc(const tb_env *env, const parts *p, uint32_t *oid)
{
    (void)env;
    tb_fn_id ids[64];
    size_t n = tb_fn_lookup(last(p), ids, TB_COUNT(ids));
    if (n == 1) /* an overloaded name is no name, as in PostgreSQL */
        *oid = tb_fn_get(ids[0])->oid;
    return n == 1 || (n == 0 && tbi_srv_io_proc_oid(last(p), oid));
}

static bool find_namespace(const tb_env *env, const parts *p, uint32_t *oid)
{
    const tb_schema *s = tb_catalog_schema(env->catalog, last(p));
    if (s != NULL)
        *oid = s->oid;
    return s != NULL && p->n == 1;
}

static bool find_role(const tb_env *env, const parts *p, uint32_t *oid)
{
    const tb_role *r = tb_catalog_role(env->catalog, last(p));
    if (r != NULL)
        *oid = r->oid;
    return r != NULL && p->n == 1;
}

static bool find_operator(const tb_env *env, const parts *p, uint32_t *oid)
{
    (void)env;
    const tb_op_info *ops[64];
    size_t n = tb_op_lookup(last(p), 2, ops, TB_COUNT(ops));
    if (n == 1)
        *oid = ops[0]->oid;
    return n == 1;
}

static bool find_collation(const tb_env *env, const parts *p, uint32_t *oid)
{
    (void)env;
    static const struct {
        const char *name;
        uint32_t oid;
    } known[] = {{"default", 100}, {"C", 950}, {"POSIX", 951}, {"ucs_basic", 12340}};
    for (size_t i = 0; i < TB_COUNT(known); i++) {
        if (strcmp(known[i].name, last(p)) == 0) {
            *oid = known[i].oid;
            return true;
        }
    }
    return false;
}

typedef struct reg_type {
    tb_type_id type;
    bool (*find)(const tb_env *env, const parts *p, uint32_t *oid);
    tb_errcode code;
} reg_type;

static const reg_type reg_types[] = {
    {TB_T_REGCLASS, find_class, TB_E_UNDEFINED_TABLE},
    {TB_T_REGTYPE, find_type, TB_E_UNDEFINED_OBJECT},
    {TB_T_REGPROC, find_proc, TB_E_UNDEFINED_FUNCTION},
    {TB_T_REGNAMESPACE, find_namespace, TB_E_INVALID_SCHEMA_NAME},
    {TB_T_REGROLE, find_role, TB_E_UNDEFINED_OBJECT},
    {TB_T_REGOPER, find_operator, TB_E_UNDEFINED_FUNCTION},
    {TB_T_REGCOLLATION, find_collation, TB_E_UNDEFINED_OBJECT},
};

static const reg_type *reg_type_of(tb_type_id type)
{
    for (size_t i = 0; i < TB_COUNT(reg_types); i++)
        if (reg_types[i].type == type)
            return &reg_types[i];
    return NULL;
}

static tb_rc not_found(tb_type_id type, const char *text, size_t len, tb_errcode code,
                       tb_error *err)
{
    int n = (int)(len > 200 ? 200 : len);
    if (type == TB_T_REGCLASS)
        return TB_RAISE(err, code, "relation \"%.*s\" does not exist", n, text);
    if (type == TB_T_REGTYPE)
        return TB_RAISE(err, code, "type \"%.*s\" does not exist", n, text);
    if (type == TB_T_REGNAMESPACE)
        return TB_RAISE(err, code, "schema \"%.*s\" does not exist", n, text);
    if (type == TB_T_REGROLE)
        return TB_RAISE(err, code, "role \"%.*s\" does not exist", n, text);
    if (type == TB_T_REGCOLLATION)
        return TB_RAISE(err, code, "collation \"%.*s\" for encoding \"UTF8\" does not exist", n,
                        text);
    if (type == TB_T_REGOPER)
        return TB_RAISE(err, code, "operator does not exist: %.*s", n, text);
    return TB_RAISE(err, code, "function \"%.*s\" does not exist", n, text);
}

tb_rc tbi_srv_reg_oid(const tb_env *env, tb_type_id type, const char *text, size_t len,
                      uint32_t *oid, tb_error *err)
{
    const reg_type *reg = reg_type_of(type);
    if (len == 1 && text[0] == '-') {
        *oid = 0;
        return TB_OK;
    }
    if (all_digits(text, len)) {
        *oid = (uint32_t)strtoul(text, NULL, 10);
        return TB_OK;
    }
    if (reg == NULL)
        return TB_UNSUPPORTED(err, -1, tb_type_get(type)->name);
    tb_arena *arena = tb_arena_create(0);
    parts p;
    bool ok = split_name(arena, text, len, &p);
    bool found = ok && reg->find(env, &p, oid);
    tb_arena_destroy(arena);
    if (!ok)
        return TB_RAISE(err, TB_E_INVALID_NAME, "invalid name syntax");
    return found ? TB_OK : not_found(type, text, len, reg->code, err);
}

/* ---- names of OIDs ---- */

static const char *builtin_name(const tb_env *env, tb_type_id type, uint32_t oid)
{
    if (type == TB_T_REGNAMESPACE) {
        const tb_schema *s = tb_catalog_schema_by_oid(env->catalog, oid);
        return s != NULL ? s->name : NULL;
    }
    if (type == TB_T_REGROLE) {
        const tb_role *r = tb_catalog_role_by_oid(env->catalog, oid);
        return r != NULL ? r->name : NULL;
    }
    if (type == TB_T_REGPROC) {
        tb_fn_id fn = tb_fn_from_oid(oid);
        return fn != TB_FN_NONE ? tb_fn_get(fn)->name : tbi_srv_io_proc_name(oid);
    }
    return NULL;
}

static bool visible_unqualified(const tb_env *env, const tb_relation *rel)
{
    if (rel->schema->oid == TBI_PG_CATALOG)
        return true;
    for (uint32_t i = 0; i < env->nsearch_path; i++) {
        const tb_relation *found =
            tb_catalog_relation(env->catalog, env->search_path[i], rel->name);
        if (found != NULL)
            return found == rel;
    }
    return false;
}

static bool class_name(const tb_env *env, uint32_t oid, tb_buf *out)
{
    const tb_relation *rel = tb_catalog_relation_by_oid(env->catalog, oid);
    if (rel == NULL || !tb_relation_visible(env->catalog, env->subject, rel))
        return false;
    if (!visible_unqualified(env, rel)) {
        tb_print_identifier(out, rel->schema->name);
        tb_buf_putc(out, '.');
    }
    tb_print_identifier(out, rel->name);
    return true;
}

static bool name_of(void *ctx, tb_type_id type, uint32_t oid, tb_buf *out)
{
    const tb_env *env = ctx;
    if (oid == 0) {
        tb_buf_putc(out, '-');
        return true;
    }
    if (type == TB_T_REGCLASS)
        return class_name(env, oid, out);
    if (type == TB_T_REGTYPE) {
        char name[128];
        tb_type_id id = tb_type_from_oid(oid);
        if (id != TB_T_NONE)
            tb_buf_puts(out, tb_type_format(tb_type_of(id), name, sizeof name));
        return id != TB_T_NONE;
    }
    const char *name = builtin_name(env, type, oid);
    if (name != NULL)
        tb_print_identifier(out, name);
    return name != NULL;
}

static tb_rc oid_of(void *ctx, tb_type_id type, const char *text, size_t len, uint32_t *oid,
                    tb_error *err)
{
    return tbi_srv_reg_oid(ctx, type, text, len, oid, err);
}

const tb_io_names *tb_pgcat_io_names(tb_arena *arena, const tb_env *env)
{
    tb_io_names *names = TB_NEW(arena, tb_io_names);
    *names = (tb_io_names){.ctx = (void *)env, .oid_of = oid_of, .name_of = name_of};
    return names;
}
