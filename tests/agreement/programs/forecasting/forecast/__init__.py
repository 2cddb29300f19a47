"""A small forecasting package."""

from .config import Config, load_config
from .model import Forecaster

__all__ = ["Config", "Forecaster", "load_config"]
