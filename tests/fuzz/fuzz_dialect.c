/* SPDX-License-Identifier: Apache-2.0
 * libFuzzer target: dialect files. Any bytes give either an error that names the line or a dialect
 * whose rules are whole: what the planner and the deparser take for granted of a loaded file.
 */
#include "connectors/dialect.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rule(const tb_dialect_rule *r)
{
    TB_CHECK(r->listed || r->verdict == TB_VERDICT_NEVER);
    TB_CHECK((r->verdict == TB_VERDICT_NEVER) == (r->template_ == NULL));
    for (const char *t = r->template_; t != NULL && *t; t++)
        TB_CHECK(*t != '$' || (t[1] >= '1' && t[1] <= '9') || t[1] == '*');
}

static void check_dialect(const tb_dialect *d)
{
    TB_CHECK(d->name != NULL && d->name[0] != '\0');
    TB_CHECK(strlen(d->text[TB_DT_QUOTE]) == 1 && d->text[TB_DT_PLACEHOLDER] != NULL &&
             d->text[TB_DT_LIMIT] != NULL);
    for (int i = 0; i < TB_DC_COUNT; i++)
        check_rule(&d->constructs[i]);
    for (int i = 1; i < TB_FN_COUNT; i++) {
        check_rule(&d->fns[i]);
        if (tb_dialect_host_fn(d, (tb_fn_id)i))
            TB_CHECK(d->text[TB_DT_HOST_PREFIX] != NULL);
    }
    for (int i = 0; i < TB_TYPE_COUNT; i++)
        TB_CHECK(!tb_dialect_has_type(d, (tb_type_id)i) || d->types[i].remote != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_dialect *d;
    if (tb_dialect_parse(arena, "fuzz", (const char *)data, size, &d, &err) == TB_OK)
        check_dialect(d);
    else
        TB_CHECK(tb_error_set(&err) && strstr(err.message, "fuzz") != NULL);
    tb_arena_destroy(arena);
    return 0;
}
