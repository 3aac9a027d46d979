import { count, type DoctorCheck, ofType, ok, problem } from './examination.ts';

/** Dead-letter queues are empty. */
export const deadLettersCheck: DoctorCheck = {
  name: 'dead letters',
  async look(patient) {
    const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
    const client = await patient.aws.sqs();
    const queues = ofType(patient, 'AWS::SQS::Queue').filter(({ logicalId }) =>
      logicalId.includes('DeadLetters'),
    );
    const problems = [];
    for (const { logicalId, physicalId: QueueUrl } of queues) {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes;
      const letters = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
      if (letters > 0) {
        problems.push(
          problem(
            `${count(letters, 'message')} in ${logicalId}.`,
            `See dead-letters in docs/runbook.md; the queue is ${QueueUrl}`,
          ),
        );
      }
    }
    return problems.length > 0 ? problems : [ok(`${count(queues.length, 'queue')}, empty.`)];
  },
};
