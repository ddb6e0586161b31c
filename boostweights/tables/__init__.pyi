from .preparation import TablePreparation as TablePreparation
