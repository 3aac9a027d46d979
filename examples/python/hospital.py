"""Two data stores, of which the emergency department's pages somebody, and a queue for the worklist: hospital.ts in Python."""

from aws_cdk import App, Duration, Stack
from aws_cdk.aws_kms import Key
from aws_cdk.aws_s3 import Bucket
from dicom_import_watcher import DicomImportWatcher, OutputBucket

RADIOLOGY = "11111111111111111111111111111111"
EMERGENCY = "22222222222222222222222222222222"

app = App()
stack = Stack(app, "Hospital")
bucket = Bucket.from_bucket_attributes(
    stack,
    "Output",
    bucket_name="hospital-import-output",
    encryption_key=Key.from_key_arn(
        stack,
        "OutputKey",
        "arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef",
    ),
)
watcher = DicomImportWatcher(
    stack,
    "Watcher",
    output_buckets=[OutputBucket(bucket=bucket, prefix="imports/")],
    datastore_ids=[RADIOLOGY, EMERGENCY],
    emails=["pacs-team@hospital.example"],
    alarm_emails=["it-on-call@hospital.example"],
    overdue_after=Duration.hours(2),
    archive_for=Duration.days(365),
    schema_registry=True,
)
watcher.add_queue("worklist", outcomes=["SUCCEEDED", "SUCCEEDED_WITH_WARNINGS"])
# Whoever reads this queue pages: an import of the emergency department that did not bring what it should.
watcher.add_queue(
    "paging",
    datastore_ids=[EMERGENCY],
    outcomes=[
        "PARTIALLY_FAILED",
        "NOTHING_IMPORTED",
        "FAILED",
        "UNVERIFIED",
        "OVERDUE",
        "WATCH_FAILED",
    ],
)
app.synth()
