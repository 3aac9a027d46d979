import type { LedgerRow } from '../../core/domain/campaign/ledger.ts';
import type { Sink } from '../terminal/sink.ts';
import { csvLines } from './csv.ts';

/** The columns of the ledger. */
const COLUMNS = [
  'bucket',
  'key',
  'datastoreId',
  'jobId',
  'status',
  'reason',
  'warningCodes',
  'imageSetId',
  'retryable',
  'supersededBy',
  'files',
] as const;

/** RFC 4180. */
const LINE_END = '\r\n';
const BATCH = 1000;

/** Writes the ledger: a row for what each job did to each file. @param rows - in the order of their keys. */
export async function writeLedger(rows: Iterable<LedgerRow>, sink: Sink): Promise<void> {
  let batch: (readonly (string | number | undefined)[])[] = [COLUMNS];
  const flush = () => sink.write(csvLines(batch), LINE_END);
  for (const row of rows) {
    batch.push(cellsOf(row));
    if (batch.length < BATCH) continue;
    await flush();
    batch = [];
  }
  await flush();
}

function cellsOf(row: LedgerRow): (string | number | undefined)[] {
  const { reason, message, codes, retryable } = row;
  const cells: Readonly<Record<(typeof COLUMNS)[number], string | number | undefined>> = {
    bucket: row.bucket,
    key: row.key,
    datastoreId: row.datastoreId,
    jobId: row.jobId,
    status: row.status,
    reason: message ? `${reason}: ${message}` : reason,
    warningCodes: codes?.join(' '),
    imageSetId: row.imageSetId,
    retryable: retryable === undefined ? undefined : String(retryable),
    supersededBy: row.supersededBy,
    files: row.files,
  };
  return COLUMNS.map((name) => cells[name]);
}
