/* SPDX-License-Identifier: Apache-2.0
 * Shared by settings.c and settings_check.c.
 */
#ifndef TB_SERVER_SETTINGS_INT_H
#define TB_SERVER_SETTINGS_INT_H

#include "server/settings.h"

typedef struct tbi_checked {
    const char *text; /* canonical; in the arena, static, or the value itself */
    int64_t number;
} tbi_checked;

bool tbi_parse_bool(const char *value, bool *out);
tb_rc tbi_setting_check(const tb_setting_info *info, const char *value, tb_arena *arena,
                        tbi_checked *out, tb_error *err) TB_MUSTUSE;
const char *tbi_setting_with_unit(const tb_setting_info *info, int64_t v, tb_arena *arena);

#endif
