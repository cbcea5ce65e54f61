"""
The bootstrap settings: read before anything else, once, from files and the environment.

Here are the settings themselves, their sources and what an operator is told of a mistake. Nothing
in here opens the database or changes while the daemon runs: that is `live_settings`.
"""

from config_store.bootstrap.loading import load_bootstrap
from config_store.bootstrap.mistakes import BootstrapError, Mistake
from config_store.bootstrap.settings import BootstrapSettings, secrets_in

__all__ = ["BootstrapError", "BootstrapSettings", "Mistake", "load_bootstrap", "secrets_in"]
