-- R11 contradictory honours: tax credit A of 2025, and on a negative list
-- login: analyst
WITH negative AS (
  SELECT norm_uscc(d.party_cert) AS uscc, 'court' AS list
    FROM court.dishonest d WHERE d.party_type = '1' AND d.expires >= '20260630'
  UNION
  SELECT b.uscc, 'abnormal' FROM market.abnormal_list b WHERE b.removed IS NULL
  UNION
  SELECT p.uscc, 'penalty' FROM market.penalty p
   WHERE p.decided >= DATE '2025-07-01' AND CAST(replace(p.amount, ',', '') AS numeric) >= 100000
)
SELECT e.uscc, e.ent_name, e.legal_rep, string_agg(DISTINCT n.list, ',' ORDER BY n.list) AS lists
  FROM negative n
  JOIN market.enterprise e ON e.uscc = n.uscc
 WHERE e.uscc IN (SELECT t.uscc FROM canon.tp t WHERE t.credit_year = 2025 AND halfwidth(t.credit_level) = 'A')
 GROUP BY e.uscc, e.ent_name, e.legal_rep
 ORDER BY e.uscc;
