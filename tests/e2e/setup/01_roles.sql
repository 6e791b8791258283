-- login: admin
CREATE ROLE sysop LOGIN PASSWORD 'secret' SYSTEM;
CREATE ROLE auditor LOGIN PASSWORD 'secret' AUDITOR;
CREATE ROLE police_admin LOGIN PASSWORD 'secret';
CREATE ROLE tax_admin LOGIN PASSWORD 'secret';
CREATE ROLE lab_admin LOGIN PASSWORD 'secret';
CREATE ROLE officers;
CREATE ROLE analysts;
CREATE ROLE north;
CREATE ROLE officer LOGIN PASSWORD 'secret' IN ROLE officers;
CREATE ROLE analyst_a LOGIN PASSWORD 'secret' IN ROLE analysts;
CREATE ROLE analyst_b LOGIN PASSWORD 'secret' IN ROLE analysts, north;
CREATE ROLE stranger LOGIN PASSWORD 'secret';
CREATE SCHEMA police AUTHORIZATION police_admin;
CREATE SCHEMA tax AUTHORIZATION tax_admin;
CREATE SCHEMA lab AUTHORIZATION lab_admin;
