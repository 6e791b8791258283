-- R5 dishonest debtors as legal representatives or shareholders of active firms; courts that show only part of the number
-- are matched by name and the part that is shown
-- login: regulator
-- purpose: credit-supervision
WITH person AS (
  SELECT uscc, norm_id(legal_rep_id) AS id, norm_name(legal_rep) AS name, 'legal_rep' AS how FROM market.enterprise
  UNION ALL
  SELECT uscc, norm_id(holder_id), norm_name(holder_name), 'shareholder' FROM market.shareholder WHERE holder_type = '1'
), debtor AS (
  SELECT case_no, party_cert, norm_id(party_cert) AS id, norm_name(party_name) AS name
    FROM court.dishonest
   WHERE party_type = '0' AND expires >= '20260630'
), hit AS (
  SELECT p.uscc, p.how, d.case_no, 'number' AS matched_by FROM person p JOIN debtor d ON d.id = p.id
  UNION
  SELECT p.uscc, p.how, d.case_no, 'name and part of the number'
    FROM person p
    JOIN debtor d ON d.name = p.name AND left(d.party_cert, 10) = left(p.id, 10) AND right(d.party_cert, 4) = right(p.id, 4)
   WHERE d.id IS NULL
)
SELECT e.uscc, e.ent_name, e.legal_rep, h.how, h.case_no, h.matched_by
  FROM hit h JOIN market.enterprise e ON e.uscc = h.uscc
 WHERE e.status = '1'
 ORDER BY e.uscc, h.how, h.case_no;
