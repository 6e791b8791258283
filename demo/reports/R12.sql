-- R12 bank exposure to listed firms by section of industry; only cells of at least three banks and ten loans
-- login: analyst
WITH listed AS (
  SELECT b.uscc FROM market.abnormal_list b WHERE b.removed IS NULL
  UNION
  SELECT norm_uscc(d.party_cert) FROM court.dishonest d WHERE d.party_type = '1' AND d.expires >= '20260630'
)
SELECT left(e.industry, 1) AS section, count(DISTINCT e.uscc) AS firms, count(*) AS loans,
       count(DISTINCT l.bank_code) AS banks, round(sum(l.balance) / 100.0, 2) AS balance
  FROM listed x
  JOIN market.enterprise e ON e.uscc = x.uscc
  JOIN bank.loan l ON norm_uscc(l.uscc) = e.uscc
 WHERE l.balance > 0
 GROUP BY left(e.industry, 1)
HAVING count(DISTINCT l.bank_code) >= 3 AND count(*) >= 10
 ORDER BY section;
