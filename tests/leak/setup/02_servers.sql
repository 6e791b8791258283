-- login: sysop
CREATE SERVER tax_db FOREIGN DATA WRAPPER sqlite OPTIONS (path '@DIR@/tax.db');
GRANT USAGE ON FOREIGN SERVER tax_db TO tax_admin;
CREATE SERVER police_db FOREIGN DATA WRAPPER sqlite OPTIONS (path '@DIR@/police.db');
GRANT USAGE ON FOREIGN SERVER police_db TO police_admin;
