-- SPDX-License-Identifier: Apache-2.0
-- The crosswalk between the departments' keys, as demo/setup/30_canon.sql makes it.
CREATE SCHEMA canon;
CREATE VIEW canon.tp AS
  SELECT e.uscc, t.taxpayer_id, t.credit_level, t.credit_year
    FROM tax.taxpayer t JOIN market.enterprise e ON norm_uscc(t.taxpayer_id) = e.uscc
  UNION ALL
  SELECT e.uscc, t.taxpayer_id, t.credit_level, t.credit_year
    FROM tax.taxpayer t JOIN market.enterprise e ON norm_uscc(t.taxpayer_id) = e.reg_no;
CREATE VIEW canon.unit AS SELECT norm_uscc(u.uscc) AS k, u.unit_no, u.unit_name, u.status FROM hrss.unit u;
