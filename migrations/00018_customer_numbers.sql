-- +goose Up
-- Further numbers of a customer, what was consented to, and until when a customer
-- may be called.
ALTER TABLE customers ADD COLUMN others TEXT NOT NULL DEFAULT '[]'; -- JSON, in the order in which they are tried
ALTER TABLE customers ADD COLUMN consent TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN consent_evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN consent_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN expires BIGINT NOT NULL DEFAULT 0; -- nothing is called after it

-- The same further numbers, where they can be searched.
CREATE TABLE other_numbers (
    list   TEXT NOT NULL,
    key    TEXT NOT NULL,
    number TEXT NOT NULL,
    PRIMARY KEY (list, key, number)
);
CREATE INDEX other_numbers_by_number ON other_numbers (number);

-- Every number of every customer: by number, and by list and key.
CREATE VIEW customer_numbers AS
    SELECT number, list, key FROM customers
    UNION ALL
    SELECT number, list, key FROM other_numbers;
