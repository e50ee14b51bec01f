"""Every object with libcloud, one after the other: how fleets of the Python package read today."""
import json
from itertools import islice
from urllib.parse import urlsplit

from contend import contend
from libcloud.storage.providers import get_driver
from libcloud.storage.types import Provider


def run(plan):
    url = urlsplit(plan['endpoint'])
    connect = get_driver(Provider.S3)
    driver = connect(
        plan['accessKeyId'],
        plan['secretAccessKey'],
        secure=url.scheme == 'https',
        host=url.hostname,
        port=url.port,
    )
    container = driver.get_container(plan['bucket'])
    read = 0
    for found in islice(container.list_objects(prefix=plan['prefix']), plan.get('limit')):
        update = json.loads(b''.join(found.as_stream()))
        read += update['url'] != ''
    return read


contend(run)
