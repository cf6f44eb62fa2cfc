"""What commands print: tables column by column as the field's client prints them, JSON and YAML.

Pure text out of trees; called by the commands, which write it.
"""

from plumbline.cli.printing.table import block, structured, table

__all__ = ["block", "structured", "table"]
