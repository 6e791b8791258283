/* SPDX-License-Identifier: Apache-2.0
 * Costs, with constants measured on this engine's hardware class.
 */
#include "planner/cost.h"

static const double BUILD_NS = 45, PROBE_NS = 20, OUTPUT_NS = 10, PAIR_NS = 5, SHIP_ROW_NS = 150,
                    SHIP_BYTE_NS = 2;

double tbi_cost_join(double left, double right, double out, uint32_t ways)
{
    double small = left < right ? left : right, big = left < right ? right : left;
    if (ways == 0)
        return left * right * PAIR_NS + out * OUTPUT_NS;
    return ways * (small * BUILD_NS + big * PROBE_NS) + out * OUTPUT_NS;
}

double tbi_cost_ship(double rows, double width)
{
    return rows * (SHIP_ROW_NS + width * SHIP_BYTE_NS);
}
