-- R7 zombies: on the abnormal list for over three years, nobody insured, loans still open; by firm and bank
-- login: regulator
-- purpose: credit-supervision
WITH listed AS (
  SELECT b.uscc, min(b.listed) AS since FROM market.abnormal_list b WHERE b.removed IS NULL GROUP BY b.uscc
)
SELECT e.uscc, e.ent_name, b.since, l.bank_code, count(*) AS loans, round(sum(l.balance) / 100.0, 2) AS balance,
       min(code_map('five_class', 'han', 'num', coalesce(code_map('five_class', 'num', 'han', l.five_class), l.five_class)))
         AS best_class
  FROM listed b
  JOIN market.enterprise e ON e.uscc = b.uscc
  JOIN bank.loan l ON norm_uscc(l.uscc) = e.uscc AND l.balance > 0
  LEFT JOIN (SELECT DISTINCT u.k FROM canon.unit u JOIN hrss.contribution c ON c.unit_no = u.unit_no
              WHERE c.ym >= 202601 AND c.headcount > 0) i ON i.k = e.uscc
 WHERE b.since < DATE '2026-06-30' - INTERVAL '3 years' AND i.k IS NULL
 GROUP BY e.uscc, e.ent_name, b.since, l.bank_code
 ORDER BY e.uscc, l.bank_code;
