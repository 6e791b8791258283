-- login: admin
-- Who there is. `admin` came from `tombolo init` and holds the security duty; it names roles and departments and reads no data.
-- Everybody's password is `demo`: this is a demonstration on made-up data.
CREATE ROLE sysop LOGIN PASSWORD 'demo' SYSTEM;
CREATE ROLE auditor LOGIN PASSWORD 'demo' AUDITOR;

-- departments: an owning login each, and the crosswalk's keeper
CREATE ROLE police_admin LOGIN PASSWORD 'demo';
CREATE ROLE market_admin LOGIN PASSWORD 'demo';
CREATE ROLE tax_admin LOGIN PASSWORD 'demo';
CREATE ROLE transport_admin LOGIN PASSWORD 'demo';
CREATE ROLE hrss_admin LOGIN PASSWORD 'demo';
CREATE ROLE court_admin LOGIN PASSWORD 'demo';
CREATE ROLE health_admin LOGIN PASSWORD 'demo';
CREATE ROLE bank_admin LOGIN PASSWORD 'demo';
CREATE ROLE canon_admin LOGIN PASSWORD 'demo';

CREATE SCHEMA police AUTHORIZATION police_admin;
CREATE SCHEMA market AUTHORIZATION market_admin;
CREATE SCHEMA tax AUTHORIZATION tax_admin;
CREATE SCHEMA transport AUTHORIZATION transport_admin;
CREATE SCHEMA hrss AUTHORIZATION hrss_admin;
CREATE SCHEMA court AUTHORIZATION court_admin;
CREATE SCHEMA health AUTHORIZATION health_admin;
CREATE SCHEMA bank AUTHORIZATION bank_admin;
CREATE SCHEMA canon AUTHORIZATION canon_admin;

-- those who ask: groups, which policies name, and one login in each
CREATE ROLE credit_analysts;
CREATE ROLE east_city;
CREATE ROLE credit_regulators;
CREATE ROLE bank_regulators;
CREATE ROLE traffic_inspectors;
CREATE ROLE service_windows;
CREATE ROLE disease_control;
CREATE ROLE city_planners;
CREATE ROLE analyst LOGIN PASSWORD 'demo' IN ROLE credit_analysts;
CREATE ROLE analyst_east LOGIN PASSWORD 'demo' IN ROLE east_city;
CREATE ROLE regulator LOGIN PASSWORD 'demo' IN ROLE credit_regulators;
CREATE ROLE bank_inspector LOGIN PASSWORD 'demo' IN ROLE bank_regulators;
CREATE ROLE inspector LOGIN PASSWORD 'demo' IN ROLE traffic_inspectors;
CREATE ROLE clerk LOGIN PASSWORD 'demo' IN ROLE service_windows;
CREATE ROLE epidemiologist LOGIN PASSWORD 'demo' IN ROLE disease_control;
CREATE ROLE planner LOGIN PASSWORD 'demo' IN ROLE city_planners;
