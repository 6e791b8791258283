/* SPDX-License-Identifier: Apache-2.0
 * A catalog in memory, described in a few lines of text, and statements planned over it.
 *
 *     server NAME DIALECT [fence]
 *     table SCHEMA.NAME SERVER ROWS        SERVER may be "internal"
 *       COLUMN TYPE [notnull] [pk] [ndv=N]
 *       mask COLUMN                        protected by mask_partial(COLUMN, 1, '*', 0)
 *       adult COLUMN                       and filtered: COLUMN >= 18
 */
#ifndef TB_TESTS_PLAN_FIXTURE_H
#define TB_TESTS_PLAN_FIXTURE_H

#include "connectors/dialect.h"
#include "core/buf.h"
#include "core/stmt.h"

typedef struct plan_fixture plan_fixture;

plan_fixture *plan_fixture_create(const char *catalog_path);
void plan_fixture_destroy(plan_fixture *f);

typedef struct plan_request {
    const char *sql;
    bool pushdown;
    const char *search_path; /* one schema, or NULL */
    tb_evaluator eval;
} plan_request;

/* Parses, binds, protects, optimizes and splits one SELECT. Appends the plan, then one block per
 * fragment. On failure appends "ERROR sqlstate: message". False when the error is XX000. */
bool plan_fixture_run(plan_fixture *f, const plan_request *r, tb_buf *out);
/* CPU nanoseconds of the last run's binding and planning. */
int64_t plan_fixture_plan_ns(const plan_fixture *f);

#endif
