/* SPDX-License-Identifier: Apache-2.0
 * The memory budget of a statement and its division among operators.
 *
 * Accounts only count; who can spill asks tbi_account_pressed() once per batch. An account is
 * pressed when the statement uses more than half of its limit and the account itself holds more
 * than its floor, a share of a quarter. So the sum stays within the limit whatever order operators
 * fill in, and the first hash table of a long chain cannot starve the last one.
 */
#include "executor/data_int.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { MIN_FLOOR = 16 * 1024, ALWAYS_ALLOWED = 1024 * 1024, HUGE_PAGE = 2 * 1024 * 1024 };

void tbi_budget_init(tbi_budget *b, size_t limit_bytes)
{
    atomic_init(&b->used, 0);
    atomic_init(&b->peak, 0);
    atomic_init(&b->shares, 0);
    b->limit = limit_bytes;
}

void tbi_account_init(tbi_account *a, tbi_budget *b, bool spills)
{
    a->budget = b;
    atomic_init(&a->used, 0);
    a->spills = spills;
    if (spills)
        atomic_fetch_add_explicit(&b->shares, 1, memory_order_relaxed);
}

void tbi_account_fini(tbi_account *a)
{
    tbi_account_set(a, 0);
    if (a->spills)
        atomic_fetch_sub_explicit(&a->budget->shares, 1, memory_order_relaxed);
    a->spills = false;
}

void tbi_account_add(tbi_account *a, size_t bytes)
{
    if (bytes == 0)
        return;
    atomic_fetch_add_explicit(&a->used, bytes, memory_order_relaxed);
    size_t now = atomic_fetch_add_explicit(&a->budget->used, bytes, memory_order_relaxed) + bytes;
    size_t peak = atomic_load_explicit(&a->budget->peak, memory_order_relaxed);
    while (now > peak &&
           !atomic_compare_exchange_weak_explicit(&a->budget->peak, &peak, now,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

void tbi_account_sub(tbi_account *a, size_t bytes)
{
    atomic_fetch_sub_explicit(&a->used, bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(&a->budget->used, bytes, memory_order_relaxed);
}

void tbi_account_set(tbi_account *a, size_t bytes)
{
    size_t was = atomic_load_explicit(&a->used, memory_order_relaxed);
    if (bytes > was)
        tbi_account_add(a, bytes - was);
    else
        tbi_account_sub(a, was - bytes);
}

size_t tbi_account_floor(const tbi_account *a)
{
    uint32_t shares = atomic_load_explicit(&a->budget->shares, memory_order_relaxed);
    size_t floor = a->budget->limit / 4 / (shares == 0 ? 1 : shares);
    return floor < MIN_FLOOR ? MIN_FLOOR : floor;
}

bool tbi_account_pressed(const tbi_account *a)
{
    size_t limit = a->budget->limit;
    return limit != 0 && atomic_load_explicit(&a->budget->used, memory_order_relaxed) > limit / 2 &&
           atomic_load_explicit(&a->used, memory_order_relaxed) > tbi_account_floor(a);
}

tb_rc tbi_account_check(const tbi_account *a, tb_error *err)
{
    size_t limit = a->budget->limit;
    if (limit == 0 || atomic_load_explicit(&a->budget->used, memory_order_relaxed) <= limit)
        return TB_OK;
    /* what a few batches take is always allowed, so that tiny budgets still answer */
    if (atomic_load_explicit(&a->used, memory_order_relaxed) <= ALWAYS_ALLOWED)
        return TB_OK;
    TB_RAISE(err, TB_E_OUT_OF_MEMORY, "out of memory");
    tb_error_detail(err, "The statement's memory budget of %zu kB is used up.", limit / 1024);
    return TB_FAIL;
}

void *tbi_table_alloc(size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return tb_xcalloc(1, bytes);
    /* mapped memory is zero; aligned by taking one huge page more and giving the ends back */
    size_t size = (bytes + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
    char *p =
        mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TB_CHECK(p != MAP_FAILED);
    size_t lead = (HUGE_PAGE - ((uintptr_t)p & (HUGE_PAGE - 1))) & (HUGE_PAGE - 1);
    if (lead > 0)
        munmap(p, lead);
    munmap(p + lead + size, HUGE_PAGE - lead);
    (void)madvise(p + lead, size, MADV_HUGEPAGE);
    return p + lead;
}

void tbi_table_free(void *p, size_t bytes)
{
    if (p == NULL)
        return;
    if (bytes < HUGE_PAGE)
        free(p);
    else
        munmap(p, (bytes + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1));
}
