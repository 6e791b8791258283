# Rules of the grammar from keywords.def: one nonterminal per category, and bare_label_keyword.
# awk -f keywords.awk keywords.def > keywords.y
BEGIN {
    name["UNRESERVED"] = "unreserved_keyword"
    name["COL_NAME"] = "col_name_keyword"
    name["TYPE_FUNC"] = "type_func_keyword"
    name["RESERVED"] = "reserved_keyword"
}
/^TB_KEYWORD/ {
    split($0, part, /[(,) ]+/)
    print name[part[4]] "(A) ::= " part[2] "(A)."
    if (part[5] == "BARE")
        print "bare_label_keyword(A) ::= " part[2] "(A)."
}
