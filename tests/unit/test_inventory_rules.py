"""What a shipment takes from which allocation."""

from hypothesis import given
from hypothesis import strategies as st

from engine.inventory.rules import Held, needed_free, plan_shipment

allocations = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 9)), max_size=5).map(
    lambda pairs: [Held(i, stock, quantity) for i, (stock, quantity) in enumerate(pairs)]
)


@given(allocations, st.integers(1, 3), st.integers(1, 40))
def test_a_shipment_takes_exactly_its_quantity_and_its_own_shelf_first(
    held: list[Held], stock_id: int, quantity: int
) -> None:
    plan = plan_shipment(held, stock_id, quantity)
    assert sum(used for _, used in plan.taken) + plan.unclaimed == quantity
    assert all(0 < used <= allocation.quantity for allocation, used in plan.taken)
    here = sum(allocation.quantity for allocation in held if allocation.stock_id == stock_id)
    taken_here = sum(used for allocation, used in plan.taken if allocation.stock_id == stock_id)
    assert taken_here == min(quantity, here)
    assert needed_free(plan, stock_id) == quantity - taken_here
    if plan.unclaimed:
        assert sum(used for _, used in plan.taken) == sum(allocation.quantity for allocation in held)
