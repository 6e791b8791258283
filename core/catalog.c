/* SPDX-License-Identifier: Apache-2.0
 * Catalog snapshot: name indexes, reference counting, role closure and privilege checks.
 *
 * The indexes are arrays of positions sorted by name; a snapshot is built rarely and read by every
 * statement.
 */
#include "core/catalog.h"

#include "core/list.h"

#include <stdlib.h>
#include <string.h>

/* Objects below this OID are built in: pg_catalog, information_schema. */
enum { FIRST_USER_OID = 16384 };

struct tb_catalog_index {
    const tb_schema **schemas; /* by name */
    const tb_server **servers; /* by name */
    const tb_role **roles;     /* by name */
    const tb_role **roles_by_oid;
    const tb_relation **relations; /* by schema name, name */
    const tb_policy **policies;    /* by schema name, name, kind */
};

/* ---- sealing ---- */

static int by_oid(tb_oid a, tb_oid b)
{
    return (a > b) - (a < b);
}

static int cmp_schema(const void *a, const void *b)
{
    return strcmp((*(const tb_schema *const *)a)->name, (*(const tb_schema *const *)b)->name);
}

static int cmp_server(const void *a, const void *b)
{
    return strcmp((*(const tb_server *const *)a)->name, (*(const tb_server *const *)b)->name);
}

static int cmp_role(const void *a, const void *b)
{
    return strcmp((*(const tb_role *const *)a)->name, (*(const tb_role *const *)b)->name);
}

static int cmp_role_oid(const void *a, const void *b)
{
    return by_oid((*(const tb_role *const *)a)->oid, (*(const tb_role *const *)b)->oid);
}

static int cmp_relation(const void *a, const void *b)
{
    const tb_relation *x = *(const tb_relation *const *)a, *y = *(const tb_relation *const *)b;
    int c = strcmp(x->schema->name, y->schema->name);
    return c != 0 ? c : strcmp(x->name, y->name);
}

static int cmp_policy(const void *a, const void *b)
{
    const tb_policy *x = *(const tb_policy *const *)a, *y = *(const tb_policy *const *)b;
    int c = strcmp(x->schema->name, y->schema->name);
    if (c == 0)
        c = strcmp(x->name, y->name);
    return c != 0 ? c : x->row_access - y->row_access;
}

/* Pointers to the n elements of an array, sorted. */
static void *index_of(tb_arena *arena, const void *array, uint32_t n, size_t size,
                      int (*cmp)(const void *, const void *))
{
    const void **index = TB_NEW_ARRAY(arena, const void *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        index[i] = (const char *)array + i * size;
    qsort(index, n, sizeof *index, cmp);
    return index;
}

static void check_sorted(const tb_catalog *cat)
{
    for (uint32_t i = 1; i < cat->nrelations; i++)
        TB_CHECK(cat->relations[i - 1].oid < cat->relations[i].oid);
    for (uint32_t i = 1; i < cat->ngrants; i++) {
        const tb_grant *a = &cat->grants[i - 1], *b = &cat->grants[i];
        TB_CHECK(a->kind < b->kind || (a->kind == b->kind && a->object <= b->object));
    }
}

void tb_catalog_seal(tb_catalog *cat)
{
    check_sorted(cat);
    struct tb_catalog_index *ix = TB_NEW(cat->arena, struct tb_catalog_index);
    tb_arena *a = cat->arena;
    ix->schemas = index_of(a, cat->schemas, cat->nschemas, sizeof *cat->schemas, cmp_schema);
    ix->servers = index_of(a, cat->servers, cat->nservers, sizeof *cat->servers, cmp_server);
    ix->roles = index_of(a, cat->roles, cat->nroles, sizeof *cat->roles, cmp_role);
    ix->roles_by_oid = index_of(a, cat->roles, cat->nroles, sizeof *cat->roles, cmp_role_oid);
    ix->relations =
        index_of(a, cat->relations, cat->nrelations, sizeof *cat->relations, cmp_relation);
    ix->policies = index_of(a, cat->policies, cat->npolicies, sizeof *cat->policies, cmp_policy);
    cat->index = ix;
}

tb_catalog *tb_catalog_ref(tb_catalog *cat)
{
    cat->refs++;
    return cat;
}

void tb_catalog_unref(tb_catalog *cat)
{
    if (cat == NULL || --cat->refs > 0)
        return;
    tb_arena_destroy(cat->arena);
}

/* ---- lookups ---- */

/* Binary search for a key shaped like an element (only the fields cmp reads are set). */
static const void *find(const void *key, const void *index, uint32_t n,
                        int (*cmp)(const void *, const void *))
{
    const void *const *at = bsearch(&key, index, n, sizeof(void *), cmp);
    return at == NULL ? NULL : *at;
}

const tb_schema *tb_catalog_schema(const tb_catalog *cat, const char *name)
{
    tb_schema key = {.name = name};
    return find(&key, cat->index->schemas, cat->nschemas, cmp_schema);
}

const tb_schema *tb_catalog_schema_by_oid(const tb_catalog *cat, tb_oid oid)
{
    for (uint32_t i = 0; i < cat->nschemas; i++)
        if (cat->schemas[i].oid == oid)
            return &cat->schemas[i];
    return NULL;
}

const tb_relation *tb_catalog_relation(const tb_catalog *cat, const char *schema, const char *name)
{
    tb_schema s = {.name = schema};
    tb_relation key = {.schema = &s, .name = name};
    return find(&key, cat->index->relations, cat->nrelations, cmp_relation);
}

static int cmp_relation_oid(const void *a, const void *b)
{
    return by_oid(((const tb_relation *)a)->oid, ((const tb_relation *)b)->oid);
}

const tb_relation *tb_catalog_relation_by_oid(const tb_catalog *cat, tb_oid oid)
{
    tb_relation key = {.oid = oid};
    return cat->nrelations == 0
               ? NULL
               : bsearch(&key, cat->relations, cat->nrelations, sizeof key, cmp_relation_oid);
}

const tb_server *tb_catalog_server(const tb_catalog *cat, const char *name)
{
    tb_server key = {.name = name};
    return find(&key, cat->index->servers, cat->nservers, cmp_server);
}

const tb_role *tb_catalog_role(const tb_catalog *cat, const char *name)
{
    tb_role key = {.name = name};
    return find(&key, cat->index->roles, cat->nroles, cmp_role);
}

const tb_role *tb_catalog_role_by_oid(const tb_catalog *cat, tb_oid oid)
{
    tb_role key = {.oid = oid};
    return find(&key, cat->index->roles_by_oid, cat->nroles, cmp_role_oid);
}

const tb_policy *tb_catalog_policy(const tb_catalog *cat, const char *schema, const char *name,
                                   bool row_access)
{
    tb_schema s = {.name = schema};
    tb_policy key = {.schema = &s, .name = name, .row_access = row_access};
    return find(&key, cat->index->policies, cat->npolicies, cmp_policy);
}

int tb_relation_column(const tb_relation *rel, const char *name)
{
    for (uint16_t i = 0; i < rel->ncols; i++)
        if (!rel->cols[i].hidden && strcmp(rel->cols[i].name, name) == 0)
            return i;
    return -1;
}

const char *tb_option_get(const tb_option *options, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].value;
    return NULL;
}

/* ---- who asks ---- */

static bool has_oid(const tb_oid *list, uint32_t n, tb_oid oid)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == oid)
            return true;
    return false;
}

void tb_subject_init(tb_subject *s, tb_arena *arena, const tb_catalog *cat, tb_oid session_user,
                     tb_oid role)
{
    TB_LIST(tb_oid) closure = {0};
    tb_list_push(arena, &closure, role);
    for (uint32_t i = 0; i < closure.n; i++) { /* grows while walked: breadth first */
        const tb_role *r = tb_catalog_role_by_oid(cat, closure.at[i]);
        if (r == NULL || !r->inherit)
            continue;
        for (uint32_t m = 0; m < r->nmember_of; m++)
            if (!has_oid(closure.at, closure.n, r->member_of[m]))
                tb_list_push(arena, &closure, r->member_of[m]);
    }
    s->session_user = session_user;
    s->role = role;
    s->nroles = closure.n;
    s->roles = closure.at;
    s->duty = s->inspects = false;
    for (uint32_t i = 0; i < closure.n; i++) {
        const tb_role *r = tb_catalog_role_by_oid(cat, closure.at[i]);
        s->duty |= r != NULL && (r->system || r->security || r->auditor);
    }
}

bool tb_subject_has_role(const tb_subject *s, tb_oid role)
{
    return has_oid(s->roles, s->nroles, role);
}

/* ---- privileges ---- */

typedef struct grant_range {
    const tb_grant *at, *end;
} grant_range;

/* First grant not before (kind, object). */
static const tb_grant *lower_bound(const tb_catalog *cat, tb_objkind kind, uint64_t object)
{
    uint32_t lo = 0, hi = cat->ngrants;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const tb_grant *g = &cat->grants[mid];
        if (g->kind < kind || (g->kind == kind && g->object < object))
            lo = mid + 1;
        else
            hi = mid;
    }
    return cat->grants + lo;
}

static grant_range grants_on(const tb_catalog *cat, tb_objkind kind, tb_oid object)
{
    return (grant_range){lower_bound(cat, kind, object),
                         lower_bound(cat, kind, (uint64_t)object + 1)};
}

static bool granted_to(const tb_grant *g, const tb_subject *s)
{
    return g->grantee == 0 || tb_subject_has_role(s, g->grantee);
}

bool tb_may_use_schema(const tb_catalog *cat, const tb_subject *s, const tb_schema *schema)
{
    if (schema->oid < FIRST_USER_OID || s->inspects || tb_subject_has_role(s, schema->owner))
        return true;
    grant_range r = grants_on(cat, TB_OBJ_SCHEMA, schema->oid);
    for (const tb_grant *g = r.at; g < r.end; g++)
        if ((g->privs & TB_PRIV_USAGE) != 0 && granted_to(g, s))
            return true;
    return false;
}

static bool owns(const tb_subject *s, const tb_relation *rel)
{
    return tb_subject_has_role(s, rel->owner) || tb_subject_has_role(s, rel->schema->owner);
}

bool tb_may_select(const tb_catalog *cat, const tb_subject *s, const tb_relation *rel, int col)
{
    TB_CHECK(col >= -1 && col < rel->ncols);
    if (col >= 0 && rel->cols[col].hidden)
        return false;
    if (rel->kind == TB_REL_INTERNAL || s->inspects)
        return true;
    if (s->duty) /* not even what is granted to PUBLIC */
        return false;
    if (owns(s, rel))
        return true;
    grant_range r = grants_on(cat, TB_OBJ_RELATION, rel->oid);
    for (const tb_grant *g = r.at; g < r.end; g++) {
        bool covers = col == -1 || g->column == -1 || g->column == col;
        if (covers && (g->privs & TB_PRIV_SELECT) != 0 && granted_to(g, s))
            return true;
    }
    return false;
}

bool tb_relation_visible(const tb_catalog *cat, const tb_subject *s, const tb_relation *rel)
{
    if (rel->kind == TB_REL_INTERNAL || s->inspects || owns(s, rel))
        return true;
    grant_range r = grants_on(cat, TB_OBJ_RELATION, rel->oid);
    for (const tb_grant *g = r.at; g < r.end; g++)
        if (g->privs != 0 && granted_to(g, s))
            return true;
    return false;
}
