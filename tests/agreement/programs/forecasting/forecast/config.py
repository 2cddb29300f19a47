"""What can be set."""

from dataclasses import dataclass, field, replace
from typing import Tuple

SEED = 7


@dataclass(frozen=True)
class Config:
    features: int = 3
    history: int = 10
    horizon: int = 4
    hidden: int = 8
    blocks: int = 2
    kernel_size: int = 3
    batch_size: int = 5
    epochs: int = 2
    learning_rate: float = 1e-2
    seed: int = SEED
    quantiles: Tuple[float, ...] = field(default=(0.1, 0.5, 0.9))

    @property
    def window(self) -> int:
        return self.history + self.horizon

    @property
    def outputs(self) -> int:
        return self.features * len(self.quantiles)


DEFAULT = Config()


def load_config(**overrides) -> Config:
    return replace(DEFAULT, **overrides)
