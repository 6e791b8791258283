-- login: police_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER police_db INTO police;

-- Citizen numbers: raw for the one-stop window, for that purpose only; a token of the normalised number for those who join
-- departments without needing to know who it is; else the middle is hidden.
CREATE MASKING POLICY police.person_number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('service_windows') AND CURRENT_PURPOSE() = 'one-stop' THEN val
       WHEN IS_ROLE_IN_SESSION('disease_control') OR IS_ROLE_IN_SESSION('traffic_inspectors') THEN MASK_TOKEN(NORM_ID(val))
       ELSE MASK_PARTIAL(NORM_ID(val), 6, '********', 4) END
  COMMENT = 'citizen number: window raw, health and traffic token, others partial';
CREATE MASKING POLICY police.owner_number AS (val text, owner_type text) RETURNS text ->
  CASE WHEN owner_type = '2' THEN val ELSE MASK_PARTIAL(NORM_ID(val), 6, '********', 4) END;
CREATE MASKING POLICY police.person_name AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('service_windows') AND CURRENT_PURPOSE() = 'one-stop' THEN val
       ELSE MASK_PARTIAL(val, 1, '*', 0) END;
CREATE MASKING POLICY police.hidden AS (val text) RETURNS text -> NULL;
CREATE MASKING POLICY police.phone AS (val text) RETURNS text -> MASK_PHONE(val);
CREATE MASKING POLICY police.birth_year AS (val date) RETURNS date -> MASK_DATE(val, 'year');
CREATE MASKING POLICY police.home AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('service_windows') THEN MASK_REGION(val, 4) ELSE val END;
CREATE MASKING POLICY police.vin AS (val text) RETURNS text -> MASK_PARTIAL(val, 0, '***', 4);

ALTER TABLE police.person ALTER COLUMN id_no SET MASKING POLICY police.person_number;
ALTER TABLE police.person ALTER COLUMN name SET MASKING POLICY police.person_name;
ALTER TABLE police.person ALTER COLUMN addr SET MASKING POLICY police.hidden;
ALTER TABLE police.person ALTER COLUMN phone SET MASKING POLICY police.phone;
ALTER TABLE police.person ALTER COLUMN birth SET MASKING POLICY police.birth_year;
ALTER TABLE police.person ALTER COLUMN hukou_div SET MASKING POLICY police.home;
ALTER TABLE police.vehicle ALTER COLUMN owner_id SET MASKING POLICY police.owner_number USING (owner_id, owner_type);
ALTER TABLE police.vehicle ALTER COLUMN vin SET MASKING POLICY police.vin;
ALTER TABLE police.driver ALTER COLUMN id_no SET MASKING POLICY police.person_number;
ALTER TABLE police.violation ALTER COLUMN driver_id SET MASKING POLICY police.person_number;
ALTER TABLE police.violation ALTER COLUMN place SET MASKING POLICY police.hidden;
ALTER TABLE police.accident_party ALTER COLUMN id_no SET MASKING POLICY police.person_number;
ALTER TABLE police.id_card_event ALTER COLUMN id_no SET MASKING POLICY police.person_number;

CREATE ROW ACCESS POLICY police.who_sees_persons AS (div text) RETURNS boolean ->
  (IS_ROLE_IN_SESSION('service_windows') AND CURRENT_PURPOSE() = 'one-stop')
  OR (IS_ROLE_IN_SESSION('disease_control') AND CURRENT_PURPOSE() = 'public-health')
  OR IS_ROLE_IN_SESSION('city_planners');
ALTER TABLE police.person ADD ROW ACCESS POLICY police.who_sees_persons ON (hukou_div);
CREATE ROW ACCESS POLICY police.two_years AS (at timestamp) RETURNS boolean ->
  IS_ROLE_IN_SESSION('traffic_inspectors') AND at >= TIMESTAMP '2024-07-01 00:00:00';
ALTER TABLE police.violation ADD ROW ACCESS POLICY police.two_years ON (vio_time);

GRANT USAGE ON SCHEMA police TO service_windows, disease_control, traffic_inspectors, city_planners;
GRANT SELECT ON police.person TO service_windows, disease_control;
GRANT SELECT (hukou_div, alive) ON police.person TO city_planners;
GRANT SELECT ON police.driver TO service_windows, traffic_inspectors;
GRANT SELECT ON police.vehicle, police.violation TO traffic_inspectors;
