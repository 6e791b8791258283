/* SPDX-License-Identifier: Apache-2.0
 * What CREATE FOREIGN TABLE, IMPORT and CREATE VIEW share.
 */
#ifndef TB_SERVER_ADMIN_INT_H
#define TB_SERVER_ADMIN_INT_H

#include "server/store_int.h"

typedef struct tbi_srv_new_column {
    const char *name;
    tb_type type; /* TB_T_NONE = no exact type: hidden */
    bool not_null, hidden;
    const char *remote_name, *remote_type;
    uint16_t pk;
} tbi_srv_new_column;

typedef struct tbi_srv_new_relation {
    const tb_schema *schema;
    const char *name;
    const tb_server *server; /* foreign tables */
    const char *remote_schema, *remote_name;
    double rows;
    const char *view_sql; /* views */
} tbi_srv_new_relation;

/* 42P07 when the name is taken. */
tb_rc tbi_srv_write_relation(tbi_srv_admin *a, const tbi_srv_new_relation *r, tb_oid *oid,
                             tb_error *err) TB_MUSTUSE;
tb_rc tbi_srv_write_column(tbi_srv_admin *a, tb_oid rel, uint32_t attno,
                           const tbi_srv_new_column *c, tb_error *err) TB_MUSTUSE;
bool tbi_srv_may_use_server(const tbi_srv_admin *a, const tb_server *server);
tb_rc tbi_srv_need_server_usage(tbi_srv_admin *a, const tb_server *server, int pos,
                                tb_error *err) TB_MUSTUSE;

#endif
