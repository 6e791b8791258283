/* SPDX-License-Identifier: Apache-2.0
 * A catalog with masks and a row filter, and statements taken through the stages one by one.
 *
 *   tax.payer(id text pk, name text, income numeric(6,2), region text, city varchar(4))
 *     id: mask_partial(id, 2, '*', 2), raw for inspectors; name: by region ('N' raw); income: NULL
 *     city: 'far away', raw for inspectors with the purpose audit; rows: region = 'N', all for
 * inspectors tax.note(id text, text text): no policies; tax.odd(a text): a mask that is fit for no
 * column hr.staff(id text): at another server, no policies
 */
#ifndef TB_TESTS_POLICY_FIXTURE_H
#define TB_TESTS_POLICY_FIXTURE_H

#include "core/show.h"
#include "policy/policy_int.h"

typedef struct subject_spec {
    const char *role; /* analyst or inspector */
    const char *purpose;
} subject_spec;

typedef struct policy_run {
    tb_arena *arena;
    tb_catalog *catalog;
    struct tb_dialects *dialects;
    tb_subject subject;
    tb_env env;
    tb_stmt stmt;
    tb_plan *plan;
    tb_error err;
} policy_run;

/* Parses and binds. */
void policy_bind(policy_run *r, subject_spec who, const char *sql);
/* The same, then apply. */
void policy_applied(policy_run *r, subject_spec who, const char *sql);
/* The same, then optimize and split: ready for the check. */
void policy_planned(policy_run *r, subject_spec who, const char *sql);
/* The check, with the real deparser. */
tb_rc policy_checked(policy_run *r);
void policy_fini(policy_run *r);

/* The plan as text, in the arena. */
const char *policy_show(policy_run *r);
/* First node of a kind, depth first; NULL when there is none. */
tb_plan *policy_find(tb_plan *p, tb_plan_kind kind);
const tb_relation *policy_relation(const char *name);
tb_rc policy_deparse(tb_stmt *stmt, const tb_server *server, const tb_plan *subtree,
                     tb_policy_text *out, tb_error *err);

static inline subject_spec analyst(void)
{
    return (subject_spec){"analyst", NULL};
}
static inline subject_spec inspector(void)
{
    return (subject_spec){"inspector", NULL};
}

#endif
