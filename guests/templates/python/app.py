"""The component: what the contract wants to be exported, made of the behaviour."""

from counter import Counter
from tomte.component import component

Callbacks, State = component(Counter)
