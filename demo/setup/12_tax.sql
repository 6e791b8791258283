-- login: tax_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER tax_db INTO tax;

-- Sales and invoices are for supervisors with the purpose; arrears are known to everybody else in steps of 10,000 yuan.
CREATE MASKING POLICY tax.amount AS (val numeric) RETURNS numeric ->
  CASE WHEN IS_ROLE_IN_SESSION('credit_regulators') AND CURRENT_PURPOSE() = 'credit-supervision' THEN val ELSE NULL END;
CREATE MASKING POLICY tax.arrears_step AS (val numeric) RETURNS numeric ->
  CASE WHEN IS_ROLE_IN_SESSION('credit_regulators') OR IS_ROLE_IN_SESSION('bank_regulators') THEN val
       ELSE MASK_BUCKET(val, 10000) END;
ALTER TABLE tax.tax_return ALTER COLUMN sales_amt SET MASKING POLICY tax.amount;
ALTER TABLE tax.tax_return ALTER COLUMN due_amt SET MASKING POLICY tax.amount;
ALTER TABLE tax.tax_return ALTER COLUMN paid_amt SET MASKING POLICY tax.amount;
ALTER TABLE tax.invoice_month ALTER COLUMN issued_amt SET MASKING POLICY tax.amount;
ALTER TABLE tax.arrears ALTER COLUMN balance SET MASKING POLICY tax.arrears_step;
ALTER TABLE tax.arrears ALTER COLUMN new_amt SET MASKING POLICY tax.arrears_step;

CREATE ROW ACCESS POLICY tax.own_city AS (div text) RETURNS boolean ->
  NOT IS_ROLE_IN_SESSION('east_city') OR left(div, 4) = '9901';
ALTER TABLE tax.taxpayer ADD ROW ACCESS POLICY tax.own_city ON (admin_div);

GRANT USAGE ON SCHEMA tax TO credit_analysts, credit_regulators, bank_regulators, service_windows, canon_admin;
GRANT SELECT ON tax.arrears TO credit_analysts, credit_regulators, bank_regulators, service_windows;
GRANT SELECT ON tax.tax_return, tax.invoice_month TO credit_regulators;
GRANT SELECT (taxpayer_id, credit_level, credit_year) ON tax.taxpayer TO canon_admin;
