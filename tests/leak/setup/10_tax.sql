-- login: tax_admin
IMPORT FOREIGN SCHEMA main FROM SERVER tax_db INTO tax;
CREATE MASKING POLICY tax.number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE MASK_TOKEN(val) END;
CREATE MASKING POLICY tax.name AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE MASK_PARTIAL(val, 1, '**', 0) END;
CREATE MASKING POLICY tax.income AS (val integer) RETURNS integer ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE NULL END;
CREATE MASKING POLICY tax.hidden AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE NULL END;
CREATE MASKING POLICY tax.phone AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE MASK_PHONE(val) END;
CREATE MASKING POLICY tax.amount AS (val numeric) RETURNS numeric ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE MASK_BUCKET(val, 1000) END;
CREATE MASKING POLICY tax.birth AS (val date) RETURNS date ->
  CASE WHEN IS_ROLE_IN_SESSION('tax_inspector') THEN val ELSE MASK_DATE(val, 'year') END;
ALTER TABLE tax.payer ALTER COLUMN citizen_id SET MASKING POLICY tax.number;
ALTER TABLE tax.payer ALTER COLUMN name SET MASKING POLICY tax.name;
ALTER TABLE tax.payer ALTER COLUMN income SET MASKING POLICY tax.income;
ALTER TABLE tax.payer ALTER COLUMN address SET MASKING POLICY tax.hidden;
ALTER TABLE tax.payer ALTER COLUMN phone SET MASKING POLICY tax.phone;
ALTER TABLE tax.payer ALTER COLUMN amount SET MASKING POLICY tax.amount;
ALTER TABLE tax.payer ALTER COLUMN birth SET MASKING POLICY tax.birth;
CREATE ROW ACCESS POLICY tax.own_region AS (r text) RETURNS boolean ->
  IS_ROLE_IN_SESSION('tax_inspector') OR r = 'N';
ALTER TABLE tax.payer ADD ROW ACCESS POLICY tax.own_region ON (region);
GRANT USAGE ON SCHEMA tax TO analyst, tax_inspector;
GRANT SELECT ON tax.payer TO analyst, tax_inspector;
