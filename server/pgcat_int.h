/* SPDX-License-Identifier: Apache-2.0
 * How the rows of internal relations are made: one producer function per relation that has rows,
 * collected in pgcat.c.
 */
#ifndef TB_SERVER_PGCAT_INT_H
#define TB_SERVER_PGCAT_INT_H

#include "core/list.h"
#include "server/audit.h"
#include "server/pgcat.h"
#include "server/session.h"

enum {
    TBI_PG_CATALOG = 11,
    TBI_INFORMATION_SCHEMA = 13207,
    TBI_TOMBOLO_SCHEMA = 13900,
    TBI_DATABASE =
        13761, /* oid of the one database; PostgreSQL 15's initdb gives `postgres` 5, template0 4 */
    TBI_BOOTSTRAP_ROLE = 10,
};

/* What a producer works with: it sets columns of the current row by name and emits the row. All
 * rows are made when the scan opens: catalogs are small, and a producer may then walk the snapshot
 * in the plainest way. */
typedef struct tbi_srv_rows {
    const tb_pgcat_scan *scan;
    const tb_stmt *stmt;
    const tb_catalog *cat;
    const tb_subject *subject;
    const tb_pgcat_table *table;
    tb_arena *arena;
    tb_value *current; /* per column of the table */
    TB_LIST(tb_value *) rows;
} tbi_srv_rows;

typedef tb_rc (*tbi_srv_producer)(tbi_srv_rows *r, tb_error *err);

/* Setting a column that the relation does not have is a programming error. Strings must outlive the
 * statement. */
void tbi_srv_set(tbi_srv_rows *r, const char *column, tb_value v);
void tbi_srv_set_str(tbi_srv_rows *r, const char *column,
                     const char *s); /* NULL = SQL NULL; name columns are cut to 63 bytes */
void tbi_srv_set_oid(tbi_srv_rows *r, const char *column, uint32_t oid);
void tbi_srv_set_bool(tbi_srv_rows *r, const char *column, bool v);
void tbi_srv_set_int(tbi_srv_rows *r, const char *column,
                     int64_t v); /* int2, int4, int8, float4 by the column's type */
void tbi_srv_set_char(tbi_srv_rows *r, const char *column, char c);
void tbi_srv_emit(tbi_srv_rows *r);

/* Does the statement's subject see this relation (any privilege), and its schema? */
bool tbi_srv_sees(const tbi_srv_rows *r, const tb_relation *rel);
bool tbi_srv_sees_schema(const tbi_srv_rows *r, const tb_schema *schema);

/* pgcat_acl.c: what was granted on an object; NULL when nothing was. */
typedef struct tbi_srv_object {
    tb_objkind kind;
    tb_oid oid, owner;
    int16_t column; /* 0-based, of a relation; -1 = the whole object */
} tbi_srv_object;
void tbi_srv_set_acl(tbi_srv_rows *r, const char *column, tbi_srv_object object);

/* pgcat_objects.c: relations, columns, keys, comments */
tb_rc tbi_srv_pg_namespace(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_class(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_attribute(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_description(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_foreign_server(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_foreign_table(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_foreign_data_wrapper(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_tables(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_views(tbi_srv_rows *r, tb_error *err);
/* pgcat_types.c: the fixed part */
tb_rc tbi_srv_pg_type(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_proc(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_operator(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_cast(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_am(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_collation(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_language(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_tablespace(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_database(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_range(tbi_srv_rows *r, tb_error *err);
/* pgcat_roles.c */
tb_rc tbi_srv_pg_roles(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_authid(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_user(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_auth_members(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_settings(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_pg_stat_activity(tbi_srv_rows *r, tb_error *err);
/* pgcat_infoschema.c */
tb_rc tbi_srv_is_schemata(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_is_tables(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_is_columns(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_is_views(tbi_srv_rows *r, tb_error *err);
/* pgcat_tombolo.c: the record and the policies */
tb_rc tbi_srv_query_log(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_query_crossing(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_event_log(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_policies(tbi_srv_rows *r, tb_error *err);
tb_rc tbi_srv_policy_references(tbi_srv_rows *r, tb_error *err);

#endif
