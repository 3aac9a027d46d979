"""A state machine that imports, starts processing when all went well, and opens a ticket otherwise: pipeline.ts in Python."""

from aws_cdk import App, Stack
from aws_cdk.aws_iam import Role
from aws_cdk.aws_s3 import Bucket
from aws_cdk.aws_sqs import Queue
from aws_cdk.aws_stepfunctions import DefinitionBody, JsonPath, StateMachine, TaskInput
from aws_cdk.aws_stepfunctions_tasks import SqsSendMessage
from dicom_import_watcher import DicomImportWatcher, ImportDicom

app = App()
stack = Stack(app, "Pipeline")
watcher = DicomImportWatcher(
    stack,
    "Watcher",
    output_buckets=[Bucket.from_bucket_name(stack, "Output", "my-import-output")],
    alarm_emails=["on-call@hospital.example"],
)


def send(id: str) -> SqsSendMessage:
    return SqsSendMessage(
        stack,
        id,
        queue=Queue(stack, f"{id}Queue", enforce_ssl=True),
        message_body=TaskInput.from_json_path_at("$"),
    )


imported = ImportDicom(
    stack,
    "Import",
    watcher=watcher,
    datastore_id="11111111111111111111111111111111",
    input_s3_uri=JsonPath.string_at("$.input"),
    output_s3_uri="s3://my-import-output/",
    data_access_role=Role.from_role_arn(
        stack, "Access", "arn:aws:iam::111122223333:role/healthimaging-import"
    ),
    fail_on=["PARTIALLY_FAILED", "NOTHING_IMPORTED", "FAILED", "UNVERIFIED", "ABANDONED"],
).to_single_state(output_path="$[0]")
imported.add_catch(send("Ticket"), errors=["States.ALL"], result_path="$.error")

StateMachine(
    stack,
    "ImportAndProcess",
    definition_body=DefinitionBody.from_chainable(imported.next(send("Process"))),
)
app.synth()
