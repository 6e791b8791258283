-- login: market_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER market_db INTO market;

-- The register of firms is public; the persons in it are not. Supervisors see their numbers, for that purpose, never the full names.
CREATE MASKING POLICY market.rep_number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('credit_regulators') AND CURRENT_PURPOSE() = 'credit-supervision' THEN val
       ELSE MASK_PARTIAL(NORM_ID(val), 6, '********', 4) END;
CREATE MASKING POLICY market.rep_name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '*', 0);
CREATE MASKING POLICY market.holder_number AS (val text, holder_type text) RETURNS text ->
  CASE WHEN holder_type = '2' THEN val
       WHEN IS_ROLE_IN_SESSION('credit_regulators') AND CURRENT_PURPOSE() = 'credit-supervision' THEN val
       ELSE MASK_PARTIAL(NORM_ID(val), 6, '********', 4) END;
CREATE MASKING POLICY market.holder_name AS (val text, holder_type text) RETURNS text ->
  CASE WHEN holder_type = '2' THEN val ELSE MASK_PARTIAL(val, 1, '*', 0) END;
CREATE MASKING POLICY market.address AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('credit_regulators') AND CURRENT_PURPOSE() = 'credit-supervision' THEN val
       ELSE MASK_PARTIAL(val, 6, '***', 0) END;
CREATE MASKING POLICY market.revenue AS (val numeric) RETURNS numeric ->
  CASE WHEN IS_ROLE_IN_SESSION('credit_regulators') THEN val ELSE MASK_BUCKET(val, 100) END;

ALTER TABLE market.enterprise ALTER COLUMN legal_rep SET MASKING POLICY market.rep_name;
ALTER TABLE market.enterprise ALTER COLUMN legal_rep_id SET MASKING POLICY market.rep_number;
ALTER TABLE market.enterprise ALTER COLUMN reg_addr SET MASKING POLICY market.address;
ALTER TABLE market.shareholder ALTER COLUMN holder_name SET MASKING POLICY market.holder_name USING (holder_name, holder_type);
ALTER TABLE market.shareholder ALTER COLUMN holder_id SET MASKING POLICY market.holder_number USING (holder_id, holder_type);
ALTER TABLE market.annual_report ALTER COLUMN revenue_wan SET MASKING POLICY market.revenue;

CREATE ROW ACCESS POLICY market.own_city AS (div text) RETURNS boolean ->
  NOT IS_ROLE_IN_SESSION('east_city') OR left(div, 4) = '9901';
ALTER TABLE market.enterprise ADD ROW ACCESS POLICY market.own_city ON (admin_div);

GRANT USAGE ON SCHEMA market TO credit_analysts, east_city, credit_regulators, canon_admin;
GRANT SELECT ON market.enterprise, market.abnormal_list, market.penalty TO credit_analysts, credit_regulators;
GRANT SELECT ON market.enterprise TO east_city;
GRANT SELECT ON market.annual_report TO east_city, credit_regulators;
GRANT SELECT ON market.shareholder TO credit_regulators;
GRANT SELECT (uscc, reg_no) ON market.enterprise TO canon_admin;
