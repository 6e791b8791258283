/* SPDX-License-Identifier: Apache-2.0
 * Keyword lookup: binary search in keywords.def.
 *
 * Entry points: tbi_keyword_find(), tb_keyword_needs_quotes().
 */
#include "parser/lexer_int.h"

#include "parser/parser.h"
#include "parser/sql.h"

#include <string.h>

enum { BARE = true, AS_ONLY = false };

static const tbi_keyword keywords[] = {
#define TB_KEYWORD(TOKEN, word, category, label)                                                   \
    {word, TB_TK_##TOKEN, TBI_KEYWORD_##category, label},
#include "parser/keywords.def"
#undef TB_KEYWORD
};

/* Order of a counted word against a keyword. */
static int compare(const char *word, size_t len, const char *keyword)
{
    int order = strncmp(word, keyword, len);
    if (order == 0 && keyword[len] != '\0')
        return -1;
    return order;
}

const tbi_keyword *tbi_keyword_find(const char *word, size_t len)
{
    size_t low = 0, high = TB_COUNT(keywords);
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = compare(word, len, keywords[mid].word);
        if (order == 0)
            return &keywords[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

bool tb_keyword_needs_quotes(const char *word)
{
    const tbi_keyword *keyword = tbi_keyword_find(word, strlen(word));
    return keyword && keyword->category != TBI_KEYWORD_UNRESERVED;
}
