/* SPDX-License-Identifier: Apache-2.0
 * Values of settings and their undo log.
 *
 * A transaction keeps the list of changes made in it and, per setting touched, the value from
 * before. From these every way out follows: rollback restores the value before; rollback to a
 * savepoint drops the later changes and restores the last one left; commit keeps the last change
 * that was not LOCAL.
 */
#include "server/settings_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHANGES_MAX = 10000, CUSTOM_MAX = 1000, TEXT_MAX = 16 * 1024 };

static const tb_setting_info infos[] = {
#define REPORT       TB_SETTING_REPORT
#define INTERNAL     TB_SETTING_INTERNAL
#define NO_RESET_ALL TB_SETTING_NO_RESET_ALL
#define NO_SHOW_ALL  TB_SETTING_NO_SHOW_ALL
#define TB_SETTING(ID, name, kind, def, min, max, unit, flags, values, doc)                        \
    [TB_SETTING_##ID] = {name, TB_SETTING_KIND_##kind, def, min, max, unit, flags, values, doc},
#include "server/settings.def"
#undef TB_SETTING
#undef REPORT
#undef INTERNAL
#undef NO_RESET_ALL
#undef NO_SHOW_ALL
};

/* A value; text is owned (malloc). */
typedef struct value {
    char *text;
    int64_t number;
} value;

typedef struct cell {
    const tb_setting_info *info; /* NULL = custom */
    char *name;                  /* custom: owned */
    value now;
    value reset;
    value before; /* from before the transaction, when touched */
    bool touched;
    char *reported; /* what the client was told, or NULL */
} cell;

typedef struct change {
    cell *cell;
    value to;
    bool local;
} change;

struct tb_settings {
    tb_setting_check check;
    void *ctx;
    cell cells[TB_SETTING_COUNT];
    cell **custom;
    uint32_t ncustom;
    change *changes;
    uint32_t nchanges, cap;
    bool in_transaction;
    tb_arena *scratch; /* reset per call */
};

static value value_make(const char *text, int64_t number)
{
    return (value){tb_xstrdup(text), number};
}

static void value_set(value *to, value from)
{
    free(to->text);
    *to = from;
}

const tb_setting_info *tb_setting_info_get(tb_setting_id id)
{
    return &infos[id];
}

tb_setting_id tb_setting_find(const char *name)
{
    for (int i = 0; i < TB_SETTING_COUNT; i++)
        if (strcasecmp(infos[i].name, name) == 0)
            return (tb_setting_id)i;
    return TB_SETTING_COUNT;
}

tb_settings *tb_settings_create(tb_setting_check check, void *ctx)
{
    tb_settings *s = tb_xcalloc(1, sizeof *s);
    s->check = check;
    s->ctx = ctx;
    s->scratch = tb_arena_create(0);
    for (int i = 0; i < TB_SETTING_COUNT; i++) {
        tbi_checked boot;
        tb_error err = {0};
        TB_CHECK(tbi_setting_check(&infos[i], infos[i].boot, s->scratch, &boot, &err) == TB_OK);
        s->cells[i].info = &infos[i];
        s->cells[i].now = value_make(boot.text, boot.number);
        s->cells[i].reset = value_make(boot.text, boot.number);
    }
    return s;
}

static void cell_fini(cell *c)
{
    free(c->name);
    free(c->now.text);
    free(c->reset.text);
    free(c->before.text);
    free(c->reported);
}

void tb_settings_destroy(tb_settings *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->nchanges; i++)
        free(s->changes[i].to.text);
    for (int i = 0; i < TB_SETTING_COUNT; i++)
        cell_fini(&s->cells[i]);
    for (uint32_t i = 0; i < s->ncustom; i++) {
        cell_fini(s->custom[i]);
        free(s->custom[i]);
    }
    free(s->custom);
    free(s->changes);
    tb_arena_destroy(s->scratch);
    free(s);
}

static cell *find_custom(const tb_settings *s, const char *name)
{
    for (uint32_t i = 0; i < s->ncustom; i++)
        if (strcasecmp(s->custom[i]->name, name) == 0)
            return s->custom[i];
    return NULL;
}

static cell *find(const tb_settings *s, const char *name)
{
    tb_setting_id id = tb_setting_find(name);
    return id == TB_SETTING_COUNT ? find_custom(s, name) : (cell *)&s->cells[id];
}

/* class.name of letters, digits, '_' and '$'. Ours are all in the table: a misspelt one is an
 * error. */
static bool is_custom_name(const char *name)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || strncasecmp(name, "tombolo.", 8) == 0 || strlen(name) > 128)
        return false;
    bool start = true;
    for (const char *p = name; *p != '\0'; p++) {
        bool letter =
            (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' || (*p & 0x80) != 0;
        bool digit = (*p >= '0' && *p <= '9') || *p == '$';
        if (*p == '.' ? start : !(letter || (digit && !start)))
            return false;
        start = *p == '.';
    }
    return !start;
}

static tb_rc add_custom(tb_settings *s, const char *name, cell **out, tb_error *err)
{
    if (!is_custom_name(name))
        return TB_RAISE(err, TB_E_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"",
                        name);
    if (s->ncustom == CUSTOM_MAX)
        return TB_RAISE(err, TB_E_CONFIGURATION_LIMIT_EXCEEDED, "too many custom settings");
    cell *c = tb_xcalloc(1, sizeof *c);
    c->name = tb_xstrdup(name);
    c->now = value_make("", 0);
    c->reset = value_make("", 0);
    s->custom = tb_xrealloc(s->custom, (s->ncustom + 1) * sizeof(cell *));
    s->custom[s->ncustom++] = c;
    *out = c;
    return TB_OK;
}

static void change_cell(tb_settings *s, cell *c, value to, bool local)
{
    if (!c->touched) {
        c->before = c->now;
        c->now = (value){0};
        c->touched = true;
    }
    if (s->nchanges == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->changes = tb_xrealloc(s->changes, s->cap * sizeof(change));
    }
    s->changes[s->nchanges++] = (change){c, value_make(to.text, to.number), local};
    value_set(&c->now, to);
}

static tb_rc checked_value(tb_settings *s, const cell *c, const char *text, value *out,
                           tb_error *err)
{
    tbi_checked v = {.text = text};
    if (strlen(text) > TEXT_MAX)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "value of parameter \"%s\" is too long",
                        c->info ? c->info->name : c->name);
    if (c->info != NULL) {
        TB_TRY(tbi_setting_check(c->info, text, s->scratch, &v, err));
        if (c->info->kind == TB_SETTING_KIND_ROLE || c->info->kind == TB_SETTING_KIND_AUTHORIZATION)
            TB_TRY(
                s->check(s->ctx, (tb_setting_id)(c->info - infos), text, s->scratch, &v.text, err));
    }
    *out = value_make(v.text, v.number);
    return TB_OK;
}

tb_rc tb_settings_set(tb_settings *s, const char *name, const char *text, tb_setting_scope scope,
                      tb_error *err)
{
    TB_CHECK(s->in_transaction || scope == TB_SCOPE_STARTUP);
    cell *c = find(s, name);
    if (c == NULL)
        TB_TRY(add_custom(s, name, &c, err));
    if (c->info != NULL && (c->info->flags & TB_SETTING_INTERNAL) != 0)
        return TB_RAISE(err, TB_E_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed",
                        c->info->name);
    if (s->nchanges == CHANGES_MAX)
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "too many settings changed in one transaction");
    value to;
    tb_arena_reset(s->scratch);
    if (text == NULL)
        to = value_make(c->reset.text, c->reset.number);
    else
        TB_TRY(checked_value(s, c, text, &to, err));
    if (scope == TB_SCOPE_STARTUP) {
        value_set(&c->reset, value_make(to.text, to.number));
        value_set(&c->now, to);
    } else {
        change_cell(s, c, to, scope == TB_SCOPE_LOCAL);
    }
    return TB_OK;
}

void tb_settings_put(tb_settings *s, tb_setting_id id, const char *text)
{
    value_set(&s->cells[id].now, value_make(text, 0));
    value_set(&s->cells[id].reset, value_make(text, 0));
}

tb_rc tb_settings_reset_all(tb_settings *s, tb_error *err)
{
    for (int i = 0; i < TB_SETTING_COUNT; i++)
        if ((infos[i].flags & (TB_SETTING_INTERNAL | TB_SETTING_NO_RESET_ALL)) == 0 &&
            strcmp(s->cells[i].now.text, s->cells[i].reset.text) != 0)
            TB_TRY(tb_settings_set(s, infos[i].name, NULL, TB_SCOPE_SESSION, err));
    for (uint32_t i = 0; i < s->ncustom; i++)
        TB_TRY(tb_settings_set(s, s->custom[i]->name, NULL, TB_SCOPE_SESSION, err));
    return TB_OK;
}

const char *tb_settings_show(const tb_settings *s, tb_arena *arena, const char *name,
                             const char **spelling)
{
    const cell *c = find(s, name);
    if (c == NULL)
        return NULL;
    if (spelling != NULL)
        *spelling = tb_arena_strdup(arena, c->info != NULL ? c->info->name : c->name);
    if (c->info != NULL && c->info->kind == TB_SETTING_KIND_INT && *c->info->unit != '\0')
        return tbi_setting_with_unit(c->info, c->now.number, arena);
    return tb_arena_strdup(arena, c->now.text);
}

const char *tb_settings_text(const tb_settings *s, tb_setting_id id)
{
    return s->cells[id].now.text;
}

int64_t tb_settings_int(const tb_settings *s, tb_setting_id id)
{
    return s->cells[id].now.number;
}

bool tb_settings_bool(const tb_settings *s, tb_setting_id id)
{
    return s->cells[id].now.number != 0;
}

bool tb_settings_at(const tb_settings *s, uint32_t i, tb_setting_row *row)
{
    if (i >= TB_SETTING_COUNT + s->ncustom)
        return false;
    const cell *c = i < TB_SETTING_COUNT ? &s->cells[i] : s->custom[i - TB_SETTING_COUNT];
    *row = (tb_setting_row){c->info, c->info != NULL ? c->info->name : c->name, c->now.text,
                            c->reset.text};
    return true;
}

void tb_settings_begin(tb_settings *s)
{
    TB_CHECK(!s->in_transaction);
    s->in_transaction = true;
}

/* Ends the transaction: each touched setting gets its final value, the log is emptied. */
static void end(tb_settings *s, bool commit)
{
    for (uint32_t i = 0; i < s->nchanges; i++) {
        change *ch = &s->changes[i];
        if (commit && !ch->local)
            value_set(&ch->cell->before, ch->to);
        else
            free(ch->to.text);
    }
    for (uint32_t i = 0; i < s->nchanges; i++) {
        cell *c = s->changes[i].cell;
        if (!c->touched)
            continue;
        value_set(&c->now, c->before);
        c->before = (value){0};
        c->touched = false;
    }
    s->nchanges = 0;
    s->in_transaction = false;
}

void tb_settings_commit(tb_settings *s)
{
    end(s, true);
}

void tb_settings_rollback(tb_settings *s)
{
    end(s, false);
}

uint32_t tb_settings_mark(const tb_settings *s)
{
    return s->nchanges;
}

void tb_settings_rollback_to(tb_settings *s, uint32_t mark)
{
    while (s->nchanges > mark) {
        change dropped = s->changes[--s->nchanges];
        const value *last = NULL;
        for (uint32_t i = s->nchanges; last == NULL && i-- > 0;)
            if (s->changes[i].cell == dropped.cell)
                last = &s->changes[i].to;
        cell *c = dropped.cell;
        if (last != NULL) {
            value_set(&c->now, value_make(last->text, last->number));
        } else {
            value_set(&c->now, c->before);
            c->before = (value){0};
            c->touched = false;
        }
        free(dropped.to.text);
    }
}

bool tb_settings_next_report(tb_settings *s, const char **name, const char **value_out)
{
    for (int i = 0; i < TB_SETTING_COUNT; i++) {
        cell *c = &s->cells[i];
        if ((infos[i].flags & TB_SETTING_REPORT) == 0 ||
            (c->reported != NULL && strcmp(c->reported, c->now.text) == 0))
            continue;
        free(c->reported);
        c->reported = tb_xstrdup(c->now.text);
        *name = infos[i].name;
        *value_out = c->now.text;
        return true;
    }
    return false;
}
