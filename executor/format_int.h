/* SPDX-License-Identifier: Apache-2.0
 * Format patterns of to_char, to_number, to_date and to_timestamp: pattern text to a list of items.
 */
#ifndef TB_EXECUTOR_FORMAT_INT_H
#define TB_EXECUTOR_FORMAT_INT_H

#include "executor/fn_int.h"

typedef enum tbi_fmt_kind {
    TBI_FMT_KEY,  /* a template pattern such as YYYY */
    TBI_FMT_CHAR, /* a character that stands for itself */
    TBI_FMT_SPACE,
    TBI_FMT_SEPARATOR, /* date formats: printable ASCII but letters and digits */
} tbi_fmt_kind;

/* Modifiers of a date key. */
enum {
    TBI_FMT_FM = 1,
    TBI_FMT_TM = 2,
    TBI_FMT_UPPER_TH = 4,
    TBI_FMT_LOWER_TH = 8,
    TBI_FMT_SP = 16
};

/* A key: its spelling, what it means to its user, and for date keys what to_date needs to know. */
typedef struct tbi_fmt_key {
    const char *name;
    int id;
    bool digits; /* its value begins with a digit: a field before it must not read on */
    int mode;    /* calendar it belongs to */
} tbi_fmt_key;

typedef struct tbi_fmt_item {
    tbi_fmt_kind kind;
    const tbi_fmt_key *key;
    int modifiers;
    uint8_t len; /* of the character */
    char text[4];
} tbi_fmt_item;

typedef TB_LIST(tbi_fmt_item) tbi_fmt_items;

/* Splits a pattern. Keys are tried in the order of the table; date: modifiers and separators are
 * recognised. */
void tbi_fmt_parse(tb_arena *arena, const tb_str *pattern, const tbi_fmt_key *keys, size_t nkeys,
                   bool date, tbi_fmt_items *out);
/* "st", "nd", "rd" or "th" for a number that ends in these digits. */
const char *tbi_fmt_ordinal(const char *digits, size_t n, bool upper);

/* ---- date patterns (date_keys.def) ---- */

typedef enum tbi_date_key {
    TBI_DK_BC,
    TBI_DK_BC_LOWER,
    TBI_DK_BC_DOTS,
    TBI_DK_BC_DOTS_LOWER,
    TBI_DK_PM,
    TBI_DK_PM_LOWER,
    TBI_DK_PM_DOTS,
    TBI_DK_PM_DOTS_LOWER,
    TBI_DK_CC,
    TBI_DK_DAY,
    TBI_DK_DAY_UPPER,
    TBI_DK_DAY_LOWER,
    TBI_DK_DY,
    TBI_DK_DY_UPPER,
    TBI_DK_DY_LOWER,
    TBI_DK_DDD,
    TBI_DK_DD,
    TBI_DK_D,
    TBI_DK_FF1,
    TBI_DK_FF2,
    TBI_DK_FF3,
    TBI_DK_FF4,
    TBI_DK_FF5,
    TBI_DK_FF6,
    TBI_DK_FX,
    TBI_DK_HH24,
    TBI_DK_HH12,
    TBI_DK_IDDD,
    TBI_DK_ID,
    TBI_DK_IW,
    TBI_DK_IYYY,
    TBI_DK_IYY,
    TBI_DK_IY,
    TBI_DK_I,
    TBI_DK_J,
    TBI_DK_MI,
    TBI_DK_MM,
    TBI_DK_MONTH,
    TBI_DK_MONTH_UPPER,
    TBI_DK_MONTH_LOWER,
    TBI_DK_MON,
    TBI_DK_MON_UPPER,
    TBI_DK_MON_LOWER,
    TBI_DK_MS,
    TBI_DK_OF,
    TBI_DK_Q,
    TBI_DK_RM,
    TBI_DK_RM_LOWER,
    TBI_DK_SSSS,
    TBI_DK_SS,
    TBI_DK_TZH,
    TBI_DK_TZM,
    TBI_DK_TZ,
    TBI_DK_TZ_LOWER,
    TBI_DK_US,
    TBI_DK_WW,
    TBI_DK_W,
    TBI_DK_Y_YYY,
    TBI_DK_YYYY,
    TBI_DK_YYY,
    TBI_DK_YY,
    TBI_DK_Y
} tbi_date_key;

/* Calendar a pattern belongs to; a text must not mix the last two. */
enum { TBI_CAL_ANY, TBI_CAL_GREGORIAN, TBI_CAL_ISO };

enum { TBI_MONTHS = 12, TBI_WEEKDAYS = 7 };
extern const char *const tbi_month_names[TBI_MONTHS + 1];  /* NULL-terminated */
extern const char *const tbi_day_names[TBI_WEEKDAYS + 1];  /* Sunday first */
extern const char *const tbi_roman_months[TBI_MONTHS + 1]; /* lower case, December first */

void tbi_fmt_parse_date(tb_arena *arena, const tb_str *pattern, tbi_fmt_items *out);

#endif
