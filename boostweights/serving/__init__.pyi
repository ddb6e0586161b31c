from .export import ServingError as ServingError
from .export import check_export as check_export
from .export import export as export
from .exported import Exported as Exported
from .exported import load as load
from .graph import register_skl2onnx as register_skl2onnx
