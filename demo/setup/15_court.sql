-- login: court_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER court_db INTO court;

-- Firms (party_type 1) are shown; persons only to supervisors with the purpose, and then by number.
CREATE MASKING POLICY court.party_number AS (val text, party_type text) RETURNS text ->
  CASE WHEN party_type = '1' THEN val
       WHEN IS_ROLE_IN_SESSION('credit_regulators') AND CURRENT_PURPOSE() = 'credit-supervision' THEN val
       ELSE MASK_PARTIAL(val, 6, '********', 4) END;
CREATE MASKING POLICY court.party_name AS (val text, party_type text) RETURNS text ->
  CASE WHEN party_type = '1' THEN val ELSE MASK_PARTIAL(val, 1, '*', 0) END;
-- Case files do not say what kind of party it is. One citizen number in 31 passes a credit code's check, so the prefix decides, too.
CREATE MASKING POLICY court.case_number AS (val text) RETURNS text ->
  CASE WHEN left(NORM_USCC(val), 2) = '91' AND VALID_USCC(val) THEN val ELSE MASK_PARTIAL(val, 6, '********', 4) END;
CREATE MASKING POLICY court.case_name AS (val text) RETURNS text ->
  CASE WHEN right(NORM_NAME(val), 2) = '公司' THEN val ELSE MASK_PARTIAL(val, 1, '*', 0) END;
CREATE MASKING POLICY court.rep_name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '*', 0);
CREATE MASKING POLICY court.withheld AS (val text) RETURNS text -> '***';
ALTER TABLE court.dishonest ALTER COLUMN party_cert SET MASKING POLICY court.party_number USING (party_cert, party_type);
ALTER TABLE court.dishonest ALTER COLUMN party_name SET MASKING POLICY court.party_name USING (party_name, party_type);
ALTER TABLE court.dishonest ALTER COLUMN legal_rep SET MASKING POLICY court.rep_name;
ALTER TABLE court.dishonest ALTER COLUMN duty SET MASKING POLICY court.withheld;
ALTER TABLE court.case_party ALTER COLUMN party_cert SET MASKING POLICY court.case_number;
ALTER TABLE court.case_party ALTER COLUMN party_name SET MASKING POLICY court.case_name;

CREATE ROW ACCESS POLICY court.published AS (expires text) RETURNS boolean ->
  IS_ROLE_IN_SESSION('credit_regulators') OR expires >= '20260630';
ALTER TABLE court.dishonest ADD ROW ACCESS POLICY court.published ON (expires);

GRANT USAGE ON SCHEMA court TO credit_analysts, credit_regulators;
GRANT SELECT ON court.dishonest TO credit_analysts, credit_regulators;
GRANT SELECT ON court.case_party TO credit_regulators;
