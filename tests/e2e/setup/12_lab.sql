-- login: lab_admin
IMPORT FOREIGN SCHEMA main FROM SERVER lab_db INTO lab;
GRANT USAGE ON SCHEMA lab TO officers, analysts;
GRANT SELECT ON lab.typed, lab.number TO officers, analysts;
