"""Makes the calls that it reads from standard input, one JSON object a line, with boto3; answers in the same way."""
import datetime
import json
import sys

import boto3
import botocore
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError


def plain(value):
    if isinstance(value, datetime.datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value)} in an answer")


def client(attempts):
    return boto3.client(
        "medical-imaging", config=Config(retries={"mode": "standard", "total_max_attempts": attempts})
    )


def answer(request):
    if request["kind"] == "version":
        return {"boto3": boto3.__version__, "botocore": botocore.__version__}
    if request["kind"] == "pages":
        pages = client(1).get_paginator("list_dicom_import_jobs").paginate(
            datastoreId=request["datastoreId"], PaginationConfig={"PageSize": request["pageSize"]}
        )
        return [job for page in pages for job in page["jobSummaries"]]
    try:
        call = getattr(client(request["attempts"]), xform_name(request["operation"]))
        output = call(**request["input"])
        del output["ResponseMetadata"]
        return {"output": output}
    except ClientError as error:
        # The class that boto3 makes of a modelled error, and not only the code on the wire.
        return {"error": {"name": type(error).__name__, "message": error.response["Error"]["Message"]}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=plain), flush=True)
