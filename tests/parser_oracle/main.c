/* SPDX-License-Identifier: Apache-2.0
 * The parser oracle: our parser against PostgreSQL 15's on collected, generated and damaged
 * statements.
 *
 *     parser_oracle [-v] [-g N] [-s SEED]     the test
 *     parser_oracle -1 "SQL"                  one statement, with both verdicts
 *
 * $TOMBOLO_SUITES names the folder of the test suites; without it only generated statements are
 * compared. The test fails when a query that PostgreSQL accepts gets a syntax error here, when one
 * that it rejects is accepted, when the trees differ or a print does not round-trip. Of other
 * statements a sample is counted: most are set-up, and some exist in one of the two parsers only.
 */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

#define GENERATED     6000
#define OTHER_ONE_IN  16
#define MUTATE_ONE_IN 2
#define SHOWN_MAX     60
#define SET_SLOTS     (1u << 19)

static const char *const verdict_names[VERDICT_COUNT] = {
    [BOTH_ACCEPT] = "both accept",
    [BOTH_REJECT] = "both reject",
    [NAMED_REFUSAL] = "refused by name",
    [ONLY_POSTGRES] = "only PostgreSQL accepts",
    [ONLY_US] = "only we accept",
    [OTHER_TREE] = "another tree",
    [LIBRARY_QUIRK] = "quirk of libpg_query",
    [NO_ROUND_TRIP] = "no round trip",
};

typedef struct run {
    bool verbose;
    uint32_t counts[2][VERDICT_COUNT]; /* [is a query][verdict] */
    uint32_t rejected, same_position, same_message;
    uint32_t shown;
    uint64_t *seen; /* hashes of statements compared before */
    rng random;
} run;

static uint64_t hash_text(const char *s)
{
    uint64_t h = 1469598103934665603u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h ? h : 1;
}

/* Was the statement compared before? Remembers it. */
static bool seen_before(run *state, const char *sql)
{
    uint64_t h = hash_text(sql);
    for (uint64_t i = h;; i++) {
        uint64_t *slot = &state->seen[i % SET_SLOTS];
        if (*slot == h)
            return true;
        if (*slot == 0) {
            *slot = h;
            return false;
        }
    }
}

static bool is_failure(verdict v)
{
    return v == ONLY_POSTGRES || v == ONLY_US || v == OTHER_TREE || v == NO_ROUND_TRIP;
}

static void show(run *state, const char *sql, const comparison *c)
{
    if (!state->verbose && state->shown >= SHOWN_MAX)
        return;
    state->shown++;
    printf("%s\n  %.600s\n  ours:   %s\n  theirs: %s\n", verdict_names[c->verdict], sql, c->ours,
           c->theirs);
}

static void check(const char *sql, run *state)
{
    if (seen_before(state, sql))
        return;
    comparison c;
    compare(sql, &c);
    bool query = is_query_text(sql);
    state->counts[query][c.verdict]++;
    if (query && c.verdict == BOTH_REJECT) {
        state->rejected++;
        state->same_position += c.same_position;
        state->same_message += c.same_message;
    }
    bool other_place = query && c.verdict == BOTH_REJECT && !c.same_position && state->verbose;
    bool refusal = query && c.verdict == NAMED_REFUSAL && state->verbose;
    if ((is_failure(c.verdict) && (query || state->verbose)) || other_place || refusal)
        show(state, sql, &c);
}

static void check_and_mutate(const char *sql, void *ctx)
{
    run *state = ctx;
    if (is_query_text(sql) || hash_text(sql) % OTHER_ONE_IN == 0)
        check(sql, state);
    if (!is_query_text(sql) || strlen(sql) > 4000 || rng_below(&state->random, MUTATE_ONE_IN) != 0)
        return;
    tb_buf mutant;
    tb_buf_init(&mutant, 1 << 20);
    mutate_statement(&state->random, sql, &mutant);
    check(tb_buf_cstr(&mutant), state);
    tb_buf_fini(&mutant);
}

static void generate(run *state, uint32_t n)
{
    tb_buf sql;
    tb_buf_init(&sql, 1 << 20);
    for (uint32_t i = 0; i < n; i++) {
        tb_buf_reset(&sql);
        generate_statement(&state->random, &sql);
        check_and_mutate(tb_buf_cstr(&sql), state);
    }
    tb_buf_fini(&sql);
}

static uint32_t report(const run *state)
{
    uint32_t failures = 0;
    printf("\n%-26s %10s %10s\n", "", "queries", "other");
    for (int v = 0; v < VERDICT_COUNT; v++) {
        printf("%-26s %10u %10u\n", verdict_names[v], state->counts[1][v], state->counts[0][v]);
        if (is_failure((verdict)v))
            failures += state->counts[1][v];
    }
    printf("of %u queries that both reject: %u at the same position, %u with the same message\n",
           state->rejected, state->same_position, state->same_message);
    return failures;
}

static int one(const char *sql)
{
    comparison c;
    compare(sql, &c);
    printf("%s\nours:   %s\ntheirs: %s\n", verdict_names[c.verdict], c.ours, c.theirs);
    return 0;
}

static void collect(run *state)
{
    const char *suites = getenv("TOMBOLO_SUITES");
    if (!suites) {
        printf("TOMBOLO_SUITES is not set: collected statements are skipped\n");
        return;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/sql", suites);
    corpus_slt(path, check_and_mutate, state);
    snprintf(path, sizeof path, "%s/pgclients/corpus.jsonl", suites);
    corpus_jsonl(path, check_and_mutate, state);
}

int main(int argc, char **argv)
{
    run state = {.random = {.state = 20240615}};
    uint32_t generated = GENERATED;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            state.verbose = true;
        else if (i + 1 < argc && strcmp(argv[i], "-1") == 0)
            return one(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "-g") == 0)
            generated = (uint32_t)strtoul(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "-s") == 0)
            state.random.state = strtoull(argv[++i], NULL, 10);
    }
    state.seen = tb_xcalloc(SET_SLOTS, sizeof *state.seen);
    collect(&state);
    generate(&state, generated);
    free(state.seen);
    return report(&state) == 0 ? 0 : 1;
}
