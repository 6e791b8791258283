/* SPDX-License-Identifier: Apache-2.0
 * A scripted source for tests of the catalog: one table, person(id bigint, name text,
 * blob_of_unknown).
 */
#ifndef TB_TESTS_FAKE_SOURCE_H
#define TB_TESTS_FAKE_SOURCE_H

#include "core/connector.h"

static bool fake_drifted;

static inline void fake_reset(void)
{
    fake_drifted = false;
}
/* name becomes varchar(50), and a column phone appears */
static inline void fake_drift(void)
{
    fake_drifted = true;
}

static tb_rc fake_check_options(const tb_option *options, uint32_t n, tb_error *err)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(options[i].name, "path") != 0)
            return TB_RAISE(err, TB_E_FDW_INVALID_OPTION_NAME, "invalid option \"%s\"",
                            options[i].name);
    return TB_OK;
}

static tb_rc fake_connect(const tb_connector_host *host, const tb_server *server,
                          const tb_option *mapping, uint32_t nmapping, tb_conn **out, tb_error *err)
{
    (void)host, (void)server, (void)mapping, (void)nmapping, (void)err;
    *out = (tb_conn *)&fake_drifted;
    return TB_OK;
}

static void fake_disconnect(tb_conn *conn)
{
    (void)conn;
}

static tb_rc fake_describe(tb_conn *conn, const char *remote_schema, tb_arena *arena,
                           tb_remote_tables *out, tb_error *err)
{
    (void)conn, (void)remote_schema, (void)err;
    tb_remote_column *cols = TB_NEW_ARRAY(arena, tb_remote_column, 4);
    cols[0] = (tb_remote_column){"id", "BIGINT", {TB_T_INT8, -1}, true, 1};
    cols[1] = fake_drifted ? (tb_remote_column){"name", "VARCHAR(50)", {TB_T_VARCHAR, 54}, false, 0}
                           : (tb_remote_column){"name", "TEXT", {TB_T_TEXT, -1}, false, 0};
    cols[2] = (tb_remote_column){"blob_of_unknown", "GEOMETRY", {TB_T_NONE, -1}, false, 0};
    cols[3] = (tb_remote_column){"phone", "TEXT", {TB_T_TEXT, -1}, false, 0};
    tb_remote_table t = {
        .schema = NULL, .name = "person", .ncols = fake_drifted ? 4 : 3, .cols = cols, .rows = 100};
    tb_list_push(arena, out, t);
    return TB_OK;
}

static tb_rc fake_probe_fence(tb_conn *conn, bool *verified, tb_error *err)
{
    (void)conn, (void)err;
    *verified = true;
    return TB_OK;
}

static const tb_connector_ops *fake_connector(const char *driver)
{
    static const tb_connector_ops ops = {.driver = "fake",
                                         .dialect = "sqlite",
                                         .check_options = fake_check_options,
                                         .connect = fake_connect,
                                         .disconnect = fake_disconnect,
                                         .describe = fake_describe,
                                         .probe_fence = fake_probe_fence};
    return strcmp(driver, "fake") == 0 ? &ops : NULL;
}

#endif
