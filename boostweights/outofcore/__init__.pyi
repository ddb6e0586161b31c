from .path import weight_path_parquet as weight_path_parquet
from .predicting import predict_parquet as predict_parquet
from .rows import count_parquet as count_parquet
from .training import fit_parquet as fit_parquet
from .training import sweep_parquet as sweep_parquet
