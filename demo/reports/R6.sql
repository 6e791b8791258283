-- R6 lending after an arrears notice, by bank; a loan counts once, however many notices the borrower had
-- login: bank_inspector
SELECT l.bank_code, count(*) AS loans, count(DISTINCT norm_uscc(l.uscc)) AS borrowers,
       round(sum(l.balance) / 100.0, 2) AS balance
  FROM bank.loan l
 WHERE EXISTS (SELECT 1
                 FROM canon.tp t JOIN tax.arrears a ON a.taxpayer_id = t.taxpayer_id
                WHERE t.uscc = norm_uscc(l.uscc) AND a.balance >= 200000 AND l.start_date > a.announced)
 GROUP BY l.bank_code
 ORDER BY l.bank_code;
