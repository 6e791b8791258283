/* SPDX-License-Identifier: Apache-2.0
 * From what the user wrote to a setting's canonical value, by kind.
 */
#include "server/settings_int.h"

#include "core/buf.h"
#include "core/tz.h"
#include "server/encoding.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static tb_rc invalid(const tb_setting_info *info, const char *value, tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"",
                    info->name, value);
}

/* PostgreSQL's boolean input: unambiguous prefixes of the words. */
bool tbi_parse_bool(const char *value, bool *out)
{
    static const struct {
        const char *word;
        size_t shortest;
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    size_t len = strlen(value);
    for (size_t i = 0; i < TB_COUNT(words); i++) {
        if (len >= words[i].shortest && len <= strlen(words[i].word) &&
            strncasecmp(value, words[i].word, len) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static tb_rc check_bool(const tb_setting_info *info, const char *value, tbi_checked *out,
                        tb_error *err)
{
    bool b;
    if (!tbi_parse_bool(value, &b))
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "parameter \"%s\" requires a Boolean value", info->name);
    if (b < info->min || b > info->max)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "parameter \"%s\" cannot be set to \"%s\" on this server", info->name,
                        b ? "on" : "off");
    out->text = b ? "on" : "off";
    out->number = b;
    return TB_OK;
}

typedef struct unit {
    const char *name;
    double factor; /* in the base unit */
} unit;

static const unit time_units[] = {{"us", 0.001},  {"ms", 1},           {"s", 1000},
                                  {"min", 60000}, {"h", 3600 * 1000.}, {"d", 86400 * 1000.}};
static const unit memory_units[] = {
    {"B", 1 / 1024.}, {"kB", 1}, {"MB", 1024}, {"GB", 1024 * 1024.}, {"TB", 1024 * 1048576.}};

static const unit *units_of(const tb_setting_info *info, size_t *n)
{
    if (strcmp(info->unit, "ms") == 0) {
        *n = TB_COUNT(time_units);
        return time_units;
    }
    *n = strcmp(info->unit, "kB") == 0 ? TB_COUNT(memory_units) : 0;
    return memory_units;
}

static tb_rc check_int(const tb_setting_info *info, const char *value, tb_arena *arena,
                       tbi_checked *out, tb_error *err)
{
    char *end;
    errno = 0;
    double v = strtod(value, &end);
    if (end == value || !isfinite(v))
        return invalid(info, value, err);
    while (*end == ' ')
        end++;
    double factor = 1;
    if (*end != '\0') {
        size_t n, i = 0;
        const unit *units = units_of(info, &n);
        char word[8] = "";
        size_t len = strcspn(end, " ");
        if (len < sizeof word && end[len + strspn(end + len, " ")] == '\0')
            memcpy(word, end, len);
        while (i < n && strcmp(units[i].name, word) != 0)
            i++;
        if (i == n) {
            invalid(info, value, err);
            if (units == time_units)
                tb_error_hint(err, "Valid units for this parameter are \"us\", \"ms\", \"s\", "
                                   "\"min\", \"h\", and \"d\".");
            else if (n > 0)
                tb_error_hint(err, "Valid units for this parameter are \"B\", \"kB\", \"MB\", "
                                   "\"GB\", and \"TB\".");
            return TB_FAIL;
        }
        factor = units[i].factor;
    }
    v = rint(v * factor);
    if (v > INT32_MAX || v < INT32_MIN) {
        invalid(info, value, err);
        tb_error_hint(err, "Value exceeds integer range.");
        return TB_FAIL;
    }
    out->number = (int64_t)v;
    if (out->number < info->min || out->number > info->max) {
        const char *blank = *info->unit ? " " : "";
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "%lld%s%s is outside the valid range for parameter \"%s\" "
                        "(%lld%s%s .. %lld%s%s)",
                        (long long)out->number, blank, info->unit, info->name, (long long)info->min,
                        blank, info->unit, (long long)info->max, blank, info->unit);
    }
    out->text = tb_arena_printf(arena, "%lld", (long long)out->number);
    return TB_OK;
}

/* Next word of "a|b c|d/x=b": sets *word, *len; false at the end. */
static bool next_word(const char **at, const char **word, size_t *len)
{
    if (**at == '\0')
        return false;
    *word = *at;
    *len = strcspn(*at, "|/");
    *at += *len;
    if (**at != '\0')
        (*at)++;
    return true;
}

static tb_rc check_enum(const tb_setting_info *info, const char *value, tb_arena *arena,
                        tbi_checked *out, tb_error *err)
{
    const char *at = info->values, *word, *shown_end = strchrnul(info->values, '/');
    size_t len, wanted = strlen(value);
    for (int64_t i = 0; next_word(&at, &word, &len); i++) {
        const char *eq = memchr(word, '=', len);
        size_t name_len = eq == NULL ? len : (size_t)(eq - word);
        if (name_len != wanted || strncasecmp(word, value, wanted) != 0)
            continue;
        if (eq != NULL && (size_t)(word + len - eq - 1) != name_len)
            return check_enum(info, tb_arena_strndup(arena, eq + 1, len - name_len - 1), arena, out,
                              err);
        out->text = tb_arena_strndup(arena, word, name_len);
        out->number = i;
        return TB_OK;
    }
    invalid(info, value, err);
    tb_buf list;
    tb_buf_init(&list, sizeof err->hint);
    for (at = info->values; at < shown_end && next_word(&at, &word, &len);) {
        tb_buf_puts(&list, list.len ? ", " : "");
        tb_buf_append(&list, word, len);
    }
    tb_error_hint(err, "Available values: %s.", tb_buf_cstr(&list));
    tb_buf_fini(&list);
    return TB_FAIL;
}

/* ISO output and month-day-year input are all we do; other words PostgreSQL knows are refused. */
static tb_rc check_datestyle(const tb_setting_info *info, const char *value, tb_arena *arena,
                             tbi_checked *out, tb_error *err)
{
    static const char *const known[] = {"german", "sql",  "postgres", "ymd",
                                        "dmy",    "euro", "european", "noneuro"};
    char *copy = tb_arena_strdup(arena, value), *save = NULL;
    for (char *word = strtok_r(copy, ", \t\n", &save); word != NULL;
         word = strtok_r(NULL, ", \t\n", &save)) {
        if (strcasecmp(word, "iso") == 0 || strcasecmp(word, "mdy") == 0 ||
            strcasecmp(word, "us") == 0 || strcasecmp(word, "default") == 0)
            continue;
        for (size_t i = 0; i < TB_COUNT(known); i++)
            if (strncasecmp(word, known[i], strlen(word)) == 0)
                return TB_UNSUPPORTED(err, -1, "a DateStyle other than \"ISO, MDY\"");
        return invalid(info, value, err);
    }
    out->text = "ISO, MDY";
    return TB_OK;
}

static tb_rc check_locale(const tb_setting_info *info, const char *value, tbi_checked *out,
                          tb_error *err)
{
    if (strlen(value) > 64 ||
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-") !=
            strlen(value))
        return invalid(info, value, err);
    out->text = value;
    out->number = strncasecmp(value, "zh", 2) == 0;
    return TB_OK;
}

static tb_rc check_encoding(const tb_setting_info *info, const char *value, tbi_checked *out,
                            tb_error *err)
{
    tb_encoding enc;
    if (!tb_encoding_parse(value, &enc))
        return invalid(info, value, err);
    out->text = tb_encoding_name(enc);
    out->number = enc;
    return TB_OK;
}

/* A name, a number of hours, or INTERVAL '+hh[:mm[:ss]]' as the SET statement spells it. */
static tb_rc check_timezone(const tb_setting_info *info, const char *value, tbi_checked *out,
                            tb_error *err)
{
    const tb_tz *tz = NULL;
    char *end;
    double hours = strtod(value, &end);
    if (end != value && *end == '\0') {
        if (fabs(hours) <= 168)
            tz = tb_tz_fixed((int32_t)rint(hours * 3600));
    } else {
        tz = tb_tz_find(value, strlen(value));
    }
    if (tz == NULL)
        return invalid(info, value, err);
    out->text = tb_tz_name(tz);
    return TB_OK;
}

static tb_rc check_list(const tb_setting_info *info, const char *value, tb_arena *arena,
                        tbi_checked *out, tb_error *err)
{
    const char **names;
    uint32_t n;
    tb_error ignored = {.lang = err->lang};
    if (tb_settings_split_list(arena, value, &names, &n, &ignored) != TB_OK) {
        invalid(info, value, err);
        tb_error_detail(err, "List syntax is invalid.");
        return TB_FAIL;
    }
    out->text = value;
    return TB_OK;
}

tb_rc tbi_setting_check(const tb_setting_info *info, const char *value, tb_arena *arena,
                        tbi_checked *out, tb_error *err)
{
    *out = (tbi_checked){.text = value};
    switch (info->kind) {
    case TB_SETTING_KIND_BOOL:
        return check_bool(info, value, out, err);
    case TB_SETTING_KIND_INT:
        return check_int(info, value, arena, out, err);
    case TB_SETTING_KIND_ENUM:
        return check_enum(info, value, arena, out, err);
    case TB_SETTING_KIND_DATESTYLE:
        return check_datestyle(info, value, arena, out, err);
    case TB_SETTING_KIND_LOCALE:
        return check_locale(info, value, out, err);
    case TB_SETTING_KIND_ENCODING:
        return check_encoding(info, value, out, err);
    case TB_SETTING_KIND_TIMEZONE:
        return check_timezone(info, value, out, err);
    case TB_SETTING_KIND_LIST:
        return check_list(info, value, arena, out, err);
    case TB_SETTING_KIND_STRING:
    case TB_SETTING_KIND_ROLE:
    case TB_SETTING_KIND_AUTHORIZATION:
        return TB_OK;
    }
    TB_UNREACHABLE();
}

/* 5000 ms is shown as 5s, 65536 kB as 64MB: the largest unit that divides it. */
const char *tbi_setting_with_unit(const tb_setting_info *info, int64_t v, tb_arena *arena)
{
    size_t n;
    const unit *units = units_of(info, &n);
    for (size_t i = n; v != 0 && i-- > 0;) {
        int64_t factor = (int64_t)units[i].factor;
        if (factor >= 1 && v % factor == 0)
            return tb_arena_printf(arena, "%lld%s", (long long)(v / factor), units[i].name);
    }
    return tb_arena_printf(arena, "%lld", (long long)v);
}

tb_rc tb_settings_split_list(tb_arena *arena, const char *value, const char ***names, uint32_t *n,
                             tb_error *err)
{
    size_t cap = 1;
    for (const char *p = value; *p != '\0'; p++)
        cap += *p == ',';
    *names = TB_NEW_ARRAY(arena, const char *, cap);
    *n = 0;
    const char *p = value + strspn(value, " \t\n\r\f");
    if (*p == '\0')
        return TB_OK;
    for (;;) {
        char *word = tb_arena_bytes(arena, strlen(p) + 1);
        size_t len = 0;
        if (*p == '"') {
            for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++) {
                p += *p == '"';
                word[len++] = *p;
            }
            if (*p++ == '\0')
                return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid list syntax");
        } else {
            for (; *p != '\0' && *p != ',' && strchr(" \t\n\r\f", *p) == NULL; p++)
                word[len++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
            if (len == 0)
                return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid list syntax");
        }
        word[len] = '\0';
        (*names)[(*n)++] = word;
        p += strspn(p, " \t\n\r\f");
        if (*p == '\0')
            return TB_OK;
        if (*p != ',')
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid list syntax");
        p++;
        p += strspn(p, " \t\n\r\f");
    }
}
