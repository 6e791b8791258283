-- R2 insured people in the annual report against social insurance: more than 30 % apart, firms of the analyst's own city
-- login: analyst_east
WITH latest AS (
  SELECT r.uscc, r.insured_cnt, r.revenue_wan,
         row_number() OVER (PARTITION BY r.uscc ORDER BY r.filed_date DESC) AS n
    FROM market.annual_report r
   WHERE r.yr = 2025
), insured AS (
  SELECT u.k, sum(c.headcount) AS headcount
    FROM canon.unit u JOIN hrss.contribution c ON c.unit_no = u.unit_no
   WHERE c.ym = 202606
   GROUP BY u.k
)
SELECT e.admin_div, e.uscc, e.ent_name, e.legal_rep, r.insured_cnt AS reported, i.headcount AS insured, r.revenue_wan
  FROM market.enterprise e
  JOIN latest r ON r.uscc = e.uscc AND r.n = 1
  JOIN insured i ON i.k = e.uscc
 WHERE r.insured_cnt >= 5 AND abs(r.insured_cnt - i.headcount) > 0.3 * r.insured_cnt
 ORDER BY e.admin_div, e.uscc;
