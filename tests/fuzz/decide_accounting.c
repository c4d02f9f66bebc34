/* Accounts and authorizations. SPDX-License-Identifier: MIT */
#include "accounting.h"
#include "deciding.h"
#include "fuzz.h"

static bool account_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct account after;
    spoiled_copy(&account_kind, &after, before);
    const struct ruling ruling = account_decide(&after, in);
    data_spoil(&data);
    account_event(&after, ruling.event, &data);
    return decided_check(&(struct decided){.kind = &account_kind,
                                           .service = "accounting",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static bool run_account(struct bytes *bytes, int input_type)
{
    struct account before;
    struct change_card_request request;
    fill_kind(&account_kind, &before, bytes);
    const struct account_input in = {
        .type = (enum account_input_type)input_type,
        .card_token = request.card_token,
        .has_order_limit = bytes_bool(bytes),
        .order_limit_cents = bytes_integer(bytes, 0, MONEY_CENTS_MAX),
    };
    fill_record(&change_card_request_record, &request, bytes);
    return decide_twice(account_once, &before, &in);
}
const struct subject account_subject = {"account", ACCOUNT_INPUT_COUNT, run_account};

/* Who has a payer waits for nothing but the account. */
static void check_payer(const struct authorization *before, const struct authorization_input *in,
                        enum verdict verdict)
{
    if (verdict == VERDICT_DEFERRED && authorization_payer(before, in) != 0)
        FUZZ_CHECK(in->account->state == ACCOUNT_STATE_NONE);
}

static bool authorization_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct authorization after;
    spoiled_copy(&authorization_kind, &after, before);
    const struct ruling ruling = authorization_decide(&after, in);
    data_spoil(&data);
    authorization_event(&after, &ruling, &data);
    check_payer(before, in, ruling.verdict);
    return decided_check(&(struct decided){.kind = &authorization_kind,
                                           .service = "accounting",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static bool run_authorization(struct bytes *bytes, int input_type)
{
    struct authorization before;
    struct account account;
    struct authorization_input in = {
        .type = (enum authorization_input_type)input_type,
        .consumer_id = bytes_int32(bytes, 1, INT32_MAX),
        .amount_cents = bytes_integer(bytes, 0, MONEY_CENTS_MAX),
        .revision = bytes_int32(bytes, 1, REVISION_MAX),
    };
    fill_kind(&authorization_kind, &before, bytes);
    fill_kind(&account_kind, &account, bytes);
    if (authorization_payer(&before, &in) != 0)
        in.account = &account;
    return decide_twice(authorization_once, &before, &in);
}
const struct subject authorization_subject = {"authorization", AUTHORIZATION_INPUT_COUNT,
                                              run_authorization};
