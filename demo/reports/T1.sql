-- T1 operating vehicles with three or more open violations, or an expired certificate
-- login: inspector
WITH open_violations AS (
  SELECT norm_plate(v.plate_no) AS plate, v.plate_type, count(*) AS n
    FROM police.violation v
   WHERE v.handled = '0'
   GROUP BY norm_plate(v.plate_no), v.plate_type
), fleet AS (
  SELECT norm_plate(o.plate_no) AS plate, code_map('plate_type', 'colour', 'ga', o.plate_colour) AS plate_type, o.vin,
         o.cert_no, p.name AS operator, nullif(o.valid_to, '0000-00-00') AS valid_to
    FROM transport.op_vehicle o JOIN transport.operator p ON p.permit_no = o.permit_no
)
SELECT f.cert_no, f.plate, f.plate_type, norm_name(f.operator) AS operator, f.vin,
       coalesce(v.n, 0) AS open_violations, f.valid_to, coalesce(f.valid_to < '20260630', false) AS expired
  FROM fleet f
  LEFT JOIN open_violations v ON v.plate = f.plate AND v.plate_type = f.plate_type
 WHERE v.n >= 3 OR f.valid_to < '20260630'
 ORDER BY f.cert_no;
