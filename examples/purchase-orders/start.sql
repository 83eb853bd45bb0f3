-- SPDX-License-Identifier: PostgreSQL
-- Every line of orders.csv becomes one run of the workflow "purchase-orders"; prints the runs' ids in the lines' order.
-- From the top folder:  ./portarium psql -XAtq -f examples/purchase-orders/start.sql
-- The order's number is the idempotency key: a second time starts nothing and prints the same ids.

create temporary table purchase_order (
    order_id text primary key,
    order_date text not null,
    supplier text,
    item text not null,
    quantity int not null,
    unit_price_cents bigint not null,
    total_cents bigint not null,
    currency text not null,
    cost_center text not null,
    requested_by text not null
);

\copy purchase_order from 'examples/purchase-orders/orders.csv' with (format csv, header true)

select started
from portarium.start_runs(
    'purchase-orders',
    (select array_agg(to_jsonb(o) order by o.order_id) from purchase_order o),
    (select array_agg(o.order_id order by o.order_id) from purchase_order o)
) started;
