-- R3 invoices above three times the declared sales, with a loan open
-- login: regulator
-- purpose: credit-supervision
WITH sales AS (
  SELECT t.uscc, sum(v.sales_amt) AS declared
    FROM canon.tp t JOIN tax.tax_return v ON v.taxpayer_id = t.taxpayer_id
   WHERE v.tax_type = '01' AND v.period BETWEEN '202601' AND '202606'
   GROUP BY t.uscc
), invoices AS (
  SELECT t.uscc, sum(i.issued_amt) AS issued
    FROM canon.tp t JOIN tax.invoice_month i ON i.taxpayer_id = t.taxpayer_id
   WHERE i.period BETWEEN '202601' AND '202606'
   GROUP BY t.uscc
)
SELECT e.uscc, e.ent_name, e.legal_rep, s.declared, i.issued, round(i.issued / nullif(s.declared, 0), 2) AS ratio
  FROM sales s
  JOIN invoices i ON i.uscc = s.uscc
  JOIN market.enterprise e ON e.uscc = s.uscc
 WHERE i.issued > 3 * s.declared
   AND EXISTS (SELECT 1 FROM bank.loan l WHERE norm_uscc(l.uscc) = e.uscc AND l.balance > 0)
 ORDER BY ratio DESC, e.uscc;
