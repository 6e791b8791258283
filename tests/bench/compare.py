#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pairs bench_exec with DuckDB: compare.py ROUNDS BENCH_EXEC [PEER COMMAND ...]

Both keep their tables in memory; each round runs a case on one and then on the other, so both meet the same weather. A line
per case: name, best ms of ours, best ms of the peer (- without one)."""
import subprocess
import sys

CASES = ["join_ordered", "join_random", "join_group", "group_200k", "group_1500k", "sort_6m"]


class Engine:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("compare.py: an engine ended early")
        return line.split()

    def run(self, case):
        """(milliseconds of CPU, rows)"""
        self.process.stdin.write(case + "\n")
        self.process.stdin.flush()
        words = self.line()
        return float(words[1]), int(words[3])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    rounds, ours = int(sys.argv[1]), Engine([sys.argv[2], "serve"])
    peer = Engine(sys.argv[3:]) if len(sys.argv) > 3 else None
    if peer:
        print("peer", *peer.line()[1:])
    for case in CASES:
        best = [float("inf"), float("inf")]
        for _ in range(rounds):
            ms, rows = ours.run(case)
            best[0] = min(best[0], ms)
            if peer:
                ms, peer_rows = peer.run(case)
                best[1] = min(best[1], ms)
                if rows != peer_rows:
                    sys.exit(f"compare.py: {case}: {rows} rows here, {peer_rows} there")
        print(case, f"{best[0]:.1f}", f"{best[1]:.1f}" if peer else "-", flush=True)
    ours.close()
    if peer:
        peer.close()


main()
