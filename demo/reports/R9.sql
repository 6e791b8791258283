-- R9 risk classes A-D of active firms by city and section of industry; groups of fewer than ten firms are not shown
-- login: analyst
WITH owed AS (
  SELECT t.uscc, sum(a.balance) AS balance
    FROM canon.tp t JOIN tax.arrears a ON a.taxpayer_id = t.taxpayer_id
   GROUP BY t.uscc
), abnormal AS (
  SELECT DISTINCT b.uscc FROM market.abnormal_list b WHERE b.removed IS NULL
), dishonest AS (
  SELECT DISTINCT norm_uscc(d.party_cert) AS uscc FROM court.dishonest d WHERE d.party_type = '1' AND d.expires >= '20260630'
), classified AS (
  SELECT left(e.admin_div, 4) AS city, left(e.industry, 1) AS section,
         CASE WHEN d.uscc IS NOT NULL OR (b.uscc IS NOT NULL AND o.balance >= 200000) THEN 'D'
              WHEN b.uscc IS NOT NULL OR o.balance > 0 THEN 'C'
              WHEN EXISTS (SELECT 1 FROM market.penalty p WHERE p.uscc = e.uscc AND p.decided >= DATE '2025-07-01') THEN 'B'
              ELSE 'A' END AS class
    FROM market.enterprise e
    LEFT JOIN owed o ON o.uscc = e.uscc
    LEFT JOIN abnormal b ON b.uscc = e.uscc
    LEFT JOIN dishonest d ON d.uscc = e.uscc
   WHERE e.status = '1'
)
SELECT city, section, count(*) AS firms,
       count(*) FILTER (WHERE class = 'A') AS a, count(*) FILTER (WHERE class = 'B') AS b,
       count(*) FILTER (WHERE class = 'C') AS c, count(*) FILTER (WHERE class = 'D') AS d
  FROM classified
 GROUP BY city, section
HAVING count(*) >= 10
 ORDER BY city, section;
