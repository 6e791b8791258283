/* SPDX-License-Identifier: Apache-2.0
 * demo-gen --out DIR [--size S|M] [--seed N]: writes the demo departments, the oracle's copy and
 * the truth files.
 */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    fputs("usage: demo-gen --out DIR [--size S|M] [--seed N]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    gen g = {.seed = 42, .blocks = 1, .months = 6};

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--out") == 0 && *value) {
            g.out = value;
        } else if (strcmp(argv[i], "--size") == 0 && strcmp(value, "S") == 0) {
            g.blocks = 1;
            g.months = 6;
        } else if (strcmp(argv[i], "--size") == 0 && strcmp(value, "M") == 0) {
            g.blocks = 57; /* 171,000 firms, 1.14 million persons */
            g.months = GEN_MONTHS_MAX;
        } else if (strcmp(argv[i], "--seed") == 0 && *value) {
            g.seed = strtoull(value, NULL, 10);
        } else {
            return usage();
        }
        i++;
    }
    if (!g.out)
        return usage();
    g.io = gen_out_open(g.out);
    gen_police(&g);
    gen_market(&g);
    gen_tax(&g);
    gen_transport(&g);
    gen_hrss(&g);
    gen_court(&g);
    gen_health(&g);
    gen_bank(&g);
    gen_out_close(g.io);
    gen_truth(&g);
    return 0;
}
