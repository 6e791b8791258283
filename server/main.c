/* SPDX-License-Identifier: Apache-2.0
 * tombolo: one program, a subcommand per duty. Each subcommand lives in its own cmd_*.c.
 */
#include "server/cmd.h"
#include "server/version.h"

#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *doc;
} command;

static const command commands[] = {
    {"init", tb_cmd_init, "make a data directory"},
    {"serve", tb_cmd_serve, "run the server"},
    {"sql", tb_cmd_sql, "run statements against a server"},
    {"check", tb_cmd_check, "probe every server of the catalog"},
    {"dump", tb_cmd_dump, "print the catalog as an SQL script"},
    {"version", tb_cmd_version, "print the version"},
};

static int usage(FILE *to)
{
    fputs("usage: tombolo COMMAND [OPTION...]\n\ncommands:\n", to);
    for (size_t i = 0; i < TB_COUNT(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].doc);
    fputs("\n\"tombolo COMMAND --help\" lists the options of a command.\n", to);
    return to == stdout ? 0 : 2;
}

int tb_cmd_report(const char *name, const tb_error *err)
{
    fprintf(stderr, "tombolo %s: %s\n", name, err->message);
    if (*err->detail != '\0')
        fprintf(stderr, "  %s\n", err->detail);
    if (*err->hint != '\0')
        fprintf(stderr, "  %s\n", err->hint);
    return 1;
}

int tb_cmd_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("tombolo " TB_VERSION);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0)
        return tb_cmd_version(argc - 1, argv + 1);
    for (size_t i = 0; i < TB_COUNT(commands); i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "tombolo: unknown command \"%s\"\n", argv[1]);
    return usage(stderr);
}
