-- R1 enterprise profile: a few firms, asked for as the caller has them on paper, over five departments
-- login: analyst
WITH target (asked) AS (
  VALUES ('９１９９０１０５ＭＡ０００６３１０３'), ('990305200001398'), ('91990101-MA002165-XK'),
         ('91990303ma0029328f'), ('91990301MA0006994A　'), (' 91990201MA0014660X'), ('91990101MA9999990X')
)
SELECT e.uscc, e.ent_name, code_map('ent_status', 'gb', 'han', e.status) AS status, e.legal_rep, e.legal_rep_id,
       (SELECT max(halfwidth(t.credit_level)) FROM canon.tp t WHERE t.uscc = e.uscc AND t.credit_year = 2025) AS credit,
       (SELECT sum(a.balance)
          FROM canon.tp t JOIN tax.arrears a ON a.taxpayer_id = t.taxpayer_id WHERE t.uscc = e.uscc) AS arrears,
       (SELECT sum(c.headcount)
          FROM canon.unit u JOIN hrss.contribution c ON c.unit_no = u.unit_no
         WHERE u.k = e.uscc AND c.ym = 202606) AS insured,
       (SELECT count(*) FROM court.dishonest d
         WHERE norm_uscc(d.party_cert) = e.uscc AND d.party_type = '1' AND d.expires >= '20260630') AS dishonest,
       (SELECT count(*) FROM market.abnormal_list b WHERE b.uscc = e.uscc AND b.removed IS NULL) AS abnormal,
       (SELECT round(sum(l.balance) / 100.0, 2) FROM bank.loan l WHERE norm_uscc(l.uscc) = e.uscc) AS exposure,
       (SELECT min(c.contact_phone) FROM bank.counterparty_ref c WHERE norm_uscc(c.uscc) = e.uscc) AS phone,
       (SELECT min(c.contact_email) FROM bank.counterparty_ref c WHERE norm_uscc(c.uscc) = e.uscc) AS email
  FROM target q
  JOIN market.enterprise e ON norm_uscc(q.asked) = e.uscc OR norm_uscc(q.asked) = e.reg_no
 ORDER BY e.uscc;
