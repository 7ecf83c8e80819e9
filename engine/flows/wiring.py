"""Which handler runs which job, which jobs follow which event, and what runs on a timetable."""

from engine.accounts import mails, sessions
from engine.core import ratelimit
from engine.core.jobs import Wiring
from engine.flows import (
    cancel_shipments,
    delete_files,
    deliver_webhooks,
    expire_orders,
    fetch_media,
    fulfill,
    index_search,
    invoices,
    payment_records,
    promote,
    receive_webhook,
    release_holds,
    restock,
    settle_payment,
)
from engine.gift_cards import mails as gift_card_mails
from engine.orders import mails as order_mails
from engine.support import mails as support_mails
from engine.webhooks import deliveries

WIRING = Wiring(
    jobs={
        mails.JOB: mails.deliver,
        support_mails.JOB: support_mails.deliver,
        order_mails.JOB: order_mails.deliver,
        gift_card_mails.JOB: gift_card_mails.deliver,
        fulfill.SHIP_JOB: fulfill.ship_job,
        cancel_shipments.JOB: cancel_shipments.job,
        payment_records.ASK_JOB: settle_payment.ask_job,
        payment_records.SETTLE_JOB: settle_payment.settle_job,
        receive_webhook.JOB: receive_webhook.process,
        delete_files.JOB: delete_files.job,
        fetch_media.JOB: fetch_media.job,
        deliveries.JOB: deliver_webhooks.deliver,
        index_search.JOB: index_search.index,
        restock.JOB: restock.job,
        promote.MEND_JOB: promote.mend,
        promote.REPRICE_JOB: promote.reprice,
        invoices.RENDER_JOB: invoices.render_job,
        invoices.MAIL_JOB: invoices.mail_job,
    },
    subscriptions={},
    schedules=(
        (release_holds.JOB, "* * * * *", release_holds.release_expired),
        (index_search.PUSH_JOB, "* * * * *", index_search.push),
        (promote.TURN_JOB, "* * * * *", promote.turns),
        ("promotions.mend_all", "37 3 * * *", promote.mend),
        ("payments.sweep", "* * * * *", settle_payment.sweep),
        (expire_orders.EXPIRE_JOB, "* * * * *", expire_orders.expire),
        (expire_orders.FORGET_JOB, "47 3 * * *", expire_orders.forget),
        (deliver_webhooks.SWEEP_JOB, "* * * * *", deliver_webhooks.sweep),
        (deliver_webhooks.FORGET_JOB, "47 3 * * *", deliveries.forget),
        ("core.sweep_rate_counters", "27 3 * * *", ratelimit.sweep),
        ("accounts.sweep_sessions", "17 3 * * *", sessions.sweep),
    ),
    gathered=dict.fromkeys(index_search.EVENTS, (index_search.JOB,)),
)
