/* SPDX-License-Identifier: Apache-2.0
 * Transactions of a read-only gateway: nothing is written, so what they hold together is the clock
 * (now()), settings, cursors and the state the client sees. Sources are read with one snapshot per
 * statement and source; levels that promise more are accepted with a warning.
 */
#include "server/portal.h"
#include "server/session.h"

#include <stdlib.h>
#include <string.h>

static void start(tb_session *s)
{
    tb_error ignored = {0};
    s->txn.state = TB_TXN_STARTED;
    s->txn.start_us = tb_clock_us();
    s->txn.number++;
    s->txn.level = 1;
    s->txn.queried = false;
    tb_settings_begin(s->settings);
    const char *level = tb_settings_text(s->settings, TB_SETTING_DEFAULT_TRANSACTION_ISOLATION);
    if (strcmp(level, tb_settings_text(s->settings, TB_SETTING_TRANSACTION_ISOLATION)) != 0)
        TB_CHECK(tb_settings_set(s->settings, "transaction_isolation", level, TB_SCOPE_LOCAL,
                                 &ignored) == TB_OK);
}

static void drop_savepoint(tb_session *s)
{
    tb_savepoint *inner = s->txn.savepoints;
    s->txn.savepoints = inner->outer;
    s->txn.level--;
    free(inner->name);
    free(inner);
}

static void end(tb_session *s, bool commit)
{
    tb_portals_drop_transaction(s, commit);
    while (s->txn.savepoints != NULL)
        drop_savepoint(s);
    if (commit)
        tb_settings_commit(s->settings);
    else
        tb_settings_rollback(s->settings);
    s->txn.state = TB_TXN_IDLE;
}

static tb_rc commit(tb_session *s, tb_error *err)
{
    if (tb_portals_persist(s, err) != TB_OK) {
        end(s, false);
        return TB_FAIL;
    }
    end(s, true);
    return TB_OK;
}

tb_rc tb_txn_enter(tb_session *s, bool ends_block, tb_error *err)
{
    if (s->txn.state == TB_TXN_FAILED && !ends_block)
        return TB_RAISE(err, TB_E_IN_FAILED_SQL_TRANSACTION,
                        "current transaction is aborted, commands ignored until end of "
                        "transaction block");
    if (s->txn.state == TB_TXN_IDLE)
        start(s);
    return TB_OK;
}

tb_rc tb_txn_leave(tb_session *s, tb_error *err)
{
    if (s->txn.state == TB_TXN_STARTED || s->txn.state == TB_TXN_IMPLICIT)
        return commit(s, err);
    return TB_OK;
}

void tb_txn_fail(tb_session *s)
{
    switch (s->txn.state) {
    case TB_TXN_IDLE:
    case TB_TXN_FAILED:
        return;
    case TB_TXN_STARTED:
    case TB_TXN_IMPLICIT:
        end(s, false);
        return;
    case TB_TXN_BLOCK:
        tb_portals_drop_level(s, s->txn.level);
        tb_settings_rollback_to(s->settings,
                                s->txn.savepoints ? s->txn.savepoints->settings_mark : 0);
        s->txn.state = TB_TXN_FAILED;
        return;
    }
    TB_UNREACHABLE();
}

void tb_txn_make_implicit(tb_session *s)
{
    if (s->txn.state == TB_TXN_STARTED)
        s->txn.state = TB_TXN_IMPLICIT;
}

bool tb_txn_in_block(const tb_session *s)
{
    return s->txn.state == TB_TXN_BLOCK || s->txn.state == TB_TXN_FAILED ||
           s->txn.state == TB_TXN_IMPLICIT;
}

char tb_txn_status(const tb_session *s)
{
    return s->txn.state == TB_TXN_BLOCK ? 'T' : s->txn.state == TB_TXN_FAILED ? 'E' : 'I';
}

tb_rc tb_txn_require_block(const tb_session *s, const char *what, tb_error *err)
{
    if (tb_txn_in_block(s))
        return TB_OK;
    return TB_RAISE(err, TB_E_NO_ACTIVE_SQL_TRANSACTION,
                    "%s can only be used in transaction blocks", what);
}

tb_rc tb_txn_forbid_block(const tb_session *s, const char *what, tb_error *err)
{
    if (!tb_txn_in_block(s))
        return TB_OK;
    return TB_RAISE(err, TB_E_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block",
                    what);
}

/* ---- modes ---- */

static const char *const isolation_names[] = {
    [TB_ISOLATION_NONE] = "",
    [TB_ISOLATION_READ_UNCOMMITTED] = "read uncommitted",
    [TB_ISOLATION_READ_COMMITTED] = "read committed",
    [TB_ISOLATION_REPEATABLE_READ] = "repeatable read",
    [TB_ISOLATION_SERIALIZABLE] = "serializable",
};

void tb_txn_warn_isolation(tb_session *s, const char *level)
{
    tb_session_notice(s, TB_SEV_WARNING, TB_E_WARNING,
                      "isolation level %s is not given across departments: each statement reads "
                      "each department at its own moment",
                      level);
}

static tb_rc set_isolation(tb_session *s, tb_isolation level, bool session_default, tb_error *err)
{
    const char *name = isolation_names[level];
    bool same = strcmp(name, tb_settings_text(s->settings, TB_SETTING_TRANSACTION_ISOLATION)) == 0;
    if (!session_default && s->txn.queried && !same)
        return TB_RAISE(err, TB_E_ACTIVE_SQL_TRANSACTION,
                        "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    if (level >= TB_ISOLATION_REPEATABLE_READ)
        tb_txn_warn_isolation(s, name);
    if (session_default)
        return tb_settings_set(s->settings, "default_transaction_isolation", name, TB_SCOPE_SESSION,
                               err);
    return tb_settings_set(s->settings, "transaction_isolation", name, TB_SCOPE_LOCAL, err);
}

tb_rc tb_txn_set_modes(tb_session *s, const tb_txn_modes *modes, bool session_default,
                       tb_error *err)
{
    if (modes->isolation != TB_ISOLATION_NONE)
        TB_TRY(set_isolation(s, modes->isolation, session_default, err));
    if (modes->read_only == TB_SWITCH_OFF)
        tb_session_notice(s, TB_SEV_WARNING, TB_E_WARNING,
                          "all transactions are read-only: READ WRITE has no effect");
    if (modes->deferrable != TB_SWITCH_NONE)
        TB_TRY(tb_settings_set(s->settings,
                               session_default ? "default_transaction_deferrable"
                                               : "transaction_deferrable",
                               modes->deferrable == TB_SWITCH_ON ? "on" : "off",
                               session_default ? TB_SCOPE_SESSION : TB_SCOPE_LOCAL, err));
    return TB_OK;
}

/* ---- statements ---- */

static tb_rc begin(tb_session *s, const tb_ast_transaction *ast, const char **tag, tb_error *err)
{
    *tag = ast->start ? "START TRANSACTION" : "BEGIN";
    if (s->txn.state == TB_TXN_BLOCK)
        tb_session_notice(s, TB_SEV_WARNING, TB_E_ACTIVE_SQL_TRANSACTION,
                          "there is already a transaction in progress");
    s->txn.state = TB_TXN_BLOCK;
    return tb_txn_set_modes(s, &ast->modes, false, err);
}

/* COMMIT and ROLLBACK; AND CHAIN opens a new block with the same modes. */
static tb_rc finish(tb_session *s, const tb_ast_transaction *ast, const char **tag, tb_error *err)
{
    bool block = s->txn.state == TB_TXN_BLOCK || s->txn.state == TB_TXN_FAILED;
    bool commits = ast->txn == TB_TXN_COMMIT && s->txn.state != TB_TXN_FAILED;
    *tag = ast->txn == TB_TXN_COMMIT && s->txn.state != TB_TXN_FAILED ? "COMMIT" : "ROLLBACK";
    if (!block && ast->chain)
        return TB_RAISE(err, TB_E_NO_ACTIVE_SQL_TRANSACTION,
                        "%s can only be used in transaction blocks",
                        commits ? "COMMIT AND CHAIN" : "ROLLBACK AND CHAIN");
    if (!block)
        tb_session_notice(s, TB_SEV_WARNING, TB_E_NO_ACTIVE_SQL_TRANSACTION,
                          "there is no transaction in progress");
    char level[32] = "";
    strncat(level, tb_settings_text(s->settings, TB_SETTING_TRANSACTION_ISOLATION),
            sizeof level - 1);
    if (commits)
        TB_TRY(commit(s, err));
    else
        end(s, false);
    if (!ast->chain)
        return TB_OK;
    start(s);
    s->txn.state = TB_TXN_BLOCK;
    return tb_settings_set(s->settings, "transaction_isolation", level, TB_SCOPE_LOCAL, err);
}

static tb_rc require_explicit_block(const tb_session *s, const char *what, tb_error *err)
{
    if (s->txn.state == TB_TXN_BLOCK || s->txn.state == TB_TXN_FAILED)
        return TB_OK;
    return TB_RAISE(err, TB_E_NO_ACTIVE_SQL_TRANSACTION,
                    "%s can only be used in transaction blocks", what);
}

static tb_rc savepoint(tb_session *s, const char *name, tb_error *err)
{
    TB_TRY(require_explicit_block(s, "SAVEPOINT", err));
    if (s->txn.level > 1000)
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "too many savepoints");
    tb_savepoint *sp = tb_xcalloc(1, sizeof *sp);
    sp->name = tb_xstrdup(name);
    sp->settings_mark = tb_settings_mark(s->settings);
    sp->outer = s->txn.savepoints;
    s->txn.savepoints = sp;
    sp->level = ++s->txn.level;
    return TB_OK;
}

static tb_rc find_savepoint(const tb_session *s, const char *name, tb_savepoint **out,
                            tb_error *err)
{
    tb_savepoint *sp = s->txn.savepoints;
    while (sp != NULL && strcmp(sp->name, name) != 0)
        sp = sp->outer;
    *out = sp;
    if (sp == NULL)
        return TB_RAISE(err, TB_E_INVALID_SAVEPOINT_SPECIFICATION,
                        "savepoint \"%s\" does not exist", name);
    return TB_OK;
}

static tb_rc release(tb_session *s, const char *name, tb_error *err)
{
    tb_savepoint *sp;
    TB_TRY(require_explicit_block(s, "RELEASE SAVEPOINT", err));
    TB_TRY(find_savepoint(s, name, &sp, err));
    uint32_t outer = sp->level - 1;
    while (s->txn.level > outer)
        drop_savepoint(s);
    tb_portals_merge_levels(s, outer);
    return TB_OK;
}

static tb_rc rollback_to(tb_session *s, const char *name, tb_error *err)
{
    tb_savepoint *sp;
    TB_TRY(require_explicit_block(s, "ROLLBACK TO SAVEPOINT", err));
    TB_TRY(find_savepoint(s, name, &sp, err));
    while (s->txn.savepoints != sp)
        drop_savepoint(s);
    tb_portals_drop_level(s, sp->level);
    tb_settings_rollback_to(s->settings, sp->settings_mark);
    s->txn.state = TB_TXN_BLOCK;
    return TB_OK;
}

tb_rc tb_txn_command(tb_session *s, const tb_ast_transaction *ast, const char **tag, tb_error *err)
{
    switch (ast->txn) {
    case TB_TXN_BEGIN:
        return begin(s, ast, tag, err);
    case TB_TXN_COMMIT:
    case TB_TXN_ROLLBACK:
        return finish(s, ast, tag, err);
    case TB_TXN_SAVEPOINT:
        *tag = "SAVEPOINT";
        return savepoint(s, ast->name, err);
    case TB_TXN_RELEASE:
        *tag = "RELEASE";
        return release(s, ast->name, err);
    case TB_TXN_ROLLBACK_TO:
        *tag = "ROLLBACK";
        return rollback_to(s, ast->name, err);
    case TB_TXN_PREPARE:
    case TB_TXN_COMMIT_PREPARED:
    case TB_TXN_ROLLBACK_PREPARED:
        return TB_UNSUPPORTED(err, ast->base.pos, "two-phase commit");
    }
    TB_UNREACHABLE();
}
