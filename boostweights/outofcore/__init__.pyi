from .counting import count_parquet as count_parquet
from .fitting import fit_parquet as fit_parquet
from .fitting import sweep_parquet as sweep_parquet
from .path import weight_path_parquet as weight_path_parquet
from .predicting import predict_parquet as predict_parquet
