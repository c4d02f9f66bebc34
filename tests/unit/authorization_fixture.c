/* What the tests of authorizations share. SPDX-License-Identifier: MIT */
#include "authorization_fixture.h"

struct account account_with(enum funds funds)
{
    struct account account = {
        .head.id = CONSUMER_ID, .state = ACCOUNT_STATE_OPEN, .card_token = CARD_TOKEN_DEFAULT};
    if (funds == DECLINED)
        strcpy(account.card_token, CARD_TOKEN_DECLINED);
    if (funds == DISABLED)
        account.state = ACCOUNT_STATE_DISABLED;
    if (funds == LIMITED || funds == EXCEEDED) {
        account.has_order_limit = true;
        account.order_limit_cents = funds == LIMITED ? REVISED_CENTS : REVISED_CENTS - 1;
    }
    if (funds == MISSING)
        return (struct account){.head.id = CONSUMER_ID};
    return account;
}

static const struct {
    int state, reason;
    bool ordered, verified, ticketed;
    int32_t settled, answered;
    bool revised;
    int64_t amount_cents, previous_cents;
} situations[SITUATION_COUNT] = {
    [NONE] = {.state = AUTHORIZATION_STATE_NONE},
    [PENDING] = {.state = AUTHORIZATION_STATE_PENDING},
    [PENDING_O] = {AUTHORIZATION_STATE_PENDING, 0, true, false, false, 0, 0, false, AMOUNT_CENTS,
                   0},
    [PENDING_V] = {.state = AUTHORIZATION_STATE_PENDING, .verified = true},
    [PENDING_T] = {.state = AUTHORIZATION_STATE_PENDING, .ticketed = true},
    [PENDING_OV] = {AUTHORIZATION_STATE_PENDING, 0, true, true, false, 0, 0, false, AMOUNT_CENTS,
                    0},
    [PENDING_OT] = {AUTHORIZATION_STATE_PENDING, 0, true, false, true, 0, 0, false, AMOUNT_CENTS,
                    0},
    [PENDING_VT] = {.state = AUTHORIZATION_STATE_PENDING, .verified = true, .ticketed = true},
    [PENDING_OVT] = {AUTHORIZATION_STATE_PENDING, 0, true, true, true, 0, 0, false, AMOUNT_CENTS,
                     0},
    [AUTHORIZED] = {AUTHORIZATION_STATE_AUTHORIZED, 0, true, true, true, 0, 0, false, AMOUNT_CENTS,
                    0},
    [AUTHORIZED_REVISED] = {AUTHORIZATION_STATE_AUTHORIZED, 0, true, true, true, 0, 1, true,
                            REVISED_CENTS, AMOUNT_CENTS},
    [AUTHORIZED_REFUSED] = {AUTHORIZATION_STATE_AUTHORIZED, 0, true, true, true, 0, 1, false,
                            AMOUNT_CENTS, 0},
    [AUTHORIZED_CONFIRMED] = {AUTHORIZATION_STATE_AUTHORIZED, 0, true, true, true, 1, 1, false,
                              REVISED_CENTS, 0},
    [AUTHORIZED_RESTORED] = {AUTHORIZATION_STATE_AUTHORIZED, 0, true, true, true, 1, 1, false,
                             AMOUNT_CENTS, 0},
    [FAILED] = {AUTHORIZATION_STATE_FAILED, REASON_CARD_DECLINED, true, true, true, 0, 0, false,
                AMOUNT_CENTS, 0},
    [VOIDED] = {.state = AUTHORIZATION_STATE_VOIDED, .verified = true},
    [REVERSED] = {AUTHORIZATION_STATE_REVERSED, 0, true, true, true, 0, 0, false, AMOUNT_CENTS, 0},
};

struct authorization authorization_in(enum situation situation)
{
    return (struct authorization){
        .head = {.id = ORDER_ID, .version = situation == NONE ? 0 : 3},
        .state = situations[situation].state,
        .reason = situations[situation].reason,
        .consumer_id = situations[situation].ordered ? CONSUMER_ID : 0,
        .amount_cents = situations[situation].amount_cents,
        .verified = situations[situation].verified,
        .ticketed = situations[situation].ticketed,
        .settled_revision = situations[situation].settled,
        .answered_revision = situations[situation].answered,
        .revised = situations[situation].revised,
        .previous_cents = situations[situation].previous_cents,
    };
}

struct authorization_input authorization_input_of(enum authorization_input_type type,
                                                  const struct account *account)
{
    bool revision = type == AUTHORIZATION_INPUT_REVISION_PROPOSED;
    return (struct authorization_input){
        .type = type,
        .consumer_id = CONSUMER_ID,
        .amount_cents = revision ? REVISED_CENTS : AMOUNT_CENTS,
        .revision = 1,
        .account = account,
    };
}

struct authorization_decision authorization_take(const struct authorization *before,
                                                 enum authorization_input_type type,
                                                 enum funds funds)
{
    struct account account = account_with(funds);
    struct authorization_input in = authorization_input_of(type, &account);
    return authorization_decided(before, &in);
}

void assert_same_authorization(const char *row, const struct authorization *is,
                               const struct authorization *should_be)
{
    assert_number(row, "id", is->head.id, should_be->head.id);
    assert_number(row, "version", is->head.version, should_be->head.version);
    assert_number(row, "due at", is->head.due_at_ms, 0);
    assert_number(row, "state", is->state, should_be->state);
    assert_number(row, "reason", is->reason, should_be->reason);
    assert_number(row, "consumer", is->consumer_id, should_be->consumer_id);
    assert_number(row, "amount", is->amount_cents, should_be->amount_cents);
    assert_number(row, "verified", is->verified, should_be->verified);
    assert_number(row, "ticketed", is->ticketed, should_be->ticketed);
    assert_number(row, "settled", is->settled_revision, should_be->settled_revision);
    assert_number(row, "answered", is->answered_revision, should_be->answered_revision);
    assert_number(row, "revised", is->revised, should_be->revised);
    assert_number(row, "previous amount", is->previous_cents, should_be->previous_cents);
}
