/* The accounting service's REST routes. SPDX-License-Identifier: MIT */
#include <string.h>

#include "accounting.h"
#include "http.h"
#include "kind.h"
#include "step.h"

static void write_account(const struct account *account, struct account_response *answer)
{
    *answer = (struct account_response){.consumer_id = account->head.id, .state = account->state};
    memcpy(answer->card_token, account->card_token, sizeof answer->card_token);
}

/* A command on an account; answered with the account as it then is. An account that is not there
 * may be on its way. */
static enum outcome change_account(struct step *step, int32_t id, const struct account_input *input)
{
    const struct account *before = step_get(step, &account_kind, id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    struct account account;
    kind_copy(&account_kind, &account, before);
    const struct ruling ruling = account_decide(&account, input);
    if (ruling.verdict == VERDICT_DEFERRED) {
        (void)step_refuse(step, 404, "there is no account %d", id);
        return step_defer(step, &account_kind, id);
    }
    struct account_response answer;
    union event_data data;
    write_account(&account, &answer);
    account_event(&account, ruling.event, &data);
    step_answer(step, &account_response_record, &answer, 0);
    return step_settle(step, &account_kind, &account, &ruling, &data);
}

static enum outcome change_card(struct step *step, const struct input *in)
{
    const struct change_card_request *request = in->data;
    return change_account(step, in->subject_id,
                          &(struct account_input){.type = ACCOUNT_INPUT_CHANGE_CARD,
                                                  .card_token = request->card_token});
}

static enum outcome disable_account(struct step *step, const struct input *in)
{
    return change_account(step, in->subject_id,
                          &(struct account_input){.type = ACCOUNT_INPUT_DISABLE});
}

static enum outcome enable_account(struct step *step, const struct input *in)
{
    return change_account(step, in->subject_id,
                          &(struct account_input){.type = ACCOUNT_INPUT_ENABLE});
}

static void get_account(struct query *query)
{
    struct account account;
    struct account_response answer;
    if (!query_load(query, &account_kind, &account))
        return;
    write_account(&account, &answer);
    query_answer(query, &account_response_record, &answer);
}

static void get_authorization(struct query *query)
{
    struct authorization authorization;
    if (!query_load(query, &authorization_kind, &authorization))
        return;
    const struct authorization_response answer = {
        .order_id = authorization.head.id,
        .consumer_id = authorization.consumer_id,
        .state = authorization.state,
        .has_amount = authorization.consumer_id != 0,
        .amount_cents = authorization.amount_cents,
        .reason = authorization.reason,
    };
    query_answer(query, &authorization_response_record, &answer);
}

static const struct route routes[] = {
    {.method = "GET", .path = "/accounts/{id}", .query = get_account},
    {.method = "PUT",
     .path = "/accounts/{id}/card",
     .body = &change_card_request_record,
     .command = change_card},
    {.method = "PUT", .path = "/accounts/{id}/disable", .command = disable_account},
    {.method = "PUT", .path = "/accounts/{id}/enable", .command = enable_account},
    {.method = "GET", .path = "/authorizations/{id}", .query = get_authorization},
};
const struct route *const accounting_routes = routes;
const size_t accounting_route_count = sizeof routes / sizeof routes[0];
