/* SPDX-License-Identifier: Apache-2.0 */
#include "server/saslprep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void same(const char *password, const char *want)
{
    char *got = tb_saslprep(password);
    assert_string_equal(got, want);
    tb_saslprep_free(got);
}

/* RFC 4013 section 3, without its prohibited ones. */
static void test_saslprep__rfc_examples(void **state)
{
    (void)state;
    same("I\xC2\xADX", "IX"); /* soft hyphen is mapped to nothing */
    same("user", "user");
    same("USER", "USER");       /* case is kept */
    same("\xC2\xAA", "a");      /* feminine ordinal: NFKC */
    same("\xE2\x85\xA8", "IX"); /* roman nine: NFKC */
}

static void test_saslprep__fallback_to_raw(void **state)
{
    (void)state;
    same("a\x07", "a\x07");               /* prohibited */
    same("\xD8\xA7\x31", "\xD8\xA7\x31"); /* bidi: ends with a digit */
    same("\xff\xfe", "\xff\xfe");         /* not UTF-8 */
    same("", "");
    same("\xC2\xAD", "\xC2\xAD");                 /* nothing left */
    same("\xF0\x9F\xA6\x80", "\xF0\x9F\xA6\x80"); /* unassigned in Unicode 3.2 */
}

static void test_saslprep__unicode(void **state)
{
    (void)state;
    same("密码", "密码");
    same("e\xCC\x81", "\xC3\xA9");                  /* composed */
    same("q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87"); /* canonical order */
    same("a\xC2\xA0"
         "b",
         "a b");                                /* no-break space */
    same("\xEF\xBC\xA1", "A");                  /* full width */
    same("\xEF\xB7\xBA", "صلى الله عليه وسلم"); /* the widest decomposition: 18 characters */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saslprep__rfc_examples),
        cmocka_unit_test(test_saslprep__fallback_to_raw),
        cmocka_unit_test(test_saslprep__unicode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
