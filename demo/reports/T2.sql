-- T2 professional drivers whose driving licence is revoked but whose transport certificate is valid.
-- The inspector sees tokens of citizen numbers, made of the normalised number, and joins on those.
-- login: inspector
SELECT p.cert_no, p.name, p.cert_type, p.valid_to, d.archive_no, d.lic_class, d.status
  FROM transport.practitioner p
  JOIN police.driver d ON coalesce(norm_id(d.id_no), d.id_no) = coalesce(norm_id(p.id_no), p.id_no)
 WHERE d.status = '吊销' AND p.status = '有效' AND p.valid_to >= DATE '2026-06-30'
 ORDER BY p.cert_no;
