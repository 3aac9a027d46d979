import { type INextable, Pass, type State, StateMachineFragment } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { DATASTORE_ID, JOB_ID } from '../../core/contract/patterns.ts';
import { checkText } from '../private/validate.ts';
import { DEFAULT_RESULT, followImport, type ImportOutcomeOptions } from './follow-import.ts';

/** Which import job is waited for. */
export interface WatchDicomImportProps extends ImportOutcomeOptions {
  /** Id of the data store, or where it is in the state: `JsonPath.stringAt('$.datastoreId')`. */
  readonly datastoreId: string;
  /** Id of an import job that was started, or where it is in the state. */
  readonly jobId: string;
}

/** The outcome of an import job that runs or has ended: waits through the watcher, in whatever order watches begin. */
export class WatchDicomImport extends StateMachineFragment {
  /** The state that it begins with. */
  readonly startState: State;
  /** What is chained to the next state. */
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, props: WatchDicomImportProps) {
    super(scope, id);
    const { datastoreId, jobId, resultPath = DEFAULT_RESULT } = props;
    checkText('datastoreId', datastoreId, DATASTORE_ID);
    checkText('jobId', jobId, JOB_ID);
    const remember = new Pass(this, 'Remember', {
      stateName: 'Remember the job',
      parameters: { datastoreId, jobId },
      resultPath,
    });
    const { end } = followImport(this, remember, props);
    this.startState = remember;
    this.endStates = [end];
  }
}
