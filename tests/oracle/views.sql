-- SPDX-License-Identifier: Apache-2.0
-- What each login may see, written by hand as views over all tables in one database: the same masks and row filters that
-- demo/setup/ gives to the gateway. Settings oracle.login and oracle.purpose say who asks and what for. Tables that no report
-- touches are left out: a role that was not granted a table must not see it, and the oracle only answers reports.
-- A masked column keeps its declared type.

-- The groups of demo/setup/01_roles.sql; purpose '' is none.
CREATE FUNCTION has_role(role_name text) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT (current_setting('oracle.login'), role_name) IN (
    ('analyst', 'credit_analysts'), ('analyst_east', 'east_city'), ('regulator', 'credit_regulators'),
    ('bank_inspector', 'bank_regulators'), ('inspector', 'traffic_inspectors'), ('clerk', 'service_windows'),
    ('epidemiologist', 'disease_control'), ('planner', 'city_planners'))
$$;
CREATE FUNCTION has_purpose(p text) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT current_setting('oracle.purpose', true) = p
$$;
-- (SELECT f()) is evaluated once per query
CREATE SCHEMA police;
CREATE SCHEMA market;
CREATE SCHEMA tax;
CREATE SCHEMA transport;
CREATE SCHEMA hrss;
CREATE SCHEMA court;
CREATE SCHEMA health;
CREATE SCHEMA bank;

-- ---- police ----
CREATE VIEW police.person AS
  SELECT CASE WHEN (SELECT has_role('service_windows') AND has_purpose('one-stop')) THEN id_no
              WHEN (SELECT has_role('disease_control') OR has_role('traffic_inspectors')) THEN mask_token(norm_id(id_no))
              ELSE mask_partial(norm_id(id_no), 6, '********', 4) END AS id_no,
         CASE WHEN (SELECT has_role('service_windows') AND has_purpose('one-stop')) THEN name
              ELSE mask_partial(name, 1, '*', 0) END AS name,
         sex, mask_date(birth, 'year') AS birth,
         CASE WHEN (SELECT has_role('service_windows')) THEN mask_region(hukou_div, 4) ELSE hukou_div END AS hukou_div,
         NULL::text AS addr, mask_phone(phone) AS phone, alive
    FROM raw_police.person
   WHERE (SELECT (has_role('service_windows') AND has_purpose('one-stop'))
              OR (has_role('disease_control') AND has_purpose('public-health')) OR has_role('city_planners'));
CREATE VIEW police.driver AS
  SELECT CASE WHEN (SELECT has_role('service_windows') AND has_purpose('one-stop')) THEN id_no
              WHEN (SELECT has_role('disease_control') OR has_role('traffic_inspectors')) THEN mask_token(norm_id(id_no))
              ELSE mask_partial(norm_id(id_no), 6, '********', 4) END AS id_no,
         archive_no, lic_class, points, status, valid_to
    FROM raw_police.driver;
CREATE VIEW police.violation AS
  SELECT vio_no, plate_no, plate_type,
         CASE WHEN (SELECT has_role('disease_control') OR has_role('traffic_inspectors')) THEN mask_token(norm_id(driver_id))
              ELSE mask_partial(norm_id(driver_id), 6, '********', 4) END AS driver_id,
         vio_code, vio_time, NULL::text AS place, fine, points, handled, paid
    FROM raw_police.violation
   WHERE (SELECT has_role('traffic_inspectors')) AND vio_time >= '2024-07-01';

-- ---- market ----
CREATE VIEW market.enterprise AS
  SELECT uscc, reg_no, ent_name, ent_type, mask_partial(legal_rep, 1, '*', 0) AS legal_rep,
         CASE WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN legal_rep_id
              ELSE mask_partial(norm_id(legal_rep_id), 6, '********', 4) END AS legal_rep_id,
         reg_cap_wan, currency, est_date, status, industry, admin_div,
         CASE WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN reg_addr
              ELSE mask_partial(reg_addr, 6, '***', 0) END AS reg_addr
    FROM raw_market.enterprise
   WHERE NOT (SELECT has_role('east_city')) OR admin_div LIKE '9901%';
CREATE VIEW market.shareholder AS
  SELECT uscc, holder_type,
         CASE WHEN holder_type = '2' THEN holder_name ELSE mask_partial(holder_name, 1, '*', 0) END AS holder_name,
         CASE WHEN holder_type = '2' THEN holder_id
              WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN holder_id
              ELSE mask_partial(norm_id(holder_id), 6, '********', 4) END AS holder_id,
         amount_wan
    FROM raw_market.shareholder;
CREATE VIEW market.annual_report AS
  SELECT uscc, yr, filed_date, employees, insured_cnt,
         CASE WHEN (SELECT has_role('credit_regulators')) THEN revenue_wan ELSE mask_bucket(revenue_wan, 100)::numeric(18,2) END AS revenue_wan
    FROM raw_market.annual_report;
CREATE VIEW market.abnormal_list AS SELECT * FROM raw_market.abnormal_list;
CREATE VIEW market.penalty AS SELECT * FROM raw_market.penalty;

-- ---- tax ----
CREATE VIEW tax.taxpayer AS
  SELECT * FROM raw_tax.taxpayer WHERE NOT (SELECT has_role('east_city')) OR admin_div LIKE '9901%';
CREATE VIEW tax.tax_return AS
  SELECT taxpayer_id, period, tax_type,
         CASE WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN sales_amt END AS sales_amt,
         CASE WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN due_amt END AS due_amt,
         CASE WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN paid_amt END AS paid_amt,
         filed_at
    FROM raw_tax.tax_return;
CREATE VIEW tax.invoice_month AS
  SELECT taxpayer_id, period, issued_cnt,
         CASE WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN issued_amt END AS issued_amt,
         void_cnt
    FROM raw_tax.invoice_month;
CREATE VIEW tax.arrears AS
  SELECT taxpayer_id, tax_type,
         CASE WHEN (SELECT has_role('credit_regulators') OR has_role('bank_regulators')) THEN balance
              ELSE mask_bucket(balance, 10000)::numeric(18,2) END AS balance,
         CASE WHEN (SELECT has_role('credit_regulators') OR has_role('bank_regulators')) THEN new_amt
              ELSE mask_bucket(new_amt, 10000)::numeric(18,2) END AS new_amt,
         announced
    FROM raw_tax.arrears;

-- ---- transport ----
CREATE VIEW transport.operator AS SELECT * FROM raw_transport.operator;
CREATE VIEW transport.op_vehicle AS
  SELECT plate_no, plate_colour, mask_partial(vin, 0, '***', 4) AS vin, permit_no, cert_no, valid_to FROM raw_transport.op_vehicle;
CREATE VIEW transport.practitioner AS
  SELECT cert_no,
         CASE WHEN (SELECT has_role('traffic_inspectors')) THEN mask_token(norm_id(id_no))
              ELSE mask_partial(norm_id(id_no), 6, '********', 4) END AS id_no,
         mask_partial(name, 1, '*', 0) AS name, cert_type, valid_to, status
    FROM raw_transport.practitioner;
CREATE VIEW transport.bike_station AS SELECT * FROM raw_transport.bike_station;
CREATE VIEW transport.bike_status AS SELECT * FROM raw_transport.bike_status;
CREATE VIEW transport.bike_trip AS SELECT * FROM raw_transport.bike_trip;
CREATE VIEW transport.cyc_dock AS SELECT * FROM raw_transport.cyc_dock;
CREATE VIEW transport.cyc_now AS SELECT * FROM raw_transport.cyc_now;
CREATE VIEW transport.cyc_ride AS SELECT * FROM raw_transport.cyc_ride;

-- ---- human resources ----
CREATE VIEW hrss.unit AS SELECT * FROM raw_hrss.unit;
CREATE VIEW hrss.contribution AS SELECT * FROM raw_hrss.contribution;
CREATE VIEW hrss.insured AS
  SELECT unit_no,
         CASE WHEN (SELECT has_role('service_windows') AND has_purpose('one-stop')) THEN id_no
              ELSE mask_partial(norm_id(id_no), 6, '********', 4) END AS id_no,
         mask_partial(name, 1, '*', 0) AS name, start_ym, end_ym
    FROM raw_hrss.insured;

-- ---- courts ----
CREATE VIEW court.dishonest AS
  SELECT case_no, court_name,
         CASE WHEN party_type = '1' THEN party_name ELSE mask_partial(party_name, 1, '*', 0) END AS party_name,
         CASE WHEN party_type = '1' THEN party_cert
              WHEN (SELECT has_role('credit_regulators') AND has_purpose('credit-supervision')) THEN party_cert
              ELSE mask_partial(party_cert, 6, '********', 4) END AS party_cert,
         party_type, mask_partial(legal_rep, 1, '*', 0) AS legal_rep, '***'::text AS duty, performed, circumstance, filed,
         published, expires
    FROM raw_court.dishonest
   WHERE (SELECT has_role('credit_regulators')) OR expires >= '20260630';
CREATE VIEW court.case_party AS
  SELECT case_no,
         CASE WHEN norm_name(party_name) LIKE '%公司' THEN party_name ELSE mask_partial(party_name, 1, '*', 0) END AS party_name,
         CASE WHEN norm_uscc(party_cert) LIKE '91%' AND valid_uscc(party_cert) THEN party_cert
              ELSE mask_partial(party_cert, 6, '********', 4) END AS party_cert,
         role, cause, amount, filed, closed
    FROM raw_court.case_party;

-- ---- health ----
CREATE VIEW health.case_report AS
  SELECT card_no, kind, mask_partial(name, 1, '*', 0) AS name,
         CASE WHEN (SELECT has_role('disease_control')) THEN mask_token(norm_id(cert_no)) END AS cert_no,
         sex, mask_date(birth, 'year') AS birth, mask_phone(phone) AS phone, belongs, NULL::text AS addr, addr_div, occupation,
         disease, case_class, onset, diagnosed, died, report_org
    FROM raw_health.case_report
   WHERE (SELECT has_role('disease_control') AND has_purpose('public-health')) AND diagnosed >= '2026-05-01';
CREATE VIEW health.hospital_bed AS SELECT * FROM raw_health.hospital_bed;

-- ---- banks ----
CREATE VIEW bank.loan AS
  SELECT CASE WHEN (SELECT has_role('bank_regulators')) THEN bank_code ELSE mask_token(bank_code) END AS bank_code,
         CASE WHEN (SELECT has_role('bank_regulators') OR has_role('credit_regulators')) THEN contract_no
              ELSE mask_partial(contract_no, 2, '****', 2) END AS contract_no,
         uscc, principal, balance, five_class, dpd, start_date, maturity
    FROM raw_bank.loan
   WHERE (SELECT has_role('bank_regulators') OR (has_role('credit_regulators') AND has_purpose('credit-supervision')))
      OR ((SELECT has_role('credit_analysts')) AND bank_code <> 'SYN12');
CREATE VIEW bank.guarantee AS
  SELECT CASE WHEN (SELECT has_role('bank_regulators') OR has_role('credit_regulators')) THEN contract_no
              ELSE mask_partial(contract_no, 2, '****', 2) END AS contract_no,
         guarantor_uscc, amount
    FROM raw_bank.guarantee;
CREATE VIEW bank.counterparty_ref AS
  SELECT CASE WHEN (SELECT has_role('bank_regulators')) THEN bank_code ELSE mask_token(bank_code) END AS bank_code,
         uscc, ent_name, industry, mask_partial(contact_name, 1, '*', 0) AS contact_name,
         mask_phone(contact_phone) AS contact_phone, mask_email(contact_email) AS contact_email, total_assets_wan
    FROM raw_bank.counterparty_ref;
