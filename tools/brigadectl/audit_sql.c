/* The sources and invariants of the audit. tests/system/audit.py has the same invariants, in words
 * of its own: each is the other's second opinion. SPDX-License-Identifier: MIT */
#include "audit.h"
#include "ctl.h"

#define SETTLED_BEFORE "current_setting('brigade.before')::timestamptz"

/* Never NOT IN (SELECT): PostgreSQL hashes that only while it fits into work_mem, and takes
 * quadratic time above a few hundred thousand orders. */
#define STILL(name, moving) "NOT EXISTS (SELECT FROM " moving " AS m WHERE m.id = " name ".id)"

/* What has moved a moment ago, or is about to: (type of event, id of its subject). */
#define FLUX(schema)                                                                               \
    "SELECT type, subject_id AS id FROM " schema ".outbox UNION "                                  \
    "SELECT type, subject_id FROM " schema ".sent WHERE sent_at > " SETTLED_BEFORE " UNION "       \
    "SELECT type, subject_id FROM " schema ".inbox WHERE received_at > " SETTLED_BEFORE            \
    " AND type NOT LIKE '/%' UNION SELECT type, coalesce(" SQL_ORDER_ID "::bigint, aggregate_id) " \
    "FROM " schema ".deferred"

const struct audit_source audit_sources[] = {
    {"orders", PARTY_ORDER,
     "id int, state text, reason text, due_at timestamptz, consumer_id int, restaurant_id int, "
     "line_items jsonb, order_total_cents bigint, revision int",
     "SELECT id, state, reason, due_at, consumer_id, restaurant_id, line_items, order_total_cents, "
     "revision FROM brigade_order.orders"},
    {"replicas", PARTY_ORDER, "id int, menu_items jsonb",
     "SELECT id, menu_items FROM brigade_order.restaurants"},
    {"tickets", PARTY_KITCHEN,
     "id int, state text, restaurant_id int, line_items jsonb, approved bool, settled_revision int",
     "SELECT id, state, restaurant_id, line_items, approved, settled_revision "
     "FROM brigade_kitchen.tickets"},
    {"restaurants", PARTY_KITCHEN, "id int, menu_items jsonb",
     "SELECT id, menu_items FROM brigade_kitchen.restaurants"},
    {"authorizations", PARTY_ACCOUNTING,
     "id int, state text, consumer_id int, amount_cents bigint, settled_revision int",
     "SELECT id, state, consumer_id, amount_cents, settled_revision "
     "FROM brigade_accounting.authorizations"},
    {"accounts", PARTY_ACCOUNTING, "id int", "SELECT id FROM brigade_accounting.accounts"},
    {"verifications", PARTY_CONSUMER, "id int, state text",
     "SELECT id, state FROM brigade_consumer.verifications"},
    {"consumers", PARTY_CONSUMER, "id int", "SELECT id FROM brigade_consumer.consumers"},
    {"notifications", PARTY_NOTIFIER, "id int, order_id int, kind text, revision int",
     "SELECT id, order_id, kind, revision FROM brigade_notifier.notifications"},
    /* Last, so that it knows of what moved while the others were read from other databases. */
    {"flux_order", PARTY_ORDER, "type text, id bigint", FLUX("brigade_order")},
    {"flux_consumer", PARTY_CONSUMER, "type text, id bigint", FLUX("brigade_consumer")},
    {"flux_kitchen", PARTY_KITCHEN, "type text, id bigint", FLUX("brigade_kitchen")},
    {"flux_accounting", PARTY_ACCOUNTING, "type text, id bigint", FLUX("brigade_accounting")},
    {"flux_notifier", PARTY_NOTIFIER, "type text, id bigint", FLUX("brigade_notifier")},
};
const size_t audit_source_count = sizeof audit_sources / sizeof audit_sources[0];

const char audit_views[] =
    "flux AS (SELECT * FROM flux_order UNION SELECT * FROM flux_consumer "
    "UNION SELECT * FROM flux_kitchen UNION SELECT * FROM flux_accounting "
    "UNION SELECT * FROM flux_notifier), "
    "moving_orders AS (SELECT DISTINCT id FROM flux "
    "WHERE type !~ '^(Account|ConsumerCreated|Restaurant)'), "
    "moving_consumers AS (SELECT id FROM flux WHERE type IN ('ConsumerCreated', 'AccountOpened')), "
    "moving_restaurants AS (SELECT id FROM flux WHERE type ~ '^Restaurant'), "
    "settled AS (SELECT * FROM orders WHERE due_at IS NULL "
    "AND " STILL("orders", "moving_orders") "), "
                                            "busy_consumers AS (SELECT o.consumer_id FROM orders "
                                            "AS o LEFT JOIN settled AS s USING (id) "
                                            "WHERE s.id IS NULL)";

#define EVENTS                                                                                     \
    "(SELECT event_id, type, subject_id, sequence, created_at FROM sent UNION ALL "                \
    "SELECT event_id, type, subject_id, sequence, created_at FROM outbox)"

/* The events of an aggregate that are still kept, from its first one on, against its version. Only
 * of those that began after the first that is kept was sent: of an older one some may be forgotten,
 * and its first one there again, because it was sent again. */
#define VERSIONS(table, types)                                                                     \
    "SELECT a.id, 'version ' || a.version || ', events up to ' || e.last || ', ' || e.count, "     \
    "a.version <> e.last OR a.version <> e.count FROM " table " AS a JOIN "                        \
    "(SELECT subject_id, max(sequence) AS last, count(DISTINCT sequence) AS count FROM " EVENTS    \
    " AS said WHERE type ~ '" types "' GROUP BY subject_id HAVING min(sequence) = 1 AND "          \
    "min(created_at) > coalesce((SELECT sent_at FROM sent ORDER BY id LIMIT 1), '-infinity')) "    \
    "AS e ON e.subject_id = a.id"

#define SAID_ONCE(types)                                                                           \
    "SELECT subject_id, count(DISTINCT event_id) || ' ' || type, count(DISTINCT event_id) > 1 "    \
    "FROM " EVENTS " AS said WHERE type IN (" types ") GROUP BY subject_id, type"

const struct audit_invariant audit_invariants[] = {
    {"order_ends", "every order ends by its deadline", PARTY_ORDER,
     "SELECT id, state || ', due ' || coalesce(due_at::text, 'never') || ', asked to cancel ' || "
     "cancel_requests, due_at < " SETTLED_BEFORE " OR cancel_requests > 3 FROM orders"},
    {"order_ends_once", "an order ends once: rejected or cancelled, not both or again", PARTY_ORDER,
     "SELECT subject_id, string_agg(type, '+'), count(DISTINCT event_id) > 1 FROM " EVENTS
     " AS said WHERE type IN ('OrderRejected', 'OrderCancelled') GROUP BY subject_id"},
    {"order_said_once", "an order is created and approved once", PARTY_ORDER,
     SAID_ONCE("'OrderCreated', 'OrderApproved'")},
    {"charged_once", "a card is charged once for an order", PARTY_ACCOUNTING,
     SAID_ONCE("'CreditCardAuthorized', 'CreditCardAuthorizationFailed'")},
    {"ticket_agrees", "the ticket agrees with its order", AUDIT_ACROSS,
     "SELECT o.id, o.state || ' and ' || coalesce(t.state, 'no ticket'), CASE o.state "
     "WHEN 'APPROVED' THEN coalesce(t.state, '') NOT IN ('AWAITING_ACCEPTANCE', 'ACCEPTED', "
     "'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP') "
     "WHEN 'CANCELLED' THEN coalesce(t.state, '') <> 'CANCELLED' "
     "ELSE coalesce(t.state, '') NOT IN ('CREATE_REJECTED', 'CANCELLED') END "
     "FROM settled o LEFT JOIN tickets t USING (id)"},
    {"ticket_approved", "a ticket has heard that its order was approved, and only then",
     AUDIT_ACROSS,
     "SELECT o.id, o.state || ' and ' || t.state, (o.state <> 'REJECTED') <> t.approved "
     "FROM settled o JOIN tickets t USING (id)"},
    {"ticket_lines", "the ticket has what was ordered", AUDIT_ACROSS,
     "SELECT id, t.line_items::text, t.restaurant_id <> o.restaurant_id "
     "OR ((t.state <> 'CREATE_REJECTED' OR t.line_items <> '[]') AND t.line_items <> ("
     "SELECT jsonb_agg(line - 'price' ORDER BY nr) FROM jsonb_array_elements(o.line_items) "
     "WITH ORDINALITY AS lines(line, nr))) FROM settled o JOIN tickets t USING (id)"},
    {"authorization_agrees", "an approved order has a charge, a rejected or cancelled one none",
     AUDIT_ACROSS,
     "SELECT o.id, o.state || ' and ' || coalesce(a.state, 'no authorization'), CASE o.state "
     "WHEN 'APPROVED' THEN coalesce(a.state, '') <> 'AUTHORIZED' "
     "WHEN 'CANCELLED' THEN coalesce(a.state, '') <> 'REVERSED' "
     "ELSE coalesce(a.state, '') NOT IN ('FAILED', 'VOIDED', 'REVERSED') END "
     "FROM settled o LEFT JOIN authorizations a USING (id)"},
    /* The charge of a cancelled order may be that of a revision which nobody confirmed any more. */
    {"authorization_amount", "a charge is for its order's amount and consumer", AUDIT_ACROSS,
     "SELECT id, a.amount_cents || ' of ' || o.order_total_cents, a.consumer_id <> o.consumer_id "
     "OR (a.amount_cents <> o.order_total_cents AND o.state <> 'CANCELLED') "
     "FROM settled o JOIN authorizations a USING (id) WHERE a.consumer_id > 0"},
    {"charged_when_verified", "a card is charged for a verified consumer only", AUDIT_ACROSS,
     "SELECT a.id, coalesce(v.state, 'no verification'), v.state IS DISTINCT FROM 'VERIFIED' "
     "FROM authorizations a LEFT JOIN verifications v USING (id) "
     "WHERE a.state IN ('AUTHORIZED', 'REVERSED') AND " STILL("a", "moving_orders")},
    {"charged_what_was_approved", "a consumer was charged what was approved, in all", AUDIT_ACROSS,
     "SELECT consumer_id, coalesce(charged, 0) || ' and ' || coalesce(approved, 0), "
     "coalesce(charged, 0) <> coalesce(approved, 0) FROM "
     "(SELECT consumer_id, sum(order_total_cents) AS approved FROM orders WHERE state = 'APPROVED' "
     "GROUP BY consumer_id) AS o FULL JOIN "
     "(SELECT consumer_id, sum(amount_cents) AS charged FROM authorizations "
     "WHERE state = 'AUTHORIZED' GROUP BY consumer_id) AS a USING (consumer_id) "
     "LEFT JOIN busy_consumers AS b USING (consumer_id) WHERE b.consumer_id IS NULL"},
    {"revision_settled", "kitchen and accounting know the outcome of every revision", AUDIT_ACROSS,
     "SELECT o.id, o.revision || ', ' || t.settled_revision || ' and ' || a.settled_revision, "
     "o.revision <> t.settled_revision OR o.revision <> a.settled_revision FROM settled o "
     "JOIN tickets t USING (id) JOIN authorizations a USING (id) WHERE o.state = 'APPROVED'"},
    {"told_once", "a consumer is told of the outcome once", AUDIT_ACROSS,
     "SELECT o.id, o.state || ' and ' || coalesce(string_agg(n.kind, '+'), 'nothing'), "
     "coalesce(string_agg(n.kind, '+' ORDER BY n.kind), '') <> CASE o.state "
     "WHEN 'CANCELLED' THEN 'ORDER_APPROVED+ORDER_CANCELLED' ELSE 'ORDER_' || o.state END "
     "FROM settled o LEFT JOIN notifications n ON n.order_id = o.id "
     "AND n.kind IN ('ORDER_APPROVED', 'ORDER_REJECTED', 'ORDER_CANCELLED') GROUP BY o.id, "
     "o.state"},
    /* When its ticket expires an order is cancelled without a word on the revision that was open.
     */
    {"revision_told", "a consumer is told of each revision once", AUDIT_ACROSS,
     "SELECT o.id, count(n.id) || ' of ' || o.revision, count(n.id) <> o.revision AND "
     "(o.reason IS DISTINCT FROM 'TICKET_EXPIRED' OR count(n.id) <> o.revision - 1) "
     "FROM settled o LEFT JOIN notifications n ON n.order_id = o.id AND n.revision > 0 "
     "GROUP BY o.id, o.revision, o.reason"},
    {"consumer_account", "a consumer has an account, and an account a consumer", AUDIT_ACROSS,
     "SELECT id, CASE WHEN NOT consumer THEN 'no consumer' WHEN NOT account THEN 'no account' "
     "ELSE 'both' END, NOT consumer OR NOT account FROM (SELECT id, c.id IS NOT NULL AS consumer, "
     "a.id IS NOT NULL AS account FROM consumers c FULL JOIN accounts a USING (id)) AS pairs "
     "WHERE " STILL("pairs", "moving_consumers")},
    {"replica_menu", "the order service has every restaurant's menu", AUDIT_ACROSS,
     "SELECT id, menu, differs FROM (SELECT id, coalesce(r.menu_items::text, 'no menu') AS menu, "
     "k.menu_items IS DISTINCT FROM r.menu_items AS differs "
     "FROM restaurants k FULL JOIN replicas r USING (id)) AS menus "
     "WHERE " STILL("menus", "moving_restaurants")},
    {"subject_exists", "tickets, authorizations and verifications are of orders", AUDIT_ACROSS,
     "SELECT id, what, o.id IS NULL FROM ("
     "SELECT id, 'ticket' AS what FROM tickets UNION ALL "
     "SELECT id, 'authorization' FROM authorizations UNION ALL "
     "SELECT id, 'verification' FROM verifications) AS subjects LEFT JOIN orders AS o USING (id) "
     "WHERE " STILL("subjects", "moving_orders")},
    {"order_versions", "every change of an order is an event", PARTY_ORDER,
     VERSIONS("orders", "^Order")},
    {"consumer_versions", "every change of a consumer is an event", PARTY_CONSUMER,
     VERSIONS("consumers", "^ConsumerCreated$")},
    {"verification_versions", "every verification is an event", PARTY_CONSUMER,
     VERSIONS("verifications", "^ConsumerVerif")},
    {"restaurant_versions", "every change of a restaurant is an event", PARTY_KITCHEN,
     VERSIONS("restaurants", "^Restaurant")},
    {"account_versions", "every change of an account is an event", PARTY_ACCOUNTING,
     VERSIONS("accounts", "^Account")},
    {"outbox_drains", "events leave the outbox", AUDIT_EVERY,
     "SELECT id, type || ' since ' || created_at, created_at < " SETTLED_BEFORE " FROM outbox"},
    {"deferred_ends", "what is deferred is done or parked in time", AUDIT_EVERY,
     "SELECT aggregate_id, type || ' since ' || deferred_at, deferred_at < " SETTLED_BEFORE
     " - make_interval(secs => current_setting('brigade.deferred')::int) FROM deferred"},
};
const size_t audit_invariant_count = sizeof audit_invariants / sizeof audit_invariants[0];
