/* SPDX-License-Identifier: Apache-2.0
 * Format patterns of to_char and its relatives: pattern text to a list of items.
 *
 * Entry points: tbi_fmt_parse, tbi_fmt_parse_date, tbi_fmt_ordinal.
 */
#include "executor/format_int.h"

static bool starts(const char *s, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - s) >= n && memcmp(s, word, n) == 0;
}

static const struct {
    const char *name;
    int bit;
} prefixes[] = {{"FM", TBI_FMT_FM}, {"fm", TBI_FMT_FM}, {"TM", TBI_FMT_TM}, {"tm", TBI_FMT_TM}},
  suffixes[] = {{"TH", TBI_FMT_UPPER_TH}, {"th", TBI_FMT_LOWER_TH}, {"SP", TBI_FMT_SP}};

static const tbi_fmt_key *find_key(const char *s, const char *end, const tbi_fmt_key *keys,
                                   size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (*keys[i].name == *s && starts(s, end, keys[i].name))
            return &keys[i];
    return NULL;
}

static bool is_separator(char c)
{
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'), digit = c >= '0' && c <= '9';
    return c > ' ' && c < 0x7F && !letter && !digit;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One character at s as an item; returns its length. */
static size_t put_char(tb_arena *arena, const char *s, tbi_fmt_kind kind, tbi_fmt_items *out)
{
    size_t n = tb_utf8_char_len(*s);
    tbi_fmt_item item = {.kind = kind, .len = (uint8_t)n};
    memcpy(item.text, s, n);
    tb_list_push(arena, out, item);
    return n;
}

/* "...": every character stands for itself, a backslash takes the next one. s is behind the opening
 * quote. */
static const char *quoted(tb_arena *arena, const char *s, const char *end, tbi_fmt_items *out)
{
    while (s < end && *s != '"') {
        if (*s == '\\' && s + 1 < end)
            s++;
        s += put_char(arena, s, TBI_FMT_CHAR, out);
    }
    return s < end ? s + 1 : s;
}

void tbi_fmt_parse(tb_arena *arena, const tb_str *pattern, const tbi_fmt_key *keys, size_t nkeys,
                   bool date, tbi_fmt_items *out)
{
    const char *s = tb_str_data(pattern), *end = s + pattern->len;
    while (s < end) {
        tbi_fmt_item item = {.kind = TBI_FMT_KEY};
        for (size_t i = 0; date && i < TB_COUNT(prefixes); i++) {
            if (starts(s, end, prefixes[i].name)) {
                item.modifiers = prefixes[i].bit;
                s += 2;
                break;
            }
        }
        if (s >= end)
            break;
        item.key = find_key(s, end, keys, nkeys);
        if (item.key != NULL) {
            s += strlen(item.key->name);
            for (size_t i = 0; date && i < TB_COUNT(suffixes); i++) {
                if (starts(s, end, suffixes[i].name)) {
                    item.modifiers |= suffixes[i].bit;
                    s += 2;
                    break;
                }
            }
            tb_list_push(arena, out, item);
        } else if (*s == '"') {
            s = quoted(arena, s + 1, end, out);
        } else {
            if (*s == '\\' && s + 1 < end && s[1] == '"')
                s++;
            tbi_fmt_kind kind = date && is_separator(*s) ? TBI_FMT_SEPARATOR
                                : is_space(*s)           ? TBI_FMT_SPACE
                                                         : TBI_FMT_CHAR;
            s += put_char(arena, s, kind, out);
        }
    }
}

const char *tbi_fmt_ordinal(const char *digits, size_t n, bool upper)
{
    static const char *const lower_forms[] = {"th", "st", "nd", "rd"};
    static const char *const upper_forms[] = {"TH", "ST", "ND", "RD"};
    int last = n > 0 ? digits[n - 1] - '0' : 0;
    bool teens = n > 1 && digits[n - 2] == '1';
    int form = !teens && last >= 1 && last <= 3 ? last : 0;
    return upper ? upper_forms[form] : lower_forms[form];
}

/* ---- dates ---- */

const char *const tbi_month_names[TBI_MONTHS + 1] = {
    "January", "February",  "March",   "April",    "May",      "June", "July",
    "August",  "September", "October", "November", "December", NULL,
};
const char *const tbi_day_names[TBI_WEEKDAYS + 1] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", NULL,
};
const char *const tbi_roman_months[TBI_MONTHS + 1] = {
    "xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i", NULL,
};

static const tbi_fmt_key date_keys[] = {
#define DATE_KEY(name, id, digits, calendar) {name, TBI_DK_##id, digits, TBI_CAL_##calendar},
#include "executor/date_keys.def"
#undef DATE_KEY
};

void tbi_fmt_parse_date(tb_arena *arena, const tb_str *pattern, tbi_fmt_items *out)
{
    tbi_fmt_parse(arena, pattern, date_keys, TB_COUNT(date_keys), true, out);
}
