"""The bucket of a plan, as libcloud opens it."""
from urllib.parse import urlsplit

from libcloud.storage.providers import get_driver
from libcloud.storage.types import Provider


def bucket_of(plan):
    url = urlsplit(plan['endpoint'])
    connect = get_driver(Provider.S3)
    driver = connect(
        plan['accessKeyId'],
        plan['secretAccessKey'],
        secure=url.scheme == 'https',
        host=url.hostname,
        port=url.port,
    )
    return driver.get_container(plan['bucket'])
