/* SPDX-License-Identifier: Apache-2.0
 * Which function or operator a call means: PostgreSQL's resolution rules (its manual, chapter "Type
 * Conversion") over the tables of core/func.h.
 *
 * Entry points: tbi_resolve_function, tbi_resolve_operator, tbi_operator, tbi_prefix_operator.
 */
#include "planner/bind_int.h"

#include "core/buf.h"

enum { OVERLOADS_MAX = 256 };

/* One overload as seen by a call: its argument types with a variadic tail repeated. */
typedef struct candidate {
    tb_fn_id fn;
    tb_type_id ret;
    bool variadic; /* the tail was expanded */
    tb_type_id *args;
} candidate;

typedef struct candidates {
    uint32_t n;
    candidate *at;
} candidates;

/* Room for n candidates of nargs arguments. */
static candidates candidates_new(tbi_bind *b, size_t n, uint32_t nargs)
{
    candidates c = {.at = TB_NEW_ARRAY(b->arena, candidate, n + 1)};
    tb_type_id *args = TB_NEW_ARRAY(b->arena, tb_type_id, n * nargs + 1);
    for (size_t i = 0; i < n; i++)
        c.at[i].args = args + i * nargs;
    return c;
}

/* ---- choosing among candidates ---- */

static uint32_t keep_matching(candidates *c, const tb_type_id *types, uint32_t nargs)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->n; i++)
        if (tbi_can_coerce(types, c->at[i].args, nargs, TB_CAST_IMPLICIT))
            c->at[kept++] = c->at[i];
    c->n = kept;
    return kept;
}

/* Keeps the candidates with the highest score. */
static void keep_best(candidates *c, const tb_type_id *types, uint32_t nargs,
                      bool (*good)(tb_type_id actual, tb_type_id declared))
{
    uint32_t best = 0, kept = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t score = 0;
        for (uint32_t k = 0; k < nargs; k++)
            score += types[k] != TB_T_UNKNOWN && good(types[k], c->at[i].args[k]);
        if (score > best || kept == 0) {
            best = score;
            kept = 0;
        }
        if (score == best)
            c->at[kept++] = c->at[i];
    }
    c->n = kept;
}

static bool same_type(tb_type_id actual, tb_type_id declared)
{
    return actual == declared;
}

static bool same_or_preferred(tb_type_id actual, tb_type_id declared)
{
    return actual == declared ||
           (tbi_category(actual) == tbi_category(declared) && tbi_is_preferred(declared));
}

/* The category of an unknown argument: string if any candidate takes one there, else the only one
 * they agree on. false when they do not agree. */
static bool slot_category(const candidates *c, uint32_t slot, char *category, bool *preferred)
{
    bool conflict = false;
    *category = 0;
    *preferred = false;
    for (uint32_t i = 0; i < c->n; i++) {
        tb_type_id type = c->at[i].args[slot];
        char cat = tbi_category(type);
        if (*category == 0) {
            *category = cat;
            *preferred = tbi_is_preferred(type);
        } else if (cat == *category) {
            *preferred |= tbi_is_preferred(type);
        } else if (cat == 'S') {
            *category = cat;
            *preferred = tbi_is_preferred(type);
        } else {
            conflict = true;
        }
    }
    return !conflict || *category == 'S';
}

static bool fits_slot(tb_type_id type, char category, bool preferred)
{
    return tbi_category(type) == category && (!preferred || tbi_is_preferred(type));
}

/* Uses the categories of the unknown arguments to drop candidates; keeps all when none would be
 * left. */
static void keep_by_category(candidates *c, const tb_type_id *types, uint32_t nargs)
{
    char category[TBI_MAX_ARGS];
    bool preferred[TBI_MAX_ARGS];
    for (uint32_t k = 0; k < nargs; k++)
        if (types[k] == TB_T_UNKNOWN && !slot_category(c, k, &category[k], &preferred[k]))
            return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        bool fits = true;
        for (uint32_t k = 0; k < nargs && fits; k++)
            fits =
                types[k] != TB_T_UNKNOWN || fits_slot(c->at[i].args[k], category[k], preferred[k]);
        if (!fits)
            continue;
        candidate keep = c->at[i];
        c->at[i] = c->at[kept];
        c->at[kept++] = keep;
    }
    if (kept > 0)
        c->n = kept;
}

/* If all known arguments have one type, the candidate that takes that type everywhere; -1 if none
 * or several. */
static int by_known_type(const candidates *c, const tb_type_id *types, uint32_t nargs)
{
    tb_type_id known = TB_T_UNKNOWN;
    for (uint32_t k = 0; k < nargs; k++) {
        if (types[k] == TB_T_UNKNOWN)
            continue;
        if (known != TB_T_UNKNOWN && known != types[k])
            return -1;
        known = types[k];
    }
    if (known == TB_T_UNKNOWN)
        return -1;
    tb_type_id all[TBI_MAX_ARGS];
    for (uint32_t k = 0; k < nargs; k++)
        all[k] = known;
    int found = -1;
    for (uint32_t i = 0; i < c->n; i++) {
        if (!tbi_can_coerce(all, c->at[i].args, nargs, TB_CAST_IMPLICIT))
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

/* The best of several candidates that all accept the types, NULL when it is not unique. */
static const candidate *select_candidate(candidates *c, const tb_type_id *types, uint32_t nargs)
{
    uint32_t unknowns = 0;
    for (uint32_t k = 0; k < nargs; k++)
        unknowns += types[k] == TB_T_UNKNOWN;
    keep_best(c, types, nargs, same_type);
    if (c->n == 1)
        return c->at;
    keep_best(c, types, nargs, same_or_preferred);
    if (c->n == 1)
        return c->at;
    if (unknowns == 0)
        return NULL;
    keep_by_category(c, types, nargs);
    if (c->n == 1)
        return c->at;
    int i = unknowns < nargs ? by_known_type(c, types, nargs) : -1;
    return i < 0 ? NULL : &c->at[i];
}

static bool exact(const candidate *c, const tb_type_id *types, uint32_t nargs)
{
    return memcmp(c->args, types, nargs * sizeof *types) == 0;
}

/* ---- functions ---- */

/* Is `schema` one in which the function table's entries are found? */
static bool function_schema(const char *schema, const char *name)
{
    if (schema == NULL || strcmp(schema, "pg_catalog") == 0)
        return true;
    if (strcmp(schema, "information_schema") == 0)
        return strncmp(name, "_pg_", 4) == 0;
    return strcmp(schema, "tombolo") == 0;
}

/* Argument types of an overload for a call with nargs arguments; false when the number does not
 * fit. An explicit VARIADIC argument takes the place of the repeated tail. */
static bool expand(tb_fn_id fn, uint32_t nargs, bool explicit_variadic, candidate *out)
{
    const tb_fn_info *info = tb_fn_get(fn);
    bool variadic = (info->flags & TB_FF_VARIADIC) != 0;
    out->fn = fn;
    out->ret = info->ret;
    out->variadic = variadic && !explicit_variadic;
    if (explicit_variadic ? (!variadic || nargs != info->nargs)
        : variadic        ? nargs < info->nargs
                          : nargs != info->nargs)
        return false;
    for (uint32_t k = 0; k < nargs; k++)
        out->args[k] = info->args[k < info->nargs ? k : (uint32_t)info->nargs - 1];
    if (explicit_variadic) {
        tb_type_id elem = info->args[info->nargs - 1];
        out->args[nargs - 1] = elem == TB_T_ANY ? TB_T_ANY : tbi_array_type(elem);
    }
    return true;
}

/* Two candidates with equal argument types: the one without a variadic tail hides the other. */
static void drop_hidden(candidates *c, uint32_t nargs)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        bool hidden = false;
        for (uint32_t k = 0; k < c->n && !hidden; k++)
            hidden =
                c->at[i].variadic && !c->at[k].variadic && exact(&c->at[i], c->at[k].args, nargs);
        if (!hidden)
            c->at[kept++] = c->at[i];
    }
    c->n = kept;
}

static candidates function_candidates(tbi_bind *b, const tbi_call *call)
{
    candidates c = candidates_new(b, 0, 0);
    if (!function_schema(call->schema, call->name))
        return c;
    tb_fn_id ids[OVERLOADS_MAX];
    size_t n = tb_fn_lookup(call->name, ids, OVERLOADS_MAX);
    TB_CHECK(n <= OVERLOADS_MAX);
    c = candidates_new(b, n, call->nargs);
    for (size_t i = 0; i < n; i++)
        if (expand(ids[i], call->nargs, call->variadic, &c.at[c.n]))
            c.n++;
    drop_hidden(&c, call->nargs);
    return c;
}

/* "name(type, type)" as error messages show a call. */
static const char *signature(tbi_bind *b, const tbi_call *call)
{
    tb_buf buf;
    tb_buf_init(&buf, 4096);
    if (call->schema != NULL)
        tb_buf_printf(&buf, "%s.", call->schema);
    tb_buf_printf(&buf, "%s(", call->name);
    for (uint32_t i = 0; i < call->nargs; i++)
        tb_buf_printf(&buf, "%s%s", i > 0 ? ", " : "", tbi_type_name(b, call->types[i]));
    tb_buf_putc(&buf, ')');
    const char *text = tb_arena_strdup(b->arena, tb_buf_cstr(&buf));
    tb_buf_fini(&buf);
    return text;
}

static tb_rc no_function(tbi_bind *b, const tbi_call *call)
{
    TB_RAISE_AT(b->err, TB_E_UNDEFINED_FUNCTION, call->pos, "function %s does not exist",
                signature(b, call));
    tb_error_hint(b->err, "No function matches the given name and argument types. You might need "
                          "to add explicit type casts.");
    return TB_FAIL;
}

static tb_rc many_functions(tbi_bind *b, const tbi_call *call)
{
    TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_FUNCTION, call->pos, "function %s is not unique",
                signature(b, call));
    tb_error_hint(b->err, "Could not choose a best candidate function. You might need to add "
                          "explicit type casts.");
    return TB_FAIL;
}

/* int4(x), date('..'): a call of a type's name that is a conversion without a function of its own.
 */
static bool is_conversion(const tbi_call *call, tb_type_id *to)
{
    if (call->nargs != 1 || call->variadic || !function_schema(call->schema, call->name))
        return false;
    *to = tbi_type_by_name(call->name);
    if (*to == TB_T_NONE || tbi_category(*to) == 'P')
        return false;
    tb_type_id from = call->types[0];
    if (from == TB_T_UNKNOWN)
        return true;
    tbi_path_kind path = tbi_find_path(from, *to, TB_CAST_EXPLICIT).kind;
    if (path == TBI_PATH_IO) /* text(record) would capture r.text */
        return from != TB_T_RECORD || tbi_category(*to) != 'S';
    return path == TBI_PATH_RELABEL;
}

static const candidate *choose_function(tbi_bind *b, const tbi_call *call, candidates *c,
                                        tbi_choice *out)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (exact(&c->at[i], call->types, call->nargs))
            return &c->at[i];
    if (is_conversion(call, &out->cast_to)) {
        out->kind = TBI_CHOICE_CAST;
        return NULL;
    }
    out->kind = TBI_CHOICE_NONE;
    if (keep_matching(c, call->types, call->nargs) == 0)
        return NULL;
    if (c->n == 1)
        return c->at;
    const candidate *best = select_candidate(c, call->types, call->nargs);
    if (best == NULL)
        out->kind = TBI_CHOICE_MANY;
    (void)b;
    return best;
}

tb_rc tbi_resolve_function(tbi_bind *b, const tbi_call *call, tbi_choice *out)
{
    *out = (tbi_choice){.kind = TBI_CHOICE_NONE};
    candidates c = function_candidates(b, call);
    const candidate *best = choose_function(b, call, &c, out);
    if (best == NULL) {
        if (out->kind == TBI_CHOICE_CAST)
            return TB_OK;
        return out->kind == TBI_CHOICE_MANY ? many_functions(b, call) : no_function(b, call);
    }
    out->kind = TBI_CHOICE_FN;
    out->fn = best->fn;
    memcpy(out->args, best->args, call->nargs * sizeof *best->args);
    return tbi_enforce_generic(b, call->types, out->args, call->nargs, best->ret, call->pos,
                               &out->ret);
}

/* ---- operators ---- */

static candidates operator_candidates(tbi_bind *b, const tb_op_info *const *ops, size_t n,
                                      int arity)
{
    candidates c = candidates_new(b, n, (uint32_t)arity);
    for (; c.n < n; c.n++) {
        const tb_op_info *op = ops[c.n];
        candidate *to = &c.at[c.n];
        to->fn = op->fn;
        to->ret = op->result;
        if (arity == 2)
            to->args[0] = op->left;
        to->args[arity - 1] = op->right;
    }
    return c;
}

static tb_rc no_operator(tbi_bind *b, const char *name, const tb_type_id *types, int arity,
                         bool ambiguous, int pos)
{
    const char *last = tbi_type_name(b, types[arity - 1]);
    const char *text =
        arity == 1 ? tb_arena_printf(b->arena, "%s %s", name, last)
                   : tb_arena_printf(b->arena, "%s %s %s", tbi_type_name(b, types[0]), name, last);
    if (ambiguous) {
        TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_FUNCTION, pos, "operator is not unique: %s", text);
        tb_error_hint(b->err, "Could not choose a best candidate operator. You might need to add "
                              "explicit type casts.");
        return TB_FAIL;
    }
    TB_RAISE_AT(b->err, TB_E_UNDEFINED_FUNCTION, pos, "operator does not exist: %s", text);
    if (arity == 1)
        tb_error_hint(b->err, "No operator matches the given name and argument type. You might "
                              "need to add an explicit type cast.");
    else
        tb_error_hint(b->err, "No operator matches the given name and argument types. You might "
                              "need to add explicit type casts.");
    return TB_FAIL;
}

/* The exact operator; a literal of unknown type is first taken to be of the other operand's type.
 */
static const tb_op_info *exact_operator(const tb_op_info *const *ops, size_t n,
                                        const tb_type_id *types, int arity)
{
    tb_type_id left = arity == 2 ? types[0] : TB_T_NONE, right = types[arity - 1];
    if (left == TB_T_UNKNOWN)
        left = right;
    else if (right == TB_T_UNKNOWN && arity == 2)
        right = left;
    for (size_t i = 0; i < n; i++)
        if (ops[i]->left == left && ops[i]->right == right)
            return ops[i];
    return NULL;
}

/* The best of the operators, NULL when there is none or (*ambiguous) no best. */
static const tb_op_info *choose_operator(tbi_bind *b, const tb_op_info *const *ops, size_t n,
                                         const tb_type_id *types, int arity, bool *ambiguous)
{
    *ambiguous = false;
    const tb_op_info *found = exact_operator(ops, n, types, arity);
    if (found != NULL)
        return found;
    candidates c = operator_candidates(b, ops, n, arity);
    const candidate *best = NULL;
    if (keep_matching(&c, types, (uint32_t)arity) == 1)
        best = c.at;
    else if (c.n > 1) {
        best = select_candidate(&c, types, (uint32_t)arity);
        *ambiguous = best == NULL;
    }
    for (size_t i = 0; best != NULL && i < n; i++)
        if (ops[i]->right == best->args[arity - 1] && (arity == 1 || ops[i]->left == best->args[0]))
            return ops[i];
    return NULL;
}

tb_rc tbi_resolve_operator(tbi_bind *b, const char *name, const tb_type_id *types, int arity,
                           int pos, tbi_choice *out)
{
    const tb_op_info *ops[OVERLOADS_MAX];
    size_t n = tb_op_lookup(name, arity, ops, OVERLOADS_MAX);
    TB_CHECK(n <= OVERLOADS_MAX);
    bool ambiguous;
    const tb_op_info *op = choose_operator(b, ops, n, types, arity, &ambiguous);
    if (op == NULL)
        return no_operator(b, name, types, arity, ambiguous, pos);
    out->kind = TBI_CHOICE_FN;
    out->fn = op->fn;
    if (arity == 2)
        out->args[0] = op->left;
    out->args[arity - 1] = op->right;
    return tbi_enforce_generic(b, types, out->args, (uint32_t)arity, op->result, pos, &out->ret);
}

static tb_rc make_operator(tbi_bind *b, const char *name, tb_expr **args, int arity, int pos,
                           tb_expr **out)
{
    tb_type_id types[2] = {TB_T_NONE, TB_T_NONE};
    for (int i = 0; i < arity; i++)
        types[i] = args[i]->type.id;
    tbi_choice op;
    TB_TRY(tbi_resolve_operator(b, name, types, arity, pos, &op));
    for (int i = 0; i < arity; i++)
        TB_TRY(tbi_coerce(b, args[i], tb_type_of(op.args[i]), TB_CAST_IMPLICIT, &args[i]));
    *out = tb_expr_call(b->arena, op.fn, tb_type_of(op.ret), args, (uint32_t)arity, pos);
    return TB_OK;
}

tb_rc tbi_operator(tbi_bind *b, const char *name, tb_expr *left, tb_expr *right, int pos,
                   tb_expr **out)
{
    tb_expr *args[2] = {left, right};
    return make_operator(b, name, args, 2, pos, out);
}

tb_rc tbi_prefix_operator(tbi_bind *b, const char *name, tb_expr *arg, int pos, tb_expr **out)
{
    return make_operator(b, name, &arg, 1, pos, out);
}
