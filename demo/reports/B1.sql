-- B1 bicycles of two operators on one map: fill of each district, residents per bicycle, morning arrivals (hidden below five)
-- login: planner
WITH station AS (
  SELECT CASE s.region_id WHEN 'A' THEN '990101' WHEN 'B' THEN '990102' WHEN 'C' THEN '990104'
                          WHEN 'D' THEN '990105' WHEN 'E' THEN '990201' WHEN 'F' THEN '990202' END AS division,
         s.station_id AS station, s.capacity, n.bikes
    FROM transport.bike_station s JOIN transport.bike_status n ON n.station_id = s.station_id
   WHERE n.is_installed AND n.is_renting
     AND n.last_reported >= extract(epoch FROM TIMESTAMP '2026-06-30 07:55:00')
  UNION ALL
  SELECT d.district, CAST(d.dock_code AS text), d.slots, n.free_bikes
    FROM transport.cyc_dock d JOIN transport.cyc_now n ON n.dock_code = d.dock_code
   WHERE n.state = 'open' AND CAST(n.seen_at AS timestamp) >= TIMESTAMP '2026-06-30 07:55:00'
), arrival AS (
  SELECT t.to_station AS station, t.ended AS at FROM transport.bike_trip t
  UNION ALL
  SELECT CAST(r.b AS text), TIMESTAMP '1970-01-01 00:00:00' + r.t1 * INTERVAL '1 second' FROM transport.cyc_ride r
), morning AS (
  SELECT left(a.station, CASE WHEN a.station < 'A' THEN 3 ELSE 1 END) AS area, count(*) AS n
    FROM arrival a
   WHERE a.at >= TIMESTAMP '2026-06-30 06:00:00' AND a.at < TIMESTAMP '2026-06-30 09:00:00'
   GROUP BY 1
), residents AS (
  SELECT p.hukou_div AS division, count(*) AS n FROM police.person p WHERE p.alive GROUP BY p.hukou_div
), district AS (
  SELECT s.division, min(left(s.station, CASE WHEN s.station < 'A' THEN 3 ELSE 1 END)) AS area, count(*) AS stations,
         sum(s.capacity) AS capacity, sum(s.bikes) AS bikes
    FROM station s
   GROUP BY s.division
)
SELECT d.division, d.stations, d.capacity, d.bikes, round(100.0 * d.bikes / d.capacity, 1) AS fill,
       CASE WHEN d.bikes * 5 < d.capacity THEN 'empty' WHEN d.bikes * 5 > d.capacity * 4 THEN 'full' ELSE 'balanced' END AS state,
       r.n AS residents, round(r.n::numeric / nullif(d.bikes, 0), 1) AS residents_per_bike,
       CASE WHEN m.n >= 5 THEN m.n END AS morning_arrivals
  FROM district d
  LEFT JOIN residents r ON r.division = d.division
  LEFT JOIN morning m ON m.area = d.area
 ORDER BY d.division;
