-- SPDX-License-Identifier: Apache-2.0
-- A row of ordinary values, a row of limits, a row of NULLs, for every type; and a table of many rows.
CREATE TABLE typed (
    id integer NOT NULL PRIMARY KEY,
    b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(8,2),
    t text, v varchar(5), c char(4), by bytea, d date, tm time, ts timestamp, tz timestamptz, u uuid
);
INSERT INTO typed VALUES
    (1, 1, 1, 2, 3, 1.5, 2.25, '10.10', '3.14', '连岛', 'abc', 'xy', x'00ff', '2026-01-02', '03:04:05',
     '2026-01-02 03:04:05', '2026-01-02 03:04:05+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
    (2, 0, -32768, -2147483648, -9223372036854775807 - 1, -1e30, 1e300, '-0.000000000000000000000000000001',
     '-999999.99', '', '', '', x'', '0001-01-01', '23:59:59.999999', '9999-12-31 23:59:59.999999',
     '0001-01-01 00:00:00+00', '00000000-0000-0000-0000-000000000000'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE number (n integer NOT NULL PRIMARY KEY, word text NOT NULL);
WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 5000)
INSERT INTO number SELECT n, 'w' || (n % 97) FROM g;
