/* SPDX-License-Identifier: Apache-2.0
 * Statements that are not queries, one function each: takes a portal, does what its statement says,
 * sets portal->tag and perhaps portal->rows. Those of cursors, PREPARE, EXPLAIN are in portal.h.
 */
#ifndef TB_SERVER_COMMAND_H
#define TB_SERVER_COMMAND_H

#include "server/portal.h"

/* SET, RESET */
tb_rc tb_command_set(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
tb_rc tb_command_show(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;

/* Administration statements: one each, outside of transaction blocks, on record. */
tb_rc tb_command_admin(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
void tb_command_describe_admin(tb_arena *arena, const tb_ast *ast, tb_desc *out);

#endif
