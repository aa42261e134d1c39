"""The component of `every.py`: `componentize-py ... componentize -p . -p ../../templates/python every_app`."""

from every import Every
from tomte.component import component

Callbacks, State = component(Every)
