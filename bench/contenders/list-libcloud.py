"""A poll as fleets of the Python package do it: all keys of the prefix, listed with libcloud."""
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
    return sum(1 for _ in container.list_objects(prefix=plan['prefix']))


contend(run)
