-- SPDX-License-Identifier: Apache-2.0
-- Police: people, vehicles. Made-up data; identifiers begin with the unassigned prefix 99.
CREATE TABLE person (
    id_no text NOT NULL PRIMARY KEY,
    name varchar(20) NOT NULL,
    sex text,
    birth date NOT NULL,
    district text NOT NULL,
    phone text
);
INSERT INTO person VALUES
    ('990101199003070012', '陈一', '1', '1990-03-07', '990101', '13900000001'),
    ('990101198512010029', '林二妹', '2', '1985-12-01', '990101', '13900000002'),
    ('990102197207150036', '王三', '1', '1972-07-15', '990102', NULL),
    ('990102200002290043', '赵四', '2', '2000-02-29', '990102', '13900000004'),
    ('990103196601010050', 'O''Neill 五', NULL, '1966-01-01', '990103', ''),
    ('990103199911110067', '孙六', '1', '1999-11-11', '990103', '13900000006');
CREATE TABLE vehicle (
    plate text NOT NULL PRIMARY KEY,
    owner_id text,
    model text,
    registered date
);
INSERT INTO vehicle VALUES
    ('连A00001', '990101199003070012', '轿车', '2015-05-05'),
    ('连A00002', '990101199003070012', '货车', '2020-10-10'),
    ('连A00003', '990102200002290043', '轿车', '2022-02-02'),
    ('连A00004', '990109199901010099', NULL, '2019-09-09'),
    ('连A00005', NULL, '挂车', NULL);
