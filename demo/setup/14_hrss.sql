-- login: hrss_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER hrss_db INTO hrss;

CREATE MASKING POLICY hrss.person_number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('service_windows') AND CURRENT_PURPOSE() = 'one-stop' THEN val
       ELSE MASK_PARTIAL(NORM_ID(val), 6, '********', 4) END;
CREATE MASKING POLICY hrss.person_name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '*', 0);
ALTER TABLE hrss.insured ALTER COLUMN id_no SET MASKING POLICY hrss.person_number;
ALTER TABLE hrss.insured ALTER COLUMN name SET MASKING POLICY hrss.person_name;
ALTER TABLE hrss.wage_claim ALTER COLUMN id_no SET MASKING POLICY hrss.person_number;
ALTER TABLE hrss.retire_cert ALTER COLUMN id_no SET MASKING POLICY hrss.person_number;
ALTER TABLE hrss.retire_cert ALTER COLUMN name SET MASKING POLICY hrss.person_name;

GRANT USAGE ON SCHEMA hrss TO credit_analysts, east_city, credit_regulators, service_windows, canon_admin;
GRANT SELECT ON hrss.contribution TO credit_analysts, east_city, credit_regulators;
GRANT SELECT ON hrss.insured TO service_windows;
GRANT SELECT ON hrss.unit TO canon_admin;
