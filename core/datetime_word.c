/* SPDX-License-Identifier: Apache-2.0
 * The words of dates and intervals, and splitting a text into fields.
 */
#include "core/datetime_int.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct word {
    const char *text; /* as far as it counts: TOKEN_MAX characters */
    tbi_dt_kind kind;
    int value;
} word;

enum { TOKEN_MAX = 10 };

static const word date_words[] = {
    {"-infinity", TBI_K_RESERVED, TBI_W_EARLY},
    {"ad", TBI_K_ADBC, TBI_W_AD},
    {"allballs", TBI_K_RESERVED, TBI_W_ZULU},
    {"am", TBI_K_AMPM, TBI_W_AM},
    {"apr", TBI_K_MONTH, 4},
    {"april", TBI_K_MONTH, 4},
    {"at", TBI_K_IGNORE, 0},
    {"aug", TBI_K_MONTH, 8},
    {"august", TBI_K_MONTH, 8},
    {"bc", TBI_K_ADBC, TBI_W_BC},
    {"d", TBI_K_UNITS, TBI_W_DAY},
    {"dec", TBI_K_MONTH, 12},
    {"december", TBI_K_MONTH, 12},
    {"dow", TBI_K_UNITS, TBI_W_DOW},
    {"doy", TBI_K_UNITS, TBI_W_DOY},
    {"dst", TBI_K_DTZMOD, 3600},
    {"epoch", TBI_K_RESERVED, TBI_W_EPOCH},
    {"feb", TBI_K_MONTH, 2},
    {"february", TBI_K_MONTH, 2},
    {"fri", TBI_K_DOW, 5},
    {"friday", TBI_K_DOW, 5},
    {"h", TBI_K_UNITS, TBI_W_HOUR},
    {"infinity", TBI_K_RESERVED, TBI_W_LATE},
    {"isodow", TBI_K_UNITS, TBI_W_ISODOW},
    {"isoyear", TBI_K_UNITS, TBI_W_ISOYEAR},
    {"j", TBI_K_UNITS, TBI_W_JULIAN},
    {"jan", TBI_K_MONTH, 1},
    {"january", TBI_K_MONTH, 1},
    {"jd", TBI_K_UNITS, TBI_W_JULIAN},
    {"jul", TBI_K_MONTH, 7},
    {"julian", TBI_K_UNITS, TBI_W_JULIAN},
    {"july", TBI_K_MONTH, 7},
    {"jun", TBI_K_MONTH, 6},
    {"june", TBI_K_MONTH, 6},
    {"m", TBI_K_UNITS, TBI_W_MONTH},
    {"mar", TBI_K_MONTH, 3},
    {"march", TBI_K_MONTH, 3},
    {"may", TBI_K_MONTH, 5},
    {"mm", TBI_K_UNITS, TBI_W_MINUTE},
    {"mon", TBI_K_DOW, 1},
    {"monday", TBI_K_DOW, 1},
    {"nov", TBI_K_MONTH, 11},
    {"november", TBI_K_MONTH, 11},
    {"now", TBI_K_RESERVED, TBI_W_NOW},
    {"oct", TBI_K_MONTH, 10},
    {"october", TBI_K_MONTH, 10},
    {"on", TBI_K_IGNORE, 0},
    {"pm", TBI_K_AMPM, TBI_W_PM},
    {"s", TBI_K_UNITS, TBI_W_SECOND},
    {"sat", TBI_K_DOW, 6},
    {"saturday", TBI_K_DOW, 6},
    {"sep", TBI_K_MONTH, 9},
    {"sept", TBI_K_MONTH, 9},
    {"september", TBI_K_MONTH, 9},
    {"sun", TBI_K_DOW, 0},
    {"sunday", TBI_K_DOW, 0},
    {"t", TBI_K_ISOTIME, TBI_W_TIME},
    {"thu", TBI_K_DOW, 4},
    {"thur", TBI_K_DOW, 4},
    {"thurs", TBI_K_DOW, 4},
    {"thursday", TBI_K_DOW, 4},
    {"today", TBI_K_RESERVED, TBI_W_TODAY},
    {"tomorrow", TBI_K_RESERVED, TBI_W_TOMORROW},
    {"tue", TBI_K_DOW, 2},
    {"tues", TBI_K_DOW, 2},
    {"tuesday", TBI_K_DOW, 2},
    {"wed", TBI_K_DOW, 3},
    {"wednesday", TBI_K_DOW, 3},
    {"weds", TBI_K_DOW, 3},
    {"y", TBI_K_UNITS, TBI_W_YEAR},
    {"yesterday", TBI_K_RESERVED, TBI_W_YESTERDAY},
};

static const word unit_words[] = {
    {"@", TBI_K_IGNORE, 0},
    {"ago", TBI_K_AGO, 0},
    {"c", TBI_K_UNITS, TBI_W_CENTURY},
    {"cent", TBI_K_UNITS, TBI_W_CENTURY},
    {"centuries", TBI_K_UNITS, TBI_W_CENTURY},
    {"century", TBI_K_UNITS, TBI_W_CENTURY},
    {"d", TBI_K_UNITS, TBI_W_DAY},
    {"day", TBI_K_UNITS, TBI_W_DAY},
    {"days", TBI_K_UNITS, TBI_W_DAY},
    {"dec", TBI_K_UNITS, TBI_W_DECADE},
    {"decade", TBI_K_UNITS, TBI_W_DECADE},
    {"decades", TBI_K_UNITS, TBI_W_DECADE},
    {"decs", TBI_K_UNITS, TBI_W_DECADE},
    {"h", TBI_K_UNITS, TBI_W_HOUR},
    {"hour", TBI_K_UNITS, TBI_W_HOUR},
    {"hours", TBI_K_UNITS, TBI_W_HOUR},
    {"hr", TBI_K_UNITS, TBI_W_HOUR},
    {"hrs", TBI_K_UNITS, TBI_W_HOUR},
    {"m", TBI_K_UNITS, TBI_W_MINUTE},
    {"microsecon", TBI_K_UNITS, TBI_W_MICROSECOND},
    {"mil", TBI_K_UNITS, TBI_W_MILLENNIUM},
    {"millennia", TBI_K_UNITS, TBI_W_MILLENNIUM},
    {"millennium", TBI_K_UNITS, TBI_W_MILLENNIUM},
    {"millisecon", TBI_K_UNITS, TBI_W_MILLISECOND},
    {"mils", TBI_K_UNITS, TBI_W_MILLENNIUM},
    {"min", TBI_K_UNITS, TBI_W_MINUTE},
    {"mins", TBI_K_UNITS, TBI_W_MINUTE},
    {"minute", TBI_K_UNITS, TBI_W_MINUTE},
    {"minutes", TBI_K_UNITS, TBI_W_MINUTE},
    {"mon", TBI_K_UNITS, TBI_W_MONTH},
    {"mons", TBI_K_UNITS, TBI_W_MONTH},
    {"month", TBI_K_UNITS, TBI_W_MONTH},
    {"months", TBI_K_UNITS, TBI_W_MONTH},
    {"ms", TBI_K_UNITS, TBI_W_MILLISECOND},
    {"msec", TBI_K_UNITS, TBI_W_MILLISECOND},
    {"mseconds", TBI_K_UNITS, TBI_W_MILLISECOND},
    {"msecs", TBI_K_UNITS, TBI_W_MILLISECOND},
    {"qtr", TBI_K_UNITS, TBI_W_QUARTER},
    {"quarter", TBI_K_UNITS, TBI_W_QUARTER},
    {"s", TBI_K_UNITS, TBI_W_SECOND},
    {"sec", TBI_K_UNITS, TBI_W_SECOND},
    {"second", TBI_K_UNITS, TBI_W_SECOND},
    {"seconds", TBI_K_UNITS, TBI_W_SECOND},
    {"secs", TBI_K_UNITS, TBI_W_SECOND},
    {"timezone", TBI_K_UNITS, TBI_W_TZ},
    {"timezone_h", TBI_K_UNITS, TBI_W_TZ_HOUR},
    {"timezone_m", TBI_K_UNITS, TBI_W_TZ_MINUTE},
    {"us", TBI_K_UNITS, TBI_W_MICROSECOND},
    {"usec", TBI_K_UNITS, TBI_W_MICROSECOND},
    {"usecond", TBI_K_UNITS, TBI_W_MICROSECOND},
    {"useconds", TBI_K_UNITS, TBI_W_MICROSECOND},
    {"usecs", TBI_K_UNITS, TBI_W_MICROSECOND},
    {"w", TBI_K_UNITS, TBI_W_WEEK},
    {"week", TBI_K_UNITS, TBI_W_WEEK},
    {"weeks", TBI_K_UNITS, TBI_W_WEEK},
    {"y", TBI_K_UNITS, TBI_W_YEAR},
    {"year", TBI_K_UNITS, TBI_W_YEAR},
    {"years", TBI_K_UNITS, TBI_W_YEAR},
    {"yr", TBI_K_UNITS, TBI_W_YEAR},
    {"yrs", TBI_K_UNITS, TBI_W_YEAR},
};

static int cmp_word(const void *key, const void *entry)
{
    return strncmp(key, ((const word *)entry)->text, TOKEN_MAX);
}

static tbi_dt_kind look_up(const word *table, size_t n, const char *text, int *value)
{
    const word *w = bsearch(text, table, n, sizeof *w, cmp_word);
    *value = w == NULL ? 0 : w->value;
    return w == NULL ? TBI_K_UNKNOWN : w->kind;
}

tbi_dt_kind tbi_dt_date_word(const char *text, int *value)
{
    return look_up(date_words, TB_COUNT(date_words), text, value);
}

tbi_dt_kind tbi_dt_unit_word(const char *text, int *value)
{
    return look_up(unit_words, TB_COUNT(unit_words), text, value);
}

/* ---- splitting ---- */

typedef struct splitter {
    const char *at, *end;
    tbi_dt_fields *f;
    char *to, *limit;
} splitter;

static char peek(const splitter *s)
{
    return s->at < s->end ? *s->at : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Moves one character into the field; false when the buffer is full. */
static bool take(splitter *s)
{
    if (s->to >= s->limit)
        return false;
    char c = *s->at++;
    *s->to++ = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    return true;
}

static bool take_digits(splitter *s)
{
    while (is_digit(peek(s)))
        if (!take(s))
            return false;
    return true;
}

static bool take_while(splitter *s, const char *punctuation, bool alpha)
{
    for (char c = peek(s); c != '\0'; c = peek(s)) {
        if (!is_digit(c) && !(alpha && is_alpha(c)) && strchr(punctuation, c) == NULL)
            return true;
        if (!take(s))
            return false;
    }
    return true;
}

/* Starts with a digit: a time, a date, or a number. */
static bool take_number(splitter *s, tbi_dt_ftype *type)
{
    *type = TBI_F_NUMBER;
    if (!take_digits(s))
        return false;
    char delim[2] = {peek(s), '\0'};
    if (delim[0] == ':') {
        *type = TBI_F_TIME;
        return take_while(s, ":.", false);
    }
    if (delim[0] != '-' && delim[0] != '/' && delim[0] != '.')
        return true;
    if (!take(s))
        return false;
    if (!is_digit(peek(s))) { /* 8-jan-1999, 1999.jan.08 */
        *type = TBI_F_DATE;
        return take_while(s, delim, true);
    }
    *type = delim[0] == '.' ? TBI_F_NUMBER : TBI_F_DATE;
    if (!take_digits(s))
        return false;
    if (peek(s) != delim[0])
        return true;
    *type = TBI_F_DATE;
    return take_while(s, delim, false);
}

/* Starts with a letter: a word, a date like jan-8-1999, a zone like america/new_york. */
static bool take_word(splitter *s, tbi_dt_ftype *type)
{
    const char *start = s->to;
    int ignored;
    *type = TBI_F_STRING;
    while (is_alpha(peek(s)))
        if (!take(s))
            return false;
    char c = peek(s);
    bool date = c == '-' || c == '/' || c == '.';
    if (c == '+' || is_digit(c)) {
        *s->to = '\0';
        date = tbi_dt_date_word(start, &ignored) == TBI_K_UNKNOWN;
    }
    if (!date)
        return true;
    *type = TBI_F_DATE;
    return take_while(s, "+-/_.:", true);
}

/* Starts with a sign: a zone offset or signed number, or "-infinity". */
static bool take_signed(splitter *s, tbi_dt_ftype *type)
{
    if (!take(s))
        return false;
    while (isspace((unsigned char)peek(s)))
        s->at++;
    if (is_digit(peek(s))) {
        *type = TBI_F_ZONE;
        return take(s) && take_while(s, ":.-", false);
    }
    if (!is_alpha(peek(s)))
        return false;
    *type = TBI_F_SPECIAL;
    while (is_alpha(peek(s)))
        if (!take(s))
            return false;
    return true;
}

static bool take_field(splitter *s, tbi_dt_ftype *type)
{
    char c = peek(s);
    if (is_digit(c))
        return take_number(s, type);
    if (c == '.') {
        *type = TBI_F_NUMBER;
        return take(s) && take_digits(s);
    }
    if (is_alpha(c))
        return take_word(s, type);
    return (c == '+' || c == '-') && take_signed(s, type);
}

tbi_dt_rc tbi_dt_split(const char *text, size_t len, size_t max, tbi_dt_fields *f)
{
    TB_CHECK(max <= TBI_DT_MAX_TEXT);
    /* every field costs one more for its NUL; the last byte is kept for it */
    splitter s = {text, text + len, f, f->buf, f->buf + max - 1};
    f->n = 0;
    while (s.at < s.end) {
        char c = *s.at;
        if (isspace((unsigned char)c)) {
            s.at++;
            continue;
        }
        if (ispunct((unsigned char)c) && c != '.' && c != '+' && c != '-') {
            s.at++; /* other punctuation separates, as blanks do */
            continue;
        }
        if (f->n >= TBI_DT_MAX_FIELDS)
            return TBI_DT_BAD_FORMAT;
        f->text[f->n] = s.to;
        if (!take_field(&s, &f->type[f->n]))
            return TBI_DT_BAD_FORMAT;
        *s.to++ = '\0';
        f->n++;
    }
    return TBI_DT_OK;
}

/* ---- messages ---- */

typedef struct message {
    tb_errcode code;
    const char *shown, *hidden;
} message;

static const message messages[] = {
    [TBI_DT_OVERFLOW] = {TB_E_DATETIME_FIELD_OVERFLOW,
                         "date/time field value out of range: \"%.*s\"",
                         "date/time field value out of range"},
    [TBI_DT_MD_OVERFLOW] = {TB_E_DATETIME_FIELD_OVERFLOW,
                            "date/time field value out of range: \"%.*s\"",
                            "date/time field value out of range"},
    [TBI_DT_INTERVAL_OVERFLOW] = {TB_E_INTERVAL_FIELD_OVERFLOW,
                                  "interval field value out of range: \"%.*s\"",
                                  "interval field value out of range"},
    [TBI_DT_ZONE_OVERFLOW] = {TB_E_INVALID_TIME_ZONE_DISPLACEMENT,
                              "time zone displacement out of range: \"%.*s\"",
                              "time zone displacement out of range"},
};

tb_rc tbi_dt_raise(tbi_dt_rc rc, const tb_dt_cx *cx, const char *s, size_t len, const char *type,
                   tb_error *err)
{
    if (rc == TBI_DT_RAISED)
        return TB_FAIL;
    if (rc == TBI_DT_BAD_FORMAT && cx->hide_values)
        return TB_RAISE(err, TB_E_INVALID_DATETIME_FORMAT, "invalid input syntax for type %s",
                        type);
    if (rc == TBI_DT_BAD_FORMAT)
        return TB_RAISE(err, TB_E_INVALID_DATETIME_FORMAT,
                        "invalid input syntax for type %s: \"%.*s\"", type, (int)len, s);
    const message *m = &messages[rc];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* from the table above: one %.*s or none */
    if (cx->hide_values)
        TB_RAISE(err, m->code, m->hidden, 0);
    else
        TB_RAISE(err, m->code, m->shown, (int)len, s);
#pragma GCC diagnostic pop
    if (rc == TBI_DT_MD_OVERFLOW)
        tb_error_hint(err, "Perhaps you need a different \"datestyle\" setting.");
    return TB_FAIL;
}
