"""
A server of an older fleet, on boto3: writes and reads one JSON object per update. Requests come on standard input, one
JSON object a line; each is answered by one line.

  {"do": "publish", "server": …, "url": …, "content": …, "data": …}   → {"key": …}
  {"do": "put", "key": …, "text": …}                                  → {"key": …}
  {"do": "delete", "key": …}                                          → {"key": …}
  {"do": "read", "server": …}                                         → {"objects": [{"key": …, "body": …}, …]}
"""

import hashlib
import json
import os
import sys
import time

import boto3
from botocore.config import Config

PREFIX = "feed-updates/"
BUCKET = os.environ["BUCKET"]

s3 = boto3.client(
    "s3",
    endpoint_url=os.environ["ENDPOINT"],
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}),
)


def publish(request):
    url, server, now = request["url"], request["server"], time.time()
    name = hashlib.md5(url.encode("utf-8")).hexdigest()
    key = f"{PREFIX}{server}/{name}_{int(now)}.json"
    body = {
        "url": url,
        "feed_content": request.get("content"),
        "feed_data": request.get("data"),
        "server_id": server,
        "timestamp": now,
    }
    metadata = {"server-id": server, "timestamp": str(now)}
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(body).encode("utf-8"), Metadata=metadata)
    return {"key": key}


def put(request):
    s3.put_object(Bucket=BUCKET, Key=request["key"], Body=request["text"].encode("utf-8"))
    return {"key": request["key"]}


def delete(request):
    s3.delete_object(Bucket=BUCKET, Key=request["key"])
    return {"key": request["key"]}


def read(request):
    objects = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{PREFIX}{request['server']}/"):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            objects.append({"key": item["Key"], "body": json.loads(body.decode("utf-8"))})
    return {"objects": objects}


ACTIONS = {"publish": publish, "put": put, "delete": delete, "read": read}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(ACTIONS[request["do"]](request)), flush=True)
