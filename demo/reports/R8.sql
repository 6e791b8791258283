-- R8 guarantee chains of up to four steps that end at a dishonest firm, and circles of up to four firms
-- login: regulator
-- purpose: credit-supervision
WITH RECURSIVE edge AS (
  SELECT DISTINCT norm_uscc(l.uscc) AS src, norm_uscc(gu.guarantor_uscc) AS dst
    FROM bank.guarantee gu JOIN bank.loan l USING (contract_no)
   WHERE l.balance > 0
), reach (src, dst, depth) AS (
  SELECT src, dst, 1 FROM edge
  UNION
  SELECT r.src, e.dst, r.depth + 1 FROM reach r JOIN edge e ON e.src = r.dst WHERE r.depth < 4
), bad AS (
  SELECT DISTINCT norm_uscc(d.party_cert) AS uscc FROM court.dishonest d WHERE d.party_type = '1' AND d.expires >= '20260630'
)
SELECT 'chain' AS kind, r.src, r.dst, min(r.depth) AS depth, e.ent_name, e.legal_rep
  FROM reach r JOIN bad b ON b.uscc = r.dst JOIN market.enterprise e ON e.uscc = r.dst
 GROUP BY r.src, r.dst, e.ent_name, e.legal_rep
UNION ALL
SELECT 'circle', r.src, r.dst, min(r.depth), e.ent_name, e.legal_rep
  FROM reach r JOIN market.enterprise e ON e.uscc = r.dst
 WHERE r.src = r.dst
 GROUP BY r.src, r.dst, e.ent_name, e.legal_rep
 ORDER BY kind, src, dst;
