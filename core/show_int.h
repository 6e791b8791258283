/* SPDX-License-Identifier: Apache-2.0
 * State shared by show.c and show_expr.c.
 */
#ifndef TB_CORE_SHOW_INT_H
#define TB_CORE_SHOW_INT_H

#include "core/show.h"

typedef struct tbi_show {
    tb_buf *out;
    const tb_stmt *stmt;
    const tb_show_options *options;
    tb_arena *arena; /* scratch */
    bool number_subplans;
    TB_LIST(const tb_plan *) subplans; /* printed as {index + 1} */
} tbi_show;

void tbi_show_col(tbi_show *s, tb_colid col);
void tbi_show_type(tbi_show *s, tb_type type);
void tbi_show_expr(tbi_show *s, const tb_expr *e);

#endif
