-- login: health_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER health_db INTO health;

CREATE MASKING POLICY health.person_number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('disease_control') THEN MASK_TOKEN(NORM_ID(val)) ELSE NULL END;
CREATE MASKING POLICY health.person_name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '*', 0);
CREATE MASKING POLICY health.phone AS (val text) RETURNS text -> MASK_PHONE(val);
CREATE MASKING POLICY health.hidden AS (val text) RETURNS text -> NULL;
CREATE MASKING POLICY health.birth_year AS (val date) RETURNS date -> MASK_DATE(val, 'year');
ALTER TABLE health.case_report ALTER COLUMN cert_no SET MASKING POLICY health.person_number;
ALTER TABLE health.case_report ALTER COLUMN name SET MASKING POLICY health.person_name;
ALTER TABLE health.case_report ALTER COLUMN phone SET MASKING POLICY health.phone;
ALTER TABLE health.case_report ALTER COLUMN addr SET MASKING POLICY health.hidden;
ALTER TABLE health.case_report ALTER COLUMN birth SET MASKING POLICY health.birth_year;
ALTER TABLE health.vaccination ALTER COLUMN id_no SET MASKING POLICY health.person_number;

CREATE ROW ACCESS POLICY health.current_cases AS (diagnosed date) RETURNS boolean ->
  IS_ROLE_IN_SESSION('disease_control') AND CURRENT_PURPOSE() = 'public-health' AND diagnosed >= DATE '2026-05-01';
ALTER TABLE health.case_report ADD ROW ACCESS POLICY health.current_cases ON (diagnosed);

GRANT USAGE ON SCHEMA health TO disease_control;
GRANT SELECT ON health.case_report, health.hospital_bed TO disease_control;
