import type { Reconciliation } from '../../contract/campaign.ts';
import { counted } from '../counted.ts';
import type { S3Location } from '../verdict/manifest-location.ts';
import { warningMeaning } from '../verdict/warning-codes.ts';
import { byteOrder, compareOrder } from './byte-order.ts';
import type { LedgerRow } from './ledger.ts';

/** A file of the ledger, or an object of a list, or both. */
export interface Accounted {
  /** What jobs did to it, those of earlier jobs first; none where no manifest names it. */
  readonly rows: readonly LedgerRow[];
  /** Undefined where no list has it. */
  readonly listed: S3Location | undefined;
}

/**
 * Sets what is listed against what manifests name. Both come in the order of {@link orderOf}, so that neither is kept.
 * @param files - the rows of each file.
 */
export function* accountFor(
  files: Iterable<readonly LedgerRow[]>,
  listed: Iterable<S3Location>,
): Generator<Accounted> {
  const ledger = files[Symbol.iterator]();
  let rows = ledger.next();
  for (const object of listed) {
    const at = orderOf(object);
    while (!rows.done && orderOfRows(rows.value) < at) {
      yield { rows: rows.value, listed: undefined };
      rows = ledger.next();
    }
    if (!rows.done && orderOfRows(rows.value) === at) {
      yield { rows: rows.value, listed: object };
      rows = ledger.next();
    } else {
      yield { rows: [], listed: object };
    }
  }
  for (; !rows.done; rows = ledger.next()) yield { rows: rows.value, listed: undefined };
}

/** What objects are compared by: as jobs' mentions of files are. */
export function orderOf({ bucket, key }: S3Location): string {
  return byteOrder(`${bucket}/${key}`);
}

function orderOfRows([row]: readonly LedgerRow[]): string {
  return orderOf({ bucket: row?.bucket ?? '', key: row?.key ?? '' });
}

/** Prefixes that together take in the same objects, each object once. */
export function disjoint(prefixes: Iterable<S3Location>): S3Location[] {
  const sorted = [...prefixes]
    .map((prefix) => ({ prefix, at: orderOf(prefix) }))
    .sort((a, b) => compareOrder(a.at, b.at));
  const kept: typeof sorted = [];
  for (const each of sorted) {
    const last = kept.at(-1);
    if (!last || !each.at.startsWith(last.at)) kept.push(each);
  }
  return kept.map(({ prefix }) => prefix);
}

type Counts = Omit<Reconciliation, 'outcome' | 'summary' | 'prefixes'>;

/** Counts what {@link accountFor} finds. What the last job did to a file is what counts. */
export class Reconciler {
  readonly #counts = {
    listed: 0,
    imported: 0,
    importedWithWarning: 0,
    lostPixels: 0,
    refused: 0,
    unaccounted: 0,
    notListed: 0,
  } satisfies Counts;

  add({ rows, listed }: Accounted): void {
    const counts = this.#counts;
    if (!listed) {
      counts.notListed++;
      return;
    }
    counts.listed++;
    const last = rows.at(-1);
    if (!last) {
      counts.unaccounted++;
    } else if (last.status === 'refused') {
      counts.refused++;
    } else {
      counts.imported++;
      if (last.status === 'imported with warning') counts.importedWithWarning++;
      if (last.codes?.some((code) => warningMeaning(code).clinicallyImportant)) counts.lostPixels++;
    }
  }

  /** @param prefixes - how many were listed. */
  result(prefixes: number): Reconciliation {
    const counts = this.#counts;
    const { listed, imported, lostPixels, refused, unaccounted, notListed } = counts;
    const outcome = (() => {
      if (listed === 0 || unaccounted + notListed > 0) return 'NOT_ACCOUNTED';
      return refused + lostPixels > 0 ? 'NOT_ALL_IMPORTED' : 'ACCOUNTED';
    })();
    const parts = [
      `${imported} imported`,
      ...(lostPixels > 0 ? [`${lostPixels} of them without pixel data that can be read`] : []),
      `${refused} refused`,
      `${unaccounted} that no manifest names`,
      ...(notListed > 0 ? [`and ${counted(notListed, 'file')} of manifests that no list has`] : []),
    ];
    return {
      outcome,
      summary:
        outcome === 'ACCOUNTED'
          ? `The source is fully accounted for: all of ${counted(listed, 'object')} were imported.`
          : `The source is not fully imported: ${counted(listed, 'object')} listed, ${parts.join(', ')}.`,
      prefixes,
      ...counts,
    };
  }
}
