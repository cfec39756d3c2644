"""Settings: read once at start, from the environment, `.env` and secret files."""

from worker.settings.fields import Settings
from worker.settings.load import RUN_NEEDS, load_settings
from worker.settings.table import settings_table, settings_text
from worker.settings.token import TokenName, TokenSource

__all__ = [
    "RUN_NEEDS",
    "Settings",
    "TokenName",
    "TokenSource",
    "load_settings",
    "settings_table",
    "settings_text",
]
