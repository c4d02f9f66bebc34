/* Tests of steps and working copies: what a handler sees, and when what it says counts.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "step_internal.h"

struct thing {
    struct aggregate head;
    int32_t size;
};
static const struct column thing_columns[] = {
    {.name = "size", .type = COLUMN_INT4, COLUMN_AT(thing, size)},
};
static const struct kind thing_kind = {.name = "thing",
                                       .table = "things",
                                       .size = sizeof(struct thing),
                                       .columns = thing_columns,
                                       .column_count = 1};

struct fixture {
    struct workset workset;
    struct id_pool *pools;
};

static int set_up(void **state)
{
    struct fixture *fixture = mem_alloc(1, sizeof *fixture);
    workset_init(&fixture->workset);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    workset_clear(&fixture->workset);
    while (fixture->pools != NULL) {
        struct id_pool *pool = fixture->pools;
        fixture->pools = pool->next;
        free(pool->ids);
        free(pool);
    }
    free(fixture);
    return 0;
}

static struct step step_of(struct fixture *fixture, step_handler *handle, int32_t subject_id)
{
    return (struct step){.type = STEP_COMMAND,
                         .handle = handle,
                         .traceparent = "",
                         .name = "test",
                         .input = {.subject_id = subject_id, .now_ms = 1700000000000},
                         .workset = &fixture->workset,
                         .pools = &fixture->pools};
}

static void load(struct fixture *fixture, int32_t id, int32_t version)
{
    struct copy *copy = workset_get(&fixture->workset, &thing_kind, id);
    copy->loaded = true;
    copy->stored_version = version;
    ((struct thing *)copy->value)->head.version = version;
}

static const struct thing *thing_at(struct fixture *fixture, int32_t id)
{
    return workset_get(&fixture->workset, &thing_kind, id)->value;
}

/* Adds one to the thing's size, and says so. */
static enum outcome grow(struct step *step, const struct input *in)
{
    const struct thing *before = step_get(step, &thing_kind, in->subject_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    struct thing after = *before;
    after.size++;
    const struct account_opened data = {.consumer_id = in->subject_id};
    const struct ruling ruling = rule_applied(EVENT_ACCOUNT_OPENED);
    return step_settle(step, &thing_kind, &after, &ruling,
                       &(union event_data){.account_opened = data});
}

static enum outcome grow_and_refuse(struct step *step, const struct input *in)
{
    if (grow(step, in) == OUTCOME_NEEDS_LOAD)
        return OUTCOME_NEEDS_LOAD;
    return step_refuse(step, 409, "too %s", "big");
}

static enum outcome wait_for_seven(struct step *step, const struct input *in)
{
    (void)in;
    return step_get(step, &thing_kind, 7) == NULL ? OUTCOME_NEEDS_LOAD
                                                  : step_defer(step, &thing_kind, 7);
}

static enum outcome create(struct step *step, const struct input *in)
{
    (void)in;
    struct thing after = {.head.id = step_new_id(step, &thing_kind)};
    if (after.head.id == 0)
        return OUTCOME_NEEDS_LOAD;
    (void)step_put(step, &thing_kind, &after);
    return OUTCOME_APPLIED;
}

static void asks_for_what_is_not_loaded(void **state)
{
    struct step step = step_of(*state, grow, 42);
    assert_int_equal(step_run(&step), OUTCOME_NEEDS_LOAD);
    struct copy *wanted = workset_find(&((struct fixture *)*state)->workset, "thing", 42);
    assert_non_null(wanted);
    assert_false(wanted->loaded);
    step_free(&step);
}

static void changes_nothing_before_it_is_applied(void **state)
{
    load(*state, 42, 3);
    struct step step = step_of(*state, grow, 42);
    assert_int_equal(step_run(&step), OUTCOME_APPLIED);
    assert_int_equal(thing_at(*state, 42)->size, 0);
    step_apply(&step);
    assert_int_equal(thing_at(*state, 42)->size, 1);
    assert_int_equal(thing_at(*state, 42)->head.version, 4);
    assert_int_equal(step.event_count, 1);
    assert_int_equal(step.events[0].sequence, 4);
    step_free(&step);
}

static void two_steps_of_a_batch_see_each_other(void **state)
{
    load(*state, 42, 0);
    for (int32_t i = 1; i <= 2; i++) {
        struct step step = step_of(*state, grow, 42);
        assert_int_equal(step_run(&step), OUTCOME_APPLIED);
        assert_int_equal(step.events[0].sequence, i);
        step_apply(&step);
        step_free(&step);
    }
    assert_int_equal(thing_at(*state, 42)->size, 2);
    assert_int_equal(workset_find(&((struct fixture *)*state)->workset, "thing", 42)->moves, 2);
}

static void runs_again_from_its_start(void **state)
{
    load(*state, 42, 0);
    struct step step = step_of(*state, grow, 42);
    assert_int_equal(step_run(&step), OUTCOME_APPLIED);
    assert_int_equal(step_run(&step), OUTCOME_APPLIED);
    assert_int_equal(step.event_count, 1);
    step_apply(&step);
    assert_int_equal(thing_at(*state, 42)->size, 1);
    step_free(&step);
}

static void a_refusal_forgets_what_was_staged(void **state)
{
    load(*state, 42, 0);
    struct step step = step_of(*state, grow_and_refuse, 42);
    assert_int_equal(step_run(&step), OUTCOME_REFUSED);
    assert_int_equal(step.put_count, 0);
    assert_int_equal(step.event_count, 0);
    assert_int_equal(step.refusal_status, 409);
    assert_string_equal(step.refusal, "too big");
    step_free(&step);
}

static void a_deferral_names_its_aggregate(void **state)
{
    load(*state, 7, 1);
    struct step step = step_of(*state, wait_for_seven, 1);
    assert_int_equal(step_run(&step), OUTCOME_DEFERRED);
    assert_ptr_equal(step.deferred_kind, &thing_kind);
    assert_int_equal(step.deferred_id, 7);
    step_free(&step);
}

static void a_new_id_stays_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct step step = step_of(fixture, create, 0);
    assert_int_equal(step_run(&step), OUTCOME_NEEDS_LOAD);
    assert_int_equal(fixture->pools->wanted, 1);
    fixture->pools->ids = mem_alloc(2, sizeof(int32_t));
    fixture->pools->ids[0] = 500;
    fixture->pools->ids[1] = 501;
    fixture->pools->count = 2;
    assert_int_equal(step_run(&step), OUTCOME_APPLIED);
    assert_int_equal(step_run(&step), OUTCOME_APPLIED);
    step_apply(&step);
    assert_int_equal(thing_at(fixture, 500)->head.version, 1);
    struct step next = step_of(fixture, create, 0);
    assert_int_equal(step_run(&next), OUTCOME_APPLIED);
    step_apply(&next);
    assert_int_equal(thing_at(fixture, 501)->head.version, 1);
    step_free(&step);
    step_free(&next);
}

static void kinds_and_ids_are_kept_apart(void **state)
{
    static const struct kind other_kind = {.name = "other", .size = sizeof(struct thing)};
    struct workset *set = &((struct fixture *)*state)->workset;
    struct copy *thing = workset_get(set, &thing_kind, 1);
    assert_ptr_equal(workset_get(set, &thing_kind, 1), thing);
    assert_ptr_not_equal(workset_get(set, &other_kind, 1), thing);
    assert_ptr_not_equal(workset_get(set, &thing_kind, 1 + WORKSET_BUCKETS), thing);
    assert_null(workset_find(set, "thing", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_for_what_is_not_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changes_nothing_before_it_is_applied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_steps_of_a_batch_see_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_again_from_its_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_forgets_what_was_staged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deferral_names_its_aggregate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_id_stays_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kinds_and_ids_are_kept_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
