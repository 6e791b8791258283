/* SPDX-License-Identifier: Apache-2.0
 * Session settings: what SET, SHOW and RESET know. settings.def is the table; names with a dot that
 * are not in it are custom settings, free text kept for the session.
 *
 * Transactional as in PostgreSQL: rollback undoes SET, commit undoes SET LOCAL, savepoints nest.
 * Every change happens inside tb_settings_begin() .. commit/rollback. Owned by the session's
 * thread.
 */
#ifndef TB_SERVER_SETTINGS_H
#define TB_SERVER_SETTINGS_H

#include "core/arena.h"
#include "core/error.h"
#include "server/version.h"

typedef enum tb_setting_id {
#define TB_SETTING(ID, name, kind, def, min, max, unit, flags, values, doc) TB_SETTING_##ID,
#include "server/settings.def"
#undef TB_SETTING
    TB_SETTING_COUNT
} tb_setting_id;

typedef enum tb_setting_kind {
    TB_SETTING_KIND_BOOL, /* min..max restricts it: 1..1 can only be on */
    TB_SETTING_KIND_INT,  /* unit: "", "ms", "kB" */
    TB_SETTING_KIND_STRING,
    TB_SETTING_KIND_ENUM,
    TB_SETTING_KIND_LIST, /* identifiers separated by commas */
    TB_SETTING_KIND_DATESTYLE,
    TB_SETTING_KIND_LOCALE,
    TB_SETTING_KIND_ENCODING,
    TB_SETTING_KIND_TIMEZONE,
    TB_SETTING_KIND_ROLE,         /* the session checks it */
    TB_SETTING_KIND_AUTHORIZATION /* the session checks it */
} tb_setting_kind;

enum {
    TB_SETTING_REPORT = 1,   /* ParameterStatus when it changes */
    TB_SETTING_INTERNAL = 2, /* cannot be changed */
    TB_SETTING_NO_RESET_ALL = 4,
    TB_SETTING_NO_SHOW_ALL = 8
};

typedef struct tb_setting_info {
    const char *name;
    tb_setting_kind kind;
    const char *boot; /* default */
    int64_t min, max;
    const char *unit;
    uint32_t flags;
    const char *values;
    const char *doc;
} tb_setting_info;

const tb_setting_info *tb_setting_info_get(tb_setting_id id);
/* Any case; TB_SETTING_COUNT when there is no such setting. */
tb_setting_id tb_setting_find(const char *name);

typedef struct tb_settings tb_settings;

/* Checks a value whose meaning depends on the session (ROLE, AUTHORIZATION); *canonical may be
 * replaced by a text in the arena. */
typedef tb_rc (*tb_setting_check)(void *ctx, tb_setting_id id, const char *value, tb_arena *arena,
                                  const char **canonical, tb_error *err);

typedef enum tb_setting_scope {
    TB_SCOPE_SESSION,
    TB_SCOPE_LOCAL,  /* until the end of the transaction */
    TB_SCOPE_STARTUP /* what RESET goes back to */
} tb_setting_scope;

tb_settings *tb_settings_create(tb_setting_check check, void *ctx) TB_MUSTUSE;
void tb_settings_destroy(tb_settings *s); /* NULL is allowed */

/* Sets a setting by name; value NULL = its reset value. 42704 unknown name, 22023 bad value, 55P02
 * not changeable, 0A000 for values PostgreSQL has and we do not. */
tb_rc tb_settings_set(tb_settings *s, const char *name, const char *value, tb_setting_scope scope,
                      tb_error *err) TB_MUSTUSE;
tb_rc tb_settings_reset_all(tb_settings *s, tb_error *err) TB_MUSTUSE;
/* Sets without any check: for values the server itself determines. */
void tb_settings_put(tb_settings *s, tb_setting_id id, const char *value);

/* Value as SHOW prints it (numbers with a unit), in the arena; NULL when there is no such setting.
 * *name (may be NULL) gets the setting's own spelling. */
const char *tb_settings_show(const tb_settings *s, tb_arena *arena, const char *name,
                             const char **spelling);
/* Values by id: the text, the number (INT in its unit, BOOL, ENUM's position in its list). */
const char *tb_settings_text(const tb_settings *s, tb_setting_id id);
int64_t tb_settings_int(const tb_settings *s, tb_setting_id id);
bool tb_settings_bool(const tb_settings *s, tb_setting_id id);

/* All of them, for SHOW ALL and pg_settings: custom ones come after the table's. NULL at the end.
 */
typedef struct tb_setting_row {
    const tb_setting_info *info; /* NULL = custom */
    const char *name, *value, *reset;
} tb_setting_row;
bool tb_settings_at(const tb_settings *s, uint32_t i, tb_setting_row *row);

/* Transactions and savepoints. */
void tb_settings_begin(tb_settings *s);
void tb_settings_commit(tb_settings *s);
void tb_settings_rollback(tb_settings *s);
uint32_t tb_settings_mark(const tb_settings *s);
void tb_settings_rollback_to(tb_settings *s, uint32_t mark);

/* The next REPORT setting whose value the client has not been told; false when it knows all. */
bool tb_settings_next_report(tb_settings *s, const char **name, const char **value);

/* Splits a list value ("$user", public) into identifiers, unquoted and folded; 22023 when
 * malformed. */
tb_rc tb_settings_split_list(tb_arena *arena, const char *value, const char ***names, uint32_t *n,
                             tb_error *err) TB_MUSTUSE;

#endif
