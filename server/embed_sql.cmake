# cmake -DOUT=catalog_schema.c -DIN=catalog_schema.sql -P embed_sql.cmake: the file as a C string.
file(READ ${IN} sql)
string(REPLACE "\\" "\\\\" sql "${sql}")
string(REPLACE "\"" "\\\"" sql "${sql}")
string(REPLACE "\n" "\\n\"\n    \"" sql "${sql}")
file(WRITE ${OUT} "/* generated from catalog_schema.sql */\n#include \"server/catalog_schema.h\"\n\nconst char tb_catalog_schema_sql[] =\n    \"${sql}\";\n")
