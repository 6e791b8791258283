-- SPDX-License-Identifier: Apache-2.0
-- Payers of two regions; analysts see region N only. The worlds differ in what is hidden or masked: every protected text
-- holds ~WORLD and the number of the world, incomes and amounts are other numbers within the same bucket.
CREATE TABLE payer (
    citizen_id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    income integer,
    region text NOT NULL,
    address text,
    phone text,
    amount numeric(12,2),
    birth date
);
WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 1000)
INSERT INTO payer
SELECT printf('99%016d', n),
       CASE WHEN n = 7 THEN 'SECRET-Zhang~WORLD@WORLD@'
            WHEN n % 2 = 1 THEN 'hidden' || (n * (1 + @WORLD@)) || '~WORLD@WORLD@'
            ELSE substr('王李张刘陈', n / 2 % 5 + 1, 1) || n || '~WORLD@WORLD@' END,
       CASE WHEN n = 7 THEN 1777 + @WORLD@ WHEN n % 2 = 1 THEN n * 7 + @WORLD@ ELSE n % 100 * 50 + @WORLD@ * 13 END,
       CASE WHEN n % 2 = 0 THEN 'N' ELSE 'S' END,
       'road ' || n || '~WORLD@WORLD@',
       '139' || printf('%04d', n + @WORLD@) || printf('%04d', n),
       n % 10 * 1000 + n % 499 + @WORLD@ * 500.5,
       '19' || printf('%02d', 50 + n % 50) || '-0' || (1 + @WORLD@) || '-11'
  FROM g;
