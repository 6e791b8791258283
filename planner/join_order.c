/* SPDX-License-Identifier: Apache-2.0
 * Join order.
 *
 * A region is a maximal tree of inner joins and the filters between them; its leaves are everything
 * else. A left, single or mark join whose right side no condition of the region mentions is lifted
 * above the region, so that it does not stand in the way. Equalities form classes: joining two sets
 * of leaves needs one equality per class they share, whichever was written.
 *
 * Connected sets of leaves are enumerated as pairs (Moerkotte and Neumann, DPccp) up to a budget;
 * beyond it, and between parts that no condition connects, the cheapest pair is joined first
 * (greedy). For every set the table keeps the best plan per site: LOCAL, or a source. No dialect of
 * today lets a source join, so sources appear only at leaves; LOCAL pays for shipping.
 */
#include "planner/cost.h"

#include <math.h>

typedef uint64_t leafset;

enum { LEAVES_MAX = 60, DP_LEAVES_MAX = 14, PAIRS_MAX = 20000, LOCAL = 0, SITES_MAX = 16 };

typedef struct class_member {
    tb_expr *expr;
    uint32_t leaf;
    double ndv;
} class_member;

typedef struct eq_class {
    tb_fn_id eq;
    tb_type type;
    TB_LIST(class_member) members;
    bool dead; /* merged into another */
} eq_class;

typedef struct edge {
    tb_expr *cond;
    leafset leaves;
    double selectivity;
    uint32_t ways; /* 1 = an equality of two sides, n = an OR of n such, 0 = anything else */
} edge;

typedef struct subplan {
    bool set;
    double cost;
    leafset left, right; /* 0 = a leaf */
    uint32_t left_site, right_site;
} subplan;

typedef struct dp_entry {
    double rows;
    subplan *at; /* by site; NULL = not reached yet */
} dp_entry;

typedef struct region {
    tb_stmt *stmt;
    TB_LIST(tb_plan *) leaves;
    tbi_preds conds;
    TB_LIST(tb_plan *)
    lifted; /* left, single and mark joins, innermost first; in[0] is to be replaced */
    TB_LIST(eq_class) classes;
    TB_LIST(edge) edges;
    TB_LIST(const tb_server *) sites; /* [0] = NULL: LOCAL */
    dp_entry *table;                  /* by leafset, when there are few leaves */
    leafset *neighbours;              /* by leaf */
    double *rows;                     /* by leaf */
    uint32_t *site;                   /* by leaf */
    uint32_t pairs;
} region;

static tb_rc order(tb_stmt *stmt, tb_plan **plan, tb_error *err);

/* ---- collecting the region ---- */

static bool is_inner(const tb_plan *p)
{
    return p->kind == TB_P_JOIN && p->join.type == TB_JOIN_INNER && !p->join.lateral;
}

static bool is_liftable(const tb_plan *p)
{
    return p->kind == TB_P_JOIN && !p->join.lateral &&
           (p->join.type == TB_JOIN_LEFT || p->join.type == TB_JOIN_SINGLE ||
            p->join.type == TB_JOIN_MARK);
}

static bool filter_joins(const tb_plan *p)
{
    if (p->kind != TB_P_FILTER ||
        !(is_inner(p->in[0]) || is_liftable(p->in[0]) || filter_joins(p->in[0])))
        return false;
    for (uint32_t i = 0; i < p->filter.n; i++)
        if (tb_expr_is_volatile(p->filter.conjuncts[i]))
            return false;
    return true;
}

static void collect_conds(tb_stmt *stmt, tbi_preds *conds, const tb_plan *p)
{
    if (is_inner(p)) {
        tbi_add_conjuncts(stmt, conds, p->join.conds, p->join.nconds);
        collect_conds(stmt, conds, p->in[0]);
        collect_conds(stmt, conds, p->in[1]);
    } else if (filter_joins(p)) {
        tbi_add_conjuncts(stmt, conds, p->filter.conjuncts, p->filter.n);
        collect_conds(stmt, conds, p->in[0]);
    } else if (is_liftable(p)) {
        collect_conds(stmt, conds, p->in[0]);
    }
}

/* Some condition of the region needs what the join adds to its left side. */
static bool is_mentioned(const tbi_preds *conds, const tb_plan *p)
{
    tb_plan mark = {.nout = 1, .out = &p->join.mark};
    const tb_plan *adds = p->join.type == TB_JOIN_MARK ? &mark : p->in[1];
    for (uint32_t i = 0; i < conds->n; i++)
        if (tbi_expr_touches_plan(conds->at[i], adds))
            return true;
    return false;
}

static void collect(region *r, tb_plan *p, const tbi_preds *conds)
{
    tb_arena *arena = r->stmt->arena;
    if (is_inner(p)) {
        tbi_add_conjuncts(r->stmt, &r->conds, p->join.conds, p->join.nconds);
        collect(r, p->in[0], conds);
        collect(r, p->in[1], conds);
    } else if (filter_joins(p)) {
        tbi_add_conjuncts(r->stmt, &r->conds, p->filter.conjuncts, p->filter.n);
        collect(r, p->in[0], conds);
    } else if (is_liftable(p) && !is_mentioned(conds, p)) {
        collect(r, p->in[0], conds);
        tb_list_push(arena, &r->lifted, p);
    } else {
        tb_list_push(arena, &r->leaves, p);
    }
}

static leafset leaves_of(const region *r, const tb_expr *e)
{
    leafset set = 0;
    for (uint32_t i = 0; i < r->leaves.n; i++)
        if (tbi_expr_touches_plan(e, r->leaves.at[i]))
            set |= (leafset)1 << i;
    return set;
}

static bool is_single(leafset set)
{
    return set != 0 && (set & (set - 1)) == 0;
}

static uint32_t index_of(leafset single)
{
    return (uint32_t)__builtin_ctzll(single);
}

/* ---- conditions: classes, edges, leaf filters ---- */

static eq_class *class_with(region *r, tb_fn_id eq, const tb_expr *e)
{
    for (uint32_t i = 0; i < r->classes.n; i++) {
        eq_class *c = &r->classes.at[i];
        for (uint32_t m = 0; !c->dead && c->eq == eq && m < c->members.n; m++)
            if (tb_expr_equal(c->members.at[m].expr, e))
                return c;
    }
    return NULL;
}

static void add_member(region *r, eq_class *c, tb_expr *e, uint32_t leaf)
{
    class_member m = {e, leaf, tbi_ndv(r->stmt, r->leaves.at[leaf], e)};
    tb_list_push(r->stmt->arena, &c->members, m);
}

static void add_equality(region *r, tb_expr *e, uint32_t la, uint32_t lb)
{
    tb_expr *a = e->call.args[0], *b = e->call.args[1];
    eq_class *ca = class_with(r, e->call.fn, a), *cb = class_with(r, e->call.fn, b);
    if (ca == NULL && cb == NULL) {
        tb_list_push(r->stmt->arena, &r->classes, ((eq_class){.eq = e->call.fn, .type = a->type}));
        ca = &r->classes.at[r->classes.n - 1];
        add_member(r, ca, a, la);
        add_member(r, ca, b, lb);
    } else if (ca == NULL || cb == NULL) {
        add_member(r, ca == NULL ? cb : ca, ca == NULL ? a : b, ca == NULL ? la : lb);
    } else if (ca != cb) {
        for (uint32_t i = 0; i < cb->members.n; i++)
            tb_list_push(r->stmt->arena, &ca->members, cb->members.at[i]);
        cb->dead = true;
    }
}

/* An equality of one leaf with another, both sides of one type: its operands' leaves. */
static bool leaf_equality(const region *r, const tb_expr *e, uint32_t *la, uint32_t *lb)
{
    if (!tbi_is_equality(e) || tb_expr_is_volatile(e) ||
        e->call.args[0]->type.id != e->call.args[1]->type.id)
        return false;
    leafset a = leaves_of(r, e->call.args[0]), b = leaves_of(r, e->call.args[1]);
    if (!is_single(a) || !is_single(b) || a == b)
        return false;
    *la = index_of(a);
    *lb = index_of(b);
    return true;
}

static uint32_t or_ways(const region *r, const tb_expr *e)
{
    uint32_t la, lb;
    if (tbi_is_equality(e))
        return is_single(leaves_of(r, e->call.args[0])) && is_single(leaves_of(r, e->call.args[1]))
                   ? 1
                   : 0;
    if (e->kind != TB_X_OR)
        return 0;
    for (uint32_t i = 0; i < e->list.n; i++) {
        const tb_expr *d = e->list.args[i];
        bool found = false;
        for (uint32_t k = 0; d->kind == TB_X_AND && k < d->list.n; k++)
            found |= leaf_equality(r, d->list.args[k], &la, &lb);
        if (!found && !leaf_equality(r, d, &la, &lb))
            return 0;
    }
    return e->list.n;
}

static void add_edge(region *r, tb_expr *e, leafset set)
{
    edge g = {.cond = e, .leaves = set, .ways = or_ways(r, e)};
    g.selectivity = g.ways > 1 ? 0.001 * g.ways : g.ways == 1 ? 0.001 : 0.3;
    if (g.ways == 1) {
        double n = 1;
        for (int s = 0; s < 2; s++)
            n = fmax(n, tbi_ndv(r->stmt, r->leaves.at[index_of(leaves_of(r, e->call.args[s]))],
                                e->call.args[s]));
        g.selectivity = 1 / n;
    }
    tb_list_push(r->stmt->arena, &r->edges, g);
}

static void filter_leaf(region *r, uint32_t leaf, tb_expr *e)
{
    r->leaves.at[leaf] = tbi_mk_filter(r->stmt, r->leaves.at[leaf], &e, 1);
}

/* Two members of a class in one leaf: the leaf itself must hold them equal. */
static void equal_within_leaves(region *r)
{
    for (uint32_t i = 0; i < r->classes.n; i++) {
        eq_class *c = &r->classes.at[i];
        for (uint32_t b = 1; !c->dead && b < c->members.n; b++) {
            for (uint32_t a = 0; a < b; a++) {
                if (c->members.at[a].leaf != c->members.at[b].leaf)
                    continue;
                filter_leaf(r, c->members.at[a].leaf,
                            tb_expr_call2(r->stmt->arena, c->eq, tb_type_of(TB_T_BOOL),
                                          c->members.at[a].expr, c->members.at[b].expr));
                break;
            }
        }
    }
}

/* Conditions on one leaf filter it before anything is counted. */
static void filter_leaves(region *r, tbi_preds *rest)
{
    tbi_preds joins = {0};
    for (uint32_t i = 0; i < r->conds.n; i++) {
        tb_expr *e = r->conds.at[i];
        leafset set = leaves_of(r, e);
        if (set == 0 || tb_expr_is_volatile(e))
            tb_list_push(r->stmt->arena, rest, e);
        else if (is_single(set))
            filter_leaf(r, index_of(set), e);
        else
            tb_list_push(r->stmt->arena, &joins, e);
    }
    r->conds = joins;
    for (uint32_t i = 0; i < r->leaves.n; i++)
        tbi_estimate(r->stmt, r->leaves.at[i]);
}

static void join_conditions(region *r)
{
    for (uint32_t i = 0; i < r->conds.n; i++) {
        uint32_t la, lb;
        if (leaf_equality(r, r->conds.at[i], &la, &lb))
            add_equality(r, r->conds.at[i], la, lb);
        else
            add_edge(r, r->conds.at[i], leaves_of(r, r->conds.at[i]));
    }
    equal_within_leaves(r);
}

static void connect(region *r, leafset set)
{
    for (leafset s = set; s != 0; s &= s - 1)
        r->neighbours[index_of(s & -s)] |= set & ~(s & -s);
}

static void build_graph(region *r)
{
    tb_arena *arena = r->stmt->arena;
    r->neighbours = TB_NEW_ARRAY(arena, leafset, r->leaves.n);
    r->rows = TB_NEW_ARRAY(arena, double, r->leaves.n);
    r->site = TB_NEW_ARRAY(arena, uint32_t, r->leaves.n);
    for (uint32_t i = 0; i < r->classes.n; i++) {
        leafset set = 0;
        for (uint32_t m = 0; !r->classes.at[i].dead && m < r->classes.at[i].members.n; m++)
            set |= (leafset)1 << r->classes.at[i].members.at[m].leaf;
        connect(r, set);
    }
    for (uint32_t i = 0; i < r->edges.n;
         i++) /* conditions over three and more connect nothing by themselves */
        if (__builtin_popcountll(r->edges.at[i].leaves) == 2)
            connect(r, r->edges.at[i].leaves);
}

/* ---- sites ---- */

static const tb_server *server_of(const tb_plan *p)
{
    if (p->kind == TB_P_SCAN)
        return p->scan.rel->kind == TB_REL_FOREIGN ? p->scan.rel->server : NULL;
    if (p->kind == TB_P_FILTER || p->kind == TB_P_PROJECT || p->kind == TB_P_BARRIER)
        return server_of(p->in[0]);
    return NULL;
}

static uint32_t site_of(region *r, const tb_server *server)
{
    for (uint32_t i = 0; i < r->sites.n; i++)
        if (r->sites.at[i] == server)
            return i;
    if (r->sites.n == SITES_MAX)
        return LOCAL;
    tb_list_push(r->stmt->arena, &r->sites, server);
    return r->sites.n - 1;
}

/* Whether the source at a site is asked to join. */
static bool may_join_at(const region *r, uint32_t site)
{
    return r->sites.at[site] == NULL;
}

static void init_leaves(region *r)
{
    tb_list_push(r->stmt->arena, &r->sites, NULL);
    for (uint32_t i = 0; i < r->leaves.n; i++) {
        tbi_estimate(r->stmt, r->leaves.at[i]);
        r->rows[i] = r->leaves.at[i]->rows;
        r->site[i] = site_of(r, server_of(r->leaves.at[i]));
    }
}

/* ---- joining two sets ---- */

static const class_member *member_in(const eq_class *c, leafset set)
{
    for (uint32_t m = 0; m < c->members.n; m++)
        if (set >> c->members.at[m].leaf & 1)
            return &c->members.at[m];
    return NULL;
}

typedef struct pair_facts {
    double selectivity;
    uint32_t ways; /* as edge.ways: the best there is; UINT32_MAX = nothing connects the two */
} pair_facts;

static pair_facts facts(const region *r, leafset a, leafset b)
{
    pair_facts f = {.selectivity = 1, .ways = UINT32_MAX};
    for (uint32_t i = 0; i < r->classes.n; i++) {
        const eq_class *c = &r->classes.at[i];
        const class_member *x = c->dead ? NULL : member_in(c, a),
                           *y = c->dead ? NULL : member_in(c, b);
        if (x == NULL || y == NULL)
            continue;
        f.selectivity /= fmax(x->ndv, y->ndv);
        f.ways = 1;
    }
    for (uint32_t i = 0; i < r->edges.n; i++) {
        const edge *e = &r->edges.at[i];
        if ((e->leaves & ~(a | b)) != 0 || (e->leaves & a) == 0 || (e->leaves & b) == 0)
            continue;
        f.selectivity *= e->selectivity;
        uint32_t ways = __builtin_popcountll(e->leaves) == 2 ? e->ways : 0;
        if (f.ways == UINT32_MAX || (ways > 0 && (f.ways == 0 || ways < f.ways)))
            f.ways = ways;
    }
    return f;
}

static void consider(region *r, leafset a, leafset b)
{
    dp_entry *to = &r->table[a | b], *x = &r->table[a], *y = &r->table[b];
    TB_CHECK(x->at != NULL && y->at != NULL);
    pair_facts f = facts(r, a, b);
    if (to->at == NULL) {
        to->at = TB_NEW_ARRAY(r->stmt->arena, subplan, r->sites.n);
        to->rows = fmax(x->rows * y->rows * f.selectivity, 0.1);
    }
    double join = tbi_cost_join(x->rows, y->rows, to->rows, f.ways == UINT32_MAX ? 0 : f.ways);
    for (uint32_t s = 0; s < r->sites.n; s++) {
        if (!may_join_at(r, s) || !x->at[s].set || !y->at[s].set)
            continue;
        double cost = x->at[s].cost + y->at[s].cost + join;
        if (!to->at[s].set || cost < to->at[s].cost) {
            bool swap = x->rows < y->rows; /* the smaller side right: it is hashed */
            to->at[s] = (subplan){true, cost, swap ? b : a, swap ? a : b, s, s};
        }
    }
}

static void put_leaf(region *r, uint32_t i)
{
    dp_entry *e = &r->table[(leafset)1 << i];
    e->at = TB_NEW_ARRAY(r->stmt->arena, subplan, r->sites.n);
    e->rows = r->rows[i];
    e->at[r->site[i]] = (subplan){.set = true};
    if (r->site[i] != LOCAL)
        e->at[LOCAL] = (subplan){.set = true,
                                 .cost = tbi_cost_ship(r->rows[i], r->leaves.at[i]->width),
                                 .left_site = r->site[i]};
}

/* ---- DPccp ---- */

static leafset neighbourhood(const region *r, leafset set)
{
    leafset n = 0;
    for (leafset s = set; s != 0; s &= s - 1)
        n |= r->neighbours[index_of(s & -s)];
    return n & ~set;
}

static bool emit_complements(region *r, leafset a, leafset b, leafset excluded)
{
    leafset n = neighbourhood(r, b) & ~excluded;
    for (leafset s = n & -n; n != 0; s = (s - n) & n) { /* every non-empty subset of n */
        if (++r->pairs > PAIRS_MAX)
            return false;
        consider(r, a, b | s);
        if (s == n)
            break;
    }
    for (leafset s = n & -n; n != 0; s = (s - n) & n) {
        if (!emit_complements(r, a, b | s, excluded | n))
            return false;
        if (s == n)
            break;
    }
    return true;
}

static leafset up_to(uint32_t i)
{
    return ((leafset)2 << i) - 1;
}

static bool emit_csg(region *r, leafset a)
{
    leafset excluded = a | up_to(index_of(a & -a)), n = neighbourhood(r, a) & ~excluded;
    for (uint32_t i = r->leaves.n; i-- > 0;) {
        leafset b = (leafset)1 << i;
        if ((n & b) == 0)
            continue;
        if (++r->pairs > PAIRS_MAX)
            return false;
        consider(r, a, b);
        if (!emit_complements(r, a, b, excluded | (up_to(i) & n)))
            return false;
    }
    return true;
}

static bool grow_csg(region *r, leafset a, leafset excluded)
{
    leafset n = neighbourhood(r, a) & ~excluded;
    for (leafset s = n & -n; n != 0; s = (s - n) & n) {
        if (!emit_csg(r, a | s))
            return false;
        if (s == n)
            break;
    }
    for (leafset s = n & -n; n != 0; s = (s - n) & n) {
        if (!grow_csg(r, a | s, excluded | n))
            return false;
        if (s == n)
            break;
    }
    return true;
}

/* Fills the table for every connected set; false when there are too many. */
static bool enumerate(region *r)
{
    for (uint32_t i = r->leaves.n; i-- > 0;) {
        if (!emit_csg(r, (leafset)1 << i) || !grow_csg(r, (leafset)1 << i, up_to(i)))
            return false;
    }
    return true;
}

/* ---- building the chosen plan ---- */

static tbi_preds conds_between(region *r, leafset a, leafset b)
{
    tbi_preds conds = {0};
    for (uint32_t i = 0; i < r->classes.n; i++) {
        eq_class *c = &r->classes.at[i];
        const class_member *x = c->dead ? NULL : member_in(c, a),
                           *y = c->dead ? NULL : member_in(c, b);
        if (x != NULL && y != NULL)
            tb_list_push(
                r->stmt->arena, &conds,
                tb_expr_call2(r->stmt->arena, c->eq, tb_type_of(TB_T_BOOL), x->expr, y->expr));
    }
    for (uint32_t i = 0; i < r->edges.n; i++) {
        const edge *e = &r->edges.at[i];
        if ((e->leaves & ~(a | b)) == 0 && (e->leaves & a) != 0 && (e->leaves & b) != 0)
            tb_list_push(r->stmt->arena, &conds, e->cond);
    }
    return conds;
}

static tb_plan *join_sets(region *r, tb_plan *left, leafset a, tb_plan *right, leafset b)
{
    tbi_preds conds = conds_between(r, a, b);
    return tbi_mk_join(r->stmt, TB_JOIN_INNER, left, right, conds.at, conds.n);
}

static tb_plan *build(region *r, leafset set, uint32_t site)
{
    const subplan *s = &r->table[set].at[site];
    if (s->left == 0)
        return r->leaves.at[index_of(set)];
    return join_sets(r, build(r, s->left, s->left_site), s->left, build(r, s->right, s->right_site),
                     s->right);
}

/* ---- greedy ---- */

typedef struct part {
    tb_plan *plan;
    leafset set;
    double rows;
} part;

/* Joins the cheapest pair until one part is left; unconnected parts last. */
static tb_plan *greedy(region *r, part *parts, uint32_t n)
{
    while (n > 1) {
        uint32_t bi = 0, bj = 1;
        double best = INFINITY, best_rows = 0;
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = i + 1; j < n; j++) {
                pair_facts f = facts(r, parts[i].set, parts[j].set);
                double rows = fmax(parts[i].rows * parts[j].rows * f.selectivity, 0.1);
                double cost = tbi_cost_join(parts[i].rows, parts[j].rows, rows,
                                            f.ways == UINT32_MAX ? 0 : f.ways) +
                              rows * (f.ways == UINT32_MAX ? 1e6 : 1);
                if (cost < best) {
                    best = cost;
                    best_rows = rows;
                    bi = i;
                    bj = j;
                }
            }
        }
        part *a = &parts[bi], *b = &parts[bj];
        bool swap = a->rows < b->rows;
        a->plan = swap ? join_sets(r, b->plan, b->set, a->plan, a->set)
                       : join_sets(r, a->plan, a->set, b->plan, b->set);
        a->set |= b->set;
        a->rows = best_rows;
        parts[bj] = parts[--n];
    }
    return parts[0].plan;
}

static leafset component(const region *r, uint32_t leaf)
{
    leafset set = (leafset)1 << leaf, more;
    while ((more = neighbourhood(r, set)) != 0)
        set |= more;
    return set;
}

static tb_plan *best_order(region *r)
{
    uint32_t n = r->leaves.n, nparts = 0;
    part *parts = TB_NEW_ARRAY(r->stmt->arena, part, n);
    bool exact = n <= DP_LEAVES_MAX;
    if (exact) {
        r->table = TB_NEW_ARRAY(r->stmt->arena, dp_entry, (size_t)1 << n);
        for (uint32_t i = 0; i < n; i++)
            put_leaf(r, i);
        exact = enumerate(r);
    }
    leafset done = 0;
    for (uint32_t i = 0; i < n; i++) {
        leafset set = exact ? component(r, i) : (leafset)1 << i;
        if (done & set)
            continue;
        done |= set;
        parts[nparts++] = exact ? (part){build(r, set, LOCAL), set, r->table[set].rows}
                                : (part){r->leaves.at[i], set, r->rows[i]};
    }
    return greedy(r, parts, nparts);
}

/* ---- the pass ---- */

static tb_plan *put_back(region *r, tb_plan *p)
{
    for (uint32_t i = 0; i < r->lifted.n; i++) {
        const tb_plan *j = r->lifted.at[i];
        tb_plan *to =
            tbi_mk_join(r->stmt, j->join.type, p, j->in[1], j->join.conds, j->join.nconds);
        if (j->join.type == TB_JOIN_MARK) {
            tb_colid *out = TB_NEW_ARRAY(r->stmt->arena, tb_colid, to->nout + 1);
            memcpy(out, to->out, to->nout * sizeof *out);
            out[to->nout++] = j->join.mark;
            to->out = out;
            to->join.mark = j->join.mark;
        }
        p = to;
    }
    return p;
}

static tb_rc order_leaves(region *r, tb_error *err)
{
    for (uint32_t i = 0; i < r->leaves.n; i++)
        TB_TRY(order(r->stmt, &r->leaves.at[i], err));
    for (uint32_t i = 0; i < r->lifted.n; i++) {
        tb_plan *c = tb_plan_clone(r->stmt->arena, r->lifted.at[i]);
        TB_TRY(order(r->stmt, &c->in[1], err));
        r->lifted.at[i] = c;
    }
    return TB_OK;
}

static tb_rc order_region(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    tb_plan *p = *plan;
    region r = {.stmt = stmt};
    tbi_preds conds = {0}, rest = {0};
    collect_conds(stmt, &conds, p);
    collect(&r, p, &conds);
    if (r.leaves.n > LEAVES_MAX)
        return TB_RAISE(err, TB_E_STATEMENT_TOO_COMPLEX, "more than %d tables are joined",
                        LEAVES_MAX);
    TB_TRY(order_leaves(&r, err));
    filter_leaves(&r, &rest);
    join_conditions(&r);
    build_graph(&r);
    init_leaves(&r);
    tb_plan *to = tbi_mk_filter(stmt, put_back(&r, best_order(&r)), rest.at, rest.n);
    *plan = to->nout == p->nout ? to : tbi_mk_pass(stmt, to, p->out, p->nout);
    return TB_OK;
}

static tb_rc order(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    tb_plan *p = *plan;
    if (p->kind == TB_P_BARRIER)
        return TB_OK;
    if (is_inner(p) || filter_joins(p))
        return order_region(stmt, plan, err);
    tb_plan *in[2] = {p->in[0], p->in[1]};
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(order(stmt, &in[i], err));
    *plan = tbi_with_inputs(stmt, p, in[0], in[1]);
    return TB_OK;
}

tb_rc tbi_join_order(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    return order(stmt, plan, err);
}
