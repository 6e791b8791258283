-- login: police_admin
IMPORT FOREIGN SCHEMA main FROM SERVER police_db INTO police;
CREATE MASKING POLICY police.number AS (val text) RETURNS text -> MASK_TOKEN(val);
CREATE MASKING POLICY police.name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '**', 0);
CREATE MASKING POLICY police.hidden AS (val text) RETURNS text -> NULL;
ALTER TABLE police.person ALTER COLUMN citizen_id SET MASKING POLICY police.number;
ALTER TABLE police.person ALTER COLUMN name SET MASKING POLICY police.name;
ALTER TABLE police.person ALTER COLUMN address SET MASKING POLICY police.hidden;
GRANT USAGE ON SCHEMA police TO analyst;
GRANT SELECT ON police.person TO analyst;
