# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL script of CREATE TABLE and COPY as two SQLite scripts, tables in turn: -v north=FILE -v south=FILE
BEGIN { FS = "\t"; q = sprintf("%c", 39) }
/^CREATE TABLE/ {
    to = ++tables % 2 ? north : south
    print > to
    next
}
/^COPY/ { split($0, words, " "); table = words[2]; n = 0; print "BEGIN;" > to; next }
table != "" && $0 == "\\." { print "COMMIT;" > to; table = ""; next }
table != "" {
    line = ""
    for (i = 1; i <= NF; i++) {
        gsub(q, q q, $i)
        line = line (i > 1 ? "," : "") ($i == "\\N" ? "NULL" : q $i q)
    }
    print "INSERT INTO " table " VALUES (" line ");" > to
}
