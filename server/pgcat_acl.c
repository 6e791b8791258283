/* SPDX-License-Identifier: Apache-2.0
 * Access lists as PostgreSQL prints them: {owner=r/owner,reader=r/owner}.
 *
 * The owner reads the whole list of his object; others find themselves in it, the roles they are
 * members of, PUBLIC and the owner: who else may read a department's table is not theirs to know.
 */
#include "server/pgcat_int.h"

#include "core/array.h"

#include <ctype.h>
#include <string.h>

/* Quoted unless it is made of letters, digits and underscores. */
static const char *role_text(const tbi_srv_rows *r, tb_oid oid)
{
    const tb_role *role = tb_catalog_role_by_oid(r->cat, oid);
    if (role == NULL)
        return oid == 0 ? "" : "tombolo";
    const char *p = role->name;
    while (isalnum((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80)
        p++;
    if (*p == '\0')
        return role->name;
    tb_buf quoted;
    tb_buf_init(&quoted, 1000);
    tb_buf_putc(&quoted, '"');
    for (p = role->name; *p != '\0'; p++)
        tb_buf_printf(&quoted, *p == '"' ? "\"\"" : "%c", *p);
    tb_buf_putc(&quoted, '"');
    const char *text = tb_arena_strdup(r->arena, tb_buf_cstr(&quoted));
    tb_buf_fini(&quoted);
    return text;
}

static bool is_shown(const tbi_srv_rows *r, const tb_grant *g, tb_oid owner)
{
    return g->grantee == 0 || tb_subject_has_role(r->subject, owner) ||
           tb_subject_has_role(r->subject, g->grantee);
}

static const char *privileges(const tbi_srv_rows *r, const tb_grant *g)
{
    return tb_arena_printf(r->arena, "%s%s%s%s", (g->privs & TB_PRIV_SELECT) != 0 ? "r" : "",
                           (g->grantable & TB_PRIV_SELECT) != 0 ? "*" : "",
                           (g->privs & TB_PRIV_USAGE) != 0 ? "U" : "",
                           (g->grantable & TB_PRIV_USAGE) != 0 ? "*" : "");
}

static tb_value item(const tbi_srv_rows *r, tb_oid grantee, const char *privs, tb_oid grantor)
{
    return tb_value_cstr(
        tb_arena_printf(r->arena, "%s=%s/%s", role_text(r, grantee), privs, role_text(r, grantor)));
}

void tbi_srv_set_acl(tbi_srv_rows *r, const char *column, tbi_srv_object object)
{
    static const char *const owns[] = {
        [TB_OBJ_RELATION] = "r", [TB_OBJ_SCHEMA] = "UC", [TB_OBJ_SERVER] = "U"};
    TB_LIST(tb_value) items = {0};
    for (uint32_t i = 0; i < r->cat->ngrants; i++) {
        const tb_grant *g = &r->cat->grants[i];
        if (g->kind != object.kind || g->object != object.oid || g->column != object.column ||
            !is_shown(r, g, object.owner))
            continue;
        if (items.n == 0 && object.column < 0)
            tb_list_push(r->arena, &items, item(r, object.owner, owns[object.kind], object.owner));
        tb_list_push(r->arena, &items, item(r, g->grantee, privileges(r, g), g->grantor));
    }
    if (items.n > 0)
        tbi_srv_set(r, column,
                    tb_value_str(tb_array_build_1d(r->arena, TB_T_ACLITEM, items.at, items.n)));
}
