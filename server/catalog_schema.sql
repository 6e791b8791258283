-- The catalog file, version 1. Changed only by Tombolo's own statements. Strings are UTF-8, booleans 0/1.
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE role (
    oid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, login INTEGER NOT NULL, inherit INTEGER NOT NULL,
    system INTEGER NOT NULL, security INTEGER NOT NULL, auditor INTEGER NOT NULL,
    connection_limit INTEGER NOT NULL, verifier TEXT, valid_until TEXT, comment TEXT,
    CHECK (system + security + auditor <= 1)) STRICT;
CREATE TABLE role_member (
    role INTEGER NOT NULL REFERENCES role ON DELETE CASCADE, member INTEGER NOT NULL REFERENCES role ON DELETE CASCADE,
    admin INTEGER NOT NULL, PRIMARY KEY (role, member)) STRICT, WITHOUT ROWID;
CREATE TABLE server (
    oid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, driver TEXT NOT NULL, type TEXT, version TEXT,
    owner INTEGER NOT NULL REFERENCES role, fence_verified INTEGER NOT NULL, comment TEXT) STRICT;
CREATE TABLE user_mapping (
    oid INTEGER PRIMARY KEY, role INTEGER NOT NULL, server INTEGER NOT NULL REFERENCES server ON DELETE CASCADE,
    UNIQUE (role, server)) STRICT;
CREATE TABLE mapping_option (
    mapping INTEGER NOT NULL REFERENCES user_mapping ON DELETE CASCADE, name TEXT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (mapping, name)) STRICT, WITHOUT ROWID;
CREATE TABLE schema (
    oid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner INTEGER NOT NULL REFERENCES role, comment TEXT) STRICT;
CREATE TABLE relation (
    oid INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('f', 'v')),
    schema INTEGER NOT NULL REFERENCES schema, name TEXT NOT NULL, owner INTEGER NOT NULL REFERENCES role,
    server INTEGER REFERENCES server, remote_schema TEXT, remote_name TEXT, rows REAL NOT NULL, view_sql TEXT,
    comment TEXT, UNIQUE (schema, name)) STRICT;
CREATE TABLE attribute (
    relation INTEGER NOT NULL REFERENCES relation ON DELETE CASCADE, attno INTEGER NOT NULL, name TEXT NOT NULL,
    type INTEGER NOT NULL, typmod INTEGER NOT NULL, not_null INTEGER NOT NULL, hidden INTEGER NOT NULL,
    remote_name TEXT, remote_type TEXT, pk INTEGER NOT NULL, ndv REAL NOT NULL, null_frac REAL NOT NULL, comment TEXT,
    PRIMARY KEY (relation, attno), UNIQUE (relation, name)) STRICT, WITHOUT ROWID;
-- options of servers (attno -1), tables (attno -1) and columns
CREATE TABLE option (
    object INTEGER NOT NULL, attno INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (object, attno, name)) STRICT, WITHOUT ROWID;
CREATE TABLE policy (
    oid INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('m', 'r')),
    schema INTEGER NOT NULL REFERENCES schema, name TEXT NOT NULL, owner INTEGER NOT NULL REFERENCES role,
    version INTEGER NOT NULL, returns INTEGER NOT NULL, returns_typmod INTEGER NOT NULL, body TEXT NOT NULL, comment TEXT,
    UNIQUE (schema, kind, name)) STRICT;
CREATE TABLE policy_arg (
    policy INTEGER NOT NULL REFERENCES policy ON DELETE CASCADE, n INTEGER NOT NULL, name TEXT NOT NULL,
    type INTEGER NOT NULL, typmod INTEGER NOT NULL, PRIMARY KEY (policy, n)) STRICT, WITHOUT ROWID;
-- where policies apply: attno of the masked column, or -1 for a row access policy; args = attno list "0,3"
CREATE TABLE policy_use (
    relation INTEGER NOT NULL REFERENCES relation ON DELETE CASCADE, attno INTEGER NOT NULL,
    policy INTEGER NOT NULL REFERENCES policy, args TEXT NOT NULL, PRIMARY KEY (relation, attno, policy)) STRICT, WITHOUT ROWID;
-- privileges: kind 'r' relation, 'n' schema, 's' server; column -1 = the whole object; grantee 0 = PUBLIC
CREATE TABLE privilege (
    kind TEXT NOT NULL, object INTEGER NOT NULL, attno INTEGER NOT NULL, grantee INTEGER NOT NULL,
    grantor INTEGER NOT NULL, privs INTEGER NOT NULL, grantable INTEGER NOT NULL,
    PRIMARY KEY (kind, object, attno, grantee, grantor)) STRICT, WITHOUT ROWID;
-- keys of this column may be shipped to that server
CREATE TABLE ship_keys (
    relation INTEGER NOT NULL REFERENCES relation ON DELETE CASCADE, attno INTEGER NOT NULL,
    server INTEGER NOT NULL REFERENCES server ON DELETE CASCADE, grantor INTEGER NOT NULL,
    PRIMARY KEY (relation, attno, server)) STRICT, WITHOUT ROWID;
-- a view needs the relations it names
CREATE TABLE view_depend (
    view INTEGER NOT NULL REFERENCES relation ON DELETE CASCADE, relation INTEGER NOT NULL REFERENCES relation,
    PRIMARY KEY (view, relation)) STRICT, WITHOUT ROWID;
CREATE TABLE role_setting (
    role INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (role, name)) STRICT, WITHOUT ROWID;
