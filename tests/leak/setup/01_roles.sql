-- login: admin
CREATE ROLE sysop LOGIN PASSWORD 'secret' SYSTEM;
CREATE ROLE auditor LOGIN PASSWORD 'secret' AUDITOR;
CREATE ROLE tax_admin LOGIN PASSWORD 'secret';
CREATE ROLE police_admin LOGIN PASSWORD 'secret';
CREATE ROLE analyst;
CREATE ROLE tax_inspector;
CREATE ROLE li LOGIN PASSWORD 'secret' IN ROLE analyst;
CREATE ROLE wang LOGIN PASSWORD 'secret' IN ROLE analyst;
CREATE ROLE inspector LOGIN PASSWORD 'secret' IN ROLE tax_inspector;
CREATE ROLE eve LOGIN PASSWORD 'secret';
CREATE SCHEMA tax AUTHORIZATION tax_admin;
CREATE SCHEMA police AUTHORIZATION police_admin;
