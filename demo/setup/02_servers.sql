-- login: sysop
-- Where the departments' databases are. psql variable `data`: the directory of the generated files.
\set path :data /police.db
CREATE SERVER police_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER police_db TO police_admin;
\set path :data /market.db
CREATE SERVER market_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER market_db TO market_admin;
\set path :data /tax.db
CREATE SERVER tax_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER tax_db TO tax_admin;
\set path :data /transport.db
CREATE SERVER transport_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER transport_db TO transport_admin;
\set path :data /hrss.db
CREATE SERVER hrss_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER hrss_db TO hrss_admin;
\set path :data /court.db
CREATE SERVER court_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER court_db TO court_admin;
\set path :data /health.db
CREATE SERVER health_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER health_db TO health_admin;
\set path :data /bank.db
CREATE SERVER bank_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'path');
GRANT USAGE ON FOREIGN SERVER bank_db TO bank_admin;
