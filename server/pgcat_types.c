/* SPDX-License-Identifier: Apache-2.0
 * The fixed part of pg_catalog: types, functions, operators, casts, access methods, collations,
 * languages, the one database.
 */
#include "server/pgcat_fn_int.h"

#include "core/array.h"

#include <stdlib.h>

typedef struct type_row {
    uint32_t oid;
    const char *name;
    int16_t len;
    int byval;
    char kind, category;
    int preferred;
    char delim;
    uint32_t subscript, elem, array, in, out, receive, send, modin, modout, analyze;
    char align, storage;
    uint32_t collation;
} type_row;

static const type_row types[] = {
#define PGTYPE(oid, name, len, byval, kind, cat, pref, delim, subscript, elem, array, in, out,     \
               receive, send, modin, modout, analyze, align, storage, collation)                   \
    {oid, name, len,     byval, kind,  cat,    pref,    delim, subscript, elem,     array,         \
     in,  out,  receive, send,  modin, modout, analyze, align, storage,   collation},
#define PGPROC(oid, name, kind, strict, set, ret, vol, args)
#define PGRANGE(type, subtype, multi, collation, opclass)
#include "server/pgcat_types.def"
#undef PGTYPE
#undef PGPROC
};

typedef struct proc_row {
    uint32_t oid;
    const char *name;
    char kind;
    int strict, set;
    uint32_t ret;
    char volatility;
    const char *args; /* "20 23" */
} proc_row;

static const proc_row procs[] = {
#define PGTYPE(...)
#define PGPROC(oid, name, kind, strict, set, ret, vol, args)                                       \
    {oid, name, kind, strict, set, ret, vol, args},
#include "server/pgcat_types.def"
#undef PGTYPE
#undef PGPROC
#undef PGRANGE
};

typedef struct range_row {
    uint32_t type, subtype, multirange, collation, opclass;
} range_row;

static const range_row ranges[] = {
#define PGTYPE(...)
#define PGPROC(...)
#define PGRANGE(type, subtype, multi, collation, opclass)                                          \
    {type, subtype, multi, collation, opclass},
#include "server/pgcat_types.def"
#undef PGTYPE
#undef PGPROC
#undef PGRANGE
};

tb_rc tbi_srv_pg_type(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (size_t i = 0; i < TB_COUNT(types); i++) {
        const type_row *t = &types[i];
        tbi_srv_set_oid(r, "oid", t->oid);
        tbi_srv_set_str(r, "typname", t->name);
        tbi_srv_set_oid(r, "typnamespace", TBI_PG_CATALOG);
        tbi_srv_set_oid(r, "typowner", TBI_BOOTSTRAP_ROLE);
        tbi_srv_set_int(r, "typlen", t->len);
        tbi_srv_set_bool(r, "typbyval", t->byval);
        tbi_srv_set_char(r, "typtype", t->kind);
        tbi_srv_set_char(r, "typcategory", t->category);
        tbi_srv_set_bool(r, "typispreferred", t->preferred);
        tbi_srv_set_bool(r, "typisdefined", true);
        tbi_srv_set_char(r, "typdelim", t->delim);
        tbi_srv_set_oid(r, "typrelid", 0);
        tbi_srv_set_oid(r, "typsubscript", t->subscript);
        tbi_srv_set_oid(r, "typelem", t->elem);
        tbi_srv_set_oid(r, "typarray", t->array);
        tbi_srv_set_oid(r, "typinput", t->in);
        tbi_srv_set_oid(r, "typoutput", t->out);
        tbi_srv_set_oid(r, "typreceive", t->receive);
        tbi_srv_set_oid(r, "typsend", t->send);
        tbi_srv_set_oid(r, "typmodin", t->modin);
        tbi_srv_set_oid(r, "typmodout", t->modout);
        tbi_srv_set_oid(r, "typanalyze", t->analyze);
        tbi_srv_set_char(r, "typalign", t->align);
        tbi_srv_set_char(r, "typstorage", t->storage);
        tbi_srv_set_bool(r, "typnotnull", false);
        tbi_srv_set_oid(r, "typbasetype", 0);
        tbi_srv_set_int(r, "typtypmod", -1);
        tbi_srv_set_int(r, "typndims", 0);
        tbi_srv_set_oid(r, "typcollation", t->collation);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

static void set_proc(tbi_srv_rows *r, const proc_row *p, uint32_t nargs, const tb_value *args,
                     uint32_t variadic, bool leakproof)
{
    tbi_srv_set_oid(r, "oid", p->oid);
    tbi_srv_set_str(r, "proname", p->name);
    tbi_srv_set_oid(r, "pronamespace", TBI_PG_CATALOG);
    tbi_srv_set_oid(r, "proowner", TBI_BOOTSTRAP_ROLE);
    tbi_srv_set_oid(r, "prolang", 12);
    tbi_srv_set_int(r, "procost", 1);
    tbi_srv_set_int(r, "prorows", p->set ? 1000 : 0);
    tbi_srv_set_oid(r, "provariadic", variadic);
    tbi_srv_set_oid(r, "prosupport", 0);
    tbi_srv_set_char(r, "prokind", p->kind);
    tbi_srv_set_bool(r, "prosecdef", false);
    tbi_srv_set_bool(r, "proleakproof", leakproof);
    tbi_srv_set_bool(r, "proisstrict", p->strict);
    tbi_srv_set_bool(r, "proretset", p->set);
    tbi_srv_set_char(r, "provolatile", p->volatility);
    tbi_srv_set_char(r, "proparallel", 's');
    tbi_srv_set_int(r, "pronargs", nargs);
    tbi_srv_set_int(r, "pronargdefaults", 0);
    tbi_srv_set_oid(r, "prorettype", p->ret);
    tbi_srv_set(r, "proargtypes",
                tb_value_str(tb_array_build_vector(r->arena, TB_T_OID, args, nargs)));
    tbi_srv_set_str(r, "prosrc", p->name);
    tbi_srv_emit(r);
}

static void emit_io_proc(tbi_srv_rows *r, const proc_row *p)
{
    tb_value args[TB_FN_MAX_ARGS];
    uint32_t n = 0;
    for (const char *s = p->args; *s != '\0' && n < TB_FN_MAX_ARGS; s += strspn(s, " ")) {
        char *end;
        args[n++] = tb_value_oid((uint32_t)strtoul(s, &end, 10));
        s = end;
    }
    set_proc(r, p, n, args, 0, false);
}

static void emit_function(tbi_srv_rows *r, const tb_fn_info *f)
{
    tb_value args[TB_FN_MAX_ARGS];
    for (uint8_t i = 0; i < f->nargs; i++)
        args[i] = tb_value_oid(tb_type_oid(f->args[i]));
    proc_row p = {.oid = f->oid,
                  .name = f->name,
                  .strict = (f->flags & TB_FF_STRICT) != 0,
                  .set = (f->flags & TB_FF_SET) != 0,
                  .ret = tb_type_oid(f->ret)};
    p.kind = f->flags & TB_FF_AGG ? 'a' : f->flags & TB_FF_WINDOW ? 'w' : 'f';
    p.volatility = f->flags & TB_FF_VOLATILE ? 'v' : f->flags & TB_FF_STABLE ? 's' : 'i';
    uint32_t variadic = f->flags & TB_FF_VARIADIC ? tb_type_oid(f->args[f->nargs - 1]) : 0;
    set_proc(r, &p, f->nargs, args, variadic, f->flags & TB_FF_LEAKPROOF);
}

static int by_oid(const void *a, const void *b)
{
    return (*(const uint32_t *)a > *(const uint32_t *)b) -
           (*(const uint32_t *)a < *(const uint32_t *)b);
}

const char *tbi_srv_io_proc_name(uint32_t oid)
{
    const proc_row *p = bsearch(&oid, procs, TB_COUNT(procs), sizeof procs[0], by_oid);
    return p != NULL ? p->name : NULL;
}

bool tbi_srv_io_proc_oid(const char *name, uint32_t *oid)
{
    for (size_t i = 0; i < TB_COUNT(procs); i++) {
        if (strcmp(procs[i].name, name) == 0) {
            *oid = procs[i].oid;
            return true;
        }
    }
    return false;
}

tb_rc tbi_srv_pg_proc(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (size_t i = 0; i < TB_COUNT(procs); i++)
        emit_io_proc(r, &procs[i]);
    for (int id = 1; id < TB_FN_COUNT; id++) {
        const tb_fn_info *f = tb_fn_get((tb_fn_id)id);
        if (!(f->flags & TB_FF_HIDDEN) && tbi_srv_io_proc_name(f->oid) == NULL)
            emit_function(r, f);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_operator(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (size_t i = 0; i < tb_op_count(); i++) {
        const tb_op_info *o = tb_op_at(i);
        tbi_srv_set_oid(r, "oid", o->oid);
        tbi_srv_set_str(r, "oprname", o->name);
        tbi_srv_set_oid(r, "oprnamespace", TBI_PG_CATALOG);
        tbi_srv_set_oid(r, "oprowner", TBI_BOOTSTRAP_ROLE);
        tbi_srv_set_char(r, "oprkind", o->left == TB_T_NONE ? 'l' : 'b');
        tbi_srv_set_bool(r, "oprcanmerge", false);
        tbi_srv_set_bool(r, "oprcanhash", strcmp(o->name, "=") == 0);
        tbi_srv_set_oid(r, "oprleft", o->left == TB_T_NONE ? 0 : tb_type_oid(o->left));
        tbi_srv_set_oid(r, "oprright", tb_type_oid(o->right));
        tbi_srv_set_oid(r, "oprresult", tb_type_oid(o->result));
        tbi_srv_set_oid(r, "oprcom", 0);
        tbi_srv_set_oid(r, "oprnegate", 0);
        tbi_srv_set_oid(r, "oprcode", tb_fn_get(o->fn)->oid);
        tbi_srv_set_oid(r, "oprrest", 0);
        tbi_srv_set_oid(r, "oprjoin", 0);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_cast(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    uint32_t oid = 10000; /* PostgreSQL numbers its casts at initdb: no client relies on these */
    for (int from = 1; from < TB_TYPE_COUNT; from++) {
        for (int to = 1; to < TB_TYPE_COUNT; to++) {
            const tb_cast_info *c = tb_cast_lookup((tb_type_id)from, (tb_type_id)to);
            if (c == NULL)
                continue;
            tbi_srv_set_oid(r, "oid", oid++);
            tbi_srv_set_oid(r, "castsource", tb_type_oid(c->from));
            tbi_srv_set_oid(r, "casttarget", tb_type_oid(c->to));
            tbi_srv_set_oid(r, "castfunc", c->method == TB_CAST_FN ? tb_fn_get(c->fn)->oid : 0);
            tbi_srv_set_char(r, "castcontext", "iae"[c->context]);
            tbi_srv_set_char(r, "castmethod", "fbi"[c->method]);
            tbi_srv_emit(r);
        }
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_range(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (size_t i = 0; i < TB_COUNT(ranges); i++) {
        tbi_srv_set_oid(r, "rngtypid", ranges[i].type);
        tbi_srv_set_oid(r, "rngsubtype", ranges[i].subtype);
        tbi_srv_set_oid(r, "rngmultitypid", ranges[i].multirange);
        tbi_srv_set_oid(r, "rngcollation", ranges[i].collation);
        tbi_srv_set_oid(r, "rngsubopc", ranges[i].opclass);
        tbi_srv_set_oid(r, "rngcanonical", 0);
        tbi_srv_set_oid(r, "rngsubdiff", 0);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_am(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    static const struct {
        uint32_t oid;
        const char *name;
        char type;
    } ams[] = {{2, "heap", 't'}, {403, "btree", 'i'}};
    for (size_t i = 0; i < TB_COUNT(ams); i++) {
        tbi_srv_set_oid(r, "oid", ams[i].oid);
        tbi_srv_set_str(r, "amname", ams[i].name);
        tbi_srv_set_oid(r, "amhandler", 0);
        tbi_srv_set_char(r, "amtype", ams[i].type);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_collation(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    static const struct {
        uint32_t oid;
        const char *name;
        char provider;
        int encoding;
        const char *collate;
    } collations[] = {{100, "default", 'd', -1, NULL},
                      {950, "C", 'c', -1, "C"},
                      {951, "POSIX", 'c', -1, "POSIX"},
                      {12340, "ucs_basic", 'c', 6, "C"}};
    for (size_t i = 0; i < TB_COUNT(collations); i++) {
        tbi_srv_set_oid(r, "oid", collations[i].oid);
        tbi_srv_set_str(r, "collname", collations[i].name);
        tbi_srv_set_oid(r, "collnamespace", TBI_PG_CATALOG);
        tbi_srv_set_oid(r, "collowner", TBI_BOOTSTRAP_ROLE);
        tbi_srv_set_char(r, "collprovider", collations[i].provider);
        tbi_srv_set_bool(r, "collisdeterministic", true);
        tbi_srv_set_int(r, "collencoding", collations[i].encoding);
        tbi_srv_set_str(r, "collcollate", collations[i].collate);
        tbi_srv_set_str(r, "collctype", collations[i].collate);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_language(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    static const char *const names[] = {"internal", "c", "sql"};
    for (uint32_t i = 0; i < TB_COUNT(names); i++) {
        tbi_srv_set_oid(r, "oid", 12 + i);
        tbi_srv_set_str(r, "lanname", names[i]);
        tbi_srv_set_oid(r, "lanowner", TBI_BOOTSTRAP_ROLE);
        tbi_srv_set_bool(r, "lanispl", false);
        tbi_srv_set_bool(r, "lanpltrusted", i == 2);
        tbi_srv_set_oid(r, "lanplcallfoid", 0);
        tbi_srv_set_oid(r, "laninline", 0);
        tbi_srv_set_oid(r, "lanvalidator", 0);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_tablespace(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    static const char *const names[] = {"pg_default", "pg_global"};
    for (uint32_t i = 0; i < TB_COUNT(names); i++) {
        tbi_srv_set_oid(r, "oid", 1663 + i);
        tbi_srv_set_str(r, "spcname", names[i]);
        tbi_srv_set_oid(r, "spcowner", TBI_BOOTSTRAP_ROLE);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_database(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    tbi_srv_set_oid(r, "oid", TBI_DATABASE);
    tbi_srv_set_str(r, "datname", r->stmt->env->database);
    tbi_srv_set_oid(r, "datdba", TBI_BOOTSTRAP_ROLE);
    tbi_srv_set_int(r, "encoding", 6); /* UTF8 */
    tbi_srv_set_char(r, "datlocprovider", 'c');
    tbi_srv_set_bool(r, "datistemplate", false);
    tbi_srv_set_bool(r, "datallowconn", true);
    tbi_srv_set_int(r, "datconnlimit", -1);
    tbi_srv_set_oid(r, "datfrozenxid", 3);
    tbi_srv_set_oid(r, "datminmxid", 1);
    tbi_srv_set_oid(r, "dattablespace", 1663);
    tbi_srv_set_str(r, "datcollate", "C.UTF-8");
    tbi_srv_set_str(r, "datctype", "C.UTF-8");
    tbi_srv_emit(r);
    return TB_OK;
}
