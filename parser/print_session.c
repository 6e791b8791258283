/* SPDX-License-Identifier: Apache-2.0
 * Printer of session statements.
 *
 * Entry points: one function per kind of the session statements in ast_kinds.def.
 */
#include "parser/print_int.h"

#include <inttypes.h>
#include <string.h>

/* "name value" of EXPLAIN and COPY. */
static void print_utility_option(tb_buf *out, const tb_ast_option *option)
{
    tb_print_identifier(out, option->name);
    if (option->value && option->value->kind == TB_AST_STAR)
        tb_buf_puts(out, " *");
    else
        tbi_print_opt(out, " ", option->value);
    if (option->values.n) {
        tbi_print_opt_nodes(out, " (", &option->values);
        tb_buf_putc(out, ')');
    }
}

/* " (a b, c)"; nothing if the list is empty. */
static void print_utility_options(tb_buf *out, const tb_ast_list *options)
{
    for (uint32_t i = 0; i < options->n; i++) {
        tb_buf_puts(out, i ? ", " : " (");
        print_utility_option(out, tb_as_option(options->at[i]));
    }
    tbi_print_if(out, options->n > 0, ")");
}

void tbi_print_explain(tb_buf *out, const tb_ast *node)
{
    const tb_ast_explain *explain = tb_as_explain(node);
    tb_buf_puts(out, "EXPLAIN");
    print_utility_options(out, &explain->options);
    tbi_print_opt(out, " ", explain->stmt);
}

void tbi_print_copy(tb_buf *out, const tb_ast *node)
{
    const tb_ast_copy *copy = tb_as_copy(node);
    tb_buf_puts(out, "COPY ");
    if (copy->query) {
        tbi_print_opt(out, "(", copy->query);
        tb_buf_putc(out, ')');
    }
    tbi_print_node(out, copy->table);
    tbi_print_column_list(out, &copy->columns);
    tb_buf_puts(out, copy->from ? " FROM " : " TO ");
    tbi_print_if(out, copy->program, "PROGRAM ");
    if (copy->filename)
        tb_print_literal(out, copy->filename);
    else
        tb_buf_puts(out, copy->from ? "STDIN" : "STDOUT");
    print_utility_options(out, &copy->options);
    tbi_print_opt(out, " WHERE ", copy->where);
}

/* ---- settings ---- */

/* A setting's name, its dots outside the quotes if it reads back so. */
static void print_setting(tb_buf *out, const char *name)
{
    bool empty_part = *name == '.' || strstr(name, "..") || name[strlen(name) - 1] == '.';
    while (!empty_part && strchr(name, '.')) {
        char part[256];
        size_t len = strcspn(name, ".");
        if (len >= sizeof part)
            break;
        memcpy(part, name, len);
        part[len] = '\0';
        tb_print_identifier(out, part);
        tb_buf_putc(out, '.');
        name += len + 1;
    }
    tb_print_identifier(out, name);
}

static void print_modes(tb_buf *out, const tb_txn_modes *modes)
{
    static const char *const levels[] = {
        [TB_ISOLATION_NONE] = "",
        [TB_ISOLATION_READ_UNCOMMITTED] = " ISOLATION LEVEL READ UNCOMMITTED",
        [TB_ISOLATION_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
        [TB_ISOLATION_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
        [TB_ISOLATION_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
    };
    static const char *const read_only[] = {
        [TB_SWITCH_NONE] = "", [TB_SWITCH_ON] = " READ ONLY", [TB_SWITCH_OFF] = " READ WRITE"};
    static const char *const deferrable[] = {
        [TB_SWITCH_NONE] = "", [TB_SWITCH_ON] = " DEFERRABLE", [TB_SWITCH_OFF] = " NOT DEFERRABLE"};
    tb_buf_puts(out, levels[modes->isolation]);
    tb_buf_puts(out, read_only[modes->read_only]);
    tb_buf_puts(out, deferrable[modes->deferrable]);
}

static void print_set_value(tb_buf *out, const tb_ast_set *set)
{
    if (set->args.at[0]->kind == TB_AST_CAST) { /* only SET TIME ZONE has an interval */
        tb_buf_puts(out, "TIME ZONE ");
        tbi_print_typed_literal(out, set->args.at[0]);
        return;
    }
    print_setting(out, set->name);
    tbi_print_opt_nodes(out, " TO ", &set->args);
}

void tbi_print_set(tb_buf *out, const tb_ast *node)
{
    const tb_ast_set *set = tb_as_set(node);
    if (set->set == TB_SET_RESET || set->set == TB_SET_RESET_ALL) {
        tb_buf_puts(out, set->name ? "RESET " : "RESET ALL");
        if (set->name)
            print_setting(out, set->name);
        return;
    }
    tb_buf_puts(out, set->local ? "SET LOCAL " : "SET ");
    switch (set->set) {
    case TB_SET_VALUE:
        print_set_value(out, set);
        break;
    case TB_SET_DEFAULT:
    case TB_SET_CURRENT:
        print_setting(out, set->name);
        tb_buf_puts(out, set->set == TB_SET_DEFAULT ? " TO DEFAULT" : " FROM CURRENT");
        break;
    case TB_SET_TRANSACTION:
        tb_buf_puts(out, "TRANSACTION");
        print_modes(out, &set->modes);
        break;
    case TB_SET_SESSION_CHARACTERISTICS:
        tb_buf_puts(out, "SESSION CHARACTERISTICS AS TRANSACTION");
        print_modes(out, &set->modes);
        break;
    case TB_SET_SNAPSHOT:
        tbi_print_opt_nodes(out, "TRANSACTION SNAPSHOT ", &set->args);
        break;
    case TB_SET_RESET:
    case TB_SET_RESET_ALL:
        break;
    }
}

void tbi_print_show(tb_buf *out, const tb_ast *node)
{
    tb_buf_puts(out, "SHOW ");
    print_setting(out, tb_as_show(node)->name);
}

/* ---- transactions ---- */

void tbi_print_transaction(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {
        [TB_TXN_BEGIN] = "BEGIN",
        [TB_TXN_COMMIT] = "COMMIT",
        [TB_TXN_ROLLBACK] = "ROLLBACK",
        [TB_TXN_SAVEPOINT] = "SAVEPOINT ",
        [TB_TXN_RELEASE] = "RELEASE SAVEPOINT ",
        [TB_TXN_ROLLBACK_TO] = "ROLLBACK TO SAVEPOINT ",
        [TB_TXN_PREPARE] = "PREPARE TRANSACTION ",
        [TB_TXN_COMMIT_PREPARED] = "COMMIT PREPARED ",
        [TB_TXN_ROLLBACK_PREPARED] = "ROLLBACK PREPARED ",
    };
    const tb_ast_transaction *txn = tb_as_transaction(node);
    tb_buf_puts(out, txn->start ? "START TRANSACTION" : words[txn->txn]);
    print_modes(out, &txn->modes);
    tbi_print_if(out, txn->chain, " AND CHAIN");
    if (txn->name && txn->txn >= TB_TXN_PREPARE)
        tb_print_literal(out, txn->name);
    else if (txn->name)
        tb_print_identifier(out, txn->name);
}

/* ---- prepared statements and cursors ---- */

void tbi_print_prepare(tb_buf *out, const tb_ast *node)
{
    const tb_ast_prepare *prepare = tb_as_prepare(node);
    tb_buf_puts(out, "PREPARE ");
    tb_print_identifier(out, prepare->name);
    tbi_print_opt_nodes(out, " (", &prepare->types);
    tbi_print_if(out, prepare->types.n > 0, ")");
    tbi_print_opt(out, " AS ", prepare->stmt);
}

void tbi_print_execute(tb_buf *out, const tb_ast *node)
{
    const tb_ast_execute *execute = tb_as_execute(node);
    tb_buf_puts(out, "EXECUTE ");
    tb_print_identifier(out, execute->name);
    tbi_print_opt_nodes(out, " (", &execute->args);
    tbi_print_if(out, execute->args.n > 0, ")");
}

/* The statement's word and a name, or ALL without one. */
static void print_name_or_all(tb_buf *out, const char *word, const char *name)
{
    tb_buf_puts(out, word);
    if (name)
        tb_print_identifier(out, name);
    else
        tb_buf_puts(out, "ALL");
}

void tbi_print_deallocate(tb_buf *out, const tb_ast *node)
{
    print_name_or_all(out, "DEALLOCATE ", tb_as_deallocate(node)->name);
}

void tbi_print_declare_cursor(tb_buf *out, const tb_ast *node)
{
    const tb_ast_declare_cursor *cursor = tb_as_declare_cursor(node);
    tb_buf_puts(out, "DECLARE ");
    tb_print_identifier(out, cursor->name);
    tbi_print_if(out, cursor->binary, " BINARY");
    tbi_print_if(out, cursor->insensitive, " INSENSITIVE");
    tbi_print_if(out, cursor->asensitive, " ASENSITIVE");
    tbi_print_if(out, cursor->scroll == TB_SWITCH_ON, " SCROLL");
    tbi_print_if(out, cursor->scroll == TB_SWITCH_OFF, " NO SCROLL");
    tb_buf_puts(out, cursor->hold ? " CURSOR WITH HOLD" : " CURSOR");
    tbi_print_opt(out, " FOR ", cursor->query);
}

void tbi_print_fetch(tb_buf *out, const tb_ast *node)
{
    static const char *const dirs[] = {[TB_FETCH_FORWARD] = "FORWARD",
                                       [TB_FETCH_BACKWARD] = "BACKWARD",
                                       [TB_FETCH_ABSOLUTE] = "ABSOLUTE",
                                       [TB_FETCH_RELATIVE] = "RELATIVE"};
    const tb_ast_fetch *fetch = tb_as_fetch(node);
    tb_buf_printf(out, "%s %s ", fetch->move ? "MOVE" : "FETCH", dirs[fetch->dir]);
    if (fetch->count == TB_FETCH_ALL)
        tb_buf_puts(out, "ALL");
    else
        tb_buf_printf(out, "%" PRId64, fetch->count);
    tb_buf_puts(out, " FROM ");
    tb_print_identifier(out, fetch->name);
}

void tbi_print_close(tb_buf *out, const tb_ast *node)
{
    print_name_or_all(out, "CLOSE ", tb_as_close(node)->name);
}

void tbi_print_discard(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {[TB_DISCARD_ALL] = "ALL",
                                        [TB_DISCARD_PLANS] = "PLANS",
                                        [TB_DISCARD_SEQUENCES] = "SEQUENCES",
                                        [TB_DISCARD_TEMP] = "TEMP"};
    tb_buf_printf(out, "DISCARD %s", words[tb_as_discard(node)->target]);
}

void tbi_print_notify(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {
        [TB_NOTIFY] = "NOTIFY ", [TB_LISTEN] = "LISTEN ", [TB_UNLISTEN] = "UNLISTEN "};
    const tb_ast_notify *notify = tb_as_notify(node);
    tb_buf_puts(out, words[notify->op]);
    if (notify->channel)
        tb_print_identifier(out, notify->channel);
    else
        tb_buf_putc(out, '*');
    if (notify->payload) {
        tb_buf_puts(out, ", ");
        tb_print_literal(out, notify->payload);
    }
}

/* Only the tag is kept of a write, so only the tag is printed. */
void tbi_print_write(tb_buf *out, const tb_ast *node)
{
    tb_buf_puts(out, tb_as_write(node)->tag);
}
