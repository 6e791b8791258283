-- SPDX-License-Identifier: Apache-2.0
-- The domain and mask functions of docs/domain-functions.md, written in SQL for the oracle. Independent of the C code on purpose:
-- written from the page and the standards, tested against demo/vectors.csv.

CREATE FUNCTION halfwidth(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT translate(t,
    '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～　',
    '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~ ')
$$;

CREATE FUNCTION ascii_upper(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT translate(t, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
$$;

CREATE FUNCTION strip_space(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT regexp_replace(t,
    '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]', '', 'g')
$$;

CREATE FUNCTION clean_code(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT ascii_upper(regexp_replace(strip_space(halfwidth(t)),
    '[\u002d\u00ad\u2010-\u2015\u2212\ufe58\ufe63]', '', 'g'))
$$;

-- GB 11643-1999: the check character of 17 digits
CREATE FUNCTION id_check(d17 text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT substr('10X98765432', (sum(substr(d17, i, 1)::int * (2 ^ (18 - i))::int) % 11)::int + 1, 1)
  FROM generate_series(1, 17) AS i
$$;

CREATE FUNCTION norm_id(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
  c text := clean_code(t);
  d17 text;
BEGIN
  IF c ~ '^[0-9]{17}[0-9X]$' THEN
    RETURN c;
  ELSIF c ~ '^[0-9]{15}$' THEN
    d17 := left(c, 6) || CASE WHEN right(c, 3) >= '996' THEN '18' ELSE '19' END || substr(c, 7);
    RETURN d17 || id_check(d17);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION id_birth(t text) RETURNS date IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
  n text := norm_id(t);
  y int := substr(n, 7, 4)::int;
  m int := substr(n, 11, 2)::int;
  d int := substr(n, 13, 2)::int;
BEGIN
  IF n IS NULL OR y NOT BETWEEN 1800 AND 2099 OR m NOT BETWEEN 1 AND 12 OR d < 1
     OR d > date_part('day', make_date(y, m, 1) + interval '1 month' - interval '1 day') THEN
    RETURN NULL;
  END IF;
  RETURN make_date(y, m, d);
END
$$;

CREATE FUNCTION valid_id(t text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT coalesce(norm_id(t) ~ '^[1-9]' AND id_birth(t) IS NOT NULL
                  AND id_check(left(norm_id(t), 17)) = right(norm_id(t), 1), false)
$$;

CREATE FUNCTION id_sex(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN substr(norm_id(t), 17, 1)::int % 2 = 1 THEN '1'
              WHEN norm_id(t) IS NOT NULL THEN '2' END
$$;

CREATE FUNCTION norm_uscc(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN clean_code(t) ~ '^([0-9A-Z]{18}|[0-9A-Z]{15})$' THEN clean_code(t) END
$$;

-- GB 32100-2015
CREATE FUNCTION valid_uscc(t text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
  alphabet constant text := '0123456789ABCDEFGHJKLMNPQRTUWXY';
  n text := norm_uscc(t);
  s int := 0;
  w int := 1;
BEGIN
  IF n IS NULL OR length(n) <> 18 OR translate(n, alphabet, '') <> '' THEN
    RETURN false;
  END IF;
  FOR i IN 1..17 LOOP
    s := s + (strpos(alphabet, substr(n, i, 1)) - 1) * w;
    w := w * 3 % 31;
  END LOOP;
  RETURN right(n, 1) = substr(alphabet, (31 - s % 31) % 31 + 1, 1);
END
$$;

CREATE FUNCTION norm_name(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT nullif(ascii_upper(translate(
    regexp_replace(strip_space(normalize(t, NFKC)),
                   '[\u002e\u00b7\u2022\u2027\u2219\u22c5\u2e31\u3002\u30fb]', U&'\00B7', 'g'),
    '[【〔]】〕', '((()))')), '')
$$;

CREATE FUNCTION norm_plate(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT (regexp_match(regexp_replace(clean_code(t), '[\u002e\u00b7\u2022\u2027\u2219\u22c5\u2e31\u3002\u30fb]', '', 'g'),
    '^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][0-9A-Z]{4,5}[0-9A-Z挂学警港澳领使]$'))[1]
$$;

-- One row per spelling; rank 0 is the primary one.
CREATE TABLE code_spelling (code_set text, scheme text, meaning text, rank int, spelling text);
INSERT INTO code_spelling VALUES
 ('sex','gb','male',0,'1'), ('sex','gb','female',0,'2'), ('sex','gb','unknown',0,'0'), ('sex','gb','unstated',0,'9'),
 ('sex','han','male',0,'男'), ('sex','han','male',1,'男性'), ('sex','han','female',0,'女'), ('sex','han','female',1,'女性'),
 ('sex','han','unknown',0,'未知'), ('sex','han','unknown',1,'不详'), ('sex','han','unstated',0,'未说明'),
 ('sex','letter','male',0,'M'), ('sex','letter','male',1,'MALE'), ('sex','letter','female',0,'F'),
 ('sex','letter','female',1,'FEMALE'), ('sex','letter','unknown',0,'U'),
 ('sex','bit','male',0,'1'), ('sex','bit','female',0,'0'),
 ('yesno','bit','yes',0,'1'), ('yesno','bit','no',0,'0'),
 ('yesno','han','yes',0,'是'), ('yesno','han','yes',1,'有'), ('yesno','han','no',0,'否'), ('yesno','han','no',1,'无'),
 ('yesno','letter','yes',0,'Y'), ('yesno','letter','yes',1,'YES'), ('yesno','letter','yes',2,'T'),
 ('yesno','letter','no',0,'N'), ('yesno','letter','no',1,'NO'), ('yesno','letter','no',2,'F'),
 ('ent_status','gb','active',0,'1'), ('ent_status','gb','revoked',0,'2'), ('ent_status','gb','deregistered',0,'3'),
 ('ent_status','gb','moved',0,'4'),
 ('ent_status','han','active',0,'存续'), ('ent_status','han','active',1,'开业'), ('ent_status','han','active',2,'在营'),
 ('ent_status','han','active',3,'正常'), ('ent_status','han','revoked',0,'吊销'),
 ('ent_status','han','deregistered',0,'注销'), ('ent_status','han','moved',0,'迁出'),
 ('ent_status','word','active',0,'active'), ('ent_status','word','active',1,'open'),
 ('ent_status','word','revoked',0,'revoked'), ('ent_status','word','deregistered',0,'deregistered'),
 ('ent_status','word','deregistered',1,'closed'), ('ent_status','word','moved',0,'moved'),
 ('plate_type','ga','large',0,'01'), ('plate_type','ga','small',0,'02'), ('plate_type','ga','large-ne',0,'51'),
 ('plate_type','ga','small-ne',0,'52'),
 ('plate_type','colour','large',0,'黄'), ('plate_type','colour','large',1,'黄色'), ('plate_type','colour','large',2,'黄牌'),
 ('plate_type','colour','small',0,'蓝'), ('plate_type','colour','small',1,'蓝色'), ('plate_type','colour','small',2,'蓝牌'),
 ('plate_type','colour','large-ne',0,'黄绿'), ('plate_type','colour','large-ne',1,'黄绿色'),
 ('plate_type','colour','small-ne',0,'绿'), ('plate_type','colour','small-ne',1,'绿色'), ('plate_type','colour','small-ne',2,'绿牌'),
 ('five_class','num','normal',0,'1'), ('five_class','num','mention',0,'2'), ('five_class','num','substandard',0,'3'),
 ('five_class','num','doubtful',0,'4'), ('five_class','num','loss',0,'5'),
 ('five_class','han','normal',0,'正常'), ('five_class','han','mention',0,'关注'), ('five_class','han','substandard',0,'次级'),
 ('five_class','han','doubtful',0,'可疑'), ('five_class','han','loss',0,'损失'),
 ('five_class','word','normal',0,'normal'), ('five_class','word','mention',0,'special-mention'),
 ('five_class','word','substandard',0,'substandard'), ('five_class','word','doubtful',0,'doubtful'), ('five_class','word','loss',0,'loss'),
 ('industry','2017','residents',0,'O80'), ('industry','2011','residents',0,'O79'),
 ('industry','2017','repair',0,'O81'), ('industry','2011','repair',0,'O80'),
 ('industry','2017','education',0,'P83'), ('industry','2011','education',0,'P82'),
 ('industry','2017','health',0,'Q84'), ('industry','2011','health',0,'Q83'),
 ('industry','2017','culture',0,'R88'), ('industry','2011','culture',0,'R87'),
 ('division','2024','990102',0,'990102'), ('division','2010','990102',0,'990102'), ('division','2010','990102',1,'990103'),
 ('division','2024','990303',0,'990303'), ('division','2010','990303',0,'990303'), ('division','2010','990303',1,'990304'),
 ('division','2024','990405',0,'990405'), ('division','2010','990405',0,'990411'),
 ('division','2024','990504',0,'990504');
INSERT INTO code_spelling
  SELECT 'industry', s, c, 0, c
  FROM unnest(ARRAY['2017','2011']) AS s,
       unnest(ARRAY['A01','C13','C26','C39','D44','E47','E50','F51','F52','G54','H62','I65','J66','K70','L72','M75']) AS c;
INSERT INTO code_spelling
  SELECT 'division', s, c, 0, c
  FROM unnest(ARRAY['2024','2010']) AS s,
       unnest(ARRAY['990101','990104','990105','990201','990202','990203','990204','990301','990302','990305',
                    '990401','990402','990403','990404','990501','990502','990503']) AS c;
CREATE INDEX ON code_spelling (code_set, scheme, ascii_upper(strip_space(halfwidth(spelling))));
CREATE INDEX ON code_spelling (code_set, scheme, meaning);
ANALYZE code_spelling;

CREATE FUNCTION code_map(st text, sfrom text, sto text, val text) RETURNS text
  STABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
  s text;
BEGIN
  IF NOT EXISTS (SELECT FROM public.code_spelling WHERE code_set = st) THEN
    RAISE EXCEPTION 'unknown code set "%"', st USING ERRCODE = '22023';
  END IF;
  FOREACH s IN ARRAY ARRAY[sfrom, sto] LOOP
    IF NOT EXISTS (SELECT FROM public.code_spelling WHERE code_set = st AND scheme = s) THEN
      RAISE EXCEPTION 'unknown scheme "%" of code set "%"', s, st USING ERRCODE = '22023';
    END IF;
  END LOOP;
  RETURN (SELECT b.spelling
          FROM public.code_spelling a JOIN public.code_spelling b USING (code_set, meaning)
          WHERE a.code_set = st AND a.scheme = sfrom AND b.scheme = sto AND b.rank = 0
            AND ascii_upper(strip_space(halfwidth(a.spelling))) = ascii_upper(strip_space(halfwidth(val))));
END
$$;

CREATE FUNCTION mask_partial(val text, a int, pad text, b int) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN length(val) <= greatest(a, 0) + greatest(b, 0) THEN repeat('*', length(val))
              ELSE left(val, greatest(a, 0)) || pad || right(val, greatest(b, 0)) END
$$;

CREATE FUNCTION mask_email(val text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN strpos(val, '@') <= 1 THEN repeat('*', length(val))
              ELSE left(val, 1) || '***' || substring(val from '@[^@]*$') END
$$;

CREATE FUNCTION mask_phone(val text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT mask_partial(val, 3, '****', 4)
$$;

CREATE FUNCTION mask_bucket(val numeric, width numeric) RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN width > 0 THEN floor(val / width) * width END
$$;

CREATE FUNCTION mask_bucket(val bigint, width bigint) RETURNS bigint IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN width > 0 THEN val - ((val % width) + width) % width END
$$;

CREATE FUNCTION mask_date(val date, unit text) RETURNS date IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN unit IN ('year', 'month') THEN date_trunc(unit, val::timestamp)::date END
$$;

CREATE FUNCTION mask_region(val text, digits int) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT left(val, greatest(digits, 0))
$$;

-- HMAC-SHA-256 from two plain hashes; psql variable token_key: 64 hexadecimal digits.
CREATE TABLE token_key (ipad bytea, opad bytea);
SELECT set_config('oracle.token_key', :'token_key', false);
DO $$
DECLARE
  ipad bytea := decode(rpad(current_setting('oracle.token_key'), 128, '0'), 'hex');
  opad bytea := ipad;
BEGIN
  FOR i IN 0..63 LOOP
    ipad := set_byte(ipad, i, get_byte(ipad, i) # 54);
    opad := set_byte(opad, i, get_byte(opad, i) # 92);
  END LOOP;
  INSERT INTO token_key VALUES (ipad, opad);
END
$$;

CREATE FUNCTION mask_token(val text) RETURNS text STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT encode(sha256(k.opad || sha256(k.ipad || convert_to(val, 'UTF8'))), 'hex') FROM public.token_key k
$$;
