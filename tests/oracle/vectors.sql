-- SPDX-License-Identifier: Apache-2.0
-- Runs demo/vectors.csv against the oracle's own functions; prints one row per difference.
-- psql -v vectors=PATH. Arguments are separated by |; \N is NULL, \uXXXX a code point; "ERROR xxxxx" expects that SQLSTATE.
CREATE TEMP TABLE vector (n serial, function text, args text, expected text);
SELECT format('\copy vector (function, args, expected) FROM %L WITH (FORMAT csv, HEADER, NULL ''--'')', :'vectors') AS load \gset
:load

CREATE FUNCTION pg_temp.unescape(t text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF t = '\N' THEN
    RETURN NULL;
  END IF;
  WHILE t ~ '\\u[0-9a-f]{4}' LOOP
    t := regexp_replace(t, '\\u[0-9a-f]{4}', chr(('x' || substring(t from '\\u([0-9a-f]{4})'))::bit(16)::int));
  END LOOP;
  RETURN t;
END
$$;

CREATE FUNCTION pg_temp.call(f text, a text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  arg text;
  list text := '';
  res text;
BEGIN
  FOREACH arg IN ARRAY string_to_array(a, '|') LOOP
    list := list || CASE WHEN list = '' THEN '' ELSE ', ' END || quote_nullable(pg_temp.unescape(arg));
    IF f = 'mask_bucket' THEN
      list := list || '::bigint';
    END IF;
  END LOOP;
  IF a = '' THEN
    list := '''''';
  END IF;
  EXECUTE format('SELECT %I(%s)::text', f, list) INTO res;
  RETURN CASE WHEN res IN ('true', 'false') THEN left(res, 1) ELSE res END;
EXCEPTION WHEN OTHERS THEN
  RETURN 'ERROR ' || SQLSTATE;
END
$$;

SELECT n + 1 AS line, function, args, expected, got
FROM (SELECT *, pg_temp.call(function, args) AS got FROM vector) v
WHERE got IS DISTINCT FROM pg_temp.unescape(expected) ORDER BY n;
