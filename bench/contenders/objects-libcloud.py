"""Every object with libcloud, one after the other: how fleets of the Python package read today."""
import json
from itertools import islice

from contend import contend
from libcloud_bucket import bucket_of


def run(plan):
    container = bucket_of(plan)
    read = 0
    for found in islice(container.list_objects(prefix=plan['prefix']), plan.get('limit')):
        update = json.loads(b''.join(found.as_stream()))
        read += update['url'] != ''
    return read


contend(run)
