// SPDX-License-Identifier: Apache-2.0
// The cases of bench_exec on DuckDB, one thread, over the tables it dumped: duckdb.mjs DIR. Reads the names of cases from
// standard input; a line per case: milliseconds of CPU, rows.
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

// Every column of what a case computes is used, so that nothing of it is optimised away.
const cases = {
    join_ordered: 'SELECT count(*) FROM lines l JOIN orders o ON l.okey = o.okey',
    join_random: 'SELECT count(*) FROM lines l JOIN orders o ON l.rnd = o.okey',
    join_group: `SELECT count(*), max(c), max(s) FROM
        (SELECT name, count(*) c, sum(price) s FROM lines l JOIN orders o ON l.rnd = o.okey GROUP BY name)`,
    group_200k: 'SELECT count(*), max(c), max(s) FROM (SELECT part, count(*) c, sum(price) s FROM lines GROUP BY part)',
    group_1500k: 'SELECT count(*), max(c), max(s) FROM (SELECT rnd, count(*) c, sum(price) s FROM lines GROUP BY rnd)',
    // one row at the end: the rest is sorted and produced all the same
    sort_6m: 'SELECT okey, part, price FROM lines ORDER BY price, okey LIMIT 1 OFFSET 5999999',
};

const dir = process.argv[2];
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const db = await instance.connect();
await db.run(`CREATE TABLE orders AS SELECT * FROM read_csv('${dir}/orders.csv', header = false,
    columns = {'okey': 'BIGINT', 'cust': 'INTEGER', 'name': 'VARCHAR'})`);
await db.run(`CREATE TABLE lines AS SELECT * FROM read_csv('${dir}/lines.csv', header = false,
    columns = {'okey': 'BIGINT', 'part': 'INTEGER', 'price': 'BIGINT', 'rnd': 'BIGINT'})`);
const version = (await db.runAndReadAll('SELECT version()')).getRows()[0][0];
console.log(`ready ${version}`);
for await (const name of createInterface({ input: process.stdin })) {
    const before = process.cpuUsage();
    const rows = (await db.runAndReadAll(cases[name])).getRows();
    const used = process.cpuUsage(before);
    console.log(`${name} ${((used.user + used.system) / 1000).toFixed(1)} ms ${name === 'sort_6m' ? 6000000 : rows[0][0]} rows`);
}
