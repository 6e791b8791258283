/* SPDX-License-Identifier: Apache-2.0
 * A small catalog with roles, grants, views and a drifted column, and statements bound over it.
 */
#ifndef TESTS_UNIT_PLANNER_BIND_FIXTURE_H
#define TESTS_UNIT_PLANNER_BIND_FIXTURE_H

#include "core/show.h"
#include "planner/planner.h"

/* police.person(id int8 pk, name varchar(100), birth date, salary numeric(10,2), district text,
 * hidden: drift text) police.vehicle(plate text pk, owner_id int8, seats int4, tags text[])
 * police.adult: view over person (id, name), owned by police
 * police.chain: view over adult; police.broken: a view whose columns changed
 * tax.payer(id int8, name text): nobody but tax may see it
 * pg_catalog.pg_class(oid oid, relname name)
 *
 * Roles: police and tax own their schemas. analyst may use police, read all of vehicle and adult
 * and chain, and (id, name) of person. */
tb_catalog *bind_fixture_catalog(void);

typedef struct bound {
    tb_arena *arena;
    tb_stmt stmt;
    tb_env env;
    tb_subject subject;
    tb_plan *plan;
    tb_error err; /* TB_E_SUCCESS when bound */
} bound;

/* Binds one statement as a role, with search_path police. nparams declared types may be given. The
 * plan is verified. */
void bind_as(bound *b, tb_catalog *cat, const char *role, const char *sql, const tb_type *params,
             uint32_t nparams);
void bound_fini(bound *b);

/* Appends "name type; name type" of the result columns. */
void bound_describe(const bound *b, tb_buf *out);

#endif
