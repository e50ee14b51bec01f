"""Every object with boto3 and 32 threads that share a client."""
import json
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from contend import contend

threads = 32


def run(plan):
    client = boto3.client(
        's3',
        endpoint_url=plan['endpoint'],
        aws_access_key_id=plan['accessKeyId'],
        aws_secret_access_key=plan['secretAccessKey'],
        region_name='us-east-1',
        config=Config(max_pool_connections=threads, s3={'addressing_style': 'path'}),
    )

    def read(key):
        update = json.loads(client.get_object(Bucket=plan['bucket'], Key=key)['Body'].read())
        return update['url'] != ''

    pages = client.get_paginator('list_objects_v2').paginate(Bucket=plan['bucket'], Prefix=plan['prefix'])
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(read, (found['Key'] for page in pages for found in page.get('Contents', []))))


contend(run)
