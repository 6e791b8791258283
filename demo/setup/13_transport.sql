-- login: transport_admin
IMPORT FOREIGN SCHEMA main EXCEPT (synthetic_data_notice) FROM SERVER transport_db INTO transport;

CREATE MASKING POLICY transport.person_number AS (val text) RETURNS text ->
  CASE WHEN IS_ROLE_IN_SESSION('traffic_inspectors') THEN MASK_TOKEN(NORM_ID(val))
       ELSE MASK_PARTIAL(NORM_ID(val), 6, '********', 4) END;
CREATE MASKING POLICY transport.person_name AS (val text) RETURNS text -> MASK_PARTIAL(val, 1, '*', 0);
CREATE MASKING POLICY transport.vin AS (val text) RETURNS text -> MASK_PARTIAL(val, 0, '***', 4);
ALTER TABLE transport.practitioner ALTER COLUMN id_no SET MASKING POLICY transport.person_number;
ALTER TABLE transport.practitioner ALTER COLUMN name SET MASKING POLICY transport.person_name;
ALTER TABLE transport.op_vehicle ALTER COLUMN vin SET MASKING POLICY transport.vin;

GRANT USAGE ON SCHEMA transport TO traffic_inspectors, city_planners;
GRANT SELECT ON transport.operator, transport.op_vehicle, transport.practitioner, transport.overload TO traffic_inspectors;
GRANT SELECT ON transport.bike_station, transport.bike_status, transport.bike_trip, transport.cyc_dock, transport.cyc_now,
  transport.cyc_ride TO city_planners;
