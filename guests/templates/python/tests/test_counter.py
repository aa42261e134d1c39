import unittest

from counter import Counter
from tomte import Crash, Refusal
from tomte.testing import start


class CounterTest(unittest.TestCase):
    def test_increments_are_counted(self):
        counter = start(Counter)
        counter.call("Increment")
        self.assertEqual(counter.call("Increment"), "Ack")
        self.assertEqual(counter.call("Read"), {"Value": 2})

    def test_a_reset_at_zero_crashes(self):
        counter = start(Counter, state=1)
        self.assertEqual(counter.call("Reset"), "Ack")
        with self.assertRaisesRegex(Crash, "^reset at zero$"):
            counter.call("Reset")

    def test_what_it_does_not_know_is_refused_and_changes_nothing(self):
        counter = start(Counter, state=7)
        with self.assertRaises(Refusal):
            counter.call("Decrement")
        self.assertEqual(counter.call("Read"), {"Value": 7})

    def test_what_was_saved_comes_back(self):
        counter = start(Counter, saved=("{{name}}/1", b"41"))
        counter.cast("Increment")
        self.assertEqual(counter.save(), ("{{name}}/1", b"42"))


if __name__ == "__main__":
    unittest.main()
