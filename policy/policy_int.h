/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of policy/ only.
 */
#ifndef TB_POLICY_POLICY_INT_H
#define TB_POLICY_POLICY_INT_H

#include "policy/policy.h"

/* What the policies of one relation demand of one subject, over given base columns. */
typedef struct tbi_required {
    const tb_relation *rel;
    tb_expr **mask; /* per column of rel: mask expression, NULL = the plain column is allowed */
    uint32_t nfilters;
    tb_expr **filters; /* row filters still needed (not folded to true) */
    const char **filter_names;
    bool needed; /* any mask or filter */
} tbi_required;

/* True when the relation has any policy, whatever the subject. */
bool tbi_has_policies(const tb_relation *rel);

/* Binds the relation's policies over `base` (one column id per column of rel; 0 = not available,
 * only legal for columns no policy reads) and folds them for the statement's subject. Only masks of
 * columns with wanted[attno] are bound. */
tb_rc tbi_require(tb_stmt *stmt, tb_policy_binder bind, const tb_relation *rel,
                  const tb_colid *base, const bool *wanted, tbi_required *out,
                  tb_error *err) TB_MUSTUSE;

/* Marks the columns the policies of rel read: row filters, and masks of wanted columns. */
void tbi_columns_read(const tb_relation *rel, const bool *wanted, bool *read);

/* Folds constants, CASE with decided conditions, AND/OR with decided terms. The same function runs
 * on both sides of every comparison the check makes. Evaluation errors leave the expression as it
 * is. */
tb_expr *tbi_simplify(tb_stmt *stmt, tb_expr *e);

/* Signs a fragment that passed the check. */
void tbi_stamp(const char *query_id, tb_fragment *fragment);

#endif
