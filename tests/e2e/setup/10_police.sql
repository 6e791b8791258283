-- login: police_admin
IMPORT FOREIGN SCHEMA main FROM SERVER police_db INTO police;
CREATE MASKING POLICY police.number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('officers') AND CURRENT_PURPOSE() = 'one-stop' THEN val
       WHEN IS_ROLE_IN_SESSION('officers') THEN MASK_PARTIAL(val, 6, '********', 4)
       ELSE MASK_TOKEN(val) END;
CREATE MASKING POLICY police.name AS (val varchar) RETURNS varchar ->
  CASE WHEN IS_ROLE_IN_SESSION('officers') THEN val ELSE MASK_PARTIAL(val, 1, '*', 0) END;
CREATE MASKING POLICY police.phone AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('officers') THEN MASK_PHONE(val) ELSE NULL END;
CREATE MASKING POLICY police.year AS (val date) RETURNS date ->
  CASE WHEN IS_ROLE_IN_SESSION('officers') THEN val ELSE MASK_DATE(val, 'year') END;
ALTER TABLE police.person ALTER COLUMN id_no SET MASKING POLICY police.number;
ALTER TABLE police.person ALTER COLUMN name SET MASKING POLICY police.name;
ALTER TABLE police.person ALTER COLUMN phone SET MASKING POLICY police.phone;
ALTER TABLE police.person ALTER COLUMN birth SET MASKING POLICY police.year;
ALTER TABLE police.vehicle ALTER COLUMN owner_id SET MASKING POLICY police.number;
CREATE VIEW police.car_owner AS
  SELECT v.plate, v.model, p.id_no, p.name, p.district
    FROM police.vehicle v JOIN police.person p ON p.id_no = v.owner_id;
GRANT USAGE ON SCHEMA police TO officers, analysts;
GRANT SELECT ON police.person, police.vehicle, police.car_owner TO officers;
GRANT SELECT ON police.person TO analysts;
GRANT SELECT (plate, owner_id) ON police.vehicle TO analysts;
