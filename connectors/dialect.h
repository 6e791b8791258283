/* SPDX-License-Identifier: Apache-2.0
 * Dialects: how SQL is spelled for a source, as data. Text files (dialects/NAME.dialect) are
 * embedded at build and may be overridden from a directory. What a file does not list is not
 * shippable: NEVER.
 *
 * Pure data, no I/O but reading the files: the planner includes this. A tb_dialects is immutable
 * after loading.
 *
 * File format, line by line ('#' starts a comment; strings are "…" with \" and \\):
 *     dialect NAME                    first line
 *     [section]                       text, switches, types, expressions, functions
 *     KEY "value"                     in [text]: the keys of tb_dialect_text
 *     KEY yes|no                      in [switches]
 *     type NAME "REMOTE" [partial]    types whose values can be sent and compared; partial: some
 *                                     values have no form there (NaN), so only columns and
 *                                     constants are sent, never a computed result
 *     expr NAME VERDICT "template"    constructs (tb_dialect_construct)
 *     fn ID[,ID...] VERDICT "template"  functions and operators by functions.def id, lower-case
 * VERDICT is EXACT, SUPERSET or NEVER. Templates: $1..$9 an argument, $* all arguments from the
 * next one, by commas.
 */
#ifndef TB_CONNECTORS_DIALECT_H
#define TB_CONNECTORS_DIALECT_H

#include "core/error.h"
#include "core/func.h"
#include "core/type.h"

typedef enum tb_verdict {
    TB_VERDICT_NEVER,    /* would mean something else there, or is not listed */
    TB_VERDICT_SUPERSET, /* a filter that lets through at least what it should: push and check again
                            here */
    TB_VERDICT_EXACT
} tb_verdict;

typedef struct tb_dialect_rule {
    tb_verdict verdict;
    bool listed; /* false: the file says nothing */
    const char *template_;
} tb_dialect_rule;

/* Spellings of clauses. */
typedef enum tb_dialect_text {
    TB_DT_QUOTE,       /* quote of identifiers, doubled inside */
    TB_DT_PLACEHOLDER, /* $n number from 1, $t remote type name */
    TB_DT_FENCE, /* ends the inner SELECT of a protected relation, so that nothing moves into it */
    TB_DT_LIMIT, /* $1 count */
    TB_DT_RANGE, /* $1 table alias, $2 first row key, $3 end of the row keys */
    TB_DT_TRUE,
    TB_DT_FALSE,
    TB_DT_NULL,
    TB_DT_ORDER_TEXT,  /* $1: makes a string sort by code point */
    TB_DT_NULLS_FIRST, /* $1 the key with its direction */
    TB_DT_NULLS_LAST,
    TB_DT_HOST_PREFIX, /* before the id of one of our functions, where the source can call them */
    TB_DT_COLUMN_NUMERIC, /* a column of numeric(p,s) or char(n) where the source does not keep the
                             declared decimals or */
    TB_DT_COLUMN_BPCHAR,  /* padding: $1 the column, $2 type OID, $3 type modifier; not for columns
                             only passed on */
    TB_DT_COLUMN_FLOAT,   /* the same for float4 and float8: where the source holds infinities as
                             something else */
    TB_DT_NUMERIC_KEPT,   /* a word: declared types that contain it keep the decimals after all */
    TB_DT_COUNT
} tb_dialect_text;

typedef enum tb_dialect_switch {
    TB_DS_HOST_FUNCTIONS, /* the source can call our functions as HOST_PREFIX + id, with our meaning
                           */
    TB_DS_SORT,           /* ORDER BY of listed types sorts as we do */
    TB_DS_COUNT
} tb_dialect_switch;

/* Constructs that are not functions. */
typedef enum tb_dialect_construct {
    TB_DC_AND,
    TB_DC_OR,
    TB_DC_NOT, /* $1, $2: lists are nested */
    TB_DC_IS_NULL,
    TB_DC_IS_NOT_NULL,
    TB_DC_IS_TRUE,
    TB_DC_IS_NOT_TRUE,
    TB_DC_IS_FALSE,
    TB_DC_IS_NOT_FALSE,
    TB_DC_DISTINCT, /* $1 IS DISTINCT FROM $2, for types whose "=" is listed natively */
    TB_DC_IN,
    TB_DC_NOT_IN,   /* $1, then $*; for types whose "=" is listed natively */
    TB_DC_CASE,     /* the template is not used: CASE WHEN c THEN v … ELSE v END */
    TB_DC_COALESCE, /* $*, two or more */
    TB_DC_COUNT
} tb_dialect_construct;

typedef struct tb_dialect_type {
    const char *remote; /* NULL = the type has no form there */
    bool partial;
} tb_dialect_type;

typedef struct tb_dialect {
    const char *name;
    const char *text[TB_DT_COUNT]; /* NULL = the source has no such clause */
    bool on[TB_DS_COUNT];
    tb_dialect_type types[TB_TYPE_COUNT];
    tb_dialect_rule constructs[TB_DC_COUNT];
    tb_dialect_rule fns[TB_FN_COUNT];
} tb_dialect;

typedef struct tb_dialects tb_dialects;

/* Parses the embedded files and those in dir (NULL = none), which win. err names file and line. */
tb_rc tb_dialects_load(const char *dir, tb_dialects **out, tb_error *err) TB_MUSTUSE;
void tb_dialects_destroy(tb_dialects *dialects); /* NULL is allowed */
/* NULL when there is no such dialect. */
const tb_dialect *tb_dialect_find(const tb_dialects *dialects, const char *name);

/* Parses one file; strings and rules live in the arena. `file` is for messages. */
tb_rc tb_dialect_parse(tb_arena *arena, const char *file, const char *text, size_t len,
                       tb_dialect **out, tb_error *err) TB_MUSTUSE;

/* Whether the values of a type can be sent to the source (arrays: no). */
bool tb_dialect_has_type(const tb_dialect *d, tb_type_id type);
/* Whether the source calls our own body of the function: host functions are on, it is a scalar
 * function with a body in the executor, not volatile, not of the session, neither variadic nor
 * polymorphic, and its types have a form there. */
bool tb_dialect_host_fn(const tb_dialect *d, tb_fn_id fn);

#endif
