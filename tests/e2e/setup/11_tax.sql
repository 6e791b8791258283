-- login: tax_admin
IMPORT FOREIGN SCHEMA main FROM SERVER tax_db INTO tax;
CREATE MASKING POLICY tax.number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('officers') THEN val ELSE MASK_TOKEN(val) END;
CREATE MASKING POLICY tax.step AS (val numeric) RETURNS numeric ->
  CASE WHEN IS_ROLE_IN_SESSION('officers') THEN val ELSE MASK_BUCKET(val, 1000) END;
CREATE ROW ACCESS POLICY tax.region AS (r text) RETURNS boolean ->
  NOT IS_ROLE_IN_SESSION('north') OR r = 'N';
ALTER TABLE tax.payer ALTER COLUMN id_no SET MASKING POLICY tax.number;
ALTER TABLE tax.payment ALTER COLUMN amount SET MASKING POLICY tax.step;
ALTER TABLE tax.payer ADD ROW ACCESS POLICY tax.region ON (region);
CREATE VIEW tax.paid AS
  SELECT p.payer_id, p.name, p.region, y.year, y.amount
    FROM tax.payer p JOIN tax.payment y USING (payer_id);
GRANT USAGE ON SCHEMA tax TO officers, analysts;
GRANT SELECT ON tax.payer, tax.payment, tax.paid TO officers, analysts;
