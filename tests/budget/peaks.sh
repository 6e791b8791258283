#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a server log: the highest peak of memory per limit. No statement may go beyond its limit and the slack.
#
#   peaks.sh LOG
#
# The slack is what a statement may always have: a batch in each operator's hand, blocks on their way to disk.
set -eu

sed -n 's/.*"event":"statement".*"peak_kb":"\([0-9]*\)","limit_kb":"\([0-9]*\)","spilled_kb":"\([0-9]*\)".*/\1 \2 \3/p' "$1" |
    awk -v slack=1024 '
        { n[$2]++; spills[$2] += $3 > 0; if ($1 > peak[$2]) peak[$2] = $1; if ($2 > 0 && $1 > $2 + slack) over++ }
        END {
            for (limit in n)
                printf "budget %d kB: %d statements, %d spilled, highest peak %d kB\n", limit, n[limit], spills[limit], peak[limit]
            if (NR == 0)
                print "no statement in the log"
            if (over > 0)
                printf "%d statements took more than their budget\n", over
            exit NR == 0 || over > 0
        }' | sort -n -k2
