-- E1 outbreak map: confirmed and suspected cases by division and day, patients registered in another city, beds of the city.
-- The epidemiologist sees tokens of citizen numbers and joins on those.
-- login: epidemiologist
-- purpose: public-health
WITH final_card AS (
  SELECT DISTINCT ON (c.card_no) c.card_no, c.cert_no, c.addr_div, c.disease, c.case_class, c.diagnosed, c.birth
    FROM health.case_report c
   ORDER BY c.card_no, c.kind DESC
), outbreak AS (
  SELECT f.diagnosed AS day, code_map('division', '2010', '2024', f.addr_div) AS division, f.case_class, f.birth,
         left(p.hukou_div, 4) AS home_city
    FROM final_card f
    LEFT JOIN police.person p ON coalesce(norm_id(p.id_no), p.id_no) = coalesce(norm_id(f.cert_no), f.cert_no)
   WHERE f.disease = 'DX-01' AND f.diagnosed BETWEEN DATE '2026-06-24' AND DATE '2026-06-30'
), bed AS (
  SELECT left(h.org_div, 4) AS city, h.day, sum(h.beds) AS beds, sum(h.used) AS used, sum(h.icu_free) AS icu_free
    FROM health.hospital_bed h
   GROUP BY left(h.org_div, 4), h.day
)
SELECT o.day, o.division, count(*) AS cases, count(*) FILTER (WHERE o.case_class = '确诊病例') AS confirmed,
       count(*) FILTER (WHERE o.home_city <> left(o.division, 4)) AS from_elsewhere,
       count(*) FILTER (WHERE o.home_city IS NULL) AS unknown_home,
       max(2026 - CAST(extract(year FROM o.birth) AS integer)) AS oldest,
       round(100.0 * b.used / b.beds, 1) AS beds_used, b.icu_free
  FROM outbreak o
  LEFT JOIN bed b ON b.city = left(o.division, 4) AND b.day = o.day
 GROUP BY o.day, o.division, b.used, b.beds, b.icu_free
HAVING count(*) >= 3
 ORDER BY o.day, o.division;
