import { deepStrictEqual } from 'node:assert';
import { EVENT_SCHEMAS } from '../../../core/contract/events.ts';
import { JOB_STATUSES } from '../../../core/contract/names.ts';
import { errorStatus } from '../../../simulator/errors.ts';
import type { Part } from '../part.ts';
import { disagreements, FULL_REQUESTS } from './constraints.ts';
import { KNOWN_OPERATIONS, NOT_IN_EVENTS, REVIEWED_ERRORS } from './known.ts';
import {
  errorsOf,
  IMPORT_OPERATIONS,
  membersOf,
  operation,
  pathsIn,
  serviceModel,
  shape,
} from './service-model.ts';

export const part: Part = {
  proves: "the simulator and the contract know all that AWS's newest service model has for import jobs",
  async run({ results }) {
    const model = await serviceModel();

    await results.check('no operation that nobody has looked at', () =>
      deepStrictEqual(Object.keys(model.operations).sort(), [...KNOWN_OPERATIONS].sort()),
    );
    await results.check('the protocol is rest-json with the paths that the simulator answers at', () => {
      const { protocol, apiVersion } = model.metadata;
      deepStrictEqual({ protocol, apiVersion }, { protocol: 'rest-json', apiVersion: '2023-07-19' });
      deepStrictEqual(
        IMPORT_OPERATIONS.map((name) => {
          const { method, requestUri } = operation(model, name).http;
          return `${method} ${requestUri}`;
        }),
        [
          'POST /startDICOMImportJob/datastore/{datastoreId}',
          'GET /getDICOMImportJob/datastore/{datastoreId}/job/{jobId}',
          'GET /listDICOMImportJobs/datastore/{datastoreId}',
        ],
      );
    });

    for (const name of IMPORT_OPERATIONS) {
      await results.check(`${name}: no request member that is not tried`, () => {
        const { input } = operation(model, name);
        const members = membersOf(model, input.shape).map(({ path }) => path);
        deepStrictEqual([...new Set(pathsIn(FULL_REQUESTS[name]))].sort(), members.sort());
      });
      const { tried, found } = disagreements(model, name);
      await results.check(`${name}: the simulator agrees on ${tried} requests, good and bad`, () =>
        deepStrictEqual(found, []),
      );
      await results.check(`${name}: errors with their statuses are those that the simulator has`, () =>
        deepStrictEqual(
          errorsOf(model, name).sort(byName),
          REVIEWED_ERRORS[name].map((error) => ({ name: error, status: errorStatus[error] })).sort(byName),
        ),
      );
    }

    await results.check('the job statuses of the contract', () =>
      deepStrictEqual(shape(model, 'JobStatus').enum, [...JOB_STATUSES]),
    );
    await results.check('every member of a job is in the published event, or reviewed', () => {
      const published = Object.keys(EVENT_SCHEMAS['DICOM Import Finished'].shape.detail.shape.data.shape);
      const members = Object.keys(shape(model, 'DICOMImportJobProperties').members ?? {});
      deepStrictEqual(
        members.filter((member) => !published.includes(member)),
        [...NOT_IN_EVENTS],
      );
    });
    await results.check('importConfiguration is the union that the event outlines', () =>
      deepStrictEqual(
        membersOf(model, 'ImportConfiguration').map(({ path, shape: { type } }) => `${path} ${type}`),
        [
          'dicomJsonMetadataImportConfiguration structure',
          'dicomJsonMetadataImportConfiguration.dicomMetadataMappings list',
          ...['studyInstanceUID', 'seriesInstanceUID', 'metadataFilePath'].map(
            (leaf) => `dicomJsonMetadataImportConfiguration.dicomMetadataMappings[].${leaf} string`,
          ),
        ],
      ),
    );
  },
};

function byName(a: { name: string }, b: { name: string }): number {
  return a.name.localeCompare(b.name);
}
