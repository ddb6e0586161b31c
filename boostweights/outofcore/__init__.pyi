from .counting import count_parquet as count_parquet
from .fitting import fit_parquet as fit_parquet
from .fitting import sweep_parquet as sweep_parquet
