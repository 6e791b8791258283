-- R4 shell clusters: five or more active firms at one address, none of which files returns or insures anybody;
-- and persons who are the legal representative of ten or more active firms
-- login: regulator
-- purpose: credit-supervision
SELECT 'address' AS kind, min(e.uscc) AS first_uscc, count(*) AS firms,
       count(DISTINCT norm_id(e.legal_rep_id)) AS persons, min(norm_name(e.reg_addr)) AS what
  FROM market.enterprise e
 WHERE e.status = '1'
   AND NOT EXISTS (SELECT 1 FROM canon.tp t JOIN tax.tax_return v ON v.taxpayer_id = t.taxpayer_id
                    WHERE t.uscc = e.uscc AND v.period >= '202601')
   AND NOT EXISTS (SELECT 1 FROM canon.unit u JOIN hrss.contribution c ON c.unit_no = u.unit_no
                    WHERE u.k = e.uscc AND c.ym >= 202601 AND c.headcount > 0)
 GROUP BY norm_name(e.reg_addr)
HAVING count(*) >= 5
UNION ALL
SELECT 'person', min(e.uscc), count(*), 1, min(norm_name(e.legal_rep))
  FROM market.enterprise e
 WHERE e.status = '1' AND norm_id(e.legal_rep_id) IS NOT NULL
 GROUP BY norm_id(e.legal_rep_id)
HAVING count(*) >= 10
 ORDER BY kind, first_uscc;
