/* SPDX-License-Identifier: Apache-2.0
 * Scalar expressions outside of queries: arguments of EXECUTE, declared types of PREPARE. Each is
 * bound and run as SELECT expression, by the spine.
 */
#ifndef TB_SERVER_SCALAR_H
#define TB_SERVER_SCALAR_H

#include "server/session.h"

/* Type of an expression; the tree must live as long as the arena. */
tb_rc tb_scalar_type(tb_session *s, tb_arena *arena, const tb_ast *expr, tb_type *out,
                     tb_error *err) TB_MUSTUSE;
/* Its value, cast to a type; bytes are in the arena. */
tb_rc tb_scalar_value(tb_session *s, tb_arena *arena, const tb_ast *expr, tb_type want,
                      tb_value *out, tb_error *err) TB_MUSTUSE;

#endif
