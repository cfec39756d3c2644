"""Webhooks: what is certain and what is not."""

from __future__ import annotations

import pytest

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.outside import Poster


@pytest.mark.parametrize("url", ["https://example.com:99999/x", "https:///x"])
async def test_an_address_that_is_none_is_refused_for_good(url: str) -> None:
    """It would be tried again for a day, though asking again changes nothing."""
    poster = Poster(())
    try:
        with pytest.raises(GatewayError) as caught:
            await poster.post(url, b"{}", {}, 5.0)
    finally:
        await poster.close()
    assert caught.value.fault is Fault.REJECTED
    assert caught.value.took_effect is TookEffect.NO
