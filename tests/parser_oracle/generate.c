/* SPDX-License-Identifier: Apache-2.0
 * Random queries from a small grammar, as data: one line per rule, alternatives apart by " | ", <x>
 * is another rule. Past the depth limit the first alternative is taken, which always ends. Keywords
 * stand in for names now and then, so that their categories are tried in every place a name may
 * have.
 *
 * Entry points: generate_statement().
 */
#include "oracle.h"

#include <string.h>

#define DEPTH_MAX 9

static const struct rule {
    const char *name, *body;
} rules[] = {
    {"start", "<query> | <query> | (<query>) | <query>;"},
    {"query",
     "<select> | <with> <select> | <select> <order> | <select> <order> <limit> | "
     "<with> <select> <order> <limit> <lock> | <setop> | <setop> <order> | values <rows> | "
     "table <rel> | (<query>) <order> | (<query>) <limit> | <select> <lock> <limit> | "
     "<with> (<query>)"},
    {"with", "with <ctes> | with recursive <ctes>"},
    {"ctes", "<cte> | <cte>, <ctes>"},
    {"cte",
     "<id> as (<query>) | <id> (<ids>) as (<query>) | <id> as materialized (<query>) | "
     "<id> as not materialized (<query>) | <id>(<ids>) as (<query>) search depth first by <ids> "
     "set <id> | <id> as (<query>) search breadth first by <ids> set <id> cycle <ids> set <id> "
     "using <id> | <id> as (<query>) cycle <ids> set <id> to <const> default <const> using <id>"},
    {"setop", "<operand> <setword> <operand> | <operand> <setword> <setop>"},
    {"operand", "<select> | (<query>) | values <rows> | table <rel>"},
    {"setword",
     "union | union all | union distinct | intersect | intersect all | except | except all"},
    {"select", "select <targets> | select <targets> <from> | select <targets> <from> <where> | "
               "select <distinct> <targets> <from> <where> <group> <having> | select <from> | "
               "select <targets> <from> <group> <window> | select all <targets> <from> <where> | "
               "select <targets> into <into> <from>"},
    {"into", "<name> | table <name>"},
    {"distinct", "distinct | distinct on (<exprs>)"},
    {"targets", "<target> | <target>, <targets>"},
    {"target",
     "<expr> | * | <id>.* | <expr> as <anyword> | <expr> <bareword> | <id>.<id>.* | (<expr>).*"},
    {"from", "from <tables>"},
    {"tables", "<table> | <table>, <tables>"},
    {"table",
     "<rel> | <rel> <alias> | <rel> as <id> (<ids>) | <func> | <func> as <id>(<ids>) | "
     "<func> with ordinality <alias> | lateral <func> as <id> | lateral (<query>) <alias> | "
     "(<query>) <alias> | <func> as (<coldefs>) | <func> as <id> (<coldefs>) | <func> <id> "
     "(<coldefs>) | "
     "rows from (<rowsfrom>) with ordinality <alias> | rows from (<rowsfrom>) | <join> | "
     "(<join>) | (<join>) <alias> | <rel> tablesample <id> (<exprs>) | "
     "<rel> <alias> tablesample <name> (<exprs>) repeatable (<expr>) | (values <rows>) as "
     "<id>(<ids>)"},
    {"rowsfrom", "<func> | <func> as (<coldefs>) | <func>, <rowsfrom>"},
    {"coldefs", "<id> <type> | <id> <type> collate <name> | <id> <type>, <coldefs>"},
    {"join",
     "<table> join <table> on <expr> | <table> cross join <table> | <table> natural join <table> | "
     "<table> <jointype> join <table> using (<ids>) | <table> natural <jointype> join <table> | "
     "<table> <jointype> join <table> on <expr> | <table> join <table> using (<ids>) as <id> | "
     "<table> join <table> <jointype> join <table> on <expr> on <expr>"},
    {"jointype", "left | left outer | right | full | full outer | inner"},
    {"alias", "<id> | as <id> | as <id> (<ids>) | <id> (<ids>)"},
    {"rel", "<name> | only <name> | only (<name>) | <name> *"},
    {"where", "where <expr>"},
    {"having", "having <expr>"},
    {"group", "group by <groupitems> | group by distinct <groupitems> | group by all <groupitems>"},
    {"groupitems", "<groupitem> | <groupitem>, <groupitems>"},
    {"groupitem",
     "<expr> | () | rollup (<exprs>) | cube (<exprs>) | grouping sets (<groupitems>) | "
     "(<expr>, <expr>)"},
    {"window", "window <id> as (<windowspec>) | window <id> as (<windowspec>), <id> as (<id>)"},
    {"windowspec", "<part> | <id> | <part> <order> | <order> <frame> | <part> <order> <frame> | "
                   "<id> <order> <frame> | "
                   "<frame> | <id> <frame>"},
    {"part", "partition by <exprs>"},
    {"frame", "<framemode> <bound> | <framemode> between <bound> and <bound> | "
              "<framemode> between unbounded preceding and <bound> <exclude> | <framemode> <bound> "
              "<exclude>"},
    {"framemode", "rows | range | groups"},
    {"bound", "unbounded preceding | unbounded following | current row | <expr> preceding | <expr> "
              "following"},
    {"exclude", "exclude current row | exclude group | exclude ties | exclude no others"},
    {"order", "order by <sorts>"},
    {"sorts", "<sort> | <sort>, <sorts>"},
    {"sort", "<expr> | <expr> asc | <expr> desc | <expr> nulls first | <expr> desc nulls last | "
             "<expr> using <op> | <expr> using operator(<id>.<op>) nulls first"},
    {"limit",
     "limit <expr> | offset <expr> | limit <expr> offset <expr> | offset <expr> limit all | "
     "fetch first row only | fetch next <c> rows only | fetch first (<expr>) rows with ties | "
     "offset <c> rows fetch next 3 rows only | offset 2 row | fetch first -1 rows only | limit "
     "null"},
    {"lock",
     "for update | for no key update of <name> | for share nowait | for key share skip locked | "
     "for update of <name>, <name> for share | for read only"},
    {"rows", "(<exprs>) | (<exprs>), <rows>"},
    {"exprs", "<expr> | <expr>, <exprs>"},
    {"expr",
     "<c> | <c> | <c> | <expr> <op> <expr> | <expr> <arith> <expr> | <expr> <cmp> <expr> | "
     "<expr> and <expr> | <expr> or <expr> | not <expr> | - <expr> | + <expr> | <op> <expr> | "
     "<expr>::<type> | <expr> collate <name> | <expr> at time zone <expr> | <expr> is null | "
     "<expr> is not null | <expr> isnull | <expr> notnull | <expr> is true | <expr> is not unknown "
     "| "
     "<expr> is false | <expr> is distinct from <expr> | <expr> is not distinct from <expr> | "
     "<expr> between <b> and <expr> | <expr> not between symmetric <b> and <expr> | "
     "<expr> between asymmetric <b> and <expr> | <expr> in (<exprs>) | <expr> not in (<exprs>) | "
     "<expr> in (<query>) | <expr> not in (<query>) | <expr> like <expr> | "
     "<expr> not like <expr> escape <expr> | <expr> ilike <expr> | <expr> similar to <expr> | "
     "<expr> not similar to <expr> escape <expr> | <expr> <cmp> any (<query>) | "
     "<expr> <cmp> all (<expr>) | <expr> like any (<expr>) | <expr> not ilike all (<query>) | "
     "<expr> <op> some (<expr>) | <expr> operator(<id>.<op>) <expr> | operator(<id>.<op>) <expr> | "
     "<row> overlaps <row> | <expr> is document | <expr> is not normalized | <expr> is nfkc "
     "normalized | "
     "<expr> ^ <expr> | (<expr>) <cmp> (<expr>) | <row> <cmp> <row> | <row> in (<query>) | "
     "default"},
    {"b", "<c> | <b> + <b> | - <b> | <b>::<type> | <b> <cmp> <b> | <b> is distinct from <b> | <b> "
          "<op> <b>"},
    {"c",
     "<id> | <const> | <id>.<id> | <id>.<id>.<id> | $1 | $2.<anyword> | (<expr>) | "
     "(<expr>).<anyword> | "
     "(<expr>)[<expr>] | <id>[<expr>] | <id>[<expr>:<expr>] | <id>[:<expr>] | <id>[<expr>:] | "
     "<id>[:].<id> | "
     "case when <expr> then <expr> end | case <expr> when <expr> then <expr> else <expr> end | "
     "<func> | <agg> | (<query>) | (<query>)[1] | exists (<query>) | array(<query>) | "
     "array[<exprs>] | "
     "array[] | array[[<exprs>],[<exprs>]] | array[[],[]] | row(<exprs>) | row() | <row> | "
     "grouping(<exprs>) | <id>.<id>[<expr>].<anyword>"},
    {"row", "(<expr>, <expr>) | row(<expr>, <expr>)"},
    {"func", "<fname>() | <fname>(<args>) | <special>"},
    {"args", "<expr> | <expr>, <args> | <fword> => <expr> | <fword> := <expr> | variadic <expr> | "
             "<expr>, variadic <expr>"},
    {"agg",
     "<fname>(*) | <fname>(distinct <args>) | <fname>(all <args>) | <fname>(<args> <order>) | "
     "<fname>(<args>) filter (where <expr>) | <fname>(<args>) within group (<order>) | "
     "<fname>(<args>) over (<windowspec>) | <fname>() over <id> | <fname>(*) over () | "
     "<fname>(<args>) within group (<order>) filter (where <expr>) over (<part>) | "
     "<fname>(distinct <args> <order>) filter (where <expr>) over (<order> <frame>)"},
    {"fname", "<fword> | <fword> | <id>.<anyword> | <id>.<id>.<anyword>"},
    {"special",
     "current_date | current_time(3) | current_timestamp | localtime | localtimestamp(2) | "
     "current_user | session_user | user | current_catalog | current_schema | current_role | "
     "cast(<expr> as <type>) | extract(<field> from <expr>) | normalize(<expr>) | "
     "normalize(<expr>, nfd) | overlay(<expr> placing <expr> from <expr>) | "
     "overlay(<expr> placing <expr> from <expr> for <expr>) | overlay(<args>) | "
     "position(<b> in <b>) | substring(<expr> from <expr>) | substring(<expr> for <expr>) | "
     "substring(<expr> from <expr> for <expr>) | substring(<expr> for <expr> from <expr>) | "
     "substring(<expr> similar <expr> escape <expr>) | substring(<args>) | substring() | "
     "treat(<expr> as <type>) | trim(<expr>) | trim(both from <exprs>) | "
     "trim(leading <expr> from <expr>) | trim(trailing <exprs>) | trim(<expr> from <exprs>) | "
     "nullif(<expr>, <expr>) | coalesce(<exprs>) | greatest(<exprs>) | least(<exprs>) | "
     "collation for (<expr>) | xmlconcat(<exprs>) | xmlelement(name <anyword>, <exprs>) | "
     "xmlforest(<expr> as <anyword>) | xmlparse(document <expr>) | xmlpi(name <anyword>, <expr>) | "
     "xmlserialize(content <expr> as text) | xmlroot(<expr>, version no value, standalone yes) | "
     "xmlexists(<c> passing by ref <c>) | xmlelement(name a, xmlattributes(<expr> as <anyword>))"},
    {"field", "year | month | second | epoch | 'dow' | <id>"},
    {"const",
     "1 | 'a' | 0 | 2.5 | .5 | 3. | 1e10 | 2147483648 | 9223372036854775808 | true | false | null "
     "| "
     "'it''s' | E'a\\n\\x41\\u0041' | U&'d\\0061t' | U&'d!0061' uescape '!' | B'01' | X'1F' | N'x' "
     "| $$a'b$$ | "
     "$q$ $$ $q$ | 'a'\n'b' | date '2020-01-01' | interval '1' | interval '1' year to month | "
     "interval(3) '1' | interval '1' second(2) | interval '1 2' day to second(3) | timestamp "
     "'2020-01-01' | "
     "timestamp(3) with time zone 'now' | time without time zone '1' | bit '1' | char 'x' | "
     "character varying(3) 'x' | numeric(3,2) '1' | <fword> 'x' | <id>.<anyword> 'x' | "
     "<fword>(1,2) 'x' | double precision '1' | national character 'x'"},
    {"type",
     "int | text | integer | smallint | bigint | real | float | float(3) | double precision | "
     "decimal | "
     "numeric(10,2) | dec(3) | boolean | bit | bit(3) | bit varying | bit varying(<expr>) | char | "
     "char(3) | varchar | varchar(10) | character varying | national char(2) | nchar varying(2) | "
     "date | time | time(3) | time with time zone | timestamp(3) without time zone | "
     "timestamp with time zone | interval | interval(3) | interval day to second(2) | "
     "interval year | <type>[] | int[3][] | int array | text array[4] | setof <fword> | <fword> | "
     "<fword>(<exprs>) | <fword>.<anyword> | <fword>.<anyword>(3)[]"},
    {"arith", "+ | - | * | / | %"},
    {"cmp", "= | < | > | <= | >= | <> | !="},
    {"op", "|| | ~ | !~* | @> | -> | ->> | #> | && | <-> | @-@ | ? | ?| | |/ | <@ | ~~ | @@@ | =~ "
           "| *= | <<| | &"},
    {"ids", "<id> | <id>, <ids>"},
    {"name", "<id> | <id>.<id> | <id>.<id>.<id>"},
    {"id", "a | b | c | t | \"Q t\" | x1 | U&\"d\\0061\" | <colword>"},
    /* a word of the keyword list, mostly one that may stand there */
    {"colword", "<kwcol> | <kwcol> | <kwcol> | <kwcol> | <kwcol> | <kwcol> | <kwany>"},
    {"fword", "f | count | g1 | <kwfunc> | <kwfunc>"},
    {"anyword", "z | <kwany>"},
    {"bareword", "z | <kwbare> | <kwbare> | <kwany>"},
};

/* Keywords by what they may be; the last bit: also without AS. */
enum { UNRESERVED = 1, COL_NAME = 2, TYPE_FUNC = 4, RESERVED = 8, BARE = 16, AS_ONLY = 0 };
static const struct word {
    const char *text;
    int kind;
} words[] = {
#define TB_KEYWORD(TOKEN, word, category, label) {word, category | label},
#include "parser/keywords.def"
#undef TB_KEYWORD
};

static const struct {
    const char *rule;
    int kinds;
} word_rules[] = {{"kwcol", UNRESERVED | COL_NAME},
                  {"kwfunc", UNRESERVED | TYPE_FUNC},
                  {"kwbare", BARE},
                  {"kwany", ~0}};

typedef struct generator {
    rng *random;
    bool with_keywords; /* keywords stand in for names: such a statement is often wrong */
} generator;

static void expand(generator *g, const char *name, size_t len, int depth, tb_buf *out);

/* Expands the text of one alternative. */
static void expand_text(generator *g, const char *text, size_t len, int depth, tb_buf *out)
{
    for (size_t i = 0; i < len;) {
        const char *close = text[i] == '<' ? memchr(text + i, '>', len - i) : NULL;
        size_t name = 0;
        while (close && text + i + 1 + name < close && text[i + 1 + name] >= 'a' &&
               text[i + 1 + name] <= 'z')
            name++;
        if (close && name > 0 && text + i + 1 + name == close) {
            expand(g, text + i + 1, name, depth + 1, out);
            i += name + 2;
        } else {
            tb_buf_putc(out, text[i++]);
        }
    }
}

static bool is_word_rule(generator *g, const char *name, size_t len, tb_buf *out)
{
    for (size_t i = 0; i < TB_COUNT(word_rules); i++) {
        if (strlen(word_rules[i].rule) != len || strncmp(word_rules[i].rule, name, len) != 0)
            continue;
        if (!g->with_keywords) {
            tb_buf_puts(out, "k");
            return true;
        }
        const struct word *word;
        do {
            word = &words[rng_below(g->random, TB_COUNT(words))];
        } while (!(word->kind & word_rules[i].kinds));
        tb_buf_puts(out, word->text);
        return true;
    }
    return false;
}

static void expand(generator *g, const char *name, size_t len, int depth, tb_buf *out)
{
    if (is_word_rule(g, name, len, out))
        return;
    const struct rule *rule = rules;
    while (strlen(rule->name) != len || strncmp(rule->name, name, len) != 0)
        TB_CHECK(++rule < rules + TB_COUNT(rules));
    uint32_t alternatives = 1;
    for (const char *c = rule->body; (c = strstr(c, " | ")) != NULL; c += 3)
        alternatives++;
    uint32_t chosen = depth > DEPTH_MAX ? 0 : rng_below(g->random, alternatives);
    const char *text = rule->body;
    while (chosen-- > 0)
        text = strstr(text, " | ") + 3;
    const char *end = strstr(text, " | ");
    expand_text(g, text, end ? (size_t)(end - text) : strlen(text), depth, out);
}

void generate_statement(rng *r, tb_buf *out)
{
    generator g = {.random = r, .with_keywords = rng_below(r, 3) == 0};
    expand(&g, "start", strlen("start"), 0, out);
}
