/* SPDX-License-Identifier: Apache-2.0
 * Texts of the push reasons.
 */
#include "core/fragment.h"

static const char *const reason_texts[] = {
#define TB_WHY(id, text) [TB_WHY_##id] = text,
#include "core/push_reasons.def"
#undef TB_WHY
};

const char *tb_push_reason_text(tb_push_reason reason)
{
    TB_CHECK(reason < TB_WHY_COUNT);
    return reason_texts[reason];
}
