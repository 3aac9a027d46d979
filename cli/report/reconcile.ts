import type { Reconciliation } from '../../core/contract/campaign.ts';
import { compareOrder } from '../../core/domain/campaign/byte-order.ts';
import { accountFor, disjoint, orderOf, Reconciler } from '../../core/domain/campaign/reconcile.ts';
import { type S3Location, s3Uri } from '../../core/domain/verdict/manifest-location.ts';
import { s3Place } from '../aws/bucket.ts';
import type { Aws } from '../aws/connect.ts';
import { CliError } from '../errors.ts';
import { ExternalSort, type Sortable } from './external-sort.ts';
import { listInputs } from './listed-inputs.ts';
import type { ReadCampaign } from './read-campaign.ts';

/** What the inputs and the manifests agree on, and the names of what they do not. */
export interface Reconciled {
  readonly result: Reconciliation;
  /** S3 URIs of objects that no manifest names. */
  unread(): Iterable<string>;
  /** URIs, or keys where the bucket is not known, of files that no list has. */
  unlisted(): Iterable<string>;
  close(): void;
}

/**
 * Sets every object below the input prefixes against the manifests.
 * @param inputs - not given: the prefixes that the manifests name.
 */
export async function reconcile(
  aws: Aws,
  read: ReadCampaign,
  inputs: readonly string[] | undefined,
): Promise<Reconciled> {
  const places = [...(inputs ?? read.prefixes)].flatMap((uri): S3Location[] => {
    const place = s3Place(uri);
    return place ? [place] : [];
  });
  if (places.length === 0) {
    throw new CliError(
      'No manifest names its input prefix. Give a file with the prefixes, one on each line: --inputs.',
    );
  }
  const prefixes = disjoint(places);
  const [listed, unread, unlisted] = [
    new ExternalSort(PLACED),
    new ExternalSort(PLACED),
    new ExternalSort(PLACED),
  ];
  const close = () => {
    for (const each of [listed, unread, unlisted]) each.close();
  };
  try {
    for await (const place of listInputs(aws.s3ForMany(), prefixes)) add(listed, place);
    const reconciler = new Reconciler();
    for (const each of accountFor(read.files(), sorted(listed))) {
      reconciler.add(each);
      const [row] = each.rows;
      if (!each.listed) add(unlisted, { bucket: row?.bucket ?? '', key: row?.key ?? '' });
      else if (!row) add(unread, each.listed);
    }
    return {
      result: reconciler.result(prefixes.length),
      unread: () => namesOf(unread),
      unlisted: () => namesOf(unlisted),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A place with what it sorts by. */
interface Placed {
  readonly place: S3Location;
  readonly order: string;
}

const PLACED: Sortable<Placed> = {
  compare: (a, b) => compareOrder(a.order, b.order),
  encode: ({ place: { bucket, key } }) => JSON.stringify([bucket, key]),
  decode(line) {
    const [bucket, key] = JSON.parse(line);
    return placed({ bucket, key });
  },
};

const placed = (place: S3Location): Placed => ({ place, order: orderOf(place) });

function add(to: ExternalSort<Placed>, place: S3Location): void {
  to.add(placed(place), 2 * place.key.length);
}

function* sorted(all: ExternalSort<Placed>): Generator<S3Location> {
  for (const { place } of all.sorted()) yield place;
}

function* namesOf(all: ExternalSort<Placed>): Generator<string> {
  for (const place of sorted(all)) yield place.bucket === '' ? place.key : s3Uri(place);
}
