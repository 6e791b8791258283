-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE person (
    citizen_id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    address text,
    status text NOT NULL
);
WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 300)
INSERT INTO person
SELECT printf('99%016d', n * 3), substr('王李张刘陈', n % 5 + 1, 1) || n || '~WORLD@WORLD@', 'lane ' || n || '~WORLD@WORLD@',
       CASE n % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'c' END
  FROM g;
