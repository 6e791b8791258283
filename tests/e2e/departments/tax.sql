-- SPDX-License-Identifier: Apache-2.0
-- Tax: who pays, and what.
CREATE TABLE payer (
    payer_id integer NOT NULL PRIMARY KEY,
    id_no text,
    name text NOT NULL,
    region text NOT NULL
);
INSERT INTO payer VALUES
    (1, '990101199003070012', '陈一', 'N'),
    (2, '990101198512010029', '林二妹', 'N'),
    (3, '990102197207150036', '王三', 'S'),
    (4, '990103199911110067', '孙六', 'S'),
    (5, NULL, '连岛渔业公司', 'N');
CREATE TABLE payment (
    payer_id integer NOT NULL,
    year smallint NOT NULL,
    amount numeric(12,2) NOT NULL,
    paid_at timestamp
);
INSERT INTO payment VALUES
    (1, 2024, '1200.50', '2024-06-30 10:00:00'),
    (1, 2025, '0.00', NULL),
    (2, 2024, '88.88', '2024-05-01 00:00:00'),
    (2, 2025, '1000000.01', '2025-12-31 23:59:59.123456'),
    (3, 2025, '700.00', '2025-01-01 12:00:00'),
    (4, 2025, '-20.00', '2025-03-03 03:03:03'),
    (5, 2025, '9999999999.99', '2025-08-08 08:08:08');
