/* SPDX-License-Identifier: Apache-2.0
 * tombolo init: makes a data directory with its key file, catalog and first administrator.
 */
#include "server/auth_scram.h"
#include "server/cmd.h"
#include "server/store.h"

#include <errno.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { TOKEN_KEY_LEN = 32 };

static int help(FILE *to)
{
    fputs("usage: tombolo init --data DIR [OPTION...]\n\n"
          "  --data DIR             directory to make (mode 0700)\n"
          "  --admin NAME           first role, default \"admin\"\n"
          "  --password-file FILE   its password, first line; default: asked for\n"
          "  --token-key-file FILE  key of masking tokens: 32 bytes, or 64 hex digits; default\n"
          "                         random. For demonstrations and tests: tokens then repeat.\n"
          "  --restore FILE         rebuild what `tombolo dump` wrote; put the tombolo.key it was\n"
          "                         sealed with into DIR (mode 0700) first\n",
          to);
    return to == stdout ? 0 : 2;
}

/* First line of a file, without its end. */
static bool read_line(FILE *f, char *line, size_t cap)
{
    if (fgets(line, (int)cap, f) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return *line != '\0';
}

static bool password_from_file(const char *path, char *password, size_t cap)
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        fprintf(stderr, "tombolo init: could not open \"%s\": %s\n", path, strerror(errno));
        return false;
    }
    bool ok = read_line(f, password, cap);
    fclose(f);
    if (!ok)
        fprintf(stderr, "tombolo init: no password in \"%s\"\n", path);
    return ok;
}

static bool ask(const char *prompt, char *line, size_t cap)
{
    struct termios old, quiet;
    fputs(prompt, stderr);
    bool terminal = tcgetattr(STDIN_FILENO, &old) == 0;
    if (terminal) {
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool ok = read_line(stdin, line, cap);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    return ok;
}

static bool password_from_terminal(char *password, size_t cap)
{
    char again[1024] = "";
    bool ok = ask("Password of the first administrator: ", password, cap) &&
              ask("Again: ", again, sizeof again) && strcmp(password, again) == 0;
    OPENSSL_cleanse(again, sizeof again);
    if (!ok)
        fputs("tombolo init: passwords are empty or differ\n", stderr);
    return ok;
}

static bool token_key_from_file(const char *path, uint8_t key[TOKEN_KEY_LEN])
{
    char raw[2 * TOKEN_KEY_LEN + 2];
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        fprintf(stderr, "tombolo init: could not open \"%s\": %s\n", path, strerror(errno));
        return false;
    }
    size_t n = fread(raw, 1, sizeof raw, f);
    fclose(f);
    if (n == 2 * TOKEN_KEY_LEN + 1 && raw[n - 1] == '\n')
        n--;
    bool ok = n == TOKEN_KEY_LEN || n == 2 * TOKEN_KEY_LEN;
    if (n == TOKEN_KEY_LEN)
        memcpy(key, raw, n);
    for (size_t i = 0; ok && n == 2 * TOKEN_KEY_LEN && i < TOKEN_KEY_LEN; i++) {
        char pair[3] = {raw[2 * i], raw[2 * i + 1], '\0'};
        unsigned byte;
        ok = strspn(pair, "0123456789abcdefABCDEF") == 2 && sscanf(pair, "%2x", &byte) == 1;
        if (ok)
            key[i] = (uint8_t)byte;
    }
    OPENSSL_cleanse(raw, sizeof raw);
    if (!ok)
        fprintf(stderr, "tombolo init: \"%s\" holds neither 32 bytes nor 64 hex digits\n", path);
    return ok;
}

static tb_rc make_catalog(const char *dir, const char *admin, const char *password,
                          const uint8_t *token_key, tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    const char *verifier;
    tb_rc rc = tb_scram_password_verifier(password, arena, &verifier, err);
    if (rc == TB_OK)
        rc = tb_store_init(dir, admin, verifier, token_key, err);
    tb_arena_destroy(arena);
    return rc;
}

/* All of the script, or no catalog. */
static tb_rc restore(const char *dir, const char *admin, const char *password,
                     const uint8_t *token_key, const char *script, tb_error *err)
{
    uint8_t key[TOKEN_KEY_LEN];
    char path[4096];
    bool found = false;
    TB_TRY(tb_restore_token_key(dir, script, key, &found, err));
    TB_TRY(make_catalog(dir, admin, password, found ? key : token_key, err));
    OPENSSL_cleanse(key, sizeof key);
    if (tb_restore_run(dir, script, err) == TB_OK)
        return TB_OK;
    snprintf(path, sizeof path, "%s/catalog.db", dir);
    unlink(path);
    return TB_FAIL;
}

static bool read_script(const char *path, tb_buf *out)
{
    char part[65536];
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        fprintf(stderr, "tombolo init: could not open \"%s\": %s\n", path, strerror(errno));
        return false;
    }
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        tb_buf_append(out, part, n);
    fclose(f);
    return true;
}

/* restore_file: NULL = an empty catalog. */
static int init(const char *dir, const char *admin, const char *password, const uint8_t *token_key,
                const char *restore_file)
{
    tb_error err = {.position = -1};
    tb_buf script;
    tb_rc rc;
    tb_buf_init(&script, SIZE_MAX / 2);
    if (restore_file != NULL && !read_script(restore_file, &script)) {
        tb_buf_fini(&script);
        return 1;
    }
    rc = restore_file == NULL
             ? make_catalog(dir, admin, password, token_key, &err)
             : restore(dir, admin, password, token_key, tb_buf_cstr(&script), &err);
    tb_buf_fini(&script);
    if (rc != TB_OK)
        return tb_cmd_report("init", &err);
    printf("initialised %s; start it with: tombolo serve --data %s\n", dir, dir);
    return 0;
}

int tb_cmd_init(int argc, char **argv)
{
    static const struct option longs[] = {
        {"data", required_argument, NULL, 'd'},
        {"admin", required_argument, NULL, 'a'},
        {"password-file", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {"token-key-file", required_argument, NULL, 't'},
        {"restore", required_argument, NULL, 'r'},
        {0},
    };
    const char *dir = NULL, *admin = "admin", *password_file = NULL, *token_file = NULL;
    const char *restore_file = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (c) {
        case 'd':
            dir = optarg;
            break;
        case 'a':
            admin = optarg;
            break;
        case 'p':
            password_file = optarg;
            break;
        case 't':
            token_file = optarg;
            break;
        case 'r':
            restore_file = optarg;
            break;
        case 'h':
            return help(stdout);
        default:
            return help(stderr);
        }
    }
    if (dir == NULL || optind < argc)
        return help(stderr);
    char password[1024];
    uint8_t token_key[TOKEN_KEY_LEN];
    if (token_file != NULL && !token_key_from_file(token_file, token_key))
        return 1;
    if (password_file != NULL ? !password_from_file(password_file, password, sizeof password)
                              : !password_from_terminal(password, sizeof password))
        return 1;
    int status = init(dir, admin, password, token_file != NULL ? token_key : NULL, restore_file);
    OPENSSL_cleanse(password, sizeof password);
    OPENSSL_cleanse(token_key, sizeof token_key);
    return status;
}
