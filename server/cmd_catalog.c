/* SPDX-License-Identifier: Apache-2.0
 * tombolo dump: the catalog as a script. tombolo check: can every server be reached, and does its
 * fence hold?
 */
#include "server/cmd.h"
#include "server/gateway.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int help(FILE *to, const char *name, const char *does)
{
    fprintf(to, "usage: tombolo %s --data DIR\n\n%s\n", name, does);
    return to == stdout ? 0 : 2;
}

/* The --data option; -1 = go on with *dir set, else the exit status. */
static int data_option(int argc, char **argv, const char *does, const char **dir)
{
    static const struct option longs[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    *dir = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'd')
            *dir = optarg;
        else
            return help(c == 'h' ? stdout : stderr, argv[0], does);
    }
    return *dir == NULL || optind < argc ? help(stderr, argv[0], does) : -1;
}

int tb_cmd_dump(int argc, char **argv)
{
    const char *dir;
    tb_store *store;
    tb_error err = {.position = -1};
    int rc = data_option(
        argc, argv, "Prints an SQL script that rebuilds the catalog; secrets stay sealed.", &dir);
    if (rc >= 0)
        return rc;
    if (tb_store_open(dir, &store, &err) != TB_OK)
        return tb_cmd_report("dump", &err);
    tb_buf script;
    tb_buf_init(&script, SIZE_MAX / 2);
    tb_rc dumped = tb_store_dump(store, &script, &err);
    if (dumped == TB_OK && fwrite(tb_buf_cstr(&script), 1, script.len, stdout) != script.len)
        dumped = TB_RAISE(&err, TB_E_IO_ERROR, "could not write the script");
    tb_buf_fini(&script);
    tb_store_close(store);
    return dumped == TB_OK ? 0 : tb_cmd_report("dump", &err);
}

/* ---- check ---- */

typedef struct checker {
    tb_store *store;
    const tb_catalog *catalog;
    const tb_connector_host *host;
    int problems;
} checker;

static void complain(checker *c, const char *server, const tb_error *err)
{
    printf("%-24s FAILED  %s: %s\n", server, tb_sqlstate(err->code), err->message);
    c->problems++;
}

/* Tables of the catalog that the source does not have (any more), and columns it has lost. */
static void compare(checker *c, const tb_server *server, const tb_remote_tables *remote)
{
    for (uint32_t i = 0; i < c->catalog->nrelations; i++) {
        const tb_relation *rel = &c->catalog->relations[i];
        if (rel->kind != TB_REL_FOREIGN || rel->server != server)
            continue;
        uint32_t k = 0;
        while (k < remote->n && strcmp(remote->at[k].name, rel->remote_name) != 0)
            k++;
        if (k == remote->n) {
            printf("%-24s MISSING %s.%s\n", server->name, rel->schema->name, rel->name);
            c->problems++;
        }
    }
}

static tb_rc probe(checker *c, const tb_server *server, const tb_connector_ops *ops, tb_conn *conn,
                   tb_arena *arena, tb_error *err)
{
    tb_remote_tables tables = {0};
    bool fenced = false;
    TB_TRY(ops->describe(conn, NULL, arena, &tables, err));
    if (ops->probe_fence != NULL)
        TB_TRY(ops->probe_fence(conn, &fenced, err));
    printf("%-24s ok      %u tables, fence %s\n", server->name, tables.n,
           fenced ? "holds" : "not verified");
    compare(c, server, &tables);
    return TB_OK;
}

static void check_server(checker *c, const tb_server *server)
{
    tb_error err = {.position = -1};
    const tb_connector_ops *ops = tb_connector_find(server->driver);
    if (ops == NULL) {
        (void)TB_RAISE(&err, TB_E_UNDEFINED_OBJECT, "foreign-data wrapper \"%s\" does not exist",
                       server->driver);
        complain(c, server->name, &err);
        return;
    }
    tb_arena *arena = tb_arena_create(0);
    tb_subject owner;
    tb_option *mapping = NULL;
    uint32_t n = 0;
    tb_conn *conn = NULL;
    tb_subject_init(&owner, arena, c->catalog, server->owner, server->owner);
    tb_rc rc = tb_store_mapping(c->store, server, &owner, arena, &mapping, &n, &err);
    if (rc == TB_OK)
        rc = ops->connect(c->host, server, mapping, n, &conn, &err);
    tb_store_mapping_wipe(mapping, n);
    if (rc == TB_OK) {
        rc = probe(c, server, ops, conn, arena, &err);
        ops->disconnect(conn);
    }
    if (rc != TB_OK)
        complain(c, server->name, &err);
    tb_arena_destroy(arena);
}

int tb_cmd_check(int argc, char **argv)
{
    const char *dir;
    tb_error err = {.position = -1};
    tb_connector_host host = {.scalar = tb_exec_scalar, .log = tb_log_source};
    checker c = {.host = &host};
    int rc =
        data_option(argc, argv, "Probes every server of the catalog and prints a report.", &dir);
    if (rc >= 0)
        return rc;
    if (tb_store_open(dir, &c.store, &err) != TB_OK)
        return tb_cmd_report("check", &err);
    tb_catalog *catalog = tb_store_snapshot(c.store);
    c.catalog = catalog;
    for (uint32_t i = 0; i < catalog->nservers; i++)
        if (strcmp(catalog->servers[i].driver, "internal") != 0)
            check_server(&c, &catalog->servers[i]);
    printf("%u servers, %d problems\n", catalog->nservers, c.problems);
    tb_catalog_unref(catalog);
    tb_store_close(c.store);
    return c.problems == 0 ? 0 : 1;
}
