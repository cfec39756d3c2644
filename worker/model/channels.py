"""The channels that platforms are known to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHANNELS: Final[Mapping[str, tuple[str, ...]]] = {
    "imbrace": ("web", "whatsapp", "facebook", "email", "wechat", "instagram", "line", "wecom"),
}
"""By platform; another one's are not known. Source: facts §4.1."""
