#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what run.sh left: right, wrong and refused, by tier and area.

report.py OUT_DIR                    the tables of docs/conformance.md on stdout
report.py OUT_DIR --update FILE      puts them into the file, after the line that says <!-- report.py -->
report.py OUT_DIR --floor PERCENT    one line; exit status 1 if an answer of the core tier is wrong, something crashed or hung,
                                     or less than PERCENT of it is right
report.py OUT_DIR --list KIND        the cases of a kind but those right in every way: file, line, what came

A case is one statement.
  right    the expected rows (in the expected order if the statement has an ORDER BY), or an error where one is expected
  wrong    other rows, or rows where an error is expected
  refused  an error where rows are expected: of it, `0A000` says "not done yet" in so many words
  crashed  an internal error (class XX), no answer in time, or a lost connection
  open     not the expected rows, but SQL leaves open which rows they are: the cases of open.txt
"""
import argparse
import collections
import glob
import json
import os
import re
import sys

MARK = '<!-- report.py -->'
KINDS = ('right', 'wrong', 'refused', 'crashed', 'open')


def statement_at(path, line):
    """The text of the record that starts at a line of a suite's file."""
    lines = open(path, encoding='utf8', errors='surrogateescape').read().split('\n')
    text = []
    for s in lines[line:]:
        if not s.strip() or s.strip() == '----':
            break
        text.append(s)
    return '\n'.join(text)


def order_matters(path, line):
    """Whether the statement fixes the order of all its rows: no, if it has no ORDER BY outside parentheses, or one of fewer
    items than there are columns."""
    lines = open(path, encoding='utf8', errors='surrogateescape').read().split('\n')
    columns = len(lines[line - 1].split()[1])
    depth, outer = 0, ''
    for c in statement_at(path, line):
        depth += (c == '(') - (c == ')')
        outer += c if depth == 0 else ' '
    items = re.search(r'\border\s+by\b(.*?)(\blimit\b|\boffset\b|$)', outer, re.I | re.S)
    return items is not None and items.group(1).count(',') + 1 >= columns


def open_cases():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'open.txt')
    return {line.split()[0] for line in open(path, encoding='utf8') if line[0] != '#'}


def classify(path, fail, left_open):
    """-> (kind, what)"""
    line, kind, what = fail
    if kind == 'wrong' and '%s:%d' % (path.split('/sql/', 1)[1], line) in left_open:
        return 'open', what
    if kind == 'setup':
        return None, ''
    if kind == 'order':
        return ('wrong' if order_matters(path, line) else 'right'), 'rows in another order'
    if kind in ('timeout', 'lost') or re.match(r'(error|internal error) XX', what):
        return 'crashed', what
    if kind == 'error':
        return 'refused', what
    return 'wrong', what


class Counts:
    def __init__(self):
        self.n = collections.Counter()
        self.states = collections.Counter()

    def add(self, other):
        self.n += other.n
        self.states += other.states

    def total(self):
        return sum(self.n[k] for k in KINDS)

    def cells(self):
        total = self.total()
        share = '%.1f' % (100 * self.n['right'] / total) if total else '-'
        return [total] + [self.n[k] for k in KINDS] + [self.states['0A000'], share, self.n['skipped']]


def manifest():
    path = os.path.join(os.environ['TOMBOLO_SUITES'], 'manifest.tsv')
    rows = [line.rstrip('\n').split('\t') for line in open(path, encoding='utf8')]
    at = {name: i for i, name in enumerate(rows[0])}
    return {r[at['path']]: (r[at['suite']], r[at['area']], r[at['tier']]) for r in rows[1:]}


def read(out):
    """-> {(suite, tier): {area: Counts}}, [(tier, kind, file, line, what)]"""
    known, left_open = manifest(), open_cases()
    counts = collections.defaultdict(lambda: collections.defaultdict(Counts))
    cases = []
    for name in sorted(glob.glob(os.path.join(out, '*.json'))):
        for f in json.load(open(name, encoding='utf8'))['files']:
            path = f['file'].split('/sql/', 1)[1]
            suite, area, tier = known.get(path, (path.split('/')[0], f['area'], 'ext'))
            c = counts[suite, tier][area]
            c.n['right'] += f['pass']
            c.n['skipped'] += f['skipped']
            for fail in f['fails']:
                kind, what = classify(f['file'], fail, left_open)
                if kind is None:
                    continue
                c.n[kind] += 1
                if kind == 'refused':
                    c.states[re.sub(r'^(internal )?error ', '', what)[:5]] += 1
                cases.append((tier, kind, path, fail[0], ' '.join(what.split())))
    return counts, cases


def total(counts, want):
    t = Counts()
    for (_, tier), areas in counts.items():
        if tier == want:
            for c in areas.values():
                t.add(c)
    return t


def row(cells):
    print('| ' + ' | '.join(str(c) for c in cells) + ' |')


def head(first):
    row(first + ['cases', 'right', 'wrong', 'refused', 'crashed', 'open', 'of refused: 0A000', 'right %', 'not run'])
    row(['---'] * len(first) + ['--:'] * 9)


def tables(counts):
    for tier in ('core', 'ext'):
        print('\n### Tier %s, by suite\n' % tier)
        head(['suite'])
        for (suite, t), areas in sorted(counts.items()):
            if t == tier:
                c = Counts()
                for a in areas.values():
                    c.add(a)
                row([suite] + c.cells())
        row(['**all**'] + total(counts, tier).cells())
    print('\n### What refusals of tier core say\n')
    row(['SQLSTATE', 'cases'])
    row(['---', '--:'])
    for state, n in total(counts, 'core').states.most_common():
        row([state, n])
    print('\n### Areas in which not everything is right\n')
    head(['tier', 'area'])
    for (_, tier), areas in sorted(counts.items(), key=lambda x: (x[0][1], x[0][0])):
        for area, c in sorted(areas.items()):
            if c.n['right'] < c.total():
                row([tier, area] + c.cells())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('out')
    p.add_argument('--floor', type=float)
    p.add_argument('--update')
    p.add_argument('--list', choices=KINDS)
    o = p.parse_args()
    counts, cases = read(o.out)
    if o.list:
        for tier, kind, path, line, what in cases:
            if kind == o.list:
                print('%s\t%s:%d\t%s' % (tier, path, line, what))
    elif o.floor is not None:
        c = total(counts, 'core')
        for tier, kind, path, line, what in cases:
            if tier == 'core' and kind in ('wrong', 'crashed'):
                print('%s: %s:%d %s' % (kind, path, line, what))
        share = 100 * c.n['right'] / max(1, c.total())
        print('conformance: %d cases of tier core, %.1f %% right, %d wrong, %d crashed' %
              (c.total(), share, c.n['wrong'], c.n['crashed']))
        sys.exit(0 if share >= o.floor and c.n['wrong'] == c.n['crashed'] == 0 else 1)
    elif o.update:
        text = open(o.update, encoding='utf8').read()
        with open(o.update, 'w', encoding='utf8') as sys.stdout:
            print(text.split(MARK)[0] + MARK)
            tables(counts)
    else:
        tables(counts)


main()
