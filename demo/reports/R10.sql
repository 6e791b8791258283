-- R10 wage-arrears early warning: social insurance short-paid three months in a row, and falling sales or a labour suit
-- login: regulator
-- purpose: credit-supervision
WITH short_month AS (
  SELECT u.k, c.ym
    FROM canon.unit u JOIN hrss.contribution c ON c.unit_no = u.unit_no
   WHERE c.ym BETWEEN 202604 AND 202606
   GROUP BY u.k, c.ym
  HAVING sum(c.paid_amt) < sum(c.due_amt)
), short_paid AS (
  SELECT k FROM short_month GROUP BY k HAVING count(*) = 3
), quarters AS (
  SELECT t.uscc,
         sum(CASE WHEN v.period <= '202603' THEN v.sales_amt ELSE 0 END) AS q1,
         sum(CASE WHEN v.period >= '202604' THEN v.sales_amt ELSE 0 END) AS q2
    FROM canon.tp t JOIN tax.tax_return v ON v.taxpayer_id = t.taxpayer_id
   WHERE v.tax_type = '01' AND v.period BETWEEN '202601' AND '202606'
   GROUP BY t.uscc
), sued AS (
  SELECT norm_uscc(p.party_cert) AS code, norm_name(p.party_name) AS name
    FROM court.case_party p
   WHERE p.role = '被告' AND p.cause LIKE '劳动%' AND p.filed >= '20260101'
), suit AS (
  SELECT e.uscc FROM sued s JOIN market.enterprise e ON e.uscc = s.code
  UNION
  SELECT e.uscc FROM sued s JOIN market.enterprise e ON norm_name(e.ent_name) = s.name WHERE s.code IS NULL
)
SELECT e.uscc, e.ent_name, e.legal_rep, q.q1, q.q2,
       coalesce(q.q2 < 0.9 * q.q1, false) AS sales_fell, e.uscc IN (SELECT uscc FROM suit) AS labour_suit
  FROM short_paid s
  JOIN market.enterprise e ON e.uscc = s.k
  LEFT JOIN quarters q ON q.uscc = e.uscc
 WHERE q.q2 < 0.9 * q.q1 OR EXISTS (SELECT 1 FROM suit x WHERE x.uscc = e.uscc)
 ORDER BY e.uscc;
