-- login: canon_admin
-- The crosswalk between departments' keys. A taxpayer is registered under the credit code or under the old registration number:
-- two equi-joins, so that each of them can be a hash join.
CREATE VIEW canon.tp AS
  SELECT e.uscc, t.taxpayer_id, t.credit_level, t.credit_year
    FROM tax.taxpayer t JOIN market.enterprise e ON norm_uscc(t.taxpayer_id) = e.uscc
  UNION ALL
  SELECT e.uscc, t.taxpayer_id, t.credit_level, t.credit_year
    FROM tax.taxpayer t JOIN market.enterprise e ON norm_uscc(t.taxpayer_id) = e.reg_no;
CREATE VIEW canon.unit AS
  SELECT norm_uscc(u.uscc) AS k, u.unit_no, u.unit_name, u.status FROM hrss.unit u;

GRANT USAGE ON SCHEMA canon TO credit_analysts, east_city, credit_regulators, bank_regulators, service_windows;
GRANT SELECT ON canon.tp, canon.unit TO credit_analysts, east_city, credit_regulators;
GRANT SELECT ON canon.tp TO bank_regulators, service_windows;
