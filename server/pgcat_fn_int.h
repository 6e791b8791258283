/* SPDX-License-Identifier: Apache-2.0
 * Shared by pgcat_fn.c, pgcat_privilege.c and pgcat_reg.c only.
 */
#ifndef TB_SERVER_PGCAT_FN_INT_H
#define TB_SERVER_PGCAT_FN_INT_H

#include "server/pgcat_int.h"

/* has_*_privilege([role,] object, privilege) for every kind of object; the kind is in the
 * function's name. */
tb_rc tbi_srv_fn_has_privilege(tb_fn_cx *cx, const tb_value *a, tb_value *ret);
/* pg_has_role([role,] role, privilege) */
tb_rc tbi_srv_fn_has_role(tb_fn_cx *cx, const tb_value *a, tb_value *ret);

/* 'schema.name'::regclass and its relatives; a number stands for itself. Raises PostgreSQL's error.
 */
tb_rc tbi_srv_reg_oid(const tb_env *env, tb_type_id type, const char *text, size_t len,
                      uint32_t *oid, tb_error *err) TB_MUSTUSE;

/* pgcat_types.c: the type input and output functions, by name and by OID. */
bool tbi_srv_io_proc_oid(const char *name, uint32_t *oid);
const char *tbi_srv_io_proc_name(uint32_t oid);

#endif
