-- login: bank_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER bank_db INTO bank;

-- Which bank lent is known to the banking regulator only; others see a token, good for grouping and counting.
CREATE MASKING POLICY bank.bank AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('bank_regulators') THEN val ELSE MASK_TOKEN(val) END;
CREATE MASKING POLICY bank.contract AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('bank_regulators') OR IS_ROLE_IN_SESSION('credit_regulators') THEN val
       ELSE MASK_PARTIAL(val, 2, '****', 2) END;
CREATE MASKING POLICY bank.contact_name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '*', 0);
CREATE MASKING POLICY bank.phone AS (val text) RETURNS text -> MASK_PHONE(val);
CREATE MASKING POLICY bank.email AS (val text) RETURNS text -> MASK_EMAIL(val);
ALTER TABLE bank.loan ALTER COLUMN bank_code SET MASKING POLICY bank.bank;
ALTER TABLE bank.loan ALTER COLUMN contract_no SET MASKING POLICY bank.contract;
ALTER TABLE bank.guarantee ALTER COLUMN contract_no SET MASKING POLICY bank.contract;
ALTER TABLE bank.counterparty_ref ALTER COLUMN bank_code SET MASKING POLICY bank.bank;
ALTER TABLE bank.counterparty_ref ALTER COLUMN contact_name SET MASKING POLICY bank.contact_name;
ALTER TABLE bank.counterparty_ref ALTER COLUMN contact_phone SET MASKING POLICY bank.phone;
ALTER TABLE bank.counterparty_ref ALTER COLUMN contact_email SET MASKING POLICY bank.email;

-- Bank SYN12 shares with the supervisors, but not with the analysts.
CREATE ROW ACCESS POLICY bank.who_sees_loans AS (code text) RETURNS boolean ->
  IS_ROLE_IN_SESSION('bank_regulators')
  OR (IS_ROLE_IN_SESSION('credit_regulators') AND CURRENT_PURPOSE() = 'credit-supervision')
  OR (IS_ROLE_IN_SESSION('credit_analysts') AND code <> 'SYN12');
ALTER TABLE bank.loan ADD ROW ACCESS POLICY bank.who_sees_loans ON (bank_code);

GRANT USAGE ON SCHEMA bank TO credit_analysts, credit_regulators, bank_regulators;
GRANT SELECT ON bank.loan TO credit_analysts, credit_regulators, bank_regulators;
GRANT SELECT ON bank.guarantee TO credit_regulators, bank_regulators;
GRANT SELECT ON bank.counterparty_ref TO credit_analysts, bank_regulators;
