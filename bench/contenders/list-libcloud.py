"""A poll as fleets of the Python package do it: all keys of the prefix, listed with libcloud."""

from contend import contend
from libcloud_bucket import bucket_of


def run(plan):
    container = bucket_of(plan)
    return sum(1 for _ in container.list_objects(prefix=plan['prefix']))


contend(run)
