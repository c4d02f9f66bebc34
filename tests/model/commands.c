/* The commands from outside. SPDX-License-Identifier: MIT */
#include "commands.h"

#define MENU                                                                                       \
    "{\"menuItems\":[{\"id\":\"vindaloo\",\"name\":\"Chicken Vindaloo\",\"price\":\"12.34\"},"     \
    "{\"id\":\"naan\",\"name\":\"Naan\",\"price\":\"3.00\"}]}"
#define ADDRESS                                                                                    \
    "{\"street1\":\"1 Main Street\",\"city\":\"Oakland\",\"state\":\"CA\",\"zip\":\"94612\"}"

const struct command_text create_restaurant = {
    "kitchen", "POST", "/restaurants",
    "{\"name\":\"Ajanta\",\"address\":" ADDRESS ",\"menu\":" MENU "}", "POST /restaurants"};

const struct command_text free_consumer = {"consumer", "POST", "/consumers", "{}",
                                           "POST /consumers"};
const struct command_text poor_consumer = {"consumer", "POST", "/consumers",
                                           "{\"orderLimit\":\"20.00\"}", "POST /consumers (20.00)"};
const struct command_text thrifty_consumer = {
    "consumer", "POST", "/consumers", "{\"orderLimit\":\"30.00\"}", "POST /consumers (30.00)"};

#define LINE(item, quantity) "{\"menuItemId\":\"" item "\",\"quantity\":" #quantity "}"
const struct command_text create = {
    "order", "POST", "/orders",
    "{\"consumerId\":3,\"restaurantId\":7,\"deliveryAddress\":" ADDRESS
    ",\"deliveryTime\":\"2030-01-01T20:00:00Z\",\"lineItems\":[" LINE("vindaloo", 2) "]}",
    "POST /orders"};
const struct command_text cancel = {"order", "POST", "/orders/{id}/cancel", NULL,
                                    "POST /orders/11/cancel"};
const struct command_text revise = {"order", "POST", "/orders/{id}/revise",
                                    "{\"revisedLineItems\":[" LINE("vindaloo", 3) "]}",
                                    "POST /orders/11/revise (to 37.02)"};
const struct command_text revise_again = {"order", "POST", "/orders/{id}/revise",
                                          "{\"revisedLineItems\":[" LINE("naan", 1) "]}",
                                          "POST /orders/11/revise (to 3.00)"};

const struct command_text accept_ticket = {"kitchen", "POST", "/tickets/{id}/accept",
                                           "{\"readyBy\":\"2030-01-01T19:00:00Z\"}",
                                           "POST /tickets/11/accept"};
const struct command_text prepare = {"kitchen", "POST", "/tickets/{id}/preparing", NULL,
                                     "POST /tickets/11/preparing"};
const struct command_text finish = {"kitchen", "POST", "/tickets/{id}/ready", NULL,
                                    "POST /tickets/11/ready"};
const struct command_text pick_up = {"kitchen", "POST", "/tickets/{id}/picked-up", NULL,
                                     "POST /tickets/11/picked-up"};

const struct command_text decline_card = {"accounting", "PUT", "/accounts/{id}/card",
                                          "{\"cardToken\":\"tok_declined\"}",
                                          "PUT /accounts/3/card (one that declines)"};
const struct command_text disable_account = {"accounting", "PUT", "/accounts/{id}/disable", NULL,
                                             "PUT /accounts/3/disable"};
const struct command_text close_restaurant = {"kitchen", "PUT", "/restaurants/{id}/close", NULL,
                                              "PUT /restaurants/7/close"};
const struct command_text drop_dish = {
    "kitchen", "PUT", "/restaurants/{id}/menu",
    "{\"menuItems\":[{\"id\":\"naan\",\"name\":\"Naan\",\"price\":\"3.00\"}]}",
    "PUT /restaurants/7/menu (without the dish)"};
const struct command_text restore_menu = {"kitchen", "PUT", "/restaurants/{id}/menu", MENU,
                                          "PUT /restaurants/7/menu (with it again)"};
