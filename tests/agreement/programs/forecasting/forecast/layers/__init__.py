from .attention import PositionalEncoding
from .convolution import GatedLinearUnit, TemporalBlock
from .normalization import RMSNorm

__all__ = ["GatedLinearUnit", "PositionalEncoding", "RMSNorm", "TemporalBlock"]
